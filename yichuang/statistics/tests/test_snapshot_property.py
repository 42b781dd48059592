"""Snapshots: the same facts give the same bytes, a changed byte is noticed, and what is read is what was frozen."""

import json
import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from yichuang.journal.queries import facts_of, head
from yichuang.kernel import canonical
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.statistics import commands, queries
from yichuang.statistics.flow import BY_CODE, GROUPS, MANUALS, MEASURES, WINDOW, WINDOW_MEASURES, Form, Scope
from yichuang.statistics.models import Snapshot
from yichuang.statistics.queries import Figure
from yichuang.statistics.tests.happenings import Happening, enter, invent, moment

FIRST, LAST = date(2022, 5, 2), date(2022, 5, 8)
AT = moment(LAST)


def invented(seed: int, length: int = 50) -> list[Happening]:
    chance = random.Random(seed)
    return [invent(chance, date(2022, 4, 1), LAST) for _ in range(length)]


def frozen(told: list[Happening], drains: int) -> Snapshot:
    """The snapshot of a history that is drained every so many facts (0: never before), all taken back afterwards."""
    with transaction.atomic():
        for place, one in enumerate(told, start=1):
            enter(one)
            if drains and place % drains == 0:
                commands.close_batch(at=AT, limit=3)
        made = commands.freeze(first_day=FIRST, last_day=LAST, by=SYSTEM, at=AT)
        transaction.set_rollback(True)
    return made


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_bytes_depend_on_the_facts_alone(seed: int) -> None:
    """Not on the order in which they came, nor on how they were drained."""
    told = invented(seed)
    first = frozen(told, 0)
    shuffled = random.Random(seed).sample(told, len(told))
    for other in (frozen(told, 1), frozen(told, 7), frozen(shuffled, 5)):
        assert other.figures == first.figures
        assert other.sha256 == first.sha256
    one_more = Happening(AT, "case.accepted")
    assert frozen([*told, one_more], 0).sha256 != first.sha256


@pytest.mark.django_db
def test_freezing_again_gives_the_same_bytes_under_its_own_seal() -> None:
    for one in invented(4):
        enter(one)
    first = commands.freeze(first_day=FIRST, last_day=LAST, by=SYSTEM, at=AT)
    second = commands.freeze(first_day=FIRST, last_day=LAST, by=SYSTEM, at=AT)
    assert first.pk != second.pk
    assert (first.figures, first.sha256) == (second.figures, second.sha256)
    # The fact of the first freezing itself is under the second seal.
    assert second.seal == first.seal + 1 == head().number


@pytest.mark.django_db
def test_the_journal_remembers_the_hash_and_the_seal() -> None:
    enter(Happening(AT, "case.accepted"))
    made = commands.freeze(first_day=FIRST, last_day=LAST, by=SYSTEM, at=AT)
    (fact,) = facts_of(made.pk)
    assert fact.kind == "snapshot.frozen"
    assert fact.data == {"seal": made.seal, "sha256": made.sha256, "as_of": str(LAST)}
    assert queries.snapshot(made.pk) == made
    assert queries.snapshot(UUID(int=1)) is None


@pytest.mark.django_db
def test_a_period_that_ends_before_it_begins_freezes_nothing() -> None:
    with pytest.raises(Invalid):
        commands.freeze(first_day=LAST, last_day=FIRST, by=SYSTEM, at=AT)
    assert not Snapshot.objects.exists()


@pytest.mark.django_db
def test_every_cell_of_the_report_is_in_it() -> None:
    for one in invented(5):
        enter(one)
    figures = commands.frozen_figures(commands.freeze(first_day=FIRST, last_day=LAST, by=SYSTEM, at=AT))
    whole = [(figure.scope, figure.group, figure.measure) for figure in figures if figure.department is None]
    both = (Scope.WEEK, Scope.YEAR_TO_DATE)
    wanted = [(str(scope), group, measure.code) for scope in both for group in GROUPS for measure in MEASURES]
    wanted += [(str(scope), WINDOW, measure.code) for scope in both for measure in WINDOW_MEASURES]
    wanted += [("week", MANUALS, "compiled")]
    wanted += [("to_date", MANUALS, code) for code in ("compiled", "items", "share")]
    assert sorted(whole) == sorted(wanted)
    for measure in (measure for measure in MEASURES if measure.form == Form.COUNT):
        for group in GROUPS:
            parts = [
                figure.value
                for figure in figures
                if (figure.scope, figure.group, figure.measure) == ("week", group, measure.code)
                and figure.department is not None
            ]
            (total,) = [
                figure.value
                for figure in figures
                if (figure.scope, figure.group, figure.measure, figure.department)
                == ("week", group, measure.code, None)
            ]
            assert sum(part for part in parts if isinstance(part, int)) == total


def figures() -> st.SearchStrategy[Figure]:
    """Any figure that could be published."""
    decimals = st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False, allow_infinity=False)
    values = st.none() | st.integers(0, 10**12) | decimals
    days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
    return st.builds(
        Figure,
        st.sampled_from([str(scope) for scope in Scope]),
        st.sampled_from(list(GROUPS)),
        st.none() | st.uuids(),
        st.sampled_from(list(BY_CODE)),
        values,
        days,
        days,
    )


def kept(found: list[Figure]) -> Snapshot:
    """A snapshot of figures, not stored."""
    text = canonical.text([figure.as_json() for figure in found])
    return Snapshot(figures=text, sha256=canonical.digest(text))


@given(st.lists(figures(), max_size=8))
def test_what_is_read_is_what_was_frozen(found: list[Figure]) -> None:
    snapshot = kept(found)
    again = commands.frozen_figures(snapshot)
    assert again == found
    assert [str(figure.value) for figure in again] == [str(figure.value) for figure in found]
    assert kept(again).sha256 == snapshot.sha256


@given(st.lists(figures(), min_size=1, max_size=4), st.data())
def test_any_other_character_is_noticed(found: list[Figure], data: st.DataObject) -> None:
    snapshot = kept(found)
    place = data.draw(st.integers(0, len(snapshot.figures) - 1))
    sign = data.draw(st.characters(min_codepoint=32, max_codepoint=126))
    forged = snapshot.figures[:place] + sign + snapshot.figures[place + 1 :]
    if forged == snapshot.figures:
        return
    snapshot.figures = forged
    with pytest.raises(Conflict, match="校验值"):
        commands.frozen_figures(snapshot)


def test_decimals_stand_as_they_are_printed() -> None:
    figure = Figure("week", "licence", None, "early_share", Decimal("100.00"), FIRST, LAST)
    text = canonical.text([figure.as_json()])
    assert '"value":"100.00"' in text
    assert json.loads(text, parse_float=lambda _: pytest.fail("a float")) == [
        {
            "scope": "week",
            "group": "licence",
            "department": None,
            "measure": "early_share",
            "value": "100.00",
            "first_day": "2022-05-02",
            "last_day": "2022-05-08",
        }
    ]
    assert figure.unit == "%"
    assert replace(figure, measure="accepted", value=3).unit == "件"


def test_a_float_never_gets_into_a_snapshot() -> None:
    figure = Figure("week", "licence", None, "early_share", 64.29, FIRST, LAST)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        kept([figure])
