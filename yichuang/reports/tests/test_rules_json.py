"""Documents and content as JSON: what was frozen or kept as a version comes back whole, byte for byte."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.kernel import canonical
from yichuang.reports.commands.opening import FORMS
from yichuang.reports.rules.content import Content, Imprint, Item, VisitEntry, items_json, items_of
from yichuang.reports.rules.document import Cited, Document, Part, Run
from yichuang.reports.rules.form import FormSpec, parse_form

words = st.text(max_size=20)
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
keys = st.sampled_from(["environment", "efficiency", "gone"])
items = st.lists(st.builds(Item, words, words, words), min_size=1, max_size=4).map(tuple)
visits = st.builds(VisitEntry, words, st.one_of(st.none(), days), words, words, words, words, words)
contents = st.builds(
    Content,
    items=st.dictionaries(keys, items, max_size=3),
    visits=st.lists(visits, max_size=3).map(tuple),
    inspection=st.dictionaries(words, words, max_size=4),
    imprint=st.builds(Imprint, st.dictionaries(st.sampled_from("报送发"), words), st.integers(0, 10_000)),
)
runs = st.builds(Run, words, words)
parts = st.builds(
    Part,
    st.integers(1, 4),
    words,
    words,
    st.lists(st.lists(runs, max_size=3).map(tuple), max_size=3).map(tuple),
    st.booleans(),
)
cited = st.builds(Cited, words, words, words, st.one_of(st.none(), st.integers(), words), days, days)
documents = st.builds(
    Document,
    title=words,
    number_line=words,
    issuer=words,
    issued_on_text=words,
    heading=words,
    period_text=words,
    dated=days,
    order=st.lists(st.sampled_from(["title", "number", "issuer"]), max_size=3).map(tuple),
    parts=st.lists(parts, max_size=5).map(tuple),
    distribution=st.lists(st.tuples(st.sampled_from("报送发"), words), max_size=3).map(tuple),
    copies_text=words,
    small_print=words,
    figures=st.lists(cited, max_size=4).map(tuple),
)


def stored(content: Content) -> dict[str, Any]:
    """The content as a version keeps it: through the database's JSON, days as text."""
    found: dict[str, Any] = json.loads(canonical.text(content.as_json()))
    return found


@given(contents)
def test_content_comes_back_from_a_version(content: Content) -> None:
    assert Content.from_json(stored(content)) == content


@given(contents)
def test_content_kept_twice_is_the_same_text(content: Content) -> None:
    again = Content.from_json(stored(content))
    assert canonical.text(again.as_json()) == canonical.text(content.as_json())


@given(contents, contents)
def test_two_contents_with_one_text_are_equal(one: Content, other: Content) -> None:
    assert (canonical.text(one.as_json()) == canonical.text(other.as_json())) == (one == other)


@given(st.dictionaries(keys, st.lists(st.builds(Item, words, words), max_size=3).map(tuple), max_size=3))
def test_items_come_back_without_empty_sections(found: dict[str, tuple[Item, ...]]) -> None:
    assert items_of(items_json(found)) == {key: value for key, value in found.items() if value}


def test_nothing_written_is_nothing() -> None:
    assert Content.from_json(stored(Content())) == Content()
    assert stored(Content()) == {
        "items": {}, "visits": [], "inspection": {}, "distribution": {}, "copies": 0,
    }  # fmt: skip


@given(documents)
def test_a_document_comes_back_from_what_was_frozen(document: Document) -> None:
    frozen = canonical.text(document.as_json())
    again = Document.from_json(json.loads(frozen))
    assert again == document
    assert canonical.text(again.as_json()) == frozen


@given(documents, documents)
def test_two_documents_with_one_hash_are_equal(one: Document, other: Document) -> None:
    digests = [canonical.digest(canonical.text(each.as_json())) for each in (one, other)]
    assert (digests[0] == digests[1]) == (one == other)


@given(documents)
def test_the_lines_of_a_document_hold_every_word_of_its_parts(document: Document) -> None:
    text = "\n".join(document.lines)
    for part in document.parts:
        assert part.heading in text
        for paragraph in part.paragraphs:
            assert "".join(run.text for run in paragraph) in text


