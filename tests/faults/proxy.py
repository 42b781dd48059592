"""A proxy between the application and its database that counts protocol messages and cuts where it is told.

It understands as much of PostgreSQL's protocol as is needed to tell one message of the client from the next.
"""

import select
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

STARTUP_PROTOCOL = 3
ANSWERS_AT_ONCE = b"SQ"
QUICK_SECONDS = 0.01
PATIENT_SECONDS = 3.0


class Cut(Enum):
    """Whether the message at which the connection is cut still arrives."""

    BEFORE = "before delivery"
    AFTER = "after delivery"


@dataclass
class Plan:
    """What the proxy does at the moment: cut at message `at` (0: never), or forward nothing at all."""

    at: int = 0
    cut: Cut = Cut.BEFORE
    seen: int = 0
    done: bool = False
    kinds: list[str] = field(default_factory=list)


class Proxy:
    """Listens on a port of its own and forwards to the database."""

    def __init__(self, port: int, *, host: str = "127.0.0.1") -> None:
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server((host, 0))
        self.port = int(self._listener.getsockname()[1])
        self.plan = Plan()
        self._lock = threading.Lock()
        self._open = threading.Event()
        self._open.set()
        self._ended = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._mute: set[socket.socket] = set()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def arm(self, at: int = 0, cut: Cut = Cut.BEFORE) -> Plan:
        """Count from now on, and cut once at this message of the client."""
        with self._lock:
            self.plan = Plan(at, cut)
        return self.plan

    def black_hole(self) -> None:
        """From now on accept, and drop everything in both directions."""
        self._open.clear()

    def heal(self) -> None:
        """Forward again; connections that were caught in the hole are gone."""
        self.drop_all()
        self._open.set()

    def drop_all(self) -> None:
        """Cut every connection now."""
        with self._lock:
            found = list(self._sockets)
        for one in found:
            shut(one)

    def close(self) -> None:
        """Stop listening and cut everything."""
        self._ended.set()
        self._open.set()
        shut(self._listener)
        self._listener.close()
        self.drop_all()
        self._accepting.join(5)

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._kept(client):
            if not self._open.is_set():
                self._swallow(client)
                return
            try:
                server = socket.create_connection(self._target, timeout=5)
            except OSError:
                return
            server.settimeout(None)
            with self._kept(server):
                back = threading.Thread(target=self._backward, args=(server, client), daemon=True)
                back.start()
                with suppress(OSError):
                    self._forward(client, server)
                shut(server)
                shut(client)
                back.join(5)

    @contextmanager
    def _kept(self, one: socket.socket) -> Iterator[None]:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._sockets.add(one)
        try:
            yield
        finally:
            with self._lock:
                self._sockets.discard(one)
            shut(one)
            one.close()

    def _swallow(self, client: socket.socket) -> None:
        """Read and forget until the hole is healed or the client gives up."""
        with suppress(OSError):
            while client.recv(65536) and not self._open.is_set():
                pass

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        for kind, message in messages(client):
            if not self._open.is_set():
                self._swallow(client)
                return
            cut = self._judge(kind)
            if cut is Cut.BEFORE:
                return
            if cut is Cut.AFTER:
                # What the server answers from here on never arrives.
                self._mute.add(client)
                server.sendall(message)
                patience = PATIENT_SECONDS if kind in ANSWERS_AT_ONCE else QUICK_SECONDS
                readable, _, _ = select.select([server], [], [], patience)
                if readable:
                    time.sleep(QUICK_SECONDS)
                return
            server.sendall(message)

    def _judge(self, kind: bytes) -> Cut | None:
        with self._lock:
            plan = self.plan
            plan.seen += 1
            plan.kinds.append(kind.decode("ascii", "replace"))
            if plan.done or plan.seen != plan.at:
                return None
            plan.done = True
            return plan.cut

    def _backward(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError, ValueError):
            while True:
                readable, _, _ = select.select([server], [], [], 0.2)
                if not readable:
                    if server.fileno() < 0:
                        return
                    continue
                if client in self._mute:
                    self._mute.discard(client)
                    return
                data = server.recv(65536)
                if not data:
                    shut(client)
                    return
                if not self._open.is_set():
                    continue
                client.sendall(data)


def messages(client: socket.socket) -> Iterator[tuple[bytes, bytes]]:
    """The client's messages one by one: their type (empty before the connection is opened) and all their bytes."""
    started = False
    while True:
        head = exactly(client, 5 if started else 8)
        if head is None:
            return
        length = struct.unpack("!i", head[1:5] if started else head[:4])[0]
        rest = exactly(client, length + 1 - len(head) if started else length - len(head))
        if rest is None:
            return
        if not started and head[4:6] == struct.pack("!h", STARTUP_PROTOCOL):
            started = True
            yield b"", head + rest
        else:
            yield (head[:1] if started else b""), head + rest


def exactly(one: socket.socket, count: int) -> bytes | None:
    """So many bytes; None where the other side has gone."""
    found = b""
    while len(found) < count:
        piece = one.recv(count - len(found))
        if not piece:
            return None
        found += piece
    return found


def shut(one: socket.socket) -> None:
    """Cut a connection: the other side sees its end at once."""
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
