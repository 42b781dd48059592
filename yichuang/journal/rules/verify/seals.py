"""Seals built again from their leaves, and the heads that left the house compared with them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from yichuang.journal.rules.heads import CHAIN, GENESIS
from yichuang.journal.rules.merkle import ALGORITHMS, digest, merkle_root
from yichuang.journal.rules.verify.findings import Finding, Verified

Record = Mapping[str, Any]
# Whether a signature (hexadecimal) under a message is that of a public key (hexadecimal).
Holds = Callable[[bytes, str, str], bool]


def seal_hash(previous: str, seal: Record) -> str:
    """The head after a seal, from the fields of an export or of a head's line; empty for an unknown algorithm."""
    if seal["algorithm"] not in ALGORITHMS:
        return ""
    lines = [
        "yichuang-seal-1", previous, str(seal["number"]), seal["algorithm"], seal["at"], str(seal["leaves"]),
        seal["root"],
    ]  # fmt: skip
    return digest(seal["algorithm"], "\n".join(lines).encode()).hex()


def check_seals(
    seals: Iterable[Record], leaves: Iterable[Record], found: Verified
) -> tuple[dict[int, str], set[int]]:
    """Every seal from the first to the last: its root over its leaves, and its place in the chain.

    `leaves` has one record a seal, in the order of the seals. Gives the head of every number, and the broken seals.
    """
    heads: dict[int, str] = {0: GENESIS}
    broken: set[int] = set()
    expected = 1
    given = iter(leaves)
    group = next(given, None)
    for seal in seals:
        number = int(seal["number"])
        for missing in range(expected, number):
            found.findings.append(Finding("seal_missing", f"封账 {missing}"))
            broken.add(missing)
        while group is not None and int(group["seal"]) < number:
            group = next(given, None)
        hashes = [leaf[2] for leaf in group["leaves"]] if group and int(group["seal"]) == number else []
        wrong = _wrong(seal, hashes, heads.get(number - 1))
        if wrong:
            broken.add(number)
            found.findings.append(Finding("seal_changed", f"封账 {number}", "、".join(wrong)))
        heads[number] = str(seal["hash"])
        expected = number + 1
        found.seals += 1
    found.newest, found.newest_hash = expected - 1, heads.get(expected - 1, GENESIS)
    return heads, broken


def _wrong(seal: Record, hashes: list[str], previous: str | None) -> list[str]:
    wrong = []
    if seal["algorithm"] not in ALGORITHMS:
        return ["算法不明"]
    if len(hashes) != seal["leaves"]:
        wrong.append(f"条数 {len(hashes)}，应为 {seal['leaves']}")
    if merkle_root([bytes.fromhex(one) for one in hashes], seal["algorithm"]) != seal["root"]:
        wrong.append("根校验值")
    if previous is not None and seal_hash(previous, seal) != seal["hash"]:
        wrong.append("账链校验值")
    return wrong


@dataclass(frozen=True, slots=True)
class Keys:
    """The public keys that an auditor trusts (id → hexadecimal), and the arithmetic that checks a signature."""

    known: Mapping[str, str]
    holds: Holds


def check_heads(
    given: Iterable[Record], heads: Mapping[int, str], keys: Keys | None, found: Verified
) -> None:
    """Heads that left the house, in the order in which they were written, against the seals.

    A declared loss (an officer recorded that a backup was restored) takes back the heads behind it: they are noted,
    not held against the seals. Heads from receipts have number and hash only.
    """
    outside: dict[int, str] = {}
    for head in given:
        found.heads += 1
        if head.get("chain", CHAIN) != CHAIN or not _signed(head, keys):
            found.findings.append(Finding("head_forged", f"账链末端 {head.get('number')}"))
        elif "lost_to" in head:
            _take_back(head, outside, found)
        elif outside.setdefault(int(head["number"]), str(head["hash"])) != head["hash"]:
            found.findings.append(Finding("heads_disagree", f"账链末端 {head['number']}"))
    found.findings.extend(_compared(outside, heads, found.newest))


def _signed(head: Record, keys: Keys | None) -> bool:
    signature = head.get("signature")
    if keys is None or signature is None:
        return True
    public = keys.known.get(signature["key_id"])
    return public is not None and keys.holds(signed_words(head), signature["value"], public)


def signed_words(head: Record) -> bytes:
    """The bytes that were signed for a head, or for the declaration of a loss."""
    if "lost_to" in head:
        lines = [
            "yichuang-loss-1", CHAIN, str(head["number"]), head["hash"], str(head["lost_to"]), head["at"], head["reason"],
        ]  # fmt: skip
    else:
        lines = ["yichuang-head-1", CHAIN, str(head["number"]), head["algorithm"], head["at"], head["hash"]]
    return "\n".join(lines).encode()


def _take_back(loss: Record, outside: dict[int, str], found: Verified) -> None:
    kept = int(loss["number"])
    for number in [one for one in outside if one > kept]:
        del outside[number]
    found.notes.append(
        f"{loss['at']} 登记过损失：第 {kept + 1} 至 {loss['lost_to']} 号封账随备份恢复丢失。理由：{loss['reason']}"
    )


def _compared(outside: Mapping[int, str], heads: Mapping[int, str], newest: int) -> Iterator[Finding]:
    differing = sorted(n for n, hash_ in outside.items() if n in heads and heads[n] != hash_)
    if differing:
        held = max((n for n in outside if n < differing[0] and heads.get(n) == outside[n]), default=0)
        yield Finding("history_rewritten", f"封账 {differing[0]}", f"第 {held} 号之前一致，其后被重算")
    ahead = sorted(n for n in outside if n > newest)
    if ahead:
        yield Finding(
            "older_state", f"封账 {newest + 1}", f"账到第 {newest} 号为止，写出的末端已到第 {ahead[-1]} 号"
        )
