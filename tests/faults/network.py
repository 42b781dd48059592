"""R10: the network between site and database is cut: by a black hole behind the proxy, and where the machine permits it
by taking a wire down between two network namespaces."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from config.launch.processes import wait_until
from tests.faults.cuts import hung, through
from tests.faults.filing import Post, encoded, new_key, settle
from tests.faults.installation import Web, serving
from tests.faults.ledger import Ledger
from tests.faults.proxy import Proxy

BOUND_SECONDS = 10.0
# A client that waits longer than the bound, so that it is the site that ends the request.
REQUEST_SECONDS = 13.0
HTTP, DATABASE = ("10.213.7.1", "10.213.7.2"), ("10.213.8.1", "10.213.8.2")


@dataclass
class Cutter:
    """How the wire is taken away and given back."""

    cut: "Act"
    heal: "Act"


class Act:
    """Something to do to the wire."""

    def __init__(self, *commands: list[str], hole: Proxy | None = None, healed: bool = False) -> None:
        self._commands, self._hole, self._healed = commands, hole, healed

    def __call__(self) -> None:
        """Do it."""
        for command in self._commands:
            subprocess.run(command, check=True, capture_output=True)
        if self._hole is not None:
            (self._hole.heal if self._healed else self._hole.black_hole)()


def cut_for_a_while(post: Post, ledger: Ledger, cutter: Cutter, times: int) -> tuple[float, float, list[str]]:
    """File into the cut, wait for the end, heal: the longest request and the longest healing, in seconds."""
    longest = healing = 0.0
    wrong: list[str] = []
    for turn in range(times):
        sender = post.sender(seconds=REQUEST_SECONDS)
        settle(sender, ledger, encoded(post.bodies(700_000 + turn)), new_key())
        cutter.cut()
        waiting = []
        for more in range(2):
            # The first finds the connection that it had, the second has to open one.
            body, key = encoded(post.bodies(710_000 + 10 * turn + more)), new_key()
            took, said = hung(sender, post, ledger, key, body, BOUND_SECONDS)
            longest, wrong = max(longest, took), wrong + said
            waiting.append((key, body))
        cutter.heal()
        healed = time.monotonic()
        for key, body in waiting:
            settle(sender, ledger, body, key)
        healing = max(healing, time.monotonic() - healed)
        sender.close()
    if healing > BOUND_SECONDS:
        wrong.append(f"R10: it took {healing:.1f} s to heal")
    return longest, healing, wrong


def black_hole(proxy: Proxy) -> Cutter:
    """A far side that confirms every byte and never answers."""
    return Cutter(Act(hole=proxy), Act(hole=proxy, healed=True))


def may_cut_wires() -> bool:
    """Whether this machine lets us make network namespaces."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    name = f"yctry{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return made.returncode == 0


@contextmanager
def own_wires() -> Iterator[tuple[str, str]]:
    """A network namespace with two wires to us, one for HTTP and one for the database: its name, and the wire to cut."""
    name = f"yc{os.getpid()}"
    wires = ((f"{name}h", *HTTP), (f"{name}d", *DATABASE))
    _ip("netns", "add", name)
    try:
        _ip("-n", name, "link", "set", "lo", "up")
        for wire, ours, theirs in wires:
            _ip("link", "add", wire, "type", "veth", "peer", "name", f"{wire}x", "netns", name)
            _ip("addr", "add", f"{ours}/30", "dev", wire)
            _ip("-n", name, "addr", "add", f"{theirs}/30", "dev", f"{wire}x")
            _ip("link", "set", wire, "up")
            _ip("-n", name, "link", "set", f"{wire}x", "up")
        yield name, wires[1][0]
    finally:
        _ip("netns", "del", name)
        for wire, *_ in wires:
            with suppress(subprocess.CalledProcessError):
                _ip("link", "del", wire)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@contextmanager
def over_a_wire(
    environment: dict[str, str], log: Path, *, module: str = "config.wsgi", variant: str = ""
) -> Iterator[tuple[Web, Cutter]]:
    """A web server in a network of its own; nothing but the wire leads from it to the database."""
    with own_wires() as (name, wire):
        proxy = Proxy(urlsplit(environment["DATABASE_URL"]).port or 5432, host=DATABASE[0])
        changed = {
            **environment, "DATABASE_URL": through(environment["DATABASE_URL"], proxy, DATABASE[0]),
            "FAULTS_VARIANT": variant,
        }  # fmt: skip
        web = Web(changed, log, module=module, inside=name, host=HTTP[1])
        down, up = (["ip", "link", "set", wire, state] for state in ("down", "up"))
        try:
            with serving(web):
                yield web, Cutter(Act(down), Act(up))
        finally:
            proxy.close()


def answers_again(web: Web) -> bool:
    """Whether the server is back within the bound."""
    return wait_until(web.answers, BOUND_SECONDS)
