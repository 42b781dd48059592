"""Who sees what: every page, file and form for everybody; nobody's name or telephone where it was not agreed to."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from yichuang.cases.tests import factories as cases
from yichuang.catalogue.tests.factories import departments
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.feedback.commands.complaints import ComplaintStep, step_complaint
from yichuang.feedback.flow.complaints import ComplaintAction
from yichuang.feedback.models import Appeal, Complaint, FollowUp, Limit, Rating
from yichuang.feedback.queries.complaints import code_of
from yichuang.feedback.tests import factories as make
from yichuang.halls.commands.acts import put
from yichuang.halls.tests import factories_windows as hall
from yichuang.kernel.actor import Actor

pytestmark = pytest.mark.django_db
BASE = "/desk/feedback"
NAME, PHONE, CASE = "张示例", "13800000091", "涉案"
PERIOD = "first=2022-05-01&last=2022-05-31"


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def _one_set_of_departments(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hall's tests work with the packaged departments: the people of these tests belong to the same ones."""
    departments()
    new = people.department

    def known(name: str = "水利厅", code: str = "119", word: str = "川水") -> Department:
        return Department.objects.filter(region_id=people.PROVINCE, number_code=code).first() or new(
            name, code, word
        )

    monkeypatch.setattr(people, "department", known)


def dashboard() -> Actor:
    """Somebody who reads figures of the own department."""
    post = people.post(people.department(), "看板", [Capability.DASHBOARD_READ])
    return people.staff("dashboard", post)


WHO: Mapping[str, Callable[[], Actor]] = {
    "handler": make.handler, "other": make.other, "reviewer": make.reviewer, "auditor": make.auditor,
    "clerk": hall.clerk, "dashboard": dashboard, "nobody": people.reviewer,
}  # fmt: skip
# What handler, other department, centre's reviewer, auditor, clerk, dashboard reader and nobody get.
PAGES: Mapping[str, tuple[int, int, int, int, int, int, int]] = {
    "ratings": (200, 200, 200, 200, 403, 200, 403),
    "ratings.csv": (200, 200, 200, 200, 403, 200, 403),
    "ratings/{rating}": (200, 404, 200, 200, 403, 200, 403),
    "complaints": (200, 200, 200, 403, 403, 403, 403),
    "complaints.csv": (200, 200, 200, 403, 403, 403, 403),
    "complaints/new": (200, 200, 200, 403, 403, 403, 403),
    "complaints/{complaint}": (200, 404, 200, 403, 403, 403, 403),
    "integrity": (403, 403, 403, 200, 403, 403, 403),
    "integrity.csv": (403, 403, 403, 200, 403, 403, 403),
    "limits": (403, 403, 200, 403, 403, 403, 403),
    "counter": (403, 403, 403, 403, 200, 403, 403),
    "counter/{act}.svg": (403, 403, 403, 403, 200, 403, 403),
}
# Forms sent empty: whoever may is told what is missing.
FORMS: Mapping[str, tuple[int, int, int, int, int, int, int]] = {
    "ratings/{rating}/step/contact": (409, 404, 409, 403, 403, 403, 403),
    "ratings/{rating}/step/void": (403, 404, 409, 403, 403, 403, 403),
    # The last day for an appeal against a rating of 2022 is long past.
    "ratings/{rating}/appeal": (409, 404, 409, 403, 403, 403, 403),
    "ratings/{rating}/appeal/decide": (403, 403, 404, 403, 403, 403, 403),
    "complaints/{complaint}/reply": (409, 404, 409, 403, 403, 403, 403),
    "complaints/{complaint}/close": (403, 404, 409, 403, 403, 403, 403),
    "complaints/{complaint}/reopen": (403, 404, 403, 403, 403, 403, 403),
}


def world() -> dict[str, Any]:
    """A low rating and a complaint of the water department, and an act at a window."""
    rating = make.rated(5, callback=True, phone=PHONE)
    act, _ = put(hall.consulted(), by=hall.clerk(), at=hall.AT, key=make.key())
    return {"rating": rating.pk, "complaint": given().pk, "act": act.pk}


def given(**changes: Any) -> Complaint:
    """A complaint that waits for the water department's reply."""
    made = make.complaint(**({"name": NAME, "phone": PHONE} | changes))
    step = ComplaintStep("", people.department().pk)
    return step_complaint(made.pk, ComplaintAction.ASSIGN, step, seen=1, by=make.reviewer(), at=make.AT)


def read(client: Client, path: str) -> str:
    """A page or a file as text."""
    answer: Any = client.get(f"{BASE}/{path}")
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(body.decode())


def counts() -> tuple[int, ...]:
    """How much there is, and how far it has come."""
    rows = [model._default_manager.count() for model in (Rating, FollowUp, Appeal, Complaint, Limit)]
    return (
        *rows,
        *FollowUp.objects.values_list("seq", flat=True),
        *Complaint.objects.values_list("seq", flat=True),
    )


@pytest.mark.parametrize("place", range(len(WHO)), ids=list(WHO))
def test_every_page_for_everybody(place: int) -> None:
    names = world()
    client = hall.browser(list(WHO.values())[place]())
    for page, expected in PAGES.items():
        path = f"{BASE}/{page.format(**names)}"
        assert client.get(path).status_code == expected[place], page


@pytest.mark.parametrize("place", range(len(WHO)), ids=list(WHO))
def test_every_form_for_everybody(place: int) -> None:
    names, before = world(), None
    client = hall.browser(list(WHO.values())[place]())
    before = counts()
    for page, expected in FORMS.items():
        path = f"{BASE}/{page.format(**names)}"
        answer = client.post(
            path, {"client_key": make.key(), "seen": "9", "outcome": "upheld", "decision": "x"}
        )
        assert answer.status_code == expected[place], page
        assert client.get(path).status_code in (403, 405), page
    assert counts() == before


