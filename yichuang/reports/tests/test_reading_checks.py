"""Sums and percentages: what contradicts, what is rounding, what is carried over."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from yichuang.reports.tests.readings import around


def contradictions(paragraph: str) -> list[tuple[str, str]]:
    return [(str(each.stated), str(each.computed)) for each in around(paragraph).disagreements]


@pytest.mark.parametrize(
    "paragraph",
    [
        "受理100件，办结105件，办结率100%。",
        "受理100件，办结105件，办结率105%。",
        "受理9494件，办结10359件。",
        "受理3000件，办结2000件，办结率66.6%。",
        "受理3000件，办结2000件，办结率66.67%。",
        "受理3000件，办结2000件，办结率67%。",
        "受理12.3万件，办结12.1万件，办结率98.9%。",
        "受理0件，办结0件，办结率100%。",
        "受理约100件，办结50件，办结率90%。",
        "行政许可受理100件，办结90件；公共服务受理200件，办结100件；办结率95%。",
        "受理1000件，其中窗口300件、网上700件。",
        "受理1000件，其中窗口300件、网上600件等。",
        "受理1000件，其中网上600件。",
        "受理1000件，其中即办件300件、网上受理800件。",
        "受理1万件，其中线上0.6万件，线下0.5万件。",
        "受理1000件，其中网上受理600件，占比60%。",
        "市本级办理5678件（其中：线上4321件，线下1357件），占全市办件量的23.4%。",
        "受理行政许可300件，公共服务400件，其他100件，合计800件。",
        "本周，共计咨询1085人次、受理447件、颁发927件。",
        "本周受理110件，上周受理100件，环比增长10%。",
        "本周受理110件，上周受理90件，同比增长10%。",
        "受理100件。收到评价200条，好评率98%。",
        "今年以来受理1000件，办结900件，办结率90%，本周受理100件，办结95件，办结率95%。",
        "截至目前，共完成820个办理项的手册，占比51.25%。",
    ],
)
def test_what_agrees_or_cannot_be_told(paragraph: str) -> None:
    assert contradictions(paragraph) == []


@pytest.mark.parametrize(
    ("paragraph", "stated", "computed"),
    [
        ("受理3000件，办结2000件，办结率66.5%。", "66.5", "66.7"),
        ("受理2000件，办结1900件，办结率98%。", "98", "95"),
        ("受理12.3万件，办结12.1万件，办结率99.9%。", "99.9", "98.4"),
        ("受理2000件。办结1900件。办结率98%。", "98", "95"),
        ("行政许可受理100件，办结90件，办结率90%；公共服务受理200件，办结100件，办结率60%。", "60", "50"),
        ("受理1000件，其中窗口受理300件、网上受理600件。", "1000", "900"),
        ("受理1000件。其中，窗口受理500件、网上受理600件。", "1000", "1100"),
        ("受理1234件，其中即办件980件，承诺件264件。", "1234", "1244"),
        ("受理1000件，其中网上受理600件，占比65%。", "65", "60"),
        ("受理1000件。其中，网上受理600件，占65%。", "65", "60"),
        ("受理行政许可1200件、公共服务3400件，共计4700件。", "4700", "4600"),
        ("窗口受理300件，网上受理200件，共受理510件。", "510", "500"),
        ("受理情况：税务分中心20件；社保分中心30件；合计60件。", "60", "50"),
        ("收到评价1000条，其中好评990条，好评率98%。", "98", "99"),
        ("本周受理110件，上周受理100件，环比增长12%。", "12", "10"),
        ("上周受理100件，办结99件。本周受理90件，环比下降20%。", "20", "10"),
    ],
)
def test_what_contradicts_is_told_with_both_numbers(paragraph: str, stated: str, computed: str) -> None:
    assert contradictions(paragraph) == [(stated, computed)]


def test_a_contradiction_names_its_sentence_and_the_reason() -> None:
    read = around("大厅有序。受理2000件，办结1900件，办结率98%。")
    (found,) = read.disagreements
    assert found.sentence == "受理2000件，办结1900件，办结率98%。"
    assert "办结÷受理" in found.why
    assert not read.clean
    assert found.as_json() == {"sentence": found.sentence, "stated": 98, "computed": 95, "why": found.why}


def test_columns_and_rows_of_a_table_are_added_up() -> None:
    table = "项目\t受理（件）\t办结（件）\t办结率\n许可\t300\t290\t96.67%\n服务\t1800\t1760\t97.8%\n合计\t2100\t2060\t97.62%"
    assert sorted(contradictions(table)) == [("2060", "2050"), ("97.62", "98.10")]


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(0, 3))
def test_a_rate_rounded_half_up_or_cut_off_never_contradicts(
    accepted: int, concluded: int, places: int
) -> None:
    assume(concluded <= accepted)
    exact = Decimal(concluded) * 100 / accepted
    place = Decimal(1).scaleb(-places)
    for rounding in (ROUND_HALF_UP, "ROUND_DOWN"):
        printed = exact.quantize(place, rounding)
        assert contradictions(f"受理{accepted}件，办结{concluded}件，办结率{printed}%。") == []


@given(st.integers(100, 10**6), st.integers(0, 10**6), st.integers(2, 40))
def test_a_rate_that_is_off_by_more_than_its_last_place_contradicts(
    accepted: int, concluded: int, off: int
) -> None:
    assume(concluded <= accepted)
    printed = (Decimal(concluded) * 100 / accepted).quantize(Decimal("0.1")) + Decimal(off) / 10
    assert len(contradictions(f"受理{accepted}件，办结{concluded}件，办结率{printed}%。")) == 1


@given(st.lists(st.integers(1, 10**5), min_size=2, max_size=4), st.integers(-50, 50))
def test_a_sum_contradicts_exactly_when_it_is_wrong(parts: list[int], off: int) -> None:
    total = sum(parts) + off
    assume(total > 0)
    kinds = ("行政许可", "公共服务", "行政确认", "行政给付")
    listed = "、".join(f"{kind}{part}件" for kind, part in zip(kinds, parts, strict=False))
    expected = [(str(total), str(sum(parts)))] if off else []
    assert contradictions(f"受理{listed}，合计{total}件。") == expected
    assert contradictions(f"受理{total}件，其中{listed}。") == expected
