"""The 一网通办 score: sets with their history, entered values, places, who sees whom, and the pages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from yichuang.catalogue.models import GuideVersion, Item
from yichuang.directory.flow import Capability, DepartmentKind
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7
from yichuang.statistics import commands
from yichuang.statistics.flow.scores import FULL_MARK
from yichuang.statistics.models import Indicator, IndicatorEntry, IndicatorSet
from yichuang.statistics.queries import scores as queries
from yichuang.statistics.rules.scores import Yardstick
from yichuang.statistics.tests.happenings import Happening, enter, moment
from yichuang.statistics.tests.test_manual_figures import make_item, manual
from yichuang.statistics.tests.test_pages import analyst, body, browser

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2022, 5, 1), date(2022, 5, 31)
AT = moment(date(2022, 6, 1))
MAY = {"first": str(FIRST), "last": str(LAST)}


@pytest.fixture(autouse=True)
def _june(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: AT)


def put(
    rows: Sequence[Yardstick] | None = None,
    day: date = date(2022, 1, 1),
    key: str = "set-one",
    by: Actor = SYSTEM,
) -> IndicatorSet:
    chosen = queries.packaged_yardsticks() if rows is None else rows
    return commands.set_indicators(chosen, valid_from=day, reason="考核办法（示例）", key=key, by=by, at=AT)


def value(
    where: Department,
    number: str,
    *,
    code: str = "satisfaction",
    day: date = LAST,
    key: str = "",
    minutes: int = 0,
) -> IndicatorEntry:
    return commands.enter_indicator(
        code, where.pk, as_of=day, value=Decimal(number), source="月报（示例）", key=key or f"{where.pk}{number}{day}",
        by=SYSTEM, at=AT + timedelta(minutes=minutes),
    )  # fmt: skip


def three() -> tuple[Department, Department, Department]:
    """Departments with an item each: one prompt, one slow, one that did nothing."""
    bodies = (
        people.department("水利厅", "119", "川水"), people.department("商务厅", "125", "川商"),
        people.department("广电局", "132", "川广"),
    )  # fmt: skip
    for place, each in enumerate(bodies):
        make_item(f"S{place}", where=each)
    for number in range(4):
        day = moment(date(2022, 5, 10 + number))
        for each, prompt in ((bodies[0], "early"), (bodies[1], "early" if number == 0 else "late")):
            enter(
                Happening(
                    day, "case.decided", department=each.pk, promptness=prompt, days_used=3, limit_days=20
                )
            )
    return bodies


def publish(item: Item, visits: int, at: date) -> None:
    version = GuideVersion.objects.create(
        id=uuid7(moment(at)), item=item, number=1, state="published", statutory_days=20, promised_days=10,
        elements={"visits_needed": visits, "channels": ["window", "online"]}, handling_kind="承诺件",
        created_at=moment(at), published_at=moment(at),
    )  # fmt: skip
    Item.objects.filter(pk=item.pk).update(current=version)


# --- places


def test_places_follow_the_scores_and_say_what_to_do() -> None:
    put()
    water, trade, radio = three()
    found = queries.scores(FIRST, LAST, by=analyst())
    assert [row.name for row in found.standings][:2] == ["水利厅", "商务厅"]
    first, second, third = found.standings
    assert (first.rank, second.rank) == (1, 2)
    assert first.total is not None
    assert second.total is not None
    assert first.total > second.total
    shares = {each.yardstick.code: each for each in second.results}
    assert shares["early_share"].value is not None
    assert (shares["early_share"].value.part, shares["early_share"].value.whole) == (1, 4)
    assert shares["early_share"].missing == 3
    # Who decided nothing has no share of decisions: only the catalogue's indicators apply.
    idle = {each.yardstick.code: each.value for each in third.results}
    assert third.name == "广电局"
    assert idle["early_share"] is None
    assert idle["guides"] is not None
    assert "失分最多的是" in second.advice
    assert {water.pk, trade.pk, radio.pk} == {row.department_id for row in found.standings}


def test_ranks_are_the_same_in_any_order_of_departments() -> None:
    put()
    three()
    before = [(row.name, row.rank, row.total) for row in queries.scores(FIRST, LAST, by=analyst()).standings]
    while commands.close_batch(at=AT, limit=3):
        pass
    assert [
        (row.name, row.rank, row.total) for row in queries.scores(FIRST, LAST, by=analyst()).standings
    ] == before


def test_the_catalogue_counts_as_of_the_last_day() -> None:
    put()
    where = people.department()
    items = [make_item(f"C{n}", where=where) for n in range(4)]
    publish(items[0], 0, date(2022, 4, 10))
    publish(items[1], 1, date(2022, 5, 10))
    publish(items[2], 0, date(2022, 6, 10))
    manual(items[0], date(2022, 5, 2), "publish")
    (row,) = queries.scores(FIRST, LAST, by=analyst()).standings
    values = {each.yardstick.code: each.value for each in row.results if each.value is not None}
    assert {code: (each.part, each.whole) for code, each in values.items()} == {
        "guides": (2, 4), "full_online": (1, 2), "manuals": (1, 4),
    }  # fmt: skip
    # The month before had one guide and no manual: the place may stay, the score rose.
    assert row.former_total is not None
    assert row.total is not None


def test_the_former_period_is_measured_by_the_same_indicators() -> None:
    put()
    three()
    before = queries.scores(FIRST, LAST, by=analyst())
    assert before.former == (date(2022, 4, 1), date(2022, 4, 30))
    water = before.standings[0]
    assert water.former_rank is not None
    assert water.rise == water.former_rank - 1
    enter(
        Happening(moment(date(2022, 4, 5)), "case.decided", department=people.department("商务厅", "125", "").pk,
                  promptness="instant", days_used=0, limit_days=20)
    )  # fmt: skip
    after = {row.name: row for row in queries.scores(FIRST, LAST, by=analyst()).standings}
    assert after["商务厅"].former_rank == 1
    assert after["商务厅"].rise == -1


def test_entered_values_have_their_source_and_the_newest_counts() -> None:
    put()
    water, _, radio = three()
    value(water, "98", day=date(2022, 5, 20))
    value(water, "99", day=LAST)
    value(water, "99.5", day=LAST, key="again", minutes=1)
    value(radio, "97", day=date(2022, 6, 1))
    found = {row.name: row for row in queries.scores(FIRST, LAST, by=analyst()).standings}
    mine = next(each for each in found["水利厅"].results if each.yardstick.code == "satisfaction")
    assert mine.value is not None
    assert (mine.value.value, mine.value.source) == (Decimal("99.50"), "月报（示例）")
    assert mine.points == Decimal("4.75")
    later = next(each for each in found["广电局"].results if each.yardstick.code == "satisfaction")
    assert later.value is None


def test_only_provinces_departments_with_items_take_part() -> None:
    put()
    three()
    district = people.department("示例区局", "777", "示")
    Department.objects.filter(pk=district.pk).update(kind=DepartmentKind.DISTRICT)
    make_item("D1", where=district)
    people.department("无事项厅", "778", "无")
    assert {row.name for row in queries.scores(FIRST, LAST, by=analyst()).standings} == {
        "水利厅",
        "商务厅",
        "广电局",
    }


# --- who sees whom


def head_of(where: Department) -> Actor:
    return people.staff(f"head{where.code}", people.post(where, "负责人得分", [Capability.FIGURES_READ]))


def test_a_head_sees_the_own_department_and_the_others_without_name() -> None:
    put()
    water, trade, _ = three()
    found = queries.scores(FIRST, LAST, by=head_of(trade))
    assert [row.name for row in found.standings] == ["其他部门", "商务厅", "其他部门"]
    assert [bool(row.results) for row in found.standings] == [False, True, False]
    assert [row.department_id for row in found.standings] == [None, trade.pk, None]
    everybody = queries.scores(FIRST, LAST, by=analyst())
    assert [row.total for row in found.standings] == [row.total for row in everybody.standings]
    with pytest.raises(Missing):
        queries.standing(water.pk, FIRST, LAST, by=head_of(trade))
    assert queries.standing(trade.pk, FIRST, LAST, by=head_of(trade))[1].rank == 2
    client = browser(head_of(trade))
    page = client.get("/desk/figures/scores", MAY).content.decode()
    assert "水利厅" not in page
    assert "水利厅" not in body(client.get("/desk/figures/scores.csv", MAY))
    assert client.get(f"/desk/figures/scores/department/{water.pk}", MAY).status_code == 404
    assert client.get(f"/desk/figures/scores/department/{trade.pk}", MAY).status_code == 200


# --- sets


def test_a_set_is_valid_from_its_day_and_the_one_before_stays() -> None:
    old = put()
    rows = [
        replace(each, weight=each.weight + {"guides": 5, "manuals": -5}.get(each.code, 0))
        for each in queries.packaged_yardsticks()
    ]
    new = put(rows, date(2022, 6, 1), "set-two")
    assert queries.set_in_force(date(2022, 5, 31)) == old
    assert queries.set_in_force(date(2022, 6, 1)) == new
    assert queries.set_in_force(date(2021, 12, 31)) is None
    for each in queries.indicator_sets():
        assert sum(row.weight for row in each.indicators.all()) == FULL_MARK
    assert queries.yardsticks_of(old) == queries.packaged_yardsticks()
    (fact,) = facts_of(new.pk)
    assert fact.kind == "indicator_set.put_in_force"
    assert fact.data["weights"]["guides"] == 20


def test_history_is_not_rewritten() -> None:
    put(day=date(2022, 6, 1))
    for day in (date(2022, 6, 1), date(2022, 5, 1)):
        with pytest.raises(Invalid) as refused:
            put(day=day, key=f"key-{day}")
        assert "以前的得分不改" in refused.value.fields["valid_from"]


def test_the_same_key_makes_one_set() -> None:
    assert put() == put()
    with pytest.raises(Conflict):
        put(day=date(2022, 7, 1))
    assert IndicatorSet.objects.count() == 1


def test_weights_must_come_to_a_hundred_and_need_a_reason() -> None:
    with pytest.raises(Invalid) as refused:
        commands.set_indicators(
            queries.packaged_yardsticks()[1:], valid_from=FIRST, reason=" ", key="k" * 8, by=SYSTEM, at=AT
        )
    assert set(refused.value.fields) == {"", "reason"}
    assert "现在是 80" in refused.value.fields[""]
    assert not IndicatorSet.objects.exists()


def _reweighed(made: IndicatorSet) -> None:
    Indicator.objects.filter(indicator_set=made, code="guides").update(weight=16)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")


def test_the_database_refuses_weights_that_do_not_come_to_a_hundred() -> None:
    made = put()
    with pytest.raises(IntegrityError), transaction.atomic():
        _reweighed(made)
    with pytest.raises(IntegrityError), transaction.atomic():
        Indicator.objects.filter(indicator_set=made, code="guides").update(full_value=-1)


def test_only_managers_of_scores_may_write() -> None:
    where = people.department()
    reader = analyst()
    with pytest.raises(Refused):
        put(by=reader)
    put()
    with pytest.raises(Refused):
        commands.enter_indicator(
            "satisfaction", where.pk, as_of=LAST, value=Decimal(1), source="x", key="k" * 8, by=reader, at=AT
        )
