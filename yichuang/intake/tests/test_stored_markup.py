"""Markup that an applicant stores is read as text wherever it comes back: own pages, the desk, messages, CSV."""

import csv
import io
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import engines
from django.test import Client
from django.urls import reverse
from jinja2.environment import create_cache

from yichuang.cases import commands as cases
from yichuang.directory.models import Applicant
from yichuang.intake import commands
from yichuang.intake.models import Draft
from yichuang.intake.queries import Receipt
from yichuang.intake.tests import factories as make
from yichuang.intake.tests.conftest import browser
from yichuang.kernel.keys import uuid7
from yichuang.notices.models import Message

pytestmark = pytest.mark.django_db

MARKUP = "<script>evil()</script>"
PICTURE = "<img src=x onerror=evil()>"
QUOTE = "\"'><svg onload=evil()>"
FORMULA = '=HYPERLINK("evil","x")'
COMPANY = f"示例{MARKUP}{QUOTE}有限公司"


@pytest.fixture(autouse=True)
def _a_monday_in_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.AT)


class Reader(HTMLParser):
    """Sees a page as a browser does: its elements, the handlers and addresses that would run."""

    def __init__(self) -> None:
        super().__init__()
        self.live: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "svg" or (tag == "script" and not given.get("src", "").startswith("/static/")):
            self.live.append(tag)
        self.live += [name for name in given if name.startswith("on")]
        self.live += [
            value
            for name, value in given.items()
            if name in ("href", "src", "action", "formaction")
            and "evil" in value
            and not value.startswith(("/", "#"))
        ]


def live(page: str) -> list[str]:
    """What of a page would run, or lead away, that we have not written."""
    reader = Reader()
    reader.feed(page)
    return reader.live


def enter(by: Any) -> tuple[Draft, Receipt]:
    """A draft and a case of a company that has put markup into every field that takes words."""
    Applicant.objects.filter(pk=by.applicant_id).update(
        name=COMPANY, address=PICTURE, legal_representative=QUOTE, phone="13800000000"
    )
    words: dict[str, object] = {
        "address": PICTURE, "contact_name": MARKUP, "reason": f"{MARKUP}{PICTURE}{QUOTE}", "facilities": QUOTE,
        "saving": PICTURE, "source_name": MARKUP, "place": QUOTE, "signer": MARKUP, "legal_representative": QUOTE,
        "monthly_volumes": FORMULA, "project_code": MARKUP,
    }  # fmt: skip
    open_draft, filed_draft = make.complete(by), make.complete(by)
    for draft in (open_draft, filed_draft):
        make.fill(draft.pk, by, **words)  # type: ignore[arg-type]
    client = browser(by)
    for name in (f"{MARKUP}.pdf", f"{PICTURE}.pdf", f"{QUOTE}.pdf"):
        file = SimpleUploadedFile(name.replace("/", ""), make.PDF)
        for draft in (open_draft, filed_draft):
            file.seek(0)
            body = {"client_key": make.key(), "act": "stay", make.REQUIRED[0]: file}
            assert client.post(reverse("draft-materials", args=[draft.pk]), body).status_code == 302
    return open_draft, commands.file_draft(filed_draft.pk, key=make.key(), by=by, at=make.AT)


def mend(made: Receipt, by: Any) -> None:
    """The notice and its answer, in words that carry markup too."""
    lines = [{"material": MARKUP, "problem": PICTURE, "requirement": QUOTE}]
    cases.ask_correction(
        made.case_id, lines=lines, respond_by=date(2022, 6, 10), newly_shown="", by=make.window_clerk(),
        at=make.AT, key=make.key(),
    )  # fmt: skip


def answer(made: Receipt, by: Any) -> None:
    """The correction is answered with markup."""
    commands.answer_correction(
        made.case_id, answers={"source_name": QUOTE}, materials=[], note=f"{MARKUP}{PICTURE}", key=make.key(),
        by=by, at=make.AT,
    )  # fmt: skip


def message(made: Receipt, by: Any) -> None:
    """A message whose words came from an applicant."""
    Message.objects.create(
        id=uuid7(make.AT), applicant_id=by.applicant_id, subject_id=made.case_id, seq=1, channel="sms", template="x",
        to="13800000000", title=MARKUP, body=f"{PICTURE}{QUOTE}", made_at=make.AT,
    )  # fmt: skip


def pages(draft: Draft, made: Receipt) -> list[tuple[str, str]]:
    """Pages on which the applicant's words come back: (who, address)."""
    case = [made.case_id]
    own = [
        reverse("draft", args=[draft.pk]), reverse("draft-materials", args=[draft.pk]),
        reverse("draft-check", args=[draft.pk]), reverse("my"), reverse("my-messages"), reverse("my-case", args=case),
        reverse("receipt", args=case), reverse("file-start", args=[make.WATER]),
        *(
            reverse("draft-section", args=[draft.pk, part["code"]])
            for part in draft.version.elements["form"]["sections"]
        ),
    ]  # fmt: skip
    staff = [
        reverse("desk-case", args=case), f"{reverse('desk')}?tab=to_accept", f"{reverse('desk-search')}?q=示例",
        reverse("my-case", args=case), reverse("window-receipt", args=case),
        f"{reverse('window')}?paper={make.COMPANY_CODES[0]}", f"{reverse('window')}?paper=示例",
    ]  # fmt: skip
    return [("own", one) for one in own] + [("staff", one) for one in staff]


