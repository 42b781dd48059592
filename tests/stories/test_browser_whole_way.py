"""The whole way again, by people before screens: the applicant on a phone, the office on laptops, keys where keys belong."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser import LAPTOP, PHONE, Person, Site, needs_chromium, person
from tests.stories.province import STEPS
from tests.stories.visitor import pdf
from yichuang.intake.tests.factories import answers

pytestmark = [pytest.mark.browser, needs_chromium]

NUMBER = re.compile(r"\d{6}\w*-\d{4}-\d+")
CODE = re.compile(r"\b[A-Z0-9]{5}-[A-Z0-9]{5}\b")
# Fields that stand on every line of a correction notice: the first line is filled in.
LINE = ("material", "problem", "requirement")
FIRST, LAST = "2026-09-07", "2026-09-11"


@dataclass
class Cast:
    """Everybody in the story, each at their own screen."""

    site: Site
    browser: Browser
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, username: str) -> Person:
        """Somebody, signed in; the company holds a phone."""
        if username not in self.people:
            size = PHONE if username in ("company", "") else LAPTOP
            self.people[username] = person(self.browser, self.site, username=username, size=size)
        return self.people[username]

    def clock(self, day: str) -> None:
        """The administrator moves the demo's clock."""
        admin = self.person("admin")
        admin.go("/desk/clock")
        admin.page.get_by_role("textbox", name="日期").fill(day)
        admin.page.get_by_role("textbox", name="时间").fill("10:00")
        act(admin, "拨动时钟", {}, button="确认拨动")
        admin.says("业务时钟现在是")


@pytest.fixture
def cast(site: Site, browser: Browser) -> Iterator[Cast]:
    """The people of one story; nobody's console may have complained in the end."""
    made = Cast(site, browser)
    yield made
    complaints = [each for who in made.people.values() for each in who.complaints]
    for who in made.people.values():
        who.context.close()
    assert complaints == []


def put(control: Locator, value: object) -> None:
    """Give a control its value as a hand would."""
    kind = control.first.evaluate("e => e.tagName === 'INPUT' ? e.type : e.tagName.toLowerCase()")
    if kind in ("radio", "checkbox"):
        for each in value if isinstance(value, list) else [value]:
            control.and_(control.page.locator(f'[value="{each}"]')).check()
    elif kind == "select":
        control.select_option(str(value))
    else:
        control.fill(str(value))


def changes(control: Locator, value: object) -> bool:
    """Whether choosing this is news to the page, which then asks the server at once."""
    chosen = control.and_(control.page.locator(f'[type="radio"][value="{value}"]'))
    return chosen.count() == 1 and not chosen.is_checked()


def fill(who: Person, given: Mapping[str, object]) -> None:
    """Answer what the page asks by name; what comes up through an answer is answered too."""
    for name, value in given.items():
        control = who.page.locator(f'main [name="{name}"]:visible')
        if control.count():
            with_questions = control.first.evaluate("e => Boolean(e.closest('[hx-post]'))")
            if with_questions and changes(control, value):
                # The questions that depend on it come with the answer; a busy machine takes its time.
                with who.page.expect_response(lambda answer: answer.url.endswith("/questions")):
                    put(control, value)
            else:
                put(control, value)
            if with_questions:
                who.page.wait_for_load_state("networkidle")


def act(who: Person, label: str, given: Mapping[str, object], *, button: str = "") -> None:
    """Open an action of the page, fill in its fields, confirm."""
    box = who.page.locator("details.confirm").filter(
        has=who.page.locator("summary").get_by_text(label, exact=True)
    )
    box.locator("summary").first.click()
    for name, value in given.items():
        controls = box.locator(f'[name="{name}"]:visible')
        put(controls.first if name in LINE else controls, value)
    box.get_by_role("button", name=button or f"确认{label}", exact=True).click()


def scans(folder: Path) -> Callable[[str], str]:
    """Makes files on the disk of the person at the screen."""

    def scan(name: str) -> str:
        path = folder / f"{name}.pdf"
        path.write_bytes(pdf(path.name, name).read())
        return str(path)

    return scan


