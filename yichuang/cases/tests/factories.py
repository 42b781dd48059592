"""Cases for tests: brought to any state by the real commands."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from yichuang.cases import commands, flow
from yichuang.cases.commands import Stepped
from yichuang.cases.commands.pending import supply
from yichuang.cases.flow import Action, Channel, Outcome, State, WorkKind
from yichuang.cases.models.reviewers import Pending
from yichuang.cases.queries import CaseRow, load
from yichuang.catalogue.models import GuideVersion, Item
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import SHANGHAI

AT = datetime(2022, 5, 5, 10, 0, tzinfo=SHANGHAI)
# Within the five working days in which acceptance is to be answered.
LATER = AT + timedelta(days=6)
# Long after any procedure of these tests should have ended.
OVERRUN = timedelta(days=60)
NO_GUIDE = UUID(int=8)
STEPS = [action for action in Action if action != Action.FILE]
BOTH_LEVELS = ("second", "countersign")
SECOND = [
    Capability.CASE_ENDORSE, Capability.CASE_CLAIM, Capability.CASE_HAND_OVER, Capability.CASE_SEARCH,
]  # fmt: skip
LINES = [{"material": "申请书", "problem": "未签字", "requirement": "由法定代表人签字"}]


def key() -> str:
    """A fresh client key."""
    return uuid4().hex


def opening(
    where: Department | None = None, *, at: datetime = AT, statutory: int = 45, promised: int = 20,
    version: UUID = NO_GUIDE,
) -> commands.Opening:  # fmt: skip
    """A filing for water taking by a fictional company."""
    department = where or people.department()
    applicant = people.company()
    return commands.Opening(
        id=uuid7(at),
        item_id=UUID(int=7),
        item_version_id=version,
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
        content={},
    )


def filed(
    where: Department | None = None, *, at: datetime = AT, statutory: int = 45, promised: int = 20,
    version: UUID = NO_GUIDE,
) -> CaseRow:  # fmt: skip
    """A case that was just filed."""
    made = opening(where, at=at, statutory=statutory, promised=promised, version=version)
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
    respond_by = at.date() + timedelta(days=20)
    commands.ask_correction(row.id, lines=LINES, respond_by=respond_by, by=people.clerk(), at=at, key=key())
    return fresh(row.id)


def in_review(
    at: datetime = AT, *, statutory: int = 45, promised: int = 20, version: UUID = NO_GUIDE
) -> CaseRow:
    """An accepted case."""
    row = filed(at=at, statutory=statutory, promised=promised, version=version)
    commands.accept(row.id, by=people.clerk(), at=at, key=key())
    return fresh(row.id)


def paused(at: datetime = AT) -> CaseRow:
    """A case in a special procedure."""
    row = in_review(at)
    commands.pause(
        row.id,
        ground="expert_review",
        expected_days=10,
        by=people.reviewer(),
        at=at + timedelta(days=1),
        key=key(),
    )
    return fresh(row.id)


def proposed(at: datetime = AT, by: Actor | None = None) -> CaseRow:
    """A case with a reviewer's opinion that waits for the head."""
    row = in_review(at)
    who = by or people.reviewer()
    commands.propose(row.id, outcome=Outcome.GRANTED, opinion="符合条件", by=who, at=at, key=key())
    return fresh(row.id)


def handled(**handling: Any) -> UUID:
    """A version of a guide that says how its item is handled."""
    where = people.department()
    item, _ = Item.objects.get_or_create(
        code="510000-test-handled",
        defaults={
            "id": UUID(int=7), "name": "取水许可", "item_type": "01", "department": where, "region": where.region,
        },
    )  # fmt: skip
    number = item.versions.count() + 1
    made = GuideVersion.objects.create(
        id=uuid4(), item=item, number=number, state="retired", elements={"handling": handling}, statutory_days=45,
        promised_days=20, handling_kind="承诺件", created_at=AT,
    )  # fmt: skip
    return made.pk


def second(username: str = "second_level", where: Department | None = None) -> Actor:
    """Somebody who examines at the second level."""
    return people.staff(username, people.post(where or people.department(), "复审岗", SECOND))


def at_level(level: WorkKind, levels: tuple[str, ...] = BOTH_LEVELS) -> CaseRow:
    """A case of an item with levels that waits at one of them."""
    row = in_review(version=handled(levels=list(levels)))
    if row.work_kind != level:
        perform(row, Action.PROPOSE, people.reviewer(), at=AT)
    if fresh(row.id).work_kind != level:
        perform(row, Action.ENDORSE, second(), at=AT)
    if fresh(row.id).work_kind != level:
        perform(row, Action.COUNTERSIGN, people.head(username="countersigner"), at=AT)
    row = fresh(row.id)
    assert row.work_kind == level
    return row


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
        row.id,
        ground="not_required",
        reason="依法无需许可",
        where_instead="",
        by=people.clerk(),
        at=at,
        key=key(),
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


WAITS_AT = {Action.ENDORSE: WorkKind.SECOND, Action.COUNTERSIGN: WorkKind.COUNTERSIGN}


