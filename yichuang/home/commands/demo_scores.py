"""The demo's 一网通办 indicators and the values that no measure yields: plainly fictional, made by the real commands."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from yichuang.directory.flow import DepartmentKind
from yichuang.directory.queries import actor_named, departments
from yichuang.kernel.times import local_day
from yichuang.statistics.commands import enter_indicator, set_indicators
from yichuang.statistics.models import IndicatorSet
from yichuang.statistics.queries.scores import packaged_yardsticks

# What is entered for every department at the end of a month: a satisfaction and a number of faults of data, by turns.
SATISFACTION = ("99.87", "98.60", "99.12", "97.45", "100", "99.50")
FAULTS = ("3", "0", "7", "12", "1", "5")


@transaction.atomic
def load_scores(*, at: datetime) -> str:
    """Load once: the example indicators from the first of January, and entered values for the two months before."""
    if IndicatorSet.objects.exists():
        return ""
    by, today = actor_named("supervisor"), local_day(at)
    set_indicators(
        packaged_yardsticks(), valid_from=date(today.year - 1, 1, 1), reason="一网通办考核办法（示例）", key="demo-indicators",
        by=by, at=at,
    )  # fmt: skip
    last = today.replace(day=1) - timedelta(days=1)
    entered = 0
    for month, as_of in enumerate((last.replace(day=1) - timedelta(days=1), last)):
        for place, each in enumerate(departments().filter(kind=DepartmentKind.PROVINCIAL)):
            for code, listed in (("satisfaction", SATISFACTION), ("data_faults", FAULTS)):
                enter_indicator(
                    code, each.pk, as_of=as_of, value=Decimal(listed[(place + month) % len(listed)]),
                    source=f"政务服务平台月报（示例）{as_of.year}年{as_of.month}月", key=f"demo-{code}-{month}-{place}",
                    by=by, at=at,
                )  # fmt: skip
                entered += 1
    return f"一网通办指标：8 项，录入 {entered} 个值 / scores"
