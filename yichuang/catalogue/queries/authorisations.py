"""Reads of authorisation: may the window accept an item, what is authorised, what is missing by department."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.urls import reverse

from yichuang.catalogue.models import Authorisation, Item
from yichuang.catalogue.queries.manual_history import ManualHistory, manual_history
from yichuang.catalogue.rules.authorisations import WindowGate, gate
from yichuang.catalogue.rules.coverage import Coverage, coverage
from yichuang.directory.flow import Capability
from yichuang.kernel import bigrams, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.offers import Offer, OfferedFigure
from yichuang.kernel.paging import PAGE, Page, cut, decode
from yichuang.kernel.scope import scope

# What a list of the register may be narrowed to: (code, label).
NARROWED = (
    ("missing", "未授权"),
    ("authorised", "已授权"),
    ("no_manual", "缺受理手册"),
    ("ready", "综窗可受理"),
)


def window_may_accept(item_id: UUID, day: date) -> WindowGate:
    """Whether the one-stop window may accept this item on this day; else why not, and to whom to hand over.

    Both must hold on the day: the department's authorisation (`Authorisation`, not withdrawn) and a published
    acceptance manual. Nobody is asked for a capability: every window asks. One statement. Raises Missing for an
    unknown item. An item is opened by `commands.authorisations.authorise` and `commands.publish_manual`; tests take
    `catalogue.tests.factories_authorisations.open_to_window`, the demo `home.commands.demo_authorisations.open_to_window`.
    """
    row = sql.one(
        """/*one plan*/ select f.name,
                  case when not (f.authorised and f.published and f.is_active) then (
                      select coalesce(g.elements->'consult'->>'address', '')
                      from catalogue_guideversion g where g.id = f.current_id) end,
                  f.authorised, f.published, f.is_active
           from (
               select d.name, i.current_id, i.is_active,
                      exists (select 1 from catalogue_authorisation a
                              where a.item_id = i.id and a.from_day <= %(day)s
                                and (a.withdrawn_from is null or a.withdrawn_from > %(day)s)) as authorised,
                      exists (select 1 from catalogue_manual m
                              where m.item_id = i.id and m.state = 'published' and m.published_on <= %(day)s) as published
               from catalogue_item i
               join directory_department d on d.id = i.department_id
               where i.id = %(item)s offset 0) f""",
        {"item": item_id, "day": day},
    )
    if row is None:
        raise Missing
    return gate(
        authorised=row[2], manual_published=row[3], department=row[0], counter=row[1] or "", in_use=row[4]
    )


@dataclass(frozen=True, slots=True)
class RegisterFilter:
    """What the register is narrowed to. `everything`: also items of districts, which the hall does not count."""

    text: str = ""
    department: UUID | None = None
    narrowed: str = ""
    everything: bool = False


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One item of the register: its authorisation in force on the day, and its manual."""

    id: UUID
    code: str
    name: str
    department_id: UUID
    department: str
    authorised: bool
    from_day: date | None
    document_number: str
    manual: str
    published_on: date | None

    @property
    def ready(self) -> bool:
        """Whether the window may accept the item."""
        return self.authorised and self.manual == "published"


@dataclass(frozen=True, slots=True)
class DepartmentState:
    """What a department has of authorised items and manuals, and what it lacks."""

    id: UUID
    name: str
    items: int
    authorised: int
    manuals: int
    ready: int

    @property
    def unauthorised(self) -> int:
        """Items that the window may not accept for want of the department's word."""
        return self.items - self.authorised

    @property
    def without_manual(self) -> int:
        """Items without a published manual."""
        return self.items - self.manuals

    @property
    def coverage(self) -> Coverage:
        """The share of items with a manual, two decimals half up."""
        return coverage(self.manuals, self.items)


_FROM = """
from (select i.id, i.code, i.name, i.department_id, i.search, d.short_name, d.region_id, d.code as department_code,
             a.from_day, a.document_number, a.from_day is not null as authorised,
             coalesce(m.state, '') as manual, m.published_on
      from catalogue_item i
      join directory_department d on d.id = i.department_id
      left join catalogue_authorisation a on a.item_id = i.id and a.from_day <= %(day)s
           and (a.withdrawn_from is null or a.withdrawn_from > %(day)s)
      left join catalogue_manual m on m.item_id = i.id
      where i.is_active and (%(everything)s::boolean or d.kind = 'provincial')
        and (%(scope)s::uuid[] is null or i.department_id = any(%(scope)s))
        and (%(department)s::uuid is null or i.department_id = %(department)s)) r
"""
_WHERE = """
where (%(words)s::text is null or r.search @@ %(words)s::tsquery)
  and case %(narrowed)s::text
      when 'missing' then not r.authorised when 'authorised' then r.authorised
      when 'no_manual' then r.manual <> 'published' when 'ready' then r.authorised and r.manual = 'published'
      else true end
"""
_COLUMNS = (
    "select r.id, r.code, r.name, r.department_id, r.short_name, r.authorised, r.from_day, "
    "coalesce(r.document_number, ''), r.manual, r.published_on"
)


