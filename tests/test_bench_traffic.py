"""A day and a surge are judged, and the loads that ask as people and as readers do."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from bench import arrivals, crowd, open_loop, p6, traffic
from bench.arrivals import Arrival
from bench.asked import SIZES
from bench.results import Scenario


def missed(found: Scenario) -> list[str]:
    """The musts that are not met."""
    return [one.name for one in found.must if not one.met]


# TR: a day and a surge.


def came(**changed: Any) -> dict[str, Any]:
    """What the crowd saw."""
    told: dict[str, Any] = {
        "times": {"home": [0.05] * 100, "queue": [0.1] * 20, "case": [0.1] * 20}, "told": {}, "waits": [], "failures": [], "failed": 0,
        "accepted": 6, "cpu": 1.0,
    }  # fmt: skip
    return told | changed


@pytest.mark.parametrize(
    ("day", "surge", "kept", "names"),
    [
        ({}, {"told": {"home": 500}, "waits": [2, 5, 2]}, 12, []), ({"told": {"home": 1}}, {}, 12, ["day_turned_away"]),
        ({"failed": 1}, {}, 12, ["day_failed"]), ({}, {"failed": 3}, 12, ["surge_failed"]),
        ({}, {"told": {"queue": 1, "home": 4}}, 12, ["surge_staff_turned_away"]), ({}, {}, 11, ["acknowledged_and_lost"]),
        ({"times": {"home": [0.31] * 9}}, {}, 12, ["day_p99_ms"]), ({}, {"times": {"case": [0.31] * 9}}, 12, ["surge_staff_p99_ms"]),
        ({"times": {"case": [0.2] * 9}}, {"times": {"case": [0.39] * 9}}, 12, []),
        ({"times": {"case": [0.2] * 9}}, {"times": {"case": [0.41] * 9}}, 12, ["surge_staff_p99_ms"]),
        # Twice nine seconds is no bound: a second is the most that staff wait.
        ({"times": {"home": [0.1] * 990, "case": [9.0] * 9}}, {"times": {"case": [1.01] * 9}}, 12, ["surge_staff_p99_ms"]),
        ({"times": {"home": [0.1] * 990, "case": [9.0] * 9}}, {"times": {"case": [0.99] * 9}}, 12, []),
        ({}, {"times": {"home": [0.1] * 9}}, 12, ["surge_staff_p99_ms"]),
    ],
)  # fmt: skip
def test_the_traffic_tells_what_is_missed(
    day: dict[str, Any], surge: dict[str, Any], kept: int, names: list[str]
) -> None:
    found = traffic.scenario(came(**day), came(**surge), kept)
    assert missed(found) == names
    if surge.get("waits"):
        assert (found.ours, found.limit, found.more["retry_after_s"]) == (140.0, 640.0, [2, 5])


@pytest.mark.parametrize(
    ("before", "bound"), [([], 300.0), ([0.1] * 9, 300.0), ([0.2] * 9, 400.0), ([0.6] * 9, 1000.0), ([9.0] * 9, 1000.0)]
)  # fmt: skip
def test_staff_wait_at_most_twice_as_long_and_never_more_than_a_second(
    before: list[float], bound: float
) -> None:
    assert traffic.staff_bound(before) == bound
    assert "1000 ms" in traffic.STAFF_DEFINED
    assert traffic.STAFF_DEFINED in traffic.scenario(came(), came(), 12).deferred


def test_a_day_that_was_cut_short_says_so() -> None:
    assert traffic.deferred(SIZES["full"], 0.0) == [traffic.STAFF_DEFINED]
    said = traffic.deferred(SIZES["short"], 0.2)
    assert said[1] == "seconds of the day: 135 instead of 1,800"
    assert "20%" in said[2]


def test_the_day_is_half_an_hour_at_full_size_only() -> None:
    assert traffic.day_seconds(SIZES["short"]) * (1 + traffic.SURGE_SHARE) == pytest.approx(180)
    assert traffic.day_seconds(SIZES["full"]) == 1800
    assert traffic.served(came(), arrivals.STAFF) == [0.1] * 40
    assert len(traffic.served(came())) == 140


# The loads.

PLAN: Mapping[str, Any] = {
    "host": "127.0.0.1", "port": 1, "seconds": 0.1, "mean": 50.0, "flat": True, "times": 1, "seed": "s", "run": "r", "token": "t",
    "staff": [{"cookie": "k", "queue": ["/desk"], "case": ["/desk/cases/1"]}], "pages": {"home": ["/"], "guide": ["/items/a", "/items/b"]},
    "filings": [{"item_code": "M", "materials": [{"code": "1", "paper": True}, {"code": "2", "paper": True}]}],
}  # fmt: skip


def one_of(want: str, matter: int = 0, size: int = 0) -> Arrival:
    return Arrival(0.0, want, matter, size)


def test_the_crowd_asks_as_a_browser_and_files_what_nobody_filed_before() -> None:
    found = crowd.Crowd(crowd.Plan(**PLAN))
    assert found.request(one_of("guide", 3), 1).startswith(b"GET /items/b HTTP/1.1\r\n")
    assert b"Cookie" not in found.request(one_of("home"), 1)
    assert b"Cookie: k" in found.request(one_of("queue"), 1)
    first, second = (found.request(one_of("file", 0, 500), number) for number in (1, 2))
    head, _, body = first.partition(b"\r\n\r\n")
    assert head.endswith(f"Content-Length: {len(body)}".encode())
    assert b"Idempotency-Key: r-000001" in head
    sent = json.loads(body)["materials"]
    assert ["content_base64" in each for each in sent] == [True, False]
    assert sent[0]["content_base64"] != json.loads(second.partition(b"\r\n\r\n")[2])["materials"][0]["content_base64"]  # fmt: skip
    made = crowd.document(5000, "a")
    assert made == crowd.document(5000, "a") != crowd.document(5000, "b")
    assert made.startswith(b"%PDF-1.4")
    assert made.rstrip().endswith(b"%%EOF")
    assert 4900 < len(made) < 5100


@pytest.mark.parametrize(
    ("answer", "told", "failed", "accepted"),
    [
        ("201 Created", 0, 0, 1), ("503 Busy\r\nRetry-After: 7", 1, 0, 0), ("503 Busy", 0, 1, 0), ("503 Busy\r\nRetry-After: later", 0, 1, 0),
        ("429 Many\r\nRetry-After: 7", 0, 1, 0), ("500 Oh", 0, 1, 0), ("404 No", 0, 1, 0), ("", 0, 1, 0),
    ],
)  # fmt: skip
def test_who_is_told_to_come_back_has_not_failed_and_who_hears_nothing_has(
    answer: str, told: int, failed: int, accepted: int
) -> None:
    async def met() -> crowd.Seen:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 {answer}\r\n\r\n".encode() if answer else b"")
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        plan = crowd.Plan(**{**PLAN, "port": server.sockets[0].getsockname()[1]})
        found = crowd.Crowd(plan)
        await found.come(one_of("file", 0, 100), 1, asyncio.get_running_loop().time())
        server.close()
        return found.seen

    seen = asyncio.run(met())
    assert (sum(seen.told.values()), seen.failed, seen.accepted) == (told, failed, accepted)
    assert len(seen.failures) == failed
    assert seen.waits == [7] * told


def test_of_a_thousand_failures_twenty_are_told_and_all_are_counted() -> None:
    found = crowd.Crowd(crowd.Plan(**PLAN))
    for number in range(1000):
        found._fail(str(number))
    assert (found.seen.failed, len(found.seen.failures)) == (1000, 20)


def opened(rate: float, status: int = 200) -> dict[str, Any]:
    """What the readers of P6 tell of a server that answers everybody alike."""

    async def met() -> dict[str, Any]:
        writers: list[asyncio.StreamWriter] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writers.append(writer)
            while True:
                try:
                    await reader.readuntil(b"\r\n\r\n")
                except asyncio.IncompleteReadError:
                    return
                writer.write(b"HTTP/1.1 %d OK\r\nContent-Length: 2\r\n\r\nok" % status)

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        readers = [
            {"cookie": "c", "paths": {"list": ["/desk"], "detail": ["/desk/cases/1"], "figures": ["/x"]}}
        ]
        plan = open_loop.Plan("127.0.0.1", server.sockets[0].getsockname()[1], 0.2, 0.02, rate, 2, p6.SHARES, readers)  # fmt: skip
        told = await open_loop.Load(plan).run()
        server.close()
        for one in writers:
            one.close()
        await asyncio.gather(*(one.wait_closed() for one in writers), return_exceptions=True)
        return told

    return asyncio.run(met())


@pytest.mark.parametrize("rate", [0.0, 200.0])
def test_readers_read_at_their_rate_or_as_they_are_answered(
    rate: float, capsys: pytest.CaptureFixture[str]
) -> None:
    told = opened(rate)
    seen = sum(map(len, told["times"].values()))
    assert told["failed"] == 0
    assert seen > 5
    assert rate == 0.0 or seen < 90, "an open loop sends no more than its rate"
    assert set(told["times"]) <= set(p6.SHARES)
    assert capsys.readouterr().out.split() == ["open", "close"]


def test_a_connection_that_the_server_has_ended_is_asked_no_more() -> None:
    async def met() -> tuple[bool, bool, bool]:
        writers: list[asyncio.StreamWriter] = []
        server = await asyncio.start_server(lambda _, writer: writers.append(writer), "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        load = open_loop.Load(open_loop.Plan(host, port, 0.1, 0.0, 1.0, 1, p6.SHARES, []))
        stands, ended = [await asyncio.open_connection(host, port) for _ in range(2)]
        while len(writers) < 2:
            await asyncio.sleep(0.001)
        writers[1].close()
        assert await ended[0].read() == b""
        load.free = [stands, ended]
        found = load._standing() == stands, ended[1].is_closing(), load._standing() is None
        for writer in (stands[1], ended[1], *writers):
            writer.close()
        server.close()
        return found

    assert asyncio.run(met()) == (True, True, True)


def test_a_page_that_is_refused_is_a_failure_and_no_time(capsys: pytest.CaptureFixture[str]) -> None:
    told = opened(200.0, status=302)
    assert told["times"] == {}
    assert told["failed"] > 5
    assert told["failures"][0].endswith(": 302")
    assert capsys.readouterr().out
