"""Materials of a draft: files that the page has checked and stored, and papers that lie on the window's table."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from yichuang.cases.flow import Channel
from yichuang.directory.flow import Capability
from yichuang.intake.flow import MOST_MATERIALS, PAPER
from yichuang.intake.models import Draft, DraftMaterial
from yichuang.intake.queries import DraftRow, open_draft
from yichuang.journal.commands import hash_of, once, standing
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7

OTHER = "other"
"""The code of a material that no guide names: what a correction notice asks for in words."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that the store holds already: name as uploaded, kind by its content, bytes, hash."""

    name: str
    kind: str
    size: int
    sha256: str


@transaction.atomic
def add_material(draft_id: UUID, code: str, file: NewFile, *, by: Actor, at: datetime, key: str = "") -> UUID:
    """Put a stored file to a material. The same key adds one row only to a material, and stands for that file.

    Raises Missing, Invalid, Conflict (key used for another file, or by somebody else).
    """
    draft = _known(draft_id, code, by)
    # A form has one key and several materials: each is kept by itself.
    kind, hashed = f"material:{code}", hash_of(draft_id, file)
    known = standing(kind, key, body_hash=hashed, owner=by.signature) if key else None
    if known is not None:
        return known
    if not 0 < file.size <= settings.UPLOAD_LIMIT_BYTES:
        raise Invalid(
            f"文件超过 {settings.UPLOAD_LIMIT_BYTES // (1 << 20)} MB 的上限。",
            how="请压缩或者分成几个文件后再上传。",
        )
    material_id = uuid7(at)
    # From here the draft's row is locked: uploads of the same draft come one after the other.
    _touch(draft, by, at)
    if key:
        first = once(kind, key, subject_id=material_id, body_hash=hashed, owner=by.signature, at=at)
        if first is not None:
            return first
    if DraftMaterial.objects.filter(draft_id=draft.id).count() >= MOST_MATERIALS:
        raise Invalid(
            f"一份申请最多上传 {MOST_MATERIALS} 个文件。", how="请把同一份材料合并成一个 PDF 文件后再上传。"
        )
    DraftMaterial.objects.create(
        id=material_id, draft_id=draft.id, code=code, name=file.name, kind=file.kind, size=file.size,
        sha256=file.sha256, added_at=at,
    )  # fmt: skip
    return material_id


@transaction.atomic
def receive_papers(draft_id: UUID, codes: Iterable[str], *, by: Actor, at: datetime) -> None:
    """Note which materials lie on paper on the window's table: exactly these, whatever was noted before.

    Raises Refused for anybody but the window, Missing for a material that the guide does not name.
    """
    by.require(Capability.CASE_FILE_FOR)
    draft = open_draft(draft_id, by=by)
    if draft.channel != Channel.WINDOW:
        raise Refused("网上申请不能登记纸质材料。", how="请上传电子文件，或者到窗口办理。")
    copies = {material.code: max(1, material.copies) for material in draft.guide.materials}
    wanted = list(dict.fromkeys(codes))
    if not set(wanted) <= set(copies):
        raise Missing("办事指南中没有这份材料。", how="请刷新页面后重试。")
    DraftMaterial.objects.filter(draft_id=draft.id, kind=PAPER).delete()
    _touch(draft, by, at)
    DraftMaterial.objects.bulk_create(
        DraftMaterial(
            id=uuid7(at), draft_id=draft.id, code=code, name="纸质件", kind=PAPER, size=copies[code], sha256="",
            added_at=at,
        )
        for code in wanted
    )  # fmt: skip


@transaction.atomic
def remove_material(draft_id: UUID, material_id: UUID, *, by: Actor, at: datetime) -> None:
    """Take a file off a draft; taking off what is not there is no fault. Raises Missing for a draft not one's own."""
    draft = open_draft(draft_id, by=by)
    if DraftMaterial.objects.filter(pk=material_id, draft_id=draft.id).delete()[0]:
        _touch(draft, by, at)


def _known(draft_id: UUID, code: str, by: Actor) -> DraftRow:
    draft = open_draft(draft_id, by=by)
    codes = {material.code for material in draft.guide.materials}
    if code not in codes and not (code == OTHER and draft.mends):
        raise Missing("办事指南中没有这份材料。", how="请刷新页面后重试。")
    return draft


def _touch(draft: DraftRow, by: Actor, at: datetime) -> None:
    """Every change of a draft moves its edit number: what is filed is what was read."""
    changed = Draft.objects.filter(pk=draft.id, owner_id=by.id, case_id=None).update(
        edit=F("edit") + 1, changed_at=at
    )
    if not changed:
        raise Missing("这份草稿已经提交，不能再修改。", how="请到「我的办件」查看办理进度。")
