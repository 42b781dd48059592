"""Filing under faults: whichever write fails, and however the connection dies, one key leaves nothing or one case."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test import Client
from django.urls import reverse

from yichuang.cases.flow import Channel
from yichuang.cases.models import Case
from yichuang.cases.tests.test_faults import faults_in
from yichuang.intake import commands, queries
from yichuang.intake.commands import Mended, WalkIn, filing
from yichuang.intake.models import Application, Draft, DraftMaterial, Material
from yichuang.intake.queries import Receipt, make_receipt
from yichuang.intake.tests import factories as make
from yichuang.intake.tests.conftest import browser
from yichuang.intake.tests.test_window import WHO
from yichuang.journal.queries import facts_of
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.keys import uuid7

TABLES = (
    "intake_draft", "intake_draftmaterial", "intake_application", "intake_material", "cases_case", "cases_number",
    "cases_work", "cases_particulars", "journal_fact", "journal_fresh", "journal_client_key", "journal_series",
    "directory_applicant", "intake_receipt", "intake_receipt_signature",
)  # fmt: skip
WRITTEN_BY_FILING = (
    "intake_draft", "intake_application", "intake_material", "cases_case", "cases_number", "cases_work",
    "journal_fact", "journal_fresh", "journal_client_key", "journal_series", "intake_receipt",
)  # fmt: skip


def picture() -> dict[str, object]:
    """Every row that a filing may touch."""
    return {
        table: sql.rows(f"select count(*), md5(string_agg(t::text, '|' order by t::text)) from {table} t")
        for table in TABLES
    }


def all_or_nothing(work: Callable[[], object]) -> bool:
    """Whether the work succeeded. If it failed, nothing at all may have changed."""
    before = picture()
    try:
        work()
    except DatabaseError:
        connection.close()
        assert picture() == before
        return False
    return True


def numbers_without_gap() -> None:
    """The numbers given are 1, 2, 3 … and the series stands at the last."""
    given = sorted(int(number[-6:]) for number in Case.objects.values_list("number", flat=True))
    assert given == list(range(1, len(given) + 1))
    assert sql.one("select coalesce(max(last), 0) from journal_series where series like 'case:%'") == (
        len(given),
    )


def sound(receipt: Receipt) -> None:
    """A case with its application, its materials and its fact, each of which proves the others."""
    found = queries.read_application(receipt.case_id)
    assert found is not None
    fact = facts_of(receipt.case_id)[0]
    assert fact.data["answers"] == canonical.commitment(found.salt, found.answers)
    assert [one["sha256"] for one in fact.data["materials"]] == [one.sha256 for one in found.materials]
    assert Draft.objects.filter(case_id=receipt.case_id).count() == 1


@pytest.mark.parametrize("table", WRITTEN_BY_FILING)
def test_whichever_write_of_a_filing_fails_nothing_is_left(committed: dict[str, str], table: str) -> None:
    by = make.applicant()
    draft = make.complete(by)
    key = make.key()
    with faults_in(committed["owner"], table) as plan:
        for at_write in range(1, 10):
            plan(at_write)
            if all_or_nothing(lambda: commands.file_draft(draft.pk, key=key, by=by, at=make.AT)):
                break
            assert not Case.objects.exists()
        plan(0)
    assert at_write > 1, "the trigger must have failed at least one write"
    sound(commands.file_draft(draft.pk, key=key, by=by, at=make.AT))
    assert Case.objects.count() == Application.objects.count() == 1
    numbers_without_gap()


@pytest.mark.parametrize(
    "table", ["directory_applicant", "intake_draft", "intake_draftmaterial", "intake_material"]
)
def test_whichever_write_at_the_window_fails_nothing_is_left(committed: dict[str, str], table: str) -> None:
    make.offer()
    clerk, key = make.window_clerk(), make.key()
    walk_in = WalkIn(make.WATER, WHO, make.answers(), papers=make.REQUIRED)
    with faults_in(committed["owner"], table) as plan:
        for at_write in range(1, 12):
            plan(at_write)
            if all_or_nothing(lambda: commands.file_walk_in(walk_in, key=key, by=clerk, at=make.AT)):
                break
        plan(0)
    assert at_write > 1
    sound(commands.file_walk_in(walk_in, key=key, by=clerk, at=make.AT))
    assert Case.objects.count() == 1


@pytest.mark.parametrize("table", ["intake_application", "intake_material", "cases_case", "journal_fact"])
def test_whichever_write_of_a_correction_fails_nothing_is_left(committed: dict[str, str], table: str) -> None:
    by = make.applicant()
    made = make.asked_to_correct(by)
    key = make.key()
    files = [Mended(code, make.pdf(f"{code}.pdf")) for code in make.REQUIRED]

    def answer() -> object:
        return commands.answer_correction(
            made.case_id,
            answers={"annual_volume": "400"},
            materials=files,
            note="",
            key=key,
            by=by,
            at=make.AT,
        )

    with faults_in(committed["owner"], table) as plan:
        for at_write in range(1, 10):
            plan(at_write)
            if all_or_nothing(answer):
                break
        plan(0)
    assert at_write > 1
    answer()
    found = queries.read_application(made.case_id)
    assert found is not None
    assert (found.edit, len(found.earlier)) == (2, 1)
    assert Material.objects.filter(case_id=made.case_id, round=1).count() == len(files)


@pytest.mark.parametrize("table", ["intake_application", "intake_material", "cases_case", "journal_fresh"])
def test_a_connection_that_dies_in_the_middle_and_a_retry_leave_one_case(
    committed: dict[str, str], table: str
) -> None:
    by = make.applicant()
    draft = make.complete(by)
    key = make.key()
    with faults_in(committed["owner"], table) as plan:
        plan(1, "terminate")
        assert not all_or_nothing(lambda: commands.file_draft(draft.pk, key=key, by=by, at=make.AT))
        plan(0)
    receipt = commands.file_draft(draft.pk, key=key, by=by, at=make.AT)
    sound(receipt)
    assert commands.file_draft(draft.pk, key=key, by=by, at=make.AT) == receipt
    assert Case.objects.count() == 1
    numbers_without_gap()


AT_COMMIT = """
create function die() returns trigger language plpgsql as $$
begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); return null; end $$;
create constraint trigger die after insert on journal_client_key deferrable initially deferred
for each row execute function die()
"""


def test_a_connection_that_dies_at_the_commit_leaves_nothing(committed: dict[str, str]) -> None:
    by = make.applicant()
    draft, key = make.complete(by), make.key()
    with psycopg.connect(committed["owner"], autocommit=True) as owner:
        owner.execute(AT_COMMIT)
        assert not all_or_nothing(lambda: commands.file_draft(draft.pk, key=key, by=by, at=make.AT))
        owner.execute("drop trigger die on journal_client_key")
    sound(commands.file_draft(draft.pk, key=key, by=by, at=make.AT))
    assert Case.objects.count() == 1


def lost_answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The commit has happened, but its answer never arrives. Returns what heals it."""

    def lost(*_: Any) -> Receipt:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(filing, "make_receipt", lost)
    return lambda: monkeypatch.setattr(filing, "make_receipt", make_receipt)


