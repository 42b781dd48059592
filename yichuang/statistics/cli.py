"""`yichuang figures`: figures as of the end of a day, for other programs."""

import json
import sys
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import click

from yichuang.directory.queries import department_names
from yichuang.journal.queries import head
from yichuang.statistics import queries
from yichuang.statistics.flow import LABELS_OF_GROUPS, measure_of


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


@click.command(help="截至某日日终的统计数据 / Figures as of the end of a day.")
@click.option(
    "--as-of", "as_of", required=True, type=click.DateTime(["%Y-%m-%d"]), help="日期 / Day, YYYY-MM-DD"
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / Machine-readable output")
def figures(as_of: datetime, as_json: bool) -> None:
    """Week (Monday to the day), year to date, and the day itself. Exit 0; 2 for an unreadable date."""
    day = as_of.date()
    rows = _rows(day)
    if as_json:
        answer = {"as_of": day.isoformat(), "seal": head().number, "figures": rows}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        return
    for row in rows:
        if row["value"] is not None and row["department"] is None:
            click.echo(f"{row['scope']:<14}{row['type']}　{row['measure']}：{row['value']} {row['unit']}")
