"""The arithmetic of efficiency, and the sentences that it yields."""

import random
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.statistics.flow.efficiency import CLAIMS
from yichuang.statistics.rules import Used
from yichuang.statistics.rules.claims import sentences
from yichuang.statistics.rules.efficiency import Best, Workload, best, efficiency, merge, printed
from yichuang.statistics.tests.happenings import half_up

FIRST, LAST = date(2022, 5, 1), date(2022, 5, 31)
MAY = {"first": str(FIRST), "last": str(LAST)}


def test_the_numbers_of_a_published_issue() -> None:
    """窗口工作周报 2022年第39期: 平均用时7.8个工作日，较法定缩短12.2，重大项目6个，提前办结率100%."""
    work = Workload(
        concluded=5,
        early=5,
        days=(Used(7, 20, 1), Used(8, 20, 4)),
        classes={"major": (12, 2), "general": (27, 3)},
    )
    found = efficiency(work)
    assert (found.mean_days, found.shortened, found.early_share) == (
        Decimal("7.8"),
        Decimal("12.2"),
        Decimal("100.00"),
    )
    texts = [each.text for each in sentences("生态环境厅“入河排污口设置审核”", found)]
    assert texts[0] == (
        "生态环境厅“入河排污口设置审核”办结5件，平均用时7.8个工作日，较法定时限缩短12.2个工作日，提前办结率100%。"
    )
    assert "生态环境厅“入河排污口设置审核”重大项目平均用时6个工作日。" in texts


def test_the_fastest_case_is_the_one_furthest_ahead() -> None:
    """窗口工作周报 2022年第29期: 3个工作日，提前65个."""
    assert best([Used(1, 20, 3), Used(3, 68, 1), Used(40, 68, 2)]) == Best(3, 65)
    assert best([Used(5, 70, 1), Used(3, 68, 1)]) == Best(3, 65)
    assert best([Used(20, 20, 9), Used(3, 68, 0)]) is None
    assert best([]) is None


def test_without_anything_nothing_is_claimed() -> None:
    found = efficiency(Workload())
    assert sentences("水利厅", found) == []
    assert {found.mean_days, found.shortened, found.early_share, found.natural_days, found.trips} == {None}


def test_what_is_slower_than_the_law_claims_no_shortening() -> None:
    found = efficiency(Workload(concluded=1, days=(Used(25, 20, 1),)))
    (claim,) = sentences("水利厅", found)
    assert claim.text == "水利厅办结1件，平均用时25个工作日。"


def workloads() -> st.SearchStrategy[Workload]:
    used = st.builds(Used, st.integers(0, 90), st.integers(0, 90), st.integers(1, 9))
    counts = st.integers(0, 50)
    return st.builds(
        Workload, counts, counts, counts, counts, st.lists(used, max_size=6).map(tuple), counts, counts, counts,
        st.dictionaries(st.sampled_from(["major", "general"]), st.tuples(counts, st.integers(1, 9))), counts, counts,
    )  # fmt: skip


@given(workloads())
def test_printed_numbers_agree_with_each_other(work: Workload) -> None:
    """What is used and what is saved are what the law gives, to the printed place; means are exact fractions, rounded."""
    found = efficiency(work)
    cases_ = sum(each.count for each in work.days)
    if cases_:
        assert found.mean_days is not None
        assert found.shortened is not None
        assert found.mean_days + found.shortened == found.mean_limit
        assert found.mean_days == half_up(Fraction(sum(u.days_used * u.count for u in work.days), cases_), 1)
    if work.delivered:
        assert found.natural_days == half_up(Fraction(work.natural_days, work.delivered), 1)
        assert found.trips == half_up(Fraction(work.trips, work.delivered), 1)
    for each in sentences("某厅", found):
        assert each.text.startswith("某厅")
        assert each.text.endswith("。")
        for quoted in each.quoted:
            assert quoted.printed in each.text
            assert not isinstance(quoted.value, float)


@given(st.lists(workloads(), max_size=4), st.randoms())
def test_parts_add_up_in_any_order(parts: list[Workload], chance: random.Random) -> None:
    whole = efficiency(merge(parts))
    shuffled = chance.sample(parts, len(parts))
    assert efficiency(merge(shuffled)) == whole
    assert efficiency(merge([merge(parts[:2]), merge(parts[2:])])) == whole
    assert whole.concluded == sum(each.concluded for each in parts)


@pytest.mark.parametrize(
    ("value", "wanted"), [("100.00", "100"), ("7.8", "7.8"), ("64.29", "64.29"), ("0.50", "0.5"), (10, "10")]
)
def test_numbers_as_prose_prints_them(value: str | int, wanted: str) -> None:
    assert printed(Decimal(value) if isinstance(value, str) else value) == wanted


def test_every_claim_says_its_formula() -> None:
    assert len({claim.label for claim in CLAIMS}) == len(CLAIMS)
    for claim in CLAIMS:
        assert claim.unit
        assert claim.period.startswith("按")
        assert not claim.formula.endswith("。")
