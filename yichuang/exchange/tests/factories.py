"""Systems, items and lines for tests, plainly fictional."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from yichuang.catalogue.models import Item
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.exchange.commands.batches import open_batch, run_batch
from yichuang.exchange.models import Batch, System
from yichuang.exchange.rules.lines import Unreadable, parse_json
from yichuang.kernel import canonical
from yichuang.kernel.actor import Actor
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import SHANGHAI

AT = datetime(2022, 5, 13, 9, 30, tzinfo=SHANGHAI)
ITEM, OTHER, FOREIGN = "510119-example-1", "510119-example-2", "510125-example-1"


def item(code: str = ITEM, where: Department | None = None, item_type: str = "20") -> Item:
    """An item of the catalogue."""
    made, _ = Item.objects.get_or_create(
        code=code,
        defaults={
            "id": uuid7(AT), "name": f"示例事项{code[-1]}", "item_type": item_type,
            "department": where or people.department(), "region": people.province(),
        },
    )  # fmt: skip
    return made


def reporter(where: Department | None = None, username: str = "report-water") -> Actor:
    """The service account of a system."""
    post = people.post(where or people.department(), "报送接口", [Capability.EXCHANGE_REPORT])
    return people.staff(username, post)


def resolver(username: str = "resolver") -> Actor:
    """Resolves doubts, and looks at cases, everywhere."""
    office = people.department("政务督查处", "904", "")
    held = [Capability.EXCHANGE_RESOLVE, Capability.CASE_SEARCH]
    return people.staff(username, people.post(office, "督查岗", held, everywhere=True))


def manager(username: str = "exchange-admin") -> Actor:
    """Manages systems, their accounts' tokens too."""
    office = people.department("信息处", "905", "")
    held = [Capability.EXCHANGE_MANAGE, Capability.TOKEN_MANAGE]
    return people.staff(username, people.post(office, "管理员", held, everywhere=True))


def system(by: Actor | None = None, code: str = "water", **more: Any) -> System:
    """A system of the water department with two items; another department has a third."""
    item(), item(OTHER), item(FOREIGN, people.department("商务厅", "125", "川商"))
    who = by or reporter()
    values: dict[str, Any] = {
        "name": "示例水务平台", "departments": [people.department().pk], "contact": "示例联系人", "account_id": who.id,
        "made_at": AT, "changed_at": AT, "changed_by_name": "示例",
    }  # fmt: skip
    made, _ = System.objects.get_or_create(code=code, defaults={"id": uuid7(AT), **values, **more})
    return made


def event(
    number: str = "S-1", no: int = 1, kind: str = "accepted", day: str = "2022-05-10", **more: Any
) -> dict[str, Any]:
    """One event."""
    told = {"outcome": "granted"} if kind == "decided" else {}
    base = {
        "source_number": number,
        "event_no": no,
        "kind": kind,
        "at": f"{day}T10:00:00+08:00",
        "item_code": ITEM,
    }
    return base | told | more


def parsed(events: Iterable[dict[str, Any] | str]) -> list[tuple[str, Any]]:
    """Lines as the doors hand them over."""
    found: list[tuple[str, Any]] = []
    for one in events:
        raw = one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)
        try:
            found.append((raw, parse_json(raw)))
        except Unreadable as wrong:
            found.append((raw, wrong))
    return found


def send(
    events: Iterable[dict[str, Any] | str], *, by: Actor | None = None, key: str = "", at: datetime = AT
) -> Batch:
    """A batch that was sent and is done."""
    who, lines = by or reporter(), parsed(events)
    if not System.objects.filter(account=who.id or UUID(int=0)).exists():
        system(who)
    sha = canonical.digest("\n".join(raw for raw, _ in lines))
    batch = open_batch(sha, name="", by=who, at=at, key=key or uuid4().hex)
    return run_batch(batch, lines, by=who, at=at)
