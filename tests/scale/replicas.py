"""A real streaming replica: it is read, it lags, it dies, and at last it takes the place of a primary that is lost."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from config.launch.postgres import Cluster
from config.launch.processes import wait_until
from tests.faults.beside import beside
from tests.faults.filing import Post, load, replays
from tests.faults.installation import Web, serving
from tests.faults.invariants import Auditor, first
from tests.faults.ledger import Ledger
from tests.faults.people import Cast, bodies
from tests.faults.tally import Tally
from tests.scale.servers import Standby, asked, both, cut_off, execute, killed, synchronous
from tests.scale.site import Shared, Worker, page, working

FIGURES = "/figures"
AS_OF = "只读副本"
READERS = 4
LAG_SECONDS = 3
CHANGE_SECONDS = 20.0
CLIENTS = 4
LOAD_SECONDS = 4.0


def run(shared: Shared, cast: Cast, tally: Tally, primary: Cluster, standby: Standby) -> None:
    """Reading from the replica, then without it, then on it."""
    apps = (primary.urls()["app"], standby.urls()["app"])
    environment = shared.environment(
        DATABASE_URL=both(*apps), REPLICA_DATABASE_URL=apps[1], YICHUANG_REPLICA_LAG_SECONDS=str(LAG_SECONDS),
        SCALE_HOST="one",
    )  # fmt: skip
    web = Web(environment, shared.folder / "log" / "web.log", threads=4)
    worker = Worker(environment, shared.folder / "log" / "worker.log")
    with serving(web), working(worker):
        _reads(web, tally, standby)
        _lags(web, tally, standby)
        _dies(web, tally, standby)
        _fails_over(shared, cast, tally, web, primary, standby)
    _forgetful(shared, cast, tally, standby)


def _on_replica(web: Web) -> bool:
    return AS_OF in page(web.address, FIGURES)[1]


def _changes(web: Web, *, wanted: bool) -> float | None:
    """Seconds until pages are read from the replica, or no longer; None where it never happens."""
    began = time.monotonic()
    return (
        time.monotonic() - began
        if wait_until(lambda: _on_replica(web) == wanted, CHANGE_SECONDS, every=0.2)
        else None
    )


def _reads(web: Web, tally: Tally, standby: Standby) -> None:
    if _changes(web, wanted=True) is None:
        tally.violation("replica", "pages are never read from the replica")
    if not wait_until(lambda: _asks(web, standby), CHANGE_SECONDS, every=0.1):
        tally.violation("replica", "the replica was asked nothing")
    if AS_OF in page(web.address, FIGURES, "fresh=1")[1]:
        tally.violation("replica", "a visitor who has just written reads the replica")
    status, said = page(web.address, "/health")
    tally.figure("replica", f"/health {status}: {said}")


def _asks(web: Web, standby: Standby) -> bool:
    """Whether the last statement of a connection to the replica is one of a page, after a page."""
    page(web.address, FIGURES)
    statement = "select 1 from pg_stat_activity where usename = 'yichuang_app' and query <> '' and query !~ 'xact_replay'"
    return bool(asked(standby, statement))


def _lags(web: Web, tally: Tally, standby: Standby) -> None:
    execute(standby, "select pg_wal_replay_pause()")
    left = _changes(web, wanted=False)
    execute(standby, "select pg_wal_replay_resume()")
    came_back = _changes(web, wanted=True)
    if left is None or came_back is None:
        tally.violation("replica", f"lag: left after {left}, came back after {came_back}")
    else:
        tally.figure(
            "replica",
            f"replay paused: left alone after {left:.1f} s (limit {LAG_SECONDS} s), back {came_back:.1f} s",
        )


@contextmanager
def _readers(web: Web, seen: list[tuple[int, float]]) -> Iterator[None]:
    """Visitors who read figures without a pause; each answer's status and seconds."""

    def read_on(stop: threading.Event) -> None:
        while not stop.is_set():
            began = time.monotonic()
            seen.append((page(web.address, FIGURES)[0], time.monotonic() - began))

    with beside([read_on] * READERS):
        yield


def _dies(web: Web, tally: Tally, standby: Standby) -> None:
    seen: list[tuple[int, float]] = []
    with _readers(web, seen):
        time.sleep(2)
        killed(standby)
        time.sleep(4)
    wrong = [status for status, _ in seen if status != 200]
    if wrong:
        tally.violation(
            "replica", f"{len(wrong)} of {len(seen)} pages failed when the replica died: {set(wrong)}"
        )
    standby.start()
    back = _changes(web, wanted=True)
    if back is None:
        tally.violation("replica", "the replica that came back is not read")
    slowest = max(seconds for _, seconds in seen)
    tally.add(kills=1)
    tally.figure(
        "replica",
        f"killed under {len(seen)} pages: no error, slowest {slowest:.2f} s; read again {back or 0:.1f} s after its start",
    )


def _fails_over(
    shared: Shared, cast: Cast, tally: Tally, web: Web, primary: Cluster, standby: Standby
) -> None:
    """The primary is lost under load; its synchronous replica takes over."""
    synchronous(primary, wanted=True)
    Auditor(primary.urls()["owner"]).mark()
    post, ledger = Post(web.address, cast.portal, bodies()), Ledger()
    with load(post, ledger, CLIENTS):
        time.sleep(LOAD_SECONDS)
        before = len(ledger.acks)
        moment = time.monotonic()
        killed(primary)
        # A synchronous primary waits for a replica; the new one has none yet.
        execute(standby, "select pg_promote(true, 60)")
        promoted = time.monotonic() - moment
        synchronous(standby, wanted=False)
        wait_until(lambda: ledger.recovered_after(moment) is not None, 60)
        away = ledger.recovered_after(moment)
        time.sleep(LOAD_SECONDS)
    auditor = Auditor(standby.urls()["owner"])
    tally.violation("failover", first([*auditor.all(ledger), *replays(post, ledger, 20)]))
    if away is None:
        tally.violation("failover", "nobody was served after the failover")
        return
    tally.recovered(away)
    tally.add(kills=1, acks=len(ledger.acks))
    tally.figure(
        "failover",
        f"{before} acks before, {len(ledger.acks)} in all, none lost; promoted in {promoted:.1f} s, "
        f"first filing acknowledged {away:.1f} s after the kill",
    )


def _forgetful(shared: Shared, cast: Cast, tally: Tally, primary: Standby) -> None:
    """The broken variant: a replica that is not waited for, and takes over without the newest filings."""
    folder = shared.folder / "three"
    standby = Standby(primary.places, folder, shared.folder / "spare" / "three", primary)
    try:
        standby.start()
        environment = shared.environment(DATABASE_URL=primary.urls()["app"])
        web = Web(environment, shared.folder / "log" / "forgetful.log", threads=4)
        post, ledger = Post(web.address, cast.portal, bodies()), Ledger()
        with serving(web):
            post = replace(post, address=web.address)
            with load(post, ledger, CLIENTS):
                time.sleep(1)
                cut_off(standby)
                time.sleep(2)
        killed(primary)
        standby.promote()
        tally.broken(
            "failover", "a replica that nobody waits for", Auditor(standby.urls()["owner"]).lost(ledger)
        )
    finally:
        standby.stop()
