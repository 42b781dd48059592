"""The load: keep-alive connections that take cases from filing to delivery, in a process of its own.

`python -m bench.generator` reads a plan from standard input and writes three lines to standard output: when the window opens,
when it closes, and what it saw, as JSON. It knows
neither Django nor the house; its own processor time is told apart, because it runs on the same cores as the server.
"""

import asyncio
import json
import random
import sys
import time
from dataclasses import dataclass, field
from typing import Any

TIMEOUT = 30.0
END_OF_LINE = b"\r\n"
END_OF_HEAD = END_OF_LINE * 2


@dataclass(frozen=True, slots=True)
class Step:
    """One request of the life of a case: its name, its path with `{number}` in it, who asks, what is sent."""

    name: str
    path: str
    token: str
    body: str


@dataclass(slots=True)
class Seen:
    """What one connection saw: seconds of every answer by step, and answers that were no success."""

    times: dict[str, list[float]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    lives: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Where, how long, how many connections, and the lives from which each of them draws again and again.

    The first life is drawn most often, the n-th with 1/n of its weight (Zipf), always in the same order.
    """

    host: str
    port: int
    seconds: float
    warm: float
    connections: int
    run: str
    lives: tuple[tuple[Step, ...], ...]

    @staticmethod
    def read(text: str) -> "Plan":
        """From JSON."""
        made: dict[str, Any] = json.loads(text)
        made["lives"] = tuple(tuple(Step(**one) for one in life) for life in made["lives"])
        return Plan(**made)


def request(plan: Plan, step: Step, number: str, key: str) -> bytes:
    """The bytes of one request."""
    body = step.body.encode()
    head = (
        f"POST {step.path.format(number=number)} HTTP/1.1\r\nHost: {plan.host}:{plan.port}\r\n"
        f"Authorization: Bearer {step.token}\r\nIdempotency-Key: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def parsed_head(head: bytes) -> tuple[int, int | None]:
    """Status and length of the body that follows; None where it comes in chunks."""
    lines = head.decode("latin-1").lower().split("\r\n")
    fields = dict(one.split(": ", 1) for one in lines[1:] if ": " in one)
    chunked = fields.get("transfer-encoding") == "chunked"
    return int(lines[0].split(" ")[1]), None if chunked else int(fields.get("content-length", "0"))


async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> tuple[int, bytes]:
    """Send one request, read the whole answer."""
    writer.write(data)
    status, length = parsed_head(await reader.readuntil(END_OF_HEAD))
    if length is not None:
        return status, await reader.readexactly(length)
    parts = []
    while size := int((await reader.readuntil(END_OF_LINE)).partition(b";")[0], 16):
        parts.append((await reader.readexactly(size + len(END_OF_LINE)))[:-2])
    await reader.readuntil(END_OF_LINE)
    return status, b"".join(parts)


async def live(plan: Plan, place: int, start: float, end: float) -> Seen:
    """One connection: file, then every step, again and again until the end. A failed answer begins a new case."""
    seen = Seen()
    reader, writer = await asyncio.open_connection(plan.host, plan.port)
    dice = random.Random(f"connection {place}")  # noqa: S311 - the same lives in every run
    weights = [1 / rank for rank in range(1, len(plan.lives) + 1)]
    count = 0
    try:
        while time.monotonic() < end:
            count += 1
            (life,) = dice.choices(plan.lives, weights)
            one = _one_life(
                plan, life, f"{plan.run}-{place}-{count:06d}", (reader, writer), seen, (start, end)
            )
            await asyncio.wait_for(one, TIMEOUT)
    finally:
        writer.close()
    return seen


async def _one_life(
    plan: Plan, life: tuple[Step, ...], key: str, wire: tuple[asyncio.StreamReader, asyncio.StreamWriter], seen: Seen,
    window: tuple[float, float],
) -> None:  # fmt: skip
    number = ""
    for at, step in enumerate(life):
        begun = time.monotonic()
        status, body = await asked(*wire, request(plan, step, number, f"{key}-{at}"))
        done = time.monotonic()
        if status not in (200, 201):
            seen.failures.append(f"{step.name}: {status} {body[:300].decode(errors='replace')}")
            return
        if not number:
            number = json.loads(body)["receipt"]["case_no"]
        if window[0] <= done <= window[1]:
            seen.times.setdefault(step.name, []).append(done - begun)
    seen.lives += window[0] <= done <= window[1]


async def _say(word: str, moment: float) -> None:
    """One line when the window opens or closes: whoever started us then reads the processor time of the servers."""
    await asyncio.sleep(moment - time.monotonic())
    print(word, flush=True)


async def run(plan: Plan) -> dict[str, Any]:
    """Live on all connections; times of answers that came after the warm-up and before the end."""
    start = time.monotonic() + plan.warm
    end = start + plan.seconds
    signals = asyncio.gather(_say("open", start), _say("close", end))
    found = await asyncio.gather(*(live(plan, place, start, end) for place in range(plan.connections)))
    await signals
    times: dict[str, list[float]] = {}
    for seen in found:
        for name, values in seen.times.items():
            times.setdefault(name, []).extend(values)
    return {
        "seconds": plan.seconds, "times": times, "failures": [one for seen in found for one in seen.failures],
        "lives": sum(seen.lives for seen in found), "cpu": time.process_time(),
    }  # fmt: skip


def main() -> None:
    """Read the plan, run it, write what was seen."""
    json.dump(asyncio.run(run(Plan.read(sys.stdin.read()))), sys.stdout)


if __name__ == "__main__":
    main()
