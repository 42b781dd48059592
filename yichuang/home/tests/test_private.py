"""Personal data on the case page: masked, revealed with a reason for a quarter of an hour, every look kept and told."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError
from django.test import Client

from yichuang.directory.commands import ApplicantForm, save_applicant
from yichuang.directory.flow import ApplicantKind, Capability
from yichuang.directory.tests import factories as people
from yichuang.gateways.files import FileStore
from yichuang.home.tests.visitors import browser, text
from yichuang.intake import commands
from yichuang.intake.queries import read_application
from yichuang.intake.tests import factories as intake
from yichuang.journal.queries import views_of
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor

pytestmark = pytest.mark.django_db
ID_NUMBER, PHONE, HOME = intake.PERSON_ID, "13900001234", "四川省示例市示例区示例街道示例路9号"
MASKED = ("51*************013", "139****1234", "四川省示例市示例区示例街道***")
WHOLE = (ID_NUMBER, PHONE, HOME)
REASON = "电话核实取水口位置"


@pytest.fixture
def case_id(at: Callable[[datetime], None], settings: Any) -> UUID:
    """A person's case, with the number of the paper, a phone and a home in its form."""
    at(intake.AT)
    save_applicant(ApplicantForm(ApplicantKind.PERSON, "张示例", ID_NUMBER, PHONE, HOME), at=intake.AT)
    by = intake.person()
    made = intake.draft(by)
    intake.fill(
        made.pk,
        by,
        contact_phone=PHONE,
        address=HOME,
        reason=f"联系人电话 {PHONE}，证件 {ID_NUMBER}",
        resident_id=ID_NUMBER,
    )
    FileStore(settings.FILES_DIR).put(intake.PDF)
    for code in intake.REQUIRED:
        commands.add_material(made.pk, code, intake.pdf(f"{code}.pdf"), by=by, at=intake.AT)
    return commands.file_draft(made.pk, key=intake.key(), by=by, at=intake.AT).case_id


def reader(*more: Capability) -> Actor:
    """Somebody of the department who reads cases, and perhaps more."""
    held = [Capability.CASE_SEARCH, *more]
    office = people.department("示例处", "995", "")
    return people.staff(f"reader{len(held)}", people.post(office, f"岗{len(held)}", held, everywhere=True))


def holder_of_reveal() -> Actor:
    """Somebody who may ask to see what is masked."""
    return reader(Capability.PRIVATE_REVEAL)


def shown(page: Any) -> list[str]:
    """What of the whole data stands on a page."""
    return [each for each in WHOLE if each in page.content.decode()]


def ask(client: Client, case_id: UUID, reason: str = REASON) -> Any:
    """Ask to see the whole."""
    return client.post(f"/desk/cases/{case_id}/reveal", {"reveal_reason": reason})


def test_what_is_personal_is_masked_for_everybody(case_id: UUID) -> None:
    for by in (reader(), holder_of_reveal()):
        page = browser(by).get(f"/desk/cases/{case_id}")
        assert page.status_code == 200
        assert shown(page) == []
        for masked in MASKED:
            assert masked in page.content.decode()
    assert "查看完整信息" not in text(browser(reader()).get(f"/desk/cases/{case_id}"))


def test_a_reason_shows_the_whole_for_a_quarter_of_an_hour(
    case_id: UUID, at: Callable[[datetime], None]
) -> None:
    by = holder_of_reveal()
    client, address = browser(by), f"/desk/cases/{case_id}"
    answer = ask(client, case_id)
    assert (answer.status_code, answer["Location"]) == (302, f"{address}#private")
    page = client.get(address)
    assert shown(page) == list(WHOLE)
    assert "正在显示完整信息" in text(page)
    at(intake.AT + timedelta(minutes=14))
    assert shown(client.get(address)) == list(WHOLE)
    assert shown(browser(reader(Capability.PRIVATE_REVEAL, Capability.FIGURES_READ)).get(address)) == []
    at(intake.AT + timedelta(minutes=15))
    assert shown(client.get(address)) == [], "masked again"


@pytest.mark.parametrize("reason", ["", "看"])
def test_without_a_reason_nothing_is_shown_and_nothing_is_lost(reason: str, case_id: UUID) -> None:
    client = browser(holder_of_reveal())
    page = ask(client, case_id, reason)
    assert page.status_code == 422
    assert "请写明查看完整信息的理由" in text(page)
    assert shown(page) == []
    assert shown(client.get(f"/desk/cases/{case_id}")) == []


def test_without_the_right_nothing_is_asked(case_id: UUID) -> None:
    client = browser(reader())
    assert ask(client, case_id).status_code == 403
    assert shown(client.get(f"/desk/cases/{case_id}")) == []
    assert [row.kind for row in views_of(case_id)] == ["case"]


