"""`yichuang export-journal`: the journal as files, for whoever verifies it elsewhere; the auditor's role is enough.
`yichuang accept-loss`: an officer records what a restored backup has lost."""

from pathlib import Path

import click

from yichuang.effects.cli.publishing import record_loss
from yichuang.effects.queries import export_journal
from yichuang.kernel.errors import Problem
from yichuang.workdays.queries import now


@click.command(
    help="导出事实账、封账、办件现状和材料校验值，供在别处核验 / Export the journal for verification elsewhere."
)
@click.option("-o", "folder", required=True, type=click.Path(path_type=Path), help="空目录")
@click.option("--gz", is_flag=True, help="压缩")
@click.option(
    "--content", is_flag=True, help="连同申请内容、文字和随机数导出（含个人信息，只给有权查看的人）"
)
def export(folder: Path, gz: bool, content: bool) -> None:
    """Write the export; prints how many rows each file got."""
    try:
        done = export_journal(
            folder, compress=gz, content=content, say=lambda name: click.echo(f"  {name}", err=True)
        )
    except FileExistsError as error:
        raise click.ClickException(f"目录 {folder} 不是空的，请换一个目录。") from error
    except OSError as error:
        raise click.ClickException(f"无法写入 {folder}：{error.strerror}。") from error
    facts = sum(count for name, count in done.rows.items() if name.startswith("facts-"))
    click.echo(f"已导出 {facts} 条事实，到封账第 {done.number} 号，账链末端 {done.hash}。")


@click.command(
    help="登记恢复备份造成的损失，此后才继续封账 / Record what a restored backup lost; sealing goes on afterwards."
)
@click.option("--reason", required=True, help="理由和批准人，写入事实账和见证目录")
def accept_loss(reason: str) -> None:
    """Record the loss, or say why there is none."""
    try:
        lost = record_loss(reason, at=now())
    except Problem as problem:
        raise click.ClickException(f"{problem.message}{problem.how}") from problem
    click.echo(f"已登记：{lost} 个已写出的封账随恢复丢失；后台进程将在半分钟内继续封账。")
