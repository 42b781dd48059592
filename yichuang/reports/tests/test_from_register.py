"""Visits and inspection results taken over from the registers: once, keeping what was edited, never untrue."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from yichuang.directory.tests import factories as people
from yichuang.halls.commands import duty, rounds
from yichuang.halls.commands.duty import NewVisit
from yichuang.halls.tests import factories_rounds as hall
from yichuang.reports import queries
from yichuang.reports.flow import Action
from yichuang.reports.models import Report
from yichuang.reports.rules.content import VisitEntry
from yichuang.reports.rules.figure_fields import Binding
from yichuang.reports.rules.from_register import (
    RegisteredResult,
    RegisteredVisit,
    Standing,
    beside,
    disagreeing,
    filled,
)
from yichuang.reports.tests import factories as make

DAY = date(2022, 5, 11)
GOOD = "总体情况良好"


def registered(person: str = "张示例", body: str = "查看办件。", on: date | None = DAY) -> RegisteredVisit:
    """A visit of the register."""
    return RegisteredVisit(on, "" if on else "近日", person, "副厅长", "水利厅", body, "/x")


def stored(visit: RegisteredVisit, number: int = 1, body: str | None = None) -> VisitEntry:
    """The same in a report."""
    return VisitEntry(
        str(number), visit.on, "5月11日" if visit.on else visit.on_text, visit.person, visit.post,
        visit.department, visit.body if body is None else body,
    )  # fmt: skip


def test_a_visit_is_new_the_same_or_changed() -> None:
    one, two, three = registered(), registered("李示范"), registered("王样例", on=None)
    rows = beside([one, two, three], [stored(two, 2), stored(three, 3, "改过的话")])
    assert [row.standing for row in rows] == [Standing.NEW, Standing.SAME, Standing.DIFFERS]
    assert rows[2].differs == ("值守情况和要求",)
    assert (one.when, three.when) == ("5月11日", "近日")


@given(bodies=st.lists(st.text(max_size=5), max_size=6))
def test_taking_over_twice_adds_nothing(bodies: list[str]) -> None:
    visits = [registered(body=body) for body in bodies]
    taken = [stored(row.registered, place) for place, row in enumerate(beside(visits, []))]
    assert all(row.standing is not Standing.NEW for row in beside(visits, taken))
    assert all(row.standing is Standing.SAME for row in beside(visits, taken))


def result(text: str = GOOD, *, good: bool = True, looked: bool = True) -> RegisteredResult:
    """What the register says under a heading."""
    return RegisteredResult(text, good, looked, "/x")


KNOWN = {
    "dress": result(),
    "badge": result("发现1起：水利厅未佩戴工作牌1起，正在整改", good=False),
    "order": result("本周未开展巡查", good=False, looked=False),
}
EMPTY = dict.fromkeys(KNOWN, "")


@pytest.mark.parametrize(
    ("asked", "changed"),
    [
        ("all", {"dress": GOOD}),
        ("dress", {"dress": GOOD}),
        ("badge", {}),
        ("register:all", {"dress": GOOD, "badge": KNOWN["badge"].text}),
        ("register:order", {"order": "本周未开展巡查"}),
        ("", {}),
    ],
)
def test_the_usual_words_come_only_where_they_are_true(asked: str, changed: dict[str, str]) -> None:
    assert filled(EMPTY, asked, KNOWN, GOOD) == EMPTY | changed


def test_what_was_typed_stays_unless_its_own_button_is_pressed() -> None:
    typed = {"dress": "一人未着装", "mood": "好"}
    for asked in ("all", "dress", "register:all"):
        assert filled(typed, asked, KNOWN, GOOD) == typed
    assert filled(typed, "register:dress", KNOWN, GOOD)["dress"] == GOOD
    assert disagreeing(typed, KNOWN) == {"dress": GOOD}
    assert disagreeing({"dress": f"{GOOD}。", "order": "好"}, KNOWN) == {}


@pytest.fixture
def desk(db: None) -> Client:
    """The editor's browser."""
    client = Client()
    account = people.account_of(make.editor())
    client.force_login(account, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


def visited(person: str = "张示例", minutes: int = 0) -> None:
    """A visit in the register."""
    new = NewVisit(hall.water().pk, person, "副厅长", on=DAY, certificates=2)
    at = hall.AT + timedelta(minutes=minutes)
    duty.record_visit(new, by=hall.inspector(), at=at, key=uuid4().hex)


def edit(report: Report) -> int:
    """The edit version that the screen shows."""
    return make.fresh(report).edit_version


def test_visits_are_taken_over_once_and_edited_ones_kept(desk: Client) -> None:
    report = make.opened()
    page = f"/desk/reports/{report.pk}/visits"
    visited()
    visited("李示范", 1)
    assert "登记册中还有 2 次值守没有带入" in desk.get(page).content.decode()
    assert desk.post(page, {"act": "take", "seen": edit(report)}).status_code == 302
    assert desk.post(page, {"act": "take", "seen": edit(report)}).status_code == 422
    entries = queries.content_of(report).visits
    assert [(each.person, each.body) for each in entries] == [
        ("张示例", "颁发证照2件。"), ("李示范", "颁发证照2件。"),
    ]  # fmt: skip
    changed = {
        "person": "张示例",
        "post": "副厅长",
        "department": "水利厅",
        "on": "2022-05-11",
        "body": "另写的话",
    }
    desk.post(f"{page}/{entries[0].id}", changed | {"seen": edit(report)})
    shown = desk.get(page).content.decode()
    assert "与登记册不一致（值守情况和要求）" in shown
    assert "没有带入" not in shown
    assert queries.content_of(report).visits[0].body == "另写的话"
    answer = desk.post(page, {"act": "replace", "visit": entries[0].id, "seen": edit(report)})
    assert answer.status_code == 302
    assert queries.content_of(report).visits[0].body == "颁发证照2件。"
    assert desk.post(page, {"act": "replace", "visit": "none", "seen": edit(report)}).status_code == 404


def test_what_is_taken_over_brings_its_source_along(desk: Client) -> None:
    report = make.opened()
    visited()
    held = hall.begun()
    hall.found(held.pk)
    rounds.finish_round(held.pk, ["dress"], [], "", by=hall.inspector(), at=hall.AT)
    desk.post(f"/desk/reports/{report.pk}/visits", {"act": "take", "seen": edit(report)})
    desk.post(f"/desk/reports/{report.pk}/inspection", {"seen": edit(report), "fill": "register:all"})
    placed = queries.placed_numbers(make.fresh(report), queries.content_of(make.fresh(report)))
    assert {each.number.printed for each in placed} >= {"2", "1"}
    assert [each.words for each in placed if each.binding == Binding.UNBOUND] == []
    assert {each.field.source for each in placed if each.field} == {
        "厅（局）长进大厅登记册",
        "大厅巡查登记册",
    }
    typed = {"seen": edit(report), "attendance": "空岗9起", "dress": GOOD}
    desk.post(f"/desk/reports/{report.pk}/inspection", typed)
    again = queries.placed_numbers(make.fresh(report), queries.content_of(make.fresh(report)))
    assert [each.number.printed for each in again if each.binding == Binding.UNBOUND] == ["9"]


def test_a_report_that_is_past_editing_takes_nothing_over(desk: Client) -> None:
    report = make.moved(make.opened(), Action.START_EDITING, Action.SUBMIT)
    visited()
    answer = desk.post(f"/desk/reports/{report.pk}/visits", {"act": "take", "seen": edit(report)})
    assert answer.status_code == 422
    assert queries.content_of(report).visits == ()


def test_the_inspection_is_taken_over_and_good_against_findings_is_warned_of(desk: Client) -> None:
    report = make.opened()
    page = f"/desk/reports/{report.pk}/inspection"
    assert "请先核实再填写" in desk.get(page).content.decode()
    held = hall.begun()
    hall.found(held.pk)
    rounds.finish_round(held.pk, ["dress"], [], "", by=hall.inspector(), at=hall.AT)
    desk.post(page, {"seen": edit(report), "fill": "register:all"})
    assert queries.content_of(report).inspection == {
        "attendance": "发现1起：水利厅空岗1起，正在整改", "dress": GOOD,
    }  # fmt: skip
    desk.post(page, {"seen": edit(report), "attendance": GOOD, "badge": GOOD, "dress": GOOD})
    shown = desk.get(page).content.decode()
    assert "登记册中本期有 1 起问题" in shown
    assert "没有覆盖这一项目的巡查" in shown
    assert "与登记册不一致" in shown
