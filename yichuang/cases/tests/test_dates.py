"""Every date of a case says why: rule and article, calendar, each pause and extension; and the time of each step."""

import itertools
import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.template.loader import render_to_string

from yichuang.cases import commands, rules
from yichuang.cases.flow import Action, State
from yichuang.cases.queries import CaseRow
from yichuang.cases.queries.dates import DateWhy, dates_of
from yichuang.cases.rules import Happened, spans, worked_days
from yichuang.cases.tests import factories as make
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.times import SHANGHAI
from yichuang.workdays.queries import calendar

TODAY = date(2022, 5, 12)


def shown(row: CaseRow, today: date = TODAY) -> dict[str, DateWhy]:
    """The dates of a case by their labels."""
    return {one.label: one for one in dates_of(row, today=today)}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "labels"),
    [
        (State.RECEIVED, {"答复是否受理"}),
        (State.CORRECTING, {"申请人补正"}),
        (State.REVIEW, {"承诺期限", "法定期限"}),
        (State.SPECIAL, {"承诺期限", "法定期限", "特别程序预计结束"}),
        (State.DECIDED, {"送达结果"}),
        (State.DELIVERED, set()),
        (State.REFUSED, set()),
        (State.TERMINATED, set()),
    ],
)
def test_every_state_has_its_dates_and_each_its_reason(state: State, labels: set[str]) -> None:
    row = make.IN_STATE[state]()
    found = shown(row)
    assert set(found) == labels
    for one in found.values():
        assert len(one.lines) >= 2
        assert one.day is None or one.lines[-1] == f"日历版本：{calendar().version}。"
        page = render_to_string("cases/panel_dates.html", {"dates": [one]}, using="jinja2")
        assert one.label in page
        assert all(line.split("《")[0] in page for line in one.lines)


@pytest.mark.django_db
def test_the_dates_are_those_that_are_stored() -> None:
    received, review, decided = make.filed(), make.in_review(), make.decided()
    assert shown(received)["答复是否受理"].day == received.work_due_on
    found = shown(review)
    assert (found["承诺期限"].day, found["法定期限"].day) == (review.due_on, review.statutory_due_on)
    assert shown(decided)["送达结果"].day == decided.work_due_on
    paused = make.paused()
    found = shown(paused)
    assert found["特别程序预计结束"].day == paused.work_due_on
    assert found["承诺期限"].day is None
    assert f"还有 {paused.days_left} 个工作日" in "".join(found["承诺期限"].lines)


@pytest.mark.django_db
def test_overdue_is_past_the_day_and_provisional_a_year_without_notice() -> None:
    row = make.filed()
    assert row.work_due_on is not None
    assert not shown(row, row.work_due_on)["答复是否受理"].overdue
    assert shown(row, row.work_due_on + timedelta(days=1))["答复是否受理"].overdue
    late = make.in_review(make.day("2026-12-21"))
    assert shown(late, date(2026, 12, 22))["承诺期限"].provisional


@pytest.mark.django_db
def test_each_pause_and_extension_stands_with_its_days() -> None:
    row = make.in_review(version=make.handled(limit_rule="art42", levels=["second"]), statutory=20)
    by = people.reviewer()
    commands.pause(
        row.id, ground="appraisal", expected_days=1, by=by, at=make.day("2022-05-06"), key=make.key()
    )
    commands.resume(row.id, overrun_reason="排期", by=by, at=make.day("2022-05-11"), key=make.key())
    commands.extend(
        row.id, days=7, reason="复杂", by=people.head(), at=make.day("2022-05-12"), key=make.key()
    )
    commands.pause(
        row.id, ground="testing", expected_days=3, by=by, at=make.day("2022-05-13"), key=make.key()
    )
    said = "".join(shown(make.fresh(row.id))["法定期限"].lines)
    for words in (
        "第四十二条第一款",
        "第 1 次暂停：鉴定",
        "不计入 4 个工作日，超过告知的时间 3 个工作日",
        "延长 7 个工作日",
        "第 2 次暂停：检测",
    ):
        assert words in said


