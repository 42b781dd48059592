"""What the law makes of silence: an application that nobody answered, a renewal that nobody decided.

行政许可法 art. 32: not told within five working days, an application counts as accepted from the day of receipt.
Art. 50: a renewal asked for in time and undecided when the licence ran out counts as granted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from yichuang.cases.rules.limits import BY_CODE, LimitRule
from yichuang.workdays.rules import Calendar, last_day, latest_before


def received_on(filed_on: date, facts: Iterable[tuple[str, date, Mapping[str, Any], str]]) -> date:
    """The day from which the window's days run: the filing, or the receipt of the corrected materials."""
    answers = [day for kind, day, _, _ in facts if kind == "case.correction_answered"]
    return answers[-1] if answers else filed_on


def answer_by(calendar: Calendar, received: date, rule: LimitRule = BY_CODE["art32"]) -> date:
    """The last day for accepting, refusing or telling what is missing, counted by the rule's own days."""
    return last_day(calendar, rule.counting, received, rule.days)


def silent(calendar: Calendar, received: date, today: date, rule: LimitRule = BY_CODE["art32"]) -> bool:
    """Whether the days to answer are over. The last day itself is not over."""
    return today > answer_by(calendar, received, rule)


def renew_by(calendar: Calendar, expires_on: date, rule: LimitRule = BY_CODE["art50"]) -> date:
    """The last day on which a renewal is asked for in time, counted by the rule's own days."""
    return latest_before(calendar, rule.counting, expires_on, rule.days)


@dataclass(frozen=True, slots=True)
class Renewal:
    """How a renewal stands: the day the licence runs out, the last day to ask, and whether it was asked in time."""

    expires_on: date
    ask_by: date
    asked_on: date
    rule: LimitRule

    @property
    def in_time(self) -> bool:
        """Whether silence would grant it."""
        return self.asked_on <= self.ask_by

    def over(self, today: date) -> bool:
        """Whether the licence has run out: the last day of its term is not over."""
        return today > self.expires_on


def renewal(calendar: Calendar, expires_on: date, asked_on: date, rule: LimitRule) -> Renewal:
    """How a renewal asked for on a day stands by its rule."""
    return Renewal(expires_on, renew_by(calendar, expires_on, rule), asked_on, rule)
