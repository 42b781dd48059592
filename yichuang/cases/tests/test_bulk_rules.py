"""The pure part of bulk acts: whose hand it is, how reasons stand together, how far it is."""

import random
from datetime import timedelta
from uuid import UUID

import pytest

from yichuang.cases.flow import BY_ACTION, WORK_LABELS, State
from yichuang.cases.flow.bulk_acts import (
    ACT_STATE_LABELS,
    ACT_STATE_TONES,
    AT_WORK,
    BULK_FACTS,
    CAN_BE_CANCELLED,
    KINDS,
    LONGEST_COOLING,
    MOST_REASONS,
    OTHER_REASON,
    ROW_STATE_LABELS,
    ROW_STATE_TONES,
    ActKind,
    ActState,
    RowState,
)
from yichuang.cases.queries.bulk_choice import CONDITIONS, Choice, work_words
from yichuang.cases.rules.bulk_acts import (
    Reasons,
    grouped,
    percent_done,
    persons,
    same_hand,
    seconds_left,
    shared,
    starts_at,
)
from yichuang.cases.tests import factories as make

A, B, C = (UUID(int=number) for number in (1, 2, 3))


@pytest.mark.parametrize(
    ("prepared", "releasing", "same"),
    [
        ([A], persons(B, []), False),
        ([A], persons(A, []), True),
        # B releases in A's place, or B prepared in A's place and A releases.
        ([A], persons(B, [A]), True),
        ([B, A], persons(A, []), True),
        # Both in the place of the same colleague.
        ([A, C], persons(B, [C]), True),
        ([A, None], persons(None, []), False),
    ],
)
def test_four_eyes_are_of_four_people_whoever_stands_in(
    prepared: list[UUID | None], releasing: frozenset[UUID], same: bool
) -> None:
    assert same_hand(prepared, releasing) is same


def test_a_rule_that_asks_for_the_account_alone_would_be_passed_by_a_stand_in() -> None:
    """The broken variant: who signs is compared, and not in whose place."""

    def naive(prepared: list[UUID], releasing: UUID) -> bool:
        return releasing in prepared[:1]

    assert not naive([A], B)
    assert same_hand([A], persons(B, [A]))


def test_reasons_stand_together_and_every_case_is_counted_once() -> None:
    chance = random.Random(3)
    for different in (1, 5, MOST_REASONS, MOST_REASONS + 40):
        known: Reasons = []
        given = [f"原因{chance.randrange(different)}" for _ in range(300)]
        places = []
        for text in given:
            known, place = grouped(known, text)
            places.append(place)
        assert sum(count for _, count in known) == len(given)
        assert len(known) <= MOST_REASONS + 1
        assert all(
            known[place - 1][0] in (text, OTHER_REASON) for text, place in zip(given, places, strict=True)
        )
        assert [count for _, count in known] == [places.count(place) for place in range(1, len(known) + 1)]
        # What is on the act comes back from the database as lists.
        assert grouped([list(one) for one in known], given[0])[1] == places[0]  # type: ignore[misc]


def test_a_refusal_says_nothing_of_one_case_alone() -> None:
    number = "510000119-2022-000012"
    message = f"办件 {number} 已经变化：目前为「审查」。"
    assert shared(message, number) == "办件已经变化：目前为「审查」。"
    assert shared("您已对此件提出审查意见，不能由同一人决定。", number).startswith("放行人已对此件")
    assert shared("没有找到", "") == "没有找到"


def counts(**changed: int) -> dict[str, int]:
    return {"checked": 0, "total": 0, "able": 0, "done": 0, "refused": 0, "skipped": 0} | changed


def test_progress_is_whole_per_cent_and_never_done_before_the_end() -> None:
    assert percent_done(ActState.CHECKING, counts(checked=999, total=1000)) == 99
    assert percent_done(ActState.RUNNING, counts(done=1, refused=1, skipped=1, able=4, total=9)) == 75
    assert percent_done(ActState.RUNNING, counts()) == 0
    for able in (1, 3, 7, 50_000):
        found = [
            percent_done(ActState.RUNNING, counts(done=done, able=able))
            for done in range(0, able + 1, max(1, able // 7))
        ]
        assert found == sorted(found)
        assert percent_done(ActState.RUNNING, counts(done=able - 1, able=able)) < 100


def test_the_time_left_is_that_of_the_speed_so_far() -> None:
    began = make.AT
    assert seconds_left(began, began + timedelta(seconds=10), 1000, 500) == 5
    assert seconds_left(began, began + timedelta(seconds=10), 3, 1) == 4
    for nothing in ((None, began, 1, 1), (began, began, 1, 1), (began, began + timedelta(1), 0, 1)):
        assert seconds_left(*nothing) is None
    assert starts_at(began, 30) - began == timedelta(minutes=30)


def test_the_tables_are_whole_and_follow_the_flow_table() -> None:
    assert set(ACT_STATE_LABELS) == set(ACT_STATE_TONES) == set(ActState)
    assert set(ROW_STATE_LABELS) == set(ROW_STATE_TONES) == set(RowState)
    assert set(AT_WORK) < set(CAN_BE_CANCELLED)
    assert not {ActState.DONE, ActState.CANCELLED} & set(CAN_BE_CANCELLED)
    assert {name.partition(".")[0] for name in BULK_FACTS} == {"bulk_act"}
    for kind in ActKind:
        row = KINDS[kind]
        assert row.capability == BY_ACTION[row.action].capability == row.preparers[0]
        assert 0 <= row.least_cooling <= row.cooling <= LONGEST_COOLING
        assert row.consequence
        assert work_words(kind) == "、".join(WORK_LABELS[one] for one in row.work)
    # What is recorded for ever waits; nothing else ends a clock.
    assert [kind for kind in ActKind if KINDS[kind].least_cooling] == [ActKind.DECIDE]
    assert BY_ACTION[KINDS[ActKind.DECIDE].action].target == State.DECIDED


def test_a_choice_narrows_by_what_it_says_only() -> None:
    assert set(CONDITIONS) <= set(Choice.__slots__)
    assert Choice("编号", numbers=("1",)).named
    assert not Choice("全部", mine=True).named
