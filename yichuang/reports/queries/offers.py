"""What the registers offer to the newsroom, from one table of providers, and what became of it in a report."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from yichuang.catalogue.queries import authorisations, lists
from yichuang.feedback.queries import complaints, ratings
from yichuang.halls.queries import duty, rounds, windows
from yichuang.kernel.offers import Offer
from yichuang.programmes.queries import campaigns, events, tasks
from yichuang.reports.models import OfferUse, Report
from yichuang.reports.models.newsroom import HIDDEN, USED
from yichuang.statistics.queries import efficiency

Provider = Callable[[date, date], list[Offer]]
PROVIDERS: dict[str, Provider] = {
    "综窗办件": windows.offers,
    "大厅巡查": rounds.offers,
    "厅（局）长进大厅": duty.offers,
    "效能数据": efficiency.offers,
    "事项授权和受理手册": authorisations.offers,
    "行政许可事项清单": lists.offers,
    "会议培训等活动": events.offers,
    "重点任务清单": tasks.offers,
    "专项工作": campaigns.offers,
    "好差评": ratings.offers,
    "投诉和办不成事": complaints.offers,
}
"""Every register that has something to tell, by its name for readers. A new register is one line here."""

TOPICS = {
    "environment": "优化营商环境",
    "efficiency": "服务效能",
    "work": "政务工作动态",
    "window": "综窗",
    "visits": "厅（局）长进大厅",
    "inspection": "大厅巡查",
}
_SECTIONS = {
    "environment": ("environment", "news"),
    "efficiency": ("efficiency", "news"),
    "work": ("news", "environment"),
    "window": ("others", "efficiency"),
    "visits": ("visits",),
    "inspection": ("inspection",),
}


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer with what became of it. `since`: the sentence that was used before its register changed."""

    offer: Offer
    use: OfferUse | None
    since: OfferUse | None = None

    @property
    def state(self) -> str:
        """new, used, hidden or changed."""
        if self.use is not None:
            return self.use.state
        return "changed" if self.since else "new"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which offers are wanted: of a topic, of a department, the hidden and used ones too."""

    topic: str = ""
    department: UUID | None = None
    everything: bool = False

    def wants(self, row: OfferRow) -> bool:
        """Whether the row is wanted."""
        return (
            self.topic in ("", row.offer.topic)
            and self.department in (None, row.offer.department_id)
            and (self.everything or row.state in ("new", "changed"))
        )


_collected: ContextVar[dict[tuple[date, date], list[Offer]] | None] = ContextVar("collected", default=None)


@contextmanager
def collected_once() -> Iterator[None]:
    """While one page is made, every register is asked once for the same days. For pages that only read."""
    token = _collected.set({})
    try:
        yield
    finally:
        _collected.reset(token)


def offers_between(first: date, last: date) -> list[Offer]:
    """What all registers offer for some days; the same key once, the strongest sentences of a register first."""
    kept = _collected.get()
    if kept is not None and (first, last) in kept:
        return kept[first, last]
    found = {
        offer.key: replace(offer, register=name)
        for name, provider in PROVIDERS.items()
        for offer in sorted(provider(first, last), key=lambda each: -each.strength)
    }
    offers = list(found.values())
    if kept is not None:
        kept[first, last] = offers
    return offers


def offer_rows(report: Report, offers: list[Offer]) -> list[OfferRow]:
    """The offers with what became of each in this report, in the order of the registers. One statement.

    What was used or hidden is taken for the same only while its sentence is the same.
    """
    uses = {use.key: use for use in OfferUse.objects.filter(report=report)}
    offered = {offer.key for offer in offers}
    left = {
        (use.register, use.address): use
        for use in uses.values()
        if use.state == USED and use.key not in offered
    }
    return [_row(offer, uses.get(offer.key), left.get((offer.register, offer.address))) for offer in offers]


def _row(offer: Offer, use: OfferUse | None, left: OfferUse | None) -> OfferRow:
    if use is None:
        return OfferRow(offer, None, left)
    if use.text == offer.text:
        return OfferRow(offer, use)
    return OfferRow(offer, None, use if use.state == USED else None)


def vanished(report: Report, offers: list[Offer]) -> list[OfferUse]:
    """What was used and is offered no more, neither as it was nor changed: its row is gone from the register."""
    offered = {offer.key for offer in offers}
    there = {(offer.register, offer.address) for offer in offers}
    return [
        use
        for use in OfferUse.objects.filter(report=report, state=USED).order_by("at", "id")
        if use.key not in offered and (use.register, use.address) not in there
    ]


def proposed_section(topic: str, sections: list[str]) -> str:
    """Under which of a form's headings an offer of a topic belongs; empty where it has none."""
    return next((key for key in _SECTIONS.get(topic, ()) if key in sections), "")


__all__ = [
    "HIDDEN",
    "PROVIDERS",
    "TOPICS",
    "USED",
    "Asked",
    "OfferRow",
    "collected_once",
    "offer_rows",
    "offers_between",
    "proposed_section",
    "vanished",
]
