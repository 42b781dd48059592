"""The whole way of one matter, through the pages that people use: from the published item to the printed weekly report."""

import io
import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pypdfium2
from docx import Document as WordDocument

from tests.stories.province import STEPS, WATER, Province, facts, follow, nth_workday, short
from tests.stories.visitor import Page, Visitor, pdf
from yichuang.cases.queries import load
from yichuang.catalogue.models import GuideVersion
from yichuang.directory.queries import actor_named
from yichuang.intake.tests.factories import answers
from yichuang.journal.queries import checked_facts, checked_seal
from yichuang.kernel import sql
from yichuang.notices.models import Message

FILED, ASKED, MENDED = date(2022, 4, 21), date(2022, 4, 22), date(2022, 4, 24)
ACCEPTED, PAUSED, RESUMED = date(2022, 4, 26), date(2022, 5, 6), date(2022, 5, 13)
PROPOSED, DECIDED, DELIVERED = date(2022, 5, 16), date(2022, 5, 17), date(2022, 5, 18)
WEEK = (date(2022, 5, 16), date(2022, 5, 20))
ISSUED = date(2022, 5, 23)
PROMISED = 30
BROUGHT = {"accepted": 4200, "concluded": 4100}


@dataclass
class Told:
    """What the receipt tells the applicant."""

    case_id: UUID
    number: str
    code: str

    @property
    def desk(self) -> str:
        """Where the office works on it."""
        return f"/desk/cases/{self.case_id}"

    def stands(self, *words: str) -> None:
        """What a stranger with number and code reads in large type."""
        follow(self.number, self.code).says(self.number, *words)


def publish(province: Province) -> None:
    """The packaged guide of a real item gets a shorter promise; who wrote it may not publish it."""
    editor, publisher = province.visitor("catalogue.editor"), province.visitor("catalogue.publisher")
    page = editor.open("/desk/catalogue?q=取水许可")
    version = editor.press(editor.open(page.link("取水许可")), "编写新版").address
    save(editor, f"{version}/edit/limits", {".days": {"35": str(PROMISED)}})
    save(editor, f"{version}/edit/steps", {".days": {"28": "24", "7": "6"}})
    page = editor.press(editor.open(version).says("承诺时限", str(PROMISED)), "确认提交审核")
    assert not any(form.button("确认审核发布") for form in page.forms)
    publisher.press(publisher.open(version), "确认审核发布").says("已发布")
    assert GuideVersion.objects.get(item__code=WATER, state="published").number == 2
    stranger = Visitor()
    found = stranger.open("/items?q=取水").says("取水许可")
    stranger.open(found.link("取水许可")).says("水利厅", f"{PROMISED} 个工作日", "45 个工作日")


def save(editor: Visitor, address: str, changes: dict[str, dict[str, str]]) -> None:
    """Change values in the fields of one part of the guide whose names end so, and save the part."""
    page = editor.open(address)
    form = page.form("保存这一部分")
    given = {
        name: [new[values[0]]]
        for ending, new in changes.items()
        for name, values in form.values.items()
        if name.endswith(ending) and values[0] in new
    }
    assert given, form.values
    editor.press(page, "保存这一部分", **given)


def bring_forward(province: Province) -> None:
    """The centre begins in mid-April: the totals published before go on."""
    editor = province.visitor("report.editor")
    for measure, value in BROUGHT.items():
        page = editor.open("/desk/figures/brought-forward")
        editor.press(
            page, "确认录入", as_of="2022-04-15", group="licence", measure=measure, kind="total", value=str(value),
            source="窗口工作周报 2022年第10期（示例）",
        ).says("已录入", f"{value:,}")  # fmt: skip


def fill_in(company: Visitor, page: Page, signed_on: date) -> Page:
    """Answer section after section as the pages ask, until the list of materials comes."""
    given = answers(signed_on=signed_on.isoformat())
    for _ in range(12):
        if "/sections/" not in page.address:
            return page
        asked = page.form("保存并继续").names
        page = company.press(page, "保存并继续", **{name: given[name] for name in asked if name in given})  # type: ignore[arg-type]
    raise AssertionError(f"the form does not end: {page.address}: {page.text}")


def file_online(company: Visitor, day: date) -> tuple[Told, Page]:
    """From the guide to the receipt; also the page that the filing was sent from."""
    page = company.press(company.open(f"/file/{WATER}/start"), "开始填写申请")
    page = fill_in(company, company.open(page.link("申请人")), day)
    page.says("申请材料", "与第三者利害关系的相关说明")
    early = company.press(page, "保存并继续")
    assert early.status == 422
    wanted = {code: [pdf(f"{code}.pdf", code)] for code in sorted(early.form("保存并继续").files)}
    check = company.press(early, "保存并继续", **wanted).says(
        "核对后提交", "438", "third_party_statement.pdf"
    )
    undeclared = company.press(check, "提交申请").says("请先核对内容")
    assert undeclared.status == 422
    receipt = company.press(undeclared, "提交申请", declared="yes").says("已收到申请", "水利厅")
    return read_receipt(receipt), undeclared


