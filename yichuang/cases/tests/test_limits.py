"""The law's limits against a sheet of facts kept beside this test, and what they allow: pauses, extensions, delivery."""

import csv
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.cases import commands, rules
from yichuang.cases.commands.procedures import Basis, HearingDays
from yichuang.cases.flow import EXTENSION_GROUNDS, Action, Outcome, Promptness
from yichuang.cases.queries import CaseRow, particulars
from yichuang.cases.rules.limits import COMPANIONS
from yichuang.cases.tests import factories as make
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import facts_of
from yichuang.kernel.errors import Invalid
from yichuang.kernel.times import SHANGHAI
from yichuang.workdays.data import packaged_calendar
from yichuang.workdays.tests.oracle import ONE_DAY, worked

CALENDAR = packaged_calendar()
DIGITS = "零一二三四五六七八九"
Sheet = tuple[str, str, int, int | None, str]


def chinese(number: int) -> str:
    """32 as 三十二."""
    tens, ones = divmod(number, 10)
    ten = "" if not tens else "十" if tens == 1 else f"{DIGITS[tens]}十"
    return ten + (DIGITS[ones] if ones or not tens else "")


def sheet() -> dict[str, Sheet]:
    """The sheet of facts: law, article, limit, extension, unit by code."""
    with Path(__file__).with_name("law_limits.csv").open(encoding="utf-8") as lines:
        return {
            row["code"]: (
                f"《{row['law']}》", f"第{chinese(int(row['article']))}条", int(row["limit"]),
                int(row["extension"]) if row["extension"] else None, row["unit"],
            )
            for row in csv.DictReader(lines)
        }  # fmt: skip


def table() -> dict[str, Sheet]:
    """The same from the program's table."""
    found: dict[str, Sheet] = {
        rule.code: (
            rule.law, rule.article.split("条")[0] + "条", rule.days, rule.extension.days if rule.extension else None,
            rule.counting.value,
        )
        for rule in rules.LIMITS
    }  # fmt: skip
    return found | {term.code: (term.law, term.article, term.years, None, "years") for term in rules.TERMS}


def test_the_table_says_what_the_law_says() -> None:
    assert table() == sheet()


@pytest.mark.parametrize(
    "changed", [{"days": 6}, {"article": "第三十三条"}, {"counting": rules.BY_CODE["art50"].counting}]
)
def test_a_limit_that_was_changed_is_noticed(
    changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "LIMITS", (replace(rules.LIMITS[0], **changed), *rules.LIMITS[1:]))
    assert table() != sheet()


def test_every_rule_names_its_article_and_its_counting() -> None:
    for rule in rules.LIMITS:
        assert rule.cited in rule.sentence
        assert rule.counting.rule in rule.sentence
    assert {rule.extension.ground for rule in rules.LIMITS if rule.extension} == set(EXTENSION_GROUNDS)
    assert set(COMPANIONS) <= set(rules.BY_CODE)


def test_an_item_has_the_limits_that_belong_together() -> None:
    assert rules.decision_rule("unknown").code == "art42"
    assert rules.decision_rule("art42", joint=True).code == "art42_joint"
    assert rules.decision_rule("water19", joint=True).code == "water19"
    for code, (answer, renew) in COMPANIONS.items():
        assert rules.acceptance_rule(code).code == answer
        assert rules.renewal_rule(code).code == renew


DAYS = st.dates(date(2018, 3, 1), date(2027, 9, 30))


@given(DAYS, st.sampled_from(["art50", "water25", "radio33"]))
def test_asked_in_time_leaves_so_many_days(expires_on: date, code: str) -> None:
    """Walk back from the day of expiry: the last day in time leaves the rule's own days, the next one fewer."""
    rule, day, left = rules.BY_CODE[code], expires_on, 0
    while left < rule.days:
        left += worked(day) if rule.counting.value == "working_days" else 1
        day -= ONE_DAY
    assert rules.renew_by(CALENDAR, expires_on, rule) == day


@given(DAYS, st.integers(0, 30))
def test_silence_begins_after_the_fifth_worked_day(received: date, later: int) -> None:
    today = received + timedelta(days=later)
    passed = sum(worked(received + timedelta(days=n)) for n in range(1, later))
    assert rules.silent(CALENDAR, received, today) == (passed >= 5)


