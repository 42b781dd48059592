from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.kernel.keys import client_key, lowest, moment_of, parse_uuid, uuid7
from yichuang.kernel.times import SHANGHAI

MOMENTS = st.datetimes(datetime(2018, 1, 1), datetime(2099, 12, 31), timezones=st.just(SHANGHAI))  # noqa: DTZ001
ONE = timedelta(milliseconds=1)


@given(MOMENTS)
def test_the_next_millisecond_is_always_a_later_id(at: datetime) -> None:
    assert lowest(at) <= uuid7(at) < lowest(at + ONE) <= uuid7(at + ONE)
    made = uuid7(at)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == (at - datetime(1970, 1, 1, tzinfo=UTC)) // ONE
    assert moment_of(made) <= at < moment_of(made) + ONE


def test_ids_made_of_whole_seconds_would_be_caught() -> None:
    """The broken variant: within a second the order would be lost."""
    start = datetime(2022, 5, 5, 9, 0, tzinfo=SHANGHAI)
    moments = [start + n * ONE for n in range(1000)]
    assert len({int(at.timestamp()) for at in moments}) == 1
    assert [lowest(at) for at in moments] == sorted({lowest(at) for at in moments})


def test_ids_of_one_moment_differ() -> None:
    at = datetime(2022, 5, 5, 9, 0, tzinfo=SHANGHAI)
    assert len({uuid7(at) for _ in range(2000)}) == 2000


@pytest.mark.parametrize("text", ["", "x", "018091f2", "0" * 31, "../../etc", None, 7])
def test_what_is_no_uuid_is_none(text: str) -> None:
    assert parse_uuid(text) is None


def test_a_uuid_reads_back() -> None:
    assert parse_uuid(str(UUID(int=9))) == UUID(int=9)


def test_client_keys_are_fresh_and_fit_a_form() -> None:
    keys = {client_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(len(key) == 32 and key.isascii() and key.isalnum() for key in keys)
