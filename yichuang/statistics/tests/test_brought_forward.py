"""Published totals that go on: counted again by a walk day by day, and each with where it comes from."""

from datetime import date, timedelta
from random import Random

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from yichuang.cases.tests.crowd import together
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.statistics import commands, queries, rules
from yichuang.statistics.models import BroughtForward
from yichuang.statistics.rules import Entry
from yichuang.statistics.tests.happenings import Happening, enter, moment

AT = moment(date(2022, 9, 5))
AS_OF = date(2022, 9, 2)


def walked(entries: list[Entry], as_of: date) -> tuple[int, date | None]:
    """From New Year to the day: a total puts the sum where it is, an increment adds to it."""
    total, covered = 0, None
    day = date(as_of.year, 1, 1)
    while day <= as_of:
        totals = [entry for entry in entries if entry.is_total and entry.as_of == day]
        if totals:
            total, covered = totals[0].value, day
        else:
            total += sum(entry.value for entry in entries if not entry.is_total and entry.as_of == day)
        day += timedelta(days=1)
    return total, covered


few_days = st.dates(date(2021, 12, 25), date(2022, 1, 20)) | st.dates(date(2022, 12, 20), date(2023, 1, 5))
entries = st.lists(
    st.builds(
        Entry, few_days, st.booleans(), st.integers(0, 10**7), st.sampled_from(["第14期", "第24期", "第29期"])
    ),
    max_size=14,
    unique_by=lambda entry: (entry.as_of, entry.is_total),
)


@given(entries, few_days)
def test_a_walk_day_by_day_comes_to_the_same(found: list[Entry], as_of: date) -> None:
    assert rules.carried(found, as_of) == walked(found, as_of)


@given(entries, few_days, st.randoms(use_true_random=False))
def test_the_order_of_entry_does_not_matter(found: list[Entry], as_of: date, chance: Random) -> None:
    shuffled = chance.sample(found, len(found))
    assert rules.carried(shuffled, as_of) == rules.carried(found, as_of)
    assert rules.valid_entries(shuffled, as_of) == rules.valid_entries(found, as_of)


@given(entries, few_days)
def test_what_stands_behind_a_figure_adds_up_to_it(found: list[Entry], as_of: date) -> None:
    valid = rules.valid_entries(found, as_of)
    assert sum(entry.value for entry in valid) == rules.carried(found, as_of)[0]
    assert valid == sorted(valid, key=lambda entry: entry.as_of)
    assert sum(entry.is_total for entry in valid) <= 1
    assert all(entry.is_total for entry in valid[:1]) or not any(entry.is_total for entry in valid)


@given(entries, st.dates(date(2022, 1, 1), date(2022, 12, 30)))
def test_without_a_new_total_a_year_only_grows(found: list[Entry], as_of: date) -> None:
    increments = [entry for entry in found if not entry.is_total]
    today, tomorrow = rules.carried(increments, as_of), rules.carried(increments, as_of + timedelta(days=1))
    assert today[0] <= tomorrow[0]
    assert rules.balanced({"x": today[0]}, {"x": tomorrow[0]}) == []


def put(
    as_of: date,
    value: int,
    *,
    is_total: bool = True,
    source: str = "窗口工作周报",
    group: str = "licence",
    measure: str = "accepted",
) -> BroughtForward:
    return commands.bring_forward(
        as_of=as_of,
        group=group,
        measure=measure,
        value=value,
        is_total=is_total,
        source=source,
        by=SYSTEM,
        at=AT,
    )


def licences(as_of: date) -> queries.Carried:
    """Licences accepted this year with their origin."""
    (row,) = [
        row
        for row in queries.year_to_date_with_source(as_of)
        if (row.group, row.measure) == ("licence", "accepted")
    ]
    return row


