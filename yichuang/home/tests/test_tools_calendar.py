"""The calendar's page: months as people read them, and an import that shows its consequences first."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import strip_tags

from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.home.pages.calendar import month_grid
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import SYSTEM
from yichuang.workdays import queries
from yichuang.workdays.commands import load_packaged
from yichuang.workdays.data import packaged_calendar
from yichuang.workdays.rules import Notice
from yichuang.workdays.tests.factories import AT, notice_2027

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    post = people.post(
        people.department("示例处", "903", ""), "日历岗", [Capability.CALENDAR_IMPORT], everywhere=True
    )
    browser = Client()
    browser.force_login(
        people.account_of(people.staff("calendar", post)), backend="django.contrib.auth.backends.ModelBackend"
    )
    return browser


def words(response: Any) -> str:
    return " ".join(strip_tags(response.content.decode().replace("<", " <")).split())


def csv(notice: Notice) -> str:
    lines = [f"{day.date},{day.festival},{day.kind.value},{notice.url}" for day in notice.days]
    return "\n".join(["date,festival,kind,notice_url", *lines])


def test_a_month_is_weeks_from_monday_with_rest_and_work_said_in_words() -> None:
    grid = month_grid(packaged_calendar(), 2022, 5)
    assert [len(week) for week in grid] == [7] * 6
    assert grid[0][:6] == [None] * 6
    cells = {cell.number: cell for week in grid for cell in week if cell}
    assert set(cells) == set(range(1, 32))
    assert (cells[2].word, cells[2].title, cells[2].rest) == ("休", "劳动节放假", True)
    assert (cells[7].word, cells[7].title, cells[7].rest) == ("班", "劳动节调休上班", False)
    assert (cells[14].word, cells[14].rest) == ("", True)


def test_a_year_with_a_notice_cites_it_and_one_without_says_provisional(client: Client) -> None:
    load_packaged(AT, SYSTEM)
    official = words(client.get("/desk/calendar?year=2022"))
    assert "国务院办公厅关于2022年部分节假日安排的通知" in official
    assert "全年 249 个工作日" in official
    provisional = words(client.get("/desk/calendar?year=2027"))
    assert "暂计 这一年的放假通知还没有录入" in provisional
    assert "2027（暂计）" in provisional
    for wrong in ("x", "1999", "2150", "²⁰²²"):
        assert client.get("/desk/calendar", {"year": wrong}).status_code == 200


def test_the_preview_says_what_will_move_and_writes_nothing(client: Client) -> None:
    load_packaged(AT, SYSTEM)
    row = make.in_review(make.day("2026-12-21"), promised=20)
    before = queries.stored_calendar()
    said = client.post("/desk/calendar/preview", {"text": csv(notice_2027())})
    text = words(said)
    assert said.status_code == 200
    assert row.number in text
    assert "2027 年：放假" in text
    assert "不再暂计" in text
    assert queries.stored_calendar() == before
    assert queries.calendar() == before
    assert len(facts_of(row.id)) == 2


def test_what_the_preview_showed_is_what_the_import_does(client: Client) -> None:
    load_packaged(AT, SYSTEM)
    row = make.in_review(make.day("2026-12-21"), promised=20)
    shown = words(client.post("/desk/calendar/preview", {"text": csv(notice_2027())}))
    assert client.post("/desk/calendar/enter", {"text": csv(notice_2027())}).status_code == 302
    after = make.fresh(row.id)
    assert f"{row.due_on} {after.due_on}" in shown
    assert not after.provisional
    assert queries.calendar().is_official(2027)
    assert "没有变动" in words(client.post("/desk/calendar/enter", {"text": csv(notice_2027())}, follow=True))
    again = words(client.post("/desk/calendar/preview", {"text": csv(notice_2027())}))
    assert "没有一天不同" in again


def test_a_file_from_a_spreadsheet_is_read(client: Client) -> None:
    load_packaged(AT, SYSTEM)
    file = SimpleUploadedFile("放假.csv", csv(notice_2027()).encode("gb18030"), "text/csv")
    assert "2027 年：放假" in words(client.post("/desk/calendar/preview", {"file": file}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "请上传 CSV 文件，或把内容粘贴到这里"),
        ("day\n2027-01-01", "表头缺少列"),
        (csv(notice_2027(without=["春节"])), "缺少：春节"),
        ("date,festival,kind,notice_url\n2027-02-30,元旦,holiday,https://example.org/", "不可读"),
    ],
)
@pytest.mark.parametrize("step", ["preview", "enter"])
def test_a_faulty_notice_is_refused_and_stays_in_the_field(
    client: Client, step: str, text: str, said: str
) -> None:
    load_packaged(AT, SYSTEM)
    response = client.post(f"/desk/calendar/{step}", {"text": text})
    assert response.status_code == 422
    assert said in words(response)
    assert text[:40] in response.content.decode()
    assert not queries.stored_calendar().is_official(2027)


def test_a_file_that_is_no_text_is_refused(client: Client) -> None:
    for content, said in ((b"\xff\xfe\x00\x81" * 9, "不是文本文件"), (b"x" * 300_000, "不会超过 256 KB")):
        file = SimpleUploadedFile("放假.csv", content, "text/csv")
        response = client.post("/desk/calendar/preview", {"file": file})
        assert response.status_code == 422
        assert said in words(response)


def test_the_history_keeps_what_was_replaced(client: Client) -> None:
    load_packaged(AT, SYSTEM)
    client.post("/desk/calendar/enter", {"text": csv(notice_2027())})
    changed = csv(notice_2027()).replace("2027-05-08,劳动节", "2027-05-09,劳动节")
    client.post("/desk/calendar/enter", {"text": changed})
    assert queries.calendar().is_workday(date(2027, 5, 9))
    assert words(client.get("/desk/calendar?year=2027")).count("已被替换") == 1
