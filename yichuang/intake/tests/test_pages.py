"""The way of an applicant through the pages, and what each page says when something is wrong."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from yichuang.cases import commands as cases
from yichuang.cases.models import Case
from yichuang.intake import commands
from yichuang.intake.models import Draft, DraftMaterial
from yichuang.intake.tests import factories as make
from yichuang.intake.tests.conftest import browser
from yichuang.kernel import sql
from yichuang.workdays import queries as workdays

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_monday_in_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.AT)
    workdays.forget()


class Markup(HTMLParser):
    """Collects what readers of screens stumble over."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.controls: list[str] = []
        self.headings: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "label" and given.get("for"):
            self.labelled.add(str(given["for"]))
        if tag in ("input", "select", "textarea") and given.get("type") not in (
            "hidden",
            "submit",
            "checkbox",
            "radio",
        ):
            self.controls.append(str(given.get("id")))
        if tag in ("h1", "h2", "h3"):
            self.headings.append(tag)
        if "style" in given or any(name.startswith("on") for name in given) or tag == "style":
            self.inline.append(tag)


def sound(page: str) -> None:
    """One h1, unique ids, every control labelled, nothing that the content policy refuses."""
    found = Markup()
    found.feed(page)
    assert found.headings.count("h1") == 1
    assert len(found.ids) == len(set(found.ids)), [one for one in found.ids if found.ids.count(one) > 1]
    assert set(found.controls) <= found.labelled
    assert found.inline == []


def read(client: Client, address: str, status: int = 200) -> str:
    """A page that renders soundly."""
    response = client.get(address)
    assert response.status_code == status, response.content.decode()[:2000]
    text = response.content.decode()
    sound(text)
    return text


def words(page: str) -> str:
    """What people read of a page."""
    return re.sub(r"<[^>]+>", "", page)


def draft_of(client: Client) -> Draft:
    """A draft begun by the page."""
    make.offer()
    response = client.post(reverse("file-start", args=[make.WATER]), {"client_key": make.key()})
    return Draft.objects.get(pk=response["Location"].rsplit("/", 1)[1])


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found.group(1)


def fill_by_page(client: Client, draft: Draft) -> None:
    """Every section through its page."""
    for section in draft.version.elements["form"]["sections"]:
        address = reverse("draft-section", args=[draft.pk, section["code"]])
        page = read(client, address)
        codes = [field["code"] for field in section["fields"]]
        given: dict[str, Any] = {code: value for code, value in make.answers().items() if code in codes}
        extra = {
            "edit": hidden(page, "edit"),
            "tab": hidden(page, "tab"),
            "shown": codes,
            "client_key": make.key(),
        }
        response = client.post(address, given | extra)
        assert response.status_code == 302, re.findall(
            r'field-error" id="[^"]*">[^<]*', response.content.decode()
        )


def upload(client: Client, draft: Draft, code: str, data: bytes = make.PDF, name: str = "材料.pdf") -> Any:
    """One file through the page of materials."""
    file = SimpleUploadedFile(name, data)
    return client.post(
        reverse("draft-materials", args=[draft.pk]), {"client_key": make.key(), "act": "stay", code: file}
    )


def test_the_whole_way_from_start_to_follow(site: Client) -> None:
    make.offer()
    start = read(site, reverse("file-start", args=[make.WATER]))
    assert "示例科技有限公司" in start
    draft = draft_of(site)
    tasks = read(site, reverse("draft", args=[draft.pk]))
    assert "还差" in tasks
    assert "暂不能填写" in tasks
    fill_by_page(site, draft)
    read(site, reverse("draft-materials", args=[draft.pk]))
    for code in make.REQUIRED:
        assert upload(site, draft, code).status_code == 302
    check = read(site, reverse("draft-check", args=[draft.pk]))
    assert "438.000 万立方米" in check
    assert "成都市武侯区" in check
    filing = {"client_key": make.key(), "edit": hidden(check, "edit"), "declared": "yes"}
    response = site.post(reverse("draft-file", args=[draft.pk]), filing)
    assert response.status_code == 302
    receipt = read(site, response["Location"])
    case = Case.objects.get()
    assert case.number in receipt
    assert "data:image/svg+xml;base64," in receipt
    assert "5月23日" in receipt
    again = site.post(reverse("draft-file", args=[draft.pk]), filing)
    assert again["Location"] == response["Location"]
    secret = re.search(r"[A-Z2-7]{5}-[A-Z2-7]{5}", receipt)
    assert secret
    guest = browser()
    asked = guest.post(reverse("follow"), {"number": case.number, "code": secret.group(0).lower()})
    assert asked.status_code == 302
    followed = read(guest, asked["Location"])
    assert "水利厅窗口正在核对材料，应于 5月23日 前答复是否受理" in words(followed)
    assert "撤回申请" not in followed
    own = read(site, reverse("my-case", args=[case.id]))
    assert "撤回申请" in own
    assert "新建城镇供水工程" in own
    assert site.get(reverse("draft", args=[draft.pk]))["Location"] == response["Location"]


