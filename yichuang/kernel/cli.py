"""`yichuang check-code`: judges codes on the command line; needs no database."""

import json
import sys
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from typing import NoReturn
from zoneinfo import ZoneInfo

import click

from yichuang.kernel.identifiers import KINDS, Verdict, check

_KIND_LABELS = {
    "catalog12": "基本编码",
    "impl31": "实施编码",
    "handle33": "业务办理项编码",
    "portal": "门户事项编码",
    "uscc": "统一社会信用代码",
    "org9": "组织机构代码",
    "resident_id": "居民身份证号",
    "ecert": "电子证照标识",
    "unknown": "认不出",
}
_OUTCOME_LABELS = {"ok": "正确", "flagged": "存疑", "invalid": "错误"}
_PART_LABELS = {
    "registrar": "登记管理部门",
    "body_type": "机构类别",
    "area_code": "区划代码",
    "organisation_code": "组织机构代码",
    "document": "证件",
    "scope_name": "范围",
    "task_type_name": "事项类型",
    "local_type_name": "门户类型",
    "level_name": "行使层级",
    "org": "实施主体",
    "catalog": "基本编码",
    "variant": "办理项序号",
    "catalog_code": "目录编码",
    "org_code": "实施主体码",
    "birth_date": "出生日期",
    "type_code": "证照类型代码",
    "issuer_code": "颁发机构代码",
    "version": "版本号",
}
_HEADINGS = ("代码", "种类", "结论", "说明")
_SHOWN = 70
_SHANGHAI = ZoneInfo("Asia/Shanghai")


@click.command(
    "check-code",
    help=(
        "核验代码：基本编码、实施编码、业务办理项编码、门户事项编码、统一社会信用代码、组织机构代码、"
        "居民身份证号、电子证照标识。不给 CODE 时从标准输入逐行读取。"
        "退出码：0 全部正确，1 有存疑或错误，2 用法不对或读不出。\n\n"
        "Checks codes of items, bodies, persons and licences; without CODE reads lines from standard input. "
        "Exit 0: all ok, 1: something flagged or invalid, 2: usage or unreadable input."
    ),
)
@click.argument("codes", metavar="[CODE]...", nargs=-1)
@click.option("--kind", metavar="KIND", help=f"指定种类 / force one kind: {', '.join(KINDS)}")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON 数组 / print a JSON array")
def check_code(codes: tuple[str, ...], kind: str | None, as_json: bool) -> None:
    """Judges every code given and exits 0, 1 or 2; the shape of the JSON is a promise to other programs."""
    if kind is not None and kind not in KINDS:
        _refuse(f"不认识的代码种类“{kind}”。可用的种类：{'、'.join(KINDS)}。")
    given = codes or _lines_of_input()
    if not given:
        _refuse("没有给出代码。请在命令后写代码，或从标准输入逐行给出。")
    if any("\ud800" <= char <= "\udfff" for code in given for char in code):
        _refuse("给出的代码不是 UTF-8 文字，读不出。")
    today = _today()
    verdicts = [check(code, kind, today=today) for code in given]
    _print(_as_json(verdicts) if as_json else _as_table(verdicts))
    sys.exit(0 if all(verdict.is_ok for verdict in verdicts) else 1)


def _today() -> date:
    """The day by the machine's clock: the command runs without the database that holds the business clock."""
    return datetime.now(_SHANGHAI).date()


def _lines_of_input() -> tuple[str, ...]:
    """The lines of standard input without their ends; blank lines are no codes. A terminal gives none."""
    if sys.stdin.isatty():
        return ()
    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse(f"标准输入不是 UTF-8 文字（第{error.start + 1}个字节起读不出）。请转换编码后再试。")
    lines = (line.rstrip("\r") for line in text.split("\n"))
    return tuple(line for line in lines if line.strip())


def _refuse(message: str) -> NoReturn:
    click.echo(message.encode("utf-8", "backslashreplace"), err=True)
    sys.exit(2)


def _print(text: str) -> None:
    """Always UTF-8, whatever the locale says: the output is read by programs."""
    click.echo(text.encode())


def _as_json(verdicts: Iterable[Verdict]) -> str:
    rows = [
        {
            "code": verdict.code,
            "kind": verdict.kind,
            "verdict": verdict.verdict,
            "reasons": list(verdict.reasons),
            "parts": verdict.parts,
        }
        for verdict in verdicts
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2)


def _as_table(verdicts: Iterable[Verdict]) -> str:
    rows = [_HEADINGS, *(row for verdict in verdicts for row in _rows_of(verdict))]
    widths = [max(_width(row[column]) for row in rows) for column in range(3)]
    return "\n".join(_aligned(row, widths) for row in rows)


def _rows_of(verdict: Verdict) -> list[tuple[str, str, str, str]]:
    """The first row names the code; further reasons stand below each other."""
    notes = verdict.reasons or (_parts_in_words(verdict),)
    label = _KIND_LABELS[verdict.kind]
    first = (_visible(verdict.code), label, _OUTCOME_LABELS[verdict.verdict], notes[0])
    return [first, *(("", "", "", note) for note in notes[1:])]


def _parts_in_words(verdict: Verdict) -> str:
    named = (f"{label} {verdict.parts[key]}" for key, label in _PART_LABELS.items() if verdict.parts.get(key))
    return "；".join(named)


def _visible(code: str) -> str:
    """The code as it may stand in a terminal: control characters escaped, the end of a long one left out."""
    cut = code if len(code) <= _SHOWN else f"{code[: _SHOWN - 1]}…"
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in cut) or "（空）"


def _aligned(row: tuple[str, str, str, str], widths: list[int]) -> str:
    cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row[:3], widths, strict=True)]
    return "  ".join([*cells, row[3]]).rstrip()


def _width(text: str) -> int:
    """Columns in a terminal: East Asian wide and full-width characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
