"""Rows of the desk's lists that were drawn before are drawn the same, and a row with any other value is another row."""

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.template import engines
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from config import jinja
from yichuang.cases.queries import QueueRow
from yichuang.cases.queries.checks import StepMark
from yichuang.home.pages.desk import Line

ROOT = Path(__file__).resolve().parents[1]
DAY = date(2026, 11, 20)
words = st.text(st.sampled_from("示例<>&\"'a{}%"), max_size=6)
days = st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31))
rows = st.builds(
    QueueRow, st.just(UUID(int=1)), words, words, words, st.just(UUID(int=2)), st.sampled_from(["review", "special", "delivered"]),
    st.sampled_from([None, "review", "second", "decide"]), days, st.booleans(), st.none(), words, st.just(DAY), st.none(), st.none(),
    st.integers(1, 9), st.booleans(), st.booleans(), words,
)  # fmt: skip
marks = st.none() | st.builds(StepMark, words, st.just(DAY))
lines = st.builds(
    Line, st.just(UUID(int=1)), words, rows, words, words, st.none() | st.integers(-5, 9), words, marks, st.booleans()
)  # fmt: skip


def cells() -> Any:
    """The part that draws the cells of a row."""
    return engines["jinja2"].env.get_template("home/queue_table.html").module.queue_cells  # type: ignore[attr-defined]


def plain(line: Line, *how: bool) -> str:
    return str(cells()(line, *how))


@given(lines, st.booleans(), st.booleans())
def test_a_row_that_was_drawn_before_is_drawn_the_same(line: Line, done: bool, masked: bool) -> None:
    for _ in range(2):
        found = jinja.drawn(cells(), line, done, masked)
        assert found == plain(line, done, masked)
        assert hasattr(found, "__html__"), "it is markup already"
    assert "<>" not in re.sub(r"<[^<>]+>", "", found)


def shows_what_it_says(drawn: Callable[..., str], lines_seen: list[Line]) -> bool:
    """Whether each line shows its own values."""
    return all(drawn(cells(), line, False, False) == plain(line, False, False) for line in lines_seen)


def one(**changed: Any) -> Line:
    row = QueueRow(
        UUID(int=1), "一", "事项", "示例甲", UUID(int=2), "review", "review", DAY, False, None, "示例乙", DAY, None, None, 1, False, False,
        "水利厅",
    )  # fmt: skip
    changes = {name: changed.pop(name) for name in list(changed) if name in QueueRow._fields}
    return Line(
        row.id, row.number, row._replace(**changes), "水利厅", "/desk/cases/1", 5, "", None, False
    )._replace(**changed)


CHANGES: list[dict[str, Any]] = [
    {}, {"left": 4}, {"left": None}, {"left": 0}, {"step": StepMark("审查", DAY)}, {"step": StepMark("审查", DAY), "step_overdue": True},
    {"state": "special"}, {"work_kind": "second"}, {"holder_name": "示例丙"}, {"due_on": date(2026, 11, 21)}, {"provisional": True},
    {"green": True}, {"applicant_name": "示例丁"}, {"item_name": "另一事项"}, {"department": "林草局"}, {"href": "/desk/cases/2"},
]  # fmt: skip


def test_every_change_of_a_case_is_seen_in_its_row() -> None:
    seen = [one(**changed) for changed in CHANGES]
    assert len({plain(line, False, False) for line in seen}) == len(CHANGES)
    assert shows_what_it_says(jinja.drawn, seen * 2)


def test_a_row_kept_by_its_case_would_be_caught() -> None:
    """The broken variant: what was drawn of a case stands until the case is pushed out."""
    kept: dict[UUID, str] = {}

    def by_case(part: Any, line: Line, *how: bool) -> str:
        return kept.setdefault(line.id, part(line, *how))

    assert not shows_what_it_says(by_case, [one(**changed) for changed in CHANGES])


