"""`yichuang exchange`: files that systems have laid down."""

import click

from yichuang.exchange.cli.drops import find_waiting, run
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
