"""Somebody walks in with papers in order: from the credit code to the receipt, nothing typed twice."""

import json
import re

import pytest

from tests.stories.province import WATER, Province, authorise_window, facts, follow
from tests.stories.visitor import Page, Visitor
from yichuang.directory.models import Applicant
from yichuang.home.commands.demo_people import company_code
from yichuang.intake.tests.factories import answers
from yichuang.kernel import sql

KNOWN = company_code(1)
UNKNOWN = "91510000MA00000072"
DAY = "2022-04-21"
PAPERS = ["third_party_statement", "demonstration_report"]


@pytest.fixture
def clerk(province: Province) -> Visitor:
    """The clerk at the window on a Thursday."""
    authorise_window(province.clock(DAY))
    return province.visitor("clerk")


def whole_form(clerk: Visitor, page: Page) -> Page:
    """The whole form on one page; what the directory knows is not asked."""
    page.says("填写申请表")
    given = answers(signed_on=DAY)
    for _ in range(3):
        if "/sections/" not in page.address:
            return page
        asked = page.form("保存并继续").names
        assert not asked & {"credit_code", "applicant_name", "applicant_kind"}
        page = clerk.press(page, "保存并继续", **{name: given[name] for name in asked if name in given})  # type: ignore[arg-type]
    raise AssertionError(f"{page.address}: {page.text}")


def hand_in(clerk: Visitor, page: Page) -> Page:
    """Papers on the table, looked over together, filed: the receipt."""
    page = whole_form(clerk, page)
    page = clerk.press(page, "保存并继续", paper=PAPERS)
    page.says("核对后提交", "纸质件")
    return clerk.press(page, "提交申请", declared="yes")


def test_a_known_company_is_recognised_by_its_code(clerk: Visitor) -> None:
    page = clerk.press(clerk.open("/desk/window"), "识别申请人", paper=KNOWN)
    page.says("示例科技有限公司", "没有在办的件")
    typed = page.form("开始收件").values
    assert typed["name"] == ["示例科技有限公司"]
    assert typed["phone"] == ["13000000001"]
    page = clerk.press(clerk.press(page, "查找事项", q="取水"), "开始收件", item=WATER)
    receipt = hand_in(clerk, page)
    receipt.says("已收到申请", "示例科技有限公司", "取水许可", "接待下一位")
    assert clerk.open(receipt.link("接待下一位")).address == "/desk/window"
    # The same person comes back: the open case is seen at once.
    again = clerk.press(clerk.open("/desk/window"), "识别申请人", paper=KNOWN)
    again.says(number_of(receipt))
    assert Applicant.objects.filter(paper_number=KNOWN).count() == 1


def number_of(receipt: Page) -> str:
    """The number as printed."""
    found = re.search(r"\d{6}\w*-2022-\d+", receipt.text)
    assert found is not None, receipt.text
    return found[0]


def test_an_unknown_company_is_registered_on_the_way(clerk: Visitor) -> None:
    page = clerk.press(clerk.open("/desk/window"), "识别申请人", paper=UNKNOWN)
    page.says("还没有登记过", UNKNOWN)
    page = clerk.press(page, "查找事项", q="取水")
    nameless = clerk.press(page, "开始收件", item=WATER)
    assert nameless.status == 422
    page = clerk.press(
        nameless, "开始收件", item=WATER, name="样张水务有限公司", legal_representative="李示例", phone="13800000000",
        address="四川省示例市示例区示例路1号",
    )  # fmt: skip
    assert Applicant.objects.get(paper_number=UNKNOWN).name == "样张水务有限公司"
    receipt = hand_in(clerk, page).says("样张水务有限公司")
    code = re.search(r"\b[A-Z0-9]{5}-[A-Z0-9]{5}\b", receipt.text)
    assert code is not None
    follow(number_of(receipt), code[0]).says("水利厅窗口正在核对材料")
    (case_id, channel, given), *more = sql.rows(
        "select c.id, c.channel, a.answers from cases_case c join intake_application a on a.case_id = c.id"
    )
    assert (channel, more) == ("1", [])
    assert json.loads(given)["credit_code"] == UNKNOWN
    assert facts(case_id) == ["case.filed"]


def test_a_wrong_code_says_why_and_registers_nobody(clerk: Visitor) -> None:
    before = Applicant.objects.count()
    page = clerk.press(clerk.open("/desk/window"), "识别申请人", paper=UNKNOWN[:-1] + "3")
    page.says("校验码")
    assert not any(form.button("开始收件") for form in page.forms)
    assert Applicant.objects.count() == before


def test_a_second_press_begins_one_draft_and_files_one_case(clerk: Visitor) -> None:
    page = clerk.open(f"/desk/window?paper={KNOWN}&q=取水")
    first, second = (clerk.press(page, "开始收件", item=WATER) for _ in range(2))
    assert first.address == second.address
    check = clerk.press(whole_form(clerk, second), "保存并继续", paper=PAPERS)
    one, two = (clerk.press(check, "提交申请", declared="yes") for _ in range(2))
    assert number_of(one) == number_of(two)
    assert sql.rows("select count(*) from cases_case") == [(1,)]


def test_papers_that_are_missing_are_named(clerk: Visitor) -> None:
    page = clerk.press(clerk.open(f"/desk/window?paper={KNOWN}&q=取水"), "开始收件", item=WATER)
    page = whole_form(clerk, page)
    left = clerk.press(page, "保存并继续", paper=PAPERS[:1])
    assert left.status == 422
    left.says("建设项目水资源论证报告书或者报告表")
    assert sql.rows("select count(*) from cases_case") == [(0,)]
