"""Pages: from a case to its rating and on to the follow-up, complaints from outside, rights, hostile input, statements."""

import re
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from yichuang.cases.tests import factories as cases
from yichuang.directory.tests import factories as people
from yichuang.feedback.flow.ratings import Served
from yichuang.feedback.models import Complaint, FollowUp, Rating
from yichuang.feedback.queries.complaints import code_of
from yichuang.feedback.queries.rated import token_of
from yichuang.feedback.tests import factories as make
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor

pytestmark = pytest.mark.django_db
EVIL = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    cache.clear()


def at_desk(by: Actor) -> Client:
    """A signed-in browser."""
    client = Client()
    client.force_login(people.account_of(by), backend=django_settings.AUTHENTICATION_BACKENDS[-1])
    return client


def typed(**changes: Any) -> dict[str, Any]:
    """A rating as the page sends it."""
    return {"client_key": make.key(), "level": "5", "words": "等了两天"} | changes


def test_from_the_case_to_the_rating_to_the_follow_up() -> None:
    case = cases.delivered()
    own = at_desk(people.applicant_actor())
    assert f"/rate/case/{case.number}" in own.get(f"/my/cases/{case.id}").content.decode()
    led = own.get(f"/rate/case/{case.number}")
    token = token_of(Served.CASE, case.id)
    assert led.headers["Location"] == f"/rate/{token}"
    form = own.get(f"/rate/{token}")
    assert form.headers["Referrer-Policy"] == "no-referrer"
    assert form.content.decode().count('name="level"') == 5
    answer = Client().post(f"/rate/{token}?via=qr", typed(), headers={"User-Agent": "Mobile"})
    assert answer.headers["Location"] == f"/rate/{token}?via=qr"
    made = Rating.objects.get()
    assert (made.level, made.channel) == (5, "3")
    assert "已经评价" in Client().get(f"/rate/{token}").content.decode()
    desk = at_desk(make.handler())
    shown_list = desk.get(f"/desk/feedback/ratings?first={made.day}&last={made.day}").content.decode()
    assert f"/desk/feedback/ratings/{made.pk}" in shown_list
    one = desk.get(f"/desk/feedback/ratings/{made.pk}").content.decode()
    assert "等了两天" in one
    assert case.number not in one
    assert "示例科技" not in one
    sent = {"client_key": make.key(), "seen": "1", "words": "已核实"}
    assert desk.post(f"/desk/feedback/ratings/{made.pk}/step/contact", sent).status_code == 302
    assert FollowUp.objects.get().state == "contacted"
    kept = desk.post(f"/desk/feedback/ratings/{made.pk}/step/close", {"seen": "2", "words": "都写好了"})
    assert kept.status_code == 422
    assert "都写好了" in kept.content.decode()


def test_strangers_and_staff_do_not_get_to_a_rating_by_the_number() -> None:
    case = cases.delivered()
    path = f"/rate/case/{case.number}"
    assert Client().get(path).headers["Location"].startswith("/follow?")
    other = people.company("另一家示例公司", people.COMPANY_CODES[1])
    assert (
        at_desk(people.applicant_actor(other, "another")).get(path).headers["Location"].startswith("/follow?")
    )
    assert at_desk(people.clerk()).get(path).status_code == 403
    assert Client().get("/rate/" + "A" * 34).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [{"level": ""}, {"level": "9"}, {"level": "五"}, {"words": "长" * 1001}, {"callback": "yes", "phone": EVIL},
     {"client_key": ""}, {"on-overall": "7"}],
    ids=lambda value: "-".join(value),
)  # fmt: skip
def test_wrong_input_is_said_and_what_was_typed_stays(changes: dict[str, str]) -> None:
    token = token_of(Served.CASE, cases.delivered().id)
    answer = Client().post(f"/rate/{token}", typed(words=f"{EVIL}想说的话") | changes)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert EVIL not in page
    assert ("想说的话" in page) or "words" in changes
    assert not Rating.objects.exists()


def test_the_tablet_shows_no_way_to_the_desk() -> None:
    token = token_of(Served.CASE, cases.delivered().id)
    page = at_desk(people.clerk()).get(f"/rate/{token}?via=tablet").content.decode()
    assert "/desk" not in page.split("<main")[0]
    assert "/sign-out" not in page


def test_a_complaint_from_outside_and_back_again() -> None:
    outside = Client()
    sent = {"client_key": make.key(), "kind": "stuck", "words": f"提交不了{EVIL}", "phone": "13800000000"}
    answer = outside.post("/complaints", sent)
    made = Complaint.objects.get()
    path = f"/complaints/follow/{made.number}"
    assert answer.headers["Location"] == path
    code = code_of(made.pk)
    page = outside.get(path).content.decode()
    assert f"{code[:5]}-{code[5:]}" in page
    assert EVIL not in page
    assert outside.post("/complaints", sent).headers["Location"] == path
    stranger = Client()
    assert stranger.get(path).status_code == 302
    assert stranger.post(f"{path}/reopen", {"words": "x", "seen": "1"}).status_code == 302
    wrong = stranger.post("/complaints/follow", {"number": made.number, "code": "AAAAA-AAAAA"})
    assert wrong.status_code == 422
    right = stranger.post("/complaints/follow", {"number": made.number, "code": code.lower()})
    assert right.headers["Location"] == path
    desk = at_desk(make.reviewer())
    where = f"/desk/feedback/complaints/{made.pk}"
    assert "13800000000" in desk.get(where).content.decode()
    assert "13800000000" not in at_desk(make.desk()).get(where).content.decode()
    moved = desk.post(f"{where}/assign", {"seen": "1", "department": str(people.department().pk)})
    assert moved.status_code == 302
    assert desk.post(f"{where}/reply", {"seen": "2", "words": "已修好"}).status_code == 302
    assert "已修好" in outside.get(path).content.decode()
    seq = Complaint.objects.get().seq
    assert outside.post(f"{path}/reopen", {"words": "还是不行", "seen": str(seq)}).status_code == 302
    assert Complaint.objects.get().state == "reopened"


