"""The bench measures what it says: the shape of the results, the goals, the scripts of the limit, the reading of answers."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from bench import arrivals, beside, capture, chart, generator, lives, machine, p1, p1b, p4, results
from bench.__main__ import parsed
from bench.asked import Asked
from bench.generator import Plan
from bench.limit import Limit
from bench.machine import Usage
from bench.p1 import Ours
from bench.peers import running
from bench.peers.running import Reached
from bench.results import Bound, Scenario
from bench.site import Part, Site, worked_for
from config.launch.say import Stop
from yichuang.kernel import sql as runner

NEW_ID = UUID(int=(2_000_000_000_000 << 80) | 0x7 << 76 | 0b10 << 62)
OLD_ID = UUID(int=(1_000_000_000_000 << 80) | 0x7 << 76 | 0b10 << 62)
NAMES = ("file", "accept", "propose", "decide", "deliver")


def ours(each: float = 0.01, count: int = 300, **changed: Any) -> Ours:
    """A phase in which every answer took the same time."""
    given: dict[str, Any] = {
        "times": {name: [each] * count for name in NAMES}, "seconds": 3.0, "used": Usage(1.5, 0.3, 0.6, 3.0),
        "generator": 0.2, "failures": [], "undrained": 4,
    }  # fmt: skip
    return Ours(**given | changed)


def measured(
    *rounds: tuple[Ours, Limit],
    asked: Asked = p1.USUAL,
    busy: float = 0.0,
    beside_it: dict[str, Reached] | None = None,
    missing: Sequence[str] = (),
) -> Scenario:
    captured = [
        {"steps": [{"name": name, "statements": 5 + at, "writes": 1} for at, name in enumerate(NAMES)]}
    ]
    return p1.scenario(rounds, captured, asked, busy, beside_it or {}, missing)


def test_the_results_file_has_the_promised_shape(tmp_path: Path) -> None:
    limit = Limit(lives=2000, seconds=3.0, database=4.0, client=0.5)
    results.write(tmp_path / "deep" / "latest.json", [measured((ours(), limit))], machine="m", commit="c")
    (entry,) = json.loads((tmp_path / "deep" / "latest.json").read_text(encoding="utf-8"))
    promised = {
        "scenario": str, "ours": float, "unit": str, "limit": float, "ratio": float, "peers": dict, "cpu_ms": float,
        "must": list, "aim": list, "must_met": bool, "aim_met": bool, "deferred": list, "machine": str, "commit": str,
    }  # fmt: skip
    assert {name: type(entry[name]) for name in promised} == promised
    assert (entry["scenario"], entry["unit"], entry["ours"], entry["limit"]) == (
        "P1",
        "writes/s",
        500.0,
        3333.3,
    )
    assert entry["ratio"] == 0.15
    assert entry["cpu_ms"] == 1.6
    for bound in [*entry["must"], *entry["aim"]]:
        assert set(bound) == {"name", "op", "bound", "value", "met"}
        assert bound["met"] == results.COMPARED[bound["op"]](bound["value"], bound["bound"])
    assert entry["must_met"] == all(one["met"] for one in entry["must"])
    assert {"ratio", "p99_ms", "database_cpu_to_limit", "times_drf", "failures"} <= {
        one["name"] for one in entry["must"]
    }
    assert entry["steps"]["accept"] == {"p50_ms": 10.0, "p99_ms": 10.0, "statements": 6, "writes": 1}


def entry(scenario: str, commit: str, ours: float) -> dict[str, Any]:
    """A measured scenario, as the results file has it."""
    made = Scenario(
        scenario, ours, "writes/s", 1000.0, {}, 1.0, [Bound("ratio", ">=", 0.15, ours / 1000)], []
    )
    return made.as_json(machine="m", commit=commit)


def test_a_run_of_one_scenario_leaves_what_the_others_had(tmp_path: Path) -> None:
    path = tmp_path / "latest.json"
    limit = Limit(lives=2000, seconds=3.0, database=4.0, client=0.5)
    other = Scenario("P0", 1.0, "x", 2.0, {}, 1.0, [], [])
    results.write(path, [measured((ours(), limit)), other], machine="m", commit="first")
    results.write(path, [measured((ours(count=30), limit))], machine="m", commit="second")
    assert [(one["scenario"], one["commit"]) for one in results.read(path)] == [
        ("P0", "first"),
        ("P1", "second"),
    ]
    assert not path.with_name("latest.json.part").exists()


def test_the_history_has_one_point_a_commit_and_none_that_nobody_could_measure_again(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    results.remember(path, [entry("P1", "aaa", 100.0), entry("P2", "aaa", 400.0)], on=date(2026, 1, 2))
    results.remember(
        path, [entry("P1", "bbb", 200.0), entry("P1", "ccc with changes", 900.0)], on=date(2026, 1, 3)
    )
    results.remember(path, [entry("P1", "bbb", 250.0), entry("P1", "unknown", 900.0)], on=date(2026, 1, 3))
    points = [(one["on"], one["scenario"], one["commit"], one["ours"]) for one in results.read(path)]
    assert points == [
        ("2026-01-02", "P1", "aaa", 100.0), ("2026-01-02", "P2", "aaa", 400.0), ("2026-01-03", "P1", "bbb", 250.0),
    ]  # fmt: skip


def test_the_chart_has_a_part_a_scenario_with_the_bound_where_there_is_one(tmp_path: Path) -> None:
    history = [entry("P1", "aaa", 100.0), entry("P1", "bbb", 200.0), entry("P9", "bbb", 5.0)]
    parts = chart.spec(history)["concat"]
    assert [[one["commit"] for one in part["data"]["values"]] for part in parts] == [["aaa", "bbb"], ["bbb"]]
    assert [len(part["layer"]) for part in parts] == [2, 1]
    path = tmp_path / "bench.svg"
    chart.draw(path, [])
    assert not path.exists()
    chart.draw(path, history)
    assert "P1 办件全过程：极限的 20%" in path.read_text(encoding="utf-8")


def test_medians_are_taken_and_every_shortcoming_is_told() -> None:
    limit = Limit(lives=2000, seconds=3.0, database=4.0, client=0.5)
    slow, broken = ours(count=30, used=Usage(9, 9, 9, 3.0)), ours(failures=["file: 500 trouble"])
    found = measured(
        (slow, limit), (ours(), limit), (broken, limit), asked=Asked(rounds=3, cases=1000), busy=0.5
    )
    assert found.ours == 500.0
    assert found.cpu_ms == 1.6
    assert [one for one in found.must if not one.met and one.name == "failures"]
    said = "\n".join(found.deferred)
    for word in ("quoted", "50%", "1,000 cases", "3 rounds"):
        assert word in said
    assert "other load" not in "\n".join(measured((ours(), limit)).deferred)


def test_a_peer_that_ran_beside_counts_and_the_others_are_told_as_quoted() -> None:
    limit = Limit(2000, 3.0, 4.0, 0.5)
    alone, beside_it = (
        measured((ours(), limit)),
        measured((ours(), limit), beside_it={"drf": Reached(100.0, 7.5)}),
    )
    assert (alone.peers["drf"], beside_it.peers["drf"]) == (315, 100.0)
    assert [one.value for one in beside_it.must if one.name == "times_drf"] == [5.0]
    assert beside_it.more["peer_cpu_ms"] == {"drf": 7.5}
    assert alone.more["peer_cpu_ms"] == {}
    said = measured((ours(), limit), missing=["viewflow was not run: no registry"]).deferred
    assert said[-1] == "viewflow was not run: no registry"
    assert "drf" in alone.deferred[0]
    assert "drf" not in beside_it.deferred[0]
    assert "viewflow" in beside_it.deferred[0]


def test_the_lives_of_a_peer_have_the_steps_of_ours() -> None:
    (life,) = running.plan(["secret"])
    assert [step["name"] for step in life] == list(NAMES)
    assert all(json.loads(step["body"]) and step["token"] == "secret" for step in life)


def test_a_variant_is_told_as_its_share_of_p1_in_the_same_round() -> None:
    """The rounds' own shares count: the machine was slow in the second round for both."""
    limit, variant = (
        Limit(2000, 3.0, 4.0, 0.5),
        beside.Variant("P1b", Asked(rounds=3), nullcontext, 0.8, 0.95),
    )
    rounds = [
        (ours(count=300), ours(count=270), limit), (ours(count=60), ours(count=50), limit),
        (ours(count=300), ours(count=240, failures=["file: 500"]), limit),
    ]  # fmt: skip
    found = beside.share(rounds, Asked(rounds=3), variant, 0.0)
    assert (found.name, found.ours) == ("P1b", 400.0)
    assert [(one.name, one.value, one.met) for one in found.must] == [
        ("share_of_p1", 0.833, True), ("failures", 1, False),
    ]  # fmt: skip
    assert not found.aim[0].met
    assert "3 rounds" in "\n".join(found.deferred)
    assert "quoted" not in "\n".join(found.deferred)


