"""Coverage by acceptance manuals."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.catalogue.flow import ManualState
from yichuang.catalogue.rules.coverage import Coverage, coverage, coverage_of


def test_the_published_figure() -> None:
    # Weekly report 2023-44: 1064 handling items with a manual are 64.29 %.
    assert coverage(1064, 1655).percent == Decimal("64.29")
    assert coverage(1064, 1654).percent == Decimal("64.33")
    assert coverage(1064, 1656).percent == Decimal("64.25")


@pytest.mark.parametrize(
    ("covered", "total", "percent"),
    [(0, 7, "0.00"), (7, 7, "100.00"), (1, 3, "33.33"), (2, 3, "66.67"), (1, 800, "0.13"), (1, 1600, "0.06")],
)
def test_two_decimals_half_up(covered: int, total: int, percent: str) -> None:
    assert str(coverage(covered, total).percent) == percent


def test_nothing_to_cover_has_no_percentage() -> None:
    assert coverage(0, 0) == Coverage(0, 0, None)
    assert coverage_of([]) == Coverage(0, 0, None)


@pytest.mark.parametrize(("covered", "total"), [(-1, 5), (6, 5), (1, 0)])
def test_counts_that_cannot_be(covered: int, total: int) -> None:
    with pytest.raises(ValueError, match="of"):
        coverage(covered, total)


def test_only_a_published_manual_covers() -> None:
    states = [ManualState.PUBLISHED, ManualState.COMPILING, ManualState.SUSPENDED, None]
    assert coverage_of(states) == Coverage(1, 4, Decimal("25.00"))


@given(st.integers(1, 10**6), st.data())
def test_the_percentage_is_within_half_a_hundredth(total: int, data: st.DataObject) -> None:
    covered = data.draw(st.integers(0, total))
    percent = coverage(covered, total).percent
    assert percent is not None
    assert abs(percent * total - 100 * covered) * 1000 <= 5 * total
