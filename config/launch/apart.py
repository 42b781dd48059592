"""Work that the launcher leaves to a child process, so that what had to be loaded for it goes when it is done.

The launcher watches for months over what it has started. The driver of the database and the library of HTTP take half of the memory
that it would hold all the time (measured), and are needed for a second of its start, and again where the database has died.
"""

import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn, TypeVar

from config.launch.say import Stop

T = TypeVar("T")
# What ends a launcher by way of an exception: in the child it must not begin the orderly stop of what is its parent's.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Broken(Exception):
    """The work ended without an answer; carries what the child said of it."""


def apart(work: Callable[[], T]) -> T:
    """What `work` gives, made by a child that ends with it; it must be something that can be pickled.

    Errors: Stop as the work raised it; Broken where it raised anything else, or was killed.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    # Nobody may be told to stop between the fork and the child's first line.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        pid = os.fork()
    except OSError:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(reading)
        os.close(writing)
        raise
    if not pid:
        _child(work, writing, before)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as line:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            said = line.read()
    except BaseException:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        raise
    finally:
        _, status = os.waitpid(pid, 0)
    found: T = _told(said, status)
    return found


def _told(said: bytes, status: int) -> Any:
    if not said:
        raise Broken(f"a child process ended without a word (status {os.waitstatus_to_exitcode(status)})")
    kind, *rest = pickle.loads(said)  # noqa: S301 - from our own fork
    if kind == "stop":
        chinese, english, code = rest
        raise Stop(chinese, english, code=code)
    if kind == "broken":
        raise Broken(*rest)
    return rest[0]


def _child(work: Callable[[], object], writing: int, mask: set[int | signal.Signals]) -> NoReturn:
    """Do the work, say what came of it, and end without a word of our parent's."""
    try:
        for number in ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        said = _done(work)
        sys.stdout.flush()
        sys.stderr.flush()
        with os.fdopen(writing, "wb") as line:
            line.write(said)
    finally:
        os._exit(0)


def _done(work: Callable[[], object]) -> bytes:
    try:
        return pickle.dumps(("done", work()))
    except Stop as stop:
        return pickle.dumps(("stop", stop.chinese, stop.english, stop.code))
    except Exception:
        return pickle.dumps(("broken", traceback.format_exc()))
