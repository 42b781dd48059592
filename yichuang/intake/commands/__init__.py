"""Writes of intake: drafts and their materials, filing, the window, corrections. `withdraw` is that of cases."""

from yichuang.intake.commands.correction import (
    Mended,
    answer_correction,
    answer_directly,
    begin_correction,
    send_correction,
)
from yichuang.intake.commands.destroy import destroy_private
from yichuang.intake.commands.direct import DirectFiling, DirectlyFiled, file_directly
from yichuang.intake.commands.drafts import (
    begin_draft,
    discard_draft,
    draft_section,
    renew_draft,
    save_section,
)
from yichuang.intake.commands.filing import file_draft
from yichuang.intake.commands.materials import OTHER, NewFile, add_material, receive_papers, remove_material
from yichuang.intake.commands.receipts import keep_signature
from yichuang.intake.commands.walk_in import WalkIn, begin_walk_in, file_walk_in
from yichuang.intake.queries import Receipt

__all__ = [
    "OTHER",
    "DirectFiling",
    "DirectlyFiled",
    "Mended",
    "NewFile",
    "Receipt",
    "WalkIn",
    "add_material",
    "answer_correction",
    "answer_directly",
    "begin_correction",
    "begin_draft",
    "begin_walk_in",
    "destroy_private",
    "discard_draft",
    "draft_section",
    "file_directly",
    "file_draft",
    "file_walk_in",
    "keep_signature",
    "receive_papers",
    "remove_material",
    "renew_draft",
    "save_section",
    "send_correction",
]
