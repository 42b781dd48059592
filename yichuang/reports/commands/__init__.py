"""Every write of the reports room: one function, one use case, one transaction."""

from yichuang.reports.commands.contributing import (
    NewContribution,
    contribute,
    decline_contribution,
    take_contribution,
    withdraw_contribution,
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
from yichuang.reports.commands.opening import load_forms, open_report
from yichuang.reports.commands.past import Stored, bring_forward, store_past_report
from yichuang.reports.commands.steps import approve, step, submit_for_review

__all__ = [
    "ItemDraft",
    "NewContribution",
    "Stored",
    "VisitForm",
    "approve",
    "bring_forward",
    "contribute",
    "decline_contribution",
    "issue",
    "load_forms",
    "open_report",
    "remove_visit",
    "save_imprint",
    "save_inspection",
    "save_section",
    "save_visit",
    "step",
    "store_past_report",
    "submit_for_review",
    "take_contribution",
    "withdraw_contribution",
]
