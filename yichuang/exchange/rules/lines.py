"""What one line of a batch says: read strictly, so that what cannot be read is refused with its reason and its place."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from yichuang.exchange.flow import EventKind
from yichuang.exchange.rules.settle import Entry
from yichuang.kernel.times import SHANGHAI, local_day

FIELDS = (
    "source_number", "event_no", "kind", "at", "item_code", "department_code", "region", "applicant_name", "outcome",
    "due_on", "limit_days", "days_used", "special", "takes_back",
)  # fmt: skip
"""Every field of an event, in the order of the columns of a CSV; the first five are required."""
_KNOWN = frozenset(FIELDS)
REQUIRED = FIELDS[:5]
WHOLE = ("event_no", "limit_days", "days_used", "takes_back")
SPECIAL = ("type", "name", "reason")
NAMING = ("applicant_name", "special")
"""The fields that may name people."""
LONGEST_LINE = 16_384
LONGEST_NAME = 200
MOST_NO = 2_000_000_000
MOST_DAYS = 3_660
YEARS = range(2000, 2100)
# No control characters, no halves of characters, nothing that is not seen or turns the direction: two numbers that look the
# same are the same.
_NUMBER = re.compile(
    r"(?!\s)[^\x00-\x1f\x7f-\x9f\\\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]{1,64}"
)
CODE = re.compile(r"[0-9A-Za-z._\-]{1,64}")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_KINDS = {str(kind): kind for kind in EventKind}
_PLAIN_END = "+08:00"


class Unreadable(Exception):
    """A line that cannot be taken for an event: `field` is wrong, `words` say how."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field, self.words = field, words


@dataclass(slots=True)
class Line:
    """One readable event of a batch: its place, its case, what is kept of it, and the name that only the row of the case keeps."""

    place: int
    number: str
    at: datetime
    entry: Entry
    applicant_name: str = ""
    raw: str = ""


def parse_json(raw: str) -> dict[str, Any]:
    """The object of a line of JSON. Raises Unreadable."""
    try:
        found = _decode(raw)
    except (ValueError, RecursionError) as error:
        raise Unreadable("", "不是有效的 JSON") from error
    if not isinstance(found, dict):
        raise Unreadable("", "应为一个 JSON 对象")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which each field stands once: of two, one reader takes the first and another the last. Raises Unreadable."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Unreadable("", f"同一字段写了两次：{shown(twice)}")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(text)


_decode = json.JSONDecoder(parse_constant=_no_number, object_pairs_hook=_once).decode
"""Made once: a decoder for every line would cost more than the line."""


def shown(name: str) -> str:
    """The name of a field as it can be told and kept."""
    return _UNSEEN.sub("\ufffd", name[:40])


def from_cells(header: list[str], cells: list[str]) -> dict[str, Any]:
    """The object of a row of CSV: empty cells are absent, whole numbers are numbers. Raises Unreadable."""
    if len(cells) > len(header):
        raise Unreadable("", f"有 {len(cells)} 列，表头只有 {len(header)} 列")
    found: dict[str, Any] = {}
    for name, text in zip(header, cells, strict=False):
        value = text.strip()
        if value:
            whole = name in WHOLE and value.isascii() and value.isdigit() and len(value) <= 10
            found[name] = int(value) if whole else value
    special = {name: found.pop(f"special_{name}") for name in SPECIAL if f"special_{name}" in found}
    return {**found, "special": special} if special else found


CSV_FIELDS = (*(name for name in FIELDS if name != "special"), *(f"special_{name}" for name in SPECIAL))
"""The columns of a CSV."""


def header_faults(header: list[str]) -> list[str]:
    """What is wrong with the header of a CSV, in words."""
    known, doubled = set(CSV_FIELDS), sorted({name for name in header if header.count(name) > 1})
    found = [f"没有必需的列 {name}" for name in REQUIRED if name not in header]
    found += [f"没有这个列：{name[:40]}" for name in header if name not in known]
    return found + [f"列 {name[:40]} 出现了两次" for name in doubled if name in known]


def read_line(data: Mapping[str, Any], place: int, raw: str) -> Line:
    """The event that an object describes. Raises Unreadable, naming the first field that is wrong."""
    if not data.keys() <= _KNOWN:
        raise Unreadable("", f"没有这个字段：{shown(min(set(data) - _KNOWN))}")
    number = data.get("source_number")
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        raise Unreadable("source_number", "应为 1 至 64 个字，不含控制字符、看不见的字符和反斜线")
    no = _whole(data, "event_no", 1, MOST_NO, required=True)
    said = data.get("kind")
    kind = _KINDS.get(said) if isinstance(said, str) else None
    if kind is None:
        raise Unreadable("kind", f"应为其中之一：{'、'.join(_KINDS)}")
    at, day = _moment(data.get("at"))
    item = _code(data, "item_code")
    if not item:
        raise Unreadable("item_code", "不能为空")
    takes_back = _taken_back(data, kind, no or 0)
    rest = data if len(data) > len(REQUIRED) else _NOTHING
    name, special = _name(rest), _special(rest)
    entry = Entry(
        no or 0, kind, day, "", item, _code(rest, "department_code"), _code(rest, "region"),
        _outcome(rest, kind), takes_back, _whole(rest, "days_used", 0, MOST_DAYS),
        _whole(rest, "limit_days", 0, MOST_DAYS), _due(rest), special,
    )  # fmt: skip
    # Only what every check has let through can be hashed.
    entry.digest = _digest(data, at, name, special)
    return Line(place, number, at, entry, name, raw)


