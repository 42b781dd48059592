"""Writers, drains and readers at once: a figure read in one statement is right at every moment."""

import random
import threading
from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from django.db import transaction

from yichuang.cases.tests.crowd import PATIENCE_SECONDS, together
from yichuang.journal import commands as journal
from yichuang.journal.queries import checked_seal, head
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.statistics import commands, queries
from yichuang.statistics.models import Snapshot
from yichuang.statistics.queries.cells import parameters
from yichuang.statistics.queries.cells import text as shared
from yichuang.statistics.tests.happenings import Happening, by_hand, enter, invent, moment

pytestmark = pytest.mark.usefixtures("committed")
FIRST, LAST = date(2022, 5, 2), date(2022, 5, 8)
AT = moment(LAST)
WRITERS, FACTS, LEAST_READS = 4, 60, 20

# The reader's own statement and the recount of the facts, as one statement: one moment for both.
BOTH = """
with figures as ({cells})
select (select coalesce(sum(accepted), 0)::int from figures where subject_kind = 'case'),
       (select count(*)::int from journal_fact where kind = 'case.accepted' and day between %(first)s and %(last)s)
"""
DRAINED = "select coalesce(sum(count), 0)::int from statistics_daily where kind = 'case.accepted'"
WAITING = "select count(*)::int from journal_fresh where kind = 'case.accepted'"
HAPPENED = "select count(*)::int from journal_fact where kind = 'case.accepted'"
# A whole month and a day beside it: both stretches of the coarse grain are read.
PERIOD = parameters(date(2022, 5, 1), date(2022, 6, 1), sealed_only=False) | {"department": None}


def number(text: str) -> int:
    """The one number of a statement."""
    row = sql.one(text)
    assert row is not None
    return int(row[0])


def write(seed: int) -> int:
    """Facts one transaction each, some of which are taken back."""
    chance = random.Random(seed)
    kept = 0
    for _ in range(FACTS):
        with transaction.atomic():
            enter(invent(chance, FIRST, LAST))
            if chance.random() < 0.1:
                transaction.set_rollback(True)
                continue
        kept += 1
    return kept


def drain_until(done: threading.Event, chance: random.Random) -> int:
    """Drain small batches until the writers are done, then the rest."""
    drained = 0
    while not done.is_set():
        drained += commands.close_batch(at=AT, limit=chance.randint(1, 9))
    while (took := commands.close_batch(at=AT, wait=True)) > 0:
        drained += took
    return drained


def read_until(done: threading.Event) -> int:
    """Compare until the writers are done; how many reads were right."""
    text = BOTH.format(cells=shared("cells").replace("\n", "\n  "))
    reads = 0
    while not done.is_set() or reads < LEAST_READS:
        row = sql.one(text, PERIOD)
        assert row is not None
        assert row[0] == row[1], f"read {reads}: {row[0]} shown, {row[1]} happened"
        reads += 1
    return reads


def test_no_read_is_wrong_while_four_write_and_two_drain() -> None:
    done, ended = threading.Event(), threading.Barrier(WRITERS, action=lambda: done.set())

    def writer(seed: int) -> int:
        try:
            return write(seed)
        finally:
            ended.wait(PATIENCE_SECONDS)

    works: list[Callable[[], int]] = [partial(writer, seed) for seed in range(WRITERS)]
    works += [partial(drain_until, done, random.Random(seed)) for seed in (7, 8)]
    works += [partial(read_until, done)] * 2
    found = together(works)
    assert not [one for one in found if isinstance(one, Exception)], found
    kept, drained, reads = found[:WRITERS], found[WRITERS : WRITERS + 2], found[-2:]
    everything = number("select count(*)::int from journal_fact")
    assert sum(one for one in kept if isinstance(one, int)) == everything < WRITERS * FACTS
    assert sum(one for one in drained if isinstance(one, int)) == everything
    assert all(isinstance(one, int) and one >= LEAST_READS for one in reads)
    assert number("select count(*)::int from journal_fresh") == 0


def test_two_drains_at_once_count_nothing_twice_and_seal_in_order() -> None:
    told = [invent(random.Random(seed), FIRST, LAST) for seed in range(60)]
    for one in told:
        enter(one)
    works = [lambda: [commands.close_batch(at=AT, limit=7, wait=True) for _ in range(4)]] * 4
    found = together(works)
    assert not [one for one in found if isinstance(one, Exception)]
    assert queries.cells(first_day=FIRST, last_day=LAST, sealed_only=True).values() == by_hand(told)
    seals = [checked_seal(each) for each in range(1, head().number + 1)]
    assert sum(seal.leaves for seal in seals if seal) == len(told)
    assert all(seal and seal.root_sound and seal.chain_sound and seal.facts_sound for seal in seals)


