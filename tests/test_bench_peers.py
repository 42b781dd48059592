"""Peers stand beside P1 fairly: the same steps, the same server, all of them with an audit row; who cannot be had is said."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bench import p1
from bench.asked import Asked
from bench.peers import running
from bench.peers.running import BASE, PEERS, Peer, Reached, installed, judged, measure_all, plan
from config.launch.say import Stop

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "bench" / "peers"


def source(peer: Peer) -> str:
    return (HERE / f"{peer.module}.py").read_text(encoding="utf-8")


SHELL = (HERE / "peer_site.py").read_text(encoding="utf-8")
"""What all peers in a shell of DRF have in common, their two requests included."""


def whole(peer: Peer) -> str:
    """The source of everything that answers a peer's requests: its own, and the shell's where it has no addresses of its own."""
    text = source(peer)
    return text if "addresses(" not in text else f"{SHELL}\n{text}"


# What a write consists of, and how often the source of a filing and a step has it.
PARTS = {
    "Event.objects.create(": 2, "has_perm(": 2, "transaction.atomic()": 2, "select_for_update()": 1, "advanced(case, action)": 1,
    "case.save()": 1,
}  # fmt: skip


def unfair(text: str) -> list[str]:
    """What a peer does more or less often than the others, its table of moves left out."""
    return [part for part, times in PARTS.items() if text.count(part) != times]


# Fair.


def test_every_peer_that_has_a_goal_is_run_or_quoted() -> None:
    names = {peer.name for peer in PEERS}
    assert names <= set(p1.PEERS)
    assert {"drf", "ninja_orm", "viewflow", "spiffworkflow"} == names
    assert set(p1.MUST) - {"ratio", "p99_ms", "database_cpu"} <= set(p1.PEERS)
    assert (p1.MUST["drf"], p1.MUST["viewflow"], p1.MUST["spiffworkflow"]) == (1.5, 2.5, 1.5)
    assert (p1.AIM["drf"], p1.AIM["viewflow"]) == (3.5, 7.0)


@pytest.mark.parametrize("peer", PEERS, ids=lambda one: one.name)
def test_a_peer_locks_writes_its_audit_row_and_asks_for_the_right(peer: Peer) -> None:
    assert unfair(whole(peer)) == [], "one audit row for a filing, one for a step"


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("peer", PEERS, ids=lambda one: one.name)
def test_one_that_does_less_or_more_is_seen(peer: Peer, part: str) -> None:
    """The broken variants: a write without its part, and one with the part twice."""
    text = whole(peer)
    assert unfair(text.replace(part, "pass", 1)) == [part]
    assert unfair(f"{text}\n{part}") == [part]


@pytest.mark.parametrize(
    "peer", [one for one in PEERS if "addresses(" in source(one)], ids=lambda one: one.name
)
def test_a_peer_in_the_shell_adds_only_what_its_own_process_needs(peer: Peer) -> None:
    """Its views are the shell's, with at most the two hooks; there it calls what the shell would have done."""
    tree = ast.parse(source(peer))
    views = {
        node.name: {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
        for node in tree.body
        if isinstance(node, ast.ClassDef) and ast.unparse(node.bases[0]).startswith("peer_site.")
    }
    assert views in ({}, {"Filing": {"begun"}, "Stepping": {"ran"}})
    assert source(peer).count("super().ran(case, action, user)") == ("Stepping" in views)
    assert not any(part in source(peer) for part in PARTS)


def test_the_shell_calls_its_hooks_inside_the_transaction_before_the_case_is_kept() -> None:
    steps = [
        SHELL.index(words)
        for words in (
            "case = sent.save(",
            "self.begun(case)",
            "select_for_update()",
            "self.ran(case",
            "case.save()",
        )
    ]
    assert steps == sorted(steps)
    for hook in ("self.begun(case)", "self.ran(case"):
        (held,) = [
            node
            for node in ast.walk(ast.parse(SHELL))
            if isinstance(node, ast.With) and hook in ast.unparse(node)
        ]
        assert ast.unparse(held.items[0]) == "transaction.atomic()"


def test_viewflow_writes_its_process_only_where_its_library_does() -> None:
    """A save of its own for a note that stands in the audit row would make it slower than it has to be."""
    package = HERE / "viewflow_peer"
    for path in (package / "flows.py", package / "models.py", package / "migrations" / "0001_initial.py"):
        text = path.read_text(encoding="utf-8")
        assert ".save(" not in text
        assert "note" not in {node.arg for node in ast.walk(ast.parse(text)) if isinstance(node, ast.arg)}


@pytest.mark.parametrize("peer", PEERS, ids=lambda one: one.name)
def test_a_peer_answers_at_the_addresses_of_the_load(peer: Peer) -> None:
    text = whole(peer)
    assert re.search(r'"cases[",]', text)
    assert re.search(r'"cases/(<str:number>/<str:action>|\{number\}/\{action\})"', text)
    assert "application = get_wsgi_application()" in text
    assert "case_no" in text


def test_no_peer_is_a_dependency_and_nothing_of_the_house_imports_one() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8").lower()
    locked = (ROOT / "requirements.txt").read_text(encoding="utf-8").lower()
    for name in ("viewflow", "spiffworkflow", "django-ninja", "djangorestframework"):
        assert name not in project.replace("djangorestframework-", "")
        assert f"{name}==" not in locked
    foreign = {"viewflow", "SpiffWorkflow", "ninja", "rest_framework", "peer_site", "viewflow_peer"}
    for path in (ROOT / "bench").rglob("*.py"):
        if "peers" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.partition(".")[0] for name in names} & foreign, path