def nameless(line: Line) -> Line:
    """The line as if it had been sent without names and words, in its digest too: what happened on which day.

    For cases whose content was destroyed: whoever keeps the digest of a name can try names against it.
    """
    raw, digest = "", line.entry.digest
    try:
        said = {name: value for name, value in parse_json(line.raw).items() if name not in NAMING}
        raw = json.dumps(said, ensure_ascii=False)
        digest = read_line(said, line.place, raw).entry.digest
    except Unreadable:
        raw = ""
    return replace(line, entry=replace(line.entry, special="", digest=digest), applicant_name="", raw=raw)


_NOTHING: Mapping[str, Any] = {}


def _whole(
    data: Mapping[str, Any], name: str, least: int, most: int, *, required: bool = False
) -> int | None:
    value = data.get(name)
    if value is None and not required:
        return None
    if type(value) is not int or not least <= value <= most:
        raise Unreadable(name, f"应为 {least} 至 {most} 的整数")
    return value


def _code(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not CODE.fullmatch(value):
        raise Unreadable(name, "应为 1 至 64 个字母、数字、点、横线")
    return value


def _outcome(data: Mapping[str, Any], kind: EventKind) -> str:
    value = data.get("outcome")
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 64 or _UNSEEN.search(value):
        raise Unreadable("outcome", "应为 granted 或 denied")
    return value if kind is EventKind.DECIDED else ""


def _taken_back(data: Mapping[str, Any], kind: EventKind, no: int) -> int:
    corrects = kind is EventKind.CORRECTED
    found = _whole(data, "takes_back", 1, MOST_NO, required=corrects) or 0
    if found and (not corrects or found == no):
        raise Unreadable("takes_back", "只有更正（corrected）收回另一条" if not corrects else "不能收回自己")
    return found


def _name(data: Mapping[str, Any]) -> str:
    value = data.get("applicant_name")
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_NAME or _UNSEEN.search(value):
        raise Unreadable("applicant_name", f"应为不超过 {LONGEST_NAME} 个字的文字")
    return value.strip()


def _special(data: Mapping[str, Any]) -> str:
    """What is told about a special procedure, in one spelling; empty where nothing is."""
    value = data.get("special")
    if not value:
        return ""
    if not isinstance(value, dict) or not value.keys() <= set(SPECIAL):
        raise Unreadable("special", f"应为对象，字段为 {'、'.join(SPECIAL)}")
    if not all(
        isinstance(text, str) and len(text) <= 2000 and not _UNSEEN.search(text) for text in value.values()
    ):
        raise Unreadable("special", "各字段应为不超过 2000 个字的文字")
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _due(data: Mapping[str, Any]) -> date | None:
    value = data.get("due_on")
    if value is None or value == "":
        return None
    try:
        return _day(value) if isinstance(value, str) else _fail()
    except ValueError as error:
        raise Unreadable("due_on", "应为日期，如 2022-05-13") from error


def _fail() -> date:
    raise ValueError


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    found = date.fromisoformat(text)
    if found.year not in YEARS:
        raise ValueError(text)
    return found


def _moment(value: object) -> tuple[datetime, date]:
    """The moment and its day in Asia/Shanghai; without a zone it is Shanghai's clock, a day alone is its first moment."""
    try:
        # Between day and hour any sign is read over; it would be kept with the line.
        if not isinstance(value, str) or _UNSEEN.search(value):
            return _fail_moment()
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            found = found.replace(tzinfo=SHANGHAI)
        elif not value.endswith(_PLAIN_END):
            return found, _day(local_day(found).isoformat())
        return found, _day(value[:10]) if value[4:5] == "-" else _day(local_day(found).isoformat())
    except (ValueError, OverflowError) as error:
        raise Unreadable("at", "应为时间，如 2022-05-13T09:30:00+08:00") from error


def _fail_moment() -> tuple[datetime, date]:
    raise ValueError


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _digest(data: Mapping[str, Any], at: datetime, name: str, special: str) -> str:
    """What names the whole of an event: the same said in another spelling has the same digest."""
    said = [f"{data[field]}" if field in data and data[field] is not None else "" for field in _HASHED]
    text = "\n".join([*said, str((at - _EPOCH) // _MICROSECOND), name.replace("\n", " "), special])
    return hashlib.sha256(text.encode()).hexdigest()


_HASHED = tuple(name for name in FIELDS if name not in ("at", "applicant_name", "special"))
