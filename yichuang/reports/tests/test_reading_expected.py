"""Reports of other centres with what stands in them, written down by hand beside each: figures and disagreements.

And of every report: nothing is invented. Each figure's printed value stands in its sentence, each sentence in the text.
"""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.material import shared
from yichuang.reports.rules.reading import ReadReport, decode, read_report
from yichuang.reports.rules.reading.numerals import NUMBER, amount
from yichuang.reports.rules.reading.text import tidy
from yichuang.reports.tests.readings import SYNTHETIC, around, figures, short, synthetic

EXPECTED = sorted(path.stem for path in SYNTHETIC.glob("*.json"))
WHOLE = sorted(path.stem for path in SYNTHETIC.glob("*.txt") if path.stem != "not_a_report")
REAL = ["2022-14", "2022-24", "2022-29", "2022-39", "2023-44"]


def test_there_are_at_least_eight_with_their_answers() -> None:
    assert len(EXPECTED) >= 8


@pytest.mark.parametrize("name", EXPECTED)
def test_figures_and_disagreements_are_those_written_down(name: str) -> None:
    wanted = json.loads((SYNTHETIC / f"{name}.json").read_text(encoding="utf-8"))
    read = synthetic(name)
    assert [list(short(figure)) for figure in read.figures] == wanted["figures"]
    assert [[str(e.stated), str(e.computed)] for e in read.disagreements] == wanted["disagreements"]
    assert read.unplaced == ()
    if "period" in wanted:
        first, last = (date.fromisoformat(day) for day in wanted["period"])
        assert (read.period.first, read.period.last) == (first, last)


def check_nothing_is_invented(read: ReadReport, text: str) -> None:
    bare = re.sub(r"[\s|]", "", tidy(text).replace("\n", ""))
    for figure in read.figures:
        printed = [found for match in NUMBER.finditer(figure.sentence) if (found := amount(match))]
        assert figure.value in {each.value for each in printed}, figure
        assert re.sub(r"[\s|]", "", figure.sentence) in bare, figure
    for each in read.disagreements:
        assert any(each.stated == figure.value for figure in read.figures) or "总第" in each.sentence


@pytest.mark.parametrize("name", WHOLE)
def test_nothing_is_invented(name: str) -> None:
    text = decode((SYNTHETIC / f"{name}.txt").read_bytes())
    check_nothing_is_invented(read_report(text), text)


@pytest.mark.parametrize("name", REAL)
def test_nothing_is_invented_in_a_real_report(name: str) -> None:
    text = decode(Path(shared(f"weekly-reports/{name}.txt")).read_bytes())
    check_nothing_is_invented(read_report(text), text)


SIGNS = "本周全市受理办结件，。其中占比%同比增长去年期1234567890.万三十五百（）季度年共计、；"


@given(st.text(alphabet=SIGNS, max_size=120))
def test_nothing_is_invented_whatever_stands_there(paragraph: str) -> None:
    read = around(paragraph)
    for figure in read.figures:
        printed = [found for match in NUMBER.finditer(figure.sentence) if (found := amount(match))]
        assert figure.value in {each.value for each in printed}


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_growth_that_was_computed_agrees(now: int, before: int) -> None:
    percent = (Decimal(now - before) * 100 / before).quantize(Decimal("0.01"))
    words = "增长" if percent >= 0 else "下降"
    text = f"本周，全市受理办件{now}件，同比{words}{abs(percent)}%（去年同期{before}件）。"
    assert around(text).disagreements == ()
    wrong = abs(percent) + 1
    (found,) = around(text.replace(f"{abs(percent)}%", f"{wrong}%")).disagreements
    assert found.stated == wrong


@given(st.lists(st.integers(1, 10**6), min_size=4, max_size=4))
def test_four_quarters_make_a_year(parts: list[int]) -> None:
    told = "".join(f"{name}季度受理办件{value}件，" for name, value in zip("一二三四", parts, strict=True))
    text = f"{told.rstrip('，')}。2022年全年受理办件{{}}件。"
    assert around(text.format(sum(parts))).disagreements == ()
    (found,) = around(text.format(sum(parts) + 1)).disagreements
    assert (int(found.stated), int(found.computed)) == (sum(parts) + 1, sum(parts))


def test_first_three_quarters_are_no_third_quarter() -> None:
    text = "一季度受理办件10件，二季度受理办件20件，前三季度受理办件60件，四季度受理办件40件。全年受理办件100件。"
    assert around(text).disagreements == ()
    scopes = [figure.scope.value for figure in around(text).figures]
    assert scopes == ["year_to_date", "week", "year_to_date", "week", "year_to_date"]


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("二十三件", 23),
        ("一百零五件", 105),
        ("两千三百件", 2300),
        ("十件", 10),
        ("三件", 3),
        ("二十余件", 20),
    ],
)
def test_numerals_in_words_are_counts(words: str, value: int) -> None:
    (found,) = around(f"本周受理事项{words}。").figures
    assert (int(found.value), found.approximate) == (value, "余" in words)


@pytest.mark.parametrize(
    "words",
    [
        "“一件事一次办”",
        "第二十三件",
        "三个工作日",
        "三百万件",
        "二万三千件",
        "一是受理",
        "十二月",
        "两个责任",
    ],
)
def test_what_is_no_count_in_words_is_no_figure(words: str) -> None:
    assert around(f"本周受理事项{words}。").figures == ()


def test_a_rounded_second_telling_and_another_subject_are_no_contradiction() -> None:
    assert around("本周，全市受理办件12,345件。本周，全市受理办件1.23万件。").disagreements == ()
    assert around("本周，甲区受理办件10件。本周，乙区受理办件12件。").disagreements == ()
    assert around("上周，全市受理办件10件。本周，全市受理办件12件。").disagreements == ()
    (found,) = around("本周，全市受理办件10件。本周，全市共受理办件12件。").disagreements
    assert (int(found.stated), int(found.computed)) == (12, 10)


def test_shares_of_a_list_between_semicolons_are_recomputed() -> None:
    text = "本周受理事项100件。其中，网上受理60件，占比60%；窗口受理40件，占比{}%。"
    assert around(text.format(40)).disagreements == ()
    (found,) = around(text.format(45)).disagreements
    assert (int(found.stated), int(found.computed)) == (45, 40)


def test_the_figure_of_last_year_in_brackets_has_the_measure_before_it() -> None:
    found = figures("本周受理办件120件（上周100件），办结90件。")
    assert [row[2:4] for row in found] == [("受理", "120"), ("受理", "100"), ("办结", "90")]
