"""A verifier of format `yichuang-journal-1` that shares no line with the program's own: only the page was read.

Everything is held in memory and looked up by key; trees are built by the recursive definition of RFC 6962. Gives what
is wrong as plain tuples: ("fact_edited", subject, seq), ("seal_changed", number), ("case_changed", subject) …
"""

import gzip
import hashlib
import json
import re
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Wrong = tuple[str | int, ...]
ROOT = Path(__file__).parents[2]
BESIDE = ("case", "opinion", "expert_review", "survey", "pending_material")


def load(folder: Path, name: str) -> list[dict[str, Any]]:
    plain = folder / f"{name}.jsonl"
    raw = (
        plain.read_bytes() if plain.exists() else gzip.decompress((folder / f"{name}.jsonl.gz").read_bytes())
    )
    return [json.loads(line) for line in raw.split(b"\n") if line]


def lines(*parts: Any) -> bytes:
    return "\n".join("" if part is None else str(part) for part in parts).encode("utf-8")


def mth(leaves: list[bytes], name: str) -> bytes:
    if not leaves:
        return hashlib.new(name, b"").digest()
    if len(leaves) == 1:
        return hashlib.new(name, b"\x00" + leaves[0]).digest()
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.new(name, b"\x01" + mth(leaves[:k], name) + mth(leaves[k:], name)).digest()


def proof_holds(proof: dict[str, Any]) -> bool:
    """Section 3, as the holder of a receipt would check it."""
    head = proof["head"]
    name = head["algorithm"]
    found = hashlib.new(name, b"\x00" + bytes.fromhex(proof["leaf"])).digest()
    for step in proof["path"]:
        beside = bytes.fromhex(step["hash"])
        pair = beside + found if step["side"] == "left" else found + beside
        found = hashlib.new(name, b"\x01" + pair).digest()
    return bool(found.hex() == head["root"] and hashed_seal(proof["previous"], head) == head["hash"])


def hashed_seal(previous: str, seal: dict[str, Any]) -> str:
    text = lines(
        "yichuang-seal-1",
        previous,
        seal["number"],
        seal["algorithm"],
        seal["at"],
        seal["leaves"],
        seal["root"],
    )
    return hashlib.new(seal["algorithm"], text).hexdigest()


def hashed_fact(fact: dict[str, Any]) -> str:
    where = " ".join(str(fact[name] or "") for name in ("subject_kind", "department", "key", "key_hash"))
    names = ("kind", "at", "actor", "ground", "number", "data")
    return hashlib.sha256(
        lines(fact["prev"], fact["subject"], fact["seq"], where, *(fact[name] for name in names))
    ).hexdigest()


def seals_of(folder: Path) -> tuple[list[Wrong], dict[int, str], set[int]]:
    wrong: list[Wrong] = []
    trees = {group["seal"]: [leaf[2] for leaf in group["leaves"]] for group in load(folder, "leaves")}
    seals = {seal["number"]: seal for seal in load(folder, "seals")}
    bad = set()
    for number in range(1, max(seals, default=0) + 1):
        seal = seals.get(number)
        if seal is None:
            wrong.append(("seal_missing", number))
            bad.add(number)
            continue
        leaves = [bytes.fromhex(one) for one in trees.get(number, [])]
        before = "0" * 64 if number == 1 else seals[number - 1]["hash"] if number - 1 in seals else None
        fits = len(leaves) == seal["leaves"] and mth(leaves, seal["algorithm"]).hex() == seal["root"]
        if not fits or (before is not None and hashed_seal(before, seal) != seal["hash"]):
            wrong.append(("seal_changed", number))
            bad.add(number)
    return wrong, {number: seal["hash"] for number, seal in seals.items()}, bad


def heads_of(given: list[dict[str, Any]], seals: dict[int, str], keys: dict[str, str]) -> list[Wrong]:
    wrong: list[Wrong] = []
    outside: dict[int, str] = {}
    for head in given:
        if not signed(head, keys):
            wrong.append(("head_forged", head["number"]))
        elif "lost_to" in head:
            outside = {number: value for number, value in outside.items() if number <= head["number"]}
        elif outside.setdefault(head["number"], head["hash"]) != head["hash"]:
            wrong.append(("heads_disagree", head["number"]))
    rewritten = [number for number, value in outside.items() if number in seals and seals[number] != value]
    if rewritten:
        wrong.append(("history_rewritten", min(rewritten)))
    newest = max(seals, default=0)
    if any(number > newest for number in outside):
        wrong.append(("older_state", newest + 1))
    return wrong


