"""How campaigns count: exact at any moment, whatever was drained; however many cases there are, as many rows are read."""

import json
import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from yichuang.cases import commands as cases
from yichuang.cases.flow import Outcome
from yichuang.cases.models import BulkAct
from yichuang.cases.queries.bulk_acts import act_cases
from yichuang.cases.tests import factories_bulk as bulk
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.programmes.commands import campaigns as campaign_commands
from yichuang.programmes.commands.progress import hold_counts, recount_filers
from yichuang.programmes.flow.campaigns import COUNTED_FACTS, ENDED_FACTS, NOT_COUNTED
from yichuang.programmes.models import Campaign, Filer, FilerDay
from yichuang.programmes.queries import campaigns as queries
from yichuang.programmes.queries.campaign_cases import campaign_cases
from yichuang.programmes.rules.campaigns import Stages
from yichuang.programmes.tests import factories as make
from yichuang.statistics.commands import close_batch

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calendar_of_2022")]

# Counted from the cases themselves, one filer and day a row: what the page must say.
NAIVE = """
select f.id, c.filed_on, count(*), count(*) filter (where j.key like 'bulk:%%'),
       count(*) filter (where c.accepted_on is not null), count(*) filter (where c.state in ('decided', 'delivered')),
       count(*) filter (where c.state = 'delivered')
from programmes_filer f join programmes_campaign p on p.id = f.campaign_id, cases_case c, journal_fact j
where c.applicant_id = any(f.applicants) and c.item_id = any(p.items) and c.filed_on >= f.starts_on
  and c.filed_on <= coalesce(f.removed_on, %(today)s) and c.filed_on <= %(today)s
  and c.state not in ('refused', 'terminated') and j.subject_id = c.id and j.seq = 1
group by f.id, c.filed_on
"""


def naive(today: date = make.TODAY) -> dict[tuple[UUID, date], tuple[int, ...]]:
    return {(row[0], row[1]): tuple(row[2:]) for row in sql.rows(NAIVE, {"today": today})}


def counted(today: date = make.TODAY) -> dict[tuple[UUID, date], tuple[int, ...]]:
    values = {
        "campaigns": [one.pk for one in Campaign.objects.all()], "today": today, "ended": list(ENDED_FACTS),
        "kinds": list(COUNTED_FACTS),
    }  # fmt: skip
    found = sql.rows(sql.statement(queries.__file__, "campaign_days"), values)
    return {(row[0], row[1]): tuple(row[2:]) for row in found if any(row[2:])}


def advance(case_id: UUID, step: str) -> None:
    at = make.AT - timedelta(minutes=1)
    common: dict[str, Any] = {"by": SYSTEM, "at": at, "key": make.key()}
    account = people.applicant_actor(make.company(0), f"account-{make.company(0).paper_number}")
    steps: dict[str, Callable[[], object]] = {
        "accept": lambda: cases.accept(case_id, **common),
        "decide": lambda: cases.decide(case_id, outcome=Outcome.GRANTED, **common),
        "deliver": lambda: cases.deliver(case_id, method="window", receiver="示例", **common),
        "withdraw": lambda: cases.withdraw(case_id, reason="重复", **(common | {"by": account})),
        "refuse": lambda: cases.refuse_acceptance(
            case_id, ground="not_required", reason="无需许可", where_instead="", **common
        ),
    }
    steps[step]()


LIVES = (
    ("accept", "decide", "deliver"),
    ("accept", "withdraw"),
    ("refuse",),
    ("accept", "decide"),
    ("withdraw",),
    (),
)


def test_counts_are_exact_whatever_was_drained_and_a_rebuild_changes_nothing() -> None:
    chance = random.Random(7)
    campaign = make.campaign()
    filer = make.filer(campaign, 0)
    waiting: list[tuple[UUID, list[str]]] = []
    for number in range(14):
        made = make.filed(make.company(0), make.item(), date(2022, 5, 4 + number % 4), bulk=number % 3 == 0)
        waiting.append((made, list(LIVES[number % len(LIVES)])))
    while waiting:
        place = chance.randrange(len(waiting))
        case_id, left = waiting[place]
        if left:
            advance(case_id, left.pop(0))
        else:
            waiting.pop(place)
        if chance.random() < 0.5:
            close_batch(at=make.AT, limit=chance.randrange(1, 6))
        if chance.random() < 0.3:
            hold_counts()
            recount_filers([filer.pk])
        assert counted() == naive()
    while close_batch(at=make.AT):
        pass
    kept = rows()
    assert (
        counted()
        == naive()
        == {key: value for key, value in kept.items() if key[1] >= filer.starts_on and any(value)}
    )
    recount_filers([filer.pk])
    assert {key: value for key, value in rows().items() if any(value)} == {
        key: value for key, value in kept.items() if any(value)
    }
    stood = queries.standings([campaign], make.TODAY)[0]
    whole = [sum(parts) for parts in zip(*naive().values(), strict=True)]
    assert [stood.here, *_stages(stood.progress.stages)] == whole


