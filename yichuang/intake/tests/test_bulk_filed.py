"""Acts on the cases of a file: which runs are offered to whom, which cases are taken, what is told when the act cannot go on."""

import pytest
from django.test import Client

from yichuang.cases.commands.bulk_acts_run import lay_aside_act, run_bulk_act
from yichuang.cases.flow.bulk_acts import ActKind, ActState
from yichuang.cases.models import BulkAct, Case
from yichuang.cases.tests import factories_bulk as acts
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, Department
from yichuang.directory.queries import actor_of
from yichuang.directory.tests import factories as people
from yichuang.intake.models import BulkRun
from yichuang.intake.queries import bulk as queries
from yichuang.intake.tests import factories as make
from yichuang.intake.tests import factories_bulk as bulk
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing, Refused
from yichuang.notices.models import Message

pytestmark = pytest.mark.django_db
RIGHTS = [Capability.CASE_ACT_BULK, Capability.CASE_ACCEPT, Capability.CASE_SEARCH]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> BulkRun:
    """Six rows, of which one is faulty and one stands twice, filed by a company."""
    item = bulk.offer().item.code
    rows = bulk.rows(6)
    rows[2]["承诺日期"] = "2022年13月1日"
    rows[5] = rows[0]

    def clerk(username: str) -> Actor:
        found = Account.objects.filter(username=username).first()
        return (
            actor_of(found.pk, on=make.AT.date()) if found else staff(username, None, *people.CLERK, *RIGHTS)
        )

    monkeypatch.setattr(acts, "clerk", clerk)
    return bulk.filed(rows, make.applicant(), item)


def staff(name: str, where: Department | None, *rights: Capability) -> Actor:
    office = where or Department.objects.order_by("pk")[0]
    held = list(dict.fromkeys(rights or RIGHTS))
    return people.staff(name, people.post(office, f"岗位{name}", held, everywhere=where is None))


def client(by: Actor) -> Client:
    made = Client()
    assert by.id is not None
    made.force_login(Account.objects.get(pk=by.id))
    return made


def elsewhere(run: BulkRun) -> Department:
    return Department.objects.exclude(pk=run.item.department_id)[:1][0]


def test_the_cases_of_a_run_are_those_that_it_filed(run: BulkRun) -> None:
    assert run.filed == 4
    found = queries.cases_of_run(run)
    assert found == list(Case.objects.order_by("number").values_list("pk", flat=True))
    # What is sound and was not filed yet is no case of the run; nor is a case that another file had filed before.
    BulkRun.objects.filter(pk=run.pk).update(filed_through=3)
    run.refresh_from_db()
    assert queries.cases_of_run(run) == found[:2]
    sql.execute("update intake_bulkrow set state = 'known' where number = 2")
    assert queries.cases_of_run(run) == found[1:2]


def test_runs_are_offered_by_the_department_of_their_item(run: BulkRun) -> None:
    own, other = staff("own", run.item.department), staff("other", elsewhere(run))
    assert [one.pk for one in queries.filed_runs(own)] == [run.pk]
    assert queries.filed_run(run.pk, by=staff("all", None)).pk == run.pk
    with pytest.raises(Missing):
        queries.filed_run(run.pk, by=other)
    with pytest.raises(Refused):
        queries.filed_runs(staff("none", run.item.department, Capability.CASE_SEARCH))


@pytest.mark.parametrize("gone", [{"purged_at": make.AT}, {"filed": 0}])
def test_a_run_without_cases_or_without_rows_is_not_offered(run: BulkRun, gone: dict[str, object]) -> None:
    BulkRun.objects.filter(pk=run.pk).update(**gone)
    own = staff("own", run.item.department)
    assert not queries.filed_runs(own).exists()
    assert client(own).get(f"/desk/bulk-filed/{run.pk}").status_code == 404


def test_an_act_is_prepared_on_the_cases_of_a_run_that_wait_for_it(run: BulkRun) -> None:
    first = Case.objects.order_by("number")[0]
    acts.done(ActKind.ACCEPT, [first.pk], at=make.AT)
    own = client(staff("own", run.item.department))
    listed = own.get("/desk/bulk-filed")
    assert run.item.name in listed.content.decode()
    here = f"/desk/bulk-filed/{run.pk}"
    assert f'href="{here}"' in listed.content.decode()
    form = own.get(f"{here}?kind=accept").content.decode()
    assert "批量受理" in form
    assert f'action="{here}"' in form
    sent = own.post(here, {"kind": "accept", "cooling": "0", "client_key": make.key()})
    assert sent.status_code == 302, sent.content.decode()
    act = BulkAct.objects.order_by("-id")[0]
    # Of the four the one that was accepted already does not wait any more, and is not taken.
    assert act.total == 3
    assert run.item.name in act.chosen


