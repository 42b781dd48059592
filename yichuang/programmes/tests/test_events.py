"""Events: recorded once, changed with history, cancelled with a reason, summed exactly, seen by whom they concern."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import ANONYMOUS, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem, Refused
from yichuang.programmes.commands import events as commands
from yichuang.programmes.commands.common import NewFile
from yichuang.programmes.models import Event, EventFigure, EventFile
from yichuang.programmes.queries import events as queries
from yichuang.programmes.queries.events import EventFilters
from yichuang.programmes.tests import factories as make

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2022, 5, 9), date(2022, 5, 13)
FILE = NewFile("现场.jpg", "jpeg", 10, "0" * 64)


def listed(by: Actor, **filters: Any) -> list[str]:
    page = queries.events(by=by, filters=EventFilters(**filters))
    return [event.title for event in page.rows]


def test_the_same_key_records_once() -> None:
    key, by = make.key(), make.keeper()
    first = commands.record_event(make.event_form(), by=by, at=make.AT, key=key)
    assert commands.record_event(make.event_form(), by=by, at=make.AT, key=key) == first
    with pytest.raises(Conflict):
        commands.record_event(make.event_form(title="另一件"), by=by, at=make.AT, key=key)
    assert Event.objects.count() == 1
    assert len(facts_of(first)) == 1


def test_a_key_of_another_department_is_refused() -> None:
    key = make.key()
    commands.record_event(make.event_form(), by=make.keeper(), at=make.AT, key=key)
    with pytest.raises(Conflict):
        commands.record_event(make.event_form(), by=make.stranger(), at=make.AT, key=key)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": " "}, "title"), ({"title": "长" * 81}, "title"), ({"kind": "party"}, "kind"),
        ({"on": None, "until": date(2022, 5, 1)}, "on"), ({"until": date(2022, 5, 9)}, "until"),
        ({"on": date(2022, 5, 14)}, "on"), ({"until": date(2022, 5, 20)}, "until"), ({"on": date(1922, 5, 1)}, "on"),
        ({"figures": {"enterprises": "很多"}}, "figure-enterprises"), ({"figures": {"enterprises": "1.5"}}, "figure-enterprises"),
        ({"near": "近" * 21}, "near"), ({"kind": "publication"}, "text-document"), ({"words": "字" * 4001}, "words"),
        ({"regions": ["999999999999"]}, "regions"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        make.event(**changed)
    assert list(caught.value.fields) == [field]
    assert not Event.objects.exists()


def test_a_change_keeps_the_version_before_with_who_and_when() -> None:
    event = make.event()
    form = make.event_form(title="组织取水计量辅导", figures={"enterprises": "60"})
    later = make.AT + timedelta(hours=1)
    commands.change_event(event.pk, form, seen=1, by=make.manager(), at=later)
    after, before = queries.event_versions(queries.event_for(event.pk, by=make.keeper()))
    assert (before.stated["服务企业"], after.stated["服务企业"]) == ("52户", "60户")
    assert (after.by_name, after.at, after.act) == (make.manager().name, later, "修改")
    assert [fact.kind for fact in facts_of(event.pk)] == ["event.recorded", "event.changed"]
    assert EventFigure.objects.filter(event=event).count() == 1


def test_two_editors_do_not_overwrite_each_other() -> None:
    event, form = make.event(), make.event_form(title="甲改的")
    commands.change_event(event.pk, form, seen=1, by=make.keeper(), at=make.AT)
    with pytest.raises(Conflict):
        commands.change_event(
            event.pk, make.event_form(title="乙改的"), seen=1, by=make.manager(), at=make.AT
        )
    assert Event.objects.get(pk=event.pk).title == "甲改的"


def test_a_cancelled_event_counts_no_more_and_stays_readable() -> None:
    event, by = make.event(), make.keeper()
    with pytest.raises(Invalid):
        commands.cancel_event(event.pk, "  ", by=by, at=make.AT)
    commands.cancel_event(event.pk, "与另一条重复", by=by, at=make.AT)
    assert queries.event_totals(by=by, first=FIRST, last=LAST) == []
    assert queries.offers(FIRST, LAST) == []
    assert listed(by) == []
    assert listed(by, with_cancelled=True) == [event.title]
    for act in (
        lambda: commands.cancel_event(event.pk, "再撤", by=by, at=make.AT),
        lambda: commands.change_event(event.pk, make.event_form(), seen=2, by=by, at=make.AT),
        lambda: commands.attach_event_file(event.pk, FILE, by=by, at=make.AT, key=make.key()),
    ):
        with pytest.raises(Conflict):
            act()


def test_sums_of_week_and_year_equal_a_recount() -> None:
    for on, count in (
        (date(2022, 1, 3), "23"),
        (date(2022, 4, 20), "17"),
        (date(2022, 5, 10), "12"),
        (date(2021, 12, 30), "99"),
    ):
        make.event(on=on, figures={"enterprises": count})
    make.event(make.stranger(), figures={"enterprises": "7"})
    (own,) = queries.event_totals(by=make.keeper(), first=FIRST, last=LAST)
    assert (int(own.week.value), int(own.year.value)) == (12, 52)
    (all_of_them,) = queries.event_totals(by=make.manager(), first=FIRST, last=LAST)
    recount = sql.one(
        "select sum(value) from programmes_eventfigure f where exists (select 1 from programmes_event e where e.id = "
        "f.event_id and e.state = 'recorded' and e.filed_under >= '2022-01-01' and e.filed_under <= '2022-05-13')"
    )
    assert recount == (all_of_them.year.value,)
    assert int(all_of_them.year.value) == 59
    assert [
        (c.kind, c.week, c.year) for c in queries.event_counts(by=make.manager(), first=FIRST, last=LAST)
    ] == [("coaching", 2, 4)]


def test_the_year_is_offered_exactly_and_roundly_only_by_choice() -> None:
    for on, count in ((date(2022, 2, 3), "40"), (date(2022, 5, 10), "12")):
        make.event(on=on, figures={"enterprises": count})
    exact = queries.offers(FIRST, LAST)[-1]
    assert exact.text == "今年以来，水利厅开展申报辅导2次，共计服务企业52户。"
    assert (exact.figures[0].value, exact.figures[0].printed) == (52, "52")
    assert queries.offers(FIRST, LAST, roundly=True)[-1].text.endswith("共计服务企业50余户。")


def test_what_does_not_add_up_is_not_summed() -> None:
    make.cities()
    make.event(kind="training", figures={"participants": "6000余"}, regions=list(make.CITIES))
    make.event(kind="training", figures={"participants": "100"}, regions=list(make.CITIES))
    (found,) = queries.event_totals(by=make.keeper(), first=FIRST, last=LAST)
    assert (found.measure.code, int(found.week.value), found.week.mark.value) == (
        "participants",
        6100,
        "over",
    )
    assert {row.value for row in EventFigure.objects.filter(code="cities")} == {2}


def test_search_filters_and_scope() -> None:
    make.event(title="组织取水许可辅导", texts={"named": "示例科技有限公司"})
    make.event(kind="meeting", title="召开专题会议", figures={}, on=None, near="本周")
    make.event(make.stranger(), title="商务辅导")
    by = make.keeper()
    assert listed(by) == ["召开专题会议", "组织取水许可辅导"]
    assert listed(by, text="取水") == listed(by, text="示例科技") == ["组织取水许可辅导"]
    assert listed(by, text="商务") == []
    assert listed(by, text="水取") == listed(by, text="'; drop table") == listed(by, text="%") == []
    assert listed(by, kind="meeting") == ["召开专题会议"]
    assert listed(by, first=date(2022, 5, 11)) == ["召开专题会议"]
    assert listed(by, last=date(2022, 5, 11)) == ["组织取水许可辅导"]
    assert len(listed(make.manager())) == 3
    assert listed(make.manager(), department_id=make.commerce().pk) == ["商务辅导"]


def test_pages_of_the_list_hold_every_event_once() -> None:
    for number in range(7):
        make.event(title=f"辅导{number}", on=date(2022, 5, 10 + number % 3))
    found, after = [], ""
    for _ in range(4):
        page = queries.events(by=make.keeper(), filters=EventFilters(), after=after, size=2)
        found += [event.title for event in page.rows]
        after = page.following
    assert after == ""
    assert sorted(found) == sorted(f"辅导{number}" for number in range(7))


@pytest.mark.parametrize("who", ["stranger", "reader", "anonymous"])
@pytest.mark.parametrize("act", ["change", "cancel", "attach", "remove"])
def test_nobody_else_touches_an_event(who: str, act: str) -> None:
    event = make.event()
    kept = commands.attach_event_file(event.pk, FILE, by=make.keeper(), at=make.AT, key=make.key())
    by = {"stranger": make.stranger(), "reader": make.reader(), "anonymous": ANONYMOUS}[who]
    acts: dict[str, Callable[[], object]] = {
        "change": lambda: commands.change_event(event.pk, make.event_form(), seen=1, by=by, at=make.AT),
        "cancel": lambda: commands.cancel_event(event.pk, "无", by=by, at=make.AT),
        "attach": lambda: commands.attach_event_file(event.pk, FILE, by=by, at=make.AT, key=make.key()),
        "remove": lambda: commands.remove_event_file(event.pk, kept, by=by, at=make.AT),
    }
    with pytest.raises(Missing if who == "stranger" else Refused):
        acts[act]()
    assert Event.objects.get(pk=event.pk).edit == 1
    assert EventFile.objects.filter(removed_at__isnull=True).count() == 1


def test_nobody_records_or_reads_for_another_department() -> None:
    event = make.event()
    with pytest.raises(Missing):
        make.event(make.stranger(), department_id=make.water().pk)
    with pytest.raises(Missing):
        queries.event_for(event.pk, by=make.stranger())
    with pytest.raises(Problem):
        queries.events(by=ANONYMOUS, filters=EventFilters())


def test_a_file_is_added_once_a_key_and_taken_off_with_a_trace() -> None:
    event, by, key = make.event(), make.keeper(), make.key()
    first = commands.attach_event_file(event.pk, FILE, by=by, at=make.AT, key=key)
    assert commands.attach_event_file(event.pk, FILE, by=by, at=make.AT, key=key) == first
    commands.remove_event_file(event.pk, first, by=by, at=make.AT)
    assert queries.event_files(event) == []
    assert EventFile.objects.get(pk=first).removed_by_name == by.name
    with pytest.raises(Missing):
        commands.remove_event_file(event.pk, first, by=by, at=make.AT)


def test_at_most_nine_files() -> None:
    event, by = make.event(), make.keeper()
    for _ in range(9):
        commands.attach_event_file(event.pk, FILE, by=by, at=make.AT, key=make.key())
    with pytest.raises(Conflict, match="9"):
        commands.attach_event_file(event.pk, FILE, by=by, at=make.AT, key=make.key())


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "party"}, {"state": "gone"}, {"title": ""}, {"near": "", "on": None}, {"state": "cancelled", "reason": ""},
     {"until": date(2022, 5, 1)}],
)  # fmt: skip
def test_the_database_refuses_nonsense(wrong: dict[str, Any]) -> None:
    event = make.event()
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(**wrong)
