"""Forms that are sent with more than they ask for: whatever else the tables hold changes nothing."""

import importlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, Department, Post, StandIn
from yichuang.directory.tests import factories as people
from yichuang.home.tests.visitors import browser
from yichuang.intake.models import Draft
from yichuang.intake.tests import factories as intake
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor

pytestmark = pytest.mark.django_db
ROOMS = ("directory", "cases", "intake", "catalogue", "journal", "halls", "feedback", "programmes")


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the moment of the front door."""

    def set_clock(moment: datetime) -> None:
        monkeypatch.setattr("config.front_door.now", lambda: moment)

    set_clock(make.AT)
    return set_clock


def every_column() -> Iterator[str]:
    """The name of every column that a room keeps."""
    for room in ROOMS:
        models = vars(importlib.import_module(f"yichuang.{room}.models")).values()
        for model in (one for one in models if isinstance(one, type) and issubclass(one, Model)):
            for field in model._meta.concrete_fields:
                yield field.attname
                yield field.name


def poisoned(own: dict[str, Any]) -> dict[str, Any]:
    """A form with every column of every table beside its own fields."""
    nasty = {
        "id": str(UUID(int=1)), "pk": str(UUID(int=1)), "seq": "99999", "state": "delivered", "outcome": "granted",
        "confidentiality": "0", "department_id": str(UUID(int=2)), "department": str(UUID(int=2)), "is_staff": "true",
        "is_superuser": "true", "everywhere": "yes", "applicant_id": str(UUID(int=3)), "holder_id": str(UUID(int=4)),
        "accepted_on": "2001-01-01", "due_on": "2099-01-01", "at": "2001-01-01T00:00", "by": "system", "actor": "system",
        "arranged_by": str(UUID(int=5)), "arranged_by_id": str(UUID(int=5)), "password": "fern-harbour-42",
        "owner_id": str(UUID(int=6)), "version_id": str(UUID(int=7)),
    }  # fmt: skip
    return {name: nasty.get(name, "3") for name in every_column() if name not in own} | {
        name: value for name, value in nasty.items() if name not in own
    } | own  # fmt: skip


def administrator() -> Actor:
    """Who manages departments, posts, staff and leave everywhere."""
    rights = [Capability.DIRECTORY_MANAGE, Capability.STAND_IN_ARRANGE]
    return people.staff(
        "admin", people.post(people.department("管理处", "996"), "管理员", rights, everywhere=True)
    )


def sent(client: Client, address: str, form: dict[str, Any]) -> None:
    """Send a form; it is taken."""
    answer = client.post(address, form)
    assert answer.status_code == 302, (address, answer.status_code)


def row_of(model: type[Model], **which: Any) -> dict[str, Any]:
    """A row as it stands, without what is new each time."""
    return {
        name: value
        for name, value in model._default_manager.filter(**which).values().get().items()
        if name not in ("id", "key", "salt", "number", "last_hash", "password")
    }


def both_ways(
    send: Callable[[dict[str, Any], str], None], form: dict[str, Any], read: Callable[[str], Any]
) -> None:
    """What a plain form leaves and what a poisoned one leaves: the same."""
    send(form, "plain")
    send(poisoned(form), "poisoned")
    assert read("plain") == read("poisoned")


def test_a_post(at: Callable[[datetime], None]) -> None:
    client, where = browser(administrator()), people.department()
    form = {"capabilities": ["case.search"], "reach": "department", "clearance": "1", "is_active": "yes"}

    def send(given: dict[str, Any], which: str) -> None:
        sent(client, f"/desk/directory/departments/{where.pk}/posts/new", given | {"name": which})

    both_ways(send, form, lambda which: row_of(Post, name=which) | {"name": ""})
    made = Post.objects.get(name="poisoned")
    assert (made.everywhere, made.reach_region, made.clearance, made.department_id) == (
        False,
        False,
        1,
        where.pk,
    )


def test_a_member_of_staff(at: Callable[[datetime], None]) -> None:
    client, where = browser(administrator()), people.department()
    post = people.post(where, "审查岗", people.REVIEWER)
    form = {"display_name": "新人（示例）", "post": str(post.pk), "is_active": "yes", "password": ""}

    def send(given: dict[str, Any], which: str) -> None:
        sent(client, f"/desk/directory/departments/{where.pk}/staff/new", given | {"username": which})

    both_ways(send, form, lambda which: row_of(Account, username=which) | {"username": ""})
    made = Account.objects.get(username="poisoned")
    assert (made.applicant_id, made.post_id, made.is_staff) == (None, post.pk, True)


def test_a_department_keeps_its_number(at: Callable[[datetime], None]) -> None:
    client, where = browser(administrator()), people.department()
    before = row_of(Department, pk=where.pk)
    form = {
        "code": where.code, "name": where.name, "short_name": where.short_name, "kind": where.kind,
        "region": where.region_id, "credit_code": "", "document_word": where.document_word, "is_active": "yes",
    }  # fmt: skip
    sent(client, f"/desk/directory/departments/{where.pk}/edit", poisoned(form))
    assert row_of(Department, pk=where.pk) == before


def test_leave(at: Callable[[datetime], None]) -> None:
    client, by = browser(administrator()), administrator()
    form = {
        "absent": str(people.head().id), "stand_in": str(people.reviewer().id), "first_day": "2022-05-05",
        "last_day": "2022-05-06", "capabilities": ["case.decide"], "reason": "年休假", "client_key": "k" * 16,
    }  # fmt: skip
    sent(client, "/desk/stand-ins/new", poisoned(form))
    made = StandIn.objects.get()
    assert (made.arranged_by_id, made.ended_on, made.capabilities) == (by.id, None, ["case.decide"])
    assert made.absent_id == people.head().id
    assert made.at == make.AT


CASE = (
    "select state, seq, department_id, applicant_id, item_id, confidentiality, green, accepted_on, decided_on, due_on, outcome, "
    "corrections, statutory_days, promised_days from cases_case where id = %(id)s"
)


def test_steps_of_a_case(at: Callable[[datetime], None]) -> None:
    """Accepting: the day, the dates, the department and the level are the engine's, whatever the form says."""
    client = browser(people.clerk())
    plain, nasty = make.filed(), make.filed()
    own = {"client_key": "k" * 16}
    sent(client, f"/desk/cases/{plain.id}/accept", own | {"seen": str(plain.seq)})
    sent(client, f"/desk/cases/{nasty.id}/accept", poisoned(own | {"seen": str(nasty.seq), "ground": ""}))
    assert sql.one(CASE, {"id": plain.id}) == sql.one(CASE, {"id": nasty.id})
    made = make.fresh(nasty.id)
    assert (made.state, made.accepted_on, made.confidentiality) == ("review", make.AT.date(), 0)


