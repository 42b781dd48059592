"""Long work makes way: it rests for a share of its own work while the web's connections are in use, and looks once a second."""

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.kernel import making_way
from yichuang.kernel.making_way import MOST_SHARE, MakingWay, in_use, share


class Day:
    """A clock that goes on only by work and by rest."""

    def __init__(self) -> None:
        self.at, self.rested, self.looks, self.used = 0.0, 0.0, 0, 0

    def clock(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.rested += seconds
        self.at += seconds

    def look(self) -> int:
        self.looks += 1
        return self.used

    def way(self) -> MakingWay:
        return MakingWay(self.look, self.sleep, self.clock)


def test_nobody_there_nothing_is_lost() -> None:
    day = Day()
    way = day.way()
    for _ in range(100):
        day.at += 0.05
        way.rest()
    assert day.rested == 0
    # 5 seconds of work, a look for each.
    assert day.looks == 5


@given(st.integers(1, 50), st.lists(st.floats(0.001, 2), min_size=1, max_size=60))
def test_the_rest_is_a_share_of_the_work_and_of_nothing_else(used: int, pieces: list[float]) -> None:
    day = Day()
    day.used = used
    way = day.way()
    for piece in pieces:
        day.at += piece
        way.rest()
    assert day.rested == pytest.approx(share(used) * sum(pieces))
    assert 0 < day.rested <= MOST_SHARE * sum(pieces) * 1.0001


def test_who_comes_is_noticed_within_a_second_and_who_goes_too() -> None:
    day = Day()
    way = day.way()
    day.at += 0.1
    way.rest()
    day.used = 8
    day.at += 0.5
    way.rest()
    assert day.rested == 0
    day.at += 0.5
    way.rest()
    assert day.rested == pytest.approx(0.5 * share(8))
    day.used, before = 0, day.rested
    day.at += 1.0
    way.rest()
    assert day.rested == before


@given(st.integers(-3, 500))
def test_more_people_more_rest_up_to_a_bound(used: int) -> None:
    assert 0 <= share(used) <= share(used + 1) <= MOST_SHARE < 3
    assert (share(used) > 0) == (used > 0)


def test_the_more_processors_the_less_is_given_way(monkeypatch: pytest.MonkeyPatch) -> None:
    for processors, used, expected in ((2, 3, 1.2), (16, 3, 0.15), (2, 60, MOST_SHARE), (1, 0, 0.0)):
        monkeypatch.setattr(making_way, "PROCESSORS", processors)
        assert share(used) == pytest.approx(expected)


def test_a_connection_of_the_web_counts_while_it_is_used(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(committed["app"], application_name="web", autocommit=True) as web:
        counted_while_used(web, monkeypatch)


def counted_while_used(web: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making_way, "LOOK_SECONDS", 60.0)
    web.execute("select 1")
    assert in_use() == 1
    monkeypatch.setattr(making_way, "LOOK_SECONDS", 0.0)
    assert in_use() == 0, "one that lies idle is nobody's page"
    monkeypatch.setattr(making_way, "LOOK_SECONDS", 60.0)
    web.execute("set application_name = 'worker'")
    assert in_use() == 0, "what the workers do among themselves is nobody's page"
    web.execute("set application_name = 'web'")
    assert in_use() == 1
