"""What a house does in a week, by the product's own commands: cases filed singly and by a table, drained, counted, reported.

Loaded when Django knows its database. Every part says what it has done, in words.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.scale.lives import cast
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.effects.commands import drain_all
from yichuang.intake.tests import factories as make
from yichuang.intake.tests import factories_bulk as bulk
from yichuang.journal.commands import ensure_partitions
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.times import local_day
from yichuang.reports import commands as reports
from yichuang.reports.flow import Action, State
from yichuang.reports.models import Report
from yichuang.reports.tests.factories import AT, FIRST, ISSUE_AT, LAST, TO_REVIEW
from yichuang.statistics.queries.recount import compared_day
from yichuang.workdays.queries import now

DAYS = 21
TABLES = """
select (select count(*) from cases_case), (select count(*) from journal_fact where subject_kind = 'case'),
       (select count(*) from intake_application), (select sum(count) from statistics_daily where kind = 'case.filed')
"""


@dataclass
class House:
    """One house: who acts, and how much was done."""

    rows: int = 50
    filed: int = 0
    weeks: int = 0
    years: int = 0
    staff: list[Actor] = field(default_factory=list)

    def ahead(self) -> str:
        """Quarters made ahead, as the worker does: of the tests' days, of today, and each time one that none has made."""
        self.years += 2
        days = (make.AT, now(), now() + timedelta(days=365 * self.years))
        for at in days:
            ensure_partitions(at)
        return f"{len(days)} quarters are there"

    def bulk(self) -> str:
        """A table of cases, judged, confirmed and filed."""
        item = bulk.offer()
        run = bulk.filed(bulk.rows(self.rows, first=self.filed + 1), make.applicant(), item.item.code)
        self.filed += run.filed
        if run.filed != self.rows:
            raise AssertionError(f"{run.filed} of {self.rows} rows were filed: {run.state}")
        return f"{run.filed} cases"

    def drain(self, at: datetime = make.AT) -> str:
        """Everything sealed and counted."""
        return f"{drain_all(at=at)} facts"

    def figures(self) -> str:
        """Every day counted again from its facts, in every cell."""
        first = local_day(make.AT) - timedelta(days=DAYS // 2)
        found = [compared_day(first + timedelta(days=number)) for number in range(DAYS)]
        differing = sum(one.differing for one in found)
        if differing:
            raise AssertionError(f"{differing} cells differ from their facts")
        return f"{sum(one.cells for one in found)} cells agree with their facts"

    def report(self) -> str:
        """A weekly report, opened, edited, reviewed and issued."""
        week = timedelta(days=7 * self.weeks)
        editor, reviewer, leader = self._newsroom()
        report = reports.open_report(FIRST + week, LAST + week, form="2022", by=editor, at=AT + week)
        for action in TO_REVIEW:
            reports.step(report, action, by=editor, at=AT + week)
        reports.step(report, Action.APPROVE, by=reviewer, at=AT + week)
        reports.issue(report, by=leader, at=ISSUE_AT + week)
        self.weeks += 1
        if Report.objects.get(pk=report).state != State.ISSUED:
            raise AssertionError("the report was not issued")
        return f"issued with the figures of {(FIRST + week).isoformat()}"

    def _newsroom(self) -> list[Actor]:
        if not self.staff:
            where = make.offer().item.department
            posts = [
                people.post(where, f"周报{number}", list(Capability), everywhere=True) for number in range(3)
            ]
            self.staff = [people.staff(f"newsroom-{number}", post) for number, post in enumerate(posts)]
        return self.staff

    def counts(self) -> tuple[int, ...]:
        """Cases, their facts, applications, and what the figures say was filed."""
        (row,) = sql.rows(TABLES)
        return tuple(int(one or 0) for one in row)


__all__ = ["House", "cast"]
