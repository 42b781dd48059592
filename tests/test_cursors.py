"""Every list that is paged, asked for what follows a row that it never showed: told or answered, never a fault of ours."""

import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.test_doors_of_every_address import PAGES
from yichuang.cases.queries import checks
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.directory.tests.machines import token_of
from yichuang.kernel import paging
from yichuang.kernel.actor import Actor
from yichuang.programmes.tests import factories as programmes
from yichuang.statistics.pages import efficiency, tables

pytestmark = pytest.mark.django_db
DAY, MOMENT = "2026-01-01", people.AT.isoformat()
CURSORS = {
    str(parts): paging.encode(parts)
    for parts in (
        ["x"], ["\0"], ["\ud800"], ["x", "y"], ["\0", "\0"], [DAY, "x"], [DAY, "\0"], [MOMENT, "x"],
        [people.AT.replace(tzinfo=None).isoformat(), "x"], ["x", "\ud800"], ["x", "y", "z"], ["²", "²", "x"],
        ["9" * 30, "9" * 30, "x"], ["\0", "\0", "\0"],
    )
}  # fmt: skip
# What an address is asked besides, where a list needs to be named before it is one, or has several orders.
BESIDES = {
    "desk": [{"tab": tab} for tab in ("to_accept", "in_hand", "waiting", "done")],
    "desk/opinions": [{}, {"closed": "1"}],
    "desk/figures/cases": [{"measure": sorted(tables.LINKED)[0]}],
    "desk/figures/efficiency/cases": [{"claim": sorted(efficiency.LINKED)[0]}],
}

CASES_OF_CAMPAIGN = "desk/programmes/campaigns/<uuid:campaign_id>/cases"


def paged() -> list[str]:
    """The routes whose view stands in a module that reads a cursor from its address."""
    found = {route: sys.modules[pattern.callback.__module__].__file__ for route, pattern in PAGES.items()}
    return [
        route
        for route, file in found.items()
        if ("<" not in route or route == CASES_OF_CAMPAIGN)
        and '"after"' in Path(str(file)).read_text(encoding="utf-8")
    ]


def browser(actor: Actor) -> Client:
    """Somebody signed in, to whom a fault is a 500."""
    made = Client(raise_request_exception=False)
    made.force_login(people.account_of(actor), backend="django.contrib.auth.backends.ModelBackend")
    return made


def faults(asked: Client, address: str, besides: dict[str, str]) -> list[str]:
    """The cursors to which an address answered with a fault."""
    answers = {
        parts: asked.get(f"{address}?{urlencode({**besides, 'after': cursor})}").status_code
        for parts, cursor in CURSORS.items()
    }
    return [f"{address} {besides} {parts}: {status}" for parts, status in answers.items() if status >= 500]


def test_no_cursor_whatever_is_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: people.AT)
    keeper = people.staff("all", people.post(people.department(), "全部", list(Capability), everywhere=True))
    desk, own, campaign = browser(keeper), browser(people.applicant_actor()), programmes.campaign()
    wrong: list[str] = []
    lists = 0
    for route in paged():
        asked = own if route.startswith("my") else desk
        address = f"/{route}".replace("<uuid:campaign_id>", str(campaign.pk))
        for besides in BESIDES.get(route, [{}]):
            # Only a list tells that this is none; the other pages of its module do not read it.
            if asked.get(address, {**besides, "after": "!"}).status_code == 422:
                wrong, lists = wrong + faults(asked, address, besides), lists + 1
    machine = Client(
        raise_request_exception=False, headers={"authorization": f"Bearer {token_of(keeper)[1]}"}
    )
    assert machine.get("/api/v1/cases").status_code == 200
    assert wrong + faults(machine, "/api/v1/cases", {}) == []
    assert lists >= 41


def test_a_list_that_takes_a_cursor_as_it_comes_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = people.post(people.department(), "全部", list(Capability), everywhere=True)
    desk = browser(people.staff("all", everything))
    assert not faults(desk, "/desk/checks", {})
    monkeypatch.setattr(checks, "day_part", str)
    monkeypatch.setattr(checks, "id_part", str)
    assert faults(desk, "/desk/checks", {})
