"""Two at once: exactly one wins, the others are told, and a careless house would be caught."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction

from yichuang.cases import commands
from yichuang.cases.commands import Stepped, step
from yichuang.cases.flow import Action, Outcome, State
from yichuang.cases.queries import CaseRow, load, statement_text
from yichuang.cases.tests import factories as make
from yichuang.cases.tests.crowd import AS_READ, PATIENCE_SECONDS, together
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict

pytestmark = pytest.mark.usefixtures("committed")
CLERKS, CASES = 12, 60
AFTER = make.AT + timedelta(days=1)


def one_winner_each(wins: list[tuple[UUID, Actor]], cases: list[UUID]) -> None:
    """Every case was won once, by the one who now holds it."""
    assert sorted(case for case, _ in wins) == sorted(cases)
    for case, winner in wins:
        assert make.fresh(case).work_holder_id == winner.id


def grab(cases: list[UUID], by: Actor, take: Callable[[UUID, Actor], bool]) -> list[tuple[UUID, Actor]]:
    """Try for every case, in an order of one's own."""
    order = random.Random(str(by.id)).sample(cases, len(cases))
    return [(case, by) for case in order if take(case, by)]


def claimed(case: UUID, by: Actor) -> bool:
    """Whether the claim was won; the loser is told who holds the case."""
    try:
        commands.claim(case, by=by, at=make.AT)
    except Conflict as conflict:
        if make.fresh(case).work_holder_name not in conflict.message:
            raise
        return False
    return True


def people_and_cases(cases: int) -> tuple[list[Actor], list[UUID]]:
    """Clerks, and cases that wait for acceptance, all committed."""
    clerks = [people.clerk(f"clerk{n}") for n in range(CLERKS)]
    return clerks, [make.filed().id for _ in range(cases)]


def test_of_twelve_clerks_one_claims_each_of_sixty_cases() -> None:
    clerks, cases = people_and_cases(CASES)
    found = together([lambda by=by: grab(cases, by, claimed) for by in clerks])  # type: ignore[misc]
    wins = [win for wins in found if not isinstance(wins, Exception) for win in wins]
    assert not [error for error in found if isinstance(error, Exception)]
    one_winner_each(wins, cases)


def test_a_claim_that_reads_before_it_writes_would_be_caught() -> None:
    """The broken variant: look whether the work is free, then take it."""
    clerks, cases = people_and_cases(1)
    looked = threading.Barrier(CLERKS)

    def naive(case: UUID, by: Actor) -> bool:
        free = sql.one("select 1 from cases_work where case_id = %(id)s and holder_id is null", {"id": case})
        looked.wait(PATIENCE_SECONDS)
        return bool(free) and bool(
            sql.execute(
                "update cases_work set holder_id = %(me)s where case_id = %(id)s", {"me": by.id, "id": case}
            )
        )

    found = together([lambda by=by: grab(cases, by, naive) for by in clerks])  # type: ignore[misc]
    wins = [win for wins in found if not isinstance(wins, Exception) for win in wins]
    assert len(wins) == CLERKS
    with pytest.raises(AssertionError):
        one_winner_each(wins, cases)


@contextmanager
def both_have_read(monkeypatch: pytest.MonkeyPatch, readers: int) -> Iterator[None]:
    """Nobody writes before everybody has read."""
    have_read = threading.Barrier(readers)
    seen = threading.local()

    def slow(case_id: UUID, *, by: Actor, key: str | None = None) -> CaseRow | None:
        row = load(case_id, key)
        if not getattr(seen, "once", False):
            seen.once = True
            have_read.wait(PATIENCE_SECONDS)
        return row

    with monkeypatch.context() as patch:
        patch.setattr(step, "load_visible", slow)
        yield


def decide_at_once(monkeypatch: pytest.MonkeyPatch) -> tuple[UUID, list[Stepped | Exception]]:
    """Two heads decide the same case differently."""
    row, heads = make.in_review(), [people.head(), people.head(username="deputy")]
    outcomes = (Outcome.GRANTED, Outcome.DENIED)

    def one(by: Actor, outcome: Outcome) -> Stepped:
        return commands.decide(row.id, outcome=outcome, reason="见审查意见", by=by, at=AFTER, key=make.key())

    with both_have_read(monkeypatch, 2):
        works = [lambda b=b, o=o: one(b, o) for b, o in zip(heads, outcomes, strict=True)]
        return row.id, together(works)


