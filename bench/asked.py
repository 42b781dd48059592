"""How a scenario of single writes is run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """How P1 is run: seconds of a phase and of its warm-up, rounds, connections, cases that stand there before."""

    seconds: float = 15.0
    warm: float = 3.0
    rounds: int = 5
    connections: int = 8
    cases: int = 1_000_000
    # Of scenarios that have a size of their own: "short" for every day, "full" as the goals are defined.
    size: str = "short"


SIZES = {"short": Asked(rounds=3), "full": Asked(seconds=60.0, size="full")}
