"""Whatever systems send, in whatever order, and whatever people decide about it: the recount finds no difference.

Figures, rows, doubts, chains and the sums of batches are five tellings of one truth; after every step they must agree.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.directory.tests.factories import PROVINCE
from yichuang.effects.commands import drain_all
from yichuang.exchange.commands.batches import run_batch
from yichuang.exchange.commands.destroy import destroy_reported
from yichuang.exchange.commands.resolving import drop_doubt, take_doubt
from yichuang.exchange.flow import Reason
from yichuang.exchange.models import Batch, Case, Quarantine
from yichuang.exchange.queries.overview import standings
from yichuang.exchange.rules import changes
from yichuang.exchange.rules.keeping import unpack
from yichuang.exchange.rules.settle import settle
from yichuang.exchange.tests import factories as make
from yichuang.exchange.tests.test_resolving import decide, opened
from yichuang.exchange.tests.test_sets import KINDS
from yichuang.journal.queries import checked_facts
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Problem
from yichuang.statistics.commands.recount import recount

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2022, 5, 1), date(2022, 5, 31)


FACTS = """
select kind, sum(coalesce((data::jsonb ->> 'quantity')::int, 1)) from journal_fact
where subject_kind = 'reported' and data::jsonb ->> 'item_id' is not null group by 1
"""


def counted() -> dict[str, int]:
    """What the facts count by kind."""
    return {kind.partition(".")[2]: int(count) for kind, count in sql.rows(FACTS) if count}


class _Undone(Exception):
    """Takes a history back: facts are never deleted."""


@contextmanager
def undone() -> Iterator[None]:
    """Nothing of what happens in it is left."""
    with suppress(_Undone), transaction.atomic():
        yield
        raise _Undone


def agrees() -> None:
    """The five tellings agree. The figures of the drain are recounted from facts, the facts from the rows."""
    rows = list(Case.objects.all())
    for row in rows:
        checked = checked_facts(row.pk)
        assert all(one.sound for one in checked), [(one.seq, one.kind) for one in checked if not one.sound]
        assert (len(checked), bytes(row.last_hash)) == (row.seq, checked[-1].hash if checked else b"")
        entries = unpack(row.events, row.item_code)
        settled = settle(entries, limits=False)
        assert row.state == settled.state.value
        # What counts by the rule is what counts by a fact, and each fact by which something counts is of its kind.
        counts = {one.no for one in entries if one.no not in settled.reasons}
        assert counts == {one.no for one in entries if one.seq}
        kinds = {one.seq: one.kind for one in checked}
        assert all(kinds[one.seq] == one.kind.fact for one in entries if one.seq)
        inside = Quarantine.objects.filter(case_id=row.pk, state__in=["open", "waiting"])
        weighed = [
            one for one in inside if any(e.no == one.event_no and e.digest == one.digest for e in entries)
        ]
        assert len(weighed) == row.doubts
    told = sum(one.open for one in standings(by=make.resolver()))
    assert told == sum(row.state in ("accepted", "special") for row in rows)
    sums = Batch.objects.values_list("received", "taken", "known", "quarantined", "refused")
    assert all(one[0] == sum(one[1:]) for one in sums)


def recounted() -> None:
    """Drained, the tables of figures equal what the facts say, cell by cell; and no cell is below nothing."""
    drain_all(at=make.AT)
    found = recount(FIRST, LAST, by=SYSTEM, at=make.AT)
    assert (found.differences, found.found) == (0, "")
    below = sql.rows(
        "select kind, sum(count) from statistics_daily where kind like 'reported.%%' group by 1 having sum(count) < 0",
        {"none": None},
    )
    assert below == []


@st.composite
def told(draw: st.DrawFn) -> dict[str, Any] | str:
    """One line: mostly an event of one of two cases, sense and nonsense; numbers come again with other bodies."""
    if draw(st.integers(0, 11)) == 0:
        return draw(st.sampled_from(["{", "[]", '{"source_number":"S-1"}', "null", '"x"']))
    kind = draw(st.sampled_from(KINDS))
    more: dict[str, Any] = {}
    if kind == "corrected":
        more["takes_back"] = draw(st.integers(8, 9)) if draw(st.booleans()) else draw(st.integers(1, 6))
    if draw(st.integers(0, 5)) == 0:
        more["item_code"] = draw(st.sampled_from([make.OTHER, make.FOREIGN, "nope"]))
    if draw(st.integers(0, 5)) == 0:
        more["region"] = draw(st.sampled_from([PROVINCE, "510100000000"]))
    if kind == "decided":
        more |= {"days_used": draw(st.integers(0, 3)), "limit_days": 2}
    no = draw(st.integers(1, 6)) if kind != "corrected" else 7
    day = f"2022-05-{draw(st.integers(6, 14)):02d}"
    return make.event(draw(st.sampled_from(["S-1", "S-2"])), no, kind, day, **more)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_after_any_batches_and_decisions_the_recount_finds_no_difference(data: st.DataObject) -> None:
    by, judge = make.reporter(), make.resolver()
    with undone():
        make.system(by, regional=True)
        for _ in range(data.draw(st.integers(1, 3))):
            make.send(data.draw(st.lists(told(), min_size=1, max_size=9)), by=by)
            for doubt in list(Quarantine.objects.filter(state__in=["open", "waiting"]).order_by("pk"))[:2]:
                command = data.draw(st.sampled_from([take_doubt, drop_doubt, None]))
                with suppress(Problem), transaction.atomic():
                    if command:
                        decide(command, doubt, by=judge)
            agrees()
            if data.draw(st.booleans()):
                recounted()
        recounted()


def test_a_case_that_forgets_to_take_back_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: what counts no more is not taken back; the tellings part."""
    monkeypatch.setattr(changes, "_void", lambda *_, **__: None)
    make.send([make.event(), make.event(no=2, kind="decided", day="2022-05-11")])
    make.send([make.event(no=3, kind="corrected", day="2022-05-12", takes_back=2)])
    with pytest.raises(AssertionError):
        agrees()


