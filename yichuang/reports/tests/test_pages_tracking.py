"""Pages of the joint work: changes, two versions side by side, comments, findings, locks, and the merge after a conflict."""

import re
from html import unescape

import pytest
from django.test import Client

from yichuang.kernel import sql
from yichuang.reports import commands, queries
from yichuang.reports.commands import ItemDraft
from yichuang.reports.flow import Action, State
from yichuang.reports.models import Comment, Report, SectionLock
from yichuang.reports.tests import factories as make
from yichuang.reports.tests.test_commands_tracking import SECTION, save, words
from yichuang.reports.tests.test_pages_desk import address, as_

pytestmark = pytest.mark.django_db
PAGES = ("desk-report-changes", "desk-report-compare", "desk-report-comments", "desk-report-checks")


@pytest.fixture
def desk(client: Client) -> Client:
    """The editor's browser."""
    return as_(client, make.editor())


def shown(desk: Client, page: str) -> str:
    answer = desk.get(page)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def plain(text: str) -> str:
    """The words without tags."""
    return re.sub(r"\s+", "", re.sub("<[^>]+>", "", text))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("state", State)
def test_every_page_opens_in_every_state_for_those_who_see_drafts(
    client: Client, page: str, state: State
) -> None:
    report = make.in_state(state)
    for by in (make.editor(), make.reviewer(), make.leader()):
        assert len(re.findall("<h1", shown(as_(client, by), address(report, page)))) == 1
    as_(client, make.contributor())
    assert client.get(address(report, page)).status_code == 404


def test_a_change_is_shown_with_words_for_readers_and_taken_back(desk: Client) -> None:
    report = save(save(make.opened(), "水利厅<b>受理3件。"), "水利厅<b>受理4件。", why="核对数据")
    page = address(report, "desk-report-changes")
    told = desk.get(page, {"since": "2"}).content.decode()
    assert "<del><span" in told
    assert "（删除：3）" in plain(told)
    assert "（增加：4）" in plain(told)
    assert "水利厅&lt;b&gt;" in told
    assert "核对数据" in told
    mark = re.findall(r'name="mark" value="(\w{64})"', told)[0]
    given = {"mark": mark, "basis": "2", "seen": 3, "reason": ""}
    wrong = desk.post(address(report, "desk-report-change-revert"), given)
    assert wrong.status_code == 422
    assert "请写明为什么撤销" in wrong.content.decode()
    done = desk.post(address(report, "desk-report-change-revert"), given | {"reason": "原数正确"})
    assert done["Location"] == f"{page}?since=2"
    assert words(report) == ["水利厅<b>受理3件。"]


def test_a_reviewer_marks_a_change_and_the_editor_reads_it(client: Client) -> None:
    report = save(save(make.opened(), "受理三件。"), "受理四件。")
    mark = queries.changed_since(report, "2")[0].rows[0].change.mark
    given = {"mark": mark, "basis": "2", "reason": "请核对来源", "opinion": "objected"}
    as_(client, make.reviewer())
    assert client.post(address(report, "desk-report-change-judge"), given).status_code == 302
    assert (
        client.post(address(report, "desk-report-change-judge"), given | {"opinion": "x"}).status_code == 404
    )
    as_(client, make.editor())
    told = shown(client, address(report, "desk-report-changes") + "?since=2")
    assert "审核不同意" in told
    assert "请核对来源" in told


@pytest.mark.parametrize("since", ["submitted", "9", "x", "-1", "１", "0"])
def test_a_basis_that_there_is_not_is_told(desk: Client, since: str) -> None:
    assert desk.get(address(make.opened(), "desk-report-changes"), {"since": since}).status_code == 404


def test_two_versions_stand_side_by_side(desk: Client) -> None:
    report = save(save(make.opened(), "甲乙丙。"), "甲丁丙。")
    told = shown(desk, address(report, "desk-report-compare") + "?left=2&right=3")
    assert "第2版：" in plain(told)
    assert "（删除：乙）" in plain(told)
    assert "（增加：丁）" in plain(told)
    assert desk.get(address(report, "desk-report-compare"), {"left": "99"}).status_code == 404


