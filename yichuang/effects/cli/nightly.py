"""What the worker does once a night: every figure of every day is held against its facts."""

import logging
from datetime import datetime

from yichuang.statistics.commands.recount import nightly

log = logging.getLogger(__name__)


def recount(at: datetime) -> str | None:
    """Make tonight's recount if it is still to be made; what it came to in words. A difference is an error of the log besides."""
    done = nightly(at=at)
    if done is None:
        return None
    if done.differences:
        log.error("figures differ from their facts in %d cells: %s", done.differences, done.found)
    return f"{done.cells} figures of {done.days} days held against their facts, {done.differences} differ"
