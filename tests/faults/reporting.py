"""R20: departments' systems report while the web server and the long worker are killed; every row counts exactly once.

What is sent stands in a book of the sender's own. Files are laid down and batches sent again until they are acknowledged;
batches tell of each other's cases, repeat each other's events, contradict themselves and hold rubbish.
"""

import hashlib
import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from config.launch.processes import wait_until
from tests.faults.beside import beside
from tests.faults.filing import AGAIN_SECONDS, Answer, Sender
from tests.faults.invariants import Auditor, first

BATCHES = "/api/v1/reported/batches"
DONE_SECONDS = 120.0
BETWEEN_SECONDS = 0.02
UNDER_WAY_SECONDS = 5.0
BROKEN_STRIKES = 5
Event = tuple[str, int]


class Plant(Protocol):
    """What is killed: a process of a kind, killed and started again."""

    def strike(self, chance: random.Random) -> int:
        """Kill one at random and start it again; how many there were."""


@dataclass
class Book:
    """What one sender has reported, and what must have become of it."""

    item: str
    days: tuple[date, date]
    cases: int
    run: str = field(default_factory=lambda: uuid4().hex[:6])
    # By day and kind: what must be counted.
    counted: set[Event] = field(default_factory=set)
    decided: set[Event] = field(default_factory=set)
    doubtful: set[Event] = field(default_factory=set)
    lines: Counter[str] = field(default_factory=Counter)
    trouble: list[str] = field(default_factory=list)
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def batch(self) -> bytes:
        """The next batch, and into the book with it: acceptances, and what became of the cases of the batch before."""
        with self._lock:
            number, self._next = self._next, self._next + 1
            found = [*self._new(number), *(self._later(number - 1) if number else [])]
            random.Random(number).shuffle(found)
            told = [json.dumps(one, ensure_ascii=False) for one in found] + ["{"]
            body = "\n".join(told).encode()
            self.lines[hashlib.sha256(body).hexdigest()] = len(told)
        return body

    def _event(self, number: int, case: int, no: int, kind: str, item: str = "") -> dict[str, Any]:
        day = self.days[no != 1]
        told = {
            "source_number": f"{self.run}-{number}-{case}", "event_no": no, "kind": kind, "at": f"{day}T10:00:00+08:00",
            "item_code": item or self.item,
        }  # fmt: skip
        return told | ({"outcome": "granted"} if kind == "decided" else {})

    def _new(self, number: int) -> Iterator[dict[str, Any]]:
        for case in range(self.cases):
            unknown = case % 11 == 10
            event = self._event(number, case, 1, "accepted", "no-such-item" if unknown else "")
            (self.doubtful if unknown else self.counted).add((event["source_number"], 1))
            yield event

    def _later(self, number: int) -> Iterator[dict[str, Any]]:
        """Of the cases of an earlier batch: decisions, repeated acceptances, and withdrawals that contradict."""
        for case in range(self.cases):
            if case % 11 == 10:
                continue
            if case % 5 == 0:
                yield self._event(number, case, 1, "accepted")
            if case % 7 == 0:
                contradicts = self._event(number, case, 9, "withdrawn")
                self.doubtful.add((contradicts["source_number"], 9))
                yield contradicts
            decision = self._event(number, case, 2, "decided")
            self.counted.add((decision["source_number"], 2))
            self.decided.add((decision["source_number"], 2))
            yield decision


def acknowledged(sender: Sender, book: Book, body: bytes, until: float) -> bool:
    """Send a batch again and again under its key until it is said to be done; whether it was in time."""
    key = uuid4().hex
    while time.monotonic() < until:
        answer = _posted(sender, body, key)
        if answer is not None and answer.status == http.client.OK:
            told = answer.json
            if told["received"] != len(body.splitlines()):
                book.trouble.append(
                    f"R20: a batch of {len(body.splitlines())} lines received {told['received']}"
                )
            return True
        if (
            answer is not None
            and http.client.BAD_REQUEST <= answer.status < http.client.INTERNAL_SERVER_ERROR
        ):
            book.trouble.append(f"R20: a sound batch was answered {answer.status}: {answer.text[:200]}")
            return False
        time.sleep(AGAIN_SECONDS)
    book.trouble.append("R20: a batch found no answer in time")
    return False


