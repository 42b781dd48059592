"""Memory as the bench reads it, and what P7 makes of it: every page counted once, buffers left out, growth that one sample cannot fake."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import memory, p7, stopping
from bench.asked import SIZES, Asked
from bench.machine import Usage
from bench.memory import Held, Sample, Watch, growth, held, parsed, sampled, slope, trees
from bench.p1 import Ours
from bench.results import Scenario
from config.launch.processes import wait_until
from yichuang.gateways import drawing
from yichuang.gateways.documents import typesetting

MB = 2**20
ROLLUP = """\
55d0c0a00000-7ffd2a9fe000 ---p 00000000 00:00 0                          [rollup]
Rss:              110508 kB
Pss:               98304 kB
Pss_Dirty:         71240 kB
Pss_Anon:          65536 kB
Pss_File:          24576 kB
Pss_Shmem:          8192 kB
Shared_Clean:      12000 kB
Locked:                0 kB
"""


def sample(at: float, **megabytes: float) -> Sample:
    """A moment with so many megabytes of each kind, each in one process."""
    sizes = {kind.replace("_", " "): int(size * MB) for kind, size in megabytes.items()}
    return Sample(at, sizes, sizes)


def course(*megabytes: float) -> list[Sample]:
    """A sample a minute."""
    return [sample(60.0 * place, web=size) for place, size in enumerate(megabytes)]


# What the machine tells.


def test_a_process_holds_its_share_of_all_pages_and_its_shared_ones_are_known() -> None:
    found = parsed(ROLLUP)
    assert found == Held(pss=96 * MB, shared=8 * MB)
    assert found.own == 88 * MB


@pytest.mark.parametrize(
    ("line", "name"),
    [("Pss:               98304 kB\n", "Pss"), ("Pss_Shmem:          8192 kB\n", "Pss_Shmem")],
)
def test_a_text_without_what_is_needed_is_refused_and_not_read_as_nothing(line: str, name: str) -> None:
    """The broken variant takes a missing line for 0 bytes: a product without memory meets every goal."""
    with pytest.raises(ValueError, match=f"without {name}$"):
        parsed(ROLLUP.replace(line, ""))
    with pytest.raises(ValueError, match="Pss, Pss_Shmem"):
        parsed("")


@pytest.mark.parametrize("line", ["Pss: many kB\n", "Pss: 12 MB\n", "Pss 12 kB\n", "Pss:12\n"])
def test_a_line_of_another_form_is_no_figure(line: str) -> None:
    with pytest.raises(ValueError, match=r"Pss|invalid literal"):
        parsed(ROLLUP.replace("Pss:               98304 kB\n", line))


def test_who_is_gone_holds_nothing_and_who_is_here_holds_something(tmp_path: Path) -> None:
    assert held(2**22 + 1) is None
    (tmp_path / "7").mkdir()
    assert held(7, tmp_path) is None
    (tmp_path / "7" / "smaps_rollup").write_text("nonsense\n")
    assert held(7, tmp_path) is None
    (tmp_path / "7" / "smaps_rollup").write_text(ROLLUP)
    assert held(7, tmp_path) == Held(96 * MB, 8 * MB)
    mine = held(os.getpid())
    assert mine is not None
    assert 5 * MB < mine.own <= mine.pss < 4096 * MB


def test_what_is_taken_is_seen() -> None:
    before = held(os.getpid())
    taken = bytearray(os.urandom(1) * (32 * MB))
    after = held(os.getpid())
    assert before is not None
    assert after is not None
    assert len(taken) * 0.9 < after.pss - before.pss < len(taken) * 1.5


# A moment of the whole product.


def looked(sizes: Mapping[int, Held]) -> Any:
    return sizes.get


def test_buffers_are_left_out_of_the_database_and_of_nobody_else() -> None:
    sizes = {1: Held(100, 30), 2: Held(50, 10), 3: Held(900, 800), 4: Held(70, 60)}
    found = sampled({"web": [1, 2], "database": [3, 4]}, 5.0, looked(sizes))
    assert found.bytes == {"web": 150, "database": 110}
    assert found.largest == {"web": 100, "database": 100}
    assert (found.whole, found.at) == (260, 5.0)


def test_a_process_that_ends_meanwhile_leaves_the_others() -> None:
    found = sampled({"web": [1, 2, 3], "worker": [], "long worker": [9]}, 0.0, looked({2: Held(7, 0)}))
    assert found.bytes == {"web": 7, "worker": 0, "long worker": 0}
    assert found.largest == {"web": 7, "worker": 0, "long worker": 0}
    assert found.whole == 7


def test_a_kind_is_its_root_and_everything_below_it() -> None:
    found = trees({"web": os.getpid(), "worker": None, "gone": 2**22 + 1})
    assert os.getpid() in found["web"]
    assert (found["worker"], found["gone"]) == ([], [])


def test_a_watch_looks_at_the_beginning_between_and_at_the_end() -> None:
    with Watch({"web": os.getpid()}, 0.02) as watch:
        time.sleep(0.1)
        # A thread of a busy machine has its turn when it has it.
        assert wait_until(lambda: len(watch.samples) >= 2, 30)
    times = [one.at for one in watch.samples]
    assert len(times) >= 3
    assert times == sorted(times)
    assert times[-1] - times[0] >= 0.1
    assert all(one.bytes["web"] > MB for one in watch.samples)
    seen = len(watch.samples)
    time.sleep(0.05)
    assert len(watch.samples) == seen, "nobody looks after the end"


def test_a_watch_ends_although_the_work_fails() -> None:
    watch = Watch({"web": os.getpid()}, 60.0)
    with pytest.raises(RuntimeError, match="work"), watch:
        raise RuntimeError("work")
    assert not watch._thread.is_alive()
    assert len(watch.samples) == 2


# Growth.


def test_growth_is_from_the_first_quarter_to_the_last() -> None:
    assert growth(course(*[100] * 8)) == 0.0
    assert growth(course(*[100] * 4, *[110] * 4)) == pytest.approx(0.10)
    assert growth(course(100, 100, 500, 500, 500, 500, 90, 90)) == pytest.approx(-0.10)
    assert growth(course(*[0] * 8)) == 0.0


def test_one_high_sample_is_no_growth_and_a_steady_rise_is() -> None:
    """The broken variant compares the last sample with the first: a collection in progress fails the build, or saves it."""
    calm = [100.0] * 12
    spiked = [*calm[:-1], 180.0]
    assert growth(course(*spiked)) == 0.0
    assert spiked[-1] / spiked[0] - 1 == pytest.approx(0.8)
    rising = [100.0 + place for place in range(12)]
    assert growth(course(*rising)) == pytest.approx(9 / 101)
    hidden = [*rising[:-1], 100.0]
    assert growth(course(*hidden)) > 0.05
    assert hidden[-1] / hidden[0] - 1 == 0.0


@pytest.mark.parametrize("count", [0, 1, 7])
def test_of_too_few_samples_no_growth_is_told(count: int) -> None:
    with pytest.raises(ValueError, match="at least eight"):
        growth(course(*[100] * count))


@given(st.lists(st.integers(50, 900), min_size=8, max_size=60), st.integers(2, 9))
def test_growth_is_a_share_and_knows_no_unit(sizes: list[int], times: int) -> None:
    one, many = growth(course(*sizes)), growth(course(*(size * times for size in sizes)))
    assert one == pytest.approx(many)
    assert min(sizes) / max(sizes) - 1 <= one <= max(sizes) / min(sizes) - 1


@given(st.floats(10, 900), st.floats(-50, 50), st.integers(2, 40))
def test_the_slope_of_a_line_is_found_whatever_its_start(start: float, an_hour: float, count: int) -> None:
    line = [sample(60.0 * place, web=start + an_hour * place / 60) for place in range(count)]
    assert slope(line) / MB == pytest.approx(an_hour, abs=0.01)


def test_the_slope_of_nothing_and_of_one_moment_is_level() -> None:
    assert slope([]) == 0.0
    assert slope([sample(5, web=7)]) == 0.0
    assert slope([sample(5, web=7), sample(5, web=9)]) == 0.0


# P7.


def done(**changed: Any) -> Ours:
    given: dict[str, Any] = {
        "times": {"file": [0.01] * 100, "deliver": [0.01] * 100}, "seconds": 60.0, "used": Usage(0.5, 0.1, 0.4, 60.0), "generator": 0.1,
        "failures": [], "undrained": 0,
    }  # fmt: skip
    return Ours(**given | changed)


def product(web: float = 150.0, *, worker: float = 100.0, last: float = 0.0, **more: float) -> list[Sample]:
    """Twelve samples: a web server whose larger process holds 60 % of it, and the rest; `last` is added in the last quarter."""
    found = []
    for place in range(12):
        extra = last if place >= 9 else 0.0
        one = sample(5.0 * place, web=web + extra, worker=worker, **more)
        found.append(Sample(one.at, one.bytes, {**one.largest, "web": int(web * MB * 0.6)}))
    return found


def missed(found: Scenario) -> list[str]:
    return [one.name for one in found.must if not one.met]


@pytest.mark.parametrize(
    ("samples", "ours", "names"),
    [
        (product(), done(), []), (product(web=184.0), done(), ["web_worker_mb"]), (product(database=351.0), done(), ["whole_mb"]),
        (product(charts=90.0, typesetting=160.0), done(), []), (product(charts=90.0, typesetting=170.0), done(), ["engines_mb"]),
        (product(last=6.0), done(), ["growth"]), (product(last=4.0), done(), []), (product(), done(failures=["file: 500"]), ["failures"]),
        (product(web=184.0, database=400.0, last=40.0), done(), ["web_worker_mb", "whole_mb", "growth"]),
    ],
)  # fmt: skip
def test_p7_tells_what_is_missed(samples: list[Sample], ours: Ours, names: list[str]) -> None:
    assert missed(p7.scenario(samples, ours, 60.0)) == names


def test_p7_tells_the_most_that_was_seen_and_by_whom() -> None:
    samples = product()
    samples[5] = sample(25.0, web=180.0, worker=220.0)
    found = p7.scenario(samples, done(), 60.0)
    assert (found.ours, found.unit) == (400.0, "MB")
    assert found.more["most_mb"] == {"web": 180.0, "worker": 220.0}
    assert found.more["first_mb"] == found.more["last_mb"] == {"web": 150.0, "worker": 100.0}
    assert found.more["looks"] == 12
    assert found.cpu_ms == 5.0
    assert [one.met for one in found.aim] == [False, True]
    assert found.as_json(machine="m", commit="c")["must_met"] is False, "one process held 180 MB"


def test_p7_holds_engines_apart_from_what_stays() -> None:
    """One that is started in the midst of the looks is no growth, and no part of what the product holds when nobody asks."""
    samples = product()
    for place in range(6, 12):
        one = samples[place]
        samples[place] = Sample(one.at, {**one.bytes, "typesetting": int(200 * MB)}, one.largest)
    found = p7.scenario(samples, done(), 60.0)
    assert (found.ours, missed(found)) == (250.0, [])
    assert {one.name: one.value for one in found.must}["engines_mb"] == 200.0
    # The broken variant: as part of the product it would be told as growth.
    assert growth(samples) > 0.5


def test_p7_without_a_single_write_still_tells_its_memory() -> None:
    found = p7.scenario(product(), done(times={}), 60.0)
    assert found.ours == 250.0
    assert found.more["writes"] == 0


def test_p7_looks_for_an_hour_at_full_size_and_says_when_it_did_not() -> None:
    assert p7.seconds(SIZES["full"]) == 3600.0
    assert p7.seconds(Asked(seconds=15.0)) == 45.0
    assert not any("instead of an hour" in one for one in p7.deferred(3600.0))
    assert any("45 s of P1 instead of an hour" in one for one in p7.deferred(45.0))


def read(failed: int = 0, **pages: int) -> dict[str, Any]:
    """What a load beside the lives saw."""
    return {
        "times": {kind: [0.01] * count for kind, count in pages.items()},
        "failures": ["list: 500"] * failed,
        "failed": failed,
    }


BOTH = (read(list=60, detail=30, figures=10), read(report=2, charts=6))


@pytest.mark.parametrize(
    ("told", "names"),
    [
        (BOTH, []), ((BOTH[0], read(report=2)), ["kinds of pages not read"]), ((BOTH[0], read(charts=5, report=0)), ["kinds of pages not read"]),
        ((read(1, list=60, detail=30, figures=10), BOTH[1]), ["failures"]), ((), []),
    ],
)  # fmt: skip
def test_p7_counts_pages_and_printings_that_failed_or_never_came(
    told: tuple[dict[str, Any], ...], names: list[str]
) -> None:
    """The broken variant asks nothing while it looks: a product at rest grows by nothing and draws no chart."""
    found = p7.scenario(product(), done(), 60.0, told)
    assert missed(found) == names
    assert sum(found.more["pages"].values()) == sum(
        len(one) for each in told for one in each["times"].values()
    )


def test_the_engine_of_charts_is_a_kind_of_its_own_wherever_it_was_started(tmp_path: Path) -> None:
    sleeping = [sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"]
    with (
        subprocess.Popen([*sleeping, "bench.test.engine"], stdout=subprocess.PIPE) as engine,
        subprocess.Popen(sleeping, stdout=subprocess.PIPE) as other,
    ):
        try:
            for one in (engine, other):
                assert one.stdout is not None
                one.stdout.readline()
            whole = trees({"web": os.getpid(), "worker": None})
            found = trees({"web": os.getpid(), "worker": None}, {"charts": "bench.test.engine"})
        finally:
            engine.kill()
            other.kill()
    assert {engine.pid, other.pid} <= set(whole["web"])
    assert found["charts"] == [engine.pid]
    assert other.pid in found["web"]
    assert engine.pid not in found["web"]
    assert memory.arguments(2**22 + 1, tmp_path) == []
    assert trees({"web": None}, p7.APART) == {"web": [], "charts": [], "typesetting": []}


def test_what_is_told_apart_are_the_engines_of_the_product() -> None:
    assert {"charts": drawing.CHARTS.module, "typesetting": typesetting.DOCUMENTS.module} == p7.APART
    assert p7.PAGES_RATE * 2 > 1
    assert sum(p7.PRINTS_SHARES.values()) == sum(p7.USED_PRINTS_SHARES.values()) == 1
    # Twelve reports before memory counts: that one of two processes gets none of them is one chance in four thousand.
    assert p7.USED_PRINTS_RATE * p7.USED_PRINTS_SHARES["report"] * p7.USED_SECONDS == pytest.approx(12)


def test_loads_read_while_the_block_runs_and_are_ended_where_it_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each is told its plan, and what it saw is there afterwards."""
    loads: list[subprocess.Popen[str]] = []
    program = "import json, sys; plan = json.load(sys.stdin); print('open'); print('close'); print(json.dumps({'saw': plan}), end='', flush=True)"
    talks = stopping.talking

    @contextmanager
    def talking(_: list[str], folder: Path) -> Iterator[subprocess.Popen[str]]:
        with talks([sys.executable, "-c", program], folder) as process:
            loads.append(process)
            yield process

    class Stand:
        class places:  # noqa: N801
            python, root = sys.executable, Path()

    monkeypatch.setattr(p7, "talking", talking)
    with p7.reading(Stand(), [{"n": 1}, {"n": 2}]) as told:  # type: ignore[arg-type]
        assert told == []
    assert told == [{"saw": {"n": 1}}, {"saw": {"n": 2}}]
    program = "import time; time.sleep(60)"
    with pytest.raises(RuntimeError, match="lives"), p7.reading(Stand(), [{}, {}]):  # type: ignore[arg-type]
        raise RuntimeError("lives")
    assert [one.returncode for one in loads] == [0, 0, -9, -9]


def test_p7_starts_the_processes_of_a_real_start() -> None:
    """What `make run` starts beside the web server is what P7 starts: long jobs apart from short ones, one that drains."""
    commands: dict[str, list[str]] = {}

    class Child:
        pid = 4

    class Stand:
        class places:  # noqa: N801
            command, python = "yichuang", "python"

        class cluster:  # noqa: N801
            @staticmethod
            def pid() -> int:
                return 5

        web = None

        @staticmethod
        def start_beside(name: str, command: list[str]) -> Child:
            commands[name] = command
            return Child()

    roots = p7.started(Stand())  # type: ignore[arg-type]
    launched = Path("config/launch/running.py").read_text(encoding="utf-8")
    assert '"--queues", "short"]' in launched
    assert '"--queues", "long", "--no-drain", "--sleep"]' in launched
    assert commands["worker"] == ["yichuang", "work", "--queues", "short"]
    assert commands["long worker"] == ["yichuang", "work", "--queues", "long", "--no-drain", "--sleep"]
    assert set(roots) == {"web", "worker", "long worker", "launcher", "database"}
    assert roots["web"] is None
    assert roots["database"] == 5
    assert memory.trees({"web": None}) == {"web": []}
