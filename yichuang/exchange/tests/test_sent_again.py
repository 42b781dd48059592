"""A row of a national table that comes again after it was taken back: a person is asked, and either answer stands."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.exchange.commands.resolving import drop_doubt, take_doubt
from yichuang.exchange.flow import Standing
from yichuang.exchange.models import Batch, Case, Quarantine
from yichuang.exchange.rules import changes
from yichuang.exchange.rules.settle import Entry, settle, taken_back
from yichuang.exchange.tests import factories as make
from yichuang.exchange.tests.test_national_in import accepted, result, states, table, take
from yichuang.exchange.tests.test_resolving import counted, decide, only, opened
from yichuang.exchange.tests.test_said import line as told_line
from yichuang.journal.queries import checked_facts

pytestmark = pytest.mark.django_db
NEW, GONE = result("a"), result("a", cd_operation="D")
Send = Callable[..., tuple[int, int, int]]


@pytest.fixture
def send(tmp_path: Path) -> Send:
    """Sends rows of results; what was taken, known and in doubt. The case is accepted."""
    make.system()
    take(table(tmp_path, "up_pro_accept", [accepted("a")]))
    sent: list[int] = []

    def sending(*rows: dict[str, str]) -> tuple[int, int, int]:
        sent.append(len(sent))
        # Each file is another one, however often it says the same.
        marked = [{**row, "cd_batch": f"{len(sent)}"} for row in rows]
        (told,) = take(table(tmp_path, f"{len(sent)}-up_pro_result", marked))
        return told["taken"], told["known"], told["quarantined"]

    return sending


def standing() -> tuple[str, int]:
    """Where the case stands and how many decisions figures count; the overview says the same, and its chain is whole."""
    row = Case.objects.get()
    assert opened() == (row.state == "accepted")
    assert all(one.sound for one in checked_facts(row.pk))
    return row.state, counted().get("decided", 0)


def test_what_comes_again_after_it_was_taken_back_is_asked_about(send: Send) -> None:
    assert (send(NEW), send(NEW), send(GONE), send(GONE)) == ((1, 0, 0), (0, 1, 0), (1, 0, 0), (0, 1, 0))
    assert standing() == ("accepted", 0)
    assert send(NEW) == (0, 0, 1)
    assert (only().state, only().reasons, standing()) == ("open", ["sent_again"], ("accepted", 0))
    # Once more it is the same question, and what else happens to the case does not answer it.
    assert send(NEW) == (0, 1, 0)
    send(result("a", "2022-05-14 09:30:00", cd_operation="D"))
    assert only(kind="decided").state == "open"
    decide(take_doubt, only(kind="decided"))
    assert standing() == ("decided", 1)
    # It counts now: the same row says nothing new, and its deletion is the question.
    assert send(NEW) == (0, 1, 0)
    assert send(GONE) == (0, 0, 1)
    decide(take_doubt, only(event_no=only(kind="decided").event_no + 8))
    assert standing() == ("accepted", 0)
    # And so on: what was decided about it before does not answer the next time.
    assert send(NEW) == (0, 0, 1)
    assert (only(kind="decided").state, only(kind="decided").ground) == ("open", "")


def test_what_is_dropped_stays_dropped_however_often_it_comes(send: Send) -> None:
    # All in one file.
    assert send(NEW, GONE, NEW, NEW) == (2, 1, 1)
    decide(drop_doubt, only())
    assert standing() == ("accepted", 0)
    assert (send(NEW), send(NEW, GONE)) == ((0, 1, 0), (0, 2, 0))
    assert (only().state, standing()) == ("dropped", ("accepted", 0))
    assert sum(one.received for one in Batch.objects.all()) == 1 + 4 + 1 + 2


def test_a_system_that_numbers_its_events_is_not_asked() -> None:
    """What it sends again under its own number is the same event, taken back or not."""
    back = [make.event(), make.event(no=2, kind="corrected", takes_back=1)]
    make.send(back)
    again = make.send(back)
    assert (again.known, Quarantine.objects.count()) == (2, 0)


def test_a_row_that_is_passed_over_would_be_noticed(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: what is there already is known, taken back or not, and the case stays taken back in silence."""
    send(NEW, GONE)
    monkeypatch.setattr(changes, "_against", lambda *_, **__: None)
    assert send(NEW) == (0, 1, 0)
    assert (states()["a"], Quarantine.objects.count()) == (("accepted", 0), 0)


KINDS = ["accepted", "decided", "corrected"]


@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.integers(1, 6), st.sampled_from(["", "dropped"])), max_size=6
    )
)
def test_what_is_taken_back_is_what_settling_says(found: list[tuple[str, int, str]]) -> None:
    entries: list[Entry] = []
    for no, (kind, target, said) in enumerate(found, start=1):
        more: dict[str, Any] = {"takes_back": target if target != no else 7} if kind == "corrected" else {}
        one = told_line(no, kind, **more).entry
        one.standing = Standing(said)
        entries.append(one)
    if entries:
        reasons = settle(entries).reasons
        settled = {no for no, why in reasons.items() if why == "taken_back"}
        dropped = {one.no for one in entries if one.standing == "dropped"}
        assert settled == taken_back(entries) - dropped
