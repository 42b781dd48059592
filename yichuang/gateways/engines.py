"""Engines: processes of their own for what is large and seldom used, one for all processes of an installation.

The libraries of charts and of typesetting keep 70 MB and more in every process that has used them once, and some input ends the
process that works on it. Here is the caller: it finds an engine by an abstract address of this user and these sources, starts it
where there is none, and starts it again where it has died. The other side is `engine_serving`.
"""

import hashlib
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from yichuang.gateways.framing import FAREWELL, HELLO, Gone, receive, same_user, send
from yichuang.kernel.errors import Unavailable

MOST_SECONDS = 20.0
_ROOT = Path(__file__).resolve().parents[2]
_BACKLOG = 64
# So many engines may end over a request before it is refused; and so often one is looked for that lets us in.
_DEATHS, _TRIES = 2, 5
# Between taking an address and listening at it lies a moment in which it refuses everybody: so long until it is tried again.
_DOOR_SECONDS = 0.01
_LAST_BREATH_SECONDS = 2.0
_LAST_WORDS = 800
log = logging.getLogger(__name__)
# What an engine gets of our environment; no secret is among it. The last line is how the C library keeps memory, and the mark by
# which a launcher that was killed is cleaned up after.
_ENVIRONMENT = (
    "PATH", "PYTHONPATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH",
    "MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "YICHUANG_LAUNCHED_FROM",
)  # fmt: skip


class _Died(Exception):
    """The engine ended before it answered; `met` where it had our request, and may have ended over it."""

    def __init__(self, *, met: bool) -> None:
        super().__init__("the engine has ended")
        self.met = met


class _Left(Exception):
    """Nobody began with our request, in good order: the engine came to its own end, idle or too large, or its door is shut still."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What an engine is: its module, what it is called in the log, and what people are told when it is away or too slow."""

    module: str
    name: str
    away: str
    slow: str
    shorter: str


