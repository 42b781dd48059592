"""A case's official documents: the case as the notices want to hear of it, and the finished PDF."""

from collections.abc import Callable
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
from yichuang.notices.render.facts import CaseFacts, ClockFacts, DecisionFacts, RefusalGround, Remedies, ServiceFacts

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


def document(row: CaseRow, event: Event, others: list[Event], *, address: str) -> OfficialNotice:
    """The document of a fact, in words. `address` is where the public follows the case."""
    return BUILDERS[document_kind(event)](_facts(row, event, address), row, event, others)


def document_pdf(row: CaseRow, event: Event, others: list[Event], *, address: str) -> bytes:
    """The document of a fact as PDF; the same facts give the same bytes."""
    return notices.notice_pdf(document(row, event, others, address=address), settings.FONTS_DIR)


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


def _acceptance(case: CaseFacts, row: CaseRow, event: Event, _: list[Event]) -> OfficialNotice:
    data = event.data
    clock = ClockFacts(
        accepted_on=local_day(event.at),
        days=data["promised_days"],
        due_on=date.fromisoformat(data["due_on"]),
        statutory_days=data["statutory_days"],
        provisional=bool(data.get("provisional")),
    )
    return notices.acceptance_notice(case, clock)


def _refusal(case: CaseFacts, row: CaseRow, event: Event, _: list[Event]) -> OfficialNotice:
    ground = next(code for code, label in flow.REFUSAL_GROUNDS.items() if label == event.ground)
    return notices.refusal_of_acceptance_notice(
        case, REFUSALS[ground], event.words["reason"], Remedies(REVIEW_BODY), where_to=event.words["where_instead"]
    )


def _correction(case: CaseFacts, row: CaseRow, event: Event, _: list[Event]) -> OfficialNotice:
    items = [
        notices.NoticeItem(line["material"], line.get("problem", ""), line["requirement"])
        for line in event.words["lines"]
    ]
    return notices.correction_notice(
        case,
        items,
        answer_by=date.fromisoformat(event.data["respond_by"]),
        second_time_because=event.words.get("newly_shown", ""),
    )


def _decision(case: CaseFacts, row: CaseRow, event: Event, _: list[Event]) -> OfficialNotice:
    assert row.accepted_on is not None
    reason = event.words.get("reason", "")
    if event.data["outcome"] == flow.Outcome.GRANTED:
        return notices.grant_decision(case, DecisionFacts(row.accepted_on, terms=(reason,) if reason else ()))
    return notices.denial_decision(case, DecisionFacts(row.accepted_on, reasons=(reason,)), Remedies(REVIEW_BODY))


def _delivery(case: CaseFacts, row: CaseRow, event: Event, others: list[Event]) -> OfficialNotice:
    served = [
        f"{flow.DOCUMENT_LABELS[document_kind(other)]}（{other.number}）"
        for other in others
        if other.kind == "case.decided" and other.number
    ]
    service = ServiceFacts(
        documents=tuple(served),
        method=flow.DELIVERY_METHODS[event.data["method"]],
        served_at_text=notices.date_zh(local_day(event.at)),
        recipient=event.words["receiver"],
    )
    return notices.proof_of_service(case, service)


def _special(case: CaseFacts, row: CaseRow, event: Event, _: list[Event]) -> OfficialNotice:
    until = date.fromisoformat(event.data["expected_until"])
    return notices.special_procedure_notice(
        case, event.ground, event.data["expected_days"], until, event.words.get("note", "")
    )


def _extension(case: CaseFacts, row: CaseRow, event: Event, _: list[Event]) -> OfficialNotice:
    due = event.data.get("due_on")
    return notices.extension_notice(
        case, event.data["days"], date.fromisoformat(due) if due else None, event.words["reason"]
    )


def _termination(case: CaseFacts, row: CaseRow, event: Event, _: list[Event]) -> OfficialNotice:
    return notices.termination_notice(case, event.ground, event.words["reason"])


Builder = Callable[[CaseFacts, CaseRow, Event, list[Event]], OfficialNotice]
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

