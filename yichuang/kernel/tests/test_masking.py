"""What is masked never shows more than the rule allows, whatever comes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.kernel import masking
from yichuang.kernel.masking import Personal, mask, scrub


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        (Personal.ID_NUMBER, "510000199001010017", "51*************017"),
        (Personal.ID_NUMBER, " 51000019900101001X ", "51*************01X"),
        (Personal.ID_NUMBER, "510000900101001", "51**********001"),
        (Personal.ID_NUMBER, "5100 0019 9001 0100 17", "51*************017"),
        (Personal.ID_NUMBER, "G12345678", "********"),
        (Personal.PHONE, "13812341234", "138****1234"),
        (Personal.PHONE, "+86 138-1234-1234", "138****1234"),
        (Personal.PHONE, "028-86601234", "******34"),
        (Personal.PHONE, "12345", "******"),
        (Personal.NAME, "张", "*"),
        (Personal.NAME, "张三", "张*"),
        (Personal.NAME, "张示例", "张*例"),
        (Personal.NAME, "阿示例·示例江", "阿*江"),
        (Personal.ADDRESS, "四川省成都市武侯区玉林街道示例路一号", "四川省成都市武侯区玉林街道***"),
        (Personal.ADDRESS, "示例市示例大道 1 号", "示例市***"),
        (Personal.ADDRESS, "示例市示例大道一号小区三栋", "示例市***"),
        (Personal.ADDRESS, "甘孜藏族自治州康定市榆林乡二村5组", "甘孜藏族自治州康定市榆林乡***"),
        (Personal.ADDRESS, "某某小区三栋二单元", "***"),
        (Personal.ADDRESS, "12栋", "***"),
        (Personal.SECRET, "6222000000000000", "******"),
    ],
)
def test_what_is_shown(kind: Personal, text: str, shown: str) -> None:
    assert mask(kind, text) == shown


@pytest.mark.parametrize("kind", Personal)
def test_nothing_stays_nothing(kind: Personal) -> None:
    assert mask(kind, "") == mask(kind, "  ") == ""


numbers = st.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True)
mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
ALLOWED = {Personal.ID_NUMBER: 5, Personal.PHONE: 7, Personal.NAME: 2, Personal.SECRET: 0}


@given(st.sampled_from(sorted(ALLOWED)), st.text(max_size=60))
def test_no_value_of_any_shape_shows_more_than_its_rule(kind: Personal, text: str) -> None:
    shown = mask(kind, text)
    kept = [sign for sign in shown if sign != "*"]
    assert len(kept) <= ALLOWED[kind]
    if len(text.strip()) > ALLOWED[kind]:
        assert text.strip().replace("*", "") == "" or shown != text.strip() or "*" in text


@given(numbers)
def test_of_an_identity_number_only_five_places_are_known(number: str) -> None:
    shown = mask(Personal.ID_NUMBER, number)
    assert (shown[:2], shown[-3:]) == (number[:2], number[-3:])
    assert set(shown[2:-3]) == {"*"}
    assert number[6:14] not in shown


@given(mobiles)
def test_of_a_mobile_number_the_middle_is_gone(number: str) -> None:
    assert mask(Personal.PHONE, number) == f"{number[:3]}****{number[-4:]}"


@given(st.text(alphabet="示例路街道镇乡县区市省村组号栋楼室一二12 A", min_size=1, max_size=30))
def test_of_an_address_nothing_below_the_township_is_shown(text: str) -> None:
    shown = mask(Personal.ADDRESS, text)
    if shown:
        assert shown.endswith("***")
        assert not re.search(r"[路号栋楼室村组0-9A-Z]", shown)
        assert text.strip().startswith(shown.removesuffix("***"))


words = st.text(alphabet="联系人张示例电话：，。 \n", max_size=20)


@given(words, numbers, words, mobiles, words)
def test_numbers_in_free_text_are_masked_and_the_rest_stays(
    before: str, number: str, between: str, mobile: str, after: str
) -> None:
    text = f"{before}{number}。{between}{mobile}{after}"
    found = scrub(text)
    assert number not in found
    assert mobile not in found
    assert found == (
        f"{before}{mask(Personal.ID_NUMBER, number)}。{between}{mask(Personal.PHONE, mobile)}{after}"
    )
    assert scrub(found) == found


@given(st.text(alphabet="取水量120万立方米每年，2022-05-05；共 3 处。", max_size=40))
def test_text_without_numbers_of_people_stays_as_it_is(text: str) -> None:
    if not re.search(r"\d{11}", re.sub(r"[ -]", "", text)):
        assert scrub(text) == text


def test_ten_thousand_planted_numbers_are_not_found_again() -> None:
    planted = [
        f"5100001990{place % 12 + 1:02d}{place % 28 + 1:02d}{place % 1000:03d}{place % 10}"
        for place in range(10_000)
    ]
    text = "；".join(f"第{place}人 {number} 电话 138{place:08d}" for place, number in enumerate(planted))
    found = scrub(text)
    assert [number for number in planted if number in found] == []
    assert not re.search(r"138\d{8}", found)


@pytest.mark.parametrize(
    "broken",
    [lambda text: text, lambda text: f"{text[:6]}{'*' * 8}{text[-4:]}"],
    ids=["nothing masked", "first six and last four"],
)
def test_a_rule_that_shows_too_much_is_caught(broken: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "_RULES", dict(masking._RULES) | {Personal.ID_NUMBER: broken})
    with pytest.raises(AssertionError):
        test_of_an_identity_number_only_five_places_are_known()
