"""The guide that a filing is made by. A version that was published never changes: it is read once per process."""

from functools import lru_cache
from uuid import UUID

from yichuang.catalogue.queries import filed_guide
from yichuang.catalogue.rules.guide import Guide
from yichuang.directory.models import Region
from yichuang.kernel import sql

KEPT_GUIDES = 512


@lru_cache(maxsize=KEPT_GUIDES)
def guide_of_version(version_id: UUID) -> Guide:
    """The typed guide of a version that is or was in force. Raises Missing."""
    return filed_guide(version_id).guide


def region_names(codes: list[str]) -> dict[str, str]:
    """The names of divisions by code; codes that are not in force are absent."""
    if not codes:
        return {}
    found = sql.rows(
        "/*one plan*/ select r.code, case when p.level = 'prefecture' then p.name || r.name else r.name end from directory_region r "
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