def found_live(by: Any) -> dict[str, list[str]]:
    """Every page of the matter on which something would run."""
    draft, made = enter(by)
    message(made, by)
    clients = {"own": browser(by), "staff": browser(make.window_clerk())}
    found: dict[str, list[str]] = {}

    def look(place: str, client: Client, address: str) -> None:
        response = client.get(address)
        assert response.status_code == 200, address
        found[f"{place} {address}"] = live(response.content.decode())

    mend(made, by)
    look("asked", clients["own"], reverse("my-correction", args=[made.case_id]))
    look("asked", clients["own"], reverse("my-case", args=[made.case_id]))
    look("asked", clients["own"], reverse("my-withdraw", args=[made.case_id]))
    answer(made, by)
    guest = browser()
    guest.post(reverse("follow"), {"number": made.number, "code": made.follow_code})
    look("guest", guest, reverse("follow-case", args=[made.number]))
    for who, address in pages(draft, made):
        look(who, clients[who], address)
    return {place: running for place, running in found.items() if running}


def test_nothing_that_was_stored_runs_anywhere() -> None:
    assert found_live(make.applicant()) == {}


def test_without_escaping_it_would_run_and_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: the same pages, nothing escaped."""
    environment = engines["jinja2"].env  # type: ignore[attr-defined]
    monkeypatch.setattr(environment, "autoescape", False)
    monkeypatch.setattr(environment, "cache", create_cache(400))
    # Templates that were compiled before have the escaping in them.
    monkeypatch.setattr(environment, "bytecode_cache", None)
    found = found_live(make.applicant())
    assert any(place.startswith("own") for place in found)
    assert any(place.startswith("staff") for place in found)
    assert any(place.startswith("guest") for place in found)


def test_the_words_themselves_are_shown() -> None:
    by = make.applicant()
    _, made = enter(by)
    page = browser(make.window_clerk()).get(reverse("desk-case", args=[made.case_id])).content.decode()
    assert "&lt;script&gt;evil()&lt;/script&gt;" in page
    assert "&lt;img src=x onerror=evil()&gt;" in page


def test_what_was_typed_is_escaped_when_it_comes_back_at_once(site: Client) -> None:
    typed = {
        "name": MARKUP,
        "paper_number": QUOTE,
        "phone": PICTURE,
        "kind": QUOTE,
        "username": MARKUP,
        "next": QUOTE,
    }
    assert live(browser().post(reverse("register"), typed).content.decode()) == []
    asked = browser().post(reverse("follow"), {"number": QUOTE, "code": MARKUP})
    assert live(asked.content.decode()) == []
    assert live(browser().get(f"{reverse('follow')}?number={MARKUP}").content.decode()) == []
    clerk = browser(make.window_clerk())
    for query in ({"paper": QUOTE}, {"paper": make.COMPANY_CODES[0], "q": MARKUP, "item": QUOTE}):
        assert live(clerk.get(reverse("window"), query).content.decode()) == []


def test_a_field_of_the_correction_form_cannot_carry_markup(site: Client) -> None:
    by = make.applicant()
    made = make.asked_to_correct(by)
    sent = {"client_key": make.key(), "act": "keep", f"{PICTURE}@0": SimpleUploadedFile("坏.pdf", b"MZ")}
    response = site.post(reverse("my-correction", args=[made.case_id]), sent)
    assert response.status_code == 422
    assert live(response.content.decode()) == []


def test_no_address_can_be_put_behind_the_register_link(db: None) -> None:
    for mean in ("https://evil.example/", "//evil.example", "javascript:evil()", '/my" onmouseover="evil()'):
        page = browser().get(reverse("sign-in"), {"next": mean}).content.decode()
        assert live(page) == []
        given = {
            "kind": "company", "name": "示例科技有限公司", "paper_number": make.COMPANY_CODES[0], "next": mean,
            "username": "shili2026", "password": "demo-pass-2026", "again": "demo-pass-2026",
        }  # fmt: skip
        done = browser().post(reverse("register"), given)
        if done.status_code == 302:
            assert done["Location"].startswith("/my")


@pytest.mark.parametrize("name", [FORMULA, "+1+1", "-1", "@SUM(A1)", "\t=1", "＝1", "\u200b=1", "%1", "|x"])
def test_a_name_is_no_formula_in_the_desks_csv(name: str) -> None:
    by = make.applicant()
    make.filed(by)
    Applicant.objects.update(name=name)
    draft = make.complete(by)
    commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT)
    response = browser(make.window_clerk()).get(f"{reverse('desk-export')}?tab=to_accept")
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(text, newline="")))
    shown = [row[2] for row in rows if name.strip() in row[2]]
    assert shown
    assert all(cell.startswith("'") for cell in shown)
