"""Personal data on the case page: masked until it is asked for with a reason, for a quarter of an hour; every look is kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

from yichuang.cases.queries import CaseRow
from yichuang.directory.flow import ApplicantKind, Capability
from yichuang.directory.models import Applicant
from yichuang.directory.queries import applicant, applicant_by_paper
from yichuang.intake.queries import Application
from yichuang.intake.rules.privacy import personal_labels
from yichuang.journal.commands import View, ViewKind, note_view, reveal
from yichuang.journal.queries import revealed_until
from yichuang.kernel import replica
from yichuang.kernel.errors import Problem
from yichuang.kernel.masking import Personal, mask
from yichuang.kernel.web import Request, clean_text

Row = tuple[str, str, Personal | None]


def opened(request: Request, row: CaseRow) -> None:
    """Keep that a member of staff has opened the page of a case."""
    note_view(_view(request, ViewKind.CASE, row.id, row.number), by=request.by, at=request.at)


def opened_document(request: Request, row: CaseRow, name: str) -> None:
    """Keep that a member of staff has opened an official document of a case."""
    look = _view(request, ViewKind.FILE, row.id, row.number, detail=name)
    note_view(look, by=request.by, at=request.at)


def searched(request: Request, text: str) -> None:
    """Keep that somebody was searched for by the number of the paper; other words name nobody in particular."""
    found = applicant_by_paper(text) if len(text) >= 15 else None
    if found is not None and found.kind == ApplicantKind.PERSON:
        if replica.alias() == replica.ALIAS:
            # A log that cannot be written stops no page, so the replica's refusal would pass in silence: said aloud, the page is
            # begun anew on the primary.
            raise replica.Writes("view log")
        look = _view(request, ViewKind.SEARCH, found.pk, mask(Personal.ID_NUMBER, found.paper_number))
        note_view(look, by=request.by, at=request.at)


def _view(request: Request, kind: ViewKind, subject: UUID, label: str, *, detail: str = "") -> View:
    return View(kind, subject, label, detail, address=request.META.get("REMOTE_ADDR", ""))


def until(request: Request, row: CaseRow) -> datetime | None:
    """Until when the viewer sees the case unmasked; None while it is masked."""
    if not request.by.can(Capability.PRIVATE_REVEAL):
        return None
    return revealed_until(row.id, by=request.by, at=request.at)


def block(
    request: Request,
    found: Applicant | None,
    application: Application | None,
    shown_until: datetime | None,
    problem: Problem | None = None,
) -> dict[str, Any]:
    """What the partial `home/case_private.html` shows: who applies, masked or whole, and the form that asks to see it."""
    rows = _rows(found) if found else []
    return {
        "rows": [
            (label, value if shown_until or sort is None else mask(sort, value))
            for label, value, sort in rows
            if value
        ],
        "until": shown_until,
        "may_reveal": request.by.can(Capability.PRIVATE_REVEAL) and shown_until is None,
        "fields": "、".join(labels(found, application)),
        "problem": problem,
        "reason": clean_text(request.POST.get("reveal_reason", ""), limit=200) if problem else "",
    }


def _rows(found: Applicant) -> list[Row]:
    person = found.kind == ApplicantKind.PERSON
    return [
        ("名称", found.name, None),
        (
            "身份证件号码" if person else "统一社会信用代码",
            found.paper_number,
            Personal.ID_NUMBER if person else None,
        ),
        ("法定代表人", found.legal_representative, None),
        ("联系电话", found.phone, Personal.PHONE),
        ("住址" if person else "住所", found.address, Personal.ADDRESS if person else None),
    ]


def labels(found: Applicant | None, application: Application | None) -> list[str]:
    """What a reveal shows, by name, each once."""
    named = [label for label, value, sort in _rows(found) if value and sort] if found else []
    asked = personal_labels(application.guide.form, application.answers) if application else []
    return list(dict.fromkeys([*named, *asked]))


def show(request: Request, row: CaseRow, application: Application | None) -> datetime:
    """Show what is masked, with the reason that was typed. Raises Invalid without one, Refused without the capability."""
    look = View(
        ViewKind.REVEAL, row.id, row.number, "", "、".join(labels(applicant(row.applicant_id), application)) or "申请内容",
        clean_text(request.POST.get("reveal_reason", ""), limit=200), request.META.get("REMOTE_ADDR", ""),
    )  # fmt: skip
    try:
        return reveal(look, capability=Capability.PRIVATE_REVEAL, by=request.by, at=request.at)
    except Problem as problem:
        problem.fields = {f"reveal_{name}": words for name, words in problem.fields.items()}
        raise
