"""Admission: staff get through whatever visitors do, who is sent away is told when to come back, no place is ever lost."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import admission
from config.admission import Admission, Admitting, goes_first

PATIENCE = 10.0


class Whole(list[bytes]):
    """A page that is made before it is sent, as Django's answers say of themselves."""

    streaming = False


class Streamed:
    """A body that is made while it is sent."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self.parts, self.closed = parts, False

    def __iter__(self) -> Iterator[bytes]:
        yield from self.parts

    def close(self) -> None:
        self.closed = True


class Said:
    """What a server hears."""

    def __init__(self) -> None:
        self.status = ""
        self.headers: dict[str, str] = {}

    def __call__(self, status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        self.status, self.headers = status, dict(headers)


def asked(path: str, method: str = "GET") -> dict[str, Any]:
    return {"PATH_INFO": path, "REQUEST_METHOD": method}


def free_places(places: Admission, *, first: bool = True) -> int:
    """How many may still come in at once; they leave again."""
    count = 0
    while places.enter(first=first, patience=0):
        count += 1
    for _ in range(count):
        places.leave(first=first)
    return count


def crowd(places: Admission, count: int) -> int:
    """So many visitors come at once and stay. How many were let in."""
    return sum(places.enter(first=False, patience=0) for _ in range(count))


def staff_get_through(places: Admission) -> bool:
    """Whether somebody at work finds a place in the middle of a crowd of visitors."""
    crowd(places, 50)
    return places.enter(first=True, patience=0)


def test_visitors_never_take_the_last_place() -> None:
    assert staff_get_through(Admission(slots=4, for_visitors=3))


def test_the_trial_finds_an_admission_without_a_kept_place() -> None:
    assert not staff_get_through(Admission(slots=4, for_visitors=4))


def waits(places: Admission, pool: ThreadPoolExecutor, *, first: bool) -> Future[bool]:
    """Somebody who stands in line when this returns."""
    line = places._first if first else places._visitors
    before = len(line.tickets)
    coming = pool.submit(places.enter, first=first, patience=PATIENCE)
    while len(line.tickets) == before and not coming.done():
        pass
    return coming


def test_who_is_at_work_goes_before_visitors_who_came_earlier() -> None:
    places = Admission(slots=1, for_visitors=1)
    assert places.enter(first=True, patience=0)
    with ThreadPoolExecutor(2) as pool:
        visitor = waits(places, pool, first=False)
        clerk = waits(places, pool, first=True)
        places.leave(first=True)
        assert clerk.result(PATIENCE)
        assert not visitor.done()
        places.leave(first=True)
        assert visitor.result(PATIENCE)
        places.leave(first=False)
    assert free_places(places) == 1


def test_a_long_line_sends_visitors_away_at_once_and_patience_ends() -> None:
    places = Admission(slots=1, for_visitors=1, longest=1)
    assert places.enter(first=True, patience=0)
    with ThreadPoolExecutor(1) as pool:
        waiting = waits(places, pool, first=False)
        assert not places.enter(first=False, patience=PATIENCE)
        places.leave(first=True)
        assert waiting.result(PATIENCE)
    assert not places.enter(first=False, patience=0.01)
    assert not places.enter(first=True, patience=0.01)
    places.leave(first=False)
    assert free_places(places) == 1


@settings(max_examples=20, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_no_place_is_lost_and_none_is_given_twice(comers: list[bool]) -> None:
    places = Admission(slots=3, for_visitors=2)
    inside, most, lock = [0], [0], threading.Lock()

    def come(first: bool) -> None:
        if places.enter(first=first, patience=0.002):
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            with lock:
                inside[0] -= 1
            places.leave(first=first)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(come, comers))
    assert most[0] <= 3
    assert free_places(places) == 3
    assert free_places(places, first=False) == 2


@pytest.mark.parametrize(
    ("path", "method", "first"),
    [
        ("/", "GET", False), ("/items", "HEAD", False), ("/my", "GET", False), ("/drafts/1/check", "POST", True),
        ("/desk/cases", "GET", True), ("/api/v1/cases", "GET", True), ("/sign-in", "GET", True), ("/health", "GET", True),
    ],
)  # fmt: skip
def test_what_was_begun_goes_first(path: str, method: str, first: bool) -> None:
    assert goes_first(asked(path, method)) is first


def full() -> Admission:
    """No place, and nobody may wait."""
    places = Admission(slots=1, for_visitors=1, longest=0)
    assert places.enter(first=True, patience=0)
    return places


def never(_environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
    raise AssertionError("it was not to be asked")


def test_a_visitor_is_sent_away_politely_with_a_time() -> None:
    said = Said()
    body = b"".join(Admitting(never, full())(asked("/items"), said)).decode()
    assert said.status.startswith("503")
    assert 3 <= int(said.headers["Retry-After"]) <= 8
    assert said.headers["Cache-Control"] == "no-store"
    assert int(said.headers["Content-Length"]) == len(body.encode())
    assert "访问的人太多" in body
    assert "已经提交的不受影响" in body
    assert b"".join(Admitting(never, full())(asked("/items", "HEAD"), said)) == b""


def test_a_machine_is_sent_away_in_its_own_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "FIRST_SECONDS", 0.01)
    said = Said()
    body = b"".join(Admitting(never, full())(asked("/api/v1/cases"), said))
    assert said.status.startswith("503")
    assert said.headers["Content-Type"] == "application/json"
    assert set(json.loads(body)) == {"title", "how", "fields"}


def test_files_of_the_house_need_no_place() -> None:
    said = Said()
    site = Admitting(lambda environ, start: Whole([b"css"]), full())
    assert list(site(asked("/static/yichuang/theme.css"), said)) == [b"css"]


def test_a_place_is_free_when_the_page_is_made_or_its_body_ends_or_is_left_or_it_failed() -> None:
    places = Admission(slots=1, for_visitors=1)
    body = Streamed([b"a", b"b"])
    answers: list[Any] = [Whole([b"page"]), body, body]

    def site(_environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
        if not answers:
            raise RuntimeError("broken")
        answer: Iterable[bytes] = answers.pop(0)
        return answer

    front = Admitting(site, places)
    front(asked("/"), Said())
    assert free_places(places) == 1
    read = front(asked("/"), Said())
    assert free_places(places) == 0
    assert b"".join(read) == b"ab"
    assert free_places(places) == 1
    left: Any = front(asked("/"), Said())
    left.close()
    left.close()
    assert body.closed
    assert free_places(places) == 1
    with pytest.raises(RuntimeError):
        front(asked("/"), Said())
    assert free_places(places) == 1


class Made(Whole):
    """A made page that knows whether it was closed, and by whom."""

    closed_by: str | None = None

    def close(self) -> None:
        self.closed_by = threading.current_thread().name


def test_a_page_that_is_made_travels_in_one_piece_and_is_closed_where_it_was_made() -> None:
    """What Django does at the end of a request (giving up old connections) is for the thread that has them."""
    page = Made([b"a", b"b"])
    answer = Admitting(lambda environ, start: page)(asked("/"), Said())
    assert answer == [b"ab"]
    assert type(answer) is list
    assert page.closed_by is not None
    assert page.closed_by.startswith("admitted")


def test_a_stream_is_neither_read_nor_closed_before_it_is_sent() -> None:
    body = Streamed([b"a", b"b"])
    answer = Admitting(lambda environ, start: body)(asked("/"), Said())
    assert not body.closed
    assert b"".join(answer) == b"ab"
    answer.close()  # type: ignore[attr-defined]
    assert body.closed


def test_a_page_that_cannot_be_read_to_its_end_is_closed_and_leaves_its_place() -> None:
    class Failing(Made):
        def __iter__(self) -> Iterator[bytes]:
            raise RuntimeError("broken")

    page, places = Failing(), Admission(slots=1, for_visitors=1)
    with pytest.raises(RuntimeError):
        Admitting(lambda environ, start: page, places)(asked("/"), Said())
    assert page.closed_by is not None
    assert free_places(places) == 1
