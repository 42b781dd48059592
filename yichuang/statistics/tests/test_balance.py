"""Tables that balance: what is on hand after is what was before, and what came, less what went."""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.cases.tests import factories as make
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.statistics import commands, queries
from yichuang.statistics.flow import GROUPS
from yichuang.statistics.tests.happenings import Happening, enter, moment
from yichuang.statistics.tests.test_pages import analyst, body, browser, words

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2022, 5, 9), date(2022, 5, 13)
MAKERS: tuple[Callable[[datetime], object], ...] = (
    lambda at: make.filed(at=at), make.correcting, make.in_review, make.paused, make.decided, make.delivered,
    make.refused, make.terminated,
)  # fmt: skip


def begin(chance: random.Random) -> None:
    at = make.day("2022-04-25") + timedelta(days=chance.randrange(20), minutes=chance.randrange(60))
    chance.choice(MAKERS)(at)


@settings(max_examples=12)
@given(st.integers(0, 10_000), st.integers(1, 8), st.integers(0, 8))
def test_every_history_balances_by_group_and_department(seed: int, length: int, drained: int) -> None:
    chance = random.Random(seed)
    with transaction.atomic():
        for place in range(length):
            begin(chance)
            if place == drained:
                while commands.close_batch(at=make.AT, limit=5):
                    pass
        for first, last in ((FIRST, LAST), (date(2022, 5, 1), date(2022, 5, 31)), (FIRST, FIRST)):
            rows = queries.balances(first, last)
            assert queries.imbalances(first, last) == []
            for row in rows:
                came = row.opening + row.received + row.moved_in
                went = row.concluded + row.refused + row.terminated + row.moved_out
                assert came - went == row.closing == row.expected
            for group in GROUPS:
                (whole,) = [row for row in rows if row.group == group and row.department is None]
                parts = [row for row in rows if row.group == group and row.department is not None]
                for name in ("opening", "received", "concluded", "refused", "terminated", "closing"):
                    assert sum(getattr(part, name) for part in parts) == getattr(whole, name)
        transaction.set_rollback(True)


def test_the_days_join_without_a_gap() -> None:
    """What one week leaves on hand is what the next one begins with."""
    for number in range(6):
        begin(random.Random(number))
    before = queries.balances(date(2022, 5, 2), date(2022, 5, 8))
    after = queries.balances(date(2022, 5, 9), date(2022, 5, 15))
    closing = {(row.group, row.department): row.closing for row in before}
    for row in after:
        assert row.opening == closing.get((row.group, row.department), 0)


def test_a_lost_count_is_found() -> None:
    make.in_review(make.day("2022-05-10"))
    while commands.close_batch(at=make.AT):
        pass
    assert queries.imbalances(FIRST, LAST) == []
    sql.execute("update statistics_rollup set received = received + 1 where received > 0")
    found = queries.imbalances(FIRST, LAST)
    assert [each.difference for each in found] == [-1, -1]
    assert found[0].where == "行政许可，全部部门"
    assert "相差 -1 件" in found[0].words


def test_a_case_that_moves_to_another_department_is_out_of_one_and_into_the_other() -> None:
    """转隶: what the old owner did stays with it, the open case goes over."""
    row = make.in_review(make.day("2022-05-05"))
    new = people.department("生态环境厅", "126", "川环")
    enter(Happening(moment(date(2022, 5, 10)), "case.transferred", department=new.pk), subject=row.id)
    rows = {each.department: each for each in queries.balances(FIRST, LAST) if each.group == "licence"}
    assert (
        rows[row.department_id].opening,
        rows[row.department_id].moved_out,
        rows[row.department_id].closing,
    ) == (1, 1, 0)
    assert (rows[new.pk].opening, rows[new.pk].moved_in, rows[new.pk].closing) == (0, 1, 1)
    assert (rows[None].moved_in, rows[None].moved_out, rows[None].closing) == (1, 1, 1)
    assert queries.imbalances(FIRST, LAST) == []


def test_a_total_that_falls_is_found() -> None:
    for as_of, value in ((date(2022, 5, 6), 369_861), (date(2022, 5, 11), 36_986)):
        commands.bring_forward(
            as_of=as_of, group="licence", measure="accepted", value=value, is_total=True, source="示例", by=SYSTEM,
            at=make.AT,
        )  # fmt: skip
    (found,) = queries.imbalances(FIRST, LAST)
    assert (found.where, found.difference) == ("行政许可，今年以来受理", 36_986 - 369_861)
    assert "请核对承前数" in found.words
    assert queries.fallen(date(2022, 1, 1), LAST) == []


def test_the_page_says_whether_it_balances() -> None:
    make.decided(make.day("2022-05-03"))
    make.in_review(make.day("2022-05-10"))
    client = browser(analyst())
    asked = {"first": "2022-05-09", "last": "2022-05-13"}
    text = words(client.get("/desk/figures/balance", asked))
    assert "全部相符" in text
    assert "期初在办" in text
    while commands.close_batch(at=make.AT):
        pass
    sql.execute("update statistics_rollup set received = received + 2 where received > 0")
    text = words(client.get("/desk/figures/balance", asked))
    assert "周报不能签发" in text
    assert "相差 -2" in text
    lines = body(client.get("/desk/figures/balance.csv", asked)).splitlines()
    assert lines[0].endswith("清点期末在办,相差")
    assert lines[1].startswith("2022-05-09,2022-05-13,行政许可,全部部门,")
    assert client.get("/desk/figures/balance", {"first": "x"}).status_code == 422
    assert client.get("/desk/figures/balance.csv", {"first": "x"}).status_code == 422


def test_the_page_has_an_empty_state_and_a_guard() -> None:
    assert "按部门：没有办件" in words(browser(analyst()).get("/desk/figures/balance"))
    nobody = people.staff("nobody", people.post(people.department(), "无权岗", []))
    assert browser(nobody).get("/desk/figures/balance").status_code == 403


def test_the_statements_do_not_grow_with_cases() -> None:
    client = browser(analyst())
    make.delivered()

    def count() -> int:
        with sql.counting() as statements:
            assert (
                client.get("/desk/figures/balance", {"first": "2022-05-02", "last": "2022-05-13"}).status_code
                == 200
            )
        return len(statements)

    before = count()
    for _ in range(3):
        make.delivered()
        make.refused()
    assert count() == before <= 20


def test_a_case_whose_end_is_told_twice_is_found() -> None:
    """A second end of the same case would leave the tables one short."""
    row = make.refused(make.day("2022-05-10"))
    enter(Happening(moment(date(2022, 5, 12)), "case.refused", department=row.department_id), subject=row.id)
    assert {each.difference for each in queries.imbalances(FIRST, LAST)} == {1}
