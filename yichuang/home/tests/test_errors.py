"""Error pages: what happened, how to mend it, in the look of the house, whatever else is broken."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.test import Client, RequestFactory

from yichuang.directory.tests import factories as people
from yichuang.home.pages import errors
from yichuang.home.queries import frame
from yichuang.home.tests.visitors import browser, text
from yichuang.kernel import sql
from yichuang.kernel.actor import ANONYMOUS
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem, Refused, Unavailable
from yichuang.workdays.queries import real_now

PROBLEMS: list[tuple[type[Problem], int, str]] = [
    (Problem, 400, "请求有误"),
    (Refused, 403, "没有权限"),
    (Missing, 404, "没有找到"),
    (Conflict, 409, "内容已变化"),
    (Invalid, 422, "填写有误"),
    (Unavailable, 503, "暂时无法办理"),
]


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(**_: Any) -> None:
        raise error

    monkeypatch.setattr("yichuang.home.pages.start.reports.latest", fail)


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "status", "title"), PROBLEMS)
def test_a_problem_is_told_in_the_look_of_the_house(
    monkeypatch: pytest.MonkeyPatch, kind: type[Problem], status: int, title: str
) -> None:
    failing(monkeypatch, kind("周报数据核对不上。", how="请联系<b>编辑</b>。", fields={"a": "这里不对"}))
    response = Client().get("/")
    said = text(response)
    assert response.status_code == status
    for words in (title, f"错误 {status}", "周报数据核对不上。", "这里不对", "怎么办", "回到首页"):
        assert words in said
    assert "&lt;b&gt;编辑&lt;/b&gt;" in response.content.decode()


@pytest.mark.django_db
def test_a_refusal_offers_the_sign_in_to_strangers_and_the_desk_to_staff(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failing(monkeypatch, Refused("不可以。"))
    assert 'href="/sign-in"' in Client().get("/").content.decode()
    staff = browser(people.clerk()).get("/").content.decode()
    assert "回到工作台" in staff
    assert 'href="/sign-in"' not in staff


@pytest.mark.django_db
def test_an_address_that_is_not_there() -> None:
    response = Client().get("/no/such/page")
    assert response.status_code == 404
    assert "/no/such/page" in text(response)
    assert "没有找到您要的内容" in text(response)


def request() -> Any:
    made = RequestFactory().get("/somewhere")
    made.by = ANONYMOUS  # type: ignore[attr-defined]
    return made


@pytest.mark.parametrize(
    ("handler", "status"),
    [(errors.bad_request, 400), (errors.forbidden, 403), (errors.not_found, 404)],
)
def test_the_frameworks_own_refusals_look_the_same(handler: Callable[..., Any], status: int) -> None:
    asked = request()
    asked.at = real_now()
    response = handler(asked, Http404("x"))
    assert response.status_code == status
    assert "怎么办" in text(response)


def test_a_problem_with_a_status_of_its_own_still_has_a_page() -> None:
    class Teapot(Problem):
        status = 418

    asked = request()
    asked.at = real_now()
    assert errors.problem_page(asked, Teapot("不行。")).status_code == 418


@pytest.mark.django_db
def test_our_own_fault_is_told_with_a_number_that_stands_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failing(monkeypatch, ZeroDivisionError("secret detail"))
    response = Client(raise_request_exception=False).get("/")
    said = text(response)
    assert response.status_code == 500
    assert "系统在办理这一步时出了错" in said
    assert "secret detail" not in said
    number = said.partition("记录编号 ")[2].split()[0]
    assert len(number) == 8
    assert any(number in record.getMessage() for record in caplog.records)
    assert "出错的时间" in said


def no_database(*_: Any, **__: Any) -> None:
    raise OperationalError("the server is gone")


def test_our_own_fault_needs_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the mark for the database, any statement would fail this test."""
    monkeypatch.setattr("yichuang.home.queries.page_frame.now", no_database)
    with sql.counting() as statements:
        response = errors.server_error(request())
    assert statements == []
    assert response.status_code == 500


def test_our_own_fault_is_told_even_before_anybody_knows_who_asks() -> None:
    response = errors.server_error(
        RequestFactory().post("/x", headers={"cookie": "messages=broken; elder=1"})
    )
    assert response.status_code == 500
    assert "回到首页" in text(response)


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("connection already closed")])
def test_the_frame_stands_without_a_clock(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr("yichuang.home.queries.page_frame.now", fail)
    before = real_now().date()
    said = frame(RequestFactory().get("/desk"))
    assert before <= said["today"] <= real_now().date(), "also about midnight"
    assert said["clock_moved"] is False
    assert said["nav"] == []


def test_a_lost_address_is_told_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yichuang.home.queries.page_frame.now", no_database)
    response = errors.not_found(request(), Http404("x"))
    assert response.status_code == 404
    assert "没有找到" in text(response)


def test_while_the_database_is_away_every_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.actor_of", no_database)
    monkeypatch.setattr("yichuang.home.queries.page_frame.now", no_database)
    for address in ("/", "/items", "/sign-in"):
        response = Client().get(address)
        assert response.status_code == 503
        assert "系统暂时不能保存，也不能查询。" in text(response)
