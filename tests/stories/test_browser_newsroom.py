"""Four people make an issue before their screens: from a department's item on the phone to the registered printing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser import LAPTOP, PHONE, Person, Site, needs_chromium, person
from yichuang.halls.tests.factories_rounds import GPS, jpeg

pytestmark = [pytest.mark.browser, needs_chromium]

FIRST, LAST = "2026-06-01", "2026-06-05"
TITLE = "水利厅开展取水许可上门指导"
BODY = "水利厅窗口到3个市（州）上门指导企业12家，当场核对取水许可申请材料。"
SECTION = "窗口服务效能提升工作情况"
ASKED = "请写明核对材料用了多少时间。"
MAGIC = {"PDF": b"%PDF-", "OFD": b"PK\x03\x04", "Word": b"PK\x03\x04"}


@dataclass
class Newsroom:
    """Everybody in the story, each at their own screen; the department's contributor holds a phone."""

    site: Site
    browser: Browser
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, username: str) -> Person:
        """Somebody, signed in; a reader from outside has no name."""
        if username not in self.people:
            size = PHONE if username == "contributor.water" else LAPTOP
            self.people[username] = person(self.browser, self.site, username=username, size=size)
        return self.people[username]

    def bench(self, username: str) -> Person:
        """Somebody before the week's report."""
        who = self.person(username)
        who.go(f"/desk/reports/{self.report}")
        return who

    @property
    def report(self) -> str:
        """The report of the week that the story is about."""
        ((found,),) = self.site.rows(f"select id from reports_report where first_day = '{FIRST}'")
        return str(found)

    def facts(self) -> list[str]:
        """What the journal says of the report, in order."""
        rows = self.site.rows(
            f"select kind from journal_fact where subject_id = '{self.report}' order by seq"
        )
        return [kind for (kind,) in rows]


@pytest.fixture
def newsroom(site: Site, browser: Browser) -> Iterator[Newsroom]:
    """The people of the story; nobody's console may have complained in the end."""
    made = Newsroom(site, browser)
    yield made
    complaints = [each for who in made.people.values() for each in who.complaints]
    for who in made.people.values():
        who.context.close()
    assert complaints == []


def step(who: Person, label: str, reason: str = "") -> None:
    """Open a step of the bench, give the reason where one is asked for, confirm."""
    box = who.page.locator("details.confirm").filter(
        has=who.page.locator("summary").get_by_text(label, exact=True)
    )
    box.locator("summary").first.click()
    if reason:
        box.locator('[name="reason"]').fill(reason)
    box.get_by_role("button", name=f"确认{label}", exact=True).click()


def card(who: Person, title: str) -> Locator:
    """A card of the page by its heading."""
    return who.page.locator("section.card").filter(has=who.page.get_by_role("heading", name=title))


def contribute(newsroom: Newsroom, picture: Path) -> None:
    """On the phone: an item with a photo, one of its two numbers with its source."""
    who = newsroom.person("contributor.water")
    who.go("/desk/reports/contribute")
    assert who.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for label, words in {
        "一句话标题": TITLE,
        "正文": BODY,
        "数的是什么": "上门指导企业",
        "数值": "12",
        "单位": "家",
    }.items():
        who.page.get_by_label(label, exact=False).first.fill(words)
    who.page.get_by_label("数据来源").first.fill("水利厅窗口上门服务台账")
    who.page.get_by_label("报给哪一期").select_option(value=newsroom.report)
    who.page.get_by_label("建议放在").select_option(label=SECTION)
    who.page.locator('input[name="photos"]').set_input_files(str(picture))
    who.page.get_by_role("button", name="报送素材", exact=True).last.click()
    who.says("已报送")
    who.follow(TITLE)
    who.says("上门指导企业", "12家", "水利厅窗口上门服务台账")
    image = who.page.locator("figure img").get_attribute("src")
    kept = who.context.request.get(f"{newsroom.site.address}{image}").body()
    assert kept.startswith(b"\xff\xd8")
    assert GPS not in kept


def collect(newsroom: Newsroom) -> None:
    """The editor takes the item, a sentence of a register, and the results of the inspection."""
    editor = newsroom.bench("report.editor")
    waiting = card(editor, "待采用素材").locator("details").filter(has_text=TITLE)
    waiting.locator("summary").click()
    waiting.get_by_role("button", name="采用", exact=True).click()
    editor.says("已采用，排在该栏目最后一条")
    offered = card(editor, "登记册建议").locator("details").filter(has_text="综窗办件").first
    offered.locator("summary").click()
    offered.get_by_role("button", name="采用这一句").click()
    editor.says("文中的数字已与登记册绑定")
    assert editor.page.locator(".sheet").inner_text().count("▲") == 1
    card(editor, "登记册建议").get_by_role("link", name="查看全部").click()
    editor.page.get_by_role("button", name=re.compile("采用全部 [0-9]+ 项巡查结果")).click()
    editor.says("项巡查结果")


