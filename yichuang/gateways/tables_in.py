"""The cells of an uploaded table: CSV or an XLSX workbook, judged by content, with limits before anything is unpacked."""

import io
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import PurePath

from lxml import etree

from yichuang.gateways.uploads import MEGABYTE, Kind, Limits, sniff
from yichuang.kernel import csv_in
from yichuang.kernel.errors import Invalid

ACCEPT = ".csv,.xlsx"
LIMITS = Limits(size=5 * MEGABYTE, unpacked=20 * MEGABYTE)
MOST_ROWS = 5_000
MOST_COLUMNS = 100
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_SAFE = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)

Row = tuple[int, list[str]]


def rows_of(data: bytes, name: str) -> list[Row]:
    """The rows that hold something, each with its number in the file; of a workbook the first sheet.

    Raises Invalid with the reason for what is no table of these kinds, is damaged, swells or is too long.
    """
    if not data:
        raise Invalid("文件是空的。", how="请下载模板，填好后再上传。")
    if len(data) > LIMITS.size:
        raise Invalid(f"文件超过 {LIMITS.size // MEGABYTE} MB。", how="请只保留表格内容，或者分成几份导入。")
    found: list[Row] = []
    for row in _found(data, name):
        found.append(row)
        if len(found) > MOST_ROWS:
            raise Invalid(f"表格超过 {MOST_ROWS:,} 行。", how="请分成几份导入。")
    if not found:
        raise Invalid("表格中没有内容。", how="请在第一张工作表中填写后再上传。")
    return found


def _found(data: bytes, name: str) -> Iterator[Row]:
    suffix = PurePath(name.replace("\\", "/")).suffix.lower()
    if suffix == ".csv":
        return csv_in.rows_of(csv_in.decode(data))
    if suffix == ".xls":
        raise Invalid(
            "这是旧版 Excel 表格（xls）。", how="请在 Excel 或者 WPS 中另存为 xlsx 或者 CSV 后再上传。"
        )
    if suffix != ".xlsx" or sniff(data, name, LIMITS) is not Kind.XLSX:
        raise Invalid(f"「{name}」不是表格。", how="请上传 CSV 或者 Excel 表格（xlsx）文件。")
    return _sheet(data)


def _sheet(data: bytes) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            strings = _strings(package)
            sheet = etree.fromstring(package.read(_first_sheet(package)), _SAFE)
        yield from _rows(sheet, strings)
    except (
        zipfile.BadZipFile, etree.LxmlError, KeyError, IndexError, ValueError, InvalidOperation, OSError, NotImplementedError,
    ) as error:  # fmt: skip
        raise Invalid("表格已损坏，读不出内容。", how="请用办公软件另存一份后再上传。") from error


def _first_sheet(package: zipfile.ZipFile) -> str:
    """The part of the package in which the first sheet stands: people reorder and rename them."""
    book = etree.fromstring(package.read("xl/workbook.xml"), _SAFE)
    first = next(book.iter(f"{_MAIN}sheet"), None)
    if first is None:
        raise KeyError("no sheet")
    for each in etree.fromstring(package.read("xl/_rels/workbook.xml.rels"), _SAFE):
        if each.get("Id") == first.get(_RELATION):
            target = str(each.get("Target"))
            return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    raise KeyError("no such sheet")


def _strings(package: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in package.namelist():
        return []
    return [_text(one) for one in etree.fromstring(package.read("xl/sharedStrings.xml"), _SAFE)]


def _text(holder: etree._Element) -> str:
    """The words of a string: its runs joined, the reading aids (拼音) of a cell left out."""
    aids = {inner for aid in holder.iter(f"{_MAIN}rPh") for inner in aid.iter(f"{_MAIN}t")}
    return "".join(one.text or "" for one in holder.iter(f"{_MAIN}t") if one not in aids)


def _rows(sheet: etree._Element, strings: list[str]) -> Iterator[Row]:
    number = 0
    for row in sheet.iter(f"{_MAIN}row"):
        number = int(row.get("r") or number + 1)
        cells: list[str] = []
        for cell in row.iter(f"{_MAIN}c"):
            place = _column(cell.get("r") or "", len(cells))
            if place < MOST_COLUMNS:
                cells.extend([""] * (place + 1 - len(cells)))
                cells[place] = csv_in.plain(_cell(cell, strings))
        if any(cells):
            yield number, cells


def _column(reference: str, otherwise: int) -> int:
    """AB12 → 27; a cell without a reference stands beside the one before it."""
    letters = re.match(r"[A-Z]{1,3}", reference)
    if letters is None:
        return otherwise
    place = 0
    for letter in letters.group():
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _cell(cell: etree._Element, strings: list[str]) -> str:
    kind = cell.get("t") or "n"
    if kind == "inlineStr":
        return _text(cell)
    value = cell.findtext(f"{_MAIN}v") or ""
    if kind == "s":
        return strings[int(value)] if value else ""
    return _number(value) if kind == "n" and value else value


def _number(value: str) -> str:
    """A number as somebody typed it: a telephone kept as 1.38E+10 gets its digits back."""
    found = Decimal(value)
    if not found.is_finite() or abs(found.adjusted()) > 30:
        return value
    whole = found.to_integral_value()
    return f"{whole:f}" if found == whole else f"{found.normalize():f}"
