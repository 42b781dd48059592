"""The other side of `engines`: a process that answers whoever of its user connects, one request after the other.

A request is JSON, an answer begins with "+" and what was made, or with "-" and what is wrong. It ends when nobody is connected any
more, when nothing was asked for some time, after work that has left it larger than it may be, and in the middle of work that takes
too long.
"""

import os
import selectors
import signal
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from yichuang.gateways.framing import FAREWELL, HELLO, receive, same_user, send

HALF_SAID_SECONDS = 5.0
MB = 2**20
_SIZES, _PAGE = Path("/proc/self/statm"), os.sysconf("SC_PAGE_SIZE")
Answered = Callable[[bytes], bytes]


def serve(listening: socket.socket, answered: Answered, *, idle: float, limit: int, most: int) -> None:
    """Answer one request after the other, whoever asks, until nobody does for `idle` seconds; one that takes longer than `limit` ends us.

    What the libraries keep of what they have made is theirs to know: an engine that holds more than `most` bytes ends between two
    requests, and whoever asks next starts another. It gives its address back first and answers what was already asked. Whoever is
    still there at our end is told so, and knows that it was not his request over which we ended.
    """
    room = _Room(listening, answered, limit)
    try:
        while ready := room.selector.select(idle):
            if room.attend(ready) and held() > most:
                room.close_door()
                room.attend(room.selector.select(0))
                break
            if not room.clients and not room.selector.select(0):
                break
        # Not where a request has ended us: whoever asked it must learn that.
        room.take_leave()
    finally:
        room.close()


def held() -> int:
    """Bytes of memory that this process occupies now."""
    return int(_SIZES.read_text().split()[1]) * _PAGE


class _Room:
    """Who is connected, and the door by which others come in."""

    def __init__(self, listening: socket.socket, answered: Answered, limit: int) -> None:
        self.selector, self.clients = selectors.DefaultSelector(), set[socket.socket]()
        self._listening, self._answered, self._limit = listening, answered, limit
        self.selector.register(listening, selectors.EVENT_READ)

    def attend(self, ready: Iterable[tuple[selectors.SelectorKey, int]]) -> bool:
        """Let in whoever waits at the door, and answer one request of each who has asked; whether anybody had."""
        has_worked = False
        for key, _ in ready:
            assert isinstance(key.fileobj, socket.socket)
            if key.fileobj is self._listening:
                client = _welcomed(self._listening)
                if client is not None:
                    self.clients.add(client)
                    self.selector.register(client, selectors.EVENT_READ)
            elif _served(key.fileobj, self._answered, self._limit):
                has_worked = True
            else:
                self.selector.unregister(key.fileobj)
                self.clients.discard(key.fileobj)
                key.fileobj.close()
        return has_worked

    def close_door(self) -> None:
        """Nobody else comes in: the address is free for another engine. Who stands before the door is told to go there."""
        if self._listening.fileno() < 0:
            return
        self.selector.unregister(self._listening)
        self._listening.setblocking(False)
        with suppress(OSError):
            while True:
                _bid_farewell(self._listening.accept()[0])
        self._listening.close()

    def take_leave(self) -> None:
        """Tell everybody who is connected that we end; first the door is closed."""
        self.close_door()
        for client in self.clients:
            _bid_farewell(client)

    def close(self) -> None:
        """First the door, then everybody's line."""
        self._listening.close()
        for client in self.clients:
            client.close()
        self.selector.close()


def _bid_farewell(client: socket.socket) -> None:
    """Say that we end, without waiting for who does not listen."""
    client.setblocking(False)
    with client, suppress(OSError):
        send(client, FAREWELL)


def _welcomed(listening: socket.socket) -> socket.socket | None:
    client, _ = listening.accept()
    client.settimeout(HALF_SAID_SECONDS)
    try:
        if same_user(client):
            send(client, HELLO)
            return client
    except OSError:
        pass
    client.close()
    return None


def _served(client: socket.socket, answered: Answered, limit: int) -> bool:
    """Answer one request of a client; False when it is gone. The alarm ends this process, whatever hangs in it."""
    try:
        request = receive(client)
        signal.alarm(limit)
        answer = answered(request)
        signal.alarm(0)
        send(client, answer)
    except OSError:
        return False
    return True