def read_receipt(receipt: Page) -> Told:
    """Number and code as printed."""
    number = re.search(r"\d{6}\w*-\d{4}-\d+", receipt.text)
    code = re.search(r"\b[A-Z0-9]{5}-[A-Z0-9]{5}\b", receipt.text)
    assert number is not None, receipt.text
    assert code is not None, receipt.text
    return Told(UUID(receipt.address.rsplit("/", 1)[-1]), number[0], code[0])


def replay(company: Visitor, sent_from: Page, told: Told) -> None:
    """The same key again is the same receipt; there is still one case."""
    again = company.press(sent_from, "提交申请", declared="yes")
    assert read_receipt(again) == told
    assert sql.rows("select number from cases_case") == [(told.number,)]


def correct(province: Province, told: Told) -> None:
    """The window asks once and completely; the company mends in place; the window has it back."""
    clerk, company = province.visitor("clerk"), province.visitor("company")
    province.clock(ASKED.isoformat())
    page = clerk.open(clerk.open("/desk?tab=to_accept").link(told.number)).says(
        "取水许可", "示例科技有限公司", "438"
    )
    page = clerk.press(
        page, "确认退回补正", material=["与第三者利害关系的相关说明"], problem=["没有盖章"], requirement=["加盖公章后重新扫描"],
        respond_by="2022-05-13",
    )  # fmt: skip
    page.says("补正", "一次性补正告知书")
    assert clerk.open(page.link("一次性补正告知书")).content.startswith(b"%PDF-")
    told.stands("请在 5月13日 前补正 1 项内容，交回后继续办理。")
    province.clock(MENDED.isoformat())
    page = company.open(company.open("/my").link(told.number))
    page = company.open(page.link("去补正")).says("加盖公章后重新扫描")
    files = sorted(page.form("提交补正").files)
    page = company.press(page, "提交补正", note="已加盖公章", **{files[0]: [pdf("盖章的说明.pdf", "sealed")]})
    page.says("盖章的说明.pdf", "补正时提交")
    told.stands(f"水利厅窗口正在核对材料，应于 {short(nth_workday(MENDED, 5))} 前答复是否受理。")
    assert facts(told.case_id) == ["case.filed", "case.correction_asked", "case.correction_answered"]


def accept(province: Province, told: Told) -> None:
    """The clock starts with the next working day; the due date is ours, counted on the fingers."""
    province.clock(ACCEPTED.isoformat(), "09:10")
    clerk = province.visitor("clerk")
    due = nth_workday(ACCEPTED, PROMISED)
    page = clerk.press(clerk.open(told.desk).says("盖章的说明.pdf"), "受理此件")
    page.says("审查", f"2022年{due.month}月{due.day}日", "为什么是这一天？", "受理通知书")
    assert_row(told, due_on=due, statutory_due_on=nth_workday(ACCEPTED, 45), promised_days=PROMISED)
    told.stands(f"水利厅正在审查，应于 {short(due)} 前作出决定。")


def assert_row(told: Told, **expected: object) -> None:
    """Columns of the case as the table holds them."""
    row = load(told.case_id)
    assert row is not None
    assert {name: getattr(row, name) for name in expected} == expected


def pause_and_resume(province: Province, told: Told) -> None:
    """Expert review: the day of the pause counts, the days held do not; the due date moves."""
    reviewer = province.visitor("reviewer.water")
    province.clock(PAUSED.isoformat())
    page = reviewer.open(reviewer.open("/desk").link(told.number))
    page = reviewer.press(
        reviewer.press(page, "领取此件"), "确认启动特别程序", ground="expert_review", expected_days="10"
    )
    page.says("特别程序", "专家评审")
    left = PROMISED - used(ACCEPTED, PAUSED)
    assert_row(told, due_on=None, days_left=left)
    until = short(nth_workday(PAUSED, 10))
    told.stands(f"正在进行专家评审，预计 {until} 前结束，其间不计入办理期限，办理期限还剩 {left} 个工作日。")
    province.clock(RESUMED.isoformat())
    page = reviewer.press(reviewer.open(told.desk), "确认结束特别程序", result="专家评审已通过")
    due = nth_workday(RESUMED, left)
    assert due > nth_workday(ACCEPTED, PROMISED)
    assert_row(
        told, due_on=due, statutory_due_on=nth_workday(RESUMED, 45 - used(ACCEPTED, PAUSED)), days_left=None
    )
    page.says(f"2022年{due.month}月{due.day}日")
    told.stands(f"水利厅正在审查，应于 {short(due)} 前作出决定。")


