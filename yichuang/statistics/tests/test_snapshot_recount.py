"""A snapshot "as of seal N" against a recount from the journal: facts that stand in a seal up to N, nothing else.

The recount is SQL of its own over facts and leaves; of the house's arithmetic and tables of figures it reads nothing.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.cases import commands as cases
from yichuang.cases.flow import Action
from yichuang.cases.tests import factories as make
from yichuang.catalogue.commands.manuals import move_manual
from yichuang.catalogue.models import Item, Manual
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.halls.commands.acts import NewAct, cancel_act, enter
from yichuang.halls.commands.windows import WindowForm, save_window
from yichuang.halls.flow.windows import ActKind
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Problem
from yichuang.kernel.keys import uuid7
from yichuang.statistics import commands, queries
from yichuang.statistics.models import BroughtForward, Snapshot
from yichuang.statistics.queries import Figure
from yichuang.statistics.tests.happenings import moment

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2022, 5, 9), date(2022, 5, 13)
YEAR = date(2022, 1, 1)
AT = moment(date(2022, 5, 20))
Cell = tuple[str, str, UUID | None, str]
Values = dict[Cell, Decimal | int | None]
ITEMS = 5
GROUPS = ("licence", "public_service", "other_nine")

SEALED = """
with sealed as (
    select f.subject_id, f.seq, f.subject_kind, f.kind, f.day, f.department_id, f.data::jsonb as data
    from journal_fact f join journal_leaf l on l.subject_id = f.subject_id and l.seq = f.seq
    where l.seal_number <= %(seal)s
)
"""
CASES = (
    SEALED
    + """
select count(*) filter (where f.kind = 'case.filed') as received,
       count(*) filter (where f.kind = 'case.accepted') as accepted,
       count(*) filter (where f.kind = 'case.decided') as concluded,
       count(*) filter (where f.kind = 'case.delivered') as delivered,
       count(*) filter (where f.kind = 'case.refused') as refused,
       count(*) filter (where f.kind = 'case.withdrawn' or f.kind = 'case.terminated') as terminated,
       count(*) filter (where d.how = 'instant') as instant,
       count(*) filter (where d.how in ('instant', 'early')) as early,
       count(*) filter (where d.how in ('instant', 'early', 'on_time')) as on_time,
       count(*) filter (where d.how = 'late') as late,
       round(count(*) filter (where d.how in ('instant', 'early')) * 100.0 / nullif(count(d.how), 0), 2) as early_share,
       round(count(*) filter (where d.how <> 'late') * 100.0 / nullif(count(d.how), 0), 2) as on_time_share,
       round(avg(d.used), 1) as mean_days,
       round(avg(d.allowed), 1) as mean_limit,
       percentile_disc(0.5) within group (order by d.used) as median_days,
       percentile_disc(0.9) within group (order by d.used) as p90_days
from sealed f join cases_case c on c.id = f.subject_id
left join lateral (
    select c.promptness as how, c.days_used as used, c.statutory_days + c.extended_days as allowed
    where f.kind = 'case.decided'
) d on true
where f.subject_kind = 'case' and f.day >= %(first)s and f.day <= %(last)s and c.item_type = any(%(types)s)
  and (%(department)s::uuid is null or f.department_id = %(department)s)
"""
)
TYPES = {
    "licence": ["01"], "public_service": ["20"],
    "other_nine": ["02", "03", "04", "05", "06", "07", "08", "09", "10"],
}  # fmt: skip
ACTS = (
    SEALED
    + """
select department_id, kind, sum((data->>'quantity')::int) from sealed
where subject_kind = 'window_act' and day >= %(first)s and day <= %(last)s group by 1, 2
"""
)
MANUALS = (
    SEALED
    + """, moves as (
    select distinct on (subject_id) subject_id, kind from sealed
    where kind like 'manual.%%' and day <= %(last)s order by subject_id, seq desc
), first_published as (
    select distinct on (subject_id) department_id, day from sealed
    where kind = 'manual.published' order by subject_id, seq
)
select department_id::text, count(*) from first_published where day >= %(first)s and day <= %(last)s group by 1
union all select 'in force', count(*) from moves where kind = 'manual.published'
union all select 'items', count(*) from catalogue_item where is_active
"""
)
BROUGHT = (
    SEALED
    + """
