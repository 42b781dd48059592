"""Every read of the room: the cases behind a campaign's numbers."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yichuang.cases.queries.queues import scope
from yichuang.directory.flow import Capability
from yichuang.kernel import paging, sql
from yichuang.kernel.actor import Actor
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
    }  # fmt: skip
    end = "and c.id < %(last)s::uuid" if cursor else ""
    # A look for each applicant ends after a page: behind a filer may stand a hundred thousand cases.
    found = sql.rows(
        "select c.id, c.number, c.item_name, c.applicant_name, c.state, c.filed_on from programmes_filer f "  # noqa: S608
        "join programmes_campaign p on p.id = f.campaign_id cross join lateral unnest(f.applicants) a (applicant_id) "
        f"cross join lateral (select c.* from cases_case c where c.applicant_id = a.applicant_id and {where} "
        "and c.item_id = any (p.items) and c.filed_on between f.starts_on and least(%(today)s::date, f.removed_on) "
        f"and (%(day)s::date is null or c.filed_on = %(day)s::date) and c.state <> all (%(not_counted)s) {end} "
        f"order by c.id desc limit {size + 1:d}) c "
        "where f.campaign_id = %(campaign)s and (%(filer)s::uuid is null or f.id = %(filer)s::uuid) "
        f"order by c.id desc limit {size + 1:d}",
        parameters,
    )
    rows = [CampaignCase(*row) for row in found]
    return paging.cut(rows, size=size, key=lambda row: (str(row.id),), after=after)
