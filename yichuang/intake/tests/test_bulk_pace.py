"""How a file is filed: blocks as large as others in the series can bear, spelled before their numbers are taken."""

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from yichuang.cases.commands import filing_many
from yichuang.cases.commands.filing_many import Spelled
from yichuang.cases.models import Case
from yichuang.directory.queries import actor_of
from yichuang.intake.commands import bulk_blocks
from yichuang.intake.commands.bulk import confirm_run
from yichuang.intake.models import BulkRun
from yichuang.intake.queries.bulk import guide_of_run
from yichuang.intake.render import bulk_work
from yichuang.intake.render.bulk_work import (
    FEWEST_AT_ONCE,
    FEWEST_BESIDE,
    HELD_BESIDE_MS,
    HELD_MS,
    ROWS_AT_ONCE,
    next_size,
)
from yichuang.intake.tests import factories as make
from yichuang.intake.tests import factories_bulk as bulk
from yichuang.journal.commands.blocks import next_number, take_numbers
from yichuang.journal.queries import checked_facts
from yichuang.kernel import sql
from yichuang.kernel.keys import client_key
from yichuang.kernel.making_way import MakingWay

SIZES = st.integers(FEWEST_BESIDE, ROWS_AT_ONCE)


@given(SIZES, SIZES, st.integers(0, 5000), st.booleans())
def test_a_block_is_never_beyond_its_bounds(size: int, count: int, held: int, alone: bool) -> None:
    found = next_size(size, count, held, alone=alone)
    assert (FEWEST_AT_ONCE if alone else FEWEST_BESIDE) <= found <= ROWS_AT_ONCE
    # Whoever held the series longer does not get more, and somebody beside never makes a block larger.
    assert found >= next_size(size, count, held + 50, alone=alone)
    assert next_size(size, count, held, alone=False) <= next_size(size, count, held, alone=True)


