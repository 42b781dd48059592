"""Signals are counted from what happened to cases: each rule by an example that fits and one that does not."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from yichuang.cases import commands
from yichuang.cases.flow import Outcome
from yichuang.cases.queries import CaseRow
from yichuang.cases.tests import factories as cases
from yichuang.directory.tests import factories as people
from yichuang.feedback.commands.integrity import note_view
from yichuang.feedback.commands.limits import set_limit
from yichuang.feedback.flow.integrity import SIGNALS, SignalKind
from yichuang.feedback.queries.integrity import WAITS, Signal, signals
from yichuang.feedback.queries.limits import limits_on
from yichuang.feedback.tests import factories as make
from yichuang.kernel import sql
from yichuang.kernel.errors import Refused
from yichuang.kernel.times import SHANGHAI

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2022, 5, 1), date(2022, 5, 31)


def at(day: str, hour: int = 10, minute: int = 0) -> datetime:
    """A moment in May 2022."""
    return datetime.fromisoformat(f"2022-{day}T{hour:02d}:{minute:02d}:00").replace(tzinfo=SHANGHAI)


def found(kind: SignalKind, first: date = FIRST, last: date = LAST) -> list[Signal]:
    """What one rule has found."""
    return next(each.signals for each in signals(first, last, by=make.auditor()) if each.rule.kind == kind)


def accept(row: CaseRow, moment: datetime) -> None:
    commands.accept(row.id, by=people.clerk(), at=moment, key=make.key())


def decide(row: CaseRow, moment: datetime, username: str = "head") -> None:
    by = people.head(username=username)
    commands.decide(row.id, outcome=Outcome.GRANTED, by=by, at=moment, key=make.key())


def test_who_was_accepted_before_older_ones_and_how_many_waited() -> None:
    old = [cases.filed(at=at("05-05")) for _ in range(3)]
    young = cases.filed(at=at("05-09"))
    accept(young, at("05-10"))
    assert [each.count for each in found(SignalKind.JUMPED_ACCEPTANCE)] == [1]
    [behind] = found(SignalKind.JUMPED_ACCEPTANCE)[0].cases
    assert (behind.id, behind.words.startswith("越过 3 件")) == (young.id, True)
    accept(old[0], at("05-11"))
    accept(old[1], at("05-11", 11))
    assert found(SignalKind.JUMPED_ACCEPTANCE)[0].cases[0].words.startswith("越过 3 件")
    assert found(SignalKind.JUMPED_ACCEPTANCE, date(2022, 5, 11), LAST) == []


def test_the_order_kept_is_no_signal() -> None:
    for day in ("05-05", "05-09", "05-10"):
        accept(cases.filed(at=at(day)), at(day, 11))
    cases.filed(at=at("05-05"))
    assert found(SignalKind.JUMPED_ACCEPTANCE) == []


def test_whoever_was_asked_for_a_correction_did_not_wait_for_the_office() -> None:
    for _ in range(2):
        cases.correcting(at("05-05"))
    accept(cases.filed(at=at("05-09")), at("05-10"))
    assert found(SignalKind.JUMPED_ACCEPTANCE) == []


def test_who_was_decided_before_older_ones() -> None:
    for _ in range(2):
        accept(cases.filed(at=at("05-05")), at("05-05", 11))
    cases.paused(at("05-05"))
    young = cases.filed(at=at("05-09"))
    accept(young, at("05-09", 11))
    decide(young, at("05-12"))
    [signal] = found(SignalKind.JUMPED_DECISION)
    assert signal.cases[0].words.startswith("越过 2 件")
    set_limit(
        "signal.jump_cases", 3, "试", date(2022, 5, 12), by=make.reviewer(), at=at("05-12"), key=make.key()
    )
    assert found(SignalKind.JUMPED_DECISION) == []


def correct(row: CaseRow, username: str, times: int) -> None:
    for step in range(times):
        moment = at("05-09", 10 + step)
        commands.ask_correction(
            row.id, lines=cases.LINES, respond_by=date(2022, 5, 25), newly_shown="新问题",
            by=people.clerk(username), at=moment, key=make.key(),
        )  # fmt: skip
        commands.answer_correction(
            row.id, note="", content={}, by=people.applicant_actor(), at=moment + timedelta(minutes=9), key=make.key()
        )  # fmt: skip


def test_repeated_corrections_against_the_median() -> None:
    for username, twice in (("careful", 0), ("usual", 0), ("harsh", 2)):
        for number in range(3):
            correct(cases.filed(at=at("05-06")), username, 2 if number < twice else 1)
    [signal] = found(SignalKind.CORRECTIONS)
    assert (signal.officer, signal.count) == ("harsh（示例）", 2)
    assert "66.7%" in signal.words
    assert "0.0%" in signal.words


def test_who_decides_alone_and_who_with_another() -> None:
    for number in range(3):
        row = cases.filed(at=at("05-05"))
        accept(row, at("05-05", 11))
        if number == 0:
            commands.propose(
                row.id, outcome=Outcome.GRANTED, opinion="可", by=people.reviewer(), at=at("05-06"), key=make.key()
            )  # fmt: skip
        decide(row, at("05-10"))
    [signal] = found(SignalKind.ALONE)
    assert (signal.count, "66.7%" in signal.words) == (2, True)
    set_limit(
        "signal.alone_share", 70, "试", date(2022, 5, 12), by=make.reviewer(), at=at("05-12"), key=make.key()
    )
    assert found(SignalKind.ALONE) == []


@pytest.mark.parametrize(
    ("day", "hour", "minutes", "signalled"),
    [("05-06", 20, 10, True), ("05-06", 10, 10, False), ("05-14", 10, 10, True), ("05-07", 10, 10, False), ("05-06", 20, 31, False)],
)  # fmt: skip
def test_instant_finishes_outside_opening_hours(day: str, hour: int, minutes: int, signalled: bool) -> None:
    row = cases.filed(at=at(day, hour))
    accept(row, at(day, hour, 1))
    decide(row, at(day, hour, minutes))
    assert [each.count for each in found(SignalKind.INSTANT)] == ([1] if signalled else [])


def test_many_terminated_against_the_median() -> None:
    for username, ended in (("one", 1), ("two", 1), ("many", 3)):
        for number in range(4):
            row = cases.filed(at=at("05-05"))
            commands.accept(row.id, by=people.clerk(username), at=at("05-05", 11), key=make.key())
            if number < ended:
                commands.terminate(
                    row.id, ground="impossible", reason="x", by=people.clerk(username), at=at("05-10"), key=make.key()
                )  # fmt: skip
    names = {each.officer: each.count for each in found(SignalKind.TERMINATED)}
    assert names == {"many（示例）": 3}


def test_every_rule_says_its_thresholds_and_nothing_is_left_open() -> None:
    groups = signals(FIRST, LAST, by=make.auditor())
    assert [each.rule for each in groups] == list(SIGNALS)
    assert all("{" not in each.words and each.signals == [] for each in groups)
    known = limits_on(LAST)
    assert all(code in known for each in SIGNALS for code in each.limits)


def test_only_auditors_look_and_looking_leaves_a_fact() -> None:
    with pytest.raises(Refused):
        signals(FIRST, LAST, by=make.reviewer())
    with pytest.raises(Refused):
        note_view(FIRST, LAST, by=make.reviewer(), at=make.AT)
    by = make.auditor()
    note_view(FIRST, LAST, by=by, at=make.AT)
    [row] = sql.rows("select actor, data from journal_fact where kind = 'integrity.viewed'")
    assert row[0] == by.signature
    assert "2022-05-01" in row[1]


def test_the_statements_find_facts_by_their_index() -> None:
    scope = {"first": FIRST, "last": LAST, "scope": [UUID(int=1)], "clearance": 0}
    start, target, works, ends = WAITS[SignalKind.JUMPED_ACCEPTANCE]
    asked = scope | {
        "start": start,
        "target": target,
        "works": works,
        "ends": ends,
        "days": 1,
        "cases": 2,
        "minutes": 30,
    }
    sql.execute("set local enable_seqscan = off")
    for name in ("jumps", "officers", "instant"):
        text = sql.statement(__import__("yichuang.feedback.queries.integrity", fromlist=["x"]).__file__, name)
        plan = "\n".join(row[0] for row in sql.rows(f"explain {text}", asked))
        assert "day_kind_department_id" in plan, plan
        assert "Seq Scan on journal_fact" not in plan, plan
