"""An inspector in the hall with a phone: a finding with a picture, kept through a lost network, into the week's draft."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import LAPTOP, PHONE, Person, Site, needs_chromium, person
from yichuang.halls.tests.factories_rounds import GPS, png

pytestmark = [pytest.mark.browser, needs_chromium]

FIRST, LAST = "2026-06-08", "2026-06-12"
WORDS = "9点10分无人在岗，台面无提示"


@pytest.fixture
def inspector(site: Site, browser: Browser) -> Iterator[Person]:
    """The inspector's phone; its console may only have complained of the network that the story cuts."""
    made = person(browser, site, size=PHONE, username="inspector")
    yield made
    made.context.close()
    assert [
        each for each in made.complaints if "htmx:sendError" not in each and "htmx:afterRequest" not in each
    ] == []


@pytest.fixture
def editor(site: Site, browser: Browser) -> Iterator[Person]:
    """The report editor's laptop."""
    made = person(browser, site, size=LAPTOP, username="report.editor")
    yield made
    made.context.close()
    assert made.complaints == []


def begin(who: Person) -> None:
    """From the register to the sheet with two taps."""
    who.go("/desk/hall/rounds")
    who.follow("开始巡查")
    who.press("开始日常巡查")
    who.says("进行中")


def touches(who: Person) -> None:
    """No sideways scrolling, and every button of the sheet is large enough for a thumb."""
    width = who.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]


def record(who: Person, picture: Path) -> None:
    """Record a finding; the first sending meets a dead spot of the hall."""
    who.page.locator('button[value="finding:attendance"]').click()
    who.page.wait_for_url("**/findings?heading=attendance")
    touches(who)
    who.page.get_by_label("空岗").check()
    who.page.get_by_label("部门", exact=False).last.select_option(label="水利厅")
    who.page.get_by_label("看到了什么").fill(WORDS)
    who.page.locator('input[name="photos"]').set_input_files(str(picture))
    expect(who.page.locator("[data-saved]")).to_have_text("已自动保存")
    who.page.route("**/findings", lambda route: route.abort())
    who.press("记下这一问题")
    who.says("没有连上服务器")
    expect(who.page.get_by_label("看到了什么")).to_have_value(WORDS)
    assert who.page.locator('input[name="photos"]').evaluate("e => e.files.length") == 1
    who.page.unroute("**/findings")
    who.press("记下这一问题")
    who.says("已记下：水利厅空岗")


def finish(who: Person) -> None:
    """The other headings without a problem, and the round is done."""
    for good in who.page.locator('input[type="radio"][value="good"]').all():
        good.check()
    who.press("结束巡查")
    who.says("巡查已结束并存档")


def draft(who: Person) -> str:
    """The editor opens the week's report and takes the inspection over; what the draft says."""
    who.go("/desk/reports")
    who.page.get_by_label("统计期第一天").fill(FIRST)
    who.page.get_by_label("统计期最后一天").fill(LAST)
    who.page.get_by_label("表式").select_option("2022")
    who.press("新建周报")
    who.follow("大厅巡查情况")
    who.says("发现1起：水利厅空岗1起")
    who.press("空项都从登记册带入")
    who.page.get_by_label("着装情况").wait_for()
    expect(who.page.get_by_label("着装情况")).to_have_value("总体情况良好")
    who.follow("返回周报")
    # The draft marks numbers that have no source yet; the printed words are the same without the mark.
    return "".join(who.page.locator(".sheet").inner_text().split()).replace("▲", "")


def test_a_finding_in_the_hall_stands_in_the_weeks_draft(
    site: Site, inspector: Person, editor: Person, tmp_path: Path
) -> None:
    picture = tmp_path / "IMG_0611.png"
    picture.write_bytes(png(side=64))
    begin(inspector)
    touches(inspector)
    record(inspector, picture)
    finish(inspector)
    [(kept, size)] = site.rows("select sha256, size from halls_findingphoto")
    assert size < picture.stat().st_size
    assert GPS in picture.read_bytes()
    assert len(kept) == 64
    assert site.rows(f"select count(*) from halls_finding where words = '{WORDS}'") == [(1,)]
    inspector.go("/desk/hall/findings")
    inspector.follow("空岗")
    inspector.says(WORDS, "发现时的照片")
    shown = inspector.page.locator("main img").first
    expect(shown).to_have_js_property("naturalWidth", 64)
    words = draft(editor)
    assert "按时到岗情况。发现1起：水利厅空岗1起，正在整改。" in words
    assert "着装情况。总体情况良好。" in words
