"""The window: one field first, nothing typed twice, papers on the table, one key one receipt."""

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from yichuang.cases.models import Case
from yichuang.directory.commands import ApplicantForm, save_applicant
from yichuang.directory.flow import ApplicantKind
from yichuang.directory.models import Account, Applicant
from yichuang.directory.queries import MOST_FOUND
from yichuang.directory.tests.test_applicants import resident
from yichuang.halls.pages.windows_desk import NOT_ALL
from yichuang.intake import commands, queries
from yichuang.intake.commands import WalkIn
from yichuang.intake.models import Draft, Material
from yichuang.intake.tests import factories as make
from yichuang.intake.tests.conftest import browser
from yichuang.intake.tests.test_pages import hidden, read
from yichuang.kernel import sql
from yichuang.kernel.errors import Conflict, Invalid, Refused

pytestmark = pytest.mark.django_db

WHO = ApplicantForm(
    ApplicantKind.COMPANY, "示例科技有限公司", make.COMPANY_CODES[0], "13800000000", "示例路1号", "李示例"
)


@pytest.fixture(autouse=True)
def _a_monday_in_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.AT)


def walk_in(**changes: object) -> WalkIn:
    """A walk-in with papers in order."""
    make.offer()
    return WalkIn(make.WATER, WHO, make.answers(**changes), papers=make.REQUIRED)


def test_a_walk_in_is_registered_and_filed_in_one_go() -> None:
    clerk = make.window_clerk()
    receipt = commands.file_walk_in(walk_in(), key=make.key(), by=clerk, at=make.AT)
    case = Case.objects.get(pk=receipt.case_id)
    assert case.channel == "1"
    assert case.applicant_id == Applicant.objects.get(paper_number=make.COMPANY_CODES[0]).pk
    filed = queries.application(receipt.case_id, by=clerk)
    assert filed.answers["credit_code"] == make.COMPANY_CODES[0]
    assert filed.answers["legal_representative"] == "李示例"
    assert all(one.is_paper and one.size >= 1 for one in filed.materials)


def test_the_same_key_at_the_window_is_the_same_receipt() -> None:
    clerk, key = make.window_clerk(), make.key()
    sent = walk_in()
    first = commands.file_walk_in(sent, key=key, by=clerk, at=make.AT)
    assert commands.file_walk_in(sent, key=key, by=clerk, at=make.AT) == first
    with pytest.raises(Conflict):
        commands.file_walk_in(
            replace(sent, answers=make.answers(reason="别的")), key=key, by=clerk, at=make.AT
        )
    with pytest.raises(Conflict):
        commands.file_walk_in(replace(sent, papers=()), key=key, by=clerk, at=make.AT)
    assert Case.objects.count() == 1


def test_a_walk_in_with_a_wrong_answer_leaves_nothing() -> None:
    with pytest.raises(Invalid) as refused:
        commands.file_walk_in(
            walk_in(annual_volume="很多"), key=make.key(), by=make.window_clerk(), at=make.AT
        )
    assert list(refused.value.fields) == ["annual_volume"]
    assert not Draft.objects.exists()
    assert not Applicant.objects.exists()


def test_only_the_window_files_for_others() -> None:
    with pytest.raises(Refused):
        commands.file_walk_in(walk_in(), key=make.key(), by=make.applicant(), at=make.AT)
    assert browser(make.applicant()).get(reverse("window")).status_code == 403


@pytest.mark.parametrize("bearers", [MOST_FOUND, MOST_FOUND + 1])
def test_of_many_whose_names_fit_the_first_are_listed_and_it_is_said(desk: Client, bearers: int) -> None:
    for serial in range(bearers):
        form = ApplicantForm(ApplicantKind.PERSON, f"张示例{serial:02d}", resident(serial))
        save_applicant(form, at=make.AT)
    page = read(desk, f"{reverse('window')}?paper=张示例")
    assert f"张示例{MOST_FOUND - 1:02d}" in page
    assert f"张示例{MOST_FOUND:02d}" not in page
    assert (NOT_ALL in page) is (bearers > MOST_FOUND)


