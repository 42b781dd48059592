"""Numbers of cases (R17): gapless for each department and year, with many clients, failing filings and the year's turn."""

import random
from collections import defaultdict
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import psycopg
import pytest
from django.db import transaction

from yichuang.cases import commands
from yichuang.cases.commands import filing
from yichuang.cases.models import Case
from yichuang.cases.queries import statement_text
from yichuang.cases.tests import factories as make
from yichuang.cases.tests.crowd import together
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.times import SHANGHAI

MIDNIGHT = datetime(2023, 1, 1, tzinfo=SHANGHAI)
CLIENTS, FILINGS = 8, 12


class Withdrawn(Exception):
    """The transaction is taken back."""


def one_client(seed: int, filings: int, where: list[Department], by: Actor) -> list[str]:
    """File around midnight of New Year's Eve, for random departments; between 2 % and 20 % are rolled back."""
    chance, kept = random.Random(seed), []
    failing = chance.uniform(0.02, 0.2)
    for turn in range(filings):
        at = MIDNIGHT + timedelta(seconds=turn - filings // 2, milliseconds=chance.randrange(999))
        opening = make.opening(chance.choice(where), at=at)
        try:
            with transaction.atomic():
                filed = commands.file(opening, by=by, at=at, key=uuid4().hex, key_hash="0" * 64)
                if chance.random() < failing or turn == seed % filings:
                    raise Withdrawn
        except Withdrawn:
            continue
        assert filed is not None
        kept.append(filed.number)
    return kept


def crowd(clients: int, filings: int) -> list[str]:
    """Many clients at once; the numbers that were given and kept."""
    where = [people.department(), people.department("林业厅", "129", "川林")]
    by = people.applicant_actor()
    with transaction.atomic():
        commands.file(make.opening(at=MIDNIGHT), by=by, at=MIDNIGHT, key=uuid4().hex, key_hash="0" * 64)
    found = together([partial(one_client, seed, filings, where, by) for seed in range(clients)])
    assert not [one for one in found if isinstance(one, BaseException)], found
    first = Case.objects.order_by("filed_at").filter(filed_at=MIDNIGHT).values_list("number", flat=True)
    return [*first, *(number for one in found if isinstance(one, list) for number in one)]


def gaps(numbers: list[str]) -> dict[str, list[int]]:
    """The numbers missing below the highest, by department and year."""
    series: dict[str, set[int]] = defaultdict(set)
    for number in numbers:
        prefix, _, place = number.rpartition("-")
        series[prefix].add(int(place))
    lacking = {prefix: sorted(set(range(1, max(taken) + 1)) - taken) for prefix, taken in series.items()}
    return {prefix: missing for prefix, missing in lacking.items() if missing}


def test_many_clients_failing_filings_and_the_turn_of_the_year_leave_no_gap(
    committed: dict[str, str],
) -> None:
    numbers = crowd(CLIENTS, FILINGS)
    assert len(numbers) == len(set(numbers)) == Case.objects.count() < CLIENTS * FILINGS
    assert gaps(numbers) == {}
    years = {number.split("-")[1] for number in numbers}
    assert years == {"2022", "2023"}
    held = sum(row[0] for row in sql.rows("select last from journal_series where series like 'case:%'"))
    assert held == len(numbers)
    stored = sql.rows("select number from journal_fact where kind = 'case.filed'")
    assert sorted(row[0] for row in stored) == sorted(numbers)


def test_numbers_from_a_sequence_would_leave_gaps_and_are_caught(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: a sequence never takes back what a failed transaction has drawn."""
    real = statement_text("file")
    counter = "insert into journal_series (series, last)\n    select %(series)s, 1 from claimed\n    on conflict (series) do update set last = journal_series.last + 1\n    returning last"
    assert counter in real
    naive = real.replace(
        counter, "select nextval('naive') as last from claimed where %(series)s::text is not null"
    )
    with psycopg.connect(committed["owner"], autocommit=True) as owner:
        owner.execute("create sequence naive")
    monkeypatch.setattr(filing, "_statement", lambda _text, _said: naive)
    assert gaps(crowd(4, 6)) != {}
