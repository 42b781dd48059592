"""Manuals of the provincial items in figures: compiled in a period, in force on a day, the share; from facts alone."""

from datetime import date
from decimal import Decimal

import pytest

from yichuang.catalogue.commands.manuals import move_manual
from yichuang.catalogue.models import Item, Manual
from yichuang.directory.flow import DepartmentKind
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.keys import uuid7
from yichuang.statistics import commands, queries, rules
from yichuang.statistics.tests.happenings import moment

pytestmark = pytest.mark.django_db
WEEK = (date(2022, 5, 9), date(2022, 5, 13))


def make_item(code: str, *, where: Department) -> Item:
    return Item.objects.create(
        id=uuid7(moment(date(2022, 1, 4))), code=code, name=f"示例事项{code}", item_type="01", department=where,
        region_id=people.PROVINCE,
    )  # fmt: skip


def figures(first: date = WEEK[0], last: date = WEEK[1]) -> dict[str, Decimal | int | None]:
    return {
        f"{figure.scope}.{figure.measure}": figure.value
        for figure in queries.report_figures(first_day=first, last_day=last)
        if figure.group == "manuals"
    }


def manual(item: Item, day: date, *moves: str) -> None:
    Manual.objects.get_or_create(
        item=item, defaults={"points": ["申请书：签字"], "changed_at": moment(day), "changed_by_name": "平台"}
    )
    for move in moves:
        move_manual(item.pk, move, by=SYSTEM, at=moment(day))


def test_the_share_of_the_published_issue() -> None:
    """窗口工作周报 2023年第44期: 1064 of 1655 handling items is 64.29 %."""
    assert rules.share(1064, 1655) == Decimal("64.29")


def test_what_was_compiled_and_what_is_in_force() -> None:
    market = people.department("省市场监管局", "131", "川市监")
    items = [make_item(f"M{n}", where=market) for n in range(4)]
    manual(items[0], date(2022, 5, 3), "publish")
    manual(items[1], date(2022, 5, 10), "publish")
    manual(items[2], date(2022, 5, 11), "publish", "suspend")
    # A revision that is published again is not compiled again.
    manual(items[0], date(2022, 5, 12), "revise", "publish")
    assert figures() == {
        "week.compiled": 2, "to_date.compiled": 2, "to_date.items": 4, "to_date.share": Decimal("50.00"),
    }  # fmt: skip
    assert queries.manuals_by_department(*WEEK) == [("省市场监管局", 2)]
    assert figures(date(2022, 5, 2), date(2022, 5, 6))["to_date.compiled"] == 1
    # What happens later changes nothing of a day that is past.
    manual(items[1], date(2022, 5, 20), "suspend")
    assert figures()["to_date.compiled"] == 2
    assert figures(date(2022, 5, 16), date(2022, 5, 20))["to_date.compiled"] == 1


def test_only_provincial_items_in_use_count() -> None:
    market = people.department("省市场监管局", "131", "川市监")
    district = people.department("示例区局", "777", "示")
    type(district).objects.filter(pk=district.pk).update(kind=DepartmentKind.DISTRICT)
    manual(make_item("P1", where=market), WEEK[0], "publish")
    manual(make_item("D1", where=district), WEEK[0], "publish")
    gone = make_item("P2", where=market)
    Item.objects.filter(pk=gone.pk).update(is_active=False)
    assert figures() == {
        "week.compiled": 1, "to_date.compiled": 1, "to_date.items": 1, "to_date.share": Decimal("100.00"),
    }  # fmt: skip


def test_without_items_there_is_no_share() -> None:
    assert figures()["to_date.share"] is None
    assert queries.manuals_by_department(*WEEK) == []


def test_a_snapshot_holds_what_was_sealed_and_stays() -> None:
    item = make_item("M1", where=people.department("省市场监管局", "131", "川市监"))
    manual(item, WEEK[0], "publish")
    made = commands.freeze(first_day=WEEK[0], last_day=WEEK[1], by=SYSTEM, at=moment(WEEK[1]))
    manual(item, WEEK[0], "suspend")
    frozen = {
        f"{each.scope}.{each.measure}": each
        for each in commands.frozen_figures(made)
        if each.group == "manuals"
    }
    assert frozen["to_date.share"].value == Decimal("100.00")
    assert frozen["week.compiled"].value == 1
    assert frozen["to_date.share"].unit == "%"
    waiting = {
        each.measure: each.value
        for each in queries.report_figures(first_day=WEEK[0], last_day=WEEK[1], sealed_only=True)
        if each.group == "manuals" and each.scope == "to_date"
    }
    # The suspension is not drained: as of the newest seal the manual is still in force.
    assert waiting["compiled"] == 1
    assert figures()["to_date.compiled"] == 0


def test_the_statements_do_not_grow_with_items() -> None:
    market = people.department("省市场监管局", "131", "川市监")

    def count() -> int:
        with sql.counting() as statements:
            queries.manuals_by_department(*WEEK)
        return len(statements)

    manual(make_item("M0", where=market), WEEK[0], "publish")
    before = count()
    for number in range(1, 6):
        manual(make_item(f"M{number}", where=market), WEEK[0], "publish")
    assert count() == before <= 3