def used(start: date, end: date) -> int:
    """Working days after the start up to the end, counted by counting up to it."""
    return next(number for number in range(100) if nth_workday(start, number) >= end)


def decide(province: Province, told: Told) -> None:
    """The reviewer proposes and cannot decide; the second level agrees; the head decides; the clerk delivers."""
    names = ("reviewer.water", "second.water", "head.water", "clerk")
    reviewer, second, head, clerk = (province.visitor(who) for who in names)
    province.clock(PROPOSED.isoformat())
    page = reviewer.press(
        reviewer.open(told.desk), "确认提出审查意见", outcome="granted", opinion="符合法定条件"
    )
    assert not any(form.button("确认作出决定") for form in page.forms)
    assert "符合法定条件" not in follow(told.number, told.code).text
    early = head.open(told.desk)
    assert not any(form.button("确认作出决定") for form in early.forms)
    page = second.open(second.open("/desk").link(told.number)).says("拟准予", "复审")
    second.press(page, "确认复审同意", opinion="材料属实，同意").says("复审同意")
    province.clock(DECIDED.isoformat())
    page = head.open(head.open("/desk").link(told.number)).says("拟准予")
    head.press(page, "确认作出决定", outcome="granted").says("准予行政许可决定书")
    told.stands(f"水利厅已作出准予许可的决定，应于 {short(nth_workday(DECIDED, 10))} 前送达您。")
    province.clock(DELIVERED.isoformat())
    clerk.press(clerk.open(told.desk), "确认送达结果", method="window", receiver="张示例").says("送达回证")
    told.stands("已办完：准予许可，结果已经送达。")
    days = used(ACCEPTED, PAUSED) + used(RESUMED, DECIDED)
    assert_row(told, state="delivered", days_used=days, promptness="early", due_on=None)


def figures_of_the_week(province: Province, told: Told) -> None:
    """Before the drain as after it, the week holds exactly this case; so says a count of our own."""
    leader = province.visitor("leader")
    counted = sql.rows(
        "select c.number from journal_fact f join cases_case c on c.id = f.subject_id "
        "where f.kind = 'case.decided' and f.day between %(first)s and %(last)s",
        {"first": WEEK[0], "last": WEEK[1]},
    )
    assert counted == [(told.number,)]
    address = f"/desk/figures?first={WEEK[0]}&last={WEEK[1]}"
    before = leader.open(address)
    assert province.work() > 0
    after = leader.open(address)
    behind = [href for href, words in after.links if "measure=concluded" in href and words == "1"]
    assert behind == [href for href, words in before.links if "measure=concluded" in href and words == "1"]
    for href in behind:
        cases = leader.open(href).says(told.number)
        assert len(re.findall(r"\d{6}\w*-2022-\d+", cases.text)) == 1
    leader.open("/figures").says(f"{BROUGHT['accepted'] + 1:,}", f"{BROUGHT['concluded'] + 1:,}")


def messages_once(told: Told) -> None:
    """Each thing that the applicant must hear of was said once, and sent once; the clerk heard of the answer."""
    said = Message.objects.filter(subject_id=told.case_id).order_by("seq")
    wanted = ("filed", "correction_asked", "accepted", "paused", "resumed", "decided", "delivered")
    to_company = said.filter(applicant_id__isnull=False).values_list("template", "attempts", "failure")
    assert list(to_company) == [(f"case.{name}", 1, "") for name in wanted]
    to_clerk = said.filter(account_id=actor_named("clerk").id).values_list("template", flat=True)
    assert list(to_clerk) == ["case.correction_answered"]
    assert said.count() == len(wanted) + 1
    assert said.filter(applicant_id__isnull=False, sent_at=None).count() == 0


def chain_holds(told: Told) -> None:
    """Every fact continues the one before it and lies under a seal; the seals hold too."""
    found = checked_facts(told.case_id)
    assert [fact.kind.removeprefix("case.") for fact in found] == STEPS
    assert all(fact.sound for fact in found)
    assert all(fact.seal for fact in found)
    seals = sql.rows("select number from journal_seal order by number")
    checked = [checked_seal(number) for (number,) in seals]
    assert all(seal and seal.root_sound and seal.chain_sound for seal in checked)


