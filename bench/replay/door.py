"""The events of the year through the door of the room `exchange`: each system sends its own in batches, by the commands that the
interface of programs and the folder pick-up call.

The door knows every batch by its key and every event by its system's number, so a load that was killed begins anew and goes on where
it stopped: batches that are done are not even put together again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import NamedTuple

from bench.replay.events import Event, json_lines
from yichuang.directory.queries import actor_of
from yichuang.exchange.commands.batches import open_batch, run_batch
from yichuang.exchange.flow import MOST_EVENTS, BatchState
from yichuang.exchange.models import Batch, System
from yichuang.exchange.rules.streams import json_lines as parsed
from yichuang.kernel import canonical
from yichuang.kernel.times import SHANGHAI, local_day


class Sent(NamedTuple):
    """What one batch came to."""

    events: int
    again: bool


class Wrong(Exception):
    """A batch that was not taken whole: nothing of the year may be in doubt."""


def evening(day: date) -> datetime:
    """When systems send what happened on a day."""
    return datetime.combine(day, time(20), SHANGHAI)


class Door:
    """What sends events, sorted by the systems of their departments; `share` (k, n): only every n-th system, beginning with the k-th."""

    def __init__(
        self, systems: Mapping[str, System], *, size: int = MOST_EVENTS, share: tuple[int, int] = (0, 1)
    ) -> None:
        codes = sorted({one.code for one in systems.values()})
        mine = set(codes[share[0] :: share[1]])
        self.systems = {body: one for body, one in systems.items() if one.code in mine}
        self.size = size
        done = Batch.objects.filter(state=BatchState.DONE.value)
        self.done = dict(done.values_list("name", "received"))
        self.waiting: dict[str, list[Event]] = {code: [] for code in sorted(mine)}
        self.by_code = {one.code: one for one in self.systems.values()}
        self.numbers: Counter[str] = Counter()

    def load(self, events: Iterable[Event]) -> Iterable[Sent]:
        """Send the events in full batches, and what is left at the end; tells of each batch. Raises Wrong."""
        codes = {body: one.code for body, one in self.systems.items()}
        for event in events:
            code = codes.get(event.matter.department)
            if code is None:
                continue
            full = self.waiting[code]
            full.append(event)
            if len(full) >= self.size:
                yield self._send(code)
        for code, left in self.waiting.items():
            if left:
                yield self._send(code)

    def _send(self, code: str) -> Sent:
        batch, self.waiting[code] = self.waiting[code], []
        self.numbers[code] += 1
        name = f"{code}-{self.numbers[code]:05d}"
        if name in self.done:
            if self.done[name] != len(batch):
                raise Wrong(
                    f"{name}: {self.done[name]} events were sent before and {len(batch)} are now: not the same replay"
                )
            return Sent(len(batch), again=True)
        system, at = self.by_code[code], evening(batch[-1].day)
        data = json_lines(batch).encode()
        by = actor_of(system.account_id, on=local_day(at))
        opened = open_batch(canonical.digest(data), name=name, by=by, at=at, key=name)
        found = run_batch(opened, parsed(data.splitlines(keepends=True)), by=by, at=at)
        if (found.state, found.received, found.quarantined, found.refused) != (
            BatchState.DONE.value, len(batch), 0, 0,
        ):  # fmt: skip
            raise Wrong(
                f"{name}: {len(batch)} events sent; {found.state}, received {found.received}, taken {found.taken}, "
                f"known {found.known}, in quarantine {found.quarantined}, refused {found.refused}"
            )
        return Sent(len(batch), again=False)
