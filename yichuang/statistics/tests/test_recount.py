"""Both grains against the facts: equal in every cell, a difference told aloud, a rebuilding that leaves everything as it should be."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.journal.commands import NewFact, record
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.kernel.keys import uuid7
from yichuang.notices.models import Message
from yichuang.statistics import commands, queries
from yichuang.statistics.cli import figures
from yichuang.statistics.commands.recount import nightly, rebuild, recount
from yichuang.statistics.models import Late, Rebuild, Recount
from yichuang.statistics.queries.recount import compared_day, compared_month
from yichuang.statistics.tests.happenings import DEPARTMENTS, ITEMS, moment
from yichuang.statistics.tests.reported import Reported, report

FIRST, LAST = date(2022, 4, 20), date(2022, 5, 13)
TOLD = date(2022, 5, 13)
AT = moment(TOLD, 17)
VERBS = ("accepted", "accepted", "decided", "delivered", "withdrawn", "terminated")
TABLES = ("daily", "dailydays", "dailywindow", "rollup", "rollupdays")


def one_event(chance: random.Random) -> Reported:
    """Any event of a reported case."""
    verb = chance.choice(VERBS)
    timed = verb == "decided" and chance.random() < 0.7
    return Reported(
        FIRST + timedelta(days=chance.randrange((LAST - FIRST).days + 1)), verb, TOLD,
        department=chance.choice(DEPARTMENTS), item_id=chance.choice(ITEMS), item_type=chance.choice(("20", "05", "01", "21")),
        channel=chance.choice(("1", "2", "3")), outcome="granted" if verb == "decided" else None,
        promptness=chance.choice((None, "early", "late")) if timed else None, days_used=chance.randrange(30) if timed else None,
        limit_days=chance.choice((None, 5, 20)) if timed else None,
    )  # fmt: skip


def taken_back(event: Reported) -> Reported:
    """The same event, taken back."""
    return Reported(**{**{name: getattr(event, name) for name in event.__dataclass_fields__}, "quantity": -1})


def history(seed: int, length: int = 60) -> list[Reported]:
    """Own cases, acts of the window, reported events and corrections, drained at random moments."""
    chance = random.Random(seed)
    told: list[Reported] = []
    for _ in range(length):
        dice = chance.random()
        if dice < 0.12:
            at = make.day("2022-04-25") + timedelta(days=chance.randrange(14))
            chance.choice((make.decided, make.delivered, make.in_review, make.refused))(at)
        elif dice < 0.2:
            act(chance.choice(("window.consulted", "window.issued")), chance.randrange(1, 40))
        elif dice < 0.35 and told:
            event = told.pop(chance.randrange(len(told)))
            report(taken_back(event))
        else:
            told.append(one_event(chance))
            report(told[-1])
        if chance.random() < 0.15:
            commands.close_batch(at=AT, limit=chance.randint(1, 20))
    return told


def act(kind: str, quantity: int) -> None:
    """One act at the window, with its quantity in its data as the window's own command leaves it."""
    at = moment(TOLD - timedelta(days=3))
    new = NewFact(uuid7(at), "window_act", kind, {"quantity": quantity}, quantity=quantity)
    record(new, by=SYSTEM, at=at)


def drain() -> None:
    """Drain everything."""
    while commands.close_batch(at=AT):
        pass


def counts_something(row: tuple[Any, ...]) -> bool:
    """Whether any number of a row, or of a list in it, is not zero."""
    numbers = [one for value in row for one in (value if isinstance(value, list) else [value])]
    return any(one for one in numbers if isinstance(one, int))


def stored() -> dict[str, list[tuple[Any, ...]]]:
    """Every cell of every table that is not zero, in order."""
    found = {}
    for table in TABLES:
        names = [
            row[0]
            for row in sql.rows(
                "select column_name from information_schema.columns where table_name = %(t)s and column_name <> 'id' order by 1",
                {"t": f"statistics_{table}"},
            )
        ]
        rows = sql.rows(f"select {', '.join(names)} from statistics_{table}")
        found[table] = sorted((row for row in rows if counts_something(row)), key=str)
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_cell_of_both_grains_equals_a_recount_of_the_facts(seed: int) -> None:
    told = history(seed)
    half = recount(None, None, by=SYSTEM, at=AT)
    assert (half.differences, half.found) == (0, "")
    drain()
    whole = recount(None, None, by=SYSTEM, at=AT)
    assert whole.differences == 0
    assert whole.cells > half.cells / 2
    # By hand: what stands of the accepted ones, department by department.
    read = queries.cells(first_day=FIRST, last_day=LAST)
    handled = read.handled()
    for department in DEPARTMENTS:
        mine = [e for e in told if e.kind == "accepted" and e.department == department]
        assert read.values(None, department)["accepted"] == len(mine)
        assert handled.values(None, department)["accepted"] == 0
    # Fine and coarse, day and month: the same sums.
    fine = "select sum(count)::int from statistics_daily where kind in ('case.decided', 'reported.decided')"
    for span in ("day", "month", "all-day", "all-month"):
        coarse = sql.one(
            "select sum(instant + early + on_time + late + unjudged)::int from statistics_rollup where span = %(s)s",
            {"s": span},
        )
        assert coarse == sql.one(fine)


