"""The documents of a case: nine kinds, in official words, once and for all, for those whom they concern."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.test import Client

from yichuang.cases import commands
from yichuang.cases.flow import DOCUMENT_LABELS, DOCUMENT_WORDS, Action, Outcome
from yichuang.cases.queries import CaseRow, timeline
from yichuang.cases.rules import follow_code
from yichuang.cases.tests import factories as make
from yichuang.catalogue.models import GuideVersion
from yichuang.directory.models import Department, Region
from yichuang.directory.tests import factories as people
from yichuang.gateways.documents.model import OfficialNotice
from yichuang.gateways.documents.notice import notice_text
from yichuang.gateways.files import FileStore
from yichuang.gateways.tests.fonts import chinese_fonts
from yichuang.gateways.tests.samples import pdf_pages, words
from yichuang.home import render
from yichuang.home.render import document, document_kind, document_title
from yichuang.home.tests.visitors import browser, other_department
from yichuang.intake.queries import guide_of_version
from yichuang.intake.tests import factories as filing
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.notices.queries import document as kept
from yichuang.workdays.queries import calendar
from yichuang.workdays.rules import DueDate, due_date

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at")]
ADDRESS = "http://testserver/follow"


def done(action: Action) -> Callable[[], CaseRow]:
    """A case to which this was done last, with content that passes."""

    def bring() -> CaseRow:
        row = make.ready_for(action)
        by = people.head() if action in (Action.EXTEND, Action.DECIDE) else people.clerk()
        make.perform(row, action, people.reviewer() if action == Action.PAUSE else by)
        return make.fresh(row.id)

    return bring


def denied() -> CaseRow:
    row = make.in_review()
    commands.decide(
        row.id,
        outcome=Outcome.DENIED,
        reason="取水口位于禁采区",
        by=people.head(),
        at=make.LATER,
        key=make.key(),
    )
    return make.fresh(row.id)


KINDS: dict[str, tuple[Callable[[], CaseRow], tuple[str, ...]]] = {
    "acceptance": (
        make.in_review,
        ("予以受理", "2022年6月1日", "承诺期限为20个工作日（法定期限为45个工作日）"),
    ),
    "refusal": (done(Action.REFUSE_ACCEPTANCE), ("不予受理", "属市级权限", "成都市水务局", "申请行政复议")),
    "correction": (make.correcting, ("一次告知", "由法定代表人签字", "2022年5月25日")),
    "special": (done(Action.PAUSE), ("听证", "预计需要20个工作日")),
    "extension": (done(Action.EXTEND), ("延长10个工作日", "情况复杂")),
    "decision_granted": (done(Action.DECIDE), ("准予行政许可",)),
    "decision_denied": (denied, ("不予行政许可", "取水口位于禁采区", "行政诉讼")),
    "delivery": (done(Action.DELIVER), ("送达方式", "邮寄送达", "准予行政许可决定书", "张示例")),
    "termination": (done(Action.TERMINATE), ("终结办理", "已注销")),
}


def last_document(row: CaseRow) -> tuple[str, int, str]:
    """Kind, place and number of the newest document of a case."""
    events = [event for event in timeline(row, by=SYSTEM) if document_kind(event)]
    assert events[-1].number
    return document_kind(events[-1]), events[-1].seq, events[-1].number


def in_words(row: CaseRow, seq: int) -> OfficialNotice:
    events = timeline(row, by=SYSTEM)
    return document(row, next(event for event in events if event.seq == seq), events, address=ADDRESS)


def address(row: CaseRow, seq: int) -> str:
    return f"/documents/{row.id}/{seq}"


def test_there_are_nine_kinds() -> None:
    assert set(KINDS) == set(DOCUMENT_LABELS) == set(DOCUMENT_WORDS)


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_is_a_pdf_with_its_title_number_and_words(kind: str) -> None:
    chinese_fonts()
    bring, said = KINDS[kind]
    row = bring()
    found, seq, number = last_document(row)
    assert found == kind
    response = browser(people.clerk()).get(address(row, seq))
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    printed = words("".join(pdf_pages(response.content)))
    title = DOCUMENT_LABELS[kind]
    for expected in (title, number, row.number, "水利厅", "示例科技有限公司", *said):
        assert words(expected) in printed, expected
    assert f"{DOCUMENT_WORDS[kind]}〔2022〕" in number
    name = unquote(response["Content-Disposition"].partition("''")[2])
    assert name == f"{title}-{row.number}.pdf"
    assert response["Content-Disposition"].isascii()


def test_the_first_rendering_stays_whatever_comes_later(at: Callable[[datetime], None]) -> None:
    chinese_fonts()
    row = make.in_review()
    clerk = browser(people.clerk())
    first = clerk.get(address(row, 2)).content
    found = kept(row.id, 2)
    assert found is not None
    assert (found.size, found.number) == (len(first), last_document(row)[2])
    make.perform(row, Action.EXTEND, people.head())
    sql.execute("update cases_case set applicant_name = '改了名的示例公司' where id = %(id)s", {"id": row.id})
    at(make.LATER + timedelta(days=90))
    assert clerk.get(address(row, 2)).content == first


def test_a_kept_document_is_read_not_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    chinese_fonts()
    row = make.in_review()
    clerk = browser(people.clerk())
    first = clerk.get(address(row, 2)).content
    monkeypatch.setattr("yichuang.home.pages.documents.document_pdf", pytest.fail)
    assert clerk.get(address(row, 2)).content == first


def test_the_same_facts_give_the_same_bytes() -> None:
    chinese_fonts()
    row = make.in_review()
    events = timeline(row, by=SYSTEM)
    once, again = (render.document_pdf(row, events[1], events, address=ADDRESS) for _ in range(2))
    assert once == again


def test_of_two_at_once_the_first_is_everybodys(monkeypatch: pytest.MonkeyPatch) -> None:
    chinese_fonts()
    row = make.in_review()
    clerk = browser(people.clerk())
    first = clerk.get(address(row, 2)).content
    monkeypatch.setattr("yichuang.home.pages.documents._kept", lambda row, seq: None)
    monkeypatch.setattr("yichuang.home.pages.documents.document_pdf", lambda *_, **__: b"%PDF-1.7 another")
    assert clerk.get(address(row, 2)).content == first


def test_a_document_that_was_changed_on_the_disk_is_not_served() -> None:
    chinese_fonts()
    row = make.in_review()
    clerk = browser(people.clerk())
    clerk.get(address(row, 2))
    found = kept(row.id, 2)
    assert found is not None
    FileStore(settings.FILES_DIR)._path(found.sha256).write_bytes(b"forged")
    assert clerk.get(address(row, 2)).status_code == 503


def follower(row: CaseRow) -> Client:
    client = Client()
    code = follow_code(settings.FOLLOW_SECRET, row.id)
    assert client.post("/follow", {"number": row.number, "code": code}).status_code == 302
    return client


def test_the_applicant_the_follower_and_the_office_may_read_it() -> None:
    chinese_fonts()
    row = make.in_review()
    readers = [
        browser(people.applicant_actor()),
        follower(row),
        browser(people.reviewer()),
        browser(people.clerk()),
    ]
    assert [one.get(address(row, 2)).status_code for one in readers] == [200] * 4


def test_to_everybody_else_it_is_not_there() -> None:
    row, other = make.in_review(), make.in_review()
    rival = people.applicant_actor(people.company("另一示例有限公司", people.COMPANY_CODES[1]), "rival")
    strangers = [browser(), browser(rival), browser(other_department()), follower(other)]
    assert [one.get(address(row, 2)).status_code for one in strangers] == [404] * 4


@pytest.mark.parametrize("seq", [1, 3, 99])
def test_a_fact_without_a_document_has_none(seq: int) -> None:
    row = make.proposed()
    assert browser(people.clerk()).get(address(row, seq)).status_code == 404


def test_nothing_inner_is_printed() -> None:
    row = make.proposed()
    commands.decide(row.id, outcome=Outcome.GRANTED, by=people.head(), at=make.LATER, key=make.key())
    row = make.fresh(row.id)
    printed = notice_text(in_words(row, last_document(row)[1]))
    assert "符合条件" not in printed
    assert "reviewer" not in printed
    assert "head" not in printed


def test_the_acceptance_says_how_its_day_was_found() -> None:
    notice = in_words(make.in_review(), 2)
    assert notice.deadline is not None
    assert notice.deadline.how[0].startswith("2022年5月5日（周四）受理，办理期限20个工作日")
    assert "第20个工作日为2022年6月1日（周三），期限于当日届满。" in notice.deadline.how


def test_it_says_how_it_was_found_then_not_what_happened_since() -> None:
    row = make.in_review()
    before = in_words(row, 2)
    make.perform(row, Action.EXTEND, people.head())
    assert in_words(make.fresh(row.id), 2) == before


def test_another_calendar_takes_the_explanation_away_not_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    row = make.in_review()
    before = in_words(row, 2).deadline
    monkeypatch.setattr(
        "yichuang.home.render.rules.limit", lambda *_: replace(late(), explanation=("别的算法",))
    )
    after = in_words(row, 2).deadline
    assert before is not None
    assert after is not None
    assert before.how
    assert (after.day_text, after.how) == (before.day_text, ())


def late() -> DueDate:
    return due_date(calendar(), date(2022, 5, 5), 30)


def test_the_correction_says_whence_its_day_comes() -> None:
    notice = in_words(make.correcting(), 2)
    assert notice.deadline is not None
    assert notice.deadline.how == ("该日由本机关按补正内容确定，自告知次日起至该日共15个工作日。",)


def filed_case() -> CaseRow:
    """取水许可 with its guide, accepted; decided without levels between, which these documents do not show."""
    receipt = filing.filed()
    version = GuideVersion.objects.get(pk=make.fresh(receipt.case_id).item_version_id)
    version.elements["handling"]["levels"] = []
    version.elements["handling"]["step_limits"] = []
    version.save(update_fields=["elements"])
    commands.accept(receipt.case_id, by=filing.window_clerk(), at=filing.AT, key=make.key())
    return make.fresh(receipt.case_id)


def decide(row: CaseRow, outcome: Outcome, reason: str = "") -> CaseRow:
    water = Department.objects.get(pk=row.department_id)
    head = people.staff("chief", people.post(water, "负责人", people.HEAD))
    commands.decide(row.id, outcome=outcome, reason=reason, by=head, at=filing.AT, key=make.key())
    return make.fresh(row.id)


def test_the_guide_gives_basis_contact_and_validity() -> None:
    row = filed_case()
    guide = guide_of_version(row.item_version_id)
    accepted = in_words(row, 2)
    assert accepted.contact == (
        f"联系方式：{guide.consult.address}，电话 {guide.consult.phone}，{guide.consult.hours}。",
    )
    assert guide.legal_basis[0].article in accepted.basis[0]
    granted = in_words(decide(row, Outcome.GRANTED, "年取水量 40 万立方米"), 3)
    assert granted.opening[1:] == (
        "年取水量 40 万立方米。",
        f"关于有效期：{guide.result.validity}",
    )
    assert not any("颁发、送达" in line for line in granted.closing)


def test_a_law_is_named_once_with_all_its_articles() -> None:
    row = filed_case()
    guide = guide_of_version(row.item_version_id)
    basis = in_words(row, 2).basis[0]
    for law in {one.law.strip("《》") for one in guide.legal_basis}:
        assert basis.count(f"《{law}》") == 1
    assert all(one.article in basis for one in guide.legal_basis)


def test_a_certificate_is_promised_where_the_guide_says_that_one_follows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = decide(filed_case(), Outcome.GRANTED)
    guide = guide_of_version(row.item_version_id)
    given = replace(guide, result=replace(guide.result, name="取水许可证", kind="证照"))
    monkeypatch.setattr("yichuang.home.render.guide_of_version", lambda _: given)
    assert any("颁发、送达取水许可证" in line for line in in_words(row, 3).closing)


def test_the_provinces_government_reviews_its_departments() -> None:
    row = decide(filed_case(), Outcome.DENIED, "取水口位于禁采区")
    assert "向四川省人民政府申请行政复议" in in_words(row, 3).remedies[0]


def test_a_districts_government_reviews_a_districts_department() -> None:
    row = make.refused()
    city, _ = Region.objects.get_or_create(
        code="511600000000", defaults={"name": "广安市", "level": "prefecture"}
    )
    made, _ = Region.objects.get_or_create(
        code="511602000000", defaults={"name": "广安区", "level": "county", "parent": city}
    )
    Department.objects.filter(pk=row.department_id).update(region=made)
    assert "向广安市广安区人民政府申请行政复议" in in_words(row, 2).remedies[0]


def test_a_service_is_decided_as_a_service() -> None:
    row = denied()
    events = timeline(row, by=SYSTEM)
    assert document_title(events[-1], row) == "不予行政许可决定书"
    service = replace(row, item_type="10")
    assert document_title(events[-1], service) == "不予办理决定书"
    assert document(service, events[-1], events, address=ADDRESS).title == "不予办理决定书"
    assert document_title(events[0], row) == ""