def test_what_was_typed_comes_back_with_the_message(site: Client) -> None:
    draft = draft_of(site)
    address = reverse("draft-section", args=[draft.pk, "purpose"])
    response = site.post(
        address, {"annual_volume": "三十六万", "reason": "", "edit": "1", "client_key": make.key()}
    )
    page = response.content.decode()
    assert response.status_code == 422
    assert "三十六万" in page
    assert 'href="#f-annual_volume"' in page
    sound(page)
    assert Draft.objects.get(pk=draft.pk).answers["annual_volume"] == "三十六万"


def test_saving_for_later_asks_nothing(site: Client) -> None:
    draft = draft_of(site)
    address = reverse("draft-section", args=[draft.pk, "purpose"])
    response = site.post(
        address, {"annual_volume": "三十六万", "act": "later", "edit": "1", "client_key": make.key()}
    )
    assert response.status_code == 302
    assert "需要改正" in read(site, reverse("draft", args=[draft.pk]))


def test_autosave_keeps_anything_and_says_nothing(site: Client) -> None:
    draft = draft_of(site)
    address = reverse("draft-save", args=[draft.pk, "purpose"])
    typed = {"annual_volume": "12.", "edit": "1", "tab": "one"}
    assert site.post(address, typed).status_code == 204
    assert site.post(address, typed | {"annual_volume": "12.5"}).status_code == 204
    assert Draft.objects.get(pk=draft.pk).answers["annual_volume"] == "12.5"


def test_two_tabs_do_not_overwrite_each_other(site: Client) -> None:
    draft = draft_of(site)
    address = reverse("draft-section", args=[draft.pk, "purpose"])
    site.post(
        reverse("draft-save", args=[draft.pk, "purpose"]), {"reason": "第一页写的", "edit": "1", "tab": "one"}
    )
    response = site.post(
        address, {"reason": "第二页写的", "edit": "1", "tab": "two", "client_key": make.key()}
    )
    page = response.content.decode()
    assert response.status_code == 409
    assert "第二页写的" in page
    assert Draft.objects.get(pk=draft.pk).answers["reason"] == "第一页写的"
    retry = {
        "reason": "第二页写的",
        "edit": hidden(page, "edit"),
        "tab": "two",
        "act": "later",
        "client_key": make.key(),
    }
    assert site.post(address, retry).status_code == 302
    assert Draft.objects.get(pk=draft.pk).answers["reason"] == "第二页写的"


def test_questions_appear_with_the_answer_that_brings_them_up(site: Client) -> None:
    draft = draft_of(site)
    address = reverse("draft-questions", args=[draft.pk, "purpose"])
    before = site.post(address, {"for_project": "no", "reason": "打了一半"}).content.decode()
    after = site.post(address, {"for_project": "yes", "reason": "打了一半"}).content.decode()
    assert 'name="project_code"' not in before
    assert 'name="project_code"' in after
    assert "打了一半" in after
    assert "reason" not in Draft.objects.get(pk=draft.pk).answers


def test_what_the_directory_knows_is_not_asked_and_cannot_be_changed(site: Client) -> None:
    draft = draft_of(site)
    page = read(site, reverse("draft-section", args=[draft.pk, "applicant"]))
    assert 'name="credit_code"' not in page
    assert make.COMPANY_CODES[0] in page
    assert "李示例" in page
    site.post(reverse("draft-save", args=[draft.pk, "applicant"]), {"credit_code": "X", "edit": "1"})
    assert Draft.objects.get(pk=draft.pk).answers["credit_code"] == make.COMPANY_CODES[0]


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"MZ\x90\x00program", "材料.pdf", "Windows 程序"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "图.png", "SVG"),
        (make.PDF, "材料.png", "后缀"),
        (b"", "空.pdf", "空"),
        (b"%PDF-1.4 cut", "坏.pdf", "不完整"),
    ],
)
def test_a_file_is_judged_by_its_content(site: Client, data: bytes, name: str, words: str) -> None:
    draft = draft_of(site)
    response = upload(site, draft, "third_party_statement", data, name)
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert 'href="#f-third_party_statement"' in page
    assert not DraftMaterial.objects.exists()


