"""The guide that a filing is made by. A published version never changes, so it is read once per process."""

import json
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from yichuang.catalogue.rules.guide import Guide, read_guide
from yichuang.directory.models import Region
from yichuang.kernel import sql
from yichuang.kernel.errors import Missing

KEPT_GUIDES = 512


@lru_cache(maxsize=KEPT_GUIDES)
def guide_of_version(version_id: UUID) -> Guide:
    """The typed guide of a version that is or was published. Raises Missing."""
    row = sql.one(
        "select elements::text from catalogue_guideversion where id = %(id)s and state in ('published', 'retired')",
        {"id": version_id},
    )
    if row is None:
        raise Missing
    return read_guide(json.loads(row[0]))


@dataclass(frozen=True, slots=True)
class Offer:
    """A matter that can be filed now: its item and the version in force."""

    item_id: UUID
    item_code: str
    version_id: UUID
    department_name: str
    statutory_days: int
    promised_days: int
    guide: Guide


def offer(item_code: str) -> Offer:
    """What an item offers today. Raises Missing where there is no item, or none with a published guide."""
    row = sql.one(
        "select i.id, i.code, v.id, dep.short_name, v.statutory_days, v.promised_days from catalogue_item i "
        "join catalogue_guideversion v on v.id = i.current_id and v.state = 'published' "
        "join directory_department dep on dep.id = i.department_id where i.code = %(code)s and i.is_active",
        {"code": item_code},
    )
    if row is None:
        raise Missing("没有找到这个事项，或者它还没有发布办事指南。", how="请返回事项列表重新选择。")
    return Offer(*row, guide=guide_of_version(row[2]))


def region_names(codes: list[str]) -> dict[str, str]:
    """The names of divisions by code; codes that are not in force are absent."""
    if not codes:
        return {}
    found = sql.rows(
        "select r.code, case when p.level = 'prefecture' then p.name || r.name else r.name end from directory_region r "
        "left join directory_region p on p.code = r.parent_id where r.code = any(%(codes)s)",
        {"codes": codes},
    )
    return dict(found)


def county_choices(province: str = "51") -> list[tuple[str, str]]:
    """Counties of the province as (code, prefecture and name), in the order of their codes."""
    found = (
        Region.objects.filter(level="county", code__startswith=province)
        .order_by("code")
        .values_list("code", "name", "parent__name")
    )
    return [(code, f"{above or ''}{name}") for code, name, above in found]