def test_who_sees_masked_names_never_gets_the_row_of_one_who_sees_them_whole() -> None:
    line = one(person=True)
    for _ in range(2):
        assert "示例甲" in jinja.drawn(cells(), line, False, False)
        assert "示例甲" not in jinja.drawn(cells(), line, False, True)


def test_kept_rows_end() -> None:
    assert jinja.drawn.cache_info().maxsize == jinja.MOST_PARTS
    few = lru_cache(3)(jinja.drawn.__wrapped__)
    for number in range(9):
        few(cells(), one(left=number), False, False)
    assert few.cache_info().currsize == 3


def kept_parts(text: str) -> list[str]:
    """Names of parts that a template has drawn through `drawn`."""
    return re.findall(r"\bdrawn\((\w+)", text)


def sound(text: str) -> bool:
    """Whether each such part is a macro of the same file or imported without context, and the file itself is."""
    return all(
        re.search(rf"macro {name}\(", text)
        or re.search(rf"import [^%]*\b{name}\b(?![^%]*with context)", text)
        for name in kept_parts(text)
    )


def test_what_is_kept_is_shaped_by_its_values_alone() -> None:
    """A part imported with context could show what belongs to one request."""
    found = {path: path.read_text(encoding="utf-8") for path in ROOT.glob("yichuang/*/templates/**/*.html")}
    users = {path.name for path, text in found.items() if kept_parts(text)}
    assert users
    assert all(map(sound, found.values()))
    for text in found.values():
        for name in users:
            assert not re.search(rf"{{% from \"[^\"]*{name}\" import [^%]*with context", text)


@pytest.mark.parametrize(
    "text", ['{% from "x" import row with context %}{{ drawn(row, line) }}', "{{ drawn(unknown, line) }}"]
)
def test_a_part_with_context_would_be_found(text: str) -> None:
    assert not sound(text)


# Rows that are given as lists of cells.

columns = st.lists(
    words | st.fixed_dictionaries({"label": words}, optional={"num": st.booleans(), "sort": st.just("?a")}),
    min_size=1,
    max_size=4,
)
values = words | st.none() | st.integers(-2000, 2000) | st.just("")
cell = values | st.fixed_dictionaries({"text": values}, optional={"href": words})


def escaped(value: object) -> str:
    return str(escape(value))


def expected_cell(column: Any, given_cell: Any, *, first: bool) -> str:
    """One cell, said in another way than the template says it."""
    label, num = (column, False) if isinstance(column, str) else (column["label"], column.get("num", False))
    text, link = (
        (given_cell["text"], given_cell.get("href", "")) if isinstance(given_cell, dict) else (given_cell, "")
    )
    shown = escaped(f"{text:,}" if num and isinstance(text, int) else text)
    inner = '<span class="muted">—</span>' if text in (None, "") else shown
    if link:
        inner = f'<a{" class=" + chr(34) + "row-link" + chr(34) if first else ""} href="{escaped(link)}">{inner}</a>'
    about = f'data-label="{escaped(label)}"{" class=" + chr(34) + "num" + chr(34) if num else ""}'
    return (
        f'<th scope="row" role="rowheader" {about}>{inner}</th>'
        if first
        else f'<td role="cell" {about}><div>{inner}</div></td>'
    )


@given(columns, st.data())
def test_a_row_of_cells_shows_each_under_its_column(head: list[Any], data: st.DataObject) -> None:
    cells_given = data.draw(st.lists(cell, min_size=len(head), max_size=len(head)))
    made = engines["jinja2"].env.get_template("parts/lists.html").module.table("表", head, [cells_given])  # type: ignore[attr-defined]
    wanted = [
        expected_cell(*pair, first=not at) for at, pair in enumerate(zip(head, cells_given, strict=True))
    ]
    assert f'<tr role="row">{"".join(wanted)}</tr>' in re.sub(r"\s+<", "<", made)
