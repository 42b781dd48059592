"""Reads of the directory: who somebody is at this moment, and lists that page and stay within reach."""

import pytest

from yichuang.directory import queries
from yichuang.directory.flow import LABELS, Capability
from yichuang.directory.models import Account, Post
from yichuang.directory.tests import factories as people
from yichuang.directory.tests.factories import AT
from yichuang.kernel import sql
from yichuang.kernel.actor import ANONYMOUS
from yichuang.kernel.errors import Invalid, Refused
from yichuang.kernel.keys import uuid7

pytestmark = pytest.mark.django_db
MANAGE = [Capability.DIRECTORY_MANAGE]


def test_an_actor_is_what_the_post_allows_now_read_in_one_statement() -> None:
    actor = people.reviewer()
    with sql.counting() as statements:
        again = queries.actor_of(actor.id)
    assert len(statements) == 1
    assert again == actor
    assert (again.kind, again.post, again.everywhere) == ("staff", "审查岗", False)
    assert again.can(Capability.CASE_REVIEW)
    assert not again.can(Capability.CASE_DECIDE)
    assert queries.actor_named("reviewer") == actor


def test_rights_end_with_the_account_or_the_post() -> None:
    actor = people.reviewer()
    Post.objects.update(is_active=False)
    assert queries.actor_of(actor.id) == ANONYMOUS
    Post.objects.update(is_active=True, capabilities=[])
    assert queries.actor_of(actor.id).capabilities == frozenset()
    Account.objects.update(is_active=False)
    assert queries.actor_of(actor.id) == ANONYMOUS


def test_strangers_are_anonymous_and_applicants_may_only_apply() -> None:
    assert queries.actor_of(None) == queries.actor_of(uuid7(AT)) == queries.actor_named("nobody") == ANONYMOUS
    mine = people.applicant_actor()
    assert mine.capabilities == {Capability.CASE_APPLY, Capability.CASE_SUPPLY}
    assert (mine.kind, mine.applicant_id) == ("applicant", people.company().pk)


def test_departments_page_by_region_and_code_without_loss() -> None:
    for number in range(7):
        people.department(f"示例{number}局", f"{number:03d}", "")
    found, after = [], ""
    while True:
        with sql.counting() as statements:
            page = queries.departments_page(size=3, after=after)
        assert len(statements) == 1
        found += [row.code for row in page.rows]
        after = page.following
        if not after:
            break
    assert found == [f"{number:03d}" for number in range(7)]
    assert [row.name for row in queries.departments_page(text="5局").rows] == ["示例5局"]
    assert [row.name for row in queries.departments_page(text="004").rows] == ["示例4局"]
    with pytest.raises(Invalid):
        queries.departments_page(after="broken")


def test_departments_that_were_switched_off_are_shown_only_on_request() -> None:
    gone = people.department()
    gone.is_active = False
    gone.save()
    assert queries.departments_page().rows == []
    assert queries.departments_page(active_only=False).rows == [gone]
    assert list(queries.departments()) == []
    assert queries.department_names() == {gone.pk: "水利厅"}


def test_staff_are_listed_within_reach() -> None:
    people.reviewer()
    other = people.department("示例商务厅", "125", "")
    people.reviewer(other, "other")
    everywhere = people.staff("chief", people.post(people.department(), "总管", MANAGE, everywhere=True))
    local = people.staff("local", people.post(other, "厅管", MANAGE))
    assert [a.username for a in queries.staff_page(by=everywhere).rows] == [
        "chief",
        "local",
        "other",
        "reviewer",
    ]
    assert [a.username for a in queries.staff_page(by=local).rows] == ["local", "other"]
    page = queries.staff_page(by=everywhere, size=3)
    assert [a.username for a in queries.staff_page(by=everywhere, after=page.following).rows] == ["reviewer"]
    assert [a.username for a in queries.staff_page(by=everywhere, text="OTHER").rows] == ["other"]
    with pytest.raises(Refused):
        queries.staff_page(by=people.clerk())


def test_one_post_and_one_member_of_staff() -> None:
    actor = people.reviewer()
    account = queries.staff_member(people.account_of(actor).pk)
    assert account is not None
    assert account.post is not None
    assert queries.post(account.post.pk) == account.post
    assert queries.staff_member(people.account_of(people.applicant_actor()).pk) is None
    assert queries.post(uuid7(AT)) is None


def test_colleagues_hold_the_capability_in_that_department_and_are_active() -> None:
    where = people.department()
    people.reviewer()
    people.reviewer(username="second")
    people.head()
    people.reviewer(people.department("示例商务厅", "125", ""), "elsewhere")
    Account.objects.filter(username="second").update(is_active=False)
    assert [c.name for c in queries.colleagues(where.pk, Capability.CASE_REVIEW)] == ["reviewer（示例）"]


def test_applicants_are_found_by_paper_and_only_by_those_who_may_search() -> None:
    who = people.company()
    assert queries.applicant_by_paper(f" {who.paper_number.lower()} ") == who
    assert queries.applicant_by_paper("91510000MA00000000") is None
    assert queries.applicant(who.pk) == who
    assert queries.applicants_matching("", by=people.clerk()) == []
    with pytest.raises(Refused):
        queries.applicants_matching("示例", by=people.applicant_actor())


def test_every_capability_has_a_label() -> None:
    assert set(LABELS) == set(Capability)
    assert len({capability.label for capability in Capability}) == len(Capability)
