"""A case's official documents: the case as the notices want to hear of it, and the finished PDF."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django.conf import settings

from yichuang.cases import flow, rules
from yichuang.cases.queries import CaseRow, Event
from yichuang.catalogue.rules.guide import Guide
from yichuang.directory.queries import applicant, department
from yichuang.gateways.documents.model import OfficialNotice
from yichuang.intake.queries import guide_of_version, region_names
from yichuang.intake.queries.follow import correction_lines
from yichuang.kernel.errors import Missing
from yichuang.kernel.times import local_day
from yichuang.notices import render as notices
from yichuang.notices.flow import NoticeKind
from yichuang.notices.render.facts import (
    CaseFacts,
    ClockFacts,
    DecisionFacts,
    RefusalGround,
    Remedies,
    ServiceFacts,
)
from yichuang.workdays.queries import calendar

LICENCE = "01"
CERTIFICATE = "证照"
OTHER_PROCEDURE = "法律、法规规定的程序"
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


def document_title(event: Event, row: CaseRow) -> str:
    """What stands on the document of a fact, empty for none; a matter that is no licence is not decided as one."""
    kind = document_kind(event)
    return NoticeKind(flow.DOCUMENT_LABELS[kind]).title_for(licence=row.item_type == LICENCE) if kind else ""


@dataclass(frozen=True, slots=True)
class Matter:
    """What a document is made from: the case as notices hear of it, its row, the guide, the fact, all events."""

    facts: CaseFacts
    row: CaseRow
    guide: Guide | None
    event: Event
    events: list[Event]


def document(row: CaseRow, event: Event, events: list[Event], *, address: str) -> OfficialNotice:
    """The document of a fact, in words. `address` is where the public follows the case."""
    guide = _guide(row)
    return BUILDERS[document_kind(event)](
        Matter(_facts(row, guide, event, address), row, guide, event, events)
    )


def document_pdf(row: CaseRow, event: Event, events: list[Event], *, address: str) -> bytes:
    """The document of a fact as PDF; the same facts give the same bytes."""
    return notices.notice_pdf(document(row, event, events, address=address), settings.FONTS_DIR)


def _guide(row: CaseRow) -> Guide | None:
    try:
        return guide_of_version(row.item_version_id)
    except Missing:
        return None


def _facts(row: CaseRow, guide: Guide | None, event: Event, address: str) -> CaseFacts:
    who = applicant(row.applicant_id)
    return CaseFacts(
        number=row.number,
        item_name=row.item_name,
        applicant_name=row.applicant_name,
        department_name=row.department_name,
        document_number=event.number or "",
        filed_on=row.filed_on,
        issued_on=local_day(event.at),
        licence=row.item_type == LICENCE,
        person=who is not None and who.kind == "person",
        item_basis=_basis(guide),
        contact=_contact(guide),
        follow_url=address,
        journal_head=event.hash.hex()[:16],
    )


def _basis(guide: Guide | None) -> tuple[str, ...]:
    articles: dict[str, list[str]] = {}
    for basis in guide.legal_basis if guide else ():
        articles.setdefault(f"《{basis.law.strip('《》')}》", []).append(basis.article)
    return tuple(f"{law}{'、'.join(named)}" for law, named in articles.items())


def _contact(guide: Guide | None) -> str:
    if guide is None:
        return ""
    ask = guide.consult
    said = (ask.address, f"电话 {ask.phone}" if ask.phone else "", ask.hours)
    return "，".join(part for part in said if part)


def _remedies(row: CaseRow) -> Remedies:
    """Review lies with the people's government of the department's own level (行政复议法 art. 24)."""
    body = department(row.department_id)
    assert body is not None
    names = region_names([body.region_id])
    return Remedies(f"{names.get(body.region_id, body.region.name)}人民政府")


def _acceptance(of: Matter) -> OfficialNotice:
    data = of.event.data
    # Facts of the time before the law's silence was counted do not name the day: it was that of the fact.
    accepted = date.fromisoformat(data["accepted_on"]) if "accepted_on" in data else local_day(of.event.at)
    due = date.fromisoformat(data["due_on"])
    clock = ClockFacts(
        accepted_on=accepted,
        days=data["promised_days"],
        due_on=due,
        statutory_days=data["statutory_days"],
        explanation=_why(accepted, data, due),
        provisional=bool(data.get("provisional")),
        deemed=accepted != local_day(of.event.at),
    )
    pending = tuple((one["name"], date.fromisoformat(one["promised_on"])) for one in data.get("pending", ()))
    return notices.acceptance_notice(of.facts, clock, pending)


def _why(accepted: date, data: Mapping[str, Any], due: date) -> tuple[str, ...]:
    """How the day was found when the case was accepted, whatever happened to its clock later.

    Nothing where a calendar that was imported since would count otherwise: the document keeps its day.
    """
    days = data["promised_days"]
    moment = time.fromisoformat(data["time"]) if data.get("time") else None
    facts = rules.ClockFacts(accepted, days, days, accepted_time=moment)
    found = rules.limit(calendar(), facts, days, ())
    return found.explanation if found.due_on == due else ()


def _refusal(of: Matter) -> OfficialNotice:
    ground = next(code for code, label in flow.REFUSAL_GROUNDS.items() if label == of.event.ground)
    return notices.refusal_of_acceptance_notice(
        of.facts,
        REFUSALS[ground],
        of.event.words["reason"],
        _remedies(of.row),
        where_to=of.event.words["where_instead"],
    )


def _correction(of: Matter) -> OfficialNotice:
    items = [
        notices.NoticeItem(line.material, line.problem, line.wanted if line.sample else line.requirement)
        for line in correction_lines(of.event.words)
    ]
    told, until = local_day(of.event.at), date.fromisoformat(of.event.data["respond_by"])
    days = calendar().between(told, until)
    how = f"该日由本机关按补正内容确定，自告知次日起至该日共{days}个工作日。"
    return notices.correction_notice(
        of.facts,
        items,
        answer_by=until,
        explanation=(how,),
        second_time_because=of.event.words.get("newly_shown", ""),
    )


def _decision(of: Matter) -> OfficialNotice:
    accepted = of.row.accepted_on
    assert accepted is not None
    reason = of.event.words.get("reason", "")
    if of.event.data["outcome"] == flow.Outcome.DENIED:
        return notices.denial_decision(
            of.facts, DecisionFacts(accepted, reasons=(reason,)), _remedies(of.row)
        )
    said = f"{of.event.ground}。" if of.event.data.get("deemed") else ""
    terms = tuple(term for term in (said, reason, _validity(of.guide)) if term)
    return notices.grant_decision(
        of.facts, DecisionFacts(accepted, terms, certificate=_certificate(of.guide))
    )


def _validity(guide: Guide | None) -> str:
    """How long the result is good, in the guide's words: the day it runs from stands on the certificate itself."""
    return f"关于有效期：{guide.result.validity}" if guide and guide.result.validity else ""


def _certificate(guide: Guide | None) -> str:
    """The certificate that follows a grant; empty where the decision itself is the result, or comes before it."""
    return guide.result.name if guide and guide.result.kind == CERTIFICATE else ""


def _delivery(of: Matter) -> OfficialNotice:
    served = [
        f"{document_title(other, of.row)}（{other.number}）"
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
    words = of.event.words
    named = f"{words['law'].strip('《》')}" if "law" in words else ""
    return notices.special_procedure_notice(
        of.facts, OTHER_PROCEDURE if named else of.event.ground, of.event.data["expected_days"], until,
        words.get("note", ""), basis=f"《{named}》{words.get('article', '')}" if named else "",
    )  # fmt: skip


def _extension(of: Matter) -> OfficialNotice:
    due = of.event.data.get("due_on")
    words = of.event.words
    approved = f"{words['approver']}（{words.get('approval', '')}）" if "approver" in words else ""
    return notices.extension_notice(
        of.facts, of.event.data["days"], date.fromisoformat(due) if due else None, words["reason"],
        approved_by=approved,
    )  # fmt: skip


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
