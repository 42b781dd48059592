"""The editor's pages, one a section: what they show, what they save, what a conflict or a mistake keeps on the screen."""

import re
from collections.abc import Mapping
from html import unescape

import pytest
from django.test import Client

from yichuang.halls.tests.factories_rounds import looked_over
from yichuang.kernel import sql
from yichuang.reports import commands, queries
from yichuang.reports.flow import INSPECTION_DEFAULT, Action, State
from yichuang.reports.models import DutyVisit, Report
from yichuang.reports.tests import factories as make
from yichuang.reports.tests.test_pages_desk import address, as_

pytestmark = pytest.mark.django_db
TYPED = "我刚写的“话”<b>&"
PAGES: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "news": (("desk-report-section", "efficiency"), {"text-0": TYPED}),
    "visits": (
        ("desk-report-visits",),
        {"person": "张示例", "department": "水利厅", "on_text": "近日", "body": TYPED},
    ),
    "inspection": (("desk-report-inspection",), {"dress": TYPED}),
    "imprint": (("desk-report-imprint",), {"send_to": TYPED, "copies": "80"}),
}


@pytest.fixture
def desk(client: Client) -> Client:
    """The editor's browser."""
    return as_(client, make.editor())


def page_of(report: Report, page: str) -> str:
    name, *rest = PAGES[page][0]
    return address(report, name, *rest)


def post(desk: Client, report: Report, page: str, seen: int, **more: str) -> tuple[int, str]:
    given: Mapping[str, object] = PAGES[page][1] | more | {"seen": seen}
    answer = desk.post(page_of(report, page), given)
    return answer.status_code, answer.content.decode()


def items(report: Report, section: str = "efficiency") -> list[str]:
    return [item.text for item in queries.content_of(make.fresh(report)).of(section)]


@pytest.mark.parametrize("page", PAGES)
def test_a_conflict_keeps_what_was_typed_and_saves_nothing(desk: Client, page: str) -> None:
    report = make.opened()
    commands.save_imprint(report.pk, {"报": "别人"}, 5, seen=1, by=make.editor("somebody-else"), at=make.AT)
    before = queries.content_of(make.fresh(report))
    status, shown = post(desk, report, page, seen=1)
    assert status == 409
    assert TYPED in unescape(shown)
    assert "<b>&" not in shown
    assert "somebody-else（示例）：修改印发信息" in shown
    assert 'name="seen" value="2"' in shown
    assert queries.content_of(make.fresh(report)) == before


@pytest.mark.parametrize("page", PAGES)
def test_after_a_conflict_the_same_words_can_be_saved(desk: Client, page: str) -> None:
    report = make.opened()
    commands.save_imprint(report.pk, {}, 5, seen=1, by=make.editor(), at=make.AT)
    _, shown = post(desk, report, page, seen=1)
    seen = re.search(r'name="seen" value="(\d+)"', shown)
    assert seen
    assert post(desk, report, page, seen=int(seen[1]))[0] == 302
    assert make.fresh(report).edit_version == 3


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("state", [State.IN_REVIEW, State.ISSUED, State.PRINTED])
def test_past_editing_the_words_stay_on_the_screen_and_nothing_is_saved(
    desk: Client, page: str, state: State
) -> None:
    report = make.in_state(state)
    status, shown = post(desk, report, page, seen=1)
    assert status == 422
    assert f"本期已到「{state.label}」环节" in shown
    assert TYPED in unescape(shown)
    assert make.fresh(report).edit_version == 1


def test_a_version_that_is_none_never_overwrites(desk: Client) -> None:
    report = make.opened()
    for page in PAGES:
        for seen in ("", "x", "-1", "1.0", "１", "9" * 30):
            answer = desk.post(page_of(report, page), PAGES[page][1] | {"seen": seen})
            assert answer.status_code == 409, (page, seen)
    assert make.fresh(report).edit_version == 1


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_one_main_heading_and_a_way_back(desk: Client, page: str) -> None:
    report = make.opened()
    shown = desk.get(page_of(report, page)).content.decode()
    assert len(re.findall("<h1", shown)) == 1
    assert address(report) in shown
    assert 'name="seen" value="1"' in shown


