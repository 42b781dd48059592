"""Reads of ratings, within the actor's reach: figures, the list, one, the leaders' board, the report's sentence."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from yichuang.feedback.flow.ratings import (
    LEAST_PUBLIC,
    LOW,
    RATING_READERS,
    AppealState,
    FollowRow,
    FollowState,
    RatingChannel,
    follow_moves,
)
from yichuang.feedback.models import FollowUp, Rating
from yichuang.feedback.queries.cursors import older
from yichuang.feedback.queries.limits import limits_on
from yichuang.feedback.rules.ratings import Count as LevelCount
from yichuang.feedback.rules.ratings import Followed, Kept, kept_of, tally
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Missing, Refused
from yichuang.kernel.offers import Offer, OfferedFigure
from yichuang.kernel.paging import PAGE, Page, cut
from yichuang.kernel.scope import within
from yichuang.workdays.queries import calendar

EXCLUDED = Q(appeal__state=AppealState.UPHELD)


@dataclass(frozen=True, slots=True)
class RatingFilter:
    """What a list of ratings is narrowed to; both days count. `follow`: a follow-up's state, "low", "today" or "overdue"."""

    first: date
    last: date
    today: date
    department: UUID | None = None
    window: UUID | None = None
    channel: str = ""
    level: int | None = None
    follow: str = ""
    appeal: str = ""


@dataclass(frozen=True, slots=True)
class RatingLine:
    """One line of the figures."""

    id: str
    label: str
    count: LevelCount


@dataclass(frozen=True, slots=True)
class Figures:
    """Ratings of a period without those taken out on appeal; each group of lines adds up to the whole."""

    whole: LevelCount
    by_department: list[RatingLine]
    by_window: list[RatingLine]
    by_channel: list[RatingLine]
    excluded: int


def may_read_ratings(by: Actor) -> bool:
    """Whether the actor has anything to do with ratings."""
    return any(by.can(each) for each in RATING_READERS)


def visible_ratings(by: Actor) -> QuerySet[Rating]:
    """The ratings in the actor's reach. Raises Refused for those who have nothing to do with them."""
    if not may_read_ratings(by):
        raise Refused("您的岗位不能查看好差评。", how="请联系本部门管理员核对岗位权限。")
    found = Rating.objects.all()
    return found.filter(within(by))


def rating_figures(first: date, last: date, *, by: Actor) -> Figures:
    """Ratings of a period by level: in all, by department, window and channel. Both days count. Two statements."""
    return _figures(visible_ratings(by).filter(day__range=(first, last)))


def _figures(period: QuerySet[Rating]) -> Figures:
    rows = list(
        period.exclude(EXCLUDED).order_by()
        .values_list("level", "department_id", "department__short_name", "window_id", "window__code", "channel")
        .annotate(number=Count("pk"))
    )  # fmt: skip
    whole = tally((row[0], row[-1]) for row in rows)
    channels = [(str(row[5]), RatingChannel(row[5]).label, row[0], row[-1]) for row in rows]
    return Figures(
        whole,
        _lines([(str(row[1] or ""), row[2] or "未分部门", row[0], row[-1]) for row in rows]),
        _lines([(str(row[3] or ""), row[4] or "不经窗口", row[0], row[-1]) for row in rows]),
        _lines(channels),
        period.filter(EXCLUDED).count(),
    )


def _lines(rows: list[tuple[str, str, int, int]]) -> list[RatingLine]:
    groups: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for code, label, level, number in rows:
        groups.setdefault((code, label), []).append((level, number))
    made = [RatingLine(code, label, tally(found)) for (code, label), found in groups.items()]
    return sorted(made, key=lambda line: (-line.count.total, line.label, line.id))


def public_figures(first: date, last: date) -> Figures:
    """The aggregate that everybody may see; a department with few ratings shows no share (`LEAST_PUBLIC`)."""
    found = _figures(Rating.objects.filter(day__range=(first, last)))
    shown = [line for line in found.by_department if line.count.total >= LEAST_PUBLIC]
    return Figures(found.whole, shown, [], found.by_channel, found.excluded)


def followed_rows(first: date, last: date, *, by: Actor) -> list[Followed]:
    """The days of the follow-ups of low ratings given in a period, without those taken out on appeal. One statement."""
    found = FollowUp.objects.filter(rating__in=visible_ratings(by), rating__day__range=(first, last)).exclude(
        rating__appeal__state=AppealState.UPHELD
    )
    return [
        Followed(FollowState(row[0]), *row[1:])
        for row in found.order_by("pk").values_list(
            "state", "contact_due_on", "finish_due_on", "contacted_on", "finished_on"
        )
    ]


def follow_figures(first: date, last: date, today: date, *, by: Actor) -> Kept:
    """How the follow-ups of a period kept their limits, as of a day. One statement."""
    return kept_of(followed_rows(first, last, by=by), today)