def test_guessing_codes_is_slowed_down() -> None:
    made, client = make.complaint(), Client()
    answers = [
        client.post("/complaints/follow", {"number": made.number, "code": f"AAAAA{n:05d}"}).status_code
        for n in range(21)
    ]
    assert answers[:20] == [422] * 20
    assert answers[20] == 429


def test_taking_in_at_the_window_keeps_what_was_typed() -> None:
    desk = at_desk(make.desk())
    kept = desk.post("/desk/feedback/complaints/new", {"client_key": make.key(), "kind": "stuck", "words": "", "name": "张示例", "way": "phone"})  # fmt: skip
    assert kept.status_code == 422
    assert "张示例" in kept.content.decode()
    sent = {"client_key": make.key(), "kind": "stuck", "words": "办不了", "way": "phone"}
    assert desk.post("/desk/feedback/complaints/new", sent).status_code == 302
    assert desk.post("/desk/feedback/complaints/new", sent).status_code == 302
    assert [row.way for row in Complaint.objects.all()] == ["phone"]


@pytest.mark.parametrize(
    "page", ["ratings", "ratings.csv", "complaints", "complaints.csv", "integrity", "limits", "counter"]
)
def test_nobody_without_a_part_opens_the_desk_pages(page: str) -> None:
    assert Client().get(f"/desk/feedback/{page}").status_code == 302
    assert at_desk(people.reviewer()).get(f"/desk/feedback/{page}").status_code == 403


def test_files_hold_no_telephone_and_no_formula() -> None:
    made = make.rating(5, words="=cmd()", callback=True, phone="13800000000")
    make.complaint(words="=cmd()")
    desk = at_desk(make.reviewer())
    for name in ("ratings", "complaints"):
        answer = desk.get(f"/desk/feedback/{name}.csv?first={made.day}&last={made.day}")
        text = b"".join(answer).decode()
        assert "'=cmd()" in text
        assert "13800000000" not in text


def test_looking_at_signals_leaves_a_fact() -> None:
    assert (
        at_desk(make.auditor()).get("/desk/feedback/integrity?first=2022-05-01&last=2022-05-31").status_code
        == 200
    )
    assert len(sql.rows("select 1 from journal_fact where kind = 'integrity.viewed'")) == 1


@pytest.mark.parametrize("query", ["first=x&last=9999-99-99", "level=abc&channel=%00&follow=zz", "department=1&window=';drop", "first=0001-01-01&last=0001-01-01"])  # fmt: skip
def test_hostile_questions_are_answered(query: str) -> None:
    for page, by in (
        ("ratings", make.reviewer()),
        ("complaints", make.reviewer()),
        ("integrity", make.auditor()),
    ):
        assert at_desk(by).get(f"/desk/feedback/{page}?{query}").status_code == 200
    assert Client().get(f"/ratings?{query}").status_code == 200
    assert at_desk(make.reviewer()).get("/desk/feedback/ratings?after=!!").status_code == 422


def test_limits_are_set_on_their_page() -> None:
    desk = at_desk(make.reviewer())
    wrong = desk.post("/desk/feedback/limits", {"client_key": make.key(), "code": "rating.finish", "value": "0", "source": "x", "since": "2000-01-01"})  # fmt: skip
    assert wrong.status_code == 422
    sent = {
        "client_key": make.key(),
        "code": "rating.finish",
        "value": "3",
        "source": "试行",
        "since": "2099-01-01",
    }
    assert desk.post("/desk/feedback/limits", sent).status_code == 302
    assert "试行" in desk.get("/desk/feedback/limits").content.decode()


def test_the_number_of_statements_does_not_grow_with_the_list() -> None:
    counts: dict[str, list[int]] = {}
    desk = at_desk(make.reviewer())
    first = make.rating(5)
    make.complaint()
    for more in (0, 4):
        for _ in range(more):
            make.rating(5)
            make.complaint()
        for page in ("ratings", "complaints"):
            path = f"/desk/feedback/{page}?first={first.day}&last={first.day}"
            with CaptureQueriesContext(
                connection,
            ) as seen:
                page_text = desk.get(path).content.decode()
            assert len(re.findall(r"row-link", page_text)) >= more + 1
            counts.setdefault(page, []).append(len(seen))
    assert counts["ratings"][0] == counts["ratings"][1] <= 10
    assert counts["complaints"][0] == counts["complaints"][1] <= 8
