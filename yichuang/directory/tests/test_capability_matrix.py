"""Every write of the directory against every capability and every reach: one opens the door, all others together do not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from yichuang.directory import commands, queries
from yichuang.directory.commands import DepartmentForm
from yichuang.directory.flow import LABELS, Capability, DepartmentKind
from yichuang.directory.models import Account, Department, Post
from yichuang.directory.pages.posts import AREAS, grouped
from yichuang.directory.tests import factories as people
from yichuang.directory.tests.factories import AT, PROVINCE
from yichuang.kernel import sql
from yichuang.kernel.actor import ANONYMOUS, SYSTEM, Actor
from yichuang.kernel.errors import Missing, Problem, Refused
from yichuang.kernel.keys import uuid7

pytestmark = pytest.mark.django_db
ALL = frozenset(str(capability) for capability in Capability)
MANAGE = frozenset({str(Capability.DIRECTORY_MANAGE)})


@dataclass(frozen=True)
class Scene:
    """Two departments with a post and somebody in each, and one post that reaches everywhere."""

    own: Department
    other: Department
    own_post: Post
    other_post: Post
    wide_post: Post
    own_staff: UUID
    other_staff: UUID
    wide_staff: UUID


@pytest.fixture
def scene() -> Scene:
    own, other = people.department(), people.department("示例商务厅", "125", "")
    posts = [people.post(where, "审查岗", [Capability.CASE_REVIEW]) for where in (own, other)]
    wide = people.post(own, "统管岗", [Capability.CASE_SEARCH], everywhere=True)
    staff = [
        people.staff(name, post).id
        for name, post in zip(("own", "other", "wide"), (*posts, wide), strict=True)
    ]
    assert all(staff)
    return Scene(own, other, posts[0], posts[1], wide, *[one for one in staff if one])


def form(name: str, code: str) -> DepartmentForm:
    return DepartmentForm(code, name, "", DepartmentKind.PROVINCIAL, PROVINCE)


def post(where: Department, by: Actor, **more: Any) -> object:
    usual: dict[str, Any] = {"name": "新岗", "capabilities": ["case.review"], "everywhere": False}
    return commands.save_post(department_id=where.pk, **{**usual, **more}, by=by, at=AT)


def staff(post_id: UUID, by: Actor, account_id: UUID | None = None) -> object:
    return commands.save_staff(
        username="new.one",
        display_name="李示例",
        post_id=post_id,
        password=None,
        by=by,
        at=AT,
        account_id=account_id,
    )


Write = Callable[[Scene, Actor], object]
# What may be done within the own department.
NEAR: dict[str, Write] = {
    "change own department": lambda s, by: commands.save_department(
        form("水利厅（新）", "119"), by=by, at=AT, department_id=s.own.pk
    ),
    "add post": lambda s, by: post(s.own, by),
    "change post": lambda s, by: post(s.own, by, name="审查岗", post_id=s.own_post.pk),
    "add staff": lambda s, by: staff(s.own_post.pk, by),
    "change staff": lambda s, by: staff(s.own_post.pk, by, s.own_staff),
}
# What needs a reach beyond it.
FAR: dict[str, Write] = {
    "add department": lambda s, by: commands.save_department(form("示例新厅", "new"), by=by, at=AT),
    "change other department": lambda s, by: commands.save_department(
        form("改名", "125"), by=by, at=AT, department_id=s.other.pk
    ),
    "add post elsewhere": lambda s, by: post(s.other, by),
    "change post elsewhere": lambda s, by: post(s.other, by, post_id=s.other_post.pk),
    "give a post every department": lambda s, by: post(s.own, by, everywhere=True),
    "widen a post": lambda s, by: post(s.own, by, name="审查岗", everywhere=True, post_id=s.own_post.pk),
    "add staff elsewhere": lambda s, by: staff(s.other_post.pk, by),
    "add staff to a wide post": lambda s, by: staff(s.wide_post.pk, by),
    "take staff from elsewhere": lambda s, by: staff(s.own_post.pk, by, s.other_staff),
    "send staff elsewhere": lambda s, by: staff(s.other_post.pk, by, s.own_staff),
    "change staff of a wide post": lambda s, by: staff(s.own_post.pk, by, s.wide_staff),
}
EVERY = NEAR | FAR


def near(scene: Scene, capabilities: frozenset[str]) -> Actor:
    """Somebody of the own department."""
    return Actor("staff", "甲", id=uuid7(AT), department_id=scene.own.pk, capabilities=capabilities)


def state() -> list[tuple[object, ...]]:
    """Everything that the directory and its journal hold."""
    return [
        *sql.rows("select id, code, name, is_active from directory_department order by id"),
        *sql.rows("select id, name, capabilities, everywhere, department_id from directory_post order by id"),
        *sql.rows(
            "select id, username, display_name, post_id, is_active, password from directory_account order by id"
        ),
        *sql.rows("select subject_id, seq, kind from journal_fact order by subject_id, seq"),
    ]


def does(scene: Scene, name: str, by: Actor) -> type[Exception] | None:
    """What a write ends with, taken back afterwards; a refusal has changed nothing."""
    before = state()
    with transaction.atomic():
        try:
            EVERY[name](scene, by)
        except Problem as problem:
            assert state() == before, f"{name} was refused and yet wrote"
            return type(problem)
        assert state() != before, f"{name} did nothing"
        transaction.set_rollback(True)
    return None


@pytest.mark.parametrize("name", EVERY)
def test_all_other_capabilities_together_do_not_replace_the_one(scene: Scene, name: str) -> None:
    for by in (
        near(scene, ALL - MANAGE),
        replace(near(scene, ALL - MANAGE), everywhere=True),
        near(scene, frozenset()),
        ANONYMOUS,
        people.applicant_actor(),
        people.clerk(),
        people.head(),
    ):
        assert does(scene, name, by) is Refused, by.name


@pytest.mark.parametrize("name", NEAR)
def test_within_the_own_department_one_capability_is_enough(scene: Scene, name: str) -> None:
    assert does(scene, name, near(scene, MANAGE)) is None


@pytest.mark.parametrize("name", FAR)
def test_beyond_it_the_same_capability_is_not(scene: Scene, name: str) -> None:
    assert does(scene, name, near(scene, MANAGE)) in (Refused, Missing)
    assert does(scene, name, near(scene, ALL)) in (Refused, Missing)
    homeless = Actor("staff", "无部门", id=uuid7(AT), capabilities=ALL)
    assert does(scene, name, homeless) in (Refused, Missing)


@pytest.mark.parametrize("name", EVERY)
def test_who_reaches_everything_may_do_everything(scene: Scene, name: str) -> None:
    assert does(scene, name, replace(near(scene, MANAGE), everywhere=True)) is None
    assert does(scene, name, SYSTEM) is None


def test_a_command_without_its_first_line_would_be_caught(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: nobody asks for the capability."""
    monkeypatch.setattr(Actor, "require", lambda self, capability: None)
    assert does(scene, "add post", near(scene, frozenset())) is None