def decided_once(case: UUID, found: list[Stepped | Exception]) -> None:
    """One decision, one document number, one conflict."""
    assert [fact.kind for fact in facts_of(case)].count("case.decided") == 1
    assert [type(one) for one in found if isinstance(one, Exception)] == [Conflict]
    numbers = sql.rows(
        "select last from journal_series where series like 'document:%%:decision%%' order by 1"
    )
    assert numbers == [(1,)]


def test_two_deciders_make_one_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    case, found = decide_at_once(monkeypatch)
    decided_once(case, found)
    assert make.fresh(case).state == State.DECIDED


def test_a_step_that_does_not_name_its_version_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: the statement without `state = … and seq = …`, nor the row as it was read."""
    careless = statement_text("step")
    for guard in ("c.state = %(from)s and c.seq = %(seq)s", AS_READ):
        assert guard in careless
        careless = careless.replace(guard, "true")
    monkeypatch.setattr(step, "statement_text", lambda name: careless)
    case, found = decide_at_once(monkeypatch)
    with pytest.raises(AssertionError):
        decided_once(case, found)


def test_an_impatient_click_times_eight_is_one_step() -> None:
    row, by, key = make.filed(), people.clerk(), make.key()
    found = together([lambda: commands.accept(row.id, by=by, at=make.AT, key=key) for _ in range(8)])
    steps = [one for one in found if isinstance(one, Stepped)]
    assert len(steps) == 8
    assert {(one.seq, one.document_number) for one in steps} == {(2, steps[0].document_number)}
    assert [one.replayed for one in steps].count(False) == 1
    assert [fact.kind for fact in facts_of(row.id)] == ["case.filed", "case.accepted"]
    assert sql.rows("select last from journal_series where series like 'document:%%:acceptance:%%'") == [(1,)]


def test_different_steps_at_once_never_fork_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    row = make.proposed()
    actions = (
        Action.SEND_BACK,
        Action.EXTEND,
        Action.PAUSE,
        Action.WITHDRAW,
        Action.TERMINATE,
        Action.DECIDE,
    )
    with both_have_read(monkeypatch, len(actions)):
        found = together([lambda a=a: make.perform(row, a, SYSTEM, at=AFTER) for a in actions])  # type: ignore[misc]
    won = [one for one in found if isinstance(one, Stepped)]
    assert len(won) == 1
    assert all(isinstance(one, Conflict) for one in found if not isinstance(one, Stepped))
    assert [fact.seq for fact in facts_of(row.id)] == [1, 2, 3, 4]


def test_a_claim_between_the_read_and_the_write_of_a_step_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The head extends while a reviewer takes the work: the reviewer keeps it."""
    row, reviewer = make.in_review(), people.reviewer()

    def meanwhile(case_id: UUID, *, by: Actor, key: str | None = None) -> CaseRow | None:
        found = load(case_id, key)
        commands.claim(case_id, by=reviewer, at=AFTER)
        return found

    monkeypatch.setattr(step, "load_visible", meanwhile)
    with transaction.atomic():
        make.perform(row, Action.EXTEND, people.head(), at=AFTER)
    assert make.fresh(row.id).work_holder_id == reviewer.id


def test_work_that_moves_on_under_a_claim_is_told_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    row, reviewer = make.in_review(), people.reviewer()

    def meanwhile(case_id: UUID, *, by: Actor, key: str | None = None) -> CaseRow | None:
        found = load(case_id, key)
        if found and found.work_kind == "review":
            make.perform(found, Action.PROPOSE, SYSTEM, at=AFTER)
        return found

    monkeypatch.setattr("yichuang.cases.commands.work.load_visible", meanwhile)
    with pytest.raises(Conflict, match="转入下一环节"):
        commands.claim(row.id, by=reviewer, at=AFTER)