def test_the_whole_way_at_the_window(desk: Client) -> None:
    make.offer()
    assert "识别申请人" in read(desk, reverse("window"))
    found = read(desk, f"{reverse('window')}?paper={make.COMPANY_CODES[0]}&q=取水")
    assert "还没有登记过" in found
    assert "取水许可" in found
    posted = {
        "client_key": hidden(found, "client_key"), "kind": "company", "paper_number": make.COMPANY_CODES[0],
        "item": make.WATER, "name": "示例科技有限公司", "legal_representative": "李示例", "phone": "13800000000",
        "address": "示例路1号",
    }  # fmt: skip
    begun = desk.post(reverse("window-start"), posted)
    assert begun.status_code == 302
    assert desk.post(reverse("window-start"), posted)["Location"] == begun["Location"]
    form = read(desk, begun["Location"])
    assert 'class="desk' in form
    assert "91510000MA00000072" in form
    assert 'value="李示例"' in form
    draft = Draft.objects.get()
    codes = [field["code"] for part in draft.version.elements["form"]["sections"] for field in part["fields"]]
    given = make.answers() | {
        "edit": hidden(form, "edit"),
        "tab": "t",
        "shown": codes,
        "client_key": make.key(),
    }
    assert desk.post(begun["Location"], given)["Location"] == reverse(
        "window-draft-materials", args=[draft.pk]
    )
    papers = {"client_key": make.key(), "papers_shown": "1", "paper": list(make.REQUIRED), "act": "onward"}
    read(desk, reverse("window-draft-materials", args=[draft.pk]))
    assert desk.post(reverse("window-draft-materials", args=[draft.pk]), papers).status_code == 302
    check = read(desk, reverse("window-draft-check", args=[draft.pk]))
    assert "纸质件" in check
    done = desk.post(
        reverse("window-draft-file", args=[draft.pk]),
        {"client_key": make.key(), "edit": hidden(check, "edit"), "declared": "yes"},
    )
    receipt = read(desk, done["Location"])
    assert Case.objects.get().number in receipt
    assert "接待下一位" in receipt
    assert receipt.count("纸质 1 份") + receipt.count("纸质 2 份") == len(make.REQUIRED)
    assert f'href="{reverse("desk-case", args=[Case.objects.get().pk])}">打开此件，当场受理' in receipt
    assert "这份回执可以核验" in receipt
    assert f"/receipts/{Case.objects.get().number}/" in receipt
    assert Material.objects.filter(kind="paper").count() == len(make.REQUIRED)
    known = read(desk, f"{reverse('window')}?paper={make.COMPANY_CODES[0]}")
    assert Case.objects.get().number in known
    assert "核对申请人" in known


def test_a_wrong_number_says_what_is_wrong_with_it(desk: Client) -> None:
    page = read(desk, f"{reverse('window')}?paper=91510000MA00000073")
    assert "校验码" in page
    assert "选择事项" not in page
    assert "没有登记过" in read(desk, f"{reverse('window')}?paper=无名公司")


def test_a_name_finds_registered_applicants(desk: Client) -> None:
    commands.begin_walk_in(walk_in().item_code, WHO, by=make.window_clerk(), at=make.AT)
    page = read(desk, f"{reverse('window')}?paper=示例科技")
    assert make.COMPANY_CODES[0] in page


def test_no_matter_chosen_keeps_what_was_typed(desk: Client) -> None:
    make.offer()
    posted = {
        "client_key": make.key(),
        "kind": "company",
        "paper_number": make.COMPANY_CODES[0],
        "name": "打好的名字",
    }
    response = desk.post(reverse("window-start"), posted)
    page = response.content.decode()
    assert response.status_code == 422
    assert "打好的名字" in page
    assert "请先查找并选择要办的事项" in page


def test_the_start_of_a_matter_leads_a_clerk_to_the_window(desk: Client) -> None:
    make.offer()
    response = desk.get(reverse("file-start", args=[make.WATER]))
    assert response["Location"] == f"{reverse('window')}?item={make.WATER}"


def test_the_window_takes_few_statements(desk: Client) -> None:
    make.offer()
    make.company()
    address = f"{reverse('window')}?paper={make.COMPANY_CODES[0]}"
    desk.get(address)
    with sql.counting() as statements:
        read(desk, address)
    own = [text for text in statements if "workdays_" not in text]
    # Session with account and actor; applicant, items, their gates, open cases, drafts.
    assert len(own) == 6


def test_registering_opens_an_account_and_signs_in(db: None) -> None:
    guest = browser()
    read(guest, reverse("register"))
    given = {
        "kind": "company", "name": "示例科技有限公司", "paper_number": "91510000ma00000072", "phone": "13800000000",
        "username": "shili2026", "password": "demo-pass-2026", "again": "demo-pass-2026",
    }  # fmt: skip
    assert guest.post(reverse("register"), given)["Location"] == "/my"
    assert guest.get(reverse("my")).status_code == 200
    assert Account.objects.get(username="shili2026").applicant is not None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"paper_number": "91510000MA00000073"}, "paper_number"),
        ({"password": "123", "again": "123"}, "password"),
        ({"again": "不一样"}, "again"),
        ({"username": "a b"}, "username"),
        ({"kind": "god"}, "kind"),
        ({"name": ""}, "name"),
    ],
)
def test_a_registration_says_what_is_wrong(db: None, changes: dict[str, str], field: str) -> None:
    given = {
        "kind": "company", "name": "示例科技有限公司", "paper_number": make.COMPANY_CODES[0],
        "username": "shili2026", "password": "demo-pass-2026", "again": "demo-pass-2026",
    }  # fmt: skip
    response = browser().post(reverse("register"), given | changes)
    assert response.status_code == 422
    assert f'href="#f-{field}"' in response.content.decode()
    assert not Account.objects.exists()


def test_nobody_registers_as_somebody_known(db: None) -> None:
    make.company()
    given = {
        "kind": "company", "name": "冒名者", "paper_number": make.COMPANY_CODES[0], "username": "shili2026",
        "password": "demo-pass-2026", "again": "demo-pass-2026",
    }  # fmt: skip
    response = browser().post(reverse("register"), given)
    assert response.status_code == 422
    assert "已经登记过" in response.content.decode()
    assert Applicant.objects.get().name == "示例科技有限公司"
