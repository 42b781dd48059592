"""P4's site: the demonstration is loaded, everything is sealed and nobody works beside the printing."""

import subprocess
from types import SimpleNamespace
from typing import Any

import pytest

from bench import p4
from bench.asked import SIZES
from config.launch.say import Stop


class Stand:
    """A site that only notes what is asked of it."""

    said: list[str]

    def __init__(self, said: list[str]) -> None:
        self.said = said
        self.places = SimpleNamespace(command="yichuang", root=".")

    def start(self) -> None:
        self.said.append("start")

    def environment(self) -> dict[str, str]:
        return {}

    def rest_worker(self) -> None:
        self.said.append("rest")

    def tool(self, arguments: list[str]) -> str:
        self.said.append(arguments[0])
        return (
            '{"cold_ms": 1, "warm_ms": 20, "pdf_ms": 10, "cpu_ms": 1, "together_s": 1, "different": 0, "pages": 2,'
            ' "pdf_bytes": 1, "docx_bytes": 1}'
        )

    def stop(self) -> None:
        self.said.append("stop")


def ending(said: list[str], code: int) -> Any:
    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        said.append(" ".join(command))
        return subprocess.CompletedProcess(command, code, "", "no such table")

    return run


def test_a_draft_names_the_newest_seal_so_nothing_is_sealed_while_it_is_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(p4, "Site", lambda _cases: Stand(said))
    monkeypatch.setattr(subprocess, "run", ending(said, 0))
    made = p4.run(SIZES["short"])
    assert said == ["start", "yichuang demo load", "rest", "yichuang drain", "bench.press", "stop"]
    assert [bound.name for bound in made.must if not bound.met] == []


def test_what_cannot_be_loaded_is_told_and_the_site_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(p4, "Site", lambda _cases: Stand(said))
    monkeypatch.setattr(subprocess, "run", ending(said, 1))
    with pytest.raises(Stop, match="演示数据装不进去：no such table"):
        p4.run(SIZES["short"])
    assert said == ["start", "yichuang demo load", "stop"]
