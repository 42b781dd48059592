"""What one case costs: bytes on the disk by table, bytes of log, microseconds of processors. `python -m bench.bytes [--lives N]`.

Whole lives (filed with materials, accepted, proposed, endorsed, decided, delivered, each told to the applicant) are lived by the
product's own commands in a server of their own with all its guarantees; differences before and after, divided by the lives.
Writes `config/sizes.json`, which `yichuang size` reckons with. The processors' time of the web is that of the commands alone:
what HTTP adds stands in the results of P1.
"""

import argparse
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from bench.machine import tree_seconds
from bench.results import this_commit, this_machine
from bench.stopping import program
from config.launch.places import Places
from config.launch.postgres import Cluster
from tests.faults.installation import throwaway_folder
from tests.scale.site import Shared, migrate

ROOT = Path(__file__).resolve().parent.parent
SIZES = ROOT / "config" / "sizes.json"
WARM_UP = 60
# Partitions count for the table whose parts they are.
TREE = """
select coalesce((select inhparent::regclass::text from pg_inherits where inhrelid = c.oid), c.relname) as name,
       sum(pg_table_size(c.oid))::bigint, sum(pg_indexes_size(c.oid))::bigint
from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace group by 1
"""
MICRO = 1_000_000


@dataclass(frozen=True)
class Stand:
    """How things stand at one moment."""

    tables: dict[str, tuple[int, int]]
    log: int
    database: float
    own: float


def stand(server: Cluster, url: str) -> Stand:
    """Sizes after a vacuum, the position of the log, the seconds that processors have worked."""
    with psycopg.connect(url, autocommit=True) as owner:
        log = owner.execute("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint").fetchone()
        owner.execute("vacuum analyze")
        tables = {
            str(name): (int(heap), int(indexes)) for name, heap, indexes in owner.execute(TREE.encode())
        }
    assert log is not None
    return Stand(tables, int(log[0]), tree_seconds(server.pid()), time.process_time())


def live(number: int, cast: Any, at: datetime) -> None:
    """One whole life through the product's own commands."""
    moment = at + timedelta(minutes=number)
    case = cast.make.filed(cast.company, at=moment).case_id
    for act, by, more in (
        (cast.cases.accept, cast.clerk, {}),
        (
            cast.cases.propose,
            cast.reviewer,
            {"outcome": "granted", "opinion": "材料齐全，符合法定条件，建议准予许可。"},
        ),
        (cast.cases.endorse, cast.second, {"opinion": "同意审查意见。"}),
        (cast.cases.decide, cast.head, {"outcome": "granted"}),
        (cast.cases.deliver, cast.clerk, {"method": "window", "receiver": "张示例"}),
    ):
        moment += timedelta(hours=1)
        act(case, by=by, at=moment, key=cast.make.key(), **more)


def lived(lives: int, server: Cluster, urls: dict[str, str]) -> dict[str, Any]:
    """Live them, seal and tell, and give what one cost."""
    cast = importlib.import_module("tests.scale.lives").cast()
    for number in range(WARM_UP):
        live(number, cast, cast.at)
    cast.after(cast.at)
    before = stand(server, urls["owner"])
    for number in range(lives):
        live(WARM_UP + number, cast, cast.at)
    written = time.process_time()
    cast.after(cast.at)
    after = stand(server, urls["owner"])
    return told(lives, before, after, written)


def told(lives: int, before: Stand, after: Stand, written: float) -> dict[str, Any]:
    """Differences by life, in whole bytes and microseconds."""
    grown = {
        name: (heap - before.tables.get(name, (0, 0))[0], indexes - before.tables.get(name, (0, 0))[1])
        for name, (heap, indexes) in after.tables.items()
    }
    tables = {
        name: (heap + indexes) // lives
        for name, (heap, indexes) in sorted(grown.items())
        if heap + indexes >= lives
    }
    return {
        "bytes": sum(tables.values()),
        "tables": tables,
        "log_bytes": (after.log - before.log) // lives,
        "database_us": round((after.database - before.database) * MICRO / lives),
        "commands_us": round((written - before.own) * MICRO / lives),
        "worker_us": round((after.own - written) * MICRO / lives),
        "writes": 6,
    }


def measured(lives: int) -> dict[str, Any]:
    """On a server of its own, which is gone afterwards."""
    with throwaway_folder() as folder:
        server = Cluster(
            Places(ROOT, folder / "var", folder / "spare"), folder / "one", folder / "spare" / "one"
        )
        try:
            server.start()
            shared = Shared(server.urls(), folder)
            migrate(shared)
            os.environ.update(shared.environment(YICHUANG_TOOL="1", YICHUANG_LOG="WARNING"))
            importlib.import_module("django").setup()
            return lived(lives, server, server.urls())
        finally:
            server.stop()


def main(
    arguments: list[str] | None = None, out: Path = SIZES, measure: Callable[[int], dict[str, Any]] = measured
) -> int:
    """Measure, and put the figures of a handled case into the data file; what stands there of other things stays."""
    parser = argparse.ArgumentParser(prog="python -m bench.bytes", description=__doc__)
    parser.add_argument("--lives", type=int, default=400)
    lives = parser.parse_args(arguments).lives
    content = json.loads(out.read_text(encoding="utf-8"))
    content["handled"] = measure(lives)
    machine, commit = this_machine(), this_commit(ROOT)
    content["measured"] = {
        "command": f"python -m bench.bytes --lives {lives}",
        "machine": machine,
        "commit": commit,
    }
    out.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    json.dump(content["handled"], sys.stdout, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(program(main))
