"""A case's official documents: the case as the notices want to hear of it, and the finished PDF."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from yichuang.cases import flow
from yichuang.cases.queries import CaseRow, Event
from yichuang.catalogue.queries import filed_guide
from yichuang.directory.queries import applicant
from yichuang.gateways.documents.model import OfficialNotice
from yichuang.kernel.errors import Missing
from yichuang.kernel.times import local_day
from yichuang.notices import render as notices
from yichuang.notices.render.facts import (
    CaseFacts,
    ClockFacts,
    DecisionFacts,
    RefusalGround,
    Remedies,
    ServiceFacts,
)

REVIEW_BODY = "四川省人民政府"
REFUSALS = {
    "not_required": RefusalGround.NOT_NEEDED,
    "not_competent": RefusalGround.NOT_OURS,
    "not_corrected": RefusalGround.NOT_MENDED,
}


def document_kind(event: Event) -> str:
    """Which document a fact has, empty for none: a decision's depends on its outcome."""
    transition = next((row for row in flow.TRANSITIONS if row.fact == event.kind), None)
    if transition is None or not transition.document:
        return ""
    return f"decision_{event.data['outcome']}" if transition.document == "decision" else transition.document


@dataclass(frozen=True, slots=True)
class Matter:
    """What a document is made from: the case as notices hear of it, its row, the fact, and all its events."""

    facts: CaseFacts
    row: CaseRow
    event: Event
    events: list[Event]


def document(row: CaseRow, event: Event, events: list[Event], *, address: str) -> OfficialNotice:
    """The document of a fact, in words. `address` is where the public follows the case."""
    return BUILDERS[document_kind(event)](Matter(_facts(row, event, address), row, event, events))


def document_pdf(row: CaseRow, event: Event, events: list[Event], *, address: str) -> bytes:
    """The document of a fact as PDF; the same facts give the same bytes."""
    return notices.notice_pdf(document(row, event, events, address=address), settings.FONTS_DIR)


def _facts(row: CaseRow, event: Event, address: str) -> CaseFacts:
    who = applicant(row.applicant_id)
    return CaseFacts(
        number=row.number,
        item_name=row.item_name,
        applicant_name=row.applicant_name,
        department_name=row.department_name,
        document_number=event.number or "",
        filed_on=row.filed_on,
        issued_on=local_day(event.at),
        licence=row.item_type == "01",
        person=who is not None and who.kind == "person",
        item_basis=_basis(row),
        follow_url=address,
        journal_head=event.hash.hex()[:16],
    )


def _basis(row: CaseRow) -> tuple[str, ...]:
    try:
        guide = filed_guide(row.item_version_id).guide
    except Missing:
        return ()
    return tuple(f"《{basis.law.strip('《》')}》{basis.article}" for basis in guide.legal_basis)


def _acceptance(of: Matter) -> OfficialNotice:
    data = of.event.data
    clock = ClockFacts(
        accepted_on=local_day(of.event.at),
        days=data["promised_days"],
        due_on=date.fromisoformat(data["due_on"]),
        statutory_days=data["statutory_days"],
        provisional=bool(data.get("provisional")),
    )
    return notices.acceptance_notice(of.facts, clock)


def _refusal(of: Matter) -> OfficialNotice:
    ground = next(code for code, label in flow.REFUSAL_GROUNDS.items() if label == of.event.ground)
    return notices.refusal_of_acceptance_notice(
        of.facts,
        REFUSALS[ground],
        of.event.words["reason"],
        Remedies(REVIEW_BODY),
        where_to=of.event.words["where_instead"],
    )


def _correction(of: Matter) -> OfficialNotice:
    items = [
        notices.NoticeItem(line["material"], line.get("problem", ""), line["requirement"])
        for line in of.event.words["lines"]
    ]
    return notices.correction_notice(
        of.facts,
        items,
        answer_by=date.fromisoformat(of.event.data["respond_by"]),
        second_time_because=of.event.words.get("newly_shown", ""),
    )


def _decision(of: Matter) -> OfficialNotice:
    assert of.row.accepted_on is not None
    reason = of.event.words.get("reason", "")
    if of.event.data["outcome"] == flow.Outcome.GRANTED:
        return notices.grant_decision(
            of.facts, DecisionFacts(of.row.accepted_on, terms=(reason,) if reason else ())
        )
    return notices.denial_decision(
        of.facts, DecisionFacts(of.row.accepted_on, reasons=(reason,)), Remedies(REVIEW_BODY)
    )


def _delivery(of: Matter) -> OfficialNotice:
    served = [
        f"{flow.DOCUMENT_LABELS[document_kind(other)]}（{other.number}）"
        for other in of.events
        if other.kind == "case.decided" and other.number
    ]
    service = ServiceFacts(
        documents=tuple(served),
        method=flow.DELIVERY_METHODS[of.event.data["method"]],
        served_at_text=notices.date_zh(local_day(of.event.at)),
        recipient=of.event.words["receiver"],
    )
    return notices.proof_of_service(of.facts, service)


def _special(of: Matter) -> OfficialNotice:
    until = date.fromisoformat(of.event.data["expected_until"])
    return notices.special_procedure_notice(
        of.facts, of.event.ground, of.event.data["expected_days"], until, of.event.words.get("note", "")
    )


def _extension(of: Matter) -> OfficialNotice:
    due = of.event.data.get("due_on")
    return notices.extension_notice(
        of.facts, of.event.data["days"], date.fromisoformat(due) if due else None, of.event.words["reason"]
    )


def _termination(of: Matter) -> OfficialNotice:
    return notices.termination_notice(of.facts, of.event.ground, of.event.words["reason"])


Builder = Callable[[Matter], OfficialNotice]
BUILDERS: dict[str, Builder] = {
    "acceptance": _acceptance,
    "refusal": _refusal,
    "correction": _correction,
    "special": _special,
    "extension": _extension,
    "decision_granted": _decision,
    "decision_denied": _decision,
    "delivery": _delivery,
    "termination": _termination,
}
