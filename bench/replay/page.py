"""`docs/replay-2022.md`: the printed figures against the computed ones, and what the loaded year answers, from the results file."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.replay.comparison import VERB_LABELS
from bench.replay.printed import ISSUES, LABELS, VERBS

SCOPES = {"year_to_date": "今年以来", "week": "本期"}
HEAD = """# The year 2022 again

Written by `python -m bench.replay --page` from `bench/results/latest.json`; run by `make bench-year` (`BENCH_ARGS="--scale N"` for a smaller one).

The generator makes every reported case of the year, so that the totals of 行政许可, 公共服务 and 其它九类 on four days are those that the real
weekly reports printed. Six systems of 60 departments send them through the door of the room `exchange`, in batches of at most 50,000 lines of JSON
(the commands that the interface and the folder call), while another process drains. On the day of issue of each of the four reports the
platform issues it, and its frozen figures are held against what was printed; in the end every cell is counted again from the facts.
"""


def write(path: Path, entry: Mapping[str, Any] | None) -> None:
    """The page for the entry of the results file; None: nobody has run it yet."""
    path.write_text(text(entry), encoding="utf-8")


def text(entry: Mapping[str, Any] | None) -> str:
    """The whole page."""
    if entry is None:
        return f"{HEAD}\nNot run yet.\n"
    parts = [HEAD, _said(entry), _figures(entry), _took(entry), _answers(entry), _bytes(entry)]
    return "\n".join(part for part in parts if part)


def rows(head: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    """A table; numbers stand right and are grouped."""
    found = [[_cell(one) for one in line] for line in lines]
    numbers = (
        [all(isinstance(one, int | float) for one in column) for column in zip(*lines, strict=True)]
        if found
        else []
    )
    rule = ["--:" if number else "---" for number in numbers] or ["---"] * len(head)
    return "\n".join(f"| {' | '.join(line)} |" for line in [list(head), rule, *found]) + "\n"


def _cell(one: Any) -> str:
    return f"{one:,}" if isinstance(one, int | float) and not isinstance(one, bool) else str(one)


def _said(entry: Mapping[str, Any]) -> str:
    scale, load = entry["scale"], entry["load"]
    size = (
        "At full size"
        if scale == 1
        else f"At 1/{scale} of its size (every printed figure ÷ {scale}, half up)"
    )
    equal = sum(one["wanted"] == one["computed"] for one in entry["lines"])
    return (
        f"{size}: {load['events']:,.0f} events. **{equal} of {len(entry['lines'])} figures are equal**; the recount of {entry['cells']:,} cells "
        f"finds {entry['differences']} differences. Machine: {entry['machine']}; commit {entry['commit']}.\n"
    )


def _figures(entry: Mapping[str, Any]) -> str:
    printed = {
        (issue.number, group, verb): number
        for issue in ISSUES for group, pair in issue.totals.items() for verb, number in zip(VERBS, pair, strict=True)
    }  # fmt: skip
    lines = [
        [
            f"第 {one['issue']} 期", SCOPES[one["scope"]], f"{LABELS[one['group']]}{VERB_LABELS[one['verb']]}",
            f"{printed[one['issue'], one['group'], one['verb']]:,}" if one["scope"] == "year_to_date" else "",
            one["wanted"], "" if one["computed"] is None else one["computed"],
            "相等" if one["wanted"] == one["computed"] else "**不相等**",
        ]
        for one in entry["lines"]
    ]  # fmt: skip
    head = ("期", "范围", "数字", "周报所印", "应为", "计算", "")
    return f"## Printed and computed\n\nWhat an issue says of its week (本期) was not printed by group: there the plan of the generator is the target.\n\n{rows(head, lines)}"


def _took(entry: Mapping[str, Any]) -> str:
    lines = [
        ["events a second, on the clock, one loading process" if entry["loaders"] == 1 else f"events a second, {entry['loaders']} loading processes", round(entry["ours"])],
        ["processor of the load, µs an event", round(entry["load_cpu_us"], 1)],
        ["processor of the drain, µs an event", round(entry["drain_cpu_us"], 1)],
        ["recount of the whole time, s", round(entry["recount_seconds"])],
    ]  # fmt: skip
    return f"## What it took\n\n{rows(('', ''), lines)}"


def _answers(entry: Mapping[str, Any]) -> str:
    found = entry.get("measured")
    if not found:
        return ""
    drill, rest = found["drill_down"], found["remainder"]
    lines = [["the report's whole set of figures (P3)", *_times(found["report_set"])]]
    lines += [
        [f"cases behind {drill['figures']} random figures, {words}", *_times(drill[part])]
        for part, words in (
            ("first", "first page"), ("inside", "a page far inside"), ("deepest", "the last page that was read"),
        )
    ]  # fmt: skip
    lines += [[f"page: {name}", *_times(one)] for name, one in found["pages"].items()]
    lines += [
        ["已报受理未报办结", *_times(rest["reported_open"])],
        ["open work on the tabs of the desk", *_times(rest["tabs"])],
    ]
    recounts = [
        [f"a {name}", one["cells"], one["ms"], one["differences"]] for name, one in found["recounts"].items()
    ]
    stands = "、".join(f"{LABELS[group]} {number:,}" for group, number in rest["found"].items())
    return (
        f"## What the loaded year answers\n\nPages of 50 behind figures: p50 {drill['p50_ms']} ms, p95 {drill['p95_ms']} ms.\n\n"
        + rows(("", "p50 ms", "p95 ms", "worst ms", "statements"), lines)
        + f"\n已报受理未报办结: {stands}; the batches of the systems say {rest['of_systems']:,}. Open work: {rest['open_work']}; "
        f"on the tabs of the desk: {rest['on_tabs']}; overdue: {rest['overdue']}.\n\n"
        + rows(("counted again", "cells", "ms", "differences"), recounts)
    )


def _times(one: Mapping[str, Any]) -> list[Any]:
    return [one["p50_ms"], one["p95_ms"], one["worst_ms"], one["statements"]]


def _bytes(entry: Mapping[str, Any]) -> str:
    found = entry.get("measured")
    if not found:
        return ""
    sizes = found["sizes"]
    lines = [[f"`{name}`", one["rows"], one["indexes"]] for name, one in sizes["tables"].items()]
    return (
        f"## Bytes an event\n\n{sizes['bytes_an_event']:,} in all ({sizes['bytes'] / 2**30:.1f} GB); numbers of cases have ten characters.\n\n"
        + rows(("table", "rows", "indexes"), lines)
    )