@pytest.mark.parametrize("everywhere", [False, True])
def test_nobody_raises_the_own_rights_in_any_way(scene: Scene, everywhere: bool) -> None:
    held = people.post(scene.own, "管理岗", [Capability.DIRECTORY_MANAGE], everywhere=everywhere)
    me = people.staff("me", held)
    assert me.id is not None
    before = state()
    attempts: tuple[Callable[[], object], ...] = (
        lambda: post(scene.own, me, name="管理岗", capabilities=sorted(ALL), post_id=held.pk),
        lambda: staff(scene.own_post.pk, me, me.id),
        lambda: staff(scene.wide_post.pk, me, me.id),
    )
    for attempt in attempts:
        with pytest.raises(Refused, match="自己"):
            attempt()
    assert state() == before


def test_what_is_not_there_and_what_is_not_yours_answer_alike(scene: Scene) -> None:
    me = near(scene, MANAGE)
    nobody = uuid7(AT)
    pairs: list[tuple[Callable[[], object], Callable[[], object]]] = [
        (
            lambda: staff(scene.own_post.pk, me, scene.other_staff),
            lambda: staff(scene.own_post.pk, me, nobody),
        ),
        (lambda: staff(scene.other_post.pk, me), lambda: staff(nobody, me)),
        (
            lambda: commands.save_department(form("名", "c"), by=me, at=AT, department_id=scene.other.pk),
            lambda: commands.save_department(form("名", "c"), by=me, at=AT, department_id=nobody),
        ),
    ]
    for theirs, nothing in pairs:
        with pytest.raises(Missing) as first:
            theirs()
        with pytest.raises(Missing) as second:
            nothing()
        assert (first.value.message, first.value.how) == (second.value.message, second.value.how)


def rows_of(capability: Capability) -> frozenset[str]:
    """What an actor of a post with one capability holds."""
    made = people.staff(
        f"one.{capability.value}", people.post(people.department(), capability.value, [capability])
    )
    return made.capabilities


@pytest.mark.parametrize("capability", Capability)
def test_a_post_with_one_capability_gives_that_one_and_no_other(capability: Capability) -> None:
    held = rows_of(capability)
    assert held == {str(capability)}
    by = Actor("staff", "甲", capabilities=held)
    assert [one for one in Capability if by.can(one)] == [capability]


def test_every_capability_of_staff_stands_in_one_area_under_its_label() -> None:
    told = [pair for _, _, pairs in grouped() for pair in pairs]
    assert len(told) == len(set(told)) == len(Capability) - 1
    assert {(str(one), LABELS[one]) for one in Capability if one != Capability.CASE_APPLY} == set(told)
    assert [area for area, *_ in grouped()] == list(AREAS)
    assert all(pairs for *_, pairs in grouped())


@pytest.mark.parametrize(
    ("account", "held", "kind"),
    [
        (True, True, "staff"),
        (False, True, "anonymous"),
        (True, False, "anonymous"),
        (False, False, "anonymous"),
    ],
)
def test_an_actor_needs_a_live_account_and_a_live_post(account: bool, held: bool, kind: str) -> None:
    by = people.head()
    Account.objects.filter(pk=people.account_of(by).pk).update(is_active=account)
    Post.objects.filter(holders=by.id).update(is_active=held)
    now = queries.actor_of(by.id)
    assert now.kind == kind
    assert now.can(Capability.CASE_DECIDE) == (kind == "staff")
    assert (now == ANONYMOUS) == (kind == "anonymous")


def test_an_applicants_account_that_was_switched_off_is_nobody() -> None:
    by = people.applicant_actor()
    Account.objects.filter(pk=people.account_of(by).pk).update(is_active=False)
    assert queries.actor_of(by.id) == ANONYMOUS
    assert queries.actor_named("company") == ANONYMOUS


def test_a_post_that_changes_changes_its_holders_at_once_and_nobody_else() -> None:
    reviewer, second, head = people.reviewer(), people.reviewer(username="second"), people.head()
    Post.objects.filter(holders=reviewer.id).update(capabilities=["case.search"], everywhere=True)
    for by in (reviewer, second):
        now = queries.actor_of(by.id)
        assert (now.capabilities, now.everywhere) == (frozenset({"case.search"}), True)
    assert queries.actor_of(head.id) == head
