"""Every list in its file is the list on its page: the same rows in the same order, no more than the person may see."""

import csv
import io
import unicodedata
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.cases.queries import Filters, Tab, export
from yichuang.cases.queries.queues import NOT_ALL
from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.directory.queries import MOST_FOUND
from yichuang.directory.tests import factories as people
from yichuang.exchange.tests import factories as exchange
from yichuang.exports.queries import wording
from yichuang.exports.queries.lists import LISTS, narrowed, selection, words_of
from yichuang.exports.queries.wording import masked_name, safe, statement, worded
from yichuang.exports.tests.test_run import HELD, exporter
from yichuang.feedback.tests import factories as feedback
from yichuang.home.tests.visitors import browser
from yichuang.kernel import csv_out, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid, Missing, Refused
from yichuang.kernel.masking import Personal, mask
from yichuang.programmes.queries.campaign_cases import campaign_cases
from yichuang.programmes.tests import factories as campaigns
from yichuang.statistics.queries import counted_cases
from yichuang.statistics.tests.reported import Reported, report

pytestmark = pytest.mark.django_db
TODAY = make.LATER.date()


def read(code: str, by: Actor, **asked: str) -> list[tuple[Any, ...]]:
    """The rows of a list as its file has them."""
    chosen = selection(code, asked, by=by, today=TODAY)
    return sql.rows(statement(chosen.columns, chosen.source, formulas_off=True), chosen.parameters)


def test_each_tab_holds_what_the_desk_holds() -> None:
    made = {state: in_state() for state, in_state in make.IN_STATE.items()}
    by, some = exporter(), next(iter(made.values()))
    for tab in Tab:
        on_page = [row.number for row in export(tab, by=by, filters=Filters())]
        assert [row[0] for row in read("queue", by, tab=tab)] == on_page
        narrow = {"department": str(some.department_id), "item": str(some.item_id)}
        assert [row[0] for row in read("queue", by, tab=tab, **narrow)] == on_page
        assert read("queue", by, tab=tab, green="1") == []
        assert read("queue", by, tab=tab, item=str(some.id)) == []
    day = TODAY + timedelta(days=200)
    for asked, filters in (
        ({"mine": "1"}, Filters(mine=True)), ({"overdue": "1"}, Filters(overdue_on=TODAY)),
        ({"due_from": str(day)}, Filters(due_from=day)), ({"due_to": str(day)}, Filters(due_to=day)),
    ):  # fmt: skip
        expected = [row.number for row in export(Tab.IN_HAND, by=by, filters=filters)]
        assert [row[0] for row in read("queue", by, tab="in_hand", **asked)] == expected
    found = read("search", by, q="示例")
    assert {row[0] for row in found} == {row.number for row in made.values()}
    assert [row[0] for row in read("search", by, q=some.number)] == [some.number]
    assert read("search", by, q="没有这个") == []


def test_a_search_that_fits_more_than_it_lists_says_so() -> None:
    """The real question: one applicant more than are listed. Before, their cases were left out without a word."""
    row, by = make.filed(), exporter()
    for serial in range(MOST_FOUND):
        assert selection("search", {"q": "示例科技"}, by=by, today=TODAY).note == "", serial
        sql.execute(
            "insert into directory_applicant select (json_populate_record(a, json_build_object('id', gen_random_uuid(), "
            "'paper_number', %(paper)s::text))).* from directory_applicant a where id = %(like)s",
            {"paper": f"示例{serial}", "like": row.applicant_id},
        )
    chosen = selection("search", {"q": "示例科技"}, by=by, today=TODAY)
    assert chosen.note == NOT_ALL
    assert len(chosen.parameters["people"]) == MOST_FOUND
    assert words_of("search", {"q": "示例科技"}, by=by).endswith("仅含其中 20 名申请人")
    assert selection("search", {"q": row.number}, by=by, today=TODAY).note == ""