@pytest.mark.parametrize(
    ("part", "lines"),
    [
        (Part(1, "一、", "题"), ("一、题",)),
        (Part(1, "一、", "题", ((Run("甲"), Run("1", "code"), Run("件。")),)), ("一、题", "甲1件。")),
        (Part(4, "（1）", "", ((Run("甲。"),), (Run("乙。"),))), ("（1）甲。", "乙。")),
        (Part(2, "（一）", "题", ((Run("好。"),), (Run("再。"),)), run_in=True), ("（一）题。好。", "再。")),
        (Part(2, "（一）", "题", (), run_in=True), ("（一）题。",)),
        (Part(2, "（一）", "", ()), ("（一）",)),
    ],
)
def test_a_part_as_lines(part: Part, lines: tuple[str, ...]) -> None:
    assert part.lines == lines


@pytest.mark.parametrize(
    ("paragraphs", "speaks"),
    [((), False), (((),), False), (((Run(" \n"),),), False), (((Run(""), Run("0", "x")),), True)],
)
def test_a_part_speaks_only_with_words(paragraphs: tuple[tuple[Run, ...], ...], speaks: bool) -> None:
    assert Part(1, heading="题", paragraphs=paragraphs).speaks is speaks


@pytest.mark.parametrize(
    "missing", ["title", "number_line", "dated", "order", "parts", "distribution", "figures", "small_print"]
)
def test_a_frozen_text_that_lacks_a_part_is_refused_and_not_filled_in(missing: str) -> None:
    document = Document("题", "", "", "", "", "", date(2022, 9, 2), (), (), (), "", "")
    data = json.loads(canonical.text(document.as_json()))
    del data[missing]
    with pytest.raises(KeyError, match=missing):
        Document.from_json(data)


def packaged() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(FORMS.read_text(encoding="utf-8"))
    return found


def changed(**changes: Any) -> FormSpec:
    return parse_form({**packaged()[0], **changes})


def test_forms_keep_their_words_through_the_table() -> None:
    for data in packaged():
        spec = parse_form(json.loads(json.dumps(data)))
        assert spec == parse_form(data)
        assert [each.heading for each in spec.sections] == [row["heading"] for row in data["sections"]]
        assert set(spec.distribution) == {"报", "送", "发"}


def test_offsets_of_a_form_are_numbers_by_year() -> None:
    assert changed(offsets={"2024": 464, "2025": 0}).offsets == {2024: 464, 2025: 0}


def test_a_distribution_that_is_not_said_is_empty() -> None:
    assert changed(distribution={"送": None}).distribution == {"报": "", "送": "", "发": ""}


@pytest.mark.parametrize("missing", ["code", "title", "head", "sections", "offsets", "copies", "item_level"])
def test_a_form_that_lacks_a_part_is_refused(missing: str) -> None:
    data = packaged()[0]
    del data[missing]
    with pytest.raises(KeyError, match=missing):
        parse_form(data)


@pytest.mark.parametrize(
    ("start", "end", "asked"),
    [
        (None, None, {"2019-12-31": True, "2023-01-01": True}),
        ("2020-02-01", None, {"2020-01-31": False, "2020-02-01": True, "2099-01-01": True}),
        (None, "2022-12-31", {"2000-01-01": True, "2022-12-31": True, "2023-01-01": False}),
        ("2020-02-01", "2020-02-01", {"2020-01-31": False, "2020-02-01": True, "2020-02-02": False}),
    ],
)
def test_an_inspection_heading_has_its_time(
    start: str | None, end: str | None, asked: dict[str, bool]
) -> None:
    spec = changed(inspection=[{"key": "mask", "heading": "佩戴口罩情况", "from": start, "until": end}])
    for day, expected in asked.items():
        assert bool(spec.inspection_on(date.fromisoformat(day))) is expected


@pytest.mark.parametrize("levels", [(2,), (1, 3), (1, 2, 4), (3,)])
def test_levels_of_a_form_never_jump(levels: tuple[int, ...]) -> None:
    sections = [
        {"key": f"s{n}", "level": level, "kind": "news", "heading": "题"} for n, level in enumerate(levels)
    ]
    with pytest.raises(ValueError, match="jumps a level"):
        changed(sections=sections)


@pytest.mark.parametrize("levels", [(1,), (1, 1), (1, 2, 1), (1, 2, 3, 1, 2), (1, 2, 2, 3)])
def test_levels_may_go_down_by_one_and_up_by_any(levels: tuple[int, ...]) -> None:
    sections = [
        {"key": f"s{n}", "level": level, "kind": "news", "heading": "题"} for n, level in enumerate(levels)
    ]
    assert [each.level for each in changed(sections=sections).sections] == list(levels)
