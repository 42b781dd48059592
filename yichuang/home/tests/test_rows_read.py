"""Every list and search reads a page and not the table: the rows read are pinned, whatever is asked for.

The bounds hold at any volume, for each is a number of looks times a page; six thousand cases are enough to break them, as
the broken variants show: without its index a list reads many times as many.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest

from yichuang.cases.queries import (
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
from yichuang.cases.queries.listing import Wanted, listed
from yichuang.directory.flow import Capability
from yichuang.home.pages.desk import CSV_BLOCK
from yichuang.home.tests import volume
from yichuang.intake.queries.messages import messages
from yichuang.journal.queries import ViewFilter, views
from yichuang.kernel import sql, windows
from yichuang.kernel.actor import Actor
from yichuang.kernel.keys import lowest
from yichuang.kernel.paging import encode, ids_text
from yichuang.kernel.tests.plans import Read, rows_read
from yichuang.notices.queries import MOST_UNREAD, outbox, unread

TODAY = date(2022, 12, 30)
MAY = Capability.VIEWS_READ
HOLDER = UUID("2510c39011c5be704182423e3a695e91")


def named(letter: str, number: int) -> UUID:
    """The id that the seed gave."""
    row = sql.one("select md5(%(x)s)::uuid", {"x": f"{letter}{number}"})
    assert row is not None
    return UUID(str(row[0]))


def staff(*departments: int, everywhere: bool = False) -> Actor:
    """Staff of some departments of the seed."""
    first, *more = [named("d", number) for number in departments or (0,)]
    return Actor(
        "staff", "示例", id=HOLDER, department_id=first, departments=frozenset(more), everywhere=everywhere,
        capabilities=frozenset(map(str, Capability)),
    )  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A list, for whom, the most rows it may read, and the index without which it reads many more ("": none of its own)."""

    call: Callable[[Actor], Any]
    most: int
    index: str = ""
    by: Callable[[], Actor] = staff


def many() -> Actor:
    """The staff of a region."""
    return staff(*range(8))


def everybody() -> Actor:
    """Staff of the whole province."""
    return staff(everywhere=True)


def applicant() -> Actor:
    """An agent with a hundred and twenty cases."""
    return Actor("applicant", "示例", id=UUID(int=7), applicant_id=named("a", 1))


def desk(tab: Tab, **narrowed: Any) -> Callable[[Actor], Any]:
    """A tab of the desk."""
    return lambda by: queue(tab, by=by, filters=Filters(**narrowed))


def machine(*states: str, **narrowed: Any) -> Callable[[Actor], Any]:
    """The list for machines, narrowed."""
    return lambda by: listed(by=by, wanted=Wanted(states, **narrowed))


def item(number: int) -> dict[str, Any]:
    """Narrowed to an item."""
    return {"item_id": named("i", number)}


def behind(first: int = 0) -> str:
    """The place of a page of a search in the middle of the year, with its twenty applicants."""
    applicants = [named("a", number) for number in range(first, first + 20)]
    return encode([str(lowest(datetime(2022, 7, 1, tzinfo=UTC))), ids_text(applicants), "more"])


