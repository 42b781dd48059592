"""What LISTS does in the environment of the database under test: `python -m bench.lists_asked`: every list and search of cases and
of what stands beside them, asked through the very functions of the pages, with values as they come: departments, items and
applicants by Zipf's law, first pages and deep ones. Writes milliseconds by list, and how much each answer held, to standard
output as JSON.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from itertools import accumulate
from typing import Any, TypeVar
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from yichuang.cases.queries import (  # noqa: E402
    Filters,
    Tab,
    about_to_lapse,
    by_risk,
    counts,
    mine,
    open_cases_of,
    queue,
    search_page,
)
from yichuang.cases.queries.listing import Wanted, listed  # noqa: E402
from yichuang.directory.flow import Capability  # noqa: E402
from yichuang.directory.queries import applicants_found  # noqa: E402
from yichuang.home.pages.desk import CSV_BLOCK  # noqa: E402
from yichuang.intake.queries.messages import messages  # noqa: E402
from yichuang.journal.queries import ViewFilter, views  # noqa: E402
from yichuang.kernel import sql  # noqa: E402
from yichuang.kernel.actor import Actor  # noqa: E402
from yichuang.kernel.paging import encode, ids_text  # noqa: E402
from yichuang.kernel.times import local_day  # noqa: E402
from yichuang.notices.queries import outbox, unread  # noqa: E402
from yichuang.workdays.queries import now  # noqa: E402

TIMES = 40
# The tables have just been written: what every question needs of them (the upper pages of indexes, the newest days) is read from the
# disk once before it counts. What a single case or applicant needs is read when it is asked for.
WARM_TIMES = 20
A_REGION = 8
NAMES = [family + given for family in "张王李赵刘陈" for given in "示例甲乙丙丁"]
HOLDERS = """
select holder_id, department_id from cases_work
where holder_id is not null and kind in ('review', 'second', 'countersign', 'decide', 'deliver') order by case_id limit 5000
"""
# Whoever has something open, each as often as cases of it.
AWAITED = """
select c.applicant_id from cases_work w join cases_case c on c.id = w.case_id where c.applicant_id is not null order by w.case_id limit 5000
"""
One = TypeVar("One")


class Draws:
    """Values as they come: the common often, the rare seldom, from what the database has."""

    def __init__(self, seed: str) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - the same values in every run
        self.today = local_day(now())
        self.departments = self._ids("select id from directory_department order by id")
        self.items = self._ids("select id from catalogue_item order by md5(id::text)")
        codes = sql.rows("select code from catalogue_item order by md5(id::text)")
        self.codes = [str(row[0]) for row in codes]
        # Some cases of every time: by their ids, for these are the times.
        self.cases: list[tuple[UUID, str, UUID, UUID]] = []
        for back in range(0, 1400, 7):
            moment = self.today - timedelta(days=back)
            self.cases += sql.rows(
                "select id, number, applicant_id, department_id from cases_case where id < %(id)s order by id desc limit 3",
                {"id": UUID(int=int(time.mktime(moment.timetuple()) * 1000) << 80)},
            )  # fmt: skip
        everybody = self.staff(everywhere=True)
        self.named = {name: applicants_found(name, by=everybody) for name in NAMES}
        # Whoever has work in hand, each as often as pieces of it: a desk of one's own.
        self.holders: list[tuple[UUID, UUID]] = sql.rows(HOLDERS)
        self.awaited = self._ids(AWAITED)

    @staticmethod
    def _ids(text: str) -> list[UUID]:
        return [row[0] for row in sql.rows(text)]

    def zipf(self, known: Sequence[One]) -> One:
        """One of them, the first ones often."""
        upto = list(accumulate(1 / rank for rank in range(1, len(known) + 1)))
        return self.dice.choices(known, cum_weights=upto)[0]

    def case(self) -> tuple[UUID, str, UUID, UUID]:
        """A case of any time."""
        return self.dice.choice(self.cases)

    def staff(self, many: int = 1, *, everywhere: bool = False) -> Actor:
        """Somebody of the department of some case, and so by Zipf's law; of several for a region."""
        reached = [self.case()[3] for _ in range(many)]
        return _staff(UUID(int=self.dice.getrandbits(64)), reached, everywhere=everywhere)

    def holder(self) -> Actor:
        """Somebody who has work in hand, in the department where it lies."""
        person, department = self.dice.choice(self.holders)
        return _staff(person, [department])

    def applicant(self) -> Actor:
        """Whoever applied for some case: an agent with thousands, or a person with one."""
        return Actor("applicant", "示例", id=UUID(int=7), applicant_id=self.case()[2])

    def visitor(self) -> UUID:
        """Whoever comes to the window: half of them because of something open, half for whatever else."""
        return self.dice.choice(self.awaited) if self.dice.random() < 0.5 else self.case()[2]

    def name(self) -> str:
        """The beginning of a person's name."""
        return self.dice.choice(NAMES)

    def behind(self, name: str) -> str:
        """The place of a page of a search somewhere in its middle."""
        return encode([str(self.case()[0]), ids_text(self.named[name].ids), ""])

    def deep(self, parts: int = 1) -> str:
        """The place of a page somewhere in the middle of a list."""
        identifier = str(self.case()[0])
        if parts == 1:
            return encode([identifier])
        return encode([str(self.today + timedelta(days=self.dice.randrange(-30, 30))), identifier])


