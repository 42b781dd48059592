"""What an enemy sends from outside: into every field of the public forms, as token, code and number, and how often."""

import base64
import hmac
import re
from collections.abc import Callable
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from yichuang.cases.tests import factories as cases
from yichuang.directory.tests import factories as people
from yichuang.feedback.flow.ratings import Served
from yichuang.feedback.models import Complaint, Limit, Rating
from yichuang.feedback.pages import public_complaints
from yichuang.feedback.queries.complaints import code_of
from yichuang.feedback.queries.rated import token_of
from yichuang.feedback.rules import ratings as rules
from yichuang.feedback.tests import factories as make
from yichuang.halls.tests import factories_windows as hall
from yichuang.kernel.paging import encode

pytestmark = pytest.mark.django_db
WORDS = {
    "nul": "甲\0乙",
    "sql": "'); drop table feedback_rating; --",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "bidi": "\u202egnp.exe\u2066甲",
    "template": "{{ 7*7 }}{% raw %}",
    "format": "%s %(x)s {0}",
    "emoji": "\U0001f600\u200b",
    "lines": "一\r\n二\u2028三",
    "controls": "\x1b[31m\x07甲\x7f",
    "quotes": "\"'`\\",
}
OPENS = ("<script>alert(1)", "<img src=x")


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    cache.clear()


def rate_path() -> str:
    """Where a delivered case is rated."""
    return f"/rate/{token_of(Served.CASE, cases.delivered().id)}"


def rating_typed() -> dict[str, Any]:
    return {"client_key": make.key(), "level": "5", "words": "等了两天", "on-overall": "4"}


def complaint_typed() -> dict[str, Any]:
    return {
        "client_key": make.key(),
        "kind": "stuck",
        "words": "办不成",
        "phone": "",
        "name": "",
        "case_number": "",
    }


@pytest.mark.parametrize("words", list(WORDS))
@pytest.mark.parametrize(
    "name", ["level", "words", "phone", "callback", "on-overall", "on-nothing", "client_key", "via"]
)
def test_ratings(name: str, words: str) -> None:
    path, sent = rate_path(), rating_typed() | {name: WORDS[words]}
    answer = Client().post(path, sent)
    assert answer.status_code in (302, 422)
    page = Client().get(path).content.decode()
    assert not any(each in answer.content.decode() + page for each in OPENS)
    desk = hall.browser(make.reviewer())
    for made in Rating.objects.all():
        assert "\0" not in made.words
        shown = desk.get(f"/desk/feedback/ratings/{made.pk}").content.decode()
        assert not any(each in shown for each in OPENS)
        if name == "words" and words in ("html", "sql", "template", "format", "quotes", "bidi"):
            assert WORDS[words] in unescape(shown)


@pytest.mark.parametrize("words", list(WORDS))
@pytest.mark.parametrize("name", ["kind", "words", "case_number", "name", "phone", "client_key"])
def test_complaints(name: str, words: str) -> None:
    client = Client()
    answer = client.post("/complaints", complaint_typed() | {name: WORDS[words]})
    assert answer.status_code in (302, 422)
    text = answer.content.decode()
    assert not any(each in text for each in OPENS)
    if answer.status_code == 422:
        assert "办不成" in text or name == "words"
    desk = hall.browser(make.reviewer())
    for made in Complaint.objects.all():
        assert "\0" not in made.words
        for page in (
            client.get(answer.headers["Location"]),
            desk.get(f"/desk/feedback/complaints/{made.pk}"),
        ):
            assert page.status_code == 200
            assert not any(each in page.content.decode() for each in OPENS)


@pytest.mark.parametrize("words", list(WORDS))
def test_following_and_re_opening(words: str) -> None:
    made, client = make.complaint(), Client()
    for sent in ({"number": WORDS[words], "code": "A"}, {"number": made.number, "code": WORDS[words]}):
        answer = client.post("/complaints/follow", sent)
        assert answer.status_code == 422
        assert not any(each in answer.content.decode() for each in OPENS)
    assert client.get("/complaints/follow", {"number": WORDS[words]}).status_code == 200
    client.post("/complaints/follow", {"number": made.number, "code": code_of(made.pk)})
    path = f"/complaints/follow/{made.number}/reopen"
    assert client.post(path, {"words": WORDS[words], "seen": WORDS[words]}).status_code == 409
    assert Complaint.objects.get().state == "received"


