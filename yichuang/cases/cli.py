"""Tools of the cases: import a holiday notice and recompute, or recompute alone."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from yichuang.cases import commands
from yichuang.cases.commands import Recomputed
from yichuang.cases.commands.transfer import execute_due
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Problem
from yichuang.workdays.data import UnreadableCalendarError, decode, read_notices
from yichuang.workdays.queries import now


@click.command(
    help="按现行日历重算在办件的各个日期，列出变动 / Recompute the dates of open cases and list what moved."
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / Machine-readable output")
def recompute(as_json: bool) -> None:
    """Recompute; exit 0."""
    show(commands.recompute(by=SYSTEM, at=now()), as_json=as_json)


def show(moved: Sequence[Recomputed], *, as_json: bool) -> None:
    """What moved, for people or for programs."""
    if as_json:
        rows = [
            {
                "number": change.number,
                "before": change.before.isoformat() if change.before else None,
                "after": change.after.isoformat() if change.after else None,
                "date": change.which,
            }
            for change in moved
        ]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
        return
    for change in moved:
        click.echo(f"{change.number}：{change.label} {change.before} → {change.after}")
    click.echo(f"共 {len(moved)} 件的日期有变动。")


@click.command(
    "import-calendar",
    help="录入放假安排（CSV：date,festival,kind,notice_url），并重算受影响的到期日。 / "
    "Enter holiday notices from a CSV file and recompute the due dates that they move.",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / Machine-readable output")
@click.pass_context
def import_calendar(context: click.Context, file: Path, as_json: bool) -> None:
    """Exit 0 when entered (or known already), 1 when a notice is invalid, 2 when the file is unreadable."""
    try:
        notices = read_notices(decode(file.read_bytes()))
    except (UnreadableCalendarError, OSError) as error:
        raise click.UsageError(str(error)) from error
    try:
        done = commands.import_notices(notices, by=SYSTEM, at=now())
    except Problem as problem:
        click.echo(f"{problem.message}{problem.how}", err=True)
        context.exit(1)
    for notice in done.notices:
        state = "已录入" if notice.changed else "与现有内容相同，未变动"
        click.echo(f"{notice.year} 年：{notice.days} 天，{state}。", err=as_json)
    show(done.moved, as_json=as_json)


@click.command(
    help="办理法律视为已作出的事：逾期未答复的视为受理，届满未决定的延续视为准予，超过预计时间的特别程序留下记录 / "
    "Do what the law makes of silence; run twice it does nothing new."
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / Machine-readable output")
@click.pass_context
def lapse(context: click.Context, as_json: bool) -> None:
    """Exit 0 when all that was due is done (also when nothing was due), 1 when a case made trouble."""
    done = commands.lapse(at=now())
    if as_json:
        sys.stdout.write(json.dumps(asdict(done)) + "\n")
    else:
        click.echo(f"视为受理 {done.accepted} 件，视为准予延续 {done.granted} 件，")
        click.echo(f"记录特别程序超时 {done.overrun} 件，未能办理 {done.trouble} 件。")
    context.exit(1 if done.trouble else 0)


@click.command(
    help="执行到日的转隶：在办件、手册、授权一并移交新部门；执行过的不再执行 / Execute the transfers of items whose day has come."
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / Machine-readable output")
@click.pass_context
def transfers(context: click.Context, as_json: bool) -> None:
    """Exit 0 when all that was due is executed (also when nothing was due), 1 when one could not be."""
    done = execute_due(at=now())
    if as_json:
        rows = [
            {"item": row.item_name, "cases": row.moved.get("cases", {}), "problem": words}
            for row, words in done
        ]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
    else:
        for row, words in done:
            cases = sum(row.moved.get("cases", {}).values())
            click.echo(f"{row.item_name}：{words or f'已转隶，移交在办件 {cases} 件'}")
        click.echo(f"到日的转隶 {len(done)} 项。")
    context.exit(1 if any(words for _, words in done) else 0)
