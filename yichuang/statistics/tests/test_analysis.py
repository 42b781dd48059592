"""专题分析: monthly files without personal data, asked in words of the tables, within the reader's reach and within bounds."""

import json
import re
import time
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from django.test import Client

from yichuang.cases.tests import factories as make
from yichuang.catalogue.models import Item
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department, Region
from yichuang.directory.tests import factories as people
from yichuang.gateways import columns
from yichuang.kernel import sql
from yichuang.kernel.errors import Invalid, Unavailable
from yichuang.kernel.keys import uuid7
from yichuang.statistics import commands, queries
from yichuang.statistics.cli import analysis as command
from yichuang.statistics.flow.analysis import COLUMNS, DIMENSIONS, EXPORTED, FILTERS, LEFT_OUT, MEASURES
from yichuang.statistics.queries.late import department_labels, months_to_export
from yichuang.statistics.render.analysis import about, answer, export_months, folder, made_on
from yichuang.statistics.rules.analysis import Asked, months, statement
from yichuang.statistics.tests.happenings import DEPARTMENTS, moment
from yichuang.statistics.tests.reported import Reported, report
from yichuang.statistics.tests.test_pages import analyst, body, browser, words
from yichuang.workdays import queries as workdays

FIRST, LAST = date(2022, 4, 1), date(2022, 5, 31)


