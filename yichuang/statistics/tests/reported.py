"""Facts of cases that departments' own systems report, put straight into the journal as the exchange leaves them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from yichuang.journal import commands as journal
from yichuang.journal.queries import append_fragment
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.keys import uuid7
from yichuang.statistics.tests.happenings import DEPARTMENTS, ITEMS, moment

DIMENSIONS = (
    "item_id", "item_type", "region", "channel", "outcome", "promptness", "days_used", "limit_days",
)  # fmt: skip


@dataclass(frozen=True)
class Reported:
    """One event of a case in a department's own system, told on `told`; `quantity` -1 takes one back."""

    day: date
    kind: str
    told: date
    department: UUID = DEPARTMENTS[0]
    item_id: UUID = ITEMS[0]
    item_type: str = "20"
    region: str = "510000000000"
    channel: str = "3"
    outcome: str | None = None
    promptness: str | None = None
    days_used: int | None = None
    limit_days: int | None = None
    quantity: int = 1

    @property
    def at(self) -> datetime:
        """When the platform took it."""
        return moment(self.told)


def report(event: Reported, subject: UUID | None = None) -> UUID:
    """Append the fact of an event, with its dimensions in its data and beside it in the queue."""
    whose = subject or uuid7(moment(event.day))
    journal.ensure_partitions(moment(event.day))
    journal.ensure_partitions(event.at)
    said: dict[str, Any] = {
        name: str(value) if isinstance(value, UUID) else value
        for name in DIMENSIONS
        if (value := getattr(event, name)) is not None
    }
    said["quantity"] = event.quantity
    parameters = journal.fact_parameters(f"reported.{event.kind}", by=SYSTEM, at=event.at, data=said)
    parameters |= dict.fromkeys(("ground", "key", "key_hash", "series", "number_prefix", "number_suffix"))
    parameters |= {name: getattr(event, name) for name in DIMENSIONS}
    parameters |= {
        "subject_id": whose, "subject_kind": "reported", "day": event.day, "department_id": event.department,
        "quantity": event.quantity, "number_width": 1,
    }  # fmt: skip
    text = sql.statement(journal.__file__, "record", (("append", append_fragment()),))
    assert sql.one(text, parameters) is not None
    return whose


def report_all(events: Iterable[Reported]) -> None:
    """Every event, each of a case of its own."""
    for event in events:
        report(event)
