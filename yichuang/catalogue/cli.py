"""`yichuang import-items`: import a list of items."""

import json
import sys
from pathlib import Path

import click

from yichuang.catalogue.commands import ImportOutcome
from yichuang.catalogue.commands import import_items as run
from yichuang.catalogue.rules.items import ItemFileProblem
from yichuang.kernel.actor import SYSTEM
from yichuang.workdays.queries import now


@click.command(
    "import-items",
    help=(
        "导入事项清单（CSV，至少有 item_code 和 item_name 两列）。有问题的行照样导入，逐行说明问题。"
        "退出码：0 没有问题，1 有存疑的行，2 用法不对或读不出。\n\n"
        "Imports a list of service items (CSV). Doubtful rows are imported too, each with its reasons. "
        "Exit 0: clean, 1: rows flagged, 2: usage or unreadable input."
    ),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 值 / print one JSON value")
def import_items(file: Path, as_json: bool) -> None:
    """Import a list and exit 0, 1 or 2; the shape of the JSON is a promise to other programs."""
    try:
        outcome = run(file.read_bytes(), file.name, by=SYSTEM, at=now())
    except (ItemFileProblem, OSError) as problem:
        reason = f"{problem.message}{problem.how}" if isinstance(problem, ItemFileProblem) else str(problem)
        click.echo(f"{file.name}：{reason}", err=True)
        sys.exit(2)
    text = json.dumps(outcome.figures(), ensure_ascii=False) if as_json else _plain(outcome)
    click.echo(text.encode())
    sys.exit(1 if outcome.flagged else 0)


def _plain(outcome: ImportOutcome) -> str:
    head = f"新增 {outcome.new}，变更 {outcome.changed}，未变 {outcome.unchanged}，存疑 {outcome.flagged}"
    rows = (f"  第{one.row}行 {one.item_code}：{'；'.join(one.reasons)}" for one in outcome.flagged_rows)
    return "\n".join([head, *rows])