def test_what_a_peer_needs_is_pinned() -> None:
    for package in (*BASE, *(one for peer in PEERS for one in peer.packages)):
        assert re.fullmatch(r"[A-Za-z-]+(\[binary\])?==\d+\.\d+\.\*", package), package


def test_every_officer_lives_a_whole_life_with_a_token_of_their_own() -> None:
    lives = plan(["a", "b", "c", "d", "e"])
    assert [{step["token"] for step in life} for life in lives] == [{"a"}, {"b"}, {"c"}, {"d"}, {"e"}]
    assert {json.loads(life[0]["body"])["department"] for life in lives} == {
        f"department-{n}" for n in range(4)
    }
    assert all(
        step["path"].format(number="P1") == f"/cases/P1/{step['name']}" for life in lives for step in life[1:]
    )
    answers = json.loads(lives[0][0]["body"])["answers"]
    assert 300 <= len(json.dumps(answers, ensure_ascii=False).encode()) <= 900


def moves() -> dict[str, tuple[str, str]]:
    """The table of moves, read without importing what is not installed."""
    tree = ast.parse((HERE / "peer_site.py").read_text(encoding="utf-8"))
    (found,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "MOVES"
    ]
    return dict(found)


def test_the_moves_of_a_peer_are_one_row_from_filing_to_delivery() -> None:
    state = "received"
    for step in running.STEPS:
        before, after = moves()[step]
        assert before == state
        state = after
    assert state == "delivered"
    assert set(moves()) == set(running.STEPS)


def test_the_flow_of_viewflow_has_the_same_steps_in_the_same_order() -> None:
    text = (HERE / "viewflow_peer" / "flows.py").read_text(encoding="utf-8")
    edges = dict(re.findall(r"^    (\w+) = flow\.\w+\(.*?\)\.Next\(this\.(\w+)\)$", text, re.MULTILINE))
    order, at = [], "start"
    while at in edges:
        at = edges[at]
        order.append(at)
    assert order == [*running.STEPS, "end"]


def test_the_diagram_of_spiff_is_one_row_of_the_same_steps() -> None:
    tree = ast.parse(source(next(peer for peer in PEERS if peer.name == "spiffworkflow")))
    (made,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "diagram"]
    known: dict[str, Any] = {"MOVES": moves(), "pairwise": pairwise}
    exec(compile(ast.Module([made], []), "diagram", "exec"), known)
    text = known["diagram"]()
    flows = dict(re.findall(r'sourceRef="(\w+)" targetRef="(\w+)"', text))
    order, at = [], "begun"
    while at in flows:
        at = flows[at]
        order.append(at)
    assert order == [*running.STEPS, "over"]
    assert text.count("<bpmn:manualTask ") == len(running.STEPS)


# Installed, run, judged.