def test_nobody_gets_more_than_his_departments_and_his_clearance() -> None:
    """The broken variant: without the condition the other department's clerk has rows."""
    row = make.filed()
    other = people.staff("commerce", people.post(people.department("商务厅", "121", "川商"), "导出岗", [
        *people.REVIEWER, Capability.LIST_EXPORT, Capability.FIGURES_READ
    ]))  # fmt: skip
    questions: list[tuple[str, dict[str, str]]] = [
        ("queue", {"tab": "to_accept"}), ("search", {"q": row.number}),
        ("counted", {"measure": "received", "first": str(row.filed_on), "last": str(row.filed_on)}),
    ]  # fmt: skip
    for code, asked in questions:
        assert len(read(code, exporter(), **asked)) == 1
        assert read(code, other, **asked) == []
    sql.execute("update cases_case set confidentiality = 2")
    for code, asked in questions:
        assert read(code, exporter(), **asked) == []


def test_the_cases_behind_a_figure() -> None:
    for in_state in make.IN_STATE.values():
        in_state()
    by = exporter()
    first, last = make.AT.date(), make.AT.date() + timedelta(days=200)
    for measure in ("received", "accepted", "concluded", "instant", "terminated"):
        page = counted_cases(measure, by=by, first_day=first, last_day=last, group="licence", size=100)
        found = read("counted", by, measure=measure, first=str(first), last=str(last), group="licence")
        assert [(row[0], row[3]) for row in found] == [(case.number, case.day) for case in page.rows], measure
        assert [row[6] for row in found] == [case.days_used for case in page.rows]


def test_what_departments_reported_stands_in_the_file_as_on_the_page() -> None:
    """The figure counts both sources, and so do its page, its CSV and its file; what was taken back is in none of them.

    The broken variant reads the platform's own cases alone: of a figure of four the file has one row.
    """
    own, day = make.in_review(make.day("2022-05-10")), "2022-05-10"
    exchange.send(
        [exchange.event(number, day=day) for number in ("S-1", "=S-2", "S-3", "S-4")]
        + [exchange.event("S-1", 2, "decided", "2022-05-11")]
    )
    ids = dict(sql.rows("select source_number, id from exchange_case"))
    where = people.department().pk
    report(
        Reported(date(2022, 5, 10), "accepted", date(2022, 5, 11), department=where, quantity=-1), ids["S-4"]
    )
    by = people.staff("supervisor", people.post(people.department("督查处", "904", ""), "督查岗", [
        Capability.LIST_EXPORT, Capability.FIGURES_READ, Capability.CASE_SEARCH
    ], everywhere=True))  # fmt: skip
    period = {"first": day, "last": "2022-05-11"}
    for measure, sources, whole in (
        ("accepted", {"本平台办理", "部门系统上报"}, 4),
        ("concluded", {"部门系统上报"}, 1),
    ):
        page = counted_cases(
            measure, by=by, first_day=date(2022, 5, 10), last_day=date(2022, 5, 11), size=100
        ).rows
        found = read("counted", by, measure=measure, **period)
        assert [(row[0].removeprefix("'"), row[3]) for row in found] == [
            (one.number, one.day) for one in page
        ]
        assert [bool(row[4]) for row in found] == [measure == "concluded"] * whole
        assert {row[-1] for row in found} == sources
        chosen = selection("counted", {"measure": measure, **period}, by=by, today=TODAY)
        answer: Any = browser(by).get("/desk/figures/cases.csv", {"measure": measure, **period})
        told = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode()[1:])))
        # Every cell under a heading of its own, the same in both files.
        assert [len(row) for row in told] == [len(told[0])] * (whole + 1)
        assert told == [
            [one.name for one in chosen.columns],
            *([str("" if c is None else c) for c in row] for row in found),
        ]
    numbers = [row[0] for row in read("counted", by, measure="accepted", **period)]
    assert (numbers[0], sorted(numbers[1:])) == (own.number, ["'=S-2", "S-1", "S-3"])
    listed = browser(by).get("/desk/figures/cases", {"measure": "accepted", **period}).content.decode()
    assert f'/desk/exchange/cases/{ids["S-1"]}"' in listed, "a reported case opens from its figure, too"
    assert str(ids["S-4"]) not in listed
    elsewhere = people.staff("other-supervisor", people.post(people.department("商务厅", "125", "川商"), "督查岗", [
        Capability.LIST_EXPORT, Capability.FIGURES_READ
    ]))  # fmt: skip
    assert read("counted", elsewhere, measure="accepted", **period) == []
    assert read("counted", by, measure="accepted", **period, group="licence", department=str(where)) == [
        row for row in read("counted", by, measure="accepted", **period) if row[0] == own.number
    ]
    assert words_of("counted", {"measure": "accepted", **period}, by=by).endswith(
        f"受理、{day} 至 2022-05-11"
    )


