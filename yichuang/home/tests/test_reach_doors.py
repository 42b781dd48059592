"""One rule for every door: whoever reaches a case sees it on all of them, and for everybody else it is not there.

The case of an office in a county, by viewers of the county, of its city, of neighbours above and beside it: list, search,
exports, page, file, receipt, figures, and what can be done to it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from yichuang.cases import queries as cases
from yichuang.cases.queries import CaseRow, Filters, Tab
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department, Post
from yichuang.directory.queries import actor_of
from yichuang.directory.tests import factories as people
from yichuang.gateways.files import FileStore
from yichuang.home.tests.visitors import browser
from yichuang.intake.queries import read_application
from yichuang.intake.tests import factories as intake
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.statistics.queries import counted_cases
from yichuang.statistics.queries.efficiency_cases import Behind, claimed_cases

pytestmark = pytest.mark.django_db
RIGHTS = [
    Capability.CASE_SEARCH, Capability.FIGURES_READ, Capability.CASE_CLAIM, Capability.CASE_ACCEPT, Capability.PRIVATE_REVEAL,
]  # fmt: skip
SOME_YEAR = date(2022, 1, 1), date(2022, 12, 31)
CITY, UPPER, LOWER, NEIGHBOUR = "519100000000", "519101000000", "519102000000", "519200000000"


@dataclass(frozen=True)
class Matter:
    """A case that was filed with its materials, of an office in a county."""

    row: CaseRow
    material: UUID
    offices: dict[str, Department]


@pytest.fixture
def matter(at: Callable[..., None], settings: Any) -> Matter:
    """The case of the upper county's office."""
    at(intake.AT)
    FileStore(settings.FILES_DIR).put(intake.PDF)
    filed = intake.filed()
    people.division(CITY, "示例市")
    people.division(NEIGHBOUR, "邻居市")
    upper = people.division(UPPER, "上县", CITY)
    lower = people.division(LOWER, "下县", CITY)
    row = cases.load(filed.case_id)
    assert row is not None
    Department.objects.filter(pk=row.department_id).update(region=upper)
    offices = {
        "upper": Department.objects.get(pk=row.department_id),
        "city": people.local_office(people.division(CITY, ""), "示例市水务局"),
        "lower": people.local_office(lower, "下县水务局"),
        "neighbour": people.local_office(people.division(NEIGHBOUR, ""), "邻居市水务局"),
        "province": people.department("省政务中心", "990"),
    }
    application = read_application(filed.case_id)
    assert application is not None
    return Matter(row, next(one.id for one in application.materials if not one.is_paper), offices)


def viewer(
    office: Department, *, reach_region: bool = False, everywhere: bool = False, clearance: int = 0
) -> Actor:
    """Somebody of an office who may read and handle cases."""
    name = f"岗{reach_region}{everywhere}{clearance}"
    post = people.post(
        office, name, RIGHTS, reach_region=reach_region, everywhere=everywhere, clearance=clearance
    )
    return people.staff(f"{office.pk.hex[-10:]}{reach_region}{everywhere}{clearance}", post)


def rows_of(page: Any) -> str:
    """What an export holds."""
    return b"".join(page.streaming_content).decode("utf-8-sig")


def listed(where: str) -> Callable[[Client, Actor, Matter], bool]:
    """Whether a list shows the case."""
    return lambda client, by, matter: (
        matter.row.number in client.get(where.format(**vars_of(matter))).content.decode()
    )


def exported(where: str) -> Callable[[Client, Actor, Matter], bool]:
    """Whether an export holds the case."""
    return lambda client, by, matter: (
        matter.row.number in rows_of(client.get(where.format(**vars_of(matter))))
    )


def opened(where: str) -> Callable[[Client, Actor, Matter], bool]:
    """Whether an address opens."""
    return lambda client, by, matter: client.get(where.format(**vars_of(matter))).status_code == 200


def vars_of(matter: Matter) -> dict[str, Any]:
    """What addresses are filled in with."""
    return {"id": matter.row.id, "material": matter.material, "number": matter.row.number}


def found(client: Client, by: Actor, matter: Matter) -> bool:
    """Whether the number leads to the case."""
    return client.get(f"/desk/search?q={matter.row.number}").status_code == 302


def counted(client: Client, by: Actor, matter: Matter) -> bool:
    """Whether the case stands behind the figure."""
    page = counted_cases("received", by=by, first_day=SOME_YEAR[0], last_day=SOME_YEAR[1])
    return matter.row.id in {row.id for row in page.rows}


