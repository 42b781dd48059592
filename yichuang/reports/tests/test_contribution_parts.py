"""Figures, photos, drafts and files of contributions: checked, kept, carried into the report, told back."""

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from docx import Document
from hypothesis import given
from hypothesis import strategies as st

from yichuang.gateways import words_in
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.reports import commands, queries
from yichuang.reports.commands import ItemDraft, NewFigure, NewPhoto
from yichuang.reports.commands.contribution_drafts import MOST_DRAFTS
from yichuang.reports.models import (
    Contribution,
    ContributionDraft,
    ContributionFigure,
    ContributionPhoto,
    FigureField,
    Report,
)
from yichuang.reports.rules.contributed import parsed
from yichuang.reports.tests import factories as make
from yichuang.reports.tests import factories_newsroom as news

pytestmark = pytest.mark.django_db


def figure(**changes: Any) -> NewFigure:
    values: dict[str, Any] = {
        "label": "上门指导企业", "value": Decimal(12), "unit": "家", "as_of": make.LAST, "source": "水利厅台账",
    }  # fmt: skip
    return NewFigure(**(values | changes))


def photo(**changes: Any) -> NewPhoto:
    values = {"sha256": "a" * 64, "kind": "jpeg", "name": "现场.jpg", "size": 10, "caption": "现场核查"}
    return NewPhoto(**(values | changes))  # type: ignore[arg-type]


def take(report: Report, sent: object) -> Report:
    seen = make.fresh(report).edit_version
    return commands.take_contribution(
        report.pk, sent, "efficiency", seen=seen, by=make.editor(), at=make.AT  # type: ignore[arg-type]
    )  # fmt: skip


