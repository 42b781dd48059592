"""Leave: who stands in for whom, what that allows, and when it ends."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.directory import commands, queries
from yichuang.directory.commands import StandInForm
from yichuang.directory.flow import NOT_HANDED_ON, Capability
from yichuang.directory.models import Account, Post, StandIn
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import SHANGHAI

pytestmark = pytest.mark.django_db
AT = datetime(2022, 5, 5, 9, 0, tzinfo=SHANGHAI)
TODAY = AT.date()
BACKEND = "django.contrib.auth.backends.ModelBackend"


def days(number: int) -> date:
    """A day so many days after today."""
    return TODAY + timedelta(days=number)


def admin() -> Actor:
    """Who arranges leave for every department."""
    office = people.department("中心办公室", "902")
    post = people.post(office, "人事岗", [Capability.STAND_IN_ARRANGE], everywhere=True)
    return people.staff("leave.admin", post)


def form(absent: Actor | None = None, other: Actor | None = None, **given: Any) -> StandInForm:
    """The head is on leave for a week; the reviewer decides meanwhile."""
    made = StandInForm(
        (absent or people.head()).id,
        (other or people.reviewer()).id,
        TODAY,
        days(6),
        ("case.decide",),
        "年休假",
    )
    return replace(made, **given)


def arrange(*, by: Actor | None = None, key: str = "k" * 8, at: datetime = AT, **given: Any) -> StandIn:
    """Arrange it."""
    return commands.arrange_stand_in(form(**given), key=key, by=by or admin(), at=at)


def held(who: Actor, day: date) -> Actor:
    """The actor on a day."""
    return queries.actor_of(who.id, on=day)


def test_the_capability_is_held_on_the_days_and_no_longer_and_both_names_are_known() -> None:
    head, other = people.head(), people.reviewer()
    assert not other.can("case.decide")
    made = arrange()
    for day, can in ((-1, False), (0, True), (3, True), (6, True), (7, False)):
        by = held(other, days(day))
        assert by.can("case.decide") is can, day
        assert set(by.stands_for) == ({"case.decide"} if can else set())
    whom = held(other, TODAY).stands_for["case.decide"]
    assert (whom.account_id, whom.name) == (head.id, head.name)
    assert held(other, TODAY).clearance == other.clearance
    assert held(head, TODAY).can("case.decide"), "the absent keep their own"
    assert not queries.actor_of(other.id).can("case.decide"), "without a day nothing is held for others"
    (fact,) = facts_of(made.pk)
    assert fact.kind == "stand_in.arranged"
    assert "年休假" not in str(fact.data)


def test_what_is_held_in_own_right_is_held_in_no_ones_place() -> None:
    arrange(capabilities=("case.decide", "case.search"))
    assert set(held(people.reviewer(), TODAY).stands_for) == {"case.decide"}


@pytest.mark.parametrize(
    "change",
    [
        lambda head, other: Post.objects.filter(holders=head.id).update(capabilities=["case.search"]),
        lambda head, other: Post.objects.filter(holders=head.id).update(is_active=False),
        lambda head, other: Account.objects.filter(pk=head.id).update(is_active=False),
        lambda head, other: Post.objects.filter(holders=other.id).update(everywhere=True),
        lambda head, other: Post.objects.filter(holders=other.id).update(reach_region=True),
        lambda head, other: Post.objects.filter(holders=other.id).update(
            department=people.department("卫生健康委", "123")
        ),
        lambda head, other: StandIn.objects.update(ended_on=TODAY),
    ],
    ids=[
        "rights gone",
        "post closed",
        "account closed",
        "wide reach",
        "wider reach",
        "other department",
        "ended",
    ],
)
def test_it_ends_with_what_it_stands_on(change: Callable[[Actor, Actor], Any]) -> None:
    """Nobody has to remember to end an arrangement when a post or a person changes."""
    head, other = people.head(), people.reviewer()
    arrange()
    assert held(other, TODAY).can("case.decide")
    change(head, other)
    now = held(other, TODAY)
    assert not now.can("case.decide")
    assert now.stands_for == {}


def wrong(**given: Any) -> set[str]:
    """The fields that are wrong with an arrangement."""
    with pytest.raises(Invalid) as caught:
        arrange(**given)
    return set(caught.value.fields)


def test_each_thing_that_is_wrong_is_told_at_its_field() -> None:
    elsewhere = people.reviewer(people.department("卫生健康委", "123"), "health")
    wide = people.staff("wide", people.post(people.department(), "全省岗", [], everywhere=True))
    assert wrong(absent_id=None) == {"absent"}
    assert wrong(stand_in_id=None) == {"stand_in"}
    assert wrong(absent_id=UUID(int=5)) == {"absent"}
    assert wrong(other=people.head()) == {"stand_in"}
    assert wrong(other=elsewhere) == {"stand_in"}
    assert wrong(other=wide) == {"stand_in"}, "a narrow right is not spread over every department"
    assert wrong(other=people.applicant_actor()) == {"stand_in"}
    assert wrong(first_day=None) == {"first_day"}
    assert wrong(last_day=None) == {"last_day"}
    assert wrong(last_day=days(-1)) == {"last_day"}
    assert wrong(first_day=days(-9), last_day=days(-2)) == {"last_day"}
    assert wrong(last_day=days(180)) == {"last_day"}
    assert wrong(capabilities=()) == {"capabilities"}
    assert wrong(capabilities=("case.accept",)) == {"capabilities"}, "the absent does not hold it"
    assert wrong(reason=" ") == {"reason"}
    assert wrong(reason="", capabilities=(), last_day=days(-1)) == {"reason", "capabilities", "last_day"}
    assert not StandIn.objects.exists()


@pytest.mark.parametrize("capability", sorted(NOT_HANDED_ON))
def test_the_administration_of_rights_is_not_handed_on(capability: str) -> None:
    Post.objects.filter(holders=people.head().id).update(capabilities=[str(each) for each in Capability])
    assert wrong(capabilities=(capability,)) == {"capabilities"}


def test_who_may_arrange() -> None:
    with pytest.raises(Refused):
        arrange(by=people.head())
    own = people.staff(
        "leave.water", people.post(people.department(), "人事岗", [Capability.STAND_IN_ARRANGE])
    )
    assert wrong(by=own, other=own) == {"stand_in"}, "nobody gives himself another's rights"
    assert arrange(by=own)
    other = people.department("卫生健康委", "123")
    foreign = people.staff("leave.health", people.post(other, "人事岗", [Capability.STAND_IN_ARRANGE]))
    assert wrong(by=foreign, key="f" * 8) == {"absent"}, "who is not in reach is nobody"
    made = StandIn.objects.get()
    with pytest.raises(Missing):
        commands.end_stand_in(made.pk, by=foreign, at=AT)
    with pytest.raises(Missing):
        commands.end_stand_in(UUID(int=9), by=foreign, at=AT)
    assert queries.stand_ins(queries.StandInFilter(), by=foreign).rows == []
    with pytest.raises(Refused):
        commands.end_stand_in(made.pk, by=people.head(), at=AT)


def test_one_stand_in_at_a_time() -> None:
    third = people.staff("third", people.post(people.department(), "审查岗", people.REVIEWER))
    first = arrange()
    with pytest.raises(Conflict) as caught:
        arrange(other=third, first_day=days(6), last_day=days(9), key="b" * 8)
    assert set(caught.value.fields) == {"first_day"}
    assert arrange(other=third, first_day=days(7), last_day=days(9), key="c" * 8)
    commands.end_stand_in(first.pk, by=admin(), at=AT + timedelta(days=2))
    assert arrange(other=third, first_day=days(2), last_day=days(6), key="d" * 8), (
        "free again from that day on"
    )


def test_there_are_no_chains() -> None:
    third = people.staff("third", people.post(people.department(), "审查岗", people.REVIEWER))
    arrange()
    assert wrong(absent=people.reviewer(), other=third, capabilities=("case.review",), key="b" * 8) == {
        "absent"
    }
    assert wrong(absent=third, other=people.head(), capabilities=("case.review",), key="c" * 8) == {
        "stand_in"
    }
    later: dict[str, Any] = {"first_day": days(7), "last_day": days(8), "capabilities": ("case.review",)}
    assert arrange(absent=people.reviewer(), other=third, key="d" * 8, **later)


def test_what_is_handed_on_is_not_handed_on_again_even_behind_the_command() -> None:
    """Broken data cannot make a chain: only what the absent one's own post holds is lent."""
    third = people.staff("third", people.post(people.department(), "闲岗", []))
    arrange()
    absent, other = people.account_of(people.reviewer()), people.account_of(third)
    StandIn.objects.create(
        id=uuid7(AT), absent=absent, stand_in=other, first_day=TODAY, last_day=days(3),
        capabilities=["case.decide", "case.review"], reason="越权", at=AT, key="z" * 8,
    )  # fmt: skip
    assert held(third, TODAY).capabilities == {"case.review"}


