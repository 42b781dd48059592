"""A word planted wherever a reported case keeps words is nowhere after its lawful destruction, and the chain verifies."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from tests.verifier import second
from tests.verifier.planting import WORD, standing
from tests.verifier.test_destroyed import officer
from tests.verifier.test_words_destroyed import everything
from yichuang.effects.cli.evidence import verify
from yichuang.effects.cli.reading import Export
from yichuang.effects.commands import drain_all
from yichuang.effects.queries import export_journal
from yichuang.exchange.commands import destroy
from yichuang.exchange.commands.resolving import drop_doubt
from yichuang.exchange.models import Case, Quarantine
from yichuang.exchange.rules.lines import read_line
from yichuang.exchange.tests import factories as make
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql

LATER = make.AT + timedelta(days=365 * 11)
# Where words about people may stand in the tables of a reported case. Whoever adds a column of words plants the word in it
# below and destroys it, or names it in STAYS.
TABLES = ("exchange_case", "exchange_quarantine", "exchange_line", "exchange_number", "exchange_destroyed")
STAYS = """
source_number item_code item_type region salt last_hash state outcome promptness digest kind reasons done_by_name
by_name reason
""".split()  # noqa: SIM905 - read more easily so
PLANTED = {
    ("exchange_case", "applicant_name"), ("exchange_case", "events"), ("exchange_quarantine", "raw"),
    ("exchange_quarantine", "ground"), ("exchange_line", "raw"),
}  # fmt: skip


def planted() -> Case:
    """A delivered case with the word in its name, its procedure, a doubt that was dropped and the lines of its batches."""
    name: dict[str, Any] = {"applicant_name": WORD}
    make.send([
        make.event(**name), make.event(no=2, kind="special_started", special={"reason": WORD}, **name),
        make.event(no=3, kind="special_ended", day="2022-05-11", **name), make.event(no=4, kind="decided", day="2022-05-11", **name),
        make.event(no=5, kind="delivered", day="2022-05-12", **name), make.event(no=6, kind="withdrawn", day="2022-05-12", **name),
        make.event(no=4, kind="decided", day="2022-05-12", **name), make.event("S-2", applicant_name="另一示例"),
    ])  # fmt: skip
    for doubt in Quarantine.objects.filter(source_number="S-1"):
        drop_doubt(doubt.pk, f"已核对{WORD}", by=make.resolver(), at=make.AT, key=uuid4().hex)
    return Case.objects.get(source_number="S-1")


def destroyed(row: Case) -> None:
    destroy.destroy_reported(row.pk, "ordered", "示例1号", by=officer(), at=LATER, key=uuid4().hex)


@pytest.mark.django_db
def test_a_word_of_a_reported_case_is_nowhere_and_whatever_is_left_out_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = planted()
    own = [(table, column) for table, column in everything() if table in TABLES]
    assert standing(own) == PLANTED
    named = PLANTED | {("exchange_destroyed", "ground")}
    assert {(table, column) for table, column in own if column not in STAYS} == named
    hashes = [
        read_line(make.event(applicant_name=WORD), 1, "").entry.digest,
        *(one.digest for one in Quarantine.objects.all()),
    ]
    # Whoever knows how an event is digested cannot find a name in the journal, not even before its destruction.
    told = str(sql.rows("select key_hash, data from journal_fact"))
    assert not [one for one in hashes if one[:32] in told]
    whole = destroy.WORDS
    for left_out in range(len(whole)):
        monkeypatch.setattr(destroy, "WORDS", whole[:left_out] + whole[left_out + 1 :])
        with transaction.atomic():
            destroyed(row)
            assert standing(own), whole[left_out]
            transaction.set_rollback(True)
    monkeypatch.setattr(destroy, "WORDS", whole)
    salt = row.salt
    destroyed(row)
    assert standing(everything()) == set()
    left = "".join(str(one) for table in TABLES for one in sql.rows(f"select t::text from {table} t"))
    assert not [one for one in (*hashes, salt) if one[:32] in left]
    assert "另一示例" in left
    assert [one.kind for one in facts_of(row.pk)][-1] == "reported.content_destroyed"


def test_both_verifiers_find_a_destroyed_case_in_order_and_what_was_done_to_it_in_secret(
    committed: dict[str, str], tmp_path: Path
) -> None:
    destroyed(planted())
    drain_all(at=LATER)
    export_journal(tmp_path)
    assert verify(Export(tmp_path), (), None, None).findings == []
    assert second.verify(tmp_path, [], {}) == []
    # The broken variant: its fact on another day, and nothing said about it.
    file = next(
        one for one in sorted(tmp_path.rglob("*")) if one.is_file() and "content_destroyed" in one.read_text()
    )
    file.write_text(file.read_text().replace("reported.content_destroyed", "reported.content_destroyeD"))
    assert second.verify(tmp_path, [], {})
    assert verify(Export(tmp_path), (), None, None).findings
