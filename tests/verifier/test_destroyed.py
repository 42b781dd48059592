"""Lawful deletion: content, salts, names and files go; the chain verifies, the figures stay, nothing raises an alarm."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql as text

from tests.verifier import second
from tests.verifier.planting import WORD, forgotten, plant
from yichuang.cases import commands as cases
from yichuang.cases import flow
from yichuang.cases.commands import GONE, Destruction
from yichuang.cases.tests import factories_reviewers as some
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, Applicant
from yichuang.directory.tests import factories as people
from yichuang.effects.cli.evidence import verify
from yichuang.effects.cli.publishing import publish
from yichuang.effects.cli.reading import Export, read_heads
from yichuang.effects.commands import drain_all
from yichuang.effects.jobs import forget_files
from yichuang.effects.queries import export_journal, files_of_case, still_used
from yichuang.feedback.commands.destroy import destroy_case
from yichuang.gateways.files import FileStore
from yichuang.intake import commands as intake
from yichuang.intake.commands.supply import supply_material
from yichuang.intake.tests import factories as filings
from yichuang.intake.tests.test_supply import FILE, pending_now
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.notices import commands as notices
from yichuang.statistics.queries import Figure, report_figures
from yichuang.workdays.queries import now

AT = filings.AT
LATER = AT + timedelta(days=365 * 11)
NAMES = ("示例科技有限公司", "91510000MA00000072", "李示例", "13800000000", "新建城镇供水工程")


def officer() -> Actor:
    """Who may destroy."""
    post = people.post(
        people.department("政务中心办公室", "9891", "川政务"),
        "档案岗",
        [Capability.PRIVATE_DESTROY],
        everywhere=True,
    )
    return people.staff("archivist", post)


def refused_case() -> UUID:
    """A case that was filed with files and refused at the window: it is closed."""
    receipt = filings.filed()
    cases.refuse_acceptance(
        receipt.case_id, ground="not_required", reason="示例科技有限公司不需要许可", where_instead="",
        by=filings.window_clerk(), at=AT, key=filings.key(),
    )  # fmt: skip
    return receipt.case_id


def order(case_id: UUID, **changes: Any) -> Destruction:
    given = {"ground": "ordered", "reason": "（2026）示例行终1号", "key": filings.key()}
    return Destruction(case_id, **(given | changes))


def where_it_stands(address: str, word: str) -> set[str]:
    """Every table in which any column holds the word, as a superuser with a search over everything finds it."""
    found = set()
    with psycopg.connect(address) as admin:
        tables = admin.execute(
            "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition"
        ).fetchall()
        for (table,) in tables:
            query = text.SQL("select count(*) from {} as t where t::text like %s").format(
                text.Identifier(table)
            )
            row = admin.execute(query, [f"%{word}%"]).fetchone()
            if row and row[0]:
                found.add(str(table))
    # The guide's own examples are plainly fictional and nobody's.
    return found - {"catalogue_guideversion"}


def figures() -> list[Figure]:
    """What a report of the year says, and one of the year of the destruction."""
    years = [(date(year, 1, 1), date(year, 12, 31)) for year in (2022, 2033)]
    return [figure for first, last in years for figure in report_figures(first_day=first, last_day=last)]


def test_destroyed_content_is_gone_everywhere_and_nothing_raises_an_alarm(
    committed: dict[str, str], tmp_path: Path, settings: Any
) -> None:
    settings.VAR_DIR, settings.FILES_DIR = tmp_path / "var", tmp_path / "files"
    settings.WITNESS_DIR, settings.WITNESS_WEBHOOK = tmp_path / "witness", ""
    store = FileStore(settings.FILES_DIR)
    kept = store.put(filings.PDF)
    case_id = refused_case()
    drain_all(at=AT)
    publish(at=AT)
    document = store.put(b"%PDF-1.4 of the refusal")
    notices.keep(notices.Rendered(case_id, 2, "pdf", "1", document.digest, document.size), at=AT)
    # Whoever files by themselves keeps the account; here the window had filed for somebody without one.
    other = people.company("另一示例有限公司", filings.COMPANY_CODES[1])
    Account.objects.filter(username="company").update(applicant=other, display_name=other.name)
    Applicant.objects.filter(pk=other.pk).update(phone="")
    assert all(where_it_stands(committed["admin"], name) for name in NAMES)
    assert store.has(kept.digest)
    planted = plant(case_id, store)
    before = figures()

    assert destroy_case(order(case_id), by=officer(), at=LATER)

    drain_all(at=LATER)
    publish(at=LATER)
    forgotten(case_id)
    forgotten(case_id)
    gone = (*NAMES, WORD)
    assert {name: where_it_stands(committed["admin"], name) for name in gone} == {
        name: set() for name in gone
    }
    assert not any(store.has(one) for one in planted)
    assert not store.has(kept.digest)
    assert not store.has(document.digest)
    assert figures() == before
    last = facts_of(case_id)[-1]
    assert (last.kind, last.ground, set(last.data)) == (flow.DESTROYED, "ordered", {"words", "documents"})
    export_journal(tmp_path / "export")
    found = verify(Export(tmp_path / "export"), (settings.WITNESS_DIR,), None, settings.FILES_DIR)
    assert (found.findings, found.heads) == ([], 2)
    assert any("依法删除" in note for note in found.notes)
    heads = [dict(head) for head in read_heads((settings.WITNESS_DIR,))]
    assert second.verify(tmp_path / "export", heads, {}) == []


def test_deletion_without_its_fact_is_an_alarm(
    committed: dict[str, str], tmp_path: Path, settings: Any
) -> None:
    """The broken variant: somebody who simply deletes the materials is found."""
    settings.VAR_DIR = tmp_path / "var"
    case_id = refused_case()
    drain_all(at=AT)
    sql.execute("delete from intake_material where case_id = %(id)s", {"id": case_id})
    export_journal(tmp_path / "export")
    found = verify(Export(tmp_path / "export"), (), None, None).findings
    assert {one.kind for one in found} == {"attachment_missing"}


@pytest.mark.django_db
def test_who_may_and_when() -> None:
    open_case = filings.filed().case_id
    by = officer()
    with pytest.raises(Conflict, match="还没有办结"):
        intake.destroy_private(order(open_case), by=by, at=AT)
    cases.withdraw(open_case, by=filings.applicant(), at=AT, key=filings.key())
    with pytest.raises(Refused):
        intake.destroy_private(order(open_case), by=filings.window_clerk(), at=AT)
    with pytest.raises(Missing):
        intake.destroy_private(order(UUID(int=1)), by=by, at=AT)
    for wrong, field in (
        ({"ground": "bored"}, "ground"),
        ({"reason": " "}, "reason"),
        ({"ground": "retention_over"}, "ground"),
    ):
        with pytest.raises(Invalid) as refused:
            intake.destroy_private(order(open_case, **wrong), by=by, at=AT)
        assert set(refused.value.fields) == {field}
    what = order(open_case, ground="retention_over")
    assert intake.destroy_private(what, by=by, at=LATER)
    assert not intake.destroy_private(what, by=by, at=LATER)
    with pytest.raises(Conflict, match="另一内容"):
        intake.destroy_private(order(open_case, key=what.key), by=by, at=LATER)
    with pytest.raises(Conflict, match="已经依法删除"):
        intake.destroy_private(order(open_case), by=by, at=LATER)
    row = sql.one("select applicant_name, state from cases_case where id = %(id)s", {"id": open_case})
    assert row == (GONE, "terminated")
    # The account still uses the record of the company.
    assert Applicant.objects.filter(name="示例科技有限公司").exists()


def test_retention_is_ten_years_to_the_day() -> None:
    assert cases.retention_ends(AT.date()).isoformat() == "2032-05-16"
    assert cases.retention_ends(AT.date().replace(year=2024, month=2, day=29)).isoformat() == "2034-02-28"


@pytest.mark.django_db
def test_a_file_that_something_else_uses_stays(tmp_path: Path, settings: Any) -> None:
    """The same content filed twice is one file: it goes with the last case that names it."""
    settings.FILES_DIR = tmp_path
    store = FileStore(tmp_path)
    kept = store.put(filings.PDF)
    first = filings.filed().case_id
    other = filings.filed(at=AT + timedelta(hours=1)).case_id
    for case_id, left in ((first, True), (other, False)):
        cases.withdraw(case_id, by=filings.applicant(), at=AT + timedelta(hours=2), key=filings.key())
        intake.destroy_private(order(case_id), by=officer(), at=LATER)
        assert still_used([kept.digest]) == ({kept.digest} if left else set())
        # What was brought just now may belong to a filing that commits in a moment: it is looked at again later.
        store.put(filings.PDF)
        forget_files([[str(case_id), 3]])
        assert (store.has(kept.digest), put_off(case_id)) == (True, 0 if left else 1)
        forgotten(case_id)
        assert store.has(kept.digest) is left
    assert still_used([]) == set()


def put_off(case_id: UUID) -> int:
    """How many purges of a case wait for their time."""
    asked = "select count(*) from procrastinate_jobs where args->'facts'->0->>0 = %(case)s and scheduled_at is not null"
    return int(sql.rows(asked, {"case": str(case_id)})[0][0])


@pytest.mark.django_db
def test_a_material_supplied_later_is_a_file_of_its_case() -> None:
    """Its fact names one file at the top, where those of a filing are in a list."""
    one = pending_now()
    supply_material(one.pk, FILE, by=some.window(), at=now(), key=filings.key())
    assert FILE.sha256 in files_of_case(one.case_id)
