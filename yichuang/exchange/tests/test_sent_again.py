"""A row of a national table that comes again after it was taken back: a person is asked, and either answer stands."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.exchange.commands import resolving
from yichuang.exchange.commands.resolving import drop_doubt, take_doubt, try_again
from yichuang.exchange.flow import Standing
from yichuang.exchange.models import Batch, Case, Quarantine, System
from yichuang.exchange.rules import changes
from yichuang.exchange.rules.settle import Entry, settle, taken_back
from yichuang.exchange.tests import factories as make
from yichuang.exchange.tests.test_national_in import accepted, result, states, table, take
from yichuang.exchange.tests.test_resolving import WHY, counted, decide, only, opened
from yichuang.exchange.tests.test_said import line as told_line
from yichuang.journal.queries import checked_facts
from yichuang.kernel.errors import Conflict

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


# Other bodies of what was taken back.

DENIED = result("a", result_type="2")


def test_another_body_of_what_was_taken_back_counts_when_it_is_taken(send: Send) -> None:
    assert (send(NEW), send(GONE, DENIED), standing()) == ((1, 0, 0), (1, 0, 1), ("accepted", 0))
    doubt = only(kind="decided")
    assert doubt.reasons == ["other_body"]
    decide(take_doubt, doubt)
    assert (standing(), Case.objects.get().outcome) == (("decided", 1), "denied")
    # What took the first back was about it: sent again, it is the question, and so is the first.
    assert (send(DENIED), send(GONE), send(NEW)) == ((0, 1, 0), (0, 0, 1), (0, 0, 1))
    assert standing() == ("decided", 1)
    decide(take_doubt, only(kind="corrected"))
    assert standing() == ("accepted", 0)


def test_a_system_that_numbers_its_events_mends_one_that_it_took_back() -> None:
    decision = make.event(no=2, kind="decided", day="2022-05-11")
    make.send([make.event(), decision, make.event(no=3, kind="corrected", day="2022-05-11", takes_back=2)])
    assert make.send([decision | {"outcome": "denied"}]).quarantined == 1
    decide(take_doubt, only())
    assert (standing(), Case.objects.get().outcome) == (("decided", 1), "denied")


def test_nothing_is_taken_that_would_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    decision = make.event(no=2, kind="decided", day="2022-05-11")
    make.send([make.event(), decision, make.event(no=3, kind="corrected", day="2022-05-11", takes_back=2)])
    # Asked about for another reason than that it came again.
    System.objects.update(items=[make.OTHER])
    make.send([decision])
    System.objects.update(items=[])
    doubt = only(reasons=["foreign_item"])
    with pytest.raises(Conflict, match="收回"):
        decide(take_doubt, doubt)
    assert only().state == "open"
    # The broken variant: it would be told as taken, and figures would know nothing of it.
    with monkeypatch.context() as broken:
        broken.setattr(resolving, "_counts", lambda *_: True)
        decide(take_doubt, doubt)
    assert (only().state, standing()) == ("taken", ("accepted", 0))


def test_a_correction_that_stayed_would_be_noticed(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: the new body stands in the place of the old, and what took that back takes this back too."""
    send(NEW, GONE, DENIED)
    monkeypatch.setattr(changes, "set_aside", lambda *_: [])
    with pytest.raises(Conflict, match="收回"):
        decide(take_doubt, only(kind="decided"))


# Tried again.


def again() -> tuple[int, list[str]]:
    """Two lines that waited for the item are tried again: how many count now, and why the decision of the case does not."""
    System.objects.update(items=[])
    done = try_again(System.objects.get().pk, WHY, by=make.resolver(), at=make.AT, key=uuid4().hex)
    return len(done), only(kind="decided").reasons


@pytest.fixture
def waiting(send: Send) -> None:
    """A row that was taken back, sent again when its item was not the system's; and a line with a number of its own."""
    send(NEW, GONE)
    System.objects.update(items=[make.OTHER])
    assert send(NEW) == (0, 0, 1)
    assert make.send([make.event("S-9")]).quarantined == 1


@pytest.mark.usefixtures("waiting")
def test_a_row_that_was_taken_back_is_asked_about_when_it_is_tried_again() -> None:
    assert again() == (1, ["sent_again"])
    assert (states()["a"], states()["S-9"]) == (("accepted", 0), ("accepted", 0))
    decide(take_doubt, only(kind="decided"))
    assert (states()["a"], counted(), opened()) == (("decided", 0), {"accepted": 2, "decided": 1}, 1)


@pytest.mark.usefixtures("waiting")
def test_a_row_that_is_tried_as_if_it_had_a_number_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: whoever tries it again takes it for known, and says for ever that the item is not the system's."""
    monkeypatch.setattr(resolving, "_numbered", lambda batches: batches)
    assert again() == (1, ["foreign_item"])
