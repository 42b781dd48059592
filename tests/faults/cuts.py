"""R3: the connection between site and database is cut at every message of one filing, before and after delivery."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.faults.filing import Post, Sender, encoded, new_key, settle
from tests.faults.installation import Web, serving
from tests.faults.invariants import Auditor
from tests.faults.ledger import Ledger
from tests.faults.proxy import Cut, Proxy

PATIENCE_SECONDS = 40.0
# Each request opens a connection of its own, so that the messages of one filing are the same each time.
AGE = "0"


def through(url: str, proxy: Proxy, host: str = "127.0.0.1") -> str:
    """The database's address by way of the proxy."""
    parts = urlsplit(url)
    place = f"{parts.username}:{parts.password}@{host}:{proxy.port}"
    return urlunsplit(parts._replace(netloc=place))


@contextmanager
def behind_proxy(
    environment: dict[str, str], log: Path, *, module: str = "config.wsgi", variant: str = "", age: str = AGE,
    threads: int = 1,
) -> Iterator[tuple[Web, Proxy]]:  # fmt: skip
    """One more web server whose every word to the database goes through a proxy."""
    proxy = Proxy(urlsplit(environment["DATABASE_URL"]).port or 5432)
    changed = {
        **environment, "DATABASE_URL": through(environment["DATABASE_URL"], proxy), "YICHUANG_CONNECTION_AGE": age,
        "FAULTS_VARIANT": variant,
    }  # fmt: skip
    try:
        with serving(Web(changed, log, module=module, threads=threads)) as web:
            yield web, proxy
    finally:
        proxy.close()


def messages_of_a_filing(sender: Sender, post: Post, ledger: Ledger, proxy: Proxy) -> int:
    """How many messages one filing sends, by listening to one."""
    # The first request of a fresh server also asks what later ones remember.
    for serial in (800_001, 800_002):
        settle(sender, ledger, encoded(post.bodies(serial)), new_key())
    plan = proxy.arm()
    settle(sender, ledger, encoded(post.bodies(800_003)), new_key())
    return plan.seen


def cut_everywhere(
    post: Post,
    proxy: Proxy,
    ledger: Ledger,
    *,
    every: int = 1,
    last: int = 0,
    patience: float = PATIENCE_SECONDS,
) -> int:
    """Cut at message 1, 2, 3 … of a filing (or only at its `last` ones), before and after delivery; the client asks
    again with its key. The ledger knows afterwards what was acknowledged. How many cut points."""
    sender, done, serial = post.sender(), 0, 810_000
    count = messages_of_a_filing(sender, post, ledger, proxy)
    for at in range(max(1, count - last) if last else 1, count + 1, every):
        for cut in Cut:
            serial += 1
            plan = proxy.arm(at, cut)
            settle(sender, ledger, encoded(post.bodies(serial)), new_key(), patience)
            done += int(plan.done)
    proxy.arm()
    sender.close()
    return done


def exactly_one_each(auditor: Auditor, ledger: Ledger, before: int) -> list[str]:
    """As many cases as keys: none twice, none missing."""
    made = int(auditor.ask("select count(*) from cases_case")[0][0]) - before
    wrong = [] if made == len(ledger.sent) else [f"R3: {len(ledger.sent)} keys made {made} cases"]
    return wrong + auditor.all(ledger)


def hung(
    sender: Sender, post: Post, ledger: Ledger, key: str, body: bytes, bound: float
) -> tuple[float, list[str]]:
    """Post once into a black hole: how long it took to end, and a complaint where that was longer than the bound."""
    began = time.monotonic()
    ledger.sending(key, body)
    answer = sender.post(body, key)
    took = time.monotonic() - began
    if answer is not None:
        ledger.answered(answer.status, answer.text)
    ledger.lost_sight(key)
    if answer is None or took > bound:
        return took, [
            f"R10: a request hung for {took:.1f} s ({'no answer' if answer is None else answer.status})"
        ]
    if answer.status < 500:
        return took, [f"R10: a request into the hole was answered {answer.status}"]
    return took, []
