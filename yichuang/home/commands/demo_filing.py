"""One filing of the demo, by the commands of an applicant's browser or of the window."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from yichuang.cases.flow import Channel
from yichuang.catalogue.queries import FilingGuide
from yichuang.catalogue.rules.form_faults import example_answers
from yichuang.catalogue.rules.guide import materials_for
from yichuang.intake.commands import (
    NewFile,
    add_material,
    begin_draft,
    file_draft,
    receive_papers,
    save_section,
)
from yichuang.intake.flow import ALL_SECTIONS
from yichuang.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Filled:
    """What is filed: the examples of the guide's form with `answers` over them, materials but for those `without`."""

    guide: FilingGuide
    applicant_id: UUID
    channel: Channel = Channel.ONLINE
    answers: Mapping[str, object] = field(default_factory=dict)
    without: Collection[str] = ()


def file_case(filled: Filled, file: NewFile, *, by: Actor, at: datetime, keys: tuple[str, str]) -> UUID:
    """File it; `file` stands for every upload, `keys` are those of the draft and of the filing. The case's id."""
    guide = filled.guide
    draft = begin_draft(
        guide.item_code, by=by, at=at, channel=filled.channel, applicant_id=filled.applicant_id, key=keys[0]
    )
    answers = {**example_answers(guide.guide.form), **draft.answers, **filled.answers}
    save_section(draft.pk, ALL_SECTIONS, answers, draft.edit, by=by, at=at, tab="demo")
    needed = [one.code for one in materials_for(guide.guide, answers) if one.copies]
    wanted = [code for code in needed if code not in filled.without]
    if filled.channel is Channel.WINDOW:
        receive_papers(draft.pk, wanted, by=by, at=at)
    for code in [] if filled.channel is Channel.WINDOW else wanted:
        add_material(draft.pk, code, file, by=by, at=at, key=keys[0])
    return file_draft(draft.pk, key=keys[1], by=by, at=at).case_id
