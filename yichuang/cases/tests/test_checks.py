"""Surveys, expert reviews and levels have last days of their own: counted once, never lengthened by a pause, always with a reason."""

import random
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.cases import commands, rules
from yichuang.cases.commands import experts, experts_heard, opinions, surveys
from yichuang.cases.commands.procedures import Basis
from yichuang.cases.flow import Action, WorkKind
from yichuang.cases.flow.reviewers import ReviewState, SurveyState
from yichuang.cases.models import ExpertReview, Opinion, Survey
from yichuang.cases.queries import CaseRow, would_move
from yichuang.cases.queries.checks import StepMark, open_checks, step_marks
from yichuang.cases.queries.dates import DateWhy, dates_of
from yichuang.cases.queries.recount_beside import beside_moves
from yichuang.cases.queries.reviewers import panel
from yichuang.cases.rules.checks import Check, Opened
from yichuang.cases.tests import factories as make
from yichuang.cases.tests import factories_reviewers as beside
from yichuang.cases.tests.clock_oracle import Told, walk, worked
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Invalid
from yichuang.workdays.commands import load_packaged
from yichuang.workdays.data import packaged_calendar
from yichuang.workdays.queries import calendar
from yichuang.workdays.rules import Hold, revised
from yichuang.workdays.tests.factories import CLERK, notice_2027

CALENDAR = packaged_calendar()
DAYS = st.dates(date(2018, 3, 1), date(2026, 6, 30))
FEW = st.integers(1, 30)
AT = make.AT
TODAY = AT.date()
Happened = tuple[str, date, dict[str, str], str]

# The arithmetic, against a count day by day


@given(DAYS, FEW, st.none() | FEW, st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=4))
def test_a_review_is_due_on_the_earliest_day_counted_on_the_fingers(
    own: date, told: int, promised: int | None, history: list[tuple[int, bool]]
) -> None:
    earlier = sorted((own - timedelta(days=back), result) for back, result in history)
    begun = _begun(earlier, own)
    found = rules.check_due(
        CALENDAR, Check("expert_review", own, rules.begun(earlier, own), told, None, promised)
    )
    assert found == min([walk(own, told), *([walk(begun, promised)] if promised else [])])


@given(DAYS, st.integers(0, 60), st.none() | FEW)
def test_a_review_whose_days_were_not_kept_still_has_the_day_that_was_told(
    own: date, ahead: int, promised: int | None
) -> None:
    told = own + timedelta(days=ahead)
    check = Check("expert_review", own, own, None, told, promised)
    assert rules.check_due(CALENDAR, check) == min(told, walk(own, promised) if promised else told)
    assert {bound.source for bound in rules.bounds(CALENDAR, check)} == {"told"} | (
        {"promised"} if promised else set()
    )


def _begun(earlier: Sequence[tuple[date, bool]], own: date) -> date:
    """Another way: what follows the last result; the first of it, or the own day."""
    last = max((place for place, (_, result) in enumerate(earlier) if result), default=-1)
    return [*(day for day, _ in earlier[last + 1 :]), own][0]


@given(DAYS, st.integers(0, 60), st.none() | FEW)
def test_a_survey_is_due_by_the_guide_or_on_the_day_it_was_arranged_for(
    own: date, ahead: int, promised: int | None
) -> None:
    planned = own + timedelta(days=ahead)
    check = Check("survey", own, own, None, planned, promised)
    assert rules.check_due(CALENDAR, check) == (walk(own, promised) if promised else planned)


@given(DAYS, FEW, st.lists(st.tuples(st.integers(0, 9), st.integers(0, 12)), max_size=4))
def test_a_level_leaves_out_what_was_held_and_nothing_else(
    start: date, days: int, pauses: list[tuple[int, int]]
) -> None:
    spans, at = [], start
    for gap, length in pauses:
        first = at + timedelta(days=gap)
        at = first + timedelta(days=length)
        spans.append((first, at))
    facts: list[Happened] = [("case.accepted", start, {}, "")]
    for first, last in spans:
        facts += [("case.paused", first, {}, "testing"), ("case.resumed", last, {}, "")]
    step = rules.opened(facts, ())
    assert step is not None
    # The guide grants so many days whatever kind of day the work came on.
    told = Told(start, days, days, closed=tuple(spans))
    assert rules.level_due(CALENDAR, step, days) == told.due(days)
    assert rules.level_due(CALENDAR, Opened("review", start, (Hold(start, None),)), days) is None


