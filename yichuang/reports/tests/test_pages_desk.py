"""The desk's pages: who may open what, the bench, every form, conflicts that keep what was typed."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from yichuang.directory.tests import factories as people
from yichuang.halls.tests.factories_rounds import looked_over
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.web import requirement
from yichuang.reports import queries
from yichuang.reports.flow import Action, ContributionState, State
from yichuang.reports.models import Contribution, Report
from yichuang.reports.pages import urlpatterns
from yichuang.reports.tests import factories as make
from yichuang.reports.tests.factories_newsroom import installed

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Client:
    """The editor's browser."""
    return as_(client, make.editor())


def as_(client: Client, by: Actor) -> Client:
    client.force_login(people.account_of(by))
    return client


def address(report: Report, name: str = "desk-report", *rest: object) -> str:
    return reverse(name, args=[report.pk, *rest])


def test_every_view_says_who_may_open_it() -> None:
    assert all(requirement(pattern.callback) for pattern in urlpatterns)


def test_strangers_are_sent_to_sign_in(client: Client) -> None:
    report = make.opened()
    for name in ("desk-report", "desk-report-versions", "desk-report-visits", "desk-report-imprint"):
        answer = client.get(address(report, name))
        assert (answer.status_code, answer["Location"].startswith("/sign-in")) == (302, True)
    assert client.get("/desk/reports").status_code == 302


@pytest.mark.parametrize(
    ("who", "list_", "draft", "edit", "contribute"),
    [
        ("editor", 200, 200, 200, 200),
        ("reviewer", 200, 200, 403, 403),
        ("leader", 200, 200, 403, 403),
        ("contributor", 200, 404, 403, 200),
        ("clerk", 403, 404, 403, 403),
        ("company", 403, 404, 403, 403),
    ],
)
def test_each_role_opens_only_its_pages(
    client: Client, who: str, list_: int, draft: int, edit: int, contribute: int
) -> None:
    actors = {
        "editor": make.editor, "reviewer": make.reviewer, "leader": make.leader, "contributor": make.contributor,
        "clerk": people.clerk, "company": people.applicant_actor,
    }  # fmt: skip
    report = make.opened()
    as_(client, actors[who]())
    assert client.get("/desk/reports").status_code == list_
    for name in ("desk-report", "desk-report-versions"):
        assert client.get(address(report, name)).status_code == draft
    assert client.get(address(report, "desk-report-file", "txt")).status_code == draft
    for name in ("desk-report-visits", "desk-report-inspection", "desk-report-imprint"):
        assert client.get(address(report, name)).status_code == edit
    assert client.get(address(report, "desk-report-section", "efficiency")).status_code == edit
    assert client.get("/desk/reports/contribute").status_code == contribute


@pytest.mark.parametrize("state", State)
def test_the_bench_shows_each_state(desk: Client, state: State) -> None:
    make.work()
    report = make.in_state(state)
    page = desk.get(address(report)).content.decode()
    assert "大纲" in page
    assert "本期数字" in page
    assert "/desk/figures/cases?measure=accepted" in page
    assert ("待采用素材" in page) == (state in (State.COLLECTING, State.EDITING))
    assert ("草稿" in page) == (state not in (State.ISSUED, State.PRINTED))
    assert len(re.findall("<h1", page)) == 1


def test_a_report_is_opened_from_the_list(desk: Client) -> None:
    page = desk.get("/desk/reports").content.decode()
    assert "还没有周报" in page
    answer = desk.post("/desk/reports/new", {"first_day": "2022-05-05", "last_day": "2022-05-13"})
    report = Report.objects.get()
    assert answer["Location"] == address(report)
    again = desk.post("/desk/reports/new", {"first_day": "2022-05-05", "last_day": "2022-05-13"})
    assert again.status_code == 409
    wrong = desk.post("/desk/reports/new", {"first_day": "昨天", "last_day": "2022-05-13"})
    assert wrong.status_code == 422
    assert "请按 2022-05-13 的格式填写" in wrong.content.decode()
    assert "2022-05-05 至 2022-05-13" in desk.get("/desk/reports").content.decode()


