"""How large an installation must be: pure arithmetic on what one case was measured to cost. `yichuang size` prints it.

Measured figures stand in `sizes.json` (`python -m bench.bytes` writes them); what is assumed stands here, each with its
reason, and is printed with every answer.
"""

import json
from dataclasses import asdict, dataclass
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Any

SIZES = Path(__file__).resolve().parent / "sizes.json"
WORKING_DAYS = 250
WORKING_SECONDS = WORKING_DAYS * 8 * 3600
# Between the mean of office hours and the busiest minute of the year.
PEAK = 10
# One page in 30 seconds by 5,000 people beside 20.5 million cases, a tenth of them handled here: 167 pages a second.
PAGES_PER_HANDLED_CASE = 59
# Processors are not planned fuller than this: what comes in bunches else waits.
FULLEST = Decimal("0.6")
# Deleted versions of rows, pages half filled, room to vacuum and to rebuild an index.
HEADROOM = Decimal("1.3")
# A base backup, and the log until the next one.
LOG_DAYS_KEPT = 7
GIB = 1024**3
MIB = 1024**2
WEB_WORKER_BYTES = 120 * MIB
WORKERS_BYTES = (100 + 256) * MIB
SYSTEM_BYTES = 1024 * MIB
# Of a year's rows as much is asked for again and again as was filed in about a fortnight.
HOT_SHARE = Decimal(15) / 365
ONE_SERVER_CASES = 300_000_000
ONE_SERVER_STEPS = 3_000
CITUS_FACTOR = Decimal("5.8")


@dataclass(frozen=True)
class Asked:
    """What is to be sized: cases a year, the share of them that departments' own systems report, files, years kept."""

    cases: int
    reported_share: Decimal = Decimal("0.9")
    files_per_case: int = 2
    file_kilobytes: int = 300
    years: int = 3


@dataclass(frozen=True)
class Sized:
    """Whole numbers: bytes, per second, processors."""

    handled_cases: int
    reported_cases: int
    disk_bytes_a_year: int
    disk_bytes_in_all: int
    file_bytes_a_year: int
    log_bytes_a_day: int
    log_bytes_kept: int
    peak_writes_a_second: int
    peak_events_a_second: int
    peak_pages_a_second: int
    web_cores: int
    database_cores: int
    worker_cores: int
    web_memory_bytes: int
    database_memory_bytes: int
    layout: str
    why: str


def measured(path: Path = SIZES) -> dict[str, Any]:
    """The figures of one case."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def size(asked: Asked, cost: dict[str, Any]) -> Sized:
    """The installation for so many cases a year."""
    reported = int(asked.cases * asked.reported_share)
    handled = asked.cases - reported
    one, told = cost["handled"], cost["reported"]
    disk = _up((handled * one["bytes"] + reported * told["bytes"]) * HEADROOM)
    log = _up(Decimal(handled * one["log_bytes"] + reported * told["log_bytes"]) / WORKING_DAYS)
    writes = _rate(handled * one["writes"])
    events = _rate(reported * told["writes"])
    pages = _rate(handled * PAGES_PER_HANDLED_CASE)
    web = _cores(writes * one["write_web_us"] + pages * cost["page"]["web_us"])
    base = _cores(
        writes * Decimal(one["database_us"]) / one["writes"]
        + pages * cost["page"]["database_us"]
        + events * told["event_us"]
    )
    worker = _cores(writes * Decimal(one["worker_us"]) / one["writes"])
    hot = disk * HOT_SHARE
    memory = _up(max(Decimal(4 * GIB), hot + 2 * SYSTEM_BYTES))
    layout, why = laid_out(asked, int(writes + events), web + base + worker)
    return Sized(
        handled_cases=handled, reported_cases=reported, disk_bytes_a_year=disk, disk_bytes_in_all=disk * asked.years,
        file_bytes_a_year=handled * asked.files_per_case * asked.file_kilobytes * 1024, log_bytes_a_day=log,
        log_bytes_kept=log * LOG_DAYS_KEPT, peak_writes_a_second=_up(writes), peak_events_a_second=_up(events),
        peak_pages_a_second=_up(pages), web_cores=web, database_cores=base, worker_cores=worker,
        web_memory_bytes=web * WEB_WORKER_BYTES + WORKERS_BYTES + SYSTEM_BYTES, database_memory_bytes=memory,
        layout=layout, why=why,
    )  # fmt: skip


def laid_out(asked: Asked, steps: int, cores: int) -> tuple[str, str]:
    """The layout that fits: its name, and why."""
    if asked.cases > ONE_SERVER_CASES or steps > ONE_SERVER_STEPS:
        return "distributed", (
            f"每年超过 {ONE_SERVER_CASES:,} 件，或高峰每秒超过 {ONE_SERVER_STEPS:,} 步：大表按办件编号分布到多台服务器"
            f"（每次写入约用 {CITUS_FACTOR} 倍的处理器），排队和日统计留在协调节点"
        )
    if cores > 32 or asked.cases > 50_000_000:
        return "hosts", "网站、后台任务各用多台主机，数据库一主两备（一台同步备机，一台供统计和导出）"
    if cores > 8 or asked.cases > 2_000_000:
        return "replica", "网站和后台任务一台，数据库一主一备：备机供统计、检索、导出，主机故障时接替"
    return "one", "一台主机足够；数据库另备一台流复制备机即可容灾"


def told(asked: Asked, found: Sized, cost: dict[str, Any]) -> dict[str, Any]:
    """Everything that `--json` prints: what was asked, found, measured and assumed."""
    return {
        "asked": {**asdict(asked), "reported_share": str(asked.reported_share)},
        **asdict(found),
        "measured": cost,
        "assumed": {
            "working_days": WORKING_DAYS, "peak_to_mean": PEAK, "pages_per_handled_case": PAGES_PER_HANDLED_CASE,
            "processors_no_fuller_than": str(FULLEST), "headroom_on_disk": str(HEADROOM), "log_days_kept": LOG_DAYS_KEPT,
        },
    }  # fmt: skip


def _rate(a_year: int) -> Decimal:
    return Decimal(a_year) * PEAK / WORKING_SECONDS


def _cores(microseconds: Decimal) -> int:
    return max(1, _up(microseconds / 1_000_000 / FULLEST))


def _up(value: Decimal) -> int:
    return int(Decimal(value).to_integral_value(rounding=ROUND_CEILING))
