"""National exchange tables: every mandatory column is asked for, every code judged that can be, rows become events that repeat themselves."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.exchange.rules.national import (
    CASE_TABLES,
    CODES,
    WITHOUT_LIST,
    check,
    conformance,
    moment,
    tables,
)

ACCEPT = tables()["up_pro_accept"]
SOUND = {
    "row_guid": "a1", "project_no": "示例-2022-1", "catalog_code": "000115001000", "task_code": "11510000MB0000000X4000115001000",
    "task_name": "示例许可", "task_version": "3", "applyer_name": "示例科技有限公司", "applyer_type": "2", "applyer_page_type": "001",
    "applyer_page_code": "91510000DEM0000012", "apply_date": "2022-05-09 10:00:00", "apply_type": "2", "org_name": "水利厅",
    "org_code": "11510000008282258J", "accept_date": "2022-05-10 09:30:00", "project_type": "2", "cd_operation": "I",
    "cd_time": "2022-05-10 23:00:00", "cd_batch": "20220510", "data_source": "51",
}  # fmt: skip


def kinds(table: Any, row: dict[str, str]) -> list[tuple[str, str]]:
    return [(fault.column, fault.kind) for fault in check(table, row)]


def test_the_tables_are_whole() -> None:
    assert len(tables()) == 25
    assert sum(len(table.columns) for table in tables().values()) == 531
    assert set(CASE_TABLES) <= set(tables())
    named = {column for table in tables().values() for column in table.columns}
    assert set(CODES) | WITHOUT_LIST <= named


def test_a_sound_row_has_no_fault_and_each_mandatory_column_is_asked_for() -> None:
    assert kinds(ACCEPT, SOUND) == []
    for name, column in ACCEPT.columns.items():
        without = {key: value for key, value in SOUND.items() if key != name}
        assert kinds(ACCEPT, without) == ([(name, "missing")] if column.is_mandatory else []), name
        assert kinds(ACCEPT, {**SOUND, name: "  "}) == ([(name, "missing")] if column.is_mandatory else [])


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        ("catalog_code", "0001150010001", "long"), ("task_version", "3.0", "whole"), ("task_version", "12345678901", "long"),
        ("accept_date", "2022-13-01", "moment"), ("accept_date", "昨天", "moment"), ("project_type", "3", "code"),
        ("cd_operation", "X", "code"), ("apply_type", "网上", "code"), ("surprise", "1", "unknown"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_its_column(column: str, value: str, kind: str) -> None:
    (fault,) = check(ACCEPT, {**SOUND, column: value})
    assert (fault.column, fault.kind) == (column, kind)
    assert fault.words


@given(
    st.sampled_from(sorted(tables())), st.dictionaries(st.text(max_size=8), st.text(max_size=40), max_size=6)
)
def test_whatever_comes_is_judged_without_stumbling(name: str, row: dict[str, str]) -> None:
    table = tables()[name]
    mandatory = {
        column
        for column, told in table.columns.items()
        if told.is_mandatory and not row.get(column, "").strip()
    }
    found = kinds(table, row)
    assert {column for column, kind in found if kind == "missing"} == mandatory
    assert {column for column, kind in found if kind == "unknown"} == set(row) - set(table.columns)


def test_the_report_counts_rows_and_faults_and_says_what_it_could_not_judge() -> None:
    report = conformance(
        ACCEPT, [SOUND, {**SOUND, "project_type": "3"}, {**SOUND, "project_type": "", "task_version": "x"}]
    )
    assert (report.rows, report.sound) == (3, 1)
    assert report.faults == {
        ("project_type", "code"): 1,
        ("project_type", "missing"): 1,
        ("task_version", "whole"): 1,
    }
    assert set(report.unjudged) == {"applyer_type", "applyer_page_type", "contact_type", "data_source"}


def test_times_are_read_as_the_exchange_writes_them() -> None:
    assert all(
        moment(text) is not None
        for text in ("2022-05-10 09:30:00", "2022-05-10T09:30:00", "2022-05-10", "20220510T093000")
    )
    assert moment("2022-02-30") is None