def test_items_are_saved_and_moved_by_buttons(desk: Client) -> None:
    report = make.written(make.opened(), "甲。", "乙。")
    section = address(report, "desk-report-section", "efficiency")
    ids = [item.id for item in queries.content_of(report).of("efficiency")]
    typed = {"id-0": ids[0], "text-0": "甲改。", "id-1": ids[1], "text-1": "乙。", "text-2": "丙。"}
    desk.post(section, typed | {"seen": 2, "act": "down:0"})
    assert [item.text for item in queries.content_of(make.fresh(report)).of("efficiency")] == [
        "乙。",
        "甲改。",
        "丙。",
    ]
    page = desk.get(section).content.decode()
    assert page.index("乙。") < page.index("甲改。")
    answer = desk.post(section, {"id-0": ids[1], "text-0": "乙。", "seen": 3, "act": "remove:0"})
    assert answer.status_code == 302
    assert queries.content_of(make.fresh(report)).of("efficiency") == ()


def test_a_conflict_keeps_what_was_typed_and_shows_what_is_new(desk: Client) -> None:
    report = make.opened()
    section = address(report, "desk-report-section", "efficiency")
    make.written(report, "别人写的。")
    answer = desk.post(section, {"text-0": "我写的。", "seen": 1})
    page = answer.content.decode()
    assert answer.status_code == 409
    # Both texts stand beside each other with what differs marked, so the marks come between the words.
    words = re.sub(r"<span class=.visually-hidden.>[^<]*</span>|<[^>]*>", "", page)
    assert "我写的。" in words
    assert "别人写的。" in words
    assert 'name="seen" value="2"' in page
    desk.post(section, {"text-0": "我写的。", "seen": 2})
    assert [item.text for item in queries.content_of(make.fresh(report)).of("efficiency")] == ["我写的。"]


def test_the_usual_inspection_words_come_only_by_a_button(desk: Client) -> None:
    report = make.opened()
    page = address(report, "desk-report-inspection")
    assert "填入「总体情况良好」" not in desk.get(page).content.decode()
    looked_over()
    shown = desk.get(page).content.decode()
    assert shown.count("填入「总体情况良好」") == 6
    assert not re.search(r"<textarea[^>]*>[^<]*总体情况良好", shown)
    desk.post(page, {"seen": 1, "dress": "一人未着装", "fill": "order"})
    assert queries.content_of(make.fresh(report)).inspection == {
        "dress": "一人未着装",
        "order": "总体情况良好",
    }
    desk.post(page, {"seen": 2, "dress": "一人未着装", "order": "总体情况良好", "fill": "all"})
    assert len(queries.content_of(make.fresh(report)).inspection) == 6
    assert desk.post(page, {"seen": 1, "dress": "丢不了"}).status_code == 409


def test_visits_are_entered_changed_and_removed(desk: Client) -> None:
    report = make.opened()
    page = address(report, "desk-report-visits")
    wrong = desk.post(page, {"seen": 1, "person": "张示例", "department": "水利厅"})
    assert wrong.status_code == 422
    assert 'value="张示例"' in wrong.content.decode()
    given = {"person": "张示例", "post": "副厅长", "department": "水利厅", "on_text": "近日"}
    assert desk.post(page, given | {"seen": 1}).status_code == 302
    visit = report.visits.get()
    one = address(report, "desk-report-visit", visit.pk)
    assert "修改值守" in desk.get(one).content.decode()
    desk.post(one, given | {"seen": 2, "on": "2022-05-10", "on_text": ""})
    visit.refresh_from_db()
    assert visit.on_text == "5月10日"
    assert desk.post(address(report, "desk-report-visit-remove", visit.pk), {"seen": 1}).status_code == 409
    assert desk.post(address(report, "desk-report-visit-remove", visit.pk), {"seen": 3}).status_code == 302
    assert desk.get(one).status_code == 404


def test_the_imprint_is_saved(desk: Client) -> None:
    report = make.opened()
    page = address(report, "desk-report-imprint")
    assert "中心领导" in desk.get(page).content.decode()
    assert desk.post(page, {"seen": 1, "copies": "许多"}).status_code == 422
    assert (
        desk.post(page, {"seen": 1, "report_to": "", "issue_to": "各窗口", "copies": "91"}).status_code == 302
    )
    assert make.fresh(report).copies == 91


def test_suggestions_are_taken_and_declined_at_the_bench(desk: Client) -> None:
    report = make.opened()
    first, second = make.contribution(report), make.contribution(report, title="第二条")
    assert "第二条" in desk.get(address(report)).content.decode()
    desk.post(
        address(report, "desk-report-take"), {"contribution": first, "section": "efficiency", "seen": 1}
    )
    refused = desk.post(address(report, "desk-report-decline"), {"contribution": second, "reason": ""})
    assert refused.status_code == 422
    desk.post(address(report, "desk-report-decline"), {"contribution": second, "reason": "重复"})
    states = dict(Contribution.objects.values_list("id", "state"))
    assert states == {first: ContributionState.TAKEN, second: ContributionState.DECLINED}
    stale = desk.post(
        address(report, "desk-report-take"), {"contribution": first, "section": "efficiency", "seen": 1}
    )
    assert stale.status_code == 409


