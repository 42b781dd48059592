"""Past reports: stored as printed, found, rendered again, their totals going on."""

from datetime import date, datetime
from pathlib import Path

import pytest

from tests.material import shared
from yichuang.directory.flow import Capability
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.times import SHANGHAI
from yichuang.reports import commands, queries
from yichuang.reports.models import DutyVisit, InspectionResult, PrintedFigure, Report
from yichuang.reports.render import official, report_txt
from yichuang.reports.rules.numbering import PROVINCIAL_CENTRE
from yichuang.reports.rules.reading.read import read_report
from yichuang.reports.rules.reading.text import decode
from yichuang.reports.tests import factories as make
from yichuang.statistics.commands import bring_forward
from yichuang.statistics.queries import year_to_date

pytestmark = pytest.mark.django_db

SYNTHETIC = Path(__file__).parent / "synthetic"
REAL = ["2022-14", "2022-24", "2022-29", "2022-39", "2023-44"]
# Printed in issue 2022-29 (figures line) and in 2022-24.
ISSUE_29 = {
    ("licence", "accepted"): 597_002, ("licence", "concluded"): 591_301,
    ("public_service", "accepted"): 19_476_216, ("public_service", "concluded"): 7_248_456,
    ("other_nine", "accepted"): 48_812, ("other_nine", "concluded"): 49_560,
}  # fmt: skip
ISSUE_24 = {
    ("licence", "accepted"): 465_145, ("licence", "concluded"): 461_336,
    ("public_service", "accepted"): 18_703_029, ("public_service", "concluded"): 6_476_433,
    ("other_nine", "accepted"): 40_933, ("other_nine", "concluded"): 41_684,
}  # fmt: skip


def text_of_issue_24(number: int = 24) -> str:
    """A report in the form of 2022 with the published totals, in words of our own."""
    f = list(ISSUE_24.values())
    return f"""窗口工作周报

2022年第{number}期（总第{number + 375}期）

{PROVINCIAL_CENTRE}

2022年8月4日

政务服务工作

（7月18日—7月22日）

一、省级政务服务事项受理办理情况

2022年1月1日至2022年7月22日，省本级行政许可事项受理{f[0]}件，办结{f[1]}件；公共服务事项受理{f[2]}件，办结{f[3]}件；其它九类行权事项受理{f[4]}件，办结{f[5]}件。

二、窗口工作动态

（一）优化营商环境工作开展情况

近日，商务厅窗口整理了常见问题。

报：中心领导。

（共印80份）
"""


def stored(text: str, *, by: Actor = SYSTEM) -> commands.Stored:
    return commands.store_past_report(read_report(text, "x.txt"), text, at=make.AT, by=by)


@pytest.mark.parametrize("name", [path.stem for path in sorted(SYNTHETIC.glob("form_*.txt"))])
def test_a_synthetic_report_is_stored_and_rendered_with_the_same_figures(name: str) -> None:
    check_round_trip(SYNTHETIC / f"{name}.txt")


@pytest.mark.parametrize("name", REAL)
def test_a_real_report_is_stored_and_rendered_with_the_same_figures(name: str) -> None:
    found = check_round_trip(shared(f"weekly-reports/{name}.txt"))
    assert found.slug == name


def check_round_trip(path: Path) -> Report:
    text = decode(path.read_bytes())
    read = read_report(text, path.name)
    kept = commands.store_past_report(read, text, at=make.AT, by=SYSTEM)
    report = Report.objects.get(pk=kept.id)
    assert report.source_text == text
    again = read_report(report_txt(official(queries.issued_document(report))), path.name)
    for field in (
        "year",
        "number",
        "total_number",
        "issuer",
        "issued_on",
        "period",
        "distribution",
        "copies",
    ):
        assert getattr(again, field) == getattr(read, field), field
    facts = [(f.scope, f.type, f.measure, f.as_of, f.value, f.unit) for f in read.figures]
    assert [(f.scope, f.type, f.measure, f.as_of, f.value, f.unit) for f in again.figures] == facts
    assert again.visits == read.visits
    assert again.inspection == read.inspection
    assert [s.heading for s in again.sections] == [s.heading for s in read.sections]
    assert PrintedFigure.objects.filter(report=report).count() == len(read.figures)
    assert DutyVisit.objects.filter(report=report).count() == len(read.visits)
    assert InspectionResult.objects.filter(report=report).count() == len(read.inspection)
    return report


