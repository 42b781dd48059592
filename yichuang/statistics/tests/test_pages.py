"""The pages of figures: for everybody, for the desk, down to the cases behind a number."""

from datetime import date
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, override_settings
from django.utils.html import strip_tags

from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.statistics import commands, queries
from yichuang.statistics.pages.period import last_full_week, period, this_week
from yichuang.statistics.pages.tables import LINKED
from yichuang.workdays import queries as workdays

pytestmark = pytest.mark.django_db
MAY = {"first": "2022-05-02", "last": "2022-05-15"}


@pytest.fixture(autouse=True)
def _friday(monkeypatch: pytest.MonkeyPatch) -> None:
    """The business day of these tests."""
    at = make.day("2022-05-13", 16)
    monkeypatch.setattr("config.front_door.now", lambda: at)
    monkeypatch.setattr(workdays, "now", lambda: at)


def analyst(*, everywhere: bool = True, more: tuple[Capability, ...] = ()) -> Actor:
    """Somebody who reads figures."""
    office = people.department("示例督查处", "902", "")
    where = office if everywhere else people.department("商务厅", "125", "川商")
    name = f"analyst{everywhere}{len(more)}"
    return people.staff(
        name, people.post(where, name, [Capability.FIGURES_READ, *more], everywhere=everywhere)
    )


def browser(who: Actor) -> Client:
    client = Client()
    client.force_login(people.account_of(who), backend="django.contrib.auth.backends.ModelBackend")
    return client


def words(response: Any) -> str:
    return " ".join(strip_tags(response.content.decode().replace("<", " <")).split())


def body(response: Any) -> str:
    return b"".join(response.streaming_content).decode()


def test_everybody_sees_the_week_and_the_year_with_what_they_mean() -> None:
    make.in_review(make.day("2022-04-28"))
    make.decided(make.day("2022-05-05"))
    make.in_review(make.day("2022-05-11"))
    response = Client().get("/figures")
    text = words(response)
    assert response.status_code == 200
    assert "本周（2022年5月9日至2022年5月13日）" in text
    assert "行政许可 1 1 100.00 100.00" in text
    assert "行政许可 3 1" in text
    assert "作出受理的件数；按受理之日" in text
    assert "未封账" in text or "待封账" in text or "还未封账" in text
    assert "<svg" in response.content.decode()


def test_the_public_page_says_which_seal_and_counts_what_is_not_sealed() -> None:
    make.in_review(make.day("2022-05-11"))
    while commands.close_batch(at=make.AT):
        pass
    make.in_review(make.day("2022-05-12"))
    text = words(Client().get("/figures"))
    assert "已封账至第 1 号" in text
    assert "还未封账的 2 条记录也已计入" in text
    assert "行政许可 2 0" in text


def test_brought_forward_totals_show_with_their_source() -> None:
    commands.bring_forward(
        as_of=date(2022, 5, 6), group="licence", measure="accepted", value=369_861, is_total=True,
        source="窗口工作周报 2022年第14期", by=SYSTEM, at=make.AT,
    )  # fmt: skip
    make.in_review(make.day("2022-05-11"))
    text = words(Client().get("/figures"))
    assert "369,862" in text
    assert "窗口工作周报 2022年第14期" in text
    desk = words(browser(analyst()).get("/desk/figures", MAY))
    assert "369,861 1 369,862 2022-05-06 累计 369,861（窗口工作周报 2022年第14期）" in desk


def test_without_any_case_the_pages_stand() -> None:
    assert "近四周" in words(Client().get("/figures"))
    assert "没有数字" in words(browser(analyst()).get("/desk/figures"))


def test_every_measure_is_defined_for_readers() -> None:
    text = words(Client().get("/figures/definitions"))
    for label in ("收件", "办结", "九成办结用时", "按结果记录之日；本期办结的件可能是以前受理的"):
        assert label in text


