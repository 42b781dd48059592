"""The figures over the commits: one small chart a scenario, its ratio to the limit of the same run and the bound it must reach.

`python -m bench.chart` draws `docs/bench.svg` from `bench/results/history.json`; a run of the bench does so by itself.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import vl_convert

from bench import results

ROOT = Path(__file__).resolve().parent.parent
WIDTH, HEIGHT, COLUMNS = 220, 90, 3
# What each scenario must reach of its limit (performance.md); a scenario without one is drawn without a line.
MUST = {"P1": 0.15, "P2": 0.45}


def draw(path: Path, history: Sequence[Mapping[str, Any]]) -> None:
    """Write the chart. An empty history draws nothing."""
    if history:
        path.write_text(str(vl_convert.vegalite_to_svg(spec(history))), encoding="utf-8")


def spec(history: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One small chart a scenario, in the order in which the commits were measured."""
    names = sorted({str(one["scenario"]) for one in history})
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": "white",
        "columns": COLUMNS,
        "concat": [_one(name, [one for one in history if one["scenario"] == name]) for name in names],
    }


def _one(name: str, points: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    values = [
        {"at": number, "commit": str(one["commit"])[:7], "ratio": one["ratio"], "ours": one["ours"]}
        for number, one in enumerate(points)
    ]
    last = points[-1]
    x = {
        "field": "commit",
        "type": "ordinal",
        "sort": None,
        "axis": {"title": None, "labelAngle": 0, "labelLimit": 60},
    }
    y = {
        "field": "ratio",
        "type": "quantitative",
        "scale": {"zero": True},
        "axis": {"title": None, "tickCount": 3},
    }
    line = {
        "mark": {"type": "line", "point": True, "color": "#0b5cad"},
        "encoding": {"x": x, "y": y},
    }
    layers: list[dict[str, Any]] = [line]
    if name in MUST:
        rule = {"type": "rule", "strokeDash": [6, 3], "color": "#b3261e"}
        layers.append({"mark": rule, "encoding": {"y": {"datum": MUST[name]}}})
    return {
        "title": {
            "text": f"{name}: {last['ratio']:g} of the limit",
            "subtitle": f"{last['ours']:g} {last['unit']}, limit {last['limit']:g}",
            "anchor": "start", "fontSize": 12, "subtitleFontSize": 10,
        },
        "width": WIDTH, "height": HEIGHT, "data": {"values": values}, "layer": layers,
    }  # fmt: skip


if __name__ == "__main__":
    draw(ROOT / "docs" / "bench.svg", results.read(ROOT / "bench" / "results" / "history.json"))