def recorded(monkeypatch: pytest.MonkeyPatch, fails: Callable[[list[str]], bool]) -> list[list[str]]:
    """Every command that would have run; a venv leaves its Python behind."""
    ran: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        if "venv" in command:
            python = Path(command[-1]) / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.touch()
        return subprocess.CompletedProcess(command, int(fails(command)), "", "no such index")

    monkeypatch.setattr("subprocess.run", run)
    return ran


def test_only_what_is_missing_is_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ran = recorded(monkeypatch, lambda _: False)
    python = installed(tmp_path, ["a==1", "b==2"])
    assert python == tmp_path / "bin" / "python"
    assert [command[1:3] for command in ran] == [["-m", "venv"], ["-m", "pip"]]
    assert ran[0][0] == sys.executable
    assert ran[1][-2:] == ["a==1", "b==2"]
    ran.clear()
    assert installed(tmp_path, ["b==2", "a==1"]) == python
    assert ran == []
    installed(tmp_path, ["a==1", "c==3"])
    assert [command[-1] for command in ran] == ["c==3"]
    assert (tmp_path / "packages").read_text().splitlines() == ["a==1", "b==2", "c==3"]


def test_what_could_not_be_fetched_is_not_remembered_as_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    recorded(monkeypatch, lambda command: "b==2" in command)
    installed(tmp_path, ["a==1"])
    with pytest.raises(Stop, match="no such index"):
        installed(tmp_path, ["a==1", "b==2"])
    assert (tmp_path / "packages").read_text() == "a==1"
    ran = recorded(monkeypatch, lambda _: False)
    installed(tmp_path, ["a==1", "b==2"])
    assert [command[-1] for command in ran] == ["b==2"]


class Resting:
    """A site whose worker rests."""

    rested = 0

    def rest_worker(self) -> None:
        self.rested += 1


def test_one_peer_that_cannot_be_had_takes_no_other_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measure(_: Any, __: Asked, peer: Peer) -> Reached:
        if peer.name == "viewflow":
            raise Stop("装不上", "The peer could not be installed from the registry.")
        return Reached(100.0, float(len(peer.name)))

    monkeypatch.setattr(running, "measure", measure)
    site = Resting()
    found, missing = p1.peers(site, Asked(size="full"))  # type: ignore[arg-type]
    assert site.rested == 1
    assert found == {
        "drf": Reached(100.0, 3.0), "ninja_orm": Reached(100.0, 9.0), "spiffworkflow": Reached(100.0, 13.0),
    }  # fmt: skip
    assert missing == ["viewflow was not run: The peer could not be installed from the registry."]
    assert "drf: 100 writes/s" in capsys.readouterr().err
    assert measure_all(site, Asked(), ()) == ({}, [])  # type: ignore[arg-type]


def test_in_the_short_size_those_are_run_that_a_goal_is_held_against() -> None:
    short = {peer.name for peer in running.measured_beside("short")}
    assert short == (set(p1.MUST) | set(p1.AIM)) & {peer.name for peer in PEERS}
    assert {peer.name for peer in running.measured_beside("full")} == {peer.name for peer in PEERS}


def test_a_peer_is_judged_by_its_answers_alone() -> None:
    told = {"times": {"file": [0.1] * 60, "accept": [0.1] * 40}, "seconds": 4.0, "failures": []}
    assert judged(told, 0.5) == Reached(25.0, 5.0)
    assert judged({**told, "times": {}}, 0.5) == Reached(0.0, 500.0)
    with pytest.raises(Stop, match="accept: 500"):
        judged({**told, "failures": ["accept: 500"]}, 0.5)


def test_the_database_of_a_peer_is_gone_afterwards_even_where_it_fails() -> None:
    asked: list[str] = []

    class Site:
        def ask(self, statement: str) -> None:
            asked.append(statement)

        def url(self, role: str) -> str:
            return f"postgresql://{role}@h/ours"

    @contextmanager
    def used() -> Iterator[str]:
        with running.database(Site()) as url:  # type: ignore[arg-type]
            yield url

    with used() as url:
        assert url == "postgresql://owner@h/bench_peer"
        assert [one.split()[0] for one in asked] == ["drop", "create"]
    assert asked[-1].startswith("drop database")
    with pytest.raises(RuntimeError, match="peer"), used():
        raise RuntimeError("peer")
    assert len(asked) == 6
    assert asked[-1].startswith("drop database")
    assert not any("ours" in one.split("owner")[0] for one in asked)
