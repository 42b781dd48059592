"""Cases for tests: brought to any state by the real commands."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from yichuang.cases import commands
from yichuang.cases.flow import Channel, Outcome, State
from yichuang.cases.queries import CaseRow, load
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import SHANGHAI

AT = datetime(2022, 5, 5, 10, 0, tzinfo=SHANGHAI)


def key() -> str:
    """A fresh client key."""
    return uuid4().hex


def opening(
    where: Department | None = None, *, at: datetime = AT, statutory: int = 45, promised: int = 20
) -> commands.Opening:
    """A filing for water taking by a fictional company."""
    department = where or people.department()
    applicant = people.company()
    return commands.Opening(
        id=uuid7(at),
        item_id=UUID(int=7),
        item_version_id=UUID(int=8),
        item_name="取水许可",
        item_type="01",
        handling_kind="承诺件",
        department_id=department.pk,
        department_code=department.number_code,
        region=people.PROVINCE,
        channel=Channel.ONLINE,
        applicant_id=applicant.pk,
        applicant_name=applicant.name,
        statutory_days=statutory,
        promised_days=promised,
        content={"answers": "0" * 64},
    )


def filed(
    where: Department | None = None, *, at: datetime = AT, statutory: int = 45, promised: int = 20
) -> CaseRow:
    """A case that was just filed."""
    made = opening(where, at=at, statutory=statutory, promised=promised)
    with transaction.atomic():
        receipt = commands.file(made, by=people.applicant_actor(), at=at, key=key(), key_hash="0" * 64)
    assert receipt is not None
    return fresh(made.id)


def fresh(case_id: UUID) -> CaseRow:
    """The case as it stands now."""
    row = load(case_id)
    assert row is not None
    return row


def correcting(at: datetime = AT) -> CaseRow:
    """A case that waits for the applicant's correction."""
    row = filed(at=at)
    lines = [{"material": "申请书", "problem": "未盖章", "requirement": "加盖公章"}]
    respond_by = at.date() + timedelta(days=20)
    commands.ask_correction(row.id, lines=lines, respond_by=respond_by, by=people.clerk(), at=at, key=key())
    return fresh(row.id)


def in_review(at: datetime = AT, *, statutory: int = 45, promised: int = 20) -> CaseRow:
    """An accepted case."""
    row = filed(at=at, statutory=statutory, promised=promised)
    commands.accept(row.id, by=people.clerk(), at=at, key=key())
    return fresh(row.id)


def paused(at: datetime = AT) -> CaseRow:
    """A case in a special procedure."""
    row = in_review(at)
    commands.pause(
        row.id, ground="expert_review", expected_days=10, by=people.reviewer(), at=at + timedelta(days=1), key=key()
    )
    return fresh(row.id)


def decided(at: datetime = AT) -> CaseRow:
    """A decided case."""
    row = in_review(at)
    commands.decide(row.id, outcome=Outcome.GRANTED, by=people.head(), at=at + timedelta(days=5), key=key())
    return fresh(row.id)


def delivered(at: datetime = AT) -> CaseRow:
    """A delivered case."""
    row = decided(at)
    commands.deliver(
        row.id, method="window", receiver="张示例", by=people.clerk(), at=at + timedelta(days=6), key=key()
    )
    return fresh(row.id)


def refused(at: datetime = AT) -> CaseRow:
    """A case refused at the door."""
    row = filed(at=at)
    commands.refuse_acceptance(
        row.id, ground="not_required", reason="依法无需许可", where_instead="", by=people.clerk(), at=at, key=key()
    )
    return fresh(row.id)


def terminated(at: datetime = AT) -> CaseRow:
    """A withdrawn case."""
    row = filed(at=at)
    commands.withdraw(row.id, by=people.applicant_actor(), at=at, key=key())
    return fresh(row.id)


IN_STATE: dict[State, Callable[[], CaseRow]] = {
    State.RECEIVED: filed,
    State.CORRECTING: correcting,
    State.REVIEW: in_review,
    State.SPECIAL: paused,
    State.DECIDED: decided,
    State.DELIVERED: delivered,
    State.REFUSED: refused,
    State.TERMINATED: terminated,
}


def day(text: str, hour: int = 10) -> datetime:
    """A business moment on a day."""
    return datetime.combine(date.fromisoformat(text), datetime.min.time(), SHANGHAI).replace(hour=hour)