def test_every_list_is_said_in_words_and_refuses_what_it_cannot_read() -> None:
    by = exporter()
    asked = {
        "queue": {"tab": "done", "green": "1"}, "search": {"q": "510101199001011237"},
        "counted": {"measure": "accepted", "first": "2022-05-01", "last": "2022-05-12", "group": "licence"},
        "campaign": {"campaign": str(make.NO_GUIDE)}, "ratings": {"first": "2022-05-01", "level": "5"},
        "complaints": {"today": "1"},
    }  # fmt: skip
    assert set(asked) == set(LISTS)
    assert words_of("queue", asked["queue"], by=by) == "办件清单：已办、急件"
    assert words_of("search", {"q": "张示例"}, by=by) == "查办件的结果：查找“张*例”"
    row = make.filed()
    assert words_of("search", {"q": row.number}, by=by).endswith(row.number)
    assert words_of("search", asked["search"], by=by) == "查办件的结果：按证件号码查找", (
        "a person's number is not repeated"
    )
    assert (
        words_of("counted", asked["counted"], by=by)
        == "统计数字之下的办件：受理、2022-05-01 至 2022-05-12、行政许可"
    )
    assert words_of("ratings", asked["ratings"], by=by) == "好差评：2022-05-01 至 今天、所选满意程度"
    with pytest.raises(Missing):
        words_of("campaign", asked["campaign"], by=by)
    with pytest.raises(Missing):
        read("campaign", by, **asked["campaign"])
    for code in ("ratings", "complaints"):
        assert read(code, by, **asked[code]) == []
    for code, wrong in (
        ("counted", {"measure": "accepted", "first": "x", "last": "y"}),
        ("ratings", {"last": "昨天"}),
        ("campaign", {}),
        ("search", {"q": " "}),
    ):
        with pytest.raises(Invalid):
            read(code, by, **wrong)
    nobody = Actor("staff", "无权（示例）", by.id, by.department_id, capabilities=frozenset({"list.export"}))
    for code in LISTS:
        with pytest.raises(Refused):
            read(code, nobody, **asked[code])
    assert narrowed(LISTS["search"], {"q": "a\0" + "长" * 300, "tab": "x"}) == {"q": "a" + "长" * 199}


CELLS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)


@given(
    st.lists(
        CELLS | st.sampled_from(csv_out.DANGEROUS).flatmap(lambda sign: CELLS.map(lambda rest: sign + rest)),
        max_size=40,
    )
)
@settings(max_examples=40)
def test_the_server_neutralises_as_we_do(cells: list[str]) -> None:
    """Cells of any signs; a cell whose first visible sign is in doubt is rather neutralised than run."""
    found = sql.rows(f"select c, {safe('c')} from unnest(%(cells)s::text[]) c", {"cells": cells})
    assert [shown for _, shown in found] == [csv_out.safe(cell) for cell in cells]


def test_every_sign_at_the_start_of_a_cell_is_judged_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of Unicode's first two planes but letters; the broken variant knows the space alone as unseen."""
    codes = [*range(1, 0x4E00), *range(0xA000, 0xD800), *range(0xE000, 0x20000), *range(0xE0000, 0xE0200)]
    # What this Python's table of signs does not know yet the server may neutralise beforehand.
    cells = [f"{chr(code)}=1" for code in codes if unicodedata.category(chr(code)) != "Cn"]
    (wrong,) = sql.rows(f"select array_agg(c) filter (where {safe('c')} <> s) from unnest(%(cells)s::text[], %(ours)s::text[]) u (c, s)", {
        "cells": cells, "ours": [csv_out.safe(cell) for cell in cells]
    })  # fmt: skip
    assert [f"{ord(cell[0]):x}" for cell in wrong[0] or []] == []
    monkeypatch.setattr(wording, "UNSEEN", ((0x20, 0x20),))
    assert sql.one(f"select {safe('c')} from (values (U&'\\200B=1')) u (c)") == ("\u200b=1",), "would run"


