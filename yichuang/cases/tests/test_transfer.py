"""An item passes to another department: what moves, what stays, twice, too early, and steps taken meanwhile."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from yichuang.cases import commands
from yichuang.cases.commands.transfer import (
    TransferForm,
    cancel_transfer,
    execute_due,
    execute_transfer,
    plan_transfer,
)
from yichuang.cases.flow import OPEN_STATES, Outcome, State
from yichuang.cases.models import Transfer
from yichuang.cases.queries import CaseRow
from yichuang.cases.queries.transfers import moving, transfer, transfers
from yichuang.cases.tests import factories as make
from yichuang.catalogue.models import Authorisation, Item, ReviewTask
from yichuang.catalogue.tests import factories as catalogue
from yichuang.catalogue.tests.factories import departments
from yichuang.catalogue.tests.factories_authorisations import open_to_window
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem, Refused

pytestmark = pytest.mark.django_db

ON = make.AT.date() + timedelta(days=30)
WHEN = make.AT + timedelta(days=30)


def keeper(*, everywhere: bool = True, of: str = "centre_catalogue") -> Actor:
    """Somebody who keeps lists and transfers."""
    capabilities = [Capability.CATALOGUE_READ, Capability.CATALOGUE_LISTS]
    return catalogue.somebody(f"keeper-{of}-{everywhere}", capabilities, of=of, everywhere=everywhere)


def world() -> tuple[Item, Department]:
    """取水许可 of the department in which the cases of these tests are filed, and the department that it goes to."""
    item = catalogue.published().item
    # The departments of the cases' own tests have numbers that packaged ones have too.
    for number, (pk,) in enumerate(
        Department.objects.filter(number_code__in=["119", "901"]).values_list("pk")
    ):
        Department.objects.filter(pk=pk).update(number_code=f"99{number}")
    department = people.department()
    Item.objects.filter(pk=item.pk).update(department=department)
    item.refresh_from_db()
    return item, departments()["ecology"]


def of_item(item: Item, row: CaseRow) -> CaseRow:
    """The case, filed for this item."""
    sql.execute("update cases_case set item_id = %(item)s where id = %(id)s", {"item": item.pk, "id": row.id})
    return make.fresh(row.id)


def planned(
    item: Item, to: Department, *, on: date = ON, key: str = "k" * 12, by: Actor | None = None
) -> Transfer:
    form = TransferForm(item.pk, to.pk, on, "机构改革方案第三条", "川示编发〔2022〕3号")
    return plan_transfer(form, by=by or keeper(), at=make.AT, key=key)


def written(subject: UUID) -> list[tuple[str, UUID, bytes, bytes]]:
    """The facts of a subject as they were written: kind, department, hash before, hash."""
    found = sql.rows(
        "select kind, department_id, prev_hash, hash from journal_fact where subject_id = %(id)s order by seq",
        {"id": subject},
    )
    return [(row[0], row[1], bytes(row[2]), bytes(row[3])) for row in found]


def counted(department: UUID) -> list[tuple[str, int]]:
    """Facts of cases by kind, counted for a department by a statement of the test's own."""
    found = sql.rows(
        "select kind, count(*) from journal_fact where subject_kind = 'case' and department_id = %(id)s "
        "and kind <> 'case.transferred' group by kind order by kind",
        {"id": department},
    )
    return [(row[0], row[1]) for row in found]


