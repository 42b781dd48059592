"""Reads of legal texts: the register with its versions, and the guides that cite a text."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Q

from yichuang.catalogue.flow.lists import TaskState
from yichuang.catalogue.models import Item, LegalText, LegalVersion
from yichuang.catalogue.queries.lists import Concerned
from yichuang.catalogue.rules.lists import cited_articles, law_key
from yichuang.directory.flow import Capability
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.paging import PAGE, Page, cut, decode, id_part


def legal_texts(*, by: Actor, text: str = "", after: str = "", size: int = PAGE) -> Page[LegalVersion]:
    """Versions of legal texts, the last registered first, with `open_tasks` and `all_tasks`. One statement."""
    by.require(Capability.CATALOGUE_READ)
    found = (
        LegalVersion.objects.select_related("text")
        .annotate(all_tasks=Count("tasks"), open_tasks=Count("tasks", filter=Q(tasks__state=TaskState.OPEN)))
        .order_by("-id")
    )
    if text.strip():
        words = text.strip().strip("《》")
        found = found.filter(Q(text__title__icontains=words) | Q(document_number__icontains=words))
    key = decode(after, parts=1)
    if key:
        found = found.filter(pk__lt=id_part(key[0]))
    return cut(list(found[: size + 1]), size=size, key=lambda row: (str(row.pk),), after=after)


def legal_text(text_id: UUID, *, by: Actor) -> LegalText:
    """One legal text. Raises Missing."""
    by.require(Capability.CATALOGUE_READ)
    found = LegalText.objects.filter(pk=text_id).first()
    if found is None:
        raise Missing
    return found


def versions_of_text(text: LegalText) -> list[LegalVersion]:
    """The versions of a legal text, the newest first, with `all_tasks` and `open_tasks`."""
    return list(
        LegalVersion.objects.filter(text=text)
        .annotate(all_tasks=Count("tasks"), open_tasks=Count("tasks", filter=Q(tasks__state=TaskState.OPEN)))
        .order_by("-effective_on", "-id")
    )


def concerned_by_text(title: str, articles: Iterable[int]) -> list[Concerned]:
    """The published guides that cite these articles of a text (none: any article), by department and code."""
    key, wanted = law_key(title), tuple(articles)
    if not key:
        return []
    found = []
    for item in _published():
        assert item.current is not None
        places = cited_articles(item.current.elements, key, wanted)
        if places:
            name = title.strip().strip("《》")
            found.append(Concerned(item, f"指南引用《{name}》{'、'.join(places)}"))
    return found


def _published() -> list[Item]:
    return list(
        Item.objects.filter(is_active=True, current__isnull=False)
        .select_related("department", "current")
        .defer("search", "source")
        .order_by("department__code", "code")
    )
