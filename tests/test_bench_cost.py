"""P8: processor seconds per 1,000 whole cases, with everything that serves them and one report."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import limit, p1, p8
from bench.asked import Asked
from bench.limit import Limit
from bench.machine import Usage
from bench.p8 import Turn
from bench.peers.running import Reached
from bench.results import Scenario
from config.launch.say import Stop

LIMIT = Limit(lives=2000, seconds=15.0, database=9.0, client=1.0)


def turn(web: float = 5.0, lives: int = 1000, **changed: Any) -> Turn:
    """A turn of a thousand lives: 5 s in the web server, 1 s in the worker, 4 s in the database, half a second of report."""
    given: dict[str, Any] = {
        "lives": lives, "used": Usage(web, 1.0, 4.0, 15.0), "report": 0.5, "failures": [],
    }  # fmt: skip
    return Turn(**given | changed)


def missed(found: Scenario) -> list[str]:
    return [one.name for one in found.must if not one.met]


def test_the_parts_of_a_turn_add_up_to_the_whole() -> None:
    one = turn()
    assert one.per_thousand() == {"web": 5.0, "worker": 1.0, "database": 4.0, "report": 0.5}
    assert one.whole() == 10.5
    half = turn(lives=500)
    assert half.per_thousand() == {"web": 10.0, "worker": 2.0, "database": 8.0, "report": 0.5}


@given(st.integers(1, 5000), st.floats(0, 100), st.floats(0, 100), st.floats(0, 100), st.floats(0, 9))
def test_whatever_was_used_is_counted_once(
    lives: int, web: float, worker: float, database: float, report: float
) -> None:
    one = Turn(lives, Usage(web, worker, database, 1.0), report, [])
    assert one.whole() == pytest.approx((web + worker + database) * 1000 / lives + report)
    assert sum(one.per_thousand().values()) == pytest.approx(one.whole())


def test_without_a_whole_life_no_cost_is_told() -> None:
    """The broken variant divides by one instead: a site that finishes nothing is then the cheapest of all."""
    with pytest.raises(Stop, match="No case"):
        turn(lives=0).whole()


@pytest.mark.parametrize(
    ("turns", "whole"),
    [
        ([turn()], 10.5), ([turn(), turn(web=9.0), turn(web=6.0)], 11.5), ([turn(), turn(web=7.0)], 11.5),
        ([turn(web=1.0), turn(web=2.0), turn(web=3.0), turn(web=99.0)], 8.0),
    ],
)  # fmt: skip
def test_the_middle_turn_is_told(turns: list[Turn], whole: float) -> None:
    assert p8.middle(turns) == whole
    assert p8.scenario(turns, LIMIT, Asked(), 0.0).ours == whole


def test_every_part_has_a_middle_of_its_own() -> None:
    turns = [turn(), turn(web=9.0), turn(web=6.0, report=2.0)]
    assert p8.middle(turns, "web") == 6.0
    assert p8.middle(turns, "report") == 0.5
    found = p8.scenario(turns, LIMIT, Asked(), 0.0)
    assert found.more["parts"] == {"web": 6.0, "worker": 1.0, "database": 4.0, "report": 0.5}
    assert found.more["lives"] == [1000, 1000, 1000]


@pytest.mark.parametrize(
    ("turns", "names"),
    [
        ([turn()], []), ([turn(web=6.5)], []), ([turn(web=6.6)], ["cpu_s_per_1000"]), ([turn(failures=["decide: 409"])], ["failures"]),
        ([turn(report=2.1)], ["cpu_s_per_1000"]),
    ],
)  # fmt: skip
def test_p8_tells_what_is_missed(turns: list[Turn], names: list[str]) -> None:
    found = p8.scenario(turns, LIMIT, Asked(), 0.0)
    assert missed(found) == names
    assert found.as_json(machine="m", commit="c")["must_met"] is (not names)


def test_the_limit_is_the_database_alone_of_as_many_cases() -> None:
    found = p8.scenario([turn()], LIMIT, Asked(), 0.0)
    assert found.limit == 4.5
    assert found.ratio == pytest.approx(10.5 / 4.5)
    assert not found.aim[0].met
    assert p8.scenario([turn(web=0.5)], LIMIT, Asked(), 0.0).aim[0].met
    nothing = Limit(lives=0, seconds=15.0, database=0.0, client=0.0)
    assert p8.scenario([turn()], nothing, Asked(), 0.0).ratio == 0.0


def test_a_reader_is_told_under_which_conditions() -> None:
    said = "\n".join(p8.scenario([turn()], LIMIT, Asked(rounds=1, cases=1000), 0.6).deferred)
    for words in (
        "peers are told without the report",
        "not run in this run: lean_prototype, ninja, orm, drf",
        "60%",
        "1,000 cases",
        "1 rounds",
    ):
        assert words in said
    assert len(p8.scenario([turn()], LIMIT, Asked(), 0.0).deferred) == 2


def test_a_peer_that_p1_measured_in_this_run_is_told_by_its_cost_there() -> None:
    """Five writes a case: 6.5 ms a write are 32.5 s for a thousand cases, whatever is quoted elsewhere."""
    reached = {"drf": Reached(284.6, 6.5), "viewflow": Reached(128.9, 14.69)}
    found = p8.scenario([turn()], LIMIT, Asked(), 0.0, reached)
    assert found.peers["drf"] == 32.5
    assert found.peers["viewflow"] == 73.5
    assert found.peers["open_zaak"] == p8.PEERS["open_zaak"]
    quoted, measured, _ = found.deferred
    assert "drf" not in quoted
    assert "open_zaak" in quoted
    assert measured.endswith("drf, viewflow")
    assert p8.PEERS["drf"] == 38.0, "what is quoted stays what it was"


def test_p1_leaves_what_its_peers_reached_for_p8(monkeypatch: pytest.MonkeyPatch) -> None:
    class Site(Busy):
        prepared: dict[str, Any] = {}

        def tool(self, *_: object) -> str:
            return '[{"script": "", "steps": []}]'

        def start(self) -> None:
            self.left = [0]

        stop = rest_worker = wake_worker = start

    monkeypatch.setattr(p1, "Site", lambda _: Site(0))
    monkeypatch.setattr(p1, "lives", lambda _: [])
    monkeypatch.setattr(p1, "busy_share", lambda: 0.0)
    monkeypatch.setattr(p1, "live", lambda *_: None)
    monkeypatch.setattr(limit, "measure", lambda *_, **__: LIMIT)
    monkeypatch.setattr(p1, "say", lambda *_: None)
    monkeypatch.setattr(p1, "peers", lambda *_: ({"drf": Reached(1.0, 2.0)}, []))
    monkeypatch.setattr(p1, "scenario", lambda *_: None)
    monkeypatch.setattr(p1, "REACHED", {})
    p1.run(Asked(rounds=1))
    assert {"drf": Reached(1.0, 2.0)} == p1.REACHED


class Busy:
    """A site whose queue empties after some questions."""

    def __init__(self, *left: int) -> None:
        self.left = list(left)
        self.asked: list[str] = []

    def ask(self, statement: str) -> list[tuple[int]]:
        self.asked.append(statement)
        return [(self.left.pop(0) if len(self.left) > 1 else self.left[0],)]


def test_the_cost_ends_when_nothing_is_left_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    site = Busy(40, 3, 0)
    p8.finish(site)  # type: ignore[arg-type]
    assert len(site.asked) == 3
    assert waited == [0.5, 0.5]
    assert "journal_fresh" in site.asked[0]
    assert "procrastinate_jobs" in site.asked[0]


def test_work_that_is_never_done_is_no_low_cost() -> None:
    with pytest.raises(Stop, match="did not finish"):
        p8.finish(Busy(7), patience=0.0)  # type: ignore[arg-type]


def test_a_turn_counts_what_was_used_until_the_queue_was_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the worker does after the last answer belongs to the cases; what the load itself used does not."""
    seen: list[str] = []
    clock = iter([Usage(1, 1, 1, 0), Usage(6, 3, 5, 20), Usage(6, 3, 5, 20), Usage(6, 3, 5.25, 21)])

    class Site:
        def usage(self) -> Usage:
            seen.append("usage")
            return next(clock)

        def tool(self, arguments: list[str]) -> str:
            seen.append(" ".join(arguments))
            return '{"cpu": 0.5, "bytes": 9}'

    class Done:
        times = {"file": [0.1] * 12, "deliver": [0.1] * 10}
        failures = ["x"]

    def live(*given: Any) -> Done:
        seen.append(f"live {given[2].warm:g}")
        return Done()

    monkeypatch.setattr(p8, "live", live)
    monkeypatch.setattr(p8, "finish", lambda _: seen.append("finish"))
    found = p8.turn(Site(), [], Asked(), "p8-0")  # type: ignore[arg-type]
    assert seen == ["usage", "live 0", "finish", "usage", "usage", "bench.press once", "usage"]
    assert found == Turn(10, Usage(5, 2, 4, 20), 0.75, ["x"])


def test_the_report_is_printed_by_what_the_house_prints_with() -> None:
    text = Path("bench/press.py").read_text(encoding="utf-8")
    assert text.count("files = whole(0)") == 1
    assert "report_pdf(made, fonts), report_docx(made, fonts)" in text
    # What it takes is told with the engine that sets documents, which is a process of its own.
    assert text.count("used() - before") == 2
    assert "tree_seconds(os.getpid())" in text
    assert "process_time" not in text
