"""What the hall, the ratings and the campaigns add to the leaders' board: one small number each, with its list."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from yichuang.directory.flow import Capability
from yichuang.feedback.flow.ratings import RATING_READERS
from yichuang.feedback.queries import ratings
from yichuang.halls.flow.findings import FindingState
from yichuang.halls.queries import duty, findings
from yichuang.halls.queries.windows import acts_address
from yichuang.home.queries.board import Span
from yichuang.kernel.actor import Actor
from yichuang.programmes.queries import campaigns
from yichuang.statistics.flow import WINDOW_MEASURES
from yichuang.statistics.queries import window_acts


@dataclass(frozen=True, slots=True)
class Entry:
    """A number with its words, its tone where it asks for action, and the list behind it."""

    label: str
    value: str
    href: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A heading of the board with its numbers."""

    title: str
    entries: tuple[Entry, ...]
    words: str = ""


def panels(span: Span, *, by: Actor) -> Iterator[Panel]:
    """The panels that the actor may read, each from its own register."""
    if by.everywhere:
        yield _window(span)
    if findings.may_read_findings(by):
        yield _inspection(span.last, by)
    if duty.may_read_duty(by):
        yield _duty(span.last, by)
    if any(map(by.can, RATING_READERS)):
        yield _ratings(span, by)
    if by.can(Capability.FIGURES_READ):
        yield from _campaigns(span.last, by)


def _window(span: Span) -> Panel:
    values = window_acts(first_day=span.first, last_day=span.last).values()
    address = acts_address(span.first, span.last)
    entries = tuple(
        Entry(
            f"{measure.label}（{measure.unit}）",
            f"{values[measure.code]:,}",
            f"{address}&kind={measure.code}",
        )
        for measure in WINDOW_MEASURES
    )
    return Panel("综窗", entries)


def _inspection(today: date, by: Actor) -> Panel:
    counts = findings.finding_counts(today, by=by)
    address = reverse("desk-findings")
    shown = (FindingState.NOTIFIED, FindingState.RECTIFYING, FindingState.RECTIFIED)
    late = Entry(
        "整改已超期", str(counts["overdue"]), f"{address}?overdue=1", "bad" if counts["overdue"] else ""
    )
    return Panel(
        "大厅巡查",
        (
            late,
            *(Entry(each.label, str(counts.get(each, 0)), f"{address}?state={each.value}") for each in shown),
        ),
    )


def _ratings(span: Span, by: Actor) -> Panel:
    found = ratings.board(by, span.first, span.last, span.last)
    days = urlencode({"first": span.first.isoformat(), "last": span.last.isoformat()})
    address = f"{reverse('desk-ratings')}?{days}"
    share = "—" if found.good_share is None else f"{found.good_share}%"
    return Panel(
        "好差评",
        (
            Entry("评价次数", f"{found.count:,}", address),
            Entry("好评率", share, address),
            Entry("差评", str(found.low), f"{address}&follow=low", "warn" if found.low else ""),
            Entry(
                "回访已超期",
                str(found.low_overdue),
                f"{address}&follow=overdue",
                "bad" if found.low_overdue else "",
            ),
        ),
    )


def _duty(today: date, by: Actor) -> Panel:
    rows = duty.year_by_department(today.year, by=by)
    missing = sum(row.state.missing for row in rows)
    late = duty.requirement_counts(today, by=by)["overdue"]
    return Panel(
        "厅（局）长进大厅（今年）",
        (
            Entry("值守人次", str(sum(row.state.done for row in rows)), reverse("desk-duty")),
            Entry("计划内还差", str(missing), reverse("desk-duty"), "warn" if missing else ""),
            Entry(
                "要求已超期",
                str(late),
                f"{reverse('desk-duty-requirements')}?overdue=1",
                "bad" if late else "",
            ),
        ),
    )


def _campaigns(today: date, by: Actor) -> Iterator[Panel]:
    for stood in campaigns.campaigns(by=by, today=today):
        if stood.campaign.deadline < today:
            continue
        address = reverse("programme-campaign", args=[stood.campaign.pk])
        behind = len(stood.behind)
        yield Panel(
            stood.campaign.short_title,
            (
                Entry("完成", f"{stood.percent}%", address),
                Entry("落后单位", str(behind), address, "warn" if behind else ""),
            ),
            stood.words,
        )
