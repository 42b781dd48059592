"""Drawing in a process of its own (`engines`): one for all processes of an installation, started with the first chart, gone when idle."""

import atexit
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from yichuang.gateways.engines import MOST_SECONDS, Engine, Kind, address_of

_SOURCES = tuple(Path(__file__).with_name(f"{name}.py") for name in ("drawing_engine", "engine_serving"))
CHARTS = Kind(
    module="yichuang.gateways.drawing_engine",
    name="chart",
    away="绘图程序没有启动，不能生成图表。",
    slow="图表没有在限定时间内画完。",
    shorter="请缩短期间或减少项目",
)


class Draughtsman(Engine):
    """The engine that draws; with a folder, one that knows its typefaces."""

    def __init__(self, place: bytes, fonts: Path | None = None) -> None:
        super().__init__(CHARTS, place, *map(str, [fonts] if fonts else []))

    def svg(self, spec: Mapping[str, Any], ground: str = "none", *, seconds: float = MOST_SECONDS) -> str:
        """The SVG of a Vega-Lite spec. Errors: ValueError for one that cannot be drawn, Unavailable where time runs out."""
        return self.asked({"spec": spec, "ground": ground}, seconds).decode()

    def png(self, drawn: str, scale: float, *, seconds: float = MOST_SECONDS) -> bytes:
        """The picture of an SVG. Errors: as `svg`."""
        return self.asked({"svg": drawn, "scale": scale}, seconds)


def address(*parts: object) -> bytes:
    """Where the engine of these sources and these typefaces is found."""
    return address_of("drawing", _SOURCES, *parts)


@lru_cache(maxsize=8)
def draughtsman(fonts: Path | None) -> Draughtsman:
    """The engine of this installation; with a folder, one that draws with its typefaces: which are known moves labels."""
    made = Draughtsman(address(fonts), fonts)
    atexit.register(made.leave)
    return made
