"""Every read of the room: campaigns."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from yichuang.catalogue.models import Item
from yichuang.directory.flow import Capability
from yichuang.directory.models import Applicant
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.offers import Offer, OfferedFigure
from yichuang.programmes.flow.campaigns import COUNTED_FACTS, ENDED_FACTS, CampaignState
from yichuang.programmes.flow.events import Mark
from yichuang.programmes.models import Campaign, CampaignVersion, Filer, FilerReminder, HandNumber
from yichuang.programmes.queries.common import own, sees_all
from yichuang.programmes.rules.campaigns import (
    DayCount,
    Forecast,
    Progress,
    Reported,
    Stages,
    forecast,
    in_order,
    joined,
    outlook,
    percent,
    trend,
)
from yichuang.workdays.queries import calendar


@dataclass(frozen=True, slots=True)
class FilerStanding:
    """One filer: what is filed here and by hand, and where it leads."""

    filer: Filer
    here: int
    by_hand: int
    forecast: Forecast
    progress: Progress

    @property
    def percent(self) -> str:
        """Per cent of the own target."""
        return str(percent(self.forecast.done, self.filer.target))

    @property
    def is_removed(self) -> bool:
        """Whether the filer was taken out: what it had filed until then still counts."""
        return self.filer.removed_on is not None


@dataclass(frozen=True, slots=True)
class CampaignStanding:
    """A campaign with its filers, those who are most behind first."""

    campaign: Campaign
    here: int
    by_hand: int
    forecast: Forecast
    filers: tuple[FilerStanding, ...]
    progress: Progress

    @property
    def percent(self) -> str:
        """Per cent of the campaign's target."""
        return str(percent(self.forecast.done, self.campaign.target))

    @property
    def behind(self) -> list[FilerStanding]:
        """The filers who will not be in time at their pace."""
        return [one for one in self.filers if one.forecast.is_behind and not one.is_removed]

    @property
    def words(self) -> str:
        """The forecast in one sentence."""
        return outlook(self.forecast, self.campaign.unit)

    @property
    def printed_words(self) -> str:
        """The same as a report prints it."""
        return outlook(self.forecast, self.campaign.unit, in_print=True)

    def trend(self, today: date) -> list[DayCount]:
        """Every day from the start up to today."""
        last = max(self.campaign.starts_on, today)
        return trend(self.progress, self.campaign.starts_on, last, calendar())


def visible_campaigns(by: Actor) -> QuerySet[Campaign]:
    """Campaigns of the departments reached, or with a filer that they look after; everywhere all."""
    by.require(Capability.FIGURES_READ)
    if sees_all(by):
        return Campaign.objects.all()
    return Campaign.objects.filter(own(by) | Q(pk__in=Filer.objects.filter(own(by)).values("campaign_id")))


def campaigns(*, by: Actor, today: date, state: str = "") -> list[CampaignStanding]:
    """Every campaign with its standing, running ones first, the nearest deadline first. Four statements."""
    found = visible_campaigns(by).select_related("department")
    if state:
        found = found.filter(state=state)
    rows = sorted(found, key=lambda one: (one.state != CampaignState.RUNNING, one.deadline, str(one.pk)))
    return standings(rows, today)


def campaign_for(campaign_id: UUID, *, by: Actor) -> Campaign:
    """One campaign. Raises Missing where it is not for this actor."""
    found = visible_campaigns(by).select_related("department").filter(pk=campaign_id).first()
    if found is None:
        raise Missing
    return found


def standings(found: Iterable[Campaign], today: date) -> list[CampaignStanding]:
    """How campaigns stand on a day: three statements however many campaigns and filers there are."""
    rows = list(found)
    ids = [one.pk for one in rows]
    filers = list(Filer.objects.filter(campaign_id__in=ids).select_related("department").order_by("position"))
    progress = filers_progress(ids, filers, today)
    return [
        _standing(one, [filer for filer in filers if filer.campaign_id == one.pk], progress, today)
        for one in rows
    ]


def filers_progress(campaign_ids: list[UUID], filers: Iterable[Filer], today: date) -> dict[UUID, Progress]:
    """By filer: cases filed a day, from the day counts and the queue in one statement, and what was reported by hand, in another."""
    cases: dict[UUID, dict[date, int]] = {}
    stages: dict[UUID, Stages] = {}
    counted = sql.rows(
        sql.statement(__file__, "campaign_days"),
        {"campaigns": campaign_ids, "today": today, "ended": list(ENDED_FACTS), "kinds": list(COUNTED_FACTS)},
    )
    for filer_id, day, count, *far in counted:
        if count:
            cases.setdefault(filer_id, {})[day] = count
        stages[filer_id] = stages.get(filer_id, Stages()) + Stages(*far)
    reported: dict[UUID, list[Reported]] = {}
    numbers = HandNumber.objects.filter(filer__campaign_id__in=campaign_ids, as_of__lte=today)
    for filer_id, as_of, count in numbers.order_by("seq").values_list("filer_id", "as_of", "count"):
        reported.setdefault(filer_id, []).append(Reported(as_of, count))
    return {
        filer.pk: Progress(
            cases.get(filer.pk, {}), in_order(reported.get(filer.pk, ())), stages.get(filer.pk, Stages())
        )
        for filer in filers
    }


