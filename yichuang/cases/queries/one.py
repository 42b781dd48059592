"""One case: the row a step decides by, and how it is found."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from yichuang.cases import flow, rules
from yichuang.cases.flow import Action
from yichuang.catalogue.rules.handling import Handling, read_handling
from yichuang.directory.flow import Capability
from yichuang.journal.queries import append_fragment
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.sql import Along
from yichuang.workdays.queries import calendar

ClockFact = tuple[Action, date, Mapping[str, Any], str]


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as read for a step, in the order of `read.sql`."""

    id: UUID
    number: str
    item_id: UUID
    item_version_id: UUID
    item_name: str
    item_type: str
    handling_kind: str
    department_id: UUID
    region: str
    channel: str
    applicant_id: UUID
    applicant_name: str
    state: str
    seq: int
    last_hash: bytes
    filed_at: datetime
    filed_on: date
    accepted_on: date | None
    decided_on: date | None
    closed_on: date | None
    statutory_days: int
    promised_days: int
    extended_days: int
    due_on: date | None
    statutory_due_on: date | None
    provisional: bool
    paused_on: date | None
    days_left: int | None
    statutory_days_left: int | None
    days_used: int | None
    corrections: int
    outcome: str | None
    promptness: str | None
    work_kind: str | None
    work_holder_id: UUID | None
    work_holder_name: str
    work_due_on: date | None
    department_name: str
    department_short_name: str
    document_word: str
    green: bool
    pending_open: int
    renews_expires_on: date | None
    confidentiality: int
    # Opinions without an answer or a ruling, reviews and surveys that have not ended.
    awaited: bool
    # Another with every write to the row, also where no step was taken (`happenings.hold`).
    row_version: str = field(compare=False)
    handling: Handling
    facts: tuple[tuple[str, date, Mapping[str, Any], str, str], ...]
    key_used: tuple[int, str | None, str | None] | None = None
    delivery_days: int = rules.DELIVERY_DAYS
    # By how much the guide says that the limit may be extended; None where there is no guide.
    extension_days: int | None = None

    def visible_to(self, by: Actor) -> bool:
        """Staff who search cases see those they reach and are cleared for; an applicant sees the own ones."""
        if by.kind == "applicant":
            return by.applicant_id == self.applicant_id
        return self.within(by) and by.can(Capability.CASE_SEARCH)

    def within(self, by: Actor) -> bool:
        """Whether staff reach the case: its department, and no more confidential than they are cleared for."""
        return by.reaches(self.department_id) and by.cleared(self.confidentiality)

    def clock_facts(self, new: ClockFact | None = None) -> rules.ClockFacts:
        """What the clock reads, with one more fact that is about to be written."""
        assert self.accepted_on is not None
        known = [(kind, day, data, ground) for kind, day, data, ground, _ in self.facts]
        if new is not None:
            known.append((flow.BY_ACTION[new[0]].fact, new[1], new[2], new[3]))
        return rules.clock_facts(self.accepted_on, self.statutory_days, self.promised_days, known)

    @property
    def received_on(self) -> date:
        """The day of receipt of what the window has to answer: the filing, or the corrected materials."""
        return rules.received_on(self.filed_on, (fact[:4] for fact in self.facts))

    @property
    def paused_for(self) -> int | None:
        """The working days told in writing for the special procedure that lasts; None while none does."""
        if self.paused_on is None:
            return None
        paused = (data for kind, _, data, *_ in reversed(self.facts) if kind == "case.paused")
        return int(next(paused)["expected_days"])

    @property
    def limit_rule(self) -> rules.LimitRule:
        """The law's limit that this item's decision has."""
        return rules.decision_rule(self.handling.limit_rule, joint=self.handling.joint)

    @property
    def acceptance_rule(self) -> rules.LimitRule:
        """Within how many days the window answers."""
        return rules.acceptance_rule(self.handling.limit_rule)

    @property
    def renewal(self) -> rules.Renewal | None:
        """How a renewal stands (行政许可法 art. 50); None for what renews nothing."""
        if self.renews_expires_on is None:
            return None
        rule = rules.renewal_rule(self.handling.limit_rule)
        return rules.renewal(calendar(), self.renews_expires_on, self.filed_on, rule)

    @property
    def latest_day(self) -> date:
        """The last day known on which something happened: no later step can be dated before it."""
        known = [self.filed_on, self.accepted_on, self.decided_on, *(day for _, day, *_ in self.facts)]
        return max(day for day in known if day is not None)

    @property
    def signed(self) -> dict[flow.WorkKind, frozenset[str]]:
        """Who stands for which level of the round that runs."""
        return rules.signed(self.facts)

    @property
    def proposed_by(self) -> str | None:
        """Who made the proposal that now waits for the levels above."""
        if self.work_kind not in flow.LEVELS[1:] or flow.WorkKind.REVIEW not in self.signed:
            return None
        return next((actor for kind, *_, actor in reversed(self.facts) if kind == "case.proposed"), None)

    @property
    def proposal(self) -> str | None:
        """The outcome proposed, while it waits for the levels above."""
        if self.proposed_by is None:
            return None
        return next(
            (data["outcome"] for kind, _, data, *_ in reversed(self.facts) if kind == "case.proposed"), None
        )


