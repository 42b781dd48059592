"""P1y: what is asked in turns, on which database, and which goals are missed by whom."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bench.asked import Asked
from bench.machine import Usage
from bench.p1 import CLEAR, Ours
from bench.replay import over
from bench.replay.__main__ import main
from bench.replay.over import Turn, scenario
from bench.results import Scenario, read
from config.launch.say import Stop
from yichuang.effects.cli import worker

ASKED = Asked(seconds=15.0, rounds=2)


def ours(count: int = 300, each: float = 0.01, **changed: Any) -> Ours:
    """A phase in which so many writes were answered."""
    given: dict[str, Any] = {
        "times": {"file": [each] * count}, "seconds": 15.0, "used": Usage(0.3, 0.03, 0.3, 15.0), "generator": 0.1, "failures": [],
        "undrained": 0,
    }  # fmt: skip
    return Ours(**given | changed)


def told(over_it: Ours, alone: Ours, lists: Sequence[float] = (0.01,) * 40) -> Scenario:
    """Two rounds alike."""
    return scenario([Turn(over_it, alone)] * 2, lists, 12_000_000, ASKED, 0.0)


def missed(found: Scenario) -> list[str]:
    return [one.name for one in found.must if not one.met]


@pytest.mark.parametrize(
    ("found", "names"),
    [
        (told(ours(), ours()), []),
        (told(ours(count=200), ours()), ["share_of_p1"]),
        (told(ours(each=0.07), ours()), ["p99_ms"]),
        (told(ours(), ours(), [0.06] * 40), ["lists, p95 ms"]),
        (told(ours(), ours(), ()), ["lists, p95 ms"]),
        (told(ours(failures=["file: 500"]), ours()), ["failures"]),
        (told(ours(), ours(failures=["decide: 409"])), ["failures"]),
        (told(ours(count=0), ours()), ["p99_ms", "share_of_p1"]),
        (told(ours(), ours(count=0)), ["share_of_p1"]),
    ],
)
def test_silence_and_slowness_meet_no_goal(found: Scenario, names: list[str]) -> None:
    assert missed(found) == names


def test_what_it_stands_on_is_told() -> None:
    found = told(ours(), ours(count=320))
    assert (found.ours, found.limit, found.more["remainder"]) == (20.0, 21.3, 12_000_000)
    assert {one.name: one.value for one in found.must}["share_of_p1"] == 0.939
    assert found.more["lists_asked"] == 40
    assert not any("preloaded" in one for one in found.deferred)


class Stand:
    """A site that remembers on which database what was done."""

    def __init__(self, cases: int) -> None:
        assert cases == 0
        self.done: list[str] = []
        self.database = ""
        self.prepared: dict[str, str] = {}
        self.cluster = type("Cluster", (), {"home": HOME[0]})()
        MADE.append(self)

    def start_empty(self, name: str, *, kept: bool) -> None:
        assert kept
        self.database = name

    def start_database(self) -> None:
        self.database, self.prepared = "bench_run", {"of": "nothing"}

    def tool(self, arguments: Sequence[str]) -> str:
        self.done.append(f"{self.database}: {arguments[0]}")
        return json.dumps({"of": "year"})

    def ask(self, statement: str) -> list[tuple[int]]:
        return [(12_254_640,)] if statement == over.REMAINDER else []

    def rest(self) -> None:
        self.done.append("rest")

    def stop(self) -> None:
        self.done.append("stop")


MADE: list[Stand] = []
HOME: list[Path] = []


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Stand]:
    """No server is started."""
    HOME[:] = [tmp_path]
    MADE.clear()

    def turn(site: Stand, _asked: Asked, name: str) -> Ours:
        site.done.append(f"{site.database} of {site.prepared['of']}: {name}")
        return ours()

    monkeypatch.setattr(over, "Site", Stand)
    monkeypatch.setattr(over, "turn", turn)
    monkeypatch.setattr(over, "listed", lambda site, _: site.done.append("lists") or [0.01] * 5)
    monkeypatch.setattr(over, "busy_share", lambda: 0.0)
    monkeypatch.setattr("bench.results.this_commit", lambda _: "c")
    (tmp_path / "replay_1.json").touch()
    return MADE


def test_turns_are_taken_and_the_kept_year_is_prepared_once(stand: list[Stand], tmp_path: Path) -> None:
    latest = tmp_path / "latest.json"
    found = over.run("replay_1", ASKED, latest, tmp_path)
    (site,) = stand
    assert site.done == [
        "replay_1: bench.prepare", "replay_1 of year: y0", "rest", "bench_run of nothing: e0", "rest",
        "replay_1 of year: y1", "lists", "rest", "bench_run of nothing: e1", "rest", "stop",
    ]  # fmt: skip
    assert found.more["remainder"] == 12_254_640
    assert [one["scenario"] for one in read(latest)] == ["P1y"]
    over.run("replay_1", ASKED, latest, tmp_path)
    assert not any("prepare" in one for one in stand[1].done), "it knows what it entered"


def test_the_nightly_files_of_a_whole_year_are_not_written_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []

    def live(_site: Any, _lives: Any, _asked: Any, name: str) -> Ours:
        names.append(name)
        return ours()

    monkeypatch.setattr(over, "live", live)
    monkeypatch.setattr(over, "lives", lambda _: [])
    served: list[str] = []

    class Site:
        prepared: dict[str, Any] = {}

        def serve(self, queues: str = "") -> None:
            served.append(queues)

        def ask(self, statement: str) -> None:
            served.append({CLEAR: "clear", over.NIGHT: "night"}[statement])

    over.turn(Site(), ASKED, "y0")  # type: ignore[arg-type]
    over.turn(Site(), ASKED, "y0")  # type: ignore[arg-type]
    # The broken variant repeats keys: what a kept year has answered before costs nothing.
    assert len(set(names)) == 2
    assert served[:3] == ["night", "short", "clear"]
    assert {name for name in ("feed", "recount", "purge", "purge-reported") if f"'{name}'" in over.NIGHT} <= {
        duty.name for duty in worker.DUTIES
    }


def test_the_server_is_stopped_whatever_happens(
    stand: list[Stand], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: Any) -> Ours:
        raise Stop("没有就绪", "not ready", code=1)

    monkeypatch.setattr(over, "turn", broken)
    with pytest.raises(Stop):
        over.run("replay_1", ASKED, tmp_path / "latest.json", tmp_path)
    assert stand[0].done[-1] == "stop"
    assert not (tmp_path / "latest.json").exists()


def test_where_no_year_was_kept_nothing_is_begun(stand: list[Stand], tmp_path: Path) -> None:
    with pytest.raises(Stop, match="没有保留"):
        over.run("replay_2", ASKED, tmp_path / "latest.json", tmp_path)
    assert stand[0].done == []


def test_the_command_asks_for_it_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def run(kept: str, *_: Any) -> Scenario:
        asked.append(kept)
        if kept == "replay_7":
            raise Stop("没有保留", "none kept", code=2)
        return told(ours(), ours())

    monkeypatch.setattr("bench.replay.__main__.over.run", run)
    assert (main(["--lives"]), main(["--lives", "--scale", "7"])) == (0, 2)
    assert asked == ["replay_1", "replay_7"]
    assert "P1y" in capsys.readouterr().err
