"""The statements of a block: numbers claimed once, rows looked for only where they can be, salts, and the collector as it was."""

import gc
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from yichuang.exchange.commands import batches, taking, writing
from yichuang.exchange.commands.batches import open_batch, run_batch
from yichuang.exchange.commands.writing import Claimed, claimed, locked, salt, salts
from yichuang.exchange.models import Batch, Case, CaseNumber, Line, System
from yichuang.exchange.queries.reference import reference_of
from yichuang.exchange.rules.lines import read_line
from yichuang.exchange.rules.streams import json_lines
from yichuang.exchange.tests import factories as make
from yichuang.kernel import sql
from yichuang.kernel.keys import moment_of, uuid7_of
from yichuang.kernel.times import local_day

pytestmark = pytest.mark.django_db
AT = make.AT


def claim(*numbers: str) -> Claimed:
    """Numbers of the system's cases, claimed."""
    system = make.system()
    return claimed(sorted(numbers), [AT] * len(numbers), reference_of(system))


def test_a_number_is_claimed_once_and_keeps_its_id() -> None:
    first = claim("S-1", "S-2")
    assert first.new == frozenset(first.ids.values())
    assert first.ids["S-1"] == uuid7_of(AT, System.objects.get().pk, "S-1")
    second = claim("S-2", "S-3")
    assert second.ids["S-2"] == first.ids["S-2"]
    assert second.new == {second.ids["S-3"]}
    third = claim("S-1", "S-2", "S-3")
    assert (third.new, len(third.ids)) == (frozenset(), 3)
    assert CaseNumber.objects.count() == 3
    assert claim().ids == {}


def test_what_another_claims_meanwhile_is_read_again_and_its_row_is_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between the look and the insert another batch has claimed S-2, with an id of its own moment."""
    system = make.system()
    theirs = uuid7_of(AT - timedelta(days=3), system.pk, "S-2")
    honest, looked = writing._known, []

    def late(numbers: Any, reference: Any) -> dict[str, UUID]:
        found = honest(numbers, reference)
        looked.append(list(numbers))
        if len(looked) == 1:
            CaseNumber.objects.create(system_id=system.pk, source_number="S-2", case_id=theirs)
        return found

    monkeypatch.setattr(writing, "_known", late)
    found = claim("S-1", "S-2")
    assert found.ids["S-2"] == theirs
    assert found.new == frozenset(), "whose row may be there has to be looked for"
    assert looked == [["S-1", "S-2"], ["S-1", "S-2"]]


def test_rows_of_new_cases_are_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[UUID]] = []
    honest = writing.locked

    def noted(ids: Iterator[UUID]) -> Any:
        asked.append(list(ids))
        return honest(asked[-1])

    monkeypatch.setattr(taking, "locked", noted)
    make.send([make.event("S-1"), make.event("S-2")])
    make.send([make.event("S-2", 2, "decided", "2022-05-11"), make.event("S-3")])
    known = CaseNumber.objects.get(source_number="S-2").case_id
    assert asked == [[], [known]]
    assert Case.objects.get(pk=known).state == "decided"
    with sql.counting() as statements:
        assert locked([]) == {}
    assert statements == []


def test_a_block_that_did_not_look_for_rows_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: every case is taken for a new one."""
    make.send([make.event("S-1")])
    monkeypatch.setattr(taking, "locked", lambda _: {})
    with pytest.raises(Exception, match="duplicate key"):
        make.send([make.event("S-1", 2, "decided", "2022-05-11")])


def test_salts_are_all_different_and_whole() -> None:
    found = salts(200)
    assert len(set(found)) == 200
    assert {len(one) for one in found} == {2 * writing.SALT_BYTES}
    assert all(bytes.fromhex(one) for one in found)
    assert salts(0) == []
    assert len(salt()) == 2 * writing.SALT_BYTES
    make.send([make.event(f"S-{n}") for n in range(1, 6)])
    assert len(set(Case.objects.values_list("salt", flat=True))) == 5


