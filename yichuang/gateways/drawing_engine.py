"""The process that draws: charts for every process of an installation, so that none of them keeps the engine's 70 MB.

Run by `drawing` alone: `python -m yichuang.gateways.drawing_engine FD [FONTS]`, FD a listening socket. Of this house it
imports how engines serve, and nothing else.
"""

import itertools
import json
import socket
import sys
from collections.abc import Mapping
from typing import Any

import vl_convert

from yichuang.gateways.engine_serving import MB, serve

IDLE_SECONDS = 5.0
DRAWING_SECONDS = 15
# Together with the engine that sets documents less than what a long job may hold (256 MB).
MOST_BYTES = 112 * MB
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


def main(arguments: list[str]) -> None:
    """Serve on the inherited socket, with the typefaces of a folder where one is named."""
    if len(arguments) > 1:
        vl_convert.register_font_directory(arguments[1])
    with socket.socket(fileno=int(arguments[0])) as listening:
        serve(listening, answered, idle=IDLE_SECONDS, limit=DRAWING_SECONDS, most=MOST_BYTES)


if __name__ == "__main__":
    main(sys.argv[1:])
