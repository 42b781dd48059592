"""Reads of the pool of experts."""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from yichuang.directory.flow import Capability
from yichuang.directory.models import Expert
from yichuang.directory.rules.experts import ExpertForm
from yichuang.directory.rules.experts_plan import Known, Plan, Table, plan, read_experts
from yichuang.kernel import paging, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.paging import Page


def experts_page(
    *, by: Actor, text: str = "", field: str = "", after: str = "", size: int = paging.PAGE
) -> Page[Expert]:
    """The pool by name: those whose name, unit, title or field holds the text. One statement a page."""
    found = _matching(by, text, field)
    cursor = paging.decode(after, parts=2)
    if cursor is not None:
        name, last = cursor[0], paging.id_part(cursor[1])
        found = found.filter(Q(name__gt=name) | Q(name=name, id__gt=last))
    rows = list(found[: size + 1])
    return paging.cut(rows, size=size, key=lambda one: (one.name, str(one.pk)), after=after)


def experts(*, by: Actor, text: str = "", field: str = "") -> Iterator[Expert]:
    """The whole list for a file. One statement."""
    return _matching(by, text, field).iterator(chunk_size=500)


def _matching(by: Actor, text: str, field: str) -> QuerySet[Expert]:
    by.require(Capability.EXPERT_MANAGE)
    found = Expert.objects.order_by("name", "id").annotate(
        relations_open=Count("relations", filter=Q(relations__ended_on__isnull=True))
    )
    if field:
        found = found.filter(fields__contains=[field])
    if text:
        found = found.filter(
            Q(name__icontains=text) | Q(unit__icontains=text) | Q(title__icontains=text) | Q(fields__icontains=text)
        )  # fmt: skip
    return found


def expert(expert_id: UUID, *, by: Actor) -> Expert:
    """One expert with the declared relations. Raises Missing."""
    by.require(Capability.EXPERT_MANAGE)
    found = Expert.objects.filter(pk=expert_id).prefetch_related("relations").first()
    if found is None:
        raise Missing
    return found


def import_plan(table: Table, *, by: Actor) -> Plan:
    """What an import of a table would do to the pool as it stands now. One statement.

    Raises ValueError, in words for people, where the table cannot be read as a list of experts.
    """
    by.require(Capability.EXPERT_MANAGE)
    return plan(read_experts(table), [_known(one) for one in Expert.objects.order_by("id")])


def _known(one: Expert) -> Known:
    form = ExpertForm(
        one.name, tuple(one.fields), one.unit, one.title, one.unit_code, one.phone, one.is_active
    )
    return Known(one.pk, one.edit, form)


def expert_fields() -> list[tuple[str, int]]:
    """The fields of the pool with how many active experts each has, by name. Field names and counts are no secret."""
    found = sql.rows(
        "select f.name, count(*) from directory_expert e, unnest(e.fields) as f(name) where e.is_active "
        "group by f.name order by f.name"
    )
    return [(row[0], row[1]) for row in found]
