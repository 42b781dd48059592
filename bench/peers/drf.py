"""The peer "DRF + ORM", run beside P1: installed from the package registry when the bench runs, never a dependency."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.asked import Asked
from bench.site import Site, end
from config.launch.machine import free_port
from config.launch.places import make_folder
from config.launch.running import health
from config.launch.say import Stop

PACKAGES = ("django==5.2.*", "djangorestframework==3.18.*", "psycopg[binary]==3.3.*", "granian==2.8.*")
SITE = Path(__file__).with_name("drf_site.py")
DATABASE = "bench_peer"
START_SECONDS = 30.0
STEPS = ("accept", "propose", "decide", "deliver")
ANSWERS = {f"field_{place}": "示例内容，用来占位的一段文字。" for place in range(12)}


def measure(site: Site, asked: Asked) -> float:
    """Writes a second of the peer on this machine's database, the house's own worker at rest. Errors: Stop."""
    python = installed(make_folder(site.places.var / "bench-peers"))
    with database(site) as url:
        environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(SITE.parent)}
        prepared = subprocess.run(
            [str(python), "-c", "import drf_site; drf_site.prepare()"], env=environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if prepared.returncode != 0:
            raise Stop(f"对照应用没有准备好：{prepared.stderr[-500:]}", "The peer was not prepared.", code=1)
        port = free_port()
        command = [
            str(python.with_name("granian")), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--workers", "2", "--blocking-threads", "4", "--no-ws", "drf_site:application",
        ]  # fmt: skip
        with (make_folder(site.cluster.home / "log") / "peer.log").open("ab") as log:
            server = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            _await(port)
            return _load(site, asked, port, json.loads(prepared.stdout))
        finally:
            end(server)


def installed(folder: Path) -> Path:
    """The Python of the peers' own environment, made when it is missing. Errors: Stop without a registry."""
    python, done = folder / "bin" / "python", folder / "packages"
    wanted = "\n".join(PACKAGES)
    if done.exists() and done.read_text() == wanted:
        return python
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "-q", *PACKAGES],
    ):
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise Stop(
                f"对照软件没有装上：{made.stderr[-300:]}",
                "The peers could not be installed from the registry.",
                code=1,
            )
    done.write_text(wanted)
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


def _load(site: Site, asked: Asked, port: int, tokens: list[str]) -> float:
    content = {
        "host": "127.0.0.1", "port": port, "seconds": asked.seconds, "warm": asked.warm,
        "connections": asked.connections, "run": "peer", "lives": plan(tokens),
    }  # fmt: skip
    done = subprocess.run(
        [str(site.places.python), "-m", "bench.generator"], cwd=site.places.root, input=json.dumps(content),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    told: dict[str, Any] = (
        json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {"failures": [done.stderr]}
    )
    if told["failures"]:
        raise Stop(f"对照应用出错：{told['failures'][0][-300:]}", "The peer answered with an error.", code=1)
    return float(round(sum(map(len, told["times"].values())) / told["seconds"], 1))


def _await(port: int) -> None:
    end_of_patience = time.monotonic() + START_SECONDS
    while time.monotonic() < end_of_patience:
        if health(port)[0]:
            return
        time.sleep(0.2)
    raise Stop("对照应用没有就绪。", "The peer was not ready.", code=1)
