"""Every page, CSV and form of the registers by every kind of person; hostile input; statements of list pages."""

from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from yichuang.cases.models import Transfer
from yichuang.catalogue.commands.authorisations_delegations import DelegationForm, delegate
from yichuang.catalogue.commands.laws import register_text
from yichuang.catalogue.commands.lists import save_entries, save_list
from yichuang.catalogue.commands.lists_tasks import answer_task, assign_task, dismiss_task, reopen_task
from yichuang.catalogue.flow.lists import TASK_TRANSITIONS
from yichuang.catalogue.models import (
    Authorisation,
    Delegation,
    Item,
    LegalText,
    LicenceList,
    ReviewTask,
)
from yichuang.catalogue.tests import factories as make
from yichuang.catalogue.tests.factories import departments
from yichuang.catalogue.tests.factories_authorisations import open_to_window
from yichuang.catalogue.tests.test_lists import DUE, FORM, TEXT, keeper
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Missing, Refused

pytestmark = pytest.mark.django_db

READ, AUTHORISE = Capability.CATALOGUE_READ, Capability.CATALOGUE_AUTHORISE
LISTS, EDIT = Capability.CATALOGUE_LISTS, Capability.CATALOGUE_EDIT
EVIL = (
    "<script>alert(1)</script>", "'; drop table catalogue_item; --", "\x00\x01\x02", "%00", "../../etc/passwd", "a" * 5_000,
    "𠮷😀‮", "{{ 7*7 }}", "\r\nSet-Cookie: a=b", "%s%d%(x)s", "' or 1=1 --",
)  # fmt: skip


def world() -> Item:
    """One item with everything that the registers keep of it."""
    item = make.published().item
    open_to_window(item, make.AT)
    form = DelegationForm(
        "integrated", "park", "", "示例园区", "园区内企业", date(2022, 5, 13), None, "川示函〔2022〕2号"
    )
    delegate(item.pk, form, by=SYSTEM, at=make.AT, key="delegation")
    by = keeper()
    made = save_list(FORM, by=by, at=make.AT, key="list")
    save_entries(made.pk, "取水许可｜水利部门", edit=made.edit, by=by, at=make.AT)
    register_text(TEXT, by=by, at=make.AT, key="text")
    Transfer.objects.create(
        id=uuid4(), item_id=item.pk, item_name=item.name, from_department_id=item.department_id,
        to_department_id=departments()["ecology"].pk, effective_on=date(2200, 1, 1),
        legal_basis="方案", document_number="川示编发〔2022〕3号", at=make.AT, by_name="示例",
    )  # fmt: skip
    return item


def gets(item: Item) -> dict[str, tuple[str, Capability]]:
    """Every address that is asked, with what it asks for."""
    task, one, text = ReviewTask.objects.get(), LicenceList.objects.get(), LegalText.objects.get()
    given, moved = Delegation.objects.get(), Transfer.objects.get()
    return {
        "authorisations": (reverse("authorisations"), READ),
        "authorisations csv": (reverse("authorisations") + "?format=csv", READ),
        "authorisation": (reverse("authorisation", args=[item.pk]), READ),
        "authorise": (reverse("authorise"), AUTHORISE),
        "delegations": (reverse("delegations"), READ),
        "delegations csv": (reverse("delegations") + "?format=csv", READ),
        "delegation": (reverse("delegation", args=[given.pk]), READ),
        "delegate": (reverse("delegation-new", args=[item.pk]), AUTHORISE),
        "lists": (reverse("licence-lists"), READ),
        "list": (reverse("licence-list", args=[one.pk]), READ),
        "list csv": (reverse("licence-list", args=[one.pk]) + "?format=csv", READ),
        "list new": (reverse("licence-list-new"), LISTS),
        "list head": (reverse("licence-list-head", args=[one.pk]), LISTS),
        "laws": (reverse("laws"), READ),
        "law": (reverse("law", args=[text.pk]), READ),
        "law new": (reverse("law-new"), LISTS),
        "tasks": (reverse("guide-tasks"), READ),
        "tasks csv": (reverse("guide-tasks") + "?format=csv", READ),
        "task": (reverse("guide-task", args=[task.pk]), READ),
        "transfers": (reverse("transfers"), READ),
        "transfers csv": (reverse("transfers") + "?format=csv", READ),
        "transfer": (reverse("transfer", args=[moved.pk]), READ),
        "transfer new": (reverse("transfer-new"), LISTS),
    }


def signed_in(by: Actor | None) -> Client:
    client = Client()
    if by is not None:
        assert by.id is not None
        client.force_login(Account.objects.get(pk=by.id))
    return client


def text_of(answer: HttpResponseBase) -> str:
    return b"".join(answer).decode()