@pytest.mark.parametrize("was", [True, False])
def test_the_collector_of_circles_is_as_it_was_after_a_batch(
    was: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    honest = taking.take_lines

    def looked(*given: Any, **more: Any) -> Any:
        seen.append(gc.isenabled())
        return honest(*given, **more)

    monkeypatch.setattr(batches, "take_lines", looked)
    before = gc.isenabled()
    try:
        (gc.enable if was else gc.disable)()
        make.send([make.event()])
        assert gc.isenabled() == was
    finally:
        (gc.enable if before else gc.disable)()
    assert seen == [False]


def test_a_batch_that_fails_in_its_middle_leaves_the_collector_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr(batches, "take_lines", failing)
    with pytest.raises(RuntimeError, match="the disk is gone"):
        make.send([make.event()])
    assert gc.isenabled()


def lines(count: int, *, bad: int = 0) -> list[bytes]:
    """So many acceptances as bytes; the first few cannot be read."""
    found = [make.event(f"S-{n:03d}") for n in range(count)]
    return [b"{}" if n < bad else repr(one).replace("'", '"').encode() for n, one in enumerate(found)]


@pytest.mark.parametrize(("count", "block"), [(1, 5), (4, 5), (5, 5), (6, 5), (11, 5), (3, 1)])
def test_every_line_is_counted_at_the_edges_of_blocks(
    count: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BLOCK", block)
    by = make.reporter()
    make.system(by)
    opened = open_batch("d" * 64, name="edge", by=by, at=AT, key="edge")
    with sql.counting() as statements:
        done = run_batch(opened, json_lines(lines(count, bad=1)), by=by, at=AT)
    assert (done.received, done.taken, done.refused, done.state) == (count, count - 1, 1, "done")
    assert done.lines_done == count
    assert sum(text.startswith("update exchange_batch set lines_done") for text in statements) == -(
        -count // block
    )
    assert Line.objects.filter(batch_id=done.pk).count() == 1
    # Run again it takes nothing more.
    again = run_batch(Batch.objects.get(pk=done.pk), json_lines(lines(count, bad=1)), by=by, at=AT)
    assert (again.received, again.taken) == (count, count - 1)


@pytest.mark.parametrize("stopped", [0, 1, 2, 3])
def test_a_batch_that_was_killed_after_any_block_goes_on_where_it_was(
    stopped: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BLOCK", 2)
    by = make.reporter()
    make.system(by)
    honest, blocks = taking.take_lines, list[int]()

    class Killed(Exception):
        """As by a signal."""

    def killing(*given: Any, **more: Any) -> Any:
        if len(blocks) == stopped:
            raise Killed
        blocks.append(1)
        return honest(*given, **more)

    def go() -> Batch:
        opened = open_batch("e" * 64, name="killed", by=by, at=AT, key="killed")
        return run_batch(opened, json_lines(lines(7)), by=by, at=AT)

    monkeypatch.setattr(batches, "take_lines", killing)
    with pytest.raises(Killed):
        go()
    assert Batch.objects.get().lines_done == Batch.objects.get().received == 2 * stopped
    monkeypatch.setattr(batches, "take_lines", honest)
    done = go()
    assert (done.received, done.taken, done.opened, done.state) == (7, 7, 7, "done")
    assert Case.objects.count() == 7
    assert sql.one("select count(*), sum(quantity) from journal_fresh where subject_kind = 'reported'") == (
        7,
        7,
    )


def test_the_chain_of_a_case_is_what_its_statement_would_hash() -> None:
    make.send([make.event(), make.event("S-1", 2, "decided", "2022-05-11")])
    make.send([make.event("S-1", 3, "delivered", "2022-05-12")])
    found = sql.rows(
        "select seq, hash = journal_fact_hash(prev_hash, subject_id, seq, journal_place(subject_kind, department_id, key, key_hash), "
        "kind, at, actor, ground, number, data), prev_hash, hash from journal_fact where subject_kind = 'reported' order by seq"
    )
    assert [(row[0], row[1]) for row in found] == [(1, True), (2, True), (3, True)]
    assert [bytes(row[2]) for row in found] == [b"", bytes(found[0][3]), bytes(found[1][3])]
    case = Case.objects.get()
    assert bytes(case.last_hash) == bytes(found[-1][3])
    (body,) = sql.one("select key_hash from journal_fact where seq = 1 and subject_kind = 'reported'") or (
        "",
    )
    digest = json_digest(make.event())
    assert body == sha256(f"{case.salt}\n{digest}".encode()).hexdigest()


def json_digest(event: dict[str, Any]) -> str:
    """The digest of an event as the reader makes it."""
    ((raw, data),) = make.parsed([event])
    return read_line(data, 1, raw).entry.digest


def test_a_moment_is_that_of_the_first_event_of_the_case() -> None:
    make.send([make.event("S-9", 2, "decided", "2022-05-11"), make.event("S-9", 1, "accepted", "2022-05-09")])
    number = CaseNumber.objects.get(source_number="S-9")
    moment = moment_of(number.case_id)
    assert local_day(moment).isoformat() == "2022-05-11", "of the first line that came"


def test_a_case_whose_first_line_is_not_its_oldest_has_room_in_the_quarter_of_its_id() -> None:
    """The id carries the moment of the line that stands first in the block, whenever the oldest was."""
    lines = [
        make.event("S-1", 2, "decided", "2020-05-11"),
        make.event("S-1", 1, "accepted", "2019-11-11"),
    ]
    batch = make.send(lines)
    assert (batch.taken, Case.objects.get().state) == (2, "decided")
