"""The process that draws: charts for every process of an installation, so that none of them keeps the engine's 70 MB.

Run by `drawing` alone: `python -m yichuang.gateways.drawing_engine FD [FONTS]`, FD a listening socket. Of this house it
imports the framing of messages and its caller's greeting, and nothing else. A request is JSON, an answer begins with "+" and the drawing, or with
"-" and what is wrong. It ends when nobody is connected any more, when
nothing was asked for IDLE_SECONDS, and in the middle of a drawing that takes longer than DRAWING_SECONDS.
"""

import itertools
import json
import selectors
import signal
import socket
import sys
from collections.abc import Mapping
from typing import Any

import vl_convert

from yichuang.gateways.drawing import HELLO
from yichuang.gateways.framing import receive, same_user, send

IDLE_SECONDS = 5.0
DRAWING_SECONDS = 15
HALF_SAID_SECONDS = 5.0
_ATTEMPTS = 4
_CALLS = itertools.count()


def drawn(spec: Mapping[str, Any], ground: str) -> str:
    """The SVG that Vega makes of the spec on `ground` (a colour, or none). Errors: ValueError for a spec that cannot be drawn.

    After a spec that fails, Vega's engine may answer the next call with that failure or with another's drawing. So
    every call carries a mark of its own, as a background colour that is none, and an answer without it is asked again.
    """
    for attempt in range(_ATTEMPTS):
        mark = f"mark-{next(_CALLS)}"
        try:
            found = str(vl_convert.vegalite_to_svg({**spec, "background": mark}))
        except ValueError:
            if attempt == _ATTEMPTS - 1:
                raise
            continue
        if f'fill="{mark}"' in found:
            return found.replace(f' fill="{mark}"/>', f' fill="{ground}"/>', 1)
    raise ValueError("the chart engine answers out of turn")


def answered(request: bytes) -> bytes:
    """The answer to one request: `{"spec": …, "ground": …}` for an SVG, `{"svg": …, "scale": …}` for its picture (PNG)."""
    try:
        asked = json.loads(request)
        if "svg" in asked:
            return b"+" + bytes(vl_convert.svg_to_png(asked["svg"], scale=asked["scale"]))
        return b"+" + drawn(asked["spec"], asked["ground"]).encode()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return b"-" + str(error).encode(errors="replace")


def serve(listening: socket.socket, *, idle: float = IDLE_SECONDS, limit: int = DRAWING_SECONDS) -> None:
    """Answer one request after the other, whoever asks, until nobody does."""
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
                elif not _served(key.fileobj, limit):
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


def _served(client: socket.socket, limit: int) -> bool:
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


def main(arguments: list[str]) -> None:
    """Serve on the inherited socket, with the typefaces of a folder where one is named."""
    if len(arguments) > 1:
        vl_convert.register_font_directory(arguments[1])
    with socket.socket(fileno=int(arguments[0])) as listening:
        serve(listening)


if __name__ == "__main__":
    main(sys.argv[1:])
