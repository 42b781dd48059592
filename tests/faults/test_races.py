"""R14–R19 in short, each with the broken variant that it catches."""

from pathlib import Path

import pytest

from config.launch.places import checkout
from tests.faults import numbers, races, walks
from tests.faults.invariants import Auditor
from tests.faults.sizes import SHORT

LOG = checkout().var / "test" / "log" / "postgres.log"


def judged(urls: dict[str, str], found: list[str]) -> list[str]:
    """What was found, and every invariant of the database."""
    return [*found, *Auditor(urls["owner"]).all()]


def test_of_twelve_clerks_one_holds_each_case(committed: dict[str, str]) -> None:
    assert judged(committed, races.race_for_cases(SHORT.clerks, SHORT.cases)) == []
    assert races.race_for_cases(SHORT.clerks, SHORT.cases // 2, races.claims_carelessly), "looks, then takes"


def test_of_two_pages_one_is_kept_and_the_other_told(committed: dict[str, str]) -> None:
    assert judged(committed, races.pairs_of_edits(SHORT.pairs)) == []
    assert races.pairs_of_edits(SHORT.pairs, races.saves_blindly), "the last one wins"


def test_random_walks_stay_on_the_graph(committed: dict[str, str]) -> None:
    made = walks.walk(SHORT.walk_cases, SHORT.walk_steps)
    assert judged(committed, [*made.illegal, *made.trouble]) == []
    assert sum(made.edges.values()) >= SHORT.walk_cases
    with walks.lawless():
        assert walks.walk(SHORT.walk_cases, SHORT.walk_steps).illegal, "any action in any state"


def test_numbers_have_no_gap_at_the_turn_of_the_year(committed: dict[str, str]) -> None:
    clients = SHORT.clients
    assert judged(committed, numbers.issue(clients, SHORT.numbered // clients)) == []
    assert (
        len(Auditor(committed["owner"]).ask("select 1 from journal_series where series like 'case:%'")) == 2
    )
    numbers.issue(clients, 4, numbers.numbered_apart)
    assert Auditor(committed["owner"]).case_numbers(), "numbers in a transaction of their own"


def test_a_case_has_one_decision(committed: dict[str, str]) -> None:
    assert judged(committed, races.two_decisions(SHORT.deciders)) == []
    with races.unguarded(committed["owner"]):
        races.two_decisions(SHORT.deciders)
    assert Auditor(committed["owner"]).one_decision(), "a step does not name the version that it read"


@pytest.mark.parametrize("log", [LOG])
def test_everybody_does_everything_without_deadlock(committed: dict[str, str], log: Path) -> None:
    name = committed["app"].rpartition("/")[2]
    began = log.stat().st_size
    steps, trouble = races.mixed_work(SHORT.clients, SHORT.mix_seconds)
    assert judged(committed, [*trouble, *races.deadlocks(log, name, began)]) == []
    assert steps
    races.lock_crosswise()
    assert races.deadlocks(log, name, began), "locks crosswise"
