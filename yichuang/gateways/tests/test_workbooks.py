"""Workbooks: text is text, numbers are exact, no formula comes out of a cell."""

import io
import re
import zipfile
from datetime import date
from decimal import Decimal

import pytest

from yichuang.gateways.workbooks import Sheet, workbook


def opened(*rows: tuple[object, ...], name: str = "表") -> tuple[str, str]:
    """The first sheet's XML and the shared strings."""
    made = workbook([Sheet(name, "说明", ("甲", "乙"), rows)])  # type: ignore[arg-type]
    book = zipfile.ZipFile(io.BytesIO(made))
    assert book.testzip() is None
    strings = "xl/sharedStrings.xml"
    return book.read("xl/worksheets/sheet1.xml").decode(), book.read(strings).decode()


@pytest.mark.parametrize(
    "nasty", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "http://example.org"]
)
def test_text_never_becomes_a_formula_or_a_link(nasty: str) -> None:
    sheet, strings = opened((nasty, 1))
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert nasty.split("'")[0].replace("&", "&amp;") in strings


def test_numbers_dates_and_blanks() -> None:
    sheet, _ = opened((369861, Decimal("64.29")), (date(2022, 5, 13), None))
    assert re.search(r"<v>369861</v>", sheet)
    assert re.search(r"<v>64.29</v>", sheet)
    assert "<v>44694</v>" in sheet


def test_control_characters_and_forbidden_names_do_not_break_the_file() -> None:
    sheet, strings = opened(("甲\x00\x0b乙", "丙"), name="[a]:*?/\\'长" * 9)
    assert "甲乙" in strings.replace("\x00", "")
    assert sheet