def test_a_figure_that_somebody_changed_would_be_found() -> None:
    """The broken variant of the recount."""
    make.send([make.event()])
    drain_all(at=make.AT)
    assert sql.execute(
        "update statistics_daily set count = count + 1 where kind = %(k)s", {"k": "reported.accepted"}
    )
    with pytest.raises(AssertionError):
        recounted()


def corrected(no: int, takes_back: int, day: str = "2022-05-12", number: str = "S-1") -> dict[str, Any]:
    """A correction."""
    return make.event(number, no, "corrected", day, takes_back=takes_back)


def test_corrections_of_corrections_change_nothing_and_a_new_event_does() -> None:
    make.send([make.event(), make.event(no=2, kind="decided", day="2022-05-11"), corrected(3, 2)])
    assert (counted(), opened()) == ({"accepted": 1}, 1)
    make.send([corrected(4, 3), corrected(5, 4), corrected(6, 2)])
    agrees()
    assert (counted(), opened()) == ({"accepted": 1}, 1)
    reasons = {one.event_no: one.reasons for one in Quarantine.objects.all()}
    assert reasons == {4: [Reason.CORRECTS_CORRECTION.value], 5: [Reason.CORRECTS_CORRECTION.value]}
    for doubt in Quarantine.objects.all():
        with pytest.raises(Problem):
            decide(take_doubt, doubt)
    make.send([make.event(no=7, kind="decided", day="2022-05-12")])
    assert (counted(), opened(), Case.objects.get().state) == ({"accepted": 1, "decided": 1}, 0, "decided")
    agrees()
    recounted()


def test_two_that_take_back_each_other_and_one_that_takes_back_itself() -> None:
    batch = make.send([corrected(2, 3), corrected(3, 2), corrected(4, 4), make.event()])
    assert (batch.refused, batch.quarantined, batch.taken) == (1, 2, 1)
    assert (counted(), opened()) == ({"accepted": 1}, 1)
    agrees()
    recounted()


def test_a_correction_that_is_dropped_gives_back_what_it_took() -> None:
    """A person may drop only what is in doubt: a correction that waits for its event, before the event comes."""
    make.send([corrected(2, 1)])
    waiting = Quarantine.objects.get()
    assert waiting.state == "waiting"
    decide(drop_doubt, waiting)
    make.send([make.event()])
    assert (counted(), opened()) == ({"accepted": 1}, 1)
    assert make.send([corrected(2, 1)]).known == 1
    assert counted() == {"accepted": 1}
    agrees()
    recounted()


