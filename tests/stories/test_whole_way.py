"""The whole way of one matter, through the pages that people use: from the published item to the printed weekly report."""

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest

from tests.stories.province import WATER, Province, facts, follow, nth_workday, short
from tests.stories.visitor import Page, Visitor, pdf
from yichuang.intake.tests.factories import answers
from yichuang.kernel import sql


@dataclass
class Told:
    """What the receipt tells the applicant."""

    case_id: UUID
    number: str
    code: str


def fill_in(company: Visitor, page: Page) -> Page:
    """Answer section after section as the pages ask, until the list of materials comes."""
    given = answers(region="510107000000")
    for _ in range(20):
        if "/sections/" not in page.address:
            return page
        asked = page.form("保存并继续").names
        page = company.press(page, "保存并继续", **{name: given[name] for name in asked if name in given})
    raise AssertionError(f"the form does not end: {page.address}: {page.text}")


def test_x(province: Province) -> None:
    province.clock("2022-04-21")
    company = province.visitor("company")
    page = company.press(company.open(f"/file/{WATER}/start"), "开始填写申请")
    print(page.text, page.links)
    page = company.open(page.link("申请人"))
    page = fill_in(company, page)
    print(page.address, page.text)
    assert 0
