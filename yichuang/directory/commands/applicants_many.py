"""Many applicants at once: what `save_applicant` does for one, in one statement for a block of a file."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from yichuang.kernel import bigrams, sql
from yichuang.kernel.keys import uuid7

REGISTER = """
with given as (
    select * from unnest(%(ids)s::uuid[], %(kinds)s::text[], %(names)s::text[], %(papers)s::text[], %(numbers)s::text[],
                         %(phones)s::text[], %(searches)s::text[])
        as t(id, kind, name, paper_type, paper_number, phone, search)
), written as (
    insert into directory_applicant (id, kind, name, paper_type, paper_number, phone, address, legal_representative, search)
    select id, kind, name, paper_type, paper_number, phone, '', '', search::tsvector from given order by paper_type, paper_number
    on conflict (paper_type, paper_number) do update
        set name = excluded.name, search = excluded.search,
            phone = coalesce(nullif(excluded.phone, ''), directory_applicant.phone)
        where directory_applicant.name <> excluded.name
           or (excluded.phone <> '' and directory_applicant.phone <> excluded.phone)
    returning id, paper_type, paper_number
)
select id, paper_type, paper_number from written
union all
select a.id, a.paper_type, a.paper_number from directory_applicant a join given using (paper_type, paper_number)
where not exists (select 1 from written w where w.id = a.id)
"""


class NewApplicant(NamedTuple):
    """What a row says of an applicant whose paper was checked."""

    kind: str
    name: str
    paper_type: str
    paper_number: str
    phone: str = ""


def register_many(applicants: Iterable[NewApplicant], *, at: datetime) -> Mapping[tuple[str, str], UUID]:
    """Register those whose paper is new, bring name and telephone of the others up to date; ids by kind and number of
    paper. Of two that bear the same paper the last one counts. The papers were checked by whoever calls.
    """
    last = {(one.paper_type, one.paper_number): one for one in applicants}
    if not last:
        return {}
    given = list(last.values())
    found = sql.rows(
        REGISTER,
        {
            "ids": [uuid7(at) for _ in given], "kinds": [one.kind for one in given],
            "names": [one.name for one in given], "papers": [one.paper_type for one in given],
            "numbers": [one.paper_number for one in given], "phones": [one.phone for one in given],
            "searches": [bigrams.document(f"{one.name} {one.paper_number}") for one in given],
        },
    )  # fmt: skip
    return {(paper, number): id_ for id_, paper, number in found}