def test_figures_and_photos_are_kept_in_their_order() -> None:
    sent = make.contribution(
        figures=(figure(), figure(label="办结")), photos=(photo(), photo(sha256="b" * 64))
    )
    assert [row.label for row in ContributionFigure.objects.all()] == ["上门指导企业", "办结"]
    assert [(row.position, row.caption) for row in ContributionPhoto.objects.all()] == [
        (0, "现场核查"),
        (1, "现场核查"),
    ]
    (row,) = queries.department_contributions(by=make.contributor())
    assert (row.id, row.figures, row.photos) == (sent, 2, 2)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"label": " "}, "figure-label-0"), ({"source": ""}, "figure-source-0"),
        ({"source": "长" * 301}, "figure-source-0"), ({"value": Decimal(10) ** 18}, "figure-value-0"),
        ({"as_of": make.AT.date() + timedelta(days=1)}, "figure-as_of-0"),
    ],
)  # fmt: skip
def test_a_figure_without_what_source_or_day_is_refused(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        make.contribution(figures=(figure(**wrong),))
    assert list(refused.value.fields) == [field]
    assert not Contribution.objects.exists()


def test_there_are_not_too_many_parts() -> None:
    many = tuple(photo(sha256=f"{n:064d}") for n in range(7))
    with pytest.raises(Invalid) as refused:
        make.contribution(photos=many, figures=(figure(),) * 21)
    assert set(refused.value.fields) == {"photos", "figures"}


def test_its_figures_come_into_the_report_as_their_departments() -> None:
    report = make.opened()
    body = "水利厅上门指导企业12家，办结3件，送达7件。"
    sent = make.contribution(
        report, body=body, figures=(figure(), figure(label="办结", value=Decimal(3), unit="件"))
    )
    take(report, sent)
    rows = FigureField.objects.order_by("ordinal")
    assert [(row.printed, row.kind, row.source) for row in rows] == [
        ("12", "contribution", "水利厅报送：水利厅台账"), ("3", "contribution", "水利厅报送：水利厅台账"),
        ("7", "unbound", ""),
    ]  # fmt: skip


def test_a_figure_of_a_register_stays_one(monkeypatch: pytest.MonkeyPatch) -> None:
    news.installed(monkeypatch).rows = [news.offer()]
    report = make.opened()
    stated = figure(code="guiding.visits", address="/desk/programmes/events", source="部门工作")
    take(report, make.contribution(report, body="上门指导企业12家。", figures=(stated,)))
    (number,) = news.placed(report)
    assert number.binding == "register"
    assert queries.disagreements([number], {}) == []


def test_a_stated_figure_that_the_editor_changed_is_told() -> None:
    report = make.opened()
    sent = make.contribution(report, body="水利厅上门指导企业12家，群众满意。", figures=(figure(),))
    take(report, sent)
    drafts = [ItemDraft("水利厅上门指导企业21家，群众满意。", str(sent))]
    commands.save_section(report.pk, "efficiency", drafts, seen=2, by=make.editor(), at=make.AT)
    (wrong,) = queries.disagreements(news.placed(report), {})
    assert wrong.words == "文中写「21家」，报送的是 12家（上门指导企业）。"


def test_the_department_sees_what_became_of_its_words() -> None:
    report = make.opened()
    sent = make.contribution(report)
    by = make.contributor()
    assert queries.outcome_of(queries.contribution_for(sent, by=by)) is None
    take(report, sent)
    drafts = [ItemDraft("编辑改写过。", str(sent))]
    commands.save_section(report.pk, "efficiency", drafts, seen=2, by=make.editor(), at=make.AT)
    outcome = queries.outcome_of(queries.contribution_for(sent, by=by))
    assert outcome is not None
    assert (outcome.words, outcome.issue, outcome.slug) == ("编辑改写过。", "", None)
    make.moved(report, *make.TO_ISSUE)
    printed = queries.outcome_of(queries.contribution_for(sent, by=by))
    assert printed is not None
    assert (printed.slug, printed.issue[:10]) == ("2022-1", "2022年第1期（总")


def test_another_department_and_a_reviewer_do_not_see_it() -> None:
    sent = make.contribution()
    other = make.people.department("商务厅", "125", "川商")
    stranger = make.people.staff(
        "of-commerce", make.people.post(other, "联络员", [make.Capability.REPORT_CONTRIBUTE])
    )
    for by in (stranger, make.reviewer()):
        with pytest.raises(Missing):
            queries.contribution_for(sent, by=by)
    assert queries.contribution_for(sent, by=make.editor()).id == sent


def save(data: dict[str, Any], *, key: str = "", draft_id: Any = None, by: Any = None) -> Any:
    return commands.save_contribution_draft(
        data, by=by or make.contributor(), at=make.AT, key=key or uuid4().hex, draft_id=draft_id
    )


def test_a_draft_is_kept_as_typed_and_gone_once_sent() -> None:
    by = make.contributor()
    draft = save({"fields": {"title": "半"}}, key="k" * 12)
    assert save({"fields": {"title": "半"}}, key="k" * 12) == draft
    for other in (
        {"data": {"fields": {"title": "半句"}}},
        {"data": {"fields": {"title": "半"}}, "by": make.contributor("colleague")},
    ):
        with pytest.raises(Conflict):
            save(**other, key="k" * 12)
    assert queries.own_draft(draft, by=by).data == {"fields": {"title": "半"}}
    assert save({"fields": {"title": "一句"}}, draft_id=draft) == draft
    assert queries.own_draft(draft, by=by).data == {"fields": {"title": "一句"}}
    new = commands.NewContribution("题", "文。")
    commands.contribute(new, by=by, at=make.AT, key=uuid4().hex, draft_id=draft)
    assert queries.own_drafts(by=by) == []
    with pytest.raises(Missing):
        save({}, draft_id=draft)


def test_a_draft_is_its_authors_alone() -> None:
    draft = save({"fields": {}})
    colleague = make.contributor("colleague")
    assert queries.own_drafts(by=colleague) == []
    attempts: list[news.Act] = [
        lambda: queries.own_draft(draft, by=colleague),
        lambda: save({}, draft_id=draft, by=colleague),
        lambda: commands.discard_contribution_draft(draft, by=colleague, at=make.AT),
    ]
    for attempt in attempts:
        with pytest.raises(Missing):
            attempt()
    new = commands.NewContribution("题", "文。")
    commands.contribute(new, by=colleague, at=make.AT, key=uuid4().hex, draft_id=draft)
    assert ContributionDraft.objects.filter(pk=draft).exists()
    commands.discard_contribution_draft(draft, by=make.contributor(), at=make.AT)
    assert not ContributionDraft.objects.exists()


def test_drafts_need_the_capability_and_have_an_end() -> None:
    with pytest.raises(Refused):
        save({}, by=make.reviewer())
    for _ in range(MOST_DRAFTS):
        save({})
    with pytest.raises(Invalid, match="草稿已有"):
        save({})


@pytest.mark.parametrize(
    ("model", "wrong"),
    [
        (ContributionFigure, {"label": ""}), (ContributionFigure, {"source": ""}), (ContributionPhoto, {"kind": "svg"}),
        (ContributionPhoto, {"size": 0}),
    ],
)  # fmt: skip
def test_the_database_refuses_nonsense(model: Any, wrong: dict[str, Any]) -> None:
    make.contribution(figures=(figure(),), photos=(photo(),))
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**wrong)


