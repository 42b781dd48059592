"""The five printed reports, each made again by the platform: read, the registers filled, issued, read again.

Every figure, date, name and number is equal; what differs is wording of our own, and the table names it. Skipped
where the reports are not on the machine; nothing of them stands here.
"""

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from tests.material import shared
from tests.stories.five.comparison import HEAD, compared
from tests.stories.five.newsroom import remade
from tests.stories.five.registers import called, days, fill, moment
from tests.stories.province import Province
from yichuang.directory.queries import actor_named
from yichuang.effects.commands import drain_all
from yichuang.gateways.printed_words import packed_text
from yichuang.gateways.tests.fonts import chinese_fonts
from yichuang.kernel.actor import SYSTEM
from yichuang.reports import commands, queries
from yichuang.reports.models import Report
from yichuang.reports.render import Format, official, render
from yichuang.reports.rules.reading import ReadReport, decode, read_report
from yichuang.reports.tests.readings import SYNTHETIC
from yichuang.statistics.commands import bring_forward
from yichuang.statistics.flow import GROUPS

OWN_WORDS = {
    "2022-14": {"figures": 1, "visits": 2, "inspection": 1},
    "2022-24": {"figures": 1, "visits": 1, "inspection": 1, "title": 1},
    "2022-29": {"figures": 1, "visits": 1, "inspection": 1},
    "2022-39": {"figures": 1, "visits": 2, "inspection": 1},
    "2023-44": {"figures": 2, "visits": 1},
}
"""Where the issue made again does not say the printed words, and how often; everything else is the same."""


def files(report: Report) -> dict[Format, bytes]:
    """The issue in every form, from what was frozen."""
    document = official(queries.issued_document(Report.objects.get(pk=report.pk)))
    return {form: render(document, form, chinese_fonts()).content for form in Format}


def read_back(content: bytes, name: str) -> ReadReport:
    """What the same reader finds in a file of ours."""
    words = packed_text(content)
    return read_report(decode(content) if words is None else words, name)


def imported(read: ReadReport, text: str) -> None:
    """The import keeps the report as it was printed; taken back, so that the platform can issue it under its number."""
    with transaction.atomic():
        stored = commands.store_past_report(read, text, at=moment(days(read)[1]), by=SYSTEM)
        document = official(queries.issued_document(Report.objects.get(pk=stored.id)))
        again = read_back(render(document, Format.TXT, Path()).content, read.file)
        assert again.as_json() | {"unplaced": []} == read.as_json() | {"unplaced": []}
        transaction.set_rollback(True)


def what_comes_later(read: ReadReport) -> None:
    """Later totals, another name of the departments, more under seal: nothing of it concerns the issue."""
    _, last = days(read)
    for group in GROUPS:
        bring_forward(
            as_of=last + timedelta(days=1), group=group, measure="accepted", value=99_999_999, is_total=True,
            source="其后公布", by=actor_named("report.editor"), at=moment(last + timedelta(days=40)),
        )  # fmt: skip
    for visit in read.visits:
        called(f"{visit.department}（更名）", moment(last + timedelta(days=40)))
    assert drain_all(at=moment(last + timedelta(days=41))) > 0


@pytest.mark.parametrize("name", sorted(OWN_WORDS))
def test_a_printed_report_is_issued_again(name: str, province: Province) -> None:
    text = decode(shared(f"weekly-reports/{name}.txt").read_bytes())
    commands.load_forms()
    read = read_report(text, name)
    imported(read, text)
    source = f"窗口工作周报 {name}"
    fill(read, source)
    report = remade(read, source)
    made = files(report)
    for form in (Format.TXT, Format.DOCX, Format.PDF):
        result = compared(read, read_back(made[form], name))
        assert [each.equal for each in result.tallies] == [each.printed for each in result.tallies], form
        assert result.differences == Counter(OWN_WORDS[name]), form
    # The row for the closing note (pytest -s).
    print(f"\n{HEAD}\n{result.row(name)}")
    assert files(report) == made
    what_comes_later(read)
    assert files(report) == made


# The marks of items and the numbers of pages say nothing.
MARK = re.compile(r"^\s*(?:[（(]\d{1,2}[）)]|\d{1,2}[.．]|—\s*\d+\s*—)", re.MULTILINE)


@pytest.mark.django_db
@pytest.mark.parametrize("which", ["form_2022_torn", "form_2023"])
def test_the_comparison_notices_every_changed_digit(which: str) -> None:
    """On reports of our own: each digit of figures, dates, numbers that is another one shows in a count or by name."""
    commands.load_forms()
    text = decode((SYNTHETIC / f"{which}.txt").read_bytes())
    read = read_report(text, which)
    same = compared(read, read)
    assert [each.equal for each in same.tallies] == [each.printed for each in same.tallies]
    assert not same.differences
    missed = []
    marks = {place for found in MARK.finditer(text) for place in range(*found.span())}
    for place, sign in enumerate(text):
        if sign.isdigit() and place not in marks:
            changed = text[:place] + str((int(sign) + 3) % 10) + text[place + 1 :]
            result = compared(read, read_report(changed, which))
            if not result.differences and all(each.equal == each.printed for each in result.tallies):
                missed.append(text[max(0, place - 12) : place + 3])
    assert missed == []
