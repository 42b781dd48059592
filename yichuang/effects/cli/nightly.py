"""What the worker does once a night: every figure of every day is held against its facts, and analysts get what changed."""

import logging
from datetime import datetime

from yichuang.kernel.times import local_day
from yichuang.statistics.commands.recount import nightly
from yichuang.statistics.queries.late import months_to_export
from yichuang.statistics.render.analysis import export_months, made_on
from yichuang.statistics.render.feed import write

log = logging.getLogger(__name__)
FEED_HOUR = 1
"""The day before is over and drained; its report is read in the morning."""


def recount(at: datetime) -> str | None:
    """Make tonight's recount if it is still to be made; what it came to in words. A difference is an error of the log besides."""
    done = nightly(at=at)
    if done is None:
        return None
    if done.differences:
        log.error("figures differ from their facts in %d cells: %s", done.differences, done.found)
    return f"{done.cells} figures of {done.days} days held against their facts, {done.differences} differ"


def feed(at: datetime) -> str:
    """The files for analysts: the days that changed, and the months that they are asked from; in words."""
    rows: list[int] = []
    days = write(at=at, each=lambda _day, count: rows.append(count))
    months = months_to_export(made_on(), local_day(at))
    export_months(months, at=at, each=lambda _name, _count: None)
    return f"{days} days with {sum(rows)} rows and {len(months)} months written for analysts"
