"""Rows of the national exchange tables as events of a reported case.

The exchange numbers no events. Ours are made of the moment that a row tells, so that the same row sent again is the same event, in
the order in which things happened, and a row that tells another moment contradicts the first: the quarantine asks which is right.

What these numbers cannot tell is asked about as well, and never decided here. A row that is equal to one that was deleted (new,
deleted, new again, with the same moment and the same words) may be sent twice or be meant anew. And things of one case that are
less than half a minute apart may fall on one number, each kind having a place of its own in every two seconds and the deletion of
a row the eighth after it: the second is then another body under a number that is taken. Where the acceptance is missing yet, what
is deleted and told again while it waits is told once.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count, islice
from typing import Any

from yichuang.exchange.flow import UNNAMED
from yichuang.exchange.rules.lines import YEARS, Unreadable
from yichuang.exchange.rules.national import Column, Fault, Table, check, moment, tables
from yichuang.exchange.rules.streams import BOM, BadHeader, Parsed, next_row

ZONE = "+08:00"
# 办件结果: the two that the platform counts. Others are quarantined by the ingest, not guessed.
OUTCOMES = {"1": "granted", "2": "denied"}
# 环节名称: the steps by which a case ends or its result is handed over; no list was found, these are the words of the general guide.
STEPS = {"送达": "delivered", "撤回": "withdrawn", "终结": "terminated"}
# The order in which tables are taken: what names the item first, then what may end a case, then what follows an end.
ORDER = ("up_pro_accept", "up_pro_special_procedure", "up_pro_result", "up_pro_process", "up_pro_material")
# What an event is made of: of a row in which one of these is wrong nothing can be taken. Other faults are reported only.
NEEDED: Mapping[str, frozenset[str]] = {
    "up_pro_accept": frozenset({"project_no", "accept_date", "promise_date", "cd_operation"}),
    "up_pro_special_procedure": frozenset({"project_no", "special_time", "end_time", "cd_operation"}),
    "up_pro_result": frozenset({"project_no", "result_date", "result_type", "cd_operation"}),
    "up_pro_process": frozenset({"project_no", "process_name", "event_end_time", "cd_operation"}),
}  # fmt: skip
# Of these, what may be empty: a special procedure that has not ended, a row that is not marked (it is new).
OPTIONAL = frozenset({"promise_date", "end_time", "cd_operation"})
ITEM_COLUMNS = ("task_handle_item", "task_code", "local_task_code")
FIRST = datetime(2000, 1, 1)  # noqa: DTZ001 - the exchange writes no zone
GRAIN_SECONDS = 2
# Things of the same moment, in the order in which they must have happened; corrections after all of them.
RANK = ("accepted", "special_started", "special_ended", "decided", "withdrawn", "terminated", "delivered")
CORRECTED_RANK = 8
AT_ONCE = 1_000
_NAMED = re.compile(r"up_[a-z_]+[a-z]")
CodesOf = Callable[[Sequence[str]], Mapping[str, str]]
"""The codes of the items of cases by the numbers of these, those that are known."""
Numbered = tuple[int, Mapping[str, str]]
"""A row with its number in its file."""


def table_of(name: str) -> Table | None:
    """The table whose rows a file of this name holds: `up_pro_accept.csv`, `20220510-up_pro_accept-2.csv`."""
    found = _NAMED.search(name.lower())
    if found is None:
        return None
    text = found.group()
    return next(
        (tables()[one] for one in sorted(tables(), key=len, reverse=True) if text.startswith(one)), None
    )


def rank_of(name: str) -> int:
    """Where in the order of tables a file stands; files of no table come first."""
    table = table_of(name)
    if table is None:
        return -1
    return ORDER.index(table.name) if table.name in ORDER else len(ORDER)


def rows_of_csv(table: Table, found: Iterable[bytes]) -> Iterator[Numbered]:
    """The rows of a CSV whose header names columns. Raises BadHeader, Unreadable for what is no CSV or not UTF-8.

    They are numbered as a spreadsheet shows them: the header is the first, empty ones count, and one whose cells have several
    lines is one.
    """
    texts = (_text(data, first=number == 0) for number, data in enumerate(found))
    rows = csv.reader(texts, strict=True)
    header = [cell.strip().lower() for cell in next_row(rows) or []]
    missing = sorted(NEEDED.get(table.name, frozenset()) - OPTIONAL - set(header))
    doubled = sorted({name for name in header if header.count(name) > 1})
    faults = [f"没有必需的列 {name}" for name in missing] + [f"列 {name[:40]} 出现了两次" for name in doubled]
    if not header:
        raise BadHeader(["文件是空的"])
    if faults:
        raise BadHeader(faults)
    for number in count(2):
        cells = next_row(rows)
        if cells is None:
            return
        if len(cells) > len(header):
            raise Unreadable("", f"第 {number} 行有 {len(cells)} 列，表头只有 {len(header)} 列")
        if any(cell.strip() for cell in cells):
            yield number, dict(zip(header, cells, strict=False))


def _text(data: bytes, *, first: bool) -> str:
    try:
        return (data.removeprefix(BOM) if first else data).decode()
    except UnicodeDecodeError as error:
        raise Unreadable("", "不是 UTF-8 文字") from error


def event_lines(table: Table, rows: Iterable[Numbered], codes_of: CodesOf) -> Iterator[Parsed]:
    """The events of rows, as the ingest takes lines; a row of which nothing can be taken is one line that says why.

    How many lines a row gives depends on the row alone, so that whoever goes on with a batch finds its place.
    """
    unread = iter(rows)
    while block := list(islice(unread, AT_ONCE)):
        read = [(_told(table, row, number), row) for number, row in block]
        known = _codes(read, codes_of)
        for told, row in read:
            if isinstance(told, Unreadable):
                yield _kept(table, row), told
                continue
            for event in told:
                event.setdefault("item_code", known.get(event["source_number"], UNNAMED))
                yield json.dumps(event, ensure_ascii=False), event


def _codes(read: Iterable[tuple[Any, Mapping[str, str]]], codes_of: CodesOf) -> Mapping[str, str]:
    wanted = sorted(
        {
            event["source_number"]
            for told, _ in read
            if isinstance(told, list)
            for event in told
            if "item_code" not in event
        }
    )
    return codes_of(wanted) if wanted else {}


def _told(table: Table, row: Mapping[str, str], number: int) -> list[dict[str, Any]] | Unreadable:
    needed = NEEDED.get(table.name, frozenset())
    wrong = [
        fault
        for fault in check(table, row)
        if fault.column in needed and not (fault.kind == "missing" and fault.column in OPTIONAL)
    ]
    wrong = wrong or [
        fault
        for column in table.columns.values()
        if column.name in needed and (fault := _beyond(column, row))
    ]
    if wrong:
        return _unreadable(wrong[0], number)
    if table.name == "up_pro_accept" and not _item(row):
        return Unreadable("task_code", f"第 {number} 行：业务办理项编码、实施编码、地方实施编码都是空的")
    return events_of(table.name, row)


def _beyond(column: Column, row: Mapping[str, str]) -> Fault | None:
    """What is wrong with a moment of a sound row that no event may have."""
    text = (row.get(column.name) or "").strip()
    # However a moment is written, it begins with its year.
    if column.type != "datetime" or not text or int(text[:4]) in YEARS:
        return None
    return Fault(column.name, column.meaning, "beyond", f"应在 {YEARS[0]} 年至 {YEARS[-1]} 年之间")


def _unreadable(fault: Fault, number: int) -> Unreadable:
    return Unreadable(fault.column, f"第 {number} 行：{fault.words}")


def _kept(table: Table, row: Mapping[str, str]) -> str:
    """What is kept of a row that cannot be taken: nothing that names people."""
    return json.dumps(
        {name: row.get(name, "") for name in ("row_guid", *sorted(NEEDED[table.name]))}, ensure_ascii=False
    )


def events_of(table: str, row: Mapping[str, str]) -> list[dict[str, Any]]:
    """The events that a row tells, as the API takes them, without an item where its table names none.

    The columns of NEEDED must be sound. A row that is marked as deleted takes back what it told. Rows of materials, and of steps
    that neither end a case nor hand its result over, tell no event.
    """
    makers = {
        "up_pro_accept": _accepted, "up_pro_result": _decided, "up_pro_special_procedure": _special, "up_pro_process": _step,
    }  # fmt: skip
    made = makers[table](row) if table in makers else []
    if row.get("cd_operation", "").strip() != "D":
        return made
    return [_taken_back(event) for event in made]


def _base(row: Mapping[str, str], kind: str, at: datetime | None) -> dict[str, Any]:
    assert at is not None, "the row was checked"
    return {
        "source_number": row["project_no"].strip(), "event_no": event_no(at, RANK.index(kind)), "kind": kind,
        "at": at.isoformat() + ZONE,
    }  # fmt: skip


def event_no(at: datetime, rank: int) -> int:
    """The number of what happened at a moment (Beijing's, no zone): later things have higher ones. At most 2·10⁹ in YEARS."""
    return max(int((at - FIRST).total_seconds()) // GRAIN_SECONDS, 0) + rank + 1


def _item(row: Mapping[str, str]) -> str:
    return next((text for name in ITEM_COLUMNS if (text := (row.get(name) or "").strip())), "")


def _accepted(row: Mapping[str, str]) -> list[dict[str, Any]]:
    event = _base(row, "accepted", moment(row["accept_date"].strip())) | {"item_code": _item(row)}
    name = (row.get("applyer_name") or "").strip()
    promised = moment((row.get("promise_date") or "").strip())
    if name:
        event["applicant_name"] = name
    if promised is not None:
        event["due_on"] = promised.date().isoformat()
    return [event]


def _decided(row: Mapping[str, str]) -> list[dict[str, Any]]:
    code = row["result_type"].strip()
    return [_base(row, "decided", moment(row["result_date"].strip())) | {"outcome": OUTCOMES.get(code, code)}]


def _special(row: Mapping[str, str]) -> list[dict[str, Any]]:
    started = _base(row, "special_started", moment(row["special_time"].strip()))
    said = {name: (row.get(f"special_{name}") or "").strip() for name in ("type", "name", "reason")}
    started["special"] = {name: text for name, text in said.items() if text}
    ended = moment((row.get("end_time") or "").strip())
    return [started] if ended is None else [started, _base(row, "special_ended", ended)]


def _step(row: Mapping[str, str]) -> list[dict[str, Any]]:
    kind = STEPS.get(row["process_name"].strip())
    return [_base(row, kind, moment(row["event_end_time"].strip()))] if kind else []


def _taken_back(event: Mapping[str, Any]) -> dict[str, Any]:
    item = {"item_code": event["item_code"]} if "item_code" in event else {}
    return item | {
        "source_number": event["source_number"], "event_no": event["event_no"] + CORRECTED_RANK, "kind": "corrected",
        "at": event["at"], "takes_back": event["event_no"],
    }  # fmt: skip
