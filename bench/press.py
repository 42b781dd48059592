"""A report from the database to its files, again and again: `python -m bench.press ROUNDS`, in the environment of the database under test;
with `once` instead of rounds a single printing and its processor seconds.

Writes to standard output what each part took, in milliseconds: the first time, then the median of the rounds. The compiler
remembers what it has set before, so every printing has other digits: nobody prints the same report twice in a row.
"""

import hashlib
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from pypdfium2 import PdfDocument  # noqa: E402

from bench.machine import tree_seconds  # noqa: E402
from yichuang.gateways.documents.model import OfficialReport  # noqa: E402
from yichuang.gateways.documents.report import report_docx, report_pdf  # noqa: E402
from yichuang.gateways.documents.typesetting import has_chinese  # noqa: E402
from yichuang.reports.models import Report  # noqa: E402
from yichuang.reports.queries.drafts import draft_document  # noqa: E402
from yichuang.reports.render import official  # noqa: E402
from yichuang.workdays.queries import now  # noqa: E402

AT_ONCE = 20


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds of the clock, and what was made."""
    begun = time.perf_counter()
    made = work()
    return (time.perf_counter() - begun) * 1000, made


def used() -> float:
    """Processor seconds up to now of this process and of the engine that it has started; in hundredths."""
    return tree_seconds(os.getpid())


def varied(report: OfficialReport, turn: int) -> OfficialReport:
    """The same report with other digits in every paragraph; no turn has those of another."""
    code = f"{turn:04d}"
    table = str.maketrans({str(digit): f"{(digit * 7 + turn) % 10}{code[digit % 4]}" for digit in range(10)})
    sections = tuple(
        replace(
            one,
            paragraphs=tuple(
                tuple(replace(run, text=run.text.translate(table)) for run in words)
                for words in one.paragraphs
            ),
        )
        for one in report.sections
    )
    return replace(report, sections=sections)


def main() -> None:
    """The newest report that is being written, as it stands."""
    fonts = Path(settings.FONTS_DIR)
    report = Report.objects.order_by("-id").first()
    if report is None or not has_chinese(fonts):
        raise SystemExit("no report to print, or no typeface to print it with")

    # The moment is printed on a draft: the same moment, the same bytes.
    at = now()

    def document(turn: int) -> OfficialReport:
        return varied(official(draft_document(report, at=at)), turn)

    def whole(turn: int) -> tuple[bytes, bytes]:
        made = document(turn)
        return report_pdf(made, fonts), report_docx(made, fonts)

    if sys.argv[1] == "once":
        before = used()
        files = whole(0)
        json.dump({"cpu": used() - before, "bytes": sum(map(len, files))}, sys.stdout)
        return
    measured(int(sys.argv[1]), document, whole)


def measured(
    rounds: int, document: Callable[[int], OfficialReport], whole: Callable[[int], tuple[bytes, bytes]]
) -> None:
    """The first time, then again and again with other digits, then many at once."""
    fonts = Path(settings.FONTS_DIR)
    cold, first = timed(lambda: whole(0))
    limit, warm, cpu = [], [], 0.0
    for turn in range(1, rounds + 1):
        made = document(1000 + turn)
        limit.append(timed(partial(report_pdf, made, fonts))[0])
        before = used()
        warm.append(timed(partial(whole, turn))[0])
        cpu += used() - before
    with ThreadPoolExecutor(AT_ONCE) as pool:
        together, _ = timed(
            lambda: list(pool.map(lambda turn: _closing(partial(whole, turn)), range(2000, 2000 + AT_ONCE)))
        )
    answers = {hashlib.sha256(b"".join(files)).hexdigest() for files in (first, whole(0), whole(0))}
    json.dump(
        {
            "cold_ms": cold, "warm_ms": statistics.median(warm), "pdf_ms": statistics.median(limit), "cpu_ms": cpu / rounds * 1000,
            "together_s": together / 1000, "different": len(answers) - 1, "pages": len(PdfDocument(first[0])), "pdf_bytes": len(first[0]), "docx_bytes": len(first[1]),
        },
        sys.stdout,
    )  # fmt: skip


def _closing(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connection.close()


if __name__ == "__main__":
    main()