@pytest.mark.django_db
def test_a_deemed_acceptance_and_a_renewal_explain_themselves() -> None:
    made = replace(make.opening(), renews_expires_on=date(2022, 6, 30))
    with transaction.atomic():
        assert commands.file(made, by=people.applicant_actor(), at=make.AT, key=make.key(), key_hash="0" * 64)
    commands.accept_silent(make.day("2022-05-12"))
    found = shown(make.fresh(made.id))
    assert "即为受理" in "".join(found["承诺期限"].lines)
    assert found["原许可有效期届满"].day == date(2022, 6, 30)
    assert "视为准予延续" in "".join(found["原许可有效期届满"].lines)


@pytest.mark.django_db
def test_a_step_and_a_promised_material_have_their_days() -> None:
    limits = [{"step": "review", "days": 3}]
    row = make.in_review(version=make.handled(step_limits=limits))
    assert shown(row)["初审环节"].day == date(2022, 5, 9)
    bare = make.in_review(version=make.handled(step_limits=[{"step": "decide", "days": 3}]))
    assert "初审环节" not in shown(bare)


@pytest.mark.django_db
def test_the_dates_cost_one_statement() -> None:
    row = make.paused()
    calendar()
    with sql.counting() as statements:
        dates_of(row, today=TODAY)
    assert len(statements) == 1


# The time of each step


def told(row: CaseRow) -> list[Happened]:
    """The facts of a case as the time of steps is read from them."""
    return [
        Happened(fact.kind, fact.at.astimezone(SHANGHAI).date(), fact.actor, "", str(fact.data.get("to", "")))
        for fact in facts_of(row.id)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(12))
def test_the_steps_add_up_to_what_the_clock_has_used(seed: int) -> None:
    """Used = elapsed less paused, however the days are divided among the steps."""
    chance, day = random.Random(seed), make.AT + timedelta(days=seed * 11)
    row = make.in_review(day)
    for _ in range(7):
        day += timedelta(days=chance.randrange(6))
        row = make.fresh(row.id)
        if row.state == State.SPECIAL:
            commands.resume(row.id, overrun_reason="排期", by=people.reviewer(), at=day, key=make.key())
            continue
        move = chance.choice([Action.PAUSE, Action.PROPOSE, Action.SEND_BACK])
        if move == Action.SEND_BACK and row.work_kind != "decide":
            continue
        who = people.head() if move == Action.SEND_BACK else people.reviewer()
        if move == Action.PAUSE and row.due_on and day.date() > row.due_on:
            continue
        make.perform(row, move, who, at=day)
    row = make.fresh(row.id)
    if row.state == State.SPECIAL:
        commands.resume(row.id, overrun_reason="排期", by=people.reviewer(), at=day, key=make.key())
    make.perform(make.fresh(row.id), Action.DECIDE, people.head(username="another"), at=day)
    done = make.fresh(row.id)
    by_step = spans(told(done))
    used = [one for one in by_step if one.step not in ("accept", "correct", "held", "deliver")]
    assert sum(worked_days(calendar(), one) for one in used) == done.days_used
    for one, other in itertools.pairwise(by_step):
        assert one.end == other.start


def test_levels_take_their_steps_in_order() -> None:
    days = [date(2022, 5, 5) + timedelta(days=n) for n in range(10)]
    kinds = ["filed", "correction_asked", "correction_answered", "accepted", "proposed", "endorsed", "countersigned", "decided", "delivered"]  # fmt: skip
    facts = [Happened(f"case.{kind}", day, f"staff:{kind}") for kind, day in zip(kinds, days, strict=False)]
    found = spans(facts, ("second", "countersign"))
    assert [one.step for one in found] == [
        "accept", "correct", "accept", "review", "second", "countersign", "decide", "deliver",
    ]  # fmt: skip
    assert [one.actor for one in found] == [f"staff:{kind}" for kind in kinds[1:]]


@pytest.mark.django_db
def test_a_step_promised_for_the_same_day_has_a_working_day() -> None:
    assert rules.step_due(calendar(), date(2022, 9, 30), 0) == date(2022, 9, 30)
    assert rules.step_due(calendar(), date(2022, 10, 1), 0) == date(2022, 10, 8)