def test_a_comment_is_written_answered_and_settled(desk: Client) -> None:
    report = save(make.opened(), "水利厅召开会议。")
    item = queries.content_of(report).of(SECTION)[0].id
    page = address(report, "desk-report-comments")
    given = {"place": f"{SECTION}/{item}", "quote": "没有这句", "body": "<请>核对", "client_key": "a" * 32}
    wrong = desk.post(page, given)
    assert wrong.status_code == 422
    assert "&lt;请&gt;核对" in wrong.content.decode()
    for _ in range(2):
        assert desk.post(page, given | {"quote": "召开"}).status_code == 302
    row = Comment.objects.get()
    answer = {"parent": str(row.pk), "body": "已核对", "client_key": "b" * 32}
    assert desk.post(page, answer).status_code == 302
    assert "「召开」" in shown(desk, page)
    settle = address(report, "desk-report-comment-settle", row.pk, "resolve")
    assert desk.post(settle).status_code == 302
    assert "未解决 0 条" in shown(desk, page)
    assert desk.post(address(report, "desk-report-comment-settle", row.pk, "burn")).status_code == 404


def test_a_finding_is_accepted_or_ignored_at_its_page(desk: Client) -> None:
    report = save(make.opened(), "截止目前，服务近50余家企业。")
    page = address(report, "desk-report-checks")
    told = shown(desk, page)
    assert "改为「截至目前」" in told
    assert "全部2" in plain(told)
    assert "概数重复" not in shown(desk, page + "?weight=error")
    first, second = (each.mark for each in queries.findings(report))
    assert desk.post(address(report, "desk-report-check-fix"), {"mark": first, "seen": 2}).status_code == 302
    assert words(report) == ["截至目前，服务近50余家企业。"]
    assert desk.post(address(report, "desk-report-check-fix"), {"mark": first, "seen": 3}).status_code == 409
    second = queries.findings(make.fresh(report))[0].mark
    ignore = address(report, "desk-report-check-ignore")
    assert desk.post(ignore, {"mark": second, "reason": ""}).status_code == 422
    assert desk.post(ignore, {"mark": second, "reason": "引用原文"}).status_code == 302
    told = shown(desk, page)
    assert "没有提示" in told
    assert "引用原文" in told


def test_a_second_editor_reads_asks_and_takes_over(client: Client) -> None:
    report = save(make.opened(), "水利厅召开会议。")
    page, lock = address(report, "desk-report-section", SECTION), address(report, "desk-report-lock", SECTION)
    first, second = make.editor(), make.editor("second")
    assert "本栏由您编辑" in shown(as_(client, first), page)
    told = shown(as_(client, second), page)
    assert first.name in told
    assert "水利厅召开会议。" in told
    assert "<textarea" not in told
    client.post(lock, {"act": "ask"})
    assert "您已请求接手" in shown(client, page)
    assert "请求接手" in shown(as_(client, first), page)
    assert client.post(lock, {"act": "release"})["Location"] == address(report)
    as_(client, second)
    assert client.post(lock, {"act": "take"})["Location"] == page
    assert SectionLock.objects.get().holder_id == second.id
    assert "<textarea" in shown(client, page)


def test_renewing_without_a_script_comes_back_and_with_one_gives_the_line_alone(desk: Client) -> None:
    report = make.opened()
    lock = address(report, "desk-report-lock", SECTION)
    assert desk.post(lock, {"act": "renew"})["Location"] == address(report, "desk-report-section", SECTION)
    part = desk.post(lock, {"act": "renew"}, headers={"HX-Request": "true"}).content.decode()
    assert 'id="section-lock"' in part
    assert "<html" not in part
    for wrong in (address(report, "desk-report-lock", "nowhere"), lock):
        assert desk.post(wrong, {"act": "renew" if wrong != lock else "burn"}).status_code in (302, 404)