@pytest.mark.parametrize(
    ("lines", "title", "body", "own"),
    [
        (["水利厅开展辅导", "近日，水利厅开展辅导。"], "水利厅开展辅导", "近日，水利厅开展辅导。", True),
        (["# 水利厅开展辅导", "", "**近日**，开展[辅导](http://a.cn)。", "- 一是上门"], "水利厅开展辅导",
         "近日，开展辅导。\n一是上门", True),
        (["标题：开展辅导", "正文。"], "开展辅导", "正文。", True),
        (["近日，水利厅开展辅导，效果良好。"], "近日", "近日，水利厅开展辅导，效果良好。", False),
        (["", "　　水利厅窗口办结12件。", "---"], "水利厅窗口办结12件", "水利厅窗口办结12件。", False),
        (["标题"], "标题", "", True),
        ([], "", "", False),
    ],
)  # fmt: skip
def test_a_text_is_read_as_title_and_paragraphs(lines: list[str], title: str, body: str, own: bool) -> None:
    found = parsed(lines)
    assert (found.title, found.body, found.title_is_own) == (title, body, own)


@given(st.lists(st.text(alphabet="水利厅办结。，#*- 12", max_size=60), max_size=8))
def test_not_a_word_is_lost(lines: list[str]) -> None:
    found = parsed(lines)
    kept = (found.title if found.title_is_own else "") + found.body
    for sign in "水利厅办结":
        assert kept.count(sign) == "".join(lines).count(sign)


def docx(*paragraphs: str, table: tuple[tuple[str, ...], ...] = ()) -> bytes:
    made = Document()
    for words in paragraphs:
        made.add_paragraph(words)
    if table:
        grid = made.add_table(len(table), len(table[0]))
        for row, cells in zip(grid.rows, table, strict=True):
            for cell, words in zip(row.cells, cells, strict=True):
                cell.text = words
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


def test_a_word_document_gives_paragraphs_and_rows() -> None:
    data = docx("标题", "第一段。", table=(("事项", "件数"), ("取水许可", "12")))
    assert words_in.lines_of(data, "a.docx") == ["标题", "第一段。", "事项　件数", "取水许可　12"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_plain_text_is_read_in_its_encoding(encoding: str) -> None:
    assert words_in.lines_of("标题\r\n正文。".encode(encoding), "a.txt") == ["标题", "正文。"]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.docx", b"MZ\x00", "Windows 程序"), ("a.docx", b"PK\x03\x04 broken", "损坏"), ("a.txt", b"a\0b", "不是文本文件"),
        ("a.txt", b"\xff\xff\xff\xff\xff", "编码"), ("a.txt", b" \n ", "没有文字"), ("a.docx", docx(), "没有文字"),
        ("a.png", news.png(), "不能从"), ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版"), ("a.docx", b"", "空"),
        ("a.txt", "长".encode() * 40_001, "文字太多"), ("a.txt", b"a\n" * 2_001, "文字太多"),
        ("a.pdf", docx("甲"), "后缀"),
    ],
    ids=range(12),
)  # fmt: skip
def test_what_is_no_text_is_refused_with_the_reason(name: str, data: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        words_in.lines_of(data, name)


def test_a_document_that_swells_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(Invalid, match="压缩炸弹"):
        words_in.lines_of(docx("长" * 3_000_000 + "甲"), "a.docx")


def test_what_happened_has_a_date() -> None:
    with pytest.raises(Invalid):
        make.contribution(happened_on=date(2030, 1, 1))