def test_the_slow_disk_is_slow_only_while_it_is_switched_on(tmp_path: Path) -> None:
    disk = p1b.SlowDisk(tmp_path)
    try:
        disk.build()
    except Stop as stop:
        pytest.skip(stop.chinese)
    probe = (
        "import os, time; f = os.open('probe', os.O_CREAT | os.O_RDWR); os.fdatasync(f); t = time.monotonic()\n"
        "for _ in range(10): os.fdatasync(f)\n"
        "print(time.monotonic() - t)"
    )

    def seconds() -> float:
        done = subprocess.run(
            [sys.executable, "-S", "-c", probe],
            cwd=tmp_path,
            env=disk.environment,
            capture_output=True,
            check=True,
        )
        return float(done.stdout)

    with disk.slow():
        slow = seconds()
    assert slow > 0.02
    assert not (tmp_path / "slow").exists()


def test_the_table_for_people_names_every_goal() -> None:
    scenario = measured((ours(), Limit(2000, 3.0, 4.0, 0.5)))
    said = results.told(scenario)
    assert all(one.name in said for one in [*scenario.must, *scenario.aim])
    assert "NOT MET" in said
    assert all(name in said for name in scenario.peers)


@pytest.mark.parametrize(
    ("op", "value", "met"), [("<=", 5.0, True), ("<=", 5.1, False), (">=", 5.0, True), (">=", 4.9, False)]
)
def test_a_goal_is_met_or_not(op: str, value: float, met: bool) -> None:
    assert Bound("x", op, 5.0, value).met is met


