"""Both forms, and one made as data, through the real commands up to 签发: errata, charts, visits, closing up."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.catalogue.commands.manuals import move_manual
from yichuang.catalogue.models import Item, Manual
from yichuang.directory.models import Department
from yichuang.gateways.tests.fonts import chinese_fonts
from yichuang.journal.commands import record
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import SHANGHAI
from yichuang.reports import commands, queries
from yichuang.reports.commands import issuing
from yichuang.reports.commands.errata import NewErratum, add_erratum
from yichuang.reports.commands.forms import copy_form, save_form, switch_form
from yichuang.reports.flow import SectionKind, State
from yichuang.reports.models import Erratum, Report, ReportForm
from yichuang.reports.queries.errata import sentences_for
from yichuang.reports.render import Format, official, render
from yichuang.reports.rules.charts import TimeChart, TrendChart
from yichuang.reports.rules.comparison import content_lines
from yichuang.reports.rules.composition import visits_sentence
from yichuang.reports.rules.content import Content, VisitEntry
from yichuang.reports.rules.document import Document
from yichuang.reports.rules.reading.report import Period
from yichuang.reports.rules.reading.visits import read_visits
from yichuang.reports.tests import factories as make
from yichuang.reports.tests.test_rules_composition import form as packaged
from yichuang.statistics.commands import close_batch, frozen_figures
from yichuang.statistics.queries import Figure
from yichuang.statistics.tests.happenings import moment

MONDAY, FRIDAY = date(2022, 5, 9), date(2022, 5, 13)
AFTER = datetime(2022, 5, 16, 9, 30, tzinfo=SHANGHAI)
WEEK = timedelta(weeks=1)
SECTIONS_2022 = {"environment": "优化营商环境工作开展情况", "efficiency": "窗口服务效能提升工作情况"}
SECTIONS_2023 = {"news": "政务工作动态", "others": "其它工作开展情况"}


def opened(form: str, first: date = MONDAY, *, at: datetime = AFTER) -> Report:
    """A report in a form for the working week from a Monday on."""
    found = commands.open_report(first, first + timedelta(days=4), form=form, by=make.editor(), at=at)
    return Report.objects.get(pk=found)


def issued(report: Report, *, at: datetime = AFTER) -> Report:
    return make.moved(report, *make.TO_ISSUE, at=at)


def printed(report: Report) -> Document:
    return queries.issued_document(make.fresh(report))


def files(report: Report) -> dict[Format, bytes]:
    """The issue in every form, from what was frozen."""
    document = official(printed(report))
    return {form: render(document, form, chinese_fonts()).content for form in Format}


def headings(document: Document) -> list[str]:
    return [part.number + part.heading for part in document.parts if part.heading and not part.run_in]


def correct(report: Report, new: str, key: str, *, at: datetime = AFTER) -> None:
    """Correct the first figure that an issue printed."""
    figure = report.figures.order_by("position")[0]
    said = NewErratum(f"{figure.value.normalize():f}", new, "补报后未重新核对", figure_id=figure.pk)
    add_erratum(report.pk, said, by=make.editor(), at=at, key=key)


# --- errata ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["2022", "2023"])
def test_a_correction_is_printed_once_in_the_next_issue(form: str) -> None:
    first = issued(opened(form))
    before = files(first)
    correct(first, "901", "erratum-one")
    correct(first, "902", "erratum-two", at=AFTER + timedelta(minutes=1))
    second = issued(opened(form, MONDAY + WEEK, at=AFTER + WEEK), at=AFTER + WEEK)
    document = printed(second)
    (place,) = [n for n, part in enumerate(document.parts) if part.heading == "更正"]
    said = [
        "".join(run.text for run in words) for part in document.parts[place:] for words in part.paragraphs
    ]
    assert [words.partition("更正为")[2] for words in said] == [
        "“901”。原因：补报后未重新核对。",
        "“902”。原因：补报后未重新核对。",
    ]
    assert headings(document)[-1].endswith("、更正")
    assert set(Erratum.objects.values_list("printed_in", flat=True)) == {second.pk}
    third = issued(opened(form, MONDAY + 2 * WEEK, at=AFTER + 2 * WEEK), at=AFTER + 2 * WEEK)
    assert "更正" not in third.text
    assert files(first) == before


@pytest.mark.django_db
def test_a_correction_that_comes_while_an_issue_is_made_waits_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is marked as printed is what the document prints, not what is there when it is marked."""
    first = issued(opened("2022"))
    correct(first, "901", "erratum-one")

    def late(*given: Any, **named: Any) -> Any:
        correct(first, "902", "erratum-two")
        return record(*given, **named)

    with monkeypatch.context() as patched:
        patched.setattr(issuing, "record", late)
        second = issued(opened("2022", MONDAY + WEEK, at=AFTER + WEEK), at=AFTER + WEEK)
    assert "“901”" in second.text
    assert "“902”" not in second.text
    marked = dict(Erratum.objects.values_list("new", "printed_in"))
    assert marked == {"901": second.pk, "902": None}
    third = issued(opened("2022", MONDAY + 2 * WEEK, at=AFTER + 2 * WEEK), at=AFTER + 2 * WEEK)
    assert "“902”" in third.text


