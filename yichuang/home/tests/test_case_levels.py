"""Levels, send-backs, the green channel and corrections as the case page and the desk show them."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from yichuang.cases import commands
from yichuang.cases.flow import Action, State, WorkKind
from yichuang.cases.tests import factories as make
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.home.pages.case import OFFICE_ACTIONS
from yichuang.home.tests.test_case_actions import GOOD, ready, send
from yichuang.home.tests.visitors import browser, ids, offered, page_of, primary, text
from yichuang.intake import commands as filed
from yichuang.intake.commands import Mended
from yichuang.intake.tests import factories as filing
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at")]


def other_head() -> Actor:
    return people.head(username="other_head")


AT_LEVEL: list[tuple[WorkKind, Callable[[], Actor], list[str], str]] = [
    (WorkKind.REVIEW, people.reviewer, ["claim", "propose", "pause"], "提出审查意见"),
    (WorkKind.SECOND, make.second, ["claim", "endorse", "send_back"], "复审同意"),
    (WorkKind.COUNTERSIGN, other_head, ["claim", "countersign", "send_back", "expedite", "extend"], "会签同意"),
    (WorkKind.DECIDE, other_head, ["claim", "decide", "send_back", "expedite", "extend"], "作出决定"),
]  # fmt: skip


@pytest.mark.parametrize(("level", "who", "actions", "main"), AT_LEVEL)
def test_each_level_offers_its_own_act_as_the_main_one(
    level: WorkKind, who: Callable[[], Actor], actions: list[str], main: str
) -> None:
    row, actor = make.at_level(level), who()
    response = browser(actor).get(page_of(row))
    found = offered(response)
    assert [one for one in found if one != "hand_over"] == actions
    assert primary(response) == [main]
    ids(response)


def test_the_levels_stand_in_a_line_and_the_opinions_before_the_eyes() -> None:
    row = make.at_level(WorkKind.COUNTERSIGN)
    said = text(browser(other_head()).get(page_of(row)))
    assert re.search(r"初审 （已办） → .*复审 （已办） → .*会签 （现在） → .*审定 （未到）", said)
    assert "审查意见：拟准予。见审查记录（reviewer（示例））" in said
    assert "复审意见：同意初审意见（second_level（示例））" in said
    plain = text(browser(other_head()).get(page_of(make.in_review())))
    assert "审定 （" not in plain


def test_what_is_sent_back_is_shown_to_whom_it_returns_with_the_part(
    at: Callable[[datetime], None],
) -> None:
    company = filing.applicant()
    receipt = filing.filed(company)
    commands.accept(receipt.case_id, by=SYSTEM, at=filing.AT, key=make.key())
    row = make.fresh(receipt.case_id)
    where = Department.objects.get(pk=row.department_id)
    reviewer = people.reviewer(where, "proposing")
    make.perform(row, Action.PROPOSE, reviewer, at=filing.AT)
    above = make.second(where=where) if row.handling.levels else people.head(where)
    given = {
        "to": "review",
        "ground": "facts_unclear",
        "part": "section:purpose",
        "reason": "水源与论证报告不符",
    }
    at(filing.AT)
    assert send(browser(above), make.fresh(row.id), Action.SEND_BACK, given).status_code == 302
    page = browser(reviewer).get(page_of(row))
    said = text(page)
    assert "退回初审：事实不清，需要进一步核实" in said
    assert "水源与论证报告不符（" in said
    assert 'href="#section-purpose"' in page.content.decode()
    assert re.search(r'id="section-purpose">.*?退回重审', page.content.decode(), re.DOTALL)
    make.perform(row, Action.PROPOSE, reviewer, at=filing.AT)
    assert "退回初审：" not in text(browser(reviewer).get(page_of(row)))


@pytest.mark.parametrize("action", OFFICE_ACTIONS)
def test_the_second_saver_gets_a_page_that_keeps_what_was_typed(action: Action) -> None:
    """Every action: somebody else has saved since the page was drawn; nothing is overwritten and nothing typed is lost."""
    row, client, more = ready(action)
    other = people.head(username="other_head")
    meanwhile = Action.HAND_OVER if row.state == State.DECIDED else Action.EXPEDITE
    make.perform(row, meanwhile, other, at=make.LATER)
    before = make.fresh(row.id)
    response = send(client, row, action, GOOD[action], **more)
    assert response.status_code == 409
    assert "已经变化" in text(response)
    assert make.fresh(row.id) == before
    page = response.content.decode()
    for typed in typed_words(GOOD[action]):
        assert typed in page, typed
    if action != Action.EXPEDITE:
        assert f'name="seen" value="{before.seq}"' in page
        again = send(client, before, action, GOOD[action], **more)
        assert again.status_code == 302, text(again)


def typed_words(form: dict[str, Any]) -> list[str]:
    """What somebody has typed into a form, without what was only chosen."""
    values = [value for given in form.values() for value in (given if isinstance(given, list) else [given])]
    return [value for value in values if re.search(r"[\u4e00-\u9fff]", value)]


@pytest.mark.parametrize("action", [Action.PROPOSE, Action.EXPEDITE])
def test_a_page_that_does_not_say_what_it_has_seen_would_overwrite(action: Action) -> None:
    """The broken variant: the same form without the version is taken, which is what the test above would catch."""
    row, client, _ = ready(action)
    make.perform(row, Action.EXTEND, people.head(username="other_head"), at=make.LATER)
    assert send(client, row, action, GOOD[action], seen="").status_code == 302


def test_the_green_mark_stands_on_the_case_and_in_the_queue_and_can_be_filtered() -> None:
    plain, urgent = make.in_review(), make.in_review()
    head = browser(people.head())
    assert send(head, urgent, Action.EXPEDITE, GOOD[Action.EXPEDITE]).status_code == 302
    page = text(head.get(page_of(urgent)))
    assert "急件" in page
    assert "期限不变" in page
    assert "防汛抢险工程" in page
    assert "expedite" not in offered(head.get(page_of(urgent)))
    queue = text(head.get("/desk?tab=in_hand"))
    assert plain.number in queue
    assert "急件" in queue
    only = text(head.get("/desk?tab=in_hand&green=1"))
    assert urgent.number in only
    assert plain.number not in only


LINES = [
    {"target": "field:annual_volume", "material": "年取水量", "problem": "与论证报告不一致", "requirement": "按论证报告改正", "sample": "400.000"},
    {"target": "material:third_party_statement", "material": "第三者承诺书", "problem": "未盖章", "requirement": "盖章后重新扫描"},
    {"target": "field:uses", "material": "取水用途", "problem": "漏选", "requirement": "补选工业"},
]  # fmt: skip


def test_the_clerk_sees_line_by_line_what_was_mended(at: Callable[[datetime], None]) -> None:
    company, clerk = filing.applicant(), filing.window_clerk()
    receipt = filing.filed(company)
    at(filing.AT)
    row = make.fresh(receipt.case_id)
    client = browser(clerk)
    columns = {
        name: [line.get(name, "") for line in LINES]
        for name in ("target", "problem", "requirement", "sample")
    }
    respond_by = (filing.AT + timedelta(days=20)).date().isoformat()
    response = send(client, row, Action.ASK_CORRECTION, columns | {"respond_by": respond_by})
    assert response.status_code == 302, text(response)
    said = text(client.get(page_of(row)))
    assert "年取水量：存在问题：与论证报告不一致，补正要求：按论证报告改正（例：400.000）" in said
    seal = Mended("third_party_statement", filing.pdf("盖章后.pdf"))
    filed.answer_correction(
        row.id, answers={"annual_volume": "400.000"}, materials=[seal], note="见附件", by=company, at=filing.AT,
        key=filing.key(),
    )  # fmt: skip
    said = text(client.get(page_of(row)))
    assert "告知的 3 项中，有 1 项没有看到对应的修改" in said
    assert re.search(r"年取水量 .*已补正 .*补正前：438\.000.*补正后： 400\.000", said)
    assert re.search(r"已补正 .*补交： 盖章后\.pdf", said)
    assert re.search(r"取水用途 .*未见修改", said)
    assert "申请人说明：见附件" in said


def test_a_target_that_the_guide_does_not_have_is_refused_by_its_shape_and_named_by_hand_otherwise() -> None:
    row, clerk = make.filed(), browser(people.clerk())
    form = {"problem": ["缺"], "requirement": ["补"], "respond_by": "2022-05-30"}
    bad = send(clerk, row, Action.ASK_CORRECTION, form | {"target": ["<script>"], "material": ["图纸"]})
    assert bad.status_code == 422
    assert "请从列出的材料或填写项中选择" in text(bad)
    nameless = send(
        clerk, row, Action.ASK_CORRECTION, form | {"target": ["material:unknown"], "material": [""]}
    )
    assert nameless.status_code == 422


def test_a_claim_that_was_lost_says_who_holds_it() -> None:
    row = make.in_review()
    commands.claim(row.id, by=people.reviewer(), at=make.AT)
    second = people.reviewer(username="second")
    with pytest.raises(Conflict, match="reviewer（示例）"):
        commands.claim(row.id, by=second, at=make.AT)
    assert "经办 reviewer（示例）" in text(browser(second).get(page_of(row)))
