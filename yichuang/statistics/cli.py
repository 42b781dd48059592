"""`yichuang figures`: figures as of the end of a day, for other programs; recount and rebuild of days."""

import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from yichuang.directory.queries import department_names
from yichuang.journal.queries import head
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Problem
from yichuang.kernel.times import local_day
from yichuang.statistics import queries
from yichuang.statistics.commands.recount import rebuild as rebuild_days
from yichuang.statistics.commands.recount import recount as recount_days
from yichuang.statistics.flow import LABELS_OF_GROUPS, measure_of
from yichuang.statistics.queries.late import months_to_export
from yichuang.statistics.queries.recount import Compared, each_day
from yichuang.statistics.render.analysis import export_months, made_on
from yichuang.statistics.render.feed import place as feed_place
from yichuang.statistics.render.feed import verify as verify_feed
from yichuang.statistics.render.feed import write as write_feed
from yichuang.statistics.rules.analysis import months
from yichuang.workdays.queries import now


def _number(value: Decimal | int | None) -> Any:
    """Percentages and means as JSON numbers, exactly as printed."""
    return json.loads(str(value)) if isinstance(value, Decimal) else value


def _rows(as_of: date) -> list[dict[str, Any]]:
    names = department_names()
    first = date.fromordinal(as_of.toordinal() - as_of.weekday())
    found = [
        {
            "scope": figure.scope,
            "type": LABELS_OF_GROUPS[figure.group],
            "department": names.get(figure.department) if figure.department else None,
            "day": None,
            "measure": measure_of(figure.group, figure.measure).label,
            "value": _number(figure.value),
            "unit": figure.unit,
        }
        for figure in queries.report_figures(first_day=first, last_day=as_of)
    ]
    for group, measure, count in queries.day_figures(as_of):
        known = measure_of(group, measure)
        found.append(
            {
                "scope": "day", "type": LABELS_OF_GROUPS[group], "department": None, "day": as_of.isoformat(),
                "measure": known.label, "value": count, "unit": known.unit,
            }
        )  # fmt: skip
    return found


@click.group(invoke_without_command=True, help="截至某日日终的统计数据 / Figures as of the end of a day.")
@click.option("--as-of", "as_of", type=click.DateTime(["%Y-%m-%d"]), help="日期 / Day, YYYY-MM-DD")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / Machine-readable output")
@click.pass_context
def figures(context: click.Context, as_of: datetime | None, as_json: bool) -> None:
    """Week (Monday to the day), year to date, and the day itself. Exit 0; 2 for an unreadable date."""
    if context.invoked_subcommand is not None:
        return
    if as_of is None:
        raise click.UsageError("缺少 --as-of / Missing option '--as-of'.")
    day = as_of.date()
    rows = _rows(day)
    if as_json:
        answer = {"as_of": day.isoformat(), "seal": head().number, "figures": rows}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        return
    for row in rows:
        if row["value"] is not None and row["department"] is None:
            click.echo(f"{row['scope']:<14}{row['type']}　{row['measure']}：{row['value']} {row['unit']}")


DAY = click.DateTime(["%Y-%m-%d"])
Days = Callable[..., None]