def file_online(cast: Cast, scan: Callable[[str], str]) -> tuple[str, str]:
    """On the phone, from the home page to the receipt: number and code."""
    company = cast.person("company")
    company.go("/")
    company.page.get_by_role("searchbox", name="您要办什么事").fill("取水")
    company.page.keyboard.press("Enter")
    company.follow("取水许可")
    company.follow("在线办理")
    company.press("另起一份申请")
    company.follow("继续填写")
    given = answers(signed_on="2026-08-24", starts_on="2028-07-01")
    while "/sections/" in company.page.url:
        before = company.page.url
        fill(company, given)
        company.press("保存并继续")
        expect(company.page).not_to_have_url(before)
    for place in company.page.locator("input[type=file]").all():
        place.set_input_files(scan(str(place.get_attribute("name"))))
    company.press("保存并继续")
    company.page.wait_for_url("**/check")
    company.page.get_by_label("我已核对以上内容").check()
    company.press("提交申请")
    company.says("已收到申请")
    words = company.page.locator("main").inner_text()
    number, code = NUMBER.search(words), CODE.search(words)
    assert number is not None
    assert code is not None
    return number[0], code[0]


def open_by_keys(who: Person, number: str) -> None:
    """Down the list with j, a step too far and back with k, then Enter."""
    who.page.locator(".deskhead").wait_for()
    while not who.page.locator("main table").get_by_text(number, exact=True).count():
        who.page.get_by_role("link", name="下一页").click()
        who.page.wait_for_load_state()
    focused = who.page.locator(":focus")
    for _ in range(60):
        who.page.keyboard.press("j")
        if focused.inner_text() == number:
            break
    else:
        raise AssertionError(f"j does not reach {number}")
    who.page.keyboard.press("k")
    who.page.keyboard.press("j")
    assert focused.inner_text() == number
    who.page.keyboard.press("Enter")
    who.page.wait_for_url("**/desk/cases/**")


def find_by_keys(who: Person, number: str) -> None:
    """The slash leads to the search, the number to the case; the question mark shows the keys."""
    who.go("/desk")
    who.page.keyboard.press("?")
    expect(who.page.get_by_role("dialog", name="快捷键")).to_be_visible()
    who.page.keyboard.press("Escape")
    who.page.keyboard.press("/")
    who.page.keyboard.type(number)
    who.page.keyboard.press("Enter")
    who.page.wait_for_url("**/desk/cases/**")


def correct(cast: Cast, number: str, scan: Callable[[str], str]) -> None:
    """Asked for by the clerk, mended on the phone."""
    cast.clock("2026-08-25")
    clerk = cast.person("clerk")
    clerk.go("/desk")
    open_by_keys(clerk, number)
    lines = {
        "material": "与第三者利害关系的相关说明",
        "problem": "没有盖章",
        "requirement": "加盖公章后重新扫描",
    }
    act(clerk, "退回补正", {**lines, "respond_by": "2026-09-15"})
    clerk.says("一次性补正告知书")
    cast.clock("2026-08-26")
    company = cast.person("company")
    company.go("/my")
    company.follow("去补正")
    company.says("请在", "加盖公章后重新扫描")
    company.page.locator("input[type=file]").first.set_input_files(scan("sealed"))
    company.press("提交补正")
    company.says("sealed.pdf", "正在核对材料")


def review(cast: Cast, number: str) -> None:
    """Accepted, paused, resumed, proposed."""
    cast.clock("2026-08-27")
    clerk, reviewer = cast.person("clerk"), cast.person("reviewer.water")
    find_by_keys(clerk, number)
    clerk.press("受理此件")
    clerk.says("受理通知书")
    cast.clock("2026-08-31")
    reviewer.go("/desk")
    open_by_keys(reviewer, number)
    reviewer.press("领取此件")
    act(reviewer, "启动特别程序", {"ground": "expert_review", "expected_days": "5"})
    reviewer.says("特别程序告知书")
    cast.clock("2026-09-04")
    find_by_keys(reviewer, number)
    act(reviewer, "结束特别程序", {"result": "专家评审已通过"})
    reviewer.says("特别程序结束")
    cast.clock("2026-09-07")
    find_by_keys(reviewer, number)
    act(reviewer, "提出审查意见", {"outcome": "granted", "opinion": "符合法定条件"})
    reviewer.says("提出审查意见")


