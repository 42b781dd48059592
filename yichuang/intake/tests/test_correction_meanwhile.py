"""Corrections that meet something on their way: another page of the same draft, the same click again, another notice."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from yichuang.cases.commands import Stepped
from yichuang.cases.flow import State
from yichuang.cases.queries import load
from yichuang.intake import commands, queries
from yichuang.intake.commands import Mended, correction
from yichuang.intake.models import Draft, Material
from yichuang.intake.tests import factories as make
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict

pytestmark = pytest.mark.django_db
LATER = make.AT + timedelta(days=2)
SEAL = Mended("third_party_statement", make.pdf("盖章后.pdf"))


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Something happens once, after the draft was read and before it is sent."""
    read, left = queries.own_draft, [happens]

    def then(draft_id: UUID, *, by: Actor) -> queries.DraftRow:
        found = read(draft_id, by=by)
        if left:
            left.pop()()
        return found

    monkeypatch.setattr(correction, "own_draft", then)


def test_what_another_page_adds_while_it_is_sent_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    by = make.applicant()
    made = make.asked_to_correct(by)
    draft = commands.begin_correction(made.case_id, by=by, at=LATER)
    send = partial(commands.send_correction, draft.pk, note="已补", by=by, at=LATER)
    meanwhile(monkeypatch, lambda: commands.add_material(draft.pk, SEAL.code, SEAL.file, by=by, at=LATER))
    key = make.key()
    with pytest.raises(Conflict, match="另一个页面"):
        send(key=key)
    row = load(made.case_id)
    assert row is not None
    assert (row.state, facts_of(made.case_id)[-1].kind) == (State.CORRECTING, "case.correction_asked")
    assert not send(key=key).replayed
    assert [one.name for one in Material.objects.filter(case_id=made.case_id, round=1)] == [SEAL.file.name]
    assert Draft.objects.get(pk=draft.pk).case_id == made.case_id


def test_the_same_click_while_it_is_sent_is_answered_as_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    by = make.applicant()
    made = make.asked_to_correct(by)
    draft = commands.begin_correction(made.case_id, by=by, at=LATER)
    send = partial(commands.send_correction, draft.pk, note="已补", key=make.key(), by=by, at=LATER)
    first: list[Stepped] = []
    meanwhile(monkeypatch, lambda: first.append(send()))
    again = send()
    assert (again.seq, again.replayed, first[0].replayed) == (first[0].seq, True, False)
    assert send().seq == again.seq


def test_a_used_key_is_answered_first_also_while_the_case_waits_again() -> None:
    by = make.applicant()
    made = make.asked_to_correct(by)
    sent: dict[str, Any] = {"materials": [], "note": "", "key": make.key(), "by": by, "at": LATER}
    first = commands.answer_correction(made.case_id, answers={"annual_volume": "400"}, **sent)
    make.ask(made.case_id, LATER, newly_shown="补正后才显示的问题")
    again = commands.answer_correction(made.case_id, answers={"annual_volume": "400"}, **sent)
    assert (again.seq, again.replayed) == (first.seq, True)
    with pytest.raises(Conflict):
        commands.answer_correction(made.case_id, answers={"annual_volume": "401"}, **sent)
