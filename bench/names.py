"""What the scenarios are called: in Chinese on the chart, in English in the documents."""

NAMES: dict[str, tuple[str, str]] = {
    "LISTS": ("列表与检索", "lists and searches at volume"),
    "P1": ("办件全过程", "the life of a case over HTTP"),
    "P1b": ("慢盘上的办件全过程", "P1 on a disk 2 ms slower"),
    "P1c": ("同一部门同一事项", "P1 in one department and one item"),
    "P1y": ("一年报送办件之上的办件全过程", "P1 over a year of reported cases"),
    "P2": ("批量申报", "bulk filing from a file"),
    "P2x": ("清单导出", "export of a list"),
    "P3": ("周报全部数字", "the figures of a weekly report"),
    "P3x": ("临时分析", "an ad-hoc question over a year"),
    "P4": ("周报成文", "a report to PDF and DOCX"),
    "P5": ("全文检索", "search over 100,000 documents"),
    "P6": ("页面", "pages, open and closed loop"),
    "P7": ("内存", "memory of the whole product"),
    "P8": ("每千件成本", "processor seconds per 1,000 whole cases"),
    "PX": ("外部系统报送", "reported events in batches"),
    "TR": ("一天的客流与涌入", "a centre's day, and a surge"),
    "YEAR": ("全年重放", "the replay of 2022"),
}


def chinese(scenario: str) -> str:
    """The name on the chart; the scenario's own where none was given."""
    return NAMES.get(scenario, (scenario, scenario))[0]


def english(scenario: str) -> str:
    """The name in documents; the scenario's own where none was given."""
    return NAMES.get(scenario, (scenario, scenario))[1]


UNITS = {
    "writes/s": "次写入/秒", "cases/s": "件/秒", "events/s": "条事件/秒", "rows/s": "行/秒", "ms": "毫秒", "MB": "MB", "s": "秒",
    "pages/s at 8 connections": "页/秒（8 个连接）", "ms, p99 of 300 questions": "毫秒（300 次检索的 p99）",
    "CPU s per 1,000 cases": "处理器秒/千件", "requests served of those that came in the surge": "次得到办理（涌入时）",
}  # fmt: skip


def unit(word: str) -> str:
    """A unit on the chart; as it is where it has no Chinese name."""
    return UNITS.get(word, word)