class Engine:
    """The engine at an address, one request at a time for the threads of this process; other processes have their turns."""

    def __init__(self, kind: Kind, address: bytes, *arguments: str) -> None:
        self.kind = kind
        self.address = address
        self._arguments = arguments
        self._reset()

    def _reset(self) -> None:
        # After a fork the child may neither use its parent's connection nor wait for the lock of a thread that it lacks.
        self._turn = threading.Lock()
        self._line: socket.socket | None = None
        self._child: subprocess.Popen[bytes] | None = None
        # What our child says. It outlives us: with our own error output it would hold open the pipe of whoever reads ours.
        self._words: IO[bytes] | None = None
        self._owner = os.getpid()

    def asked(self, asked: Mapping[str, Any], seconds: float) -> bytes:
        """The answer to a request. Errors: ValueError with the engine's words where it cannot be, Unavailable where time runs out."""
        end = time.monotonic() + seconds
        request = json.dumps(asked, ensure_ascii=False).encode()
        if self._owner != os.getpid():
            self._left_behind()
        if not self._turn.acquire(timeout=seconds):
            raise self._too_slow()
        try:
            return self._answer(request, end)
        finally:
            self._turn.release()

    def _answer(self, request: bytes, end: float) -> bytes:
        """The answer. An engine that ends without a word may have fallen over another's request: the next one tells ours.

        Those that leave in good order count for nothing, nor does a door still shut: only time is lost with them.
        """
        met = unmet = 0
        while True:
            try:
                found = self._once(request, end)
            except _Left:
                continue
            except _Died as died:
                self._tell()
                met, unmet = met + died.met, unmet + (not died.met)
                if met == _DEATHS:
                    raise ValueError(
                        f"conversion failed: the {self.kind.name} engine ended over this"
                    ) from died
                if unmet == _TRIES:
                    raise self._away() from died
                continue
            if found[:1] == b"+":
                return found[1:]
            raise ValueError(found[1:].decode(errors="replace"))

    def _once(self, request: bytes, end: float) -> bytes:
        met = False
        try:
            line = self._connected(end)
            send(line, request)
            met = True
            found = receive(self._timed(line, end))
            if found == FAREWELL:
                raise _Left
            return found
        except TimeoutError as error:
            self._hang_up()
            raise self._too_slow() from error
        except (ConnectionRefusedError, BlockingIOError) as error:
            # Whoever holds the address is about to listen or to give it back, or too many stand before the door.
            self._hang_up()
            if time.monotonic() > end:
                raise self._away() from error
            time.sleep(_DOOR_SECONDS)
            raise _Left from error
        except OSError as error:
            self._hang_up()
            raise _Died(met=met) from error
        except BaseException:
            # Whoever is interrupted here would read this answer as the next one's.
            self._hang_up()
            raise

    def _connected(self, end: float) -> socket.socket:
        """The connection, made where there is none. Errors: OSError where nobody of ours answers."""
        if self._line is not None:
            return self._timed(self._line, end)
        self._start()
        line = self._line = socket.socket(socket.AF_UNIX)
        self._timed(line, end).connect(self.address)
        said = receive(line) if same_user(line) else b""
        if said == FAREWELL:
            raise _Left
        if said != HELLO:
            raise Gone("another's process sits at this address")
        return self._timed(line, end)

    def _start(self) -> None:
        """Start the engine where nobody listens at the address: who binds it first starts it, once for all."""
        with socket.socket(socket.AF_UNIX) as listening:
            try:
                listening.bind(self.address)
            except OSError:
                return
            listening.listen(_BACKLOG)
            self._reap()
            command = [sys.executable, "-m", self.kind.module, str(listening.fileno()), *self._arguments]
            self._words = TemporaryFile(buffering=0)  # noqa: SIM115 - open as long as the engine is ours
            self._child = subprocess.Popen(
                command, cwd=_ROOT, pass_fds=[listening.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=self._words, env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ} | {"TZ": "UTC"},
            )  # fmt: skip

    def _tell(self) -> None:
        """The last words of an engine that we started and that has ended, for the log, once."""
        if self._words is not None:
            said = self._words.fileno()
            words = os.pread(said, _LAST_WORDS, max(0, os.fstat(said).st_size - _LAST_WORDS))
            if words.strip():
                log.warning(
                    "the %s engine has ended: %s", self.kind.name, words.decode(errors="replace").strip()
                )
            self._hush()

    def _hush(self) -> None:
        if self._words is not None:
            self._words.close()
            self._words = None

    def _reap(self) -> None:
        """The one that we started before holds the address no more, so it is at its end."""
        if self._child is not None:
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(_LAST_BREATH_SECONDS)
            self._disown()

    def _timed(self, line: socket.socket, end: float) -> socket.socket:
        # Not zero: that would mean "do not wait at all" and another error.
        line.settimeout(max(0.001, end - time.monotonic()))
        return line

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _left_behind(self) -> None:
        """We are a fork: what our parent holds is its own."""
        self._hang_up()
        self._disown()
        self._reset()

    def close(self, seconds: float = MOST_SECONDS) -> None:
        """Hang up; where nobody else is connected the engine ends, and is waited for where it is our child."""
        with self._turn:
            self._hang_up()
            if self._child is not None:
                with suppress(subprocess.TimeoutExpired):
                    self._child.wait(seconds)
                    self._child = None
            self._hush()

    def leave(self) -> None:
        """At our own end: hang up, and leave the engine to those who still draw."""
        self._hang_up()
        self._disown()

    def _disown(self) -> None:
        self._hush()
        if self._child is not None:
            # Not ours to wait for; without a code the object would complain of a child that runs on.
            self._child.returncode = 0
            self._child = None

    def _away(self) -> Unavailable:
        return Unavailable(self.kind.away, how="请稍后再试；反复出现时请告诉管理员。")

    def _too_slow(self) -> Unavailable:
        return Unavailable(self.kind.slow, how=f"请稍后再试；反复出现时{self.kind.shorter}。")


def address_of(kind: str, sources: Sequence[Path], *parts: object) -> bytes:
    """An abstract address (no file, gone with its process) of this user, these sources and what else tells engines apart."""
    told = hashlib.sha256(b"".join(path.read_bytes() for path in sources))
    told.update(repr((*map(str, sources), sys.executable, *parts)).encode())
    return f"\0yichuang-{kind}-{os.geteuid()}-{told.hexdigest()[:24]}".encode()