@pytest.mark.parametrize("words", list(WORDS))
@pytest.mark.parametrize("name", ["code", "value", "source", "since", "client_key"])
def test_limits(name: str, words: str) -> None:
    sent = {
        "client_key": make.key(),
        "code": "rating.finish",
        "value": "3",
        "source": "试行",
        "since": "2099-01-01",
    }
    answer = hall.browser(make.reviewer()).post("/desk/feedback/limits", sent | {name: WORDS[words]})
    assert answer.status_code in (302, 422)
    assert not any(each in answer.content.decode() for each in OPENS)
    assert Limit.objects.count() == (answer.status_code == 302)


@pytest.mark.parametrize("path", ["/complaints", "/complaints/follow", "rate"])
def test_ten_megabytes_are_refused(path: str) -> None:
    where = rate_path() if path == "rate" else path
    huge = "长" * 3_500_000
    answer = Client(raise_request_exception=False).post(
        where, complaint_typed() | {"words": huge, "code": huge}
    )
    assert answer.status_code in (400, 413)
    assert not Complaint.objects.exists()
    assert not Rating.objects.exists()


@pytest.mark.parametrize("name", ["words", "phone", "name", "case_number"])
def test_a_megabyte_is_answered_and_not_kept(name: str) -> None:
    answer = Client().post("/complaints", complaint_typed() | {name: "9" * 1_000_000})
    assert answer.status_code == 422
    assert len(answer.content) < 200_000


def forged() -> dict[str, Callable[[], str]]:
    """Addresses that somebody guesses, of things that are there and of things that are not."""
    there = cases.delivered().id

    def raw(served: Served, proof: bytes) -> str:
        mark = {Served.CASE: b"c", Served.ACT: b"a"}[served]
        return base64.urlsafe_b64encode(mark + there.bytes + proof).decode().rstrip("=")

    return {
        "there, no proof": lambda: raw(Served.CASE, b"\0" * 8),
        "there, proof of another": lambda: raw(
            Served.CASE, base64.urlsafe_b64decode(token_of(Served.CASE, uuid4()) + "==")[17:25]
        ),
        "there, as an act": lambda: raw(
            Served.ACT, base64.urlsafe_b64decode(token_of(Served.CASE, there) + "==")[17:25]
        ),
        "not there, right proof": lambda: token_of(Served.CASE, uuid4()),
        "other secret": lambda: rules.rate_token("guess", Served.CASE, there),
        "padded": lambda: token_of(Served.CASE, there) + "=",
        "longer": lambda: token_of(Served.CASE, there) + "AAAA",
        "with signs passed over": lambda: (
            token_of(Served.CASE, there)[:5] + "!" + token_of(Served.CASE, there)[5:]
        ),
        "the plain id": lambda: str(there),
        "nul": lambda: "%00" * 34,
        "letters": lambda: "é" * 34,
    }


def _words_of(page: str) -> str:
    """What a page says, without the number of the answer and the tokens that stand on it."""
    kept = page.split("<main")[1].split("</main")[0]
    return re.sub(r'<dd[^>]*>.*?</dd>|name="csrfmiddlewaretoken" value="\w+"', "", kept)


def test_every_guessed_address_is_the_same_404() -> None:
    answers = {name: Client().get(f"/rate/{made()}") for name, made in forged().items()}
    assert {answer.status_code for answer in answers.values()} == {404}
    said = {_words_of(answer.content.decode()) for answer in answers.values()}
    assert len(said) == 1
    for made in forged().values():
        assert Client().post(f"/rate/{made()}", rating_typed()).status_code == 404
    assert not Rating.objects.exists()


