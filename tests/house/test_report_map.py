"""The table that leads from the weekly report to the pages: every address in it is one of the site."""

import re
from pathlib import Path

import pytest
from django.urls import Resolver404, resolve

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "weekly-report.md"
ROWS = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
ADDRESS = re.compile(r"`(/[^`]*)`")
HEADINGS = (
    "省级政务服务事项受理办理情况", "优化营商环境工作开展情况", "窗口服务效能提升工作情况", "厅（局）长进大厅", "大厅巡查情况",
    "政务工作动态", "省本级综窗办件情况", "事项授权及受理手册编制推进情况", "其它工作开展情况",
)  # fmt: skip


@pytest.mark.parametrize("address", sorted({found for row in ROWS for found in ADDRESS.findall(row)}))
def test_every_address_of_the_table_is_of_the_site(address: str) -> None:
    assert resolve(address)


def test_an_address_that_the_site_does_not_have_is_found() -> None:
    with pytest.raises(Resolver404):
        resolve("/desk/nothing-here")


@pytest.mark.parametrize("heading", HEADINGS)
def test_every_heading_has_its_row(heading: str) -> None:
    assert any(heading in row for row in ROWS)


def test_every_row_names_a_page_or_says_not_yet() -> None:
    told = [row for row in ROWS if not row.startswith(("| ---", "| heading", "| what"))]
    assert len(told) > 35
    assert [row for row in told if not ADDRESS.search(row) and "not yet" not in row] == []
