"""What the door needs to know before it takes anything: departments, their items, and the systems with their accounts."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bench.replay.events import Matter
from bench.replay.world import SYSTEMS, systems
from yichuang.catalogue.models import Item
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, Department
from yichuang.directory.tests import factories as people
from yichuang.exchange.commands.systems import SystemForm, register_system
from yichuang.exchange.models import System
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.keys import uuid7


def register(
    matters: Mapping[str, Sequence[Matter]], *, at: datetime, count: int = SYSTEMS
) -> dict[str, System]:
    """Enter what is not there yet; the system that reports for each department, by the department's code."""
    items = {one.item: one for each in matters.values() for one in each}
    bodies = {code: _department(code) for code in sorted({one.department for one in items.values()})}
    known = set(Item.objects.filter(code__in=items).values_list("code", flat=True))
    Item.objects.bulk_create(
        Item(
            id=uuid7(at), code=code, name=f"示例事项 {code}", item_type=one.item_type,
            department=bodies[one.department], region=people.province(),
        )
        for code, one in sorted(items.items()) if code not in known
    )  # fmt: skip
    found: dict[str, System] = {}
    for code, reached in systems(matters, count).items():
        system = _system(code, [bodies[one] for one in reached], at)
        found |= dict.fromkeys(reached, system)
    return found


def _department(code: str) -> Department:
    number = code.removeprefix("D")
    return people.department(f"示例{number}厅", number, f"示{number}")


def _system(code: str, departments: Sequence[Department], at: datetime) -> System:
    post = people.post(departments[0], "报送接口", [Capability.EXCHANGE_REPORT])
    account = people.staff(f"report.{code}", post)
    assert account.id is not None
    # Nobody signs in with it.
    Account.objects.filter(pk=account.id).update(password="!")  # noqa: S106 - the mark of an account without one
    form = SystemForm(
        code, f"示例报送系统 {code}", [one.pk for one in departments], "示例联系人", account.id, reports_limits=True
    )  # fmt: skip
    made = register_system(form, by=SYSTEM, at=at, key=f"replay-{code}")
    return System.objects.get(pk=made)
