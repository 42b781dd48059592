"""`yichuang exchange`: files that systems have laid down; the cases of a day for the national platform, and its tables taken in."""

import json
from datetime import datetime
from pathlib import Path

import click

from yichuang.exchange.cli.drops import find_waiting, run
from yichuang.exchange.cli.national import NotTaken, read_national, write_national
from yichuang.exchange.commands.forget import forget_destroyed
from yichuang.exchange.models import System
from yichuang.kernel.actor import SYSTEM
from yichuang.workdays.queries import now


@click.group(help="部门系统报送 / Cases reported by departments' systems.")
def exchange() -> None:
    """Everything about the exchange."""


@exchange.command(
    "pick-up",
    help="处理报送系统放在文件夹里的文件 / Take the files that systems have laid down.",
)
def pick_up() -> None:
    """Every file that is ready, of every system; says what became of each."""
    waiting = find_waiting()
    for system_id in waiting:
        for words in run(system_id, at=now()):
            click.echo(words)
    if not waiting:
        click.echo("没有等待处理的文件 / nothing is waiting")


@exchange.command(
    "forget",
    help="更新后运行一次：清除已依法删除的报送办件里后来又带回的痕迹 / After the update, once: forget what lines brought back into destroyed cases.",
)
def forget() -> None:
    """Says how many rows had something to forget; run again, it says none."""
    click.echo(f"已清除 {forget_destroyed(by=SYSTEM)} 处 / forgotten")


@exchange.command(
    "national",
    help="把一天的办件写成国家交换表（CSV）并附检查结果 / Write a day's cases as national exchange tables with a report.",
)
@click.option("--day", required=True, type=click.DateTime(["%Y-%m-%d"]), help="哪一天 / which day")
@click.option("-o", "folder", required=True, type=click.Path(path_type=Path), help="空目录 / an empty folder")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / machine-readable")
def national(day: datetime, folder: Path, as_json: bool) -> None:
    """Write the files; says of each table how many rows conform."""
    try:
        report = write_national(day.date(), folder, by=SYSTEM, at=now())
    except FileExistsError as error:
        raise click.ClickException(f"目录 {folder} 不是空的，请换一个目录。") from error
    except OSError as error:
        raise click.ClickException(f"无法写入 {folder}：{error.strerror}。") from error
    for one in report:
        click.echo(f"{one['table']}：{one['rows']} 行，合格 {one['sound']} 行", err=as_json)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))


@exchange.command(
    "national-in",
    help="按国家交换表（CSV，文件名含表名）接收办件 / Take cases in from files of the national exchange tables.",
)
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--system", "code", required=True, help="报送系统的代号 / the code of the system that reports")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / machine-readable")
def national_in(files: tuple[Path, ...], code: str, as_json: bool) -> None:
    """Take each file in the order of the tables; says of each how many rows conform and what became of what they tell."""
    system = System.objects.filter(code=code, is_active=True).first()
    if system is None:
        raise click.ClickException(f"没有在用的报送系统 {code}。请先在“部门系统报送”中登记。")
    told = []
    try:
        for one in read_national(system, files, at=now()):
            told.append(one)
            click.echo(
                f"{one['file']}：{one['conformance']['rows']} 行，合格 {one['conformance']['sound']} 行；事件 {one['received']} 条，"
                f"采用 {one['taken']}，已有 {one['known']}，存疑 {one['quarantined']}，读不出 {one['refused']}",
                err=as_json,
            )
    except NotTaken as wrong:
        raise click.ClickException(str(wrong)) from wrong
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
