"""Two hosts, each a network of its own with a web server and a worker, on one database and one shared folder; one dies.

What the hosts share is only what a real installation shares. Nothing acknowledged may be lost, jobs go on, sessions survive,
duties change hands.
"""

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from django.test import Client

from config.launch.processes import wait_until
from tests.faults.beside import beside
from tests.faults.cuts import through
from tests.faults.filing import Post, encoded, new_key, replays, settle
from tests.faults.installation import Web, serving
from tests.faults.invariants import Auditor, first
from tests.faults.kills import files_missing
from tests.faults.ledger import Ledger
from tests.faults.people import Cast, bodies
from tests.faults.proxy import Proxy
from tests.faults.tally import Tally
from tests.scale.site import Shared, Worker, page
from tests.scale.worker import TABLES
from yichuang.directory.models import Account

NAMES = ("one", "two")
JOB, ROWS = UUID(int=7), 200
CLIENTS = 4
BEFORE_SECONDS, AFTER_SECONDS = 6.0, 12.0
DONE_SECONDS = 90.0


@dataclass
class Host:
    """One host: its network, its web server, its worker."""

    name: str
    web: Web
    worker: Worker
    proxy: Proxy

    def die(self) -> None:
        """The power goes: both processes at once, and every connection with them."""
        self.web.kill()
        self.worker.kill()
        self.proxy.close()


@contextmanager
def network(number: int) -> Iterator[tuple[str, str, str]]:
    """A namespace with one wire to us: its name, our address and its own."""
    name = f"ycs{number}"
    ours, theirs = f"10.214.{number}.1", f"10.214.{number}.2"
    wire = f"{name}w"
    _ip("netns", "add", name)
    try:
        _ip("-n", name, "link", "set", "lo", "up")
        _ip("link", "add", wire, "type", "veth", "peer", "name", f"{wire}x", "netns", name)
        _ip("addr", "add", f"{ours}/30", "dev", wire)
        _ip("-n", name, "addr", "add", f"{theirs}/30", "dev", f"{wire}x")
        _ip("link", "set", wire, "up")
        _ip("-n", name, "link", "set", f"{wire}x", "up")
        yield name, ours, theirs
    finally:
        _ip("netns", "del", name)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@contextmanager
def host(shared: Shared, number: int) -> Iterator[Host]:
    """A running host."""
    with network(number) as (inside, ours, theirs):
        proxy = Proxy(urlsplit(shared.urls["app"]).port or 5432, host=ours)
        name = NAMES[number - 1]
        environment = shared.environment(
            DATABASE_URL=through(shared.urls["app"], proxy, ours), YICHUANG_VAR=str(shared.folder / name),
            SCALE_HOST=name,
        )  # fmt: skip
        logs = shared.folder / name / "log"
        web = Web(environment, logs / "web.log", inside=inside, host=theirs)
        worker = Worker(environment, logs / "worker.log", inside=inside)
        made = Host(name, web, worker, proxy)
        try:
            web.start()
            worker.start()
            yield made
        finally:
            made.die()


def run(shared: Shared, cast: Cast, tally: Tally) -> None:
    """The whole scenario."""
    auditor = Auditor(shared.urls["owner"])
    auditor.mark()
    with psycopg.connect(shared.urls["owner"]) as owner:
        owner.execute(TABLES.format(app=urlsplit(shared.urls["app"]).username).encode())
        owner.execute("insert into scale_job (id, todo) values (%s, %s)", [JOB, ROWS])
    with ExitStack() as stack:
        one, two = (stack.enter_context(host(shared, number)) for number in (1, 2))
        post, ledger = Post(one.web.address, cast.portal, bodies()), Ledger()
        session = _signed_in(cast)
        _sees(tally, "before", session, one, two)
        left, died = _load_and_kill(post, ledger, auditor, (one, two), tally)
        _sees(tally, "after", session, left)
        _everything_done(auditor, tally, died)
        tally.violation(
            "hosts", first([*auditor.all(ledger), *replays(post.at(left.web.address), ledger, 20)])
        )
        tally.violation("hosts", first(files_missing(ledger, shared.folder / "files")))
        tally.add(kills=1, acks=len(ledger.acks))
        tally.figure(
            "hosts", f"{len(ledger.acks)} filings acknowledged by two hosts, none lost when one died"
        )

    _own_disk(shared, cast, tally)


