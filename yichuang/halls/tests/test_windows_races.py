"""Many at once: two who sign one sheet, many clicks with one key; and the broken variant that would let both sign."""

import threading

from yichuang.cases.tests.crowd import PATIENCE_SECONDS, together
from yichuang.halls.commands.acts_given import hand_over, receive, send_back
from yichuang.halls.models import HandOver, WindowAct
from yichuang.halls.tests import factories_windows as make
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict

AT = make.AT


def sheet() -> HandOver:
    """A sheet of three cases for the water department."""
    return hand_over(make.handed(), by=make.clerk(), at=AT, key=make.key())


def test_of_many_who_sign_at_once_one_wins(committed: dict[str, str]) -> None:
    made = sheet()
    first, second = make.receiver(), make.receiver(username="second")
    works = [
        lambda: receive(made.pk, by=first, at=AT),
        lambda: receive(made.pk, by=second, at=AT),
        lambda: send_back(made.pk, "少一件", by=second, at=AT),
    ]
    found = together(works)
    assert len([one for one in found if isinstance(one, HandOver)]) == 1
    assert all(isinstance(one, HandOver | Conflict) for one in found)
    assert len(facts_of(made.pk)) == 2


def test_signing_without_the_lock_would_be_caught(committed: dict[str, str]) -> None:
    """The broken variant: it looks, and writes whatever it saw."""
    made = sheet()
    both = [make.receiver(), make.receiver(username="second")]
    looked = threading.Barrier(2)

    def naive(by: Actor) -> bool:
        seen = HandOver.objects.get(pk=made.pk)
        if seen.state != "pending":
            return False
        looked.wait(PATIENCE_SECONDS)
        HandOver.objects.filter(pk=made.pk).update(state="received", closed_at=AT, closed_by=by.id)
        return True

    assert together([lambda by=by: naive(by) for by in both]) == [True, True]  # type: ignore[misc]


def test_of_many_clicks_with_one_key_one_sheet_is_made(committed: dict[str, str]) -> None:
    by, key = make.clerk(), make.key()
    new = make.handed()
    found = together([lambda: hand_over(new, by=by, at=AT, key=key) for _ in range(6)])
    assert {one.number for one in found if isinstance(one, HandOver)} == {"综窗流转〔2022〕1号"}
    assert not [one for one in found if isinstance(one, Exception)]
    assert (WindowAct.objects.count(), HandOver.objects.count()) == (1, 1)