def ratings(asked: RatingFilter, *, by: Actor) -> QuerySet[Rating]:
    """Ratings in reach, newest first, narrowed; those taken out on appeal stay in the list."""
    found = visible_ratings(by).filter(day__range=(asked.first, asked.last))
    given = {
        "department_id": asked.department, "window_id": asked.window, "channel": asked.channel, "level": asked.level,
        "appeal__state": asked.appeal,
    }  # fmt: skip
    found = found.filter(**{name: value for name, value in given.items() if value})
    if asked.follow == "overdue":
        found = found.filter(follow_up__finished_on__isnull=True).filter(_late(asked.today))
    elif asked.follow == "today":
        found = found.filter(follow_up__finished_on__isnull=True).filter(_today(asked.today))
    elif asked.follow == "low":
        found = found.filter(level__in=LOW)
    elif asked.follow:
        found = found.filter(follow_up__state=asked.follow)
    return found.select_related("department", "window", "follow_up", "appeal").order_by("-at", "-id")


def _late(today: date) -> Q:
    return Q(follow_up__finish_due_on__lt=today) | Q(
        follow_up__contacted_on__isnull=True, follow_up__contact_due_on__lt=today
    )


def _today(today: date) -> Q:
    """The next thing that is owed is owed today."""
    return Q(follow_up__contacted_on__isnull=True, follow_up__contact_due_on=today) | Q(
        follow_up__contacted_on__isnull=False, follow_up__finish_due_on=today
    )


def ratings_page(asked: RatingFilter, *, by: Actor, after: str = "", size: int = PAGE) -> Page[Rating]:
    """Ratings a page at a time. One statement."""
    found = older(ratings(asked, by=by), after)
    rows = list(found[: size + 1])
    return cut(rows, size=size, key=lambda row: (row.at.isoformat(), str(row.pk)), after=after)


def export_ratings(asked: RatingFilter, *, by: Actor) -> Iterator[Rating]:
    """All ratings of a list, read piece by piece."""
    return ratings(asked, by=by).iterator(chunk_size=500)


def rating_for(rating_id: UUID, *, by: Actor) -> Rating:
    """A rating in reach with its follow-up, appeal and notes. Raises Missing. Two statements."""
    found = (
        visible_ratings(by).select_related("department", "window", "follow_up", "appeal")
        .prefetch_related("notes").filter(pk=rating_id).first()
    )  # fmt: skip
    if found is None:
        raise Missing
    return found


def moves_of(found: Rating, *, by: Actor) -> list[FollowRow]:
    """The steps of the follow-up that the actor may take now."""
    follow = getattr(found, "follow_up", None)
    if follow is None or not by.reaches(found.department_id):
        return []
    return [row for row in follow_moves(FollowState(follow.state)) if by.can(row.capability)]


def appeal_until(rating: Rating) -> date:
    """The last day on which a department may appeal against a rating (limit of the rating's day). One statement."""
    return calendar().add(rating.day, limits_on(rating.day)["rating.appeal"].value)


@dataclass(frozen=True, slots=True)
class Board:
    """Ratings of a period for the leaders: how many, the share of good ones, the low ones and their follow-up."""

    count: int
    good_share: Decimal | None
    low: int
    low_open: int
    low_overdue: int


def board(by: Actor, first: date, last: date, today: date | None = None) -> Board:
    """The leaders' figures within the actor's reach; overdue as of `today` (else of the last day). Three statements."""
    whole = rating_figures(first, last, by=by).whole
    kept = follow_figures(first, last, today or last, by=by)
    return Board(whole.total, whole.good_share, whole.low, kept.open, kept.overdue)


def offers(first: date, last: date) -> list[Offer]:
    """What ratings tell the report of a period: how many, the good share, how the low ones were followed up."""
    found = board(SYSTEM, first, last)
    if not found.count:
        return []
    kept = follow_figures(first, last, last, by=SYSTEM)
    address = f"{reverse('desk-ratings')}?{urlencode({'first': first.isoformat(), 'last': last.isoformat()})}"
    figures = [
        _figure("ratings.count", "评价", found.count, "次", last, address),
        _figure("ratings.good_share", "好评率", found.good_share or Decimal("0.0"), "%", last, address),
    ]
    text = f"{'本周' if (last - first).days < 7 else '期间'}收到群众评价{found.count}次，好评率{found.good_share}%"
    if found.low:
        text += f"；差评{found.low}件，已办结回访{found.low - found.low_open}件"
        figures.append(_figure("ratings.low", "差评", found.low, "件", last, address + "&follow=low"))
        done = found.low - found.low_open
        figures.append(_figure("ratings.low_finished", "差评回访办结", done, "件", last, address))
    if kept.share is not None:
        text += f"，按期办结率{kept.share}%"
        figures.append(_figure("ratings.kept_share", "按期办结率", kept.share, "%", last, address))
    key = f"ratings:{first.isoformat()}:{last.isoformat()}"
    return [Offer(key, "ratings", "window", f"{text}。", address, last, figures=tuple(figures))]


def _figure(code: str, label: str, value: int | Decimal, unit: str, day: date, address: str) -> OfferedFigure:
    return OfferedFigure(code, label, value, unit, day, str(value), address)
