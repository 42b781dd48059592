"""Peers beside P1: other ways to write the life of a case, each installed from the package registry when the bench runs, never a
dependency, and served by the same server on the same PostgreSQL as ours. Each does less than the house (see `peer_site`).
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.asked import Asked
from bench.machine import tree_seconds
from bench.site import Site, end, serving
from bench.stopping import talking
from config.launch import processes
from config.launch.machine import free_port
from config.launch.places import make_folder
from config.launch.running import health
from config.launch.say import Stop

HERE = Path(__file__).parent
BASE = ("django==5.2.*", "psycopg[binary]==3.3.*", "granian==2.8.*", "djangorestframework==3.18.*")
DATABASE = "bench_peer"
START_SECONDS = 30.0
STEPS = ("accept", "propose", "decide", "deliver")
ANSWERS = {f"field_{place}": "示例内容，用来占位的一段文字。" for place in range(12)}


@dataclass(frozen=True, slots=True)
class Peer:
    """One peer: its name in the results, the module that serves it, what it needs beside the base, whether a goal is held against it."""

    name: str
    module: str
    packages: tuple[str, ...] = ()
    has_goal: bool = True


PEERS = (
    Peer("drf", "drf_site"),
    Peer("ninja_orm", "ninja_site", ("django-ninja==1.7.*",), has_goal=False),
    Peer("viewflow", "viewflow_site", ("django-viewflow==2.4.*",)),
    Peer("spiffworkflow", "spiff_site", ("SpiffWorkflow==3.2.*",)),
)


@dataclass(frozen=True, slots=True)
class Reached:
    """What a peer reached: writes a second, and processor milliseconds a write of its server and of the database."""

    rate: float
    cpu_ms: float


def measured_beside(size: str) -> list[Peer]:
    """The peers that are run: in the short size those that a goal is held against, the others are quoted."""
    return [peer for peer in PEERS if peer.has_goal or size != "short"]


def measure_all(
    site: Site, asked: Asked, peers: Sequence[Peer] | None = None
) -> tuple[dict[str, Reached], list[str]]:
    """One round of every peer, the house's own worker at rest; beside it what could not be had, in words."""
    found, missing = {}, []
    for peer in measured_beside(asked.size) if peers is None else peers:
        try:
            found[peer.name] = measure(site, asked, peer)
        except Stop as stop:
            stop.tell()
            missing.append(f"{peer.name} was not run: {stop.english}")
        else:
            reached = found[peer.name]
            print(
                f"  peer {peer.name}: {reached.rate:.0f} writes/s, {reached.cpu_ms:.2f} ms CPU",
                file=sys.stderr,
                flush=True,
            )
    return found, missing


def measure(site: Site, asked: Asked, peer: Peer) -> Reached:
    """One round of one peer. Errors: Stop."""
    python = installed(make_folder(site.places.var / "bench-peers"), (*BASE, *peer.packages))
    with database(site) as url:
        environment = {
            **os.environ, "DATABASE_URL": url, "PYTHONPATH": str(HERE), "PEER_SITE": peer.module, **processes.MEMORY,
            processes.MARK: str(site.cluster.home),
        }  # fmt: skip
        prepared = subprocess.run(
            [str(python), "-c", f"import {peer.module}, peer_site; peer_site.prepare()"], env=environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if prepared.returncode != 0:
            raise Stop(f"对照应用没有准备好：{prepared.stderr[-500:]}", "The peer was not prepared.", code=1)
        port = free_port()
        command = [str(python.with_name("granian")), *serving(port), f"{peer.module}:application"]
        with (make_folder(site.cluster.home / "log") / "peer.log").open("ab") as log:
            server = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            _await(port)
            return _load(site, asked, (server.pid, port), json.loads(prepared.stdout.splitlines()[-1]))
        finally:
            end(server)


def installed(folder: Path, packages: Sequence[str]) -> Path:
    """The Python of the peers' own environment with these packages, fetched when they are missing. Errors: Stop without a registry."""
    python, done = folder / "bin" / "python", folder / "packages"
    there = set(done.read_text().splitlines()) if done.exists() else set()
    wanted = [one for one in packages if one not in there]
    commands = [] if python.exists() else [[sys.executable, "-m", "venv", str(folder)]]
    commands += [[str(python), "-m", "pip", "install", "-q", *wanted]] if wanted else []
    for command in commands:
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise Stop(
                f"对照软件没有装上：{made.stderr[-300:]}",
                "The peer could not be installed from the registry.",
                code=1,
            )
    done.write_text("\n".join(sorted(there | set(wanted))))
    return python


@contextmanager
def database(site: Site) -> Iterator[str]:
    """An empty database of the peer's own beside ours; it is gone afterwards."""
    drop = f"drop database if exists {DATABASE} with (force)"
    site.ask(drop)
    site.ask(f"create database {DATABASE} owner yichuang_owner")
    try:
        yield site.url("owner").rpartition("/")[0] + "/" + quote(DATABASE)
    finally:
        site.ask(drop)


def plan(tokens: list[str]) -> list[list[dict[str, str]]]:
    """One life for each officer, in the shape that the load takes."""
    lives = []
    for place, token in enumerate(tokens):
        filing = {
            "item_code": f"item-{place}", "department": f"department-{place % 4}", "applicant_name": "示例科技有限公司",
            "applicant_number": "91510000MA0000000X", "answers": ANSWERS,
        }  # fmt: skip
        steps = [("file", "/cases", filing)]
        steps += [(name, "/cases/{number}/" + name, {"note": "材料齐全，符合法定条件。"}) for name in STEPS]
        lives.append(
            [
                {"name": name, "path": path, "token": token, "body": json.dumps(body, ensure_ascii=False)}
                for name, path, body in steps
            ]
        )
    return lives


def _load(site: Site, asked: Asked, server: tuple[int, int], tokens: list[str]) -> Reached:
    pid, port = server
    content = {
        "host": "127.0.0.1", "port": port, "seconds": asked.seconds, "warm": asked.warm,
        "connections": asked.connections, "run": "peer", "lives": plan(tokens),
    }  # fmt: skip
    command = [str(site.places.python), "-m", "bench.generator"]
    with talking(command, site.places.root, subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(json.dumps(content))
        process.stdin.close()
        process.stdout.readline()
        before = tree_seconds(pid) + site.usage().database
        process.stdout.readline()
        used = tree_seconds(pid) + site.usage().database - before
        said = process.stdout.read()
        told: dict[str, Any] = json.loads(said) if said else {"failures": [process.stderr.read()]}
    return judged(told, used)


def judged(told: dict[str, Any], used: float) -> Reached:
    """What the load told of a peer. Errors: Stop where an answer was no success: then it did other work than it should."""
    if told["failures"]:
        raise Stop(f"对照应用出错：{told['failures'][0][-300:]}", "The peer answered with an error.", code=1)
    writes = sum(map(len, told["times"].values()))
    return Reached(round(writes / told["seconds"], 1), round(used * 1000 / max(1, writes), 2))


def _await(port: int) -> None:
    end_of_patience = time.monotonic() + START_SECONDS
    while time.monotonic() < end_of_patience:
        if health(port)[0]:
            return
        time.sleep(0.2)
    raise Stop("对照应用没有就绪。", "The peer was not ready.", code=1)
