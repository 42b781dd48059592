"""A name that more people bear than a search lists: the same twenty on every page and in the file, and it is said everywhere."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from yichuang.cases.queries import queues, search_page
from yichuang.cases.queries.queues import NOT_ALL
from yichuang.cases.tests import factories as make
from yichuang.directory.models import Applicant
from yichuang.directory.queries import MOST_FOUND, Found, applicants_found
from yichuang.directory.tests import factories as people
from yichuang.home.tests.test_desk import csv_rows, numbers
from yichuang.home.tests.visitors import browser, text
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid
from yichuang.kernel.keys import uuid7
from yichuang.kernel.paging import decode, encode

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at")]
NAME, BEARERS = "张示例", MOST_FOUND + 3
ADDRESS = f"/desk/search?q={NAME}"


@pytest.fixture
def cases(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The numbers of one case each of all who bear the name, by the order of the people; pages of seven."""
    make.filed()
    ours = Applicant.objects.get()
    for serial in range(BEARERS):
        # Who comes later into the table comes first by id.
        pk = uuid7(make.AT - timedelta(minutes=serial))
        sql.execute(
            "insert into directory_applicant select (json_populate_record(a, json_build_object('id', %(id)s::text, 'name', %(name)s::text, "
            "'paper_number', %(paper)s::text, 'search', '''张示'':1 ''示例'':2 ''例'':3'))).* from directory_applicant a where id = %(like)s",
            {"id": str(pk), "name": NAME, "paper": f"示例{serial}", "like": ours.pk},
        )
        row = make.filed(at=make.AT + timedelta(minutes=serial))
        sql.execute(
            "update cases_case set applicant_id = %(who)s where id = %(id)s", {"who": pk, "id": row.id}
        )
    monkeypatch.setattr(search_page, "__kwdefaults__", {"after": "", "size": 7})
    monkeypatch.setattr("yichuang.home.pages.desk.CSV_BLOCK", 7)
    found = sql.rows(
        "select c.number from cases_case c join directory_applicant a on a.id = c.applicant_id where a.name = %(name)s order by a.name, a.id",
        {"name": NAME},
    )
    return [number for (number,) in found]


def walked() -> tuple[list[str], list[Any]]:
    """Page after page: the numbers and the pages."""
    desk, address, seen, pages = browser(people.clerk()), ADDRESS, list[str](), list[Any]()
    while address:
        pages.append(desk.get(address))
        seen += numbers(pages[-1])
        following = re.search(r'href="(\?[^"]+)" rel="next"', pages[-1].content.decode())
        address = f"/desk/search{html.unescape(following[1])}" if following else ""
    return seen, pages


def downloaded() -> list[list[str]]:
    return csv_rows(browser(people.clerk()).get("/desk/search.csv", {"q": NAME}))[1:]


class AsTheyCome:
    """Who fits, each time others of them: what a question without an order may answer."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, text: str, *, by: Actor) -> Found:
        self.asked += 1
        fitting = Applicant.objects.filter(name=text).order_by("id").values_list("pk", flat=True)
        assert by.name
        return Found(
            [who for place, who in enumerate(fitting) if place not in left_out(self.asked)], more=True
        )


def left_out(asked: int) -> set[int]:
    """Three who fit and are not chosen, one within each page."""
    return {21, 12, 3} if asked % 2 else {20, 11, 2}


def test_the_first_by_name_and_id_are_listed_and_it_is_said_on_every_page_and_in_the_file(
    cases: list[str],
) -> None:
    seen, pages = walked()
    assert len(cases) == BEARERS
    assert (sorted(seen), len(pages)) == (sorted(cases[:MOST_FOUND]), 3), "each case of the twenty once"
    assert all(NOT_ALL in text(page) for page in pages)
    said, *rows = downloaded()
    assert said == [NOT_ALL]
    assert [row[0] for row in rows] == seen
    # Where nobody of the twenty has a case, the others may have some.
    sql.execute(
        "update cases_case set applicant_id = (select id from directory_applicant where name <> %(name)s)",
        {"name": NAME},
    )
    assert downloaded() == [[NOT_ALL]]
    assert NOT_ALL in text(browser(people.clerk()).get(ADDRESS))
    # Where all are listed nothing is said.
    sql.execute(
        "delete from directory_applicant where id in (select id from directory_applicant where name = %(name)s limit 3)",
        {"name": NAME},
    )
    assert downloaded() == []
    assert NOT_ALL not in text(browser(people.clerk()).get(ADDRESS))
    assert applicants_found(NAME, by=people.clerk()).more is False


def test_whose_cases_these_are_is_asked_once(cases: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that fits more than are put in order answers as the rows come; the pages behind the first are of the same people."""

    def chosen(asked: int) -> set[str]:
        return {number for place, number in enumerate(cases) if place not in left_out(asked)}

    found = AsTheyCome()
    monkeypatch.setattr(queues, "applicants_found", found)
    seen, _ = walked()
    assert found.asked == 1
    assert (len(seen), set(seen)) == (MOST_FOUND, chosen(1))
    whole = [row[0] for row in downloaded()[1:]]
    assert found.asked == 2
    assert (len(whole), set(whole)) == (MOST_FOUND, chosen(2))
    # The broken variant asks for every page and every block anew, as it was: some of the cases are missed, on the pages and in the file.
    monkeypatch.setattr(queues, "_people", lambda text, by, _: found(text, by=by))
    first = found.asked + 1
    assert chosen(first) - set(walked()[0])
    first = found.asked + 1
    assert chosen(first) - {row[0] for row in downloaded()[1:]}


def test_a_place_names_no_more_people_than_a_search_lists_and_shows_nothing_beyond_ones_own(
    cases: list[str],
) -> None:
    by = people.clerk()
    following = search_page(NAME, by=by).following
    parts = decode(following, parts=3)
    assert parts is not None
    assert len(following) < 1500, "the page cuts its address there"
    stranger = people.reviewer(people.department("商务厅", "121", "川商"), "reviewer.commerce")
    assert search_page(NAME, by=stranger, after=following).rows == []
    for wrong in (parts[1] * 2, parts[1][:-1], "x" * 32):
        with pytest.raises(Invalid):
            search_page(NAME, by=by, after=encode([parts[0], wrong, ""]))
    assert cases
