"""The tables by which the national platform exchanges cases and items: what a row must look like, and what is wrong with one.

The columns are data (`fixtures/national_tables.json`, with their source). Code sets are those of GB/T 39046-2020, appendix A; for some columns (the
kind of a result, of a paper, of a process step) no public list was found: their codes are not judged, and the report says so.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

CASE_TABLES = (
    "up_pro_accept",
    "up_pro_process",
    "up_pro_result",
    "up_pro_special_procedure",
    "up_pro_material",
)
MOMENTS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d", "%Y%m%dT%H%M%S", "%Y%m%d")
WHOLE = re.compile(r"-?\d{1,11}")
CODES: Mapping[str, Mapping[str, str]] = {
    "apply_type": {"1": "窗口办理", "2": "网上办理", "3": "移动端办理", "4": "快递申请", "9": "其他"},
    "project_type": {"1": "即办件", "2": "承诺件", "9": "其他"},
    "special_type": {"1": "延长审批", "2": "除延长审批之外的特别程序"},
    "satisfaction": {"1": "非常满意", "2": "满意", "3": "基本满意", "4": "不满意", "5": "非常不满意"},
    "is_delivery_results": {"0": "否", "1": "是"},
    "is_fee": {"0": "否", "1": "是"},
    "cd_operation": {"I": "新增", "U": "修改", "D": "删除"},
    "use_level": {
        "1": "国家级", "2": "省级", "3": "市级", "4": "县级", "5": "镇（乡、街道）级", "6": "村（社区）级", "7": "分级管理",
    },
    "dept_type": {"1": "法定机关", "2": "授权组织", "3": "受委托组织", "9": "其他"},
    "task_type": {
        "01": "行政许可", "02": "行政处罚", "03": "行政强制", "04": "行政征收", "05": "行政给付", "06": "行政检查", "07": "行政确认",
        "08": "行政奖励", "09": "行政裁决", "10": "其他行政权力", "20": "公共服务",
    },
}  # fmt: skip
# Codes that a list would judge, had one been found.
WITHOUT_LIST = frozenset(
    {
        "result_type",
        "event_name",
        "applyer_type",
        "applyer_page_type",
        "contact_type",
        "get_type",
        "data_source",
    }
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: varchar, int or datetime; `length` in characters or digits, None where there is none."""

    name: str
    type: str
    length: int | None
    is_mandatory: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Table:
    """One exchange table."""

    name: str
    label: str
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one value of one row."""

    column: str
    meaning: str
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Conformance:
    """How a batch of one table conforms: rows, rows without a fault, faults counted by column and kind."""

    table: str
    rows: int
    sound: int
    faults: Mapping[tuple[str, str], int]
    unjudged: Sequence[str]


@cache
def tables() -> Mapping[str, Table]:
    """Every exchange table by its name."""
    text = (
        resources.files("yichuang.exchange.fixtures")
        .joinpath("national_tables.json")
        .read_text(encoding="utf-8")
    )
    return {
        name: Table(name, told["label"], {one[0]: Column(*one) for one in told["columns"]})
        for name, told in json.loads(text)["tables"].items()
    }


def check(table: Table, row: Mapping[str, str]) -> list[Fault]:
    """What is wrong with a row, in the order of the columns; unknown columns at the end."""
    found = [
        fault
        for column in table.columns.values()
        if (fault := _judged(column, row.get(column.name, "") or ""))
    ]
    unknown = [name for name in row if name not in table.columns]
    return [*found, *(Fault(name, "", "unknown", f"{table.name} 没有这一列") for name in unknown)]


def _judged(column: Column, value: str) -> Fault | None:
    text = value.strip()
    wrong: tuple[str, str] | None = None
    if not text:
        wrong = ("missing", "必填，不能为空") if column.is_mandatory else None
    elif column.type == "datetime":
        wrong = None if moment(text) else ("moment", "应为时间，例如 2022-05-13 09:30:00")
    elif column.type == "int":
        wrong = _whole(column, text)
    elif column.length is not None and len(text) > column.length:
        wrong = ("long", f"最长 {column.length} 字，现有 {len(text)} 字")
    elif column.name in CODES and text not in CODES[column.name]:
        allowed = "、".join(f"{code} {label}" for code, label in CODES[column.name].items())
        wrong = ("code", f"代码应为：{allowed}")
    return None if wrong is None else Fault(column.name, column.meaning, *wrong)


def _whole(column: Column, text: str) -> tuple[str, str] | None:
    if not WHOLE.fullmatch(text):
        return "whole", "应为整数"
    digits = len(text.lstrip("-"))
    return (
        ("long", f"最多 {column.length} 位") if column.length is not None and digits > column.length else None
    )


def moment(text: str) -> datetime | None:
    """A time as the exchange writes it, without a zone: it is Beijing's. None where it is none."""
    for form in MOMENTS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the exchange writes no zone
        except ValueError:
            continue
    return None


def conformance(table: Table, rows: Iterable[Mapping[str, str]]) -> Conformance:
    """The report on a batch."""
    count = sound = 0
    faults: Counter[tuple[str, str]] = Counter()
    for row in rows:
        found = check(table, row)
        count += 1
        sound += not found
        faults.update((fault.column, fault.kind) for fault in found)
    unjudged = [name for name in table.columns if name in WITHOUT_LIST]
    return Conformance(table.name, count, sound, dict(faults), unjudged)


def told(found: Conformance) -> dict[str, Any]:
    """A report as JSON has it: faults by column and kind."""
    faults = [
        {"column": column, "kind": kind, "rows": count}
        for (column, kind), count in sorted(found.faults.items())
    ]
    return {**asdict(found), "faults": faults, "unjudged": list(found.unjudged)}