def _days(command: Days) -> Days:
    """The options that say which days."""
    options = (
        click.option("--day", type=DAY, help="一天 / One day"),
        click.option("--from", "first", type=DAY, help="第一天 / The first day"),
        click.option("--to", "last", type=DAY, help="最后一天 / The last day"),
        click.option("--all", "every", is_flag=True, help="全部日期 / All days"),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _asked(
    day: datetime | None, first: datetime | None, last: datetime | None, every: bool
) -> tuple[date | None, date | None]:
    """The first and last day asked for; None: as far as there is anything. Raises UsageError where that is not clear."""
    if sum((day is not None, first is not None or last is not None, every)) != 1:
        raise click.UsageError(
            "请只用一种方式指定日期：--day、--from --to 或 --all / Say --day, --from --to, or --all."
        )
    if day is not None:
        return day.date(), day.date()
    if every:
        return None, None
    if first is None or last is None:
        raise click.UsageError("--from 和 --to 要一起用 / --from and --to go together.")
    return first.date(), last.date()


def _tell(one: Compared) -> None:
    if one.differing:
        click.echo(f"✗ {one.of}：{one.differing:,} / {one.cells:,} 个数不符")
        for each in one.first:
            click.echo(f"    {each.told(one.of)}")
    elif one.cells:
        click.echo(f"✓ {one.of}：{one.cells:,} 个数相符")


@figures.command(
    help="从事实逐件复核日统计表 / Recount days from the facts; exit code 1 where anything differs."
)
@_days
def recount(day: datetime | None, first: datetime | None, last: datetime | None, every: bool) -> None:
    """Every cell of every table of figures against the facts. Exit 0: all agree; 1: an alarm went out; 2: unclear question."""
    result = recount_days(*_asked(day, first, last, every), by=SYSTEM, at=now(), each=_tell)
    click.echo(
        f"复核 {result.days:,} 天，{result.cells:,} 个数，{result.differences:,} 个不符，用时 {result.seconds} 秒。"
    )
    if result.differences:
        click.echo(f"首个差异：{result.found}")
        raise SystemExit(1)


@figures.command(
    help="从事实重建日统计表，可随时中断、再运行时接着做 / Rebuild days from the facts; resumable."
)
@_days
@click.option("--anew", is_flag=True, help="放弃没做完的重建 / Give up an unfinished run")
def rebuild(
    day: datetime | None, first: datetime | None, last: datetime | None, every: bool, anew: bool
) -> None:
    """Make the figures of days again, a transaction a day. Exit 0; 2: unclear question."""
    result = rebuild_days(*_asked(day, first, last, every), by=SYSTEM, at=now(), each=_tell, anew=anew)
    click.echo(f"已重建 {result.first_day} 至 {result.last_day}，改正 {result.changed:,} 个数。")


@click.group(help="专题分析的数据 / Data for analysts.")
def analysis() -> None:
    """Monthly column files without personal data."""


MONTH = click.DateTime(["%Y-%m"])


@analysis.command(
    help="把事实按月导出成 Parquet，不含个人信息 / Write monthly Parquet files without personal data."
)
@click.option("--from", "first", type=MONTH, help="第一个月，2022-05 / The first month")
@click.option("--to", "last", type=MONTH, help="最后一个月 / The last month")
def export(first: datetime | None, last: datetime | None) -> None:
    """Every month from the first to the last; without a month: this one, and those that moved since the last export;
    all of them where the files have other columns than this version's."""
    at, whole = now(), first is None
    if first is None and last is None:
        names = months_to_export(made_on(), local_day(at))
    elif first is not None and last is not None:
        names = months(first.date(), last.date())
    else:
        raise click.UsageError("--from 和 --to 要一起用 / --from and --to go together.")
    export_months(names, at=at, each=lambda name, count: click.echo(f"{name}：{count:,} 条"), whole=whole)


@analysis.command(
    help="按日导出 CSV 和 Parquet，附签名清单；只写有变化的日期 / Write the daily feed with signed manifests; only days that changed."
)
@click.option(
    "--from", "first", type=DAY, help="第一天，重写这一段 / The first day, to write a stretch again"
)
@click.option("--to", "last", type=DAY, help="最后一天 / The last day")
def feed(first: datetime | None, last: datetime | None) -> None:
    """Every day that changed since the last time, or a stretch. Exit 0; 1: cannot write; 2: unclear question."""
    if (first is None) != (last is None):
        raise click.UsageError("--from 和 --to 要一起用 / --from and --to go together.")
    days = None if first is None or last is None else list(each_day(first.date(), last.date()))
    try:
        count = write_feed(at=now(), days=days, each=lambda day, rows: click.echo(f"{day}：{rows:,} 条"))
    except Problem as problem:
        raise click.ClickException(f"{problem.message}{problem.how}") from problem
    click.echo(f"写出 {count:,} 天，在 {feed_place()}。")


@analysis.command(
    help="核验按日数据是否完整、未被改动。退出码：0 完好，1 有问题 / Is a feed whole and untouched? Exit 0: yes, 1: no."
)
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--key",
    help="签名公钥，64 位十六进制；缺省用本平台的 / The public key in hexadecimal, where it is not this installation's",
)
def verify(folder: Path, key: str | None) -> None:
    """Every day and file of a feed against its signed manifests."""
    found = verify_feed(folder, public_hex=key)
    for problem in found.problems:
        click.echo(f"✗ {problem}")
    if found.problems:
        raise SystemExit(1)
    click.echo(f"✓ {found.days:,} 天，{found.rows:,} 条，签名有效，文件与清单相符。")
