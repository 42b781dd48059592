"""The tables of docs/performance.md, from the results file: `python -m bench table` writes them between their marks.

What was measured stands in the document because it stands in the results file; a test compares the two.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.names import english
from config.launch.say import Stop

BEGIN, END = "<!-- bench table: made by python -m bench table -->", "<!-- end of bench table -->"
Entry = Mapping[str, Any]


def number(value: object) -> str:
    """A figure as people read it: thousands apart, three or four digits that count, no trailing zeros."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return cell(value)
    size = abs(value)
    places = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 else 4
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def cell(value: object) -> str:
    """Words in a cell: no mark that would end it, no line break; a dash for nothing."""
    text = " ".join(str(value).split()).replace("\\", "\\\\").replace("|", "\\|")
    return text or "—"


def rows(head: Sequence[str], body: Iterable[Sequence[str]]) -> list[str]:
    """A table in Markdown. Errors: ValueError where a line has more or fewer cells than the head."""
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    for line in body:
        if len(line) != len(head):
            raise ValueError(f"{len(line)} cells under {len(head)} headings")
        lines.append(f"| {' | '.join(line)} |")
    return lines


def met(goals: Sequence[Entry]) -> str:
    """How many of the goals are met: all, or how many of how many; a dash where there are none."""
    if not goals:
        return "—"
    reached = sum(bool(one["met"]) for one in goals)
    return f"all {len(goals)}" if reached == len(goals) else f"**{reached} of {len(goals)}**"


def against(peers: Mapping[str, float], ours: float) -> str:
    """Each peer with what it reached, and ours as a multiple of it."""
    told = [
        f"{cell(name)} {number(value)}" + (f" ({number(round(ours / value, 2))} ×)" if value else "")
        for name, value in sorted(peers.items())
    ]
    return ", ".join(told) or "—"


def overview(entries: Sequence[Entry]) -> list[str]:
    """One line a scenario."""
    head = (
        "",
        "what",
        "ours",
        "limit",
        "ratio",
        "musts met",
        "aims met",
        "peers (ours to it)",
        "CPU ms an operation",
    )
    body = [
        (
            cell(one["scenario"]), english(str(one["scenario"])), f"{number(one['ours'])} {cell(one['unit'])}", number(one["limit"]),
            number(one["ratio"]), met(one["must"]), met(one["aim"]), against(one["peers"], one["ours"]), number(one["cpu_ms"]),
        )
        for one in entries
    ]  # fmt: skip
    return rows(head, body)


def goals(entries: Sequence[Entry]) -> list[str]:
    """One line a goal: must and aim beside each other, with what was reached."""
    body = [
        (cell(one["scenario"]), cell(name), *_goal(one, name))
        for one in entries
        for name in dict.fromkeys(str(goal["name"]) for goal in (*one["must"], *one["aim"]))
    ]
    return rows(("", "goal", "must", "aim", "reached", "met"), body)


def _goal(entry: Entry, name: str) -> tuple[str, str, str, str]:
    must, aim = ([one for one in entry[kind] if one["name"] == name] for kind in ("must", "aim"))
    words = [
        " and ".join(f"{one['op']} {number(one['bound'])}" for one in found) or "—" for found in (must, aim)
    ]
    parts = [
        word if all(one["met"] for one in found) else f"**not {word}**"
        for word, found in (("must", must), ("aim", aim)) if found
    ]  # fmt: skip
    return words[0], words[1], number((must or aim)[0]["value"]), ", ".join(parts)


def origins(entries: Sequence[Entry]) -> list[str]:
    """Where and when each was measured, and what a reader must know of it."""
    head = ("", "day", "commit", "machine", "under which worse conditions")
    body = [
        (
            cell(one["scenario"]), cell(one.get("day", "")), cell(one["commit"]), cell(one["machine"]),
            cell("; ".join(one["deferred"])),
        )
        for one in entries
    ]  # fmt: skip
    return rows(head, body)


def growths(entries: Sequence[Entry]) -> list[str]:
    """One line a size of those that were measured at several: how ours moves with the cases that stand there. No lines without one."""
    body = [
        (
            cell(one["scenario"]), f"{int(size):,}", f"{number(at['ours'])} {cell(one['unit'])}", number(at["limit"]),
            number(at["ratio"]), number(at["cpu_ms"]), number(round(at["ours"] / first["ours"], 2)) if first["ours"] else "—",
        )
        for one in entries if (curve := sorted(one.get("growth", {}).items(), key=lambda pair: int(pair[0])))
        for (_, first) in curve[:1] for size, at in curve
    ]  # fmt: skip
    head = ("", "cases", "ours", "limit", "ratio", "CPU ms an operation", "to the smallest")
    return rows(head, body) if body else []


def held(entries: Sequence[Entry]) -> list[str]:
    """One line a kind of process, of those whose memory was looked at: megabytes at the beginning, at the most, at the end."""
    moments = ("first_mb", "most_mb", "last_mb")
    body = [
        (cell(one["scenario"]), cell(kind), *(number(one[moment].get(kind, 0)) for moment in moments))
        for one in entries if all(moment in one for moment in moments)
        for kind in dict.fromkeys(kind for moment in moments for kind in one[moment])
    ]  # fmt: skip
    return rows(("", "process", "MB at first", "MB at the most", "MB at the end"), body) if body else []


def written(entries: Sequence[Entry]) -> str:
    """What stands between the marks."""
    ordered = sorted(entries, key=lambda one: str(one["scenario"]))
    parts = [overview(ordered), goals(ordered), growths(ordered), held(ordered), origins(ordered)]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def placed(text: str, entries: Sequence[Entry]) -> str:
    """A document with its tables made anew. Errors: Stop where the marks are missing or in the wrong order."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise Stop("文档里没有性能表的标记。", "The document lacks the marks of the bench table.", code=1)
    return f"{before}{BEGIN}\n\n{written(entries)}\n\n{END}{after}"


def renew(path: Path, entries: Sequence[Entry]) -> None:
    """Write the tables into a document. Errors: Stop."""
    path.write_text(placed(path.read_text(encoding="utf-8"), entries), encoding="utf-8")
