"""What is printed can be read again: the same report out of its text, its Word file and its PDF."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.material import shared
from yichuang.gateways.printed_words import packed_text
from yichuang.gateways.tests.fonts import chinese_fonts
from yichuang.reports import commands, queries
from yichuang.reports.models import Report
from yichuang.reports.render import Format, official, render
from yichuang.reports.rules.charts import Line, TrendChart, Week
from yichuang.reports.rules.document import Document
from yichuang.reports.rules.form import FormSpec, parse_form
from yichuang.reports.rules.past import form_code, past_document
from yichuang.reports.rules.reading import ReadReport, decode, read_report
from yichuang.reports.rules.reading.report import Json, Scope
from yichuang.reports.tests import factories as make
from yichuang.reports.tests.readings import SYNTHETIC

REAL = ["2022-14", "2022-24", "2022-29", "2022-39", "2023-44"]
OURS = ["form_2022_torn", "form_2022_turn_of_year", "form_2023", "foreign_city_week"]
PRINTED = [Format.TXT, Format.DOCX, Format.PDF]
FORMS = Path(__file__).parents[1] / "fixtures" / "forms.json"


def form(code: str) -> FormSpec:
    """A packaged form."""
    return parse_form(next(each for each in json.loads(FORMS.read_text()) if each["code"] == code))


def read_again(document: Document, printed: Format) -> ReadReport:
    """What is read from the document's file of that form."""
    content = render(official(document), printed, chinese_fonts()).content
    words = packed_text(content)
    assert (words is None) == (printed is Format.TXT)
    return read_report(decode(content) if words is None else words)


def said(read: ReadReport) -> Json:
    """The report without the name of the file and the numbers of its lines."""
    found = read.as_json()
    del found["file"]
    return found | {"unplaced": [line.text for line in read.unplaced]}


def check(path: Path, printed: Format) -> None:
    read = read_report(decode(path.read_bytes()))
    again = read_again(past_document(read, form(form_code(read))), printed)
    assert said(again) == said(read)


@pytest.mark.parametrize("printed", PRINTED)
@pytest.mark.parametrize("name", OURS)
def test_a_report_of_ours_comes_back(name: str, printed: Format) -> None:
    check(SYNTHETIC / f"{name}.txt", printed)


@pytest.mark.parametrize("printed", PRINTED)
@pytest.mark.parametrize("name", REAL)
def test_a_real_report_comes_back(name: str, printed: Format) -> None:
    check(shared(f"weekly-reports/{name}.txt"), printed)


@pytest.mark.django_db
@pytest.mark.parametrize("name", REAL)
def test_a_real_report_comes_back_from_the_store(name: str) -> None:
    text = decode(shared(f"weekly-reports/{name}.txt").read_bytes())
    read = read_report(text)
    stored = commands.store_past_report(read, text, at=make.AT, by=make.editor())
    document = queries.issued_document(Report.objects.get(pk=stored.id))
    assert [said(read_again(document, each)) for each in (Format.DOCX, Format.PDF)] == [said(read)] * 2


@pytest.mark.django_db
@pytest.mark.parametrize("printed", PRINTED)
def test_an_issue_of_the_platform_comes_back(printed: Format) -> None:
    make.work()
    report = make.opened()
    commands.save_visit(report.pk, make.visit(), seen=report.edit_version, by=make.editor(), at=make.AT)
    make.written(report, "近日，水利厅把取水许可的现场核查改为预约办理。", "近日，窗口整理了常见问题。")
    issued = make.moved(report, *make.TO_ISSUE)
    document = queries.issued_document(issued)
    week = Week(make.FIRST, make.LAST, 12)
    chart = TrendChart("近期办件", "件", (Line("受理", "", "accepted", (week, week)),), after=1)
    read = read_again(replace(document, charts=(chart,)), printed)
    assert said(read) == said(read_again(replace(document, charts=()), printed))
    assert (read.year, read.number, read.total_number) == (issued.year, issued.number, issued.total_number)
    assert (read.issuer, read.issued_on, read.copies) == (issued.issuer, issued.issued_on, issued.copies)
    assert (read.period.first, read.period.last) == (issued.first_day, issued.last_day)
    assert read.distribution == dict.fromkeys(("报", "送", "发")) | {
        label: whom.rstrip("。") for label, whom in document.distribution
    }
    assert [(visit.person, visit.department, visit.on_text) for visit in read.visits] == [("张示例", "水利厅", "5月11日")]  # fmt: skip
    assert [row.heading for row in read.inspection] == [
        part.heading for part in document.parts if part.run_in
    ]
    figures = [(each.type, each.measure, int(each.value)) for each in read.figures if each.scope is Scope.YEAR_TO_DATE]  # fmt: skip
    printed_values = [(run.text, run.figure) for run in document.parts[0].paragraphs[0] if run.figure]
    assert [str(value) for *_, value in figures] == [text for text, _ in printed_values]
    assert [part.heading for part in read.sections] == [p.heading for p in document.parts if p.heading]
    assert (read.unplaced, read.disagreements) == ((), ())
