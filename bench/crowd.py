"""A centre's day, or a surge, from outside: `python -m bench.crowd` reads a plan from standard input and writes what it saw.

Arrivals come whatever the answers do; each waits from the moment at which it was due. Who is told to come back later (503 with
`Retry-After`) is counted as told, not as failed: whoever gets no answer, or an answer that says nothing, is failed.
"""

import asyncio
import base64
import json
import random
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.arrivals import Arrival, arrivals
from bench.generator import END_OF_HEAD, parsed_head

PATIENCE = 30.0
MOST_OPEN = 900
FIRST_LINE = ("file", "queue", "case")


@dataclass(frozen=True, slots=True)
class Plan:
    """Where, how long, how many arrivals a second, and what is asked for: addresses by want, staff with the cases each may see, filings."""

    host: str
    port: int
    seconds: float
    mean: float
    flat: bool
    times: float
    seed: str
    run: str
    pages: dict[str, list[str]]
    staff: list[dict[str, Any]]
    token: str
    filings: list[dict[str, Any]]


@dataclass
class Seen:
    """Seconds of the answers that were served, by want; who was told to come back; what failed."""

    times: dict[str, list[float]] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    waits: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    failed: int = 0
    accepted: int = 0


def document(size: int, seed: str) -> bytes:
    """A PDF of a size whose content nobody has sent before: a header, noise, and the end."""
    noise = random.Random(seed).randbytes(max(0, size - 64))  # noqa: S311 - fills a file
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\nstream\n" + noise + b"\nendstream\n%%EOF\n"


class Crowd:
    """One run of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.seen = plan, Seen()
        self.dice = random.Random(f"crowd {plan.seed}")  # noqa: S311 - the same pages in every run

    def request(self, one: Arrival, number: int) -> bytes:
        """The bytes of what somebody asks."""
        if one.want == "file":
            return self._filing(one, number)
        if one.want in FIRST_LINE:
            who = self.dice.choice(self.plan.staff)
            paths, cookie = who[one.want], f"Cookie: {who['cookie']}\r\n"
        else:
            paths, cookie = self.plan.pages[one.want], ""
        path = paths[one.matter % len(paths)] if one.want == "guide" else self.dice.choice(paths)
        return self._head("GET", path, cookie + "Accept: text/html\r\n").encode() + b"\r\n"

    def _filing(self, one: Arrival, number: int) -> bytes:
        given = self.plan.filings[one.matter % len(self.plan.filings)]
        scan = base64.b64encode(document(one.size, f"{self.plan.run}-{number}")).decode()
        materials = [
            {"code": each["code"], "name": "扫描件.pdf", "content_base64": scan} if place == 0 else each
            for place, each in enumerate(given["materials"])
        ]
        body = json.dumps({**given, "materials": materials}, ensure_ascii=False).encode()
        head = self._head(
            "POST", "/api/v1/cases",
            f"Authorization: Bearer {self.plan.token}\r\nIdempotency-Key: {self.plan.run}-{number:06d}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n",
        )  # fmt: skip
        return head.encode() + b"\r\n" + body

    def _head(self, method: str, path: str, fields: str) -> str:
        return f"{method} {path} HTTP/1.1\r\nHost: {self.plan.host}:{self.plan.port}\r\nConnection: close\r\n{fields}"

    async def come(self, one: Arrival, number: int, due: float) -> None:
        """One arrival: ask, and keep what came of it."""
        try:
            status, fields = await asyncio.wait_for(self._ask(self.request(one, number)), PATIENCE)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            self._fail(f"{one.want}: {type(error).__name__}")
            return
        if status in (200, 201, 302):
            self.seen.times.setdefault(one.want, []).append(time.monotonic() - due)
            self.seen.accepted += one.want == "file"
        elif status == 503 and fields.get("retry-after", "").isdigit():
            self.seen.told[one.want] = self.seen.told.get(one.want, 0) + 1
            self.seen.waits.append(int(fields["retry-after"]))
        else:
            self._fail(f"{one.want}: {status}")

    def _fail(self, words: str) -> None:
        self.seen.failed += 1
        if len(self.seen.failures) < 20:
            self.seen.failures.append(words)

    async def _ask(self, data: bytes) -> tuple[int, Mapping[str, str]]:
        reader, writer = await asyncio.open_connection(self.plan.host, self.plan.port)
        try:
            writer.write(data)
            head = await reader.readuntil(END_OF_HEAD)
            await reader.read()
        finally:
            writer.close()
        lines = head.decode("latin-1").lower().split("\r\n")
        return parsed_head(head)[0], dict(line.split(": ", 1) for line in lines[1:] if ": " in line)

    async def run(self) -> Seen:
        """The whole run; ends when the last answer is there."""
        plan, tasks = self.plan, set[asyncio.Task[None]]()
        begun = time.monotonic()
        coming = arrivals(
            seconds=plan.seconds,
            mean=plan.mean,
            matters=len(plan.pages["guide"]),
            seed=plan.seed,
            flat=plan.flat,
            times=plan.times,
        )
        for number, one in enumerate(coming):
            await asyncio.sleep(max(0.0, begun + one.at - time.monotonic()))
            if len(tasks) >= MOST_OPEN:
                self._fail("no place to wait in this generator")
                continue
            task = asyncio.create_task(self.come(one, number, begun + one.at))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)
        return self.seen


def main() -> None:
    """Read the plan, run it, write what was seen."""

    async def started() -> Seen:
        return await Crowd(Plan(**json.loads(sys.stdin.read()))).run()

    seen = asyncio.run(started())
    json.dump({**vars(seen), "cpu": time.process_time()}, sys.stdout)


if __name__ == "__main__":
    main()
