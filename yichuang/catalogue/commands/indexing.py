"""The search document of an item: code, names, department, and the words of its published guide."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from yichuang.catalogue.models import Item
from yichuang.kernel import bigrams, sql


def index(item_ids: Sequence[UUID]) -> None:
    """Bring the search documents of items up to date, in one statement."""
    found = Item.objects.filter(pk__in=item_ids).select_related("department", "current").defer("search")
    documents = {item.pk: document(item) for item in found}
    if documents:
        sql.execute(
            "update catalogue_item i set search = t.document::tsvector, named = ts_filter(t.document::tsvector, '{a}') "
            "from unnest(%(ids)s::uuid[], %(documents)s::text[]) as t(id, document) where i.id = t.id",
            {"ids": list(documents), "documents": list(documents.values())},
        )


def document(item: Item) -> str:
    """The weighted search document: A the name, B main item, code and department, D the guide."""
    department = item.department
    guide: dict[str, Any] = item.current.elements if item.current else {}
    names = " ".join(dict.fromkeys((item.name, str(guide.get("name", "")))))
    office = " ".join(dict.fromkeys((department.name, department.short_name)))
    return bigrams.weighted(
        [(names, "A"), (f"{item.main_item}\n{item.code}\n{office}", "B"), ("\n".join(_words(guide)), "D")]
    )


def _words(guide: dict[str, Any]) -> Iterator[str]:
    # Only what an applicant would ask for: limits, articles and addresses of every guide would match every question.
    yield str(guide.get("summary", ""))
    yield str(guide.get("variant", ""))
    yield from guide.get("conditions", ())
    yield from guide.get("notes", ())
    yield str(guide.get("result", {}).get("name", ""))
    yield from (entry["name"] for entry in guide.get("materials", ()))
    yield from (entry["law"] for entry in guide.get("legal_basis", ()))
