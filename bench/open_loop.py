"""Readers who do not wait for one another: requests arrive at a rate whatever the answers do, and wait is counted from the
moment they should have been sent. `python -m bench.open_loop` reads a plan from standard input, and writes "open", "close" and
what it saw, as `bench.generator` does.

With `rate` 0 it is a closed loop of `connections` instead: the capacity.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.generator import asked

PATIENCE = 20.0
MOST_OPEN = 400
Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Plan:
    """Where, how long, how fast, and what each reader asks for: cookie and paths by kind of page, with the share of each kind."""

    host: str
    port: int
    seconds: float
    warm: float
    rate: float
    connections: int
    shares: dict[str, float]
    readers: list[dict[str, Any]]


@dataclass
class Seen:
    """Seconds of every answer by kind of page, and what was no success."""

    times: dict[str, list[float]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


class Load:
    """One run of a plan over a pool of connections that stay open."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.seen = plan, Seen()
        self.free: list[Wire] = []
        self.dice = random.Random("readers")  # noqa: S311 - the same pages in every run
        self.start = time.monotonic() + plan.warm
        self.end = self.start + plan.seconds

    def drawn(self) -> tuple[str, bytes]:
        """The next page: its kind and its request."""
        kinds: Sequence[str] = list(self.plan.shares)
        (kind,) = self.dice.choices(kinds, list(self.plan.shares.values()))
        reader = self.dice.choice(self.plan.readers)
        path = self.dice.choice(reader["paths"][kind])
        head = (
            f"GET {path} HTTP/1.1\r\nHost: {self.plan.host}:{self.plan.port}\r\nCookie: {reader['cookie']}\r\n"
            "Accept: text/html\r\n\r\n"
        )
        return kind, head.encode()

    async def read(self, due: float) -> None:
        """One page, its time from when it was due."""
        kind, data = self.drawn()
        try:
            # Not `wait_for`, which makes a task of every page: the load runs on the same processors.
            async with asyncio.timeout(PATIENCE):
                status = await self._ask(data)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            status = 0
            self.seen.failures.append(f"{kind}: {type(error).__name__}")
        done = time.monotonic()
        if status not in (0, 200):
            self.seen.failures.append(f"{kind}: {status}")
        elif status and self.start <= due <= self.end:
            self.seen.times.setdefault(kind, []).append(done - due)

    async def _ask(self, data: bytes) -> int:
        wire = self._standing() or await asyncio.open_connection(self.plan.host, self.plan.port)
        status, _ = await asked(*wire, data)
        self.free.append(wire)
        return status

    def _standing(self) -> Wire | None:
        """A connection that stands open. The server closes those that were idle for half a minute; no browser asks on them."""
        while self.free:
            reader, writer = self.free.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return None

    async def arrivals(self) -> None:
        """Arrivals at random, as many a second as the plan says (Poisson); beyond `MOST_OPEN` they are turned away."""
        tasks: set[asyncio.Task[None]] = set()
        due = time.monotonic()
        while due < self.end:
            due += self.dice.expovariate(self.plan.rate)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if len(tasks) >= MOST_OPEN:
                self.seen.failures.append("turned away")
                continue
            task = asyncio.create_task(self.read(due))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)

    async def closed(self) -> None:
        """Connections that each ask again as soon as they are answered."""

        async def one() -> None:
            while time.monotonic() < self.end:
                await self.read(time.monotonic())

        await asyncio.gather(*(one() for _ in range(self.plan.connections)))

    async def say(self, word: str, moment: float) -> None:
        """One line when the window opens or closes."""
        await asyncio.sleep(max(0.0, moment - time.monotonic()))
        print(word, flush=True)

    async def run(self) -> dict[str, Any]:
        """The whole run."""
        load = self.arrivals() if self.plan.rate else self.closed()
        await asyncio.gather(self.say("open", self.start), self.say("close", self.end), load)
        for _, writer in self.free:
            writer.close()
        return {
            "seconds": self.plan.seconds, "times": self.seen.times, "failures": self.seen.failures[:20],
            "failed": len(self.seen.failures), "cpu": time.process_time(),
        }  # fmt: skip


def main() -> None:
    """Read the plan, run it, write what was seen."""

    async def started() -> dict[str, Any]:
        return await Load(Plan(**json.loads(sys.stdin.read()))).run()

    json.dump(asyncio.run(started()), sys.stdout)


if __name__ == "__main__":
    main()
