"""What a run of the fault tests has done and found: the last line of standard output is made of this."""

import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Kills, cut points and acknowledgements so far, violations in words, broken variants that went uncaught."""

    kills: int = 0
    cut_points: int = 0
    acks: int = 0
    worst_recovery_s: float = 0.0
    violations: list[str] = field(default_factory=list)
    uncaught: list[str] = field(default_factory=list)
    figures: dict[str, str] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *, kills: int = 0, cut_points: int = 0, acks: int = 0) -> None:
        """Count what was done."""
        with self._lock:
            self.kills += kills
            self.cut_points += cut_points
            self.acks += acks

    def recovered(self, seconds: float) -> None:
        """Remember how long the site was away, in seconds; the longest counts."""
        with self._lock:
            self.worst_recovery_s = max(self.worst_recovery_s, seconds)

    def violation(self, test: str, words: Sequence[str] | str) -> None:
        """Note what a promise was broken by; nothing for an empty list."""
        found = [words] if isinstance(words, str) else list(words)
        with self._lock:
            self.violations.extend(f"{test}: {one}" for one in found)
        for one in found:
            self.say(f"{test} VIOLATION {one}")

    def figure(self, test: str, words: str) -> None:
        """Note the figures of a test, or of one part of it, that has ended."""
        self.figures[test] = f"{self.figures[test]}; {words}" if test in self.figures else words
        self.say(f"{test} {words}")

    def broken(self, test: str, variant: str, found: Sequence[str]) -> None:
        """A deliberately broken variant was run; `found` is what the checks said of it. Nothing said: uncaught."""
        if found:
            self.say(f"{test} broken variant “{variant}” caught: {len(found)} times, e.g. {found[0]}")
        else:
            self.uncaught.append(f"{test}: {variant}")
            self.say(f"{test} BROKEN VARIANT NOT CAUGHT: {variant}")

    def say(self, words: str) -> None:
        """Progress, for people, on standard error."""
        print(f"[{time.monotonic() - self.began:6.1f} s] {words}", file=sys.stderr, flush=True)

    def guarded(self, test: str, work: Callable[[], None]) -> None:
        """Do one test; an error in it is a violation too, for it has shown nothing."""
        self.say(f"{test} begins")
        try:
            work()
        except Exception as error:
            self.violation(test, f"ended with {type(error).__name__}: {error}")

    def line(self) -> str:
        """The last line of standard output, in the shape that other programs read."""
        return json.dumps(
            {
                "kills": self.kills,
                "cut_points": self.cut_points,
                "acks": self.acks,
                "violations": len(self.violations),
                "worst_recovery_s": round(self.worst_recovery_s, 2),
            }
        )

    @property
    def code(self) -> int:
        """0 where every promise was kept and every broken variant caught."""
        return 1 if self.violations or self.uncaught else 0
