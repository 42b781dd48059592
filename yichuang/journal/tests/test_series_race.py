"""Numbers under load: no gap, none twice, in every series, though transactions fail and years turn."""

import random
import threading
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from django.db import connection, transaction

from yichuang.cases.tests.crowd import PATIENCE_SECONDS, together
from yichuang.journal import commands
from yichuang.journal.commands import NewFact, record
from yichuang.journal.queries import checked_facts, facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Conflict
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import SHANGHAI

AT = datetime(2022, 12, 31, 23, 59, tzinfo=SHANGHAI)
WRITERS, NUMBERS = 8, 30


class Withdrawn(Exception):
    """The transaction is taken back."""


def number_of(series: str, at: datetime = AT, *, fail: bool = False, subject: UUID | None = None) -> str:
    """Take a number with a fact, or take both back."""
    with transaction.atomic():
        new = NewFact(
            subject or uuid7(at), "thing", "thing.numbered", series=series, number_prefix="第", number_suffix="号",
            number_width=3,
        )  # fmt: skip
        recorded = record(new, by=SYSTEM, at=at)
        if fail:
            raise Withdrawn
    assert recorded.number is not None
    return recorded.number


def take_many(seed: int, series: list[str]) -> list[tuple[str, str]]:
    """Many numbers of random series; every fifth transaction fails."""
    chance = random.Random(seed)
    kept = []
    for _ in range(NUMBERS):
        name = chance.choice(series)
        try:
            kept.append((name, number_of(name, fail=chance.random() < 0.2)))
        except Withdrawn:
            continue
    return kept


def test_eight_writers_with_failures_leave_no_gap_in_any_series(committed: dict[str, str]) -> None:
    series = ["受:2022", "受:2023", "决:2022"]
    found = together([partial(take_many, seed, series) for seed in range(WRITERS)])
    taken = [pair for one in found if isinstance(one, list) for pair in one]
    assert not [one for one in found if isinstance(one, Exception)]
    assert len(taken) < WRITERS * NUMBERS, "some transactions failed"
    for name in series:
        numbers = sorted(number for which, number in taken if which == name)
        assert numbers == [f"第{n:03d}号" for n in range(1, len(numbers) + 1)]
        assert sql.one("select last from journal_series where series = %(name)s", {"name": name}) == (
            len(numbers),
        )
    stored = sql.rows("select number from journal_fact order by 1")
    assert sorted(number for _, number in taken) == sorted(number for (number,) in stored)


def test_a_counter_outside_the_transaction_would_be_caught(committed: dict[str, str]) -> None:
    """The broken variant: a sequence gives numbers that a failed transaction never gives back."""
    given: list[int] = []
    sql.execute("create temporary sequence naive")
    for fail in (False, True, False):
        with transaction.atomic():
            row = sql.one("select nextval('naive')")
            assert row is not None
            transaction.set_rollback(fail)
        given += [] if fail else [int(row[0])]
    assert given == [1, 3], "a gap that nobody can explain"


def hold(series: str, fails: bool, holds: threading.Event, go_on: threading.Event) -> None:
    """Take the first number and keep the transaction open until told to go on."""
    with transaction.atomic():
        record(NewFact(uuid7(AT), "thing", "x", series=series), by=SYSTEM, at=AT)
        holds.set()
        go_on.wait(PATIENCE_SECONDS)
        transaction.set_rollback(fails)
    connection.close()


def test_a_number_waits_for_the_one_before_it(committed: dict[str, str]) -> None:
    """Whoever comes second gets the next number if the first commits, and the same if the first fails."""
    for fails, second in ((False, "第002号"), (True, "第001号")):
        series = f"test:{fails}"
        holds, go_on = threading.Event(), threading.Event()

        rival = threading.Thread(target=hold, args=(series, fails, holds, go_on))
        rival.start()
        holds.wait(PATIENCE_SECONDS)
        threading.Timer(0.15, go_on.set).start()
        assert number_of(series) == second
        rival.join(PATIENCE_SECONDS)


