"""转隶 and the figures: what was counted stays where it was, and every department's table balances, drained or not."""

import random
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.cases.commands.transfer import execute_transfer
from yichuang.cases.flow import Action
from yichuang.cases.tests import factories as make
from yichuang.cases.tests.test_transfer import WHEN, of_item, planned, world
from yichuang.cases.tests.test_transfer_lives import lives, on_hand
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.statistics import commands, queries

pytestmark = pytest.mark.django_db
FIRST, EVE, LAST = date(2022, 5, 1), WHEN.date() - timedelta(days=1), WHEN.date()
NAMES = ("received", "accepted", "concluded", "delivered", "refused", "terminated")


def figures(department: UUID, last: date) -> dict[str, object]:
    """Every measure of a department, as a report prints it."""
    return dict(queries.cells(first_day=FIRST, last_day=last, department=department).values())


def recounted(department: UUID, last: date) -> dict[str, int]:
    """The same counts by a statement of the test's own, straight from the facts."""
    row = sql.one(
        "select count(*) filter (where kind = 'case.filed'), count(*) filter (where kind = 'case.accepted'), "
        "count(*) filter (where kind = 'case.decided'), count(*) filter (where kind = 'case.delivered'), "
        "count(*) filter (where kind = 'case.refused'), "
        "count(*) filter (where kind in ('case.withdrawn', 'case.terminated')) "
        "from journal_fact where subject_kind = 'case' and department_id = %(id)s and day between %(first)s and %(last)s",
        {"id": department, "first": FIRST, "last": last},
    )
    assert row is not None
    return dict(zip(NAMES, row, strict=True))


def drain(limit: int) -> None:
    while commands.close_batch(at=WHEN, limit=limit):
        pass


@settings(max_examples=10)
@given(st.integers(0, 100_000), st.integers(1, 8), st.sampled_from(["before", "after", "never"]))
def test_old_figures_stay_and_every_table_balances(seed: int, length: int, drained: str) -> None:
    with transaction.atomic():
        item, to = world()
        lives(random.Random(seed), item, length)
        old = item.department_id
        if drained == "before":
            drain(7)
        printed = {one: figures(one, EVE) for one in (old, to.pk)}
        execute_transfer(planned(item, to).pk, by=SYSTEM, at=WHEN)
        if drained == "after":
            drain(5)
        for one in (old, to.pk):
            assert figures(one, EVE) == printed[one]
            now = figures(one, LAST)
            assert {name: now[name] for name in NAMES} == recounted(one, LAST)
        assert queries.imbalances(FIRST, LAST) == []
        assert queries.imbalances(LAST, LAST) == []
        balanced(old, to.pk)
        transaction.set_rollback(True)


def balanced(old: UUID, new: UUID) -> None:
    """The row of each: 期初 + 收件 + 转入 − 转出 − 办结 − 不予受理 − 终止 = 期末, and 期末 as the cases themselves say."""
    rows = {row.department: row for row in queries.balances(FIRST, LAST) if row.group == "licence"}
    for one in (old, new):
        if one not in rows:
            assert on_hand(one) == 0
            continue
        row = rows[one]
        gone = row.moved_out + row.concluded + row.refused + row.terminated
        assert row.opening + row.received + row.moved_in - gone == row.closing == on_hand(one)
    if None in rows and rows[None].moved_in:
        assert rows[None].moved_in == rows[None].moved_out == rows[old].moved_out + rows[new].moved_out
        assert rows[old].moved_out - rows[old].moved_in == rows[new].moved_in - rows[new].moved_out


def test_what_the_new_owner_does_later_is_the_new_owners() -> None:
    item, to = world()
    row = of_item(item, make.in_review())
    old = item.department_id
    execute_transfer(planned(item, to).pk, by=SYSTEM, at=WHEN)
    before = figures(old, LAST)
    head = people.head(to, "head.later")
    make.perform(make.fresh(row.id), Action.DECIDE, head, at=WHEN + timedelta(hours=1))
    drain(100)
    assert figures(old, LAST) == before
    mine = figures(to.pk, LAST)
    assert (mine["received"], mine["accepted"], mine["concluded"]) == (0, 0, 1)
    assert queries.imbalances(FIRST, LAST) == []


def test_there_and_back_on_one_day_balances() -> None:
    item, to = world()
    of_item(item, make.in_review())
    home = people.department()
    execute_transfer(planned(item, to, key="there").pk, by=SYSTEM, at=WHEN)
    item.refresh_from_db()
    execute_transfer(planned(item, home, key="back").pk, by=SYSTEM, at=WHEN + timedelta(minutes=1))
    assert queries.imbalances(FIRST, LAST) == []
    balanced(home.pk, to.pk)
    rows = {row.department: row for row in queries.balances(LAST, LAST) if row.group == "licence"}
    assert (rows[home.pk].moved_out, rows[home.pk].moved_in, rows[home.pk].closing) == (1, 1, 1)
    assert (rows[to.pk].moved_out, rows[to.pk].moved_in, rows[to.pk].closing) == (1, 1, 0)


def test_a_case_that_lies_elsewhere_than_its_last_fact_says_is_noticed_here() -> None:
    """The broken variant: somebody puts the case back by hand, without a fact."""
    item, to = world()
    row = of_item(item, make.in_review())
    old = item.department_id
    execute_transfer(planned(item, to).pk, by=SYSTEM, at=WHEN)
    balanced(old, to.pk)
    sql.execute("update cases_case set department_id = %(old)s where id = %(id)s", {"old": old, "id": row.id})
    with pytest.raises(AssertionError):
        balanced(old, to.pk)