def signed(head: dict[str, Any], keys: dict[str, str]) -> bool:
    if not keys or head.get("signature") is None:
        return True
    if "lost_to" in head:
        names = ("number", "hash", "lost_to", "at", "reason")
        words = lines("yichuang-loss-1", "yichuang", *(head[name] for name in names))
    else:
        words = lines(
            "yichuang-head-1", "yichuang", *(head[name] for name in ("number", "algorithm", "at", "hash"))
        )
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys[head["signature"]["key_id"]]))
        key.verify(bytes.fromhex(head["signature"]["value"]), words)
    except (InvalidSignature, KeyError, ValueError):
        return False
    return True


def stored_facts(folder: Path) -> dict[str, dict[int, dict[str, Any]]]:
    facts: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    for path in sorted(folder.glob("facts-*.jsonl*")):
        for fact in load(folder, path.name.split(".")[0]):
            facts[fact["subject"]][fact["seq"]] = fact
    return facts


def facts_of(folder: Path, bad: set[int]) -> tuple[list[Wrong], dict[str, dict[int, dict[str, Any]]]]:
    facts = stored_facts(folder)
    leaves: dict[str, dict[int, tuple[int, str]]] = defaultdict(dict)
    for group in load(folder, "leaves"):
        for subject, seq, value in group["leaves"]:
            leaves[subject][seq] = (group["seal"], value)
    queue: dict[str, dict[int, str]] = defaultdict(dict)
    for row in load(folder, "queue"):
        queue[row["subject"]][row["seq"]] = row["hash"]
    wrong: list[Wrong] = []
    for subject in sorted(set(facts) | set(leaves) | set(queue)):
        wrong += chain_of(subject, facts[subject], leaves[subject], queue[subject], bad)
    return wrong, {subject: found for subject, found in facts.items() if found}


def chain_of(
    subject: str,
    has: dict[int, dict[str, Any]],
    under: dict[int, tuple[int, str]],
    waits: dict[int, str],
    bad: set[int],
) -> list[Wrong]:
    wrong: list[Wrong] = []
    before = ""
    for seq in range(1, max([*has, *under, *waits]) + 1):
        kind = fact_fault(has, under, waits, seq, before, bad)
        if kind:
            wrong.append((kind, subject, seq))
        if seq in under and kind != "leaf_changed":
            before = under[seq][1]
        elif seq in has:
            before = has[seq]["hash"]
        else:
            before = waits.get(seq, "")
    return wrong


def fact_fault(
    has: dict[int, dict[str, Any]],
    under: dict[int, tuple[int, str]],
    waits: dict[int, str],
    seq: int,
    before: str,
    bad: set[int],
) -> str:
    if seq not in has:
        return "tail_cut" if seq > max(has, default=0) else "fact_deleted"
    fact = has[seq]
    stored, fits = fact["hash"], hashed_fact(fact) == fact["hash"]
    if seq in under and under[seq][1] != stored:
        seal, _ = under[seq]
        elsewhere = [other for other, (_, value) in under.items() if value == stored and other != seq]
        if seal in bad and fits and fact["prev"] == before:
            return "leaf_changed"
        return "facts_swapped" if elsewhere else "fact_recomputed" if fits else "fact_edited"
    if not fits:
        return "fact_edited"
    if seq not in under and waits.get(seq) != stored:
        return "fact_inserted"
    if fact["prev"] != before:
        return "link_broken"
    if fact["subject_kind"] == "reported":
        told = json.loads(fact["data"]) if fact["data"].startswith("{") else {}
        return "" if told.get("on") == fact["day"] else "day_moved"
    day = datetime.strptime(fact["at"], "%Y-%m-%dT%H:%M:%S.%fZ") + timedelta(hours=8)  # noqa: DTZ007 - UTC by the page
    return "" if day.date().isoformat() == fact["day"] else "day_moved"


def table_of_steps() -> dict[str, tuple[list[str], str]]:
    """The table at the end of the page."""
    page = (ROOT / "docs" / "journal-format.md").read_text(encoding="utf-8").split("<!-- steps:")[1]
    found = re.findall(r"^\| `([a-z_.]+)` \| ([a-z ]*) ?\| ([a-z()]+) \|$", page, re.MULTILINE)
    return {kind: (sources.split(), "" if to == "(keeps)" else to) for kind, sources, to in found}


