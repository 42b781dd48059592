"""Checking a receipt: what it says against what is stored today."""

from dataclasses import dataclass
from typing import Any

from yichuang.cases.queries import load
from yichuang.intake.queries.filed import read_application
from yichuang.intake.queries.receipts import Fixed, content_of
from yichuang.journal.queries import Proof, checked_facts, inclusion, seals
from yichuang.journal.rules import GENESIS
from yichuang.kernel import canonical


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a receipt says, and whether it still holds; None where it cannot be told (yet)."""

    title: str
    holds: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A receipt checked: line by line, with the state of its case and the proof of its seal."""

    checks: tuple[Check, ...]
    state: str
    proof: Proof | None

    @property
    def holds(self) -> bool:
        """Whether nothing contradicts the receipt."""
        return all(one.holds is not False for one in self.checks)


def check_receipt(found: Fixed) -> Checked:
    """What a receipt says, checked against the stored case, its fact, its files and the seals.

    Nothing of it is personal: the answers say yes, no, or not yet. The signature is the caller's to check.
    """
    body = found.body
    row = load(found.case_id)
    proof = inclusion(found.case_id, 1)
    checks = (
        _number(body, row.number if row else ""),
        _content(found, body),
        _fact(found, body),
        _head(body),
        _seal(proof),
    )
    return Checked(checks, row.state if row else "", proof)


def _number(body: dict[str, Any], number: str) -> Check:
    same = number == body["case_no"]
    return Check("编号", same, "编号与登记一致。" if same else "登记的编号与回执不同。")


def _content(found: Fixed, body: dict[str, Any]) -> Check:
    row, filed = load(found.case_id), read_application(found.case_id)
    if row is None or filed is None or not filed.salt:
        return Check("提交内容", None, "内容已依法删除，无法再算一遍；回执上的指纹仍受签名保护。")
    same = (
        canonical.digest(content_of(filed, row.applicant_id))
        == body["content_sha256"]
        == found.content_sha256
    )
    files = {(str(one.id), one.sha256) for one in filed.materials if one.round == 0 and not one.is_paper}
    same = same and files == {(one["id"], one["sha256"]) for one in body["attachments"]}
    count = len(body["attachments"])
    said = (
        f"申请内容和 {count} 份电子材料的指纹重新算过，与回执一致。"
        if count
        else "申请内容的指纹重新算过，与回执一致。"
    )
    return Check("提交内容", same, said if same else "现存内容的指纹与回执不同，请保留回执并向中心反映。")


def _fact(found: Fixed, body: dict[str, Any]) -> Check:
    facts = checked_facts(found.case_id)
    first = facts[0] if facts else None
    same = first is not None and first.hash.hex() == body["fact_hash"] and all(one.sound for one in facts)
    words = "收件记录和以后每一步环环相扣，没有被改过。" if same else "办理记录与回执对不上，或者被改动过。"
    return Check("办理记录", same, words)


def _head(body: dict[str, Any]) -> Check:
    named = body["head"]
    if named["number"] == 0:
        return Check("收件时的账头", named["hash"] == GENESIS, "收件时还没有封账，从起点算起。")
    there = seals(before=named["number"] + 1, limit=1)
    same = bool(there) and (there[0][0], there[0][4]) == (named["number"], named["hash"])
    words = f"第 {named['number']} 号封账与回执印的一致。"
    return Check("收件时的账头", same, words if same else "现在的账与回执印的账头对不上。")


def _seal(proof: Proof | None) -> Check:
    if proof is None:
        return Check("封账", None, "还没有封账，通常在一分钟之内，请稍后再查。")
    return Check("封账", True, f"已封入第 {proof.head.number} 号封账，任何人都可以独立核验。")
