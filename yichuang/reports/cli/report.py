"""`yichuang report render`: an issue as a file, exactly as it was issued."""

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import NoReturn

import click
from django.conf import settings

from yichuang.kernel.errors import Problem
from yichuang.reports.queries import issued_document, published_report
from yichuang.reports.render import Format, official
from yichuang.reports.render import render as render_file

FORMATS = [*(form.value for form in Format), "ofd"]
_NUMBER = re.compile(r"[0-9]{4}-[1-9][0-9]{0,3}(-[0-9a-f]{6})?")


@click.group(help="周报 / The weekly report.")
def report() -> None:
    """What can be done with reports on the command line."""


@report.command(
    "render",
    help="把一期周报输出为文件，例如 2022-29。退出码：0 完成，1 没有这一期或不能生成，2 用法不对。 / "
    "Write an issue to a file. Exit 0: done, 1: no such issue or cannot be set, 2: usage.",
)
@click.argument("number", metavar="NUMBER")
@click.option("--format", "form", type=click.Choice(FORMATS), required=True, help="格式 / format")
@click.option(
    "-o",
    "--output",
    "output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="输出文件 / output file",
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print one JSON value")
def render(number: str, form: str, output: Path, as_json: bool) -> None:
    """Render from what was frozen: nothing is counted anew."""
    if form == "ofd":
        _refuse("暂不支持 OFD，请使用 pdf、docx、html 或 txt。 / OFD is not yet supported.", 2)
    if not _NUMBER.fullmatch(number):
        _refuse(f"「{number}」不是期号，应写作 2022-29（年份-期号）。 / Not a number like 2022-29.", 2)
    try:
        document = issued_document(published_report(number))
        made = render_file(official(document), Format(form), Path(settings.FONTS_DIR))
    except Problem as problem:
        _refuse(f"{problem.message}{problem.how}", 1)
    try:
        output.write_bytes(made.content)
    except OSError as error:
        _refuse(f"写不进 {output}：{error.strerror}。 / Cannot write the file.", 2)
    click.echo(f"{document.number_line} → {output}（{len(made.content)} 字节）", err=True)
    if as_json:
        answer = {
            "number": number,
            "format": form,
            "file": str(output),
            "bytes": len(made.content),
            "sha256": hashlib.sha256(made.content).hexdigest(),
        }
        click.echo(json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace"))


def _refuse(message: str, code: int) -> NoReturn:
    click.echo(message.encode("utf-8", "backslashreplace"), err=True)
    sys.exit(code)