def cases_of(folder: Path, facts: dict[str, dict[int, dict[str, Any]]]) -> list[Wrong]:
    wrong: list[Wrong] = []
    table = table_of_steps()
    rows: dict[str, dict[str, Any]] = {row["subject"]: row for row in load(folder, "cases")}
    papers = defaultdict(list)
    for row in load(folder, "attachments"):
        papers[row["subject"]].append(row)
    lives = {
        subject: [found[seq] for seq in sorted(found)]
        for subject, found in facts.items()
        if found[min(found)]["subject_kind"] == "case"
    }
    wrong += [("case_without_facts", subject) for subject in rows if subject not in facts]
    for subject, life in lives.items():
        state = ""
        for fact in life:
            sources, to = table.get(fact["kind"], ([], ""))
            if sources and state not in sources:
                wrong.append(("step_not_allowed", subject, fact["seq"]))
            state = to or state
        if subject not in rows:
            wrong.append(("case_missing", subject))
            continue
        row = rows[subject]
        should = (state, life[-1]["seq"], life[-1]["hash"], life[-1]["department"], life[0]["number"])
        if should != tuple(row[name] for name in ("state", "seq", "hash", "department", "number")):
            wrong.append(("case_changed", subject))
        wrong += papers_of(subject, life, papers[subject])
    return wrong


def papers_of(subject: str, life: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[Wrong]:
    if any(fact["kind"] == "case.content_destroyed" for fact in life):
        return []
    everything = " ".join(fact["data"] for fact in life)
    wrong: list[Wrong] = [
        ("attachment_changed", subject, row["id"])
        for row in rows
        if row["sha256"] and row["sha256"] not in everything
    ]
    told = {
        one["sha256"]
        for fact in life
        for one in (json.loads(fact["data"]).get("materials") or [])
        if isinstance(one, dict) and one.get("sha256")
    }
    followed = [json.loads(fact["data"]).get("sha256") for fact in life if fact["kind"] == "case.supplied"]
    told |= {one for one in followed if one}
    there = {row["sha256"] for row in rows}
    return wrong + [("attachment_missing", subject, one) for one in sorted(told - there)]


Lying = dict[str, dict[tuple[str, int], list[tuple[str, str]]]]


def beside(folder: Path) -> Lying:
    """By subject and place: the files in which something lies there, and what it commits to."""
    lying: Lying = defaultdict(lambda: defaultdict(list))
    for file in ("contents", "replaced"):
        for row in load(folder, file):
            value = row["commitment"]
            if "salt" in row:
                value = hashlib.sha256(lines(row["salt"], row["content"])).hexdigest()
            lying[row["subject"]][row["name"], row["n"]].append((file, value))
    return lying


def contents_of(folder: Path, facts: dict[str, dict[int, dict[str, Any]]], broken: set[Any]) -> list[Wrong]:
    """What lies beside the facts of sound chains, with or without its salts."""
    wrong: list[Wrong] = []
    lying = beside(folder)
    destroyed = {
        subject
        for subject, found in facts.items()
        if any(fact["kind"] == "case.content_destroyed" for fact in found.values())
    }
    for subject in sorted(set(facts) | set(lying)):
        life = [fact for _, fact in sorted(facts.get(subject, {}).items())]
        if subject in broken:
            continue
        if not life or life[0]["subject_kind"] not in BESIDE:
            life = []
        owner = (
            json.loads(life[0]["data"]).get("case") if life and life[0]["subject_kind"] != "case" else subject
        )
        told = promised(life)
        older = {("answers", n) for n in range(1, len([name for name, _ in told if name == "answers"]))}
        for place in sorted(told.keys() | lying[subject].keys()):
            files = [file for file, _ in lying[subject].get(place, [])]
            if not files:
                wrong += [] if owner in destroyed else [("content_missing", subject, *place)]
            elif (
                len(files) > 1
                or lying[subject][place][0][1] != told.get(place)
                or files[0] != ("replaced" if place in older else "contents")
            ):
                wrong.append(("case_changed", subject, *place))
    return wrong


def promised(life: list[dict[str, Any]]) -> dict[tuple[str, int], str]:
    told: dict[tuple[str, int], str] = {}
    for fact in life:
        data = json.loads(fact["data"])
        if isinstance(data.get("words"), str):
            told["words", fact["seq"]] = data["words"]
    for name in ("answers", "applicant"):
        values = [json.loads(fact["data"]).get(name) for fact in life]
        for number, value in enumerate((one for one in values if isinstance(one, str)), start=1):
            told[name, number] = value
    return told


def verify(folder: Path, heads: list[dict[str, Any]], keys: dict[str, str]) -> list[Wrong]:
    """Everything that is wrong with an export."""
    wrong, known, bad = seals_of(folder)
    wrong += heads_of(heads, known, keys)
    more, facts = facts_of(folder, bad)
    broken = {one[1] for one in more}
    return wrong + more + cases_of(folder, facts) + contents_of(folder, facts, broken)