def test_percentiles_are_of_what_was_seen() -> None:
    values = [number / 1000 for number in range(1, 101)]
    assert (p1.percentile(values, 0.5), p1.percentile(values, 0.99)) == (51.0, 100.0)


def test_silence_meets_no_goal() -> None:
    """The broken variant tells 0 ms of nothing, which is less than any bound."""
    silent = p1.percentile([], 0.99)
    assert silent == p1.NONE_SEEN
    bounds = [one for one in measured((ours(), Limit(2000, 3.0, 4.0, 0.5))).must if one.op == "<="]
    assert not any(Bound(one.name, one.op, one.bound, silent).met for one in bounds)
    assert json.loads(json.dumps(silent)) == silent, "a results file holds it"
    mute = measured((ours(times={name: [] for name in NAMES}), Limit(2000, 3.0, 4.0, 0.5)))
    assert {"ratio", "p99_ms"} <= {one.name for one in mute.must if not one.met}


def test_what_was_smaller_than_defined_is_said_and_nothing_else() -> None:
    assert p1.shortcomings(p1.USUAL, 0.0) == []
    assert p1.shortcomings(Asked(rounds=3), 0.0) == ["3 rounds of 15 s instead of 5 of 15 s"]
    assert p1.shortcomings(Asked(rounds=3, seconds=2.0), 0.0, phases=False) == ["3 rounds instead of 5"]
    assert p1.shortcomings(Asked(cases=7), 0.3) == [
        "measured beside other load: 30% of the processors were busy between the phases",
        "7 cases preloaded instead of 1,000,000",
    ]
    assert p1.shortcomings(Asked(cases=7), 0.0, preloaded=False) == []
    assert p1.smaller(99_999, 100_000, "documents") == ["documents: 99,999 instead of 100,000"]
    assert p1.smaller(100_000, 100_000, "documents") == p1.smaller(5, 4, "x") == []