def test_a_log_that_cannot_be_written_shows_nothing(case_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed where it fails: the whole is shown only after the look is kept."""

    def fail(*_: Any, **__: Any) -> None:
        raise DatabaseError("disk full")

    client = browser(holder_of_reveal())
    client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr("yichuang.journal.commands.views.log_view", fail)
        assert ask(client, case_id).status_code == 500
        page = client.get(f"/desk/cases/{case_id}")
    assert page.status_code == 200, "plain openings go on, and the operators are told"
    assert shown(page) == []


def test_masking_that_is_left_out_is_seen(case_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: without masking, the tests above find the numbers."""
    monkeypatch.setattr("yichuang.home.pages.private.mask", lambda sort, value: value)
    monkeypatch.setattr("yichuang.intake.rules.privacy.mask", lambda sort, value: value)
    monkeypatch.setattr("yichuang.intake.rules.privacy.scrub", lambda value: value)
    assert shown(browser(reader()).get(f"/desk/cases/{case_id}")) == list(WHOLE)


def test_searches_and_exports_mask_persons_and_name_companies(case_id: UUID) -> None:
    intake.filed()
    client = browser(reader())
    for address in ("/desk/search?q=示例", "/desk/search.csv?q=示例", "/desk/export.csv?tab=to_accept"):
        answer = client.get(address)
        body = b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()  # type: ignore[attr-defined]
        assert "张*例" in body
        assert "张示例" not in body
        assert "示例科技有限公司" in body
        assert not any(each in body for each in WHOLE)


def test_a_search_by_paper_number_is_kept_without_the_number(case_id: UUID) -> None:
    client, by = browser(reader()), intake.person()
    assert by.applicant_id is not None
    client.get(f"/desk/search?q={ID_NUMBER}")
    client.get(f"/desk/search.csv?q={ID_NUMBER}")
    client.get("/desk/search?q=示例")
    (row,) = views_of(by.applicant_id)
    assert (row.kind, row.label) == ("search", MASKED[0])


def test_every_look_is_kept_and_the_applicant_reads_who_when_and_why(case_id: UUID) -> None:
    by = holder_of_reveal()
    client = browser(by)
    application = read_application(case_id)
    assert application is not None
    client.get(f"/desk/cases/{case_id}")
    client.get(f"/desk/cases/{case_id}")
    assert client.get(f"/files/{case_id}/{application.materials[0].id}").status_code == 200
    ask(client, case_id)
    ask(client, case_id)
    assert sorted(row.kind for row in views_of(case_id)) == ["case", "file", "reveal", "reveal"]
    said = text(browser(intake.person()).get(f"/my/cases/{case_id}"))
    assert "谁查看过这个办件" in said
    assert "工作人员查看了 4 次" in said
    assert f"示例处 {by.post}：查看完整信息" in said
    assert REASON in said
    assert by.name not in said
    assert "查看了" not in text(browser(by).get(f"/my/cases/{case_id}")), "told to the applicant alone"


def test_applicants_reading_their_own_are_not_kept(case_id: UUID) -> None:
    browser(intake.person()).get(f"/my/cases/{case_id}")
    assert views_of(case_id) == []
    assert "还没有工作人员打开过" in text(browser(intake.person()).get(f"/my/cases/{case_id}"))


def auditor() -> Actor:
    """Who reads the view log."""
    return people.staff(
        "auditor.views",
        people.post(
            people.department("审计处", "994", ""), "审计岗", [Capability.VIEWS_READ], everywhere=True
        ),
    )


def test_auditors_read_the_log_and_take_it_along(case_id: UUID) -> None:
    client = browser(holder_of_reveal())
    client.get(f"/desk/cases/{case_id}")
    ask(client, case_id)
    page = browser(auditor())
    said = text(page.get("/desk/views"))
    assert "查看完整信息" in said
    assert REASON in said
    number = views_of(case_id)[0].label
    assert number in text(page.get(f"/desk/views?case={number}&kind=reveal"))
    assert "没有符合条件的查阅记录" in text(page.get("/desk/views?case=000"))
    assert "没有符合条件的查阅记录" in text(page.get("/desk/views?last=2020-01-01"))
    assert page.get("/desk/views?first=yesterday&kind=nonsense&after=%00").status_code in (200, 422)
    export = b"".join(page.get("/desk/views.csv?kind=reveal").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert len(export.strip().splitlines()) == 2
    assert REASON in export
    assert not any(each in export for each in WHOLE)
    assert browser(reader()).get("/desk/views").status_code == 403


def test_the_log_costs_the_same_however_long_it_is(case_id: UUID, at: Callable[[datetime], None]) -> None:
    page, client = browser(auditor()), browser(holder_of_reveal())
    ask(client, case_id)
    with sql.counting() as few:
        page.get("/desk/views")
    for minute in range(8):
        at(intake.AT + timedelta(minutes=minute))
        ask(client, case_id)
    with sql.counting() as many:
        page.get("/desk/views")
    assert len(many) == len(few) <= 5