def _own_disk(shared: Shared, cast: Cast, tally: Tally) -> None:
    """The broken variant: a host that keeps what is uploaded on its own disk."""
    environment = shared.environment(YICHUANG_FILES=str(shared.folder / "own"), SCALE_HOST="own")
    with serving(Web(environment, shared.folder / "own.log")) as web:
        post, ledger = Post(web.address, cast.portal, bodies()), Ledger()
        sender = post.sender()
        settle(sender, ledger, encoded(post.bodies(9_000_001)), new_key())
        sender.close()
    tally.broken("hosts", "files on a disk of its own", files_missing(ledger, shared.folder / "files"))


def _signed_in(cast: Cast) -> str:
    client = Client()
    client.force_login(Account.objects.get(pk=cast.portal.user))
    return f"sessionid={client.cookies['sessionid'].value}"


def _sees(tally: Tally, when: str, session: str, *hosts: Host) -> None:
    for one in hosts:
        status, text = page(one.web.address, "/desk", session)
        if status != 200 or "/sign-out" not in text:
            tally.violation("hosts", f"{when}: host {one.name} answers the session {status}")


def _load_and_kill(
    post: Post, ledger: Ledger, auditor: Auditor, hosts: tuple[Host, Host], tally: Tally
) -> tuple[Host, float]:
    """Clients file at both hosts, and the one that is at the long job dies; which is left, and when the other died."""
    with beside([partial(_file_on, post, ledger, hosts, number) for number in range(CLIENTS)]):
        time.sleep(BEFORE_SECONDS)
        wait_until(lambda: bool(auditor.ask("select 1 from scale_done limit 1")), DONE_SECONDS)
        busy = str(auditor.ask("select host from scale_done limit 1")[0][0])
        victim, left = hosts if hosts[0].name == busy else hosts[::-1]
        holders = auditor.ask("select count(distinct holder) from effects_duty where until > now()")[0][0]
        died = time.monotonic()
        victim.die()
        tally.say(
            f"host {victim.name} dies in the middle of the long job; duties were held by {holders} workers"
        )
        time.sleep(AFTER_SECONDS)
    tally.recovered(ledger.recovered_after(died) or 0.0)
    return left, died


def _file_on(
    post: Post, ledger: Ledger, hosts: tuple[Host, Host], number: int, stop: threading.Event
) -> None:
    """File without a pause at a host; where it does not answer, ask the other one with the same key."""
    ways = [one.web.address for one in (hosts if number % 2 else hosts[::-1])]
    serial = 0
    while not stop.is_set():
        serial += 1
        body, key = encoded(post.bodies(number * 1_000_000 + serial)), new_key()
        for address, patience in zip(ways, (0.5, 60.0), strict=True):
            sender, book = post.at(address).sender(seconds=10), replace(ledger, trouble=[])
            done = settle(sender, book if address == ways[0] else ledger, body, key, patience)
            sender.close()
            if done:
                break


def _everything_done(auditor: Auditor, tally: Tally, died: float) -> None:
    """Jobs and duties of the dead host are somebody else's now; the long job's rows are there exactly once."""
    wait_until(lambda: int(auditor.ask("select done from scale_job")[0][0]) == ROWS, DONE_SECONDS)
    seconds = time.monotonic() - died
    by_host: dict[str, int] = dict(auditor.ask("select host, count(*)::int from scale_done group by 1"))
    if sum(by_host.values()) != ROWS or len(by_host) != len(NAMES):
        tally.violation("hosts", f"the long job's rows by host: {by_host}, wanted {ROWS} by two")
    wait_until(lambda: not auditor.undrained() and not auditor.stuck_jobs(), DONE_SECONDS, every=0.5)
    tally.violation("hosts", first(auditor.stuck_jobs()))
    if auditor.undrained():
        tally.violation("hosts", f"{auditor.undrained()} facts wait undrained")
    tally.violation("hosts", first(auditor.untold()))
    alone = auditor.ask("select count(distinct holder) from effects_duty where until > now()")[0][0]
    lapsed = auditor.ask("select name from effects_duty where until < now() - interval '70 seconds'")
    if alone != 1 or lapsed:
        tally.violation("hosts", f"duties are held by {alone} workers, nobody keeps {lapsed}")
    tally.figure("hosts", f"long job of {ROWS} batches by {by_host}, done {seconds:.1f} s after the kill")
