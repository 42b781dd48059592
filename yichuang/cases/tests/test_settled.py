"""Nothing is proposed or decided over what began beside the case after it was read: an opinion asked, a draw, a survey."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from yichuang.cases import commands
from yichuang.cases.commands import experts, opinions, step
from yichuang.cases.commands.decision import decision_plan
from yichuang.cases.commands.levels import proposal_plan
from yichuang.cases.commands.opinions import Question
from yichuang.cases.commands.step import Asking, Plan, Ready, Step, Stepped, begin, finish, finish_all
from yichuang.cases.flow import Action, Outcome, State
from yichuang.cases.flow.reviewers import Stance
from yichuang.cases.models import Opinion
from yichuang.cases.queries import CaseRow, statement_text
from yichuang.cases.queries import one as reading
from yichuang.cases.tests import factories as make
from yichuang.cases.tests import factories_reviewers as some
from yichuang.cases.tests.crowd import AS_READ, PATIENCE_SECONDS, together
from yichuang.directory.tests import factories as people
from yichuang.directory.tests.machines import machine_of
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.api import read_body
from yichuang.kernel.errors import Conflict

AT, LATER = make.AT, make.AT + timedelta(days=1)
LATE = make.AT + timedelta(days=20)
DECIDE, PROPOSE = {"outcome": "granted"}, {"outcome": "granted", "opinion": "符合条件"}


def deciding() -> Plan:
    """A decision."""
    return decision_plan(Asking(people.head(), LATE, make.key()), outcome=Outcome.GRANTED, reason="")


def proposing() -> Plan:
    """An opinion that goes up."""
    who = Asking(people.reviewer(), LATE, make.key())
    return proposal_plan(who, outcome=Outcome.GRANTED, opinion="符合条件")


def nothing_yet() -> CaseRow:
    """A case in examination, and people and experts who could be asked."""
    some.pool(3)
    return make.in_review()


def ruled() -> CaseRow:
    """A case whose only question was never answered, and ruled on."""
    made = some.asked(make.in_review())
    opinions.rule_on_opinion(made.pk, "逾期，不再等待。", seen=1, by=some.lead(), at=LATE, key=make.key())
    return make.fresh(made.case_id)


def ask(row: CaseRow) -> object:
    """Another department is asked."""
    return some.asked(row)


def draw(row: CaseRow) -> object:
    """Experts are drawn."""
    form = some.draw_form(wanted=1, reserve=1)
    return experts.draw_experts(row.id, form, by=some.lead(), at=AT, key=make.key())


def visit(row: CaseRow) -> object:
    """A survey is arranged."""
    return some.planned(row)


def disagree(row: CaseRow) -> object:
    """A late answer takes the place of the ruling about silence."""
    made = Opinion.objects.get(case_id=row.id)
    return opinions.answer_opinion(
        made.pk, Stance.DISAGREE, "影响用水。", seen=made.edit, by=some.opiner(), at=LATE, key=make.key()
    )


BEGINS: list[tuple[Callable[[], CaseRow], Callable[[CaseRow], object]]] = [
    (nothing_yet, ask), (nothing_yet, draw), (nothing_yet, visit), (ruled, disagree),
]  # fmt: skip


def overtaken(row: CaseRow, begins: Callable[[CaseRow], object]) -> list[Step]:
    """A decision and a proposal that were judged by what is true no longer."""
    judged = []
    for plan in (deciding(), proposing()):
        ready = begin(row.id, plan.ask)
        assert isinstance(ready, Ready)
        judged.append(Step(plan.ask, ready, plan.judge(ready)))
    begins(row)
    assert [make.fresh(row.id).awaited] == [True]
    return judged


def careless(name: str) -> str:
    """The broken variant: a step asks for the state and version of the case alone."""
    assert AS_READ in statement_text("step")
    return statement_text(name).replace(AS_READ, "true")


@pytest.mark.django_db
@pytest.mark.parametrize(("before", "begins"), BEGINS, ids=["opinion", "review", "survey", "late-answer"])
def test_what_began_after_the_read_stops_the_step(
    before: Callable[[], CaseRow], begins: Callable[[CaseRow], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = before()
    judged = overtaken(row, begins)
    for one in judged:
        with pytest.raises(Conflict, match="目前为「审查」，有意见、评审或者核查尚未办结"):
            finish(one.ask, one.ready, one.change)
        assert not finish_all([one]), "many at once are asked the same"
    assert make.fresh(row.id).seq == row.seq
    monkeypatch.setattr(step, "statement_text", careless)
    finish(judged[0].ask, judged[0].ready, judged[0].change)
    assert make.fresh(row.id).state == State.DECIDED, "decided over what nobody has answered"


@pytest.mark.django_db
def test_what_begins_beside_a_case_stops_no_step_that_it_does_not_concern() -> None:
    row = make.in_review()
    seen = make.fresh(row.id)
    some.asked(row)
    after = make.fresh(row.id)
    assert (after.seq, after.last_hash, after.row_version == seen.row_version) == (
        seen.seq,
        seen.last_hash,
        False,
    )
    waiting = step.Ask(Action.ENDORSE, SYSTEM, LATER, make.key(), seen.seq)
    ready = step.admit(seen, waiting)
    assert isinstance(ready, Ready)
    assert finish(waiting, ready, step.Change(ready.case)).seq == seen.seq + 1


@pytest.mark.django_db
def test_an_engine_that_distributes_is_asked_for_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it cannot answer in one question with the rest is asked apart; of one server too it is the same answer."""
    one, other = make.in_review(), make.in_review()
    known = make.fresh(one.id)
    monkeypatch.setattr(sql, "distributes", lambda: True)
    with sql.counting() as statements:
        row = make.fresh(one.id)
        many = reading.load_many([one.id, other.id], "k")
    assert (row, row.row_version) == (known, known.row_version)
    assert many[one.id].row_version == known.row_version
    assert [("select x.xmin::text" in text, "c.xmin" in text) for text in statements] == [(True, False)] * 2


