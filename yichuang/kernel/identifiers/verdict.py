"""The one result of every check, and the notebook in which a check collects what it finds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["ok", "flagged", "invalid"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was said about one code.

    `ok`: nothing against it. `flagged`: well formed, but of an unknown type, a local extension or of a length
    that is only met in practice; a person should look, nothing is lost. `invalid`: it cannot be right.
    `reasons` are Chinese sentences, positions counted from 1; none for `ok`. `parts` holds what could be cut.
    """

    code: str
    kind: str
    verdict: Outcome
    reasons: tuple[str, ...] = ()
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def is_ok(self) -> bool:
        """Whether nothing speaks against the code."""
        return self.verdict == "ok"


@dataclass(slots=True)
class Findings:
    """Collects reasons: `wrong` makes a code invalid, `doubts` make it flagged. Not shared, not kept."""

    wrong: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def error(self, reason: str | None) -> None:
        """Notes a reason that makes the code invalid; None is no finding."""
        if reason is not None:
            self.wrong.append(reason)

    def doubt(self, reason: str | None) -> None:
        """Notes a reason that flags the code; None is no finding."""
        if reason is not None:
            self.doubts.append(reason)

    def take(self, inner: Verdict, prefix: str = "") -> None:
        """Takes over what was found about a code inside this code, under a heading."""
        target = self.wrong if inner.verdict == "invalid" else self.doubts
        target.extend(prefix + reason for reason in inner.reasons)

    def verdict(self, code: str, kind: str, parts: Mapping[str, str] | None = None) -> Verdict:
        """The sum: invalid before flagged before ok, the graver reasons first."""
        outcome: Outcome = "invalid" if self.wrong else "flagged" if self.doubts else "ok"
        return Verdict(code, kind, outcome, (*self.wrong, *self.doubts), dict(parts or {}))