@pytest.mark.django_db
def test_a_series_that_began_before_the_system_goes_on_and_never_back() -> None:
    commands.raise_series("周报:2022", 28)
    assert number_of("周报:2022") == "第029号"
    commands.raise_series("周报:2022", 5)
    assert number_of("周报:2022") == "第030号"
    commands.raise_series("周报:2022", 1200)
    assert number_of("周报:2022") == "第1201号", "a wide number is not cut"
    assert number_of("周报:2023") == "第001号"


@pytest.mark.django_db
@pytest.mark.parametrize("last", [0, -1])
def test_a_series_cannot_begin_below_one(last: int) -> None:
    with pytest.raises(Exception, match="journal_series_counts_up"), transaction.atomic():
        commands.raise_series("test", last)


def append(subject: UUID, value: int) -> int:
    """Append until the place is won; how often it was lost."""
    lost = 0
    while True:
        try:
            with transaction.atomic():
                record(NewFact(subject, "thing", "thing.changed", {"value": value}), by=SYSTEM, at=AT)
        except Conflict:
            lost += 1
        else:
            return lost


def test_six_who_write_to_one_subject_make_one_chain_without_a_fork(committed: dict[str, str]) -> None:
    subject = uuid7(AT)

    def writer(value: int) -> int:
        return sum(append(subject, value * 10 + turn) for turn in range(5))

    found = together([partial(writer, value) for value in range(6)])
    assert not [one for one in found if isinstance(one, Exception)]
    facts = facts_of(subject)
    assert [fact.seq for fact in facts] == list(range(1, 31))
    assert sorted(fact.data["value"] for fact in facts) == sorted(
        v * 10 + t for v in range(6) for t in range(5)
    )
    assert all(fact.sound for fact in checked_facts(subject))


def test_a_lost_race_for_a_place_gives_its_number_back(committed: dict[str, str]) -> None:
    subject = uuid7(AT)

    def numbered(_: int) -> str | None:
        try:
            return number_of("race", subject=subject)
        except Conflict:
            return None

    found = [one for one in together([partial(numbered, turn) for turn in range(6)]) if isinstance(one, str)]
    assert sorted(found) == [f"第{n:03d}号" for n in range(1, len(found) + 1)]
    assert sql.one("select last from journal_series where series = 'race'") == (len(found),)
    assert len(facts_of(subject)) == len(found)


@pytest.mark.django_db
def test_a_subject_stays_in_the_quarter_of_its_first_fact() -> None:
    """Facts of the next year about an old subject lie beside its first: one chain is never torn over partitions."""
    subject = uuid7(AT)
    for days in (0, 1, 100, 400):
        record(NewFact(subject, "thing", "x"), by=SYSTEM, at=AT + timedelta(days=days))
    tables = sql.rows(
        "select distinct tableoid::regclass::text from journal_fact where subject_id = %(id)s",
        {"id": subject},
    )
    assert tables == [("journal_fact_2022q4",)]
    years = sql.rows("select day from journal_fact where subject_id = %(id)s order by seq", {"id": subject})
    assert [row[0].year for row in years] == [2022, 2023, 2023, 2024]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("moment", "table"),
    [
        ("2030-03-31T23:59:59.999+08:00", "journal_fact_2030q1"),
        ("2030-04-01T00:00:00+08:00", "journal_fact_2030q2"),
        ("2030-06-30T16:00:00+00:00", "journal_fact_2030q3"),
        ("2030-12-31T15:59:59+00:00", "journal_fact_2030q4"),
        ("2030-12-31T16:00:00+00:00", "journal_fact_2031q1"),
    ],
)
def test_quarters_turn_at_midnight_in_shanghai(moment: str, table: str) -> None:
    at = datetime.fromisoformat(moment)
    subject = uuid7(at)
    record(NewFact(subject, "thing", "x"), by=SYSTEM, at=at)
    where = "select tableoid::regclass::text from journal_fact where subject_id = %(id)s"
    assert sql.one(where, {"id": subject}) == (table,)
