"""Item lists as they come: three sets of columns, dirty codes, odd encodings, and what a second import changes."""

import csv
import io
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.catalogue.rules.changes import ITEM_LABELS, Change, diff
from yichuang.catalogue.rules.items import (
    COLUMNS,
    UNASSIGNED,
    ItemFileProblem,
    ItemRow,
    decode,
    department_labels,
    department_of,
    organisation_key,
    read_items,
    two_digit_type,
    type_by_letter,
)
from yichuang.catalogue.tests.material_of_guides import FIXTURES
from yichuang.kernel.errors import Problem

RADIO = "511A0022300005-510000000000-000-699166855-1-00"
LIST = f"item_code,item_name,task_type\n{RADIO},示例事项,1\n"


def rows_of(name: str) -> list[ItemRow]:
    return read_items((FIXTURES / f"{name}.csv").read_bytes())


def one(text: str) -> ItemRow:
    (row,) = read_items(text)
    return row


def test_the_district_list() -> None:
    rows = rows_of("guangan_items")
    assert len(rows) == 1135
    assert len({row.item_code for row in rows}) == 1135
    assert sum(row.flagged for row in rows) == 123
    types = Counter(row.item_type for row in rows)
    assert types == {"01": 536, "20": 348, "10": 182, "07": 50, "05": 9, "09": 8, "08": 2}


def test_every_flag_has_its_reason_and_only_flags_do() -> None:
    for row in rows_of("guangan_items"):
        assert row.flagged == (row.verdict != "ok")
        assert all("\u4e00" <= reason[0] <= "\u9fff" or reason[0].isalnum() for reason in row.reasons)


def test_rows_are_numbered_as_in_a_spreadsheet() -> None:
    rows = rows_of("guangan_items")
    assert (rows[0].row, rows[-1].row) == (2, 1136)


def test_the_city_and_the_radio_list() -> None:
    city, radio = rows_of("chengdu_items"), rows_of("sichuan_radio_items")
    assert (len(city), sum(row.flagged for row in city)) == (30, 5)
    assert (len(radio), sum(row.flagged for row in radio)) == (12, 0)
    # The twelve stand in both lists: the second import of them is no twin.
    assert {row.item_code for row in radio} <= {row.item_code for row in city}


def test_a_list_without_task_type_takes_the_letter() -> None:
    assert {row.item_type for row in rows_of("sichuan_radio_items")} == {"01"}
    assert all("item_type" not in row.values for row in rows_of("sichuan_radio_items"))


def test_dirty_codes_are_kept_as_they_stand() -> None:
    with (FIXTURES / "guangan_items.csv").open(encoding="utf-8", newline="") as file:
        written = [line["item_code"] for line in csv.DictReader(file)]
    assert [row.item_code for row in rows_of("guangan_items")] == written


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("511A0080800002-511602000000-000-1151130000877869M-1-00", "17位"),
        ("511A0080800002-511602000000-000-2222222222222-1-00", "占位的假码"),
        ("511A0080800002", "代码不完整"),
        ("", "代码为空"),
    ],
)
def test_a_doubtful_code_is_flagged_with_its_reason(code: str, reason: str) -> None:
    row = one(f"item_code,item_name,task_type\n{code},示例事项,1\n")
    assert row.flagged
    assert row.item_code == code
    assert row.org_key == ""
    assert reason in row.reasons[0]


def test_the_list_is_trusted_over_the_letter() -> None:
    row = one(
        "item_code,item_name,task_type\n511Z07001006-511602000000-000-11511301008778183N-1-00,示例事项,9\n"
    )
    assert row.item_type == "09"
    assert not row.flagged
    assert "以清单为准" in row.notes[0]


def test_an_unknown_type_is_kept_and_flagged() -> None:
    row = one(LIST.replace(",1\n", ",30\n"))
    assert row.item_type == "30"
    assert row.reasons == ("未知的事项类型“30”",)
    assert row.verdict == "flagged"


@pytest.mark.parametrize(
    ("written", "two"), [("1", "01"), ("01", "01"), ("20", "20"), ("", ""), ("许可", "许可")]
)
def test_types_in_two_digits(written: str, two: str) -> None:
    assert (two_digit_type(written) if written else "") == two


@pytest.mark.parametrize(
    ("catalogue", "kind"),
    [
        ("511A0022300005", "01"),
        ("511Z07001006", "10"),
        ("511E0000000000", "09"),
        ("51200000000000", "20"),
        ("G-000007-001", ""),
    ],
)
def test_types_by_letter(catalogue: str, kind: str) -> None:
    assert type_by_letter(catalogue) == kind


def test_a_name_that_is_missing_flags_the_row() -> None:
    row = one(f"item_code,item_name\n{RADIO},\n")
    assert row.reasons == ("缺少事项名称",)
    assert row.item_type == "01"


def test_a_row_that_is_too_short_or_too_long_is_flagged() -> None:
    short = one(f"item_code,item_name,dept_code\n{RADIO},示例事项\n")
    assert short.reasons == ("该行有2列，表头有3列",)
    assert "dept_code" not in short.values
    long = one(f"item_code,item_name\n{RADIO},示例事项,多出\n")
    assert long.reasons == ("该行有3列，表头有2列",)


def test_a_code_twice_in_a_file_is_flagged_the_second_time() -> None:
    first, second = read_items(LIST + f"{RADIO},另一名称,1\n")
    assert not first.flagged
    assert second.reasons == ("事项编码与第2行重复",)


