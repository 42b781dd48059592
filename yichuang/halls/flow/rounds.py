"""Words of rounds of inspection (大厅巡查): lists that are data, outcomes under a heading."""

from enum import StrEnum


class Register(StrEnum):
    """A list of inspection that is kept as data, each entry with its validity."""

    KIND = "kind"
    HEADING = "heading"
    CATEGORY = "category"

    @property
    def label(self) -> str:
        """The list in Chinese."""
        return {
            Register.KIND: "巡查种类",
            Register.HEADING: "巡查项目",
            Register.CATEGORY: "问题类别",
        }[self]


class Outcome(StrEnum):
    """What a round says under a heading. What was not looked at is not in the table."""

    GOOD = "good"
    FOUND = "found"

    @property
    def label(self) -> str:
        """The outcome in Chinese."""
        return {Outcome.GOOD: "无问题", Outcome.FOUND: "有问题"}[self]


GOOD_TEXT = "总体情况良好"
NO_ROUND_TEXT = "本周未开展巡查"
ROUND_STARTED = "round.started"
ROUND_FINISHED = "round.finished"
TERM_SAVED = "inspection_term.saved"
