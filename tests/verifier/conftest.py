"""A small province with real filings, sealed in several batches, its heads published: what exports are made of."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from yichuang.cases import commands as commands_of_cases
from yichuang.cases.flow import Outcome
from yichuang.cases.tests import factories as cases
from yichuang.directory.commands import applicant_commitment
from yichuang.directory.tests import factories as people
from yichuang.effects.cli.publishing import publish
from yichuang.gateways.files import FileStore
from yichuang.gateways.signing import witness
from yichuang.gateways.witness_out import Folder
from yichuang.journal import commands
from yichuang.journal.commands import NewFact, record
from yichuang.journal.queries import waiting
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.keys import uuid7

AT = cases.AT
SALT = "5a" * 16


@dataclass(frozen=True)
class Site:
    """Where its database, its witness and its files are."""

    addresses: dict[str, str]
    heads: Path
    files: Path
    keys: dict[str, str]


@pytest.fixture
def site(committed: dict[str, str], tmp_path: Path, settings: Any) -> Site:
    """Committed cases in several states, one with files; three seals, all but the last fact sealed."""
    settings.VAR_DIR = tmp_path / "var"
    settings.WITNESS_DIR, settings.WITNESS_WEBHOOK = tmp_path / "witness", ""
    store = FileStore(tmp_path / "files")
    with_files([store.put(one).digest for one in (b"plan", b"statement")])
    whole_life()
    seal(4)
    cases.proposed()
    seal(5)
    cases.refused()
    corrected()
    while waiting():
        seal(1000)
    publish(at=AT, told=[Folder(settings.WITNESS_DIR)])
    with transaction.atomic():
        record(NewFact(uuid7(AT), "thing", "thing.waits"), by=SYSTEM, at=AT + timedelta(minutes=1))
    keys = {key.key_id: key.public_hex for key in witness.public_keys()}
    return Site(committed, settings.WITNESS_DIR, tmp_path / "files", keys)


def with_files(digests: list[str]) -> None:
    """A case that came with files."""
    papers = [{"code": f"paper{place}", "sha256": digest} for place, digest in enumerate(digests)]
    sent({"contact_name": "张示例", "purpose": "生活"}, papers)


def sent(answers: dict[str, str], papers: list[dict[str, str]]) -> UUID:
    """A case with its application."""
    content = {
        "answers": canonical.commitment(SALT, answers),
        "applicant": applicant_commitment(people.company(), SALT),
        "materials": papers,
    }
    new = replace(cases.opening(), content=content)
    with transaction.atomic():
        commands_of_cases.file(
            new, by=people.applicant_actor(), at=cases.AT, key=cases.key(), key_hash="0" * 64
        )
        sql.execute(
            "insert into intake_application (case_id, version_id, answers, salt, filed_by_id) "
            "values (%(case)s, %(case)s, %(answers)s, %(salt)s, %(case)s)",
            {"case": new.id, "answers": canonical.text(answers), "salt": SALT},
        )
        for paper in papers:
            sql.execute(
                "insert into intake_material (case_id, id, round, code, name, kind, size, sha256, added_at) "
                "values (%(case)s, %(id)s, 0, %(code)s, 'x.pdf', 'pdf', 4, %(sha256)s, %(at)s)",
                {"case": new.id, "id": uuid7(cases.AT), "at": cases.AT, **paper},
            )
    return new.id


def corrected() -> None:
    """A case whose answers were mended once."""
    before, after = {"purpose": "灌溉"}, {"purpose": "发电"}
    case_id, salt = sent(before, []), "b6" * 16
    respond_by = AT.date() + timedelta(days=20)
    commands_of_cases.ask_correction(
        case_id, lines=cases.LINES, respond_by=respond_by, by=people.clerk(), at=AT, key=cases.key()
    )
    earlier = [{"edit": 1, "answers": before, "salt": SALT}]
    with transaction.atomic():
        sql.execute(
            "update intake_application set answers = %(answers)s, salt = %(salt)s, edit = 2, earlier = %(earlier)s "
            "where case_id = %(case)s",
            {
                "answers": canonical.text(after),
                "salt": salt,
                "earlier": canonical.text(earlier),
                "case": case_id,
            },
        )
        commands_of_cases.answer_correction(
            case_id, note="", content={"answers": canonical.commitment(salt, after)}, by=people.applicant_actor(),
            at=AT, key=cases.key(),
        )  # fmt: skip


def whole_life() -> None:
    """A case that was filed, accepted, proposed, decided and delivered: five facts."""
    row = cases.proposed()
    at = cases.AT + timedelta(days=1)
    commands_of_cases.decide(row.id, outcome=Outcome.GRANTED, by=people.head(), at=at, key=cases.key())
    commands_of_cases.deliver(
        row.id, method="window", receiver="张示例", by=people.clerk(), at=at, key=cases.key()
    )


def seal(limit: int) -> None:
    """Seal some facts as the drain does."""
    with transaction.atomic():
        commands.seal(commands.take(limit), at=AT)