select e.data->>'group', e.data->>'measure', (e.data->>'as_of')::date, (e.data->>'value')::bigint
from sealed e where e.kind = 'brought_forward.entered' and (e.data->>'as_of')::date <= %(last)s
  and not exists (select from sealed x where x.subject_id = e.subject_id and x.kind = 'brought_forward.cancelled')
"""
)
# What the statement on cases selects, in its order, and the acts of the window.
SELECTED = (
    "received", "accepted", "concluded", "delivered", "refused", "terminated", "instant", "early", "on_time", "late",
    "early_share", "on_time_share", "mean_days", "mean_limit", "median_days", "p90_days",
)  # fmt: skip
NAMES = ("consulted", "accepted", "handed_over", "issued")


def rows(text: str, **asked: Any) -> list[tuple[Any, ...]]:
    return sql.rows(text, asked)


def measured(seal: int, first: date, last: date, group: str, department: UUID | None = None) -> Values:
    """The measures of cases over some days."""
    scope = "week" if first == FIRST else "year_to_date"
    asked = {"first": first, "last": last, "types": TYPES[group], "department": department}
    (found,) = rows(CASES, seal=seal, **asked)
    return {(scope, group, department, name): value for name, value in zip(SELECTED, found, strict=True)}


def acts(seal: int, first: date, last: date) -> dict[tuple[UUID | None, str], int]:
    """The pieces of window acts by department and kind."""
    found = rows(ACTS, seal=seal, first=first, last=last)
    return {(body, kind.removeprefix("window.")): int(count) for body, kind, count in found}


def recount(seal: int) -> Values:
    """Every cell that a snapshot of the week as of a seal must hold."""
    found: Values = {}
    bodies = [row[0] for row in rows("select id from directory_department")]
    for group in GROUPS:
        for body in (None, *bodies):
            week = measured(seal, FIRST, LAST, group, body)
            found |= {key: value for key, value in week.items() if body is None or value}
        found |= measured(seal, YEAR, LAST, group)
    for scope, first in (("week", FIRST), ("year_to_date", YEAR)):
        counted = acts(seal, first, LAST)
        for name in NAMES:
            whole = sum(count for (_, kind), count in counted.items() if kind == name)
            found[scope, "window", None, name] = whole
        found |= {(scope, "window", body, kind): n for (body, kind), n in counted.items() if body and n}
    return found | _continued(seal) | _manuals(seal)


def _continued(seal: int) -> Values:
    """Totals brought forward, and what happened after the day that they cover."""
    found: Values = {}
    for group, measure, covered, total in rows(BROUGHT, seal=seal, last=LAST):
        since = covered + timedelta(days=1)
        if group == "window":
            counted = sum(n for (_, kind), n in acts(seal, since, LAST).items() if kind == measure)
        else:
            cells = measured(seal, since, LAST, group)
            counted = next(int(value or 0) for key, value in cells.items() if key[3] == measure)
        found["year_to_date", group, None, measure] = total + counted
    return found


def _manuals(seal: int) -> Values:
    told = dict(rows(MANUALS, seal=seal, first=FIRST, last=LAST))
    in_force, items = int(told.pop("in force")), int(told.pop("items"))
    found: Values = {("week", "manuals", UUID(body), "compiled"): n for body, n in told.items()}
    found["week", "manuals", None, "compiled"] = sum(told.values())
    found["to_date", "manuals", None, "compiled"] = in_force
    found["to_date", "manuals", None, "items"] = items
    ((share,),) = rows("select round(%(a)s * 100.0 / nullif(%(b)s, 0), 2)", a=in_force, b=items)
    return found | {("to_date", "manuals", None, "share"): share}


def cells_of(snapshot: Snapshot) -> Values:
    """What the snapshot says."""
    figures = commands.frozen_figures(snapshot)
    found = {(each.scope, each.group, each.department, each.measure): each.value for each in figures}
    assert len(found) == len(figures)
    return found


def differences(snapshot: Snapshot, seal: int | None = None) -> list[Cell]:
    """The cells in which snapshot and recount do not agree."""
    said, counted = cells_of(snapshot), recount(snapshot.seal if seal is None else seal)
    keys = sorted({*said, *counted}, key=str)
    return [key for key in keys if key not in said or key not in counted or said[key] != counted[key]]


# --- lives ----------------------------------------------------------------------------------------------------------


def departments() -> list[Department]:
    return [people.department(), people.department("教育厅", "105", "川教")]


def a_case(chance: random.Random) -> None:
    """One case of any type and department, as far as chance lets it come."""
    where = chance.choice(departments())
    at = make.day("2022-04-18") + timedelta(days=chance.randrange(26), minutes=chance.randrange(200))
    opening = replace(
        make.opening(where, at=at, promised=5), item_type=chance.choice(("01", "20", "05", "21"))
    )
    with transaction.atomic():
        cases.file(opening, by=people.applicant_actor(), at=at, key=make.key(), key_hash="0" * 64)
    ways = (
        (), (Action.WITHDRAW,), (Action.REFUSE_ACCEPTANCE,), (Action.ACCEPT,), (Action.ACCEPT, Action.DECIDE),
        (Action.ACCEPT, Action.DECIDE, Action.DELIVER), (Action.ACCEPT, Action.TERMINATE),
        (Action.ACCEPT, Action.EXTEND, Action.DECIDE),
    )  # fmt: skip
    for action in chance.choice(ways):
        at += timedelta(days=chance.choice((0, 0, 1, 3, 9)))
        make.perform(make.fresh(opening.id), action, actor_for(action, where), at=at)


def actor_for(action: Action, where: Department) -> Actor:
    """Somebody who may."""
    if action == Action.WITHDRAW:
        return people.applicant_actor()
    if action in (Action.DECIDE, Action.EXTEND):
        return people.head(where, f"head-{where.code}")
    return people.clerk()


def at_window() -> Actor:
    """Somebody who opens windows and acts there for every department."""
    office = people.department("政务一窗受理协调处", "901", "川政务")
    held = [Capability.WINDOW_ACT, Capability.WINDOW_MANAGE]
    return people.staff("at-window", people.post(office, "综窗协调岗", held, everywhere=True))


def window() -> UUID:
    """The one window of these tests."""
    form = WindowForm("A01", "综合窗口", place="一楼")
    return save_window(form, by=at_window(), at=make.AT, key="recount-window").pk


def an_act(chance: random.Random) -> None:
    """Acts of the window of a day, now and then taken back."""
    by, kind = at_window(), chance.choice(list(ActKind))
    day = date(2022, 4, 25) + timedelta(days=chance.randrange(25))
    body = None if kind is ActKind.CONSULTED and chance.random() < 0.5 else chance.choice(departments()).pk
    way = "phone" if kind is ActKind.CONSULTED else ""
    new = NewAct(kind, body, chance.choice((1, 7, 400)), window_id=window(), day=day, source="台账", way=way)
    made = enter(new, by=by, at=AT, key=make.key())
    if chance.random() < 0.3:
        cancel_act(made.pk, "重复登记", by=by, at=AT)


def item(number: int) -> Item:
    """A handling item with a manual in compilation. How many there are is the catalogue's, not the journal's."""
    made, is_new = Item.objects.get_or_create(
        code=f"item-{number}",
        defaults={
            "id": uuid7(make.AT), "name": "示例事项", "item_type": "01", "region_id": people.PROVINCE,
            "department": departments()[number % 2],
        },
    )  # fmt: skip
    if is_new:
        Manual.objects.create(item=made, points=["签字"], changed_at=make.AT, changed_by_name="平台")
    return made


MOVES = {"compiling": ("publish",), "published": ("revise", "suspend"), "suspended": ("resume",)}


def a_manual(chance: random.Random) -> None:
    """One to three moves of the manual of an item, on days that never go back."""
    which = item(chance.randrange(ITEMS)).pk
    for _ in range(chance.randint(1, 3)):
        held = Manual.objects.get(pk=which)
        at = max(held.changed_at, moment(date(2022, 5, 4) + timedelta(days=chance.randrange(12))))
        move_manual(which, chance.choice(MOVES[held.state]), by=SYSTEM, at=at)


def a_total(chance: random.Random) -> None:
    """A total published before; one in three is cancelled again."""
    group, measure = chance.choice(
        (("licence", "accepted"), ("other_nine", "concluded"), ("window", "issued"), ("window", "consulted"))
    )
    day = date(2022, 4, 30) + timedelta(days=chance.randrange(18))
    try:
        made = commands.bring_forward(
            as_of=day, group=group, measure=measure, value=chance.randrange(10**6), is_total=True, source="往期",
            by=SYSTEM, at=AT,
        )  # fmt: skip
    except Problem:
        return
    # Of several totals the newest counts: here each cell has one, so that the recount stays plain.
    if chance.random() < 0.3 or BroughtForward.objects.filter(
        item_group=group, measure=measure, cancelled_at__isnull=True
    ).exclude(pk=made.pk):
        commands.cancel_brought_forward(made.pk, reason="重复", by=SYSTEM, at=AT)


LIVES: tuple[Callable[[random.Random], None], ...] = (
    a_case,
    a_case,
    a_case,
    an_act,
    an_act,
    a_manual,
    a_total,
)


def live(chance: random.Random, length: int) -> Iterator[Snapshot]:
    """Lives one after the other, drained now and then, frozen now and then."""
    for _ in range(length):
        chance.choice(LIVES)(chance)
        if chance.random() < 0.2:
            commands.close_batch(at=AT, limit=chance.randint(1, 6))
        if chance.random() < 0.15:
            yield freeze()
    yield freeze()


def freeze() -> Snapshot:
    return commands.freeze(first_day=FIRST, last_day=LAST, by=SYSTEM, at=AT)


@settings(max_examples=6)
@given(st.integers(0, 10_000))
def test_every_cell_of_every_snapshot_is_what_its_seal_says(seed: int) -> None:
    """Recounted at the end, when much more has happened: each snapshot still is what was under its seal."""
    chance = random.Random(seed)
    with transaction.atomic():
        for number in range(ITEMS):
            item(number)
        made = list(live(chance, 14))
        for one in LIVES:
            one(chance)
        while commands.close_batch(at=AT):
            pass
        for snapshot in made:
            assert differences(snapshot) == []
        transaction.set_rollback(True)


LATER: dict[str, tuple[Callable[[], object], tuple[str, str]]] = {
    "case": (lambda: make.in_review(moment(FIRST)), ("week", "licence")),
    "window act": (
        lambda: enter(
            NewAct(ActKind.ISSUED, people.department().pk, 3, window_id=window(), day=LAST, source="台账"),
            by=at_window(), at=AT, key=make.key(),
        ),
        ("week", "window"),
    ),
    "manual": (lambda: move_manual(item(0).pk, "publish", by=SYSTEM, at=moment(LAST)), ("week", "manuals")),
    "brought forward": (lambda: bring(7), ("year_to_date", "licence")),
}  # fmt: skip


def bring(value: int) -> BroughtForward:
    return commands.bring_forward(
        as_of=FIRST, group="licence", measure="accepted", value=value, is_total=True, source="往期", by=SYSTEM, at=AT,
    )  # fmt: skip


@pytest.mark.parametrize("what", LATER)
def test_one_fact_behind_the_seal_would_be_noticed(what: str) -> None:
    """The recount up to the seal agrees; up to the next one, which holds one fact more, it does not."""
    later, (scope, group) = LATER[what]
    item(0)
    snapshot = freeze()
    later()
    while commands.close_batch(at=AT):
        pass
    assert differences(snapshot) == []
    seen = differences(snapshot, snapshot.seal + 1000)
    assert [key for key in seen if key[:2] == (scope, group)]


@pytest.mark.parametrize("sealed_only", [True, False], ids=["as it is", "broken"])
@pytest.mark.parametrize("what", LATER)
def test_what_comes_while_a_snapshot_is_made_is_left_out(
    what: str, sealed_only: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Committed behind the last batch and before the figures are read; a reading without the seal counts it."""
    really = queries.report_figures
    item(0)

    def late(*, first_day: date, last_day: date, **_: Any) -> list[Figure]:
        LATER[what][0]()
        return really(first_day=first_day, last_day=last_day, sealed_only=sealed_only)

    with monkeypatch.context() as patched:
        patched.setattr(queries, "report_figures", late)
        snapshot = freeze()
    while commands.close_batch(at=AT):
        pass
    assert bool(differences(snapshot)) == (not sealed_only)