WHO: dict[str, Callable[[], Actor | None]] = {
    "stranger": lambda: None,
    "without": lambda: make.somebody("without", []),
    "reader": lambda: make.somebody("reader", [READ], everywhere=True),
    "water reader": lambda: make.somebody("water-reader", [READ], of="water"),
    "water head": lambda: make.somebody("water-head", [READ, AUTHORISE, EDIT], of="water"),
    "commerce head": lambda: make.somebody("commerce-head", [READ, AUTHORISE, EDIT], of="commerce"),
    "keeper": lambda: make.somebody("all-keeper", [READ, LISTS, EDIT], everywhere=True),
    "coordinator": lambda: make.somebody("all-coordinator", [READ, AUTHORISE], everywhere=True),
}
# What is of a department and not there for another.
OWN = {"delegation", "task", "transfer"}


@pytest.mark.parametrize("who", list(WHO))
def test_every_page_is_for_whom_it_says(who: str) -> None:
    item = world()
    by = WHO[who]()
    client, wrong = signed_in(by), []
    for name, (address, needed) in gets(item).items():
        status = client.get(address).status_code
        want = 302 if by is None else 403 if not by.can(needed) else 200
        if want == 200 and name in OWN and who == "commerce head":
            want = 404
        if status != want:
            wrong.append(f"{name}: {status}, not {want}")
    assert wrong == []


@pytest.mark.parametrize("who", ["water head", "commerce head", "water reader"])
def test_lists_and_files_hold_only_what_is_ones_own(who: str) -> None:
    item = world()
    client = signed_in(WHO[who]())
    mine = who.startswith("water")
    for name in (
        "authorisations csv",
        "delegations csv",
        "tasks csv",
        "transfers csv",
        "authorisations",
        "tasks",
        "transfers",
    ):
        address, _ = gets(item)[name]
        assert (item.name in text_of(client.get(address))) == mine, name


@pytest.mark.parametrize("who", ["stranger", "without", "reader", "commerce head"])
def test_no_form_of_somebody_else_changes_anything(who: str) -> None:
    item = world()
    task, one = ReviewTask.objects.get(), LicenceList.objects.get()
    row, given, moved = Authorisation.objects.get(), Delegation.objects.get(), Transfer.objects.get()
    client = signed_in(WHO[who]())
    before = snapshot()
    forms = (
        (reverse("authorise"), {"item": str(item.pk), "from_day": "2022-05-13", "document_number": "x", "basis": "y"}),
        (reverse("authorisation-withdraw", args=[item.pk, row.pk]), {"from_day": "2200-01-01", "reason": "x"}),
        (reverse("delegation-new", args=[item.pk]), {"kind": "integrated", "level": "park", "receiver": "乙", "scope": "x"}),
        (reverse("delegation-end", args=[given.pk]), {"until_day": "2200-01-01", "reason": "x"}),
        (reverse("licence-list-new"), {"title": "x", "document_number": "y"}),
        (reverse("licence-list-head", args=[one.pk]), {"title": "x", "edit": str(one.edit)}),
        (reverse("licence-list-entries", args=[one.pk]), {"entries": "甲｜乙", "edit": str(one.edit)}),
        (reverse("licence-list-register", args=[one.pk]), {"due_on": "2200-01-01", "edit": str(one.edit)}),
        (reverse("law-new"), {"title": "x", "change": "new"}),
        *(
            (reverse("guide-task-move", args=[task.pk, row.name]), {"reason": "x", "due_on": "2200-01-01", "edit": str(task.edit)})
            for row in TASK_TRANSITIONS
        ),
        (reverse("transfer-new"), {"item": str(item.pk), "effective_on": "2200-01-01"}),
        (reverse("transfer-execute", args=[moved.pk]), {}),
        (reverse("transfer-cancel", args=[moved.pk]), {"reason": "x"}),
    )  # fmt: skip
    for address, data in forms:
        answer = client.post(address, data | {"client_key": uuid4().hex})
        assert answer.status_code in ({302} if who == "stranger" else {403, 404, 422}), address
    assert snapshot() == before


def snapshot() -> list[object]:
    """How everything stands, and how many facts there are."""
    tables = ("authorisation", "delegation", "licencelist", "listentry", "legalversion", "reviewtask")
    return [
        *(sql.rows(f"select t::text from catalogue_{name} t order by 1") for name in tables),
        sql.rows("select t::text from cases_transfer t order by 1"),
        sql.one("select count(*) from journal_fact", {}),
    ]


# Reviews: every state and move by everybody.

MAY = {"assign": LISTS, "reopen": LISTS, "done": EDIT, "not_affected": EDIT}


@pytest.mark.parametrize("capability", [READ, LISTS, EDIT, AUTHORISE], ids=str)
@pytest.mark.parametrize("where", ["water", "commerce", "everywhere"])
@pytest.mark.parametrize("name", list(MAY))
def test_moves_of_a_review_by_capability_and_department(
    capability: Capability, where: str, name: str
) -> None:
    make.published()
    register_text(TEXT, by=keeper(), at=make.AT, key="text")
    task = ReviewTask.objects.get()
    if name == "reopen":
        task = dismiss_task(task.pk, reason="未变", edit=task.edit, by=keeper(), at=make.AT)
    everywhere = where == "everywhere"
    of = "commerce" if everywhere else where
    by = make.somebody(f"{capability}-{where}", [READ, capability], of=of, everywhere=everywhere)
    before = len(facts_of(task.pk))
    if capability != MAY[name]:
        with pytest.raises(Refused):
            move(name, task, by)
    elif where == "commerce":
        with pytest.raises(Missing):
            move(name, task, by)
    elif name == "done":
        # Allowed, but no later version of the guide answers it.
        assert type(problem_of(name, task, by)).__name__ == "Invalid"
    else:
        assert move(name, task, by).edit == task.edit + 1
        assert len(facts_of(task.pk)) == before + 1
        return
    assert len(facts_of(task.pk)) == before
    assert ReviewTask.objects.get().edit == task.edit