def test_open_cases_move_with_number_clock_and_chain_and_closed_ones_stay() -> None:
    item, to = world()
    opened = [
        of_item(item, row)
        for row in (make.filed(), make.correcting(), make.in_review(), make.paused(), make.decided())
    ]
    closed = of_item(item, make.delivered())
    other = make.in_review()
    before = counted(item.department_id)
    done = execute_transfer(planned(item, to).pk, by=SYSTEM, at=WHEN)
    assert done.transfer.moved["cases"] == {str(State(row.state)): 1 for row in opened}
    for row in opened:
        now = make.fresh(row.id)
        assert now.department_id == to.pk
        assert (now.number, now.state, now.due_on, now.days_left) == (
            row.number,
            row.state,
            row.due_on,
            row.days_left,
        )
        assert (now.seq, now.work_kind, now.work_due_on) == (row.seq + 1, row.work_kind, row.work_due_on)
        assert now.work_holder_id is None
        *_, last, transferred = written(row.id)
        assert transferred[:2] == ("case.transferred", to.pk)
        assert last[1] == item.department_id
        assert transferred[2] == last[3] == bytes(row.last_hash)
        assert transferred[3] == bytes(now.last_hash)
    assert make.fresh(closed.id).department_id == item.department_id
    assert make.fresh(other.id).department_id == item.department_id
    assert counted(item.department_id) == before
    desk = sql.rows(
        "select distinct department_id from cases_work where case_id = any(%(ids)s)",
        {"ids": [r.id for r in opened]},
    )
    assert desk == [(to.pk,)]


def test_the_chain_of_a_moved_case_can_be_recomputed_and_goes_on() -> None:
    item, to = world()
    row = of_item(item, make.in_review())
    execute_transfer(planned(item, to).pk, by=SYSTEM, at=WHEN)
    wrong = sql.rows(
        "select f.seq from journal_fact f where f.subject_id = %(id)s and f.hash <> journal_fact_hash(f.prev_hash, "
        "f.subject_id, f.seq, journal_place(f.subject_kind, f.department_id, f.key, f.key_hash), f.kind, f.at, f.actor, "
        "f.ground, f.number, f.data)",
        {"id": row.id},
    )
    assert wrong == []
    commands.decide(row.id, outcome=Outcome.GRANTED, by=people.head(to, "head.new"), at=WHEN, key=make.key())
    assert written(row.id)[-1][1] == to.pk


def test_what_belongs_to_the_item_goes_along_with_one_fact() -> None:
    item, to = world()
    open_to_window(item, make.AT)
    assert (moving(item).authorisations, moving(item).manuals, moving(item).guides) == (1, 1, 1)
    execute_transfer(planned(item, to).pk, by=SYSTEM, at=WHEN)
    moved = Item.objects.get(pk=item.pk)
    assert moved.department_id == to.pk
    assert Authorisation.objects.get(item=item).department_id == to.pk
    told = [fact for fact in facts_of(item.pk) if fact.kind == "item.transferred"]
    assert [row[1] for row in written(item.pk) if row[0] == "item.transferred"] == [to.pk]
    assert told[0].data["authorisations"] == 1
    review = ReviewTask.objects.get(item=item)
    assert (review.department_id, review.state) == (to.pk, "open")
    assert "转隶" in review.why


def test_executed_twice_it_moves_once() -> None:
    item, to = world()
    row = of_item(item, make.in_review())
    plan = planned(item, to)
    assert not execute_transfer(plan.pk, by=SYSTEM, at=WHEN).replayed
    assert execute_transfer(plan.pk, by=SYSTEM, at=WHEN).replayed
    assert execute_due(at=WHEN) == []
    assert [fact.kind for fact in facts_of(row.id)].count("case.transferred") == 1


def test_not_before_its_day_and_then_by_itself() -> None:
    item, to = world()
    plan = planned(item, to)
    with pytest.raises(Invalid, match="现在不能执行"):
        execute_transfer(plan.pk, by=keeper(), at=WHEN - timedelta(days=1))
    assert execute_due(at=WHEN - timedelta(days=1)) == []
    assert [(row.pk, words) for row, words in execute_due(at=WHEN)] == [(plan.pk, "")]


def test_trouble_is_kept_and_does_not_stop_the_others() -> None:
    item, to = world()
    plan = planned(item, to)
    Item.objects.filter(pk=item.pk).update(department=to)
    done = execute_due(at=WHEN)
    assert [words for _, words in done] == [f"“{item.name}”已不属于原部门。"]
    assert Transfer.objects.get(pk=plan.pk).trouble == done[0][1]