def test_blank_lines_quotes_and_line_ends() -> None:
    text = f'item_code,item_name,task_type\r\n\r\n{RADIO},"示例，\n两行事项",1\r\n,,\r\n'
    row = one(text)
    assert row.name == "示例，\n两行事项"


def test_columns_in_another_order_and_strange_columns() -> None:
    row = one(f"seq,item_name,parse_status,item_code\n1,示例事项,full,{RADIO}\n")
    assert row.values == {"name": "示例事项"}


def test_no_main_item_is_none() -> None:
    row = one(f"item_code,item_name,main_item\n{RADIO},示例事项,未分类\n")
    assert row.values["main_item"] == ""


def test_lines_are_as_good_as_text() -> None:
    assert read_items(io.StringIO(LIST)) == read_items(LIST) == read_items(LIST.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_encodings_of_this_country(encoding: str) -> None:
    assert read_items(LIST.encode(encoding))[0].name == "示例事项"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "空的"),
        (b"\n\n", "空的"),
        (b"\xef\xbb\xbf", "空的"),
        (b"name,code\n1,2\n", "item_code、item_name"),
        (b"item_code\n1\n", "item_name"),
        (b"PK\x03\x04rest", "Excel"),
        (b"\xd0\xcf\x11\xe0rest", "Excel"),
        (b"item_code\x00,item_name", "二进制"),
        (b"item_code,item_name\n\xff\xff,\xff", "编码"),
    ],
)
def test_a_file_that_is_no_list(content: bytes, says: str) -> None:
    with pytest.raises(ItemFileProblem, match=says) as caught:
        read_items(content)
    assert isinstance(caught.value, Problem)
    assert caught.value.how.endswith("。")


def test_a_field_beyond_all_measure_is_refused_with_its_line() -> None:
    with pytest.raises(ItemFileProblem, match="第2行"):
        read_items("item_code,item_name\n" + RADIO + "," + "长" * 200_000)


def test_a_header_alone_is_an_empty_list() -> None:
    assert read_items("item_code,item_name\n") == []


def test_decode_prefers_utf8() -> None:
    assert decode("示例".encode()) == "示例"


def test_departments_are_found_by_the_organisation_behind_the_code() -> None:
    by_credit_code = "511A0700900014-510000000000-000-11510000699166855E-1-00"
    text = f"item_code,item_name\n{RADIO},甲\n{by_credit_code},乙\n511A0022300005-510000000000-000-8282348-1-00,丙\n"
    departments = {"699166855": "industry"}
    assert [department_of(row, departments) for row in read_items(text)] == [
        "industry",
        "industry",
        UNASSIGNED,
    ]
    assert department_of(read_items(text)[0], {}) == UNASSIGNED


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("11510000699166855E", "699166855"),
        ("699166855", "699166855"),
        ("00877868-5", "008778685"),
        ("76726532-X", "76726532X"),
        ("1151130000877869M", ""),
        ("11510000699166855F", ""),
        ("8282348", ""),
        ("", ""),
    ],
)
def test_the_organisation_behind_a_body_code(code: str, key: str) -> None:
    assert organisation_key(code) == key


def test_departments_of_the_district_list() -> None:
    labels = department_labels(rows_of("guangan_items"))
    assert labels["008778183"] == "区经信局"
    assert labels["MB1549994"] == "广安区税务局"
    assert all(labels.values())
    unassigned = [row for row in rows_of("guangan_items") if department_of(row, labels) == UNASSIGNED]
    assert len(unassigned) < 123
    assert all(row.flagged for row in unassigned)


def test_the_same_row_again_is_no_change() -> None:
    for row in rows_of("guangan_items"):
        assert diff(row.values, row.values) == []


def test_a_column_that_a_list_lacks_is_no_change() -> None:
    by_code = {row.item_code: dict(row.values) for row in rows_of("chengdu_items")}
    for row in rows_of("sichuan_radio_items"):
        assert diff(by_code[row.item_code], row.values) == []


def test_what_changed_is_named_with_before_and_after() -> None:
    old = {"name": "旧名", "item_type": "01", "dept_code": "1"}
    assert diff(old, {"name": "新名", "item_type": "01"}) == [Change("name", "事项名称", "旧名", "新名")]
    assert diff({}, {"main_item": "主项"}) == [Change("main_item", "主项名称", None, "主项")]


def test_every_column_that_is_kept_has_a_label() -> None:
    assert set(COLUMNS.values()) - {"item_code"} == set(ITEM_LABELS)


values = st.dictionaries(st.sampled_from(sorted(ITEM_LABELS)), st.text(max_size=5))


@given(values, values)
def test_applying_the_changes_gives_what_the_list_says(old: dict[str, str], new: dict[str, str]) -> None:
    applied = old | {change.field: change.new or "" for change in diff(old, new)}
    assert all(applied.get(name, "") == value for name, value in new.items())
    assert all(applied[name] == value for name, value in old.items() if name not in new)


def says_how(read: Callable[[], list[ItemRow]]) -> bool:
    """Whether a list was read, or refused with a word on how to mend it."""
    try:
        return all(row.row > 1 for row in read())
    except ItemFileProblem as problem:
        return bool(problem.message and problem.how)


@given(st.text())
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    assert says_how(lambda: read_items(text))


@given(st.binary())
def test_any_bytes_are_read_or_refused_in_words(content: bytes) -> None:
    assert says_how(lambda: read_items(b"item_code,item_name\n" + content))
