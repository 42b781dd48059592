"""The draw: the same seed gives the same list, every place is equally likely, and an independent second hand agrees."""

import hashlib
import random
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.cases.flow.reviewers import MOST_REVIEWS, Exclusion
from yichuang.cases.rules.draw import STEPS, Candidate, draw, seed_of, shuffled, sift

POOL = [UUID(int=number) for number in range(1, 11)]
SEEDS = 2_000
# The 0.999 quantile of chi square with 9 degrees of freedom: an honest draw stays below it 999 times of 1,000; the seeds
# are fixed, so the answer is always the same.
MOST_CHI_SQUARE = 27.88


def seed(number: int) -> str:
    return seed_of("510000-119-2022-000001", "0" * 64, UUID(int=number))


def second_hand(given: str, pool: Sequence[UUID]) -> list[str]:
    """The algorithm as its steps tell it, written anew on texts."""
    names = sorted(str(one) for one in pool)
    k = 0
    for i in reversed(range(1, len(names))):
        while True:
            r = int(hashlib.sha256(f"{given}:{k}".encode()).hexdigest()[:16], 16)
            k += 1
            if r < 2**64 - 2**64 % (i + 1):
                break
        j = r % (i + 1)
        names[i], names[j] = names[j], names[i]
    return names


@given(st.integers(0, 10**9), st.sets(st.uuids(), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_the_same_seed_gives_the_same_order_however_the_list_was_handed_in(
    number: int, pool: set[UUID], dice: random.Random
) -> None:
    mixed = list(pool)
    dice.shuffle(mixed)
    order = shuffled(seed(number), mixed)
    assert order == shuffled(seed(number), sorted(pool))
    assert set(order) == pool
    assert [str(one) for one in order] == second_hand(seed(number), mixed)


def test_a_vector_that_never_changes() -> None:
    assert (
        seed(1)
        == hashlib.sha256(
            f"510000-119-2022-000001\n{'0' * 64}\n00000000-0000-0000-0000-000000000001".encode()
        ).hexdigest()
    )
    assert [one.int for one in shuffled(seed(1), POOL)] == VECTOR


VECTOR = [1, 10, 7, 3, 5, 6, 4, 9, 2, 8]


def chi_square(counts: Counter[UUID], draws: int) -> float:
    """How far the counts of ten experts stray from equal shares of all places."""
    share = draws / len(POOL)
    return sum((counts[one] - share) ** 2 / share for one in POOL)


def test_everybody_is_drawn_equally_often() -> None:
    for places in (1, 3):
        counts = Counter(
            one for n in range(SEEDS) for one in draw(seed(n), POOL, wanted=places, reserve=0).drawn
        )
        # The places of one draw exclude each other, so that three of ten stray less than three draws of one would.
        assert chi_square(counts, SEEDS * places) < MOST_CHI_SQUARE


def test_a_draw_that_favours_somebody_would_be_caught() -> None:
    """Two broken variants: a swap with every place instead of the places left, and the list never shuffled at all."""

    def naive(given: str) -> UUID:
        order = list(POOL)
        for place in range(len(order)):
            other = hashlib.sha256(f"{given}:{place}".encode()).digest()[0] % len(order)
            order[place], order[other] = order[other], order[place]
        return order[-2]

    assert chi_square(Counter(naive(seed(n)) for n in range(SEEDS)), SEEDS) > MOST_CHI_SQUARE
    assert chi_square(Counter({POOL[0]: SEEDS}), SEEDS) > MOST_CHI_SQUARE


def test_drawn_and_reserve_follow_each_other_in_one_order() -> None:
    order = shuffled(seed(7), POOL)
    made = draw(seed(7), POOL, wanted=3, reserve=4)
    assert made.drawn + made.reserve == order[:7]
    assert draw(seed(7), POOL, wanted=8, reserve=9).reserve == order[8:]


@pytest.mark.parametrize(("wanted", "reserve"), [(0, 1), (-1, 0), (11, 0), (1, -1)])
def test_a_draw_needs_places_and_people(wanted: int, reserve: int) -> None:
    with pytest.raises(ValueError, match="eligible"):
        draw(seed(1), POOL, wanted=wanted, reserve=reserve)


def candidate(number: int, **changes: object) -> Candidate:
    usual: dict[str, object] = {
        "unit": f"研究所{number}", "unit_code": "", "is_active": True, "relations": frozenset(), "recent": 0,
    }  # fmt: skip
    return Candidate(UUID(int=number), **(usual | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"is_active": False, "unit": "申请人"}, Exclusion.INACTIVE),
        ({"unit": "申请人"}, Exclusion.SAME_UNIT),
        ({"unit_code": "CODE"}, Exclusion.SAME_UNIT),
        ({"unit_code": ""}, None),
        ({"relations": frozenset({"申请人", "别人"})}, Exclusion.RELATION),
        ({"relations": frozenset({"别人"})}, None),
        ({"recent": MOST_REVIEWS}, Exclusion.BUSY),
        ({"recent": MOST_REVIEWS - 1}, None),
    ],
)
def test_who_keeps_away_and_why(changes: dict[str, object], why: Exclusion | None) -> None:
    eligible, excluded = sift([candidate(1, **changes)], applicant="申请人", paper="CODE", most=MOST_REVIEWS)
    assert (eligible, excluded) == (((UUID(int=1),), ()) if why is None else ((), ((UUID(int=1), why),)))


def test_an_applicant_without_a_paper_is_nobodys_unit() -> None:
    assert sift([candidate(1)], applicant="申请人", paper="", most=3)[0] == (UUID(int=1),)


@given(st.integers(0, 10**6), st.sets(st.integers(1, 30), min_size=4), st.sets(st.integers(1, 30)))
def test_the_recused_are_never_drawn(number: int, pool: set[int], related: set[int]) -> None:
    people = [candidate(n, relations=frozenset({"申请人"} if n in related else set())) for n in pool]
    eligible, excluded = sift(people, applicant="申请人", paper="", most=3)
    assert {one.int for one in eligible} == pool - related
    assert {one.int for one, _ in excluded} == pool & related
    if len(eligible) > 1:
        made = draw(seed(number), eligible, wanted=1, reserve=len(eligible))
        assert not {one.int for one in made.drawn + made.reserve} & related


def test_the_steps_are_told() -> None:
    assert any("Fisher" in step for step in STEPS)
