"""The case page: what it shows to whom, in every state."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest

from yichuang.cases import commands
from yichuang.cases.flow import Action, Outcome, State
from yichuang.cases.tests import factories as make
from yichuang.directory.tests import factories as people
from yichuang.home.tests.visitors import (
    browser,
    holder,
    ids,
    offered,
    other_department,
    page_of,
    primary,
    text,
)
from yichuang.intake import commands as filed
from yichuang.intake.tests import factories as filing
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.times import SHANGHAI

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at")]

EVERYBODY: dict[str, Callable[[], Actor]] = {
    "clerk": people.clerk,
    "reviewer": people.reviewer,
    "head": people.head,
}
OFFERED: dict[tuple[str, str], list[str]] = {
    ("received", "clerk"): [
        "claim",
        "accept",
        "correct_on_spot",
        "ask_correction",
        "refuse_acceptance",
        "terminate",
    ],
    ("correcting", "clerk"): ["claim", "refuse_acceptance", "terminate"],
    ("review", "clerk"): ["terminate"],
    ("review", "reviewer"): ["claim", "propose", "pause"],
    ("received", "head"): ["hand_over", "expedite"],
    ("correcting", "head"): ["hand_over", "expedite"],
    ("review", "head"): ["hand_over", "expedite", "extend", "decide"],
    ("special", "head"): ["hand_over", "expedite"],
    ("decided", "head"): ["hand_over"],
    ("special", "clerk"): ["terminate"],
    ("special", "reviewer"): ["claim", "resume"],
    ("decided", "clerk"): ["claim", "deliver"],
}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("who", list(EVERYBODY))
def test_every_state_offers_what_this_post_may_do_and_nothing_else(state: State, who: str) -> None:
    actors = {name: make_one() for name, make_one in EVERYBODY.items()}
    response = browser(actors[who]).get(page_of(make.IN_STATE[state]()))
    expected = OFFERED.get((str(state), who), [])
    assert offered(response) == expected
    assert ("没有您可以办理的操作" in text(response)) == (not expected)


def test_a_proposal_can_be_decided_or_sent_back() -> None:
    people.head()
    response = browser(people.head()).get(page_of(make.proposed()))
    assert offered(response) == ["claim", "decide", "send_back", "expedite", "extend"]
    assert primary(response) == ["作出决定"]
    assert "审查意见：拟准予" in text(response)


def test_an_extended_case_cannot_be_extended_again() -> None:
    row = make.in_review()
    make.perform(row, Action.EXTEND, people.head())
    assert "extend" not in offered(browser(people.head()).get(page_of(row)))


@pytest.mark.parametrize(
    ("state", "who", "button"),
    [
        (State.RECEIVED, people.clerk, ["受理此件"]),
        (State.CORRECTING, people.clerk, []),
        (State.REVIEW, people.reviewer, ["提出审查意见"]),
        (State.REVIEW, people.head, []),
        (State.SPECIAL, people.reviewer, ["结束特别程序"]),
        (State.DECIDED, people.clerk, ["送达结果"]),
        (State.DELIVERED, people.clerk, []),
    ],
)
def test_one_primary_button_at_most(state: State, who: Callable[[], Actor], button: list[str]) -> None:
    assert primary(browser(who()).get(page_of(make.IN_STATE[state]()))) == button


def test_somebody_with_every_capability_still_sees_one_primary_button() -> None:
    everything = holder(*{*people.CLERK, *people.REVIEWER, *people.HEAD})
    for in_state in make.IN_STATE.values():
        response = browser(everything).get(page_of(in_state()))
        assert len(primary(response)) <= 1
        ids(response)


@pytest.mark.parametrize("state", list(State))
def test_other_departments_get_the_answer_of_a_case_that_is_not_there(state: State) -> None:
    row = make.IN_STATE[state]()
    stranger = browser(other_department())
    assert stranger.get(page_of(row)).status_code == 404
    assert row.number not in text(stranger.get(page_of(row)))
    assert stranger.post(f"{page_of(row)}/propose", {"client_key": make.key()}).status_code == 404
    assert make.fresh(row.id).seq == row.seq


def test_applicants_and_strangers_do_not_reach_the_desk() -> None:
    row = make.filed()
    assert browser(people.applicant_actor()).get(page_of(row)).status_code == 403
    assert browser().get(page_of(row)).status_code == 302


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (State.RECEIVED, "应于 2022年5月11日 前答复是否受理"),
        (State.CORRECTING, "应于 2022年5月25日 前由申请人补正"),
        (State.REVIEW, "应于 2022年6月1日 前作出决定"),
        (State.SPECIAL, "应于 2022年5月19日 前结束特别程序（预计）"),
        (State.DECIDED, "应于 2022年5月24日 前送达结果"),
    ],
)
def test_the_clock_says_what_is_due_by_when(state: State, sentence: str) -> None:
    assert sentence in text(browser(people.clerk()).get(page_of(make.IN_STATE[state]())))


@pytest.mark.parametrize(
    ("state", "ending"),
    [(State.DELIVERED, "准予 · 提前"), (State.REFUSED, "不予受理"), (State.TERMINATED, "申请人撤回")],
)
def test_a_closed_case_says_how_it_ended_and_shows_no_light(state: State, ending: str) -> None:
    response = browser(people.clerk()).get(page_of(make.IN_STATE[state]()))
    assert ending in text(response)
    assert 'class="light' not in response.content.decode()


def test_why_this_date_is_told_line_by_line() -> None:
    said = text(browser(people.clerk()).get(page_of(make.in_review())))
    assert "为什么是这一天？" in said
    assert "2022年5月5日（周四）受理，办理期限20个工作日，受理当日不计入。" in said
    assert "2022年5月7日（周六）因劳动节调休上班，计入" in said
    assert "第20个工作日为2022年6月1日（周三），期限于当日届满。" in said
    assert "法定到期 2022年7月7日" in said


def test_before_acceptance_the_law_of_the_five_days_is_told() -> None:
    said = text(browser(people.clerk()).get(page_of(make.filed())))
    assert "收到申请之日起 5 个工作日内决定是否受理" in said


def test_a_pause_shows_the_days_that_are_left_on_the_clock() -> None:
    row = make.paused()
    said = text(browser(people.reviewer()).get(page_of(row)))
    assert f"暂停计时 （余 {row.days_left} 个工作日）" in said
    assert row.days_left == 19


def test_the_timeline_tells_the_office_everything_and_links_the_documents() -> None:
    row = make.proposed()
    make.perform(row, Action.SEND_BACK, people.head())
    response = browser(people.clerk()).get(page_of(row))
    said, page = text(response), response.content.decode()
    assert "拟准予：符合条件" in said
    assert "请补充论证" in said
    assert "reviewer（示例）" in said
    assert f'href="/documents/{row.id}/2"' in page
    assert re.search(r"受理通知书 川水许受〔2022〕\d+号", said)


def test_the_delivery_says_how_and_to_whom() -> None:
    assert "窗口领取，签收人：张示例。" in text(browser(people.clerk()).get(page_of(make.delivered())))


def test_a_service_that_is_no_licence_is_not_called_one() -> None:
    row = make.decided()
    sql.execute("update cases_case set item_type = '10' where id = %(id)s", {"id": row.id})
    said = text(browser(people.clerk()).get(page_of(row)))
    assert "准予办理决定书" in said
    assert "准予行政许可决定书" not in said


def test_form_materials_and_what_a_correction_changed(at: Callable[[datetime], None]) -> None:
    company = filing.applicant()
    receipt = filing.filed(company)
    at(filing.AT)
    page = f"/desk/cases/{receipt.case_id}"
    clerk = filing.window_clerk()
    said = text(browser(clerk).get(page))
    assert "示例河左岸" in said
    assert "third_party_statement.pdf" in said
    assert "补正后修改了什么" not in said
    filing.ask(receipt.case_id, filing.AT)
    changed = {"annual_volume": "400.000"}
    filed.answer_correction(
        receipt.case_id, answers=changed, materials=[], note="", by=company, at=filing.AT, key=filing.key()
    )
    said = text(browser(clerk).get(page))
    assert re.search(r"补正后修改了什么（第 1 次补正） .*补正前 .*补正后 .*438\.000.*400\.000", said)


def test_claiming_and_giving_back() -> None:
    row = make.in_review()
    reviewer = browser(people.reviewer())
    assert reviewer.post(f"{page_of(row)}/claim")["Location"] == page_of(row)
    page = reviewer.get(page_of(row))
    assert offered(page)[0] == "release"
    assert "经办 reviewer（示例）" in text(page)
    second = browser(people.reviewer(username="second"))
    assert "claim" not in offered(second.get(page_of(row)))
    refused = second.post(f"{page_of(row)}/claim")
    assert refused.status_code == 409
    assert "已由reviewer（示例）领取" in text(refused)
    assert second.post(f"{page_of(row)}/release").status_code == 409
    assert reviewer.post(f"{page_of(row)}/release").status_code == 302
    assert make.fresh(row.id).work_holder_id is None


def test_work_is_handed_to_somebody_else_not_to_oneself() -> None:
    people.reviewer(username="second")
    page = browser(people.reviewer()).get(page_of(make.in_review())).content.decode()
    assert "second（示例）（审查岗）" in page
    assert "reviewer（示例）（审查岗）" not in page


def test_the_page_costs_the_same_however_long_the_history() -> None:
    short, long = make.in_review(), make.proposed()
    desk = browser(people.clerk())
    desk.get(page_of(short))
    with sql.counting() as few:
        desk.get(page_of(short))
    commands.send_back(
        long.id, ground="facts_unclear", reason="请补充", by=people.head(), at=make.AT, key=make.key()
    )
    commands.propose(
        long.id,
        outcome=Outcome.GRANTED,
        opinion="已补充",
        by=people.reviewer(),
        at=make.AT,
        key=make.key(),
    )
    with sql.counting() as many:
        desk.get(page_of(long))
    assert len(many) == len(few) == 4, many


def test_a_paper_that_is_no_case_is_missing() -> None:
    desk = browser(people.clerk())
    assert desk.get("/desk/cases/00000000-0000-7000-8000-000000000000").status_code == 404
    assert desk.get("/desk/cases/nothing").status_code == 404


def test_late_work_is_said_in_words(at: Callable[[datetime], None]) -> None:
    row = make.in_review(promised=5)
    at(datetime(2022, 5, 20, 9, 0, tzinfo=SHANGHAI))
    assert "已超期 7 个工作日" in text(browser(people.reviewer()).get(page_of(row)))
