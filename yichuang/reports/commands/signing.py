"""Keeping the signatures of an issue's files. They are made outside (render): no transaction waits for a signature."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.journal.commands import NewFact, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict
from yichuang.kernel.keys import uuid7
from yichuang.reports.commands.keeping import locked
from yichuang.reports.flow import PUBLISHED, SIGNED
from yichuang.reports.models import FileSignature


@dataclass(frozen=True, slots=True)
class NewSignature:
    """A file of an issue with its digests (hexadecimal) and its signature (Base64 of DER)."""

    form: str
    sha256: str
    sm3: str
    size: int
    signature: str
    public_key: str
    key_id: str
    certificate: str = ""


@transaction.atomic
def keep_signatures(
    report_id: UUID, signatures: Sequence[NewSignature], *, by: Actor, at: datetime
) -> list[FileSignature]:
    """Keep the signatures of an issue's files, once: a second time what is there already comes back.

    Raises Refused (capability), Missing, Conflict where the report is not issued here, or without a file.
    """
    by.require(Capability.REPORT_ISSUE)
    report = locked(report_id)
    if report.state not in PUBLISHED or report.imported:
        raise Conflict("只有本平台签发的周报才能签名。", how="请在签发之后再签名。")
    kept = list(FileSignature.objects.filter(report=report))
    if kept:
        return kept
    if not signatures:
        raise Conflict("没有可以签名的文件。", how="请先生成本期的文件。")
    made = FileSignature.objects.bulk_create(
        FileSignature(id=uuid7(at), report=report, position=place, at=at, **asdict(each))
        for place, each in enumerate(signatures)
    )
    data = {
        "files": {each.form: each.sha256 for each in signatures},
        "sm3": {each.form: each.sm3 for each in signatures},
        "key": signatures[0].key_id,
    }
    record(NewFact(report.id, "report", SIGNED, data), by=by, at=at)
    return made
