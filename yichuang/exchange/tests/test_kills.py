"""Killed anywhere, sent again: every event exactly once. Two at the same time: no deadlock, nothing twice."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection, connections
from pytest_django import DjangoDbBlocker

from yichuang.exchange.commands import batches as batch_commands
from yichuang.exchange.commands.batches import open_batch, run_batch
from yichuang.exchange.models import Batch, Case, Line, Quarantine
from yichuang.exchange.tests import factories as make
from yichuang.kernel import canonical, sql

EVENTS: list[dict[str, Any] | str] = [
    *(make.event(f"K-{n}", 1) for n in range(6)),
    *(make.event(f"K-{n}", 2, "decided", "2022-05-11") for n in range(6)),
    make.event("K-0", 3, "withdrawn", "2022-05-11"), make.event("K-9", 1, item_code="nothing"), "{",
]  # fmt: skip


class Killed(Exception):
    """The process is gone."""


@contextmanager
def killed_after(statements: int) -> Iterator[list[str]]:
    """Whatever is sent after so many statements finds the process gone; yields what was sent."""
    sent: list[str] = []
    whole = sql.note

    def count(statement: str) -> None:
        sent.append(statement)
        if len(sent) > statements:
            raise Killed
        whole(statement)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sql, "note", count)
        yield sent


def state() -> tuple[Any, ...]:
    """Everything that a batch leaves, without what names the moment."""
    facts = sql.rows(
        "select key, kind, day, hash = journal_fact_hash(prev_hash, subject_id, seq, journal_place(subject_kind, department_id, "
        "key, key_hash), kind, at, actor, ground, number, data) from journal_fact where subject_kind = 'reported' order by key"
    )
    fresh = sql.rows("select count(*), sum(quantity) from journal_fresh where subject_kind = 'reported'")
    return (
        facts, fresh, sorted(Case.objects.values_list("source_number", "state", "seq", "doubts")),
        sorted(Quarantine.objects.values_list("source_number", "event_no", "state")),
        Line.objects.count(), Batch.objects.values_list("received", "taken", "known", "quarantined", "refused", "opened").get(),
    )  # fmt: skip


def send(key: str) -> Batch:
    """The batch of these tests in blocks of four lines, under a key."""
    by, lines = make.reporter(), make.parsed(EVENTS)
    batch = open_batch(canonical.digest(str(EVENTS)), name="", by=by, at=make.AT, key=key)
    return run_batch(batch, lines, by=by, at=make.AT)


def run_killed(step: int) -> bool:
    """Send the batch, killed after so many statements, and then again; whether the first got through."""
    try:
        with killed_after(step):
            send("kill-key-0")
    except Killed:
        connection.close()
        send("kill-key-0")
        return False
    return True


def wipe(urls: dict[str, str]) -> None:
    """Everything goes, as only a superuser can."""
    connection.close()
    with psycopg.connect(urls["admin"], autocommit=True) as admin:
        admin.execute(
            "truncate journal_fact, journal_fresh, journal_client_key, exchange_case, exchange_number, exchange_quarantine, "
            "exchange_line, exchange_batch cascade"
        )


def test_killed_after_any_statement_and_sent_again_every_event_stands_once(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_commands, "BLOCK", 8)
    make.system(make.reporter())
    assert send("kill-key-0").state == "done"
    whole, step = state(), 0
    assert all(sound for *_, sound in whole[0])
    assert len(whole[0]) == 12
    wipe(committed)
    while not run_killed(step):
        assert state() == whole, step
        wipe(committed)
        step += 1
    assert step > 20


def test_a_block_that_is_not_one_transaction_is_noticed(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: what a block writes stays although the block fails."""
    make.system(make.reporter())
    monkeypatch.setattr(batch_commands, "_take_block", vars(batch_commands._take_block)["__wrapped__"])
    with killed_after(9), pytest.raises(Killed):
        send("kill-key-0")
    before = Batch.objects.get()
    assert before.lines_done == len(EVENTS)
    assert before.received == 0


def together(acts: list[Callable[[], object]], blocker: DjangoDbBlocker) -> list[BaseException]:
    """Do several things at the same time, each on a connection of its own; what went wrong."""
    wrong: list[BaseException] = []
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        with blocker.unblock():
            try:
                barrier.wait()
                act()
            except BaseException as error:
                wrong.append(error)
            finally:
                connections["default"].close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_two_batches_with_the_same_cases_neither_lock_out_nor_double(
    committed: dict[str, str], django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_commands, "BLOCK", 40)
    make.system(make.reporter())
    told = [make.event(f"R-{n % 60}", n // 60 + 1, ("accepted", "decided")[n // 60]) for n in range(120)]
    told += [make.event(f"R-{n}", 9, item_code=f"no-{n}") for n in range(20)]
    wrong = together([lambda: make.send(told), lambda: make.send(list(reversed(told)))], django_db_blocker)
    assert wrong == []
    (count, distinct, total) = sql.rows(
        "select count(*), count(distinct (subject_id, key)), sum(quantity) from journal_fresh f join journal_fact using (subject_id, seq)"
    )[0]
    assert (count, distinct, total) == (120, 120, 120)
    assert Quarantine.objects.count() == 20
    sums = [
        sum(found)
        for found in zip(*Batch.objects.values_list("taken", "known", "quarantined", "opened"), strict=True)
    ]
    assert sums == [120, 140, 20, 0]


def test_the_same_batch_by_two_runners_is_written_once(
    committed: dict[str, str], django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_commands, "BLOCK", 3)
    make.system(make.reporter())
    key = uuid4().hex
    assert together([lambda: send(key), lambda: send(key)], django_db_blocker) == []
    send(key)
    batch = Batch.objects.get()
    assert (batch.state, batch.received, batch.taken) == ("done", len(EVENTS), 12)
