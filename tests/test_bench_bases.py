"""The databases that are kept between scenarios, the server's settings, the tools that run on them."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from bench import site
from config.launch.places import checkout
from config.launch.say import Stop


def said(statement: Any) -> str:
    """The text of a statement, however it was given."""
    if isinstance(statement, bytes):
        return statement.decode()
    return statement if isinstance(statement, str) else str(statement.as_string(None))


class Databases:
    """A server's databases, by name, as its superuser makes and drops them."""

    def __init__(self, folder: Path, *kept: str) -> None:
        self.kept, self.dropped, self.made = list(kept), list[str](), list[str]()
        self.folder = folder

    def __enter__(self) -> "Databases":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def execute(self, statement: Any) -> list[tuple[str]]:
        text = said(statement)
        if text.startswith("drop database"):
            self.dropped.append(text.split('"')[1])
        elif text.startswith("create database"):
            self.made.append(text.removeprefix("create database ").replace(" owner yichuang_owner", ""))
        return [(name,) for name in self.kept] if text.startswith("select datname") else []


def based(monkeypatch: pytest.MonkeyPatch, databases: Databases, cases: int) -> site.Site:
    """A site on these databases; the tools do nothing but tell."""

    class Stand:
        home = databases.folder

        def urls(self) -> dict[str, str]:
            return {"admin": "x/y"}

        def near(self, url: str) -> str:
            return url

    made = object.__new__(site.Site)
    made.cases = cases
    made.cluster = Stand()  # type: ignore[assignment]
    monkeypatch.setattr(site.Site, "_digest", lambda _: "now")
    monkeypatch.setattr(site.Site, "_tool", lambda *_: '{"kept": 1}')
    monkeypatch.setattr(site.Site, "ask", lambda *_: [])
    monkeypatch.setattr("psycopg.connect", lambda *_, **__: databases)
    return made


def test_bases_of_the_same_sources_are_kept_and_all_others_dropped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One run asks for several numbers of cases; making each anew would cost more than measuring."""
    databases = Databases(tmp_path, "base_5_now", "base_0_now", "base_0_old", "base_7_now", "bench_run")
    made = based(monkeypatch, databases, 5)
    for name in ("base_5_now", "base_0_now", "base_0_old"):
        (tmp_path / f"{name}.json").write_text('{"kept": 1}')
    made._make_database()
    # `base_7_now` was begun and never finished: nothing tells what stands in it.
    assert databases.dropped == ["base_0_old", "base_7_now", "bench_run"]
    assert databases.made == ["bench_run template base_5_now strategy file_copy"]
    assert made.prepared == {"kept": 1}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["base_0_now.json", "base_5_now.json"]


@pytest.mark.parametrize(
    ("cases", "kept", "made"),
    [
        (0, (), ["base_0_now", "bench_run template base_0_now strategy file_copy"]),
        (5, (), ["base_0_now", "base_5_now template base_0_now strategy file_copy", "bench_run template base_5_now strategy file_copy"]),
        (5, ("base_0_now",), ["base_5_now template base_0_now strategy file_copy", "bench_run template base_5_now strategy file_copy"]),
        (5, ("base_5_now",), ["bench_run template base_5_now strategy file_copy"]),
        (0, ("base_5_now",), ["base_0_now", "bench_run template base_0_now strategy file_copy"]),
    ],
)  # fmt: skip
def test_catalogue_and_people_are_prepared_once_for_every_number_of_cases(
    cases: int, kept: tuple[str, ...], made: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    databases = Databases(tmp_path, *kept)
    found = based(monkeypatch, databases, cases)
    for name in kept:
        (tmp_path / f"{name}.json").write_text('{"kept": 1}')
    found._make_database()
    assert databases.made == made
    assert found.prepared == {"kept": 1}


def test_those_who_seed_write_every_case_once() -> None:
    """The broken variant lets each write all of them: a number that is there already ends the seeding."""
    text = "select n from generate_series(:part, :cases, :parts) as g(n)"
    for cases, many in ((10, 1), (10, 2), (7, 3), (1, 2)):
        written = [
            number
            for one in site.parts(text, cases, many)
            for first, last, step in [[int(word) for word in one.split("(")[1].split(")")[0].split(", ")]]
            for number in range(first, last + 1, step)
        ]
        assert sorted(written) == list(range(1, cases + 1))
    seed = (Path(site.__file__).with_name("seed.sql")).read_text(encoding="utf-8")
    assert all(":part" not in one and ":cases" not in one for one in site.parts(seed.split("*/", 1)[1], 5, 2))
    assert seed.count("generate_series(:part, :cases, :parts)") == 1
    assert "journal_ensure_quarter" in site.QUARTERS


def test_settings_that_are_in_force_cost_no_second_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant trusts what the file says: a value that waits for a start is not in force."""
    asked: list[str] = []
    stands: dict[str, str] = {}

    class Admin(Databases):
        def execute(self, statement: Any) -> Any:
            text = said(statement)
            asked.append(text)
            return self

        def fetchall(self) -> list[tuple[str, str]]:
            assert "where applied" in asked[-1]
            return list(stands.items())

    class Stand:
        def urls(self) -> dict[str, str]:
            return {"admin": "x/y"}

        def stop(self) -> None:
            asked.append("stop")

        def start(self) -> None:
            asked.append("start")

    made = object.__new__(site.Site)
    made.cluster = Stand()  # type: ignore[assignment]
    monkeypatch.setattr("psycopg.connect", lambda *_, **__: Admin(Path()))
    made._configure()
    assert asked[-2:] == ["stop", "start"]
    told = [one.split()[3:] for one in asked if one.startswith("alter system set")]
    stands.update({name.strip('"'): value.strip("'") for name, _, value in told})
    assert set(stands) == set(site.SETTINGS)
    asked.clear()
    made._configure()
    assert len(asked) == 1
    stands["fsync"] = "off"
    made._configure()
    assert asked[-2:] == ["stop", "start"]


def test_a_tool_of_the_bench_gets_what_it_needs_and_its_failure_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, Any] = {}

    def run(command: list[str], **how: Any) -> subprocess.CompletedProcess[str]:
        given.update(how, command=command)
        return subprocess.CompletedProcess(command, 1 if "bad" in command else 0, "said", "why")

    made = object.__new__(site.Site)
    made.places = checkout()
    monkeypatch.setattr(site.Site, "environment", lambda _: {"A": "1", "OWNER_URL": "no"})
    monkeypatch.setattr("subprocess.run", run)
    assert made.tool(["good"], more={"OWNER_URL": "yes"}) == "said"
    assert given["env"] == {"A": "1", "OWNER_URL": "yes"}
    with pytest.raises(Stop, match="why"):
        made.tool(["bad"])
    assert given["env"]["OWNER_URL"] == "no"