def claimed(client: Client, by: Actor, matter: Matter) -> bool:
    """Whether the case stands behind a claim of efficiency."""
    page = claimed_cases(Behind("online_filed", *SOME_YEAR), by=by)
    return matter.row.id in {row.id for row in page.rows}


def posted(where: str) -> Callable[[Client, Actor, Matter], bool]:
    """Whether something can be done there; an answer that the case is not there means no."""

    def door(client: Client, by: Actor, matter: Matter) -> bool:
        status = client.post(
            where.format(**vars_of(matter)), {"seen": 99, "client_key": "k" * 16}
        ).status_code
        assert status in (302, 404, 409, 422)
        return status != 404

    return door


DOORS: dict[str, Callable[[Client, Actor, Matter], bool]] = {
    "list": listed("/desk?tab=to_accept"),
    "export": exported("/desk/export.csv?tab=to_accept"),
    "search by number": found,
    "search by name": listed("/desk/search?q=示例科技"),
    "search by paper": listed(f"/desk/search?q={intake.COMPANY_CODES[0]}"),
    "search export": exported("/desk/search.csv?q=示例科技"),
    "page": opened("/desk/cases/{id}"),
    "page for the applicant": opened("/my/cases/{id}"),
    "file": opened("/files/{id}/{material}"),
    "receipt": opened("/receipts/{id}"),
    "figures": counted,
    "claims": claimed,
    "accept": posted("/desk/cases/{id}/accept"),
    "reveal": posted("/desk/cases/{id}/reveal"),
    "claim": posted("/desk/cases/{id}/claim"),
    "release": posted("/desk/cases/{id}/release"),
}


VIEWERS: dict[str, tuple[Callable[[Matter], Actor], bool]] = {
    "the county's own office": (lambda m: viewer(m.offices["upper"]), True),
    "the county with reach": (lambda m: viewer(m.offices["upper"], reach_region=True), True),
    "the city with reach": (lambda m: viewer(m.offices["city"], reach_region=True), True),
    "the city without": (lambda m: viewer(m.offices["city"]), False),
    "the county beside": (lambda m: viewer(m.offices["lower"], reach_region=True), False),
    "the city beside": (lambda m: viewer(m.offices["neighbour"], reach_region=True), False),
    "the province with reach": (lambda m: viewer(m.offices["province"], reach_region=True), True),
    "the province without": (lambda m: viewer(m.offices["province"]), False),
    "everywhere": (lambda m: viewer(m.offices["neighbour"], everywhere=True), True),
}


def seen_through(by: Actor, matter: Matter) -> dict[str, bool]:
    """What each door answers."""
    client = browser(by)
    return {name: door(client, by, matter) for name, door in DOORS.items()}


@pytest.mark.parametrize("who", VIEWERS)
def test_every_door_answers_alike(who: str, matter: Matter) -> None:
    make, sees = VIEWERS[who]
    answered = seen_through(make(matter), matter)
    assert answered == dict.fromkeys(DOORS, sees)


@pytest.mark.parametrize(("clearance", "sees"), [(0, False), (1, False), (2, True), (3, True)])
@pytest.mark.parametrize("reach", ["upper", "city", "everywhere"])
def test_a_confidential_case_is_there_for_the_cleared_alone(
    reach: str, clearance: int, sees: bool, matter: Matter
) -> None:
    sql.execute("update cases_case set confidentiality = 2 where id = %(id)s", {"id": matter.row.id})
    by = viewer(
        matter.offices.get(reach, matter.offices["province"]), reach_region=reach == "city",
        everywhere=reach == "everywhere", clearance=clearance,
    )  # fmt: skip
    assert seen_through(by, matter) == dict.fromkeys(DOORS, sees)


def test_counts_stay_whole_whatever_is_confidential(matter: Matter) -> None:
    by = viewer(matter.offices["upper"])
    before = cases.counts(by=by)
    sql.execute("update cases_case set confidentiality = 3 where id = %(id)s", {"id": matter.row.id})
    assert cases.counts(by=by) == before
    assert cases.queue(Tab.TO_ACCEPT, by=by, filters=Filters()).rows == []


def test_applicants_see_their_own_case_however_confidential_it_is(matter: Matter) -> None:
    sql.execute("update cases_case set confidentiality = 3 where id = %(id)s", {"id": matter.row.id})
    own = browser(intake.applicant())
    assert own.get(f"/my/cases/{matter.row.id}").status_code == 200
    assert matter.row.number in own.get("/my").content.decode()


