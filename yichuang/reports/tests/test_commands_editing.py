"""Changing a draft: versions that are kept, conflicts that lose nothing, contributions taken and put back."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from yichuang.directory.tests import factories as people
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.reports import commands, queries
from yichuang.reports.commands import ItemDraft, NewContribution
from yichuang.reports.flow import Action, ContributionState, State
from yichuang.reports.models import Contribution, Report, ReportForm
from yichuang.reports.tests import factories as make

pytestmark = pytest.mark.django_db


def texts(report: Report, section: str = "efficiency") -> list[str]:
    return [item.text for item in queries.content_of(make.fresh(report)).of(section)]


def save(report: Report, *drafts: ItemDraft, seen: int | None = None, by: Actor | None = None) -> Report:
    version = make.fresh(report).edit_version if seen is None else seen
    return commands.save_section(
        report.pk, "efficiency", drafts, seen=version, by=by or make.editor(), at=make.AT
    )


def test_forms_are_loaded_once() -> None:
    assert commands.load_forms() == 3
    assert commands.load_forms() == 0
    ReportForm.objects.filter(pk="2022").update(name="改过")
    assert commands.load_forms() == 1


def test_a_report_is_opened_for_any_days_once() -> None:
    report = make.opened(date(2022, 5, 5), date(2022, 5, 13))
    assert (report.state, report.edit_version, report.copies) == (State.COLLECTING, 1, 80)
    with pytest.raises(Conflict):
        make.opened(date(2022, 5, 5), date(2022, 5, 13))
    make.opened(date(2022, 5, 16), date(2022, 5, 16))


@pytest.mark.parametrize(
    ("first", "last"), [(date(2022, 5, 13), date(2022, 5, 5)), (date(2021, 5, 5), date(2022, 5, 13))]
)
def test_an_impossible_period_is_refused(first: date, last: date) -> None:
    with pytest.raises(Invalid):
        make.opened(first, last)


def test_a_form_for_past_reports_opens_none() -> None:
    with pytest.raises(Invalid):
        commands.open_report(make.FIRST, make.LAST, form="other", by=make.editor(), at=make.AT)
    with pytest.raises(Refused):
        commands.open_report(make.FIRST, make.LAST, form="2022", by=make.contributor(), at=make.AT)


def test_every_saving_keeps_a_version() -> None:
    report = make.opened()
    save(report, ItemDraft("甲。"))
    save(report, ItemDraft("甲改。"))
    found = queries.versions(make.fresh(report))
    assert [(row.version, row.reason) for row in found] == [
        (3, "编辑「窗口服务效能提升工作情况」"), (2, "编辑「窗口服务效能提升工作情况」"), (1, "新建"),
    ]  # fmt: skip
    contents = [queries.version(report, number).content["items"] for number in (1, 2, 3)]
    assert contents[0] == {}
    assert contents[1]["efficiency"][0]["text"] == "甲。"
    assert contents[2]["efficiency"][0]["text"] == "甲改。"


def test_who_has_not_seen_the_newest_version_saves_nothing() -> None:
    report = make.opened()
    save(report, ItemDraft("先。"), seen=1)
    with pytest.raises(Conflict, match="已被修改"):
        save(report, ItemDraft("后。"), seen=1)
    assert texts(report) == ["先。"]


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.ISSUED, State.PRINTED])
def test_nothing_is_edited_outside_editing(state: State) -> None:
    report = make.in_state(state)
    visit = make.visit()
    seen, by, at = report.edit_version, make.editor(), make.AT
    attempts: list[Callable[[], object]] = [
        lambda: save(report, ItemDraft("晚了。")),
        lambda: commands.save_visit(report.pk, visit, seen=seen, by=by, at=at),
        lambda: commands.save_inspection(report.pk, {"dress": "良好"}, seen=seen, by=by, at=at),
        lambda: commands.save_imprint(report.pk, {}, 90, seen=seen, by=by, at=at),
        lambda: commands.take_contribution(
            report.pk, make.contribution(), "efficiency", seen=seen, by=by, at=at
        ),
    ]
    for attempt in attempts:
        with pytest.raises(Invalid, match="内容不能修改"):
            attempt()
    assert make.fresh(report).edit_version == report.edit_version


def test_only_editors_edit() -> None:
    report = make.opened()
    for by in (make.contributor(), make.reviewer(), make.leader()):
        with pytest.raises(Refused):
            save(report, ItemDraft("甲。"), by=by)


def test_items_are_ordered_moved_and_removed() -> None:
    report = make.written(make.opened(), "甲。", "乙。", "丙。")
    first, second, third = queries.content_of(report).of("efficiency")
    save(
        report,
        ItemDraft("丙。", third.id),
        ItemDraft("甲改。", first.id, "environment"),
        ItemDraft(" ", second.id),
    )
    assert texts(report) == ["丙。"]
    assert texts(report, "environment") == ["甲改。"]


def test_a_text_that_is_too_long_or_a_heading_that_is_none_is_refused() -> None:
    report = make.opened()
    with pytest.raises(Invalid) as wrong:
        save(report, ItemDraft("好。"), ItemDraft("长" * 4001))
    assert list(wrong.value.fields) == ["text-1"]
    for section in ("figures", "inspection", "nothing"):
        with pytest.raises(Missing):
            commands.save_section(report.pk, section, [], seen=1, by=make.editor(), at=make.AT)


def test_a_contribution_is_taken_and_waits_again_when_it_is_removed() -> None:
    report = make.opened()
    sent = make.contribution(report)
    assert [row.id for row in queries.waiting(report)] == [sent]
    report = commands.take_contribution(report.pk, sent, "environment", seen=1, by=make.editor(), at=make.AT)
    assert texts(report, "environment") == ["近日，水利厅把取水许可的现场核查改为预约办理。"]
    assert queries.waiting(report) == []
    with pytest.raises(Conflict):
        commands.take_contribution(report.pk, sent, "environment", seen=2, by=make.editor(), at=make.AT)
    commands.save_section(report.pk, "environment", [], seen=2, by=make.editor(), at=make.AT)
    assert [row.id for row in queries.waiting(report)] == [sent]


def test_a_contribution_to_no_report_in_particular_waits_for_the_next() -> None:
    sent = make.contribution()
    report, other = make.opened(), make.opened(date(2022, 5, 16), date(2022, 5, 20))
    assert [row.id for row in queries.waiting(other)] == [row.id for row in queries.waiting(report)] == [sent]
    commands.take_contribution(report.pk, sent, "efficiency", seen=1, by=make.editor(), at=make.AT)
    assert queries.waiting(other) == []
    mine = make.contribution(report)
    with pytest.raises(Conflict):
        commands.take_contribution(other.pk, mine, "efficiency", seen=1, by=make.editor(), at=make.AT)


def test_collecting_ends_with_editing() -> None:
    report = make.moved(make.opened(), Action.START_EDITING)
    with pytest.raises(Conflict):
        make.contribution(report)
    make.moved(report, Action.REOPEN_COLLECTING)
    make.contribution(report)


def test_a_declined_contribution_tells_its_department_why() -> None:
    report = make.opened()
    sent = make.contribution(report)
    with pytest.raises(Invalid):
        commands.decline_contribution(report.pk, sent, " ", by=make.editor(), at=make.AT)
    commands.decline_contribution(report.pk, sent, "与上期重复", by=make.editor(), at=make.AT)
    row = queries.department_contributions(by=make.contributor())[0]
    assert (row.state, row.note) == (ContributionState.DECLINED, "与上期重复")
    with pytest.raises(Conflict):
        commands.withdraw_contribution(sent, by=make.contributor(), at=make.AT)


def test_a_department_withdraws_only_its_own() -> None:
    sent = make.contribution()
    other = people.department("商务厅", "125", "川商")
    stranger = people.staff("stranger", people.post(other, "联络员", [make.Capability.REPORT_CONTRIBUTE]))
    with pytest.raises(Missing):
        commands.withdraw_contribution(sent, by=stranger, at=make.AT)
    assert queries.department_contributions(by=stranger) == []
    commands.withdraw_contribution(sent, by=make.contributor(), at=make.AT)
    assert queries.department_contributions(by=make.contributor())[0].state == ContributionState.WITHDRAWN


def test_the_same_key_sends_once() -> None:
    new, key = NewContribution("题", "文。"), uuid4().hex
    first = commands.contribute(new, by=make.contributor(), at=make.AT, key=key)
    assert commands.contribute(new, by=make.contributor(), at=make.AT, key=key) == first
    with pytest.raises(Conflict):
        commands.contribute(new, by=make.editor(), at=make.AT, key=key)
    assert Contribution.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [({"title": " "}, "title"), ({"title": "长" * 81}, "title"), ({"body": ""}, "body"),
     ({"body": "长" * 4001}, "body"), ({"happened_on": date(2022, 5, 17)}, "happened_on")],
)  # fmt: skip
def test_a_contribution_says_what_is_wrong_with_it(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        make.contribution(**change)
    assert list(wrong.value.fields) == [field]


def test_visits_are_kept_with_a_day_or_with_words() -> None:
    report = make.opened()
    commands.save_visit(report.pk, make.visit(), seen=1, by=make.editor(), at=make.AT)
    commands.save_visit(report.pk, make.visit(on=None, on_text="近日"), seen=2, by=make.editor(), at=make.AT)
    report = make.fresh(report)
    assert [(v.on, v.on_text) for v in report.visits.all()] == [
        (date(2022, 5, 11), "5月11日"),
        (None, "近日"),
    ]
    first = report.visits.all()[0]
    changed = make.visit(person="李示例")
    commands.save_visit(report.pk, changed, seen=3, by=make.editor(), at=make.AT, visit_id=first.pk)
    commands.remove_visit(report.pk, report.visits.all()[1].pk, seen=4, by=make.editor(), at=make.AT)
    assert [v.person for v in report.visits.all()] == ["李示例"]
    for act in (commands.remove_visit,):
        with pytest.raises(Missing):
            act(report.pk, uuid4(), seen=5, by=make.editor(), at=make.AT)
    assert queries.version(report, 4).content["visits"][1]["on"] is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"person": " "}, "person"),
        ({"department": ""}, "department"),
        ({"on": None}, "on"),
        ({"body": "长" * 4001}, "body"),
    ],
)
def test_a_visit_says_what_is_wrong_with_it(change: dict[str, object], field: str) -> None:
    report = make.opened()
    with pytest.raises(Invalid) as wrong:
        commands.save_visit(report.pk, make.visit(**change), seen=1, by=make.editor(), at=make.AT)
    assert list(wrong.value.fields) == [field]


def test_inspection_results_stand_under_known_headings_and_empty_ones_are_none() -> None:
    report = make.opened()
    results = {"dress": "总体情况良好。", "order": " "}
    commands.save_inspection(report.pk, results, seen=1, by=make.editor(), at=make.AT)
    assert queries.content_of(report).inspection == {"dress": "总体情况良好"}
    with pytest.raises(Missing):
        commands.save_inspection(report.pk, {"mood": "好"}, seen=2, by=make.editor(), at=make.AT)
    commands.save_inspection(report.pk, {}, seen=2, by=make.editor(), at=make.AT)
    assert queries.content_of(report).inspection == {}


def test_the_imprint_is_set_and_its_copies_counted() -> None:
    report = make.opened()
    whom = {"报": "中心领导。", "送": "", "发": "各窗口"}
    commands.save_imprint(report.pk, whom, 91, seen=1, by=make.editor(), at=make.AT)
    report = make.fresh(report)
    assert (report.distribution["报"], report.copies) == ("中心领导", 91)
    for copies in (-1, 10_001):
        with pytest.raises(Invalid):
            commands.save_imprint(report.pk, whom, copies, seen=2, by=make.editor(), at=make.AT)


def test_the_draft_document_is_marked_and_shows_live_figures() -> None:
    make.work()
    report = make.written(make.opened(), "甲。")
    document = queries.draft_document(report, at=make.AT)
    assert "草稿" in document.number_line
    assert "2022年5月16日 09:30" in document.small_print
    assert [figure.value for figure in document.figures] == [2, 1, 0, 0, 0, 0]
    make.cases.in_review(make.cases.day("2022-05-12"))
    assert queries.draft_document(report, at=make.AT).figures[0].value == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "lost"},
        {"last_day": date(2022, 5, 1)},
        {"state": State.ISSUED},
        {"number": 3},
        {"copies": -1},
    ],
)
def test_the_database_refuses_nonsense(wrong: dict[str, object]) -> None:
    report = make.opened()
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(**wrong)
