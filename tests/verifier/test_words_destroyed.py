"""A word planted wherever people can write about a case is nowhere after its lawful destruction."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from tests.verifier import test_destroyed as before
from tests.verifier.planting import WORD, forgotten, places, plant, standing
from yichuang.cases.commands import destroy as cases
from yichuang.effects.queries import still_used
from yichuang.feedback.commands import destroy as feedback
from yichuang.feedback.models import Complaint, Rating
from yichuang.gateways.files import FileStore
from yichuang.halls.commands import destroy as halls
from yichuang.intake.commands import destroy as intake
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict

pytestmark = pytest.mark.django_db
LISTS = (
    (cases, "BESIDE"),
    (intake, "CONTENT"),
    (halls, "WORDS"),
    (feedback, "WORDS"),
)


def test_a_word_planted_everywhere_is_nowhere_and_whatever_is_left_out_is_named(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FILES_DIR = tmp_path
    store = FileStore(tmp_path)
    case_id = before.refused_case()
    files = plant(case_id, store)
    by = before.officer()
    wanted = places()
    assert len(wanted) > 45
    assert set(wanted) - standing(wanted) == set(), "plant the word there, or say why nobody writes there"
    # Every statement left out in turn: what it would have emptied is told by name.
    for module, name in LISTS:
        whole = vars(module)[name]
        for left_out in range(len(whole)):
            monkeypatch.setattr(module, name, whole[:left_out] + whole[left_out + 1 :])
            assert still(case_id, wanted, files, by), whole[left_out]
        monkeypatch.setattr(module, name, whole)
    for forgets in (
        "yichuang.intake.commands.destroy.forget_messages",
        "yichuang.feedback.commands.destroy.forget_messages",
    ):
        with monkeypatch.context() as careless:
            careless.setattr(forgets, lambda _subject: None)
            assert {table for table, _ in still(case_id, wanted, files, by)} == {"notices_message"}
    with monkeypatch.context() as careless:
        careless.setattr("yichuang.intake.commands.destroy._forget_applicant", lambda *_: None)
        assert {table for table, _ in still(case_id, wanted, files, by)} == {"directory_applicant"}

    assert feedback.destroy_case(before.order(case_id), by=by, at=before.LATER)
    assert standing(everything()) == set()
    assert set(files) <= set(facts_of(case_id)[-1].data["documents"])
    assert all(store.has(one) for one in files)
    forgotten(case_id)
    assert not any(WORD.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def still(case_id: UUID, wanted: list[tuple[str, str]], files: list[str], by: Actor) -> set[tuple[str, str]]:
    """Where the word is left, and which files are still held, by a destruction that is taken back."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                assert feedback.destroy_case(before.order(case_id), by=by, at=before.LATER)
                found = standing(wanted) | {("file", one) for one in still_used(files)}
        except IntegrityError:
            # What hangs on the row that was left out does not let go of it.
            found = {("refused by the database", "")}
        transaction.set_rollback(True)
    return found


def everything() -> list[tuple[str, str]]:
    """Every column of every table that can hold words, whatever it is for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select t.relname, a.attname from pg_class t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 "
            "where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p') and not t.relispartition "
            "and not a.attisdropped and format_type(a.atttypid, null) ~ 'text|json|bytea|character|tsvector' "
            "and has_table_privilege(t.oid, 'select')"
        )
        return [(str(table), str(column)) for table, column in cursor.fetchall()]


def test_nothing_is_destroyed_under_the_hands_of_those_who_answer(tmp_path: Path) -> None:
    case_id = before.refused_case()
    plant(case_id, FileStore(tmp_path))
    by = before.officer()
    what = before.order(case_id)
    Complaint.objects.update(state="assigned")
    with pytest.raises(Conflict, match="没办完"):
        feedback.destroy_case(what, by=by, at=before.LATER)
    assert Rating.objects.filter(words=WORD).count() == 3
    Complaint.objects.update(state="closed")
    assert feedback.destroy_case(what, by=by, at=before.LATER)
    # A complaint that names the case later does not turn a repeated click into a refusal.
    Complaint.objects.update(state="assigned")
    assert not feedback.destroy_case(what, by=by, at=before.LATER)


def test_a_rating_changes_for_no_other_reason(tmp_path: Path) -> None:
    """The database itself holds: words go only with the content of a case that was destroyed, and nothing else goes."""
    case_id = before.refused_case()
    plant(case_id, FileStore(tmp_path))

    def tried(**changes: Any) -> bool:
        try:
            with transaction.atomic():
                Rating.objects.filter(case_id=case_id).update(**changes)
        except IntegrityError:
            return False
        return True

    gone = {"words": cases.GONE, "phone": ""}
    assert not tried(**gone)
    by: Actor = before.officer()
    later: datetime = before.LATER
    assert feedback.destroy_case(before.order(case_id), by=by, at=later)
    assert tried(**gone)
    assert [tried(**gone | {"level": 5}), tried(words="很好", phone=""), tried(words="", phone="")] == [
        False
    ] * 3
