"""Filing: one key one case, numbers without gaps, all or nothing."""

import threading
from collections.abc import Callable, Sequence
from datetime import date
from random import Random
from uuid import UUID

import psycopg
import pytest
from django.db import transaction

from yichuang.cases import commands
from yichuang.cases.commands import Filed, Opening
from yichuang.cases.tests import factories as make
from yichuang.cases.tests.crowd import PATIENCE_SECONDS, together
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import client_key, facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor

DIGEST = "0" * 64


def enter(opening: Opening, by: Actor, key: str) -> Filed | None:
    """File in a transaction of its own."""
    with transaction.atomic():
        return commands.file(opening, by=by, at=make.AT, key=key, key_hash=DIGEST)


def count(table: str) -> int:
    """Rows of a table."""
    row = sql.one(f"select count(*) from {table}")
    return int(row[0]) if row else -1


def one_case() -> None:
    """There is one case, one number, one fact, one piece of work, one row in the queue, one key."""
    tables = (
        "cases_case",
        "cases_number",
        "journal_fact",
        "cases_work",
        "journal_fresh",
        "journal_client_key",
    )
    assert {table: count(table) for table in tables} == dict.fromkeys(tables, 1)
    assert sql.rows("select last from journal_series") == [(1,)]


@pytest.mark.django_db
def test_a_filing_leaves_a_case_with_everything_that_belongs_to_it() -> None:
    row = make.filed(at=make.day("2022-09-28"))
    assert row.number == "510000119-2022-000001"
    assert (row.state, row.seq, row.work_kind) == ("received", 1, "accept")
    assert row.work_due_on == date(2022, 10, 10), "five working days over the holidays (行政许可法 art. 32)"
    (fact,) = facts_of(row.id)
    assert (fact.kind, fact.number, fact.hash) == ("case.filed", row.number, row.last_hash)
    one_case()


@pytest.mark.django_db
def test_a_key_that_is_used_opens_nothing() -> None:
    by, first = people.applicant_actor(), make.opening()
    assert enter(first, by, "same-key") is not None
    assert enter(make.opening(), by, "same-key") is None
    assert client_key("same-key") == (first.id, DIGEST, by.signature)
    one_case()


def test_twenty_clicks_with_one_key_are_one_case(committed: dict[str, str]) -> None:
    by, openings = people.applicant_actor(), [make.opening() for _ in range(20)]
    found = together([lambda o=o: enter(o, by, "one-key") for o in openings])  # type: ignore[misc]
    assert not [one for one in found if isinstance(one, Exception)]
    assert len([one for one in found if one is not None]) == 1
    one_case()


def test_looking_before_filing_would_be_caught(committed: dict[str, str]) -> None:
    """The broken variant: ask whether the key is known, then file."""
    by, openings = people.applicant_actor(), [make.opening() for _ in range(5)]
    looked = threading.Barrier(5)

    def naive(opening: Opening) -> Filed | None:
        known = client_key("one-key")
        looked.wait(PATIENCE_SECONDS)
        return None if known else enter(opening, by, make.key())

    together([lambda o=o: naive(o) for o in openings])  # type: ignore[misc]
    with pytest.raises(AssertionError):
        one_case()


def without_gaps(numbers: Sequence[int]) -> None:
    """1, 2, 3 … each once."""
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


class _Stumbled(Exception):
    """What comes after the filing in its transaction fails."""


def storm(file_one: Callable[[Department], object], where: Sequence[Department]) -> None:
    """Eight threads, twelve filings each; every fourth or so is rolled back after its number was taken."""

    def work(seed: int) -> None:
        chance = Random(seed)
        for _ in range(12):
            try:
                with transaction.atomic():
                    file_one(chance.choice(where))
                    if chance.random() < 0.25:
                        raise _Stumbled
            except _Stumbled:
                pass

    found = together([lambda n=n: work(n) for n in range(8)])  # type: ignore[misc]
    assert not [one for one in found if one is not None]


def test_numbers_have_no_gaps_and_departments_have_series_of_their_own(committed: dict[str, str]) -> None:
    by = people.applicant_actor()
    where = [people.department(), people.department("卫生健康委员会", "123", "川卫")]
    storm(lambda d: commands.file(make.opening(d), by=by, at=make.AT, key=make.key(), key_hash=DIGEST), where)
    for department in where:
        found = sql.rows("select number from cases_case where department_id = %(id)s", {"id": department.pk})
        prefix = f"510000{department.number_code}-2022-"
        assert all(number.startswith(prefix) for (number,) in found)
        assert len(found) > 20
        without_gaps([int(number.removeprefix(prefix)) for (number,) in found])
    assert count("cases_number") == count("cases_case") == count("journal_client_key")


def test_a_sequence_would_leave_gaps(committed: dict[str, str]) -> None:
    """The broken variant: numbers from a sequence survive the rollback of who took them."""
    with psycopg.connect(committed["owner"], autocommit=True) as owner:
        owner.execute("create sequence naive")
        owner.execute("create table naive_number (number bigint)")

    def naive(_: Department) -> None:
        sql.execute("insert into naive_number select nextval('naive')")

    storm(naive, [people.department()])
    with pytest.raises(AssertionError):
        without_gaps([row[0] for row in sql.rows("select number from naive_number")])


@pytest.mark.django_db
def test_documents_are_numbered_by_department_kind_and_year() -> None:
    other = people.department("卫生健康委员会", "123", "川卫")
    rows = [make.filed(), make.filed(), make.filed(other), make.filed(at=make.day("2023-01-03"))]
    found = [
        commands.accept(
            row.id,
            by=people.clerk(),
            at=make.AT if row.filed_on.year == 2022 else row.filed_at,
            key=make.key(),
        )
        for row in rows
    ]
    assert [one.document_number for one in found] == [
        "川水许受〔2022〕1号", "川水许受〔2022〕2号", "川卫许受〔2022〕1号", "川水许受〔2023〕1号",
    ]  # fmt: skip


@pytest.mark.django_db
def test_the_number_grows_past_six_digits() -> None:
    make.filed()
    sql.execute("update journal_series set last = 999999 where series like 'case:%'")
    assert make.filed().number == "510000119-2022-1000000"


@pytest.mark.django_db
def test_the_year_of_a_number_is_shanghais() -> None:
    new_year = make.day("2023-01-01", hour=0)
    assert new_year.utctimetuple().tm_year == 2022
    assert make.filed(at=new_year).number == "510000119-2023-000001"


@pytest.mark.django_db
def test_ids_carry_the_time_of_filing() -> None:
    row = make.filed()
    assert isinstance(row.id, UUID)
    assert row.id.int >> 80 == int(make.AT.timestamp()) * 1000
