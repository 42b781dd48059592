"""Every form of the case page: what passes reaches its command, what does not comes back as it was typed."""

import re
from typing import Any

import pytest
from django.test import Client

from yichuang.cases.flow import BY_ACTION, Action, State
from yichuang.cases.queries import CaseRow
from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.home.pages.case import OFFICE_ACTIONS
from yichuang.home.tests.visitors import browser, fault_links, ids, offered, page_of, text
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at")]
Form = dict[str, Any]

GOOD: dict[Action, Form] = {
    Action.ACCEPT: {},
    Action.ASK_CORRECTION: {
        "material": ["申请书", ""],
        "problem": ["未签字", ""],
        "requirement": ["签字后重交", ""],
        "respond_by": "2022-05-30",
    },
    Action.REFUSE_ACCEPTANCE: {
        "ground": "not_competent",
        "reason": "属市级权限",
        "where_instead": "示例市水务局",
    },
    Action.PROPOSE: {"outcome": "granted", "opinion": "符合条件"},
    Action.CORRECT_ON_SPOT: {"what": "法定代表人当场补签"},
    Action.ENDORSE: {"opinion": "材料属实，同意"},
    Action.COUNTERSIGN: {"opinion": "同意"},
    Action.EXPEDITE: {"reason": "防汛抢险工程"},
    Action.SEND_BACK: {"to": "review", "ground": "facts_unclear", "part": "opinion", "reason": "请补充论证"},
    Action.HAND_OVER: {"reason": "出差"},
    Action.PAUSE: {"ground": "hearing", "expected_days": "20", "note": "定于月底听证"},
    Action.RESUME: {"result": "听证结束"},
    Action.EXTEND: {"ground": "art42", "days": "10", "reason": "情况复杂"},
    Action.DECIDE: {"outcome": "denied", "reason": "位于禁采区"},
    Action.DELIVER: {"method": "post", "receiver": "张示例"},
    Action.TERMINATE: {"ground": "impossible", "reason": "取水口已被冲毁"},
}
BAD: dict[Action, tuple[Form, str, str]] = {
    Action.ASK_CORRECTION: (
        {
            "material": ["申请书", "图纸甲"],
            "problem": ["未签字", "比例尺不清"],
            "requirement": ["签字", ""],
            "respond_by": "2022-05-30",
        },
        "1-target",
        "比例尺不清",
    ),
    Action.REFUSE_ACCEPTANCE: (
        {"ground": "not_competent", "reason": "属市级权限"},
        "where_instead",
        "属市级权限",
    ),
    Action.PROPOSE: ({"opinion": "尚需核实流量"}, "outcome", "尚需核实流量"),
    Action.CORRECT_ON_SPOT: ({"what": " "}, "what", ""),
    Action.ENDORSE: ({"opinion": ""}, "opinion", ""),
    Action.COUNTERSIGN: ({"opinion": ""}, "opinion", ""),
    Action.EXPEDITE: ({"reason": ""}, "reason", ""),
    Action.SEND_BACK: (
        {"to": "review", "ground": "facts_unclear", "part": "material:nothing", "reason": "请补充论证"},
        "part",
        "请补充论证",
    ),
    Action.HAND_OVER: ({"reason": "月底出差"}, "to", "月底出差"),
    Action.PAUSE: (
        {"ground": "hearing", "expected_days": "两周", "note": "等待场地"},
        "expected_days",
        "等待场地",
    ),
    Action.EXTEND: ({"ground": "art42", "days": "11", "reason": "情况十分复杂"}, "days", "情况十分复杂"),
    Action.DECIDE: ({"outcome": "denied", "reason": ""}, "reason", ""),
    Action.DELIVER: ({"receiver": "张示例之妻"}, "method", "张示例之妻"),
    Action.TERMINATE: ({"reason": "暴雨冲毁取水口"}, "ground", "暴雨冲毁取水口"),
}


def holder_of(action: Action) -> Actor:
    """Who may do it: the clerk, the reviewer or the head."""
    wanted = BY_ACTION[action].capability
    for who in (people.clerk, people.reviewer, people.head, make.second):
        if who().can(wanted):
            return who()
    raise AssertionError(action)


def send(client: Client, row: CaseRow, action: Action, form: Form, **more: Any) -> Any:
    given = {"client_key": make.key(), "seen": str(row.seq)} | form | more
    return client.post(f"{page_of(row)}/{action}", given)


def ready(action: Action) -> tuple[CaseRow, Client, Form]:
    """A case in which the action makes sense, the browser of whoever may do it, and what more is to be chosen."""
    row = make.ready_for(action)
    second = people.reviewer(username="second")
    return row, browser(holder_of(action)), {"to": str(second.id)} if action == Action.HAND_OVER else {}