def test_a_pause_that_was_counted_for_the_step_too_would_be_noticed() -> None:
    """The broken variant: a level that begins anew when the pause ends has its days twice."""
    thursday, tuesday, next_week = date(2022, 5, 12), date(2022, 5, 17), date(2022, 5, 24)
    facts: list[Happened] = [
        ("case.accepted", thursday, {}, ""), ("case.paused", tuesday, {}, "testing"), ("case.resumed", next_week, {}, ""),
    ]  # fmt: skip
    step = rules.opened(facts, ())
    assert step is not None
    assert rules.level_due(CALENDAR, step, 5) == Told(thursday, 5, 5, closed=((tuesday, next_week),)).due(5)
    assert rules.step_due(CALENDAR, next_week, 5) > date(2022, 5, 26) == rules.level_due(CALENDAR, step, 5)


D = [date(2022, 5, 9) + timedelta(days=n) for n in range(6)]


@pytest.mark.parametrize(
    ("kinds", "levels", "open_level", "since"),
    [
        ([], (), None, None),
        (["case.accepted"], (), "review", 0),
        (["case.accepted", "case.proposed"], (), "decide", 1),
        (["case.accepted", "case.proposed", "case.proposed"], (), "decide", 1),
        (["case.accepted", "case.proposed"], ("second",), "second", 1),
        (["case.accepted", "case.proposed", "case.endorsed"], ("second", "countersign"), "countersign", 2),
        (["case.accepted", "case.proposed", "case.endorsed", "case.countersigned"], ("second", "countersign"), "decide", 3),
        (["case.accepted", "case.proposed", "case.sent_back"], (), "review", 2),
        (["case.accepted", "case.paused"], (), "review", 0),
        (["case.accepted", "case.paused", "case.resumed"], (), "review", 0),
        (["case.accepted", "case.proposed", "case.paused", "case.resumed"], (), "review", 3),
        (["case.accepted", "case.extended", "case.supplied"], (), "review", 0),
        (["case.proposed", "case.resumed"], (), None, None),
    ],
)  # fmt: skip
def test_which_level_is_open_and_since_when(
    kinds: list[str], levels: tuple[str, ...], open_level: str | None, since: int | None
) -> None:
    facts: list[Happened] = [(kind, D[place], {}, "") for place, kind in enumerate(kinds)]
    step = rules.opened(facts, levels)
    assert (step.step if step else None) == open_level
    assert (step.on if step else None) == (D[since] if since is not None else None)


@given(
    DAYS,
    DAYS,
    st.sampled_from(["expert_review", "survey"]),
    st.sampled_from(["expert_review", "other", "testing", None]),
)
def test_a_pause_binds_only_the_work_that_it_is_for(due: date, until: date, kind: str, ground: str | None) -> None:  # fmt: skip
    same = (ground, kind) in {("expert_review", "expert_review"), ("other", "survey")}
    assert rules.within_pause(due, kind, ground, until) == (min(due, until) if same else due)
    assert rules.within_pause(due, kind, ground, None) == due


# On a case

LIMITS = [{"step": "review", "days": 4}, {"step": "survey", "days": 6}, {"step": "expert_review", "days": 8}]


def guided(at: datetime = AT, limits: list[dict[str, object]] | None = None) -> CaseRow:
    """A case under review whose guide promises days for its steps."""
    return make.in_review(at, version=make.handled(step_limits=LIMITS if limits is None else limits))


def shown(row: CaseRow, today: date = TODAY) -> dict[str, DateWhy]:
    """The dates of a case by their labels."""
    return {one.label: one for one in dates_of(make.fresh(row.id), today=today)}


@pytest.mark.django_db
def test_the_case_shows_each_open_work_with_its_day_and_its_reasons() -> None:
    row = guided()
    review, survey = beside.drawn(row), beside.planned(row)
    found = shown(row)
    by_review, by_survey = found[f"专家评审「{review.field}」"], found["现场核查"]
    # The draw said ten working days, the guide eight: the earlier one holds.
    assert (by_review.day, review.due_on) == (walk(TODAY, 8), walk(TODAY, 8))
    assert (by_survey.day, survey.due_on) == (walk(TODAY, 6), walk(TODAY, 6))
    for words in ("定为 10 个工作日", "办事指南承诺专家评审环节 8 个工作日", "不相加", "按工作日计算"):
        assert words in "".join(by_review.lines)
    assert "办事指南承诺现场核查环节 6 个工作日" in "".join(by_survey.lines)
    for one in (by_review, by_survey):
        assert one.lines[-1] == f"日历版本：{calendar().version}。"
        assert one.day is not None
        label = one.label
        assert not one.overdue
        assert not shown(row, one.day)[label].overdue
        assert shown(row, one.day + timedelta(days=1))[label].overdue
    assert found["初审环节"].day == walk(TODAY, 4)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("made", "label"),
    [
        (lambda: beside.survey_in(SurveyState.CLOSED), "现场核查"),
        (lambda: beside.survey_in(SurveyState.CANCELLED), "现场核查"),
        (lambda: beside.review_in(ReviewState.CLOSED), "专家评审"),
        (lambda: beside.review_in(ReviewState.CANCELLED), "专家评审"),
    ],
)
def test_what_has_ended_has_no_day(made: Callable[[], Survey | ExpertReview], label: str) -> None:
    one = made()
    assert not [name for name in shown(make.fresh(one.case_id)) if label in name]
    assert not open_checks(by=beside.lead()).rows
    assert step_marks([one.case_id]) == {}


