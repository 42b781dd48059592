"""Two who arrange leave for the same colleague at the same moment."""

from collections.abc import Callable

import pytest

from yichuang.cases.tests.crowd import together
from yichuang.directory import commands
from yichuang.directory.models import StandIn
from yichuang.directory.tests.test_stand_ins import AT, admin, days, form
from yichuang.kernel.errors import Conflict


@pytest.mark.usefixtures("committed")
def test_two_who_arrange_at_once_make_one() -> None:
    by, forms = admin(), [form(), form(last_day=days(9))]

    def arrange(place: int) -> Callable[[], StandIn]:
        return lambda: commands.arrange_stand_in(forms[place], key=f"race{place}000", by=by, at=AT)

    found = together([arrange(0), arrange(1)])
    assert sorted(type(one).__name__ for one in found) == ["Conflict", "StandIn"]
    assert StandIn.objects.count() == 1
    lost = next(one for one in found if isinstance(one, Conflict))
    assert set(lost.fields) == {"first_day"}


@pytest.mark.usefixtures("committed")
def test_a_double_click_makes_one() -> None:
    by, one = admin(), form()
    found = together([lambda: commands.arrange_stand_in(one, key="samekey0", by=by, at=AT) for _ in range(4)])
    assert {each.pk for each in found if isinstance(each, StandIn)} == {StandIn.objects.get().pk}
    assert all(isinstance(each, StandIn) for each in found), found
