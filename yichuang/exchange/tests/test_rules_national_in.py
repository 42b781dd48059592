"""Rows of national tables as events: the same row is the same event, in the order of things, and nothing is guessed."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.exchange.flow import UNNAMED, EventKind
from yichuang.exchange.rules import national_in
from yichuang.exchange.rules.lines import MOST_NO, Unreadable, read_line
from yichuang.exchange.rules.national import CASE_TABLES, tables
from yichuang.exchange.rules.national_in import (
    CORRECTED_RANK,
    FIRST,
    NEEDED,
    OPTIONAL,
    ORDER,
    RANK,
    STEPS,
    event_lines,
    event_no,
    events_of,
    rank_of,
    rows_of_csv,
    table_of,
)
from yichuang.exchange.rules.streams import BadHeader
from yichuang.exchange.tests.test_rules_national import SOUND

ACCEPT, RESULT, PROCESS = (tables()[f"up_pro_{name}"] for name in ("accept", "result", "process"))
ITEM = SOUND["task_code"]
RESULT_ROW = {"project_no": "n", "result_date": "2022-05-20", "result_type": "1", "cd_operation": "I"}
SPECIAL_ROW = {
    "project_no": "n", "special_type": "2", "special_name": "听证", "special_reason": "依申请", "special_time": "2022-05-11",
    "end_time": "2022-05-13", "cd_operation": "I",
}  # fmt: skip
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(lambda at: at.replace(microsecond=0))  # noqa: DTZ001


def nothing(_: Sequence[str]) -> Mapping[str, str]:
    """No case is known."""
    return {}


def step(name: str, at: str = "2022-05-20 10:00:00") -> dict[str, str]:
    return {"project_no": "n", "process_name": name, "event_end_time": at, "cd_operation": "I"}


def csv_of(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> list[bytes]:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode().splitlines(keepends=True)


def test_an_acceptance_becomes_one_event_that_the_ingest_can_read() -> None:
    (event,) = events_of("up_pro_accept", {**SOUND, "promise_date": "2022-06-01 00:00:00"})
    assert event == {
        "source_number": "示例-2022-1", "event_no": event_no(datetime(2022, 5, 10, 9, 30), 0), "kind": "accepted",  # noqa: DTZ001
        "at": "2022-05-10T09:30:00+08:00", "item_code": ITEM, "applicant_name": "示例科技有限公司", "due_on": "2022-06-01",
    }  # fmt: skip
    line = read_line(event, 1, "")
    assert (line.number, line.entry.kind, line.entry.day.isoformat()) == (
        "示例-2022-1",
        EventKind.ACCEPTED,
        "2022-05-10",
    )
    assert "applicant_name" not in events_of("up_pro_accept", {**SOUND, "applyer_name": " "})[0]


@pytest.mark.parametrize("column", ["cd_operation", "cd_time", "cd_batch", "row_guid", "remark", "org_name"])
def test_what_only_synchronises_does_not_make_another_event(column: str) -> None:
    changed = {**SOUND, column: "U" if column == "cd_operation" else "other"}
    assert events_of("up_pro_accept", changed) == events_of("up_pro_accept", SOUND)


def test_the_item_is_the_finest_code_that_a_row_names() -> None:
    row = {**SOUND, "task_handle_item": "H" * 33, "local_task_code": "L-1"}
    assert events_of("up_pro_accept", row)[0]["item_code"] == "H" * 33
    assert events_of("up_pro_accept", {**row, "task_handle_item": ""})[0]["item_code"] == ITEM
    assert (
        events_of("up_pro_accept", {**row, "task_handle_item": "", "task_code": " "})[0]["item_code"] == "L-1"
    )


def test_results_tell_an_outcome_or_one_that_is_asked_about() -> None:
    assert [(one["kind"], one["outcome"]) for one in events_of("up_pro_result", RESULT_ROW)] == [
        ("decided", "granted")
    ]
    assert events_of("up_pro_result", {**RESULT_ROW, "result_type": "2"})[0]["outcome"] == "denied"
    assert events_of("up_pro_result", {**RESULT_ROW, "result_type": "77"})[0]["outcome"] == "77"
    assert "item_code" not in events_of("up_pro_result", RESULT_ROW)[0]


def test_a_special_procedure_begins_and_perhaps_ends() -> None:
    started, ended = events_of("up_pro_special_procedure", SPECIAL_ROW)
    assert (started["kind"], ended["kind"]) == ("special_started", "special_ended")
    assert started["special"] == {"type": "2", "name": "听证", "reason": "依申请"}
    assert started["event_no"] < ended["event_no"]
    assert [
        one["kind"] for one in events_of("up_pro_special_procedure", {**SPECIAL_ROW, "end_time": ""})
    ] == ["special_started"]
    same_day = {**SPECIAL_ROW, "end_time": SPECIAL_ROW["special_time"]}
    first, second = events_of("up_pro_special_procedure", same_day)
    assert first["event_no"] < second["event_no"], "days without a time: the start still comes first"


def test_only_steps_that_end_a_case_or_hand_over_are_events() -> None:
    told = {
        name: [one["kind"] for one in events_of("up_pro_process", step(name))]
        for name in (*STEPS, "受理", "审查", "决定", "")
    }
    assert told == {
        "送达": ["delivered"],
        "撤回": ["withdrawn"],
        "终结": ["terminated"],
        "受理": [],
        "审查": [],
        "决定": [],
        "": [],
    }
    assert events_of("up_pro_material", {"project_no": "n"}) == []


@pytest.mark.parametrize(
    ("table", "row"), [("up_pro_accept", SOUND), ("up_pro_result", RESULT_ROW), ("up_pro_special_procedure", SPECIAL_ROW), ("up_pro_process", step("撤回"))]
)  # fmt: skip
def test_a_deletion_takes_back_everything_that_its_row_told(table: str, row: dict[str, str]) -> None:
    told, back = events_of(table, row), events_of(table, {**row, "cd_operation": "D"})
    assert [one["takes_back"] for one in back] == [one["event_no"] for one in told]
    assert {one["kind"] for one in back} == {"corrected"}
    assert not {one["event_no"] for one in back} & {one["event_no"] for one in told}
    assert [one.get("item_code") for one in back] == [one.get("item_code") for one in told]
    for one in back:
        read_line({**one, "item_code": one.get("item_code", UNNAMED)}, 1, "")


@given(MOMENTS, st.sampled_from(range(len(RANK))), st.integers(1, 10**8))
def test_later_things_have_higher_numbers_and_all_of_them_fit(at: datetime, rank: int, seconds: int) -> None:
    number = event_no(at, rank)
    assert 1 <= number <= number + CORRECTED_RANK <= MOST_NO
    later = at + timedelta(seconds=60 + seconds)
    assert event_no(later, 0) > number + CORRECTED_RANK
    assert [event_no(at, one) for one in range(len(RANK))] == list(
        range(number - rank, number - rank + len(RANK))
    )
    assert len(RANK) <= CORRECTED_RANK, "corrections have numbers of their own"


def test_what_was_before_all_time_has_a_number_too() -> None:
    assert event_no(FIRST - timedelta(days=10_000), 0) == event_no(FIRST, 0) == 1


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("up_pro_accept.csv", "up_pro_accept"), ("20220510-UP_PRO_RESULT-2.csv", "up_pro_result"), ("up_pro_special_procedure_51.csv", "up_pro_special_procedure"),
        ("up_pro_accepted.csv", "up_pro_accept"), ("events.csv", None), ("up_.csv", None), ("pro_accept.csv", None), ("up_task_general_basic.csv", "up_task_general_basic"),
    ],
)  # fmt: skip
def test_the_table_of_a_file_is_read_from_its_name(name: str, table: str | None) -> None:
    found = table_of(name)
    assert (found.name if found else None) == (table if table in tables() or table is None else None)


def test_files_are_taken_in_the_order_in_which_they_name_each_other() -> None:
    names = [f"{name}.csv" for name in sorted(CASE_TABLES)] + ["events.csv", "up_lic_data.csv"]
    ordered = sorted(names, key=rank_of)
    assert ordered == ["events.csv", *(f"{name}.csv" for name in ORDER), "up_lic_data.csv"]
    assert set(ORDER) == set(CASE_TABLES)
    assert all(a <= b for a, b in pairwise(map(rank_of, ordered)))


def test_what_is_needed_of_a_table_is_there() -> None:
    assert set(NEEDED) < set(ORDER)
    for name, columns in NEEDED.items():
        assert columns <= set(tables()[name].columns), name
    assert set().union(*NEEDED.values()) >= OPTIONAL


def test_rows_are_read_whatever_the_order_and_case_of_their_columns() -> None:
    columns = ["CD_OPERATION", "Result_Type", " result_date ", "project_no", "mine"]
    data = [
        ",".join(columns).encode() + b"\r\n",
        "I,1,2022-05-20,示例一,x\r\n".encode(),
        b"\r\n",
        b"I,2,2022-05-21,b\r\n",
    ]
    found = list(rows_of_csv(RESULT, [b"\xef\xbb\xbf" + data[0], *data[1:]]))
    assert [number for number, _ in found] == [2, 4]
    rows = [row for _, row in found]
    assert [(row["project_no"], row["result_type"]) for row in rows] == [("示例一", "1"), ("b", "2")]
    assert rows[0]["mine"] == "x"
    assert "mine" not in rows[1]


@pytest.mark.parametrize(
    ("lines", "error", "words"),
    [
        ([], BadHeader, "文件是空的"), ([b"project_no,cd_operation\n"], BadHeader, "没有必需的列 accept_date"), ([b"project_no,project_no,accept_date\n"], BadHeader, "列 project_no 出现了两次"),
        ([b"project_no,accept_date\n", b"1,2,3\n"], Unreadable, "第 2 行有 3 列，表头只有 2 列"), ([b"project_no,accept_date\n", b"\xff\xfe,2\n"], Unreadable, "不是 UTF-8"),
        ([b"project_no,accept_date\n", b'"1,2'], Unreadable, "引号没有配对"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_as_a_whole(
    lines: list[bytes], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        list(rows_of_csv(ACCEPT, lines))


def lines_of(table: Any, rows: Sequence[Mapping[str, str]], codes_of: Any = nothing) -> list[tuple[str, Any]]:
    return list(event_lines(table, enumerate(rows, start=1), codes_of))


def test_a_row_of_which_nothing_can_be_taken_is_one_line_that_names_nobody() -> None:
    rows = [
        SOUND,
        {**SOUND, "accept_date": "昨天"},
        {**SOUND, "project_no": ""},
        {**SOUND, "cd_operation": "X"},
    ]
    rows.append({**SOUND, "task_code": "", "task_handle_item": "", "local_task_code": ""})
    found = lines_of(ACCEPT, rows)
    assert [wrong.field for _, wrong in found if isinstance(wrong, Unreadable)] == [
        "accept_date",
        "project_no",
        "cd_operation",
        "task_code",
    ]
    assert "第 2 行：应为时间" in str(found[1][1])
    assert len(found) == len(rows)
    kept = "".join(raw for raw, told in found if isinstance(told, Unreadable))
    assert SOUND["applyer_name"] not in kept
    assert SOUND["applyer_page_code"] not in kept
    assert "a1" in kept, "the row can be found again"


def test_other_faults_are_reported_and_the_row_is_taken() -> None:
    bare = {name: SOUND[name] for name in ("project_no", "accept_date", "task_code")}
    ((raw, event),) = lines_of(ACCEPT, [bare])
    assert json.loads(raw) == event
    assert event["kind"] == "accepted"
    assert [
        told["kind"]
        for _, told in lines_of(tables()["up_pro_special_procedure"], [{**SPECIAL_ROW, "end_time": ""}])
    ] == ["special_started"]


def test_cases_are_asked_for_once_a_block_and_a_case_that_is_not_known_stays_unnamed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Sequence[str]] = []

    def codes_of(numbers: Sequence[str]) -> Mapping[str, str]:
        asked.append(numbers)
        return {"n-1": "item-1", "n-3": "item-3"}

    monkeypatch.setattr(national_in, "AT_ONCE", 2)
    rows = [{**RESULT_ROW, "project_no": f"n-{number}"} for number in (1, 2, 3, 3)]
    found = [event["item_code"] for _, event in lines_of(RESULT, rows, codes_of)]
    assert found == ["item-1", UNNAMED, "item-3", "item-3"]
    assert asked == [["n-1", "n-2"], ["n-3"]]
    asked.clear()
    assert len(lines_of(ACCEPT, [SOUND], codes_of)) == 1
    assert lines_of(PROCESS, [step("审查")], codes_of) == []
    assert asked == [], "who names the item, or tells nothing, asks nobody"


@given(
    st.sampled_from(ORDER),
    st.lists(st.dictionaries(st.sampled_from(sorted({*SOUND, *RESULT_ROW, *SPECIAL_ROW, *step("")})), st.sampled_from(["", "2022-05-10", "D", "1", "撤回", "x" * 60, "\x00"]), max_size=9), max_size=4),
)  # fmt: skip
def test_whatever_a_row_says_gives_lines_whose_number_depends_on_it_alone(
    name: str, rows: list[dict[str, str]]
) -> None:
    table = tables()[name]
    whole = lines_of(table, rows, lambda numbers: dict.fromkeys(numbers, "known"))
    assert len(whole) == len(lines_of(table, rows)) == sum(len(lines_of(table, [row])) for row in rows)
    assert [
        told for _, told in whole if not isinstance(told, Unreadable) and told["item_code"] == UNNAMED
    ] == []


def test_our_own_rows_come_back_as_they_went_out() -> None:
    rows = [{**SOUND, "applyer_name": '引号"逗号,换行\n示例'}, {**SOUND, "project_no": "n-2"}]
    read = [row for _, row in rows_of_csv(ACCEPT, csv_of(rows, list(ACCEPT.columns)))]
    assert [{name: text for name, text in row.items() if text} for row in read] == rows


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    rows = [
        {**SOUND, "applyer_name": "两\n行"},
        {**SOUND, "accept_date": "昨天"},
        {**SOUND, "project_no": ""},
    ]
    columns = list(ACCEPT.columns)
    header, *lines = csv_of(rows, columns)
    data = [header, *lines[:2], b"\r\n", b"," * (len(columns) - 1) + b"\r\n", *lines[2:]]
    numbered = list(rows_of_csv(ACCEPT, data))
    # The header is row 1, the first row has two lines, rows 3 and 4 are empty.
    assert [number for number, _ in numbered] == [2, 5, 6]
    words = [str(told) for _, told in event_lines(ACCEPT, numbered, nothing) if isinstance(told, Unreadable)]
    assert [text.partition("：")[0] for text in words] == ["第 5 行", "第 6 行"]
    wide = [*data, lines[-1].rstrip() + b",one more\r\n"]
    with pytest.raises(Unreadable, match="第 7 行有"):
        list(rows_of_csv(ACCEPT, wide))


@pytest.mark.parametrize(
    ("table", "row", "column"),
    [
        (ACCEPT, SOUND, "accept_date"), (ACCEPT, SOUND, "promise_date"), (RESULT, RESULT_ROW, "result_date"), (PROCESS, step("撤回"), "event_end_time"),
        (tables()["up_pro_special_procedure"], SPECIAL_ROW, "special_time"), (tables()["up_pro_special_procedure"], SPECIAL_ROW, "end_time"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("moment", "sound"),
    [("1999-12-31 23:59:59", False), ("2000-01-01", True), ("2099-12-31 23:59:59", True), ("2100-01-01", False), ("9999-12-31", False)],
)  # fmt: skip
def test_a_moment_beyond_all_events_names_its_column(
    table: Any, row: dict[str, str], column: str, moment: str, sound: bool
) -> None:
    told = [one for _, one in lines_of(table, [{**row, column: moment}])]
    if sound:
        for one in told:
            read_line(one, 1, "")
    else:
        assert [(one.field, one.words) for one in told] == [(column, "第 1 行：应在 2000 年至 2099 年之间")]


def test_a_moment_that_is_not_looked_at_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: the ingest refuses it, and names what no row has."""
    monkeypatch.setattr(national_in, "_beyond", lambda *_: None)
    ((_, event),) = lines_of(RESULT, [{**RESULT_ROW, "result_date": "2200-01-01"}])
    with pytest.raises(Unreadable) as wrong:
        read_line({**event, "item_code": ITEM}, 1, "")
    assert wrong.value.field == "event_no"