def test_the_command_line_knows_its_scenarios() -> None:
    assert parsed(["P1", "--cases", "5", "--rounds", "1"]).cases == [5]
    with pytest.raises(SystemExit):
        parsed(["P9"])


def test_processor_time_of_this_process_is_counted() -> None:
    before = machine.tree_seconds(None), machine.seconds_of(2**22 + 1)
    assert before == (0.0, 0.0)
    sum(range(3_000_000))
    assert machine.tree_seconds(os.getpid()) > 0
    assert Usage(3, 2, 1, 9).since(Usage(1, 1, 1, 4)) == Usage(2, 1, 0, 5)
    assert results.this_machine().count(",") >= 3


# The limit's scripts: the site's own statements with values that pgbench understands.

VALUES: Sequence[Any] = (
    "it's", "a:b", 'back\\slash "x":1', "多行\n：文字", 7, None, True, Decimal("1.50"), b"\x00\xff", date(2026, 6, 1),
    datetime(2026, 6, 1, 8, 30, tzinfo=UTC), OLD_ID, "%s",
)  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_means_the_same_in_the_script_and_hides_no_variable(
    value: Any, cluster_urls: dict[str, str]
) -> None:
    text = capture.literal(value)
    assert not re.search(r"(?<!:):[A-Za-z_\u0080-\uffff]", text)
    with psycopg.connect(cluster_urls["app"], autocommit=True) as one:
        assert one.execute(f"select {text}".encode()).fetchone() == (value,)


def test_what_is_new_in_every_life_becomes_a_variable_and_nothing_else() -> None:
    names = capture.Names(since=1_999_999_999_999)
    statement = (
        "/* why: because */ insert into t values (%(id)s, %(old)s, %(key)s, %(prev_hash)s, %(n)s, 5 %% 2)"
    )
    params = {"id": NEW_ID, "old": OLD_ID, "key": "life-3-1", "prev_hash": b"\x01", "n": 5}
    text = capture.rendered(statement, params, names)
    assert text == (
        f"insert into t values (cast(:id0 as uuid), '{OLD_ID.hex}'::uuid, cast(:key0 as text), cast(:hash as bytea), 5, 5 % 2)"
    )
    quoted = "select to_char(at, 'HH24:MI'), '{', a::text, ':b''s' where x = %(number)s"
    assert capture.rendered(quoted, {"number": 1}, names) == (
        "select to_char(at, E'HH24\\x3aMI'), '{', a::text, E'\\x3ab''s' where x = 1"
    )
    # The row that was read while it was captured is no row of another life; the broken variant moves none, and fails.
    guard = "c.seq = %(seq)s and (%(row_version)s::text is null or c.xmin = %(row_version)s::text::xid)"
    assert capture.rendered(guard, {"seq": 3, "row_version": "771"}, names) == (
        "c.seq = 3 and (null::text is null or c.xmin = null::text::xid)"
    )
    assert capture.rendered("update t set a = %s where b = %s", [NEW_ID, "life-3-2"], names).endswith(
        "a = cast(:id0 as uuid) where b = cast(:key1 as text)"
    )
    first = capture.fresh_values(names)
    assert re.findall(r" as (\w+)", first) == ["id0", "key0", "key1"]
    assert first.endswith("\\gset")


