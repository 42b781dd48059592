"""Photos of contributions: beside the items that they came with, and whether a file is still kept by anything."""

from collections import defaultdict
from collections.abc import Iterable

from yichuang.kernel import sql
from yichuang.reports.models import ContributionDraft, ContributionPhoto
from yichuang.reports.rules.content import Item


def photos_of_items(items: Iterable[Item]) -> dict[str, list[ContributionPhoto]]:
    """The photos that came with the contributions of some items, by the item's id. One statement."""
    by_contribution = {item.contribution: item.id for item in items if item.contribution}
    found: dict[str, list[ContributionPhoto]] = defaultdict(list)
    for row in ContributionPhoto.objects.filter(contribution__in=list(by_contribution)):
        found[by_contribution[str(row.contribution_id)]].append(row)
    return dict(found)


def file_is_kept(sha256: str) -> bool:
    """Whether any row of the house or any draft names the file: the same bytes are one file, whoever sent them in.

    The tables are asked for by the name of their column, so that a register of tomorrow is asked too. Three statements.
    """
    if ContributionDraft.objects.filter(data__photos__contains=[{"sha256": sha256}]).exists():
        return True
    columns = sql.rows(
        "select quote_ident(table_name), quote_ident(column_name) from information_schema.columns "
        "where table_schema = current_schema() and column_name like %(name)s order by 1, 2",
        {"name": "%sha256"},
    )
    asked = [f"select 1 from {table} where {column} = %(sha256)s" for table, column in columns]  # noqa: S608
    return sql.one(f"select exists ({' union all '.join(asked)})", {"sha256": sha256}) == (True,)