def test_a_file_beyond_the_limit_is_refused(site: Client, settings: Any) -> None:
    settings.UPLOAD_LIMIT_BYTES = 30
    response = upload(site, draft_of(site), "third_party_statement")
    assert response.status_code == 422
    assert "超过" in response.content.decode()


def test_thirty_files_and_no_more(site: Client) -> None:
    by = make.applicant()
    draft = draft_of(site)
    for number in range(30):
        commands.add_material(draft.pk, "third_party_statement", make.pdf(f"{number}.pdf"), by=by, at=make.AT)
    response = upload(site, draft, "third_party_statement")
    assert response.status_code == 422
    assert "最多上传 30 个文件" in response.content.decode()


def test_a_good_file_is_kept_beside_a_bad_one(site: Client) -> None:
    draft = draft_of(site)
    make.fill(draft.pk, make.applicant())
    files = {
        "third_party_statement": SimpleUploadedFile("好.pdf", make.PDF),
        "demonstration_report": SimpleUploadedFile("坏.exe", b"MZ"),
    }
    response = site.post(reverse("draft-materials", args=[draft.pk]), {"client_key": make.key(), **files})
    assert response.status_code == 422
    assert "好.pdf" in response.content.decode()
    assert DraftMaterial.objects.get().code == "third_party_statement"


def test_a_file_can_be_opened_and_taken_off_again(site: Client) -> None:
    draft = draft_of(site)
    upload(site, draft, "third_party_statement", name="说明 一.pdf")
    kept = DraftMaterial.objects.get()
    opened = site.get(reverse("draft-file-of", args=[draft.pk, kept.pk]))
    assert opened.content == make.PDF
    assert opened["Content-Disposition"].startswith("attachment")
    assert opened["X-Content-Type-Options"] == "nosniff"
    assert site.post(reverse("draft-remove", args=[draft.pk, kept.pk])).status_code == 302
    assert not DraftMaterial.objects.exists()


def test_the_declaration_must_be_ticked(site: Client) -> None:
    draft = make.complete(make.applicant())
    response = site.post(reverse("draft-file", args=[draft.pk]), {"client_key": make.key()})
    assert response.status_code == 422
    assert 'href="#f-declared"' in response.content.decode()
    assert not Case.objects.exists()


def test_an_incomplete_draft_names_everything_on_the_check_page(site: Client) -> None:
    draft = draft_of(site)
    page = read(site, reverse("draft-check", args=[draft.pk]))
    assert "处需要改正" in page
    assert "提交申请" not in page
    forced = site.post(reverse("draft-file", args=[draft.pk]), {"client_key": make.key(), "declared": "yes"})
    assert forced.status_code == 422


@pytest.mark.parametrize("page", ["draft", "draft-materials", "draft-check"])
def test_other_peoples_drafts_look_missing(site: Client, page: str) -> None:
    draft = draft_of(site)
    assert browser(make.stranger()).get(reverse(page, args=[draft.pk])).status_code == 404
    assert browser().get(reverse(page, args=[draft.pk])).status_code == 302
    assert browser(make.window_clerk()).get(reverse(page, args=[draft.pk])).status_code == 404


def test_other_peoples_receipts_and_files_look_missing(site: Client) -> None:
    draft = draft_of(site)
    make.fill(draft.pk, make.applicant())
    for code in make.REQUIRED:
        upload(site, draft, code)
    receipt = commands.file_draft(draft.pk, key=make.key(), by=make.applicant(), at=make.AT)
    kept = DraftMaterial.objects.filter(draft=draft)[0]
    address = reverse("material-file", args=[receipt.case_id, kept.pk])
    assert site.get(address).content == make.PDF
    assert browser(make.window_clerk()).get(address).status_code == 200
    other = browser(make.stranger())
    assert other.get(address).status_code == 404
    assert other.get(reverse("receipt", args=[receipt.case_id])).status_code == 404
    assert other.get(reverse("my-case", args=[receipt.case_id])).status_code == 404
    assert other.get(reverse("my-withdraw", args=[receipt.case_id])).status_code == 404
    assert site.get(reverse("material-file", args=[receipt.case_id, UUID(int=1)])).status_code == 404