# --- charts ---------------------------------------------------------------------------------------------------------


def with_charts(*charts: str) -> str:
    """A form of 2022 that asks for charts."""
    by = make.everything("form-keeper")
    code = copy_form("2022", "带图表式", by=by, at=make.AT)
    data = ReportForm.objects.get(pk=code).data | {"charts": list(charts)}
    save_form(code, data, seen=1, by=by, at=make.AT)
    switch_form(code, opens=True, by=by, at=make.AT)
    return code


def happened() -> None:
    """Cases of a department over a quarter, some of them decided five days after they came."""
    for weeks, days, is_decided in (
        (0, 0, False),
        (0, 1, False),
        (1, 4, True),
        (1, 2, True),
        (3, 0, True),
        (9, 3, False),
    ):
        at = moment(MONDAY - weeks * WEEK + timedelta(days=days))
        (make.cases.decided if is_decided else make.cases.in_review)(at)


def facts_of(kind: str, first: date, last: date) -> int:
    """How many facts of a kind the journal has of some days."""
    text = "select count(*) from journal_fact where kind = %(kind)s and day between %(first)s and %(last)s"
    found = sql.one(text, {"kind": kind, "first": first, "last": last})
    assert found is not None
    return int(found[0])


def week_sum(figures: Sequence[Figure], measure: str) -> int:
    return sum(
        int(each.value or 0)
        for each in figures
        if each.scope == "week" and each.measure == measure and each.department is None
        and each.group in ("licence", "public_service", "other_nine")
    )  # fmt: skip


@pytest.mark.django_db
def test_charts_are_the_figures_and_are_frozen_with_the_issue() -> None:
    happened()
    report = issued(opened(with_charts("trend", "time")))
    trend, times = printed(report).charts
    assert isinstance(trend, TrendChart)
    assert isinstance(times, TimeChart)
    assert report.snapshot is not None
    figures = frozen_figures(report.snapshot)
    for line in trend.lines:
        assert len(line.weeks) == 13
        assert (line.weeks[-1].first_day, line.weeks[-1].last_day) == (MONDAY, FRIDAY)
        assert line.weeks[-1].value == week_sum(figures, line.measure) == 2
        kind = {"accepted": "case.accepted", "concluded": "case.decided"}[line.measure]
        counted = [facts_of(kind, week.first_day, week.last_day) for week in line.weeks]
        assert [week.value for week in line.weeks] == counted
        assert sum(counted) == {"accepted": 6, "concluded": 3}[line.measure]
    (mean,) = [
        (each.value, other.value)
        for each in figures
        for other in figures
        if (each.scope, each.group, each.measure, each.department) == ("week", "licence", "mean_days", None)
        and (other.scope, other.group, other.measure, other.department)
        == ("week", "licence", "mean_limit", None)
    ]
    assert [(row.label, (row.used, row.limit)) for row in times.rows] == [("水利厅", mean)]
    before = files(report)
    assert files(report) == before
    make.cases.in_review(moment(FRIDAY))
    while close_batch(at=AFTER + WEEK):
        pass
    assert files(report) == before
    assert "图1" in before[Format.TXT].decode()


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["2022", "2023"])
def test_a_form_without_charts_prints_none(form: str) -> None:
    happened()
    report = issued(opened(form))
    assert printed(report).charts == ()
    assert "charts" not in printed(report).as_json()
    assert "图1" not in files(report)[Format.TXT].decode()


