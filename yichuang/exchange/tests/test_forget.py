"""What came into cases whose content had been destroyed: what a person dropped stays dropped, what came with names before is forgotten once."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner

from yichuang.exchange.cli import exchange
from yichuang.exchange.commands import forget, taking
from yichuang.exchange.commands.destroy import purge_raw
from yichuang.exchange.commands.forget import forget_destroyed
from yichuang.exchange.commands.resolving import drop_doubt, take_doubt
from yichuang.exchange.commands.systems import add_mapping
from yichuang.exchange.models import Case, Line, Quarantine, System
from yichuang.exchange.rules import changes
from yichuang.exchange.rules.keeping import DIGEST
from yichuang.exchange.rules.lines import read_line
from yichuang.exchange.tests import factories as make
from yichuang.exchange.tests.test_destroy import HELD_BACK, LATER, NAME, decided, remembered, told
from yichuang.exchange.tests.test_resolving import counted, decide, only
from yichuang.journal.queries import checked_facts
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM

pytestmark = pytest.mark.django_db


def line(no: int, kind: str, **more: Any) -> dict[str, Any]:
    return make.event(no=no, kind=kind, day="2022-05-12", applicant_name=NAME, **more)


# What was dropped.

OF_OLD = line(3, "delivered", item_code="OLD-1")


@pytest.fixture
def dropped() -> None:
    """A line of a destroyed case that a person dropped because its item was unknown; then the item is mapped."""
    told(decided().pk)
    make.send([OF_OLD])
    decide(drop_doubt, only(event_no=3))
    add_mapping(
        System.objects.get().pk, "item", "OLD-1", make.ITEM, by=make.manager(), at=make.AT, key=uuid4().hex
    )


@pytest.mark.usefixtures("dropped")
def test_what_was_dropped_of_a_destroyed_case_stays_dropped_whatever_name_it_comes_with() -> None:
    again = make.send([OF_OLD, OF_OLD | {"applicant_name": "示例赵六"}])
    assert (again.known, again.taken, Case.objects.get().state) == (2, 0, "decided")
    assert (only().state, counted()) == ("dropped", {"accepted": 1, "decided": 1})
    # What says something else was not dropped.
    assert make.send([OF_OLD | {"at": "2022-05-13T09:00:00+08:00"}]).taken == 1
    assert Case.objects.get().state == "delivered"


@pytest.mark.usefixtures("dropped")
def test_a_dropped_line_that_is_known_by_its_name_alone_would_be_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The broken variant: the line is compared as it came, with the name that quarantine does not keep."""
    monkeypatch.setattr(taking, "nameless", lambda found: found)
    assert make.send([OF_OLD]).taken == 1


@pytest.fixture
def forgotten() -> None:
    """The same, dropped before the case was destroyed: what the line said is forgotten with the case."""
    case_id = decided().pk
    make.send([OF_OLD])
    decide(drop_doubt, only(event_no=3))
    told(case_id)
    add_mapping(
        System.objects.get().pk, "item", "OLD-1", make.ITEM, by=make.manager(), at=make.AT, key=uuid4().hex
    )


@pytest.mark.usefixtures("forgotten")
def test_what_was_dropped_before_the_destruction_is_asked_about_when_it_comes_again() -> None:
    again = make.send([OF_OLD])
    assert (again.quarantined, again.taken, Case.objects.get().state) == (1, 0, "decided")
    asked = only(state="open")
    assert (asked.reasons, NAME in asked.raw) == (["sent_again"], False)
    assert make.send([OF_OLD | {"applicant_name": "示例赵六"}]).known == 1
    # Dropped again it stays so, whatever name it comes with; other events of the case go in.
    decide(drop_doubt, asked)
    assert (make.send([OF_OLD]).known, counted()) == (1, {"accepted": 1, "decided": 1})
    assert make.send([line(4, "delivered")]).taken == 1


@pytest.mark.usefixtures("forgotten")
def test_what_was_dropped_before_the_destruction_counts_once_a_person_takes_it() -> None:
    make.send([OF_OLD])
    decide(take_doubt, only(state="open"))
    assert (Case.objects.get().state, counted()) == (
        "delivered",
        {"accepted": 1, "decided": 1, "delivered": 1},
    )
    assert make.send([OF_OLD]).known == 1
    assert NAME not in Case.objects.get().events


