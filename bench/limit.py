"""The limit: PostgreSQL alone, writing the rows that the site writes, by pgbench with prepared statements."""

import os
import re
import resource
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.site import Site
from config.launch.binaries import installed
from config.launch.pgtools import connection_variables
from config.launch.say import Stop

TRANSACTIONS = re.compile(r"number of transactions actually processed: (\d+)")
FAILED = re.compile(r"number of failed transactions: (\d+)")
THREADS = 2
# The site plans a statement of a step once a connection; the limit must not plan it anew each time (15 % of its cost).
ONE_PLAN = "-c plan_cache_mode=force_generic_plan"


@dataclass(frozen=True, slots=True)
class Limit:
    """What pgbench reached: lives, seconds, processor seconds of the database and of pgbench itself."""

    lives: int
    seconds: float
    database: float
    client: float


def program(site: Site) -> Path:
    """The pgbench of the newest PostgreSQL that has one. Errors: Stop with how to get it."""
    found = next(installed(site.places.venv, programs=("pgbench",)), None)
    if found is None:
        raise Stop(
            "本机没有 pgbench，量不出数据库的极限；请安装系统的 postgresql（含 pgbench）。",
            "pgbench is missing; install the system's postgresql (postgresql-contrib on some systems).",
        )
    return found.program("pgbench")


def write_scripts(folder: Path, scripts: Sequence[str]) -> list[str]:
    """One file a life with its Zipf weight, as arguments of pgbench."""
    arguments = []
    for rank, text in enumerate(scripts, start=1):
        path = folder / f"life-{rank}.sql"
        path.write_text(text, encoding="utf-8")
        arguments += ["-f", f"{path}@{max(1, round(1000 / rank))}"]
    return arguments


def measure(site: Site, scripts: Sequence[str], *, seconds: float, connections: int) -> Limit:
    """Run pgbench for a while. Errors: Stop where a statement failed: then it wrote other rows than the site."""
    folder = site.cluster.home / "limit"
    folder.mkdir(exist_ok=True)
    command = [
        str(program(site)),
        "-n",
        "-M",
        "prepared",
        "-c",
        str(connections),
        "-j",
        str(THREADS),
        "-T",
        str(round(seconds)),
    ]
    before, own = site.usage(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*command, *write_scripts(folder, scripts)], env={**os.environ, **connection_variables(site.url("app")), "PGOPTIONS": ONE_PLAN},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    used, after = site.usage().since(before), resource.getrusage(resource.RUSAGE_CHILDREN)
    found = TRANSACTIONS.search(done.stdout)
    failed = FAILED.search(done.stdout)
    if done.returncode != 0 or found is None or (failed is not None and int(failed[1])):
        raise Stop(f"pgbench 失败：{done.stderr[-1500:]}", "pgbench failed.", code=1)
    client = after.ru_utime + after.ru_stime - own.ru_utime - own.ru_stime
    return Limit(int(found[1]), used.at, used.database, client)
