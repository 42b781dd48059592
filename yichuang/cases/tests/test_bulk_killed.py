"""A bulk act whose worker is killed goes on behind its last committed block; two workers do nothing twice."""

import threading
from typing import Any

import pytest
from django.db import connection

from yichuang.cases.commands import bulk_acts_run, bulk_acts_write
from yichuang.cases.commands.bulk_acts_run import run_bulk_act
from yichuang.cases.flow.bulk_acts import ActKind, ActState
from yichuang.cases.tests import factories as make
from yichuang.cases.tests import factories_bulk as bulk
from yichuang.kernel import sql


class KilledError(BaseException):
    """The worker is gone."""


@pytest.mark.usefixtures("committed")
def test_every_case_moves_exactly_once_whatever_is_killed_and_however_many_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bulk_acts_run, "BLOCK", 3)
    rows = [make.filed() for _ in range(20)]
    act = bulk.released(ActKind.ACCEPT, [one.id for one in rows])
    real, calls = bulk_acts_write.write, 0

    def dies(steps: Any) -> Any:
        """Before the write, after it, and in the middle of the cases: each in its turn."""
        nonlocal calls
        calls += 1
        if calls in (1, 5):
            raise KilledError
        done = real(steps[:1] if calls == 3 else steps)
        if calls in (2, 3):
            raise KilledError
        return done

    monkeypatch.setattr(bulk_acts_run, "write", dies)
    for committed in (0, 0, 0, 3):
        with pytest.raises(KilledError):
            run_bulk_act(act.pk, at=bulk.AT)
        # A case has moved and is marked so, or neither: what the block had begun went with it.
        assert bulk.fresh(act.pk).done == moved() == committed
    monkeypatch.setattr(bulk_acts_run, "write", real)

    def runs() -> None:
        try:
            run_bulk_act(act.pk, at=bulk.AT)
        finally:
            connection.close()

    workers = [threading.Thread(target=runs) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    run_bulk_act(act.pk, at=bulk.AT)
    found = bulk.fresh(act.pk)
    assert (found.state, found.done, found.refused, found.skipped) == (ActState.DONE, 20, 0, 0)
    assert moved() == 20
    twice = "select count(*) from journal_fact where kind = 'case.accepted' group by subject_id having count(*) > 1"
    assert sql.rows(twice) == []
    # The official numbers have no gap and no double.
    numbers = sql.rows("select number from journal_fact where kind = 'case.accepted'")
    taken = sorted(int(row[0].rpartition("〕")[2].removesuffix("号")) for row in numbers)
    assert taken == list(range(1, 21))
    ended = sql.one("select count(*) from journal_fact where kind = 'bulk_act.ended'")
    assert ended == (1,)


def moved() -> int:
    found = sql.one("select count(*) from journal_fact where kind = 'case.accepted'")
    assert found is not None
    return int(found[0])