def move(name: str, task: ReviewTask, by: Actor) -> ReviewTask:
    if name == "assign":
        return assign_task(task.pk, person=None, due_on=DUE, edit=task.edit, by=by, at=make.AT)
    if name == "done":
        return answer_task(task.pk, version=uuid4(), edit=task.edit, by=by, at=make.AT)
    if name == "not_affected":
        return dismiss_task(task.pk, reason="依据未变", edit=task.edit, by=by, at=make.AT)
    return reopen_task(task.pk, reason="又有变动", due_on=DUE, edit=task.edit, by=by, at=make.AT)


def problem_of(name: str, task: ReviewTask, by: Actor) -> Exception:
    with pytest.raises(Exception, match="版本") as caught:
        move(name, task, by)
    return caught.value


# Hostile input.


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_no_question_is_a_fault(evil: str) -> None:
    item = world()
    client = signed_in(make.somebody("chief", [READ, AUTHORISE, LISTS, EDIT], everywhere=True))
    for address, _ in gets(item).values():
        base = address.partition("?")[0]
        names = (
            "q",
            "after",
            "department",
            "narrowed",
            "scope",
            "state",
            "list",
            "law",
            "item",
            "format",
            "kind",
            "overdue",
        )
        answer = client.get(base, dict.fromkeys(names, evil))
        page = text_of(answer)
        assert answer.status_code in (200, 404, 422), (base, answer.status_code)
        assert "<script>alert" not in page, base
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("evil", [*EVIL[:3], "2022-02-30", "99999-01-01", "x" * 20, "-1", "0"], ids=range(8))
def test_no_form_is_a_fault_and_what_was_typed_stays(evil: str) -> None:
    item = world()
    task, one, row = ReviewTask.objects.get(), LicenceList.objects.get(), Authorisation.objects.get()
    client = signed_in(make.somebody("chief", [READ, AUTHORISE, LISTS, EDIT], everywhere=True))
    before = snapshot()
    fields = (
        "item", "from_day", "document_number", "basis", "reason", "kind", "level", "region", "receiver", "scope", "until_day",
        "title", "issued_on", "effective_on", "expires_on", "edit", "due_on", "person", "version", "change", "articles",
        "to_department", "legal_basis",
    )  # fmt: skip
    for address in (
        reverse("authorise"), reverse("authorisation-withdraw", args=[item.pk, row.pk]),
        reverse("delegation-new", args=[item.pk]), reverse("licence-list-new"), reverse("licence-list-head", args=[one.pk]),
        reverse("licence-list-register", args=[one.pk]), reverse("law-new"), reverse("transfer-new"),
        reverse("guide-task-move", args=[task.pk, "assign"]), reverse("guide-task-move", args=[task.pk, "nothing"]),
    ):  # fmt: skip
        answer = client.post(address, dict.fromkeys(fields, evil) | {"client_key": uuid4().hex})
        assert answer.status_code in (404, 409, 422), (address, answer.status_code)
    assert snapshot() == before


# Statements of list pages.


@pytest.mark.parametrize("name", ["authorisations", "delegations", "lists", "laws", "tasks", "transfers"])
def test_the_statements_of_a_list_do_not_grow_with_its_rows(name: str) -> None:
    item = world()
    client = signed_in(make.somebody("chief", [READ, AUTHORISE, LISTS, EDIT], everywhere=True))
    address, _ = gets(item)[name]

    def count() -> int:
        with sql.counting() as statements:
            assert client.get(address).status_code == 200
        return len(statements)

    count()
    before = count()
    more()
    assert count() == before <= 12


def more() -> None:
    """More rows of everything, straight into the tables."""
    others = {
        "catalogue_delegation": {"key": "g::text", "receiver": "t.receiver || g"},
        "catalogue_licencelist": {"key": "g::text", "document_number": "t.document_number || g"},
        "catalogue_legaltext": {"title_key": "t.title_key || g", "title": "t.title || g"},
    }
    for table, changed in others.items():
        pairs = ", ".join(f"'{name}', {value}" for name, value in changed.items())
        copies(table, pairs)
    copies("cases_transfer", "'key', g::text, 'executed_at', now()")
    assert Transfer.objects.count() == 21


def copies(table: str, pairs: str) -> None:
    """Twenty more rows like the one that is there, with something changed."""
    sql.execute(
        f"insert into {table} select (jsonb_populate_record(null::{table}, to_jsonb(t) || "
        f"jsonb_build_object('id', gen_random_uuid(), {pairs}))).* "
        f"from (select * from {table} limit 1) t, generate_series(1, 20) g"
    )
