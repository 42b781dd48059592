"""The page is enough: a verifier written from it agrees with the program's on honest and on randomly forged exports."""

import hashlib
import json
import random
import shutil
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from tests.verifier import second
from tests.verifier.conftest import Site
from yichuang.effects.cli.evidence import steps, verify, verify_journal
from yichuang.effects.cli.reading import Export, read_heads
from yichuang.effects.queries import export_journal
from yichuang.gateways.signing import witness
from yichuang.gateways.signing.keys import Keyring
from yichuang.journal import rules
from yichuang.kernel import canonical

START = datetime(2024, 1, 10, 1, 0, tzinfo=UTC)
DEPARTMENT = "0190a000-0000-7000-8000-000000000001"
WAYS = steps()


def stamp(chance: random.Random) -> tuple[str, str]:
    at = START + timedelta(seconds=chance.randrange(80 * 86400), microseconds=chance.randrange(10**6))
    return rules.stamp(at), (at + timedelta(hours=8)).date().isoformat()


class Made:
    """An export of random lives, made by nobody's exporter: rows as the page names them."""

    def __init__(self, chance: random.Random) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {
            name: []
            for name in (
                "facts-2024q1",
                "seals",
                "leaves",
                "queue",
                "cases",
                "attachments",
                "contents",
                "replaced",
            )
        }
        self.heads: list[dict[str, Any]] = []
        for number in range(chance.randint(1, 7)):
            self._life(chance, number)
        self._seal(chance)

    def _life(self, chance: random.Random, number: int) -> None:
        milliseconds = int(START.timestamp()) * 1000 + number * 60_000
        subject = str(uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62 | chance.getrandbits(62)))
        case = chance.random() < 0.8
        state, prev, digests = "", "", [chance.randbytes(32).hex() for _ in range(chance.randint(0, 2))]
        for seq in range(1, chance.randint(2, 9)):
            kind, state = self._next(chance, state) if case else ("thing.changed", "")
            at, day = stamp(chance)
            data: dict[str, Any] = {"n": chance.randrange(99), "words": "说「好」\n" * chance.randint(0, 2)}
            if seq == 1 and case:
                data["materials"] = [{"code": "a", "sha256": one} for one in digests]
            if kind == "case.supplied":
                data["sha256"] = chance.choice([None, chance.randbytes(32).hex()])
                digests += [data["sha256"]] if data["sha256"] else []
            if case:
                self._contents(chance, subject, seq, data)
            fact = {
                "subject": subject, "seq": seq, "subject_kind": "case" if case else "thing", "kind": kind, "at": at,
                "day": day, "actor": chance.choice(["system", "staff:x"]), "department": chance.choice([DEPARTMENT, None]),
                "ground": chance.choice([None, "art42"]), "number": chance.choice([None, "川水许受〔2024〕1号"]),
                "data": canonical.text(data), "key": chance.choice([None, uuid.UUID(int=chance.getrandbits(128)).hex]),
                "key_hash": chance.choice([None, "0" * 64]), "prev": prev,
            }  # fmt: skip
            fact["hash"] = prev = second.hashed_fact(fact)
            self.rows["facts-2024q1"].append(fact)
        if case:
            self._case(subject, state, digests)

    def _contents(self, chance: random.Random, subject: str, seq: int, data: dict[str, Any]) -> None:
        """Words of a step, the answers of the first and of corrections; some are exported with their salts."""
        data["words"] = seq
        first, later = ("answers", "applicant", "words"), chance.choices(("answers", "words"), k=2)
        for name in first if seq == 1 else sorted(set(later[: chance.randint(0, 2)])):
            before = [
                row for row in self.rows["contents"] if (row["subject"], row["name"]) == (subject, name)
            ]
            if name == "answers" and before:
                self.rows["contents"].remove(before[-1])
                self.rows["replaced"].append(before[-1])
            content, salt = canonical.text({"说": chance.randrange(9)}), chance.randbytes(4).hex()
            data[name] = hashlib.sha256(f"{salt}\n{content}".encode()).hexdigest()
            line = {
                "subject": subject,
                "name": name,
                "n": seq if name == "words" else before[-1]["n"] + 1 if before else 1,
                "commitment": data[name],
            }
            told = {"salt": salt, "content": content} if chance.random() < 0.5 else {}
            self.rows["contents"].append(line | told)

    @staticmethod
    def _next(chance: random.Random, state: str) -> tuple[str, str]:
        if not state:
            return WAYS.filed, WAYS.first
        able = [(kind, to or state) for kind, (sources, to) in WAYS.ways.items() if state in sources]
        return chance.choice(able) if able else ("case.remarked", state)

    def _case(self, subject: str, state: str, digests: list[str]) -> None:
        life = [fact for fact in self.rows["facts-2024q1"] if fact["subject"] == subject]
        last = life[-1]
        self.rows["cases"].append(
            {"subject": subject, "number": life[0]["number"], "state": state, "seq": last["seq"],
             "hash": last["hash"], "department": last["department"]}
        )  # fmt: skip
        self.rows["attachments"] += [
            {"subject": subject, "id": str(uuid.uuid5(uuid.NAMESPACE_OID, one)), "code": "a", "sha256": one, "bytes": 1}
            for one in digests
        ]  # fmt: skip

    def _seal(self, chance: random.Random) -> None:
        waiting = list(self.rows["facts-2024q1"])
        # Later facts of a subject are never sealed before earlier ones; subjects come in any order.
        waiting.sort(key=lambda fact: (fact["seq"], fact["subject"]))
        left = chance.randint(0, 3)
        previous, number = rules.GENESIS, 0
        while len(waiting) > left:
            batch = [waiting.pop(0) for _ in range(min(len(waiting), chance.randint(1, 9)))]
            number += 1
            algorithm = chance.choice(["sha256", "sm3"])
            root = second.mth([bytes.fromhex(fact["hash"]) for fact in batch], algorithm).hex()
            seal = {
                "number": number,
                "at": stamp(chance)[0],
                "leaves": len(batch),
                "algorithm": algorithm,
                "root": root,
            }
            seal["hash"] = previous = second.hashed_seal(previous, seal)
            self.rows["seals"].append(seal)
            leaves = [[fact["subject"], fact["seq"], fact["hash"]] for fact in batch]
            self.rows["leaves"].append({"seal": number, "leaves": leaves})
            self.heads.append({"chain": "yichuang", **seal})
        queued = sorted(waiting, key=lambda fact: (fact["subject"], fact["seq"]))
        self.rows["queue"] = [{name: fact[name] for name in ("subject", "seq", "hash")} for fact in queued]

    def write(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, rows in self.rows.items():
            (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        manifest = {"format": "yichuang-journal-1", "files": dict.fromkeys(self.rows, "")}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        (folder.parent / "heads.jsonl").write_text("".join(json.dumps(head) + "\n" for head in self.heads))


def any_row(made: Made, chance: random.Random, *names: str) -> dict[str, Any] | None:
    rows = made.rows[chance.choice(names)]
    return chance.choice(rows) if rows else None


def change_a_field(made: Made, chance: random.Random) -> None:
    row = any_row(made, chance, "facts-2024q1", "facts-2024q1", "seals", "cases")
    if row is not None:
        name = chance.choice([one for one in row if one not in ("subject", "seq", "number", "algorithm")])
        row[name] = (
            chance.randbytes(32).hex() if name in ("hash", "prev", "root") else row["leaves"] + 1
            if name == "leaves" else "2024-01-09" if name == "day" else "2024-01-09T01:00:00.000000Z"
            if name == "at" else "{}" if name == "data" else "forged"
        )  # fmt: skip


def drop_a_row(made: Made, chance: random.Random) -> None:
    name = chance.choice(list(made.rows))
    if made.rows[name]:
        made.rows[name].pop(chance.randrange(len(made.rows[name])))


def rehash_a_tail(made: Made, chance: random.Random) -> None:
    fact = any_row(made, chance, "facts-2024q1")
    assert fact is not None
    fact["data"] = '{"forged":1}'
    prev = fact["prev"]
    for one in made.rows["facts-2024q1"]:
        if one["subject"] == fact["subject"] and one["seq"] >= fact["seq"]:
            one["prev"] = prev
            one["hash"] = prev = second.hashed_fact(one)


def exchange_two(made: Made, chance: random.Random) -> None:
    fact = any_row(made, chance, "facts-2024q1")
    assert fact is not None
    life = [one for one in made.rows["facts-2024q1"] if one["subject"] == fact["subject"]]
    one, other = chance.choice(life), chance.choice(life)
    one["seq"], other["seq"] = other["seq"], one["seq"]
    made.rows["facts-2024q1"].sort(key=lambda row: (row["subject"], row["seq"]))


def change_a_content(made: Made, chance: random.Random) -> None:
    row = any_row(made, chance, "contents", "replaced")
    if row is not None:
        if "content" in row:
            row[chance.choice(("content", "salt"))] += "x"
        elif chance.random() < 0.5:
            row["commitment"] = chance.randbytes(32).hex()
        else:
            row["n"] += 1


def lay_beside(made: Made, chance: random.Random) -> None:
    """A content lies in the other file, or there too; who takes the last one finds it as it was."""
    files = chance.sample(("contents", "replaced"), 2)
    row = any_row(made, chance, files[0])
    if row is not None:
        if chance.random() < 0.5:
            made.rows[files[0]].remove(row)
        made.rows[files[1]].append(row)
        made.rows[files[1]].sort(key=lambda one: str(one["subject"]))


def forge_a_leaf(made: Made, chance: random.Random) -> None:
    group = any_row(made, chance, "leaves")
    if group is not None:
        chance.choice(group["leaves"])[2] = chance.randbytes(32).hex()


def forge_a_head(made: Made, chance: random.Random) -> None:
    if made.heads:
        head = chance.choice(made.heads)
        made.heads.append(
            {**head, "number": head["number"] + chance.randint(0, 2), "hash": chance.randbytes(32).hex()}
        )


def cut_everything(made: Made, chance: random.Random) -> None:
    """An older backup: the last seals with what they cover."""
    for _ in range(min(len(made.rows["seals"]), chance.randint(1, 2))):
        made.rows["seals"].pop()
        gone = {(one[0], one[1]) for one in made.rows["leaves"].pop()["leaves"]}
        made.rows["facts-2024q1"] = [
            fact for fact in made.rows["facts-2024q1"] if (fact["subject"], fact["seq"]) not in gone
        ]


FORGERIES: list[Callable[[Made, random.Random], None]] = [
    change_a_field, change_a_field, drop_a_row, rehash_a_tail, exchange_two, forge_a_leaf, forge_a_head,
    cut_everything, change_a_content, change_a_content, lay_beside, lay_beside,
]  # fmt: skip


def by_first(folder: Path, keys: dict[str, str] | None = None) -> list[tuple[str, str]]:
    heads = (folder.parent / "heads.jsonl",)
    return [(one.kind, one.where) for one in verify(Export(folder), heads, keys, None).findings]


def by_second(folder: Path) -> list[second.Wrong]:
    heads = [json.loads(line) for line in (folder.parent / "heads.jsonl").read_text().splitlines()]
    return second.verify(folder, heads, {})


def agree(first: list[tuple[str, str]], other: list[second.Wrong]) -> bool:
    """The same kinds as often, and each fact and seal named the same."""
    places = {f"事实 {one[1]} 第 {one[2]} 条" for one in other if len(one) == 3}
    named = {where for _, where in first if where.startswith("事实")}
    return Counter(kind for kind, _ in first) == Counter(str(one[0]) for one in other) and named <= places


def test_two_verifiers_agree_on_random_lives_and_random_forgeries(tmp_path: Path) -> None:
    """300 exports: clean before, and after one forgery both say the same, to the row."""
    forged = 0
    folder = tmp_path / "export"
    for number in range(150):
        chance = random.Random(number)
        made = Made(chance)
        made.write(folder)
        assert (by_first(folder), by_second(folder)) == ([], []), number
        forge = chance.choice(FORGERIES)
        forge(made, chance)
        made.write(folder)
        first, other = by_first(folder), by_second(folder)
        assert agree(first, other), (number, forge.__name__, first, other)
        forged += bool(first)
    assert forged > 120


def test_a_verifier_that_skips_a_check_would_be_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: one that never compares a fact with its leaf differs from the other."""
    monkeypatch.setattr("yichuang.effects.cli.evidence.check_subject", lambda *_: iter(()))
    folder = tmp_path / "export"
    differing = 0
    for number in range(40):
        chance = random.Random(number)
        made = Made(chance)
        rehash_a_tail(made, chance)
        made.write(folder)
        differing += not agree(by_first(folder), by_second(folder))
    assert differing > 20


def test_they_agree_on_a_real_export_signatures_included(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    export_journal(folder)
    heads = list(read_heads((site.heads,)))
    assert len(heads) == 3
    assert second.verify(folder, [dict(head) for head in heads], site.keys) == []
    forged = [{**head, "at": heads[0]["at"].replace("2022", "2021")} for head in heads[:1]]
    assert [one[0] for one in second.verify(folder, forged, site.keys)] == ["head_forged"]
    (tmp_path / "heads.jsonl").write_text(json.dumps(forged[0]) + "\n")
    assert by_first(folder, site.keys) == [("head_forged", f"账链末端 {heads[0]['number']}")]


def loss(ring: Keyring, number: int, hash_: str, to: int) -> dict[str, Any]:
    said = {
        "chain": "yichuang",
        "number": number,
        "hash": hash_,
        "lost_to": to,
        "at": "2024-02-01T00:00:00.000000Z",
    }
    said["reason"] = "磁盘损坏，恢复前一日备份"
    lines = ["yichuang-loss-1", "yichuang", number, hash_, to, said["at"], said["reason"]]
    made = witness.sign("\n".join(map(str, lines)).encode(), ring=ring)
    return {
        **said,
        "signature": {"key_id": made.key_id, "algorithm": made.algorithm, "value": made.value_hex},
    }


def test_a_declared_loss_is_told_and_not_held_against_the_seals(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "keys")
    keys = {key.key_id: key.public_hex for key in witness.public_keys(ring=ring)}
    chance = random.Random(7)
    made = Made(chance)
    folder = tmp_path / "export"
    last = made.rows["seals"][-1]
    made.heads.append({**last, "number": last["number"] + 1, "hash": "ab" * 32})
    made.write(folder)
    assert [kind for kind, _ in by_first(folder)] == ["older_state"]
    made.heads.append(loss(ring, last["number"], last["hash"], last["number"] + 1))
    made.write(folder)
    assert by_first(folder, keys) == []
    assert by_second(folder) == []
    asked = [str(folder), "--heads", str(tmp_path / "heads.jsonl")]
    assert "登记过损失" in CliRunner().invoke(verify_journal, asked).output
    made.heads[-1]["reason"] = "另一个理由"
    made.write(folder)
    assert "head_forged" in [kind for kind, _ in by_first(folder, keys)]


def test_the_table_of_the_page_is_the_flow_table() -> None:
    table = second.table_of_steps()
    assert table.pop(WAYS.filed) == ([], WAYS.first)
    assert {kind: (set(sources), to) for kind, (sources, to) in table.items()} == {
        kind: (set(sources), to) for kind, (sources, to) in WAYS.ways.items()
    }


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70, unique=True), st.data())
def test_every_leaf_is_proved_and_every_change_of_a_proof_fails(
    leaves: list[bytes], data: st.DataObject
) -> None:
    algorithm = data.draw(st.sampled_from(rules.ALGORITHMS))
    root = rules.merkle_root(leaves, algorithm)
    assert root == second.mth(leaves, algorithm).hex()
    for position, leaf in enumerate(leaves):
        path = rules.audit_path(leaves, position, algorithm)
        assert rules.climbs_to(leaf, path, algorithm) == root
        assert len(path) <= (len(leaves) - 1).bit_length()
    position = data.draw(st.integers(0, len(leaves) - 1))
    path = rules.audit_path(leaves, position, algorithm)
    assert rules.climbs_to(b"\x01" * 32, path, algorithm) != root or leaves[position] == b"\x01" * 32
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        turned = rules.Step(left=not path[at].left, hash=path[at].hash)
        other = rules.Step(left=path[at].left, hash="0" * 64)
        for step in (turned, other):
            assert rules.climbs_to(leaves[position], [*path[:at], step, *path[at + 1 :]], algorithm) != root
        assert rules.climbs_to(leaves[position], path[:-1], algorithm) != root


def test_there_is_no_path_for_a_leaf_that_is_not_there() -> None:
    with pytest.raises(IndexError):
        rules.audit_path([b"a"], 1)
    with pytest.raises(ValueError, match="md5"):
        rules.merkle_root([b"a"], "md5")
