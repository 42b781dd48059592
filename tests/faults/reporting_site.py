"""The receiving side of R20, made to be killed: `python -m tests.faults.reporting_site` loads everything once and then, for each line
"web PORT [VARIANT]" or "worker [VARIANT]" on its standard input, forks a process that does only that, and says its id.

What is forked does what `yichuang work --queues long` and the web server do with a report; it lives until somebody kills it.
"""

import os
import signal
import socketserver
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import transaction  # noqa: E402

from yichuang.effects import long_work  # noqa: E402
from yichuang.exchange.cli import drops as picking  # noqa: E402
from yichuang.exchange.commands import batches  # noqa: E402
from yichuang.exchange.commands.taking import take_lines  # noqa: E402
from yichuang.exchange.flow import BLOCK  # noqa: E402
from yichuang.exchange.models import Batch, System  # noqa: E402
from yichuang.exchange.rules.checking import Reference  # noqa: E402
from yichuang.exchange.rules.streams import Parsed  # noqa: E402
from yichuang.gateways import drops  # noqa: E402
from yichuang.gateways.drops import Dropped  # noqa: E402
from yichuang.kernel.actor import Actor  # noqa: E402
from yichuang.workdays.queries import now  # noqa: E402

IDLE_SECONDS = 0.02
KINDS = tuple(one for one in long_work.LONG if one.name == "drop")
application = get_wsgi_application()


def done_first(system: System, dropped: Dropped, at: datetime) -> str:
    """The broken way: the file is put away as done before its rows are committed."""
    drops.put_away(dropped, "done", {"file": dropped.path.name})
    moved = Dropped(dropped.path.parent.parent / "done" / dropped.path.name, dropped.promised)
    return str(taken(system, moved, at).pk)


def marked_first(
    batch_id: UUID, done: int, block: list[tuple[int, Parsed]], *, reference: Reference, by: Actor, at: datetime
) -> bool:  # fmt: skip
    """The broken way: a batch says how far it is written before it is."""
    if not Batch.objects.filter(pk=batch_id, lines_done=done).update(lines_done=done + len(block)):
        return False
    lines, refusals = batches._read(block)
    with transaction.atomic():
        batches._count(
            batch_id, take_lines(lines, refusals, reference=reference, batch_id=batch_id, by=by, at=at)
        )
    return True


taken = picking._taken
VARIANTS: dict[str, list[tuple[Any, str, Callable[..., Any]]]] = {
    "": [],
    "done_first": [(picking, "_one", done_first)],
    "marked_first": [(batches, "_take_block", marked_first)],
}


class _Threads(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


def serve(port: int) -> NoReturn:
    """Answer until killed."""
    while True:
        # Of whoever was killed a moment ago, the place may not be free yet.
        with (
            suppress(OSError),
            make_server(
                "127.0.0.1", port, application, server_class=_Threads, handler_class=_Silent
            ) as server,
        ):
            server.serve_forever()
        time.sleep(IDLE_SECONDS)


def work() -> NoReturn:
    """Pick files up as the long worker does, until killed."""
    while True:
        if not long_work.sweep(at=now(), kinds=KINDS):
            time.sleep(IDLE_SECONDS)


def born(asked: list[str]) -> int:
    """The id of a new process that does what is asked."""
    pid = os.fork()
    if pid:
        return pid
    kind, *more = asked
    port = more.pop(0) if kind == "web" else "0"
    for module, name, instead in VARIANTS[more[0] if more else ""]:
        setattr(module, name, instead)
    if kind == "web":
        serve(int(port))
    work()


def main() -> None:
    """Fork for every line; all children go with it."""
    vars(batches)["BLOCK"] = int(os.environ.get("FAULTS_BLOCK", BLOCK))
    # Nobody waits for the dead.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        print(born(line.split()), flush=True)


if __name__ == "__main__":
    main()
