"""What the launcher starts, and that P7 measures the same processes."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench import p7
from config.launch.places import checkout
from config.launch.running import Launch
from config.launch.supervise import Child
from yichuang.effects.cli.worker import work


def commands(monkeypatch: pytest.MonkeyPatch) -> dict[str, Sequence[str]]:
    """The children of a launch by kind, none of them started."""
    monkeypatch.setattr(Child, "start", lambda _self, _mark: None)
    launch = Launch(checkout(), 1)
    launch._start_children({})
    return {child.kind: child.command for child in launch.children}


def measured() -> dict[str, Sequence[str]]:
    """The workers that P7 starts beside the web server."""
    found: dict[str, Sequence[str]] = {}

    def start(name: str, command: list[str]) -> Any:
        found[name] = command
        return SimpleNamespace(pid=1)

    site = SimpleNamespace(
        places=checkout(), start_beside=start, web=None, cluster=SimpleNamespace(pid=lambda: None)
    )
    p7.started(site)  # type: ignore[arg-type] # a stand-in of what is asked of it
    return found


def options(command: Sequence[str]) -> dict[str, Any]:
    """What the command line understands of a worker's command."""
    name, verb, *given = command
    assert (Path(name).name, verb) == ("yichuang", "work")
    return work.make_context("work", given).params


def test_one_worker_drains_and_one_does_long_jobs_and_sleeps_in_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = commands(monkeypatch)
    assert list(found) == ["web server", "worker", "worker for long jobs"]
    assert options(found["worker"]) == {"wanted": "short", "drains": True, "sleeps": False}
    assert options(found["worker for long jobs"]) == {"wanted": "long", "drains": False, "sleeps": True}


def test_what_is_measured_is_what_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    run, seen = commands(monkeypatch), measured()
    assert seen["worker"] == run["worker"]
    assert seen["long worker"] == run["worker for long jobs"]