# A row of the statement fits the class by its order; the type checker cannot count a list.
MAKE: Callable[..., CaseRow] = CaseRow


@cache
def statement_text(name: str) -> str:
    """A hot statement of this room with the journal's fragment in place."""
    return sql.statement(__file__, name, (("append", append_fragment()),))


def load(case_id: UUID, key: str | None = None) -> CaseRow | None:
    """A case with its work and clock facts, in one statement; no permission is checked here.

    With a client key, `key_used` is what that key has left on the case: (seq, key_hash, number).
    """
    row = sql.one(_read(apart=sql.distributes()), {"id": case_id, "key": key})
    return None if row is None else _made(row)


@cache
def _read(*, apart: bool) -> str:
    """The one read of a step. `apart`: an engine that distributes gives what the server knows of a row only in a question of its own."""
    text, of_the_row = statement_text("read"), "c.xmin::text"
    assert text.count(of_the_row) == 1
    asked_apart = "(select x.xmin::text from cases_case x where x.id = %(id)s::uuid)"
    return text.replace(of_the_row, asked_apart) if apart else text


@cache
def _read_many(*, apart: bool) -> str:
    """The one read of a step, for many cases at once: each with a key of its own that ends with its id."""
    text = _read(apart=apart).removeprefix(sql.ONE_PLAN)
    for one, many in (
        ("%(id)s::uuid", "c.id"),
        ("%(key)s::text", "%(key)s::text || c.id::text"),
        ("where c.id = %(id)s", "where c.id = any(%(ids)s::uuid[])"),
    ):
        assert one in text
        text = text.replace(one, many)
    return text


def load_many(case_ids: Sequence[UUID], key: str) -> dict[UUID, CaseRow]:
    """Many cases as `load` reads one, in one statement; `key` is what comes before the id in each one's client key."""
    found = sql.rows(_read_many(apart=sql.distributes()), {"ids": list(case_ids), "key": key})
    return {row[0]: _made(row) for row in found}


# So long a row that was read ahead is as good as one that the engine reads itself. Whoever takes longer to send the words
# of a step is judged by the case as it stands when they are there.
FRESH_SECONDS = 1.0
_ahead: ContextVar[tuple[UUID, str, tuple[Any, ...], float] | None] = ContextVar(
    "yichuang_case_ahead", default=None
)


@contextmanager
def ahead(case_id: UUID | None, key: str, row: tuple[Any, ...] | None) -> Iterator[None]:
    """Until the end of the block, the first step of this case under this key decides by the row that was read with its number.

    A row of another case than the number's own is nobody's: the server was asked through somebody who changes sessions.
    """
    fits = row is not None and case_id is not None and row[0] == case_id
    token = _ahead.set((row[0], key, row, time.monotonic()) if row is not None and fits else None)
    try:
        yield
    finally:
        _ahead.reset(token)


def taken_ahead(case_id: UUID, key: str) -> tuple[Any, ...] | None:
    """The row that was read ahead for this very step; good for one look, and not for long. None: the engine reads by itself."""
    found = _ahead.get()
    if found is None or found[:2] != (case_id, key):
        return None
    _ahead.set(None)
    return found[2] if time.monotonic() - found[3] <= FRESH_SECONDS else None


def load_visible(case_id: UUID, *, by: Actor, key: str | None = None) -> CaseRow | None:
    """As `load`, for somebody: None for a case that is not there or not theirs, and then nothing more is asked of either.

    What the guide says of handling may have to be read: only after it is known that the case may be seen.
    """
    return visible_row(sql.one(_read(apart=sql.distributes()), {"id": case_id, "key": key}), by)


def visible_row(row: tuple[Any, ...] | None, by: Actor) -> CaseRow | None:
    """The case of a row of `read.sql`, for somebody, as `load_visible` tells it."""
    if row is None or not (_is_kept(row) or _made(row, UNREAD).visible_to(by)):
        return None
    made = _made(row)
    return made if made.visible_to(by) else None


