"""The replay's parts on a database: who may report is entered once, the door sends all of it, drains, and what is loaded can be measured."""

import threading
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from bench.replay import drainer, lived, measures
from bench.replay.asking import Question
from bench.replay.door import Door, Wrong, evening
from bench.replay.events import Event, Matter, events
from bench.replay.loader import Loader, whole
from bench.replay.plan import CARRIED_OVER, plan
from bench.replay.printed import GROUPS, ISSUES, LAST
from bench.replay.register import register
from bench.replay.spent import Spent, spent
from bench.replay.world import world
from yichuang.catalogue.models import Item
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, Department
from yichuang.directory.queries import actor_of
from yichuang.exchange.models import Batch, Case, System
from yichuang.journal.models import Seal
from yichuang.kernel import sql
from yichuang.statistics import queries

SCALE = 50_000
AT = evening(CARRIED_OVER[0])
pytestmark = pytest.mark.django_db
MATTERS = world(4, 1)
YEAR = plan(SCALE)


def systems(count: int = 2) -> dict[str, System]:
    """Two systems of four departments."""
    return register(MATTERS, at=AT, count=count)


def everything() -> list[Event]:
    return list(events(YEAR, MATTERS))


def facts() -> Counter[tuple[str, date]]:
    """How many facts of each kind and day there are."""
    rows = sql.rows(
        "select kind, day, count(*)::int from journal_fact where subject_kind = 'reported' group by 1, 2"
    )
    return Counter({(kind.removeprefix("reported."), day): number for kind, day, number in rows})


def test_who_may_report_is_entered_once() -> None:
    first, again = systems(), systems()
    assert {body: one.pk for body, one in first.items()} == {body: one.pk for body, one in again.items()}
    assert (System.objects.count(), Department.objects.filter(items__isnull=False).distinct().count()) == (
        2,
        4,
    )
    assert Item.objects.count() == len(GROUPS) * 4
    for item in Item.objects.all():
        assert item.item_type == next(
            one.item_type for each in MATTERS.values() for one in each if one.item == item.code
        )
    for one in System.objects.all():
        account = Account.objects.get(pk=one.account_id)
        assert not account.has_usable_password()
        assert actor_of(account.pk).capabilities == {Capability.EXCHANGE_REPORT.value}
        assert one.reports_limits
        assert len(one.departments) == 2
    assert not set(System.objects.all()[0].departments) & set(System.objects.all()[1].departments)


def test_the_door_sends_every_event_in_batches_of_its_system() -> None:
    found = everything()
    sent = list(Door(systems(), size=200).load(found))
    assert sum(one.events for one in sent) == len(found) == whole(YEAR)
    assert {one.again for one in sent} == {False}
    assert facts() == Counter((one.kind, one.day) for one in found)
    assert Case.objects.count() == len({one.source_number for one in found})
    names = list(Batch.objects.order_by("name").values_list("name", flat=True))
    assert names[0] == "replay-1-00001"
    assert Counter(name[:8] for name in names).keys() == {"replay-1", "replay-2"}
    assert {one.received for one in Batch.objects.all() if not one.name.endswith(names[-1][-5:])} <= {
        200,
        *tails(names),
    }
    # A batch is sent in the evening of its last event.
    days = {one.day for one in found}
    assert all(
        evening(day) == batch.at for batch in Batch.objects.all() for day in days if day == batch.at.date()
    )


def tails(names: list[str]) -> set[int]:
    """How many events the last batch of each system has."""
    return {
        Batch.objects.get(name=max(name for name in names if name.startswith(code))).received
        for code in ("replay-1", "replay-2")
    }


def test_shares_of_several_processes_are_together_the_whole_and_never_twice() -> None:
    reported, found = systems(3), everything()
    shares = [list(Door(reported, size=100, share=(place, 2)).load(found)) for place in range(2)]
    assert sum(one.events for share in shares for one in share) == len(found)
    assert all(share for share in shares)
    assert facts() == Counter((one.kind, one.day) for one in found)
    # One process that begins anew finds the batches of both.
    assert all(one.again for one in Door(reported, size=100).load(found))


def test_what_was_killed_between_batches_goes_on_with_another_number_of_processes() -> None:
    reported, found = systems(), everything()
    loading = iter(Door(reported, size=100).load(found))
    first = [next(loading) for _ in range(3)]
    assert sum(facts().values()) == sum(one.events for one in first) == 300
    rest = [one for place in range(2) for one in Door(reported, size=100, share=(place, 2)).load(found)]
    assert sum(one.events for one in rest if one.again) == 300
    assert facts() == Counter((one.kind, one.day) for one in found)


def test_what_is_in_doubt_stops_the_load() -> None:
    """The broken variants: an event twice with another body, one of a foreign item, one that cannot be."""
    reported = systems()
    event = next(events(YEAR, MATTERS))
    other = next(
        one
        for one in MATTERS[event.group]
        if reported[one.department].pk != reported[event.matter.department].pk
    )
    foreign = event._replace(
        source_number="L000000001", matter=Matter(event.matter.department, other.item, other.item_type)
    )
    for wrong, words in (
        ([event, event._replace(second=event.second + 1)], "in quarantine 1"), ([foreign], "in quarantine 1"),
        ([event._replace(source_number="P" * 65)], "refused 1"),
    ):  # fmt: skip
        door = Door(reported)
        # Keys of their own, as if something had been sent before.
        door.numbers.update(dict.fromkeys(door.waiting, 10 * Batch.objects.count()))
        with pytest.raises(Wrong, match=words):
            list(door.load(wrong))
    assert Batch.objects.count() == 3


