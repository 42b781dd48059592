"""Changes sign by sign: both sides come back, islands are merged, authors are found, one change is taken back, two sides merged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.reports.rules.tracking import (
    Kind,
    Wording,
    edits,
    merge,
    runs,
    tracked,
    without,
)

WORDS = st.text(alphabet="水利厅受理办结省3件，。\n7.A", max_size=40)
MARKS = {Kind.EQUAL: "", Kind.INSERT: "+", Kind.DELETE: "-"}


def told(before: str, after: str) -> str:
    """The runs in one line: -old-+new+."""
    return "".join(f"{MARKS[run.kind]}{run.text}{MARKS[run.kind]}" for run in runs(before, after))


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("受理3件。", "受理3件。", "受理3件。"),
        ("受理3件。", "受理4件。", "受理-3-+4+件。"),
        ("用时7.8个工作日", "用时12.2个工作日", "用时-7.8-+12.2+个工作日"),
        ("占比64.29%。", "占比64.30%。", "占比-64.29%-+64.30%+。"),
        ("", "新。", "+新。+"),
        ("旧。", "", "-旧。-"),
        ("水利厅召开会议。", "水利厅组织召开会议。", "水利厅+组织+召开会议。"),
        ("近日，水利厅窗口", "水利厅窗口", "-近日，-水利厅窗口"),
        ("甲乙丙丁戊己", "子乙丑丁寅己", "-甲乙丙丁戊-+子乙丑丁寅+己"),
        ("S1厅", "S2厅", "S-1-+2+厅"),
        ("甲一。\n乙二。", "丙一。\n丁二。", "-甲-+丙+一。\n-乙-+丁+二。"),
        ("省卫生健康委员会窗口", "省卫健委窗口", "省卫-生健康委员会-+健委+窗口"),
    ],
)
def test_a_change_reads_as_a_person_would_mark_it(before: str, after: str, shown: str) -> None:
    assert told(before, after) == shown


@given(WORDS, WORDS)
def test_both_sides_come_back_from_the_runs(before: str, after: str) -> None:
    found = runs(before, after)
    assert "".join(run.text for run in found if run.kind != Kind.INSERT) == before
    assert "".join(run.text for run in found if run.kind != Kind.DELETE) == after
    assert all(run.text for run in found)


@given(WORDS, WORDS)
def test_edits_name_their_places_in_both_texts(before: str, after: str) -> None:
    for edit in edits(before, after):
        assert before[edit.start : edit.start + len(edit.before)] == edit.before
        assert after[edit.place : edit.place + len(edit.after)] == edit.after
        assert edit.before != edit.after


@given(WORDS)
def test_nothing_changed_is_no_change(text: str) -> None:
    assert edits(text, text) == ()


@given(WORDS, WORDS)
def test_taking_every_change_back_from_the_last_gives_the_old_text(before: str, after: str) -> None:
    text = after
    for edit in reversed(edits(before, after)):
        text = text[: edit.place] + edit.before + text[edit.place + len(edit.after) :]
    assert text == before


def test_one_change_is_taken_back_and_the_others_stay() -> None:
    before, after = "水利厅受理3件，办结五件。", "水利厅受理4件，办结六件。"
    first, second = edits(before, after)
    assert without(before, after, first) == "水利厅受理3件，办结六件。"
    assert without(before, after, second) == "水利厅受理4件，办结五件。"
    assert without(before, "水利厅受理5件，办结六件。", first) is None


def test_a_change_knows_the_versions_that_made_it() -> None:
    history = [
        Wording(0, "水利厅受理3件，办结五件。"),
        Wording(2, "水利厅受理4件，办结五件。"),
        Wording(5, "水利厅受理4件，累计办结五件。"),
    ]
    assert [(c.edit.before, c.edit.after, c.versions) for c in tracked("a", history)] == [
        ("3", "4", (2,)),
        ("", "累计", (5,)),
    ]


def test_an_item_that_came_or_went_is_one_change() -> None:
    (came,) = tracked("a", [Wording(1, None), Wording(3, "新。")])
    (went,) = tracked("a", [Wording(1, "旧。"), Wording(4, None)])
    assert (came.edit.after, came.versions) == ("新。", (3,))
    assert (went.edit.before, went.versions) == ("旧。", (4,))


def test_what_was_deleted_and_typed_again_is_answered_for_by_the_last_saving() -> None:
    (change,) = tracked("a", [Wording(1, "甲。"), Wording(2, "乙。"), Wording(3, "丙。")])
    assert change.versions == (2, 3)
    assert tracked("a", [Wording(1, "甲。"), Wording(2, "乙。"), Wording(3, "甲。")]) == ()


@given(st.lists(WORDS, min_size=2, max_size=5))
def test_every_change_has_an_author_and_a_mark_of_its_own(texts: list[str]) -> None:
    found = tracked("a", [Wording(n, text) for n, text in enumerate(texts)])
    assert all(change.versions and min(change.versions) > 0 for change in found)
    assert len({change.mark for change in found}) == len(found)


@pytest.mark.parametrize(
    ("base", "theirs", "yours", "text", "clashes"),
    [
        ("甲乙丙", "甲乙丙", "甲乙丁", "甲乙丁", 0),
        ("甲乙丙", "子乙丙", "甲乙丙", "子乙丙", 0),
        ("受理3件，办结五件", "受理4件，办结五件", "受理3件，办结六件", "受理4件，办结六件", 0),
        ("受理3件", "受理4件", "受理5件", "受理〔4｜5〕件", 1),
        ("受理3件", "受理4件", "受理4件", "受理4件", 0),
        ("受理3件", "", "受理3件", "", 0),
        ("", "甲", "乙", "〔甲｜乙〕", 1),
    ],
)
def test_two_sides_are_merged(base: str, theirs: str, yours: str, text: str, clashes: int) -> None:
    found = merge(base, theirs, yours)
    assert (found.text, found.clashes) == (text, clashes)


@given(WORDS, WORDS)
def test_merging_with_a_side_that_changed_nothing_gives_the_other(base: str, other: str) -> None:
    assert merge(base, other, base).text == other
    assert merge(base, base, other).text == other
    assert merge(base, other, other).text == other


@given(WORDS, WORDS, WORDS)
def test_merging_never_fails(base: str, theirs: str, yours: str) -> None:
    found = merge(base, theirs, yours)
    assert found.clashes >= 0