def test_the_csv_holds_every_measure_of_both_scopes() -> None:
    make.decided(make.day("2022-05-05"))
    lines = body(Client().get("/figures.csv")).splitlines()
    assert lines[0].startswith("\ufeff范围,起,止,类别,统计项,数值,单位,口径")
    # Three groups in two scopes, four acts of the window in two, one figure of manuals and three as of the end.
    assert len(lines) == 1 + 2 * 3 * 16 + 2 * 4 + 1 + 3
    first = next(line for line in lines if "提前办结率" in line)
    assert first.startswith("本期,2022-05-09,2022-05-13,行政许可,提前办结率,100.00,百分比,")


@pytest.mark.parametrize(
    "address",
    [
        "/desk/figures",
        "/desk/figures.csv",
        "/desk/figures/cases?measure=accepted",
        "/desk/figures/brought-forward",
    ],
)
def test_the_desk_is_closed_without_the_capability(address: str) -> None:
    assert Client().get(address).status_code == 302
    assert browser(people.clerk()).get(address).status_code == 403


def test_every_number_of_the_desk_leads_to_as_many_cases() -> None:
    make.delivered()
    make.in_review()
    make.refused()
    make.terminated()
    client = browser(analyst())
    html = client.get("/desk/figures", MAY).content.decode()
    cells = queries.cells(first_day=date(2022, 5, 2), last_day=date(2022, 5, 15))
    for measure, value in cells.values("licence").items():
        if measure in LINKED and isinstance(value, int) and value:
            address = f"/desk/figures/cases?measure={measure}&amp;first=2022-05-02&amp;last=2022-05-15&amp;group=licence"
            assert address in html, measure
            listed = client.get(address.replace("&amp;", "&")).content.decode()
            assert f"：{value} 件</h1>" in listed
            assert listed.count('data-label="办件编号"') == value


def test_a_department_sees_only_its_own_cases_behind_a_number() -> None:
    make.in_review()
    response = browser(analyst(everywhere=False)).get("/desk/figures/cases", {"measure": "accepted", **MAY})
    text = words(response)
    assert "受理：1 件" in text
    assert "下面只列出您有权查看的件" in text
    assert "没有您有权查看的件" in text


def test_the_list_of_cases_pages_and_exports() -> None:
    for _ in range(51):
        make.filed()
    client = browser(analyst(more=(Capability.CASE_SEARCH,)))
    asked = {"measure": "received", **MAY}
    first = client.get("/desk/figures/cases", asked)
    following = first.content.decode().partition("after=")[2].partition('"')[0]
    assert words(first).count("CS-") == 0 or following
    second = client.get(
        f"/desk/figures/cases?measure=received&first={MAY['first']}&last={MAY['last']}&after={following}"
    )
    assert second.content.decode().count('data-label="办件编号"') == 1
    assert "回到第一页" in words(second)
    assert len(body(client.get("/desk/figures/cases.csv", asked)).splitlines()) == 52


@pytest.mark.parametrize(
    "query", ["measure=mean_days", "measure=invented", "measure=accepted&group=x", "measure=accepted&department=x",
              "measure=accepted&first=2022-13-01", "measure=accepted&after=broken"],
)  # fmt: skip
def test_a_wrong_link_is_told_plainly(query: str) -> None:
    assert browser(analyst()).get(f"/desk/figures/cases?{query}").status_code == 422


def test_the_statements_of_the_desk_do_not_grow_with_cases() -> None:
    client = browser(analyst())
    make.delivered()

    def count() -> int:
        with sql.counting() as statements:
            assert client.get("/desk/figures", MAY).status_code == 200
        return len(statements)

    before = count()
    for _ in range(4):
        make.delivered()
        make.refused()
    assert count() == before <= 18


def test_a_wrong_period_is_shown_at_its_field_and_the_last_week_stands() -> None:
    response = browser(analyst()).get("/desk/figures", {"first": "2022-05-20", "last": "2022-05-01"})
    assert response.status_code == 422
    assert "最后一天应不早于第一天" in words(response)
    assert "2022年5月2日至2022年5月8日" in words(response)
    assert browser(analyst()).get("/desk/figures.csv", {"first": "x"}).status_code == 422


def test_the_desk_csv_has_groups_and_departments() -> None:
    make.delivered()
    lines = body(browser(analyst()).get("/desk/figures.csv", MAY)).splitlines()
    assert [line.split(",")[2:4] for line in lines[1:]] == [
        ["类别", "行政许可"], ["类别", "公共服务"], ["类别", "其它九类行权事项"], ["类别", "合计"], ["部门", "水利厅"],
    ]  # fmt: skip


