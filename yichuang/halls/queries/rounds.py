"""Reads of rounds: the lists that are data, rounds, what a period's inspection comes to, what it offers a report."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from yichuang.directory.flow import Capability
from yichuang.halls.flow.findings import FindingState
from yichuang.halls.flow.rounds import Register
from yichuang.halls.models import Finding, HallRound, InspectionTerm, RoundResult
from yichuang.halls.queries.cursors import after_moment
from yichuang.halls.rules.rounds import SeenFinding, contradiction, is_good, next_round_by, result_text
from yichuang.journal.queries import FactRow, facts_of
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.offers import Offer, OfferedFigure
from yichuang.kernel.paging import PAGE, Page, cut
from yichuang.kernel.times import SHANGHAI, local_day

OPENING = time(9, 0)


def terms(register: Register, on: date | None = None) -> list[InspectionTerm]:
    """A list of inspection in its order; with a day only what holds on it."""
    found = InspectionTerm.objects.filter(register=register)
    if on is not None:
        found = found.filter(Q(valid_from=None) | Q(valid_from__lte=on))
        found = found.filter(Q(valid_until=None) | Q(valid_until__gte=on))
    return list(found)


def all_terms() -> dict[Register, list[InspectionTerm]]:
    """Every list of inspection. One statement."""
    made: dict[Register, list[InspectionTerm]] = {register: [] for register in Register}
    for term in InspectionTerm.objects.all():
        made[Register(term.register)].append(term)
    return made


def term_with_history(term_id: UUID) -> tuple[InspectionTerm, list[FactRow]]:
    """An entry of a list and who changed it when, newest first. Raises Missing."""
    found = InspectionTerm.objects.filter(pk=term_id).first()
    if found is None:
        raise Missing
    return found, facts_of(term_id)[::-1]


def open_round(by: Actor) -> HallRound | None:
    """The round that the actor has begun and not finished."""
    if by.id is None:
        return None
    return HallRound.objects.select_related("kind").filter(inspector_id=by.id, ended_at__isnull=True).first()


def round_for(round_id: UUID, *, by: Actor) -> HallRound:
    """A round with its kind. Raises Missing."""
    by.require(Capability.HALL_INSPECT)
    found = HallRound.objects.select_related("kind").filter(pk=round_id).first()
    if found is None:
        raise Missing
    return found


def rounds(first: date | None = None, last: date | None = None, kind: str = "") -> QuerySet[HallRound]:
    """Rounds, newest first, with the number of headings covered and of findings that stand."""
    standing = Q(findings__state__in=[s.value for s in FindingState if s is not FindingState.WITHDRAWN])
    found = HallRound.objects.select_related("kind").annotate(
        covered=Count("results", distinct=True), found=Count("findings", filter=standing, distinct=True)
    )
    if first:
        found = found.filter(day__gte=first)
    if last:
        found = found.filter(day__lte=last)
    if kind:
        found = found.filter(kind__code=kind)
    return found.order_by("-started_at", "-id")


def counted(row: HallRound) -> tuple[int, int]:
    """What `rounds` has counted of a round: headings covered, findings that stand."""
    return vars(row)["covered"], vars(row)["found"]


def rounds_page(
    *, by: Actor, first: date | None = None, last: date | None = None, kind: str = "", after: str = "", size: int = PAGE
) -> Page[HallRound]:  # fmt: skip
    """Rounds a page at a time, newest first. One statement."""
    by.require(Capability.HALL_INSPECT)
    found = rounds(first, last, kind)
    cursor = after_moment(after)
    if cursor:
        found = found.filter(Q(started_at__lt=cursor[0]) | Q(started_at=cursor[0], id__lt=cursor[1]))
    rows = list(found[: size + 1])
    return cut(rows, size=size, key=lambda row: (row.started_at.isoformat(), str(row.id)), after=after)


@dataclass(frozen=True, slots=True)
class DueRound:
    """A kind that comes round several times a day: when the last began, by when the next must."""

    kind: str
    last: datetime | None
    by: datetime
    late: bool


def due_rounds(at: datetime) -> list[DueRound]:
    """The kinds with an interval that hold today. Two statements at most."""
    day = local_day(at)
    timed = [term for term in terms(Register.KIND, day) if term.every_minutes]
    if not timed:
        return []
    begun: dict[UUID, datetime] = {}
    rows = HallRound.objects.filter(day=day, kind__in=timed).order_by("started_at")
    for kind_id, started in rows.values_list("kind_id", "started_at"):
        begun[kind_id] = started
    made = []
    for term in timed:
        last = begun.get(term.pk)
        end = next_round_by(last, term.every_minutes, datetime.combine(day, OPENING, SHANGHAI))
        assert end is not None
        made.append(DueRound(term.name, last, end, end < at))
    return made


class InspectionOutcome(NamedTuple):
    """What a period's inspection comes to under a heading: (key, heading, result_text, findings).

    `good`: whether 总体情况良好 is true; `rounds`: finished rounds that covered the heading.
    """

    key: str
    heading: str
    result_text: str
    findings: list[Finding]
    good: bool
    rounds: int


def inspection_results(first: date, last: date) -> list[InspectionOutcome]:
    """The result of every heading that holds on the last day or was used in the period. Three statements."""
    seen: dict[UUID, list[Finding]] = defaultdict(list)
    found = Finding.objects.filter(found_on__range=(first, last)).select_related("department", "category")
    for finding in found.order_by("found_at", "id"):
        seen[finding.heading_id].append(finding)
    covered = dict(
        RoundResult.objects.filter(round__day__range=(first, last), round__ended_at__isnull=False)
        .values_list("heading_id")
        .annotate(Count("pk"))
        .order_by()
    )
    return [
        _outcome(term, covered.get(term.pk, 0), seen[term.pk])
        for term in InspectionTerm.objects.filter(register=Register.HEADING)
        if _holds(term, last) or term.pk in covered or seen[term.pk]
    ]


def _holds(term: InspectionTerm, day: date) -> bool:
    begun = term.valid_from is None or term.valid_from <= day
    return begun and (term.valid_until is None or day <= term.valid_until)


def _outcome(term: InspectionTerm, rounds_done: int, found: list[Finding]) -> InspectionOutcome:
    seen = _as_seen(found)
    text = result_text(rounds_done, seen)
    return InspectionOutcome(term.code, term.name, text, found, is_good(rounds_done, seen), rounds_done)


def _as_seen(found: list[Finding]) -> list[SeenFinding]:
    return [
        SeenFinding(one.department.short_name, one.category.name, FindingState(one.state)) for one in found
    ]


def contradictions(first: date, last: date, typed: Mapping[str, str]) -> dict[str, str]:
    """Where a report's inspection says 总体情况良好 against the register: words by the heading's key.

    `typed`: the text under each heading by its key. To be asked before 签发. Three statements.
    """
    return contradicting(inspection_results(first, last), typed)


def contradicting(known: Iterable[InspectionOutcome], typed: Mapping[str, str]) -> dict[str, str]:
    """The same from results that were read already."""
    rows = {row.key: row for row in known}
    made = {}
    for key, text in typed.items():
        row = rows.get(key)
        words = contradiction(text, row.rounds if row else 0, _as_seen(row.findings) if row else [])
        if words:
            made[key] = words
    return made


def offers(first: date, last: date) -> list[Offer]:
    """A sentence for every heading that was looked at or has findings, and the number of rounds in the period."""
    return [
        Offer(
            key=f"inspection.{row.key}.{first}.{last}.{row.result_text}", register="大厅巡查", topic="inspection",
            text=f"{row.heading}。{row.result_text}。", address=findings_address(first, last, row.key), day=last,
            figures=_figures(row, first, last),
        )
        for row in inspection_results(first, last)
        if row.rounds or row.findings
    ]  # fmt: skip


def _figures(row: InspectionOutcome, first: date, last: date) -> tuple[OfferedFigure, ...]:
    standing = sum(1 for each in row.findings if each.state != FindingState.WITHDRAWN)
    if not standing:
        return ()
    address = findings_address(first, last, row.key)
    code, label = f"inspection.{row.key}.findings", f"{row.heading}：发现问题"
    return (OfferedFigure(code, label, standing, "起", last, str(standing), address),)


def findings_address(first: date, last: date, heading: str = "") -> str:
    """Where the findings of a period are listed."""
    asked = {"first": first.isoformat(), "last": last.isoformat(), "heading": heading}
    return f"/desk/hall/findings?{urlencode({name: value for name, value in asked.items() if value})}"
