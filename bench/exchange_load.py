"""The load of PX, in the environment of the database under test: `python -m bench.exchange_load BATCHES EVENTS FILE`.

Makes a system, sends it so many batches of so many events as the JSON door hands them over, drains what waits, and writes to
standard output what each took. `--replay FILE` writes the same rows by COPY alone, into a database that does not hold them.
"""

import json
import os
import pickle
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from yichuang.catalogue.models import Item  # noqa: E402
from yichuang.directory.commands import save_post, save_staff  # noqa: E402
from yichuang.directory.flow import Capability  # noqa: E402
from yichuang.directory.models import Department  # noqa: E402
from yichuang.directory.queries import actor_named  # noqa: E402
from yichuang.effects.commands import drain_all  # noqa: E402
from yichuang.exchange.commands import writing  # noqa: E402
from yichuang.exchange.commands.batches import open_batch, run_batch  # noqa: E402
from yichuang.exchange.commands.systems import SystemForm, register_system  # noqa: E402
from yichuang.exchange.rules.streams import json_lines  # noqa: E402
from yichuang.journal.commands import ensure_partitions  # noqa: E402
from yichuang.kernel import canonical, copy_in, sql  # noqa: E402
from yichuang.kernel.actor import SYSTEM, Actor  # noqa: E402
from yichuang.workdays.queries import now  # noqa: E402

Copied = tuple[str, Sequence[str], list[str]]
USERNAME = "report.bench"
DAYS = 60
TICK = os.sysconf("SC_CLK_TCK")


def reporter(at: datetime) -> tuple[Actor, list[str]]:
    """A system of the department with the most items, its account, and the codes that it reports."""
    department = max(Department.objects.all(), key=lambda one: one.items.count())
    post = save_post(
        department_id=department.pk, name="报送接口", capabilities=[Capability.EXCHANGE_REPORT.value], everywhere=False,
        by=SYSTEM, at=at,
    )  # fmt: skip
    made = save_staff(
        username=USERNAME, display_name="测试", post_id=post.pk, password=None, by=SYSTEM, at=at
    )
    form = SystemForm("bench", "测试系统", [department.pk], "测试", made.pk)
    register_system(form, by=actor_named("admin"), at=at, key="bench-exchange-system")
    return actor_named(USERNAME), list(
        Item.objects.filter(department=department).values_list("code", flat=True)[:50]
    )


def batch(number: int, events: int, items: Sequence[str], at: datetime) -> bytes:
    """A batch as it is sent: of three cases two are decided in it, and every third of the batch before is decided late."""
    rows: list[dict[str, Any]] = []
    position = 0
    while len(rows) < events:
        day = at - timedelta(days=position % DAYS + 1)
        case = {
            "source_number": f"B{number:04d}-{position:06d}",
            "item_code": items[position % len(items)],
        }
        rows.append({**case, "event_no": 1, "kind": "accepted", "at": day.isoformat(timespec="seconds")})
        if position % 3:
            ended = at - timedelta(hours=position % 20 + 1)
            done = {"event_no": 2, "kind": "decided", "outcome": "granted"}
            rows.append({**case, **done, "at": ended.isoformat(timespec="seconds")})
        elif number:
            late = {"source_number": f"B{number - 1:04d}-{position:06d}", "item_code": case["item_code"]}
            done = {"event_no": 2, "kind": "decided", "outcome": "granted"}
            rows.append({**late, **done, "at": at.isoformat(timespec="seconds")})
        position += 1
    return "\n".join(json.dumps(row) for row in rows[:events]).encode()


def database_seconds() -> float:
    """Processor seconds of our backend."""
    pid = (sql.one("select pg_backend_pid()") or (0,))[0]
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


class Meter:
    """What something took: on the clock, in this process, in its backend."""

    def __enter__(self) -> "Meter":
        self.before = (time.monotonic(), time.process_time(), database_seconds())
        return self

    def __exit__(self, *_: object) -> None:
        after = (time.monotonic(), time.process_time(), database_seconds())
        self.wall, self.own, self.database = (b - a for a, b in zip(self.before, after, strict=True))

    def per(self, events: int) -> dict[str, float]:
        """Microseconds an event."""
        found = {"wall_us": self.wall, "python_us": self.own, "database_us": self.database}
        return {name: round(seconds / events * 1e6, 1) for name, seconds in found.items()}


def captured(into: list[Copied]) -> None:
    """Keep every COPY of the writer, besides doing it."""
    whole = copy_in.copy_text

    def both(table: str, columns: Sequence[str], lines: Any) -> int:
        found = list(lines)
        into.append((table, columns, found))
        return whole(table, columns, found)

    writing.copy_text = both  # type: ignore[attr-defined]


def load(batches: int, events: int, kept: Path) -> Iterator[tuple[str, dict[str, float]]]:
    """Send the batches, the last one with its rows kept; then drain."""
    at = now()
    by, items = reporter(at)
    rows: list[Copied] = []
    for number in range(batches):
        data = batch(number, events, items, at)
        if number == batches - 1:
            captured(rows)
        with Meter() as meter:
            digest = canonical.digest(data)
            made = open_batch(digest, name="", by=by, at=at, key=f"bench-{number}")
            done = run_batch(made, json_lines(data.splitlines(keepends=True)), by=by, at=at)
        assert (done.taken, done.state) == (events, "done"), (done.taken, done.quarantined, done.refused)
        yield f"batch {number + 1}", meter.per(events)
    kept.write_bytes(pickle.dumps(rows))
    with Meter() as meter:
        drained = drain_all(at=at)
    yield "drain", meter.per(drained)


def replay(kept: Path) -> Iterator[tuple[str, dict[str, float]]]:
    """The rows of the last batch by COPY alone: what nobody can be quicker than."""
    at = now()
    for days in range(0, DAYS + 31, 30):
        ensure_partitions(at - timedelta(days=days))
    rows: list[Copied] = pickle.loads(kept.read_bytes())  # noqa: S301 - written a moment ago by ourselves
    events = sum(len(lines) for table, _, lines in rows if table == "journal_fact")
    with Meter() as meter:
        for table, columns, lines in rows:
            copy_in.copy_text(table, columns, lines)
    yield "copy", meter.per(events)


if __name__ == "__main__":
    if sys.argv[1] == "--replay":
        told = dict(replay(Path(sys.argv[2])))
    else:
        told = dict(load(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
    print(json.dumps(told))
