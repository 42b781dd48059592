"""The demo's file of many filings: a fictional company renews the licences of its radio stations, four rows need mending."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta

from yichuang.catalogue.models import Item
from yichuang.directory.queries import actor_named
from yichuang.intake.commands.bulk import NewRun, begin_run, confirm_run
from yichuang.intake.models import BulkRun
from yichuang.intake.render import bulk_work
from yichuang.kernel.actor import Actor

OPERATOR = "company"
STATIONS = 56
HEADER = (
    "联系人", "是否委托代理人办理", "原电台执照编号", "台站名称", "台站所在县（市、区）", "原执照有效期截止日",
    "使用的频率是否需要频率使用许可", "申请继续使用至", "台站参数是否与原执照一致", "使用期间有无干扰投诉", "申请人承诺",
)  # fmt: skip
# Row and column (from 0) → what stands there instead.
WRONG = {(9, 5): "2028年13月1日", (21, 4): "示例区", (33, 1): "不清楚", (47, 2): ""}
Keep = Callable[[bytes], str]


def _table(year: int) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for number in range(1, STATIONS + 1):
        row = [
            "张示例", "否", f"示例照〔2020〕{number:06d}", f"示例山{number}号中继台", "510107000000", f"{year + 2}年12月31日", "否",
            f"{year + 7}/12/31", "是", "无。", "全部",
        ]  # fmt: skip
        writer.writerow([WRONG.get((number, place), cell) for place, cell in enumerate(row)])
    return out.getvalue().encode("utf-8-sig")


def load_bulk(*, at: datetime, keep: Keep) -> str:
    """Load once: one file filed, with a few rows to be mended; what was loaded, in words (empty: nothing). `keep` puts a
    file away and gives its digest.
    """
    item = Item.objects.filter(
        name__contains="有效期届满延续申请", current__isnull=False, is_active=True
    ).first()
    if BulkRun.objects.exists() or item is None:
        return ""
    by = actor_named(OPERATOR)
    # Two days ago: nothing of it is overdue, and newer cases of the company stand before it.
    run = _filed(item.code, by, at - timedelta(days=2), keep)
    return f"批量申报 1 批：已申报 {run.filed} 件，需改正 {run.bad} 行"


def _filed(item_code: str, by: Actor, at: datetime, keep: Keep) -> BulkRun:
    data = _table(at.year)
    new = NewRun(item_code, "台站延续2026（示例）.csv", keep(data), len(data), HEADER, expected=STATIONS)
    begun = begin_run(new, by=by, at=at, key="demobulk01")
    bulk_work.run(begun.id, at=at)
    run = BulkRun.objects.get(pk=begun.id)
    if run.good:
        confirm_run(run.pk, cases=run.good, by=by, at=at, key="demobulk02")
        bulk_work.run(run.pk, at=at)
        run.refresh_from_db()
    return run