def test_strangers_are_led_to_the_door_and_applicants_do_not_get_in() -> None:
    names = world()
    applicant = hall.browser(people.applicant_actor())
    for page in PAGES:
        path = f"{BASE}/{page.format(**names)}"
        answer = Client().get(path)
        assert (answer.status_code, "/sign-in" in answer.headers.get("Location", "")) == (302, True), page
        assert applicant.get(path).status_code in (302, 403), page


def test_the_code_of_an_act_is_drawn_for_whoever_entered_it() -> None:
    names = world()
    path = f"{BASE}/counter/{names['act']}.svg"
    answer = hall.browser(hall.clerk()).get(path)
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.content.startswith(b"<svg")
    assert hall.browser(hall.clerk("colleague")).get(path).status_code == 404
    handed, _ = put(hall.handed(), by=hall.clerk(), at=hall.AT, key=make.key())
    assert hall.browser(hall.clerk()).get(f"{BASE}/counter/{handed.pk}.svg").status_code == 404


def test_the_receipt_shows_the_code_and_the_window_leads_to_the_counter() -> None:
    names = world()
    client = hall.browser(hall.clerk())
    page = client.get(f"/desk/hall/acts/{names['act']}").content.decode()
    assert f"{BASE}/counter/{names['act']}.svg" in page
    assert f"{BASE}/counter" in hall.read(client, "window")
    other = hall.browser(hall.clerk("colleague")).get(f"/desk/hall/acts/{names['act']}").content.decode()
    assert ".svg" not in other.split("<main")[1]


def test_lists_files_and_figures_hold_the_own_department_only() -> None:
    world()
    elsewhere = make.other()
    make.rated(5, where=Department.objects.get(pk=str(elsewhere.department_id)), words="别处的评价")
    client = hall.browser(elsewhere)
    for page in ("ratings", "ratings.csv", "complaints", "complaints.csv"):
        text = read(client, f"{page}?{PERIOD}")
        assert "水利厅" not in text, page
        assert "等了很久" not in text, page
        assert "窗口让我下午再来" not in text, page
        for narrowed in (f"department={people.department().pk}", "follow=low", "overdue=1"):
            assert "水利厅" not in read(client, f"{page}?{PERIOD}&{narrowed}"), page
    assert "别处的评价" in read(client, f"ratings?{PERIOD}")
    assert "别处的评价" not in read(hall.browser(make.handler()), f"ratings?{PERIOD}")


@pytest.mark.parametrize("who", ["handler", "reviewer", "auditor", "dashboard"])
def test_no_list_and_no_file_names_who_said_it(who: str) -> None:
    world()
    client = hall.browser(WHO[who]())
    for page, allowed in PAGES.items():
        if "{" in page or allowed[list(WHO).index(who)] != 200:
            continue
        text = read(client, f"{page}?{PERIOD}")
        assert NAME not in text, page
        assert PHONE not in text, page


def test_a_telephone_is_shown_with_consent_to_those_who_call_and_to_nobody_else() -> None:
    agreed = make.rated(5, callback=True, phone=PHONE)
    silent = make.rated(5, phone=PHONE)
    for who, sees in (("handler", True), ("reviewer", True), ("auditor", False), ("dashboard", False)):
        client = hall.browser(WHO[who]())
        assert (PHONE in read(client, f"ratings/{agreed.pk}")) == sees, who
        assert PHONE not in read(client, f"ratings/{silent.pk}"), who
    assert PHONE not in Client().get("/ratings").content.decode()


@pytest.mark.parametrize("kind", ["complaint", "report", "question", "proposal", "stuck"])
def test_who_brought_a_complaint_is_for_those_who_handle_it(kind: str) -> None:
    made = given(kind=kind)
    own = read(hall.browser(make.handler()), f"complaints/{made.pk}")
    assert (PHONE in own, NAME in own) == ((False, False) if kind == "report" else (True, True))
    assert PHONE in read(hall.browser(make.reviewer()), f"complaints/{made.pk}")
    assert PHONE not in read(hall.browser(make.desk()), f"complaints/{made.pk}")


def test_the_case_number_of_a_report_does_not_give_away_who_reported() -> None:
    number = cases.filed().number
    for kind, seen in (("report", False), ("complaint", True)):
        made = given(kind=kind, case_number=number, phone="")
        assert (number in read(hall.browser(make.handler()), f"complaints/{made.pk}")) == seen
        assert number in read(hall.browser(make.reviewer()), f"complaints/{made.pk}")
        assert number not in read(hall.browser(make.handler()), f"complaints.csv?{PERIOD}")


def test_a_page_that_forgot_to_ask_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: contact and number of a report shown without asking who looks."""
    number = cases.filed().number
    made = given(kind="report", case_number=number)
    monkeypatch.setattr("yichuang.feedback.queries.complaints.contact_of", lambda found, by: found.contact)
    monkeypatch.setattr(
        "yichuang.feedback.queries.complaints.case_number_of", lambda found, by: found.case_number
    )
    page = read(hall.browser(make.handler()), f"complaints/{made.pk}")
    assert PHONE in page
    assert number in page


def test_the_person_s_page_names_neither_them_nor_who_works_on_it() -> None:
    made, client = given(), Client()
    by = make.reviewer("namedhere")
    step_complaint(made.pk, ComplaintAction.REPLY, ComplaintStep("已改"), seen=2, by=by, at=make.AT)
    client.post("/complaints/follow", {"number": made.number, "code": code_of(made.pk)})
    page = client.get(f"/complaints/follow/{made.number}").content.decode()
    assert "已改" in page
    for hidden in (NAME, PHONE, by.name):
        assert hidden not in page