def test_a_total_that_is_cancelled_meanwhile_still_stood_under_the_seal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = bring(500)
    really = queries.report_figures

    def late(**asked: Any) -> list[Figure]:
        commands.cancel_brought_forward(entry.pk, reason="有误", by=SYSTEM, at=AT)
        return really(**asked)

    with monkeypatch.context() as patched:
        patched.setattr(queries, "report_figures", late)
        snapshot = freeze()
    while commands.close_batch(at=AT):
        pass
    assert cells_of(snapshot)["year_to_date", "licence", None, "accepted"] == 500
    assert differences(snapshot) == []
    assert cells_of(freeze())["year_to_date", "licence", None, "accepted"] == 0


def test_a_wrong_cell_would_be_noticed() -> None:
    make.decided(moment(date(2022, 5, 4)))
    snapshot = freeze()
    assert differences(snapshot) == []
    figures = commands.frozen_figures(snapshot)
    for place, figure in enumerate(figures):
        if isinstance(figure.value, int):
            wrong = [*figures[:place], replace(figure, value=figure.value + 1), *figures[place + 1 :]]
            said = {(each.scope, each.group, each.department, each.measure): each.value for each in wrong}
            assert said != recount(snapshot.seal)


# --- balance --------------------------------------------------------------------------------------------------------

