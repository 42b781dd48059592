"""Writes of the directory: what they refuse, what they remember, and that nobody raises the own rights."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from yichuang.directory import commands, queries
from yichuang.directory.commands import ApplicantForm, DepartmentForm
from yichuang.directory.flow import ApplicantKind, Capability, DepartmentKind
from yichuang.directory.models import Account, Applicant, Department, Post, Region
from yichuang.directory.tests import factories as people
from yichuang.directory.tests.factories import AT, PROVINCE
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import ANONYMOUS, SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7

pytestmark = pytest.mark.django_db
GOOD_PASSWORD = "fern-harbour-42"
MANAGE = [Capability.DIRECTORY_MANAGE]


def administrator(username: str = "admin") -> Actor:
    """Manages every department; several hold the same post."""
    office = people.department("示例办公室", "901", "")
    return people.staff(username, people.post(office, "管理员", MANAGE, everywhere=True))


def local_administrator() -> Actor:
    """Manages only the own department."""
    return people.staff("local", people.post(people.department(), "本厅管理员", MANAGE))


def form(**given: Any) -> DepartmentForm:
    people.province()
    usual: dict[str, Any] = {
        "code": "commerce", "name": "示例商务厅", "short_name": "", "kind": DepartmentKind.PROVINCIAL, "region": PROVINCE,
    }  # fmt: skip
    return DepartmentForm(**{**usual, **given})


def new_post(by: Actor, **given: Any) -> Post:
    usual: dict[str, Any] = {
        "department_id": people.department().pk, "name": "审查岗", "capabilities": ["case.review"], "everywhere": False,
    }  # fmt: skip
    return commands.save_post(**{**usual, **given}, by=by, at=AT)


def new_staff(by: Actor, **given: Any) -> Account:
    usual: dict[str, Any] = {"username": "zhang.shili", "display_name": "张示例", "password": GOOD_PASSWORD}
    post = (
        given.pop("post_id", None) or people.post(people.department(), "审查岗", [Capability.CASE_REVIEW]).pk
    )
    return commands.save_staff(**{**usual, **given}, post_id=post, by=by, at=AT)


# departments


def test_a_department_is_added_changed_and_remembered() -> None:
    by = administrator()
    made = commands.save_department(form(name=" 示例商务厅 "), by=by, at=AT)
    assert (made.name, made.short_name, made.number_code) == ("示例商务厅", "示例商务厅", "500")
    changed = commands.save_department(form(name="示例商务局"), by=by, at=AT, department_id=made.pk)
    assert (changed.pk, changed.name, changed.number_code) == (made.pk, "示例商务局", "500")
    facts = facts_of(made.pk)
    assert [fact.kind for fact in facts] == ["department.added", "department.changed"]
    assert [fact.data["name"] for fact in facts] == ["示例商务厅", "示例商务局"]
    assert facts[0].actor == f"staff:{by.id}"


def test_numbers_of_departments_are_the_next_free_ones() -> None:
    by = administrator()
    first = commands.save_department(form(), by=by, at=AT)
    second = commands.save_department(form(code="b"), by=by, at=AT)
    assert (first.number_code, second.number_code) == ("500", "501")
    given = commands.save_department(form(code="c", number_code="502"), by=by, at=AT)
    assert given.number_code == "502"
    assert commands.save_department(form(code="d"), by=by, at=AT).number_code == "503"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "　"}, "name"), ({"code": ""}, "code"), ({"code": "x" * 33}, "code"), ({"region": "51"}, "region"),
        ({"credit_code": "91510000MA6EXAMP0X"}, "credit_code"), ({"number_code": "12"}, "number_code"),
        ({"number_code": "１２３"}, "number_code"), ({"kind": "x"}, "kind"),
    ],
)  # fmt: skip
def test_a_faulty_department_is_refused_at_its_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        commands.save_department(form(**given), by=administrator(), at=AT)
    assert list(caught.value.fields) == [field]


def test_codes_and_numbers_are_used_once_in_a_region() -> None:
    by = administrator()
    commands.save_department(form(number_code="600"), by=by, at=AT)
    with pytest.raises(Conflict) as code:
        commands.save_department(form(number_code="601"), by=by, at=AT)
    with pytest.raises(Conflict) as number:
        commands.save_department(form(code="other", number_code="600"), by=by, at=AT)
    assert (list(code.value.fields), list(number.value.fields)) == (["code"], ["number_code"])
    Region.objects.create(code="990100000000", name="示例市", level="city")
    assert commands.save_department(form(region="990100000000", number_code="600"), by=by, at=AT)


def test_a_department_that_is_not_there_is_missing() -> None:
    with pytest.raises(Missing):
        commands.save_department(form(), by=administrator(), at=AT, department_id=uuid7(AT))
    assert not Department.objects.filter(code="commerce").exists()


@pytest.mark.parametrize("by", [ANONYMOUS, Actor(kind="staff", name="张示例", everywhere=True)])
def test_without_the_capability_nothing_is_written(by: Actor) -> None:
    department = people.department()
    for attempt in (
        lambda: commands.save_department(form(), by=by, at=AT),
        lambda: new_post(by, department_id=department.pk),
        lambda: new_staff(by),
    ):
        with pytest.raises(Refused):
            attempt()
    assert facts_of(department.pk) == []


# posts


def test_a_post_is_saved_with_its_capabilities_and_remembered() -> None:
    by = administrator()
    post = new_post(by, capabilities=["case.review", "case.claim", "case.review"])
    assert post.capabilities == ["case.claim", "case.review"]
    new_post(by, post_id=post.pk, capabilities=["case.claim"], is_active=False)
    post.refresh_from_db()
    assert (post.capabilities, post.is_active) == (["case.claim"], False)
    assert [fact.data["capabilities"] for fact in facts_of(post.pk)] == [
        ["case.claim", "case.review"],
        ["case.claim"],
    ]


def test_faulty_posts_are_refused() -> None:
    by = administrator()
    with pytest.raises(Invalid) as unknown:
        new_post(by, capabilities=["case.everything"])
    with pytest.raises(Invalid) as nameless:
        new_post(by, name=" ")
    assert (list(unknown.value.fields), list(nameless.value.fields)) == (["capabilities"], ["name"])
    new_post(by)
    with pytest.raises(Conflict):
        new_post(by)
    with pytest.raises(Missing):
        new_post(by, department_id=uuid7(AT))
    with pytest.raises(Missing):
        new_post(by, post_id=uuid7(AT))


def test_a_post_never_leaves_its_department() -> None:
    post = new_post(administrator())
    other = people.department("示例商务厅", "125", "")
    with pytest.raises(Missing):
        new_post(administrator(), post_id=post.pk, department_id=other.pk)
    post.refresh_from_db()
    assert post.department_id == people.department().pk


def test_nobody_changes_the_own_post_but_a_colleague_may() -> None:
    mine, elsewhere = (
        administrator("one"),
        people.staff("two", people.post(people.department(), "另一管理员", MANAGE, everywhere=True)),
    )
    post = people.account_of(mine).post
    assert post is not None
    given = {"post_id": post.pk, "department_id": post.department_id, "name": post.name, "everywhere": True}
    more = [*post.capabilities, "journal.audit"]
    with pytest.raises(Refused, match="自己所在岗位"):
        new_post(mine, capabilities=more, **given)
    with pytest.raises(Refused):
        new_post(administrator("same-post"), capabilities=more, **given)
    new_post(elsewhere, capabilities=more, **given)
    assert queries.actor_of(mine.id).can(Capability.JOURNAL_AUDIT)


def test_a_local_administrator_stays_in_the_own_department() -> None:
    by = local_administrator()
    other = people.department("示例商务厅", "125", "")
    post = new_post(by)
    foreign = people.post(other, "审查岗", [Capability.CASE_REVIEW])
    province_wide = people.post(people.department(), "综窗", [Capability.CASE_ACCEPT], everywhere=True)
    stranger = people.staff("stranger", foreign)
    boss = people.staff("boss", province_wide)
    for refused in (
        lambda: commands.save_department(form(), by=by, at=AT),
        lambda: new_post(by, name="全厅岗", everywhere=True),
        lambda: new_staff(by, account_id=boss.id, post_id=post.pk),
    ):
        with pytest.raises(Refused):
            refused()
    for missing in (
        lambda: commands.save_department(form(), by=by, at=AT, department_id=other.pk),
        lambda: new_post(by, department_id=other.pk),
        lambda: new_staff(by, post_id=foreign.pk),
        lambda: new_staff(by, post_id=province_wide.pk),
        lambda: new_staff(by, account_id=stranger.id, post_id=post.pk),
    ):
        with pytest.raises(Missing):
            missing()
    assert new_staff(by, post_id=post.pk).post_id == post.pk


# staff


def test_staff_are_added_and_changed_and_no_password_enters_a_fact() -> None:
    by = administrator()
    account = new_staff(by)
    assert account.check_password(GOOD_PASSWORD)
    moved = people.post(people.department(), "负责人", [Capability.CASE_DECIDE])
    commands.save_staff(
        username="ignored", display_name="张示例二", post_id=moved.pk, password=None, is_active=False, by=by, at=AT,
        account_id=account.pk,
    )  # fmt: skip
    account.refresh_from_db()
    assert (account.username, account.display_name, account.is_active) == ("zhang.shili", "张示例二", False)
    assert account.check_password(GOOD_PASSWORD)
    facts = facts_of(account.pk)
    assert [fact.data["password_set"] for fact in facts] == [True, False]
    assert all(GOOD_PASSWORD not in str(fact.data) and "张示例" not in str(fact.data) for fact in facts)


def test_nobody_changes_the_own_account() -> None:
    by = administrator()
    with pytest.raises(Refused, match="自己"):
        new_staff(by, account_id=by.id, is_active=False)
    with pytest.raises(Refused, match="自己"):
        new_staff(by, account_id=by.id, password="another-good-one-77")
    assert queries.actor_of(by.id).can(Capability.DIRECTORY_MANAGE)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"username": ""}, "username"), ({"username": "张示例"}, "username"), ({"username": "a b"}, "username"),
        ({"username": "x" * 65}, "username"), ({"display_name": " "}, "display_name"), ({"password": "short"}, "password"),
        ({"password": "12345678901234"}, "password"), ({"password": "zhang.shili1"}, "password"),
    ],
)  # fmt: skip
def test_a_faulty_member_of_staff_is_refused_at_the_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        new_staff(administrator(), **given)
    assert list(caught.value.fields) == [field]
    assert not Account.objects.filter(username="zhang.shili").exists()


def test_a_user_name_is_used_once_and_staff_without_password_cannot_sign_in() -> None:
    by = administrator()
    assert not new_staff(by, password=None).has_usable_password()
    with pytest.raises(Conflict):
        new_staff(by)


def test_unknown_staff_posts_and_applicants_accounts_are_missing() -> None:
    by = administrator()
    applicant = people.applicant_actor()
    for given in ({"account_id": uuid7(AT)}, {"post_id": uuid7(AT)}, {"account_id": applicant.id}):
        with pytest.raises(Missing):
            new_staff(by, **given)


# applicants and regions


def applicant(**given: Any) -> ApplicantForm:
    usual: dict[str, Any] = {
        "kind": ApplicantKind.COMPANY, "name": "示例科技有限公司", "paper_number": people.COMPANY_CODES[0].lower(),
        "phone": "13800000000",
    }  # fmt: skip
    return ApplicantForm(**{**usual, **given})


def test_the_paper_decides_who_an_applicant_is() -> None:
    first = commands.save_applicant(applicant(), at=AT)
    again = commands.save_applicant(
        applicant(name="示例科技集团有限公司", phone="", address="示例路 1 号"), at=AT
    )
    assert (first.pk, Applicant.objects.count()) == (again.pk, 1)
    again.refresh_from_db()
    assert (again.name, again.phone, again.address) == ("示例科技集团有限公司", "13800000000", "示例路 1 号")
    finder = people.clerk()
    assert queries.applicants_matching("集团", by=finder) == [again]
    assert queries.applicants_matching(people.COMPANY_CODES[0], by=finder) == [again]


def test_applicants_with_a_wrong_paper_or_no_name_are_refused() -> None:
    with pytest.raises(Invalid) as caught:
        commands.save_applicant(applicant(paper_number="91510000MA6EXAMP0X", name=" "), at=AT)
    assert set(caught.value.fields) == {"paper_number", "name"}
    with pytest.raises(Invalid):
        commands.save_applicant(applicant(kind=ApplicantKind.PERSON), at=AT)


def test_a_commitment_reveals_nothing_and_depends_on_the_salt() -> None:
    who = people.company()
    one, other = (commands.applicant_commitment(who, salt) for salt in ("a", "b"))
    assert one != other
    assert one == commands.applicant_commitment(who, "a")
    assert who.name not in one


def test_an_applicants_account_signs_in_and_its_name_is_used_once() -> None:
    who = people.company()
    given = {"username": "kehu", "password": GOOD_PASSWORD, "applicant_id": who.pk, "display_name": who.name}
    account = commands.open_applicant_account(**given, at=AT)  # type: ignore[arg-type]
    actor = queries.actor_of(account.pk)
    assert (actor.kind, actor.applicant_id) == ("applicant", who.pk)
    with pytest.raises(Conflict):
        commands.open_applicant_account(**given, at=AT)  # type: ignore[arg-type]


def test_regions_load_once_and_changes_are_counted() -> None:
    sql.execute("delete from directory_region")
    rows = [("510000000000", "四川省", "province", ""), ("510100000000", "成都市", "city", "510000000000")]
    assert commands.load_regions(rows) == 2
    assert commands.load_regions(rows) == 0
    assert commands.load_regions([*rows[:1], ("510100000000", "成都市示例", "city", "510000000000")]) == 1
    assert [region.name for region in queries.regions_below("510000000000")] == ["成都市示例"]


@pytest.mark.parametrize(
    "nonsense",
    [
        lambda: Region.objects.create(code="51", name="短", level="province"),
        lambda: Department.objects.filter(pk=people.department().pk).update(kind="guild"),
        lambda: Department.objects.filter(pk=people.department().pk).update(name=""),
        lambda: Post.objects.create(
            id=uuid7(AT), department=people.department(), name="x", capabilities=["all"]
        ),
        lambda: Account.objects.create(id=uuid7(AT), username="x", display_name="x", is_staff=True),
        lambda: Applicant.objects.create(
            id=uuid7(AT), kind="robot", name="x", paper_type="111", paper_number="1"
        ),
    ],
)
def test_the_tables_refuse_nonsense_that_a_command_would_never_write(nonsense: Any) -> None:
    def written_and_checked() -> None:
        nonsense()
        connection.check_constraints()

    with pytest.raises(IntegrityError), transaction.atomic():
        written_and_checked()


def test_the_platform_itself_is_not_bound_to_a_post() -> None:
    assert new_staff(SYSTEM).display_name == "张示例"