def test_more_cases_than_a_page_may_move_wait_for_the_tool() -> None:
    item, to = world()
    for _ in range(3):
        of_item(item, make.filed())
    plan = planned(item, to)
    with pytest.raises(Invalid, match="在办件有3件"):
        execute_transfer(plan.pk, by=keeper(), at=WHEN, most=2)
    assert Item.objects.get(pk=item.pk).department_id == item.department_id
    assert execute_transfer(plan.pk, by=SYSTEM, at=WHEN, most=None).transfer.moved["cases"] == {"received": 3}


@pytest.mark.parametrize("state", ["planned", "executed", "cancelled"])
@pytest.mark.parametrize("action", ["execute", "cancel"])
def test_every_state_with_every_action(state: str, action: str) -> None:
    item, to = world()
    plan, by = planned(item, to), keeper()
    if state == "executed":
        execute_transfer(plan.pk, by=by, at=WHEN)
    elif state == "cancelled":
        cancel_transfer(plan.pk, reason="文件未印发", by=by, at=make.AT)

    def act() -> None:
        if action == "execute":
            execute_transfer(plan.pk, by=by, at=WHEN)
        else:
            cancel_transfer(plan.pk, reason="文件未印发", by=by, at=WHEN)

    allowed = state == "planned" or (state, action) == ("executed", "execute")
    if allowed:
        act()
    else:
        with pytest.raises(Conflict):
            act()
    found = Transfer.objects.get(pk=plan.pk)
    assert (found.executed_at is None) or (found.cancelled_at is None)


def test_who_may_and_what_is_asked() -> None:
    item, to = world()
    with pytest.raises(Refused):
        planned(item, to, by=catalogue.somebody("reader", [Capability.CATALOGUE_READ], everywhere=True))
    with pytest.raises(Refused, match="两个部门"):
        planned(item, to, by=keeper(everywhere=False, of="water"))
    with pytest.raises(Invalid) as caught:
        plan_transfer(
            TransferForm(None, None, make.AT.date() - timedelta(days=1), " ", ""),
            by=keeper(),
            at=make.AT,
            key="x" * 9,
        )
    assert set(caught.value.fields) == {
        "item",
        "to_department",
        "effective_on",
        "legal_basis",
        "document_number",
    }
    with pytest.raises(Invalid) as caught:
        planned(item, Department.objects.get(pk=item.department_id))
    assert set(caught.value.fields) == {"to_department"}
    plan = planned(item, to)
    assert planned(item, to).pk == plan.pk
    with pytest.raises(Conflict, match="计划中"):
        planned(item, to, key="z" * 12)
    with pytest.raises(Invalid):
        cancel_transfer(plan.pk, reason=" ", by=keeper(), at=make.AT)
    for act in (
        lambda: cancel_transfer(uuid4(), reason="x", by=keeper(), at=make.AT),
        lambda: execute_transfer(uuid4(), by=keeper(), at=WHEN),
    ):
        with pytest.raises(Missing):
            act()


def test_a_department_sees_only_its_own_transfers() -> None:
    item, to = world()
    plan = planned(item, to)
    capabilities = [Capability.CATALOGUE_READ]
    theirs = catalogue.somebody("eco", capabilities, of="ecology")
    stranger = catalogue.somebody("com", capabilities, of="commerce")
    assert [row.pk for row in transfers(by=theirs).rows] == [plan.pk]
    assert transfers(by=stranger).rows == []
    assert transfer(plan.pk, by=theirs).pk == plan.pk
    with pytest.raises(Missing):
        transfer(plan.pk, by=stranger)
    with sql.counting() as statements:
        transfers(by=theirs)
    assert len(statements) == 1


def test_a_step_from_before_the_transfer_is_a_conflict_and_loses_nothing() -> None:
    item, to = world()
    row = of_item(item, make.in_review())
    execute_transfer(planned(item, to).pk, by=SYSTEM, at=WHEN)
    everywhere = people.reviewer()
    with pytest.raises(Problem):
        commands.propose(
            row.id,
            outcome=Outcome.GRANTED,
            opinion="符合条件",
            by=everywhere,
            at=WHEN,
            key=make.key(),
            seen=row.seq,
        )
    assert make.fresh(row.id).seq == row.seq + 1
    assert len(OPEN_STATES) == 5