def _staff(person: UUID, reached: Sequence[UUID], *, everywhere: bool = False) -> Actor:
    return Actor(
        "staff", "示例", id=person, department_id=reached[0], departments=frozenset(reached[1:]), everywhere=everywhere,
        capabilities=frozenset(map(str, Capability)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A list: what asks for it, with values drawn anew each time."""

    name: str
    ask: Callable[[Draws], Any]


def _tab(tab: Tab, *, many: int = 1, everywhere: bool = False, deep: bool = False, **narrowed: Any) -> Callable[[Draws], Any]:  # fmt: skip
    """A tab of the desk; a value that is a function is drawn."""

    def ask(draws: Draws) -> Any:
        given = {name: value(draws) if callable(value) else value for name, value in narrowed.items()}
        after = draws.deep(1 if tab == Tab.DONE else 2) if deep else ""
        by = draws.holder() if narrowed.get("mine") else draws.staff(many, everywhere=everywhere)
        return queue(tab, by=by, filters=Filters(**given), after=after)

    return ask


def _machine(*states: str, many: int = 1, everywhere: bool = False, item: bool = False, days: bool = False, deep: bool = False) -> Callable[[Draws], Any]:  # fmt: skip
    """The list for machines."""

    def ask(draws: Draws) -> Any:
        first = draws.today - timedelta(days=draws.dice.randrange(30, 1200)) if days else None
        wanted = Wanted(
            states, draws.zipf(draws.codes) if item else "", first, first + timedelta(days=20) if first else None
        )  # fmt: skip
        by = draws.staff(many, everywhere=everywhere)
        return listed(by=by, wanted=wanted, after=draws.deep() if deep else "")

    return ask


def _search_on(draws: Draws) -> Any:
    """A page behind the first, with the applicants that the first has chosen."""
    name = draws.name()
    return search_page(name, by=draws.staff(many=A_REGION), after=draws.behind(name))


def _item(draws: Draws) -> UUID:
    return draws.zipf(draws.items)


def _views(draws: Draws, **narrowed: Any) -> Any:
    return views(ViewFilter(**narrowed), by=draws.staff(everywhere=True), capability=Capability.VIEWS_READ)


LISTS = (
    Asked("to accept", _tab(Tab.TO_ACCEPT)),
    Asked("to accept, a region", _tab(Tab.TO_ACCEPT, many=A_REGION)),
    Asked("to accept, everywhere", _tab(Tab.TO_ACCEPT, everywhere=True)),
    Asked("in hand", _tab(Tab.IN_HAND)),
    Asked("in hand, deep", _tab(Tab.IN_HAND, deep=True)),
    Asked("in hand, everywhere", _tab(Tab.IN_HAND, everywhere=True)),
    Asked("in hand, overdue", _tab(Tab.IN_HAND, overdue_on=lambda draws: draws.today)),
    Asked("in hand, mine", _tab(Tab.IN_HAND, mine=True)),
    Asked("in hand, an item", _tab(Tab.IN_HAND, everywhere=True, item_id=_item)),
    Asked("in hand, urgent", _tab(Tab.IN_HAND, many=A_REGION, green=True)),
    Asked("waiting", _tab(Tab.WAITING)),
    Asked("done", _tab(Tab.DONE)),
    Asked("done, deep", _tab(Tab.DONE, deep=True)),
    Asked("done, everywhere, deep", _tab(Tab.DONE, everywhere=True, deep=True)),
    Asked("done, urgent", _tab(Tab.DONE, green=True)),
    Asked("done, an item", _tab(Tab.DONE, everywhere=True, item_id=_item)),
    Asked("machine", _machine()),
    Asked("machine, a region, deep", _machine(many=A_REGION, deep=True)),
    Asked("machine, refused", _machine("refused")),
    Asked("machine, special everywhere", _machine("special", everywhere=True)),
    Asked("machine, an item", _machine(everywhere=True, item=True)),
    Asked("machine, days", _machine(everywhere=True, days=True)),
    Asked("the own", lambda draws: mine(by=draws.applicant())),
    Asked("the own, deep", lambda draws: mine(by=draws.applicant(), after=draws.deep())),
    Asked("open ones at the window", lambda draws: open_cases_of(draws.visitor())),
    Asked("search by number", lambda draws: search_page(draws.case()[1], by=draws.staff(everywhere=True))),
    Asked("search by name", lambda draws: search_page(draws.name(), by=draws.staff(many=A_REGION))),
    Asked("search by name, deep", lambda draws: _search_on(draws)),
    Asked("search by name, a file's block", lambda draws: search_page(draws.name(), by=draws.staff(many=A_REGION), size=CSV_BLOCK)),
    Asked("about to lapse", lambda draws: about_to_lapse(by=draws.staff(), today=draws.today)),
    Asked("own messages", lambda draws: messages(by=draws.applicant())),
    Asked("unread", lambda draws: unread(draws.applicant())),
    Asked("outbox", lambda draws: outbox(by=draws.staff(everywhere=True))),
    Asked("outbox, failed", lambda draws: outbox(by=draws.staff(everywhere=True), sending="failed")),
    Asked("view log", _views),
    Asked("view log, reveals", lambda draws: _views(draws, kind="reveal")),
    Asked("view log, a name", lambda draws: _views(draws, viewer="示例人员3")),
    Asked("counts", lambda draws: counts(by=draws.staff())),
    Asked("counts, everywhere", lambda draws: counts(by=draws.staff(everywhere=True))),
    Asked("risk", lambda draws: by_risk(by=draws.staff(), today=draws.today, soon=draws.today + timedelta(days=3))),
)  # fmt: skip


def lines(answer: Any) -> int:
    """How much an answer holds: the rows of a page, what a list or a table of counts has, a count itself."""
    if isinstance(answer, int):
        return answer
    if isinstance(answer, Mapping):
        return sum(map(lines, answer.values()))
    if is_dataclass(answer) and not hasattr(answer, "rows"):
        return sum(lines(getattr(answer, one.name)) for one in fields(answer))
    return len(getattr(answer, "rows", answer))


def timed(asked: Asked, draws: Draws, times: int) -> tuple[list[float], list[int]]:
    """Milliseconds of each time a list is asked for, and how much each answer held; the first left out: it finds the statement
    unprepared."""
    found, held = [], []
    for _ in range(times + 1):
        begun = time.perf_counter()
        answer = asked.ask(draws)
        found.append(round((time.perf_counter() - begun) * 1000, 3))
        held.append(lines(answer))
    return found[1:], held[1:]


def main() -> None:
    """Ask all of them in turn with other values, as a house does that has been open for a while; then with those that are told."""
    draws = Draws("WARM")
    for one in LISTS:
        timed(one, draws, WARM_TIMES)
    draws = Draws("LISTS")
    begun = time.process_time()
    found = {one.name: timed(one, draws, TIMES) for one in LISTS}
    times, rows = ({name: one[part] for name, one in found.items()} for part in (0, 1))
    json.dump(
        {"times": times, "rows": rows, "cpu": time.process_time() - begun}, sys.stdout, ensure_ascii=False
    )


if __name__ == "__main__":
    main()