def _made(row: tuple[Any, ...], handled: "Handled | None" = None) -> CaseRow:
    facts = tuple(
        (kind, date.fromisoformat(day), data, ground or "", actor)
        for kind, day, data, ground, actor in json.loads(row[-2])
    )
    values = list(row[:-2])
    values[14] = bytes(values[14])
    values[35] = values[35] or ""
    handling, delivery, extension = handled or _handling(values[3], values[-1])
    values[-1] = handling
    used = json.loads(row[-1]) if row[-1] else None
    known = (used[0], used[1], used[2]) if used else None
    return MAKE(*values, facts, known, delivery, extension)


# How a case is handled, the days of delivery, the days by which the guide says that the limit may be extended.
Handled = tuple[Handling, int, int | None]
MOST_KEPT = 5000
_handled: dict[UUID, tuple[str | None, Handled]] = {}


UNREAD: Handled = (read_handling(None), 0, None)


def _is_kept(row: tuple[Any, ...]) -> bool:
    kept = _handled.get(row[3])
    # The row of the guide stands before the key's use and the facts.
    return kept is not None and kept[0] == row[-3]


def _handling(version_id: UUID, guide_row: str | None) -> Handled:
    """What the version of a guide says of handling, kept by the process for as long as its row is the one that was read."""
    kept = _handled.get(version_id)
    if kept is None or kept[0] != guide_row:
        row = sql.one(
            "/*one plan*/ select json_build_array(elements -> 'handling', elements -> 'limits' -> 'delivery_days', "
            "elements -> 'limits' -> 'extension_days')::text from catalogue_guideversion where id = %(id)s",
            {"id": version_id},
        )
        handling, delivery, extension = json.loads(row[0]) if row else (None, None, None)
        within = rules.delivery_days(rules.DELIVERY_DAYS if delivery is None else delivery)
        if len(_handled) >= MOST_KEPT:
            _handled.clear()
        kept = _handled[version_id] = (guide_row, (read_handling(handling), within, extension))
    return kept[1]


def visible(case_id: UUID, *, by: Actor, key: str | None = None) -> CaseRow:
    """A case that this actor may see, `key` as in `load`. Raises Missing for one that is not there or not theirs: the two look the same."""
    row = load_visible(case_id, by=by, key=key)
    if row is None:
        raise Missing("没有找到这个办件，或者您无权查看。", how="请核对办件编号。")
    return row


# The case that a question has just found by its number, for the statement that is sent with it: known to the server before
# that begins, so that of the many partitions one is opened.
FOUND = "nullif(current_setting('yichuang.case', true), '')::uuid"
FIND = "set_config('yichuang.case', coalesce((select case_id::text from cases_number where number = %(number)s), ''), false)"


@cache
def _read_along() -> str:
    """The one read of a step, of the case that was just found by its number."""
    return statement_text("read").replace("%(id)s::uuid", FOUND).replace("%(id)s", FOUND)


def number_along(number: str, key: str = "") -> Along:
    """The id behind a case number, for a question that is asked anyway; `by_number` asks by itself.

    With the key of a step, what the step decides by is read then, too: for `ahead`.
    """
    if key:
        return Along(
            f"nullif({FIND}, '')::uuid", {"number": number.strip().upper()}, (_read_along(), {"key": key})
        )
    return Along(
        "select case_id from cases_number where number = %(number)s", {"number": number.strip().upper()}
    )


def by_number(number: str) -> UUID | None:
    """The id behind a case number."""
    row = sql.one(
        "/*one plan*/ select case_id from cases_number where number = %(number)s",
        {"number": number.strip().upper()},
    )
    return row[0] if row else None


def particulars(case_id: UUID, *, internal: bool) -> dict[int, dict[str, Any]]:
    """The words typed with each step, by its place in the history; inner words only where `internal`."""
    found = sql.rows(
        "/*one plan*/ select seq, body from cases_particulars where case_id = %(id)s and (%(internal)s or not internal)",
        {"id": case_id, "internal": internal},
    )
    return {seq: json.loads(body) for seq, body in found}


def running_after(since: date | None) -> list[UUID]:
    """Open cases with a date, counted by the calendar, on or after a day (all when None); paused ones always.

    Those that wait for a correction are not among them: the applicant was told a day, not a number of days.
    """
    found = sql.rows(
        "select c.id from cases_case c join cases_work w on w.case_id = c.id "
        "where c.state in ('received', 'review', 'special', 'decided') and (%(since)s::date is null "
        "or c.state = 'special' or greatest(w.due_on, c.statutory_due_on) >= %(since)s) order by c.id",
        {"since": since},
    )
    return [row[0] for row in found]
