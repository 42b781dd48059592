"""How far a load is, how fast, and how long it will still take."""

from typing import Protocol


class Some(Protocol):
    """A batch: how many events, and whether they were there before."""

    @property
    def events(self) -> int:
        """How many."""

    @property
    def again(self) -> bool:
        """Whether they were there before."""


class Progress:
    """A load of about so many events, begun at a moment (seconds of any clock). What was there before does not count for the rate."""

    def __init__(self, whole: int, began: float) -> None:
        self.whole, self.began, self.seen, self.fresh = whole, began, 0, 0

    def told(self, one: Some, now: float) -> str:
        """One line, after a batch."""
        self.seen += one.events
        if one.again:
            # The rate begins with the first batch that is not there yet.
            self.began = now
            return f"  {self.seen:,} events, there before"
        self.fresh += one.events
        rate = self.fresh / max(now - self.began, 0.001)
        left = max(self.whole - self.seen, 0) / rate
        return f"  {self.seen:,} of about {self.whole:,} events, {rate:,.0f} a second, {duration(left)} left"


def duration(seconds: float) -> str:
    """Hours, minutes and seconds, the larger two."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
