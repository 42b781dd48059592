"""`yichuang due-date`: the last day of a time limit, from the packaged calendar."""

import json
from datetime import date

import click

from yichuang.workdays.data import packaged_calendar
from yichuang.workdays.rules import Calendar, CountingError, DueDate, Hold
from yichuang.workdays.rules import due_date as count


def _day(_context: click.Context, parameter: click.Parameter, written: str) -> date:
    """The date; a usage error (exit 2) for anything that is not exactly YYYY-MM-DD."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        day = None
    if day is None or day.isoformat() != written:
        raise click.BadParameter(f"“{written}”不是日期，应写作 2022-09-26 的形式", param=parameter)
    return day


def _holds(
    context: click.Context, parameter: click.Parameter, written: tuple[tuple[str, str], ...]
) -> tuple[Hold, ...]:
    return tuple(
        Hold(_day(context, parameter, start), _day(context, parameter, end)) for start, end in written
    )


@click.command(
    "due-date",
    help="计算办理期限届满日及理由：自受理次日起只计工作日。 / "
    "The last day of a time limit in working days, and why.",
)
@click.option(
    "--accepted", callback=_day, required=True, metavar="YYYY-MM-DD", help="受理日期 / day of acceptance"
)
@click.option("--days", type=int, required=True, help="办理期限，工作日数 / limit in working days")
@click.option(
    "--pause",
    "holds",
    callback=_holds,
    nargs=2,
    multiple=True,
    metavar="FROM TO",
    help="暂停计算期限（特别程序）：起日不含，止日含，可重复 / special procedure (FROM, TO], repeatable",
)
@click.option(
    "--extend", "extension", type=int, default=0, help="经批准延长的工作日数 / working days of extension"
)
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 值 / print one JSON value")
def due_date(accepted: date, days: int, holds: tuple[Hold, ...], extension: int, as_json: bool) -> None:
    """Print the due date; exit 2 where the limit cannot be counted as asked."""
    calendar = packaged_calendar()
    try:
        due = count(calendar, accepted, days, holds, extension)
    except CountingError as error:
        raise click.UsageError(str(error)) from error
    click.echo(json.dumps(shape(due, calendar), ensure_ascii=False) if as_json else plain(due))


def shape(due: DueDate, calendar: Calendar) -> dict[str, object]:
    """The JSON object of a due date."""
    return {
        "due_on": due.due_on.isoformat(),
        "provisional": due.provisional,
        "explanation": list(due.explanation),
        "basis": [{"title": one.title, "url": one.url or None, "year": one.year} for one in due.basis],
        "calendar_version": calendar.version,
    }


def plain(due: DueDate) -> str:
    """The lines for a person: the date first, then why."""
    mark = "（暂计）" if due.provisional else ""
    return "\n".join([f"{due.due_on.isoformat()}{mark}", *(f"  {line}" for line in due.explanation)])
