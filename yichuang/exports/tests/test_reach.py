"""Who may have a file that was made within some rights: whoever sees as much, and nobody who sees less."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.exports.rules import reach_of, said, still_reaches
from yichuang.kernel.actor import SYSTEM, Actor

BODIES = [UUID(int=number) for number in range(1, 5)]
STAFF = st.builds(
    Actor,
    kind=st.just("staff"),
    name=st.just("示例"),
    department_id=st.sampled_from(BODIES),
    everywhere=st.booleans(),
    departments=st.frozensets(st.sampled_from(BODIES)),
    clearance=st.integers(0, 3),
)
ONE = Actor("staff", "示例", department_id=BODIES[0], clearance=1)


@settings(max_examples=100, deadline=None)
@given(STAFF, STAFF)
def test_a_file_is_for_whoever_sees_all_that_its_maker_saw(maker: Actor, reader: Actor) -> None:
    made, seen = maker.scope_departments, reader.scope_departments
    enough = seen is None or (made is not None and set(made) <= set(seen))
    expected = enough and reader.clearance >= maker.clearance
    assert still_reaches(reach_of(maker), by=reader) == expected
    assert still_reaches(reach_of(maker), by=maker)


@pytest.mark.parametrize(
    ("later", "may"),
    [
        ({}, True), ({"clearance": 0}, False), ({"clearance": 3}, True), ({"department_id": BODIES[1]}, False),
        ({"department_id": BODIES[1], "departments": frozenset(BODIES[:2])}, True), ({"everywhere": True}, True),
        ({"department_id": None}, False), ({"kind": "applicant"}, False),
    ],
)  # fmt: skip
def test_rights_that_shrank_take_the_file_and_rights_that_grew_do_not(
    later: dict[str, object], may: bool
) -> None:
    assert still_reaches(reach_of(ONE), by=replace(ONE, **later)) == may  # type: ignore[arg-type]


@pytest.mark.parametrize("reach", ["", ":", ":*", "x:*", "-1:*", "１：*", "1.0:*", " 1:*", "9:*", "1"])
def test_a_file_of_which_the_reach_is_unknown_is_nobody_s(reach: str) -> None:
    assert not still_reaches(reach, by=replace(ONE, clearance=3))
    assert not still_reaches(f"3:{BODIES[1]},*", by=replace(ONE, clearance=3))
    assert still_reaches(reach_of(SYSTEM), by=SYSTEM)


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=40))
def test_a_purpose_is_one_line_that_can_be_read_and_is_so_again(typed: str) -> None:
    kept = said(typed)
    assert said(kept) == kept
    assert "\n" not in kept
    assert kept == kept.strip()
    assert all(sign.isprintable() or sign == " " for sign in kept)
    # Nothing of what could be read is lost.
    assert "".join(kept.split()) == "".join(
        sign for sign in typed if sign.isprintable() and not sign.isspace()
    )