class TestSlowBody:
    """A machine's step is read with its token, before its words are there."""

    @pytest.fixture(autouse=True)
    def _day(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("config.front_door.now", lambda: LATE)

    def during(self, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
        """Something happens while the body of the request comes in."""

        def slow(*given: Any, **more: Any) -> dict[str, Any]:
            happens()
            return read_body(*given, **more)

        monkeypatch.setattr("yichuang.cases.api.steps.read_body", slow)

    def fresh_for(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        monkeypatch.setattr(reading, "FRESH_SECONDS", seconds)

    @pytest.mark.django_db
    def test_an_opinion_asked_meanwhile_is_not_decided_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        row, head, lead = make.in_review(), machine_of(people.head()), some.lead()
        where = f"/api/v1/cases/{row.number}/decide"
        self.during(monkeypatch, lambda: Opinion.objects.exists() or some.asked(row, by=lead))
        self.fresh_for(monkeypatch, 60)
        answered = head.post(where, DECIDE, make.key())
        assert (answered.status_code, answered.json()["current"]["state"]) == (409, "review")
        self.fresh_for(monkeypatch, -1)
        assert head.post(where, DECIDE, make.key()).status_code == 422
        assert [fact.kind for fact in facts_of(row.id)].count("case.decided") == 0

    @pytest.mark.django_db
    def test_a_statement_without_the_guard_would_decide(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The broken variant."""
        row, lead = make.in_review(), some.lead()
        self.during(monkeypatch, lambda: some.asked(row, by=lead))
        self.fresh_for(monkeypatch, 60)
        monkeypatch.setattr(step, "statement_text", careless)
        answered = machine_of(people.head()).post(f"/api/v1/cases/{row.number}/decide", DECIDE, make.key())
        assert answered.status_code == 200

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        ("fresh", "status"), [(-1, 200), (60, 409)], ids=["read anew", "broken: for ever"]
    )
    def test_who_sends_slowly_is_judged_by_the_case_as_it_stands_then(
        self, monkeypatch: pytest.MonkeyPatch, fresh: float, status: int
    ) -> None:
        row = make.in_review()
        self.during(monkeypatch, lambda: make.perform(make.fresh(row.id), Action.EXTEND, SYSTEM, at=LATE))
        self.fresh_for(monkeypatch, fresh)
        propose = f"/api/v1/cases/{row.number}/propose"
        answered = machine_of(people.reviewer()).post(propose, PROPOSE, make.key())
        assert answered.status_code == status


# Somebody waits for a lock of this very session.
WAITED_FOR = "select exists (select from pg_locks l where not l.granted and pg_backend_pid() = any(pg_blocking_pids(l.pid)))"


def at_once(
    first: Callable[[], object], second: Callable[[], object]
) -> tuple[object | Exception, object | Exception]:
    """The second comes when the first has written and not yet committed; that is until the second waits or is done."""
    written, over = threading.Event(), threading.Event()

    def one() -> object:
        with transaction.atomic():
            found = first()
            written.set()
            end = time.monotonic() + PATIENCE_SECONDS
            while time.monotonic() < end and not over.wait(0.005) and sql.one(WAITED_FOR) == (False,):
                pass
            return found

    def two() -> object:
        written.wait(PATIENCE_SECONDS)
        try:
            return second()
        finally:
            over.set()

    found = together([one, two])
    return found[0], found[1]


@pytest.mark.usefixtures("committed")
def test_asking_and_deciding_at_the_same_moment_never_both_succeed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither sees what the other has not committed: the case's row is what they meet at."""
    head, lead, where = people.head(), some.lead(), some.commerce().pk

    def decide(case_id: UUID) -> Stepped:
        return commands.decide(case_id, outcome=Outcome.GRANTED, by=head, at=LATE, key=make.key())

    def ask_about(case_id: UUID) -> object:
        return opinions.ask_opinions(
            case_id, [Question(where, "是否影响用水？", 5)], by=lead, at=AT, key=make.key()
        )

    def decided_and_asked(case_id: UUID) -> tuple[bool, bool]:
        return make.fresh(case_id).state == State.DECIDED, Opinion.objects.filter(case_id=case_id).exists()

    case = make.in_review().id
    _, lost = at_once(lambda: ask_about(case), lambda: decide(case))
    assert isinstance(lost, Conflict), lost
    assert decided_and_asked(case) == (False, True)
    case = make.in_review().id
    _, lost = at_once(lambda: decide(case), lambda: ask_about(case))
    assert isinstance(lost, Conflict), lost
    assert "不在审查中" in lost.message
    assert decided_and_asked(case) == (True, False)
    # The broken variants: a step that does not look at the row, a question that does not touch it.
    with monkeypatch.context() as patch:
        patch.setattr(step, "statement_text", careless)
        case = make.in_review().id
        at_once(lambda: ask_about(case), lambda: decide(case))
        assert decided_and_asked(case) == (True, True)
    monkeypatch.setattr(opinions, "hold", lambda row: None)
    for first, second in ((ask_about, decide), (decide, ask_about)):
        case = make.in_review().id
        at_once(lambda case=case, act=first: act(case), lambda case=case, act=second: act(case))  # type: ignore[misc]
        assert decided_and_asked(case) == (True, True)
