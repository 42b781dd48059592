"""A transfer at the same moment as everything else that touches the item: nothing is lost, doubled or left behind."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from django.db import transaction

from yichuang.cases import commands
from yichuang.cases.commands.transfer import Executed, cancel_transfer, execute_due, execute_transfer
from yichuang.cases.flow import Action, Outcome
from yichuang.cases.models import Case, Transfer, Work
from yichuang.cases.queries import CaseRow
from yichuang.cases.queries.transfers import moving
from yichuang.cases.tests import factories as make
from yichuang.cases.tests.crowd import together
from yichuang.cases.tests.test_transfer import ON, WHEN, keeper, of_item, planned, world, written
from yichuang.catalogue.commands.authorisations import AuthorisationForm, authorise
from yichuang.catalogue.commands.authorisations_delegations import DelegationForm, delegate
from yichuang.catalogue.commands.laws import register_text
from yichuang.catalogue.models import Authorisation, Delegation, Item, ReviewTask
from yichuang.catalogue.tests import test_lists as lists
from yichuang.catalogue.tests.factories import departments
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Conflict, Problem, Refused
from yichuang.kernel.keys import uuid7

pytestmark = pytest.mark.usefixtures("committed")
ROUNDS = 4
WAITED_FOR = "select count(*) from pg_locks where not granted and transactionid = pg_current_xact_id()::xid"


def broken_chains() -> list[tuple[UUID, int]]:
    """Facts that do not follow the one before, or whose hash is not that of their content."""
    return sql.rows(
        "select f.subject_id, f.seq from journal_fact f left join journal_fact p on p.subject_id = f.subject_id "
        "and p.seq = f.seq - 1 where f.prev_hash <> coalesce(p.hash, ''::bytea) or (f.seq > 1 and p.seq is null) "
        "or f.hash <> journal_fact_hash(f.prev_hash, f.subject_id, f.seq, journal_place(f.subject_kind, "
        "f.department_id, f.key, f.key_hash), f.kind, f.at, f.actor, f.ground, f.number, f.data) "
        "order by f.subject_id, f.seq"
    )


def left_behind(item: Item, old: Department | UUID) -> int:
    """Open cases of the item that the department which gave it away still has, on its desk or in its list."""
    where = old if isinstance(old, UUID) else old.pk
    cases = Case.objects.filter(item_id=item.pk, department_id=where, closed_on__isnull=True)
    opened = list(
        cases.exclude(state__in=["refused", "terminated", "delivered"]).values_list("id", flat=True)
    )
    return len(opened) + Work.objects.filter(case_id__in=opened, department_id=where).count()


def step(row: CaseRow, action: Action) -> object:
    return make.perform(row, action, people.head(), at=WHEN)


def filing(item: Item, key: str) -> UUID:
    """A filing whose page was read before anything moved."""
    opening = make.opening(at=WHEN)
    values = {name: getattr(opening, name) for name in commands.Opening.__slots__} | {"item_id": item.pk}
    mine = commands.Opening(**values)
    with transaction.atomic():
        assert commands.file(mine, by=people.applicant_actor(), at=WHEN, key=key, key_hash="0" * 64)
    return mine.id


def test_a_decision_at_the_moment_of_the_transfer_is_taken_once_or_refused() -> None:
    for number in range(ROUNDS):
        decide_while_it_moves(number)
    assert broken_chains() == []


def decide_while_it_moves(number: int) -> None:
    item, to = world() if number == 0 else back()
    head = people.head()
    row = of_item(item, make.in_review())
    plan = planned(item, to, key=f"decide-{number:04d}")
    done, decided = together(
        [
            lambda: execute_transfer(plan.pk, by=SYSTEM, at=WHEN),
            lambda: commands.decide(row.id, outcome=Outcome.GRANTED, by=head, at=WHEN, key=make.key()),
        ]
    )
    assert isinstance(done, Executed)
    kinds = [kind for kind, *_ in written(row.id)]
    assert kinds.count("case.decided") == (not isinstance(decided, Exception))
    assert kinds.count("case.transferred") == 1
    if isinstance(decided, Exception):
        assert isinstance(decided, Problem), decided
    else:
        # A decided case has still to be delivered: it goes along.
        assert kinds[-2:] == ["case.decided", "case.transferred"]
    now = make.fresh(row.id)
    assert (now.department_id, now.seq) == (to.pk, len(kinds))


def back() -> tuple[Item, Department]:
    """The world again, with the item at home."""
    transfer = Transfer.objects.order_by("id")[0]
    home = Department.objects.get(pk=transfer.from_department_id)
    Item.objects.filter(pk=transfer.item_id).update(department=home)
    item = Item.objects.select_related("department").get(pk=transfer.item_id)
    return item, Department.objects.get(pk=transfer.to_department_id)


def test_every_last_step_at_the_moment_of_the_transfer_is_counted_on_one_side() -> None:
    """Withdrawn, refused, decided, delivered while the item moves: closed cases stay, open ones go, none does both."""
    item, to = world()
    old = item.department_id
    head, clerk, owner = people.head(), people.clerk(), people.applicant_actor()
    works: list[Callable[[], object]] = []
    rows: list[UUID] = []

    def add(row: CaseRow, work: Callable[[], object]) -> None:
        rows.append(of_item(item, row).id)
        works.append(work)

    for _ in range(3):
        filed = make.filed()
        add(filed, partial(commands.withdraw, filed.id, by=owner, at=WHEN, key=make.key()))
        review = make.in_review()
        add(
            review,
            partial(commands.decide, review.id, outcome=Outcome.GRANTED, by=head, at=WHEN, key=make.key()),
        )
        ready = make.decided()
        add(
            ready,
            partial(
                commands.deliver,
                ready.id,
                method="window",
                receiver="张示例",
                by=clerk,
                at=WHEN,
                key=make.key(),
            ),
        )
    plan = planned(item, to)
    done, *answers = together([lambda: execute_transfer(plan.pk, by=SYSTEM, at=WHEN), *works])
    assert isinstance(done, Executed), done
    assert all(not isinstance(one, Exception) or isinstance(one, Problem) for one in answers), answers
    moved = 0
    for case in rows:
        facts = written(case)
        kinds = [kind for kind, *_ in facts]
        now = make.fresh(case)
        assert now.seq == len(facts)
        if "case.transferred" in kinds:
            moved += 1
            assert now.department_id == to.pk
            at = kinds.index("case.transferred")
            assert {place for _, place, *_ in facts[:at]} == {old}
            assert {place for _, place, *_ in facts[at:]} == {to.pk}
        else:
            assert now.department_id == old
            assert {place for _, place, *_ in facts} == {old}
            assert kinds[-1] in ("case.withdrawn", "case.delivered")
    assert sum(done.transfer.moved["cases"].values()) == moved
    assert left_behind(item, old) == 0
    assert broken_chains() == []


def test_a_case_filed_while_the_item_moves_is_not_left_with_the_old_department() -> None:
    item, to = world()
    old = item.department_id
    plan = planned(item, to)
    works: list[Callable[[], object]] = [partial(filing, item, f"filed-{number:04d}") for number in range(6)]
    done, *filed = together([lambda: execute_transfer(plan.pk, by=SYSTEM, at=WHEN), *works])
    assert isinstance(done, Executed), done
    assert all(isinstance(one, UUID) for one in filed), filed
    assert left_behind(item, old) == 0
    assert {make.fresh(one).department_id for one in filed if isinstance(one, UUID)} == {to.pk}
    assert broken_chains() == []


def test_a_filing_in_flight_is_waited_for_and_taken_along() -> None:
    """Not by chance: the transfer begins while the filing is not committed yet."""
    item, to = world()
    plan = planned(item, to)

    def slow() -> UUID:
        with transaction.atomic():
            made = filing(item, "slow-filing")
            for _ in range(400):
                found = sql.one(WAITED_FOR, {})
                if found and found[0]:
                    break
                sql.one("select pg_sleep(0.05)", {})
            else:
                raise AssertionError("the transfer did not wait for the filing")
        return made

    def after_it() -> object:
        for _ in range(400):
            held = sql.one(
                "select count(*) from pg_locks l join pg_class c on c.oid = l.relation "
                # Copies of one template share their numbers of tables: only the locks of this database count.
                "where c.relname = 'catalogue_item' and l.mode = 'RowShareLock' and l.granted "
                "and l.database = (select oid from pg_database where datname = current_database())",
                {},
            )
            if held and held[0]:
                break
            sql.one("select pg_sleep(0.05)", {})
        return execute_transfer(plan.pk, by=SYSTEM, at=WHEN)

    made, done = together([slow, after_it])
    assert isinstance(made, UUID), made
    assert isinstance(done, Executed), done
    assert done.transfer.moved["cases"] == {"received": 1}
    assert make.fresh(made).department_id == to.pk
    assert [kind for kind, *_ in written(made)] == ["case.filed", "case.transferred"]


def test_a_filing_that_comes_too_late_opens_with_the_new_department() -> None:
    """The form was read before the transfer; its number keeps the department that the applicant saw."""
    item, to = world()
    execute_transfer(planned(item, to).pk, by=SYSTEM, at=WHEN)
    made = make.fresh(filing(item, "late-filing"))
    assert made.department_id == to.pk
    assert [place for _, place, *_ in written(made.id)] == [to.pk]
    assert Work.objects.get(case_id=made.id).department_id == to.pk
    assert broken_chains() == []


@pytest.mark.parametrize("first", ["execute", "cancel"])
def test_execution_and_cancellation_at_once_end_in_one_of_them(first: str) -> None:
    item, to = world()
    case = of_item(item, make.in_review()).id
    plan, by = planned(item, to), keeper()
    works: list[Callable[[], object]] = [
        lambda: execute_transfer(plan.pk, by=SYSTEM, at=WHEN),
        lambda: cancel_transfer(plan.pk, reason="文件未印发", by=by, at=WHEN),
    ]
    answers = together(works if first == "execute" else works[::-1])
    assert sorted(isinstance(one, Conflict) for one in answers) == [False, True], answers
    found = Transfer.objects.get(pk=plan.pk)
    assert (found.executed_at is None) != (found.cancelled_at is None)
    moved = make.fresh(case).department_id == to.pk
    assert moved == (found.executed_at is not None) == (Item.objects.get(pk=item.pk).department_id == to.pk)


def test_two_plans_of_one_item_at_once_are_one() -> None:
    item, to = world()
    third = departments()["commerce"]
    by = keeper()
    answers = together(
        [
            lambda: planned(item, to, key="plan-one", by=by),
            lambda: planned(item, third, key="plan-two", by=by),
            lambda: planned(item, to, key="plan-three", by=by),
        ]
    )
    assert len([one for one in answers if isinstance(one, Transfer)]) == 1
    assert all(isinstance(one, Transfer | Conflict) for one in answers), answers
    assert Transfer.objects.count() == 1


def test_the_same_plan_sent_six_times_at_once_is_one() -> None:
    item, to = world()
    by = keeper()
    answers = together([lambda: planned(item, to, by=by).pk] * 6)
    assert len(set(answers)) == 1, answers
    assert sql.one("select count(*) from journal_fact where kind = 'transfer.planned'", {}) == (1,)


def test_the_tool_run_twice_at_once_moves_once() -> None:
    item, to = world()
    case = of_item(item, make.in_review()).id
    planned(item, to)
    answers = together([lambda: execute_due(at=WHEN)] * 3)
    assert all(isinstance(one, list) for one in answers), answers
    assert [kind for kind, *_ in written(case)].count("case.transferred") == 1
    assert sql.one("select count(*) from journal_fact where kind = 'item.transferred'", {}) == (1,)
    assert Transfer.objects.get().trouble == ""


def test_one_after_the_other_there_and_back() -> None:
    item, to = world()
    home = Department.objects.get(pk=item.department_id)
    row = of_item(item, make.in_review())
    execute_transfer(planned(item, to, key="there").pk, by=SYSTEM, at=WHEN)
    item.refresh_from_db()
    execute_transfer(planned(item, home, key="back").pk, by=SYSTEM, at=WHEN + timedelta(minutes=1))
    now = make.fresh(row.id)
    assert (now.department_id, now.due_on, now.number) == (home.pk, row.due_on, row.number)
    assert [place for _, place, *_ in written(row.id)][-2:] == [to.pk, home.pk]
    assert broken_chains() == []


def test_authorising_while_the_item_moves_never_leaves_a_row_with_the_old_department() -> None:
    item, to = world()
    head = people.staff(
        "authoriser",
        people.post(
            people.department(), "授权岗", [Capability.CATALOGUE_AUTHORISE, Capability.CATALOGUE_READ]
        ),
    )
    plan = planned(item, to)
    form = AuthorisationForm(WHEN.date(), "川水函〔2022〕7号")
    done, authorised = together(
        [
            lambda: execute_transfer(plan.pk, by=SYSTEM, at=WHEN),
            lambda: authorise([item.pk], form, by=head, at=WHEN, key="authorise-now"),
        ]
    )
    assert isinstance(done, Executed), done
    if isinstance(authorised, Exception):
        # The item had gone: it is no longer this department's to give.
        assert isinstance(authorised, Refused)
        assert not Authorisation.objects.exists()
    else:
        assert Authorisation.objects.get().department_id == to.pk
        assert done.transfer.moved["authorisations"] == 1


def test_delegating_while_the_item_moves_never_leaves_a_row_with_the_old_department() -> None:
    item, to = world()
    plan = planned(item, to)
    form = DelegationForm("integrated", "park", "", "示例园区", "园区内企业", ON, None, "川示函〔2022〕2号")
    done, given = together(
        [
            lambda: execute_transfer(plan.pk, by=SYSTEM, at=WHEN),
            lambda: delegate(item.pk, form, by=SYSTEM, at=WHEN, key="delegate-now"),
        ]
    )
    assert isinstance(done, Executed), done
    assert isinstance(given, Delegation), given
    assert Delegation.objects.get().department_id == to.pk


@pytest.mark.parametrize("act", ["authorise", "delegate"])
def test_who_waits_for_the_transfer_finds_the_item_with_its_new_owner(act: str) -> None:
    """Not by chance: the row is asked for while it is being moved. A joined row would have been dropped as not found."""
    item, to = world()
    moved = threading.Event()

    def move() -> None:
        with transaction.atomic():
            Item.objects.filter(pk=item.pk).update(department=to)
            moved.set()
            for _ in range(400):
                found = sql.one(WAITED_FOR, {})
                if found and found[0]:
                    return
                sql.one("select pg_sleep(0.05)", {})
            raise AssertionError("nobody waited for the item")

    def ask() -> object:
        assert moved.wait(20)
        if act == "authorise":
            form = AuthorisationForm(WHEN.date(), "川水函〔2022〕7号")
            return authorise([item.pk], form, by=SYSTEM, at=WHEN, key="authorise-now")
        form_of = DelegationForm(
            "integrated", "park", "", "示例园区", "园区内企业", ON, None, "川示函〔2022〕2号"
        )
        return delegate(item.pk, form_of, by=SYSTEM, at=WHEN, key="delegate-now")

    done, answer = together([move, ask])
    assert done is None, done
    assert not isinstance(answer, Exception), answer
    given = Authorisation.objects.get() if act == "authorise" else Delegation.objects.get()
    assert given.department_id == to.pk


@pytest.mark.parametrize("cause", ["list", "text"])
def test_a_list_or_text_registered_while_the_item_moves_gives_its_task_to_the_new_owner(cause: str) -> None:
    item, to = world()
    plan, by = planned(item, to), lists.keeper()

    def register() -> object:
        if cause == "list":
            return lists.registered("取水许可｜水利部门", by=by)
        return register_text(lists.TEXT, by=by, at=make.AT, key="text-now")

    done, found = together([lambda: execute_transfer(plan.pk, by=SYSTEM, at=WHEN), register])
    assert isinstance(done, Executed), done
    assert not isinstance(found, Exception), found
    assert ReviewTask.objects.count() == 2
    assert set(ReviewTask.objects.values_list("department_id", flat=True)) == {to.pk}


def test_what_was_planned_to_move_and_what_moved_agree_when_nobody_interferes() -> None:
    item, to = world()
    for maker in (make.filed, make.in_review, make.paused, make.delivered):
        of_item(item, maker())
    shown = moving(item)
    done = execute_transfer(planned(item, to, key=uuid7(WHEN).hex).pk, by=SYSTEM, at=WHEN)
    assert done.transfer.moved["cases"] == shown.cases
    assert (shown.open, shown.closed) == (3, 1)
    for name in ("manuals", "guides", "authorisations", "delegations", "reviews"):
        assert done.transfer.moved[name] == getattr(shown, name), name
