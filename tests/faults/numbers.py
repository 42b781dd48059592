"""R17: numbers without a gap, whatever is rolled back, killed or straddles midnight of New Year."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import DatabaseError, connection, transaction

from yichuang.cases import commands
from yichuang.cases.flow import Action
from yichuang.cases.tests import factories as make
from yichuang.cases.tests.crowd import together
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.times import SHANGHAI

MIDNIGHT = datetime(2023, 1, 1, tzinfo=SHANGHAI)
ROLLED_BACK, KILLED = 0.15, 0.03
Number = Callable[[datetime, Actor, random.Random], None]


class _Undone(Exception):
    """The caller has changed its mind: everything is rolled back."""


def numbered(at: datetime, by: Actor, chance: random.Random) -> None:
    """File, and perhaps accept; now and then roll back or lose the connection after the number was taken."""
    opening = make.opening(at=at)
    with transaction.atomic():
        commands.file(opening, by=by, at=at, key=make.key(), key_hash="0" * 64)
        luck = chance.random()
        if luck < KILLED:
            sql.rows("select pg_terminate_backend(pg_backend_pid())")
        if luck < KILLED + ROLLED_BACK:
            raise _Undone
    if chance.random() < 0.3:
        with transaction.atomic():
            make.perform(make.fresh(opening.id), Action.ACCEPT, SYSTEM, at=at)
            if chance.random() < ROLLED_BACK:
                raise _Undone


def numbered_apart(at: datetime, by: Actor, chance: random.Random) -> None:
    """The broken variant: the number is taken in a transaction of its own, as from a sequence."""
    opening = make.opening(at=at)
    sql.execute(
        "insert into journal_series (series, last) values (%(series)s, 1) "
        "on conflict (series) do update set last = journal_series.last + 1",
        {"series": f"case:{opening.region[:6]}:{opening.department_code}:{at.year}"},
    )
    numbered(at, by, chance)


def issue(clients: int, each: int, number: Number = numbered) -> list[str]:
    """So many clients take numbers in the last seconds of one year and the first of the next; unexpected errors."""
    by = people.applicant_actor()
    people.department()

    def work(client: int) -> None:
        chance = random.Random(client)
        for turn in range(each):
            at = MIDNIGHT + timedelta(milliseconds=200 * (turn - each // 2) + client)
            try:
                number(at, by, chance)
            except _Undone:
                continue
            except DatabaseError:
                connection.close()

    found = together([lambda c=c: work(c) for c in range(clients)])  # type: ignore[misc]
    return [f"R17: {type(one).__name__}: {one}" for one in found if isinstance(one, Exception)]