@pytest.mark.parametrize(
    ("page", "most"), [("news", 14), ("visits", 14), ("inspection", 14), ("imprint", 14)]
)
def test_a_page_asks_the_same_however_much_is_written(desk: Client, page: str, most: int) -> None:
    report = make.opened()
    desk.get(page_of(report, page))
    counts = []
    for _ in range(2):
        with sql.counting() as statements:
            desk.get(page_of(report, page))
        counts.append(len(statements))
        for n in range(3):
            seen = make.fresh(report).edit_version
            form = make.visit(person=f"示例{n}")
            commands.save_visit(report.pk, form, seen=seen, by=make.editor(), at=make.AT)
        make.written(report, *(f"第{n}条。" for n in range(9)))
    assert counts[0] == counts[1] <= most


def test_items_are_added_one_by_one_and_stand_in_order(desk: Client) -> None:
    report = make.opened()
    for place, text in enumerate(("甲。", "乙。", "丙。")):
        known = queries.content_of(make.fresh(report)).of("efficiency")
        given: dict[str, object] = {"seen": place + 1}
        for n, item in enumerate(known):
            given |= {f"id-{n}": item.id, f"text-{n}": item.text, f"section-{n}": "efficiency"}
        desk.post(page_of(report, "news"), given | {f"text-{place}": text})
    assert items(report) == ["甲。", "乙。", "丙。"]


@pytest.mark.parametrize(
    ("act", "order"),
    [
        ("up:0", "甲乙丙"), ("up:1", "乙甲丙"), ("up:2", "甲丙乙"), ("down:0", "乙甲丙"), ("down:1", "甲丙乙"),
        ("down:2", "甲乙丙"), ("remove:0", "乙丙"), ("remove:1", "甲丙"), ("remove:2", "甲乙"), ("remove:9", "甲乙丙"),
        ("up:-1", "甲乙丙"), ("burn:1", "甲乙丙"), ("up:", "甲乙丙"), ("remove:１", "甲乙丙"),
    ],
)  # fmt: skip
def test_the_buttons_of_an_item(desk: Client, act: str, order: str) -> None:
    report = make.written(make.opened(), "甲", "乙", "丙")
    given: dict[str, object] = {"seen": 2, "act": act}
    for n, item in enumerate(queries.content_of(report).of("efficiency")):
        given |= {f"id-{n}": item.id, f"text-{n}": item.text}
    answer = desk.post(page_of(report, "news"), given)
    assert answer["Location"] == page_of(report, "news")
    assert items(report) == list(order)


def test_an_item_moves_to_another_heading(desk: Client) -> None:
    report = make.written(make.opened(), "甲。", "乙。")
    first, second = queries.content_of(report).of("efficiency")
    given = {
        "seen": 2, "id-0": first.id, "text-0": "甲。", "section-0": "environment", "id-1": second.id,
        "text-1": "乙。", "section-1": "efficiency",
    }  # fmt: skip
    assert desk.post(page_of(report, "news"), given).status_code == 302
    assert (items(report), items(report, "environment")) == (["乙。"], ["甲。"])


@pytest.mark.parametrize("target", ["figures", "visits", "nowhere"])
def test_an_item_moves_to_no_heading_that_is_not_for_news(desk: Client, target: str) -> None:
    report = make.written(make.opened(), "甲。")
    item = queries.content_of(report).of("efficiency")[0]
    given = {"seen": 2, "id-0": item.id, "text-0": "甲改。", "section-0": target}
    answer = desk.post(page_of(report, "news"), given)
    assert answer.status_code == 404
    assert "甲改。" in answer.content.decode()
    assert items(report) == ["甲。"]


