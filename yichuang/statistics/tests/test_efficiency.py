"""Efficiency: its arithmetic, the sentences that may be claimed, the cases behind them, and the pages."""

import random
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.errors import Invalid
from yichuang.statistics import commands
from yichuang.statistics.flow.efficiency import CLAIM, CLAIMS, Basis
from yichuang.statistics.queries.cells import parameters
from yichuang.statistics.queries.cells import text as shared
from yichuang.statistics.queries.efficiency import Survey, claims, offers, survey
from yichuang.statistics.queries.efficiency_cases import Behind, claimed_cases
from yichuang.statistics.rules.efficiency import Workload, efficiency
from yichuang.statistics.tests.happenings import half_up
from yichuang.statistics.tests.test_pages import analyst, body, browser, words

FIRST, LAST = date(2022, 5, 1), date(2022, 5, 31)
MAY = {"first": str(FIRST), "last": str(LAST)}


@pytest.fixture
def _cases() -> None:
    for number in range(3):
        make.delivered(make.day(f"2022-05-0{5 + number}"))
    make.in_review(make.day("2022-05-10"))


@pytest.mark.django_db
@settings(max_examples=8)
@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(0, 6))
def test_a_survey_equals_a_recount_whether_drained_or_not(seed: int, length: int, drained: int) -> None:
    chance = random.Random(seed)
    with transaction.atomic():
        for place in range(length):
            at = make.day("2022-04-20") + timedelta(days=chance.randrange(25), minutes=chance.randrange(60))
            chance.choice((make.decided, make.delivered, make.in_review, make.refused))(at)
            if place == drained:
                while commands.close_batch(at=make.AT, limit=4):
                    pass
        found = efficiency(survey(FIRST, LAST).of())
        row = sql.one(
            "select count(*) filter (where decided_on between %(a)s and %(b)s), "
            "sum(days_used) filter (where decided_on between %(a)s and %(b)s), "
            "sum(statutory_days + extended_days) filter (where decided_on between %(a)s and %(b)s), "
            "count(*) filter (where decided_on between %(a)s and %(b)s and promptness in ('early', 'instant')), "
            "count(*) filter (where closed_on between %(a)s and %(b)s and state = 'delivered'), "
            "sum(closed_on - filed_on) filter (where closed_on between %(a)s and %(b)s and state = 'delivered') "
            "from cases_case",
            {"a": FIRST, "b": LAST},
        )
        assert row is not None
        many, used, limit, early, delivered, natural = row
        assert found.concluded == many
        assert found.mean_days == (half_up(Fraction(int(used), many), 1) if many else None)
        assert found.mean_limit == (half_up(Fraction(int(limit), many), 1) if many else None)
        assert found.early_share == (half_up(Fraction(early * 100, many), 2) if many else None)
        assert found.natural_days == (half_up(Fraction(int(natural), delivered), 1) if delivered else None)
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.usefixtures("_cases")
def test_trips_are_counted_from_facts() -> None:
    """Online filing and collection at the window: one trip each; a correction handed in at the window is one more."""
    found = survey(FIRST, LAST).of()
    at_window = sql.one(
        "select count(*) from journal_fact where kind = 'case.delivered' and data::json->>'method' = 'window'"
    )
    assert at_window is not None
    assert (found.delivered, found.trips) == (3, at_window[0])
    row = sql.one("select subject_id from journal_fact where kind = 'case.delivered' limit 1")
    assert row is not None
    # A walk-in and a correction at the window, each told by the facts and by how the case was filed.
    sql.execute("update cases_case set channel = '1' where id = %(id)s", {"id": row[0]})
    assert survey(FIRST, LAST).of().trips == at_window[0] + 1


@pytest.mark.django_db
@pytest.mark.usefixtures("_cases")
def test_classes_come_from_what_was_filed() -> None:
    found = sql.rows("select subject_id from journal_fact where kind = 'case.decided' order by subject_id")
    assert survey(FIRST, LAST).of().classes == {}
    for number, (case_id,) in enumerate(found):
        answers = '{"project_class":"major"}' if number else '{"project_class":""}'
        sql.execute(
            "insert into intake_application (case_id, version_id, answers, salt, filed_by_id) "
            "values (%(id)s, %(id)s, %(answers)s, 'x', %(id)s)",
            {"id": case_id, "answers": answers},
        )
    read = survey(FIRST, LAST)
    assert {name: count for name, (_, count) in read.of().classes.items()} == {"major": 2}
    asked = Behind("class_mean", FIRST, LAST, project_class="major")
    page = claimed_cases(asked, by=analyst())
    assert {row.project_class for row in page.rows} == {"major"}
    assert len(page.rows) == 2


@pytest.mark.django_db
@pytest.mark.usefixtures("_cases")
def test_every_offered_figure_leads_to_exactly_its_cases() -> None:
    made = offers(FIRST, LAST)
    assert made
    assert len({each.key for each in made}) == len(made)
    assert made == offers(FIRST, LAST)
    for offer in made:
        assert (offer.register, offer.topic) == ("efficiency", "efficiency")
        assert offer.department == "水利厅"
        for figure in offer.figures:
            assert figure.printed in offer.text
            assert figure.unit == CLAIM[figure.code.partition(".")[2]].unit
            query = {key: value[0] for key, value in parse_qs(urlsplit(figure.address).query).items()}
            page = claimed_cases(
                Behind(
                    query["claim"], date.fromisoformat(query["first"]), date.fromisoformat(query["last"]),
                    UUID(query["department"]), UUID(query["item"]) if "item" in query else None,
                    ahead=int(query["ahead"]) if "ahead" in query else None,
                ),
                by=analyst(),
            )  # fmt: skip
            if figure.code == "efficiency.concluded":
                assert len(page.rows) == figure.value
            if figure.code == "efficiency.best":
                assert min(row.days_used for row in page.rows if row.days_used is not None) == figure.value