def test_every_action_of_the_office_has_its_form() -> None:
    assert set(GOOD) == set(OFFICE_ACTIONS)
    assert set(GOOD) - set(BAD) == {Action.ACCEPT, Action.RESUME}


@pytest.mark.parametrize("action", list(GOOD))
def test_a_form_reaches_its_command(action: Action) -> None:
    row, client, more = ready(action)
    response = send(client, row, action, GOOD[action], **more)
    assert response["Location"] == page_of(row)
    assert facts_of(row.id)[-1].kind == BY_ACTION[action].fact


@pytest.mark.parametrize("action", list(GOOD))
def test_the_form_on_the_page_has_the_fields_that_the_command_reads(action: Action) -> None:
    row, client, more = ready(action)
    page = client.get(page_of(row)).content.decode()
    form = re.search(rf'<form action="[^"]+/{action}".*?</form>', page, re.DOTALL)
    assert form is not None
    names = set(re.findall(r' name="([^"]+)"', form.group(0)))
    assert set(GOOD[action]) | set(more) | {"client_key", "seen", "csrfmiddlewaretoken"} <= names
    if BY_ACTION[action].confirm:
        assert BY_ACTION[action].consequence in page


@pytest.mark.parametrize("action", list(BAD))
def test_what_does_not_pass_comes_back_as_typed_with_links_to_the_fields(action: Action) -> None:
    row, client, _ = ready(action)
    form, field, typed = BAD[action]
    response = send(client, row, action, form)
    page = response.content.decode()
    assert response.status_code == 422
    assert make.fresh(row.id).seq == row.seq
    links = fault_links(response)
    assert [link.partition("-")[2] for link in links][-1] == field
    assert set(links) <= ids(response)
    assert typed in page
    opened = re.findall(r'<details class="confirm" open>.*?/desk/cases/[^/]+/(\w+)"', page, re.DOTALL)
    assert opened == [str(action)]


def test_lines_of_a_correction_keep_their_places() -> None:
    row, client, _ = ready(Action.ASK_CORRECTION)
    response = send(client, row, Action.ASK_CORRECTION, BAD[Action.ASK_CORRECTION][0])
    page = response.content.decode()
    assert re.search(r'id="ask_correction-1-material" name="material" value="图纸甲"', page)
    assert re.search(r'id="ask_correction-1-problem" name="problem" value="比例尺不清"', page)
    assert 'value="2022-05-30"' in page
    assert "第 2 项请写明材料名称和补正要求" in text(response)


def test_no_line_at_all_leads_to_the_first_one() -> None:
    row, client, _ = ready(Action.ASK_CORRECTION)
    response = send(client, row, Action.ASK_CORRECTION, {"respond_by": "2022-05-30"})
    assert fault_links(response) == ["ask_correction-0-target"]
    assert "ask_correction-0-target" in ids(response)


@pytest.mark.parametrize("respond_by", ["", "明天", "2022-02-30"])
def test_what_is_no_day_is_said_at_the_field(respond_by: str) -> None:
    row, client, _ = ready(Action.ASK_CORRECTION)
    response = send(
        client, row, Action.ASK_CORRECTION, GOOD[Action.ASK_CORRECTION] | {"respond_by": respond_by}
    )
    assert response.status_code == 422
    assert fault_links(response) == ["ask_correction-respond_by"]
    assert "请按 2022-05-13 的格式填写" in text(response)


def test_a_second_correction_asks_what_is_new_and_keeps_the_rest() -> None:
    row = make.correcting()
    make.perform(row, Action.ANSWER_CORRECTION, people.applicant_actor())
    row = make.fresh(row.id)
    client = browser(people.clerk())
    response = send(client, row, Action.ASK_CORRECTION, GOOD[Action.ASK_CORRECTION])
    assert response.status_code == 422
    assert fault_links(response) == ["ask_correction-newly_shown"]
    assert "ask_correction-newly_shown" in ids(response)
    given = GOOD[Action.ASK_CORRECTION] | {"newly_shown": "论证报告与申请书不一致"}
    assert send(client, row, Action.ASK_CORRECTION, given).status_code == 302


def test_a_message_without_a_field_is_said_once() -> None:
    row = make.in_review(promised=5, statutory=5)
    make.perform(row, Action.EXTEND, people.head(), at=make.AT)
    response = send(browser(people.head()), make.fresh(row.id), Action.EXTEND, GOOD[Action.EXTEND])
    assert response.status_code == 422
    assert text(response).count("此件已经延长过一次，不能再次延长。") == 1


def test_somebody_else_was_faster() -> None:
    row, client, _ = ready(Action.PROPOSE)
    make.perform(row, Action.PAUSE, people.reviewer(username="second"))
    response = send(client, row, Action.PROPOSE, {"outcome": "denied", "opinion": "流量核实后不足"})
    assert response.status_code == 409
    assert "已经变化：目前为「特别程序」" in text(response)
    assert "流量核实后不足" in text(response)
    assert offered(response) == ["claim", "resume", "hand_over"]