@pytest.mark.django_db
def test_a_survey_recorded_but_not_confirmed_is_still_due() -> None:
    made = beside.survey_in(SurveyState.RECORDED)
    assert shown(make.fresh(made.case_id))["现场核查"].day == made.planned_on
    assert "办事指南没有规定" in "".join(shown(make.fresh(made.case_id))["现场核查"].lines)


@pytest.mark.django_db
def test_called_off_and_begun_again_it_does_not_get_its_days_twice() -> None:
    row = guided()
    first = beside.planned(row)
    surveys.cancel_survey(first.pk, "改期", seen=1, by=beside.lead(), at=AT, key=make.key())
    later = AT + timedelta(days=4)
    form = beside.plan_form(planned_on=walk(TODAY, 6) + timedelta(days=1))
    with pytest.raises(Invalid) as refused:
        surveys.plan_survey(row.id, form, by=beside.lead(), at=later, key=make.key())
    assert set(refused.value.fields) == {"planned_on"}
    again = surveys.plan_survey(
        row.id, beside.plan_form(planned_on=later.date()), by=beside.lead(), at=later, key=make.key()
    )
    assert again.due_on == first.due_on == walk(TODAY, 6)
    assert "仍从第一次起算" in "".join(shown(row)["现场核查"].lines)
    # Past the day, a survey may still be arranged: it is overdue from the start, and says so.
    surveys.cancel_survey(again.pk, "改期", seen=1, by=beside.lead(), at=later, key=make.key())
    over = AT + timedelta(days=30)
    late = surveys.plan_survey(
        row.id, beside.plan_form(planned_on=over.date()), by=beside.lead(), at=over, key=make.key()
    )
    assert late.due_on == walk(TODAY, 6)
    assert shown(row, over.date())["现场核查"].overdue


@pytest.mark.django_db
def test_a_second_draw_after_a_conclusion_begins_anew_and_after_a_cancelled_one_does_not() -> None:
    row = guided()
    first = beside.drawn(row)
    experts_heard.cancel_review(first.pk, "撤换", seen=1, by=beside.lead(), at=AT, key=make.key())
    later = AT + timedelta(days=5)
    again = experts.draw_experts(row.id, beside.draw_form(), by=beside.lead(), at=later, key=make.key())
    assert again.due_on == walk(TODAY, 8)
    ExpertReview.objects.filter(pk=again.pk).update(
        state="closed", verdict="passed", conclusion="同意。", closed_on=later.date()
    )
    anew = experts.draw_experts(row.id, beside.draw_form(), by=beside.lead(), at=later, key=make.key())
    assert anew.due_on == walk(later.date(), 8)


def pause(row: CaseRow, ground: str, days: int, at: datetime = AT) -> None:
    """The clock stands, for so many days as told."""
    basis = Basis("某某条例", "第十九条") if ground == "other" else None
    commands.pause(
        row.id, ground=ground, expected_days=days, basis=basis, by=people.reviewer(), at=at, key=make.key()
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ground", "told", "review_days", "survey_days"),
    [("expert_review", 3, 3, 6), ("expert_review", 20, 8, 6), ("other", 3, 8, 3), ("other", 20, 8, 6), ("testing", 2, 8, 6)],
)  # fmt: skip
def test_while_the_clock_stands_for_this_work_what_was_told_in_writing_binds_it(
    ground: str, told: int, review_days: int, survey_days: int
) -> None:
    """The day on the page, in the panel, in the list and beside the queue is one and the same."""
    row = guided()
    review, survey = beside.drawn(row), beside.planned(row)
    pause(row, ground, told)
    expected = {"expert_review": walk(TODAY, review_days), "survey": walk(TODAY, survey_days)}
    found, lines = shown(row), panel(make.fresh(row.id), by=beside.lead()).beside
    assert found[f"专家评审「{review.field}」"].day == expected["expert_review"] == lines.reviews[0].due_on
    assert found["现场核查"].day == expected["survey"] == lines.surveys[0].due_on
    bound = {"expert_review": f"专家评审「{review.field}」", "other": "现场核查"}.get(ground)
    for label in (f"专家评审「{review.field}」", "现场核查"):
        assert ("第四十五条" in "".join(found[label].lines)) == (label == bound)
    listed = {one.kind: one.due_on for one in open_checks(by=beside.lead()).rows}
    assert listed == expected
    nearest = min(expected.values())
    assert step_marks([row.id])[row.id].due_on == nearest
    # The stored day is that of the work itself: the pause is read, not added.
    survey.refresh_from_db()
    assert survey.due_on == walk(TODAY, 6)


