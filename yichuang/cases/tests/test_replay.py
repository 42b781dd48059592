"""The same key twice is one step and one receipt, whatever happened in between; another content is a conflict."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from yichuang.cases import commands, flow
from yichuang.cases.commands import Stepped, step
from yichuang.cases.flow import Action
from yichuang.cases.queries import CaseRow, load
from yichuang.cases.tests import factories as make
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid, Problem

pytestmark = pytest.mark.django_db
STEPS = make.STEPS
KEY = "k" * 32


def picture(row: CaseRow) -> tuple[object, ...]:
    """Everything that a step may touch."""
    tables = (
        "cases_case",
        "cases_work",
        "cases_particulars",
        "journal_fresh",
        "journal_series",
        "cases_number",
    )
    counted = [
        sql.rows(f"select md5(string_agg(t::text, '|' order by t::text)) from {name} t") for name in tables
    ]
    return (facts_of(row.id), counted)


def in_another_content(row: CaseRow, action: Action) -> Stepped:
    """The same key with another content; accepting has none, so it is asked by somebody else."""
    by = people.clerk() if action == Action.ACCEPT else SYSTEM
    return make.perform(row, action, by, key=KEY, more="另")


@pytest.mark.parametrize("action", STEPS)
def test_the_same_key_yields_the_same_receipt(action: Action) -> None:
    row = make.ready_for(action)
    first = make.perform(row, action, SYSTEM, key=KEY)
    before = picture(row)
    again = make.perform(row, action, SYSTEM, key=KEY)
    late = make.perform(row, action, SYSTEM, key=KEY, seen=row.seq)
    for receipt in (again, late):
        assert receipt.replayed
        assert (receipt.seq, receipt.document_number) == (first.seq, first.document_number)
    assert not first.replayed
    assert picture(row) == before


# What the platform alone notes has no content that could be another.
@pytest.mark.parametrize("action", [action for action in STEPS if not flow.BY_ACTION[action].automatic])
def test_the_same_key_with_another_content_is_a_conflict(action: Action) -> None:
    row = make.ready_for(action)
    make.perform(row, action, SYSTEM, key=KEY)
    before = picture(row)
    with pytest.raises(Conflict, match="另一内容"):
        in_another_content(row, action)
    assert picture(row) == before


@pytest.mark.parametrize("action", STEPS)
def test_a_key_belongs_to_one_action(action: Action) -> None:
    row = make.ready_for(Action.PROPOSE)
    make.perform(row, Action.PROPOSE, SYSTEM, key=KEY)
    if action != Action.PROPOSE:
        with pytest.raises(Conflict):
            make.perform(row, action, SYSTEM, key=KEY)
    assert len(facts_of(row.id)) == row.seq + 1


def test_the_key_of_the_filing_is_no_receipt_for_a_step() -> None:
    row = make.filed()
    used = sql.one("select key from journal_fact where subject_id = %(id)s", {"id": row.id})
    assert used is not None
    with pytest.raises(Conflict):
        make.perform(row, Action.ACCEPT, SYSTEM, key=used[0])


def test_the_same_key_on_another_case_is_another_step() -> None:
    for row in (make.filed(), make.filed()):
        assert not make.perform(row, Action.ACCEPT, SYSTEM, key=KEY).replayed


def test_a_receipt_is_given_long_after_the_case_has_moved_on() -> None:
    row = make.filed()
    asked = make.perform(row, Action.ASK_CORRECTION, SYSTEM, at=make.AT, key=KEY)
    make.perform(row, Action.ANSWER_CORRECTION, SYSTEM)
    # Within a state that would take the step again, and on a day on which its date would be refused.
    years_later = make.LATER + timedelta(days=700)
    again = commands.ask_correction(
        row.id, lines=make.LINES, respond_by=make.AT.date() + timedelta(days=10), newly_shown="答复反映出新问题",
        by=SYSTEM, at=years_later, key=KEY,
    )  # fmt: skip
    assert again.replayed
    assert again.seq == asked.seq


@pytest.mark.parametrize("action", [Action.EXTEND, Action.SEND_BACK])
def test_a_house_that_looked_at_the_key_last_would_be_caught(
    action: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: the read does not tell what the key has left, so the second click is refused."""

    def blind(case_id: UUID, *, by: Actor, key: str | None = None) -> CaseRow | None:
        return load(case_id)

    row = make.ready_for(action)
    make.perform(row, action, SYSTEM, key=KEY)
    monkeypatch.setattr(step, "load_visible", blind)
    with pytest.raises(Problem):
        make.perform(row, action, SYSTEM, key=KEY)


@pytest.mark.parametrize("action", STEPS)
def test_a_stale_screen_changes_nothing(action: Action) -> None:
    row = make.ready_for(action)
    before = picture(row)
    for seen in (row.seq - 1, row.seq + 1, 0):
        with pytest.raises(Conflict, match="已经变化"):
            make.perform(row, action, SYSTEM, seen=seen)
    assert picture(row) == before
    assert make.perform(row, action, SYSTEM, seen=row.seq).seq == row.seq + 1


def test_a_stale_screen_says_who_holds_the_case_and_where_it_stands() -> None:
    row = make.in_review()
    commands.claim(row.id, by=people.reviewer(), at=make.AT)
    with pytest.raises(Conflict) as caught:
        make.perform(row, Action.PROPOSE, people.reviewer(username="second"), seen=row.seq - 1)
    assert all(words in caught.value.message for words in (row.number, "审查", "reviewer（示例）"))


REFUSALS: list[Callable[[CaseRow], Stepped]] = [
    lambda row: commands.extend(row.id, days=11, reason="复杂", by=SYSTEM, at=make.LATER, key=KEY),
    lambda row: commands.pause(row.id, ground="none", expected_days=5, by=SYSTEM, at=make.LATER, key=KEY),
]


@pytest.mark.parametrize("work", REFUSALS)
def test_a_refused_step_uses_no_key(work: Callable[[CaseRow], Stepped]) -> None:
    row = make.in_review()
    with pytest.raises(Invalid):
        work(row)
    assert not make.perform(row, Action.PROPOSE, SYSTEM, key=KEY).replayed
