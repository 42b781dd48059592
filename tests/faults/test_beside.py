"""Work beside a block: all at once, stopped and waited for whatever happens, no error unheard."""

import threading
from functools import partial

import pytest

from tests.faults.beside import beside

PATIENCE_SECONDS = 30


def test_all_works_run_at_once_until_the_block_has_ended() -> None:
    meeting, ended = threading.Barrier(4), list[int]()

    def meet(number: int, stop: threading.Event) -> None:
        meeting.wait(PATIENCE_SECONDS)
        assert stop.wait(PATIENCE_SECONDS)
        ended.append(number)

    with beside([partial(meet, number) for number in range(3)]):
        meeting.wait(PATIENCE_SECONDS)
        assert ended == []
    assert sorted(ended) == [0, 1, 2]


def test_works_are_waited_for_when_the_block_fails_and_its_error_is_told() -> None:
    ended = threading.Event()

    def fails_at_the_end(stop: threading.Event) -> None:
        stop.wait(PATIENCE_SECONDS)
        ended.set()
        raise ValueError("of the work")

    def at_work() -> None:
        with beside([fails_at_the_end]):
            raise RuntimeError("of the block")

    with pytest.raises(RuntimeError, match="of the block"):
        at_work()
    assert ended.is_set()


def test_an_error_of_a_work_is_raised_and_keeps_no_other_from_its_end() -> None:
    """A bare thread would only have warned of it."""
    ended = threading.Event()

    def fails(_stop: threading.Event) -> None:
        raise ValueError("of the work")

    def goes_on(stop: threading.Event) -> None:
        stop.wait(PATIENCE_SECONDS)
        ended.set()

    with pytest.raises(ValueError, match="of the work"), beside([fails, goes_on]):
        assert not ended.is_set()
    assert ended.is_set()


def test_nothing_to_do_is_done() -> None:
    with beside([]):
        pass