def test_a_token_without_proof_would_be_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: whoever knows the id of a case could rate it."""
    monkeypatch.setattr("hmac.compare_digest", lambda left, right: True)
    made = forged()["there, no proof"]()
    assert Client().get(f"/rate/{made}").status_code == 200


def test_a_wrong_number_and_a_wrong_code_are_told_apart_by_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made = make.complaint()
    compared: list[int] = []
    real = hmac.compare_digest

    def counted(left: bytes, right: bytes) -> bool:
        compared.append(len(left))
        return bool(real(left, right))

    monkeypatch.setattr("hmac.compare_digest", counted)
    said = []
    for number in (made.number, "FK2022999999"):
        answer = Client().post("/complaints/follow", {"number": number, "code": "AAAAAAAAAA"})
        assert answer.status_code == 422
        said.append(_words_of(answer.content.decode().replace(number, "")))
    assert said[0] == said[1]
    # The comparison is made for a number that is not there too, so that the answer takes as long.
    assert [n for n in compared if n == 10] == [10, 10]


def test_after_twenty_wrong_codes_the_right_one_does_not_open_either() -> None:
    made, client = make.complaint(), Client()
    for n in range(public_complaints.TRIES):
        assert (
            client.post("/complaints/follow", {"number": made.number, "code": f"AAAAA{n:05d}"}).status_code
            == 422
        )
    right = {"number": made.number, "code": code_of(made.pk)}
    refused = client.post("/complaints/follow", right)
    assert refused.status_code == 429
    assert made.number in refused.content.decode()
    assert Client(REMOTE_ADDR="198.51.100.8").post("/complaints/follow", right).status_code == 302


def test_a_limiter_that_counts_after_looking_would_let_the_right_code_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The broken variant: without the look at the counter first, a guesser goes on until the right one."""
    made, client = make.complaint(), Client()
    for n in range(public_complaints.TRIES):
        client.post("/complaints/follow", {"number": made.number, "code": f"AAAAA{n:05d}"})
    monkeypatch.setattr(public_complaints, "_slow_down", lambda request, what: None)
    right = {"number": made.number, "code": code_of(made.pk)}
    assert client.post("/complaints/follow", right).status_code == 302


def test_posting_complaints_is_slowed_down_by_address_and_nothing_typed_is_lost() -> None:
    client = Client()
    answers = [
        client.post("/complaints", complaint_typed()).status_code for _ in range(public_complaints.TRIES)
    ]
    assert set(answers) == {302}
    late = client.post("/complaints", complaint_typed() | {"words": "第二十一件"})
    assert late.status_code == 429
    assert "第二十一件" in late.content.decode()
    assert "10 分钟" in late.content.decode()
    assert Complaint.objects.count() == public_complaints.TRIES
    assert Client(REMOTE_ADDR="198.51.100.8").post("/complaints", complaint_typed()).status_code == 302
    # Forms that are wrong count too: they ask whether a case number is there.
    cache.clear()
    guesses = [
        client.post("/complaints", complaint_typed() | {"case_number": f"N{n}"}).status_code
        for n in range(21)
    ]
    assert guesses == [422] * 20 + [429]


def test_a_counter_that_runs_out_in_between_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.core.cache.cache.add", lambda *given: False)
    assert Client().post("/complaints", complaint_typed()).status_code == 302


@pytest.mark.parametrize(
    "parts",
    [["x", "y"], ["2022-05-01T10:00:00+08:00", "y"], ["2022-05-01", str(uuid4())], ["2022-05-01T10:00:00", str(uuid4())],
     ["9999-99-99", str(uuid4())], ["\0", "\0"], ["only"]],
    ids=["words", "no-id", "day", "no-zone", "no-day", "nul", "short"],
)  # fmt: skip
@pytest.mark.parametrize("page", ["ratings", "complaints"])
def test_cursors_that_were_tampered_with_are_said_to_be_so(page: str, parts: list[str]) -> None:
    answer = hall.browser(make.reviewer()).get(f"/desk/feedback/{page}", {"after": encode(parts)})
    assert answer.status_code == 422
    assert "翻页链接已失效" in answer.content.decode()


@pytest.mark.parametrize("words", list(WORDS))
def test_questions(words: str) -> None:
    names = ("first", "last", "kind", "state", "department", "window", "overdue", "today", "follow", "appeal")
    clients = [(make.reviewer(), ("ratings", "complaints")), (make.auditor(), ("integrity", "integrity.csv"))]
    for by, pages in clients:
        for page in pages:
            answer: Any = hall.browser(by).get(f"/desk/feedback/{page}", dict.fromkeys(names, WORDS[words]))
            assert answer.status_code == 200
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert not any(each in body.decode() for each in OPENS)
    assert not people.reviewer().can("feedback.handle")