@pytest.mark.django_db
def test_a_level_keeps_the_days_it_has_used_when_the_clock_runs_again() -> None:
    row = guided()
    pause(row, "testing", 3, AT + timedelta(days=4))
    assert "初审环节" not in shown(row)
    end = AT + timedelta(days=12)
    commands.resume(row.id, overrun_reason="排期", by=people.reviewer(), at=end, key=make.key())
    told = Told(TODAY, 4, 4, closed=((TODAY + timedelta(days=4), end.date()),))
    found = shown(row)["初审环节"]
    assert found.day == told.due(4)
    assert "其间暂停的" in "".join(found.lines)
    assert step_marks([row.id])[row.id] == StepMark("初审", told.due(4))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_to_a_case_its_level_is_counted_by_the_same_days(seed: int) -> None:
    """Random steps; the oracle walks the case's facts day by day."""
    chance, at = random.Random(seed), AT + timedelta(days=seed * 13)
    limits: list[dict[str, object]] = [{"step": "review", "days": 5}, {"step": "decide", "days": 3}]
    row, opened_on, closed = guided(at, limits), at.date(), []
    for _ in range(6):
        at += timedelta(days=chance.randrange(4))
        row = make.fresh(row.id)
        if row.paused_on is not None:
            start = row.paused_on
            commands.resume(row.id, overrun_reason="排期", by=people.reviewer(), at=at, key=make.key())
            closed.append((start, at.date()))
        elif row.work_kind == WorkKind.DECIDE:
            make.perform(row, Action.SEND_BACK, people.head(), at=at)
            opened_on, closed = at.date(), []
        elif chance.random() < 0.5 and row.due_on is not None and at.date() <= row.due_on:
            pause(row, "testing", 5, at)
        else:
            make.perform(row, Action.PROPOSE, people.reviewer(), at=at)
            opened_on, closed = at.date(), []
    row = make.fresh(row.id)
    mark = step_marks([row.id]).get(row.id)
    if row.paused_on is not None:
        assert mark is None
        return
    days = 3 if row.work_kind == WorkKind.DECIDE else 5
    assert mark is not None
    assert mark.due_on == Told(opened_on, days, days, closed=tuple(closed)).due(days)


# A corrected calendar

DECEMBER = make.day("2026-12-24")
NEW = revised(CALENDAR, notice_2027())


@pytest.mark.django_db
def test_a_corrected_calendar_moves_them_once_and_lists_what_moved() -> None:
    load_packaged(AT, SYSTEM)
    row = make.in_review(
        DECEMBER, version=make.handled(step_limits=[{"step": "survey", "days": 9}]), promised=1
    )
    opinion = opinions.ask_opinions(
        row.id, [opinions.Question(beside.commerce().pk, "请答复。", 8)], by=beside.lead(), at=DECEMBER, key=make.key()
    )[0]  # fmt: skip
    beside.pool()
    review = experts.draw_experts(
        row.id, beside.draw_form(days=10), by=beside.lead(), at=DECEMBER, key=make.key()
    )
    form = beside.plan_form(planned_on=DECEMBER.date() + timedelta(days=1))
    survey = surveys.plan_survey(row.id, form, by=beside.lead(), at=DECEMBER, key=make.key())
    plain = make.in_review(DECEMBER, promised=1)
    named = surveys.plan_survey(plain.id, form, by=beside.lead(), at=DECEMBER, key=make.key())
    kept: dict[str, Opinion | ExpertReview | Survey] = {
        "opinion": opinion,
        "expert_review": review,
        "survey": survey,
    }
    days = {"opinion": 8, "expert_review": 10, "survey": 9}
    expected = {kind: (kept[kind].due_on, NEW.add(DECEMBER.date(), days[kind])) for kind in kept}
    assert all(before != after for before, after in expected.values())
    foreseen = {move.date_label: (move.before, move.after) for move in would_move(NEW, since=None)}
    done = commands.import_notices([notice_2027()], by=CLERK, at=DECEMBER + timedelta(days=1))
    moved = {one.which: (one.before, one.after) for one in done.moved if one.which in kept}
    assert moved == expected
    labels = {one.label for one in done.moved}
    assert {"部门答复意见的期限", "专家评审期限", "现场核查期限"} <= labels
    assert {foreseen[one.label] for one in done.moved if one.which in kept} == set(expected.values())
    for kind, one in kept.items():
        one.refresh_from_db()
        assert one.due_on == expected[kind][1]
        fact = facts_of(one.pk)[-1]
        assert fact.kind.endswith(".recomputed")
        assert (fact.data["before"], fact.data["due_on"]) == tuple(map(str, expected[kind]))
    named.refresh_from_db()
    assert named.due_on == form.planned_on
    # Run twice it does nothing new; what is shown is what is stored.
    assert commands.recompute(by=SYSTEM, at=DECEMBER + timedelta(days=2)) == ()
    shown_days = {one.day for one in shown(row, DECEMBER.date()).values()}
    assert {one.due_on for one in kept.values()} <= shown_days