def test_twice_is_once_and_another_text_is_a_new_version() -> None:
    first = stored(text_of_issue_24())
    assert first.outcome == "new"
    assert stored(text_of_issue_24().replace("\n", "\r\n")).outcome == "unchanged"
    changed = stored(text_of_issue_24().replace("常见问题", "问答手册"))
    assert (changed.outcome, changed.id) == ("changed", first.id)
    report = Report.objects.get(pk=first.id)
    assert [row.reason for row in queries.versions(report)] == ["重新导入", "导入"]
    assert Report.objects.count() == 1
    assert not queries.published("常见问题").rows
    assert len(queries.published("问答手册").rows) == 1


def test_a_report_without_number_or_right_is_refused() -> None:
    with pytest.raises(Invalid):
        stored("窗口工作周报\n\n一、动态\n\n没有期号的一份材料。")
    with pytest.raises(Refused):
        stored(text_of_issue_24(), by=make.contributor())


def test_our_own_numbers_go_on_behind_the_past_ones() -> None:
    stored(text_of_issue_24())
    stored(text_of_issue_24(14))
    report = make.issued()
    assert (report.number, report.total_number) == (25, 400)
    with pytest.raises(Conflict):
        stored(text_of_issue_24(25))


def test_another_centre_does_not_move_our_numbers() -> None:
    foreign = text_of_issue_24().replace(PROVINCIAL_CENTRE, "示例市政务服务中心")
    slug = stored(foreign).slug
    assert slug.startswith("2022-24-")
    assert stored(text_of_issue_24()).slug == "2022-24"
    assert Report.objects.get(slug=slug).issuer == "示例市政务服务中心"
    assert make.issued().number == 25


def test_the_totals_of_24_and_the_increments_give_the_figures_line_of_29() -> None:
    past = stored(text_of_issue_24())
    editor = make.everything()
    assert commands.bring_forward(past.id, by=editor, at=make.AT) == 6
    assert year_to_date(date(2022, 7, 22)) == ISSUE_24
    with pytest.raises(Conflict):
        commands.bring_forward(past.id, by=editor, at=make.AT)
    for (group, measure), value in ISSUE_29.items():
        bring_forward(
            as_of=date(2022, 9, 2), group=group, measure=measure, value=value - ISSUE_24[group, measure],
            is_total=False, source="窗口工作周报 2022年第29期减第24期", by=SYSTEM, at=make.AT,
        )  # fmt: skip
    at = datetime(2022, 9, 27, 9, tzinfo=SHANGHAI)
    report = make.issued(date(2022, 8, 29), date(2022, 9, 2), at=at)
    document = queries.issued_document(report)
    assert [figure.value for figure in document.figures] == list(ISSUE_29.values())
    assert (
        "2022年1月1日至2022年9月2日，省本级行政许可事项受理597002件，办结591301件；公共服务事项受理19476216件，"
        "办结7248456件；其它九类行权事项受理48812件，办结49560件。" in document.lines[1]
    )
    printed = [int(row.value) for row in PrintedFigure.objects.filter(report=report)]
    assert printed == list(ISSUE_29.values())


def test_the_source_of_a_brought_forward_total_is_the_issue() -> None:
    past = stored(text_of_issue_24())
    commands.bring_forward(past.id, by=make.everything(), at=make.AT)
    assert {row.source for row in make.brought_forward()} == {"窗口工作周报 2022年第24期"}


def test_what_cannot_be_brought_forward_is_refused() -> None:
    with pytest.raises(Refused):
        commands.bring_forward(stored(text_of_issue_24()).id, by=make.contributor(), at=make.AT)
    without = text_of_issue_24(9).replace("受理", "收到").replace("办结", "完成")
    with pytest.raises(Invalid):
        commands.bring_forward(stored(without).id, by=make.everything(), at=make.AT)
    with pytest.raises(Missing):
        commands.bring_forward(make.issued().pk, by=make.everything(), at=make.AT)


def test_a_falling_total_is_told_to_the_editor() -> None:
    stored(text_of_issue_24())
    report = make.opened(date(2022, 7, 25), date(2022, 7, 29))
    found = queries.advice_for(report, at=make.AT, figures=queries.live_figures(report))
    assert sum(advice.weight == "bad" for advice in found) == 6
    assert Capability.REPORT_IMPORT in make.EDITOR
