from uuid import UUID

import pytest

from yichuang.kernel.actor import ANONYMOUS, SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem, Refused, Unavailable

WATER, HEALTH = UUID(int=1), UUID(int=2)
CLERK = Actor("staff", "甲", id=UUID(int=3), department_id=WATER, capabilities=frozenset({"case.accept"}))


def test_a_capability_is_held_or_refused() -> None:
    assert CLERK.can("case.accept")
    assert not CLERK.can("case.decide")
    assert not ANONYMOUS.can("case.accept")
    assert SYSTEM.can("anything")
    CLERK.require("case.accept")
    with pytest.raises(Refused, match="权限"):
        CLERK.require("case.decide")
    with pytest.raises(Refused):
        ANONYMOUS.require("")


@pytest.mark.parametrize(
    ("by", "reached"),
    [
        (CLERK, [WATER]),
        (SYSTEM, [WATER, HEALTH, None]),
        (Actor("staff", "乙", everywhere=True), [WATER, HEALTH, None]),
        (Actor("staff", "丙"), []),
        (Actor("applicant", "丁", department_id=WATER), []),
        (ANONYMOUS, []),
    ],
    ids=lambda value: value.name if isinstance(value, Actor) else "",
)
def test_how_far_an_actor_reaches(by: Actor, reached: list[UUID | None]) -> None:
    assert [place for place in (WATER, HEALTH, None) if by.reaches(place)] == reached


def test_a_signature_tells_who_without_a_private_name() -> None:
    person = Actor("applicant", "张示例", id=UUID(int=5), applicant_id=UUID(int=6))
    assert person.signature == f"applicant:{UUID(int=6)}"
    assert CLERK.signature == f"staff:{UUID(int=3)}"
    assert (SYSTEM.signature, ANONYMOUS.signature) == ("system", "anonymous")


@pytest.mark.parametrize(
    ("kind", "status"),
    [(Invalid, 422), (Refused, 403), (Missing, 404), (Conflict, 409), (Unavailable, 503), (Problem, 400)],
)
def test_a_problem_has_its_status_and_words(kind: type[Problem], status: int) -> None:
    problem = kind("什么错了", how="怎么办", fields={"a": "b"})
    assert (problem.status, problem.message, problem.how, problem.fields) == (
        status,
        "什么错了",
        "怎么办",
        {"a": "b"},
    )
    assert problem.title
    assert str(problem) == "什么错了"


def test_what_is_missing_says_so_by_itself() -> None:
    assert Missing().message
    assert Missing().how