@pytest.fixture(autouse=True)
def _friday(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> None:
    """The business day of these tests, and a place of their own."""
    at = make.day("2022-05-13", 16)
    monkeypatch.setattr("config.front_door.now", lambda: at)
    monkeypatch.setattr(workdays, "now", lambda: at)
    settings.VAR_DIR = tmp_path


def exported() -> None:
    """Some cases and reported ones in two months, exported."""
    make.decided(make.day("2022-04-20"))
    make.delivered(make.day("2022-05-03"))
    make.in_review(make.day("2022-05-10"))
    for _ in range(3):
        report(Reported(date(2022, 5, 9), "accepted", date(2022, 5, 9)))
    kept = report(Reported(date(2022, 5, 8), "accepted", date(2022, 5, 9)))
    report(Reported(date(2022, 5, 8), "accepted", date(2022, 5, 9), quantity=-1), kept)
    # Told as twenty days, taken back, and told again as three: it took three days, once.
    for days, quantity in ((20, 1), (20, -1), (3, 1)):
        again = Reported(
            date(2022, 5, 9), "decided", date(2022, 5, 9), outcome="granted", days_used=days, limit_days=20, quantity=quantity
        )  # fmt: skip
        report(again, kept)
    while commands.close_batch(at=moment(date(2022, 5, 13))):
        pass
    export_months(months(FIRST, LAST), at=moment(date(2022, 5, 13)), each=lambda *_: None)


@pytest.mark.django_db
def test_the_answers_are_the_figures_and_hold_nothing_personal() -> None:
    exported()
    values = queries.cells(first_day=FIRST, last_day=LAST).values()
    for measure in ("received", "accepted", "concluded", "delivered", "mean_days", "median_days", "p90_days"):
        (row,) = answer(Asked(measure, (), FIRST, LAST), rows=5).rows
        assert row[-1] == values[measure], measure
    assert str(answer(Asked("corrections", (), FIRST, LAST), rows=5).rows[0][0]) == "0.00", (
        "with all its places"
    )
    assert values["concluded"] == 3
    spent = answer(Asked("median_days", ("source",), FIRST, LAST, {"source": "reported"}), rows=5).rows
    assert spent == [("reported", 3)], "what was taken back is in no middle"
    by = answer(Asked("accepted", ("month", "source"), FIRST, LAST), rows=50).rows
    assert [tuple(row) for row in by] == [
        ("2022-04", "case", 1),
        ("2022-05", "case", 2),
        ("2022-05", "reported", 3),
    ]
    for one in DIMENSIONS:
        found = answer(Asked("accepted", (one.code,), FIRST, LAST), rows=100)
        assert sum(row[-1] for row in found.rows) == values["accepted"], one.code
    said = about()
    assert said is not None
    assert said.seal >= 1
    # Nothing that names anybody is in a file, in whatever column.
    names = {
        name
        for (name,) in sql.rows("select applicant_name from cases_case union select number from cases_case")
    }
    assert names
    for path in folder().glob("*.parquet"):
        with duckdb.connect(":memory:") as engine:
            rows = engine.execute("select * from read_parquet(?)", [str(path)]).fetchall()
        assert not names & {str(value) for row in rows for value in row}
        assert {len(row) for row in rows} <= {len(COLUMNS)}


@pytest.mark.django_db
def test_every_column_of_a_case_is_marked_and_what_is_left_out_is_not_selected() -> None:
    held = {
        name
        for (name,) in sql.rows(
            "select column_name from information_schema.columns where table_name = 'cases_case'"
        )
    }
    text = sql.statement(queries.__file__, "analysis_month")

    def columns_of(statement: str) -> set[str]:
        listed = statement.partition("from journal_fact")[0]
        return set(re.findall(r"\bc\.(\w+)", listed))

    selected = columns_of(text)
    assert selected <= EXPORTED, "a column leaves the house that nobody has marked"
    assert not selected & set(LEFT_OUT)
    assert set(LEFT_OUT) | EXPORTED <= held
    # The broken variant: a statement that exports the applicant's name is seen.
    wrong = text.replace("c.corrections", "c.applicant_name")
    assert not columns_of(wrong) <= EXPORTED


@pytest.mark.django_db
def test_the_page_asks_answers_and_exports() -> None:
    client = browser(analyst(more=(Capability.ANALYSIS_READ,)))
    assert "还没有完整导出过数据" in words(client.get("/desk/analysis"))
    assert "还没有可供分析的数据" in words(client.get("/desk/analysis", {"measure": "accepted"}))
    exported()
    period = {"first": "2022-04-01", "last": "2022-05-31"}
    text = words(
        client.get("/desk/analysis", {"measure": "accepted", "by1": "group", "by2": "source", **period})
    )
    assert "公共服务 部门系统上报 3" in text
    assert "行政许可 本平台办理 3" in text
    assert "数据截至" in text
    one = words(client.get("/desk/analysis", {"measure": "concluded", "group": "licence", **period}))
    assert "合计 2" in one
    assert "没有数据" in words(
        client.get("/desk/analysis", {"measure": "accepted", "by1": "item", "department": "';--", **period})
    )
    lines = body(
        client.get("/desk/analysis.csv", {"measure": "accepted", "by1": "month", **period})
    ).splitlines()
    assert lines == ["\ufeff月份,受理（件）", "2022-04,1", "2022-05,5"]
    for wrong in ({"measure": "x"}, {"by1": "applicant_name"}, {"first": "x"}):
        assert client.get("/desk/analysis", wrong).status_code == 422, wrong
        assert client.get("/desk/analysis.csv", wrong).status_code == 422, wrong
    assert client.post("/desk/analysis").status_code == 405
    assert browser(analyst()).get("/desk/analysis").status_code == 403
    assert Client().get("/desk/analysis").status_code == 302


@pytest.mark.django_db
def test_whoever_sees_one_department_is_answered_of_that_alone() -> None:
    exported()
    asked = {"measure": "accepted", "by1": "department", "first": "2022-04-01", "last": "2022-05-31"}
    near = browser(analyst(everywhere=False, more=(Capability.ANALYSIS_READ,)))
    assert "没有数据" in words(near.get("/desk/analysis", asked))
    assert answer(Asked("accepted", (), FIRST, LAST, departments=()), rows=3).rows == [(None,)]
    assert answer(Asked("accepted", (), FIRST, LAST, departments=(people.department().pk,)), rows=3).rows == [
        (3,)
    ]


@pytest.mark.django_db
def test_the_command_exports_what_moved() -> None:
    exported()
    today = date(2022, 5, 13)
    assert months_to_export(None, today) == ["2022-04", "2022-05"]
    assert months_to_export(today, today) == ["2022-04", "2022-05"], "what came late that day included"
    run = CliRunner().invoke(command, ["export", "--from", "2022-04", "--to", "2022-04"])
    assert (run.exit_code, run.output) == (0, "2022-04：3 条\n")
    assert CliRunner().invoke(command, ["export"]).exit_code == 0
    assert CliRunner().invoke(command, ["export", "--from", "2022-04"]).exit_code == 2
    assert json.loads((folder() / "about.json").read_text())["seal"] >= 1


@pytest.mark.django_db
def test_items_of_one_name_are_counted_together_by_name_and_apart_by_code() -> None:
    for number, times in ((1, 3), (2, 5)):
        item = Item.objects.create(
            id=uuid7(moment(FIRST)), code=f"510119-example-{number}", name="示例同名事项", item_type="20", department=people.department(),
            region=people.province(),
        )  # fmt: skip
        for _ in range(times):
            report(Reported(date(2022, 5, 9), "accepted", date(2022, 5, 9), item_id=item.pk))
    export_months(["2022-05"], at=moment(date(2022, 5, 13)), each=lambda *_: None)
    client = browser(analyst(more=(Capability.ANALYSIS_READ,)))
    told = {"measure": "accepted", "first": "2022-05-01", "last": "2022-05-31"}

    def lines(**more: str) -> list[str]:
        return body(client.get("/desk/analysis.csv", told | more)).splitlines()[1:]

    assert lines(by1="item") == ["示例同名事项,8"]
    assert lines(by1="item", by2="item_code") == [
        "示例同名事项,510119-example-1,3",
        "示例同名事项,510119-example-2,5",
    ]
    assert lines(item_code="510119-example-2") == ["合计,5"]


def two_counties() -> tuple[Department, Department]:
    """Two counties of two cities, both called 市中区, each with a bureau of the same name."""
    found = []
    for city, name in (("5110", "内江市"), ("5111", "乐山市")):
        people.division(f"{city}00000000", name)
        county = people.division(f"{city}02000000", "市中区", f"{city}00000000")
        found.append(people.local_office(county, "示例商务局", city[-3:]))
    return found[0], found[1]


@pytest.mark.django_db
def test_departments_of_one_name_are_told_apart_by_what_never_changes() -> None:
    """The analyst of one county sees its own figures alone, before and after bodies are renamed; two of one name are never one line.

    The broken variants go by what the files call a department: after a renaming they answer nothing, or with another's rows.
    """
    own, other = two_counties()
    for where, times in ((own, 3), (other, 5)):
        for _ in range(times):
            report(Reported(date(2022, 5, 9), "accepted", date(2022, 5, 9), department=where.pk))
    report(Reported(date(2022, 5, 9), "accepted", date(2022, 5, 9)))
    export_months(["2022-05"], at=moment(date(2022, 5, 13)), each=lambda *_: None)
    told = {"measure": "accepted", "by1": "department", "first": "2022-05-01", "last": "2022-05-31"}
    by = people.staff("bureau", people.post(own, "分析岗", [Capability.ANALYSIS_READ]))
    inside, outside = browser(by), browser(analyst(more=(Capability.ANALYSIS_READ,)))
    lines = body(outside.get("/desk/analysis.csv", told)).splitlines()[1:]
    unknown = f"名录里没有的部门（{DEPARTMENTS[0]}）,1"
    assert lines == [unknown, "示例商务局（乐山市市中区）,5", "示例商务局（内江市市中区）,3"]
    assert body(inside.get("/desk/analysis.csv", told)).splitlines()[1:] == ["示例商务局（内江市市中区）,3"]
    # Whoever narrows to a name that several have is asked which; one's own needs no more than its name.
    which = words(outside.get("/desk/analysis", {**told, "department": "示例商务局"}))
    assert "叫“示例商务局”的部门不止一个：示例商务局（乐山市市中区）；示例商务局（内江市市中区）。" in which
    assert outside.get("/desk/analysis.csv", {**told, "department": "示例商务局"}).status_code == 422
    assert "示例商务局（内江市市中区） 3" in words(
        inside.get("/desk/analysis", {**told, "department": "示例商务局"})
    )

    # The names change hands; the files stay what they are.
    Department.objects.filter(pk=own.pk).update(short_name="示例经济局", name="示例经济局")
    Department.objects.filter(pk=other.pk).update(region_id=own.region_id)
    assert department_labels()[other.pk] == "示例商务局"
    narrowed = {**told, "department": "示例经济局"}
    assert body(inside.get("/desk/analysis.csv", narrowed)).splitlines()[1:] == ["示例经济局,3"]
    assert "没有数据" in words(inside.get("/desk/analysis", {**told, "department": "示例商务局"}))
    right, given = statement(Asked("accepted", (), FIRST, LAST, departments=(own.pk,)), rows=1)
    by_name = right.replace("department_id in", "department in")
    for label, answered in (("示例经济局", None), ("示例商务局（内江市市中区）", 3)):
        wrong = columns.ask(folder(), ["2022-05"], by_name, [*given[:-1], label], rows=1)
        assert wrong.rows == [(answered,)], (
            "by its name of today nothing, and what it was called then somebody else may be called now"
        )


@pytest.mark.django_db
def test_every_department_has_a_label_of_its_own_however_alike_they_are() -> None:
    own, other = two_counties()
    alone = people.department()
    assert department_labels()[alone.pk] == alone.short_name, "a name that is nobody else's stays as it is"
    people.local_office(people.division("511181000000", "峨眉山市", "511100000000"), "示例商务局", "777")
    twin = people.local_office(own.region, "示例商务局", "778")
    strayed = people.local_office(
        Region.objects.create(code="519999000000", name="市中区", level="city"), "示例商务局", "779"
    )
    mimic = people.department("示例商务局（峨眉山市）", "780")
    named = department_labels()
    assert len(named) == len(set(named.values())) == Department.objects.count()
    assert (named[other.pk], named[strayed.pk]) == ("示例商务局（乐山市市中区）", "示例商务局（市中区）")
    assert (named[own.pk], named[twin.pk]) == (
        f"示例商务局（内江市市中区 {own.number_code}）", "示例商务局（内江市市中区 778）",
    )  # fmt: skip
    assert named[mimic.pk] == f"示例商务局（峨眉山市） {mimic.pk}"
    # A division that stands twice under one, too.
    doubled = people.division("511003000000", "市中区", "511000000000")
    there = people.local_office(doubled, "示例商务局", "781")
    assert department_labels()[there.pk] == "示例商务局（内江市市中区 511003000000）"


@pytest.mark.django_db
def test_files_of_an_earlier_version_are_made_anew_and_answer_for_no_department_until_then() -> None:
    """Half of the files still without the ids: whoever reaches one department is told so, never answered of a part or of nothing."""
    exported()
    today = date(2022, 5, 13)
    assert (made_on(), months_to_export(made_on(), today)) == (today, ["2022-04", "2022-05"])
    said = json.loads(noted())
    assert said.pop("columns") == list(COLUMNS)
    (folder() / "about.json").write_text(json.dumps(said))
    old = {name: kind for name, kind in COLUMNS.items() if name != "department_id"}
    row = ["2022-04-20", "case", "accepted", "水利厅", *[""] * (len(old) - 5), "1"]
    lines = [",".join(old), ",".join(row), ""]
    assert columns.write_month(folder(), "2022-04", ["\n".join(lines).encode()], old) == 1
    known = about()
    assert known is not None
    assert (known.current, made_on()) == (False, None)
    for asked in (
        Asked("accepted", (), FIRST, LAST, departments=(people.department().pk,)),
        Asked("accepted", ("department",), FIRST, LAST),
        Asked("accepted", (), FIRST, LAST, {"department": str(people.department().pk)}),
    ):
        with pytest.raises(Unavailable, match="不能按部门统计"):
            answer(asked, rows=9)
    assert answer(Asked("accepted", ("month",), FIRST, LAST), rows=9).rows == [("2022-04", 1), ("2022-05", 5)]
    scoped, given = statement(
        Asked("accepted", (), FIRST, LAST, departments=(people.department().pk,)), rows=1
    )
    broken = columns.ask(folder(), ["2022-04", "2022-05"], scoped, given, rows=1)
    assert broken.rows == [(2,)], "the broken variant leaves April out and says nothing"
    told = CliRunner().invoke(command, ["export"])
    assert told.output.splitlines() == ["2022-04：3 条", "2022-05：14 条"]
    assert made_on() is not None
    assert answer(Asked("accepted", (), FIRST, LAST, departments=(people.department().pk,)), rows=9).rows == [
        (3,)
    ]


def noted() -> str:
    return (folder() / "about.json").read_text()


@pytest.mark.django_db
def test_a_stretch_and_a_run_that_was_cut_off_do_not_hide_what_moved_in_other_months(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As of when the files are is what the next night asks from: only a run of all that moved may say it.

    Before, every single month noted the moment: after one month by hand, or a kill in the middle, what had moved in the others
    was in no file until it moved again.
    """
    exported()
    before, later = noted(), moment(date(2022, 5, 20))
    each: dict[str, Any] = {"at": later, "each": lambda *_: None}
    export_months(["2022-05"], **each, whole=False)
    assert CliRunner().invoke(command, ["export", "--from", "2022-04", "--to", "2022-04"]).exit_code == 0
    assert noted() == before, "a stretch is not everything"

    made = columns.write_month

    def dies(place: Path, name: str, *given: Any) -> int:
        if name == "2022-05":
            raise KeyboardInterrupt
        return made(place, name, *given)

    with monkeypatch.context() as patched:
        patched.setattr(columns, "write_month", dies)
        with pytest.raises(KeyboardInterrupt):
            export_months(["2022-04", "2022-05"], **each)
    assert noted() == before, "cut off in the middle"
    export_months(["2022-04", "2022-05"], **each)
    said = about()
    assert said is not None
    assert said.at == later


def test_no_word_of_a_reader_stands_in_a_statement() -> None:
    for measure in MEASURES:
        for one in DIMENSIONS:
            only = dict.fromkeys(FILTERS, "x' or 1=1 --")
            text, given = statement(Asked(measure.code, (one.code,), FIRST, LAST, only), rows=10)
            assert "1=1" not in text
            assert given.count("x' or 1=1 --") == len(FILTERS)
    with pytest.raises(KeyError):
        statement(Asked("accepted", ("applicant_name",), FIRST, LAST), rows=10)
    assert months(date(2021, 12, 31), date(2022, 2, 1)) == ["2021-12", "2022-01", "2022-02"]


def test_the_engine_opens_nothing_else_and_stops_in_time(tmp_path: Path) -> None:
    header = [b"a,b\n", b"1,x\n2,\n"]
    assert columns.write_month(tmp_path, "2022-05", header, {"a": "INTEGER", "b": "VARCHAR"}) == 2
    assert columns.months(tmp_path) == ["2022-05"]
    assert columns.ask(tmp_path, ["2022-05"], "select a, b from facts order by a", [], rows=1).more
    with pytest.raises(Unavailable):
        columns.ask(tmp_path, [], "select 1", [], rows=1)
    other = tmp_path.parent / "secret.csv"
    other.write_text("a\n1\n")
    for forbidden in (
        f"select * from read_csv('{other}')",
        "copy facts to '/nowhere.csv'",
        "set memory_limit = '8GB'",
    ):
        with pytest.raises(Unavailable, match="没有给出结果"):
            columns.ask(tmp_path, ["2022-05"], forbidden, [], rows=1)
    began = time.monotonic()
    endless = "select count(*) from range(1000000000) x, range(1000) y where (x.range * y.range) % 7 = 3"
    with pytest.raises(Invalid, match="没有算完"):
        columns.ask(tmp_path, ["2022-05"], endless, [], rows=1, seconds=1.5)
    assert time.monotonic() - began < 10
