"""The year 2022 at a thousandth: reported events are loaded and drained, the weekly reports of the four printed weeks are issued,
and every figure equals what the real reports printed (÷ 1000, half up), or the generator's own table for the week.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import islice

import pytest

from bench.replay.comparison import Line, compared, table, wanted
from bench.replay.door import Door, Wrong, evening
from bench.replay.events import Event, Matter, batches, events, json_lines, until
from bench.replay.lived import computed
from bench.replay.plan import CARRIED_OVER, FIRST, Plan, plan
from bench.replay.printed import GROUPS, ISSUES, LAST, half_up
from bench.replay.register import register
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.times import SHANGHAI
from yichuang.statistics import commands, queries
from yichuang.statistics.commands.recount import recount
from yichuang.statistics.models import Late

SCALE = 1000
TYPES = {"licence": ("01",), "public_service": ("20", "20"), "other_nine": ("05",)}


def moment(day: date) -> datetime:
    """An afternoon."""
    return datetime.combine(day, time(16), SHANGHAI)


def world() -> dict[str, list[Matter]]:
    """Two departments; an item or two of each group."""
    return {
        group: [
            Matter(f"D{place % 2 + 1:03d}", f"{group}-{place}", code, 20 if group == "licence" else None)
            for place, code in enumerate(codes)
        ]
        for group, codes in TYPES.items()
    }


def drain(day: date, limit: int = 5000) -> None:
    """Drain everything."""
    while commands.close_batch(at=moment(day), limit=limit):
        pass


@pytest.mark.django_db
def test_every_printed_figure_of_the_year_is_equal() -> None:
    year = plan(SCALE)
    matters = world()
    door = Door(register(matters, at=evening(CARRIED_OVER[0])), size=5000)
    source, kept, sent = events(year, matters), list[Event](), 0
    lines: list[Line] = []
    for issue in ISSUES:
        sent += sum(
            one.events for one in door.load(until(source, min(issue.issued - timedelta(days=1), LAST), kept))
        )
        # One issue with everything drained, the next with what waits counted in: the same figures.
        if issue.number % 2 == 0:
            drain(issue.issued, 20_000)
        lines += compared(issue, year, computed(issue))
    told = table(lines)
    assert [line for line in lines if not line.equal] == [], told
    assert len(lines) == 4 * 2 * 6
    print(told)
    drain(LAST)
    remainder_stands_apart(year)
    result = recount(date(2021, 12, 1), LAST, by=SYSTEM, at=moment(LAST))
    assert (result.differences, result.found) == (0, "")
    assert sent == year.total("accepted") + year.total("concluded") + sum(year.opening.values())
    sent_again_changes_nothing(year, matters)


def sent_again_changes_nothing(year: Plan, matters: dict[str, list[Matter]]) -> None:
    """A load that begins anew passes over the batches that are done, and one with other batches is told that it is another."""

    def counted() -> tuple[object, ...]:
        return (
            sql.one("select (select count(*) from journal_fresh), (select count(*) from exchange_batch)")
            or ()
        )

    before = counted()
    systems = register(matters, at=evening(CARRIED_OVER[0]))
    first = list(until(events(year, matters), min(ISSUES[0].issued - timedelta(days=1), LAST), []))
    resumed = list(Door(systems, size=5000).load(first))
    assert sum(one.events for one in resumed) == len(first)
    assert {one.again for one in resumed} == {True}
    forgetful = Door(systems, size=5000)
    forgetful.done.clear()
    # The key of the batch is known to the room: the same batch is the one that stands there.
    assert list(islice(forgetful.load(first), 1)) == [(5000, False)]
    assert counted() == before
    with pytest.raises(Wrong, match="not the same replay"):
        list(Door(systems, size=4000).load(first))
    assert counted() == before


def remainder_stands_apart(year: Plan) -> None:
    """Most stays accepted for good: shown as 已报受理未报办结, in no queue and not among the cases on hand."""
    stock = queries.reported_open(LAST)
    opened = {group: year.opening[group] for group in GROUPS}
    for group in GROUPS:
        accepted = year.between(group, "accepted", FIRST, LAST)
        concluded = year.between(group, "concluded", FIRST, LAST)
        assert stock[group] == opened[group] + accepted - concluded
    assert stock["public_service"] > 12_000
    assert queries.imbalances(ISSUES[-1].first, LAST) == []
    assert {row.closing for row in queries.balances(ISSUES[-1].first, LAST)} == {0}
    assert sql.one("select count(*)::int from cases_work") == (0,)
    assert Late.objects.exists()


def test_the_plan_is_the_printed_year_to_the_unit() -> None:
    whole = plan(1)
    assert (whole.total("accepted"), whole.total("concluded")) == (21_263_989, 9_010_214)
    for issue in ISSUES:
        assert (
            wanted(issue, whole)["year_to_date", "public_service", "accepted"]
            == issue.totals["public_service"][0]
        )
    assert min(whole.pieces.values()) >= 0
    assert 865 <= whole.opening["other_nine"] < 2_000, "其它九类 opens the year with carried-over cases"
    open_at_last = whole.total("accepted") - whole.total("concluded")
    assert 12_240_000 < open_at_last < 12_260_000
    daily = [
        (whole.between("public_service", "accepted", first, last), (last - first).days + 1)
        for first, last in zip(
            (FIRST, *(one.last + timedelta(days=1) for one in ISSUES)),
            (one.last for one in ISSUES),
            strict=False,
        )
    ]
    assert [round(number / days, -3) for number, days in daily] == [128_000, 23_000, 18_000, 13_000]
    assert [half_up(number, 1000) for number in (499, 500, 1499, 1500)] == [0, 1, 1, 2]


def told(scale: int) -> list[Event]:
    return list(events(plan(scale), {group: [Matter("D1", group, code[0])] for group, code in TYPES.items()}))


def test_the_events_are_the_plan_and_always_the_same() -> None:
    year, found = plan(SCALE), told(SCALE)
    assert found == told(SCALE)
    verbs = {"accepted": "accepted", "decided": "concluded"}
    counted = Counter((e.group, verbs[e.kind], e.day) for e in found if e.day >= FIRST)
    assert counted == Counter({key: number for key, number in year.pieces.items() if number})
    assert [e.day for e in found] == sorted(e.day for e in found)
    accepted = {e.source_number: e.day for e in found if e.kind == "accepted"}
    decided = [e for e in found if e.kind == "decided"]
    assert len({e.source_number for e in decided}) == len(decided)
    assert all(accepted[e.source_number] == e.accepted_on <= e.day for e in decided)
    lines = [json_lines(batch).count("\n") for batch in batches(found, 5000)]
    assert sum(lines) == len(found)
    assert set(lines[:-1]) == {5000}


@pytest.mark.parametrize("fault", ["lost", "twice", "a day late"])
def test_a_load_that_is_wrong_by_one_event_would_be_caught(fault: str) -> None:
    """The broken variants: counted by hand, for what a figure counts is proved above."""
    year, found = plan(SCALE), told(SCALE)
    issue = ISSUES[0]
    place = next(n for n, e in enumerate(found) if e.day == issue.last and e.kind == "accepted")
    wrong: Iterable[Event] = {
        "lost": found[:place] + found[place + 1 :],
        "twice": [*found[:place], found[place], *found[place:]],
        "a day late": [
            *found[:place],
            found[place]._replace(day=issue.last + timedelta(days=1)),
            *found[place + 1 :],
        ],
    }[fault]

    def counted(given: Iterable[Event]) -> dict[tuple[str, str, str], int]:
        verbs = {"accepted": "accepted", "decided": "concluded"}
        of: Counter[tuple[str, str, str]] = Counter()
        for event in given:
            if FIRST <= event.day <= issue.last:
                of["year_to_date", event.group, verbs[event.kind]] += 1
            if issue.first <= event.day <= issue.last:
                of["week", event.group, verbs[event.kind]] += 1
        return {key: of[key] for key in wanted(issue, year)}

    assert all(line.equal for line in compared(issue, year, counted(found)))
    assert [line for line in compared(issue, year, counted(wrong)) if not line.equal]