def test_weeks_begin_on_monday() -> None:
    assert last_full_week(date(2022, 5, 15)) == (date(2022, 5, 2), date(2022, 5, 8))
    assert last_full_week(date(2022, 5, 16)) == (date(2022, 5, 9), date(2022, 5, 15))
    assert this_week(date(2022, 5, 9)) == (date(2022, 5, 9), date(2022, 5, 9))
    assert period({"first": "2016-01-01", "last": "2022-01-01"}, date(2022, 5, 13)).wrong == {
        "first": "一次最多统计五年"
    }


ENTRY = {
    "as_of": "2022-05-06", "group": "licence", "measure": "accepted", "kind": "total", "value": "369,861",
    "source": "窗口工作周报 2022年第14期",
}  # fmt: skip


def keeper() -> Client:
    return browser(analyst(more=(Capability.FIGURES_BRING_FORWARD,)))


def test_a_total_is_entered_once_and_cancelled_with_a_reason() -> None:
    client = keeper()
    assert "还没有承前数" in words(client.get("/desk/figures/brought-forward"))
    assert client.post("/desk/figures/brought-forward/enter", ENTRY).status_code == 302
    again = client.post("/desk/figures/brought-forward/enter", ENTRY)
    assert again.status_code == 409
    assert "已经录入" in words(again)
    assert queries.year_to_date(date(2022, 5, 13))["licence", "accepted"] == 369_861
    (entry,) = queries.brought_forward()
    silent = client.post(f"/desk/figures/brought-forward/{entry.pk}/cancel", {"reason": " "})
    assert silent.status_code == 422
    assert (
        client.post(f"/desk/figures/brought-forward/{entry.pk}/cancel", {"reason": "录错了一位"}).status_code
        == 302
    )
    assert "已注销" in words(client.get("/desk/figures/brought-forward"))
    assert queries.year_to_date(date(2022, 5, 13))["licence", "accepted"] == 0
    assert (
        client.post(f"/desk/figures/brought-forward/{entry.pk}/cancel", {"reason": "再来"}).status_code == 404
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("as_of", "2022-05-14"), ("as_of", "yesterday"), ("as_of", ""), ("value", "-1"), ("value", "一千"), ("value", ""),
        ("value", "9" * 13), ("group", "x"), ("measure", "late"), ("kind", ""), ("source", " "),
    ],
)  # fmt: skip
def test_a_faulty_entry_keeps_what_was_typed_and_says_what_is_wrong(field: str, value: str) -> None:
    response: HttpResponse = keeper().post("/desk/figures/brought-forward/enter", {**ENTRY, field: value})  # type: ignore[assignment]
    html = response.content.decode()
    assert response.status_code == 422
    assert f'href="#f-{field}"' in html
    if field != "source":
        assert "窗口工作周报 2022年第14期" in html
    assert queries.brought_forward() == []


# A slow machine must not be asked for the calendar in between.
@override_settings(CALENDAR_PROBE_SECONDS=600.0)
def test_the_page_takes_two_statements_whatever_the_period() -> None:
    """The session with its account, and one for all figures; one more where the year goes on from what was brought forward."""
    make.delivered()
    client = browser(analyst())
    client.get("/desk/figures", MAY)
    year, day = ({"first": "2022-01-01", "last": "2022-05-31"}, {"first": "2022-05-02", "last": "2022-05-02"})
    for asked in (MAY, year, day):
        with sql.counting() as statements:
            assert client.get("/desk/figures", asked).status_code == 200
        assert len(statements) == 2, statements
        # What waits for the drain is grouped once for all tables of a statement.
        assert [one.count("from (select * from journal_fresh") for one in statements] == [0, 1]
    commands.bring_forward(
        as_of=date(2022, 1, 31), group="licence", measure="accepted", value=100, is_total=True, source="周报", by=SYSTEM, at=make.AT,
    )  # fmt: skip
    with sql.counting() as statements:
        assert client.get("/desk/figures", year).status_code == 200
    assert len(statements) == 3, statements
