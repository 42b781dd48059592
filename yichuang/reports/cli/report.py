"""`yichuang report`: an issue as a file, exactly as it was issued; its signatures; is this file an issued one?"""

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import NoReturn

import click
from django.conf import settings

from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Problem
from yichuang.reports.queries import issued_document, published_report
from yichuang.reports.queries.signatures import issued_as, unsigned_issues
from yichuang.reports.render import Format, official, sign_issue, signature_holds
from yichuang.reports.render import render as render_file
from yichuang.workdays.queries import now

FORMATS = [form.value for form in Format]
_LARGEST = 20 * 1024 * 1024
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


@report.command(
    "sign",
    help="为已签发、尚未签名的周报生成文件并签名；已签名的不变。退出码：0 完成，1 不能签名。 / "
    "Sign the files of issues that are not signed yet. Exit 0: done, 1: cannot sign.",
)
@click.argument("number", metavar="[NUMBER]", required=False)
def sign(number: str | None) -> None:
    """Sign one issue, or all that wait for it; twice does nothing new."""
    for slug in [number] if number else unsigned_issues():
        try:
            found = published_report(slug)
            kept = sign_issue(found, by=SYSTEM, at=now())
        except Problem as problem:
            _refuse(f"{slug}：{problem.message}{problem.how}", 1)
        click.echo(f"{slug}：{len(kept)} 个文件已签名", err=True)


@report.command(
    "verify",
    help="核验一个文件是不是签发的周报原件、签名是否有效。退出码：0 是且有效，1 不是或无效，2 用法不对。 / "
    "Is FILE an issued report and does its signature hold? Exit 0: yes, 1: no, 2: usage.",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print one JSON value")
def verify(file: Path, as_json: bool) -> None:
    """Compare the file with what was issued, byte for byte."""
    try:
        if file.stat().st_size > _LARGEST:
            _refuse("文件太大，不会是周报文件。 / The file is too large.", 1)
        content = file.read_bytes()
    except OSError as error:
        _refuse(f"读不了 {file}：{error.strerror}。 / Cannot read the file.", 2)
    digest = hashlib.sha256(content).hexdigest()
    kept = issued_as(digest)
    try:
        holds = kept is not None and signature_holds(kept, content)
    except Problem as problem:
        _refuse(f"{problem.message}{problem.how}", 1)
    if as_json:
        answer = {
            "file": str(file), "sha256": digest, "issued": kept is not None, "valid": holds,
            "number": kept.report.slug if kept else None, "format": kept.form if kept else None,
            "key": kept.key_id if kept else None,
        }  # fmt: skip
        click.echo(json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace"))
    if kept is None:
        _refuse(f"{file} 不是签发的周报文件，或者被改动过。 / Not an issued file.", 1)
    if not holds:
        _refuse(f"{file} 与登记的文件相同，但签名无效。 / The signature does not hold.", 1)
    click.echo(
        f"{kept.report.slug} 期签发的 {kept.form} 文件，SM2 签名有效（公钥 {kept.key_id}）。", err=True
    )


def _refuse(message: str, code: int) -> NoReturn:
    click.echo(message.encode("utf-8", "backslashreplace"), err=True)
    sys.exit(code)
