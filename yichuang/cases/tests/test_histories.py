"""Random lives of cases through the real commands, their rows compared with a walk day by day."""

import random
from datetime import date, timedelta

import pytest

from yichuang.cases import commands, rules
from yichuang.cases.flow import Outcome, Promptness
from yichuang.cases.queries import CaseRow, why
from yichuang.cases.tests import factories as make
from yichuang.cases.tests.clock_oracle import Told, histories
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import facts_of

FIRST, LAST = date(2018, 1, 1), date(2027, 3, 31)
EIGHT = ("hearing", "tender", "auction", "inspection", "testing", "quarantine", "appraisal", "expert_review")


def compare(row: CaseRow, told: Told) -> None:
    """The row of the case stands as the walk says."""
    if told.running is not None:
        assert (row.state, row.paused_on, row.due_on, row.statutory_due_on) == (
            "special",
            told.running,
            None,
            None,
        )
        assert row.days_left == told.granted(told.promised) - told.used(told.running)
        assert row.statutory_days_left == told.granted(told.statutory) - told.used(told.running)
        return
    assert (row.state, row.paused_on, row.days_left) == ("review", None, None)
    assert row.due_on == told.due(told.promised)
    assert row.statutory_due_on == told.due(told.statutory)
    assert row.provisional == (told.due(told.statutory).year > 2026)
    assert row.extended_days == told.extension
    assert row.work_due_on == row.due_on


def do(row: CaseRow, move: str, day: date, more: int, ground: str) -> None:
    """One move by the real command."""
    at = make.day(str(day))
    if move == "pause":
        commands.pause(row.id, ground=ground, expected_days=5, by=people.reviewer(), at=at, key=make.key())
    elif move == "resume":
        commands.resume(row.id, overrun_reason="排期", by=people.reviewer(), at=at, key=make.key())
    else:
        commands.extend(row.id, days=more, reason="情况复杂", by=people.head(), at=at, key=make.key())


def live(chance: random.Random) -> Promptness:
    """One life from acceptance to decision; how it stood at the end."""
    accepted_on = FIRST + timedelta(days=chance.randrange((LAST - FIRST).days))
    statutory = chance.choice((0, 5, 20, 30, 45))
    told = Told(accepted_on, statutory, min(statutory, chance.choice((0, 1, 5, 15, 20))))
    row = make.in_review(make.day(str(accepted_on)), statutory=told.statutory, promised=told.promised)
    compare(row, told)
    wishes = [
        (chance.choice(("pause", "resume", "extend")), chance.randrange(13), chance.randint(1, 10))
        for _ in range(5)
    ]
    day = accepted_on
    for move, moved_on, more, after in histories(told, wishes):
        day, told = moved_on, after
        do(row, move, day, more, chance.choice(EIGHT))
        row = make.fresh(row.id)
        compare(row, told)
        reason = why(row, today=day)
        assert reason is not None
        assert reason.used == told.used(day)
    if told.running is not None:
        day += timedelta(days=chance.randrange(20))
        told = told.resume(day)
        do(row, "resume", day, 0, "")
    decided_on = day + timedelta(days=chance.choice((0, 0, 1, 3, 9, 30)))
    if chance.random() < 0.4:
        decided_on = max(day, told.due(told.promised))
    return decide(row, told, decided_on)


def decide(row: CaseRow, told: Told, on: date) -> Promptness:
    """The decision is judged on its day, and the fact says the same as the row."""
    commands.decide(row.id, outcome=Outcome.GRANTED, by=people.head(), at=make.day(str(on)), key=make.key())
    after = make.fresh(row.id)
    assert (after.state, after.decided_on, after.due_on, after.paused_on) == ("decided", on, None, None)
    assert after.days_used == told.used(on)
    assert after.promptness == told.speed(on)
    data = facts_of(row.id)[-1].data
    assert (data["days_used"], data["promptness"]) == (after.days_used, after.promptness)
    assert data["promised_days"] == told.promised + told.extension
    return Promptness(after.promptness or "")


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(20220501, 20220506))
def test_random_lives_stand_as_the_walk_says(seed: int) -> None:
    chance = random.Random(seed)
    seen = {live(chance) for _ in range(60)}
    assert seen == set(Promptness), "the lives must reach every verdict, or the comparison proves little"


@pytest.mark.django_db
def test_the_comparison_catches_a_clock_that_counts_held_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: resuming forgets the hold."""
    counted = rules.limit
    monkeypatch.setattr(
        rules.clock, "limit", lambda calendar, facts, granted, closed: counted(calendar, facts, granted, ())
    )
    told = Told(date(2022, 5, 5), 45, 20).pause(date(2022, 5, 10)).resume(date(2022, 5, 20))
    row = make.in_review(make.day("2022-05-05"))
    do(row, "pause", date(2022, 5, 10), 0, "hearing")
    do(row, "resume", date(2022, 5, 20), 0, "")
    with pytest.raises(AssertionError):
        compare(make.fresh(row.id), told)