ON_HAND = """
select c.item_type, count(*) from cases_case c
where exists (select from journal_fact f where f.subject_id = c.id and f.kind = 'case.filed' and f.day <= %(day)s)
  and not exists (select from journal_fact f where f.subject_id = c.id and f.day <= %(day)s
                  and f.kind in ('case.decided', 'case.refused', 'case.withdrawn', 'case.terminated'))
group by 1
"""


def on_hand(day: date, group: str) -> int:
    """Cases that had come by the end of a day and had no end yet, from their facts alone."""
    return sum(count for item_type, count in rows(ON_HAND, day=day) if item_type in TYPES[group])


@settings(max_examples=6)
@given(
    st.integers(0, 10_000),
    st.integers(1, 10),
    st.dates(date(2022, 4, 18), date(2022, 5, 20)),
    st.integers(0, 20),
)
def test_every_table_balances_with_both_ends_counted_apart(
    seed: int, length: int, first: date, days: int
) -> None:
    """On hand before, and what came, less what went, is on hand after; both ends and both flows by SQL of our own."""
    chance, last = random.Random(seed), first + timedelta(days=days)
    with transaction.atomic():
        for _ in range(length):
            a_case(chance)
        while commands.close_batch(at=AT, limit=9):
            pass
        seal = 10**9
        whole = {row.group: row for row in queries.balances(first, last) if row.department is None}
        for group in GROUPS:
            asked = {"first": first, "last": last, "types": TYPES[group], "department": None}
            (counted,) = rows(CASES, seal=seal, **asked)
            received, _, concluded, _, refused, terminated = counted[:6]
            opening, closing = on_hand(first - timedelta(days=1), group), on_hand(last, group)
            assert opening + received - concluded - refused - terminated == closing
            row = whole[group]
            assert (row.opening, row.received, row.concluded, row.refused, row.terminated, row.closing) == (
                opening, received, concluded, refused, terminated, closing,
            )  # fmt: skip
            assert row.difference == 0
        assert queries.imbalances(first, last) == []
        transaction.set_rollback(True)
