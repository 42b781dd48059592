"""Admission: how many requests are worked on at once, and who waits when there are more.

A processor that works on fifty pages at once finishes none of them. So only a few are worked on; the rest wait here, where
waiting costs nothing, in two lines. First goes what was begun or is owed: staff, departments' systems, and every form that is sent.
Visitors who look something up come second, never take the last place, and are told at once, politely and with a time, when the line is
too long. The other choice would be that everybody waits until everybody gives up.
"""

import json
import random
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]

SLOTS, FOR_VISITORS = 3, 2
LONGEST_LINE = 8
VISITOR_SECONDS, FIRST_SECONDS = 1.5, 20.0
RETRY_SECONDS = (3, 8)
BEGUN = ("/desk", "/api/", "/sign-in", "/health")
LOOKS = ("GET", "HEAD")
TITLE = "此刻访问的人太多，这一步没有做。"
HOW = "请过几秒再试；已经提交的不受影响，同一个标识重复提交不会重复受理。"
HEADERS = (
    ("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'"),
    ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Cache-Control", "no-store"),
)  # fmt: skip


@dataclass
class Line:
    """Who waits, in order; a ticket is set when its place is free."""

    tickets: deque[threading.Event] = field(default_factory=deque)
    busy: int = 0


class Admission:
    """Places to work, given to two lines. Safe for threads."""

    def __init__(
        self, slots: int = SLOTS, for_visitors: int = FOR_VISITORS, longest: int = LONGEST_LINE
    ) -> None:
        self._slots, self._for_visitors, self._longest = slots, for_visitors, longest
        self._lock = threading.Lock()
        self._first, self._visitors = Line(), Line()

    def enter(self, *, first: bool, patience: float) -> bool:
        """Take a place, or wait for one at most `patience` seconds. False: there was none; nothing is held then."""
        line = self._first if first else self._visitors
        with self._lock:
            if not line.tickets and self._is_free(first):
                line.busy += 1
                return True
            if not first and len(line.tickets) >= self._longest:
                return False
            ticket = threading.Event()
            line.tickets.append(ticket)
        if ticket.wait(patience):
            return True
        with self._lock:
            if ticket in line.tickets:
                line.tickets.remove(ticket)
                return False
        # The place was given in the very moment in which patience ended.
        return True

    def leave(self, *, first: bool) -> None:
        """Give the place back, and let in who is next."""
        with self._lock:
            (self._first if first else self._visitors).busy -= 1
            self._let_in(self._first, first=True)
            self._let_in(self._visitors, first=False)

    def _let_in(self, line: Line, *, first: bool) -> None:
        while line.tickets and self._is_free(first):
            line.busy += 1
            line.tickets.popleft().set()

    def _is_free(self, first: bool) -> bool:
        all_busy = self._first.busy + self._visitors.busy >= self._slots
        return not all_busy and (first or self._visitors.busy < self._for_visitors)


def goes_first(environ: Environ) -> bool:
    """Whether a request was begun by somebody at work, or brings something that must not be lost."""
    path = str(environ.get("PATH_INFO", ""))
    return environ.get("REQUEST_METHOD") not in LOOKS or path.startswith(BEGUN)


class Admitting:
    """The application behind its admission.

    The server's threads wait, a few of our own work: as many connections to the database stand open as there are places.
    """

    def __init__(self, application: Application, admission: Admission | None = None) -> None:
        self._application = application
        self._admission = admission or Admission()
        self._hands = ThreadPoolExecutor(SLOTS, "admitted")

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        if str(environ.get("PATH_INFO", "")).startswith(settings.STATIC_URL):
            return self._application(environ, start)
        first = goes_first(environ)
        if not self._admission.enter(first=first, patience=FIRST_SECONDS if first else VISITOR_SECONDS):
            return _sent_away(environ, start)
        place = _Place(self._admission, first=first)
        try:
            answer = self._hands.submit(self._worked, environ, start).result()
        except BaseException:
            place.free()
            raise
        if not isinstance(answer, list):
            return _Held(answer, place)
        # A page that is made needs no place any more while it travels.
        place.free()
        return answer

    def _worked(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """The answer; a page that is made as its bytes, closed where it was made.

        In one piece it travels with its length, and nobody has to come back to this process for the next piece.
        """
        answer = self._application(environ, start)
        if getattr(answer, "streaming", True):
            return answer
        try:
            return [b"".join(answer)]
        finally:
            getattr(answer, "close", lambda: None)()


class _Place:
    """A place that is given back once, however often that is said."""

    def __init__(self, admission: Admission, *, first: bool) -> None:
        self._admission, self._first, self._is_held = admission, first, True

    def free(self) -> None:
        if self._is_held:
            self._is_held = False
            self._admission.leave(first=self._first)


class _Held:
    """A body that is made while it is sent: its place is free when it ends, or when nobody reads any more."""

    def __init__(self, body: Iterable[bytes], place: _Place) -> None:
        self._body, self._place = body, place

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._body
        finally:
            self._place.free()

    def close(self) -> None:
        try:
            getattr(self._body, "close", lambda: None)()
        finally:
            self._place.free()


def _sent_away(environ: Environ, start: Start) -> Iterable[bytes]:
    """503 with a time that differs from visitor to visitor, so that they do not all come back at once."""
    body, kind = _words(str(environ.get("PATH_INFO", "")).startswith("/api/"))
    after = str(random.randint(*RETRY_SECONDS))  # noqa: S311 - spreads the return, keeps no secret
    headers = [*HEADERS, ("Content-Type", kind), ("Content-Length", str(len(body))), ("Retry-After", after)]
    start("503 Service Unavailable", headers)
    return [b"" if environ.get("REQUEST_METHOD") == "HEAD" else body]


@cache
def _words(machine: bool) -> tuple[bytes, str]:
    """What is said, made once: whoever is sent away must cost next to nothing."""
    if machine:
        said = {"title": TITLE, "how": HOW, "fields": {}}
        return json.dumps(said, ensure_ascii=False).encode(), "application/json"
    return render_to_string("errors/busy.html").encode(), "text/html; charset=utf-8"
