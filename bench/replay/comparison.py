"""Printed against computed: one line a figure, and whether it is equal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bench.replay.plan import FIRST, Plan
from bench.replay.printed import GROUPS, LABELS, VERBS, Printed

VERB_LABELS = {"accepted": "受理", "concluded": "办结"}


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of one issue. `wanted`: what the report printed ÷ scale, or the plan's target for the week."""

    issue: int
    scope: str
    group: str
    verb: str
    wanted: int
    computed: int | None

    @property
    def equal(self) -> bool:
        """Whether it is exactly what was wanted."""
        return self.wanted == self.computed


def wanted(issue: Printed, plan: Plan) -> dict[tuple[str, str, str], int]:
    """Every figure of an issue by (scope, group, verb): the year as printed, the week as planned."""
    found = {("year_to_date", *key): number for key, number in issue.scaled(plan.scale).items()}
    for group in GROUPS:
        for verb in VERBS:
            found["week", group, verb] = plan.between(group, verb, issue.first, issue.last)
            assert found["year_to_date", group, verb] == plan.between(group, verb, FIRST, issue.last)
    return found


def compared(issue: Printed, plan: Plan, computed: Mapping[tuple[str, str, str], int]) -> list[Line]:
    """The lines of one issue."""
    return [
        Line(issue.number, scope, group, verb, number, computed.get((scope, group, verb)))
        for (scope, group, verb), number in sorted(wanted(issue, plan).items())
    ]


def table(lines: Iterable[Line]) -> str:
    """The table for people."""
    scopes = {"week": "本期", "year_to_date": "今年以来"}
    rows = ["期　范围　　类别　　　　　　　　　　 应为　　　　　计算　　　"]
    rows += [
        f"{line.issue}　{scopes[line.scope]}　{LABELS[line.group]}{VERB_LABELS[line.verb]}　{line.wanted:,}　"
        f"{'—' if line.computed is None else f'{line.computed:,}'}　{'相等' if line.equal else '不相等'}"
        for line in lines
    ]
    return "\n".join(rows)
