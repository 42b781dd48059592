"""The registers: everybody finds those of the own capabilities, under the report's headings."""

import pytest
from django.urls import reverse

from yichuang.directory.flow import Capability
from yichuang.home.pages.registers import HEADINGS, headings_for
from yichuang.home.tests.visitors import browser, holder, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at")]


@pytest.mark.parametrize("entry", [e for h in HEADINGS for e in h.entries], ids=lambda e: e.address)
def test_every_entry_leads_somewhere(entry: object) -> None:
    assert reverse(entry.address)  # type: ignore[attr-defined]


@pytest.mark.parametrize("capability", [c for c in Capability if c != Capability.CASE_APPLY])
def test_whoever_is_shown_an_entry_may_open_it(capability: Capability) -> None:
    by = holder(capability)
    client = browser(by)
    for heading in headings_for(by):
        for entry in heading["entries"]:
            assert client.get(entry["href"]).status_code == 200, entry["href"]


def test_headings_without_an_entry_are_left_out() -> None:
    found = list(headings_for(holder(Capability.HALL_INSPECT)))
    assert [heading["title"] for heading in found] == ["大厅巡查情况"]


def test_nobody_elses_registers_are_shown() -> None:
    page = text(browser(holder(Capability.PARTS_READ)).get("/desk/registers"))
    assert "没有您可以打开的登记册" in page
