"""Figures that few of a day's facts count: their cases are found without reading the many, and are the same as by the facts."""

import csv
import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from yichuang.directory.tests import factories as people
from yichuang.exchange.tests import factories as make
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.statistics import commands, queries
from yichuang.statistics.flow import GROUPS
from yichuang.statistics.queries import counted
from yichuang.statistics.queries.cells import text
from yichuang.statistics.render.analysis import facts_between
from yichuang.statistics.tests.test_drill_down import read_rows

pytestmark = pytest.mark.django_db
FIRST = date(2022, 5, 2)
LAST = FIRST + timedelta(days=20)
PERIOD: dict[str, Any] = {"first_day": FIRST, "last_day": LAST}
MEASURES = ("accepted", "concluded", "delivered", "terminated", "instant", "early", "on_time", "late")
LICENCE, OTHER_NINE, PUBLIC = "510119-seldom-01", "510119-seldom-05", make.ITEM
ITEMS = (LICENCE, OTHER_NINE, PUBLIC, make.OTHER)


def system() -> None:
    """A system that reports limits, with items of three groups."""
    make.system(reports_limits=True)
    make.item(LICENCE, item_type="01"), make.item(OTHER_NINE, item_type="05")


def drained() -> None:
    """Everything is counted."""
    while commands.close_batch(at=make.AT):
        pass


def told(chance: random.Random, number: int) -> list[dict[str, Any]]:
    """A case as some system may tell it: with events of any kind, taken back, out of order, of two items."""
    found: list[dict[str, Any]] = []
    kinds = ["accepted", "decided", "delivered", "withdrawn", "terminated", "special_started"]
    item = chance.choice(ITEMS)
    for no in range(1, chance.randint(2, 7)):
        kind = chance.choice([kinds[0], kinds[1], kinds[2], *kinds, "corrected"])
        day = FIRST + timedelta(days=chance.randint(0, 20))
        more: dict[str, Any] = {"item_code": chance.choice([item] * 9 + [LICENCE])}
        if kind == "corrected":
            more["takes_back"] = chance.randint(1, 7)
        elif kind == "decided":
            more |= {"days_used": chance.randint(1, 7), "limit_days": 5}
        elif kind == "special_started":
            more["special"] = "示例程序"
        found.append(make.event(f"R-{number}", no, kind, day.isoformat(), **more))
    chance.shuffle(found)
    return found


def every(measure: str, group: str = "") -> list[queries.CountedCase]:
    """All cases behind a figure, in pages of ten."""
    found: list[queries.CountedCase] = []
    after = ""
    while True:
        page = queries.counted_cases(measure, by=SYSTEM, group=group, after=after, size=10, **PERIOD)
        found += page.rows
        after = page.following
        if not after:
            return found


def test_by_the_cases_are_found_the_same_as_by_the_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    system()
    chance = random.Random(7)
    events = [one for number in range(400) for one in told(chance, number)]
    for start in range(0, len(events), 300):
        make.send(events[start : start + 300])
        if chance.random() < 0.7:
            drained()
    questions = [(measure, group) for measure in MEASURES for group in ("", *GROUPS)]
    found = {one: every(*one) for one in questions}
    with monkeypatch.context() as only:
        only.setattr(counted, "_seldom_text", lambda *_args, **_more: text("counted_reported"))
        by_facts = {one: every(*one) for one in questions}
    for one in questions:
        assert found[one] == by_facts[one], one
    # The broken variant: facts that counted nothing when they came (in doubt, taken back before) are listed too.
    careless = text("counted_reported").replace("filter (where f.data::jsonb ? 'item_type')", "")
    with monkeypatch.context() as only:
        only.setattr(counted, "_seldom_text", lambda *_args, **_more: careless)
        assert any(len(every(*one)) > len(found[one]) for one in questions)
    assert sum(bool(cases) for cases in found.values()) > len(questions) * 3 // 4, "something to compare"
    cells = queries.cells(**PERIOD)
    for (measure, group), cases in found.items():
        assert len(cases) == cells.values(group or None)[measure], (measure, group)


SAID = {"accepted": ["accepted"], "concluded": ["decided"], "delivered": ["delivered"], "terminated": ["withdrawn", "terminated"]}  # fmt: skip