PAGE = 26
# What goes with each line of a page: the case itself, its work, whether a person.
BESIDE = 4
LISTS = {
    "to accept": Asked(desk(Tab.TO_ACCEPT), PAGE * BESIDE, "cases_work_kind"),
    "to accept, a region": Asked(desk(Tab.TO_ACCEPT), 8 * PAGE + PAGE * BESIDE, "", many),
    "waiting": Asked(desk(Tab.WAITING), PAGE * BESIDE),
    "waiting, everywhere": Asked(desk(Tab.WAITING), 600, "", everybody),
    "in hand, overdue": Asked(desk(Tab.IN_HAND, overdue_on=TODAY), PAGE * BESIDE, "cases_work_kind"),
    "in hand, mine": Asked(desk(Tab.IN_HAND, mine=True), PAGE * BESIDE * 2),
    "in hand, a rare item": Asked(lambda by: desk(Tab.IN_HAND, **item(1))(by), PAGE * BESIDE, "cases_case_item", everybody),
    "in hand, urgent": Asked(desk(Tab.IN_HAND, green=True), 40, "cases_case_green"),
    "done": Asked(desk(Tab.DONE), 3 * PAGE + PAGE * BESIDE, "cases_case_state"),
    "done, everywhere": Asked(desk(Tab.DONE), 2 * PAGE + PAGE * BESIDE, "", everybody),
    "done, urgent": Asked(desk(Tab.DONE, green=True), PAGE * BESIDE, "cases_case_green"),
    "done, an item": Asked(lambda by: desk(Tab.DONE, **item(1))(by), 3 * PAGE + PAGE * BESIDE, "cases_case_item", everybody),
    "machine": Asked(machine(), 8 * PAGE + PAGE * BESIDE, "cases_case_state"),
    "machine, a region": Asked(machine(), 8 * 8 * PAGE, "cases_case_state", many),
    "machine, refused": Asked(machine("refused"), PAGE * BESIDE, "cases_case_state"),
    "machine, special everywhere": Asked(machine("special"), PAGE * BESIDE + 60, "cases_case_state", everybody),
    "machine, days": Asked(
        machine("special", filed_from=date(2022, 2, 1), filed_to=date(2022, 2, 20)), 60, "cases_case_state", everybody
    ),
    "the own": Asked(lambda by: mine(by=by), PAGE * BESIDE, "cases_case_applicant", applicant),
    "open ones at the window": Asked(lambda _: open_cases_of(named("a", 1)), 20, "cases_case_open_applicant"),
    "search by number": Asked(lambda by: search_page("V4711", by=by), 10),
    "search by name": Asked(lambda by: search_page("示例", by=by), 20 * 51 + 50 * BESIDE + 1200, "", everybody),
    "search by name, the next page": Asked(lambda by: search_page("示例", by=by, after=behind()), 20 * 51 + 50 * BESIDE, "cases_case_applicant", everybody),
    "search by name, a file": Asked(lambda by: search_page("示例", by=by, size=CSV_BLOCK), 1200 + 1200 + 500 * BESIDE, "cases_case_applicant", everybody),
    "about to lapse": Asked(lambda by: about_to_lapse(by=by, today=date(2022, 3, 1)), 700),
    "own messages": Asked(lambda by: messages(by=by), PAGE, "message_owner"),
    "messages of an applicant": Asked(lambda by: messages(by=by), 80, "message_owner", applicant),
    "unread": Asked(lambda by: unread(by), MOST_UNREAD + 1, "message_unread"),
    "outbox": Asked(lambda by: outbox(by=by), 100),
    "outbox, failed": Asked(lambda by: outbox(by=by, sending="failed"), 4 * 100 + 50),
    "view log": Asked(lambda by: views(ViewFilter(), by=by, capability=MAY), 51, "", everybody),
    "view log, reveals": Asked(
        lambda by: views(ViewFilter(kind="reveal"), by=by, capability=MAY), 51, "journal_view_reveal", everybody
    ),
    "view log, a name": Asked(lambda by: views(ViewFilter(viewer="没有"), by=by, capability=MAY), 4 * 100, "", everybody),
    "counts": Asked(lambda by: counts(by=by), 2000),
    "counts, everywhere": Asked(lambda by: counts(by=by), 2000, "", everybody),
    "risk": Asked(lambda by: by_risk(by=by, today=TODAY, soon=TODAY), 2000),
}  # fmt: skip


def read_of(asked: Asked) -> Read:
    """What a list reads."""
    by = asked.by()
    with rows_read() as read:
        asked.call(by)
    return read


@pytest.fixture
def filled(committed: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A database of six thousand cases; windows of a hundred rows, as a small volume wants them."""
    volume.fill(committed["admin"])
    monkeypatch.setattr(windows, "WINDOW", 100)
    # So few rows tempt the planner to read a small table whole; what is pinned is the way it goes where they are many.
    for way in ("seqscan", "hashjoin", "mergejoin"):
        sql.execute(f"set enable_{way} = off")
    return committed


def test_every_list_reads_a_page_and_not_the_table(filled: dict[str, str]) -> None:
    """Then the broken variants, all in one database: without the index each list reads more than it may."""
    found = {name: read_of(asked) for name, asked in LISTS.items()}
    too_many = {
        name: (read.rows, LISTS[name].most) for name, read in found.items() if read.rows > LISTS[name].most
    }
    assert not too_many
    assert all(read.rows or name == "machine, days" for name, read in found.items())
    with psycopg.connect(filled["owner"], autocommit=True) as owner:
        for index in sorted({asked.index for asked in LISTS.values() if asked.index}):
            owner.execute(f"drop index {index}".encode())
    still = [name for name, asked in LISTS.items() if asked.index and read_of(asked).rows <= asked.most]
    assert still == []


def test_a_list_that_would_walk_back_through_the_quarters_is_noticed(filled: dict[str, str]) -> None:
    """The broken variant of the statement: everything newest first, and what is not asked for thrown away."""
    assert filled
    with rows_read() as read:
        sql.rows("select id from cases_case where days_left = 5 order by id desc limit 26")
    assert read.rows > LISTS["machine, special everywhere"].most


def thrice(keys: Sequence[tuple[str, str]], size: int) -> tuple[list[str], str]:
    """What makes the primary key no way to a look, too: little is believed to be there."""
    asked = [f"{column} {sign} {value}" for column, value in keys for sign in ("=", ">=", "<=")]
    return asked, f"order by c.id desc limit {size:d}"


def test_no_look_sorts_all_that_fits(filled: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where little is believed to fit, and quarters to come are empty, all of it read and sorted seems as good as the first of it read
    in order. The broken variant says it in a way that makes little of it, and how many rows are wanted."""
    assert filled
    sql.execute("set enable_seqscan = on")
    region = LISTS["machine, a region"]
    most = region.most // 4
    assert PAGE < read_of(region).rows <= most
    monkeypatch.setattr("yichuang.cases.queries.newest.along", thrice)
    assert read_of(region).rows > 2 * most