def test_only_one_drain_works_at_a_time() -> None:
    """Whoever does not wait goes home empty-handed while another holds the lock."""
    enter(Happening(AT, "case.accepted"))

    def rival() -> int:
        return commands.close_batch(at=AT)

    with transaction.atomic():
        assert journal.lock_drain(wait=False)
        assert together([rival]) == [0]
    assert together([rival]) == [1]


def test_a_drain_that_dies_half_way_leaves_everything_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        enter(Happening(AT, "case.accepted"))
    before = number(HAPPENED)

    def dies(*_: object, **__: object) -> int:
        raise ConnectionResetError("the machine is gone")

    with monkeypatch.context() as patched:
        patched.setattr(journal, "seal", dies)
        with pytest.raises(ConnectionResetError):
            commands.close_batch(at=AT)
    assert (number(DRAINED), number(WAITING), head().number) == (0, before, 0)
    assert commands.close_batch(at=AT) == 5
    assert (number(DRAINED), number(WAITING), head().number) == (before, 0, 1)


def test_a_reader_of_two_statements_would_be_caught() -> None:
    """The broken variant: first what is drained, then what waits; a drain between the two makes cases vanish."""
    for _ in range(9):
        enter(Happening(AT, "case.accepted"))
    least = number(HAPPENED)
    drained = number(DRAINED)
    assert together([lambda: commands.close_batch(at=AT)]) == [9]
    assert drained + number(WAITING) < least, "the naive reader has lost nine cases"
    assert queries.cells(first_day=FIRST, last_day=LAST).values()["accepted"] == least


def test_the_other_order_would_be_caught_too() -> None:
    """The broken variant turned round: first what waits, then what is drained; a drain counts cases twice."""
    for _ in range(9):
        enter(Happening(AT, "case.accepted"))
    waiting = number(WAITING)
    together([lambda: commands.close_batch(at=AT)])
    assert waiting + number(DRAINED) > number(HAPPENED), "the naive reader shows nine cases twice"


def late_fact_during(monkeypatch: pytest.MonkeyPatch, *, sealed_only: bool) -> Snapshot:
    """Freeze, while somebody files a case between the last batch and the reading of the figures."""
    really = queries.report_figures

    def meanwhile(*, first_day: date, last_day: date, **_: object) -> list[queries.Figure]:
        assert not isinstance(together([lambda: enter(Happening(AT, "case.accepted"))])[0], Exception)
        return really(first_day=first_day, last_day=last_day, sealed_only=sealed_only)

    with monkeypatch.context() as patched:
        patched.setattr(queries, "report_figures", meanwhile)
        return commands.freeze(first_day=FIRST, last_day=LAST, by=SYSTEM, at=AT)


def accepted_in(snapshot: Snapshot) -> int:
    """The accepted licences of the week in a snapshot."""
    (found,) = [
        figure.value
        for figure in commands.frozen_figures(snapshot)
        if (figure.scope, figure.group, figure.measure, figure.department)
        == ("week", "licence", "accepted", None)
    ]
    assert isinstance(found, int)
    return found


def sealed_up_to(seal: int) -> int:
    """Accepted licences under the seals up to one, counted from the leaves."""
    row = sql.one(
        "select count(*)::int from journal_leaf l join journal_fact f on f.subject_id = l.subject_id and f.seq = l.seq "
        "where f.kind = 'case.accepted' and l.seal_number <= %(seal)s",
        {"seal": seal},
    )
    assert row is not None
    return int(row[0])


def test_a_snapshot_is_what_its_seal_says_though_a_case_comes_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(3):
        enter(Happening(AT, "case.accepted"))
    snapshot = late_fact_during(monkeypatch, sealed_only=True)
    assert accepted_in(snapshot) == sealed_up_to(snapshot.seal) == 3
    assert queries.cells(first_day=FIRST, last_day=LAST).values()["accepted"] == 4


def test_a_snapshot_that_reads_the_queue_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: figures as of now, the seal as of the last batch."""
    for _ in range(3):
        enter(Happening(AT, "case.accepted"))
    snapshot = late_fact_during(monkeypatch, sealed_only=False)
    assert accepted_in(snapshot) > sealed_up_to(snapshot.seal)