def ready_for(action: Action, state: State | None = None) -> CaseRow:
    """A case in which an action makes sense, in the state that is asked for."""
    sources = flow.BY_ACTION[action].sources
    chosen = state or (State.REVIEW if State.REVIEW in sources else sources[0])
    if chosen == State.REVIEW and action in WAITS_AT:
        return at_level(WAITS_AT[action])
    if chosen == State.REVIEW and action == Action.SEND_BACK:
        return proposed()
    return wanting(IN_STATE[chosen]()) if action == Action.SUPPLY else IN_STATE[chosen]()


def wanting(row: CaseRow) -> CaseRow:
    """The case as one that was accepted with a material to follow."""
    sql.execute("update cases_case set pending_open = 1 where id = %(id)s", {"id": row.id})
    _pending(row)
    return fresh(row.id)


def _pending(row: CaseRow) -> UUID:
    known = Pending.objects.filter(case_id=row.id).first()
    made = known or Pending.objects.create(
        id=uuid7(AT), case_id=row.id, case_number=row.number, item_name=row.item_name, applicant_id=row.applicant_id,
        code="quality_system", name="质量保证体系说明", accepted_on=AT.date(), promised_on=LATER.date(),
    )  # fmt: skip
    return made.pk


def perform(
    row: CaseRow, action: Action, by: Actor, *, at: datetime = LATER, key: str | None = None, seen: int | None = None,
    more: str = "",
) -> Stepped:  # fmt: skip
    """Do one thing to a case with content that passes; `more` makes it another content."""
    common: dict[str, Any] = {"by": by, "at": at, "key": key or uuid4().hex, "seen": seen}
    shown = "答复反映出新问题" + more
    calls: dict[Action, Callable[[], Stepped]] = {
        Action.ASK_CORRECTION: lambda: commands.ask_correction(
            row.id, lines=LINES, respond_by=at.date() + timedelta(days=10), newly_shown=shown, **common
        ),
        Action.ANSWER_CORRECTION: lambda: commands.answer_correction(
            row.id, note="已补" + more, content={}, **common
        ),
        Action.CORRECT_ON_SPOT: lambda: commands.correct_on_spot(
            row.id, what="法人当场补签" + more, **common
        ),
        Action.ACCEPT: lambda: commands.accept(row.id, **common),
        Action.REFUSE_ACCEPTANCE: lambda: commands.refuse_acceptance(
            row.id, ground="not_competent", reason="属市级权限" + more, where_instead="成都市水务局", **common
        ),
        Action.PROPOSE: lambda: commands.propose(
            row.id, outcome=Outcome.DENIED if more else Outcome.GRANTED, opinion="见审查记录", **common
        ),
        Action.SEND_BACK: lambda: commands.send_back(
            row.id, ground="facts_unclear", reason="请补充论证" + more, **common
        ),
        Action.ENDORSE: lambda: commands.endorse(row.id, opinion="同意初审意见" + more, **common),
        Action.COUNTERSIGN: lambda: commands.countersign(row.id, opinion="同意" + more, **common),
        Action.EXPEDITE: lambda: commands.expedite(row.id, reason="防汛抢险" + more, **common),
        Action.SUPPLY: lambda: supply(_pending(row), sha256=more and "f" * 64, **common),
        Action.NOTE_OVERRUN: lambda: commands.note_overrun(row.id, **(common | {"at": at + OVERRUN})),
        Action.HAND_OVER: lambda: commands.hand_over(
            row.id, to=_colleague(row, more), reason="出差", **common
        ),
        Action.PAUSE: lambda: commands.pause(
            row.id, ground="hearing", expected_days=20 + len(more), **common
        ),
        Action.RESUME: lambda: commands.resume(row.id, result="已听证" + more, **common),
        Action.EXTEND: lambda: commands.extend(row.id, days=9 if more else 10, reason="情况复杂", **common),
        Action.DECIDE: lambda: commands.decide(
            row.id, outcome=Outcome.DENIED if more else Outcome.GRANTED, reason="详见审查意见", **common
        ),
        Action.DELIVER: lambda: commands.deliver(
            row.id, method="window" if more else "post", receiver="张示例", **common
        ),
        Action.WITHDRAW: lambda: commands.withdraw(row.id, reason="另行申请" + more, **common),
        Action.TERMINATE: lambda: commands.terminate(
            row.id, ground="applicant_gone", reason="已注销" + more, **common
        ),
    }
    return calls[action]()


def _colleague(row: CaseRow, more: str) -> UUID:
    """Somebody else who may do the open work."""
    kind = fresh(row.id).work_kind
    if kind in ("accept", "correct", "deliver"):
        who = people.clerk(username=f"other{more}")
    elif kind == "second":
        who = second(f"other{more}")
    elif kind in ("countersign", "decide"):
        who = people.head(username=f"other{more}")
    else:
        who = people.reviewer(username=f"second{more}")
    assert who.id is not None
    return who.id
