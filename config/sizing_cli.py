"""`yichuang size --cases-per-year N`: the capacity calculator, for people and for programs."""

import json
from dataclasses import asdict
from decimal import Decimal, InvalidOperation

import click

from config.sizing import Asked, Sized, measured, size, told

LAYOUTS = {"one": "一台主机", "replica": "一主一备", "hosts": "多台主机", "distributed": "分布式（Citus）"}
STEP = 1024


@click.command(name="size")
@click.option(
    "--cases-per-year", "cases", type=click.IntRange(min=1), required=True, help="每年办件数 / cases a year"
)
@click.option(
    "--reported-share", default="0.9", help="其中由部门系统报送的比例（0–1）/ the share that is reported"
)
@click.option(
    "--files-per-case", type=click.IntRange(min=0), default=2, help="每件材料数 / files of a handled case"
)
@click.option("--file-kb", type=click.IntRange(min=1), default=300, help="每个材料的大小 / size of a file")
@click.option("--years", type=click.IntRange(min=1), default=3, help="在线保存年数 / years kept online")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
def size_command(
    cases: int, reported_share: str, files_per_case: int, file_kb: int, years: int, as_json: bool
) -> None:
    """按每年办件数估算所需的磁盘、日志、处理器和内存 / How large an installation must be."""
    try:
        share = Decimal(reported_share)
    except InvalidOperation:
        share = Decimal(-1)
    if not 0 <= share <= 1:
        raise click.BadParameter("应为 0 到 1 之间的小数，例如 0.9。", param_hint="--reported-share")
    asked = Asked(cases, share, files_per_case, file_kb, years)
    cost = measured()
    found = size(asked, cost)
    if as_json:
        click.echo(json.dumps(told(asked, found, cost), ensure_ascii=False))
        return
    for label, value in lines(asked, found):
        click.echo(f"{label}：{value}")
    click.echo(
        f"依据：{cost['measured']['command']}，{cost['measured']['machine']}；假设见 docs/scale.md。",
        err=True,
    )


def lines(asked: Asked, found: Sized) -> list[tuple[str, str]]:
    """Label and value of every line, for people."""
    of = asdict(found)
    return [
        ("每年办件", f"{asked.cases:,} 件（本平台办理 {found.handled_cases:,}，部门报送 {found.reported_cases:,}）"),
        ("数据库每年增长", amount(found.disk_bytes_a_year)),
        (f"数据库 {asked.years} 年合计", amount(found.disk_bytes_in_all)),
        ("材料文件每年", amount(found.file_bytes_a_year)),
        ("数据库日志（WAL）每个工作日", amount(found.log_bytes_a_day)),
        ("保留日志", amount(found.log_bytes_kept)),
        *((label, f"每秒 {of[name]:,}") for label, name in (
            ("高峰办理步骤", "peak_writes_a_second"), ("高峰报送事件", "peak_events_a_second"), ("高峰页面", "peak_pages_a_second"),
        )),
        *((label, f"{of[name]:,} 个") for label, name in (
            ("网站处理器核", "web_cores"), ("数据库处理器核", "database_cores"), ("后台任务处理器核", "worker_cores"),
        )),
        ("网站与后台任务内存", amount(found.web_memory_bytes)),
        ("数据库内存", amount(found.database_memory_bytes)),
        ("建议布局", f"{LAYOUTS[found.layout]}。{found.why}。"),
    ]  # fmt: skip


def amount(count: int) -> str:
    """Bytes in the largest unit in which they are at least 1, with one decimal, rounded up: 37.3 GB."""
    tenths, unit = count * 10, "B"
    for unit in ("B", "KB", "MB", "GB", "TB", "PB"):
        if tenths < STEP * 10 or unit == "PB":
            break
        tenths = -(-tenths // STEP)
    whole, rest = divmod(tenths, 10)
    return f"{whole:,}.{rest} {unit}" if rest else f"{whole:,} {unit}"
