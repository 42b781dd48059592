"""An issued report in the database: no role changes a column, no row below it, no version; drafts stay free."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from yichuang.kernel import sql
from yichuang.kernel.keys import uuid7
from yichuang.reports import commands, queries
from yichuang.reports.flow import PUBLISHED, Action, State
from yichuang.reports.models import Report
from yichuang.reports.tests import factories as make
from yichuang.reports.tests.test_commands_past import stored, text_of_issue_24

pytestmark = pytest.mark.django_db
# What may still be written after 签发: the step to 印发, and the index of the search.
OPEN = {"state", "printed_at", "search"}
OTHER = {
    "uuid": "gen_random_uuid()", "text": "'改过'", "character varying": "'改过'", "integer": "7777",
    "date": "date '2021-01-01'", "timestamp with time zone": "timestamptz '2021-01-01 00:00+08'",
    "jsonb": "'{\"changed\": true}'", "boolean": "true", "tsvector": "''",
}  # fmt: skip


def columns() -> dict[str, str]:
    """The columns of a report with their types."""
    found = (
        "select column_name, data_type from information_schema.columns where table_name = 'reports_report'"
    )
    return {row[0]: row[1] for row in sql.rows(found)}


@contextmanager
def refused() -> Iterator[None]:
    with (
        pytest.raises(IntegrityError, match=r"never changes|never deleted|kept for ever"),
        transaction.atomic(),
    ):
        yield


def full_report() -> Report:
    """An issued report with a row of every kind below it."""
    make.work()
    report = make.written(make.opened(), "甲。")
    commands.save_visit(report.pk, make.visit(), seen=2, by=make.editor(), at=make.AT)
    commands.save_inspection(report.pk, {"dress": "良好"}, seen=3, by=make.editor(), at=make.AT)
    return make.moved(report, *make.TO_ISSUE)


def test_every_type_of_a_column_has_another_value_to_try() -> None:
    assert set(columns().values()) <= set(OTHER)
    assert set(columns()) >= OPEN


@pytest.mark.parametrize("state", PUBLISHED)
def test_no_column_of_an_issued_report_changes(state: State) -> None:
    report = make.in_state(state)
    changed = []
    for name, kind in columns().items():
        if name in OPEN:
            continue
        try:
            with transaction.atomic():
                sql.execute(
                    f"update reports_report set {name} = {OTHER[kind]} where id = %(id)s", {"id": report.pk}
                )
        except IntegrityError:
            continue
        changed.append(name)
    assert changed == []


def test_a_column_is_not_even_emptied() -> None:
    report = make.in_state(State.PRINTED)
    nullable = "select column_name from information_schema.columns where table_name = 'reports_report' and is_nullable = 'YES'"
    for (name,) in sql.rows(nullable):
        value = sql.one(f"select {name} is null from reports_report where id = %(id)s", {"id": report.pk})
        if name not in OPEN - {"printed_at"} and value == (False,):
            with refused():
                sql.execute(f"update reports_report set {name} = null where id = %(id)s", {"id": report.pk})


@pytest.mark.parametrize(
    ("state", "other"),
    [
        (here, there)
        for here in PUBLISHED
        for there in State
        if (here, there) != (State.ISSUED, State.PRINTED)
    ],
)
def test_the_only_step_left_is_to_be_printed(state: State, other: State) -> None:
    report = make.in_state(state)
    if other == state:
        Report.objects.filter(pk=report.pk).update(state=other)
        return
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(state=other)


def test_the_time_of_printing_is_written_once() -> None:
    report = make.in_state(State.ISSUED)
    with refused():
        Report.objects.filter(pk=report.pk).update(printed_at=make.AT)
    report = make.moved(report, Action.MARK_PRINTED)
    with refused():
        Report.objects.filter(pk=report.pk).update(printed_at=make.AT.replace(year=2023))


def test_the_index_of_the_search_may_be_made_anew() -> None:
    report = make.in_state(State.PRINTED)
    sql.execute("update reports_report set search = ''::tsvector where id = %(id)s", {"id": report.pk})
    assert queries.published("政务").rows == []
    commands.issuing.index(report, queries.issued_document(report))
    assert len(queries.published("政务").rows) == 1


BELOW = {
    "reports_printedfigure": "value = 1",
    "reports_dutyvisit": "person = '王示例'",
    "reports_inspectionresult": "result = '差'",
    "reports_reportversion": "reason = '没有改'",
}


@pytest.mark.parametrize("table", BELOW)
def test_no_row_below_an_issued_report_changes(table: str) -> None:
    report = full_report()
    count = f"select count(*) from {table} where report_id = %(id)s"
    before = sql.one(count, {"id": report.pk})
    assert before is not None
    assert before[0] > 0
    with refused():
        sql.execute(f"update {table} set {BELOW[table]} where report_id = %(id)s", {"id": report.pk})
    with refused():
        sql.execute(f"delete from {table} where report_id = %(id)s", {"id": report.pk})
    assert sql.one(count, {"id": report.pk}) == before


def test_no_row_is_put_below_an_issued_report_nor_moved_there() -> None:
    report, draft = full_report(), make.opened(date(2022, 5, 16), date(2022, 5, 20))
    with refused():
        report.visits.create(id=uuid7(make.AT), position=9, person="王示例")
    with refused():
        report.figures.create(
            id=uuid7(make.AT), position=9, scope="week", measure="受理", value=1, sentence=""
        )
    with refused():
        report.inspection.create(id=uuid7(make.AT), position=9, key="x", heading="题", result="好")
    commands.save_visit(draft.pk, make.visit(), seen=1, by=make.editor(), at=make.AT)
    with refused():
        draft.visits.update(report=report)
    with refused():
        report.visits.update(report=draft)


def test_versions_of_a_draft_are_kept_too() -> None:
    report = make.written(make.opened(), "甲。")
    for statement in ("update reports_reportversion set content = '{}'", "delete from reports_reportversion"):
        with refused():
            sql.execute(f"{statement} where report_id = %(id)s", {"id": report.pk})
    assert len(queries.versions(report)) == 2


@pytest.mark.parametrize("state", [State.COLLECTING, State.EDITING, State.IN_REVIEW])
def test_a_draft_is_free(state: State) -> None:
    report = make.in_state(state)
    Report.objects.filter(pk=report.pk).update(copies=7, items={"efficiency": []})
    assert make.fresh(report).copies == 7


def test_a_past_report_is_read_again() -> None:
    """What was read from a text may be read better: its versions keep both readings."""
    first = stored(text_of_issue_24())
    assert stored(text_of_issue_24().replace("80份", "90份")).outcome == "changed"
    assert Report.objects.get(pk=first.id).copies == 90


@pytest.mark.parametrize("field", ["items", "copies", "distribution"])
def test_a_draft_with_an_impossible_name_of_a_state_is_refused(field: str) -> None:
    report = make.opened()
    assert hasattr(report, field)
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(state="finished")
