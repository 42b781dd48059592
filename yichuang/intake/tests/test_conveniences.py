"""An item that is offered no more, filings from a phone, the answer's day in a calendar, messages page by page."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from yichuang.cases.flow import Channel
from yichuang.cases.models import Case
from yichuang.catalogue.models import Item
from yichuang.intake import commands, queries, render
from yichuang.intake.models import Draft
from yichuang.intake.pages.device import channel_of
from yichuang.intake.queries import Receipt
from yichuang.intake.tests import factories as make
from yichuang.intake.tests.conftest import browser
from yichuang.intake.tests.test_pages import read, words
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.kernel.keys import uuid7
from yichuang.notices import queries as notices
from yichuang.notices.models import Message

pytestmark = pytest.mark.django_db

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0"
DESKTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"


@pytest.fixture(autouse=True)
def _a_monday_in_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.AT)


def retire() -> None:
    """取水许可 is offered no more."""
    Item.objects.filter(code=make.WATER).update(is_active=False)


def withdraw_guide() -> None:
    """The item stays, but no guide of it is in force."""
    Item.objects.filter(code=make.WATER).update(current=None)


@pytest.mark.parametrize("end", [retire, withdraw_guide])
def test_a_draft_of_a_matter_that_is_gone_can_be_read_and_thrown_away(site: Client, end: Any) -> None:
    by = make.applicant()
    draft = make.complete(by)
    file = SimpleUploadedFile("说明.pdf", make.PDF)
    sent = {"client_key": make.key(), "act": "stay", make.REQUIRED[0]: file}
    assert site.post(reverse("draft-materials", args=[draft.pk]), sent).status_code == 302
    end()
    page = read(site, reverse("draft", args=[draft.pk]))
    assert "这个事项已停办" in page
    assert "新建城镇供水工程" in page
    assert "438.000 万立方米" in words(page)
    assert "说明.pdf" in page
    assert "继续填写" not in page
    opened = next(
        one
        for one in re.findall(r'href="(/drafts/[^"]+/materials/[^"]+)"', page)
        if site.get(one).status_code == 200
    )
    assert site.get(opened).content == make.PDF
    for name, more in (("draft-section", ["purpose"]), ("draft-materials", []), ("draft-check", [])):
        led = site.get(reverse(name, args=[draft.pk, *more]))
        assert led["Location"] == reverse("draft", args=[draft.pk]), name
    assert reverse("draft", args=[draft.pk]) in read(site, reverse("my"))
    discard = site.post(reverse("draft-discard", args=[draft.pk]), {"client_key": make.key()})
    assert discard["Location"] == reverse("my")
    assert not Draft.objects.exists()


def test_what_is_typed_when_the_matter_ends_is_kept_and_nothing_is_filed(site: Client) -> None:
    by = make.applicant()
    draft = make.complete(by)
    retire()
    body = {
        "reason": "正在写的时候停办了",
        "edit": "900000",
        "tab": "t",
        "client_key": make.key(),
        "act": "later",
    }
    saved = site.post(reverse("draft-section", args=[draft.pk, "purpose"]), body)
    assert saved["Location"] == reverse("draft", args=[draft.pk])
    assert "正在写的时候停办了" in read(site, saved["Location"])
    filing = {"client_key": make.key(), "declared": "yes"}
    refused = site.post(reverse("draft-file", args=[draft.pk]), filing)
    assert refused.status_code == 409
    assert "停办" in refused.content.decode()
    with pytest.raises(Conflict, match="停办"):
        commands.renew_draft(draft.pk, by=by, at=make.AT)
    assert not Case.objects.exists()


def test_a_matter_that_comes_back_takes_its_drafts_up_again(site: Client) -> None:
    draft = make.complete(make.applicant())
    retire()
    assert "这个事项已停办" in read(site, reverse("draft", args=[draft.pk]))
    Item.objects.filter(code=make.WATER).update(is_active=True)
    assert "核对并提交" in read(site, reverse("draft", args=[draft.pk]))


def test_at_the_window_too(desk: Client) -> None:
    make.offer()
    clerk = make.window_clerk()
    draft = commands.begin_draft(
        make.WATER, by=clerk, at=make.AT, channel=Channel.WINDOW, applicant_id=make.company().pk
    )
    retire()
    led = desk.get(reverse("window-draft-section", args=[draft.pk, "all"]))
    page = read(desk, led["Location"])
    assert "这个事项已停办" in page
    assert "接待下一位" in page
    body = {"client_key": make.key()}
    assert desk.post(reverse("window-draft-discard", args=[draft.pk]), body)["Location"] == reverse("window")


def asked_with(**headers: str) -> HttpRequest:
    """A request as this browser makes it."""
    request = HttpRequest()
    request.META = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    return request


@pytest.mark.parametrize(
    ("headers", "channel"),
    [
        ({}, Channel.ONLINE),
        ({"user_agent": DESKTOP}, Channel.ONLINE),
        ({"user_agent": PHONE}, Channel.MOBILE),
        (
            {"user_agent": "Mozilla/5.0 (Linux; Android 14; Pixel) Chrome/126.0 Mobile Safari/537.36"},
            Channel.MOBILE,
        ),
        ({"user_agent": "Mozilla/5.0 (Phone; OpenHarmony 5.0) ArkWeb/4.1"}, Channel.MOBILE),
        ({"sec_ch_ua_mobile": "?1", "user_agent": DESKTOP}, Channel.MOBILE),
        ({"sec_ch_ua_mobile": "?0", "user_agent": PHONE}, Channel.ONLINE),
        ({"sec_ch_ua_mobile": "nonsense\x00", "user_agent": PHONE}, Channel.MOBILE),
        ({"sec_ch_ua_mobile": "?1; ?0", "user_agent": DESKTOP}, Channel.ONLINE),
        ({"user_agent": "x" * 100_000}, Channel.ONLINE),
    ],
)
def test_which_browser_is_a_phone(headers: dict[str, str], channel: Channel) -> None:
    assert channel_of(asked_with(**headers)) == channel


@pytest.mark.parametrize(
    ("headers", "channel"),
    [
        ({"HTTP_SEC_CH_UA_MOBILE": "?1"}, "3"),
        ({"HTTP_USER_AGENT": PHONE}, "3"),
        ({"HTTP_USER_AGENT": DESKTOP}, "2"),
    ],
)
def test_a_filing_is_recorded_by_the_browser_that_files(
    site: Client, headers: dict[str, Any], channel: str
) -> None:
    draft = make.complete(make.applicant())
    assert draft.channel == Channel.ONLINE
    sent = {"client_key": make.key(), "declared": "yes"}
    address = reverse("draft-file", args=[draft.pk])
    assert site.post(address, sent, **headers).status_code == 302
    assert Case.objects.get().channel == channel
    # The same key from another browser is the same filing.
    assert site.post(address, sent, HTTP_USER_AGENT=DESKTOP).status_code == 302
    assert site.post(address, sent, HTTP_USER_AGENT=PHONE).status_code == 302
    assert Case.objects.get().channel == channel


def test_a_draft_begun_on_a_phone_and_filed_at_a_desk_is_online(site: Client) -> None:
    make.offer()
    begun = site.post(
        reverse("file-start", args=[make.WATER]), {"client_key": make.key()}, HTTP_USER_AGENT=PHONE
    )
    draft = Draft.objects.get(pk=begun["Location"].rsplit("/", 1)[1])
    assert draft.channel == Channel.MOBILE
    by = make.applicant()
    make.fill(draft.pk, by)
    for code in make.REQUIRED:
        commands.add_material(draft.pk, code, make.pdf(), by=by, at=make.AT)
    sent = {"client_key": make.key(), "declared": "yes"}
    assert site.post(reverse("draft-file", args=[draft.pk]), sent, HTTP_USER_AGENT=DESKTOP).status_code == 302
    assert Case.objects.get().channel == Channel.ONLINE


@pytest.mark.parametrize("given", [Channel.ONLINE, Channel.MOBILE, Channel.POST, None])
def test_what_the_window_receives_stays_the_windows(given: Channel | None) -> None:
    make.offer()
    clerk = make.window_clerk()
    draft = commands.begin_draft(
        make.WATER, by=clerk, at=make.AT, channel=Channel.WINDOW, applicant_id=make.company().pk
    )
    commands.save_section(draft.pk, "all", make.answers(), 1, by=clerk, at=make.AT)
    commands.receive_papers(draft.pk, make.REQUIRED, by=clerk, at=make.AT)
    commands.file_draft(draft.pk, key=make.key(), by=clerk, at=make.AT, channel=given)
    assert Case.objects.get().channel == Channel.WINDOW


@pytest.mark.parametrize("given", [Channel.WINDOW, Channel.POST, None])
def test_an_applicant_cannot_file_as_somebody_else_would(given: Channel | None) -> None:
    by = make.applicant()
    commands.file_draft(make.complete(by).pk, key=make.key(), by=by, at=make.AT, channel=given)
    assert Case.objects.get().channel == Channel.ONLINE


def unfolded(content: bytes) -> dict[str, str]:
    """A calendar file as phones read it: folded lines joined, each property once."""
    text = content.decode().replace("\r\n ", "")
    return dict(line.split(":", 1) for line in text.split("\r\n") if line)


def test_the_day_of_the_answer_can_be_put_into_a_phone(site: Client) -> None:
    made = make.filed()
    address = reverse("receipt-calendar", args=[made.case_id])
    assert address in read(site, reverse("receipt", args=[made.case_id]))
    response = site.get(address)
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="{made.number}.ics"'
    found = unfolded(response.content)
    assert (found["DTSTART;VALUE=DATE"], found["DTEND;VALUE=DATE"]) == ("20220523", "20220524")
    assert found["DTSTAMP"] == "20220516T020000Z"
    assert made.number in found["SUMMARY"]
    assert found["URL"] == f"http://testserver/follow?number={made.number}"
    assert site.get(address).content == response.content


def test_a_calendar_entry_tells_a_finder_of_the_phone_nothing(site: Client) -> None:
    made = make.filed()
    text = site.get(reverse("receipt-calendar", args=[made.case_id])).content.decode().replace("\r\n ", "")
    for private in (
        "示例科技",
        "取水",
        make.COMPANY_CODES[0],
        "13800000000",
        made.follow_code,
        "张示例",
        made.hash,
    ):
        assert private not in text


def test_a_calendar_file_is_well_formed_whatever_the_office_is_called() -> None:
    made = Receipt(UUID(int=7), "N-1", "AAAAABBBBB", "00", make.AT, date(2022, 12, 31))
    content = render.answer_by(
        made, office="示例;厅,\\局\r\nX-EVIL:1" * 20, link="http://127.0.0.1:8000/follow?number=N-1"
    )
    lines = content.decode().split("\r\n")
    assert (lines[0], lines[-2], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR", "")
    assert all(len(line.encode()) <= 75 for line in lines)
    assert not any(line.startswith("X-EVIL") for line in lines)
    found = unfolded(content)
    assert found["DTEND;VALUE=DATE"] == "20230101"
    assert "示例\\;厅\\,\\\\局\\nX-EVIL:1" in found["DESCRIPTION"]


def test_somebody_elses_receipt_gives_no_calendar() -> None:
    made = make.filed()
    address = reverse("receipt-calendar", args=[made.case_id])
    assert browser(make.stranger()).get(address).status_code == 404
    assert browser().get(address)["Location"].startswith("/sign-in")
    assert browser(make.applicant()).post(address).status_code == 405


def test_the_sign_in_page_leads_to_the_registration() -> None:
    page = browser().get(reverse("sign-in"), {"next": "/file/x/start"}).content.decode()
    link = re.search(r'href="(/register[^"]*)"', page)
    assert link
    assert link.group(1) == "/register?next=%2Ffile%2Fx%2Fstart"
    assert 'value="/file/x/start"' in read(browser(), link.group(1))
    assert 'href="/register"' in browser().get(reverse("sign-in")).content.decode()


def tell(by: Actor, count: int) -> None:
    """Messages of one minute each, and several at the very same moment."""
    Message.objects.bulk_create(
        Message(
            id=uuid7(make.AT), applicant_id=by.applicant_id, subject_id=uuid4(), seq=1, channel="sms", template="x",
            to="13800000000", title=f"第{number:03}条", body="示例", made_at=make.AT + timedelta(minutes=number // 7),
        )
        for number in range(count)
    )  # fmt: skip


def test_messages_beyond_fifty_are_on_the_next_pages_each_once(site: Client) -> None:
    by = make.applicant()
    tell(by, 123)
    tell(make.stranger(), 3)
    seen: list[str] = []
    address = reverse("my-messages")
    for size in (50, 50, 23):
        page = read(site, address)
        titles = re.findall(r"第\d{3}条", page)
        assert len(titles) == size
        seen += titles
        following = re.search(r'href="([^"]*\?after=[^"]*)" rel="next"', page)
        address = following.group(1) if following else ""
    assert not address
    assert sorted(seen) == [f"第{number:03}条" for number in range(123)]


def test_only_what_was_seen_is_marked_as_read(site: Client) -> None:
    by = make.applicant()
    tell(by, 60)
    page = read(site, reverse("my-messages"))
    assert page.count("新</") == 50
    assert notices.unread(by) == 10
    assert "10 条未读" in read(site, reverse("my"))
    following = re.search(r'href="([^"]*\?after=[^"]*)" rel="next"', page)
    assert following
    read(site, following.group(1))
    assert notices.unread(by) == 0


@pytest.mark.parametrize(
    "after", ["x", "bm90aGluZw", "WyJ4IiwieSJd", "W10", "WyIyMDIyLTA1LTE2IiwieCJd", "\x00"]
)
def test_a_forged_cursor_is_refused_in_words(site: Client, after: str) -> None:
    response = site.get(reverse("my-messages"), {"after": after})
    assert response.status_code == 422
    assert "翻页链接已失效" in response.content.decode()
    with pytest.raises(Invalid):
        queries.messages(by=make.applicant(), after=after)


def test_nobody_reads_other_peoples_messages_by_a_cursor() -> None:
    tell(make.applicant(), 60)
    cursor = queries.messages(by=make.applicant(), size=50).following
    assert queries.messages(by=make.stranger(), after=cursor).rows == []
