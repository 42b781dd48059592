"""R3 and R4 in short: a filing whose connection is cut, or whose writes fail, is whole or not there at all."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connections

from tests.faults import apart as two
from tests.faults import cuts, triggers
from tests.faults.conftest import Near
from tests.faults.filing import new_key
from tests.faults.near import NearPost
from tests.faults.proxy import Proxy
from yichuang.cases.commands import file

EVERY = 4
# Where a filing commits: a broken build need not be cut before that to be caught.
LAST = 18


def cut(near: Near, proxied: Proxy, post: NearPost | None = None, last: int = 0) -> tuple[int, list[str]]:
    """Cut at every few messages; how many cuts, and what is wrong afterwards."""
    usual, ledger = near.begin()
    before = near.cases
    every = 3 if last else EVERY
    done = cuts.cut_everywhere(post or usual, proxied, ledger, every=every, last=last, patience=3)
    return done, cuts.exactly_one_each(near.auditor, ledger, before)


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: the case is committed before its receipt is written."""

    monkeypatch.setattr(two.PLACE, two.apart(file))


def test_a_connection_cut_at_any_message_makes_exactly_one_case(near: Near, proxied: Proxy) -> None:
    done, wrong = cut(near, proxied)
    assert done >= 20, "a filing has at least eighty messages"
    assert wrong == []


def test_a_house_that_does_not_heed_the_key_is_caught(near: Near, proxied: Proxy) -> None:
    usual, _ = near.begin()
    careless = NearPost(usual.address, usual.account, usual.bodies, spoil=lambda _key: new_key())
    assert cut(near, proxied, careless, LAST)[1]


@pytest.mark.usefixtures("apart")
def test_a_case_committed_before_its_receipt_is_caught(near: Near, proxied: Proxy) -> None:
    assert cut(near, proxied, last=LAST)[1]


def test_whichever_write_fails_nothing_is_left_and_the_key_goes_through(near: Near) -> None:
    post, ledger = near.begin()
    faults, wrong = triggers.fail_everywhere(post, near.urls["owner"], ledger)
    assert faults >= 8, "at least eight tables are written to"
    assert [*wrong, *near.auditor.all(ledger)] == []


@contextmanager
def statements_may_take(milliseconds: int) -> Iterator[None]:
    """How long one statement of the site may take; 0: as long as it likes."""
    options = connections["default"].settings_dict["OPTIONS"]
    usual = options["options"]
    options["options"] = re.sub(r"statement_timeout=\d+", f"statement_timeout={milliseconds}", usual)
    connections["default"].close()
    try:
        yield
    finally:
        options["options"] = usual
        connections["default"].close()


SLEPT_ON = ("intake_application", "cases_case", "intake_receipt")


def test_a_write_that_sleeps_is_given_up_in_time_and_nothing_is_left(near: Near) -> None:
    post, ledger = near.begin()
    with statements_may_take(150):
        faults, wrong = triggers.fail_everywhere(
            post, near.urls["owner"], ledger, how="sleep", only=SLEPT_ON, seconds=0.6
        )
    assert faults >= len(SLEPT_ON)
    assert [*wrong, *near.auditor.all(ledger)] == []

    # The broken variant: a site without limits waits for as long as the database likes to sleep.
    with statements_may_take(0):
        _, wrong = triggers.fail_everywhere(
            post, near.urls["owner"], ledger, how="sleep", only=SLEPT_ON[-1:], seconds=0.6
        )
    assert wrong == ["R4: no write was ever failed"]


@pytest.mark.usefixtures("apart")
def test_a_write_that_fails_after_a_commit_is_caught(near: Near) -> None:
    post, ledger = near.begin()
    assert triggers.fail_everywhere(post, near.urls["owner"], ledger, only=("intake_receipt",))[1]