def test_resuming_a_draft_is_offered_at_the_start(site: Client) -> None:
    draft = draft_of(site)
    page = read(site, reverse("file-start", args=[make.WATER]))
    assert reverse("draft", args=[draft.pk]) in page
    assert reverse("draft", args=[draft.pk]) in read(site, reverse("my"))
    assert site.post(reverse("draft-discard", args=[draft.pk]), {"client_key": make.key()}).status_code == 302
    assert not Draft.objects.exists()


def test_a_wrong_code_says_nothing_and_is_slowed_down(site: Client) -> None:
    made = make.filed()
    guest = browser()
    for number in (made.number, "没有这个编号"):
        response = guest.post(reverse("follow"), {"number": number, "code": "AAAAA-AAAAA"})
        assert response.status_code == 422
        assert "编号和查询码对不上" in response.content.decode()
    for _ in range(18):
        guest.post(reverse("follow"), {"number": made.number, "code": "AAAAA-AAAAA"})
    blocked = guest.post(reverse("follow"), {"number": made.number, "code": made.follow_code})
    assert blocked.status_code == 429
    assert guest.get(reverse("follow-case", args=[made.number])).status_code == 302


def test_the_page_of_my_cases_takes_few_statements(site: Client) -> None:
    by = make.applicant()
    for _ in range(3):
        make.filed(by)
    site.get(reverse("my"))
    with sql.counting() as statements:
        read(site, reverse("my"))
    own = [text for text in statements if "workdays_" not in text]
    # Session with account and actor; cases, departments, drafts, unread messages.
    assert len(own) == 5


def test_the_follow_page_takes_few_statements(site: Client) -> None:
    made = make.filed()
    site.get(reverse("my-case", args=[made.case_id]))
    with sql.counting() as statements:
        read(site, reverse("my-case", args=[made.case_id]))
    own = [text for text in statements if "workdays_" not in text]
    # Session with account and actor; case, words, facts, application, division; who looked, what is still to come.
    assert len(own) == 8


def test_withdrawing_says_what_it_means_first(site: Client) -> None:
    made = make.filed()
    page = read(site, reverse("my-withdraw", args=[made.case_id]))
    assert "不再办理" in page
    key = hidden(page, "client_key")
    assert site.post(reverse("my-withdraw", args=[made.case_id]), {"client_key": key}).status_code == 302
    assert "您已撤回申请" in read(site, reverse("my-case", args=[made.case_id]))
    assert site.get(reverse("my-withdraw", args=[made.case_id])).status_code == 409


def test_every_state_has_its_sentence(site: Client) -> None:
    made = make.filed()
    clerk = make.window_clerk()
    cases.accept(made.case_id, by=clerk, at=make.AT, key=make.key())
    page = read(site, reverse("my-case", args=[made.case_id]))
    assert "水利厅正在审查，应于" in page
    assert "为什么是这一天" in page


def test_messages_and_empty_lists_say_how_to_begin(site: Client) -> None:
    assert "还没有办件" in read(site, reverse("my"))
    assert "还没有消息" in read(site, reverse("my-messages"))


def test_a_person_is_told_who_may_apply(db: None) -> None:
    make.offer(audience=["企业法人"])
    person = browser(make.person())
    page = read(person, reverse("file-start", args=[make.WATER]))
    assert "本账号不能申请这个事项" in page
    forced = person.post(reverse("file-start", args=[make.WATER]), {"client_key": make.key()})
    assert forced.status_code == 422


def test_an_unknown_matter_or_section_is_missing(site: Client) -> None:
    assert site.get(reverse("file-start", args=["nothing"])).status_code == 404
    draft = draft_of(site)
    assert site.get(reverse("draft-section", args=[draft.pk, "nothing"])).status_code == 404


def test_at_a_later_day_the_sentence_says_that_it_is_late(
    site: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make.filed()
    monkeypatch.setattr("config.front_door.now", lambda: make.AT + timedelta(days=20))
    assert "已超过期限" in read(site, reverse("my-case", args=[made.case_id]))