def test_everything_taken_back_comes_to_nothing_day_by_day() -> None:
    kinds = ["accepted", "special_started", "special_ended", "decided", "delivered"]
    lines = [make.event(no=no, kind=kind, day=f"2022-05-{no:02d}") for no, kind in enumerate(kinds, 1)]
    make.send(lines)
    recounted()
    assert len(counted()) == 5
    make.send([corrected(no + 10, no, "2022-05-13") for no in range(1, 6)])
    agrees()
    recounted()
    assert (counted(), opened(), Case.objects.get().state) == ({}, 0, "unreported")
    # Each was taken back on the day on which it had counted.
    left = sql.rows(
        "select day, kind, sum(count) from statistics_daily where kind like 'reported.%%' group by 1, 2 having sum(count) <> 0",
        {"none": None},
    )
    assert left == []
    assert all(batch.known == 5 for batch in [make.send(lines)])


def test_an_item_corrected_moves_every_event_and_leaves_no_cell_behind() -> None:
    make.send([make.event(), make.event(no=2, kind="decided", day="2022-05-11")])
    recounted()
    make.send([make.event(no=1, item_code=make.OTHER)])
    assert Quarantine.objects.get().reasons == [Reason.OTHER_BODY.value]
    make.send([corrected(3, 1), make.event(no=4, item_code=make.OTHER), corrected(5, 2)])
    make.send([make.event(no=6, kind="decided", day="2022-05-11", item_code=make.OTHER)])
    agrees()
    recounted()
    cells = sql.rows(
        "select i.code, sum(f.quantity) from journal_fact x join lateral (select coalesce((x.data::jsonb->>'quantity')::int, 1) "
        "as quantity, (x.data::jsonb->>'item_id')::uuid as item_id) f on true join catalogue_item i on i.id = f.item_id "
        "where x.subject_kind = 'reported' group by 1 having sum(f.quantity) <> 0",
    )
    assert cells == [(make.OTHER, 2)]


def test_figures_follow_a_decision_that_turns_and_turns_again() -> None:
    make.send(
        [
            make.event(),
            make.event(no=2, kind="decided", day="2022-05-11"),
            make.event(no=3, kind="withdrawn", day="2022-05-12"),
        ]
    )
    for _ in range(2):
        doubt = Quarantine.objects.filter(state="open").first()
        if doubt is not None:
            with suppress(Problem), transaction.atomic():
                decide(take_doubt, doubt)
        agrees()
        recounted()
    assert sum(counted().values()) == 2


def test_a_batch_run_again_or_with_other_lines_counts_nothing_twice() -> None:
    lines = make.parsed([make.event(), make.event("S-2")])
    done = make.send([make.event(), make.event("S-2")])
    by: Actor = make.reporter()
    before = counted()
    run_batch(done, lines, by=by, at=make.AT)
    run_batch(done, make.parsed([make.event("S-3")] * 9), by=by, at=make.AT)
    assert (counted(), Batch.objects.get().received) == (before, 2)
    agrees()


def test_a_destroyed_case_still_counts_and_still_recounts() -> None:
    make.send([make.event(applicant_name="示例甲"), make.event(no=2, kind="decided", day="2022-05-11")])
    recounted()
    office = people.department("政务中心办公室", "9891", "川政务")
    by = people.staff(
        "archivist", people.post(office, "档案岗", [Capability.PRIVATE_DESTROY], everywhere=True)
    )
    row = Case.objects.get()
    destroy_reported(row.pk, "ordered", "示例1号", by=by, at=make.AT, key=uuid4().hex)
    agrees()
    recounted()
    make.send([corrected(3, 2), make.event(no=4, kind="terminated", day="2022-05-12")])
    agrees()
    recounted()
    assert Case.objects.get().state == "terminated"
    total = sql.rows(
        "select kind, sum(count) from statistics_daily where kind like 'reported.%%' group by 1 having sum(count) <> 0 order by 1",
        {"none": None},
    )
    assert [(kind, int(count)) for kind, count in total] == [
        ("reported.accepted", 1),
        ("reported.terminated", 1),
    ]
