"""The same form sent twice, two tabs of one draft, a guide that changes in between: once is once, and nothing is lost."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from yichuang.cases.flow import Channel
from yichuang.cases.models import Case
from yichuang.catalogue.tests import factories as catalogue
from yichuang.directory.models import Account, Applicant
from yichuang.intake import commands, queries
from yichuang.intake.flow import MOST_DRAFTS
from yichuang.intake.models import Draft, DraftMaterial, Material
from yichuang.intake.tests import factories as make
from yichuang.intake.tests.conftest import browser
from yichuang.intake.tests.test_pages import hidden, read
from yichuang.journal.queries import facts_of
from yichuang.kernel.errors import Conflict, Invalid, Missing


@pytest.fixture(autouse=True)
def _a_monday_in_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.AT)


def thrice(client: Client, address: str, body: dict[str, Any]) -> list[Any]:
    """The same form, sent three times."""
    return [client.post(address, body) for _ in range(3)]


@pytest.mark.django_db
def test_beginning_thrice_begins_one_draft(site: Client) -> None:
    make.offer()
    done = thrice(site, reverse("file-start", args=[make.WATER]), {"client_key": make.key()})
    assert len({one["Location"] for one in done}) == 1
    assert Draft.objects.count() == 1


@pytest.mark.django_db
def test_beginning_thrice_at_the_window_registers_and_begins_once(desk: Client) -> None:
    make.offer()
    body = {
        "client_key": make.key(), "kind": "company", "paper_number": make.COMPANY_CODES[0], "item": make.WATER,
        "name": "示例科技有限公司",
    }  # fmt: skip
    done = thrice(desk, reverse("window-start"), body)
    assert len({one["Location"] for one in done}) == 1
    assert (Draft.objects.count(), Applicant.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_filing_thrice_files_once(site: Client) -> None:
    draft = make.complete(make.applicant())
    done = thrice(site, reverse("draft-file", args=[draft.pk]), {"client_key": make.key(), "declared": "yes"})
    assert len({one["Location"] for one in done}) == 1
    assert Case.objects.count() == 1


@pytest.mark.django_db
def test_withdrawing_thrice_withdraws_once(site: Client) -> None:
    made = make.filed()
    body = {"client_key": make.key(), "reason": "不办了"}
    done = thrice(site, reverse("my-withdraw", args=[made.case_id]), body)
    assert {one.status_code for one in done} == {302}
    assert [fact.kind for fact in facts_of(made.case_id)] == ["case.filed", "case.withdrawn"]


@pytest.mark.django_db
def test_mending_thrice_mends_once(site: Client) -> None:
    made = make.asked_to_correct(make.applicant())
    address = reverse("my-correction", args=[made.case_id])
    body = {
        "client_key": make.key(),
        "draft": hidden(read(site, address), "draft"),
        "act": "send",
        "note": "已补",
    }
    done = []
    for _ in range(3):
        file = SimpleUploadedFile("盖章后.pdf", make.PDF)
        done.append(site.post(address, body | {"third_party_statement@0": file}))
    assert {one.status_code for one in done} == {302}
    assert Material.objects.filter(case_id=made.case_id, round=1).count() == 1
    assert Draft.objects.filter(mends=made.case_id).count() == 1


@pytest.mark.django_db
def test_registering_twice_opens_one_account(db: None) -> None:
    given = {
        "kind": "company", "name": "示例科技有限公司", "paper_number": make.COMPANY_CODES[0],
        "username": "shili2026", "password": "demo-pass-2026", "again": "demo-pass-2026",
    }  # fmt: skip
    statuses = [browser().post(reverse("register"), given).status_code for _ in range(3)]
    assert statuses == [302, 422, 422]
    assert (Account.objects.count(), Applicant.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_throwing_away_twice_is_told_and_harmless(site: Client) -> None:
    draft = make.complete(make.applicant())
    body = {"client_key": make.key()}
    done = thrice(site, reverse("draft-discard", args=[draft.pk]), body)
    assert [one.status_code for one in done] == [302, 404, 404]
    assert not DraftMaterial.objects.exists()


@pytest.mark.django_db
def test_a_key_of_one_form_begins_nothing_in_another(site: Client) -> None:
    by, key = make.applicant(), make.key()
    draft = make.complete(by)
    assert (
        site.post(reverse("draft-file", args=[draft.pk]), {"client_key": key, "declared": "yes"}).status_code
        == 302
    )
    other = make.complete(by)
    crossed = site.post(reverse("draft-file", args=[other.pk]), {"client_key": key, "declared": "yes"})
    assert crossed.status_code == 409
    assert "另一份申请" in crossed.content.decode()
    fresh = {"client_key": hidden(crossed.content.decode(), "client_key"), "declared": "yes"}
    assert site.post(reverse("draft-file", args=[other.pk]), fresh).status_code == 302
    assert Case.objects.count() == 2


@pytest.mark.django_db
def test_fifty_drafts_are_all_listed_and_a_repeated_key_still_finds_its_own(site: Client) -> None:
    make.offer()
    by, key = make.applicant(), make.key()
    first = commands.begin_draft(make.WATER, by=by, at=make.AT, channel=Channel.ONLINE, key=key)
    for _ in range(MOST_DRAFTS - 1):
        commands.begin_draft(make.WATER, by=by, at=make.AT, channel=Channel.ONLINE)
    assert commands.begin_draft(make.WATER, by=by, at=make.AT, channel=Channel.ONLINE, key=key).pk == first.pk
    with pytest.raises(Invalid, match="已有 50 份"):
        commands.begin_draft(make.WATER, by=by, at=make.AT, channel=Channel.ONLINE)
    refused = site.post(reverse("file-start", args=[make.WATER]), {"client_key": make.key()})
    assert refused.status_code == 422
    page = read(site, reverse("my"))
    assert len(set(re.findall(r'href="(/drafts/[0-9a-f-]+)"', page))) == MOST_DRAFTS
    commands.discard_draft(first.pk, by=by)
    assert commands.begin_draft(make.WATER, by=by, at=make.AT, channel=Channel.ONLINE).pk


@pytest.mark.django_db
def test_corrections_that_came_to_nothing_take_no_room() -> None:
    by = make.applicant()
    made = make.asked_to_correct(by)
    filed = Draft.objects.get(case_id=made.case_id)
    Draft.objects.bulk_create(
        Draft(
            id=uuid4(), owner_id=filed.owner_id, version_id=filed.version_id, applicant_id=filed.applicant_id, channel="2",
            mends=uuid4(), begun_at=make.AT, changed_at=make.AT,
        )
        for _ in range(MOST_DRAFTS)
    )  # fmt: skip
    assert commands.begin_draft(make.WATER, by=by, at=make.AT, channel=Channel.ONLINE).pk


def save(client: Client, draft: Draft, tab: str, edit: str, reason: str) -> Any:
    """A section saved from one tab."""
    body = {"reason": reason, "edit": edit, "tab": tab, "act": "later", "client_key": make.key()}
    return client.post(reverse("draft-section", args=[draft.pk, "purpose"]), body)


@pytest.mark.django_db
def test_an_old_tab_loses_to_a_new_one_but_not_its_words(site: Client) -> None:
    draft = make.draft(make.applicant())
    address = reverse("draft-section", args=[draft.pk, "purpose"])
    edits = [hidden(read(site, address), "edit") for _ in range(2)]
    assert save(site, draft, "one", edits[0], "第一页").status_code == 302
    assert save(site, draft, "one", edits[0], "第一页，又改").status_code == 302
    refused = save(site, draft, "two", edits[1], "第二页")
    assert refused.status_code == 409
    assert "第二页" in refused.content.decode()
    assert save(site, draft, "one", edits[0], "第一页，再改").status_code == 302
    autosave = site.post(
        reverse("draft-save", args=[draft.pk, "purpose"]),
        {"reason": "第二页", "edit": edits[1], "tab": "two"},
    )
    assert autosave.status_code == 409
    assert Draft.objects.get(pk=draft.pk).answers["reason"] == "第一页，再改"


@pytest.mark.django_db
def test_what_was_checked_is_what_is_filed(site: Client) -> None:
    by = make.applicant()
    draft = make.complete(by)
    check = read(site, reverse("draft-check", args=[draft.pk]))
    make.fill(draft.pk, by, annual_volume="999")
    sent = {"client_key": hidden(check, "client_key"), "edit": hidden(check, "edit"), "declared": "yes"}
    refused = site.post(reverse("draft-file", args=[draft.pk]), sent)
    assert refused.status_code == 409
    assert "999 万立方米" in refused.content.decode()
    again = sent | {"edit": hidden(refused.content.decode(), "edit")}
    assert site.post(reverse("draft-file", args=[draft.pk]), again).status_code == 302


def newer_guide() -> Any:
    """The guide again, with one question more and one less."""
    data = catalogue.guide_data()
    method = next(part for part in data["form"]["sections"] if part["code"] == "method")
    method["fields"] = [one for one in method["fields"] if one["code"] != "saving"]
    method["fields"].append(
        {"code": "new_question", "label": "新增的问题", "kind": "text", "example": "例子"}
    )
    return make.offer(form=data["form"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "page", ["draft-section", "draft-save", "draft-questions", "draft-materials", "draft-check", "draft-file"]
)
def test_a_guide_replaced_under_an_open_page_loses_nothing(site: Client, page: str) -> None:
    by = make.applicant()
    draft = make.complete(by)
    opened = read(site, reverse("draft-section", args=[draft.pk, "purpose"]))
    newer_guide()
    arguments = (
        [draft.pk, "purpose"] if page in ("draft-section", "draft-save", "draft-questions") else [draft.pk]
    )
    body = {
        "client_key": make.key(), "edit": hidden(opened, "edit"), "tab": "t", "declared": "yes", "act": "later",
        "reason": "指南换版时正在写的", make.REQUIRED[0]: SimpleUploadedFile("新.pdf", make.PDF),
    }  # fmt: skip
    response = site.post(reverse(page, args=arguments), body)
    assert response.status_code in (200, 204, 302, 405, 409)
    shown = read(site, reverse("draft", args=[draft.pk]))
    assert "核对并提交" in shown
    found = queries.own_draft(draft.pk, by=by)
    assert found.is_current
    assert found.answers["annual_volume"] == "438.000"
    if page in ("draft-section", "draft-save"):
        assert found.answers["reason"] == "指南换版时正在写的"
    assert {one.code for one in found.materials} == set(make.REQUIRED)
    assert not Case.objects.exists()


@pytest.mark.django_db
def test_a_page_of_the_old_guide_is_not_filed_under_the_new_one_unseen(site: Client) -> None:
    by = make.applicant()
    draft = make.complete(by)
    check = read(site, reverse("draft-check", args=[draft.pk]))
    newer_guide()
    sent = {"client_key": hidden(check, "client_key"), "edit": hidden(check, "edit"), "declared": "yes"}
    first = site.post(reverse("draft-file", args=[draft.pk]), sent)
    assert first.status_code == 409
    assert "已转到新版" in first.content.decode()
    commands.save_section(draft.pk, "method", {"new_question": "有"}, 10**6, by=by, at=make.AT)
    stale = site.post(reverse("draft-file", args=[draft.pk]), sent)
    assert stale.status_code == 409
    assert not Case.objects.exists()


@pytest.mark.django_db
def test_a_name_that_changed_since_is_filed_as_the_directory_knows_it() -> None:
    by = make.applicant()
    draft = make.complete(by)
    Applicant.objects.update(name="示例科技（更名后）有限公司")
    receipt = commands.file_draft(draft.pk, key=(key := make.key()), by=by, at=make.AT)
    filed = queries.application(receipt.case_id, by=by)
    assert filed.answers["applicant_name"] == "示例科技（更名后）有限公司"
    assert Case.objects.get().applicant_name == "示例科技（更名后）有限公司"
    Applicant.objects.update(name="又改了的示例公司")
    assert commands.file_draft(draft.pk, key=key, by=by, at=make.AT) == receipt
    assert (
        queries.application(receipt.case_id, by=by).answers["applicant_name"] == "示例科技（更名后）有限公司"
    )


def test_a_draft_that_is_filed_while_it_is_thrown_away_stays(committed: dict[str, str]) -> None:
    """The throwing away waits for the filing, and then finds nothing to throw away: the key still has its receipt."""
    by = make.applicant()
    draft, key = make.complete(by), make.key()
    filed = threading.Event()

    def throw_away() -> bool:
        filed.wait(10)
        try:
            commands.discard_draft(draft.pk, by=by)
            return True
        except Missing:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            waiting = pool.submit(throw_away)
            receipt = commands.file_draft(draft.pk, key=key, by=by, at=make.AT)
            filed.set()
            # The other one stands before the locked row until this block commits.
            with pytest.raises(TimeoutError):
                waiting.result(0.3)
        assert waiting.result(10) is False
    assert commands.file_draft(draft.pk, key=key, by=by, at=make.AT) == receipt


def test_two_tabs_that_save_at_once_leave_one_winner(committed: dict[str, str]) -> None:
    by = make.applicant()
    draft = make.draft(by)

    def once(number: int) -> str:
        try:
            typed = {"reason": f"第{number}页"}
            commands.save_section(draft.pk, "purpose", typed, 1, by=by, at=make.AT, tab=f"tab{number}")
        except Conflict:
            return ""
        finally:
            connection.close()
        return f"第{number}页"

    with ThreadPoolExecutor(8) as pool:
        winners = [one for one in pool.map(once, range(8)) if one]
    assert winners == [Draft.objects.get(pk=draft.pk).answers["reason"]]