def _posted(sender: Sender, body: bytes, key: str) -> Answer | None:
    return sender.send("POST", BATCHES, body, key, kind="application/x-ndjson")


def drop(folder: Path, body: bytes) -> None:
    """Lay a file down, as a system does: its bytes first, then the mark."""
    place = folder / "in"
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{time.time_ns()}.ndjson"
    path.write_bytes(body)
    path.with_name(path.name + ".ready").write_text(hashlib.sha256(body).hexdigest(), encoding="ascii")


def waiting(folder: Path) -> int:
    """How many files are not put away."""
    return len(list((folder / "in").glob("*.ready")))


def _send_on(book: Book, sender: Sender, stop: threading.Event) -> None:
    while not stop.is_set():
        acknowledged(sender, book, book.batch(), time.monotonic() + DONE_SECONDS)
    sender.close()


def _drop_on(book: Book, folder: Path, stop: threading.Event) -> None:
    while not stop.wait(BETWEEN_SECONDS):
        if not waiting(folder):
            drop(folder, book.batch())


@contextmanager
def reporting(book: Book, folder: Path, senders: list[Sender]) -> Iterator[None]:
    """Report while the block runs: a file as soon as none waits, each sender one batch after another; all is settled after it."""
    with beside([partial(_drop_on, book, folder), *(partial(_send_on, book, one) for one in senders)]):
        yield
    if not wait_until(lambda: not waiting(folder), DONE_SECONDS, every=0.05):
        book.trouble.append(f"R20: {waiting(folder)} files were never dealt with")


@dataclass(frozen=True)
class Struck:
    """How many kills struck somebody, and how many of them in the middle of a batch."""

    kills: int
    inside: int


def kill_while_reporting(
    book: Book, folder: Path, senders: list[Sender], plant: Plant, auditor: Auditor, kills: int, pause: tuple[float, float]
) -> Struck:  # fmt: skip
    """So many kills at random moments."""
    chance, done, inside = random.Random(kills), 0, 0
    with reporting(book, folder, senders):
        while done < kills:
            time.sleep(chance.uniform(*pause))
            # Every other kill waits for the middle of a batch; on a slow machine a random moment seldom finds one.
            under_way = wait_until(
                lambda: bool(auditor.ask(UNDER_WAY)), UNDER_WAY_SECONDS * (done % 2 == 0), every=0.002
            )
            if plant.strike(chance):
                done, inside = done + 1, inside + under_way
    return Struck(done, inside)


UNDER_WAY = "select 1 from exchange_batch where state = 'running' and lines_done > 0"
FACTS = """
select c.source_number, (f.data::json ->> 'no')::int, sum(coalesce((f.data::json ->> 'quantity')::int, 1)), count(*),
       count(*) filter (where (f.data::json ->> 'quantity') is null)
from journal_fact f join exchange_case c on c.id = f.subject_id
where f.subject_kind = 'reported' and c.source_number like %(run)s group by 1, 2
"""
DOUBTS = "select source_number, event_no, count(*) from exchange_quarantine where source_number like %(run)s group by 1, 2"
BATCH = """
select b.sha256, b.state, b.received, b.taken + b.known + b.quarantined + b.refused, b.refused,
       (select count(*) from exchange_line l where l.batch_id = b.id and l.quarantine_id is null)
from exchange_batch b
"""
OPEN = """
select sum(opened), (select count(*) from exchange_case where state in ('accepted', 'special')) from
(select opened from exchange_batch union all select opened from exchange_quarantine) o
"""