@pytest.mark.django_db
def test_a_chart_that_would_show_nothing_is_left_out() -> None:
    assert printed(issued(opened(with_charts("trend", "time")))).charts == ()


# --- visits in one sentence -----------------------------------------------------------------------------------------

PEOPLE = ("张示例", "李示范", "王样例", "赵虚构", "陈演示", "刘试用")
POSTS = ("副厅长", "党组成员、副厅长", "二级巡视员", "党组成员、机关党委书记", "厅长")
BODIES = ("水利厅", "教育厅", "经济和信息化厅")
ON = {"11月14日": date(2023, 11, 14), "11月15日": date(2023, 11, 15), "本周": None, "近日": None}
PERIOD = Period(date(2023, 11, 13), date(2023, 11, 17))
PATTERN = packaged("2023").of_kind(SectionKind.VISITS)[0].pattern


def visits() -> st.SearchStrategy[list[VisitEntry]]:
    """Up to six visits by different people, in any order of departments, posts and days."""
    rows = st.tuples(
        st.sampled_from(PEOPLE), st.sampled_from(POSTS), st.sampled_from(BODIES), st.sampled_from(list(ON))
    )
    return st.lists(rows, min_size=1, max_size=6, unique_by=lambda row: row[0]).map(
        lambda found: [
            VisitEntry(str(place), ON[when], when, person, post, body)
            for place, (person, post, body, when) in enumerate(found)
        ]
    )


@given(visits())
def test_every_visit_is_read_back_from_the_one_sentence(told: list[VisitEntry]) -> None:
    """Whoever came, with which post, from where and when: nothing is lost by compressing."""
    sentence = visits_sentence(PATTERN, told)
    read = read_visits(sentence, PERIOD, 2023)
    found = {(each.person, each.post, each.department, each.on_text, each.on) for each in read}
    assert found == {(each.person, each.post, each.department, each.on_text, each.on) for each in told}
    assert len(read) == len(told)


def test_a_department_and_a_day_are_named_once() -> None:
    told = [
        VisitEntry("1", None, "本周", "张示例", "党组成员、副厅长", "水利厅"),
        VisitEntry("2", None, "本周", "王样例", "副厅长", "教育厅"),
        VisitEntry("3", None, "本周", "李示范", "二级巡视员", "水利厅"),
    ]
    sentence = visits_sentence(PATTERN, told)
    assert sentence.startswith(
        "本周，水利厅党组成员、副厅长张示例，二级巡视员李示范，教育厅副厅长王样例到省政务服务大厅窗口"
    )
    assert [sentence.count(words) for words in ("本周", "水利厅", "教育厅")] == [1, 1, 1]


def test_two_versions_with_compressed_visits_can_be_compared() -> None:
    one = VisitEntry("1", None, "本周", "张示例", "副厅长", "水利厅")
    lines = content_lines(packaged("2023"), Content(visits=(one,)))
    assert lines[1].startswith("本周，水利厅副厅长张示例到")


@pytest.mark.django_db
def test_the_form_of_2022_tells_each_visit_and_that_of_2023_lists_them() -> None:
    made = {}
    for place, form in enumerate(("2022", "2023")):
        report = opened(form, MONDAY + place * WEEK, at=AFTER + place * WEEK)
        for person in ("张示例", "李示范"):
            visit = make.visit(on=None, on_text="本周", person=person, body="看望窗口工作人员。")
            seen = make.fresh(report).edit_version
            commands.save_visit(report.pk, visit, seen=seen, by=make.editor(), at=AFTER)
        document = printed(issued(report, at=AFTER + place * WEEK))
        made[form] = "".join(document.lines)
    assert made["2022"].count("看望窗口工作人员") == made["2022"].count("本周，水利厅副厅长") == 2
    assert made["2023"].count("本周，水利厅副厅长张示例，副厅长李示范到") == 1
    assert "看望窗口工作人员" not in made["2023"]


# --- manuals by department ------------------------------------------------------------------------------------------


