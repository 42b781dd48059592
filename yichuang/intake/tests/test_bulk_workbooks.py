"""What spreadsheets do to the cells of a file: each fault has its own words, at its own cell."""

import io
import zipfile
from collections.abc import Mapping

import pytest

from yichuang.gateways.sheets_out import Column, Sort, write_xlsx
from yichuang.intake.queries.bulk import RowFault, faults_of
from yichuang.intake.render import bulk_work
from yichuang.intake.tests import factories as make
from yichuang.intake.tests import factories_bulk as bulk

pytestmark = pytest.mark.django_db


def workbook(numbers: Mapping[str, int]) -> bytes:
    """A workbook with one sound row; the columns of `numbers` hold figures instead of text."""
    table = bulk.rows(1)
    header = [Column(name, Sort.NUMBER if name in numbers else Sort.TEXT) for name in table[0]]
    out = io.BytesIO()
    rows = [[numbers.get(name, cell) for name, cell in row.items()] for row in table]
    write_xlsx(rows, header, out)
    return out.getvalue()


def changed(data: bytes, old: str, new: str) -> bytes:
    """The workbook with something in its sheet put otherwise."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name.startswith("xl/worksheets/sheet"):
                assert old in content.decode(), content[:1500]
                content = content.decode().replace(old, new, 1).encode()
            target.writestr(name, content)
    return out.getvalue()


def found_in(data: bytes) -> list[RowFault]:
    """What the check says of it."""
    made = bulk.begun(data, make.applicant(), item=bulk.offer().item.code, name="台站.xlsx")
    bulk_work.run(made.id, at=bulk.AT)
    run = bulk.run_of(made)
    assert run.state == "checked", run.reason
    return faults_of(run, limit=50)


def test_a_sound_workbook_is_sound_figures_in_columns_of_figures_too() -> None:
    assert found_in(workbook({"邮政编码": 610000})) == []


def test_a_number_in_a_column_of_identifiers_is_told_so() -> None:
    (fault,) = found_in(workbook({"原电台执照编号": 20200001}))
    assert (fault.row, fault.column) == (2, "原电台执照编号")
    assert "存成了数字" in fault.message


def test_a_formula_is_no_answer() -> None:
    plain = workbook({"邮政编码": 610000})
    (fault,) = found_in(changed(plain, "<v>610000</v>", "<f>A1+1</f><v>610000</v>"))
    assert fault.column == "邮政编码"
    assert "公式" in fault.message


def test_a_hidden_row_is_asked_about() -> None:
    plain = workbook({"邮政编码": 610000})
    (fault,) = found_in(changed(plain, "</row><row", '</row><row hidden="1"'))
    assert (fault.row, fault.column) == (2, "整行")
    assert "隐藏" in fault.message
