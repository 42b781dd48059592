"""What a period's inspection comes to under a heading, and when the next round of a kind is due. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from yichuang.halls.flow.findings import DONE, FindingState
from yichuang.halls.flow.rounds import GOOD_TEXT, NO_ROUND_TEXT


@dataclass(frozen=True, slots=True)
class SeenFinding:
    """A finding as the result of a period reads it."""

    department: str
    category: str
    state: FindingState

    @property
    def counts(self) -> bool:
        """Whether it stands: a withdrawn one does not."""
        return self.state is not FindingState.WITHDRAWN


def is_good(rounds: int, findings: Sequence[SeenFinding]) -> bool:
    """Whether 总体情况良好 is true: somebody looked (`rounds` finished rounds covered the heading), and nothing stands."""
    return rounds > 0 and not any(finding.counts for finding in findings)


def result_text(rounds: int, findings: Sequence[SeenFinding]) -> str:
    """The result under a heading, without a full stop. Never good by default: without a round it says so."""
    standing = [finding for finding in findings if finding.counts]
    if standing:
        return f"{_counted(standing)}，{_rectified(standing)}"
    return GOOD_TEXT if rounds > 0 else NO_ROUND_TEXT


def _counted(standing: Sequence[SeenFinding]) -> str:
    pairs = Counter((finding.department, finding.category) for finding in standing)
    parts = [f"{department}{category}{count}起" for (department, category), count in pairs.items()]
    return f"发现{len(standing)}起：{'、'.join(parts)}"


def _rectified(standing: Sequence[SeenFinding]) -> str:
    done = sum(1 for finding in standing if finding.state in DONE)
    if done == 0:
        return "正在整改"
    return "均已整改" if done == len(standing) > 1 else f"已整改{done}起"


def contradiction(typed: str, rounds: int, findings: Sequence[SeenFinding]) -> str:
    """Why 总体情况良好, typed under a heading, is not what the register says; empty where it does not disagree."""
    if GOOD_TEXT not in typed or is_good(rounds, findings):
        return ""
    standing = sum(1 for finding in findings if finding.counts)
    if standing:
        return f"写的是「{GOOD_TEXT}」，但登记册中本期有 {standing} 起问题"
    return f"写的是「{GOOD_TEXT}」，但登记册中本期没有覆盖这一项目的巡查"


def next_round_by(last: datetime | None, every_minutes: int | None, opening: datetime) -> datetime | None:
    """By when the next round of a kind must begin today; None for kinds without an interval.

    `last`: when the last round of the day began; without one the interval runs from the hall's opening.
    """
    if every_minutes is None:
        return None
    return (last or opening) + timedelta(minutes=every_minutes)
