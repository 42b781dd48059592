"""The other side of `engines`: a process that answers whoever of its user connects, one request after the other.

A request is JSON, an answer begins with "+" and what was made, or with "-" and what is wrong. It ends when nobody is connected any
more, when nothing was asked for some time, and in the middle of work that takes too long.
"""

import selectors
import signal
import socket
from collections.abc import Callable

from yichuang.gateways.framing import HELLO, receive, same_user, send

HALF_SAID_SECONDS = 5.0
Answered = Callable[[bytes], bytes]


def serve(listening: socket.socket, answered: Answered, *, idle: float, limit: int) -> None:
    """Answer one request after the other, whoever asks, until nobody does for `idle` seconds; one that takes longer than `limit` ends us."""
    with selectors.DefaultSelector() as selector:
        selector.register(listening, selectors.EVENT_READ)
        clients: set[socket.socket] = set()
        while ready := selector.select(idle):
            for key, _ in ready:
                assert isinstance(key.fileobj, socket.socket)
                if key.fileobj is listening:
                    client = _welcomed(listening)
                    if client is not None:
                        clients.add(client)
                        selector.register(client, selectors.EVENT_READ)
                elif not _served(key.fileobj, answered, limit):
                    selector.unregister(key.fileobj)
                    clients.discard(key.fileobj)
                    key.fileobj.close()
            if not clients and not selector.select(0):
                break
        for client in clients:
            client.close()


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
