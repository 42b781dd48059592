"""A material that follows (容缺受理) comes in: the file beside the case's materials, and the case's step, in one transaction."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.cases.commands import Stepped
from yichuang.cases.commands.pending import supply
from yichuang.cases.queries.pending import pending_one
from yichuang.intake.commands.materials import NewFile
from yichuang.intake.flow import PAPER
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid
from yichuang.kernel.keys import uuid7


def supply_material(
    pending_id: UUID, file: NewFile | None, *, by: Actor, at: datetime, key: str, seen: int | None = None
) -> Stepped:
    """Take in a material that was promised: a file, or paper that was handed over at the window (`file` None).

    Raises Missing (not theirs), Invalid (an applicant without a file), Conflict (came before; the case has ended).
    """
    found, row = pending_one(pending_id, by=by)
    if file is None and by.kind == "applicant":
        raise Invalid("还没有选择文件。", fields={"file": "请选择要补交的文件，或者到窗口交纸质材料"})
    with transaction.atomic():
        done = supply(pending_id, sha256=file.sha256 if file else "", by=by, at=at, key=key, seen=seen)
        if not done.replayed:
            sql.execute(
                "insert into intake_material (case_id, id, round, code, name, kind, size, sha256, added_at) values "
                "(%(case)s, %(id)s, %(round)s, %(code)s, %(name)s, %(kind)s, %(size)s, %(sha256)s, %(at)s)",
                {
                    "case": row.id, "id": uuid7(at), "round": row.corrections, "code": found.code,
                    "name": file.name if file else "纸质件", "kind": file.kind if file else PAPER,
                    "size": file.size if file else 1, "sha256": file.sha256 if file else "", "at": at,
                },
            )  # fmt: skip
    return done
