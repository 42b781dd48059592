"""What was reported comes to the same in whatever order and in whatever batches it arrives: rows, doubts and figures."""

from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yichuang.exchange.rules import changes
from yichuang.exchange.tests import factories as make
from yichuang.kernel import sql

KINDS = [
    "accepted", "special_started", "special_ended", "decided", "delivered", "withdrawn", "terminated", "corrected",
]  # fmt: skip
pytestmark = pytest.mark.django_db


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Everything that may be reported about two cases, sense and nonsense, each number once."""
    found = []
    for case in ("S-1", "S-2"):
        for no in draw(st.sets(st.integers(1, 7), min_size=1, max_size=6)):
            kind = draw(st.sampled_from(KINDS))
            more: dict[str, Any] = {}
            if kind == "corrected":
                more["takes_back"] = draw(st.integers(1, 7).filter(lambda other, no=no: other != no))
            if kind == "decided":
                more |= {"days_used": draw(st.integers(0, 4)), "limit_days": 3}
            if draw(st.integers(0, 5)) == 0:
                more["item_code"] = make.OTHER
            if draw(st.integers(0, 4)) == 0:
                more["region"] = draw(st.sampled_from([make.people.PROVINCE, "510100000000"]))
            if draw(st.booleans()):
                more["applicant_name"] = f"示例{no}"
            day = f"2022-05-{draw(st.integers(6, 10)):02d}"
            found.append(make.event(case, no, kind, day, **more))
    return found


ROWS = """
select n.source_number, c.item_code, c.item_id, c.department_id, c.region, c.applicant_name, c.state, c.accepted_on,
       c.decided_on, c.closed_on, c.outcome, c.promptness, c.due_on, c.limit_days, c.days_used, c.doubts
from exchange_number n join exchange_case c on c.id = n.case_id order by 1
"""
DOUBTS = """
select source_number, event_no, digest, reasons, state from exchange_quarantine where state in ('open', 'waiting') order by 1, 2, 3
"""
FIGURES = """
select day, kind, department_id, item_id, item_type, region, channel, coalesce(outcome, ''), coalesce(promptness, ''),
       days_used, limit_days, sum(quantity)
from journal_fresh where subject_kind = 'reported' and item_id is not null
group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 having sum(quantity) <> 0 order by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
"""


class _Undone(Exception):
    """Takes a history back: facts are never deleted."""


def state() -> list[Any]:
    """Rows, doubts and figures."""
    return [sql.rows(one) for one in (ROWS, DOUBTS, FIGURES)]


def outcome(
    batches: list[list[dict[str, Any]]], again: list[list[dict[str, Any]]] | None = None
) -> list[Any]:
    """Rows, doubts and figures after these batches, from nothing; nothing is left. What is sent `again` is all known."""
    found: list[Any] = []
    with suppress(_Undone), transaction.atomic():
        for batch in batches:
            make.send(batch)
        found = state()
        for batch in again or []:
            sent = make.send(batch)
            assert (sent.known, sent.taken, sent.quarantined) == (len(batch), 0, 0)
        assert state() == found
        raise _Undone
    return found


def split(found: list[dict[str, Any]], cuts: set[int]) -> list[list[dict[str, Any]]]:
    """A list in pieces."""
    bounds = [0, *sorted(cut for cut in cuts if 0 < cut < len(found)), len(found)]
    return [found[first:last] for first, last in zip(bounds, bounds[1:], strict=False)]


def _province() -> None:
    make.system(make.reporter(), regional=True, reports_limits=True)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_and_any_batches_come_to_the_same(data: st.DataObject) -> None:
    _province()
    told = data.draw(histories())
    shuffled = data.draw(st.permutations(told))
    cuts = data.draw(st.sets(st.integers(1, 12), max_size=3))
    whole = outcome([told])
    assert outcome(split(shuffled, cuts), again=split(told, cuts)) == whole


def test_whoever_comes_first_counting_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: what counts is never taken back, so the order decides."""
    _province()
    told = [make.event(no=2, kind="decided"), make.event(no=1, kind="withdrawn")]
    assert outcome([told]) == outcome([told[:1], told[1:]])
    monkeypatch.setattr(changes, "_moved", lambda *_: False)
    monkeypatch.setattr(
        changes, "settle", lambda entries, *, limits: _first_come(list(entries), limits=limits)
    )
    assert outcome([told]) != outcome([told[1:], told[:1]])


def _first_come(entries: list[Any], *, limits: bool) -> Any:
    counted = [one for one in entries if one.seq]
    return _SETTLE(counted or entries[:1], limits=limits)


_SETTLE = changes.settle
