"""Charts on the server: one Vega-Lite spec gives the SVG of a page or PDF and the PNG of a Word file.

The builders keep the rules of the house: bars from zero, lines for time, five series at most, labels at the lines'
ends, the unit in the title, lightness and dashes beside colour so that a black-and-white print can be read. The SVG has
no script and no style attribute, so a strict content security policy lets it stand.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from yichuang.gateways.documents.model import clean
from yichuang.gateways.documents.typesetting import has_chinese
from yichuang.gateways.drawing import draughtsman
from yichuang.kernel.errors import Unavailable

_FAMILIES = "PingFang SC, HarmonyOS Sans SC, Microsoft YaHei, Noto Sans SC, Noto Sans CJK SC, sans-serif"
_INK, _RULE = "currentColor", "#9aa3ad"
# From dark to light, each told from its neighbour in grey; lines have dashes besides.
_COLOURS = ("#0b5cad", "#b3261e", "#3f9b6c", "#b98518", "#8a93a0")
_DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (12, 4))
_MOST_SERIES = 5
_MOST_DIRECT_VALUES = 12
_LABEL_HEIGHT = 16
# Round the address that a builder puts behind a mark's description; it becomes the link around the mark.
_LINK = ("⟦", "⟧")
_FORBIDDEN = re.compile(r"<script|<style|<foreignObject|\sstyle=|\son\w+=|xlink:|javascript:", re.IGNORECASE)

Number = int | Decimal
Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: label, value, and the local address that lists what it counts."""

    label: str
    value: Number
    href: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two values of one thing, to be compared: what is allowed and what was used, in the same unit."""

    label: str
    allowed: Number
    used: Number
    href: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """The value of a day."""

    day: date
    value: Number
    href: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """A line: its name and its points in the order of time."""

    name: str
    points: tuple[Point, ...]


def svg(spec: Mapping[str, Any], fonts: Path) -> str:
    """The chart as inline SVG; text takes the colour of the page, marks lead to pages of this site.

    Labels are measured with the typefaces of the folder `fonts`, by the same engine that draws for print.
    The same spec is drawn once: a board that is looked at every minute draws only what has changed.
    Raises ValueError for a spec that cannot be drawn or that names an address outside the builders' way, Unavailable where
    the engine does not answer in time.
    """
    return _svg(json.dumps(spec, ensure_ascii=False), _folder(fonts))


# A drawing with its spec is some 80 KB, of ninety days with two lines; a board has five.
@lru_cache(maxsize=32)
def _svg(text: str, folder: Path | None) -> str:
    spec: Spec = json.loads(text)
    drawn = _drawn(spec, ground="none", folder=folder)
    for pattern, instead in (
        (r' aria-roledescription="[^"]*"', ""),
        (r' role="graphics-object"', ""),
        (r'role="graphics-symbol"', 'role="img"'),
        (r' xmlns:xlink="[^"]*"', ""),
        (r' class="[^"]*"', ""),
        (
            rf'<path aria-label="([^"]*){_LINK[0]}([^"{_LINK[0]}{_LINK[1]}]+){_LINK[1]}"([^>]*)/>',
            r'<a href="\2"><path aria-label="\1"\3/></a>',
        ),
    ):
        drawn = re.sub(pattern, instead, drawn)
    # Words are words: neither what a mark is called nor what is written can run.
    if _FORBIDDEN.search(re.sub(r">[^<]*<", "><", re.sub(r'aria-label="[^"]*"', "", drawn))):
        raise ValueError("the chart holds a script, an inline style or a foreign link")
    return drawn.replace("<svg ", f'<svg role="group" aria-label="{escape(clean(_title(spec)))}" ', 1)


def png(spec: Mapping[str, Any], fonts: Path, *, scale: float = 2) -> bytes:
    """The chart as a picture on white, drawn with the typefaces of the folder `fonts`.

    Raises Unavailable where there is no Chinese typeface: labels would be boxes.
    """
    if not has_chinese(fonts):
        raise Unavailable(
            "没有可用的中文字体，不能生成图表。", how=f"请运行 make setup，或把中文字体文件放进 {fonts}。"
        )
    folder = _folder(fonts)
    drawn = _drawn(spec, ground="white", folder=folder).replace(_INK, "#1f2329")
    return draughtsman(folder).png(drawn, scale)


def _folder(fonts: Path) -> Path | None:
    return fonts.resolve() if fonts.is_dir() else None


def _drawn(spec: Mapping[str, Any], *, ground: str, folder: Path | None) -> str:
    """The SVG that the engine makes of the spec, in its own process (`drawing`)."""
    if _names_an_address(spec):
        raise ValueError("a chart fetches nothing and links through its builders only")
    return draughtsman(folder).svg(_printable(spec), ground)


def _names_an_address(part: Any) -> bool:
    if isinstance(part, Mapping):
        return bool({"href", "url"} & set(part)) or any(_names_an_address(inner) for inner in part.values())
    return isinstance(part, list | tuple) and any(_names_an_address(inner) for inner in part)


def _printable(part: Any) -> Any:
    """The spec without signs that XML refuses: on one of them the engine ends its process."""
    if isinstance(part, str):
        return clean(part)
    if isinstance(part, Mapping):
        return {key: _printable(inner) for key, inner in part.items()}
    return [_printable(inner) for inner in part] if isinstance(part, list | tuple) else part


def _title(spec: Mapping[str, Any]) -> str:
    title = spec.get("title", "")
    return str(title.get("text", "") if isinstance(title, Mapping) else title)


def bars(title: str, unit: str, rows: Sequence[Bar], *, width: int = 480) -> Spec:
    """Horizontal bars from zero in the given order; values are written out up to twelve bars.

    Raises ValueError for a label that comes twice: its bars would be drawn as one.
    """
    if len({row.label for row in rows}) < len(rows):
        raise ValueError("two bars have the same label")
    values = [
        {
            "label": row.label,
            "value": float(row.value),
            "text": _grouped(row.value),
            "said": f"{row.label}：{_grouped(row.value)}{unit}{_link(row.href)}",
        }
        for row in rows
    ]
    place = {
        "y": {
            "field": "label",
            "type": "nominal",
            "sort": None,
            "axis": _axis(labelLimit=420, ticks=False, domain=False),
        },
        "x": {"field": "value", "type": "quantitative", "scale": {"zero": True}, "axis": _number_axis()},
    }
    layers: list[Spec] = [
        {
            "mark": {"type": "bar", "color": _COLOURS[0], "height": {"band": 0.7}},
            "encoding": {**place, "description": {"field": "said"}},
        }
    ]
    if len(values) <= _MOST_DIRECT_VALUES:
        layers.append(
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "color": _INK, "aria": False},
                "encoding": {**place, "text": {"field": "text"}},
            }
        )
    return {**_frame(title, unit, width), "height": {"step": 26}, "data": {"values": values}, "layer": layers}


def lines(title: str, unit: str, series: Sequence[Series], *, width: int = 560, height: int = 240) -> Spec:
    """Lines over days from zero, dashed differently, named at their ends. Raises ValueError for more than five."""
    if len(series) > _MOST_SERIES:
        raise ValueError(f"a chart has at most {_MOST_SERIES} lines, not {len(series)}")
    values = [
        {
            "series": each.name,
            "day": point.day.isoformat(),
            "value": float(point.value),
            "said": f"{each.name} {point.day.month}月{point.day.day}日：{_grouped(point.value)}{unit}{_link(point.href)}",
        }
        for each in series
        for point in each.points
    ]
    names = [each.name for each in series]
    days = sorted({point.day for each in series for point in each.points})
    # A few days (the ends of weeks) are each named; of many the engine chooses.
    ticks = {"values": [_milliseconds(day) for day in days]} if len(days) <= _MOST_DIRECT_VALUES else {}
    look = {
        "color": {"field": "series", "type": "nominal", "legend": None, "scale": _scale(names, _COLOURS)},
        "x": {
            "field": "day",
            "type": "temporal",
            # A bare date is midnight in UTC; drawn in the machine's zone it could slip to the day before.
            "timeUnit": "utcyearmonthdate",
            "axis": _axis(format="%-m月%-d日", labelOverlap=True, labelSeparation=8, grid=False, **ticks),
        },
        "y": {"field": "value", "type": "quantitative", "scale": {"zero": True}, "axis": _number_axis()},
    }
    dashes = {"field": "series", "type": "nominal", "legend": None, "scale": _scale(names, _DASHES)}
    return {
        **_frame(title, unit, width),
        "height": height,
        "layer": [
            {
                "data": {"values": values},
                "mark": {"type": "line", "strokeWidth": 2, "aria": False},
                "encoding": {**look, "strokeDash": dashes},
            },
            {
                "data": {"values": values},
                "mark": {"type": "point", "filled": True, "size": 36},
                "encoding": {**look, "description": {"field": "said"}},
            },
            {
                "data": {"values": _end_labels(series, height)},
                "mark": {"type": "text", "align": "left", "dx": 8, "color": _INK, "aria": False},
                "encoding": {"x": look["x"], "y": look["y"], "text": {"field": "text"}},
            },
        ],
    }


def pairs(title: str, unit: str, rows: Sequence[Pair], names: tuple[str, str], *, width: int = 420) -> Spec:
    """Two bars a row from zero, the allowed one pale and framed, the used one dark, each with its name and value.

    Raises ValueError for a label that comes twice.
    """
    if len({row.label for row in rows}) < len(rows):
        raise ValueError("two rows have the same label")
    values = [
        {
            "label": row.label,
            "which": name,
            "value": float(value),
            "text": f"{name} {_grouped(value)}",
            "said": f"{row.label}{name}：{_grouped(value)}{unit}{_link(row.href)}",
        }
        for row in rows
        for name, value in zip(names, (row.allowed, row.used), strict=True)
    ]
    place = {
        "y": {
            "field": "label",
            "type": "nominal",
            "sort": None,
            "scale": {"paddingInner": 0.25},
            "axis": _axis(labelLimit=420, ticks=False, domain=False),
        },
        "yOffset": {"field": "which", "type": "nominal", "sort": None, "scale": {"domain": list(names)}},
        "x": {"field": "value", "type": "quantitative", "scale": {"zero": True}, "axis": _number_axis()},
    }
    fill = {
        "field": "which",
        "type": "nominal",
        "legend": None,
        "scale": _scale(names, ("#ffffff", _COLOURS[0])),
    }
    return {
        **_frame(title, unit, width),
        "height": {"step": 44, "for": "position"},
        "data": {"values": values},
        "layer": [
            {
                "mark": {"type": "bar", "stroke": _COLOURS[0], "strokeWidth": 1, "height": {"band": 0.9}},
                "encoding": {**place, "fill": fill, "description": {"field": "said"}},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "color": _INK, "aria": False},
                "encoding": {**place, "text": {"field": "text"}},
            },
        ],
    }


def _end_labels(series: Sequence[Series], height: int) -> list[Spec]:
    """Names beside the last points, moved apart where they would cover each other."""
    ends = sorted((each.points[-1].value, each.name, each.points[-1]) for each in series if each.points)
    top = max((point.value for each in series for point in each.points), default=0)
    step = float(top) * _LABEL_HEIGHT / height
    labels: list[Spec] = []
    lowest = float("-inf")
    for value, name, point in ends:
        place = max(float(value), lowest)
        lowest = place + step
        labels.append({"day": point.day.isoformat(), "value": place, "text": f"{name} {_grouped(value)}"})
    return labels


def _frame(title: str, unit: str, width: int) -> Spec:
    text = {"labelFont": _FAMILIES, "titleFont": _FAMILIES, "labelColor": _INK, "titleColor": _INK}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {
            "text": f"{title}（{unit}）",
            "anchor": "start",
            "fontSize": 14,
            "aria": False,
            "offset": 12,
        },
        "width": width,
        "padding": 8,
        "config": {
            "font": _FAMILIES,
            "view": {"stroke": None},
            "axis": {
                **text,
                "labelFontSize": 12,
                "gridColor": _RULE,
                "gridOpacity": 0.4,
                "domainColor": _RULE,
            },
            "title": {"font": _FAMILIES, "color": _INK},
            "text": {"font": _FAMILIES, "fontSize": 12},
        },
    }


def _axis(**more: Any) -> Spec:
    return {"title": None, "aria": False, **more}


def _number_axis() -> Spec:
    return _axis(format=",d", tickMinStep=1, tickCount=5)


def _scale(names: Sequence[str], looks: Sequence[Any]) -> Spec:
    return {"domain": list(names), "range": list(looks[: len(names)])}


def _milliseconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def _link(href: str) -> str:
    if not href:
        return ""
    if not href.startswith("/") or href.startswith("//") or set(href) & {*_LINK, '"', "<"}:
        raise ValueError(f"a chart links to pages of this site only, not to {href}")
    return href.join(_LINK)


def _grouped(value: Number) -> str:
    return f"{value:,}"