def test_an_item_that_is_too_long_is_told_beside_it_and_the_others_are_kept(desk: Client) -> None:
    report = make.opened()
    answer = desk.post(page_of(report, "news"), {"seen": 1, "text-0": "短。", "text-1": "长" * 4001})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "第 2 条有 4001 字" in shown
    assert "短。" in shown
    assert items(report) == []


def test_more_items_than_a_heading_holds_are_refused(desk: Client) -> None:
    report = make.opened()
    given = {f"text-{n}": "甲。" for n in range(61)}
    assert desk.post(page_of(report, "news"), given | {"seen": 1}).status_code == 422
    given.pop("text-60")
    assert desk.post(page_of(report, "news"), given | {"seen": 1}).status_code == 302
    assert len(items(report)) == 60


def test_a_strange_id_is_a_new_item_and_takes_nothing_over(desk: Client) -> None:
    report = make.written(make.opened(), "甲。")
    desk.post(
        page_of(report, "news"), {"seen": 2, "id-0": "00000000-0000-0000-0000-000000000000", "text-0": "乙。"}
    )
    (item,) = queries.content_of(make.fresh(report)).of("efficiency")
    assert item.id != "00000000-0000-0000-0000-000000000000"
    assert item.contribution == ""


@pytest.mark.parametrize("section", ["figures", "news", "visits", "inspection", "nothing"])
def test_only_news_have_a_page_of_items(desk: Client, section: str) -> None:
    assert desk.get(address(make.opened(), "desk-report-section", section)).status_code == 404


VISIT = {"person": "张示例", "post": "副厅长", "department": "水利厅"}