def test_the_item_says_how_confidential_its_cases_are(
    at: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is published with the guide stands on the case from its filing."""
    offer = intake.offer
    monkeypatch.setattr(intake, "offer", lambda: offer(handling={"confidentiality": 2}))
    at(intake.AT)
    row = cases.load(intake.filed().case_id)
    assert row is not None
    assert row.confidentiality == 2
    where = Department.objects.get(pk=row.department_id)
    assert not row.visible_to(viewer(where, clearance=1))
    assert row.visible_to(viewer(where, clearance=2))


# What an answer holds that differs with every question: the id asked for, the form's token, keys.
OWN_WORDS = re.compile(
    r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|name="csrfmiddlewaretoken" value="[^"]+"'
    r'|name="client_key" value="[^"]+"'
)
DETAILS = (
    ("get", "/desk/cases/{id}"), ("get", "/my/cases/{id}"), ("get", "/receipts/{id}"), ("get", "/files/{id}/{material}"),
    ("get", "/documents/{id}/1"), ("post", "/desk/cases/{id}/accept"), ("post", "/desk/cases/{id}/reveal"),
    ("post", "/desk/cases/{id}/claim"), ("post", "/desk/cases/{id}/release"), ("get", "/receipts/{id}/calendar.ics"),
)  # fmt: skip


def answer(client: Client, method: str, address: str) -> tuple[int, str, dict[str, str]]:
    """An answer without what is different every time."""
    made = getattr(client, method)(address)
    kept = {
        name: value
        for name, value in made.headers.items()
        if name in ("Content-Type", "Cache-Control", "Location")
    }
    return made.status_code, OWN_WORDS.sub("…", made.content.decode()), kept


@pytest.mark.parametrize("why", ["elsewhere", "confidential", "another applicant"])
def test_not_yours_and_not_there_look_the_same(why: str, matter: Matter) -> None:
    if why == "confidential":
        sql.execute("update cases_case set confidentiality = 3 where id = %(id)s", {"id": matter.row.id})
    by = {
        "elsewhere": lambda: viewer(matter.offices["lower"]),
        "confidential": lambda: viewer(matter.offices["upper"]),
        "another applicant": intake.stranger,
    }[why]()
    client, nowhere = browser(by), UUID("018091bb-1a80-7708-ba43-98d068184ed4")
    for method, where in DETAILS:
        theirs = answer(client, method, where.format(id=matter.row.id, material=matter.material))
        nothing = answer(client, method, where.format(id=nowhere, material=nowhere))
        assert theirs == nothing, where
        assert theirs[0] in (403, 404), where
    others = answer(client, "get", f"/desk/search?q={matter.row.number}")
    nobody = answer(client, "get", f"/desk/search?q={'0' * len(matter.row.number)}")
    assert others[0] == nobody[0]
    assert others[1].replace(matter.row.number, "") == nobody[1].replace("0" * len(matter.row.number), "")


def test_a_rule_with_a_hole_is_caught(matter: Matter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests above see a door that asks for the right and forgets the reach, or forgets the clearance."""
    by = viewer(matter.offices["lower"])
    with monkeypatch.context() as broken:
        broken.setattr(CaseRow, "within", lambda row, by: True)
        assert set(seen_through(by, matter).values()) == {True, False}
    sql.execute("update cases_case set confidentiality = 3 where id = %(id)s", {"id": matter.row.id})
    own = viewer(matter.offices["upper"])
    with monkeypatch.context() as broken:
        broken.setattr(Actor, "cleared", lambda by, level: True)
        assert set(seen_through(own, matter).values()) == {True, False}


def test_a_demotion_closes_every_door_at_the_next_request(matter: Matter) -> None:
    by = viewer(matter.offices["city"], reach_region=True)
    client = browser(by)
    assert client.get(f"/desk/cases/{matter.row.id}").status_code == 200
    Post.objects.filter(holders=by.id).update(reach_region=False)
    now = actor_of(by.id)
    assert {name: door(client, now, matter) for name, door in DOORS.items()} == dict.fromkeys(DOORS, False)


def test_an_actor_made_by_hand_reaches_what_it_says(matter: Matter) -> None:
    nobody = Actor("staff", "某人", capabilities=frozenset({"case.search"}))
    assert not matter.row.visible_to(nobody)
    assert matter.row.visible_to(
        replace(nobody, departments=frozenset({matter.row.department_id}), department_id=UUID(int=1))
    )