def contribute(province: Province) -> None:
    """The department tells what it did in the week."""
    reviewer = province.visitor("reviewer.water")
    page = reviewer.open("/desk/reports/contribute")
    reviewer.press(
        page, "报送素材", title="水利厅预约现场核查", body="水利厅把取水许可的现场核查改为预约办理，企业少等3天。",
        section="efficiency",
        **{
            "figure-label-0": "企业少等", "figure-value-0": "3", "figure-unit-0": "天", "figure-as_of-0": WEEK[0].isoformat(),
            "figure-source-0": "水利厅窗口预约台账",
        },
    ).says("已报送")  # fmt: skip


def edit_report(province: Province) -> str:
    """Opened for the week, the contribution taken in, the hall inspected, handed in; its address."""
    editor = province.visitor("report.editor")
    page = editor.press(
        editor.open("/desk/reports"), "新建周报", first_day=WEEK[0].isoformat(), last_day=WEEK[1].isoformat()
    )
    bench = page.address
    contribute(province)
    page = editor.press(editor.open(bench).says("水利厅预约现场核查"), "采用", section="efficiency")
    page = editor.open(page.link("窗口服务效能提升工作情况"))
    button = "保存「窗口服务效能提升工作情况」"
    text = page.form(button).values["text-0"][0] + "群众评价良好。"
    editor.press(page, button, **{"text-0": text})
    page = editor.press(editor.open(bench), "确认截止征集，进入编辑")
    editor.press(page, "确认送审").says("等待审核人审核")
    return bench


def issue_report(province: Province, bench: str) -> Page:
    """Reviewed, then issued by the leader on the Monday after; the public page of the issue."""
    reviewer, leader = province.visitor("report.reviewer"), province.visitor("leader")
    early = leader.open(bench)
    assert not any(form.button("确认签发") for form in early.forms)
    reviewer.press(reviewer.open(bench), "确认审核通过").says("等待签发人签发")
    province.clock(ISSUED.isoformat())
    page = leader.press(leader.open(bench), "确认签发").says("已签发：2022年第1期（总第376期）")
    return Visitor().open(page.link("公开页面"))


def words_of(form: str, content: bytes) -> str:
    """The words of a downloaded report without any blanks."""
    if form == "pdf":
        with pypdfium2.PdfDocument(content) as document:
            text = "".join(page.get_textpage().get_text_range() for page in document)
    elif form == "docx":
        text = "".join(paragraph.text for paragraph in WordDocument(io.BytesIO(content)).paragraphs)
    else:
        text = re.sub(r"<[^>]*>", "", content.decode())
    return "".join(text.split())


def report_of_the_week(province: Province) -> tuple[Page, dict[str, bytes]]:
    """The figures stand in every form of the issue: its public page and its files."""
    bench = edit_report(province)
    page = issue_report(province, bench)
    counted = "".join(
        f"{word}{BROUGHT[code] + 1}件" for word, code in (("受理", "accepted"), ("，办结", "concluded"))
    )
    page.says("2022年第1期", "预约办理", "群众评价良好", f"行政许可事项{counted}")
    files = {
        form: Visitor().open(f"{page.address}/download.{form}").content
        for form in ("html", "docx", "pdf", "txt")
    }
    for form, content in files.items():
        said = words_of(form, content)
        assert f"行政许可事项{counted}" in said, (form, said)
        assert "企业少等3天。群众评价良好。" in said, (form, said)
    return page, files


def a_later_case(province: Province, page: Page, issued: dict[str, bytes]) -> None:
    """What is recorded afterwards moves the figures of today, never those that were issued."""
    province.clock(WEEK[1].isoformat(), "15:00")
    told, _ = file_online(province.visitor("company"), WEEK[1])
    clerk = province.visitor("clerk")
    clerk.press(clerk.open(told.desk), "受理此件")
    province.work()
    Visitor().open("/figures").says(f"{BROUGHT['accepted'] + 2:,}")
    assert Visitor().open("/reports/2022-1").text == page.text
    for form, content in issued.items():
        again = Visitor().open(f"{page.address}/download.{form}").content
        assert words_of(form, again) == words_of(form, content)


def test_the_whole_way(province: Province) -> None:
    province.clock("2022-04-18")
    publish(province)
    bring_forward(province)
    province.clock(FILED.isoformat())
    company = province.visitor("company")
    told, sent_from = file_online(company, FILED)
    replay(company, sent_from, told)
    told.stands(f"水利厅窗口正在核对材料，应于 {short(nth_workday(FILED, 5))} 前答复是否受理。")
    correct(province, told)
    province.work()
    accept(province, told)
    pause_and_resume(province, told)
    decide(province, told)
    figures_of_the_week(province, told)
    messages_once(told)
    chain_holds(told)
    page, files = report_of_the_week(province)
    a_later_case(province, page, files)
    chain_holds(told)
