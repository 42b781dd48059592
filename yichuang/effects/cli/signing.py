"""Signs the files of one issue: `python -m yichuang.effects.cli.signing REPORT_ID AT`, a process of its own that the worker starts.

What typesets and signs takes fifty megabytes that no process gives back: once a week it has them for seconds, and the workers never.
"""

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
if __name__ == "__main__":
    django.setup()

from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Problem
from yichuang.reports.queries.signatures import issued_report
from yichuang.reports.render import sign_issue


def sign(report_id: UUID, at: datetime) -> int:
    """Make, keep and sign the files of an issue; how many it has. One that is signed stays as it is. Raises Problem."""
    return len(sign_issue(issued_report(report_id), by=SYSTEM, at=at))


def main(given: Sequence[str]) -> int:
    """0: signed; 1: not, with the reason on standard error; 2: not called as it should be."""
    try:
        report_id, at = UUID(given[0]), datetime.fromisoformat(given[1])
    except (IndexError, ValueError):
        print("usage: python -m yichuang.effects.cli.signing REPORT_ID AT", file=sys.stderr)
        return 2
    try:
        sign(report_id, at)
    except Problem as problem:
        print(f"{problem.message}{problem.how}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
