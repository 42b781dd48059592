"""What a workbook says about its first visible sheet: where it stands, its dates, its merged ranges, what is hidden."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yichuang.gateways.late import Late
from yichuang.gateways.sheets_in.model import Limits, column_name, damaged
from yichuang.gateways.sheets_in.package import whole
from yichuang.kernel.errors import Invalid

if TYPE_CHECKING:
    from lxml import etree
else:
    etree = Late("lxml.etree")


PIECE = 1 << 18
_STYLES, _STRINGS = "xl/styles.xml", "xl/sharedStrings.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
# Number formats that every program knows and that are days or times; 27–36 and 50–58 are those of East Asia.
_BUILT_IN = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
# Spreadsheets allow 255 signs of a format; the search takes time by their square.
_LONGEST_FORMAT = 255
_DATE_SIGN = re.compile(r"[ymdhs]|[aA]/[pP]", re.IGNORECASE)
_MERGED = re.compile(
    rb"""<(?:\w+:)?mergeCell\s[^<>]*?ref=["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["']"""
)
_END = re.compile(rb"</(?:\w+:)?sheetData\s*>|<(?:\w+:)?sheetData\s*/>")


@dataclass(frozen=True, slots=True)
class Range:
    """A merged range: rows as numbered on the sheet, columns from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Book:
    """The first visible sheet: its name and part, whether days count from 1904, which styles are days, merged ranges, notes."""

    sheet: str
    part: str
    strings: str
    from_1904: bool
    dates: frozenset[str]
    merged: Sequence[Range]
    notes: tuple[str, ...]


def local(element: etree._Element) -> str:
    """The name of an element without its namespace: transitional and strict workbooks differ in it."""
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def read_book(package: zipfile.ZipFile, limits: Limits) -> Book:
    """What is known of the first visible sheet. Raises Invalid where there is none."""
    tree = whole(package, "xl/workbook.xml", limits)
    sheets = [one for one in tree.iter() if local(one) == "sheet"]
    visible = [one for one in sheets if one.get("state", "visible") == "visible"]
    if not visible:
        raise Invalid("工作簿里没有可见的工作表。", how="请取消隐藏要上传的工作表，另存后再上传。")
    part = _part_of(package, visible[0], limits)
    chosen = str(visible[0].get("name", ""))
    merged, _ = _after_rows(package, part, limits)
    return Book(
        chosen, part, _STRINGS if _STRINGS in package.namelist() else "", _counts_from_1904(tree),
        _date_styles(package, limits), merged, _notes(sheets, visible, chosen),
    )  # fmt: skip


def _counts_from_1904(tree: etree._Element) -> bool:
    return any(one.get("date1904") in ("1", "true") for one in tree.iter() if local(one) == "workbookPr")


def _notes(sheets: list[etree._Element], visible: list[etree._Element], chosen: str) -> tuple[str, ...]:
    hidden = [str(one.get("name")) for one in sheets if one not in visible]
    notes = [f"工作簿里有隐藏的工作表“{'”“'.join(hidden[:5])}”，没有读取。"] if hidden else []
    if len(visible) > 1:
        notes.append(f"工作簿有 {len(visible)} 张可见的工作表，只读取第一张“{chosen}”。")
    return tuple(notes)


def _part_of(package: zipfile.ZipFile, sheet: etree._Element, limits: Limits) -> str:
    wanted = next((value for name, value in sheet.attrib.items() if str(name).endswith("}id")), None)
    for each in whole(package, _RELATIONS, limits):
        if wanted is not None and each.get("Id") == wanted:
            target = str(each.get("Target"))
            part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            if part in package.namelist():
                return part
    raise damaged()


def _date_styles(package: zipfile.ZipFile, limits: Limits) -> frozenset[str]:
    if _STYLES not in package.namelist():
        return frozenset()
    tree = whole(package, _STYLES, limits)
    own = {
        one.get("numFmtId"): str(one.get("formatCode", "")) for one in tree.iter() if local(one) == "numFmt"
    }
    formats = next((one for one in tree if local(one) == "cellXfs"), ())
    return frozenset(
        str(place)
        for place, one in enumerate(formats)
        if is_date(one.get("numFmtId", "0"), own.get(one.get("numFmtId")))
    )


def is_date(number: str, code: str | None) -> bool:
    """Whether a number format shows a day or a time; `code` where the workbook defines its own."""
    if code is None:
        return number.isdigit() and int(number) in _BUILT_IN
    return bool(
        _DATE_SIGN.search(_LITERAL.sub("", code[:_LONGEST_FORMAT].split(";")[0]).replace("General", ""))
    )


def _after_rows(package: zipfile.ZipFile, part: str, limits: Limits) -> tuple[list[Range], int]:
    """The merged ranges, which stand behind the rows; found by running through the sheet once without reading it."""
    tail, seen = b"", 0
    with package.open(part) as stream:
        found = None
        while piece := stream.read(PIECE):
            seen += len(piece)
            window = tail + piece
            if found is None and b"sheetData" in window and (found := _END.search(window)):
                window = window[found.end() :]
            tail = window if found else window[-64:]
            if found and len(tail) > limits.whole:
                raise _too_many_merged(limits)
    ranges = [_range(*match.groups()) for match in _MERGED.finditer(tail)] if found else []
    if len(ranges) > limits.merged:
        raise _too_many_merged(limits)
    return sorted(ranges, key=lambda one: one.top), seen


def _too_many_merged(limits: Limits) -> Invalid:
    return Invalid(
        f"工作表里的合并单元格超过 {limits.merged:,} 处，或者附带内容过多。",
        how="请取消合并，只保留表格内容后再上传。",
    )


def _range(left: bytes, top: bytes, right: bytes, bottom: bytes) -> Range:
    return Range(int(top), place_of(left.decode()), int(bottom), place_of(right.decode()))


def place_of(letters: str) -> int:
    """A is 0, AB is 27."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def hidden_columns_note(columns: Sequence[int]) -> str:
    """What is said of columns that nobody sees but that are read."""
    return f"第 {'、'.join(column_name(one) for one in columns[:10])} 列是隐藏的，也会读取。"