TAMPERINGS = (
    "update statistics_daily set count = count + 1 where id = (select max(id) from statistics_daily where day <= '2022-05-13')",
    "delete from statistics_daily where id = (select max(id) from statistics_daily where count > 0)",
    "update statistics_dailydays set count = count + 1 where id = (select max(id) from statistics_dailydays)",
    "update statistics_rollup set accepted = accepted + 1 where id = (select max(id) from statistics_rollup where span = 'day')",
    "update statistics_rollup set late = late + 1 where id = (select max(id) from statistics_rollup where span = 'month')",
    "update statistics_rollup set early = early + 1 where id = (select max(id) from statistics_rollup where span = 'all-day')",
    "update statistics_rollup set early = early + 1 where id = (select max(id) from statistics_rollup where span = 'all-month')",
    "update statistics_rollupdays set counts[5] = counts[5] + 1 where id = (select max(id) from statistics_rollupdays where span = 'all-month')",
    "update statistics_rollupdays set limit_days = limit_days + 1 where id = (select max(id) from statistics_rollupdays where span = 'day')",
    "update statistics_rollupdays set counts[5] = counts[5] + 1 where id = (select max(id) from statistics_rollupdays where span = 'month')",
    "update statistics_dailywindow set count = count + 1 where id = (select max(id) from statistics_dailywindow)",
)


@pytest.mark.django_db
def test_whatever_table_is_wrong_by_one_an_alarm_goes_out_and_a_rebuilding_mends_it() -> None:
    """The broken variants: a drain that adds one too much, forgets a cell, or counts a month and not its day."""
    history(4)
    drain()
    post = people.post(
        people.department("运行处", "903", ""), "运维", [Capability.DIRECTORY_MANAGE], everywhere=True
    )
    keeper = people.staff("keeper", post)
    sound = stored()
    for number, tampering in enumerate(TAMPERINGS, start=1):
        assert sql.execute(tampering) == 1, tampering
        found = recount(None, None, by=SYSTEM, at=AT)
        assert found.differences >= 1, tampering
        assert found.found, tampering
        assert found.days_wrong, tampering
        facts = sql.one("select count(*)::int from journal_fact where kind = 'figures.differ'")
        assert facts == (number,), tampering
        assert Message.objects.filter(account_id=keeper.id, template="figures.differ").count() == number
        mended = rebuild(None, None, by=SYSTEM, at=AT)
        assert mended.finished
        assert mended.changed >= 1
        assert recount(None, None, by=SYSTEM, at=AT).differences == 0, tampering
        assert stored() == sound, tampering
    assert not Rebuild.objects.filter(finished=False).exists()


@pytest.mark.django_db
def test_every_night_once_and_in_the_night() -> None:
    assert nightly(at=moment(TOLD, 2)) is None, "nothing has happened yet"
    report(one_event(random.Random(1)))
    drain()
    assert nightly(at=moment(TOLD, 9)) is None, "by day people work"
    first = nightly(at=moment(TOLD, 2))
    assert first is not None
    assert (first.differences, first.cells > 0) == (0, True)
    assert nightly(at=moment(TOLD, 3)) is None
    sql.execute("update statistics_daily set count = count + 1")
    second = nightly(at=moment(TOLD + timedelta(days=1), 2))
    assert second is not None
    assert second.differences == 1


@pytest.mark.django_db
def test_a_part_that_was_counted_by_hand_is_not_the_night_s() -> None:
    """Before, any recount of the day by the platform was taken for it: `figures recount --day` after midnight, and a wrong cell
    of another day stood there a day longer.
    """
    for day in (FIRST, LAST):
        report(Reported(day, "accepted", TOLD))
    drain()
    sql.execute("update statistics_daily set count = count + 1 where day = %(day)s", {"day": FIRST})
    tonight = moment(TOLD + timedelta(days=1), 2)
    part = recount(LAST, LAST, by=SYSTEM, at=tonight - timedelta(minutes=30))
    assert part.differences == 0
    found = nightly(at=tonight)
    assert found is not None
    assert (found.first_day, found.differences) == (FIRST, 1)
    # A whole one is enough, whoever made it; so is one that lacks the day that has just begun.
    assert nightly(at=tonight) is None
    report(Reported(TOLD + timedelta(days=1), "accepted", TOLD + timedelta(days=1)))
    assert nightly(at=tonight + timedelta(minutes=1)) is None
    assert nightly(at=tonight + timedelta(days=1)) is not None


