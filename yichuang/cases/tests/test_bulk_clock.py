"""A bulk act that runs on behind midnight: each block is of its own day, in the cases, their facts and their limits."""

from datetime import datetime, timedelta
from itertools import count

import pytest

from yichuang.cases.commands import bulk_acts_run
from yichuang.cases.flow.bulk_acts import ActKind, ActState
from yichuang.cases.models import Case
from yichuang.cases.tests import factories as make
from yichuang.cases.tests import factories_bulk as bulk
from yichuang.kernel import sql
from yichuang.kernel.times import SHANGHAI

pytestmark = pytest.mark.django_db
# Ten seconds before a Thursday ends.
LATE = datetime(2022, 5, 12, 23, 59, 50, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("seconds", "days"),
    [
        (8, ["2022-05-12", "2022-05-12", "2022-05-13", "2022-05-13"]),
        # The broken variant: one moment for the whole act, as if no time passed.
        (0, ["2022-05-12"] * 4),
    ],
)
def test_what_is_accepted_behind_midnight_is_accepted_on_the_next_day(
    monkeypatch: pytest.MonkeyPatch, seconds: int, days: list[str]
) -> None:
    rows = [make.filed(at=make.day("2022-05-10")) for _ in range(4)]
    monkeypatch.setattr(bulk_acts_run, "BLOCK", 1)
    act = bulk.released(ActKind.ACCEPT, [row.id for row in rows], at=LATE - timedelta(hours=1))
    clock = count(0, seconds)
    monkeypatch.setattr(bulk_acts_run, "monotonic", lambda: next(clock) / 1)
    assert bulk_acts_run.run_bulk_act(act.pk, at=LATE - timedelta(seconds=seconds)) == 4
    assert bulk.fresh(act.pk).state == ActState.DONE
    accepted = [
        str(day) for day in Case.objects.order_by("accepted_on").values_list("accepted_on", flat=True)
    ]
    assert accepted == days
    facts = sql.rows("select day, at from journal_fact where kind = 'case.accepted' order by at")
    assert [str(day) for day, _ in facts] == days
    assert [str(at.astimezone(SHANGHAI).date()) for _, at in facts] == days
    # The limit counts from the own day of each.
    assert len(set(Case.objects.values_list("due_on", flat=True))) == len(set(days))
