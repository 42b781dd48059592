"""Every read of the room: the cases behind a campaign's numbers."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from yichuang.cases.queries.queues import scope
from yichuang.directory.flow import Capability
from yichuang.kernel import paging, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.keys import lowest
from yichuang.kernel.times import SHANGHAI
from yichuang.programmes.flow.campaigns import NOT_COUNTED
from yichuang.programmes.models import Campaign


@dataclass(frozen=True, slots=True)
class CampaignCase:
    """A case that counts for a campaign."""

    id: UUID
    number: str
    item_name: str
    applicant_name: str
    state: str
    filed_on: date


AROUND = timedelta(hours=2)
# A page of each applicant from the index (applicant_id, id desc), then the newest of them: however many cases there are.
CASES = """
select c.id, c.number, c.item_name, c.applicant_name, c.state, c.filed_on
from (
    select distinct a.applicant_id, f.starts_on, least(%(today)s::date, f.removed_on) as last_on, p.items
    from programmes_filer f
    join programmes_campaign p on p.id = f.campaign_id
    cross join lateral unnest(f.applicants) a (applicant_id)
    where f.campaign_id = %(campaign)s and (%(filer)s::uuid is null or f.id = %(filer)s::uuid)
) f cross join lateral (
    select c.* from cases_case c
    where c.applicant_id = f.applicant_id and /*scope*/ and c.item_id = any (f.items)
      and c.filed_on between f.starts_on and f.last_on and c.state <> all (%(not_counted)s)
      /*more*/
    order by c.id desc limit /*limit*/
) c
order by c.id desc limit /*limit*/
"""
BEHIND = "and c.id < %(last)s::uuid"
ON_DAY = "and c.filed_on = %(day)s::date and c.id between %(lowest)s::uuid and %(highest)s::uuid"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)


def campaign_cases(
    campaign: Campaign,
    *,
    by: Actor,
    today: date,
    filer_id: UUID | None = None,
    day: date | None = None,
    after: str = "",
    size: int = paging.PAGE,
) -> paging.Page[CampaignCase]:
    """The cases behind a number, the newest first: only those that the actor may see. One statement."""
    by.require(Capability.CASE_SEARCH)
    where, parameters = scope(by, "c")
    cursor = paging.decode(after, parts=1)
    parameters |= {
        "campaign": campaign.pk, "filer": filer_id, "day": day, "today": today, "not_counted": list(NOT_COUNTED),
        "last": paging.id_part(cursor[0]) if cursor else None,
        # An id begins with the moment of filing: where a day is asked for, the index is read around it only, and the
        # day itself is still compared.
        "lowest": lowest(_midnight(day) - AROUND) if day else None,
        "highest": lowest(_midnight(day + timedelta(days=1)) + AROUND) if day else None,
    }  # fmt: skip
    # Written out, not given: a plan that is kept for any values must know that few rows are wanted.
    text = CASES.replace("/*scope*/", where).replace("/*limit*/", str(int(size) + 1))
    more = " ".join([*([BEHIND] if cursor else []), *([ON_DAY] if day else [])])
    found = sql.rows(text.replace("/*more*/", more), parameters)
    rows = [CampaignCase(*row) for row in found]
    return paging.cut(rows, size=size, key=lambda row: (str(row.id),), after=after)
