"""What commands hold for the rest of a transaction lest they miss each other's rows; a licence must stand in its list."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from yichuang.catalogue.models import Item
from yichuang.catalogue.queries.lists import listing
from yichuang.catalogue.rules.guide import Guide, guide_data
from yichuang.kernel import sql
from yichuang.kernel.errors import Invalid
from yichuang.kernel.times import local_day

_READING = "select 1 from directory_region where code = %(region)s for share"
_CHANGING = "select 1 from directory_region where code = %(region)s for no key update"


def hold_lists(region: str, *, changing: bool) -> None:
    """Hold the lists of a division: publishing reads them, registering one changes them.

    A guide that is published while a list is registered either is checked against that list or becomes a task of it.
    """
    sql.rows(_CHANGING if changing else _READING, {"region": region})


def departments_held(items: Iterable[Item]) -> dict[UUID, UUID]:
    """To whom each item belongs now and until the transaction ends: a transfer (转隶) waits, or has gone before.

    Locked by code, as whoever locks several items does.
    """
    found = sql.rows(
        "select id, department_id from catalogue_item where id = any(%(items)s) order by code for key share",
        {"items": [item.pk for item in items]},
    )
    return {row[0]: row[1] for row in found}


def require_listed(item: Item, guide: Guide, at: datetime) -> None:
    """Raises Invalid for a licence that is absent from the list in force; where no list is kept, nothing is checked."""
    hold_lists(item.region_id, changing=False)
    found = listing(item, guide_data(guide), local_day(at))
    if found is not None and found.absent and found.kept is not None:
        name = f"《{found.kept.title}》（{found.kept.document_number}）"
        raise Invalid(
            f"“{guide.name}”不在施行中的{name}内，行政许可不能发布。",
            how="请核对事项名称和主项名称是否与清单一致；清单没有的许可应当停止实施。",
            fields={"name": "清单中没有这个名称，也没有它的主项名称"},
        )