# Instant items


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        ("2022-09-29 17:30:00", "2022-09-29"),
        ("2022-09-29 17:30:01", "2022-09-30"),
        ("2022-09-30 18:00:00", "2022-10-08"),
        ("2022-10-01 09:00:00", "2022-10-08"),
        ("2022-10-08 17:29:59", "2022-10-08"),
    ],
)
@pytest.mark.django_db
def test_an_instant_item_is_due_the_same_day_unless_the_window_had_closed(moment: str, due: str) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)
    row = make.in_review(at, statutory=20, promised=0)
    assert str(row.due_on) == due
    assert make.fresh(row.id).clock_facts().accepted_time == at.time()
    commands.decide(row.id, outcome=Outcome.GRANTED, by=people.head(), at=make.day(due, 20), key=make.key())
    late = Promptness.INSTANT if due == moment[:10] else Promptness.ON_TIME
    assert make.fresh(row.id).promptness == late


@given(DAYS, st.times(), st.integers(28, 32))
def test_instant_is_by_the_minute(on: date, hour: time, minute: int) -> None:
    """The same as a walk: today while the window is open on a worked day, else the next worked day."""
    for at in (datetime.combine(on, hour), datetime.combine(on, time(17, minute))):
        facts = rules.ClockFacts(at.date(), 20, 0, accepted_time=at.time())
        day = at.date()
        if not worked(day) or at.time() > time(17, 30):
            day += ONE_DAY
            while not worked(day):
                day += ONE_DAY
        clock = rules.read_clock(CALENDAR, facts)
        assert clock.due_on == day
        assert rules.granted(CALENDAR, facts, 0) == CALENDAR.between(at.date(), day)


