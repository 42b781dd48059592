"""The gate of authorisation, filing as the window's acceptance, and a consultation that becomes a filing."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from yichuang.cases.models import Case
from yichuang.catalogue.commands.authorisations import withdraw_authorisation
from yichuang.catalogue.models import Authorisation
from yichuang.directory.models import Applicant
from yichuang.directory.tests.factories import account_of
from yichuang.halls.commands.acts import consult
from yichuang.halls.flow.windows import WindowKind
from yichuang.halls.models import WindowAct
from yichuang.halls.tests import factories_windows as make
from yichuang.halls.tests.factories_windows import read, send
from yichuang.intake import commands as intake_commands
from yichuang.intake.commands.walk_in import NotForWindow, begin_walk_in
from yichuang.intake.models import Draft
from yichuang.intake.tests import factories as intake
from yichuang.intake.tests.test_window import WHO
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import SYSTEM, Actor

pytestmark = pytest.mark.django_db
AT = make.AT
CODE = intake.COMPANY_CODES[0]
PAPER = {
    "client_key": "",
    "signed_as": "张示例",
    "method": "signed",
    "documents": "取水许可证",
    "recipient": "张示例",
}


@pytest.fixture(autouse=True)
def _a_monday_with_files_of_its_own(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> Iterator[None]:
    monkeypatch.setattr("config.front_door.now", lambda: AT)
    settings.FILES_DIR = tmp_path / "files"
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def desk(db: None) -> Client:
    """A browser of the clerk who sits at A01."""
    return make.browser(make.clerk())


def posted_walk_in(**changes: object) -> dict[str, Any]:
    """What the window sends for a walk-in."""
    given: dict[str, Any] = {
        "kind": "company", "paper_number": CODE, "item": make.WATER, "name": WHO.name, "phone": WHO.phone,
        "legal_representative": WHO.legal_representative, "address": WHO.address,
    }  # fmt: skip
    return given | changes


def test_an_item_that_is_not_authorised_is_handed_over(desk: Client) -> None:
    item = make.offered(open_=False)
    make.window(
        "B01",
        kind=WindowKind.DEPARTMENT,
        department_id=item.department_id,
        place="二楼东区",
        phone="028-00000000",
    )
    assert "综窗不能受理" in read(desk, "window", query=f"?paper={CODE}&q=取水")
    chosen = read(desk, "window", query=f"?paper={CODE}&item={make.WATER}")
    refused = send(desk, "window-start", **posted_walk_in(), status=403).content.decode()
    for page in (chosen, refused):
        assert "尚未授权综窗受理" in page
        assert "受理手册尚未发布" in page
        assert "二楼东区" in page
        assert "登记流转" in page
    assert WHO.name in refused
    assert not Draft.objects.exists()
    assert not Applicant.objects.exists()


def test_the_gate_stands_in_the_command_too() -> None:
    make.offered(open_=False)
    with pytest.raises(NotForWindow, match="尚未授权"):
        begin_walk_in(make.WATER, WHO, by=make.clerk(), at=AT, key=make.key())
    make.offered()
    assert begin_walk_in(make.WATER, WHO, by=make.clerk(), at=AT, key=make.key()).channel == "1"


def test_a_window_without_the_gate_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: nobody asks whether the item is the window's."""
    make.offered(open_=False)
    monkeypatch.setattr("yichuang.intake.commands.walk_in.require_window_gate", lambda item_id, at: None)
    begin_walk_in(make.WATER, WHO, by=make.clerk(), at=AT, key=make.key())
    assert Draft.objects.count() == 1


def prepared(by: Actor, consultation: Any = None) -> Draft:
    """A walk-in's draft with papers in order."""
    make.offered()
    made = begin_walk_in(make.WATER, WHO, by=by, at=AT, key=make.key(), consultation=consultation)
    intake.fill(made.pk, by)
    intake_commands.receive_papers(made.pk, intake.REQUIRED, by=by, at=AT)
    made.refresh_from_db()
    return made


def file(client: Client, draft: Draft, key: str, status: int = 302) -> HttpResponse:
    """Press 提交申请."""
    return send(
        client, "window-draft-file", draft.pk, edit=draft.edit, declared="yes", client_key=key, status=status
    )


def test_filing_at_the_window_is_its_acceptance(desk: Client) -> None:
    draft, key = prepared(make.clerk()), make.key()
    first = file(desk, draft, key)
    assert file(desk, draft, key)["Location"] == first["Location"]
    case, act = Case.objects.get(), WindowAct.objects.get()
    assert (act.kind, act.case_id, act.numbers) == ("accepted", case.pk, [case.number])
    assert act.window is not None
    assert act.window.code == "A01"
    assert act.department_id == case.department_id
    assert [fact.kind for fact in facts_of(act.pk)] == ["window.accepted"]
    page = send(desk, "desk-act-cancel", act.pk, reason="反悔", status=409).content.decode()
    assert "自动登记" in page


