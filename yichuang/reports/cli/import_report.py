"""`yichuang import-report`: reads printed reports, tells what found no place, and keeps them.

Plain text, Word and PDF, told apart by content. With --dry-run nothing but the file is needed: no database, no Django.
"""

import importlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from yichuang.gateways.printed_words import LIMITS, packed_text
from yichuang.gateways.uploads import MEGABYTE
from yichuang.kernel.errors import Invalid
from yichuang.reports.rules.reading.read import read_report
from yichuang.reports.rules.reading.report import Json, ReadReport, Unreadable
from yichuang.reports.rules.reading.text import decode
from yichuang.reports.rules.wording import number_line

CLEAN, FLAGGED, UNREADABLE = 0, 1, 2
_OUTCOMES = {"new": "已入库", "changed": "内容有变化，已更新", "unchanged": "已在库中，没有变化"}


@click.command(
    "import-report",
    help="读取往期周报（纯文本、Word 文档、PDF，按内容识别）并入库；--dry-run 只读不存，不需要数据库。"
    "退出码：0 全部读懂，1 有矛盾、没有位置的行或不能入库，2 读不出。 / "
    "Read past reports (text, DOCX, PDF) and keep them; --dry-run needs no database. Exit 0: clean, 1: flagged, 2: unreadable.",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="只读不存 / read only, keep nothing")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON 数组 / print a JSON array")
def import_report(files: tuple[Path, ...], dry_run: bool, as_json: bool) -> None:
    """Every file is read even where another cannot be; the worst of them decides the exit code."""
    keep = None if dry_run else _keeper()
    code = CLEAN
    answers: list[Json] = []
    for path in files:
        try:
            text = _text_of(path)
            read = read_report(text, str(path))
        except (Unreadable, Invalid, OSError) as error:
            _say(f"{path}：{_reason(error)}")
            code = UNREADABLE
            continue
        code = max(code, CLEAN if read.clean else FLAGGED)
        answer = read.as_json()
        if keep is not None:
            answer["stored"], kept = keep(read, text)
            code = max(code, CLEAN if kept else FLAGGED)
        answers.append(answer)
        if not as_json:
            _tell(read, answer)
    if as_json:
        click.echo(_bytes(json.dumps(answers, ensure_ascii=False, indent=2)))
    sys.exit(code)


def _text_of(path: Path) -> str:
    """The words of a file. Raises Unreadable, Invalid or OSError."""
    if path.stat().st_size > LIMITS.size:
        raise Unreadable(f"文件过大，超过 {LIMITS.size // MEGABYTE} MB，不像是一期周报")
    data = path.read_bytes()
    words = packed_text(data)
    return decode(data) if words is None else words


def _reason(error: Exception) -> str:
    if isinstance(error, Invalid):
        return f"{error.message}{error.how}"
    return f"{error.strerror if isinstance(error, OSError) else error}。"


def _keeper() -> Callable[[ReadReport, str], tuple[str | None, bool]]:
    """What keeps a report. Loaded here, and only here in the house, because --dry-run must do without a database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("YICHUANG_TOOL", "1")
    importlib.import_module("config.guard").stand(serves=False)
    importlib.import_module("django").setup()
    store: Any = importlib.import_module("yichuang.reports.cli.store_report")

    def keep(read: ReadReport, text: str) -> tuple[str | None, bool]:
        outcome, trouble = store.try_to_store(read, text)
        if trouble:
            _say(f"{read.file}：{trouble}")
        return outcome, not trouble

    return keep


def _tell(read: ReadReport, answer: Json) -> None:
    name = number_line(read.year, read.number, read.total_number) or "没有读出期号"
    counted = f"{len(read.figures)} 个数字，{len(read.sections)} 个标题，{len(read.visits)} 次值守"
    click.echo(_bytes(f"{read.file}：{name}，{counted}"))
    for each in read.disagreements:
        click.echo(f"  矛盾：{each.sentence}：印的是 {each.stated}，推算是 {each.computed}。{each.why}")
    for line in read.unplaced:
        click.echo(f"  第 {line.line} 行没有位置：{line.text}")
    if answer.get("stored"):
        click.echo(f"  {_OUTCOMES[str(answer['stored'])]}")


def _say(message: str) -> None:
    click.echo(_bytes(message), err=True)


def _bytes(text: str) -> bytes:
    """UTF-8; what a file name has that is no text is escaped, as JSON escapes it."""
    return text.encode("utf-8", "backslashreplace")
