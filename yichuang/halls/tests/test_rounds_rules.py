"""The result of a period under a heading, as a property; intervals of rounds."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.halls.flow.findings import DONE, FindingState
from yichuang.halls.flow.rounds import GOOD_TEXT, NO_ROUND_TEXT
from yichuang.halls.rules.rounds import SeenFinding, contradiction, is_good, next_round_by, result_text
from yichuang.kernel.times import SHANGHAI

SEEN = st.builds(
    SeenFinding,
    department=st.sampled_from(["水利厅", "经济和信息化厅"]),
    category=st.sampled_from(["空岗", "迟到"]),
    state=st.sampled_from(FindingState),
)
LISTS = st.lists(SEEN, max_size=8)


@given(rounds=st.integers(0, 9), found=LISTS)
def test_good_only_where_somebody_looked_and_nothing_stands(rounds: int, found: list[SeenFinding]) -> None:
    standing = [each for each in found if each.state is not FindingState.WITHDRAWN]
    text = result_text(rounds, found)
    assert (text == GOOD_TEXT) == (rounds > 0 and not standing) == is_good(rounds, found)
    assert (text == NO_ROUND_TEXT) == (rounds == 0 and not standing)
    assert (GOOD_TEXT in text) == is_good(rounds, found)


@given(found=LISTS.filter(lambda rows: any(row.counts for row in rows)))
def test_counts_add_up(found: list[SeenFinding]) -> None:
    standing = [each for each in found if each.counts]
    done = sum(1 for each in standing if each.state in DONE)
    text = result_text(1, found)
    head, _, tail = text.partition("：")
    parts, _, ending = tail.partition("，")
    assert head == f"发现{len(standing)}起"
    pieces = parts.split("、")
    assert sum(int(piece[:-1].lstrip("水利厅经济和信息化空岗迟到")) for piece in pieces) == len(standing)
    assert len(pieces) == len({(each.department, each.category) for each in standing})
    if done == 0:
        assert ending == "正在整改"
    elif done == len(standing) > 1:
        assert ending == "均已整改"
    else:
        assert ending == f"已整改{done}起"


@given(
    rounds=st.integers(0, 9), found=LISTS, typed=st.sampled_from([GOOD_TEXT, f"{GOOD_TEXT}。", "发现1起", ""])
)
def test_the_editor_is_warned_exactly_when_good_is_not_true(
    rounds: int, found: list[SeenFinding], typed: str
) -> None:
    words = contradiction(typed, rounds, found)
    assert bool(words) == (GOOD_TEXT in typed and not is_good(rounds, found))


def test_the_words_of_a_result() -> None:
    found = [
        SeenFinding("水利厅", "空岗", FindingState.PASSED),
        SeenFinding("水利厅", "空岗", FindingState.NOTIFIED),
        SeenFinding("经济和信息化厅", "迟到", FindingState.WITHDRAWN),
    ]
    assert result_text(2, found) == "发现2起：水利厅空岗2起，已整改1起"
    assert "2 起问题" not in contradiction("发现2起", 2, found)
    assert "2 起问题" in contradiction(GOOD_TEXT, 2, found)
    assert "没有覆盖" in contradiction(GOOD_TEXT, 0, [])


@pytest.mark.parametrize(("last", "hour"), [(None, 11), (10, 12), (15, 17)], ids=["none", "ten", "three"])
def test_the_next_round_runs_from_the_last_or_from_opening(last: int | None, hour: int) -> None:
    opening = datetime(2022, 5, 11, 9, 0, tzinfo=SHANGHAI)
    begun = opening.replace(hour=last) if last else None
    assert next_round_by(begun, 120, opening) == opening.replace(hour=hour)
    assert next_round_by(begun, None, opening) is None


@given(minutes=st.integers(1, 1440), passed=st.integers(0, 600))
def test_the_next_round_is_one_interval_later(minutes: int, passed: int) -> None:
    opening = datetime(2022, 5, 11, 9, 0, tzinfo=SHANGHAI)
    last = opening + timedelta(minutes=passed)
    assert next_round_by(last, minutes, opening) == last + timedelta(minutes=minutes)