@pytest.mark.usefixtures("forgotten")
def test_a_dropped_line_that_counts_after_the_destruction_would_be_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The broken variant: what cannot be told from a line that never came goes in."""
    monkeypatch.setattr(taking, "_unasked", lambda _weighed, _row, lines: lines)
    assert make.send([OF_OLD]).taken == 1


# What came back before.

INSIDE = [line(4, "delivered"), line(5, "withdrawn")]
# As the repair was that went by the words that were left.
BY_WORDS = """
update exchange_quarantine q set raw = '', digest = md5(gen_random_uuid()::text) from exchange_destroyed d
where q.case_id = d.case_id and (strpos(q.raw, '"applicant_name"') > 0 or strpos(q.raw, '"special"') > 0)
"""


@pytest.fixture
def before(monkeypatch: pytest.MonkeyPatch) -> UUID:
    """A destroyed case whose later lines were taken with their names, inside and outside; one was decided and emptied since."""
    case_id = told(decided().pk)
    with monkeypatch.context() as old:
        old.setattr(taking, "_forget_names", lambda *_: None)
        old.setattr(changes, "nameless", lambda found: found)
        make.send(INSIDE)
        make.send([*HELD_BACK, make.event("S-2", item_code="nope", applicant_name=NAME)], at=LATER)
    decide(drop_doubt, only(source_number="S-1", event_no=8))
    purge_raw(by=SYSTEM, at=LATER)
    # And one that came since, without its name.
    make.send([line(11, "decided", item_code="nope")], at=LATER)
    return case_id


def by_names() -> list[int]:
    """The events of the case of which anything kept is made of the name."""
    named = {read_line(one, 1, "").entry.digest[:DIGEST]: one["event_no"] for one in (*INSIDE, *HELD_BACK)}
    of_case = Quarantine.objects.filter(source_number="S-1")
    found = [*of_case.values_list("digest", flat=True), Case.objects.get(source_number="S-1").events]
    return sorted({no for digest, no in named.items() if any(digest in text for text in found)})


def test_everything_that_names_brought_back_is_forgotten_and_nothing_else(before: UUID) -> None:
    assert by_names() == [4, 5, 7, 8, 9]
    untouched = only(source_number="S-2")
    # In small steps; broken off in the middle it goes on where it is begun again.
    assert forget_destroyed(by=SYSTEM, most=1) > 5
    assert (by_names(), forget_destroyed(by=SYSTEM, most=1)) == ([], 0)
    assert set(remembered()) == {"exchange_quarantine.raw", "exchange_line.raw"}
    assert [(one.source_number, one.digest) for one in Quarantine.objects.filter(raw__contains=NAME)] == [
        ("S-2", untouched.digest)
    ]
    assert Line.objects.exclude(raw="").get().source_number == "S-2"
    gone = Quarantine.objects.filter(source_number="S-1").exclude(event_no=11)
    assert set(gone.values_list("raw", "salt")) == {("", "")}
    assert (only(event_no=8).state, only(event_no=8).ground) == ("dropped", "（已依法删除）")
    # Whoever asks still finds what is in doubt of the case, and what came without a name.
    decide(take_doubt, only(event_no=5))
    assert (counted(), Case.objects.get(pk=before).state) == ({"accepted": 1, "withdrawn": 1}, "withdrawn")
    assert make.send(INSIDE).known == 2
    assert "nope" in only(event_no=11).raw
    assert make.send([line(11, "decided", item_code="nope")], at=LATER).known == 1
    assert all(one.sound for one in checked_facts(before))


def test_it_can_be_broken_off(before: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, steps = forget._outside, iter((True, False))

    def killed(*given: Any) -> Any:
        if not next(steps):
            raise KeyboardInterrupt
        return whole(*given)

    monkeypatch.setattr(forget, "_outside", killed)
    with pytest.raises(KeyboardInterrupt):
        forget_destroyed(by=SYSTEM, most=2)
    assert by_names() != []
    monkeypatch.undo()
    said = CliRunner().invoke(exchange, ["forget"])
    assert (said.exit_code, by_names()) == (0, [])
    assert "已清除 0 处" in CliRunner().invoke(exchange, ["forget"]).output


def test_a_repair_that_goes_by_the_words_that_are_left_would_be_noticed(before: UUID) -> None:
    """The broken variant: of what was emptied the digest stays, and so do those of the events."""
    sql.execute(BY_WORDS)
    assert by_names() == [4, 5, 8]
