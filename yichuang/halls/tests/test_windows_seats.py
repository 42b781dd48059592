"""Windows and who sits there: made, changed, staffed, chosen for the day."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from yichuang.directory.tests.factories import account_of
from yichuang.halls.commands.windows import (
    WindowForm,
    assign_staff,
    choose_seat,
    end_staffing,
    save_window,
)
from yichuang.halls.flow.windows import WindowKind
from yichuang.halls.models import Seat, Staffing, Window
from yichuang.halls.queries.windows import (
    past_staffings,
    seat_of,
    staffings,
    who_may_sit,
    windows,
    windows_of,
)
from yichuang.halls.tests import factories_windows as make
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused

pytestmark = pytest.mark.django_db
AT = make.AT
TODAY = AT.date()


def seat(by: Actor, day: date = TODAY) -> str:
    """The code of where somebody sits."""
    found = seat_of(by, day)
    return found.code if found else ""


def test_a_window_is_made_once_and_leaves_a_fact() -> None:
    by, key = make.manager(), make.key()
    form = WindowForm("A05", "综合窗口", place="一楼")
    made = save_window(form, by=by, at=AT, key=key)
    assert save_window(form, by=by, at=AT, key=key).pk == made.pk
    changed = save_window(
        WindowForm("A05", "出件窗口"), by=by, at=AT, key=make.key(), window_id=made.pk, seen=1
    )
    assert (changed.name, changed.edit) == ("出件窗口", 2)
    assert [fact.kind for fact in facts_of(made.pk)] == ["hall_window.opened", "hall_window.changed"]
    assert facts_of(made.pk)[1].data["before"]["name"] == "综合窗口"


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (WindowForm("1A", "窗口"), "code"),
        (WindowForm("A01", "窗口"), "code"),
        (WindowForm("A02", " "), "name"),
        (WindowForm("A02", "窗口", "palace"), "kind"),
        (WindowForm("A02", "窗口", WindowKind.DEPARTMENT), "department"),
        (WindowForm("A02", "窗口", WindowKind.DEPARTMENT, uuid4()), "department"),
    ],
    ids=["code", "taken", "name", "kind", "no department", "unknown department"],
)
def test_a_wrong_window_says_where(form: WindowForm, field: str) -> None:
    make.window("A01")
    with pytest.raises(Invalid) as wrong:
        save_window(form, by=make.manager(), at=AT, key=make.key())
    assert list(wrong.value.fields) == [field]
    assert Window.objects.count() == 1


def test_two_managers_do_not_overwrite_each_other() -> None:
    made = make.window()
    with pytest.raises(Conflict):
        save_window(
            WindowForm("A01", "甲"), by=make.manager(), at=AT, key=make.key(), window_id=made.pk, seen=7
        )
    same = make.key()
    for _ in range(2):
        again = save_window(
            WindowForm("A01", "乙"), by=make.manager(), at=AT, key=same, window_id=made.pk, seen=made.edit
        )
        assert (again.name, again.edit) == ("乙", made.edit + 1)
    assert len(facts_of(made.pk)) == 2
    with pytest.raises(Conflict, match="标识已被使用"):
        save_window(
            WindowForm("A01", "丙"), by=make.manager(), at=AT, key=same, window_id=made.pk, seen=made.edit
        )
    with pytest.raises(Missing):
        save_window(
            WindowForm("A09", "甲"), by=make.manager(), at=AT, key=make.key(), window_id=uuid4(), seen=1
        )


def test_the_database_knows_what_a_window_is() -> None:
    made = make.window()
    for change in ({"code": "x"}, {"name": ""}, {"kind": "department"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Window.objects.filter(pk=made.pk).update(**change)


def test_staffing_follows_the_days() -> None:
    by, clerk = make.manager(), make.clerk(seated=False)
    first, second = make.window("A01"), make.window("A02")
    account, key = account_of(clerk).pk, make.key()
    begun = assign_staff(first.pk, account, TODAY - timedelta(days=9), by=by, at=AT, key=key)
    assert assign_staff(first.pk, account, TODAY - timedelta(days=9), by=by, at=AT, key=key).pk == begun.pk
    assign_staff(second.pk, account, TODAY, by=by, at=AT, key=make.key())
    assert seat(clerk, TODAY - timedelta(days=10)) == ""
    assert seat(clerk, TODAY - timedelta(days=1)) == "A01"
    assert seat(clerk) == "A02"
    begun.refresh_from_db()
    assert begun.until == TODAY - timedelta(days=1)
    assert [one.account_id for one in staffings(TODAY, by=by)] == [account]
    assert [one.pk for one in past_staffings(first.pk, TODAY, by=by)] == [begun.pk]
    assert [fact.kind for fact in facts_of(first.pk)][-1] == "hall_window.staffed"


def test_staffing_is_not_dated_before_the_last_change() -> None:
    by, account = make.manager(), account_of(make.clerk(seated=False)).pk
    assign_staff(make.window().pk, account, TODAY, by=by, at=AT, key=make.key())
    for day in (TODAY, TODAY - timedelta(days=3)):
        with pytest.raises(Invalid) as wrong:
            assign_staff(make.window("A02").pk, account, day, by=by, at=AT, key=make.key())
        assert "since" in wrong.value.fields


def test_staffing_wants_an_open_window_and_somebody_of_the_staff() -> None:
    by, account = make.manager(), account_of(make.clerk(seated=False)).pk
    with pytest.raises(Invalid):
        assign_staff(make.window().pk, uuid4(), TODAY, by=by, at=AT, key=make.key())
    with pytest.raises(Missing):
        assign_staff(uuid4(), account, TODAY, by=by, at=AT, key=make.key())
    closed = make.window("A03", is_active=False)
    with pytest.raises(Invalid):
        assign_staff(closed.pk, account, TODAY, by=by, at=AT, key=make.key())


def test_somebody_leaves_a_window_once() -> None:
    by, clerk = make.manager(), make.clerk(seated=False)
    made = assign_staff(make.window().pk, account_of(clerk).pk, TODAY, by=by, at=AT, key=make.key())
    with pytest.raises(Invalid):
        end_staffing(made.pk, TODAY - timedelta(days=1), by=by, at=AT)
    end_staffing(made.pk, TODAY, by=by, at=AT)
    with pytest.raises(Conflict):
        end_staffing(made.pk, TODAY, by=by, at=AT)
    with pytest.raises(Missing):
        end_staffing(uuid4(), TODAY, by=by, at=AT)
    assert seat(clerk) == "A01"
    assert seat(clerk, TODAY + timedelta(days=1)) == ""


def test_the_seat_of_the_day_goes_before_the_staffing_and_may_be_changed() -> None:
    clerk = make.clerk(seated=False)
    make.window("A01")
    assign_staff(make.window("A01").pk, account_of(clerk).pk, TODAY, by=make.manager(), at=AT, key=make.key())
    choose_seat(make.window("A02").pk, by=clerk, at=AT)
    assert seat(clerk) == "A02"
    choose_seat(make.window("A03").pk, by=clerk, at=AT)
    assert seat(clerk) == "A03"
    assert seat(clerk, TODAY + timedelta(days=1)) == "A01"
    assert Seat.objects.count() == 1


def test_a_seat_is_an_open_window_within_reach() -> None:
    own = make.window("B01", kind=WindowKind.DEPARTMENT, department_id=make.water().pk)
    with pytest.raises(Refused):
        choose_seat(own.pk, by=make.departmental(), at=AT)
    with pytest.raises(Invalid):
        choose_seat(make.window("A04", is_active=False).pk, by=make.clerk(seated=False), at=AT)
    with pytest.raises(Missing):
        choose_seat(uuid4(), by=make.clerk(seated=False), at=AT)
    with pytest.raises(Refused):
        choose_seat(make.window().pk, by=SYSTEM, at=AT)
    assert seat(SYSTEM) == ""


def test_windows_are_seen_within_reach() -> None:
    make.window("A01")
    make.window("A02", is_active=False)
    make.window("B01", kind=WindowKind.DEPARTMENT, department_id=make.water().pk)
    assert [one.code for one in windows(by=make.clerk(seated=False))] == ["A01", "A02", "B01"]
    assert [one.code for one in windows(by=make.departmental(), active_only=True)] == ["A01"]
    assert [one.code for one in windows_of(make.water().pk)] == ["B01"]
    assert windows_of(make.industry().pk) == []


def test_only_those_who_act_at_windows_can_be_seated() -> None:
    sitter, other = make.clerk(), make.receiver()
    ids = [value for value, _ in who_may_sit()]
    assert str(sitter.id) in ids
    assert str(other.id) not in ids


@pytest.mark.parametrize("who", [make.clerk, make.receiver, make.reader], ids=["clerk", "receiver", "reader"])
def test_only_managers_manage(who: object) -> None:
    by = who() if callable(who) else SYSTEM
    made = make.window()
    with pytest.raises(Refused):
        save_window(WindowForm("A08", "窗口"), by=by, at=AT, key=make.key())
    with pytest.raises(Refused):
        assign_staff(made.pk, uuid4(), TODAY, by=by, at=AT, key=make.key())
    with pytest.raises(Refused):
        end_staffing(uuid4(), TODAY, by=by, at=AT)
    with pytest.raises(Refused):
        staffings(TODAY, by=by)
    assert not Staffing.objects.exists()
