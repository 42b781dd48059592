"""The short form of the proof of the clock, and clocks that are wrong somewhere: each must be found out."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest

from tests.proof import __main__ as proof
from tests.proof.clock import compare, history, prove
from yichuang.cases import rules
from yichuang.cases.rules import clock, deemed, steps
from yichuang.workdays.rules import Calendar, DueDate, Hold, used_days

HISTORIES = 2000
TRIED = 400


def test_two_thousand_histories_stand_as_the_walk_says() -> None:
    found = compare(0, HISTORIES)
    assert (found.histories, found.differences, found.shown) == (HISTORIES, 0, ())


def test_the_histories_reach_what_they_are_to_prove() -> None:
    """A proof over lives in which nothing happens proves nothing."""
    seen: Counter[str] = Counter()
    for number in range(TRIED):
        it = history(number)
        kinds = Counter(kind for kind, *_ in it.facts)
        seen["paused"] += kinds["case.paused"] > 0
        seen["paused again"] += kinds["case.paused"] > 1
        seen["extended"] += kinds["case.extended"] > 0
        seen["corrected"] += kinds["case.correction_answered"] > 0
        seen["after hours"] += any(data.get("time", "") > "17:30:00" for _, _, data, _ in it.facts)
        seen["in a year without notice"] += it.facts[-1][1].year == 2027
    assert min(seen.values()) >= TRIED // 100, seen
    assert set(seen) >= {"paused again", "after hours", "in a year without notice"}


def test_a_history_is_the_same_whenever_it_is_told() -> None:
    assert history(7).facts == history(7).facts != history(8).facts
    assert history(7, seed=1).facts != history(7).facts


def test_many_processes_tell_the_same_histories() -> None:
    assert prove(30, workers=2) == compare(0, 30)


def test_the_command_prints_one_line_and_fails_where_something_differs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert proof.main(["--only", "clock", "--cases", "20", "--workers", "1"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["histories"], printed["differences"]) == (20, 0)
    wrong = replace(compare(0, 1), differences=1, shown=("0 due",))
    monkeypatch.setattr(proof, "prove", lambda *_, **__: wrong)
    assert proof.main(["--only", "clock", "--cases", "1"]) == 1
    assert "0 due" in capsys.readouterr().err


Limit = Callable[[Calendar, rules.ClockFacts, int, tuple[Hold, ...]], DueDate]
LIMIT: Limit = clock.limit


def limit_with(change: Callable[[rules.ClockFacts], rules.ClockFacts]) -> Limit:
    """A limit that reads the facts otherwise."""
    return lambda calendar, facts, days, closed: LIMIT(calendar, change(facts), days, closed)


WRONG: dict[str, tuple[Any, str, Any]] = {
    "the day of acceptance counts": (
        clock,
        "limit",
        limit_with(lambda facts: replace(facts, accepted_on=facts.accepted_on - timedelta(days=1))),
    ),
    "held days are counted": (clock, "limit", lambda c, f, d, closed: LIMIT(c, f, d, ())),
    "only the first pause is known": (clock, "limit", lambda c, f, d, closed: LIMIT(c, f, d, closed[:1])),
    "the extension is forgotten": (clock, "limit", limit_with(lambda facts: replace(facts, extension=0))),
    "a pause is counted twice": (
        clock,
        "used_days",
        lambda c, a, on, holds=(): (
            used_days(c, a, on, holds) - sum(c.between(h.start, h.end) for h in holds if h.end)
        ),
    ),
    "closing time is forgotten": (clock, "CLOSING", time(23, 59, 59)),
    "closing time itself is late": (clock, "CLOSING", time(17, 29, 59)),
    "silence a day early": (rules, "silent", lambda c, r, t: t >= deemed.answer_by(c, r)),
    "silence by natural days": (rules, "silent", lambda c, r, t: t > r + timedelta(days=5)),
    "the correction is forgotten": (rules, "received_on", lambda filed, facts: filed),
    "a renewal in working days": (
        deemed,
        "latest_before",
        lambda c, counting, day, count: c.before(day, count),
    ),
    "delivery in natural days": (rules, "deliver_by", lambda c, on, days: on + timedelta(days=days)),
    "an overrun from the day told itself": (
        rules,
        "overrun",
        lambda c, until, on: max(1, c.between(until, on)) if on >= until else 0,
    ),
    "late is on time": (rules, "promptness", lambda used, promised, *, same_day: "on_time"),
    "every year has its notice": (Calendar, "is_official", lambda self, year: True),
    "the steps forget the held days": (steps, "CLOSES", {**steps.CLOSES, "case.resumed": "review"}),
    "weekends are worked": (
        rules,
        "expected_until",
        lambda c, paused_on, days: paused_on + timedelta(days=days),
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_clock_that_is_wrong_somewhere_is_found_out(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, name, wrong = WRONG[mistake]
    monkeypatch.setattr(where, name, wrong)
    assert compare(0, TRIED).differences > 0


def test_the_first_day_that_the_calendar_knows_is_far_enough() -> None:
    """Nothing in a history lies outside the calendar; else the proof would stop, not prove."""
    assert min(history(n).facts[0][1] for n in range(50)) >= date(2018, 2, 1)