def _stages(found: Stages) -> list[int]:
    return [found.bulk, found.accepted, found.decided, found.delivered]


def rows() -> dict[tuple[UUID, date], tuple[int, ...]]:
    found = FilerDay.objects.values_list(
        "filer_id", "filed_on", "filed", "bulk", "accepted", "decided", "delivered"
    )
    return {(row[0], row[1]): tuple(row[2:]) for row in found}


def test_a_rebuild_that_forgets_the_queue_would_count_twice() -> None:
    """The broken variant: nothing of what waits is taken off."""
    campaign = make.campaign()
    filer = make.filer(campaign, 0)
    make.filed(make.company(0), make.item(), date(2022, 5, 6))
    text = sql.statement(queries.__file__, "recount_filers")
    FilerDay.objects.all().delete()
    sql.execute(
        text,
        {"filers": [filer.pk], "not_counted": list(NOT_COUNTED), "ended": list(ENDED_FACTS), "kinds": []},
    )
    assert counted() != naive()
    recount_filers([filer.pk])
    assert counted() == naive()


def test_a_filer_that_comes_late_and_other_items_are_counted_from_what_was_filed_before() -> None:
    campaign = make.campaign()
    other = make.item("510000-demo-other")
    make.filed(make.company(0), make.item(), date(2022, 5, 6))
    make.filed(make.company(0), other, date(2022, 5, 6))
    close_batch(at=make.AT)
    make.filed(make.company(0), other, date(2022, 5, 7))
    make.filer(campaign, 0)
    assert counted() == naive()
    form = campaign_commands.CampaignForm(
        "专项", "依据", "约30万", date(2022, 5, 5), date(2022, 5, 31), [make.item().code, other.code]
    )
    campaign_commands.change_campaign(campaign.pk, form, seen=1, by=make.manager(), at=make.AT)
    assert counted() == naive()
    assert queries.standings([Campaign.objects.get()], make.TODAY)[0].here == 3


def read(text: str, values: dict[str, Any]) -> tuple[int, int]:
    """Rows that a statement's scans gave and threw away, of cases and in all; planned as for many cases.

    With thousands of cases the planner begins at the queue, as it is written; of sixteen it may begin anywhere.
    """
    for way in ("hashjoin", "mergejoin", "seqscan"):
        sql.execute(f"set local enable_{way} = off")
    for limit in ("join_collapse_limit", "from_collapse_limit"):
        sql.execute(f"set local {limit} = 1")
    found = sql.one(f"explain (analyze, format json) {text}", values)
    assert found is not None
    plan = found[0] if isinstance(found[0], list) else json.loads(found[0])
    totals = [0, 0]

    def walk(node: dict[str, Any]) -> None:
        if "Relation Name" in node:
            gave = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
            totals[1] += int(gave)
            totals[0] += int(gave) if node["Relation Name"].startswith("cases_case") else 0
        for child in node.get("Plans", ()):
            walk(child)

    walk(plan[0]["Plan"])
    return totals[0], totals[1]


MANY, STRAY = 40, 12
# What no index knows of: the days of every filer are gone through, and every case for each fact that waits.
WITHOUT_INDEX = {
    "d.filer_id = f.id and d.filed_on between": "d.filer_id::text = f.id::text and d.filed_on + 0 between",
    "id = q.subject_id offset 0": "id::text = q.subject_id::text offset 0",
}


