"""A batch as it arrives, line by line: bytes in, each line with its object or with what is wrong about it."""

import csv
import json
from collections.abc import Iterable, Iterator

from yichuang.exchange.rules.lines import LONGEST_LINE, Unreadable, from_cells, header_faults, parse_json

Parsed = tuple[str, "dict[str, object] | Unreadable"]
"""A line as it came, and its object or why there is none."""
BOM = b"\xef\xbb\xbf"
NOT_UTF8 = "不是 UTF-8 文字"


def json_lines(found: Iterable[bytes]) -> Iterator[Parsed]:
    """Lines of JSON; empty ones are passed over."""
    for number, data in enumerate(found):
        raw = data.removeprefix(BOM) if number == 0 else data
        if raw.strip():
            yield _json_line(raw.rstrip(b"\r\n"))


def _json_line(raw: bytes) -> Parsed:
    if len(raw) > LONGEST_LINE:
        return _shown(raw), Unreadable("", f"一行不能超过 {LONGEST_LINE} 个字节")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return _shown(raw), Unreadable("", NOT_UTF8)
    try:
        return text, parse_json(text)
    except Unreadable as wrong:
        return text, wrong


def _shown(raw: bytes) -> str:
    return raw[:LONGEST_LINE].decode(errors="replace")


class BadHeader(Exception):
    """The first line of a CSV names wrong columns: nothing of it can be read. `faults` in words."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("；".join(faults))
        self.faults = faults


def csv_lines(found: Iterable[bytes]) -> Iterator[Parsed]:
    """Rows of a CSV with a header; the raw line of each is the JSON of its object. Raises BadHeader."""
    texts = (_text(data, first=number == 0) for number, data in enumerate(found))
    rows = csv.reader(texts, strict=True)
    header = [cell.strip() for cell in next_row(rows) or []]
    faults = header_faults(header) if header else ["文件是空的"]
    if faults:
        raise BadHeader(faults)
    return _csv_rows(header, rows)


def _text(data: bytes, *, first: bool) -> str:
    raw = data.removeprefix(BOM) if first else data
    return raw.decode(errors="replace")


def next_row(rows: Iterator[list[str]]) -> list[str] | None:
    """The next row; None at the end. Raises Unreadable for one whose quotes do not close."""
    try:
        return next(rows, None)
    except csv.Error as error:
        raise Unreadable("", "引号没有配对，或者一格过长") from error


def _csv_rows(header: list[str], rows: Iterator[list[str]]) -> Iterator[Parsed]:
    while True:
        try:
            cells = next_row(rows)
        except Unreadable as wrong:
            yield "", wrong
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield _csv_row(header, cells)


def _csv_row(header: list[str], cells: list[str]) -> Parsed:
    raw = json.dumps(dict(zip(header, cells, strict=False)), ensure_ascii=False)
    if any("\ufffd" in cell for cell in cells):
        return raw, Unreadable("", NOT_UTF8)
    if len(raw) > LONGEST_LINE:
        return raw[:LONGEST_LINE], Unreadable("", f"一行不能超过 {LONGEST_LINE} 个字")
    try:
        found = from_cells(header, cells)
    except Unreadable as wrong:
        return raw, wrong
    return json.dumps(found, ensure_ascii=False), found