def test_one_write_runs_alone_and_several_in_a_transaction_and_reads_not_at_all() -> None:
    names = capture.Names(since=0)
    read = ("select 1 /* update t set a = 1 */", None)
    write = (
        "with m as (update t set a = 1 returning a)\n  select fact.seq, fact.hash, fact.number from fact",
        None,
    )
    assert capture.step_text([read], names) == ""
    alone = capture.step_text([read, write], names)
    assert alone.endswith("from fact \\gset")
    assert "\n" not in alone
    both = capture.step_text([("delete from u where a = 2", None), write], names).splitlines()
    assert (both[0], both[1], both[-1]) == ("begin;", "delete from u where a = 2;", "end;")


def test_a_life_has_five_requests_of_those_who_may() -> None:
    matter = {
        "item_code": "M",
        "department": "water",
        "answers": {"a": "1"},
        "materials": [],
        "levels": ["review", "decide"],
    }
    prepared = {
        "tokens": {"clerk": "c", "reviewer.water": "r", "head.water": "h"}, "channel": "1", "applicants": {"company": {"name": "示例"}},
        "matters": [matter, {**matter, "item_code": "N", "levels": ["review", "second", "decide"]}],
    }  # fmt: skip
    (life,) = lives.lives(prepared)
    assert [(one["name"], one["token"]) for one in life] == list(zip(NAMES, "ccrhc", strict=True))
    assert json.loads(life[0]["body"])["item_code"] == "M"


# The load: it keeps connections, reads both kinds of bodies, and tells failures apart from answers.


async def served(chunked: bool, status: int = 201) -> tuple[dict[str, Any], list[bytes]]:
    """What the generator tells of a server that gives every request the same answer, and the heads that it saw."""
    heads: list[bytes] = []
    body = b'{"receipt":{"case_no":"X-1"}}'

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = await reader.readuntil(generator.END_OF_HEAD)
            except asyncio.IncompleteReadError:
                writer.close()
                return
            heads.append(head)
            await reader.readexactly(generator.parsed_head(b"X 0 X\r\n" + head)[1] or 0)
            parts = b"%x\r\n%b\r\n5\r\n     \r\n0\r\n\r\n" % (len(body), body)
            how = (
                b"Transfer-Encoding: chunked\r\n\r\n" + parts
                if chunked
                else b"Content-Length: %d\r\n\r\n" % len(body) + body
            )
            writer.write(b"HTTP/1.1 %d OK\r\n" % status + how)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    steps = [
        {"name": "file", "path": "/api/v1/cases", "token": "t", "body": "{}"},
        {"name": "accept", "path": "/api/v1/cases/{number}/accept", "token": "u", "body": "{}"},
    ]
    plan = {
        "host": "127.0.0.1", "port": server.sockets[0].getsockname()[1], "seconds": 0.2, "warm": 0.05, "connections": 2, "run": "r",
        "lives": [steps],
    }  # fmt: skip
    told = await generator.run(Plan.read(json.dumps(plan)))
    server.close()
    return told, heads


