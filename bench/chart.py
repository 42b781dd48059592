"""The figures over the commits: one small chart a scenario, its ratio to the limit of the same run and the bound it must reach.

`python -m bench.chart` draws `docs/bench.svg` from `bench/results/history.json`; a run of the bench does so by itself.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import vl_convert

from bench import results
from bench.names import chinese, unit

ROOT = Path(__file__).resolve().parent.parent
WIDTH, HEIGHT, COLUMNS = 230, 90, 3
FAMILIES = "PingFang SC, HarmonyOS Sans SC, Microsoft YaHei, Noto Sans SC, Noto Sans CJK SC, sans-serif"
INK, RULE = "#1f2933", "#d9dee3"
# What each scenario's ratio to its limit must be; a scenario whose goals are others is drawn without a line.
MUST = {"P1": 0.15, "P2": 0.45, "P4": 3.0, "P6": 2.0}
# More commits than a small chart has room for: the newest are drawn.
MOST_COMMITS = 12


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
        "padding": 12,
        "title": {
            "text": "一窗：各场景与同一次测量的极限之比，按提交先后",
            "subtitle": "点为一次测量；红色虚线为必须达到的值（无线的场景另有目标，见 performance.md）。",
            "anchor": "start", "offset": 16, "fontSize": 15, "subtitleFontSize": 11, "subtitlePadding": 6,
        },
        "columns": COLUMNS,
        "spacing": 28,
        "concat": [_one(name, [one for one in history if one["scenario"] == name]) for name in names],
        "config": {
            "font": FAMILIES, "title": {"color": INK, "subtitleColor": INK, "fontWeight": "bold"},
            "axis": {"labelColor": INK, "labelFontSize": 9, "gridColor": RULE, "domainColor": RULE, "tickColor": RULE},
            "view": {"stroke": None},
        },
    }  # fmt: skip


def times(ratio: float) -> str:
    """A ratio in words: a share below one, a multiple above."""
    return f"极限的 {ratio:.0%}" if ratio < 1 else f"极限的 {ratio:,.1f} 倍"


def _one(name: str, points: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    values = [
        {"commit": str(one["commit"])[:7], "ratio": one["ratio"], "ours": one["ours"]}
        for one in points[-MOST_COMMITS:]
    ]
    last = points[-1]
    turned = {"labelAngle": -40} if len(values) > 4 else {"labelAngle": 0}
    x = {
        "field": "commit", "type": "ordinal", "sort": None,
        "axis": {"title": None, "labelLimit": 60, "grid": False, **turned},
    }  # fmt: skip
    y = {
        "field": "ratio", "type": "quantitative", "scale": {"zero": True, "nice": True},
        "axis": {"title": None, "tickCount": 3},
    }  # fmt: skip
    line = {
        "mark": {"type": "line", "point": {"size": 36, "filled": True}, "color": "#0b5cad"},
        "encoding": {"x": x, "y": y},
    }
    layers: list[dict[str, Any]] = [line]
    if name in MUST:
        rule = {"type": "rule", "strokeDash": [6, 3], "color": "#b3261e"}
        layers.append({"mark": rule, "encoding": {"y": {"datum": MUST[name]}}})
    words = f"{last['ours']:,.4g}" if last["ours"] < 1000 else f"{last['ours']:,.0f}"
    return {
        "title": {
            "text": f"{name} {chinese(name)}：{times(last['ratio'])}",
            "subtitle": f"{words} {unit(str(last['unit']))}",
            "anchor": "start", "fontSize": 12, "subtitleFontSize": 10,
        },
        "width": WIDTH, "height": HEIGHT, "data": {"values": values}, "layer": layers,
    }  # fmt: skip


if __name__ == "__main__":
    draw(ROOT / "docs" / "bench.svg", results.read(ROOT / "bench" / "results" / "history.json"))
