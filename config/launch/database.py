"""Which database a start serves: the private one, or the operator's by `DATABASE_URL`."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from config.database_address import PORT, host_and_port
from config.launch.apart import apart
from config.launch.binaries import NEEDED_MAJOR
from config.launch.passwords import Secrets
from config.launch.places import Places
from config.launch.postgres import Cluster
from config.launch.say import Stop, say, step, warn
from config.refusals import Refusal, weak_database, weak_settings
from yichuang.gateways.late import Late

if TYPE_CHECKING:
    import psycopg
else:
    psycopg = Late("psycopg")

EMPTY = """
select not exists (
  select from pg_class join pg_namespace on pg_namespace.oid = relnamespace
  where nspname !~ '^pg_' and nspname <> 'information_schema'
)
"""


@dataclass(frozen=True)
class Databases:
    """The addresses by role, the private cluster behind them if there is one, and whether the demo goes
    in."""

    urls: dict[str, str]
    cluster: Cluster | None
    demo: bool


def private_cluster(places: Places) -> Cluster:
    """The cluster of this checkout, started or not."""
    return Cluster(places, places.var, places.spare)


def opened(places: Places, given: Mapping[str, str] = os.environ) -> Databases:
    """The database to serve, ready for connections. Errors: Stop with one sentence."""
    if given.get("DATABASE_URL"):
        return _operators(places, given)
    cluster = private_cluster(places)
    with step("正在启动数据库", "Starting the private PostgreSQL"):
        cluster.start()
    urls = cluster.urls()
    urls["app"] = cluster.near(urls["app"])
    refuse(apart(lambda: _weaknesses(urls["app"])), given)
    return Databases(urls, cluster, demo=given.get("YICHUANG_DEMO") != "0")


def _weaknesses(url: str) -> list[Refusal]:
    with psycopg.connect(url, connect_timeout=10) as connection:
        return list(weak_database(connection))


def need_good_settings(given: Mapping[str, str] = os.environ) -> None:
    """Stop where the environment brings secrets that are none, or DEBUG; without secrets of its own the launcher makes them."""
    key = given.get("SECRET_KEY") or Secrets.fresh().key
    refuse(
        weak_settings(key, given.get("FOLLOW_SECRET") or key, debug=given.get("YICHUANG_DEBUG") == "1"), given
    )


def refuse(found: Iterable[Refusal], given: Mapping[str, str]) -> None:
    """Stop with every reason not to start; a developer's machine is warned. Errors: Stop."""
    reasons = list(found)
    if given.get("YICHUANG_DEVELOPMENT") == "1":
        for reason in reasons:
            warn(reason.chinese, reason.english)
    elif reasons:
        raise Stop(
            "\n✗ ".join(reason.chinese for reason in reasons),
            "\n  ".join(reason.english for reason in reasons),
        )


def role_names(urls: Mapping[str, str]) -> dict[str, str]:
    """The variables that tell the migrations which roles to grant to."""
    return {
        f"YICHUANG_ROLE_{role.upper()}": urlsplit(urls[role]).username or ""
        for role in ("owner", "app", "report", "audit")
        if urlsplit(urls[role]).username
    }


def _operators(places: Places, given: Mapping[str, str]) -> Databases:
    app = given["DATABASE_URL"]
    urls = {
        "owner": given.get("OWNER_DATABASE_URL") or app,
        "app": app,
        "report": given.get("REPORT_DATABASE_URL") or app,
        "audit": given.get("AUDIT_DATABASE_URL") or app,
    }
    say(
        "使用 DATABASE_URL 的数据库，角色权限由运维负责",
        "Using DATABASE_URL; its roles are the operator's",
    )
    for role, url in urls.items():
        print(f"  {role}: {_public(url)}", flush=True)
    empty, weak = apart(lambda: _look(urls))
    refuse(weak, given)
    return Databases(urls, None, demo=_demo_wanted(places, given, _public(app), empty=empty))


def _look(urls: Mapping[str, str]) -> tuple[bool, list[Refusal]]:
    """Try every address: is the database empty, and why could the two that write lose what they confirm?"""
    empty, weak = False, list[Refusal]()
    writers = (urls["app"], urls["owner"])
    for url in dict.fromkeys([urls["app"], urls["report"], urls["audit"], urls["owner"]]):
        try:
            with psycopg.connect(url, connect_timeout=10) as connection:
                need_version(connection.info.server_version)
                weak.extend(weak_database(connection) if url in writers else ())
                row = connection.execute(EMPTY).fetchone()
                empty = bool(row and row[0])
        except psycopg.OperationalError as problem:
            reason = (str(problem).strip().splitlines() or [""])[-1]
            raise Stop(
                f"连不上 DATABASE_URL 指定的数据库 {_public(url)}：{reason}",
                f"Cannot connect to the database given by DATABASE_URL, {_public(url)}.",
            ) from None
    return empty, weak


def need_version(number: int) -> None:
    """Stop where a server's version number (150004 for 15.4) is below what we need."""
    if number // 10000 < NEEDED_MAJOR:
        raise Stop(
            f"PostgreSQL 版本过低：需要 {NEEDED_MAJOR} 以上，DATABASE_URL 指定的是 {number // 10000}。",
            f"PostgreSQL is too old: {NEEDED_MAJOR} is needed, DATABASE_URL leads to {number // 10000}.",
        )


def _demo_wanted(places: Places, given: Mapping[str, str], name: str, *, empty: bool) -> bool:
    """The demo goes into an operator's database only when that is empty, was ours, or the operator says
    so."""
    file = places.var / "secrets.json"
    kept = Secrets.load(file)
    said = given.get("YICHUANG_DEMO")
    if said == "0":
        return False
    if not (empty or said == "1" or name in kept.demo):
        say(
            "该数据库已有数据，不装入演示数据（确要装入请设 YICHUANG_DEMO=1）",
            "The database holds data: no demo is loaded (YICHUANG_DEMO=1 to load it)",
        )
        return False
    if name not in kept.demo:
        kept.demo.append(name)
        kept.save(file)
    return True


def _public(url: str) -> str:
    """The address without its password."""
    parts, (host, port) = urlsplit(url), host_and_port(url)
    return f"{parts.username or ''}@{host}:{port or PORT}{parts.path}"