def test_analysts_read_what_the_figures_count_and_nothing_that_counted_nothing() -> None:
    system()
    chance = random.Random(8)
    make.send([one for number in range(200) for one in told(chance, number)])
    drained()
    lines = csv.DictReader(b"".join(bytes(part) for part in facts_between(FIRST, LAST)).decode().splitlines())
    counts: Counter[str] = Counter()
    for line in lines:
        counts[line["kind"]] += int(line["quantity"])
    figures = queries.cells(**PERIOD).values()
    assert {code: sum(counts[kind] for kind in kinds) for code, kinds in SAID.items()} == {
        code: figures[code] for code in SAID
    }
    # What would be counted without asking whether a fact counts.
    every_fact = sql.rows("select count(*) from journal_fact where kind = 'reported.accepted'")[0][0]
    assert every_fact > counts["accepted"] > 0


COMMON, RARE = 1_500, 12


def crowd() -> None:
    """A day on which one department concluded very many public services, some licences, few others, and few of all late."""
    system()
    day = FIRST.isoformat()
    items = {7: LICENCE, 8: OTHER_NINE}
    events = []
    for number in range(COMMON):
        code = items.get(number % (COMMON // RARE), PUBLIC)
        used = 9 if number % (COMMON // RARE) == 9 else 5
        told = {"days_used": used, "limit_days": 5, "item_code": code}
        events.append(make.event(f"C-{number}", 1, "decided", day, **told))
    make.send(events)
    drained()
    for name in ("seqscan", "hashjoin", "mergejoin", "bitmapscan"):
        sql.execute(f"set local enable_{name} = off")


def read(
    monkeypatch: pytest.MonkeyPatch, measure: str, group: str, change: Callable[[str], str] = str
) -> int:
    """Rows of cases and facts that a page of a figure reads."""
    rows, really = 0, sql.rows

    def explained(asked: str, params: Any = ()) -> list[tuple[Any, ...]]:
        nonlocal rows
        if "join exchange_case c" in asked:
            ((plan,),) = really(f"explain (analyze, format json, timing off) {change(asked)}", params)
            whole = plan if isinstance(plan, list) else json.loads(plan)
            rows += sum(read_rows(whole[0]["Plan"], name) for name in ("exchange_case", "journal_fact"))
        return really(asked, params)

    with monkeypatch.context() as watched:
        watched.setattr(sql, "rows", explained)
        page = queries.counted_cases(measure, by=SYSTEM, group=group, **PERIOD)
    assert len(page.rows) == RARE
    return rows


def unindexed(told: str) -> str:
    """The same question of columns that no index knows."""
    for column in ("item_type", "promptness"):
        told = told.replace(f"c.{column} ", f"(c.{column} || '') ")
    return told.replace("c.decided_on", "(c.decided_on + 0)")


# Of the cases as of the index and as of the list, and the fact of each.
ENOUGH = 3 * RARE


@pytest.mark.parametrize(
    ("measure", "group"),
    [("concluded", "licence"), ("concluded", "other_nine"), ("late", ""), ("late", "public_service")],
)
def test_what_is_not_wanted_is_not_read(measure: str, group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd()
    assert 0 < read(monkeypatch, measure, group) <= ENOUGH
    # The broken variants: a column that no index knows, and the way by the facts.
    assert read(monkeypatch, measure, group, unindexed) >= COMMON
    monkeypatch.setattr(counted, "_seldom_text", lambda *_args, **_more: text("counted_reported"))
    assert read(monkeypatch, measure, group) >= COMMON


def test_many_of_a_day_are_found_by_the_facts_and_only_as_many_as_a_page_shows() -> None:
    crowd()
    found = queries.counted_cases("concluded", by=SYSTEM, group="public_service", size=50, **PERIOD)
    assert len(found.rows) == 50
    assert found.following
    stranger = people.staff("stranger", people.post(people.department("商务厅", "125", "川商"), "岗", []))
    for measure, group in (("late", ""), ("concluded", "licence")):
        assert queries.counted_cases(measure, by=stranger, group=group, **PERIOD).rows == []
