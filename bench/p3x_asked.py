"""The measuring half of P3x: `python -m bench.p3x_asked FOLDER --cases N --rounds R`; prints JSON.

Makes the monthly files of a year as the export writes them, so many cases with their facts, and asks each question in turns: as
the page asks it, by a process that does nothing else, and by an engine that is open already.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import django
import duckdb

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from yichuang.gateways import columns  # noqa: E402
from yichuang.statistics.flow.analysis import COLUMNS  # noqa: E402
from yichuang.statistics.render.analysis import answer, folder  # noqa: E402
from yichuang.statistics.rules.analysis import Asked, months, statement  # noqa: E402

FIRST, LAST = date(2022, 1, 1), date(2022, 12, 31)
ROWS = 500
# Of a hundred cases so many are accepted, decided, delivered.
SHARES: Mapping[str, int] = {"accepted": 100, "decided": 42, "delivered": 40}
QUESTIONS: Mapping[str, Asked] = {
    "hours by region": Asked("accepted", ("hour", "region"), FIRST, LAST),
    "weekdays by channel, one outcome": Asked(
        "concluded", ("weekday", "channel"), FIRST, LAST, {"outcome": "granted"}
    ),
    "mean days by item": Asked("mean_days", ("item",), FIRST, LAST),
    "nine tenths by region": Asked("p90_days", ("region",), FIRST, LAST),
}
# The straight process: reads a statement, its values and its files, asks, prints how many rows.
STRAIGHT = """
import duckdb, json, sys
asked = json.load(sys.stdin)
with duckdb.connect(":memory:", config={"threads": "2"}) as engine:
    engine.execute("create view facts as select * from read_parquet(" + repr(asked["paths"]) + ")")
    print(len(engine.execute(asked["question"], asked["given"]).fetchall()))
"""


def facts(first: date, cases: int) -> str:
    """The facts of a month with so many cases, as a statement of the engine: departments and items by Zipf, hours of an office."""
    kinds = " union all ".join(f"select '{kind}' as kind, {share} as share" for kind, share in SHARES.items())
    return f"""
select {", ".join(f"{name}::{kind} as {name}" for name, kind in COLUMNS.items())} from (
    select date '{first.isoformat()}' + (h % 28)::int as day, case when h % 10 = 0 then 'case' else 'reported' end as source, k.kind,
           '示例部门' || floor(pow(60, (h // 7 % 10007) / 10007.0))::int as department, md5(department)::uuid::varchar as department_id,
           'I' || i as item_code, '示例事项' || i as item_name,
           case h // 11 % 20 when 0 then '01' when 1 then '05' else '20' end as item_type, '1' as handling_kind,
           (510000 + h // 13 % 183)::varchar as region, (1 + h // 17 % 3)::varchar as channel,
           case when k.kind = 'decided' then case when h // 19 % 50 = 0 then 'denied' else 'granted' end end as outcome,
           case when k.kind = 'decided' then case when h // 23 % 3 = 0 then 'instant' else 'early' end end as promptness,
           case when k.kind = 'decided' then h // 29 % 26 end as days_used, case when k.kind = 'decided' then 20 end as limit_days,
           h // 31 % 3 as corrections, 0 as extended_days, 8 + h // 37 % 10 as hour, 1 as quantity
    from (select hash(n + {first.month} * 100000000) as h, n,
                 floor(pow(5000, (hash(n + {first.month} * 100000000) // 5 % 100003) / 100003.0))::int as i
          from range({cases:d}) r(n)) c, ({kinds}) k
    where n % 100 < k.share)
"""  # noqa: S608 - numbers and names of our own


def generate(cases: int) -> int:
    """Every month's file; how many rows they have."""
    names = months(FIRST, LAST)
    folder().mkdir(parents=True, exist_ok=True)
    with duckdb.connect(":memory:", config={"threads": "2", "memory_limit": "1GB"}) as engine:
        for place, name in enumerate(names):
            of_month = cases * (place + 1) // len(names) - cases * place // len(names)
            text = facts(date.fromisoformat(f"{name}-01"), of_month)
            engine.execute(f"copy ({text}) to '{path(name)}' (format parquet, compression zstd)")
        found = engine.execute(
            "select count(*) from read_parquet(?)", [[path(name) for name in names]]
        ).fetchall()
    return int(found[0][0])


def path(name: str) -> str:
    """Where the file of a month is."""
    return str(folder() / f"{name}{columns.SUFFIX}")


def straight(asked: Asked) -> Callable[[], object]:
    """The question by a process that starts, asks and ends."""
    question, given = statement(asked, rows=ROWS)
    said = {
        "paths": [path(name) for name in months(FIRST, LAST)],
        "question": question,
        "given": list(map(str, given)),
    }
    return lambda: subprocess.run(
        [sys.executable, "-c", STRAIGHT], input=json.dumps(said), capture_output=True, text=True, check=True
    )


def kept(engine: duckdb.DuckDBPyConnection, asked: Asked) -> Callable[[], object]:
    """The question by an engine that is open already."""
    question, given = statement(asked, rows=ROWS)
    return lambda: engine.execute(question, list(map(str, given))).fetchall()


def seconds(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median of each way, asked in turns; `cpu`: processor seconds of ours, its process included."""
    times: dict[str, list[float]] = {name: [] for name in (*ways, "cpu")}
    for _ in range(rounds + 1):
        for name, way in ways.items():
            used, began = _processor(), time.perf_counter()
            way()
            times[name].append(time.perf_counter() - began)
            if name == "ours":
                times["cpu"].append(_processor() - used)
    # The first turn reads the files into the memory of the machine.
    return {name: statistics.median(found[1:]) for name, found in times.items()}


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(cases: int, rounds: int) -> dict[str, Any]:
    """Make the files and ask everything."""
    rows = generate(cases)
    listed = [path(name) for name in months(FIRST, LAST)]
    found = {}
    with duckdb.connect(":memory:", config={"threads": "2"}) as engine:
        engine.execute(f"create view facts as select * from read_parquet({listed!r})")  # noqa: S608 - our own names
        for name, asked in QUESTIONS.items():
            given = answer(asked, rows=ROWS)
            ways: dict[str, Callable[[], object]] = {
                "ours": partial(answer, asked, rows=ROWS),
                "straight": straight(asked),
                "kept": kept(engine, asked),
            }
            found[name] = {**seconds(ways, rounds), "rows": len(given.rows)}
    size = sum(Path(one).stat().st_size for one in listed)
    return {"cases": cases, "rows": rows, "megabytes": round(size / 1e6, 1), "questions": found}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.p3x_asked", description=__doc__)
    parser.add_argument("folder", type=Path, help="YICHUANG_VAR of this run")
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args(arguments)
    if asked.folder.resolve() != folder().parent.resolve():
        parser.error(f"YICHUANG_VAR is {folder().parent}, not {asked.folder}")
    json.dump(measure(asked.cases, asked.rounds), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