def test_a_page_of_a_draft(at: Callable[[datetime], None]) -> None:
    """An applicant's draft stays the applicant's own, of its version, unfiled."""
    at(intake.AT)
    by = intake.applicant()
    made = intake.draft(by)
    before = row_of(Draft, pk=made.pk)
    section = made.version.elements["form"]["sections"][0]["code"]
    answer = browser(by).post(
        reverse("draft-save", args=[made.pk, section]), poisoned({"edit": str(made.edit)})
    )
    assert answer.status_code in (200, 204, 302)
    after = row_of(Draft, pk=made.pk)
    changing = ("answers", "marks", "edit", "changed_at")
    assert {k: v for k, v in before.items() if k not in changing} == {
        k: v for k, v in after.items() if k not in changing
    }


def test_registering_makes_no_staff(at: Callable[[datetime], None]) -> None:
    """Whoever opens an account of the own gets an applicant's, whatever else the form says."""
    form = {
        "kind": "person", "name": "张示例", "paper_number": intake.PERSON_ID, "phone": "13800000001",
        "username": "newcomer", "password": "fern-harbour-42", "again": "fern-harbour-42", "agree": "yes",
    }  # fmt: skip
    Client().post("/register", poisoned(form))
    assert not Account.objects.filter(username="newcomer", is_staff=True).exists()
    assert not Account.objects.filter(username="newcomer", post__isnull=False).exists()


def test_a_form_that_takes_what_it_is_given_is_found(
    at: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: a command that writes every field sent is caught by the comparison."""
    client, where = browser(administrator()), people.department()
    form = {"capabilities": [], "reach": "department", "clearance": "0", "is_active": "yes"}

    def careless(given: dict[str, Any], which: str) -> None:
        sent(client, f"/desk/directory/departments/{where.pk}/posts/new", given | {"name": which})
        if given.get("everywhere"):
            Post.objects.filter(name=which).update(everywhere=True)

    with pytest.raises(AssertionError):
        both_ways(careless, form, lambda which: row_of(Post, name=which) | {"name": ""})
