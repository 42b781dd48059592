"""Many at once, each with a connection of its own: one number, one winner, nothing lost; and every database role."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

import psycopg
import pytest
from django.db import transaction
from psycopg import sql as composed

from yichuang.cases.tests.crowd import together
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Conflict, Problem
from yichuang.kernel.times import SHANGHAI
from yichuang.reports import commands, queries
from yichuang.reports.flow import Action, ContributionState, State
from yichuang.reports.models import Contribution, Report
from yichuang.reports.rules.reading.read import read_report
from yichuang.reports.tests import factories as make
from yichuang.reports.tests.test_commands_past import text_of_issue_24
from yichuang.reports.tests.test_frozen import OPEN, OTHER, columns
from yichuang.statistics.models import Snapshot

pytestmark = pytest.mark.usefixtures("committed")
Work = Callable[[], object]


def approved(week: int = 0) -> Report:
    first = date(2022, 5, 9) + timedelta(weeks=week)
    return make.moved(make.opened(first, first + timedelta(days=4)), *make.TO_REVIEW, Action.APPROVE)


def numbers() -> list[int]:
    """The numbers that were given, in order."""
    return [
        row[0] for row in sql.rows("select number from reports_report where number is not null order by 1")
    ]


def split(found: list[object]) -> tuple[list[object], list[Exception]]:
    """Answers, and exceptions."""
    failed = [one for one in found if isinstance(one, Exception)]
    return [one for one in found if not isinstance(one, Exception)], failed


def at_once(works: list[Work]) -> tuple[list[object], list[Exception]]:
    return split(list(together(works)))


def test_one_report_issued_by_six_leaders_at_once_has_one_number() -> None:
    report, by = approved(), make.leader()
    done, failed = at_once([lambda: commands.issue(report.pk, by=by, at=make.ISSUE_AT)] * 6)
    assert len(done) == 1
    assert {type(error) for error in failed} == {Conflict}
    found = make.fresh(report)
    assert (found.state, found.number, found.total_number) == (State.ISSUED, 1, 376)
    assert [fact.kind for fact in facts_of(report.pk)].count("report.issued") == 1
    assert Snapshot.objects.count() == 1
    assert make.issued(date(2022, 6, 6), date(2022, 6, 10), at=make.ISSUE_AT + timedelta(weeks=4)).number == 2


def test_six_reports_issued_at_once_take_six_numbers_without_a_gap() -> None:
    reports, by = [approved(week) for week in range(6)], make.leader()
    at = datetime(2022, 7, 1, 9, tzinfo=SHANGHAI)
    works: list[Work] = [lambda pk=report.pk: commands.issue(pk, by=by, at=at) for report in reports]  # type: ignore[misc]
    done, failed = at_once(works)
    assert (len(done), failed) == (6, [])
    found = Report.objects.order_by("number").values_list("number", "total_number", "slug")
    assert list(found) == [(n, 375 + n, f"2022-{n}") for n in range(1, 7)]


def test_an_issue_that_fails_gives_its_number_back() -> None:
    reports, by = [approved(week) for week in range(6)], make.leader()
    at = datetime(2022, 7, 1, 9, tzinfo=SHANGHAI)

    def issue(report: Report, fails: bool) -> None:
        with transaction.atomic():
            commands.issue(report.pk, by=by, at=at)
            if fails:
                raise RuntimeError("the power fails")

    works: list[Work] = [
        lambda report=report, fails=bool(place % 2): issue(report, fails)  # type: ignore[misc]
        for place, report in enumerate(reports)
    ]
    _, failed = at_once(works)
    assert [str(error) for error in failed] == ["the power fails"] * 3
    assert numbers() == [1, 2, 3]
    assert Snapshot.objects.count() == 3
    for report in reports[1::2]:
        commands.issue(report.pk, by=by, at=at)
    assert numbers() == [1, 2, 3, 4, 5, 6]


def test_two_editors_who_saw_the_same_version_do_not_overwrite_each_other() -> None:
    report, by = make.opened(), make.editor()
    works: list[Work] = [
        lambda n=n: commands.save_section(  # type: ignore[misc]
            report.pk, "efficiency", [commands.ItemDraft(f"第{n}人。")], seen=1, by=by, at=make.AT
        )
        for n in range(6)
    ]
    done, failed = at_once(works)
    assert len(done) == 1
    assert all(isinstance(error, Conflict) and "已被修改" in error.message for error in failed)
    assert make.fresh(report).edit_version == 2
    assert len(queries.versions(report)) == 2
    assert len(queries.content_of(make.fresh(report)).of("efficiency")) == 1


def test_a_contribution_is_taken_once_or_withdrawn_and_never_both() -> None:
    report = make.opened()
    for _ in range(4):
        sent = make.contribution(report)
        seen, editor, sender = make.fresh(report).edit_version, make.editor(), make.contributor()
        works: list[Work] = [
            partial(
                commands.take_contribution, report.pk, sent, "efficiency", seen=seen, by=editor, at=make.AT
            ),
            partial(commands.withdraw_contribution, sent, by=sender, at=make.AT),
        ]
        done, failed = at_once(works)
        assert (len(done), len(failed)) == (1, 1)
        taken = Contribution.objects.get(pk=sent).state == ContributionState.TAKEN
        items = queries.content_of(make.fresh(report)).of("efficiency")
        assert any(item.contribution == str(sent) for item in items) == taken


def test_the_same_contribution_sent_by_ten_clicks_is_one() -> None:
    new, by = commands.NewContribution("题", "文。"), make.contributor()
    done, failed = at_once([lambda: commands.contribute(new, by=by, at=make.AT, key="one-key-of-ten")] * 10)
    assert len(set(done)) == 1
    assert all(isinstance(error, Conflict) for error in failed)
    assert Contribution.objects.count() == 1


def test_one_period_opened_by_five_is_one_report() -> None:
    commands.load_forms()
    by = make.editor()
    works: list[Work] = [
        lambda: commands.open_report(make.FIRST, make.LAST, form="2022", by=by, at=make.AT)
    ] * 5
    done, failed = at_once(works)
    assert (len(done), {type(error) for error in failed}) == (1, {Conflict})
    assert Report.objects.count() == 1


def test_one_past_report_imported_by_four_is_one() -> None:
    commands.load_forms()
    text = text_of_issue_24()
    read = read_report(text)
    done, failed = at_once([lambda: commands.store_past_report(read, text, at=make.AT, by=SYSTEM)] * 4)
    assert done
    assert all(isinstance(error, Problem) for error in failed), failed
    assert Report.objects.count() == 1
    again = commands.store_past_report(read, text, at=make.AT, by=SYSTEM)
    assert again.outcome == "unchanged"
    assert make.issued().number == 25


def test_no_role_gets_round_the_freezing(committed: dict[str, str]) -> None:
    """The application's role and the owner of the tables alike, each through a connection of its own."""
    report = make.issued()
    kinds = columns()
    for role in ("app", "owner"):
        with psycopg.connect(committed[role], autocommit=True) as link:
            changed = [
                name for name in kinds if name not in OPEN and _changes(link, report, name, kinds[name])
            ]
            assert changed == [], role
            with pytest.raises(psycopg.errors.RestrictViolation):
                link.execute("delete from reports_report where id = %s", [report.pk])
            with pytest.raises(psycopg.errors.RestrictViolation):
                link.execute("delete from reports_reportversion where report_id = %s", [report.pk])
            with pytest.raises(psycopg.errors.RestrictViolation):
                link.execute("update reports_printedfigure set value = 1 where report_id = %s", [report.pk])


def _changes(link: "psycopg.Connection[tuple[object, ...]]", report: Report, name: str, kind: str) -> bool:
    statement = composed.SQL("update reports_report set {} = {} where id = {}").format(
        composed.Identifier(name),
        composed.SQL(OTHER[kind]),
        composed.Literal(report.pk),
    )
    try:
        link.execute(statement)
    except psycopg.errors.IntegrityError:
        return False
    return True


@pytest.mark.parametrize("role", ["report", "audit"])
def test_those_who_only_read_write_nothing(committed: dict[str, str], role: str) -> None:
    make.opened()
    with psycopg.connect(committed[role], autocommit=True) as link:
        for statement in ("update reports_report set copies = 1", "delete from reports_contribution"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                link.execute(statement)
    assert sql.one("select copies from reports_report") == (80,)
