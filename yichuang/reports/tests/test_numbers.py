"""The numbers of a draft: bound, kept through edits, refused without a source, compared, frozen with the issue."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError

from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.reports import commands, queries
from yichuang.reports.commands import ItemDraft, Origin, Place
from yichuang.reports.flow import Action, State
from yichuang.reports.models import FigureField, PrintedFigure, Report
from yichuang.reports.queries import Stated
from yichuang.reports.rules.figure_fields import Binding
from yichuang.reports.tests import factories as make
from yichuang.reports.tests import factories_newsroom as news
from yichuang.statistics.queries import Imbalance

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def register(monkeypatch: pytest.MonkeyPatch) -> news.Register:
    return news.installed(monkeypatch)


def stated(value: int | str = 12, **changes: object) -> Stated:
    values = {
        "code": "guiding.visits", "label": "上门指导", "value": Decimal(value), "unit": "家", "as_of": make.LAST,
        "address": "/desk/programmes/events", "register": news.REGISTER, "first_day": make.FIRST,
        "last_day": make.LAST,
    } | changes  # fmt: skip
    return Stated(**values)  # type: ignore[arg-type]


def bound_to_register(report: Report, index: int = 0, value: int = 12) -> None:
    news.bind(report, index, kind=Binding.REGISTER, source=news.REGISTER, stated=stated(value))


def edited(report: Report, *texts: str) -> Report:
    """The draft with other words in the same items."""
    report = make.fresh(report)
    items = queries.content_of(report).of("efficiency")
    drafts = [
        ItemDraft(text, items[place].id if place < len(items) else "") for place, text in enumerate(texts)
    ]
    commands.save_section(
        report.pk, "efficiency", drafts, seen=report.edit_version, by=make.editor(), at=make.AT
    )
    return make.fresh(report)


def test_every_number_of_news_visits_and_inspection_has_a_row() -> None:
    report = make.written(make.opened(), "受理36件，办结20件。", "没有数字。")
    commands.save_visit(report.pk, make.visit(body="接待群众8人次。"), seen=2, by=make.editor(), at=make.AT)
    results = {"order": "发现1起空岗"}
    commands.save_inspection(report.pk, results, seen=3, by=make.editor(), at=make.AT)
    assert {(row.printed, row.item_id.partition(":")[0][:5]) for row in FigureField.objects.all()} == {
        ("36", queries.content_of(make.fresh(report)).of("efficiency")[0].id[:5]),
        ("20", queries.content_of(make.fresh(report)).of("efficiency")[0].id[:5]),
        ("8", "visit"),
        ("1", "inspe"),
    }
    assert [number.binding for number in news.placed(report)] == [Binding.UNBOUND] * 4


def test_without_a_source_it_is_not_sent_to_review_and_every_number_is_named() -> None:
    report = make.moved(make.written(make.opened(), "受理36件，办结20件。"), Action.START_EDITING)
    with pytest.raises(Invalid, match="2 个数字没有注明来源") as refused:
        make.moved(report, Action.SUBMIT)
    assert list(refused.value.fields) == ["number.0", "number.1"]
    assert "受理36件" in refused.value.fields["number.0"]
    assert make.fresh(report).state == State.EDITING
    news.bind(report, 0)
    news.bind(report, 1)
    assert make.moved(report, Action.SUBMIT).state == State.IN_REVIEW


def test_a_draft_from_before_the_rows_is_refused_all_the_same() -> None:
    report = make.moved(make.written(make.opened(), "受理36件。"), Action.START_EDITING)
    FigureField.objects.all().delete()
    with pytest.raises(Invalid):
        make.moved(report, Action.SUBMIT)
    news.bind(report)
    assert news.fields(report) == [("36", "typed")]


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"source": " "}, "source"), ({"source": "长" * 301}, "source"), ({"label": "长" * 81}, "label"),
        ({"as_of": make.AT.date() + timedelta(days=1)}, "as_of"), ({"kind": Binding.REGISTER}, "source"),
    ],
)  # fmt: skip
def test_an_origin_that_says_nothing_is_refused(changes: dict[str, Any], wrong: str) -> None:
    report = make.written(make.opened(), "受理36件。")
    with pytest.raises(Invalid) as refused:
        news.bind(report, **changes)
    assert list(refused.value.fields) == [wrong]
    assert news.fields(report) == [("36", "unbound")]


def test_a_figure_of_news_has_its_own_day_up_to_today() -> None:
    report = make.written(make.opened(), "受理36件。")
    news.bind(report, as_of=make.AT.date())
    assert FigureField.objects.get().as_of == date(2022, 5, 16) > make.LAST


def test_who_named_the_source_and_when_is_kept() -> None:
    report = make.written(make.opened(), "受理36件。")
    news.bind(report)
    row = FigureField.objects.get()
    assert (row.by_name, row.at) == (make.editor().name, make.AT)


def test_binding_needs_the_capability_a_draft_and_the_number_in_its_place() -> None:
    report = make.written(make.opened(), "受理36件。")
    (number,) = news.placed(report)
    place = Place(number.item_id, 0, "36")
    origin = Origin(Binding.TYPED, "", make.LAST, "台账")
    for by in (make.contributor(), make.reviewer()):
        with pytest.raises(Refused):
            commands.bind_number(report.pk, place, origin, by=by, at=make.AT)
        with pytest.raises(Refused):
            commands.unbind_number(report.pk, place, by=by, at=make.AT)
        with pytest.raises(Refused):
            commands.source_of_text(report.pk, number.item_id, origin, by=by, at=make.AT)
    with pytest.raises(Missing):
        commands.bind_number(uuid4(), place, origin, by=make.editor(), at=make.AT)
    for wrong in (Place(number.item_id, 0, "37"), Place(number.item_id, 4, "36"), Place("no", 0, "36")):
        with pytest.raises(Conflict):
            commands.bind_number(report.pk, wrong, origin, by=make.editor(), at=make.AT)
        with pytest.raises(Conflict):
            commands.unbind_number(report.pk, wrong, by=make.editor(), at=make.AT)
    assert news.fields(report) == [("36", "unbound")]


@pytest.mark.parametrize("state", [s for s in State if s not in (State.COLLECTING, State.EDITING)])
def test_past_editing_no_source_changes(state: State) -> None:
    report = make.in_state(state)
    with pytest.raises(Invalid, match="不能修改"):
        commands.source_of_text(
            report.pk, "x", Origin(Binding.TYPED, "", make.LAST, "台账"), by=make.editor(), at=make.AT
        )


def test_one_source_for_all_numbers_of_a_text_leaves_the_bound_ones_alone() -> None:
    report = make.written(make.opened(), "受理36件，办结20件，送达7件。")
    news.bind(report, 1, source="原来的台账")
    (number, *_) = news.placed(report)
    origin = Origin(Binding.TYPED, "", make.LAST, "省大数据中心通报")
    given = (report.pk, number.item_id, origin)
    assert commands.source_of_text(*given, by=make.editor(), at=make.AT) == 2
    assert [row.source for row in FigureField.objects.all()] == [
        "省大数据中心通报", "原来的台账", "省大数据中心通报",
    ]  # fmt: skip
    with pytest.raises(Missing):
        commands.source_of_text(*given, by=make.editor(), at=make.AT)


def test_a_source_is_taken_back() -> None:
    report = make.written(make.opened(), "受理36件。")
    bound_to_register(report, value=36)
    (number,) = news.placed(report)
    commands.unbind_number(report.pk, Place(number.item_id, 0, "36"), by=make.editor(), at=make.AT)
    row = FigureField.objects.get()
    assert (row.kind, row.code, row.address, row.source, row.as_of) == ("unbound", "", "", "", None)


def test_bindings_follow_their_numbers_when_other_words_change() -> None:
    report = make.written(make.opened(), "本周上门指导企业12家，办结20件。")
    bound_to_register(report)
    report = edited(report, "近日天气炎热。另有3家来电。本周上门指导企业12家，群众满意，办结20件。")
    assert news.fields(report) == [("3", "unbound"), ("12", "register"), ("20", "unbound")]
    report = edited(report, "本周上门指导企业12家。")
    assert news.fields(report) == [("12", "register")]


def test_bindings_follow_an_item_to_another_heading_and_go_with_it() -> None:
    report = make.written(make.opened(), "本周上门指导企业12家。")
    bound_to_register(report)
    (item,) = queries.content_of(report).of("efficiency")
    moved = [ItemDraft(item.text, item.id, "environment")]
    commands.save_section(report.pk, "efficiency", moved, seen=2, by=make.editor(), at=make.AT)
    assert news.fields(report) == [("12", "register")]
    commands.save_section(report.pk, "environment", [], seen=3, by=make.editor(), at=make.AT)
    assert news.fields(report) == []


def test_the_register_is_asked_for_the_days_of_the_binding(register: news.Register) -> None:
    report = make.written(make.opened(), "本周上门指导企业12家。")
    later = make.AT.date()
    news.bind(report, kind=Binding.REGISTER, stated=stated(last_day=later))
    register.rows = [news.offer()]
    report = make.fresh(report)
    assert queries.disagreements(news.placed(report), {}) == []
    assert register.asked == [(make.FIRST, later)]


def test_without_bound_numbers_no_register_is_asked(register: news.Register) -> None:
    report = make.written(make.opened(), "本周上门指导企业12家。")
    queries.disagreements(news.placed(report), {})
    assert register.asked == []


def test_a_register_that_changed_is_a_warning_until_review_and_stops_the_issue(
    register: news.Register,
) -> None:
    report = make.written(make.opened(), "本周上门指导企业12家。")
    bound_to_register(report)
    register.rows = [news.offer()]
    report = make.moved(report, *make.TO_REVIEW, Action.APPROVE)
    register.rows = [news.offer("…", news.figure(13))]
    figures = queries.live_figures(report)
    advice = queries.advice_for(report, at=make.AT, figures=figures)
    assert any("登记册现在是 13家" in each.words and each.weight == "warn" for each in advice)
    with pytest.raises(Invalid, match="1 处不一致") as refused:
        make.moved(report, Action.ISSUE)
    assert "文中写「12家」，登记册现在是 13家" in refused.value.fields["number.0"]
    assert make.fresh(report).state == State.IN_REVIEW
    register.rows = []
    with pytest.raises(Invalid) as gone:
        make.moved(report, Action.ISSUE)
    assert "已经没有对应的数" in gone.value.fields["number.0"]
    register.rows = [news.offer()]
    assert make.moved(report, Action.ISSUE).state == State.ISSUED


def test_a_number_that_was_changed_by_hand_disagrees(register: news.Register) -> None:
    report = make.written(make.opened(), "本周上门指导企业12家，群众满意。")
    bound_to_register(report)
    register.rows = [news.offer()]
    report = edited(report, "本周上门指导企业14家，群众满意。")
    assert news.fields(report) == [("14", "register")]
    assert "文中写「14家」" in queries.disagreements(news.placed(report), {})[0].words


def test_a_counted_figure_of_the_period_can_be_cited_and_is_compared_with_the_snapshot() -> None:
    make.work()
    report = make.written(make.opened(), "今年以来，行政许可受理2件。")
    figures = queries.live_figures(report)
    (cited,) = (
        each for each in queries.period_figures(figures) if each.code == "year_to_date.licence.accepted"
    )
    assert (cited.label, cited.value) == ("今年以来行政许可受理", Decimal(2))
    news.bind(report, kind=Binding.REGISTER, source="", stated=cited)
    report = make.moved(report, *make.TO_REVIEW, Action.APPROVE)
    make.cases.in_review(make.cases.day("2022-05-12"))
    with pytest.raises(Invalid, match="不一致"):
        make.moved(report, Action.ISSUE)


def test_the_issue_freezes_every_number_with_its_source(register: news.Register) -> None:
    register.rows = [news.offer()]
    report = make.written(make.opened(), "本周上门指导企业12家，印发指南20份。")
    bound_to_register(report)
    news.bind(report, 1, label="印发指南", source="水利厅台账")
    issued = make.moved(report, *make.TO_ISSUE)
    document = queries.issued_document(issued)
    assert [(each.printed, each.kind, each.source) for each in document.numbers] == [
        ("12", "register", news.REGISTER), ("20", "typed", "水利厅台账"),
    ]  # fmt: skip
    runs = [run for part in document.parts for words in part.paragraphs for run in words if run.figure]
    assert [run.text for run in runs if run.figure.startswith("number.")] == ["12", "20"]
    printed = PrintedFigure.objects.filter(report=issued, scope="words").order_by("position")
    assert [(row.value, row.unit, row.measure, row.as_of) for row in printed] == [
        (Decimal(12), "家", "上门指导", make.LAST), (Decimal(20), "份", "印发指南", make.LAST),
    ]  # fmt: skip
    register.rows = []
    assert queries.issued_document(make.fresh(report)) == document


def test_from_the_issue_on_the_database_lets_no_source_change() -> None:
    report = make.written(make.opened(), "受理36件。")
    news.bind(report)
    make.moved(report, *make.TO_ISSUE)
    for change in (
        lambda: FigureField.objects.update(source="别的"),
        lambda: FigureField.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "typed", "source": "", "as_of": make.LAST}, {"kind": "typed", "source": "台账"}, {"kind": "guessed"},
        {"kind": "register", "as_of": make.LAST, "stated": 1}, {"ordinal": -1},
    ],
)  # fmt: skip
def test_the_database_refuses_a_binding_without_its_source(wrong: dict[str, object]) -> None:
    make.written(make.opened(), "受理36件。")
    with pytest.raises(IntegrityError), transaction.atomic():
        FigureField.objects.update(**wrong)


def test_totals_that_do_not_balance_stop_the_issue_and_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    report = make.moved(make.opened(), *make.TO_REVIEW, Action.APPROVE)
    wrong = [Imbalance("行政许可，水利厅", 2, "期末在办应为 5 件，清点是 7 件。")]
    monkeypatch.setattr("yichuang.reports.queries.checks.imbalances", lambda *_: wrong)
    with pytest.raises(Invalid, match="不能签发") as refused:
        make.moved(report, Action.ISSUE)
    assert refused.value.fields == {"balance.0": "行政许可，水利厅：期末在办应为 5 件，清点是 7 件。"}
    monkeypatch.setattr("yichuang.reports.queries.checks.imbalances", lambda *_: [])
    assert make.moved(report, Action.ISSUE).state == State.ISSUED


def test_a_document_without_numbers_reads_as_before() -> None:
    document = queries.issued_document(make.moved(make.written(make.opened(), "甲。"), *make.TO_ISSUE))
    assert "numbers" not in document.as_json()


def test_words_are_printed_as_they_were_typed_around_their_numbers() -> None:
    text = "一、 受理 36 件 。\n\n　另有 2 项，\n第3届。"
    report = make.written(make.opened(), text, "乙 5 件")
    lines = queries.draft_document(report, at=make.AT).lines
    plain = [line.strip() for line in text.splitlines() if line.strip()]
    assert [line for line in lines if "36" in line] == [f"（1）{plain[0]}"]
    assert plain[1] in lines
    assert plain[2] in lines
