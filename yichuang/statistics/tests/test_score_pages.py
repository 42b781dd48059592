"""The pages of the 一网通办 score: places, indicators, entered values."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from yichuang.directory.flow import Capability, DepartmentKind
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.statistics import commands
from yichuang.statistics.models import IndicatorEntry, IndicatorSet
from yichuang.statistics.queries import scores as queries
from yichuang.statistics.rules.scores import Yardstick
from yichuang.statistics.tests.happenings import moment
from yichuang.statistics.tests.test_manual_figures import make_item
from yichuang.statistics.tests.test_pages import analyst, body, browser, words
from yichuang.statistics.tests.test_scores import put, three, value

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2022, 5, 1), date(2022, 5, 31)
AT = moment(date(2022, 6, 1))
MAY = {"first": str(FIRST), "last": str(LAST)}


@pytest.fixture(autouse=True)
def _june(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: AT)


def manager() -> Client:
    return browser(analyst(more=(Capability.SCORE_MANAGE,)))


def posted(rows: Sequence[Yardstick], **more: str) -> dict[str, Any]:
    found = {
        f"{name}-{place}": str(getattr(row, name))
        for place, row in enumerate(rows)
        for name in ("code", "label", "unit", "measure", "weight", "full_value", "zero_value", "target")
    }
    return {**found, "valid_from": "2022-01-01", "reason": "考核办法（示例）", "client_key": "a" * 32, **more}


def test_the_form_puts_a_set_in_force_once() -> None:
    client = manager()
    assert "示例" in words(client.get("/desk/figures/scores/indicators"))
    data = posted(queries.packaged_yardsticks())
    for _ in range(2):
        assert client.post("/desk/figures/scores/indicators/save", data).status_code == 302
    (made,) = IndicatorSet.objects.all()
    assert queries.yardsticks_of(made) == queries.packaged_yardsticks()
    page = client.get("/desk/figures/scores/indicators")
    assert "考核办法（示例）" in words(page)
    assert 'value="数据质量差错"' in page.content.decode()


def test_nothing_typed_is_lost_when_the_set_is_refused() -> None:
    client = manager()
    data = posted(queries.packaged_yardsticks(), **{"weight-0": "21", "label-1": "我写的名称"})
    response = client.post("/desk/figures/scores/indicators/save", data)
    assert response.status_code == 422
    assert "现在是 101" in words(response)
    assert "我写的名称" in response.content.decode()
    data = posted(
        queries.packaged_yardsticks(),
        **{"weight-0": "x", "target-1": "nan", "full_value-2": "1.234", "valid_from": "y"},
    )
    response = client.post("/desk/figures/scores/indicators/save", data)
    assert response.status_code == 422
    for part in ("f-weight-0", "f-target-1", "f-full_value-2", "f-valid_from"):
        assert f'href="#{part}"' in response.content.decode()
    assert not IndicatorSet.objects.exists()


def test_a_new_entered_indicator_gets_a_code_that_stays() -> None:
    client = manager()
    rows = [
        *queries.packaged_yardsticks()[:-1],
        replace(queries.packaged_yardsticks()[-1], code="", label="新指标"),
    ]
    assert client.post("/desk/figures/scores/indicators/save", posted(rows)).status_code == 302
    made = IndicatorSet.objects.get().indicators.get(label="新指标")
    assert made.code == "aaaaaaaa-7"
    assert made.direction == "lower"


def test_values_are_entered_on_the_page() -> None:
    put()
    where = people.department()
    client = manager()
    data = {
        "code": "satisfaction", "department": str(where.pk), "as_of": "2022-05-31", "value": "99.50", "source": "月报（示例）",
        "client_key": "b" * 32,
    }  # fmt: skip
    for _ in range(2):
        assert client.post("/desk/figures/scores/entries/enter", data).status_code == 302
    assert IndicatorEntry.objects.count() == 1
    assert "99.5 %" in words(client.get("/desk/figures/scores/entries"))
    for wrong in (
        {"value": "x"},
        {"department": "x"},
        {"as_of": "x"},
        {"source": ""},
        {"code": "early_share"},
    ):
        response = client.post(
            "/desk/figures/scores/entries/enter", {**data, **wrong, "client_key": "c" * 32}
        )
        assert response.status_code == 422, wrong
        assert f'href="#f-{next(iter(wrong))}"' in response.content.decode()
    assert client.post("/desk/figures/scores/entries/enter", {**data, "client_key": ""}).status_code == 422


def test_entries_are_paged() -> None:
    put()
    where = people.department()
    for number in range(30):
        value(where, str(number), key=f"entry-{number}")
    first = queries.entries()
    rest = queries.entries(after=first.following)
    assert len({row.pk for row in (*first.rows, *rest.rows)}) == 30
    assert "下一页" in words(manager().get("/desk/figures/scores/entries"))


def test_pages_of_the_places() -> None:
    client = manager()
    assert "这一段还没有生效的指标" in words(client.get("/desk/figures/scores"))
    put()
    assert "没有参加评价的部门" in words(client.get("/desk/figures/scores", MAY))
    water, *_ = three()
    text = words(client.get("/desk/figures/scores"))
    assert "2022年5月1日至2022年5月31日" in text
    assert "失分最多的是" in text
    one = words(client.get(f"/desk/figures/scores/department/{water.pk}", MAY))
    assert "4 ÷ 4" in one
    assert "本期没有数据，不计入总分" in one
    lines = body(client.get("/desk/figures/scores.csv", MAY)).splitlines()
    assert "提前办结率（20分）" in lines[0]
    assert lines[1].startswith("2022-05-01,2022-05-31,1,水利厅,")
    assert client.get("/desk/figures/scores", {"first": "x"}).status_code == 422
    assert client.get("/desk/figures/scores.csv", {"first": "x"}).status_code == 422


@pytest.mark.parametrize("address", ["indicators", "entries"])
def test_the_pages_of_managers_are_shut_to_readers(address: str) -> None:
    assert browser(analyst()).get(f"/desk/figures/scores/{address}").status_code == 403


def test_the_statements_do_not_grow_with_departments() -> None:
    put()
    three()
    client = browser(analyst())

    def count() -> int:
        with sql.counting() as statements:
            assert client.get("/desk/figures/scores", MAY).status_code == 200
        return len(statements)

    before = count()
    for number in range(4):
        make_item(f"N{number}", where=people.department(f"示例{number}厅", f"70{number}", "示"))
    assert count() == before <= 24


def test_scores_never_scan_cases() -> None:
    put()
    three()
    with sql.counting() as statements:
        queries.scores(FIRST, LAST, by=analyst())
    assert not [text for text in statements if "cases_case" in text]


def test_wrong_entries_are_told_at_once() -> None:
    put()
    office = people.department("中心处室", "901", "")
    Department.objects.filter(pk=office.pk).update(kind=DepartmentKind.CENTRE_OFFICE)
    with pytest.raises(Invalid) as refused:
        commands.enter_indicator(
            "early_share",
            office.pk,
            as_of=date(2022, 7, 1),
            value=Decimal(1),
            source="",
            key="k" * 8,
            by=SYSTEM,
            at=AT,
        )
    assert set(refused.value.fields) == {"code", "department", "as_of", "source"}
    where = people.department()
    assert value(where, "99", key="same-key") == value(where, "99", key="same-key")
    with pytest.raises(Conflict):
        value(where, "98", key="same-key")
    assert IndicatorEntry.objects.count() == 1
