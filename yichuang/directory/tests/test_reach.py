"""How far a post reaches, what it is cleared for, and that nobody gives himself more."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from yichuang.directory import commands, queries
from yichuang.directory.flow import Capability, Reach
from yichuang.directory.models import Account, Department, Post, Region
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing, Problem, Refused
from yichuang.kernel.scope import within

pytestmark = pytest.mark.django_db
AT = people.AT
BACKEND = "django.contrib.auth.backends.ModelBackend"
MANAGE = [Capability.DIRECTORY_MANAGE]


@dataclass
class Country:
    """A province with two cities, one of which has two counties; an office in each."""

    province: Department
    city: Department
    upper: Department
    lower: Department
    neighbour: Department

    @property
    def every(self) -> dict[str, Department]:
        """The offices by their name here."""
        return dict(vars(self))


@pytest.fixture
def country() -> Country:
    """The offices of a small country."""
    city = people.division("519100000000", "示例市")
    people.division("519200000000", "邻居市")
    upper = people.division("519101000000", "上县", city.code)
    lower = people.division("519102000000", "下县", city.code)
    return Country(
        people.department(),
        people.local_office(city, "示例市水务局"),
        people.local_office(upper, "上县水务局"),
        people.local_office(lower, "下县水务局"),
        people.local_office(Region.objects.get(code="519200000000"), "邻居市水务局"),
    )


def held(
    where: Department, *, reach_region: bool = False, everywhere: bool = False, name: str = "某岗"
) -> Actor:
    """Somebody of an office with a post of this reach."""
    found = people.post(where, name, MANAGE, reach_region=reach_region, everywhere=everywhere)
    return people.staff(f"{where.pk.hex[-12:]}{name}{reach_region}", found)


REACHED = {
    "province": {"province", "city", "upper", "lower", "neighbour"},
    "city": {"city", "upper", "lower"},
    "upper": {"upper"},
    "lower": {"lower"},
    "neighbour": {"neighbour"},
}


@pytest.mark.parametrize("at", REACHED)
def test_a_post_with_the_reach_of_its_division_reaches_what_lies_at_or_below(
    at: str, country: Country
) -> None:
    by = held(country.every[at], reach_region=True)
    assert {name for name, office in country.every.items() if by.reaches(office.pk)} == REACHED[at]
    assert set(by.scope_departments or ()) == {country.every[name].pk for name in REACHED[at]}
    found = set(Department.objects.filter(within(by, "id")).values_list("pk", flat=True))
    assert found == set(by.scope_departments or ())
    alone = held(country.every[at], name="本部门岗")
    assert {name for name, office in country.every.items() if alone.reaches(office.pk)} == {at}
    assert not by.reaches(None)


def test_an_actor_is_read_in_one_statement_whatever_it_reaches(country: Country) -> None:
    by = held(country.city, reach_region=True)
    with sql.counting() as statements:
        queries.actor_of(by.id, on=date(2022, 5, 5))
    assert len(statements) == 1


def test_a_division_that_moves_moves_what_is_reached(country: Country) -> None:
    by = held(country.city, reach_region=True)
    Region.objects.filter(pk=country.lower.region_id).update(parent_id=country.neighbour.region_id)
    now = queries.actor_of(by.id)
    assert not now.reaches(country.lower.pk)
    assert now.reaches(country.upper.pk)


def test_a_ring_of_divisions_hangs_nobody_up(country: Country) -> None:
    by = held(country.city, reach_region=True)
    Region.objects.filter(pk=country.city.region_id).update(parent_id=country.lower.region_id)
    assert queries.actor_of(by.id).reaches(country.upper.pk)


def test_the_scope_of_nobody_is_nothing() -> None:
    for by in (Actor("anonymous", "访客"), people.applicant_actor(), Actor("staff", "无部门")):
        assert by.scope_departments == ()
        assert not Department.objects.filter(within(by, "id")).exists()


@contextmanager
def refused() -> Iterator[None]:
    """What must not be given is refused or not there, and nothing has changed."""
    before = (
        list(Post.objects.order_by("pk").values()),
        list(Account.objects.order_by("pk").values("pk", "post")),
    )
    with pytest.raises(Problem) as caught, transaction.atomic():
        yield
    assert isinstance(caught.value, Refused | Missing)
    after = (
        list(Post.objects.order_by("pk").values()),
        list(Account.objects.order_by("pk").values("pk", "post")),
    )
    assert before == after


def save(by: Actor, where: Department, post: Post | None = None, **given: Any) -> Post:
    """A post saved by somebody."""
    values: dict[str, Any] = {"name": "新岗", "capabilities": ["case.search"], "everywhere": False} | given
    return commands.save_post(
        department_id=where.pk, by=by, at=AT, post_id=post.pk if post else None, **values
    )


def test_nobody_gives_a_reach_beyond_the_own_one(country: Country) -> None:
    office, city = held(country.city), held(country.city, reach_region=True, name="市岗")
    centre = held(country.province, everywhere=True, name="中心")
    with refused():
        save(office, country.city, everywhere=True)
    with refused():
        save(office, country.city, reach_region=True)
    with refused():
        save(office, country.upper)
    with refused():
        save(city, country.neighbour)
    with refused():
        save(city, country.upper, everywhere=True)
    assert save(city, country.upper, reach_region=True, name="县岗").reach == Reach.REGION
    assert save(city, country.city, reach_region=True, name="市岗二").reach == Reach.REGION
    assert save(centre, country.neighbour, reach_region=True).reach == Reach.REGION
    both = save(centre, country.neighbour, reach_region=True, everywhere=True, name="全部")
    assert (both.everywhere, both.reach_region) == (True, False)


def test_nobody_gives_a_clearance_beyond_the_own_one(country: Country) -> None:
    plain = held(country.city)
    cleared = people.staff("cleared", people.post(country.city, "密岗", MANAGE, clearance=2))
    with refused():
        save(plain, country.city, clearance=1)
    with refused():
        save(cleared, country.city, clearance=3)
    made = save(cleared, country.city, clearance=2)
    assert made.clearance == 2
    with refused():
        save(plain, country.city, made, name="改名")
    newcomer = people.staff("newcomer", people.post(country.city, "普通岗", []))
    account = people.account_of(newcomer)
    with refused():
        commands.save_staff(
            username=account.username, display_name="新人", post_id=made.pk, password=None, by=plain, at=AT,
            account_id=account.pk,
        )  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [
        {"clearance": 3},
        {"reach_region": True},
        {"everywhere": True},
        {"capabilities": [str(each) for each in Capability]},
        {"is_active": False},
    ],
    ids=lambda given: next(iter(given)),
)
def test_nobody_raises_the_own_post(given: dict[str, Any], country: Country) -> None:
    """Whoever manages everything included: rights need a second person."""
    for by in (held(country.province, everywhere=True, name="中心"), held(country.city, reach_region=True)):
        own = people.account_of(by).post
        assert own is not None
        with refused():
            save(by, own.department, own, **({"name": own.name} | given))
        with refused():
            commands.save_staff(
                username="x",
                display_name="本人",
                post_id=own.pk,
                password=None,
                by=by,
                at=AT,
                account_id=by.id,
            )


@pytest.mark.parametrize(
    "change",
    [
        lambda post, account: Post.objects.filter(pk=post.pk).update(capabilities=[]),
        lambda post, account: Post.objects.filter(pk=post.pk).update(is_active=False),
        lambda post, account: Account.objects.filter(pk=account.pk).update(is_active=False),
        lambda post, account: Account.objects.filter(pk=account.pk).update(
            post=people.post(post.department, "闲岗", [])
        ),
    ],
    ids=["fewer rights", "post closed", "account closed", "another post"],
)
def test_a_demotion_holds_from_the_next_request_on(
    change: Callable[[Post, Account], Any], country: Country
) -> None:
    by = held(country.province, everywhere=True, name="中心")
    account = people.account_of(by)
    assert account.post is not None
    browser = Client()
    browser.force_login(account, backend=BACKEND)
    assert browser.get("/desk/directory/staff").status_code == 200
    change(account.post, account)
    assert browser.get("/desk/directory/staff").status_code in (302, 403)
    assert browser.post("/desk/directory/new", {"name": "x"}).status_code in (302, 403)


def test_less_reach_and_less_clearance_hold_from_the_next_request_on(country: Country) -> None:
    by = held(country.city, reach_region=True)
    account = people.account_of(by)
    browser = Client()
    browser.force_login(account, backend=BACKEND)
    address = f"/desk/directory/departments/{country.upper.pk}"
    assert browser.get(address).status_code == 200
    Post.objects.filter(holders=account.pk).update(reach_region=False)
    assert browser.get(address).status_code == 404


def test_the_form_of_a_post_offers_only_what_may_be_given(country: Country) -> None:
    browser = Client()
    for by, offered in (
        (held(country.city), {"department"}),
        (held(country.city, reach_region=True, name="市岗"), {"department", "region"}),
        (held(country.province, everywhere=True, name="中心"), {"department", "region", "everywhere"}),
    ):
        browser.force_login(people.account_of(by), backend=BACKEND)
        where = country.city if by.reaches(country.city.pk) else country.province
        page = browser.get(f"/desk/directory/departments/{where.pk}/posts/new").content.decode()
        assert {each for each in Reach if f'value="{each}"' in page} == offered


def test_a_post_is_given_its_reach_and_clearance_on_its_page(country: Country) -> None:
    by = held(country.province, everywhere=True, name="中心")
    browser = Client()
    browser.force_login(people.account_of(by), backend=BACKEND)
    given = {
        "name": "市级岗",
        "capabilities": ["case.search"],
        "reach": "region",
        "clearance": "2",
        "is_active": "yes",
    }
    answer = browser.post(f"/desk/directory/departments/{country.city.pk}/posts/new", given)
    assert answer.status_code == 302
    made = Post.objects.get(name="市级岗")
    assert (made.reach, made.clearance, made.everywhere) == (Reach.REGION, 2, False)
    page = browser.get(f"/desk/directory/posts/{made.pk}").content.decode()
    assert "可查看的涉密级别：2" in page
    assert (
        "本区划及下级区划的部门"
        in browser.get(f"/desk/directory/departments/{country.city.pk}").content.decode()
    )
    nonsense = {**given, "name": "乱填", "reach": "galaxy", "clearance": "99"}
    assert (
        browser.post(f"/desk/directory/departments/{country.city.pk}/posts/new", nonsense).status_code == 302
    )
    made = Post.objects.get(name="乱填")
    assert (made.reach, made.clearance) == (Reach.DEPARTMENT, 0), "what is not on the list is the least"


@pytest.mark.parametrize(
    "values", [{"clearance": 4}, {"clearance": -1}, {"everywhere": True, "reach_region": True}]
)
def test_the_database_refuses_nonsense(values: dict[str, Any], country: Country) -> None:
    post = people.post(country.city, "某岗", [])
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(**values)