def authorisation_register(
    filters: RegisterFilter, *, day: date, by: Actor, after: str = "", size: int = PAGE
) -> Page[RegisterRow]:
    """Items with their authorisation and manual by code; staff of a department see their own. One statement."""
    key = decode(after, parts=1)
    asked = _asked(filters, day, by) | {"after": key[0] if key else "", "limit": size + 1}
    found = sql.rows(
        f"{_COLUMNS}{_FROM}{_WHERE} and r.code > %(after)s order by r.code limit %(limit)s", asked
    )
    rows = [RegisterRow(*row) for row in found]
    return cut(rows, size=size, key=lambda row: (row.code,), after=after)


def authorisation_export(filters: RegisterFilter, *, day: date, by: Actor) -> Iterator[RegisterRow]:
    """Every row of a filter by code."""
    asked = _asked(filters, day, by)
    return (RegisterRow(*row) for row in sql.rows(f"{_COLUMNS}{_FROM}{_WHERE} order by r.code", asked))


def authorisation_states(*, day: date, by: Actor, everything: bool = False) -> list[DepartmentState]:
    """What every department has and lacks, the province's first, those that lack most on top. One statement."""
    asked = _asked(RegisterFilter(everything=everything), day, by)
    found = sql.rows(
        "select r.department_id, r.short_name, count(*), count(*) filter (where r.authorised), "
        "count(*) filter (where r.manual = 'published'), "
        f"count(*) filter (where r.authorised and r.manual = 'published') {_FROM} "
        "group by r.department_id, r.short_name, r.region_id, r.department_code "
        "order by r.region_id, count(*) filter (where not r.authorised or r.manual <> 'published') desc, "
        "r.department_code",
        asked,
    )
    return [DepartmentState(*row) for row in found]


def unauthorised_items(
    *, day: date, by: Actor, department: UUID | None = None, chosen: tuple[UUID, ...] = ()
) -> list[RegisterRow]:
    """What would be authorised: the chosen items, or everything of a department that is not yet authorised."""
    filters = RegisterFilter(
        department=department, narrowed="" if chosen else "missing", everything=bool(chosen or department)
    )
    asked = _asked(filters, day, by) | {"chosen": list(chosen) or None}
    found = sql.rows(
        f"{_COLUMNS}{_FROM}{_WHERE} and (%(chosen)s::uuid[] is null or r.id = any(%(chosen)s)) "
        "order by r.code limit 501",
        asked,
    )
    return [RegisterRow(*row) for row in found]


def authorisations_of(item: Item, *, by: Actor) -> list[Authorisation]:
    """The authorisations of an item, the newest first: the register's history."""
    by.require(Capability.CATALOGUE_READ)
    return list(Authorisation.objects.filter(item=item).select_related("department").order_by("-at", "-id"))


def manuals_in(first: date, last: date) -> ManualHistory:
    """Manuals that were published for the first time in a period, and those in force at its end."""
    return manual_history(first, last)


def offers(first: date, last: date) -> list[Offer]:
    """What the register offers for a period: manuals compiled by department, all in all, their share; authorisations."""
    history = manual_history(first, last)
    found = []
    if history.compiled:
        found.append(_manual_offer(history, first, last))
    number, departments = _authorised_in(first, last)
    if number:
        address = f"{reverse('authorisations')}?narrowed=authorised"
        text = f"{departments}个部门新授权综窗受理{number}个办理项。"
        figure = OfferedFigure(
            "authorisations.authorised", "新授权办理项", number, "个", last, str(number), address
        )
        found.append(
            Offer(f"authorisations:{first}:{last}:{number}", "authorisations", "window", text, address, last,
                  figures=(figure,))
        )  # fmt: skip
    return found


def _manual_offer(history: ManualHistory, first: date, last: date) -> Offer:
    address = reverse("authorisations")
    share = coverage(history.in_force, history.items).percent
    named = "、".join(f"{name}{count}个" for name, count in history.by_department)
    text = f"完成{named}办理项的受理工作手册编制。截至目前，共完成{history.in_force}个"
    text += f"，占比{share}%。" if share is not None else "。"
    figures = [
        OfferedFigure("week.manuals.compiled", "本期完成受理手册", history.compiled, "个", last,
                      str(history.compiled), address),
        OfferedFigure("to_date.manuals.compiled", "累计完成受理手册", history.in_force, "个", last,
                      str(history.in_force), address),
    ]  # fmt: skip
    if share is not None:
        figures.append(
            OfferedFigure("to_date.manuals.share", "受理手册占比", share, "%", last, str(share), address)
        )
    key = f"manuals:{first}:{last}:{history.compiled}:{history.in_force}:{history.items}"
    return Offer(key, "manuals", "window", text, address, last, figures=tuple(figures))


def _authorised_in(first: date, last: date) -> tuple[int, int]:
    row = sql.one(
        "select count(*), count(distinct department_id) from catalogue_authorisation "
        "where at >= %(first)s::date::timestamp at time zone 'Asia/Shanghai' "
        "and at < %(end)s::date::timestamp at time zone 'Asia/Shanghai'",
        {"first": first, "end": last + timedelta(days=1)},
    )
    return (row[0], row[1]) if row else (0, 0)


def _asked(filters: RegisterFilter, day: date, by: Actor) -> dict[str, object]:
    by.require(Capability.CATALOGUE_READ)
    department = filters.department if by.reaches(filters.department) else None
    words = bigrams.query(filters.text) if filters.text.strip() else None
    return {
        "day": day,
        "everything": filters.everything,
        "department": department,
        **scope(by),
        "words": words,
        "narrowed": filters.narrowed,
    }