def test_an_answer_that_is_lost_after_the_commit_is_found_by_the_key(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    by = make.applicant()
    draft, key = make.complete(by), make.key()
    heal = lost_answer(monkeypatch)
    with pytest.raises(OperationalError):
        commands.file_draft(draft.pk, key=key, by=by, at=make.AT)
    heal()
    receipt = commands.file_draft(draft.pk, key=key, by=by, at=make.AT)
    sound(receipt)
    assert Case.objects.count() == 1
    numbers_without_gap()


def test_the_page_that_is_sent_again_after_a_fault_shows_the_one_receipt(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    by = make.applicant()
    draft = make.complete(by)
    client = browser(by)
    client.raise_request_exception = False
    sent = {"client_key": make.key(), "declared": "yes"}
    heal = lost_answer(monkeypatch)
    assert client.post(reverse("draft-file", args=[draft.pk]), sent).status_code >= 500
    heal()
    done = [client.post(reverse("draft-file", args=[draft.pk]), sent)["Location"] for _ in range(3)]
    assert set(done) == {reverse("receipt", args=[Case.objects.get().pk])}


def without_transaction(draft_id: Any, by: Actor) -> None:
    """Filing as it must not be: the same writes, each committed by itself."""
    draft = queries.own_draft(draft_id, by=by)
    entry = filing.Entry(draft, draft.answers, make.key(), "0" * 64, Channel.ONLINE)
    filing._write(entry, uuid7(make.AT), by, make.AT)


def test_filing_without_a_transaction_would_be_noticed(committed: dict[str, str]) -> None:
    """The broken variant: the draft is claimed, and then the next write fails."""
    by = make.applicant()
    draft = make.complete(by)
    with faults_in(committed["owner"], "cases_case") as plan:
        plan(1)
        with pytest.raises(AssertionError):
            all_or_nothing(lambda: without_transaction(draft.pk, by))


def test_a_retry_with_a_fresh_key_is_told_and_makes_no_second_case(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    by = make.applicant()
    draft = make.complete(by)
    heal = lost_answer(monkeypatch)
    with pytest.raises(OperationalError):
        commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT)
    heal()
    client: Client = browser(by)
    done = client.post(reverse("draft-file", args=[draft.pk]), {"client_key": make.key(), "declared": "yes"})
    assert done.status_code == 409
    assert Case.objects.get().number in done.content.decode()
    assert Case.objects.count() == 1


@pytest.mark.parametrize("table", ["intake_draft", "intake_draftmaterial"])
def test_a_fault_while_throwing_away_keeps_the_draft_whole(committed: dict[str, str], table: str) -> None:
    by = make.applicant()
    draft = make.complete(by)
    with faults_in(committed["owner"], table) as plan:
        plan(1)
        assert not all_or_nothing(lambda: commands.discard_draft(draft.pk, by=by))
        plan(0)
    assert DraftMaterial.objects.filter(draft=draft).count() == len(make.REQUIRED)
    commands.discard_draft(draft.pk, by=by)
    assert not DraftMaterial.objects.exists()
