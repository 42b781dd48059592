"""P2's own arithmetic: stages whose clocks do not count each other, files whose faulty rows are known, one job told as one."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import p2, p2_filed, p2_profile
from bench.asked import Asked
from bench.p2_profile import Clocks
from bench.p6 import RATE, Phase
from bench.readers import LISTS
from bench.site import Site
from yichuang.gateways.sheets_in import open_sheet


def burn(seconds: float) -> None:
    """Use the processor of this thread for so long."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def near(found: float, wanted: float) -> bool:
    return wanted * 0.9 <= found <= wanted + 0.02


def test_a_stage_inside_another_is_counted_once() -> None:
    clocks = Clocks()
    inner = clocks.counted("inner", lambda: burn(0.03))

    def work() -> None:
        burn(0.01)
        inner()
        burn(0.01)

    clocks.counted("outer", work)()
    assert near(clocks.spent["inner"], 0.03)
    assert near(clocks.spent["outer"], 0.02)


def test_every_step_of_a_generator_is_counted_and_what_is_between_is_not() -> None:
    clocks = Clocks()

    def steps() -> Iterator[int]:
        for one in range(3):
            burn(0.01)
            yield one

    for _ in clocks.counted("steps", steps)():
        burn(0.02)
    assert near(clocks.spent["steps"], 0.03)


def test_waiting_is_no_work_and_threads_do_not_count_each_other() -> None:
    clocks = Clocks()
    resting = threading.Thread(target=clocks.counted("resting", lambda: time.sleep(0.05)))
    resting.start()
    clocks.counted("working", lambda: burn(0.02))()
    resting.join()
    assert clocks.spent["resting"] < 0.01
    assert near(clocks.spent["working"], 0.02)


def test_a_stage_that_fails_ends_all_the_same() -> None:
    clocks = Clocks()

    def fails() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        clocks.counted("fails", fails)()
    burn(0.02)
    clocks.counted("next", lambda: None)()
    assert clocks.spent["fails"] < 0.01, "what comes after it is not its own"


def test_every_stage_names_functions_that_are_there_and_they_are_put_back() -> None:
    before = [_function(name) for names in p2_profile.STAGES.values() for name in names]
    with p2_profile.counting(Clocks()):
        during = [_function(name) for names in p2_profile.STAGES.values() for name in names]
        assert all(one is not two for one, two in zip(before, during, strict=True))
    assert [_function(name) for names in p2_profile.STAGES.values() for name in names] == before


def _function(name: str) -> Any:
    return p2_profile.function(name)[2]


def test_the_table_of_stages_adds_up() -> None:
    one = {"kind": "csv", "rows": 10, "filed": 9, "read": 1.25, "judge": 2.5}
    lines = p2_profile.table([one, one | {"kind": "xlsx", "read": 50.0}]).splitlines()
    assert lines[0] == "| stage (CPU µs a row) | csv | xlsx |"
    assert lines[2:4] == ["| read | 1.2 | 50.0 |", "| judge | 2.5 | 2.5 |"]
    assert lines[-1] == "| together | 3.8 | 52.5 |"
    assert {line.count("|") for line in lines} == {4}


@pytest.mark.parametrize("kind", p2.KINDS)
def test_a_file_of_the_bench_has_one_faulty_row_in_a_hundred_and_is_unlike_any_other(
    tmp_path: Path, kind: str
) -> None:
    found = []
    for turn in ("one", "two"):
        folder = tmp_path / turn
        folder.mkdir()
        path = p2_filed.written(folder, kind, 200)
        assert path.suffix == f".{kind.partition('-')[0]}"
        with open_sheet(path, name=path.name) as sheet:
            assert sheet.header == list(p2_filed.HEADER)
            assert sheet.encoding == {"csv": "utf-8-sig", "csv-gb18030": "gb18030"}.get(kind, "")
            found.append([row.cells for row in sheet.rows()])
    rows = found[0]
    assert len(rows) == 200
    assert [n for n, cells in enumerate(rows, start=1) if "13月" in cells[10]] == [100, 200]
    numbers = {cells[7] for cells in (*found[0], *found[1])}
    assert len(numbers) == 400, "the rows of each file are its own"


def test_pages_are_read_alone_and_then_beside_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []

    def phase(*given: Any) -> Phase:
        events.append("pages")
        asked: Asked = given[4]
        assert (asked.seconds, asked.warm, given[5]) == (p2.PAGES_SECONDS["short"], p2.PAGES_WARM, RATE)
        assert sum(given[6].values()) == pytest.approx(1)
        late = {1: 0.9, 2: 0.010, 3: 0.030}[events.count("pages")]
        return Phase({"list": [0.001] * 90 + [late] * 10}, 1.0, 0, [], 0.0, 0.0)

    class Filing:
        def __init__(self, command: list[str], **_: Any) -> None:
            events.append(f"file of {command[-1]}")
            self.stdout = self

        def readline(self) -> str:
            events.append("begun")
            return "begun\n"

        def poll(self) -> None:
            return None

        def kill(self) -> None:
            events.append("killed")

        def communicate(self) -> None:
            events.append("reaped")

    site = object.__new__(Site)
    site.web = None
    site.port = 1
    site.places = type("Places", (), {"python": "python", "root": ".", "command": "yichuang"})()
    monkeypatch.setattr(
        Site, "tool", lambda _self, command: json.dumps([]) if command[-1] == "--lists" else ""
    )
    monkeypatch.setattr(Site, "environment", lambda _self: {})
    monkeypatch.setattr(
        Site, "start_beside", lambda _self, name, command: events.append(" ".join((name, *command)))
    )
    monkeypatch.setattr(Site, "ask", lambda _self, statement: events.append(statement))
    monkeypatch.setattr(p2, "finish", lambda _: events.append("drained"))
    monkeypatch.setattr(p2, "phase", phase)
    monkeypatch.setattr("subprocess.Popen", Filing)
    found = p2.pages_beside(site, Asked())
    # The worker drains what was filed before; the second reading begins when the work on the file has, and nothing is left behind.
    worker = "worker yichuang work --queues short"
    assert events == [
        worker,
        "drained",
        "vacuum analyze",
        "pages",
        "pages",
        "file of 120000",
        "begun",
        "pages",
        "killed",
        "reaped",
    ]
    assert (found.outlasted, found.failed) == (True, 0)
    assert found.slower == 3.0


def test_readers_of_an_empty_site_ask_for_lists_that_the_desk_has() -> None:
    assert set(p2.PAGES_SHARES) == {"list", "figures"}
    assert all(one.startswith("/desk?tab=") for one in LISTS)
