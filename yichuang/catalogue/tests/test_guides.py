"""Every guide file: it loads, it is complete, its limits are the law's, its form works, and it is in our own words."""

import csv
import json
import re
from collections.abc import Iterator
from datetime import date
from functools import cache

import jsonschema_rs
import pytest

from tests.material import shared
from yichuang.catalogue import fixtures
from yichuang.catalogue.flow import Channel, HandlingKind, ItemType, MaterialSource, Necessity
from yichuang.catalogue.rules.answers import check_answers, tidy
from yichuang.catalogue.rules.completeness import lint
from yichuang.catalogue.rules.form_faults import example_answers
from yichuang.catalogue.rules.forms import Field, FieldKind, json_schema
from yichuang.catalogue.rules.guide import (
    GENERAL_LIMIT,
    WORKING_DAY,
    Guide,
    guide_data,
    materials_for,
    read_guide,
    statutory_limit,
    with_statutory_limit,
)
from yichuang.catalogue.rules.items import read_items
from yichuang.catalogue.tests.material_of_guides import FIXTURES, NAMES, data_of, guide_of, text_of
from yichuang.kernel import identifiers

DAYS = (date(2022, 5, 13), date(2026, 11, 20))
every_guide = pytest.mark.parametrize("name", NAMES)

# Days from acceptance to decision: statutory, promised.
LIMITS = {
    "water-taking": (45, 35),
    "soil-water-plan": (20, 10),
    "flood-impact": (20, 20),
    "radio-station-new": (30, 10),
    "radio-station-change": (30, 10),
    "radio-station-renewal": (30, 10),
    "radio-station-cancellation": (20, 10),
    "real-estate-second-class": (20, 20),
    "satellite-foreign-tv": (20, 20),
    "river-outfall": (20, 20),
    "radiation-diagnosis": (20, 20),
    "restricted-technology-trade": (30, 30),
    "free-technology-import": (3, 3),
    "free-technology-export": (3, 3),
    "hazardous-chemical-production": (45, 45),
    "testing-institution": (20, 10),
    "scheduled-chemical-use": (20, 20),
    "fireworks-production": (45, 45),
    "special-equipment-production": (30, 30),
    "company-registration": (3, 0),
    "hazardous-waste-business": (20, 20),
    "overlying-minerals": (20, 20),
    "forest-land-use": (20, 20),
}


