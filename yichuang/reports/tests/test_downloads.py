"""Files of a report: five formats at every state, drafts that say so, the same words in each, the same bytes again."""

import io
import json
import re
from datetime import date
from pathlib import Path

import docx
import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.gateways.documents.model import clean
from yichuang.gateways.tests.fonts import chinese_fonts
from yichuang.gateways.tests.ofd_reading import Package
from yichuang.gateways.tests.samples import pdf_pages, word_paragraphs, words
from yichuang.kernel import canonical
from yichuang.reports import commands, queries
from yichuang.reports.flow import PUBLISHED, Action, State
from yichuang.reports.models import Report
from yichuang.reports.render import (
    Format,
    official,
    render,
    report_docx,
    report_html,
    report_ofd,
    report_pdf,
    report_txt,
)
from yichuang.reports.rules.composition import Frame, compose
from yichuang.reports.rules.content import Content, Imprint, Item, VisitEntry
from yichuang.reports.rules.document import Cited, Document
from yichuang.reports.tests import factories as make
from yichuang.reports.tests.test_commands_past import stored, text_of_issue_24
from yichuang.reports.tests.test_pages_desk import address, as_
from yichuang.reports.tests.test_render import Reader
from yichuang.reports.tests.test_rules_composition import figures, form

TYPES = {
    "html": "text/html; charset=utf-8", "txt": "text/plain; charset=utf-8", "pdf": "application/pdf", "ofd": "application/ofd",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip


def text_of(content: bytes, form: str) -> str:
    """The words of a file, whatever its form, without spaces and page numbers."""
    if form == "pdf":
        return words("".join(pdf_pages(content)))
    if form == "ofd":
        return words(Package(content).text())
    if form == "docx":
        return words("".join(paragraph.text for paragraph in word_paragraphs(content)))
    if form == "html":
        return words(Reader(content.decode()).text)
    return words(content.decode())


def files(client: Client, page: str) -> dict[str, bytes]:
    """The files behind an address that ends in the format."""
    found = {}
    for name, kind in TYPES.items():
        answer = client.get(f"{page}.{name}")
        assert (answer.status_code, answer["Content-Type"]) == (200, kind)
        assert answer["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
        assert answer["Content-Disposition"].endswith(f".{name}")
        assert answer["X-Content-Type-Options"] == "nosniff"
        found[name] = answer.content
    return found


def desk_page(report: Report) -> str:
    return address(report, "desk-report-file", "x").removesuffix(".x")


@pytest.mark.django_db
@pytest.mark.parametrize("state", State)
def test_five_formats_at_every_state_and_only_drafts_say_that_they_are(
    client: Client, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A draft says the minute of its figures: the five are asked for within one.
    monkeypatch.setattr("config.front_door.now", lambda: make.AT)
    chinese_fonts()
    make.work()
    report = make.in_state(state)
    as_(client, make.editor())
    said = {form: text_of(content, form) for form, content in files(client, desk_page(report)).items()}
    assert len(set(said.values())) == 1
    text = said["txt"]
    draft = state not in PUBLISHED
    assert ("（草稿，期号于签发时编定）" in text) == draft
    assert ("实时数" in text) == draft
    assert ("2022年第1期（总第376期）" in text) == (not draft)
    assert ("数字封存于第" in text) == (not draft)
    assert "行政许可事项受理2件，办结1件" in text


@pytest.mark.django_db
def test_the_name_of_a_file_says_the_issue_or_that_it_is_a_draft(client: Client) -> None:
    as_(client, make.editor())
    draft = client.get(f"{desk_page(make.opened())}.txt")["Content-Disposition"]
    assert "%E8%8D%89%E7%A8%BF" in draft
    report = make.issued(date(2022, 5, 16), date(2022, 5, 18))
    issued = client.get(f"/reports/{report.slug}/download.txt")["Content-Disposition"]
    assert "2022%E5%B9%B4%E7%AC%AC1%E6%9C%9F" in issued
    assert "%E8%8D%89%E7%A8%BF" not in issued


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["exe", "PDF", "OFD", "txt.gz", "doc"])
def test_other_formats_are_not_there_and_the_answer_says_which_are(client: Client, form: str) -> None:
    report = make.issued()
    answer = client.get(f"/reports/{report.slug}/download.{form}")
    assert answer.status_code == 404
    assert "可以下载 PDF、OFD、Word" in answer.content.decode()
    as_(client, make.editor())
    assert client.get(f"{desk_page(report)}.{form}").status_code == 404


@pytest.mark.django_db
def test_an_issue_is_byte_for_byte_the_same_whatever_happens_afterwards(client: Client) -> None:
    chinese_fonts()
    make.work()
    report = make.issued()
    as_(client, make.editor())
    public, desk = files(client, f"/reports/{report.slug}/download"), files(client, desk_page(report))
    assert public == desk
    make.cases.in_review(make.cases.day("2022-05-10"))
    make.cases.delivered()
    stored(text_of_issue_24(14))
    commands.load_forms()
    report.form.data["title"] = "改过的题目"
    report.form.save()
    assert queries.live_figures(report)["year_to_date.licence.accepted"].value == 4
    make.moved(report, Action.MARK_PRINTED)
    assert files(client, f"/reports/{report.slug}/download") == public


@pytest.mark.django_db
def test_a_draft_follows_the_cases_and_the_issue_does_not(client: Client) -> None:
    make.work()
    draft = make.opened(make.LAST + make.timedelta(days=3), make.LAST + make.timedelta(days=7))
    as_(client, make.editor())
    first = client.get(f"{desk_page(draft)}.txt").content.decode()
    make.cases.in_review(make.cases.day("2022-05-18"))
    second = client.get(f"{desk_page(draft)}.txt").content.decode()
    assert "行政许可事项受理2件" in first
    assert "行政许可事项受理3件" in second


@pytest.mark.django_db
def test_files_for_everybody_lead_nowhere_inside(client: Client) -> None:
    """A copy that leaves the house holds no address of the desk."""
    make.work()
    report = make.issued()
    as_(client, make.editor())
    for page in (f"/reports/{report.slug}/download.html", f"{desk_page(report)}.html"):
        content = client.get(page).content.decode()
        assert "/desk/" not in content
        assert "href" not in content
        assert len(re.findall("data-figure=", content)) == 6


@pytest.mark.django_db
def test_a_past_report_is_a_file_in_five_formats(client: Client) -> None:
    chinese_fonts()
    slug = stored(text_of_issue_24()).slug
    said = {
        form: text_of(content, form) for form, content in files(client, f"/reports/{slug}/download").items()
    }
    assert len(set(said.values())) == 1
    assert "行政许可事项受理465145件" in said["pdf"]
    assert "2022年第24期（总第399期）" in said["pdf"]
    assert "草稿" not in said["pdf"]


letters = "甲乙丙丁取水许可一二三0123456789，。、；“”（）ABCabc %&<>"
sentence = st.text(alphabet=letters, min_size=1, max_size=40).map(lambda text: f"文{text}")
item = st.builds(Item, st.just("i"), st.lists(sentence, min_size=1, max_size=3).map("\n".join))
entries = st.builds(
    VisitEntry, st.just("v"), st.none(), st.just("近日"), sentence, sentence, sentence,
    st.one_of(st.just(""), sentence),
)  # fmt: skip
reports = st.builds(
    Content,
    items=st.fixed_dictionaries(
        {key: st.lists(item, max_size=4).map(tuple) for key in ("environment", "efficiency")}
    ),
    visits=st.lists(entries, max_size=2).map(tuple),
    inspection=st.dictionaries(st.sampled_from([row.key for row in form().inspection]), sentence),
    imprint=st.builds(
        Imprint, st.dictionaries(st.sampled_from("报送发"), sentence), st.sampled_from([0, 1, 80])
    ),
)


def composed(content: Content, values: list[int | None]) -> Document:
    frame = Frame(
        date(2022, 8, 29), date(2022, 9, 2), "2022年第29期（总第404期）", "示例省政务服务中心", "2022年9月27日",
        date(2022, 9, 27), "统计数据截至2022年9月2日。",
    )  # fmt: skip
    found = {
        code: Cited(code, each.group, each.measure, value, each.first_day, each.last_day)
        for (code, each), value in zip(figures(form()).items(), values, strict=True)
    }
    return compose(form(), content, frame, found)


numbers = st.lists(st.one_of(st.none(), st.integers(0, 10**9)), min_size=6, max_size=6)


@settings(max_examples=12)
@given(reports, numbers)
def test_random_reports_say_the_same_in_every_form(content: Content, values: list[int | None]) -> None:
    document = composed(content, values)
    made = official(document, lambda figure: f"/cases?code={figure.code}")
    expected = words(report_txt(made))
    assert words(Reader(report_html(made)).text) == expected
    assert words("".join(p.text for p in word_paragraphs(report_docx(made)))) == expected
    assert words("".join(pdf_pages(report_pdf(made, chinese_fonts())))) == expected
    assert words(Package(report_ofd(made, chinese_fonts())).text()) == expected


@settings(max_examples=25)
@given(reports, numbers)
def test_plain_text_is_the_lines_of_the_document(content: Content, values: list[int | None]) -> None:
    document = composed(content, values)
    lines = report_txt(official(document)).splitlines()
    start = lines.index(document.period_text) + 1
    assert lines[start : start + len(document.lines)] == [clean(line).strip() for line in document.lines]


@settings(max_examples=8)
@given(reports, numbers)
def test_what_is_rendered_from_the_frozen_text_is_byte_for_byte_the_same(
    content: Content, values: list[int | None]
) -> None:
    document = composed(content, values)
    again = Document.from_json(json.loads(canonical.text(document.as_json())))
    for form_ in (Format.HTML, Format.TXT, Format.DOCX):
        first, second = (render(official(each), form_, Path("unused")).content for each in (document, again))
        assert first == second


@settings(max_examples=10)
@given(reports)
def test_every_cited_figure_is_marked_in_the_page_with_its_own_address(content: Content) -> None:
    document = composed(content, [1, 2, 3, 4, 5, 6])
    page = report_html(official(document, lambda figure: f"/c?{figure.code}"))
    assert re.findall(r'data-figure="([^"]+)"><a href="/c\?([^"]+)">(\d)</a>', page) == [
        (figure.code, figure.code, str(figure.value)) for figure in document.figures
    ]


def test_word_keeps_the_headings_as_paragraphs_of_their_own() -> None:
    content = Content(items={"efficiency": (Item("1", "甲。"),)})
    made = official(composed(content, [1, 2, 3, 4, 5, 6]))
    texts = [paragraph.text for paragraph in docx.Document(io.BytesIO(report_docx(made))).paragraphs]
    assert {
        "一、省级政务服务事项受理办理情况",
        "二、窗口工作动态",
        "（一）窗口服务效能提升工作情况",
        "甲。",
    } <= set(texts)