def _standing(
    campaign: Campaign, filers: list[Filer], progress: Mapping[UUID, Progress], today: date
) -> CampaignStanding:
    stood = [_filer(filer, progress[filer.pk], today) for filer in filers]
    whole = joined(one.progress for one in stood)
    stood.sort(
        key=lambda one: (
            one.is_removed,
            -one.forecast.missing,
            one.forecast.done * 10_000 // one.filer.target,
            one.filer.position,
        )
    )
    found = forecast(
        whole, target=campaign.target, starts_on=campaign.starts_on, deadline=campaign.deadline, today=today,
        calendar=calendar(),
    )  # fmt: skip
    return CampaignStanding(
        campaign, whole.filed_here(today), whole.by_hand(today), found, tuple(stood), whole
    )


def _filer(filer: Filer, progress: Progress, today: date) -> FilerStanding:
    found = forecast(
        progress, target=filer.target, starts_on=filer.starts_on, deadline=filer.deadline, today=today,
        calendar=calendar(),
    )  # fmt: skip
    return FilerStanding(filer, progress.filed_here(today), progress.by_hand(today), found, progress)


def hand_numbers(campaign: Campaign) -> list[HandNumber]:
    """Everything that was reported by hand, the newest first."""
    found = HandNumber.objects.filter(filer__campaign=campaign).select_related("filer")
    return list(found.order_by("-as_of", "-seq"))


def campaign_versions(campaign: Campaign) -> list[CampaignVersion]:
    """Every version of a campaign, the newest first."""
    return list(campaign.versions.order_by("-number"))


def filer_reminders(campaign: Campaign) -> list[FilerReminder]:
    """The reminders of a campaign, the newest first."""
    return list(
        FilerReminder.objects.filter(filer__campaign=campaign).select_related("filer").order_by("-on", "-id")
    )


def filer_for(campaign: Campaign, filer_id: UUID) -> Filer:
    """A filer of a campaign. Raises Missing."""
    found = campaign.filers.select_related("department").filter(pk=filer_id).first()
    if found is None:
        raise Missing
    return found


def items_of(campaign: Campaign) -> list[tuple[UUID, str, str]]:
    """The items of a campaign: id, code and name."""
    return list(Item.objects.filter(pk__in=campaign.items).order_by("code").values_list("id", "code", "name"))


def paper_numbers(filer: Filer) -> list[str]:
    """The papers of those who file under this name, as the form takes them."""
    found = Applicant.objects.filter(pk__in=filer.applicants).order_by("name")
    return list(found.values_list("paper_number", flat=True))


def target_words(count: int, mark: str, unit: str) -> str:
    """A target as people say it: 约30万个, 120000个."""
    ten_thousand = 10_000
    told = f"{count // ten_thousand}万" if count >= ten_thousand and count % ten_thousand == 0 else str(count)
    return f"{'约' if mark == Mark.ABOUT else ''}{told}{unit}"


def offers(first: date, last: date) -> list[Offer]:
    """One sentence for each campaign that runs in the period: target, progress as of its last day, who is behind."""
    found = Campaign.objects.filter(starts_on__lte=last, deadline__gte=first).select_related("department")
    return [_offer(one, last) for one in standings(found.order_by("deadline", "id"), last)]


def _outlook_numbers(stood: CampaignStanding) -> list[tuple[str, str, int, str, str]]:
    """The numbers that the forecast prints: what is missing, what each working day must bring, how long it stood still."""
    found, unit = stood.forecast, stood.campaign.unit
    told = [
        ("missing", "尚缺", found.target - found.done, unit),
        ("missing_in_time", "按目前进度到期缺", found.missing, unit),
        ("needed", "每个工作日须完成", found.needed, unit),
        ("pace_days", "没有进展的工作日", found.pace_days, "个工作日"),
    ]
    printed = {
        (value, one): (code, label, value, one, str(value))
        for code, label, value, one in reversed(told)
        if value and re.search(rf"(?<![0-9]){value}{re.escape(one)}(?!工作日)", stood.printed_words)
    }
    return list(printed.values())


def _offer(stood: CampaignStanding, last: date) -> Offer:
    campaign, found = stood.campaign, stood.forecast
    unit, address = campaign.unit, f"/desk/programmes/campaigns/{campaign.pk}"
    target = target_words(campaign.target, campaign.target_mark, unit)
    behind = "、".join(one.filer.name for one in stood.behind)
    by_hand = f"（其中平台外申报{stood.by_hand}{unit}）" if stood.by_hand else ""
    text = (
        f"{campaign.title.rstrip('。')}：应于{campaign.deadline.month}月{campaign.deadline.day}日前完成{target}，"
        f"截至{last.month}月{last.day}日已完成{found.done}{unit}{by_hand}，完成率{stood.percent}%。{stood.printed_words}"
        + (f"{behind}进度滞后。" if behind and not found.reached else "")
    )
    numbers = [
        ("target", "目标", campaign.target, unit, target.removesuffix(unit)),
        ("done", "已完成", found.done, unit, str(found.done)),
        ("share", "完成率", percent(found.done, campaign.target), "%", stood.percent),
        *([("by_hand", "平台外申报", stood.by_hand, unit, str(stood.by_hand))] if stood.by_hand else []),
        *_outlook_numbers(stood),
    ]
    figures = tuple(
        OfferedFigure(f"campaigns.{code}", label, value, one_unit, last, printed, address)  # type: ignore[arg-type]
        for code, label, value, one_unit, printed in numbers
    )
    key = f"campaign:{campaign.pk}:{campaign.edit}:{last}:{found.done}"
    return Offer(
        key,
        "campaigns",
        "window",
        text,
        address,
        last,
        campaign.department_id,
        campaign.department.short_name,
        figures,
    )
