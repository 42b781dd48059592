"""PostgreSQL's own programs for dumping and loading: which ones fit a server, and how they are called."""

import os
import re
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg

from config.database_address import host_and_port
from config.launch.binaries import Binaries, installed
from config.launch.machine import disk_full, says_full
from config.launch.say import Stop

PROGRAMS = ("pg_dump", "pg_restore", "psql")
SERVER_PER_MAJOR = 10000


def fitting(venv: Path, url: str) -> Binaries:
    """The installed tools for the server at `url`: of its version or the next newer one. Errors: Stop."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            server = connection.info.server_version // SERVER_PER_MAJOR
    except psycopg.OperationalError as problem:
        last = (str(problem).strip().splitlines() or [""])[-1]
        raise Stop(f"连不上数据库：{last}", "Cannot connect to the database.") from None
    found = sorted((one for one in installed(venv, programs=PROGRAMS)), key=lambda one: one.major)
    for one in found:
        if one.major >= server:
            return one
    raise Stop(
        f"本机没有 PostgreSQL {server} 的 pg_dump、pg_restore 和 psql，请安装 postgresql-client。",
        f"pg_dump, pg_restore and psql of PostgreSQL {server} are missing; install postgresql-client.",
    )


def call(binaries: Binaries, name: str, arguments: list[str], url: str | None) -> None:
    """Run one of the programs, connected to `url` if it needs a database. Errors: Stop with one sentence."""
    done = subprocess.run(
        [binaries.program(name), *arguments],
        env={**os.environ, **({} if url is None else connection_variables(url))},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise _failed(name, done.stderr)


def _failed(name: str, said: str) -> Stop:
    if says_full(said):
        return disk_full(Path(tempfile.gettempdir()))
    if "lock timeout" in said:
        return Stop(
            "数据库正在使用中，没有恢复；请先停止网站和后台任务再恢复。",
            "The database is in use and was left alone; stop web server and worker first.",
        )
    found = re.search(r"(?i)^.*error.*$", said, re.MULTILINE)
    why = found.group() if found else said.strip()
    return Stop(f"{name} 失败，数据库保持原样：{why}", f"{name} failed; the database is as it was.", code=1)


def connection_variables(url: str) -> dict[str, str]:
    """The address as libpq's variables: a password on a command line could be read by anybody on the
    machine."""
    parts = urlsplit(url)
    host, port = host_and_port(url)
    found = {
        "PGHOST": host,
        "PGPORT": port,
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
    }
    return {name: value for name, value in found.items() if value}
