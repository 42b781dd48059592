"""Telling the family of a code, and standing up to whatever is pasted."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from yichuang.kernel.identifiers import KINDS, check
from yichuang.kernel.tests.identifier_strategies import (
    FICTIONAL_DIVISION,
    PUBLIC_BODIES,
    credit_codes,
    licence_identifiers,
    resident_number,
    resident_numbers,
)

TODAY = date(2022, 5, 13)
BODY = PUBLIC_BODIES[0]
HOSTILE = (
    "",
    " ",
    "\0",
    "\0" * 18,
    "\t\n",
    "1" * 10_000,
    "a" * 10_000,
    "-" * 10_000,
    "." * 10_000,
    "1.2.156.3005.2." + "." * 10_000,
    "１１５１００００ＭＢ１６９０５４１Ｍ",
    "٣" * 9,
    "²" * 12,
    "①" * 18,
    "Ⅷ" * 31,
    "水" * 33,
    "\ud800" * 18,
    "\U0010ffff" * 12,
    "ß" * 18,
    "ﷺ" * 9,
    "e\u0301" * 9,
    "\u202e" + BODY[:17],
    "'; drop table x; --",
)


@pytest.mark.parametrize(
    ("code", "kind", "verdict"),
    [
        ("000164213003", "catalog12", "ok"),
        ("00016421300Y", "catalog12", "ok"),
        ("511A64031001", "catalog12", "flagged"),
        (f"{BODY}2000119104003", "impl31", "ok"),
        ("12100000000133057R001019009000", "impl31", "flagged"),
        (f"{BODY}200011910400301", "handle33", "ok"),
        ("12100000000133057R00101900900001", "handle33", "flagged"),
        (f"511A0022300005-510000000000-000-{BODY}-1-00", "portal", "ok"),
        (f"E-000004-001-{BODY}", "portal", "flagged"),
        ("511A0022300005", "portal", "flagged"),
        ("G-000007-001", "portal", "flagged"),
        (BODY, "uscc", "ok"),
        ("699166855", "org9", "ok"),
        ("45225901-3", "org9", "ok"),
        (resident_number(FICTIONAL_DIVISION, date(1990, 1, 1), "001"), "resident_id", "ok"),
        ("1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9", "ecert", "ok"),
        ("1.2.3", "ecert", "invalid"),
        ("1151130000877869M", "unknown", "invalid"),
        ("8282348", "unknown", "invalid"),
        ("2222222222222", "unknown", "invalid"),
        ("", "unknown", "invalid"),
    ],
)
def test_the_shape_tells_the_family(code: str, kind: str, verdict: str) -> None:
    judged = check(code, today=TODAY)
    assert (judged.code, judged.kind, judged.verdict) == (code, kind, verdict)
    assert bool(judged.reasons) == (verdict != "ok")


@given(credit_codes())
def test_a_credit_code_is_found_out(code: str) -> None:
    assert check(code, "uscc").is_ok
    assert check(code).kind in ("uscc", "resident_id")


@given(st.one_of(resident_numbers(), licence_identifiers()))
def test_forcing_the_family_that_was_found_changes_nothing(code: str) -> None:
    found = check(code)
    assert found.is_ok
    assert check(code, found.kind) == found


def test_eighteen_digits_are_a_person_only_if_birth_date_and_check_digit_hold() -> None:
    right = resident_number(FICTIONAL_DIVISION, date(1990, 1, 1), "001")
    wrong = right[:17] + ("0" if right[17] != "0" else "1")
    judged = check(wrong)
    assert (judged.kind, judged.verdict) == ("uscc", "invalid")
    assert f"如为居民身份证号：第18位校验码应为 {right[17]}，实为 {wrong[17]}" in judged.reasons


def test_a_person_born_after_today_is_no_person() -> None:
    code = resident_number(FICTIONAL_DIVISION, date(2022, 5, 14), "001")
    assert check(code).kind == "resident_id"
    judged = check(code, today=TODAY)
    assert (judged.kind, judged.verdict) == ("uscc", "invalid")
    assert "如为居民身份证号：第7—14位出生日期 2022-05-14 晚于今天" in judged.reasons
    assert check(code, "resident_id", today=TODAY).verdict == "invalid"


def test_a_plain_wrong_credit_code_says_nothing_of_persons() -> None:
    assert check("11510000MB1690541N").reasons == ("第18位校验码应为 M，实为 N",)


def test_a_kind_that_does_not_exist_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="unknown kind of code: passport"):
        check(BODY, "passport")


def test_forcing_another_family_judges_by_that_family() -> None:
    judged = check(BODY, "org9")
    assert (judged.kind, judged.verdict) == ("org9", "invalid")
    assert judged.reasons == ("长度应为9位，实为18位",)


@pytest.mark.parametrize("code", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", [None, *KINDS])
def test_hostile_input_is_invalid_with_short_reasons(code: str, kind: str | None) -> None:
    judged = check(code, kind, today=TODAY)
    assert judged.verdict == "invalid"
    assert judged.reasons
    assert all(len(reason) < 120 and reason.isprintable() for reason in judged.reasons)


@given(st.text(), st.sampled_from([None, *KINDS]))
@example("0" * 18, "resident_id")
def test_no_text_raises(code: str, kind: str | None) -> None:
    judged = check(code, kind)
    assert judged.verdict in ("ok", "flagged", "invalid")
    assert judged.is_ok == (not judged.reasons)


@given(st.text(st.sampled_from("0123456789AXY-.１a 水"), max_size=60), st.sampled_from([None, *KINDS]))
def test_nothing_that_nearly_is_a_code_raises(code: str, kind: str | None) -> None:
    judged = check(code, kind)
    assert judged.is_ok == (not judged.reasons)
    assert all(reason.isprintable() for reason in judged.reasons)