def test_a_stale_page_whose_step_is_still_possible_comes_back_open() -> None:
    row, client, _ = ready(Action.PROPOSE)
    make.perform(row, Action.EXTEND, people.head())
    response = send(client, row, Action.PROPOSE, {"outcome": "denied", "opinion": "流量核实后不足"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "流量核实后不足" in page
    assert f'name="seen" value="{row.seq + 1}"' in page
    key = re.search(r'name="client_key" value="([^"]+)"', page)
    assert key is not None
    again = send(
        client, row, Action.PROPOSE, GOOD[Action.PROPOSE], seen=str(row.seq + 1), client_key=key.group(1)
    )
    assert again.status_code == 302


def test_a_repeated_click_is_one_step_and_another_content_under_the_key_is_told() -> None:
    row, client, _ = ready(Action.PROPOSE)
    key = make.key()
    first = send(client, row, Action.PROPOSE, GOOD[Action.PROPOSE], client_key=key)
    again = send(client, row, Action.PROPOSE, GOOD[Action.PROPOSE], client_key=key)
    assert (first.status_code, again.status_code) == (302, 302)
    assert make.fresh(row.id).seq == row.seq + 1
    other = send(client, row, Action.PROPOSE, {"outcome": "denied", "opinion": "另一意见"}, client_key=key)
    assert other.status_code == 409
    assert f'value="{key}"' not in other.content.decode()
    assert "另一意见" in text(other)


@pytest.mark.parametrize("change", [{"client_key": ""}, {"client_key": "no key!"}])
def test_without_a_client_key_nothing_happens_and_a_new_one_is_given(change: Form) -> None:
    row, client, _ = ready(Action.ACCEPT)
    response = send(client, row, Action.ACCEPT, {}, **change)
    assert response.status_code == 422
    assert re.search(r'name="client_key" value="[0-9a-z]{8,}"', response.content.decode())
    assert make.fresh(row.id).state == State.RECEIVED


@pytest.mark.parametrize("seen", ["", "²", "-1", "9" * 5000, "abc"])
def test_a_version_that_is_no_number_is_no_fault_of_ours(seen: str) -> None:
    row, client, _ = ready(Action.ACCEPT)
    assert send(client, row, Action.ACCEPT, {}, seen=seen).status_code == 302


def test_a_post_without_the_capability_changes_nothing() -> None:
    row = make.in_review()
    response = send(browser(people.reviewer()), row, Action.DECIDE, GOOD[Action.DECIDE])
    assert response.status_code == 403
    assert make.fresh(row.id).state == State.REVIEW
    assert "没有办理这一步的权限" in text(response)


def test_who_has_proposed_does_not_decide() -> None:
    where = people.department()
    both = people.staff("both", people.post(where, "兼岗", [*people.REVIEWER, *people.HEAD]))
    row = make.proposed(by=both)
    response = send(browser(both), row, Action.DECIDE, GOOD[Action.DECIDE])
    assert response.status_code == 409
    assert "不能由同一人决定" in text(response)


@pytest.mark.parametrize("action", ["withdraw", "answer_correction", "file", "sign-out", "no_action"])
def test_what_is_not_the_offices_to_do_is_not_there(action: str) -> None:
    row = make.filed()
    assert (
        browser(people.clerk()).post(f"{page_of(row)}/{action}", {"client_key": make.key()}).status_code
        == 404
    )


def test_actions_are_posted_never_fetched() -> None:
    row = make.filed()
    assert browser(people.clerk()).get(f"{page_of(row)}/accept").status_code == 405
    assert make.fresh(row.id).state == State.RECEIVED


def test_a_form_from_elsewhere_is_refused() -> None:
    row = make.filed()
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.account_of(people.clerk()), backend="django.contrib.auth.backends.ModelBackend")
    response = send(client, row, Action.ACCEPT, {})
    assert response.status_code == 403
    assert "页面已过期，内容没有提交" in text(response)
    assert make.fresh(row.id).state == State.RECEIVED


def test_control_signs_and_very_long_words_are_cut() -> None:
    row, client, _ = ready(Action.TERMINATE)
    form = {"ground": "impossible", "reason": "冲\x00毁\x07" + "长" * 5000}
    assert send(client, row, Action.TERMINATE, form).status_code == 302
    said = text(client.get(page_of(row)))
    assert "冲毁长" in said
    assert "长" * 2001 not in said


def test_handing_to_somebody_without_the_capability_is_told() -> None:
    row, client, _ = ready(Action.HAND_OVER)
    clerk = people.clerk()
    assert not clerk.can(Capability.CASE_REVIEW)
    response = send(client, row, Action.HAND_OVER, {"to": str(clerk.id), "reason": "出差"})
    assert response.status_code == 422
    assert "请选择本部门有权限的同事" in text(response)