@pytest.mark.parametrize(
    ("given", "on_text"),
    [
        ({"on": "2022-05-11"}, "5月11日"),
        ({"on_text": "近日"}, "近日"),
        ({"on": "2022-05-11", "on_text": "5月11日上午"}, "5月11日上午"),
    ],
)
def test_a_visit_is_entered_with_a_day_or_words(desk: Client, given: dict[str, str], on_text: str) -> None:
    report = make.opened()
    assert desk.post(page_of(report, "visits"), VISIT | given | {"seen": "1"}).status_code == 302
    visit = report.visits.get()
    assert (visit.on_text, visit.on is None) == (on_text, "on" not in given)
    listed = desk.get(page_of(report, "visits")).content.decode()
    assert ("2022-05-11" in listed) == ("on" in given)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"person": ""}, "请填写值守人姓名"),
        ({"department": " "}, "请填写部门"),
        ({"on_text": ""}, "请填写日期"),
        ({"on": "昨天"}, "请按 2022-05-13 的格式填写"),
        ({"on": "2022-02-30"}, "请按 2022-05-13 的格式填写"),
        ({"body": "长" * 4001}, "最多 4000 字"),
    ],
)
def test_what_is_wrong_with_a_visit_is_told_and_the_rest_kept(
    desk: Client, wrong: dict[str, str], told: str
) -> None:
    report = make.opened()
    answer = desk.post(page_of(report, "visits"), VISIT | {"on_text": "近日"} | wrong | {"seen": "1"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert told in shown
    assert 'value="副厅长"' in shown
    assert not report.visits.exists()


def test_visits_stand_in_the_order_of_entering_also_after_one_is_removed(desk: Client) -> None:
    report = make.opened()
    for seen, person in enumerate(("张示例", "李示例", "王示例"), start=1):
        desk.post(page_of(report, "visits"), VISIT | {"person": person, "on_text": "近日", "seen": str(seen)})
    middle = report.visits.get(person="李示例")
    desk.post(address(report, "desk-report-visit-remove", middle.pk), {"seen": 4})
    desk.post(page_of(report, "visits"), VISIT | {"person": "赵示例", "on_text": "近日", "seen": "5"})
    assert [visit.person for visit in report.visits.all()] == ["张示例", "王示例", "赵示例"]
    assert "示例" in str(queries.version(report, 4).content["visits"][1]["person"])


def test_a_visit_of_another_report_is_not_touched(desk: Client) -> None:
    report = make.opened()
    other = make.opened(make.LAST + make.timedelta(days=3), make.LAST + make.timedelta(days=7))
    commands.save_visit(other.pk, make.visit(), seen=1, by=make.editor(), at=make.AT)
    visit = DutyVisit.objects.get()
    for name in ("desk-report-visit", "desk-report-visit-remove"):
        answer = desk.post(address(report, name, visit.pk), VISIT | {"on_text": "近日", "seen": "1"})
        assert answer.status_code == 404
    assert DutyVisit.objects.get().person == "张示例"


def test_the_inspection_is_filled_in_by_hand_by_one_button_or_by_all(desk: Client) -> None:
    report = make.opened()
    looked_over()
    page = page_of(report, "inspection")
    assert desk.post(page, {"seen": 1, "dress": "一人未着装。", "order": ""}).status_code == 302
    assert queries.content_of(make.fresh(report)).inspection == {"dress": "一人未着装"}
    desk.post(page, {"seen": 2, "dress": "一人未着装", "fill": "dress"})
    assert queries.content_of(make.fresh(report)).inspection == {"dress": "一人未着装"}
    desk.post(page, {"seen": 3, "dress": "一人未着装", "fill": "badge"})
    assert queries.content_of(make.fresh(report)).inspection["badge"] == INSPECTION_DEFAULT
    desk.post(page, {"seen": 4, "fill": "no-such"})
    assert queries.content_of(make.fresh(report)).inspection == {}
    desk.post(page, {"seen": 5, "mood": "好"})
    assert queries.content_of(make.fresh(report)).inspection == {}


@pytest.mark.parametrize(
    ("copies", "status"),
    [("0", 302), ("80", 302), ("10000", 302), ("10001", 422), ("-1", 422), ("", 422), ("八十", 422), ("８０", 422),
     ("1.5", 422), ("9" * 5000, 422)],
)  # fmt: skip
def test_copies_are_a_whole_number(desk: Client, copies: str, status: int) -> None:
    report = make.opened()
    answer = desk.post(page_of(report, "imprint"), {"seen": 1, "copies": copies, "report_to": "中心领导。"})
    assert answer.status_code == status
    assert make.fresh(report).copies == (int(copies) if status == 302 else 80)
    if status == 422:
        assert "应为 0 至 10000 的整数" in answer.content.decode()


@pytest.mark.parametrize("state", State)
def test_the_bench_links_to_the_section_pages_only_while_they_can_be_saved(
    desk: Client, state: State
) -> None:
    report = make.in_state(state)
    shown = desk.get(address(report)).content.decode()
    editable = state in (State.COLLECTING, State.EDITING)
    for page in PAGES:
        assert (page_of(report, page) in shown) == editable


@pytest.mark.parametrize("name", ["desk-report-take", "desk-report-decline"])
def test_taking_and_declining_beside_the_point_is_told(desk: Client, name: str) -> None:
    report = make.opened()
    sent = make.contribution(report)
    for wrong in ("", "x", "00000000-0000-0000-0000-000000000000"):
        answer = desk.post(
            address(report, name),
            {"contribution": wrong, "reason": "重复", "section": "efficiency", "seen": 1},
        )
        assert answer.status_code == 404
    assert [row.id for row in queries.waiting(report)] == [sent]


def test_words_of_the_reason_come_back_to_the_editor(desk: Client, client: Client) -> None:
    report = make.in_state(State.IN_REVIEW)
    as_(client, make.reviewer())
    client.post(address(report, "desk-report-act", Action.SEND_BACK), {"seen": 1, "reason": "缺<水利厅>动态"})
    as_(client, make.editor())
    shown = client.get(address(report)).content.decode()
    assert "退回编辑的理由" in shown
    assert "缺&lt;水利厅&gt;动态" in shown
