"""Which items can be filed by a table, and what a sound row looks like as it will be filed."""

import json
from dataclasses import dataclass
from uuid import UUID

from yichuang.intake.models import BulkRun
from yichuang.intake.queries.bulk import guide_of_run, regions_in_force
from yichuang.intake.rules.drafting import shown_answer
from yichuang.intake.rules.privacy import shaded
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor

MOST_ITEMS = 200
# Of an applicant: what is offered online and needs no file in every case; of staff: what the window or their own department
# takes, for the papers may lie on the table.
ITEMS = """
select i.code, i.name, d.short_name
from catalogue_item i
join catalogue_guideversion v on v.id = i.current_id
join directory_department d on d.id = i.department_id
where i.is_active and jsonb_array_length(v.elements -> 'form' -> 'sections') > 0
  and case when %(staff)s
      then i.department_id = %(department)s::uuid
           or exists (select 1 from catalogue_authorisation g where g.item_id = i.id and g.withdrawn_from is null)
      else v.elements -> 'channels' ? 'online'
           and not exists (select 1 from jsonb_array_elements(v.elements -> 'materials') m
                           where m ->> 'required' = '必要' and m ->> 'source' <> '免提交' and coalesce(m ->> 'only_if', '') = '')
      end
order by i.name, i.code limit %(limit)s
"""


@dataclass(frozen=True, slots=True)
class FileableItem:
    """An item that can be filed by a table."""

    code: str
    name: str
    department: str


def fileable_items(*, by: Actor) -> list[FileableItem]:
    """Items that the actor may file by a table, by name; the upload itself judges once more."""
    found = sql.rows(
        ITEMS, {"staff": by.kind == "staff", "department": by.department_id, "limit": MOST_ITEMS}
    )
    return [FileableItem(*row) for row in found]


@dataclass(frozen=True, slots=True)
class Sample:
    """A sound row in words: its number in the file, whom it is for, label and answer as they will be filed."""

    row: int
    applicant: str
    answers: list[tuple[str, str]]


def samples(run: BulkRun, *, limit: int = 5) -> list[Sample]:
    """The first sound rows as they will be filed, personal numbers masked."""
    rows = sql.rows(
        "select number, answers, applicant from intake_bulkrow where run_id = %(run)s and state = 'good' "
        "order by number limit %(limit)s",
        {"run": run.pk, "limit": limit},
    )
    if not rows:
        return []
    form, regions = guide_of_run(run).guide.form, regions_in_force()
    found = []
    for number, text, named in rows:
        answers = json.loads(text)
        said = [
            (item.label, shaded(item, shown_answer(item, answers[item.code], regions), answers))
            for item in form.fields()
            if item.code in answers
        ]
        found.append(Sample(number, json.loads(named)["name"] if named else "", said))
    return found


def faulty_rows(run_id: UUID, after: int, limit: int) -> list[tuple[int, list[str], dict[str, str]]]:
    """The next faulty rows: number, cells as they came, what is wrong by column."""
    rows = sql.rows(
        "select number, cells, faults from intake_bulkrow where run_id = %(run)s and state = 'bad' "
        "and number > %(after)s order by number limit %(limit)s",
        {"run": run_id, "after": after, "limit": limit},
    )
    return [(number, json.loads(cells), json.loads(faults)) for number, cells, faults in rows]