@cache
def regions() -> frozenset[str]:
    with (FIXTURES / "divisions.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["code12"] for row in csv.DictReader(file))


@cache
def departments() -> dict[str, dict[str, str]]:
    return {entry["code"]: entry for entry in fixtures.departments()[1]}


def words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for entry in value.values():
            yield from words(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from words(entry)


@every_guide
def test_a_guide_loads_and_says_the_same_again(name: str) -> None:
    guide = guide_of(name)
    assert read_guide(guide_data(guide)) == guide


@every_guide
def test_a_guide_is_complete(name: str) -> None:
    assert lint(guide_of(name)) == []


@every_guide
def test_a_file_is_readable_text(name: str) -> None:
    assert text_of(name) == json.dumps(data_of(name), ensure_ascii=False, indent=2) + "\n"


def test_the_matters_that_the_reports_speak_of_are_there() -> None:
    assert set(NAMES) == set(LIMITS)
    full = {name for name in NAMES if not guide_of(name).plain}
    assert len(full) == 16
    assert all(3 <= len(guide_of(name).form.sections) <= 6 for name in NAMES)


@every_guide
def test_limits(name: str) -> None:
    guide = guide_of(name)
    limit = statutory_limit(guide)
    assert limit is not None
    assert (limit.days, guide.limits.promised.days) == LIMITS[name]
    assert limit.unit == guide.limits.promised.unit == WORKING_DAY
    assert sum(step.days for step in guide.steps) == guide.limits.promised.days


def law_limit(law: str, article: str) -> int:
    """The first number of days that the list of legal limits has for an article."""
    with shared("data/law_limits.csv").open(encoding="utf-8", newline="") as file:
        limits = [
            row["limit"] for row in csv.DictReader(file) if (row["law"], row["article"]) == (law, article)
        ]
    return int(limits[0].split("+")[0])


@pytest.mark.parametrize(
    ("name", "law", "article"),
    [
        ("water-taking", "取水许可和水资源费征收管理条例", "19"),
        ("radio-station-new", "无线电管理条例(2016)", "31"),
        ("radio-station-renewal", "无线电管理条例(2016)", "31"),
        ("satellite-foreign-tv", "行政许可法(2019修正)", "42"),
        ("real-estate-second-class", "行政许可法(2019修正)", "42"),
        ("soil-water-plan", "行政许可法(2019修正)", "42"),
        ("river-outfall", "行政许可法(2019修正)", "42"),
    ],
)
def test_limits_are_those_of_the_law(name: str, law: str, article: str) -> None:
    limit = statutory_limit(guide_of(name))
    assert limit is not None
    assert limit.days == law_limit(law, article)


@every_guide
def test_a_limit_beyond_the_general_one_names_another_law(name: str) -> None:
    limit = statutory_limit(guide_of(name))
    assert limit is not None
    if limit.days > GENERAL_LIMIT:
        assert "行政许可法" not in limit.basis
        assert re.search(r"》第.+条", limit.basis)


def test_a_licence_without_limit_is_published_with_the_general_one() -> None:
    data = data_of("flood-impact")
    del data["limits"]["statutory"]
    bare = read_guide(data)
    limit = with_statutory_limit(bare).limits.statutory
    assert limit is not None
    assert (limit.days, limit.basis) == (20, "《中华人民共和国行政许可法》第四十二条第一款")


def test_a_public_service_without_limit_has_none() -> None:
    data = data_of("flood-impact") | {"item_type": "20"}
    del data["limits"]["statutory"]
    assert statutory_limit(read_guide(data)) is None


def test_item_codes_are_real_or_plainly_local() -> None:
    codes = {name: guide_of(name).item_code for name in NAMES}
    assert len(set(codes.values())) == len(codes)
    radio = {row.item_code for row in read_items((FIXTURES / "sichuan_radio_items.csv").read_bytes())}
    for name, code in codes.items():
        note = guide_of(name).item_code_note
        if name.startswith("radio-station"):
            assert code in radio
            assert note == ""
        else:
            assert code.startswith("510000-demo-")
            assert note == "省级事项编码未取得，暂用内部编号"


def test_radio_guides_bear_the_names_of_the_list() -> None:
    listed = {row.item_code: row for row in read_items((FIXTURES / "sichuan_radio_items.csv").read_bytes())}
    for name in NAMES:
        guide = guide_of(name)
        if guide.item_code in listed:
            row = listed[guide.item_code]
            assert guide.variant in row.name
            assert guide.main_item == row.values["main_item"]
            assert row.item_type == guide.item_type


@every_guide
def test_the_department_is_known(name: str) -> None:
    assert departments()[guide_of(name).department]["kind"] == "provincial"


def test_departments() -> None:
    region, listed = fixtures.departments()
    assert region in regions()
    assert len(departments()) == len(listed)
    provincial = [entry["short_name"] for entry in listed if entry["kind"] == "provincial"]
    assert provincial == [
        "卫健委",
        "商务厅",
        "广电局",
        "应急厅",
        "经济和信息化厅",
        "市场监管局",
        "生态环境厅",
        "自然资源厅",
        "文旅厅",
        "水利厅",
        "发展改革委",
        "林草局",
        "交通运输厅",
        "药监局",
        "住房城乡建设厅",
    ]
    assert {"政务平台服务处", "政务一窗受理协调处"} <= {entry["name"] for entry in listed}
    for entry in listed:
        assert entry["short_name"] == entry["short_names"][0]
        code = entry["credit_code"]
        assert code == "" or identifiers.check(code, "uscc").verdict == "ok"


def test_divisions() -> None:
    with (FIXTURES / "divisions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(regions()) == 3316
    assert [sum(row["level"] == level for row in rows) for level in ("province", "prefecture")] == [1, 21]
    assert all(re.fullmatch(r"51[0-9]{10}", row["code12"]) for row in rows)
    assert all(row["parent_code12"] in regions() for row in rows if row["level"] != "province")


# ------------------------------------------------------------------------------------------------------------ forms


@every_guide
@pytest.mark.parametrize("today", DAYS)
def test_the_examples_of_a_form_may_be_filed(name: str, today: date) -> None:
    form = guide_of(name).form
    answers = example_answers(form)
    assert check_answers(form, answers, today=today, regions=regions()) == {}
    assert jsonschema_rs.is_valid(json_schema(form), answers)
    assert tidy(form, answers) == answers


def whole_answers(guide: Guide) -> list[dict[str, object]]:
    """Answers that bring up every conditional question once, each with examples for what they bring up."""
    base = example_answers(guide.form)
    sets = [base]
    for item in guide.form.fields():
        if item.only_if is not None:
            sets.append(answers_with(guide, base, item))
    return sets


def answers_with(guide: Guide, base: dict[str, object], item: Field) -> dict[str, object]:
    answers = dict(base)
    wanted = item.only_if
    while wanted is not None:
        holder = guide.form.field(wanted.field)
        assert holder is not None
        answers[holder.code] = [wanted.equals] if holder.kind is FieldKind.MULTI else wanted.equals
        wanted = holder.only_if
    for each in guide.form.fields():
        if each.code not in answers and each.example:
            answers[each.code] = int(each.example) if each.kind is FieldKind.INTEGER else each.example
        elif each.code not in answers and each.choices:
            answers[each.code] = each.choices[0].value
    return tidy(guide.form, answers)


@every_guide
def test_every_conditional_question_can_be_answered(name: str) -> None:
    guide = guide_of(name)
    seen: set[str] = set()
    for answers in whole_answers(guide):
        assert check_answers(guide.form, answers, today=DAYS[0], regions=regions()) == {}
        assert jsonschema_rs.is_valid(json_schema(guide.form), answers)
        seen |= set(answers)
    unasked = {item.code for item in guide.form.fields()} - seen
    assert all(not item.required for item in guide.form.fields() if item.code in unasked)


@every_guide
def test_every_required_answer_is_missed_by_name(name: str) -> None:
    guide = guide_of(name)
    for answers in whole_answers(guide):
        for code in answers:
            item = guide.form.field(code)
            assert item is not None
            lacking = {key: value for key, value in answers.items() if key != code}
            found = check_answers(guide.form, lacking, today=DAYS[0])
            assert not item.required or item.label in found[code]


WRONG: dict[FieldKind, tuple[object, ...]] = {
    FieldKind.TEXT: ("", "长" * 1001, 5),
    FieldKind.TEXTAREA: ("\n", "长" * 1001),
    FieldKind.INTEGER: ("十", 1.5, -(10**9), 10**12),
    FieldKind.DECIMAL: ("一", "1e5", 1.5, "-99999999999999", "99999999999999", "1.1234567"),
    FieldKind.DATE: ("2022-02-29", "2022/05/13", "明天"),
    FieldKind.CHOICE: ("不在其中", ["no"]),
    FieldKind.MULTI: (["不在其中"], [], "a"),
    FieldKind.CREDIT_CODE: ("91510000MA00000073", "91510000", "91510000ma00000072"),
    FieldKind.RESIDENT_ID: ("510100199001010014", "51010019900101001"),
    FieldKind.PHONE: ("12345", "02800000000"),
    FieldKind.REGION: ("440100000000", "519999000000"),
    FieldKind.COORDINATES: ("121.4700,31.2300", "30.6570,104.0650", "104,30"),
}


@every_guide
def test_wrong_answers_are_refused_at_their_field(name: str) -> None:
    guide = guide_of(name)
    for answers in whole_answers(guide):
        for code in answers:
            item = guide.form.field(code)
            assert item is not None
            for value in WRONG[item.kind]:
                found = check_answers(guide.form, answers | {code: value}, today=DAYS[0], regions=regions())
                assert code in found, (name, code, value)
                assert found[code].endswith("。")


@every_guide
def test_a_name_that_is_no_field_is_refused(name: str) -> None:
    form = guide_of(name).form
    found = check_answers(form, example_answers(form) | {"decision": "准予"}, today=DAYS[0])
    assert list(found) == ["decision"]


def test_water_taking_asks_what_article_12_asks() -> None:
    codes = {item.code for item in guide_of("water-taking").form.fields()}
    asked_by_law = {
        "name and address": {"applicant_name", "address"},
        "reason": {"reason"},
        "beginning and term": {"starts_on", "ends_on"},
        "purpose, amount, months": {"uses", "annual_volume", "monthly_volumes"},
        "source and place": {"source_kind", "source_name", "place"},
        "method, metering, saving": {"method", "metering", "saving"},
        "discharge": {"discharge_place", "pollutants", "treatment"},
    }
    assert all(fields <= codes for fields in asked_by_law.values())


def test_radio_station_asks_what_the_printed_form_asks() -> None:
    codes = {item.code for item in guide_of("radio-station-new").form.fields()}
    assert {"station_name", "first_used_on", "wants_identifier", "frequency_licence_no", "coverage"} <= codes
    assert {"partners", "site", "position", "altitude", "uses_from", "uses_until"} <= codes
    assert {
        "network_name",
        "bandwidth",
        "business",
        "system",
        "frequency_from",
        "frequency_to",
        "power",
    } <= codes
    position = guide_of("radio-station-new").form.field("position")
    assert position is not None
    assert position.kind is FieldKind.COORDINATES


# -------------------------------------------------------------------------------------------------------- materials


def test_real_estate_is_granted_on_a_promise() -> None:
    guide = guide_of("real-estate-second-class")
    assert guide.commitment is not None
    assert guide.commitment.sample_percent >= 10
    by_code = {item.code: item for item in guide.materials}
    for code in ("business_licence", "staff_certificates", "commitment_letter"):
        assert by_code[code].source is MaterialSource.NOT_NEEDED
    staff = guide.form.field("staff_count")
    assert staff is not None
    assert staff.min == "5"


def test_the_checklist_follows_the_answers() -> None:
    guide = guide_of("water-taking")
    answers = example_answers(guide.form)
    unit = {item.code for item in materials_for(guide, answers)}
    assert "business_licence" in unit
    assert not unit & {"resident_card", "demonstration_report", "power_of_attorney"}
    person = {
        item.code for item in materials_for(guide, answers | {"applicant_kind": "person", "by_agent": "yes"})
    }
    assert {"resident_card", "power_of_attorney"} <= person
    assert "business_licence" not in person


@every_guide
def test_nobody_is_asked_for_what_the_government_holds(name: str) -> None:
    for item in guide_of(name).materials:
        if item.source is MaterialSource.NOT_NEEDED:
            assert item.copies == 0
            assert item.why_not_needed
        else:
            assert item.copies >= 1
            assert item.why_not_needed == ""


@every_guide
def test_something_must_lie_on_the_table(name: str) -> None:
    assert any(item.required is Necessity.REQUIRED for item in guide_of(name).materials)


def test_company_registration_is_done_on_the_spot() -> None:
    guide = guide_of("company-registration")
    assert guide.handling_kind is HandlingKind.INSTANT
    assert guide.item_type is ItemType.LICENCE


@every_guide
def test_every_guide_can_be_filed_online_and_at_the_window(name: str) -> None:
    assert {Channel.ONLINE, Channel.WINDOW} <= set(guide_of(name).channels)


# ------------------------------------------------------------------------------------------------------------ words


@every_guide
def test_nobody_real_is_named(name: str) -> None:
    for text in words(data_of(name)):
        assert not re.search(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])", text), text
        assert not re.search(r"(?<![0-9A-Z])0[0-9]{2,3}-(?!0{7})[0-9]{7,8}(?![0-9])", text), text


@every_guide
def test_examples_of_people_and_firms_are_plainly_made_up(name: str) -> None:
    for item in guide_of(name).form.fields():
        if item.code.endswith(("_head", "_name", "signer", "representative")) and item.example:
            assert "示例" in item.example, item.code


LAW_FILES = {
    "取水许可和水资源费征收管理条例": "取水许可和水资源费征收管理条例(2017-03-01).md",
    "中华人民共和国无线电管理条例": "无线电管理条例(2016-11-11).md",
    "卫星电视广播地面接收设施管理规定": "卫星电视广播地面接收设施管理规定(2018-09-18).md",
    "优化营商环境条例": "优化营商环境条例(2019-10-22).md",
}


@every_guide
def test_cited_articles_stand_in_the_law(name: str) -> None:
    for basis in guide_of(name).legal_basis:
        if basis.law in LAW_FILES:
            law = shared(f"data/laws/{LAW_FILES[basis.law]}").read_text(encoding="utf-8")
            for article in re.findall(r"第[一二三四五六七八九十百]+条", basis.article):
                assert re.search(rf"^{article} ", law, re.MULTILINE), (basis.law, article)


@every_guide
def test_no_sentence_is_copied_from_a_law(name: str) -> None:
    laws = "".join(shared(f"data/laws/{file}").read_text(encoding="utf-8") for file in LAW_FILES.values())
    for text in words(data_of(name)):
        runs = [text[start : start + 30] for start in range(max(len(text) - 29, 0))]
        assert not [run for run in runs if run in laws], text