@pytest.mark.parametrize(("alone", "held"), [(True, HELD_MS), (False, HELD_BESIDE_MS)])
@pytest.mark.parametrize("row_us", [70, 150])
def test_blocks_settle_where_the_series_is_held_as_long_as_it_may(
    alone: bool, held: int, row_us: int
) -> None:
    size = ROWS_AT_ONCE
    for _ in range(12):
        size = next_size(size, size, size * row_us // 1000, alone=alone)
    wanted = max(FEWEST_AT_ONCE if alone else FEWEST_BESIDE, min(ROWS_AT_ONCE, held * 1000 // row_us))
    assert abs(size - wanted) <= wanted // 8


def test_a_neighbour_makes_blocks_small_within_a_few_of_them() -> None:
    size, sizes = ROWS_AT_ONCE, []
    for _ in range(6):
        size = next_size(size, size, size // 10, alone=False)
        sizes.append(size)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] <= 200


class Watched:
    """What `file_many` was given as its guess, and whether it was used."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object] = lambda: None
    ) -> None:
        self.guesses: list[bool] = []
        self.used: list[bool] = []
        real = filing_many.file_many

        def watched(*given: Any, guess: Spelled | None, **named: Any) -> Sequence[Any]:
            meanwhile()
            opened = real(*given, guess=guess, **named)
            self.guesses.append(guess is not None)
            self.used.append(guess is not None and opened is guess.opened)
            return opened

        monkeypatch.setattr(bulk_blocks, "file_many", watched)
        monkeypatch.setattr(bulk_work, "ROWS_AT_ONCE", 16)
        monkeypatch.setattr(bulk_work, "FEWEST_AT_ONCE", 4)
        monkeypatch.setattr(bulk_work, "FEWEST_BESIDE", 4)
        monkeypatch.setattr(bulk_work, "HELD_MS", 0)
        monkeypatch.setattr(bulk_work, "HELD_BESIDE_MS", 0)


def confirmed(rows: int) -> BulkRun:
    by = make.applicant()
    run = bulk.checked(bulk.rows(rows), by, bulk.offer().item.code)
    confirm_run(run.pk, cases=run.good, by=by, at=bulk.AT, key=client_key())
    return run


def wrong_with(cases: int) -> list[str]:
    """Numbers, facts and receipts of the filed cases that do not say the same."""
    found = [] if Case.objects.count() == cases else [f"{Case.objects.count()} cases"]
    rows = sql.rows(
        "select c.id, c.number, encode(c.last_hash, 'hex'), r.body, f.number from cases_case c "
        "join intake_receipt r on r.case_id = c.id join journal_fact f on f.subject_id = c.id"
    )
    for case_id, number, hash_, body, told in rows:
        said = json.loads(body)
        if (said["case_no"], said["fact_hash"], told) != (number, hash_, number):
            found.append(f"{number} has the receipt of {said['case_no']}, its fact says {told}")
        if said["head"]["chain"] != "yichuang" or "\x1e" in body:
            found.append(f"{number} names no head")
        if not all(one.sound for one in checked_facts(UUID(str(case_id)))):
            found.append(f"{number} breaks its chain")
    return found


def series() -> str:
    return str(sql.rows("select series from journal_series where series like 'case:%%'")[0][0])


@pytest.mark.django_db
def test_a_file_that_is_alone_is_spelled_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    run, watched = confirmed(24), Watched(monkeypatch)
    bulk_work.run(run.pk, at=bulk.AT)
    assert watched.guesses == watched.used == [True] * len(watched.used)
    assert len(watched.used) > 3
    assert wrong_with(24) == []
    assert next_number(series()) == 25


@pytest.mark.django_db
def test_numbers_that_others_take_in_between_are_never_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    run = confirmed(40)
    taken: list[int] = []

    def meanwhile() -> None:
        found = sql.rows("select series from journal_series where series like 'case:%%'")
        if found and len(taken) < 3:
            taken.append(take_numbers(found[0][0], 1))

    watched = Watched(monkeypatch, meanwhile)
    bulk_work.run(run.pk, at=bulk.AT)
    # The first block's guess holds; then somebody is there, and while he is nothing is spelled in vain twice.
    assert watched.used[0]
    assert not any(watched.used[1:4])
    assert watched.guesses.count(True) < len(watched.guesses)
    # When he has gone the blocks are spelled ahead again.
    assert watched.used[-1]
    assert wrong_with(40) == []
    numbers = sorted(int(one[-6:]) for one in Case.objects.values_list("number", flat=True))
    assert sorted([*numbers, *taken]) == list(range(1, 44))


@pytest.mark.django_db
def test_a_guess_that_is_believed_unseen_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: the numbers of the guess are written, whatever was taken."""
    run = confirmed(12)
    real = filing_many.spelled
    monkeypatch.setattr(
        filing_many,
        "spelled",
        lambda shared, openings, **named: real(shared, openings, **named | {"first": 1}),
    )
    monkeypatch.setattr(bulk_work, "guessed", lambda *_given, **_named: None)
    sql.execute("insert into journal_series (series, last) values (%(name)s, 7)", {"name": _series_of(run)})
    bulk_work.run(run.pk, at=bulk.AT)
    numbers = sorted(int(one[-6:]) for one in Case.objects.values_list("number", flat=True))
    assert numbers != list(range(8, 20))


def _series_of(run: BulkRun) -> str:
    shared = bulk_blocks.shared_of(run, guide_of_run(run))
    return filing_many.series_of(shared, bulk.AT)


@pytest.mark.django_db
def test_a_row_that_was_filed_meanwhile_is_not_filed_under_a_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    run = confirmed(6)
    other = bulk.filed(bulk.rows(2, first=3), actor_of(run.account_id, on=bulk.AT.date()), run.item.code)
    assert other.filed == 2
    # The same company brings two of the rows in another file while this one waits.
    watched = Watched(monkeypatch)
    bulk_work.run(run.pk, at=bulk.AT)
    run.refresh_from_db()
    assert (run.state, run.filed, run.known) == ("done", 4, 2)
    assert not watched.used[0], "the guess was made for rows that are not all filed"
    assert wrong_with(6) == []


@pytest.mark.django_db
def test_what_the_work_changed_of_the_process_and_the_session_is_put_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, seen = sys.getswitchinterval(), list[float]()
    run = confirmed(6)
    Watched(monkeypatch, lambda: seen.append(sys.getswitchinterval()))
    bulk_work.run(run.pk, at=bulk.AT)
    assert seen[0] < before == sys.getswitchinterval()


@pytest.mark.usefixtures("committed")
def test_one_plan_is_for_the_block_alone() -> None:
    bulk.filed(bulk.rows(3), make.applicant(), bulk.offer().item.code)
    assert sql.rows("select current_setting('enable_seqscan')") == [("on",)]
    assert Case.objects.count() == 3


@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize("used", [0, 8])
def test_it_rests_between_blocks_while_pages_are_asked_for_and_holds_nothing_meanwhile(
    monkeypatch: pytest.MonkeyPatch, used: int
) -> None:
    rests: list[tuple[float, bool]] = []
    way = MakingWay(lambda: used, lambda seconds: rests.append((seconds, connection.in_atomic_block)))
    monkeypatch.setattr(bulk_work, "MakingWay", lambda: way)
    run = confirmed(24)
    # So few rows are judged in one block.
    assert len(rests) == (1 if used else 0)
    watched = Watched(monkeypatch)
    bulk_work.run(run.pk, at=bulk.AT)
    assert len(rests) == (1 + len(watched.used) if used else 0)
    assert all(seconds > 0 and not held for seconds, held in rests)
    assert wrong_with(24) == []