def test_a_saving_under_anothers_lock_keeps_what_was_typed(desk: Client) -> None:
    report = make.opened()
    commands.hold_section(report.pk, SECTION, by=make.editor("second"), at=make.AT.replace(year=2099))
    answer = desk.post(address(report, "desk-report-section", SECTION), {"seen": 1, "text-0": "我写的。"})
    assert answer.status_code == 409
    assert "我写的。" in answer.content.decode()
    assert words(report) == []


def conflict(desk: Client, theirs: str, yours: str) -> tuple[Report, dict[str, object], str]:
    """Both sides began with 受理3件，办结五件。 and the others saved first."""
    report = save(make.opened(), "受理三件，办结五件。")
    item = queries.content_of(report).of(SECTION)[0].id
    drafts = [ItemDraft(theirs, item)]
    commands.save_section(report.pk, SECTION, drafts, seen=2, by=make.editor("second"), at=make.AT)
    given: dict[str, object] = {"seen": 2, "base": 2, "id-0": item, "text-0": yours, "text-1": "新增一条。"}
    told = desk.post(address(report, "desk-report-section", SECTION), given)
    assert told.status_code == 409
    return report, given, told.content.decode()


def test_after_a_conflict_both_stand_side_by_side_and_are_merged(desk: Client) -> None:
    report, given, told = conflict(desk, "受理四件，办结五件。", "受理三件，办结六件。")
    assert "别人保存的" in told
    assert "合并两边的修改" in told
    assert 'name="base" value="2"' in told
    page = address(report, "desk-report-section", SECTION)
    merged = desk.post(page, given | {"seen": 3, "act": "merge"})
    assert merged.status_code == 200
    assert "受理四件，办结六件。" in merged.content.decode()
    assert "新增一条。" in merged.content.decode()
    assert "还没有保存" in merged.content.decode()
    assert words(report) == ["受理四件，办结五件。"]


def test_where_both_changed_the_same_both_wordings_are_kept(desk: Client) -> None:
    report, given, _ = conflict(desk, "受理四件，办结五件。", "受理七件，办结五件。")
    page = address(report, "desk-report-section", SECTION)
    merged = desk.post(page, given | {"seen": 3, "act": "merge"}).content.decode()
    assert "受理〔四｜七〕件，办结五件。" in merged
    assert "有 1 处两边都改了" in merged


@pytest.mark.parametrize("page", ["desk-report-inspection", "desk-report-imprint", "desk-report-visits"])
def test_every_section_asks_for_the_reason_after_it_was_sent_back(desk: Client, page: str) -> None:
    report = make.moved(make.in_state(State.IN_REVIEW), Action.SEND_BACK)
    given = {"seen": 1, "copies": "80", "person": "张示例", "department": "水利厅", "on_text": "近日"}
    answer = desk.post(address(report, page), given)
    assert answer.status_code == 422
    assert "请写明为什么这样改" in answer.content.decode()
    assert desk.post(address(report, page), given | {"why": "按审核意见"}).status_code == 302


def test_the_pages_ask_the_same_however_much_is_written(desk: Client) -> None:
    report = save(make.opened(), "截止目前，完成编制。")
    counts = []
    for n in range(2):
        for page in PAGES:
            desk.get(address(report, page))
        told = {}
        for page in PAGES:
            with sql.counting() as statements:
                desk.get(address(report, page))
            told[page] = len(statements)
        counts.append(told)
        report = save(report, *(f"截止目前，完成第{k}项编制。" for k in range(3 + n)))
        for k in range(3):
            new = commands.NewComment(SECTION, f"请核对{k}。")
            commands.comment(report.pk, new, by=make.reviewer(), at=make.AT, key=f"{n}{k}" * 8)
    assert counts[0] == counts[1]
    assert max(counts[0].values()) <= 14