def test_the_same_key_is_the_same_arrangement() -> None:
    by = admin()
    first = arrange(by=by)
    assert arrange(by=by).pk == first.pk
    with pytest.raises(Conflict):
        arrange(by=by, reason="病假")
    other = people.staff("leave.second", people.post(people.department("中心办公室", "902"), "人事岗", []))
    with pytest.raises(Missing):
        arrange(by=other)
    assert StandIn.objects.count() == 1
    assert len(facts_of(first.pk)) == 1


def test_ending_takes_the_rights_back_at_once_and_once() -> None:
    made, by = arrange(), admin()
    ended = commands.end_stand_in(made.pk, by=by, at=AT + timedelta(days=1))
    assert ended.ended_on == days(1)
    assert held(people.reviewer(), TODAY).can("case.decide")
    assert not held(people.reviewer(), days(1)).can("case.decide")
    assert commands.end_stand_in(made.pk, by=by, at=AT + timedelta(days=2)).ended_on == days(1)
    assert [fact.kind for fact in facts_of(made.pk)] == ["stand_in.arranged", "stand_in.ended"]
    over = arrange(first_day=days(3), last_day=days(4), key="e" * 8)
    with pytest.raises(Conflict):
        commands.end_stand_in(over.pk, by=by, at=AT + timedelta(days=5))
    coming = arrange(first_day=days(20), last_day=days(24), key="g" * 8)
    assert commands.end_stand_in(coming.pk, by=by, at=AT).ended_on == days(20)
    assert not held(people.reviewer(), days(20)).can("case.decide")