@given(st.lists(CELLS, max_size=30))
@settings(max_examples=30)
def test_the_server_masks_as_we_do(names: list[str]) -> None:
    names = [name.strip() for name in names]
    found = sql.rows(
        f"select {masked_name('c', 'true')}, {masked_name('c', 'null::boolean')}, {masked_name('c', 'false')} from unnest(%(names)s::text[]) c",
        {"names": names},
    )
    assert found == [(mask(Personal.NAME, name), mask(Personal.NAME, name), name) for name in names]


def test_labels_survive_quotes_and_per_cent() -> None:
    labels = {"a": "50%", "b": "it's"}.items()
    assert sql.rows(f"select {worded('c', labels)} from (values ('a'), ('b'), ('c'), (null)) v (c) where %(x)s", {"x": True}) == [
        ("50%",), ("it's",), ("",), ("",),
    ]  # fmt: skip


def test_a_day_is_a_day() -> None:
    assert wording.asked_day({"x": "2022-05-01"}, "x") == date(2022, 5, 1)
    assert wording.asked_day({}, "x") is None


def test_feedback_is_what_its_own_csv_holds_and_names_nobody() -> None:
    first, last = feedback.rating(5, words="=不满意"), feedback.rating(4, at=feedback.AT + timedelta(hours=1))
    told = feedback.complaint(words="+窗口一直没有人")
    day = str(feedback.AT.date())
    office = people.department("示例处", "903", "")
    held = [Capability.LIST_EXPORT, Capability.FEEDBACK_HANDLE, Capability.FEEDBACK_REVIEW]
    by = people.staff("listener", people.post(office, "评价岗", held, everywhere=True))
    pages = browser(by)
    for code, address in (
        ("ratings", "/desk/feedback/ratings.csv"),
        ("complaints", "/desk/feedback/complaints.csv"),
    ):
        answer: Any = pages.get(address, {"first": day, "last": day})
        on_page = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode()[1:])))
        chosen = selection(code, {"first": day, "last": day}, by=by, today=TODAY)
        assert [one.name for one in chosen.columns] == on_page[0]
        found = read(code, by, first=day, last=day)
        assert [["" if cell is None else str(cell) for cell in row] for row in found] == on_page[1:]
    assert [row[6] for row in read("ratings", by, first=day, last=day)] == [last.words, f"'{first.words}"]
    assert len(read("ratings", by, first=day, last=day, level="5")) == 1
    assert (
        read("complaints", by, first=day, last=day, kind="stuck" if told.kind != "stuck" else "question")
        == []
    )


def test_the_cases_of_a_campaign_with_their_filer() -> None:
    found = campaigns.campaign()
    filer = campaigns.filer(found, 0)
    for day in (5, 6):
        campaigns.filed(campaigns.company(0), campaigns.item(), date(2022, 5, day))
    by = people.staff(
        "campaigner", people.post(campaigns.water(), "专项岗", [*HELD, Capability.PROGRAMME_KEEP])
    )
    page = campaign_cases(found, by=by, today=TODAY).rows
    asked = {"campaign": str(found.pk)}
    assert [cells[:2] for cells in read("campaign", by, **asked)] == [
        (filer.name, row.number) for row in page
    ]
    narrow = asked | {"filer": str(filer.pk), "day": "2022-05-06"}
    assert [cells[1] for cells in read("campaign", by, **narrow)] == [page[0].number]
    assert (
        words_of("campaign", narrow, by=by)
        == f"专项的办件：{found.short_title}、{filer.name}、2022-05-06 提交"
    )