def judged(book: Book, auditor: Auditor) -> list[str]:
    """What is wrong after everything was sent: rows lost or counted twice, quarantine, batches, chains, what is open."""
    run = {"run": f"{book.run}-%"}
    facts = {(number, no): tuple(found) for number, no, *found in auditor.ask(FACTS, run)}
    net = {event: found[0] for event, found in facts.items()}
    wrong = [f"R20: {event} is lost" for event in book.counted if net.get(event, 0) < 1]
    wrong += [
        f"R20: {event} counts {found} times"
        for event, found in net.items()
        if found > (event in book.counted)
    ]
    doubts = {(number, no): count for number, no, count in auditor.ask(DOUBTS, run)}
    wrong += [f"R20: {event} is not in quarantine" for event in book.doubtful - doubts.keys()]
    wrong += [f"R20: {event} is in quarantine without reason" for event in doubts.keys() - book.doubtful]
    wrong += [f"R20: {event} is {count} times in quarantine" for event, count in doubts.items() if count > 1]
    return first([*wrong, *_batches(book, auditor), *auditor.chain(), *book.trouble])


def _batches(book: Book, auditor: Auditor) -> list[str]:
    """Every line of every batch stands in exactly one count; the rubbish of each once among its lines."""
    found: list[str] = []
    for sha256, state, received, summed, refused, kept in auditor.ask(BATCH):
        lines = book.lines.get(sha256)
        if state != "done":
            found.append(f"R20: batch {sha256[:8]} was left {state}")
        elif (
            received != summed or refused != kept or (lines is not None and (received, refused) != (lines, 1))
        ):
            found.append(
                f"R20: batch {sha256[:8]} of {lines} lines: {received} received, {summed} counted, {refused} refused, {kept} kept"
            )
    ((summed, there),) = auditor.ask(OPEN)
    return (
        found if summed == there else [*found, f"R20: batches say {summed} cases are open, there are {there}"]
    )


FIGURES = """
select kind, day, sum(count) from statistics_daily where kind like 'reported.%%' group by 1, 2 having sum(count) <> 0
"""


def counted_wrong(books: Sequence[Book], auditor: Auditor) -> list[str]:
    """What the daily figures say against the books, when nobody else reports there and the drain has rested."""
    wanted: Counter[tuple[str, date]] = Counter()
    for book in books:
        wanted["reported.accepted", book.days[0]] += len(book.counted) - len(book.decided)
        wanted["reported.decided", book.days[1]] += len(book.decided)
    found = {(kind, day): int(count) for kind, day, count in auditor.ask(FIGURES)}
    wrong = [
        f"R20: figures say {found.get(cell, 0)} of {cell}, the book {wanted[cell]}"
        for cell in {*wanted, *found}
        if found.get(cell, 0) != wanted[cell]
    ]
    return [*wrong, *(["R20: facts wait for the drain"] if auditor.undrained() else [])]


class Varied(Protocol):
    """A receiving side whose next worker may be a broken one."""

    def worker(self, variant: str) -> None:
        """Kill the worker and put another in its place."""


VARIANTS = {
    "marked_first": "a batch says how far it is written before it is",
    "done_first": "a file is put away as done before its rows are committed",
}


def broken(site: Varied, variant: str, book: Book, folder: Path, auditor: Auditor) -> list[str]:
    """Kill a worker that does it in a broken way, with a sound one after it; what the judge says is lost.

    Some times over: a kill may come in one of the moments in which nothing is lost.
    """
    for _ in range(BROKEN_STRIKES):
        site.worker(variant)
        drop(folder, book.batch())
        wait_until(lambda: bool(auditor.ask(UNDER_WAY)), UNDER_WAY_SECONDS, every=0.002)
        site.worker("")
        wait_until(lambda: not waiting(folder), DONE_SECONDS, every=0.02)
        if lost := [one for one in judged(book, auditor) if "is lost" in one]:
            return lost
    return []
