"""Acceptance manuals (受理手册) over time: what was put in force in a period, and what was in force on a day.

Read from the facts of the items, never from today's state of a manual.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yichuang.directory.flow import DepartmentKind
from yichuang.kernel import sql

# A manual counts as compiled on the day it was published for the first time: a revision is not compiled again. What is asked of
# the facts stands in a part of its own, without tables that an engine which distributes would keep elsewhere.
_COMPILED = """
with published as (
    select f.subject_id, f.seq, f.department_id from journal_fact f
    where f.kind = 'manual.published' and f.day between %(first)s and %(last)s
      and not exists (select 1 from journal_fact e where e.subject_id = f.subject_id and e.kind = 'manual.published'
                      and e.seq < f.seq)
)
select p.department_id, count(*)
from published p
join directory_department d on d.id = p.department_id and d.kind = %(kind)s
where not %(sealed_only)s::boolean
   or not exists (select 1 from journal_fresh q where q.subject_id = p.subject_id and q.seq = p.seq)
group by p.department_id
"""
# The last fact about a manual up to the day says whether it was in force at its end.
_IN_FORCE = """
with told as (
    select f.subject_id, f.seq, f.kind from journal_fact f
    where f.subject_id = any((select array_agg(id) from catalogue_item where is_active)::uuid[]) and f.day <= %(last)s
      and f.kind in ('manual.published', 'manual.revised', 'manual.suspended', 'manual.resumed')
), last as (
    select distinct on (t.subject_id) t.subject_id, t.kind from told t
    where not %(sealed_only)s::boolean
       or not exists (select 1 from journal_fresh q where q.subject_id = t.subject_id and q.seq = t.seq)
    order by t.subject_id, t.seq desc
)
select i.department_id, count(*), count(*) filter (where last.kind = 'manual.published')
from catalogue_item i
join directory_department d on d.id = i.department_id and d.kind = %(kind)s
left join last on last.subject_id = i.id
where i.is_active group by i.department_id
"""
_NAMES = "select id, short_name from directory_department where id = any(%(ids)s)"


@dataclass(frozen=True, slots=True)
class InForce:
    """The handling items of one department, and how many of them have a manual in force."""

    items: int
    in_force: int


@dataclass(frozen=True, slots=True)
class ManualHistory:
    """Manuals of the provincial items: compiled in a period (by department name, most first), in force at its end."""

    compiled: int
    by_department: tuple[tuple[str, int], ...]
    departments: dict[UUID, InForce]
    compiled_by: dict[UUID, int]

    @property
    def items(self) -> int:
        """Provincial handling items in use."""
        return sum(each.items for each in self.departments.values())

    @property
    def in_force(self) -> int:
        """Items whose manual was in force at the end of the period."""
        return sum(each.in_force for each in self.departments.values())


def manual_history(first_day: date, last_day: date, *, sealed_only: bool = False) -> ManualHistory:
    """What became of the manuals in a period. Three statements; `sealed_only` leaves out what is not drained yet."""
    asked = {
        "first": first_day, "last": last_day, "kind": DepartmentKind.PROVINCIAL.value, "sealed_only": sealed_only,
    }  # fmt: skip
    compiled = {row[0]: row[1] for row in sql.rows(_COMPILED, asked)}
    standing = {row[0]: InForce(row[1], row[2]) for row in sql.rows(_IN_FORCE, asked)}
    names = dict(sql.rows(_NAMES, {"ids": list(compiled)})) if compiled else {}
    listed = sorted(
        ((names[key], count) for key, count in compiled.items()), key=lambda row: (-row[1], row[0])
    )
    return ManualHistory(sum(compiled.values()), tuple(listed), standing, compiled)