@pytest.mark.parametrize("chunked", [False, True])
def test_the_load_lives_whole_lives_on_kept_connections(
    chunked: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    told, heads = asyncio.run(served(chunked))
    assert told["failures"] == []
    assert told["lives"] > 0
    assert set(told["times"]) == {"file", "accept"}
    keys = [re.search(rb"Idempotency-Key: (\S+)", head)[1] for head in heads]  # type: ignore[index]
    assert len(set(keys)) == len(keys), "no key is used twice"
    assert any(head.startswith(b"POST /api/v1/cases/X-1/accept HTTP/1.1") for head in heads)
    assert capsys.readouterr().out.split() == ["open", "close"]


def test_an_answer_that_is_no_success_is_a_failure_and_no_time() -> None:
    told, _ = asyncio.run(served(chunked=False, status=503))
    assert told["lives"] == 0
    assert told["times"] == {}
    assert told["failures"][0].startswith("file: 503")


def test_a_report_is_printed_with_other_digits_every_time() -> None:
    found = {
        "cold_ms": 800.0, "warm_ms": 90.0, "pdf_ms": 45.0, "cpu_ms": 50.0, "together_s": 2.0, "different": 0, "pages": 3,
        "pdf_bytes": 1, "docx_bytes": 1,
    }  # fmt: skip
    made = p4.scenario(found)
    assert all(bound.met for bound in made.must)
    assert made.deferred == []
    assert p4.scenario(found | {"pages": 2}, ["busy"]).deferred == [
        "busy",
        "pages of the report: 2 instead of 3",
    ]
    assert {bound.name: bound.met for bound in made.aim} == {"to_limit": False, "warm_ms": True}
    assert not all(bound.met for bound in p4.scenario(found | {"different": 1}).must)
    assert not all(bound.met for bound in p4.scenario(found | {"pdf_ms": 20.0}).must)


def test_the_day_that_is_told_has_its_shape_its_mix_and_its_sizes() -> None:
    found = list(arrivals.arrivals(seconds=600, mean=40, matters=20, seed="day"))
    again = list(arrivals.arrivals(seconds=600, mean=40, matters=20, seed="day"))
    assert found == again != list(arrivals.arrivals(seconds=600, mean=40, matters=20, seed="other"))
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert abs(len(found) / 600 - 40) < 2
    by_hour = [0] * 24
    for one in found:
        by_hour[int(one.at / 600 * 24)] += 1
    assert by_hour.index(max(by_hour)) in (9, 10)
    assert sum(by_hour[8:18]) > 10 * sum(by_hour[0:6])
    counted = arrivals.of_kinds(found)
    for want, share in arrivals.MIX.items():
        assert abs(counted[want] / len(found) - share / 1000) < 0.02, want
    sizes = sorted(one.size for one in found if one.want == "file")
    assert arrivals.SMALLEST <= sizes[0] <= sizes[-1] <= arrivals.LARGEST
    assert 250_000 < sizes[len(sizes) // 2] < 550_000
    assert all(one.size == 0 for one in found if one.want != "file")
    first = sum(one.matter == 0 for one in found)
    assert first > 4 * sum(one.matter == 9 for one in found)


def test_a_surge_has_one_rate_from_beginning_to_end() -> None:
    found = list(arrivals.arrivals(seconds=60, mean=100, matters=5, seed="surge", flat=True))
    halves = [sum(one.at < 30 for one in found), sum(one.at >= 30 for one in found)]
    assert abs(halves[0] - halves[1]) < 300
    assert abs(len(found) - 6000) < 300


def test_in_a_surge_everybody_but_staff_comes_more_often() -> None:
    """The broken variant multiplies everybody: the officers of a house do not become ten times as many."""
    calm = arrivals.of_kinds(list(arrivals.arrivals(seconds=200, mean=25, matters=5, seed="calm", flat=True)))
    surge = arrivals.of_kinds(
        list(arrivals.arrivals(seconds=200, mean=25, matters=5, seed="surge", flat=True, times=10))
    )
    assert arrivals.surging(1) == dict(arrivals.MIX)
    for want in arrivals.MIX:
        times = surge[want] / calm[want]
        assert (0.8 < times < 1.25) if want in arrivals.STAFF else (6 < times < 16), want
    assert set(arrivals.STAFF) < set(arrivals.MIX)


@pytest.mark.parametrize("mean", [1.0, 25.0])
def test_the_mean_of_a_day_is_its_mean_whatever_its_shape(mean: float) -> None:
    steps = 4800
    shape = [arrivals.rate((place + 0.5) / steps, mean) for place in range(steps)]
    assert sum(shape) / steps == pytest.approx(mean, rel=0.001)
    assert max(shape) / min(shape) > 50
    assert abs(shape[0] - shape[-1]) < mean * 0.1, "midnight passes into midnight"


def test_the_databases_time_is_told_by_whom_it_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    serving = [
        ("web", 30),
        ("web", 50),
        ("worker", 20),
        ("server", 4),
        ("server", 6),
        ("pgbench", 900),
        ("psql", 70),
    ]
    monkeypatch.setattr(Site, "ask", lambda _self, _text: serving)
    monkeypatch.setattr("bench.site.seconds_of", lambda pid: pid / 100)
    assert object.__new__(Site).database_parts() == {
        30: ("web", 0.3), 50: ("web", 0.5), 20: ("worker", 0.2), 4: ("server", 0.04), 6: ("server", 0.06),
    }  # fmt: skip
    parts = {"web": 0.9, "worker": 0.3, "server": 0.15}
    limit = Limit(lives=2000, seconds=3.0, database=4.0, client=0.5)
    told = measured((ours(parts=parts), limit), (ours(parts=parts), limit), (ours(), limit)).more[
        "cpu_parts_ms"
    ]
    assert told == {
        "web": 1.0, "worker": 0.2, "database": 0.4, "generator": 0.133,
        "database for web": 0.6, "database for worker": 0.2, "database for server": 0.1,
    }  # fmt: skip
    assert "database for web" not in measured((ours(), limit)).more["cpu_parts_ms"], (
        "an older phase knew nothing of it"
    )


def test_what_a_process_had_used_before_is_nobodys_loss_when_it_ends() -> None:
    """The broken variant takes sums at both moments: what a worker's process that ended had ever used is subtracted."""
    before: dict[int, Part] = {
        1: ("web", 5.0),
        2: ("worker", 9.0),
        3: ("worker", 1.0),
        4: ("server", 2.0),
        9: ("server", 40.0),
    }
    after: dict[int, Part] = {
        1: ("web", 6.5),
        3: ("worker", 1.25),
        5: ("worker", 0.5),
        4: ("server", 2.0),
        9: ("web", 0.25),
    }
    found = worked_for(before, after, whole=3.5)
    assert found == {"web": 1.75, "worker": 0.75, "server": 0.0, "ended": 1.0}
    broken = sum(used for name, used in after.values() if name == "worker") - 10.0
    assert broken < 0 < found["worker"]
    # The clocks of the two readings are not one: nothing is ever less than none.
    assert worked_for({1: ("web", 5.0)}, {1: ("web", 4.9)}, whole=-0.1) == {
        "web": 0.0,
        "worker": 0.0,
        "server": 0.0,
        "ended": 0.0,
    }
    assert worked_for({}, {}, whole=2.0)["ended"] == 2.0


def test_a_phase_without_a_write_divides_nothing_by_nothing() -> None:
    silent = ours(parts={"web": 0.5}, times={name: [] for name in ours().times})
    assert silent.writes == 0
    assert p1.per_write([silent])["database for web"] == 500.0


@pytest.mark.django_db
def test_what_goes_in_one_message_is_noted_one_by_one_and_the_runner_is_as_before() -> None:
    one, two = (f"/*one plan*/ select %(x)s::int + {number}" for number in (1, 2))
    recorder, both = capture.Recorder(), runner.both
    for _ in range(2):
        assert runner.both((one, {"x": 1}), (two, {"x": 1})) == ([(2,)], [(3,)])
    with recorder.standing():
        assert runner.both((one, {"x": 5}), (two, {"x": 6})) == ([(6,)], [(8,)])
    assert recorder.sent == [(one, {"x": 5}), (two, {"x": 6})]
    assert runner.both is both
