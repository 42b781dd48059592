"""Proof-reading of official Chinese as pure functions over text and data: every finding says where, what, why and how."""

from yichuang.reports.rules.style.check import Found, apply_fix, check, check_text
from yichuang.reports.rules.style.findings import RULES, Finding, Rule, Severity
from yichuang.reports.rules.style.sheet import Sheet, parse_sheet

__all__ = [
    "RULES",
    "Finding",
    "Found",
    "Rule",
    "Severity",
    "Sheet",
    "apply_fix",
    "check",
    "check_text",
    "parse_sheet",
]