def decide(cast: Cast, number: str) -> None:
    """Agreed by the second level, decided by the head, delivered by the clerk."""
    cast.clock("2026-09-08")
    second, head, clerk = cast.person("second.water"), cast.person("head.water"), cast.person("clerk")
    find_by_keys(second, number)
    act(second, "复审同意", {"opinion": "材料属实，同意"})
    second.says("复审同意")
    head.go("/desk")
    open_by_keys(head, number)
    head.says("拟准予")
    act(head, "作出决定", {"outcome": "granted"})
    head.says("准予行政许可决定书")
    cast.clock("2026-09-09")
    find_by_keys(clerk, number)
    act(clerk, "送达结果", {"method": "window", "receiver": "张示例"})
    clerk.says("送达回证")


def look_up(cast: Cast, number: str, code: str) -> None:
    """A stranger with the receipt in the hand follows the case on a phone; the company has its messages."""
    stranger = cast.person("")
    stranger.go("/follow")
    stranger.page.get_by_label("办件编号").fill(number)
    stranger.page.get_by_label("查询码").fill(code.lower())
    stranger.press("查看进度")
    stranger.says("已办完：准予许可，结果已经送达。")
    company = cast.person("company")
    company.will_say("/my/messages", "结果已送达")


def figures(cast: Cast, number: str) -> None:
    """The leader clicks the week's number down to this one case."""
    leader = cast.person("leader")
    leader.go("/desk/figures")
    leader.page.get_by_label("第一天").fill(FIRST)
    leader.page.get_by_label("最后一天").fill(LAST)
    leader.press("统计这一段")
    leader.page.locator('a[href*="measure=concluded"]').first.click()
    leader.says(number)
    assert len(set(NUMBER.findall(leader.page.locator("main").inner_text()))) == 1


def write_report(cast: Cast) -> None:
    """The editor opens the week's report, writes, and hands it in; somebody else reviews it."""
    editor, reviewer = cast.person("report.editor"), cast.person("report.reviewer")
    editor.go("/desk/reports")
    editor.page.get_by_label("统计期第一天").fill(FIRST)
    editor.page.get_by_label("统计期最后一天").fill(LAST)
    editor.page.get_by_label("表式").select_option("2022")
    editor.press("新建周报")
    editor.follow("窗口服务效能提升工作情况")
    editor.page.get_by_label("新增一条").fill("水利厅把取水许可的现场核查改为预约办理。")
    editor.press("保存「窗口服务效能提升工作情况」")
    editor.says("预约办理")
    act(editor, "截止征集，进入编辑", {})
    editor.says("等待编辑定稿并送审")
    act(editor, "送审", {})
    editor.says("等待审核人审核")
    reviewer.go("/desk/reports")
    reviewer.follow(f"{FIRST} 至 {LAST}")
    act(reviewer, "审核通过", {})
    reviewer.says("等待签发人签发")


def issue_report(cast: Cast) -> None:
    """Issued by the leader; everybody reads it, and the PDF holds the same words."""
    cast.clock("2026-09-14")
    leader = cast.person("leader")
    leader.go("/desk/reports")
    leader.follow(f"{FIRST} 至 {LAST}")
    act(leader, "签发", {})
    leader.says("已签发：2026年第2期")
    stranger = cast.person("")
    stranger.go("/reports")
    stranger.follow("2026年第2期")
    figures_line = re.compile(r"行政许可事项受理(\d+)件，办结(\d+)件")
    printed = figures_line.search("".join(stranger.page.locator(".sheet").inner_text().split()))
    assert printed is not None
    assert int(printed[1]) > 465_145
    with stranger.page.expect_download() as download:
        stranger.follow("PDF", exact=True)
    with pypdfium2.PdfDocument(str(download.value.path())) as document:
        words = "".join(page.get_textpage().get_text_range() for page in document)
    again = figures_line.search("".join(words.split()))
    assert again is not None
    assert again[0] == printed[0]


def test_the_whole_way_before_screens(cast: Cast, tmp_path: Path) -> None:
    scan = scans(tmp_path)
    cast.clock("2026-08-24")
    number, code = file_online(cast, scan)
    correct(cast, number, scan)
    review(cast, number)
    decide(cast, number)
    look_up(cast, number, code)
    figures(cast, number)
    write_report(cast)
    issue_report(cast)
    facts = cast.site.rows(
        "select f.kind from journal_fact f join cases_case c on c.id = f.subject_id "
        f"where c.number = '{number}' order by f.seq"
    )
    assert [kind for (kind,) in facts] == [f"case.{step}" for step in STEPS]
