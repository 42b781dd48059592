"""Drafts: begun once, kept as typed, resumed, carried to a newer guide, thrown away."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.cases.flow import Channel
from yichuang.cases.models import Case
from yichuang.catalogue.rules.guide import Guide, read_guide
from yichuang.catalogue.tests import factories as catalogue
from yichuang.directory.tests import factories as people
from yichuang.intake import commands, queries
from yichuang.intake.flow import ALL_SECTIONS, LONGEST_TYPED, PAPER, SectionState
from yichuang.intake.models import Draft, DraftMaterial
from yichuang.intake.rules import drafting
from yichuang.intake.rules.codes import read_code, spelled
from yichuang.intake.rules.drafting import Party
from yichuang.intake.tests import factories as make
from yichuang.kernel import sql
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.times import local_day

TODAY = local_day(make.AT)
COMPANY = Party("company", "示例科技有限公司", make.COMPANY_CODES[0], "13800000000", "示例路1号", "李示例")
PERSON = Party("person", "张示例", make.PERSON_ID, "13800000001", "示例路2号")


@pytest.fixture(scope="module")
def guide() -> Guide:
    """取水许可."""
    return read_guide(catalogue.guide_data())


def test_what_the_directory_knows_is_filled_in(guide: Guide) -> None:
    company = drafting.prefill(guide.form, COMPANY, TODAY)
    assert company["applicant_kind"] == "unit"
    assert company["credit_code"] == make.COMPANY_CODES[0]
    assert company["signer"] == company["legal_representative"] == "李示例"
    assert "resident_id" not in company
    person = drafting.prefill(guide.form, PERSON, TODAY)
    assert person["applicant_kind"] == "person"
    assert person["resident_id"] == make.PERSON_ID
    assert person["contact_name"] == person["signer"] == "张示例"
    assert "credit_code" not in person


def test_what_is_filled_in_passes_the_check(guide: Guide) -> None:
    for party in (COMPANY, PERSON):
        filled = drafting.prefill(guide.form, party, TODAY)
        found = drafting.review(guide, filled, [], today=TODAY)
        assert not set(filled) & set(found.wrong)


def test_identity_is_held_the_rest_may_be_typed_over(guide: Guide) -> None:
    assert drafting.locked(guide.form, COMPANY) == {"applicant_kind", "applicant_name", "credit_code"}
    assert drafting.locked(guide.form, PERSON) == {"applicant_kind", "applicant_name", "resident_id"}


@given(st.dictionaries(st.sampled_from(["reason", "uses", "annual_volume", "nonsense"]), st.one_of(
    st.text(), st.integers(), st.none(), st.lists(st.text(), max_size=5)), max_size=4))  # fmt: skip
def test_whatever_is_typed_can_be_kept(typed: dict[str, object]) -> None:
    guide = read_guide(catalogue.guide_data())
    kept = drafting.typed(guide.form, "purpose", typed, frozenset())
    assert "nonsense" not in kept
    for value in kept.values():
        for text in value if isinstance(value, list) else [value]:
            assert "\x00" not in str(text)
            assert len(str(text)) <= LONGEST_TYPED
            str(text).encode()


def test_a_section_keeps_its_own_fields_only(guide: Guide) -> None:
    posted = {"reason": "甲", "source_name": "乙", "applicant_name": "丙"}
    assert drafting.typed(guide.form, "purpose", posted, frozenset()) == {"reason": "甲"}
    held = drafting.locked(guide.form, COMPANY)
    assert drafting.typed(guide.form, ALL_SECTIONS, posted, held) == {"reason": "甲", "source_name": "乙"}


def test_parts_say_how_far_they_are(guide: Guide) -> None:
    begun = drafting.prefill(guide.form, COMPANY, TODAY)
    states = {
        part.code: part for part in drafting.parts(guide.form, drafting.review(guide, begun, [], today=TODAY))
    }
    assert states["applicant"].state == SectionState.DOING
    assert states["purpose"].state == SectionState.TODO
    assert states["purpose"].hint == "还差 7 项"
    wrong = begun | make.answers(annual_volume="很多")
    states = {
        part.code: part for part in drafting.parts(guide.form, drafting.review(guide, wrong, [], today=TODAY))
    }
    assert states["purpose"].state == SectionState.ERROR
    assert states["method"].state == SectionState.DONE


def test_only_what_the_answers_call_for_is_missing(guide: Guide) -> None:
    full = drafting.prefill(guide.form, COMPANY, TODAY) | make.answers()
    assert set(drafting.review(guide, full, [], today=TODAY).missing_materials) == set(make.REQUIRED)
    without = full | {"for_project": "no"}
    assert set(drafting.review(guide, without, [], today=TODAY).missing_materials) == {
        "third_party_statement"
    }
    agent = full | {"by_agent": "yes"}
    assert "power_of_attorney" in drafting.review(guide, agent, make.REQUIRED, today=TODAY).missing_materials


def test_answers_in_words(guide: Guide) -> None:
    uses, region, day = (guide.form.field(code) for code in ("uses", "region", "starts_on"))
    assert uses
    assert region
    assert day
    assert drafting.shown_answer(uses, ["domestic", "industry"]) == "生活；工业"
    assert drafting.shown_answer(region, make.COUNTY, {make.COUNTY: "成都市武侯区"}) == "成都市武侯区"
    assert drafting.shown_answer(day, "2028-07-01") == "2028年7月1日"
    assert drafting.shown_answer(day, "明年") == "明年"
    assert drafting.shown_answer(uses, []) == ""


def test_codes_are_read_as_people_write_them() -> None:
    assert spelled("ABCDE23456") == "ABCDE-23456"
    assert read_code(" abcde-23456 ") == "ABCDE23456"
    assert read_code("O0I1B8") == "OOIIBB"


@pytest.mark.django_db
def test_the_same_key_begins_one_draft() -> None:
    make.offer()
    by, key = make.applicant(), make.key()
    first = commands.begin_draft(make.WATER, by=by, at=make.AT, channel=Channel.ONLINE, key=key)
    again = commands.begin_draft(make.WATER, by=by, at=make.AT, channel=Channel.ONLINE, key=key)
    assert first.pk == again.pk
    assert (
        commands.begin_draft(make.WATER, by=by, at=make.AT, channel=Channel.ONLINE, key=make.key()).pk
        != first.pk
    )
    for who, channel in ((make.stranger(), Channel.ONLINE), (by, Channel.MOBILE)):
        with pytest.raises(Conflict):
            commands.begin_draft(make.WATER, by=who, at=make.AT, channel=channel, key=key)
    commands.discard_draft(first.pk, by=by)
    with pytest.raises(Missing, match="已经删除"):
        commands.begin_draft(make.WATER, by=by, at=make.AT, channel=Channel.ONLINE, key=key)


@pytest.mark.django_db
def test_who_may_begin() -> None:
    make.offer(audience=["企业法人"])
    with pytest.raises(Invalid, match="面向企业法人"):
        commands.begin_draft(make.WATER, by=make.person(), at=make.AT, channel=Channel.ONLINE)
    with pytest.raises(Refused):
        commands.begin_draft(make.WATER, by=make.window_clerk(), at=make.AT, channel=Channel.ONLINE)
    with pytest.raises(Refused):
        commands.begin_draft(make.WATER, by=make.applicant(), at=make.AT, channel=Channel.WINDOW)
    other = make.company("另一示例有限公司", make.COMPANY_CODES[1])
    with pytest.raises(Refused, match="本账号"):
        commands.begin_draft(
            make.WATER, by=make.applicant(), at=make.AT, channel=Channel.ONLINE, applicant_id=other.pk
        )
    with pytest.raises(Missing):
        commands.begin_draft("nothing", by=make.applicant(), at=make.AT, channel=Channel.ONLINE)
    assert not Draft.objects.exists()


@pytest.mark.django_db
def test_what_is_not_offered_online_begins_at_the_window_only() -> None:
    make.offer(channels=["window"])
    with pytest.raises(Invalid, match="网上"):
        commands.begin_draft(make.WATER, by=make.applicant(), at=make.AT, channel=Channel.ONLINE)
    who = make.company()
    made = commands.begin_draft(
        make.WATER, by=make.window_clerk(), at=make.AT, channel=Channel.WINDOW, applicant_id=who.pk
    )
    assert made.applicant_id == who.pk


@pytest.mark.django_db
def test_saving_keeps_the_valid_and_the_invalid_and_counts_edits() -> None:
    by = make.applicant()
    draft = make.draft(by)
    edit = commands.save_section(
        draft.pk, "purpose", {"annual_volume": "许多", "uses": ["x"]}, 1, by=by, at=make.AT
    )
    found = queries.own_draft(draft.pk, by=by)
    assert (edit, found.edit) == (2, 2)
    assert found.answers["annual_volume"] == "许多"
    assert found.answers["uses"] == ["x"]
    assert found.answers["credit_code"] == make.COMPANY_CODES[0]


@pytest.mark.django_db
def test_an_older_page_does_not_overwrite_a_newer_one() -> None:
    by = make.applicant()
    draft = make.draft(by)
    commands.save_section(draft.pk, "purpose", {"reason": "一"}, 1, by=by, at=make.AT, tab="a")
    commands.save_section(draft.pk, "purpose", {"reason": "二"}, 1, by=by, at=make.AT, tab="a")
    with pytest.raises(Conflict):
        commands.save_section(draft.pk, "purpose", {"reason": "三"}, 1, by=by, at=make.AT, tab="b")
    commands.save_section(draft.pk, "method", {"saving": "另一部分"}, 1, by=by, at=make.AT, tab="b")
    found = queries.own_draft(draft.pk, by=by)
    assert found.answers["reason"] == "二"
    assert found.answers["saving"] == "另一部分"


@pytest.mark.django_db
def test_reading_and_saving_a_draft_take_few_statements() -> None:
    by = make.applicant()
    draft = make.draft(by)
    queries.own_draft(draft.pk, by=by)
    with sql.counting() as statements:
        commands.save_section(draft.pk, "purpose", {"reason": "一"}, 1, by=by, at=make.AT)
    assert len(statements) == 2
    for _ in range(4):
        make.draft(by)
    with sql.counting() as statements:
        assert len(queries.own_drafts(by=by)) == 5
    assert len(statements) == 1


@pytest.mark.django_db
def test_somebody_elses_draft_cannot_be_touched() -> None:
    by, stranger = make.applicant(), make.stranger()
    draft = make.complete(by)
    file = DraftMaterial.objects.filter(draft=draft)[0]
    attempts: list[Callable[[], object]] = [
        lambda: commands.save_section(draft.pk, "purpose", {"reason": "x"}, 99, by=stranger, at=make.AT),
        lambda: commands.add_material(draft.pk, "third_party_statement", make.pdf(), by=stranger, at=make.AT),
        lambda: commands.remove_material(draft.pk, file.pk, by=stranger, at=make.AT),
        lambda: commands.discard_draft(draft.pk, by=stranger),
        lambda: commands.renew_draft(draft.pk, by=stranger, at=make.AT),
        lambda: commands.file_draft(draft.pk, key=make.key(), by=stranger, at=make.AT),
    ]
    for attempt in attempts:
        with pytest.raises(Missing):
            attempt()
    assert queries.own_draft(draft.pk, by=by).edit == Draft.objects.get(pk=draft.pk).edit


@pytest.mark.django_db
def test_a_filed_draft_is_closed() -> None:
    by = make.applicant()
    draft = make.complete(by)
    commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT)
    with pytest.raises(Missing):
        commands.save_section(draft.pk, "purpose", {"reason": "x"}, 99, by=by, at=make.AT)
    with pytest.raises(Missing):
        commands.add_material(draft.pk, "third_party_statement", make.pdf(), by=by, at=make.AT)
    with pytest.raises(Missing):
        commands.discard_draft(draft.pk, by=by)
    assert queries.own_drafts(by=by) == []
    assert Case.objects.count() == 1


@pytest.mark.django_db
def test_a_file_comes_once_per_key_and_belongs_to_the_guide() -> None:
    by = make.applicant()
    draft = make.draft(by)
    key = make.key()
    first = commands.add_material(draft.pk, "third_party_statement", make.pdf(), by=by, at=make.AT, key=key)
    assert (
        commands.add_material(draft.pk, "third_party_statement", make.pdf(), by=by, at=make.AT, key=key)
        == first
    )
    with pytest.raises(Conflict):
        commands.add_material(
            draft.pk, "third_party_statement", make.pdf(data=b"%PDF-other"), by=by, at=make.AT, key=key
        )
    second = commands.add_material(draft.pk, make.REQUIRED[1], make.pdf(), by=by, at=make.AT, key=key)
    assert second != first, "a form has one key and several materials"
    commands.remove_material(draft.pk, first, by=by, at=make.AT)
    commands.add_material(draft.pk, "third_party_statement", make.pdf(), by=by, at=make.AT, key=key)
    assert [one.id for one in queries.own_draft(draft.pk, by=by).materials] == [second], (
        "what was taken off stays off"
    )
    with pytest.raises(Missing):
        commands.add_material(draft.pk, "nothing", make.pdf(), by=by, at=make.AT)
    with pytest.raises(Invalid, match="超过 20 MB"):
        commands.add_material(
            draft.pk,
            "third_party_statement",
            commands.NewFile("大.pdf", "pdf", 20 * 2**20 + 1, "0" * 64),
            by=by,
            at=make.AT,
        )
    assert DraftMaterial.objects.count() == 1


@pytest.mark.django_db
def test_papers_are_for_the_window_only() -> None:
    by = make.applicant()
    draft = make.draft(by)
    with pytest.raises(Refused):
        commands.receive_papers(draft.pk, ["third_party_statement"], by=by, at=make.AT)
    clerk = make.window_clerk()
    at_window = commands.begin_draft(
        make.WATER, by=clerk, at=make.AT, channel=Channel.WINDOW, applicant_id=make.company().pk
    )
    commands.receive_papers(at_window.pk, make.REQUIRED, by=clerk, at=make.AT)
    commands.receive_papers(at_window.pk, make.REQUIRED[:1], by=clerk, at=make.AT)
    assert [(one.code, one.kind) for one in DraftMaterial.objects.all()] == [(make.REQUIRED[0], PAPER)]


@pytest.mark.django_db
def test_a_draft_follows_its_guide_and_keeps_what_still_exists() -> None:
    by = make.applicant()
    draft = make.complete(by)
    data = catalogue.guide_data()
    purpose = next(part for part in data["form"]["sections"] if part["code"] == "purpose")
    uses = next(field for field in purpose["fields"] if field["code"] == "uses")
    uses["choices"] = [choice for choice in uses["choices"] if choice["value"] != "industry"]
    newer = make.offer(form=data["form"])
    assert commands.renew_draft(draft.pk, by=by, at=make.AT) is True
    assert commands.renew_draft(draft.pk, by=by, at=make.AT) is False
    found = queries.own_draft(draft.pk, by=by)
    assert found.version_id == newer.pk
    assert found.answers["uses"] == ["domestic"]
    assert found.answers["annual_volume"] == "438.000"


@pytest.mark.django_db
def test_a_person_files_for_themselves() -> None:
    make.offer()
    by = make.person()
    draft = commands.begin_draft(make.WATER, by=by, at=make.AT, channel=Channel.ONLINE)
    answers = make.answers(contact_name="张示例", signer="张示例", contact_phone="13800000001")
    del answers["legal_representative"]
    commands.save_section(draft.pk, ALL_SECTIONS, answers, 1, by=by, at=make.AT)
    for code in make.REQUIRED:
        commands.add_material(draft.pk, code, make.pdf(), by=by, at=make.AT)
    receipt = commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT)
    filed = queries.application(receipt.case_id, by=by)
    assert filed.answers["resident_id"] == make.PERSON_ID
    assert "credit_code" not in filed.answers
    assert people.PROVINCE[:6] in receipt.number