@pytest.mark.django_db
def test_a_period_without_cases_offers_nothing() -> None:
    assert offers(FIRST, LAST) == []
    assert claims(FIRST, LAST) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("_cases")
def test_cases_behind_a_claim_are_paged_and_scoped() -> None:
    asked = Behind("mean_days", FIRST, LAST)
    first = claimed_cases(asked, by=analyst(), size=2)
    rest = claimed_cases(asked, by=analyst(), size=2, after=first.following)
    assert len({row.id for row in (*first.rows, *rest.rows)}) == 3
    assert rest.following == ""
    assert claimed_cases(asked, by=analyst(everywhere=False)).rows == []
    assert claimed_cases(replace(asked, department=UUID(int=9)), by=analyst()).rows == []
    for claim in ("online_items", "no such"):
        with pytest.raises(Invalid):
            claimed_cases(replace(asked, claim=claim), by=analyst())


@pytest.mark.django_db
@pytest.mark.usefixtures("_cases")
def test_counts_and_days_are_read_from_the_daily_tables() -> None:
    """EXPLAIN: the statements of a claim's counts never touch the table of cases."""
    asked = {"first": FIRST, "last": LAST, "department": None, "online": ["2", "3"]}
    for name in ("efficiency_counts", "efficiency_days", "cells", "days", "window", "trend", "score_entries"):
        text = shared(name)
        more = {
            "sealed_only": False,
            "kinds": [],
            "subject": "",
            "since": FIRST,
            "codes": [],
            "by_department": True,
            "span": "day",
        }
        more |= parameters(FIRST, LAST, sealed_only=False)
        plan = "\n".join(row[0] for row in sql.rows(f"explain {text}", {**asked, **more}))
        assert "cases_case" not in plan
        assert "journal_fact" not in plan


@pytest.mark.django_db
@pytest.mark.usefixtures("_cases")
def test_the_page_shows_departments_then_items_and_their_sentences() -> None:
    client = browser(analyst(more=(Capability.CASE_SEARCH,)))
    text = words(client.get("/desk/figures/efficiency", MAY))
    assert "水利厅办结3件，平均用时" in text
    for claim in CLAIMS:
        assert claim.formula in text
    where = people.department()
    one = words(client.get("/desk/figures/efficiency", {**MAY, "department": str(where.pk)}))
    assert "最快一件用时" in one
    assert "没有办件" in words(
        client.get("/desk/figures/efficiency", {"first": "2021-05-01", "last": "2021-05-02"})
    )
    lines = body(client.get("/desk/figures/efficiency.csv", MAY)).splitlines()
    assert lines[0].startswith("\ufeff起,止,部门,事项,办结（件）")
    assert lines[1].startswith("2022-05-01,2022-05-31,水利厅,全部事项,3,")


@pytest.mark.django_db
@pytest.mark.usefixtures("_cases")
def test_the_list_of_cases_and_its_file() -> None:
    client = browser(analyst(more=(Capability.CASE_SEARCH,)))
    for claim in CLAIMS:
        asked = {**MAY, "claim": claim.code}
        status = client.get("/desk/figures/efficiency/cases", asked).status_code
        assert status == (422 if claim.basis == Basis.GUIDES else 200)
    asked = {**MAY, "claim": "natural_days"}
    assert words(client.get("/desk/figures/efficiency/cases", asked)).count("水利厅") == 3
    assert len(body(client.get("/desk/figures/efficiency/cases.csv", asked)).splitlines()) == 4


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [{"claim": "x"}, {"department": "x"}, {"item": "x"}, {"ahead": "x"}, {"first": "x"}, {"after": "x"}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_wrong_address_is_told(wrong: dict[str, str]) -> None:
    asked = {**MAY, "claim": "mean_days", **wrong}
    assert browser(analyst()).get("/desk/figures/efficiency/cases", asked).status_code == 422


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "efficiency",
        "efficiency.csv",
        "efficiency/cases?claim=mean_days",
        "efficiency/cases.csv?claim=mean_days",
        "efficiency/items",
    ],
)
def test_only_readers_of_figures_see_it(address: str) -> None:
    nobody = people.staff("nobody", people.post(people.department(), "无权岗", []))
    assert browser(nobody).get(f"/desk/figures/{address}").status_code == 403
    assert browser(analyst()).get(f"/desk/figures/{address}").status_code == 200


@pytest.mark.django_db
def test_the_statements_do_not_grow_with_cases() -> None:
    client = browser(analyst())
    make.delivered()

    def count(path: str, asked: dict[str, str]) -> int:
        with sql.counting() as statements:
            assert client.get(path, asked).status_code == 200
        return len(statements)

    pages = (
        ("/desk/figures/efficiency", MAY),
        ("/desk/figures/efficiency/cases", {**MAY, "claim": "mean_days"}),
    )
    before = [count(*page) for page in pages]
    for _ in range(3):
        make.delivered()
    assert [count(*page) for page in pages] == before
    assert max(before) <= 14


def test_a_survey_knows_its_parts() -> None:
    one, two, item = UUID(int=1), UUID(int=2), UUID(int=3)
    read = Survey(FIRST, LAST, {(one, item): Workload(filed=2), (two, item): Workload(guides=4)})
    assert read.departments() == {one}
    assert set(read.items()) == {(one, item)}
    assert read.of().guides == 4