@pytest.mark.django_db
def test_a_rebuilding_goes_on_where_it_was_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    history(5, 30)
    drain()
    sound = stored()
    for table in TABLES:
        sql.execute(f"delete from statistics_{table}")
    seen: list[date] = []

    def dies(found: Any) -> None:
        seen.append(found.of)
        if len(seen) == 9:
            raise ConnectionResetError("the machine is gone")

    with pytest.raises(ConnectionResetError):
        rebuild(FIRST, LAST, by=SYSTEM, at=AT, each=dies)
    with pytest.raises(Conflict, match="还没有做完"):
        rebuild(FIRST, FIRST, by=SYSTEM, at=AT)
    done = rebuild(FIRST, LAST, by=SYSTEM, at=AT, each=lambda one: seen.append(one.of))
    assert (done.finished, done.done_until) == (True, LAST)
    assert sorted(set(seen)) == [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    assert len(seen) == len(set(seen)) + 1, "only the day that was cut off is done twice"
    assert stored() == sound
    assert compared_day(LAST).differing == 0
    assert compared_month(date(2022, 5, 1)).differing == 0
    with pytest.raises(Invalid):
        recount(LAST, FIRST, by=SYSTEM, at=AT)


@pytest.mark.django_db
def test_a_late_fact_moves_its_day_and_leaves_a_trace() -> None:
    day = date(2022, 5, 3)
    event = Reported(day, "accepted", TOLD)
    for _ in range(3):
        report(event)
    report(Reported(TOLD, "accepted", TOLD))
    before = queries.cells(first_day=day, last_day=day).values()["accepted"]
    drain()
    after = queries.cells(first_day=day, last_day=day).values()["accepted"]
    assert before == after == 3
    report(taken_back(event))
    drain()
    assert queries.cells(first_day=day, last_day=day).values()["accepted"] == 2
    (trace,) = Late.objects.all()
    assert (trace.day, trace.drained_on, trace.kind, trace.count, trace.facts) == (
        day, TOLD, "reported.accepted", 2, 4,
    )  # fmt: skip
    commands.close_batch(at=AT + timedelta(days=1))
    report(event)
    commands.close_batch(at=AT + timedelta(days=1))
    assert {row.drained_on: row.count for row in Late.objects.filter(day=day)} == {
        TOLD: 2,
        TOLD + timedelta(days=1): 1,
    }


@pytest.mark.django_db
def test_the_command_line_recounts_and_rebuilds(monkeypatch: pytest.MonkeyPatch) -> None:
    history(6, 20)
    drain()
    run = CliRunner().invoke
    said = run(figures, ["recount", "--from", "2022-04-20", "--to", "2022-05-13"])
    assert (said.exit_code, "0 个不符" in said.output) == (0, True)
    sql.execute("update statistics_rollup set accepted = accepted + 5 where span = 'day'")
    said = run(figures, ["recount", "--from", "2022-04-20", "--to", "2022-05-13"])
    assert said.exit_code == 1
    assert "首个差异" in said.output
    assert Recount.objects.count() == 2
    assert not queries.figures_agree()
    assert run(figures, ["rebuild", "--from", "2022-04-20", "--to", "2022-05-13"]).exit_code == 0
    # One day that agrees says nothing of the others that did not.
    assert run(figures, ["recount", "--day", "2022-05-09"]).exit_code == 0
    assert not queries.figures_agree()
    differing = Recount.objects.get(differences__gt=0)
    first, last = max(differing.days_wrong[0], "2022-04-20"), differing.days_wrong[-1]
    assert run(figures, ["recount", "--from", first, "--to", last]).exit_code == 0
    assert queries.figures_agree()
    # Where not every day is named, the whole period has to be counted again.
    monkeypatch.setattr(queries.recount, "MOST_DAYS_TOLD", 1)
    assert not queries.figures_agree()
    for wrong in (
        ["recount"],
        ["rebuild", "--from", "2022-05-01"],
        ["recount", "--all", "--day", "2022-05-01"],
        [],
    ):
        assert run(figures, wrong).exit_code == 2, wrong