def publish(where: Department, count: int) -> None:
    for number in range(count):
        item = Item.objects.create(
            id=uuid7(make.AT), code=f"{where.code}-{number}", name="示例事项", item_type="01", department=where,
            region_id=make.people.PROVINCE,
        )  # fmt: skip
        Manual.objects.create(item=item, points=["签字"], changed_at=make.AT, changed_by_name="平台")
        move_manual(item.pk, "publish", by=SYSTEM, at=moment(MONDAY))


@pytest.mark.django_db
def test_departments_keep_the_name_under_which_they_were_printed() -> None:
    water, teaching = make.people.department(), make.people.department("教育厅", "105", "川教")
    publish(teaching, 1)
    publish(water, 2)
    draft = opened("2023")
    assert "（水利厅2个、教育厅1个）" in "".join(queries.draft_document(draft, at=AFTER).lines)
    report = issued(draft)
    before = files(report)
    Department.objects.filter(pk=water.pk).update(short_name="更名厅", name="更名厅")
    assert "完成3个办理项的受理工作手册编制（水利厅2个、教育厅1个）" in "".join(printed(report).lines)
    assert files(report) == before
    following = opened("2023", MONDAY + WEEK, at=AFTER + WEEK)
    assert "（）" not in "".join(queries.draft_document(following, at=AFTER + WEEK).lines)


# --- empty subsections ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("filled", [(), ("environment",), ("efficiency",), ("environment", "efficiency")])
def test_an_issue_of_2022_closes_up(filled: tuple[str, ...]) -> None:
    report = opened("2022")
    for key in filled:
        make.written(report, "水利厅改进服务。", section=key)
    wanted = ["一、省级政务服务事项受理办理情况"] + ["二、窗口工作动态"] * bool(filled)
    wanted += [f"（{'一二'[place]}）{SECTIONS_2022[key]}" for place, key in enumerate(filled)]
    assert headings(printed(issued(report))) == wanted


@pytest.mark.django_db
@pytest.mark.parametrize("filled", [(), ("news",), ("others",), ("news", "others")])
def test_an_issue_of_2023_closes_up(filled: tuple[str, ...]) -> None:
    report = opened("2023")
    for key in filled:
        make.written(report, "水利厅改进服务。", section=key)
    wanted = ["一、政务工作动态"] * ("news" in filled)
    wanted += [f"{'二' if wanted else '一'}、综窗改革攻坚行动", "（一）省本级综窗办件情况"]
    wanted += ["（二）事项授权及受理手册编制推进情况"] + ["（三）其它工作开展情况"] * ("others" in filled)
    document = printed(issued(report))
    assert headings(document) == wanted
    assert [label for label, _ in document.distribution] == ["送", "发"]
    assert document.order[:3] == ("number", "title", "period")


# --- a form that nobody programmed ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_form_made_as_data_issues_a_report() -> None:
    by = make.everything("form-keeper")
    commands.load_forms()
    code = copy_form("2023", "2027年表式", by=by, at=make.AT)
    data: dict[str, Any] = dict(ReportForm.objects.get(pk=code).data)
    data["title"], data["offsets"] = "工作简报", {"2022": 900}
    figures = {
        "key": "cases", "level": 1, "kind": "figures", "heading": "办件情况",
        "pattern": "{first_day}至{last_day}受理行政许可{week.licence.accepted}件。",
    }  # fmt: skip
    data["sections"] = [figures, {"key": "news", "level": 1, "kind": "news", "heading": "动态"}]
    save_form(code, data, seen=1, by=by, at=make.AT)
    switch_form(code, opens=True, by=by, at=make.AT)
    make.cases.in_review(moment(MONDAY))
    report = opened(code)
    make.written(report, "甲。", "乙。", section="news")
    report = issued(report)
    document = printed(report)
    assert (report.state, report.number, report.total_number) == (State.ISSUED, 1, 901)
    assert document.title == "工作简报"
    assert headings(document) == ["一、办件情况", "二、动态"]
    assert "2022年5月9日至2022年5月13日受理行政许可1件。" in document.lines
    assert [each.value for each in document.figures] == [1]
    # The form may change afterwards; the issue stays.
    before = files(report)
    save_form(code, data | {"title": "另一题名", "sections": [figures]}, seen=3, by=by, at=make.AT)
    assert files(report) == before
    assert sentences_for(report) == ()
