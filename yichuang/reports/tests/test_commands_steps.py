"""The life of a report: every state with every action, four eyes, numbers without gaps, what is frozen."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from yichuang.cases.tests import factories as cases
from yichuang.directory.flow import Capability
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import SHANGHAI
from yichuang.reports import commands, queries
from yichuang.reports.flow import BY_ACTION, PUBLISHED, TRANSITIONS, Action, State, allowed
from yichuang.reports.models import Report
from yichuang.reports.tests import factories as make

pytestmark = pytest.mark.django_db

SITUATIONS = [(state, False) for state in State] + [(State.IN_REVIEW, True)]


def take(report: Report, action: Action, by: Actor, *, reason: str = "请核对数字") -> Report:
    if action == Action.ISSUE:
        return commands.issue(report.pk, by=by, at=make.ISSUE_AT)
    return commands.step(report.pk, action, by=by, at=make.ISSUE_AT, reason=reason)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize(("state", "approved"), SITUATIONS)
def test_every_state_with_every_action(state: State, approved: bool, action: Action) -> None:
    report = make.in_state(state, approved=approved)
    before = len(facts_of(report.pk))
    row = BY_ACTION[action]
    if row in allowed(state, approved=approved):
        take(report, action, make.everything("a-stranger"))
        assert make.fresh(report).state == row.target
        assert [fact.kind for fact in facts_of(report.pk)][before:] == [row.fact]
    else:
        with pytest.raises(Conflict):
            take(report, action, make.everything("a-stranger"))
        assert make.fresh(report).state == state
        assert len(facts_of(report.pk)) == before


@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: row.action)
def test_every_action_needs_its_capability(row: object) -> None:
    assert isinstance(row, type(TRANSITIONS[0]))
    report = make.in_state(row.source, approved=row.approved is True)
    everything_else = frozenset(str(c) for c in Capability if c != row.capability)
    with pytest.raises(Refused):
        take(
            report,
            row.action,
            Actor(kind="staff", name="李示例", id=uuid7(make.AT), capabilities=everything_else),
        )


@pytest.mark.parametrize("action", [Action.APPROVE, Action.ISSUE])
def test_who_edited_neither_reviews_nor_issues(action: Action) -> None:
    editor, other = make.everything("edits"), make.everything("submits")
    report = make.opened(by=editor)
    commands.save_section(
        report.pk, "efficiency", [commands.ItemDraft("一条动态。")], seen=1, by=editor, at=make.AT
    )
    commands.step(report.pk, Action.START_EDITING, by=other, at=make.AT)
    commands.submit_for_review(report.pk, by=other, at=make.AT)
    if action == Action.ISSUE:
        commands.approve(report.pk, by=make.reviewer(), at=make.AT)
    for by in (editor, other):
        with pytest.raises(Refused, match="参与过本期的编辑"):
            take(report, action, by)
    take(report, action, make.everything("neither"))


def test_the_database_itself_refuses_one_pair_of_eyes() -> None:
    report = make.in_state(State.IN_REVIEW)
    for field in ("approved_by_id", "issued_by_id"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Report.objects.filter(pk=report.pk).update(**{field: report.submitted_by_id})


def test_sending_back_needs_a_reason_and_takes_the_approval_away() -> None:
    report = make.in_state(State.IN_REVIEW, approved=True)
    with pytest.raises(Invalid):
        take(report, Action.DECLINE, make.leader(), reason=" ")
    take(report, Action.DECLINE, make.leader(), reason="缺水利厅动态")
    report = make.fresh(report)
    assert (report.state, report.approved_by_name) == (State.EDITING, "")
    assert "缺水利厅动态" in report.returned_reason
    assert facts_of(report.pk)[-1].ground == "缺水利厅动态"
    make.moved(report, Action.SUBMIT)
    with pytest.raises(Conflict):
        take(report, Action.ISSUE, make.leader())


def test_nobody_approves_words_that_were_not_on_the_screen() -> None:
    report = make.in_state(State.IN_REVIEW)
    with pytest.raises(Conflict):
        commands.approve(report.pk, by=make.reviewer(), at=make.AT, seen=report.edit_version - 1)
    commands.approve(report.pk, by=make.reviewer(), at=make.AT, seen=report.edit_version)


def test_a_period_that_has_not_ended_is_not_issued() -> None:
    report = make.in_state(State.IN_REVIEW, approved=True)
    for at in (datetime(2022, 5, 13, 23, 59, tzinfo=SHANGHAI), datetime(2022, 5, 12, 9, tzinfo=SHANGHAI)):
        with pytest.raises(Invalid):
            commands.issue(report.pk, by=make.leader(), at=at)
    commands.issue(report.pk, by=make.leader(), at=datetime(2022, 5, 14, 0, 1, tzinfo=SHANGHAI))


@transaction.atomic
def issue_and_fail(report: Report, at: datetime) -> None:
    commands.issue(report.pk, by=make.leader(), at=at)
    raise Missing


def test_numbers_and_totals_have_no_gaps_whatever_fails_in_between() -> None:
    given = []
    for week in range(3):
        first = date(2022, 5, 9) + timedelta(weeks=week)
        at = make.ISSUE_AT + timedelta(weeks=week)
        report = make.moved(make.opened(first, first + timedelta(days=4)), *make.TO_REVIEW, Action.APPROVE)
        with pytest.raises(Missing):
            issue_and_fail(report, at)
        assert make.fresh(report).state == State.IN_REVIEW
        issued = commands.issue(report.pk, by=make.leader(), at=at)
        given.append((issued.year, issued.number, issued.total_number, issued.slug))
    assert given == [(2022, 1, 376, "2022-1"), (2022, 2, 377, "2022-2"), (2022, 3, 378, "2022-3")]


def test_a_new_year_begins_at_one_and_a_year_without_offset_follows_the_total_before() -> None:
    days = [date(2022, 12, 19), date(2022, 12, 26), date(2023, 12, 18), date(2023, 12, 25), date(2024, 1, 8)]
    given = []
    for first in days:
        at = datetime(first.year, first.month, first.day, 9, tzinfo=SHANGHAI) + timedelta(days=10)
        issued = make.issued(first, first + timedelta(days=4), at=at)
        given.append((issued.year, issued.number, issued.total_number))
    assert given == [(2022, 1, 376), (2023, 1, 421), (2023, 2, 422), (2024, 1, 423), (2024, 2, 424)]


def test_an_issued_report_never_changes_with_later_cases() -> None:
    make.work()
    report = make.issued()
    document = queries.issued_document(report)
    assert [figure.value for figure in document.figures] == [2, 1, 0, 0, 0, 0]
    cases.in_review(cases.day("2022-05-12"))
    assert queries.live_figures(report)["year_to_date.licence.accepted"].value == 3
    assert queries.issued_document(make.fresh(report)) == document
    assert report.snapshot is not None
    assert report.snapshot.seal > 0
    assert f"第{report.snapshot.seal}号封" in document.small_print


@pytest.mark.parametrize(
    "change",
    [
        {"document": "{}"},
        {"number": 9},
        {"items": {"efficiency": []}},
        {"state": State.EDITING},
        {"copies": 1},
    ],
)
def test_the_database_refuses_to_change_what_was_issued(change: dict[str, object]) -> None:
    report = make.issued()
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.execute("delete from reports_report where id = %(id)s", {"id": report.pk})


def test_a_document_that_was_tampered_with_is_not_shown() -> None:
    report = make.issued()
    report.document = report.document.replace("2022", "2023", 1)
    with pytest.raises(Conflict):
        queries.issued_document(report)


def test_the_fact_of_issuing_holds_number_snapshot_and_hash() -> None:
    report = make.issued()
    fact = facts_of(report.pk)[-1]
    assert (fact.kind, fact.number) == ("report.issued", "2022年第1期")
    assert report.snapshot is not None
    assert fact.data["snapshot_sha256"] == report.snapshot.sha256
    assert len(fact.data["body_sha256"]) == 64
    assert report.state in PUBLISHED
