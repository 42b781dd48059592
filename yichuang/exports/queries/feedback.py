"""Lists of feedback: ratings without who gave them, complaints without who brought them."""

from datetime import date, timedelta
from typing import Any

from django.db.models import F, QuerySet

from yichuang.directory.queries import department_names
from yichuang.exports.flow import Column, Selection, Sort
from yichuang.exports.queries.wording import Asked, asked_day, asked_id, worded
from yichuang.feedback.flow.complaints import ComplaintKind, ComplaintState, ComplaintWay
from yichuang.feedback.flow.ratings import AppealState, FollowState, Level, RatingChannel
from yichuang.feedback.queries import complaints as complaint_queries
from yichuang.feedback.queries import ratings as rating_queries
from yichuang.kernel.actor import Actor

PERIOD_DAYS = 30


def _period(asked: Asked, today: date) -> tuple[date, date]:
    """The days asked for, both counted; else the last thirty, as on the list's page."""
    last = asked_day(asked, "last") or today
    # As the page does: before the first year there is no day.
    earlier = last - timedelta(days=PERIOD_DAYS - 1) if last.year > 1 else last
    return min(asked_day(asked, "first") or earlier, last), last


def _selection(found: QuerySet[Any], columns: tuple[Column, ...], **fields: str) -> Selection:
    """A query of the ORM as the source of a list: its statement, with its parameters by name."""
    named = found.order_by("-at", "-id").annotate(**{f"x_{name}": F(path) for name, path in fields.items()})
    text, given = named.values(*(f"x_{name}" for name in fields)).query.sql_with_params()
    names = [f"p{place}" for place, _ in enumerate(given)]
    return Selection(
        columns, f"({text % tuple(f'%({name})s' for name in names)}) q", dict(zip(names, given, strict=True))
    )


def ratings(asked: Asked, by: Actor, today: date) -> Selection:
    """Ratings in reach, the newest first, without telephone numbers."""
    first, last = _period(asked, today)
    level = asked.get("level", "")
    narrowed = rating_queries.RatingFilter(
        first, last, today, asked_id(asked, "department"), asked_id(asked, "window"), asked.get("channel", ""),
        int(level) if level in {str(int(one)) for one in Level} else None, asked.get("follow", ""), asked.get("appeal", ""),
    )  # fmt: skip
    columns = (
        Column("日期", "x_day", Sort.DAY), Column("部门", "x_department"), Column("窗口", "x_window"), Column("事项", "x_item"),
        Column("满意程度", worded("x_level", [(str(int(one)), one.label) for one in Level]), Sort.CODE),
        Column("渠道", worded("x_channel", [(str(one), one.label) for one in RatingChannel]), Sort.CODE),
        Column("意见", "x_words"),
        Column("回访状态", worded("x_follow", [(str(one), one.label) for one in FollowState]), Sort.CODE),
        Column("首次回访期限", "x_contact_due", Sort.DAY), Column("回访日期", "x_contacted", Sort.DAY),
        Column("办结期限", "x_finish_due", Sort.DAY), Column("办结日期", "x_finished", Sort.DAY),
        Column("申诉", worded("x_appeal", [(str(one), one.label) for one in AppealState]), Sort.CODE),
    )  # fmt: skip
    return _selection(
        rating_queries.ratings(narrowed, by=by), columns, day="day", department="department__short_name",
        window="window__code", item="item_name", level="level", channel="channel", words="words",
        follow="follow_up__state", contact_due="follow_up__contact_due_on", contacted="follow_up__contacted_on",
        finish_due="follow_up__finish_due_on", finished="follow_up__finished_on", appeal="appeal__state",
    )  # fmt: skip


def complaints(asked: Asked, by: Actor, today: date) -> Selection:
    """Complaints in reach, the newest first, without who brought them."""
    first, last = _period(asked, today)
    narrowed = complaint_queries.ComplaintFilter(
        first, last, today, asked.get("kind", ""), asked.get("state", ""), asked_id(asked, "department"),
        asked.get("overdue") == "1", asked.get("today") == "1",
    )  # fmt: skip
    columns = (
        Column("编号", "x_number", Sort.CODE), Column("日期", "x_received", Sort.DAY),
        Column("类别", worded("x_kind", [(str(one), one.label) for one in ComplaintKind]), Sort.CODE),
        Column("途径", worded("x_way", [(str(one), one.label) for one in ComplaintWay]), Sort.CODE),
        Column("部门", "x_department"), Column("内容", "x_words"), Column("期限", "x_due", Sort.DAY),
        Column("状态", worded("x_state", [(str(one), one.label) for one in ComplaintState]), Sort.CODE),
        Column("答复日期", "x_replied", Sort.DAY), Column("重办", "case when x_reopened then '是' else '' end", Sort.CODE),
    )  # fmt: skip
    return _selection(
        complaint_queries.complaints(narrowed, by=by), columns, number="number", received="received_on", kind="kind",
        way="way", department="department__short_name", words="words", due="due_on", state="state", replied="replied_on",
        reopened="reopened",
    )  # fmt: skip


def period_words(asked: Asked, _: Actor) -> list[str]:
    """The days, and how many other filters there are, each by its word."""
    days = f"{asked.get('first') or '三十天前'} 至 {asked.get('last') or '今天'}"
    department = asked_id(asked, "department")
    words = [days, department_names().get(department, "") if department else ""]
    words += [label for name, label in _FILTERS.items() if asked.get(name)]
    return [word for word in words if word]


_FILTERS = {
    "window": "所选窗口", "channel": "所选渠道", "level": "所选满意程度", "follow": "所选回访状态", "appeal": "所选申诉状态",
    "kind": "所选类别", "state": "所选状态", "overdue": "超期未答复", "today": "今天到期",
}  # fmt: skip
