"""The pages that say whether figures can be trusted, and what departments' systems began and never ended."""

from datetime import date, timedelta

import pytest

from yichuang.cases.tests import factories as make
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.statistics import commands, queries
from yichuang.statistics.commands.recount import recount
from yichuang.statistics.tests.happenings import moment
from yichuang.statistics.tests.reported import Reported, report
from yichuang.statistics.tests.test_pages import MAY, analyst, body, browser, words
from yichuang.workdays import queries as workdays

pytestmark = pytest.mark.django_db
TODAY = date(2022, 5, 13)


@pytest.fixture(autouse=True)
def _friday(monkeypatch: pytest.MonkeyPatch) -> None:
    """The business day of these tests."""
    at = make.day("2022-05-13", 16)
    monkeypatch.setattr("config.front_door.now", lambda: at)
    monkeypatch.setattr(workdays, "now", lambda: at)


def drain(day: date) -> None:
    """Drain everything on a day."""
    while commands.close_batch(at=moment(day)):
        pass


def test_what_came_late_is_listed_paged_and_exported() -> None:
    for number in range(60):
        report(Reported(TODAY - timedelta(days=number + 1), "accepted", TODAY))
    report(Reported(TODAY, "accepted", TODAY))
    drain(TODAY)
    client = browser(analyst())
    first = client.get("/desk/figures/late")
    text = words(first)
    assert "共 60 条记录迟到，涉及 60 个业务日期" in text
    assert "2022-05-13 2022-05-12" in text
    assert "部门系统上报 +1" in text
    following = first.context["following"] if first.context else ""
    link = following or next(part for part in first.content.decode().split('"') if "after=" in part)
    second = words(client.get("/desk/figures/late" + link.replace("&amp;", "&")))
    assert "2022-03-14" in second
    assert "2022-05-12" not in second
    lines = body(client.get("/desk/figures/late.csv")).splitlines()
    assert len(lines) == 61
    assert lines[0].startswith("\ufeff补计日期,业务日期,部门")
    assert client.get("/desk/figures/late", {"first": "x"}).status_code == 422
    assert client.get("/desk/figures/late.csv", {"first": "x"}).status_code == 422
    assert client.get("/desk/figures/late", {"after": "zzz"}).status_code == 422
    with sql.counting() as statements:
        client.get("/desk/figures/late")
    assert len(statements) <= 12
    nothing = words(client.get("/desk/figures/late", {"first": "2021-01-01", "last": "2021-01-05"}))
    assert "这一段没有迟到的记录" in nothing


def test_the_recounts_are_shown_with_their_first_difference() -> None:
    client = browser(analyst())
    assert "还没有复核过" in words(client.get("/desk/figures/recounts"))
    report(Reported(TODAY, "accepted", TODAY))
    drain(TODAY)
    recount(TODAY, TODAY, by=SYSTEM, at=moment(TODAY))
    assert "全部相符：最近一次复核了 1 天" in words(client.get("/desk/figures/recounts"))
    sql.execute("update statistics_daily set count = count + 1")
    recount(TODAY, TODAY, by=SYSTEM, at=moment(TODAY, 17))
    text = words(client.get("/desk/figures/recounts"))
    assert "有 1 个数与事实账不符" in text
    assert "首个差异：2022-05-13 daily" in text
    assert "figures rebuild" in text


def test_what_was_reported_and_never_ended_stands_apart_from_the_cases_on_hand() -> None:
    make.in_review(make.day("2022-05-10"))
    for number in range(7):
        report(Reported(TODAY - timedelta(days=100 - number), "accepted", TODAY))
    kept = [report(Reported(date(2022, 5, 4), "accepted", TODAY)) for _ in range(5)]
    for subject, verb in zip(kept, ("decided", "withdrawn", "terminated"), strict=False):
        report(Reported(date(2022, 5, 10), verb, TODAY), subject)
    for drained in (False, True):
        if drained:
            drain(TODAY)
        assert queries.reported_open(TODAY) == {"licence": 0, "public_service": 9, "other_nine": 0}
        assert queries.reported_open(date(2022, 5, 3))["public_service"] == 7
        whole = queries.reported_flows(date(2022, 5, 2), TODAY)
        (row,) = [one for one in whole if one.group == "public_service" and one.department is None]
        assert (row.opening, row.accepted, row.decided, row.withdrawn, row.terminated, row.closing) == (
            7,
            5,
            1,
            1,
            1,
            9,
        )
        # The balance counts what the platform handles alone.
        mine = {one.group: one for one in queries.balances(date(2022, 5, 2), TODAY) if one.department is None}
        assert (mine["licence"].closing, mine["public_service"].closing) == (1, 0)
        assert queries.imbalances(date(2022, 5, 2), TODAY) == []
    client = browser(analyst())
    desk = words(client.get("/desk/figures", MAY))
    assert "已报受理未报办结" in desk
    assert "公共服务 7 5 1 2 9" in desk
    assert "公共服务 全部部门 7 5 1 1 1 9" in words(client.get("/desk/figures/balance", MAY))
    assert "没有办理期限" in words(client.get("/figures/definitions"))


def test_of_what_nobody_limited_no_share_is_told() -> None:
    report(Reported(TODAY, "decided", TODAY))
    values = queries.cells(first_day=TODAY, last_day=TODAY).values()
    assert (values["concluded"], values["on_time_share"], values["mean_days"]) == (1, None, None)
    report(Reported(TODAY, "decided", TODAY, promptness="early", days_used=3))
    report(Reported(TODAY, "decided", TODAY, promptness="late", days_used=9, limit_days=5))
    for drained in (False, True):
        if drained:
            drain(TODAY)
        values = queries.cells(first_day=TODAY, last_day=TODAY).values()
        assert (values["concluded"], str(values["on_time_share"]), str(values["mean_days"])) == (
            3,
            "50.00",
            "6.0",
        )
        assert (str(values["mean_limit"]), str(values["median_days"]), str(values["p90_days"])) == (
            "5.0",
            "3",
            "9",
        )