def test_a_department_sends_and_withdraws(client: Client) -> None:
    report = make.opened()
    as_(client, make.contributor())
    page = client.get("/desk/reports/contribute").content.decode()
    assert "5月5日—5月13日" in page
    given = {
        "report": str(report.pk),
        "section": "efficiency",
        "title": "题",
        "body": "文。",
        "client_key": uuid4().hex,
    }
    assert client.post("/desk/reports/contribute", given | {"body": ""}).status_code == 422
    assert client.post("/desk/reports/contribute", given).status_code == 302
    assert client.post("/desk/reports/contribute", given).status_code == 302
    sent = Contribution.objects.get()
    assert client.post(reverse("desk-report-withdraw", args=[sent.pk])).status_code == 302
    assert client.post(reverse("desk-report-withdraw", args=[sent.pk])).status_code == 409
    assert "已撤回" in client.get("/desk/reports/contribute").content.decode()


def test_the_whole_way_by_the_buttons_of_those_who_may(client: Client) -> None:
    report = make.written(make.opened(), "甲。")
    for by, action in [
        (make.editor(), Action.START_EDITING), (make.editor(), Action.SUBMIT), (make.reviewer(), Action.SEND_BACK),
        (make.editor(), Action.SUBMIT), (make.reviewer(), Action.APPROVE), (make.leader(), Action.ISSUE),
        (make.editor(), Action.MARK_PRINTED),
    ]:  # fmt: skip
        as_(client, by)
        assert f"/act/{action}" in client.get(address(report)).content.decode(), action
        answer = client.post(
            address(report, "desk-report-act", action),
            {"seen": make.fresh(report).edit_version, "reason": "请核对"},
        )
        assert answer.status_code == 302, action
    report = make.fresh(report)
    assert report.state == State.PRINTED
    assert client.get(f"/reports/{report.slug}").status_code == 200
    assert client.get(address(report, "desk-report-file", "docx")).status_code == 200


def test_a_step_without_reason_or_right_is_told_at_the_bench(client: Client) -> None:
    report = make.in_state(State.IN_REVIEW)
    as_(client, make.reviewer())
    answer = client.post(address(report, "desk-report-act", "send_back"), {"seen": 1, "reason": ""})
    assert (answer.status_code, "请写明退回的理由" in answer.content.decode()) == (422, True)
    assert client.post(address(report, "desk-report-act", "issue"), {"seen": 1}).status_code == 403
    assert client.post(address(report, "desk-report-act", "burn"), {"seen": 1}).status_code == 404


def test_who_edited_is_told_that_another_must_review(client: Client) -> None:
    by = make.everything()
    report = make.opened(by=by)
    make.moved(report, *make.TO_REVIEW)
    page = as_(client, by).get(address(report)).content.decode()
    assert "「审核通过」须由没有参与编辑的同事办理" in page
    assert "/act/approve" not in page
    assert "/act/send_back" in page


def test_versions_and_their_difference(desk: Client) -> None:
    report = make.written(make.written(make.opened(), "甲。"), "乙。")
    listed = desk.get(address(report, "desk-report-versions")).content.decode()
    assert listed.count("编辑「窗口服务效能提升工作情况」") == 2
    shown = desk.get(address(report, "desk-report-version", 3)).content.decode()
    assert re.search(r"<del>.*甲。</del>", shown)
    assert re.search(r"<ins>.*乙。</ins>", shown)
    assert desk.get(address(report, "desk-report-version", 9)).status_code == 404


def test_the_list_and_the_bench_do_not_ask_more_for_more(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(monkeypatch)
    report = make.written(make.opened(), "甲。")
    desk.get("/desk/reports")
    counts = []
    by = make.editor()
    for grown in (True, False):
        with sql.counting() as statements:
            queries.desk_reports(by=by)
        with sql.counting() as bench:
            assert desk.get(address(report)).status_code == 200
        counts.append((len(statements), len(bench)))
        if grown:
            make.contribution(report)
            make.contribution(report, title="又一条")
            make.written(report, "甲。", "乙。", "丙。")
            make.opened(make.LAST + make.timedelta(days=3), make.LAST + make.timedelta(days=7))
    assert counts == [(1, 35), (1, 35)]
