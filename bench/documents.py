"""How long a four-page issue of the weekly report takes to set: `python -m bench.documents [--rounds 15] [--json FILE]`.

Every round sets another text, because typst remembers what it has set before: the same issue again is nearly free and
says nothing. Charts are drawn anew too, although a running service draws each once. Times are milliseconds of one process on one core; ratios are to the warm PDF of the same run, so that
runs on different machines can be compared.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("YICHUANG_TOOL", "1")
django.setup()

import pypdfium2  # noqa: E402
from django.conf import settings  # noqa: E402

from yichuang.gateways.charts import Pair, Point, Series  # noqa: E402
from yichuang.gateways.documents.figures import comparison, trend  # noqa: E402
from yichuang.gateways.documents.model import Figure, OfficialReport, Section, plain  # noqa: E402
from yichuang.gateways.documents.numbering import closed_up  # noqa: E402
from yichuang.reports.render import Format, render  # noqa: E402

DAY = date(2022, 9, 2)
NEWS = (
    "示例厅优化审批流程，将“取水许可”办理时限由20个工作日压减至{n}个工作日，累计服务企业{m}家次，群众满意度达到100%；"
    "下一步，将继续推进“一件事一次办”改革，不断提升政务服务标准化、规范化、便利化水平。"
)
BASE = "pdf"


def issue(number: int, figures: tuple[Figure, ...] = ()) -> OfficialReport:
    """A 2022-form issue of four pages; every number gives another text."""
    items = [
        Section(3, paragraphs=(plain(f"{place}月，" + NEWS.format(n=number % 20, m=number * 97 + place)),))
        for place in range(1, 13)
    ]
    sections = [
        Section(1, "", "事项受理办理情况", (plain(f"省本级行政许可事项受理{number}件。"),)),
        Section(1, "", "窗口工作动态"), Section(2, "", "窗口服务效能提升工作情况"), *items,
        Section(1, "", "大厅巡查情况", (plain("总体情况良好。"),)),
    ]  # fmt: skip
    return OfficialReport(
        "窗口工作周报", f"2022年第{number}期", "示例省政务服务中心", "2022年9月2日", "政务服务工作", "（8月29日—9月2日）",
        DAY, sections=closed_up(sections), figures=figures, distribution=(("报", "中心领导"), ("发", "各部门窗口")),
        copies_text="（共印80份）", small_print="统计数据截至2022年9月2日。",
    )  # fmt: skip


def charts(number: int) -> tuple[Figure, ...]:
    """A trend of eight weeks and the time saved by three departments, other values every time."""
    series = [
        Series(
            name,
            tuple(Point(DAY - timedelta(7 * back), 5000 + number + back * 37) for back in range(7, -1, -1)),
        )
        for name in ("受理", "办结")
    ]
    rows = [Pair(name, 20 + number, Decimal(number) / 2) for name in ("水利厅", "自然资源厅", "生态环境厅")]
    return (
        trend("近八周受理、办结件数", "件", series, after=1),
        comparison("部分部门平均办理用时", "个工作日", rows, ("法定时限", "平均用时"), after=4),
    )


def timed(work: Callable[[int], object], rounds: int, start: int) -> list[float]:
    """Milliseconds of each round."""
    found = []
    for number in range(start, start + rounds):
        begin = time.perf_counter()
        work(number)
        found.append((time.perf_counter() - begin) * 1000)
    return found


def measured(rounds: int) -> dict[str, object]:
    """Everything of one run: pages, sizes, milliseconds, ratios to the warm PDF."""
    fonts = Path(settings.FONTS_DIR)
    first = timed(lambda number: render(issue(number), Format.PDF, fonts), 1, 1)[0]
    rows: dict[str, dict[str, float]] = {}
    for label, drawn in (("", False), (" + 2 charts", True)):
        for at, form in enumerate((Format.PDF, Format.OFD, Format.DOCX, Format.HTML, Format.TXT)):
            start = 1000 * (at + 1) + 100 * drawn

            def work(number: int, form: Format = form, drawn: bool = drawn) -> object:
                return render(issue(number, charts(number) if drawn else ()), form, fonts)

            times = timed(work, rounds, start)
            rows[f"{form.value}{label}"] = {
                "median_ms": round(statistics.median(times), 1),
                "worst_ms": round(max(times), 1),
                "bytes": len(render(issue(1, charts(1) if drawn else ()), form, fonts).content),
            }
    base = rows[BASE]["median_ms"]
    for row in rows.values():
        row["ratio_to_pdf"] = round(row["median_ms"] / base, 2)
    pages = len(pypdfium2.PdfDocument(render(issue(1), Format.PDF, fonts).content))
    return {
        "pages": pages, "rounds": rounds, "pdf_cold_ms": round(first, 1), "python": platform.python_version(),
        "forms": rows,
    }  # fmt: skip


def main() -> None:
    """Measure, print a table, and write the JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path, help="write the result to this file")
    asked = parser.parse_args()
    result = measured(asked.rounds)
    forms = result["forms"]
    assert isinstance(forms, dict)
    print(
        f"{result['pages']} pages, {result['rounds']} rounds; first PDF of the process {result['pdf_cold_ms']} ms"
    )
    print(f"{'form':<18}{'median ms':>10}{'worst ms':>10}{'to PDF':>8}{'bytes':>10}")
    for name, row in forms.items():
        print(
            f"{name:<18}{row['median_ms']:>10}{row['worst_ms']:>10}{row['ratio_to_pdf']:>8}{row['bytes']:>10}"
        )
    if asked.json:
        asked.json.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