@pytest.mark.parametrize(
    "values",
    [
        {"stand_in_id": "self"},
        {"last_day": days(-1)},
        {"ended_on": days(-1)},
        {"capabilities": []},
        {"reason": ""},
    ],
    ids=lambda values: next(iter(values)),
)
def test_the_database_refuses_nonsense(values: dict[str, Any]) -> None:
    made = arrange()
    wanted = {name: made.absent_id if value == "self" else value for name, value in values.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        StandIn.objects.filter(pk=made.pk).update(**wanted)


spans = st.tuples(st.integers(0, 12), st.integers(0, 5), st.none() | st.integers(0, 14))


@settings(max_examples=15)
@given(st.lists(spans, min_size=2, max_size=5))
def test_no_two_rows_of_one_absent_person_share_a_day(rows: list[tuple[int, int, int | None]]) -> None:
    """The database alone, against a count day by day."""
    absent, other = people.account_of(people.head()), people.account_of(people.reviewer())
    taken: set[int] = set()
    with transaction.atomic():
        for place, (first, length, ended) in enumerate(rows):
            end = None if ended is None else max(ended, first)
            mine = {day for day in range(first, first + length + 1) if end is None or day < end}
            try:
                with transaction.atomic():
                    StandIn.objects.create(
                        id=uuid7(AT), absent=absent, stand_in=other, first_day=days(first),
                        last_day=days(first + length), ended_on=None if end is None else days(end),
                        capabilities=["case.decide"], reason="随机", at=AT, key=f"random{place}",
                    )  # fmt: skip
            except IntegrityError:
                assert mine & taken
            else:
                assert not mine & taken
                taken |= mine
        transaction.set_rollback(True)


def browser(by: Actor) -> Client:
    """A signed-in browser."""
    made = Client()
    made.force_login(people.account_of(by), backend=BACKEND)
    return made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The front door's clock stands at the time of these tests."""
    monkeypatch.setattr("config.front_door.now", lambda: AT)


def test_leave_is_arranged_seen_exported_and_ended_on_its_pages(clock: None) -> None:
    by, head, other = admin(), people.head(), people.reviewer()
    page = browser(by)
    assert "现在没有人代理" in page.get("/desk/stand-ins").content.decode()
    assert "谁请假" in page.get("/desk/stand-ins/new").content.decode()
    step = page.get(f"/desk/stand-ins/new?absent={head.id}").content.decode()
    assert "reviewer（示例）" in step
    assert "作出决定" in step
    given = {
        "absent": str(head.id), "stand_in": str(other.id), "first_day": "2022-05-05", "last_day": "2022-05-11",
        "capabilities": ["case.decide"], "reason": "年休假", "client_key": "a" * 32,
    }  # fmt: skip
    wrong = page.post("/desk/stand-ins/new", given | {"last_day": "2022-05-01"})
    assert wrong.status_code == 422
    assert "年休假" in wrong.content.decode(), "nothing typed is lost"
    assert page.post("/desk/stand-ins/new", given).status_code == 302
    listed = page.get("/desk/stand-ins").content.decode()
    assert "代理中" in listed
    assert page.get("/desk/stand-ins?q=head").content.decode().count("代理中") == 1
    assert "没有找到" in page.get("/desk/stand-ins?q=nobody").content.decode()
    export = b"".join(page.get("/desk/stand-ins.csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert "head（示例）,reviewer（示例）,2022-05-05,2022-05-11" in export
    made = StandIn.objects.get()
    assert browser(other).post(f"/desk/stand-ins/{made.pk}/end").status_code == 403
    assert page.get(f"/desk/stand-ins/{made.pk}/end").status_code == 405
    assert page.post(f"/desk/stand-ins/{made.pk}/end").status_code == 302
    assert "现在没有人代理" in page.get("/desk/stand-ins").content.decode()
    assert "已结束" in page.get("/desk/stand-ins?all=1").content.decode()


def test_the_register_costs_the_same_however_many_there_are(clock: None) -> None:
    page = browser(admin())
    arrange()
    with sql.counting() as few:
        page.get("/desk/stand-ins?all=1")
    for number in range(2, 8):
        arrange(first_day=days(10 * number), last_day=days(10 * number + 1), key=f"many{number:04d}")
    with sql.counting() as many:
        page.get("/desk/stand-ins?all=1")
    assert len(many) == len(few) <= 4


def test_a_page_that_is_turned_shows_each_once() -> None:
    for number in range(5):
        arrange(first_day=days(10 * number), last_day=days(10 * number + 1), key=f"turn{number:04d}")
    seen, after = [], ""
    while True:
        page = queries.stand_ins(queries.StandInFilter(), by=admin(), after=after, size=2)
        seen += [row.pk for row in page.rows]
        after = page.following
        if not after:
            break
    assert seen == list(StandIn.objects.order_by("-id").values_list("pk", flat=True))
