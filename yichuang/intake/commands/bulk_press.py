"""Rows of a file made ready to be filed: everything that single filing makes of one draft, made for many.

The texts are those of `rules.receipts` and of single filing: each is spelled once with marks in it, which nobody can have
typed, and filled in for every row.
"""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from yichuang.cases.commands.filing_many import OneOpening
from yichuang.catalogue.rules.guide import Guide
from yichuang.intake.commands.filing import expiry
from yichuang.intake.flow import PAPER
from yichuang.intake.rules.bulk_rows import papers_of
from yichuang.intake.rules.receipts import (
    CHAIN,
    Attached,
    JournalHead,
    content_text,
    receipt_body,
    receipt_code,
)
from yichuang.journal.rules import GENESIS
from yichuang.kernel import canonical
from yichuang.kernel.copy_in import cell
from yichuang.kernel.keys import uuid7

SALT_BYTES = 16
Papers = tuple[tuple[str, int], ...]
Fill = Callable[[Mapping[str, str]], str]


class Staged(NamedTuple):
    """A sound row as it was kept: its key, the canonical text of its answers, for whom."""

    number: int
    key: str
    answers: str
    applicant: "Whom"


class Whom(NamedTuple):
    """An applicant of the register: id, name, and the canonical text that is committed to."""

    id: str
    name: str
    committed: str


def whom(id_: UUID, name: str, paper_type: str, paper_number: str) -> Whom:
    """The applicant with what a fact may say of them, as `applicant_commitment` has it."""
    return Whom(str(id_), name, canonical.text([name, paper_type, paper_number]))


class Ready(NamedTuple):
    """A row ready to be written: the case's opening; lines for the tables beside it; its receipt but for number and hash."""

    row: int
    opening: OneOpening
    application: str
    materials: str
    content_sha256: str
    receipt: Fill
    receipt_marks: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Texts:
    """The three texts of a filing with these papers, ready to be filled in."""

    content: Fill
    fact: Fill
    receipt: Fill


@dataclass(slots=True)
class Press:
    """Makes the rows of one run ready. Pure but for salts, ids and the clock it is given: it may run in a thread."""

    guide: Guide
    version_id: UUID
    filed_by: UUID
    secret: str
    papers: bool
    _texts: dict[tuple[datetime, Papers], _Texts] = field(default_factory=dict)

    def ready(self, rows: Sequence[Staged], at: datetime) -> list[Ready]:
        """The rows made ready for a block that is filed at this moment; ids rise with the rows."""
        ids = sorted(uuid7(at) for _ in rows)
        # One draw for all salts: each draw by itself is a call to the kernel.
        drawn = secrets.token_hex(SALT_BYTES * len(rows))
        size = 2 * SALT_BYTES
        salts = [drawn[place : place + size] for place in range(0, len(drawn), size)]
        self._texts.clear()
        return [
            self._one(row, str(case_id), salt, at)
            for row, case_id, salt in zip(rows, ids, salts, strict=True)
        ]

    def _one(self, row: Staged, case_id: str, salt: str, at: datetime) -> Ready:
        renews = self.guide.handling.renews_field
        answers = json.loads(row.answers) if renews or self.papers else {}
        papers = papers_of(self.guide, answers) if self.papers else ()
        texts = self._texts.get((at, papers)) or self._spell(at, papers)
        who = row.applicant
        content = canonical.digest(
            texts.content({"case": case_id, "applicant": who.id, "answers": row.answers, "salt": salt})
        )
        fact = texts.fact(
            {
                "answers": canonical.digest(f"{salt}\n{row.answers}"),
                "applicant": canonical.digest(f"{salt}\n{who.committed}"),
            }
        )
        opening = OneOpening(
            case_id, row.key, row.key.rpartition(":")[2], who.id, who.name, fact, expiry(answers.get(renews))
        )
        return Ready(
            row.number,
            opening,
            f"{case_id}\t{self.version_id}\t{cell(row.answers)}\t{salt}\t{self.filed_by}\n",
            "".join(_paper(case_id, one, at) for one in _numbered(papers, at)),
            content,
            texts.receipt,
            {"case": case_id, "content": content, "code": receipt_code(self.secret, case_id)},
        )

    def _spell(self, at: datetime, papers: Papers) -> _Texts:
        attached = [Attached(id_, code, PAPER, copies, "") for id_, code, copies in _numbered(papers, at)]
        case, applicant = uuid4(), uuid4()
        answers, salt, number, content, fact, code, head = (secrets.token_hex(16) for _ in range(7))
        body = receipt_body(
            case_id=case, number=number, filed_at=at, content_sha256=content, materials=attached, fact_hash=fact,
            head=JournalHead(0, GENESIS, None), code=code,
        )  # fmt: skip
        said = {
            "answers": answers, "applicant": str(applicant),
            "materials": [{"code": one.code, "sha256": one.sha256} for one in attached],
            "version": self.version_id,
        }  # fmt: skip
        made = _Texts(
            content=_filled(
                content_text(
                    case_id=case, applicant_id=applicant, version_id=self.version_id,
                    answers={answers: 0}, materials=attached, salt=salt,
                ),
                {"case": str(case), "applicant": str(applicant), "answers": f'{{"{answers}":0}}', "salt": salt},
            ),
            fact=_filled(canonical.text(said), {"answers": answers, "applicant": str(applicant)}),
            receipt=_filled(
                canonical.text(body | {"head": head}),
                {
                    "case": str(case), "number": number, "content": content, "hash": fact, "code": code,
                    "head": f'"{head}"',
                },
            ),
        )  # fmt: skip
        self._texts[at, papers] = made
        return made


def _filled(text: str, marks: Mapping[str, str]) -> Fill:
    """The text with what is named put where its mark stands."""
    form = text.replace("%", "%%")
    for name, mark in marks.items():
        form = form.replace(mark, f"%({name})s")
    return form.__mod__


def _numbered(papers: Papers, at: datetime) -> list[tuple[UUID, str, int]]:
    """An id for each paper, rising with the list: in this order they are committed to."""
    ids = sorted(uuid7(at) for _ in papers)
    return [(id_, code, copies) for id_, (code, copies) in zip(ids, papers, strict=True)]


def _paper(case_id: str, paper: tuple[UUID, str, int], at: datetime) -> str:
    id_, code, copies = paper
    return f"{case_id}\t{id_}\t0\t{code}\t纸质件\t{PAPER}\t{copies}\t\t{at.isoformat()}\n"


def receipt_of(one: Ready, number: str, hash_: str, head: str) -> str:
    """The receipt's text, once number, hash and the journal's newest head are known."""
    return one.receipt({**one.receipt_marks, "number": number, "hash": hash_, "head": head})


def genesis() -> str:
    """What a receipt says of the journal's head before the first seal."""
    return canonical.text({"chain": CHAIN, "number": 0, "hash": GENESIS, "at": None})