def test_nobody_files_the_draft_of_another_clerk(desk: Client) -> None:
    draft = prepared(make.clerk())
    other = make.browser(make.clerk("another"))
    assert file(other, draft, make.key(), status=404)
    assert file(make.browser(intake.applicant()), draft, make.key(), status=403)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(account_of(make.clerk()), backend="django.contrib.auth.backends.ModelBackend")
    assert strict.post(reverse("window-draft-file", args=[draft.pk])).status_code == 403
    assert not Case.objects.exists()
    file(desk, draft, make.key())
    assert WindowAct.objects.get().entered_by_name == "sitter（示例）"


def test_a_filing_without_a_seat_is_counted_without_a_window() -> None:
    by = make.clerk(seated=False)
    file(make.browser(by), prepared(by), make.key())
    assert WindowAct.objects.get().window is None
    assert "未登记窗口" in read(make.browser(by), "desk-acts")


def test_an_authorisation_withdrawn_meanwhile_stops_the_filing(desk: Client) -> None:
    draft = prepared(make.clerk())
    withdraw_authorisation(
        Authorisation.objects.get().pk, from_day=AT.date(), reason="改由部门受理", by=SYSTEM, at=AT
    )
    answer = file(desk, draft, make.key(), status=403)
    assert "尚未授权" in answer.content.decode()
    assert not Case.objects.exists()
    assert not WindowAct.objects.exists()


def test_a_fault_in_the_act_takes_the_filing_back(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """All or nothing: a case of the window without its act would never be counted."""
    draft = prepared(make.clerk())

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("yichuang.halls.commands.windows_filing.put", fail)
    desk.raise_request_exception = False
    assert file(desk, draft, make.key(), status=500)
    assert not Case.objects.exists()
    draft.refresh_from_db()
    assert draft.case_id is None


def test_a_consultation_becomes_a_filing_and_the_link_stays(desk: Client) -> None:
    item, company = make.offered(), intake.company()
    new = make.consulted(item_id=item.pk, applicant_id=company.pk, topic="取水要先办什么？")
    asked = consult(new, by=make.clerk(), at=AT, key=make.key())
    page = read(desk, "desk-act-page", asked.pk).replace("&amp;", "&")
    link = re.search(r'href="(/desk/window\?[^"]*consultation=[^"]+)"', page)
    assert link is not None
    filing = desk.get(link[1]).content.decode()
    for carried in (
        "由咨询转来",
        "取水要先办什么？",
        company.name,
        f'value="{make.WATER}" checked',
        f'name="consultation" value="{asked.pk}"',
    ):
        assert carried in filing
    begun = send(desk, "window-start", **posted_walk_in(consultation=str(asked.pk)))
    draft = Draft.objects.get()
    assert draft.consultation == asked.pk
    assert str(draft.pk) in begun["Location"]
    by = make.clerk()
    intake.fill(draft.pk, by)
    intake_commands.receive_papers(draft.pk, intake.REQUIRED, by=by, at=AT)
    draft.refresh_from_db()
    file(desk, draft, make.key())
    accepted = WindowAct.objects.get(kind="accepted")
    assert accepted.after_id == asked.pk
    assert facts_of(accepted.pk)[0].data["after"] == str(asked.pk)
    number = Case.objects.get().number
    assert number in read(desk, "desk-act-page", asked.pk)
    assert "取水要先办什么？" in read(desk, "desk-act-page", accepted.pk)


@pytest.mark.parametrize("text", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_consultation_that_is_not_there_is_not_kept(desk: Client, text: str) -> None:
    make.offered()
    send(desk, "window-start", **posted_walk_in(consultation=text))
    assert Draft.objects.get().consultation is None
    assert "由咨询转来" not in read(desk, "window", query=f"?consultation={text}")


def test_the_result_that_is_ready_leads_to_its_issue(desk: Client) -> None:
    draft = prepared(make.clerk())
    file(desk, draft, make.key())
    case = Case.objects.get()
    Case.objects.filter(pk=case.pk).update(
        state="decided",
        accepted_on=AT.date(),
        decided_on=AT.date(),
        outcome="granted",
        days_used=0,
        due_on=AT.date(),
    )
    page = read(desk, "window", query=f"?paper={CODE}").replace("&amp;", "&")
    assert f"{reverse('window-issue')}?case={case.pk}" in page
    assert case.number in read(desk, "window-issue", query=f"?case={case.pk}")
    read(desk, "window-issue", query="?case=00000000-0000-0000-0000-000000000000", status=404)
