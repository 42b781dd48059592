"""R1, R2, R9: web workers and the database are killed while people file; nothing acknowledged is ever lost."""

import hashlib
import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from config.launch.processes import children, wait_until
from tests.faults.filing import Post, load, replays
from tests.faults.installation import Installation, Web
from tests.faults.invariants import Auditor
from tests.faults.ledger import Ledger
from tests.faults.tally import Tally

REPLAY_EVERY = 100
BACK_SECONDS = 60.0
# A strike may find nobody: the process that it looked for is just being started.
TRIES = 3
# A database must be back in service in this time (R2).
DATABASE_SECONDS = 10.0


def kill(pid: int) -> bool:
    """`kill -9`; whether there was anybody."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


def kill_under_load(
    post: Post, ledger: Ledger, clients: int, kills: int, strike: Callable[[], int], pause: tuple[float, float],
    back: float = BACK_SECONDS,
) -> tuple[int, float]:  # fmt: skip
    """Strike again and again while clients file, each time after the site has come back; kills and the longest absence.

    `back`: for how many seconds a site that is away is asked again (0: it is not meant to come back).
    """
    chance, done, worst = random.Random(kills), 0, 0.0
    with load(post, ledger, clients, patience=back):
        _served_since(ledger, time.monotonic())
        for _ in range(TRIES * kills):
            if done >= kills:
                break
            time.sleep(chance.uniform(*pause))
            moment = time.monotonic()
            done += strike()
            worst = max(worst, _served_since(ledger, moment) if back else 0.0)
    return done, worst


def _served_since(ledger: Ledger, moment: float) -> float:
    wait_until(lambda: ledger.recovered_after(moment) is not None, BACK_SECONDS)
    found = ledger.recovered_after(moment)
    if found is None:
        ledger.complain(f"nobody was served for {BACK_SECONDS:.0f} s after a kill")
    return BACK_SECONDS if found is None else found


def a_web_process(site: Installation, chance: random.Random) -> int:
    """Kill one of the web processes, the one that watches over the others included."""
    found = site.pids("web")
    return int(bool(found) and kill(chance.choice(found)))


def the_database(site: Installation) -> int:
    """Kill the server with all its children at one blow."""
    found = [pid for server in site.pids("database") for pid in children(server)]
    killed = [kill(pid) for pid in found]
    return int(any(killed))


def the_web(web: Web) -> int:
    """Kill a web server with its workers, and start it again."""
    web.kill()
    web.start()
    return 1


def files_missing(ledger: Ledger, folder: Path) -> list[str]:
    """R9: every acknowledged attachment is in the file store and has the hash of the receipt."""
    wrong = []
    for ack in list(ledger.acks.values()):
        for one in ack.attachments:
            path = folder / one[:2] / one[2:4] / one
            if not path.is_file():
                wrong.append(f"I6: attachment {one[:12]} of {ack.case_no} is missing")
            elif hashlib.sha256(path.read_bytes()).hexdigest() != one:
                wrong.append(f"I6: attachment {one[:12]} of {ack.case_no} has another content")
    return wrong


def all_kept(test: str, tally: Tally, auditor: Auditor, ledger: Ledger, post: Post) -> None:
    """Every invariant, and a sample of replays; what is wrong goes into the tally."""
    tally.violation(test, [*auditor.all(ledger), *replays(post, ledger, REPLAY_EVERY)])
    tally.add(acks=len(ledger.acks))