@pytest.mark.django_db
def test_a_figure_names_its_total_its_increments_and_its_cases() -> None:
    put(date(2022, 7, 22), 465_145, source="2022年第24期")
    put(date(2022, 5, 13), 369_861, source="2022年第14期")
    put(date(2022, 8, 1), 5, is_total=False, source="补报")
    for day in (date(2022, 7, 22), date(2022, 7, 23), AS_OF):
        enter(Happening(moment(day), "case.accepted"))
    row = licences(AS_OF)
    assert (row.brought, row.covered, row.counted, row.total) == (465_150, date(2022, 7, 22), 2, 465_152)
    assert [(entry.source, entry.value) for entry in row.sources] == [("2022年第24期", 465_145), ("补报", 5)]
    early = licences(date(2022, 6, 1))
    assert (early.total, [entry.source for entry in early.sources]) == (369_861, ["2022年第14期"])


@pytest.mark.django_db
def test_every_cell_has_its_own_day_of_coverage() -> None:
    """A total for one measure does not keep cases out of another, nor one group out of another."""
    put(date(2022, 8, 31), 1000)
    for kind in ("case.accepted", "case.decided"):
        for item_type in ("01", "20", "05"):
            enter(Happening(moment(date(2022, 8, 1)), kind, item_type=item_type, promptness="late"))
    found = queries.year_to_date(AS_OF)
    assert found.pop(("licence", "accepted")) == 1000
    assert found == dict.fromkeys(found, 1)
    assert len(found) == 5


@pytest.mark.django_db
def test_a_cancelled_entry_counts_nowhere_and_stays_visible_with_its_reason() -> None:
    wrong = put(date(2022, 7, 22), 999, source="抄错的一期")
    commands.cancel_brought_forward(wrong.pk, reason=" 抄错 ", by=SYSTEM, at=AT)
    assert (licences(AS_OF).total, licences(AS_OF).sources, queries.sources(AS_OF)) == (0, (), [])
    right = put(date(2022, 7, 22), 465_145, source="2022年第24期")
    assert licences(AS_OF).total == 465_145
    assert {entry.pk for entry in queries.brought_forward()} == {wrong.pk, right.pk}
    kinds = [(fact.kind, fact.data.get("reason")) for fact in facts_of(wrong.pk)]
    assert kinds == [("brought_forward.entered", None), ("brought_forward.cancelled", "抄错")]


@pytest.mark.django_db
def test_a_cancellation_needs_its_reason() -> None:
    entry = put(date(2022, 7, 22), 1)
    with pytest.raises(Invalid) as refused:
        commands.cancel_brought_forward(entry.pk, reason=" \n", by=SYSTEM, at=AT)
    assert set(refused.value.fields) == {"reason"}
    with pytest.raises(Missing):
        commands.cancel_brought_forward(uuid7(AT), reason="不存在", by=SYSTEM, at=AT)
    assert licences(AS_OF).total == 1


@pytest.mark.django_db
def test_everything_wrong_is_told_at_once() -> None:
    for group, measure, wrong in (("extension", "delivered", "group"), ("licence", "delivered", "measure")):
        with pytest.raises(Invalid) as refused:
            put(AS_OF, -1, source="", group=group, measure=measure)
        assert set(refused.value.fields) == {"source", wrong, "value"}
    assert not BroughtForward.objects.exists()


def test_the_same_cell_entered_by_six_at_once_is_there_once(committed: dict[str, str]) -> None:
    found = together([lambda value=value: put(AS_OF, value).value for value in range(6)])  # type: ignore[misc]
    won = [one for one in found if isinstance(one, int)]
    assert len(won) == 1
    assert [type(one) for one in found if not isinstance(one, int)] == [Conflict] * 5
    assert licences(AS_OF).total == won[0]


@pytest.mark.django_db
@pytest.mark.parametrize("nonsense", [{"source": ""}, {"value": None}, {"as_of": None}])
def test_the_table_refuses_what_no_command_would_write(nonsense: dict[str, object]) -> None:
    given = {
        "id": uuid7(AT), "as_of": AS_OF, "item_group": "licence", "measure": "accepted", "is_total": True, "value": 1,
        "source": "周报", "at": AT, "by_name": "",
    }  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        BroughtForward.objects.create(**{**given, **nonsense})