@pytest.mark.django_db
def test_what_has_ended_or_is_silent_or_of_unknown_days_is_left_alone() -> None:
    load_packaged(AT, SYSTEM)
    row = make.in_review(DECEMBER)
    beside.pool()
    review = experts.draw_experts(row.id, beside.draw_form(), by=beside.lead(), at=DECEMBER, key=make.key())
    ask = [opinions.Question(beside.commerce().pk, "请答复。", 8)]
    opinion = opinions.ask_opinions(row.id, ask, by=beside.lead(), at=DECEMBER, key=make.key())[0]
    assert {one.which for one in beside_moves(NEW, None)} == {"opinion", "expert_review"}
    assert beside_moves(NEW, date(2027, 3, 1)) == []
    Opinion.objects.filter(pk=opinion.pk).update(state="silent")
    ExpertReview.objects.filter(pk=review.pk).update(days=None)
    assert beside_moves(NEW, None) == []
    assert shown(row, DECEMBER.date())[f"专家评审「{review.field}」"].day == review.due_on


# The lists


@pytest.mark.django_db
def test_the_list_is_in_order_paged_narrowed_and_costs_one_statement() -> None:
    row, other = guided(), guided(limits=[])
    beside.drawn(row)
    beside.planned(row)
    beside.planned(other)
    by = beside.lead()
    with sql.counting() as statements:
        found = open_checks(by=by).rows
    assert len(statements) == 1
    assert [one.due_on for one in found] == sorted(one.due_on for one in found)
    assert len(found) == 3
    first = open_checks(by=by, size=2)
    rest = open_checks(by=by, size=2, after=first.following)
    assert [*first.rows, *rest.rows] == list(found)
    assert {one.case_id for one in open_checks(by=by, text=other.number).rows} == {other.id}
    assert {one.kind for one in open_checks(by=beside.officers()[0], mine=True).rows} == {"survey"}
    assert not open_checks(by=people.clerk(), mine=True).rows
    late = open_checks(by=by, overdue_on=found[0].due_on + timedelta(days=1)).rows
    assert late == [one for one in found if one.due_on == found[0].due_on]


@pytest.mark.django_db
def test_a_review_is_mine_where_the_case_is_and_another_department_sees_nothing() -> None:
    row = guided()
    beside.drawn(row)
    me = beside.lead()
    assert not open_checks(by=me, mine=True).rows
    commands.claim(row.id, by=me, at=AT)
    assert [one.kind for one in open_checks(by=me, mine=True).rows] == ["expert_review"]
    stranger = people.reviewer(people.department("林业厅", "120", "川林"), "elsewhere")
    assert not open_checks(by=stranger).rows


@pytest.mark.django_db
def test_the_marks_of_a_queue_cost_one_statement_however_many() -> None:
    rows = [guided() for _ in range(3)] + [make.in_review()]
    beside.planned(rows[0])
    calendar()
    with sql.counting() as statements:
        marks = step_marks([row.id for row in rows])
    assert len(statements) == 1
    # The level is nearer than the survey; a case whose guide promises nothing has no mark.
    assert marks == {row.id: StepMark("初审", walk(TODAY, 4)) for row in rows[:3]}
    assert step_marks([]) == {}
    assert worked(walk(TODAY, 4))