def test_events_of_nobodys_department_are_left_to_others() -> None:
    reported = {body: one for body, one in systems().items() if body == "D001"}
    found = everything()
    sent = list(Door(reported).load(found))
    assert sum(one.events for one in sent) == sum(one.matter.department == "D001" for one in found)


def test_a_loading_process_answers_for_each_day_that_it_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    loader = Loader(SCALE, 4, 1, (0, 1))
    answers = [loader.load(min(issue.issued - timedelta(days=1), LAST)) for issue in ISSUES]
    assert sum(one["events"] for one in answers) == whole(YEAR)
    assert {one["again"] for one in answers} == {0}
    assert all(one["seconds"] >= 0 <= one["python"] for one in answers)
    told = capsys.readouterr().err.splitlines()
    assert told[-1].startswith(f"  {whole(YEAR):,} of about {whole(YEAR):,} events")
    begun_anew = Loader(SCALE, 4, 1, (0, 1)).load(ISSUES[0].issued - timedelta(days=1))
    assert begun_anew["again"] == begun_anew["events"] == answers[0]["events"]


@pytest.fixture
def loaded() -> int:
    """A tiny year behind the door, not drained."""
    list(Door(systems()).load(everything()))
    return whole(YEAR)


def test_the_drain_works_on_the_day_of_the_newest_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (drainer.newest(), drainer.drain_once()) == (None, 0)
    list(Door(systems()).load(everything()))
    newest = Batch.objects.latest("at").at
    assert drainer.newest() == newest
    stop, rounds = threading.Event(), list[float]()

    def wait(seconds: float) -> bool:
        rounds.append(seconds)
        stop.set()
        return True

    monkeypatch.setattr(stop, "wait", wait)
    assert drainer.drain_until(stop, rest=0.25) == whole(YEAR) + len(set(systems().values()))
    assert rounds == [0.25]
    assert Seal.objects.latest("number").at == newest
    assert sql.one("select count(*) from journal_fresh") == (0,)
    assert drainer.drain_until(stop) == 0, "and it does not begin when it was asked to end"


@pytest.mark.usefixtures("loaded")
def test_all_that_is_measured_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "ROUNDS", 1)
    few = {name: measures.PAGES[name] for name in ("cases behind a figure", "systems that report", "queue")}
    monkeypatch.setattr(measures, "PAGES", few)
    assert lived.drain(LAST) > whole(YEAR)
    by = measures.reader()
    drill = measures.drill_down(by, asked=6)
    assert drill["figures"] == 6
    assert 0 < drill["p50_ms"] <= drill["p95_ms"]
    assert 1 <= drill["most_statements"] <= 20
    rest = measures.remainder(SCALE, by)
    assert rest["found"] == rest["wanted"]
    assert rest["of_systems"] == sum(rest["found"].values()) > 200
    assert (rest["open_work"], rest["on_tabs"], rest["overdue"]) == (0, 0, 0)
    assert {one["differences"] for one in measures.recounts().values()} == {0}
    sizes = measures.sizes()
    assert sizes["events"] == whole(YEAR)
    assert {"journal_fact", "exchange_case", "exchange_number", "journal_leaf"} <= sizes["tables"].keys()
    told = measures.pages(by)
    assert set(told) == set(few)
    assert all(one["statements"] <= 30 for one in told.values())


@pytest.mark.usefixtures("loaded")
def test_pages_behind_a_figure_have_each_of_its_cases_once() -> None:
    by = measures.reader()
    asked = Question("accepted", "public_service", None, date(2022, 1, 1), LAST, 99, jump=False)
    seen, after = list[Any](), ""
    while True:
        page = measures.asked_page(asked, after, by)
        seen += [row.number for row in page.rows]
        after = page.following
        if not after:
            break
    wanted = [
        one.source_number
        for one in everything()
        if one.group == "public_service" and one.kind == "accepted" and one.day.year == 2022
    ]
    assert sorted(seen) == sorted(wanted)
    assert len(list(measures.walked(asked, "", by))) == -(-len(wanted) // measures.PAGE)


def test_a_remainder_that_lost_a_decision_would_be_noticed() -> None:
    """The broken variant: one decision of the year never came."""
    found = everything()
    lost = next(place for place, one in enumerate(found) if one.kind == "decided")
    list(Door(systems()).load(found[:lost] + found[lost + 1 :]))
    rest = measures.remainder(SCALE, measures.reader())
    assert sum(rest["found"].values()) == sum(rest["wanted"].values()) + 1
    assert queries.reported_open(LAST) != rest["wanted"]


def test_what_work_takes_is_told_of_both_processes() -> None:
    before = spent()
    sql.one("select count(*) from generate_series(1, 200000)")
    took = Spent.between(before, spent())
    assert took.seconds > 0
    assert took.python >= 0 <= took.database
    assert measures.Timed().as_json() == {
        "p50_ms": 0,
        "p95_ms": 0,
        "worst_ms": 0,
        "times": 0,
        "statements": 0,
    }
    timed = measures.Timed()
    assert timed.take(lambda: sql.one("select 1")) == (1,)
    assert (timed.statements, len(timed.milliseconds)) == (1, 1)
