import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.kernel import canonical
from yichuang.kernel.times import SHANGHAI, local, local_day


class Colour(StrEnum):
    RED = "red"


class Size(IntEnum):
    BIG = 3


class Name(str):
    """A text of another kind, as a template engine makes them."""

    __slots__ = ()


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abcä中", max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(PLAIN)
def test_text_reads_back_as_the_same_value_and_is_stable(value: Any) -> None:
    text = canonical.text(value)
    assert json.loads(text) == value
    assert canonical.text(json.loads(text)) == text


def otherwise_kept(value: Any) -> Any:
    """The same value in containers and kinds that the quick way does not know."""
    if isinstance(value, dict):
        return MappingProxyType({Name(name): otherwise_kept(item) for name, item in value.items()})
    if isinstance(value, list):
        return tuple(map(otherwise_kept, value))
    return Name(value) if isinstance(value, str) else value


@given(PLAIN)
def test_the_quick_way_spells_what_the_careful_one_spells(value: Any) -> None:
    careful = otherwise_kept(value)
    assert canonical.text(value) == canonical.text(careful) == canonical.plain_text(value)
    assert canonical.text({"a": [value, careful], "b": Size.BIG}) == canonical.text(
        MappingProxyType({"b": Size.BIG, "a": (careful, value)})
    )


def test_no_enumeration_slips_through_the_quick_way() -> None:
    """Its name or its number is what is kept, wherever it stands, as a name of a field, too."""
    assert canonical.text({Colour.RED: {"c": Colour.RED, "s": [Size.BIG]}}) == '{"red":{"c":"red","s":[3]}}'
    with pytest.raises(TypeError):
        canonical.text({"red": 1, Size.BIG: 2, "3": 4})
    with pytest.raises(TypeError):
        canonical.text({"deep": {"a": {"b": [{"c": 0.5}]}}})


@given(st.dictionaries(st.text("abcdef", max_size=3), st.integers(), max_size=6))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert canonical.text(dict(reversed(value.items()))) == canonical.text(value)


def test_every_kind_of_scalar_has_one_spelling() -> None:
    at = datetime(2022, 5, 5, 0, 30, 0, 7, tzinfo=SHANGHAI)
    value = {
        "b": [True, None, 1, "窗"], "a": date(2022, 5, 5), "at": at, "id": UUID(int=1), "n": Decimal("64.29"),
        "c": Colour.RED, "s": Size.BIG, "t": (1, 2),
    }  # fmt: skip
    assert canonical.text(value) == (
        '{"a":"2022-05-05","at":"2022-05-04T16:30:00.000007Z","b":[true,null,1,"窗"],"c":"red",'
        '"id":"00000000-0000-0000-0000-000000000001","n":"64.29","s":3,"t":[1,2]}'
    )


def test_one_moment_is_one_text_in_every_zone() -> None:
    here = datetime(2022, 5, 5, 8, 0, tzinfo=SHANGHAI)
    there = here.astimezone(timezone(timedelta(hours=-9, minutes=-30)))
    assert canonical.text(here) == canonical.text(there) == canonical.text(here.astimezone(UTC))


@pytest.mark.parametrize(
    "value",
    [
        1.0, [0.1], {"a": float("nan")}, {1.5: "a"}, {"a": {"b": [1, {"c": 2.5}]}}, datetime(2022, 5, 5, 8), b"bytes",  # noqa: DTZ001
        {1, 2}, pytest.param(object(), id="an object"), {None: 1}, {True: 1}, {1: "a", "1": "b"}, {"d": datetime(2022, 5, 5)},  # noqa: DTZ001
    ],
    ids=repr,
)  # fmt: skip
def test_what_has_no_one_spelling_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical.text(value)


def test_the_standard_library_would_let_a_float_in() -> None:
    """The broken variant: plain JSON writes a float without a word, and its digits depend on who computed it."""
    assert json.dumps(0.1 + 0.2) != json.dumps(0.3)
    with pytest.raises(TypeError):
        canonical.text(0.1 + 0.2)


def test_a_digest_is_sha256_of_the_bytes() -> None:
    assert (
        canonical.digest("窗") == canonical.digest("窗".encode()) == hashlib.sha256("窗".encode()).hexdigest()
    )


def test_a_commitment_hides_binds_and_dies_with_its_salt() -> None:
    said = {"reason": "材料不全"}
    one = canonical.commitment("salt", said)
    assert one == canonical.commitment("salt", {"reason": "材料不全"})
    assert one != canonical.commitment("other", said)
    assert one != canonical.commitment("salt", {"reason": "材料不全。"})
    assert one != canonical.digest(canonical.text(said)), "an unsalted digest could be guessed"


def test_the_day_of_a_moment_is_shanghais() -> None:
    assert local_day(datetime(2022, 5, 4, 16, 0, tzinfo=UTC)) == date(2022, 5, 5)
    assert local_day(datetime(2022, 5, 4, 15, 59, 59, tzinfo=UTC)) == date(2022, 5, 4)
    assert local(datetime(2022, 5, 4, 16, 0, tzinfo=UTC)).hour == 0
