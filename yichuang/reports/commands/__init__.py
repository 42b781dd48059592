"""Every write of the reports room: one function, one use case, one transaction."""

from yichuang.reports.commands.changes import accept_fix, ignore_finding, judge_change, revert_change
from yichuang.reports.commands.comments import NewComment, comment, reopen_comment, resolve_comment
from yichuang.reports.commands.contributing import (
    NewContribution,
    NewFigure,
    NewPhoto,
    contribute,
    decline_contribution,
    take_contribution,
    withdraw_contribution,
)
from yichuang.reports.commands.contribution_drafts import (
    discard_contribution_draft,
    save_contribution_draft,
)
from yichuang.reports.commands.editing import (
    ItemDraft,
    VisitForm,
    remove_visit,
    save_imprint,
    save_inspection,
    save_section,
    save_visit,
)
from yichuang.reports.commands.issuing import issue
from yichuang.reports.commands.locking import (
    ask_for_section,
    hold_section,
    release_section,
    take_over_section,
)
from yichuang.reports.commands.numbers import (
    Origin,
    Place,
    bind_number,
    source_of_text,
    unbind_number,
)
from yichuang.reports.commands.offers import hide_offer, show_offer, take_inspection, take_offer
from yichuang.reports.commands.opening import load_forms, open_report
from yichuang.reports.commands.past import Stored, bring_forward, store_past_report
from yichuang.reports.commands.steps import approve, step, submit_for_review

__all__ = [
    "ItemDraft",
    "NewComment",
    "NewContribution",
    "NewFigure",
    "NewPhoto",
    "Origin",
    "Place",
    "Stored",
    "VisitForm",
    "accept_fix",
    "approve",
    "ask_for_section",
    "bind_number",
    "bring_forward",
    "comment",
    "contribute",
    "decline_contribution",
    "discard_contribution_draft",
    "hide_offer",
    "hold_section",
    "ignore_finding",
    "issue",
    "judge_change",
    "load_forms",
    "open_report",
    "release_section",
    "remove_visit",
    "reopen_comment",
    "resolve_comment",
    "revert_change",
    "save_contribution_draft",
    "save_imprint",
    "save_inspection",
    "save_section",
    "save_visit",
    "show_offer",
    "source_of_text",
    "step",
    "store_past_report",
    "submit_for_review",
    "take_contribution",
    "take_inspection",
    "take_offer",
    "take_over_section",
    "unbind_number",
    "withdraw_contribution",
]