def edit(newsroom: Newsroom) -> None:
    """A change with its reason can be seen; what the checker finds is mended with one click."""
    editor = newsroom.bench("report.editor")
    step(editor, "截止征集，进入编辑")
    editor.follow(SECTION)
    expect(editor.page.locator("fieldset figure img")).to_have_count(1)
    item = editor.page.locator("textarea").filter(has_text="上门指导企业12家")
    item.fill(BODY.replace("上门指导", "实地上门指导"))
    editor.page.get_by_label("修改理由").fill("与报送的照片一致")
    editor.press(f"保存「{SECTION}」")
    editor.says("已保存")
    editor.follow("逐处修改")
    editor.says("与报送的照片一致")
    expect(editor.page.locator("ins").filter(has_text="实地").first).to_be_visible()
    newsroom.bench("report.editor")
    editor.follow("校对", exact=True)
    editor.page.get_by_role("button", name=re.compile("改为「，」")).click()
    editor.says("已采纳校对")
    newsroom.bench("report.editor")
    assert "补正情形，更新办事指南" in editor.page.locator(".sheet").inner_text().replace("\n", "")


def submit(newsroom: Newsroom) -> None:
    """The open comment is told and blocks nothing; a number without a source does, until it has one."""
    editor = newsroom.bench("report.editor")
    expect(card(editor, "现在可以")).to_contain_text("1 条批注")
    step(editor, "送审")
    editor.says("个数字没有注明来源，不能送审")
    editor.page.locator('a[href*="#number-"]').filter(has_text="3个市").first.click()
    number = editor.page.locator("section.card").filter(has_text="未注明来源").first
    number.locator("summary").click()
    number.get_by_label("或者写明来源").fill("水利厅6月5日报送的行程表")
    number.get_by_role("button", name="保存来源").click()
    editor.says("已为「3」注明来源")
    newsroom.bench("report.editor")
    step(editor, "送审")
    editor.says("等待审核人审核")


def review(newsroom: Newsroom) -> None:
    """The reviewer asks and sends back; the editor answers with a reason; the second time it passes."""
    reviewer = newsroom.bench("report.reviewer")
    reviewer.follow("批注", exact=True)
    reviewer.page.get_by_label("对哪里").select_option(label=SECTION)
    reviewer.page.get_by_label("意见").fill(ASKED)
    reviewer.press("批注")
    reviewer.says("已批注")
    newsroom.bench("report.reviewer")
    step(reviewer, "退回编辑", "请按批注补充。")
    reviewer.says("等待编辑定稿并送审")
    editor = newsroom.bench("report.editor")
    editor.says("请按批注补充。")
    editor.follow(SECTION)
    item = editor.page.locator("textarea").filter(has_text="实地上门指导")
    item.fill(BODY.replace("上门指导", "实地上门指导").replace("当场", "用半天时间当场"))
    editor.page.get_by_label("修改理由").fill("按批注补充了用时")
    editor.press(f"保存「{SECTION}」")
    editor.follow("批注", exact=True)
    for _ in range(2):
        editor.page.get_by_role("button", name="标为解决").first.click()
        editor.page.wait_for_load_state()
    editor.says("未解决 0 条")
    newsroom.bench("report.editor")
    step(editor, "送审")
    editor.says("等待审核人审核")
    newsroom.bench("report.reviewer")
    step(reviewer, "审核通过")
    reviewer.says("等待签发人签发")


def issue(newsroom: Newsroom) -> str:
    """The leader issues; the address of the public page."""
    leader = newsroom.bench("leader")
    step(leader, "签发")
    leader.says("已签发：2026年第")
    return str(leader.page.get_by_role("link", name="公开页面").get_attribute("href"))


def read(newsroom: Newsroom, page: str) -> None:
    """Everybody reads it, takes the files, and sees that they are the issued ones."""
    stranger = newsroom.person("")
    stranger.go(page)
    words = "".join(stranger.page.locator(".sheet").inner_text().split())
    assert "到3个市（州）实地上门指导企业12家，用半天时间当场核对取水许可申请材料。" in words
    assert "▲" not in words
    assert "空岗" in words
    stranger.go(f"{page}/verify")
    for _ in range(60):
        if stranger.page.get_by_text("签名有效").count():
            break
        stranger.page.wait_for_timeout(500)
        stranger.page.reload()
    stranger.says("签名有效")
    for label, magic in MAGIC.items():
        stranger.go(page)
        with stranger.page.expect_download() as download:
            stranger.follow(label, exact=True)
        path = Path(str(download.value.path()))
        data = path.read_bytes()
        assert data.startswith(magic)
        assert len(data) > 5_000
        stranger.go(f"{page}/verify")
        kept = path.with_name(download.value.suggested_filename)
        kept.write_bytes(data)
        stranger.page.locator('input[name="file"]').set_input_files(str(kept))
        stranger.press("核验")
        stranger.says("是本期签发的文件", "逐字节相同，签名有效")


def test_four_people_make_an_issue(newsroom: Newsroom, tmp_path: Path) -> None:
    picture = tmp_path / "现场.jpg"
    picture.write_bytes(jpeg())
    contribute(newsroom, picture)
    collect(newsroom)
    edit(newsroom)
    submit(newsroom)
    review(newsroom)
    page = issue(newsroom)
    read(newsroom, page)
    editor = newsroom.bench("report.editor")
    expect(editor.page.get_by_role("link", name="更正")).to_be_visible()
    step(editor, "登记印发")
    editor.says("已办理完毕")
    sender = newsroom.person("contributor.water")
    sender.go("/desk/reports/contribute")
    sender.follow(TITLE)
    sender.says("已印发", "编辑改动的文字")
    steps = [kind for kind in newsroom.facts() if kind in STEPS]
    assert steps == STEPS


STEPS = [
    "report.opened", "report.editing_started", "report.submitted", "report.sent_back", "report.submitted",
    "report.approved", "report.issued", "report.printed",
]  # fmt: skip