def test_closing_time_forgotten_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: whenever accepted, due the same day."""
    monkeypatch.setattr(rules.clock, "CLOSING", time(23, 59, 59))
    facts = rules.ClockFacts(date(2022, 9, 29), 20, 0, accepted_time=time(18, 0))
    assert rules.read_clock(CALENDAR, facts).due_on == date(2022, 9, 29)


# Pauses


def pause(row: CaseRow, **given_: Any) -> CaseRow:
    """A pause on the day after acceptance."""
    more: dict[str, Any] = {"ground": "hearing", "expected_days": 20} | given_
    commands.pause(row.id, by=people.reviewer(), at=make.day("2022-05-06"), key=make.key(), **more)
    return make.fresh(row.id)


@pytest.mark.django_db
def test_another_legal_basis_is_named_with_its_article() -> None:
    row = make.in_review()
    with pytest.raises(Invalid) as problem:
        pause(row, ground="other", basis=Basis("取水许可和水资源费征收管理条例", " "))
    assert set(problem.value.fields) == {"article"}
    after = pause(row, ground="other", basis=Basis("取水许可和水资源费征收管理条例", "第十九条"))
    words = particulars(row.id, internal=True)[after.seq]
    assert (words["law"], words["article"]) == ("取水许可和水资源费征收管理条例", "第十九条")
    assert "law" not in facts_of(row.id)[-1].data


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given_", "field"),
    [
        ({"expected_days": 26}, "expected_days"),
        ({"expected_days": 0}, "expected_days"),
        ({"ground": "appraisal", "expected_days": 251}, "expected_days"),
        ({"hearing": HearingDays(date(2022, 4, 1), date(2022, 4, 12))}, "asked_on"),
        ({"hearing": HearingDays(date(2022, 5, 5), date(2022, 5, 6), None, date(2022, 6, 7))}, "held_on"),
        (
            {"hearing": HearingDays(date(2022, 5, 5), date(2022, 5, 6), date(2022, 5, 24), date(2022, 6, 1))},
            "notified_on",
        ),
    ],
)
def test_a_procedure_has_limits_of_its_own(given_: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as problem:
        pause(make.in_review(), **given_)
    assert set(problem.value.fields) == {field}


@pytest.mark.django_db
def test_a_hearing_that_keeps_its_days_leaves_them_in_the_fact() -> None:
    days = HearingDays(date(2022, 5, 5), date(2022, 5, 11), date(2022, 5, 23), date(2022, 6, 1))
    row = pause(make.in_review(), expected_days=25, hearing=days)
    data = facts_of(row.id)[-1].data
    assert [data[name] for name in HearingDays.__slots__] == [
        "2022-05-05",
        "2022-05-11",
        "2022-05-23",
        "2022-06-01",
    ]


@given(DAYS, st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_the_days_of_a_hearing_against_a_walk(told: date, asked: int, held: int, before: int) -> None:
    """Article 47: asked within five, held within twenty; article 48: told seven before."""
    asked_on = told + timedelta(days=asked)
    held_on = asked_on + timedelta(days=held)
    notified_on = held_on - timedelta(days=before)
    wrong = rules.hearing_faults(CALENDAR, rules.Hearing(told, asked_on, notified_on, held_on))

    def between(first: date, last: date) -> int:
        return sum(worked(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))

    assert ("asked_on" in wrong) == (between(told, asked_on - ONE_DAY) >= 5)
    assert ("held_on" in wrong) == (between(asked_on, held_on - ONE_DAY) >= 20)
    assert ("notified_on" in wrong) == (between(notified_on, held_on) < 7)


@given(DAYS, st.integers(1, 30), st.integers(0, 60))
def test_an_overrun_is_counted_from_the_day_that_was_told(paused: date, days: int, later: int) -> None:
    until = rules.expected_until(CALENDAR, paused, days)
    on = paused + timedelta(days=later)
    passed = sum(worked(until + timedelta(days=n)) for n in range(1, (on - until).days + 1))
    assert rules.overrun(CALENDAR, until, on) == (max(1, passed) if on > until else 0)


# Extensions


def extend(row: CaseRow, **given_: Any) -> CaseRow:
    """An extension on the day after acceptance."""
    more: dict[str, Any] = {"days": 10, "reason": "情况复杂"} | given_
    commands.extend(row.id, by=people.head(), at=make.day("2022-05-06"), key=make.key(), **more)
    return make.fresh(row.id)


@pytest.mark.django_db
def test_joint_items_are_extended_by_the_head_of_government() -> None:
    row = make.in_review(version=make.handled(joint=True))
    joint = {
        "ground": "art42_joint",
        "approver": "示例市人民政府 张示例副市长",
        "approval": "示府办函〔2022〕8号",
    }
    for wrong, field in (
        ({**joint, "days": 16}, "days"),
        ({**joint, "approver": " "}, "approver"),
        ({**joint, "approval": ""}, "approval"),
        ({"ground": "art42"}, "ground"),
    ):
        with pytest.raises(Invalid) as problem:
            extend(row, **wrong)
        assert set(problem.value.fields) == {field}
    after = extend(row, **joint, days=15)
    assert after.extended_days == 15
    assert facts_of(row.id)[-1].ground == "art42_joint"
    assert particulars(row.id, internal=True)[after.seq]["approval"] == "示府办函〔2022〕8号"


@pytest.mark.django_db
def test_what_is_not_joint_has_ten_days_by_the_own_head() -> None:
    row = make.in_review()
    with pytest.raises(Invalid) as problem:
        extend(row, ground="art42_joint", approver="张示例", approval="示府办函〔2022〕8号")
    assert set(problem.value.fields) == {"ground"}
    with pytest.raises(Invalid):
        extend(row, days=11)
    assert extend(row).extended_days == 10


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["water19", "radio16", "radio31"])
def test_other_laws_do_not_lengthen_their_own_limits(code: str) -> None:
    row = make.in_review(version=make.handled(limit_rule=code))
    with pytest.raises(Invalid, match="不能延长"):
        extend(row)


# Delivery


@pytest.mark.django_db
def test_a_late_delivery_says_by_how_much() -> None:
    on_time, late = make.decided(), make.decided()
    due, decided_on = on_time.work_due_on, on_time.decided_on
    assert due is not None
    assert decided_on is not None
    assert due == CALENDAR.add(decided_on, 10)
    for row, day in ((on_time, due), (late, due + timedelta(days=1))):
        make.perform(row, Action.DELIVER, people.clerk(), at=make.day(str(day)))
    assert "days_late" not in facts_of(on_time.id)[-1].data
    assert facts_of(late.id)[-1].data["days_late"] >= 1


def test_fewer_days_of_delivery_are_promised_by_the_guide_never_more() -> None:
    assert [rules.delivery_days(days) for days in (0, 3, 10, 12)] == [0, 3, 10, 10]
    saturday = date(2022, 10, 1)
    assert rules.deliver_by(CALENDAR, saturday, 0) == date(2022, 10, 8)
    assert rules.deliver_by(CALENDAR, date(2022, 9, 30), 0) == date(2022, 9, 30)
    assert rules.deliver_by(CALENDAR, date(2022, 9, 30), 3) == CALENDAR.add(date(2022, 9, 30), 3)
