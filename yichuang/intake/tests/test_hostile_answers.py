"""Everything that a hostile or hurried browser may send into a form: no fault, nothing typed lost, nothing wrong filed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from yichuang.cases.flow import Channel
from yichuang.cases.models import Case
from yichuang.catalogue import fixtures
from yichuang.catalogue.rules.forms import Field, FieldKind
from yichuang.catalogue.rules.guide import read_guide
from yichuang.catalogue.tests import factories as catalogue
from yichuang.directory.models import Applicant
from yichuang.intake import commands, queries
from yichuang.intake.flow import LONGEST_TYPED
from yichuang.intake.models import Application, Draft
from yichuang.intake.rules import drafting
from yichuang.intake.tests import factories as make
from yichuang.intake.tests.conftest import browser
from yichuang.intake.tests.test_pages import hidden, read, sound
from yichuang.kernel.errors import Invalid

pytestmark = pytest.mark.django_db

STAFF_COUNT = {
    "label": "职工人数",
    "kind": "integer",
    "min": "1",
    "max": "99999",
    "example": "12",
    "code": "staff_count",
}

MEAN = {
    "nul": "前\x00后",
    "controls": "响\x07铃\x1b[31m红\x7f",
    "emoji": "👩‍👩‍👧‍👦💧🇨🇳",
    "right-to-left": "\u202e行倒字文\u202c",
    "zero-width": "示\u200b例\ufeff\u2060",
    "combining": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A",
    "astral": "𠮷𡈽𝒳",
    "html": "<img src=x onerror=alert(1)>",
    "script": "</script><script>alert(1)</script>",
    "attribute": "\" autofocus onfocus=alert(1) x='",
    "closing": "</textarea></select><svg/onload=alert(1)>",
    "sql": "'; drop table intake_draft; --",
    "sql-like": "%_\\' or 1=1",
    "format": "%(id)s %s {0} {draft.answers}",
    "template": "{{ request.user }}{% include 'x' %}${7*7}#{7*7}",
    "json": '{"a": [1, "]}',
    "negative": "-1",
    "huge": "9" * 400,
    "exponent": "1e400",
    "infinite": "Infinity",
    "not-a-number": "NaN",
    "full-width": "１２３．４５６７８９",
    "arabic-digits": "١٢٣",
    "impossible-date": "2023-02-29",
    "year-zero": "0000-00-00",
    "far-date": "99999-12-31",
    "week-date": "2028-W01-1",
    "blank": " \t\r\n ",
    "line-separator": "一\u2028二\u2029三",
    "long": "长" * 100_000,
}  # fmt: skip
FIELDS = [
    ("applicant", "legal_representative"), ("applicant", "contact_phone"), ("applicant", "by_agent"),
    ("applicant", "agent_id"), ("purpose", "reason"), ("purpose", "starts_on"), ("purpose", "uses"),
    ("purpose", "annual_volume"), ("source", "region"), ("source", "position"), ("source", "source_kind"),
]  # fmt: skip


def counting_staff() -> Any:
    """取水许可 with one whole number more, so that every kind of field but the credit code is typed."""
    data = catalogue.guide_data()
    method = next(part for part in data["form"]["sections"] if part["code"] == "method")
    method["fields"].append(STAFF_COUNT)
    return make.offer(form=data["form"])


def begun(by: Any = None) -> Draft:
    """An empty draft under that guide."""
    counting_staff()
    by = by or make.applicant()
    made = commands.begin_draft(make.WATER, by=by, at=make.AT, channel=Channel.ONLINE, key=make.key())
    # A question that hangs on another is drawn only when that one brings it up.
    commands.save_section(made.pk, "applicant", {"by_agent": "yes"}, 1, by=by, at=make.AT)
    return made


def send(client: Client, draft: Draft, section: str, page: str = "draft-section", **given: Any) -> Any:
    """A section as a browser posts it."""
    codes = [
        field["code"]
        for part in draft.version.elements["form"]["sections"]
        if part["code"] == section
        for field in part["fields"]
    ]
    body = {"edit": "900000000", "tab": "t", "client_key": make.key(), "shown": codes} | given
    return client.post(reverse(page, args=[draft.pk, section]), body)


def test_the_forms_kinds_are_all_attacked() -> None:
    form = read_guide(counting_staff().elements).form
    attacked = {form.field(code) for _, code in [*FIELDS, ("method", "staff_count")]}
    kinds = {field.kind for field in attacked if isinstance(field, Field)}
    # The credit code is held by the directory: it cannot be typed at all.
    assert kinds == set(FieldKind) - {FieldKind.CREDIT_CODE}


@pytest.mark.parametrize("section", ["applicant", "purpose", "source", "method"])
def test_no_input_breaks_a_page_and_what_was_typed_comes_back(site: Client, section: str) -> None:
    draft = begun()
    codes = [code for part, code in [*FIELDS, ("method", "staff_count")] if part == section]
    for name, mean in MEAN.items():
        # A question that hangs on another is drawn only when that one brings it up.
        given: dict[str, Any] = dict.fromkeys(codes, mean) | (
            {"by_agent": "yes"} if section == "applicant" else {}
        )
        response = send(site, draft, section, **given)
        assert response.status_code == 422, name
        page = response.content.decode()
        sound(page)
        assert "<img src=x" not in page
        assert "<script>alert" not in page
        kept = queries.own_draft(draft.pk, by=make.applicant()).answers
        assert all(comes_back(kept[code], mean) for code in codes if code != "by_agent"), name
        assert send(site, draft, section, "draft-save", **given).status_code == 204, name
        assert send(site, draft, section, "draft-questions", **given).status_code == 200, name
    for page in ("draft", "draft-check", "draft-materials"):
        read(site, reverse(page, args=[draft.pk]))


def comes_back(kept: object, mean: str) -> bool:
    """Whether every sign that a database can keep was kept, up to the longest answer."""
    text = kept[0] if isinstance(kept, list) else kept
    sayable = "".join(sign for sign in mean if sign >= " " or sign in "\t\r\n")[:LONGEST_TYPED]
    return text == sayable


def test_losing_what_was_typed_would_be_noticed() -> None:
    """The broken variant: a page that keeps only what is right."""
    assert not comes_back("", "三十六万")
    assert not comes_back("前", "前\x00后")
    assert comes_back("前后", "前\x00后")


@pytest.mark.parametrize("name", sorted(MEAN))
def test_what_is_filed_of_a_hostile_answer_is_valid_or_nothing(name: str) -> None:
    by = make.applicant()
    draft = make.complete(by)
    for code in (
        "legal_representative",
        "annual_volume",
        "position",
        "uses",
        "starts_on",
        "region",
        "contact_phone",
    ):
        typed: dict[str, Any] = {code: MEAN[name]}
        make.fill(draft.pk, by, **typed)
        try:
            receipt = commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT)
        except Invalid as refused:
            named = set(refused.fields)
        else:
            # Only words may hold any sign; a name is such a word.
            assert code == "legal_representative" or name == "full-width"
            filed = queries.read_application(receipt.case_id)
            assert filed is not None
            assert (
                drafting.review(filed.guide, filed.answers, make.REQUIRED, today=make.AT.date()).wrong == {}
            )
            assert not any(sign in filed.answers[code] for sign in "\x00\x07\x1b\x7f")  # type: ignore[operator]
            draft, named = make.complete(by), set()
        assert named <= {code, "ends_on"}
        make.fill(draft.pk, by)


def test_a_body_beyond_every_measure_is_refused_and_harms_nothing(site: Client) -> None:
    draft = begun()
    assert send(site, draft, "purpose", reason="先写好的").status_code == 422
    response = send(site, draft, "purpose", reason="x" * 10_000_000)
    assert response.status_code == 400
    assert "Traceback" not in response.content.decode()
    assert Draft.objects.get(pk=draft.pk).answers["reason"] == "先写好的"


def test_thousands_of_fields_are_refused(site: Client) -> None:
    draft = begun()
    flood = {f"field{number}": "x" for number in range(2100)}
    assert send(site, draft, "purpose", **flood).status_code == 400


@pytest.mark.parametrize("code", ["by_agent", "uses", "region"])
def test_an_option_that_is_not_offered_is_named_and_never_filed(site: Client, code: str) -> None:
    by = make.applicant()
    draft = make.complete(by)
    section = {"by_agent": "applicant", "uses": "purpose", "region": "source"}[code]
    given: dict[str, Any] = make.answers() | {code: "没有这一项"}
    response = send(site, Draft.objects.get(pk=draft.pk), section, **given)
    assert response.status_code == 422
    assert f'href="#f-{code}"' in response.content.decode()
    forced = site.post(reverse("draft-file", args=[draft.pk]), {"client_key": make.key(), "declared": "yes"})
    assert forced.status_code == 422
    assert not Case.objects.exists()


def test_an_answer_to_a_question_that_was_not_asked_is_kept_but_not_filed(site: Client) -> None:
    by = make.applicant()
    draft = make.complete(by)
    purpose: dict[str, Any] = {
        code: value
        for code, value in make.answers(for_project="no", project_code="偷偷填的").items()
        if code not in ("by_agent",)
    }
    assert send(site, Draft.objects.get(pk=draft.pk), "purpose", **purpose).status_code == 302
    assert Draft.objects.get(pk=draft.pk).answers["project_code"] == "偷偷填的"
    receipt = commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT)
    assert "偷偷填的" not in Application.objects.get(case_id=receipt.case_id).answers


EXTRA = {
    "owner": "1", "owner_id": "1", "applicant": "1", "applicant_id": "1", "case_id": "1", "channel": "1",
    "answers": "{}", "marks": "{}", "version_id": "1", "mends": "1", "begun_at": "2000-01-01", "state": "decided",
    "number": "冒充的编号", "follow_code": "AAAAAAAAAA", "applicant_name": "冒名者", "applicant_kind": "person",
    "credit_code": make.COMPANY_CODES[1], "__class__": "x", "answers[reason]": "x",
    "capabilities": "case.decide", "is_staff": "1", "promised_days": "0", "at": "2000-01-01", "by": "admin",
}  # fmt: skip


def test_no_field_outside_the_form_changes_anything(site: Client) -> None:
    by = make.applicant()
    draft = make.complete(by)
    before: dict[str, Any] = dict(Draft.objects.filter(pk=draft.pk).values().get())
    for section in ("applicant", "purpose"):
        given = {code: value for code, value in before["answers"].items() if code not in EXTRA}
        assert send(site, Draft.objects.get(pk=draft.pk), section, **(given | EXTRA)).status_code == 302
    after: dict[str, Any] = dict(Draft.objects.filter(pk=draft.pk).values().get())
    moved = {name for name, value in after.items() if before[name] != value}
    assert moved <= {"edit", "marks", "changed_at"}
    check = read(site, reverse("draft-check", args=[draft.pk]))
    filing = EXTRA | {"client_key": make.key(), "edit": hidden(check, "edit"), "declared": "yes"}
    assert site.post(reverse("draft-file", args=[draft.pk]), filing).status_code == 302
    case = Case.objects.get()
    assert (case.applicant_id, case.channel, case.state) == (by.applicant_id, "2", "received")
    assert case.number != "冒充的编号"
    assert case.promised_days == before_days(draft)


def before_days(draft: Draft) -> int:
    """What the published guide promises."""
    return int(draft.version.promised_days)


def test_mass_assignment_would_be_noticed() -> None:
    """The broken variant: taking every posted name over moves what the test above compares."""
    by = make.applicant()
    draft = make.complete(by)
    taken = {name: value for name, value in EXTRA.items() if name == "channel"}
    Draft.objects.filter(pk=draft.pk).update(**taken)
    before, after = draft.channel, Draft.objects.get(pk=draft.pk).channel
    assert before != after


def test_lists_for_single_answers_and_single_answers_for_lists(site: Client) -> None:
    draft = begun()
    response = send(
        site, draft, "purpose", reason=["一", "二", "三"], uses="domestic", annual_volume=["1", "x"]
    )
    assert response.status_code == 422
    kept = Draft.objects.get(pk=draft.pk).answers
    assert kept["reason"] == "三"
    assert kept["uses"] == ["domestic"]
    assert kept["annual_volume"] == "x"
    many = send(site, draft, "purpose", uses=["domestic"] * 500)
    assert many.status_code == 422
    assert len(Draft.objects.get(pk=draft.pk).answers["uses"]) == 100


@pytest.mark.parametrize(
    "body",
    [
        {"edit": "-1"}, {"edit": "٣"}, {"edit": "1e9"}, {"edit": "9" * 30}, {"edit": ""}, {"edit": "1\x00"},
        {"tab": "\x00"}, {"tab": "x" * 5000}, {"tab": "'; --"}, {"act": "\x00"}, {"shown": ["\x00", "nothing"]},
    ],
)  # fmt: skip
def test_what_a_page_sends_beside_the_answers_cannot_break_it(site: Client, body: dict[str, Any]) -> None:
    draft = begun()
    response = send(site, draft, "purpose", **({"reason": "写好的", "edit": "1"} | body))
    assert response.status_code in (302, 409, 422)
    assert (
        "写好的" in response.content.decode() or Draft.objects.get(pk=draft.pk).answers["reason"] == "写好的"
    )


ADDRESSES: list[Callable[[str], str]] = [
    lambda mean: reverse("file-start", args=[mean]),
    lambda mean: reverse("follow-case", args=[mean]),
    lambda mean: f"{reverse('follow')}?number={mean}",
    lambda mean: f"{reverse('my')}?after={mean}",
    lambda mean: f"{reverse('my-messages')}?after={mean}",
    lambda mean: f"{reverse('register')}?next={mean}",
]


MEAN_ADDRESSES = [
    "%00", "a%00b", "%F0%9F%92%A7", "%27%20or%201=1--", "%E2%80%AE", "x" * 3000, "%0D%0AX-Evil:%201", "%FF", "..",
]  # fmt: skip


@pytest.mark.parametrize("address", range(len(ADDRESSES)))
def test_no_address_breaks(site: Client, address: int) -> None:
    for mean in MEAN_ADDRESSES:
        # reverse() quotes; what is quoted here must arrive as it stands.
        path = ADDRESSES[address]("MEAN").replace("MEAN", mean)
        response = site.get(path)
        assert response.status_code in (200, 302, 404, 422), mean
        assert "X-Evil" not in response.headers
        if response.status_code == 302:
            assert response["Location"].startswith("/follow?")


def test_no_word_at_the_window_breaks_it(desk: Client) -> None:
    make.offer()
    for name, mean in MEAN.items():
        words = mean[:2000]
        for query in (
            {"paper": words},
            {"paper": make.COMPANY_CODES[0], "q": words},
            {"item": words, "paper": words},
        ):
            assert desk.get(reverse("window"), query).status_code == 200, name
        posted = {
            "client_key": make.key(), "kind": "company", "name": words, "paper_number": make.COMPANY_CODES[0],
            "item": words, "q": words, "phone": words, "address": words, "legal_representative": words,
        }  # fmt: skip
        assert desk.post(reverse("window-start"), posted).status_code in (302, 404, 422), name
        strange = posted | {"kind": words, "paper_number": words, "client_key": make.key()}
        assert desk.post(reverse("window-start"), strange).status_code == 422, name
    assert not Draft.objects.exists()


def test_no_word_breaks_the_registration(db: None) -> None:
    for name, mean in MEAN.items():
        words = mean[:2000]
        given = {
            "kind": words, "name": words, "paper_number": words, "username": words, "password": words, "again": words,
            "phone": words, "address": words, "legal_representative": words, "next": words,
        }  # fmt: skip
        assert browser().post(reverse("register"), given).status_code == 422, name
    assert not Applicant.objects.exists()


def test_no_guide_allows_longer_answers_than_a_draft_keeps() -> None:
    for _, data in fixtures.guides():
        form = read_guide(dict(data)).form
        assert all(field.longest <= LONGEST_TYPED for field in form.fields())