def test_as_many_rows_are_read_however_many_cases_there_are() -> None:
    campaign = make.campaign()
    make.filer(campaign, 0)
    make.filer(campaign, 1)
    values = {
        "campaigns": [campaign.pk], "today": make.TODAY, "ended": list(ENDED_FACTS), "kinds": list(COUNTED_FACTS),
    }  # fmt: skip
    text = sql.statement(queries.__file__, "campaign_days")
    seen = []
    for more in (4, 12):
        for number in range(more):
            make.filed(make.company(number % 2), make.item(), date(2022, 5, 5 + number % 4))
        while close_batch(at=make.AT):
            pass
        seen.append(read(text, values))
    assert seen[0][0] == seen[1][0] == 0
    assert seen[0][1] == seen[1][1] <= 20
    # The broken variant: counting the cases themselves reads them all.
    assert read(NAIVE, {"today": make.TODAY})[0] >= 16


def test_neither_days_of_other_filers_nor_other_cases_are_read() -> None:
    """Beside the variants that ask the same without an index, under the same settings."""
    campaign = make.campaign()
    make.filer(campaign, 0)
    other = make.filer(make.campaign(title="另一专项"), 1)
    stray = make.item("510000-demo-other")
    for number in range(STRAY):
        make.filed(make.company(1), stray, date(2022, 5, 5 + number % 4))
    while close_batch(at=make.AT):
        pass
    make.filed(make.company(0), make.item(), date(2022, 5, 6))
    values = {
        "campaigns": [campaign.pk], "today": make.TODAY, "ended": list(ENDED_FACTS), "kinds": list(COUNTED_FACTS),
    }  # fmt: skip
    text = sql.statement(queries.__file__, "campaign_days")
    answer, before = sql.rows(text, values), read(text, values)
    assert before[0] == 1, "the case of the fact that waits"
    days = [make.TODAY - timedelta(days=day) for day in range(MANY)]
    counts = dict.fromkeys(("bulk", "accepted", "decided", "delivered"), 0)
    FilerDay.objects.bulk_create(FilerDay(filer=other, filed_on=day, filed=1, **counts) for day in days)
    assert read(text, values) == before
    more = []
    for indexed, careless in WITHOUT_INDEX.items():
        assert text.count(indexed) == 1
        broken = text.replace(indexed, careless)
        assert sql.rows(broken, values) == answer, "the answer is the same"
        found = read(broken, values)
        more.append((found[0] - before[0] >= STRAY, found[1] - before[1] >= MANY))
    assert more == [(False, True), (True, False)]


def test_a_page_of_the_cases_behind_a_number_reads_no_more_than_a_page_of_each_applicant() -> None:
    campaign = make.campaign()
    make.filer(campaign, 0)
    for number in range(9):
        make.filed(make.company(0), make.item(), date(2022, 5, 5 + number % 3))
    by, found, after = make.manager(), [], ""
    while True:
        with sql.counting() as statements:
            page = campaign_cases(campaign, by=by, today=make.TODAY, after=after, size=4)
        assert len(statements) == 1
        found += [one.id for one in page.rows]
        after = page.following
        if not after:
            break
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 9
    assert len(campaign_cases(campaign, by=by, today=make.TODAY, day=date(2022, 5, 6)).rows) == 3


def test_a_bulk_act_is_prepared_from_the_campaign() -> None:
    campaign = make.campaign()
    filer = make.filer(campaign, 0)
    make.filer(campaign, 1)
    mine = make.filed(make.company(0), make.item(), date(2022, 5, 6))
    other = make.filed(make.company(1), make.item(), date(2022, 5, 6))
    make.filed(make.company(0), make.item("510000-demo-other"), date(2022, 5, 6))
    client = make.browser(bulk.clerk())
    post = people.account_of(bulk.clerk()).post
    assert post is not None
    post.capabilities = [*post.capabilities, "figures.read"]
    post.save()
    address = f"/desk/programmes/campaigns/{campaign.pk}"
    assert "各申报单位" in client.get(f"{address}/act?kind=accept").content.decode()
    for chosen, wanted in (({}, {mine, other}), ({"filer": str(filer.pk)}, {mine})):
        BulkAct.objects.all().delete()
        sent = {"kind": "accept", "cooling": "0", "client_key": make.key(), **chosen}
        assert client.post(f"{address}/act", sent).status_code == 302
        assert {one.id for one in act_cases(BulkAct.objects.get(), by=SYSTEM).rows} == wanted


def test_a_filer_without_applicants_has_nothing_to_act_on() -> None:
    campaign = make.campaign()
    make.filer(campaign, 0, papers=[])
    make.filed(make.company(0), make.item(), date(2022, 5, 6))
    assert Filer.objects.get().applicants == []
    assert counted() == {}
    with transaction.atomic():
        hold_counts()