def test_nobody_else_reaches_the_cases_by_the_address(run: BulkRun) -> None:
    here = f"/desk/bulk-filed/{run.pk}"
    assert client(staff("other", elsewhere(run))).get(here).status_code == 404
    assert client(staff("none", run.item.department, Capability.CASE_SEARCH)).get(here).status_code == 403
    assert client(make.applicant()).get(here).status_code == 403
    assert Client().get(here).status_code == 302
    assert not BulkAct.objects.exists()


def test_the_list_is_searched_and_costs_the_same_however_long(run: BulkRun) -> None:
    own = client(staff("own", run.item.department))
    own.get("/desk/bulk-filed")
    with sql.counting() as few:
        own.get("/desk/bulk-filed")
    for number in range(3):
        BulkRun.objects.create(
            **{
                field.name: getattr(run, field.name)
                for field in BulkRun._meta.concrete_fields
                if field.name not in ("id", "file_sha256")
            },
            id=make.key(), file_sha256=f"{number}" * 64,
        )  # fmt: skip
    with sql.counting() as many:
        page = own.get("/desk/bulk-filed").content.decode()
    assert len(many) == len(few)
    assert page.count("/desk/bulk-filed/") == 4
    assert "没有找到" in own.get("/desk/bulk-filed?q=没有这样的").content.decode()
    assert own.get("/desk/bulk-filed?q=示例&after=nonsense").status_code == 422


def test_the_page_of_a_run_leads_there_whoever_may(run: BulkRun) -> None:
    rights = (*RIGHTS, Capability.CASE_FILE_BULK)
    BulkRun.objects.filter(pk=run.pk).update(applicant=None, department=run.item.department)
    link = f"/desk/bulk-filed/{run.pk}"
    assert (
        link
        in client(staff("may", run.item.department, *rights)).get(f"/desk/bulk/{run.pk}").content.decode()
    )
    plain = (
        client(staff("not", run.item.department, *rights[1:])).get(f"/desk/bulk/{run.pk}").content.decode()
    )
    assert link not in plain
    assert "已申报" in plain


def test_an_act_at_which_the_worker_fails_again_and_again_is_stopped_in_words(run: BulkRun) -> None:
    cases = list(Case.objects.values_list("pk", flat=True))
    act = acts.released(ActKind.ACCEPT, cases, at=make.AT)
    for _ in range(2):
        lay_aside_act(act.pk, why="ZeroDivisionError: secret detail", at=make.AT)
    act = acts.fresh(act.pk)
    assert (act.state, act.ended_at, act.cancelled_by_name) == (ActState.CANCELLED, make.AT, "平台")
    assert "已办理的 0 件有效，其余 4 件没有改动" in act.cancelled_why
    assert "重新拟定" in act.cancelled_why
    told = Message.objects.filter(subject_id=act.pk)
    # Who prepared it and who released it are told, once each; nobody is told the inside of the house.
    assert {one.account_id for one in told} == {act.prepared_by_id, act.released_by_id}
    assert told.count() == 2
    assert not any("secret" in one.body for one in told)
    # It is over: the worker does not take it up again, and the cases wait as before.
    assert run_bulk_act(act.pk, at=make.AT) == 0
    assert Case.objects.filter(state="received").count() == 4
    assert sql.rows(
        "select data::jsonb ->> 'failed' from journal_fact where kind = 'bulk_act.cancelled'"
    ) == [("true",)]


def test_an_act_that_nobody_released_is_told_to_its_maker_alone(run: BulkRun) -> None:
    act = acts.prepared(ActKind.ACCEPT, list(Case.objects.values_list("pk", flat=True)), at=make.AT)
    BulkAct.objects.filter(pk=act.pk).update(state=ActState.CHECKING)
    lay_aside_act(act.pk, why="", at=make.AT)
    assert [one.account_id for one in Message.objects.filter(subject_id=act.pk)] == [act.prepared_by_id]


def test_an_act_that_has_ended_is_not_laid_aside(run: BulkRun) -> None:
    done = acts.done(ActKind.ACCEPT, list(Case.objects.values_list("pk", flat=True)), at=make.AT)
    before = Message.objects.count()
    lay_aside_act(done.pk, why="late", at=make.AT)
    assert acts.fresh(done.pk).state == ActState.DONE
    assert Message.objects.count() == before
