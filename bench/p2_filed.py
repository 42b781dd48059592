"""The measuring half of P2: `python -m bench.p2_filed --rows 30000` in the environment of an empty, migrated database.

From the last uploaded byte to queryable cases: the file is judged, confirmed and filed by the worker's own function in a
process of its own, beside single filings into the same number series. The limit is COPY, in binary, of exactly the rows that
the filing wrote, into the same tables, emptied (`OWNER_URL`: the address of a superuser, who may empty them and still autovacuum), in the same run.
"""

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from bench.machine import seconds_of  # noqa: E402
from yichuang.cases.flow import Channel  # noqa: E402
from yichuang.catalogue import fixtures  # noqa: E402
from yichuang.catalogue.commands import load_departments, load_divisions, load_guides  # noqa: E402
from yichuang.catalogue.queries import filing_guide  # noqa: E402
from yichuang.directory.commands import (  # noqa: E402
    ApplicantForm,
    open_applicant_account,
    save_applicant,
)
from yichuang.directory.flow import ApplicantKind  # noqa: E402
from yichuang.directory.models import Account, Region  # noqa: E402
from yichuang.directory.queries import actor_named  # noqa: E402
from yichuang.gateways.files import FileStore  # noqa: E402
from yichuang.gateways.sheets_in import open_sheet  # noqa: E402
from yichuang.gateways.sheets_out import write_xlsx  # noqa: E402
from yichuang.intake.commands import DirectFiling, file_directly  # noqa: E402
from yichuang.intake.commands.bulk import NewRun, begin_run, confirm_run  # noqa: E402
from yichuang.intake.commands.bulk_blocks import ONE_PLAN  # noqa: E402
from yichuang.intake.models import BulkRun  # noqa: E402
from yichuang.intake.render import bulk_work  # noqa: E402
from yichuang.journal.commands import make_partitions_ahead  # noqa: E402
from yichuang.kernel import canonical, sql  # noqa: E402
from yichuang.kernel.keys import client_key  # noqa: E402
from yichuang.workdays.queries import real_now  # noqa: E402

GUIDE = "radio-station-renewal.json"
OPERATOR = "bench.operator"
CODE = "91510000MA00000072"
TABLES = {
    "journal_client_key": "subject_id", "cases_case": "id", "cases_number": "case_id", "cases_work": "case_id",
    "journal_fact": "subject_id", "journal_fresh": "subject_id", "intake_application": "case_id",
    "intake_receipt": "case_id",
}  # fmt: skip
HEADER = (
    "统一社会信用代码", "法定代表人或者负责人", "通信地址", "邮政编码", "联系人", "联系电话", "是否委托代理人办理",
    "原电台执照编号", "台站名称", "台站所在县（市、区）", "原执照有效期截止日", "使用的频率是否需要频率使用许可",
    "频率使用许可证编号或者批准文号", "申请继续使用至", "台站参数是否与原执照一致", "不一致的说明",
    "使用期间有无干扰投诉", "申请人承诺", "承诺人", "承诺日期",
)  # fmt: skip
# Single filings are timed so long with nothing beside them.
ALONE_SECONDS = 2.0
# One row in a hundred is wrong: a day that is none.
BAD_EVERY = 100


def rows(count: int, mark: str) -> Iterator[list[str]]:
    """Rows of 20 columns; `mark` makes those of one file its own."""
    for n in range(1, count + 1):
        until = "2028年13月1日" if n % BAD_EVERY == 0 else "2028年12月31日"
        licensed = n % 3 == 0
        yield [
            CODE, "李示例", "四川省示例市示例区示例路1号", "610000", "张示例", "13800000000", "否", f"示例照〔2020〕{mark}{n:07d}",
            f"示例山{n}号中继台", "510107000000", until, "是" if licensed else "否", f"示例频许〔2022〕{n}号" if licensed else "",
            "2033-12-31", "是", "", "无。", "全部", "李示例", "2022-05-13",
        ]  # fmt: skip


def prepare() -> str:
    """What the filing needs: calendar quarters, one item, one operator; the item's code."""
    at = real_now()
    make_partitions_ahead(at)
    load_divisions()
    data = next(data for name, data in fixtures.guides() if name == GUIDE)
    load_departments(at)
    load_guides(at, [(GUIDE, data)])
    if not Account.objects.filter(username=OPERATOR).exists():
        form = ApplicantForm(
            ApplicantKind.COMPANY,
            "示例通信有限公司",
            CODE,
            "13800000000",
            "四川省示例市示例区示例路1号",
            "李示例",
        )
        made = save_applicant(form, at=at)
        open_applicant_account(
            username=OPERATOR, password=None, applicant_id=made.pk, display_name="示例", at=at
        )
    assert Region.objects.filter(code="510107000000").exists()
    return str(data["item_code"])


def written(folder: Path, kind: str, count: int) -> Path:
    """The file to be uploaded."""
    # The same row is never filed twice: the rows of each file are its own.
    mark = client_key()[:4]
    path = folder / f"filings.{kind.partition('-')[0]}"
    if kind == "xlsx":
        with path.open("wb") as out:
            write_xlsx(rows(count, mark), HEADER, out)
        return path
    encoding = "gb18030" if kind == "csv-gb18030" else "utf-8"
    with path.open("w", encoding=encoding, newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        writer.writerows(rows(count, mark))
    return path


def begin(path: Path, item: str) -> UUID:
    """Upload the file."""
    by, at = actor_named(OPERATOR), real_now()
    with open_sheet(path, name=path.name) as sheet:
        header = sheet.header
    stored = FileStore(settings.FILES_DIR).put(path.read_bytes())
    new = NewRun(item, path.name, stored.digest, stored.size, header)
    return begin_run(new, by=by, at=at, key=client_key()).id


def job(run_id: UUID, confirmed: Callable[[], object] = lambda: None) -> dict[str, Any]:
    """Judge, confirm, file; what it took. Runs in a process of its own. `confirmed` is called when the filing begins."""
    backend = sql.one("select pg_backend_pid()")
    assert backend is not None
    started, own, database = time.monotonic(), time.process_time(), seconds_of(backend[0])
    bulk_work.run(run_id, at=real_now())
    checked, checked_own, checked_database = time.monotonic(), time.process_time(), seconds_of(backend[0])
    run = BulkRun.objects.get(pk=run_id)
    confirm_run(run_id, cases=run.good, by=actor_named(OPERATOR), at=real_now(), key=client_key())
    confirmed()
    bulk_work.run(run_id, at=real_now())
    run.refresh_from_db()
    assert run.state == "done", (run.state, run.reason)
    return {
        "seconds": time.monotonic() - started, "check_seconds": checked - started, "filed": run.filed, "bad": run.bad,
        "own_cpu": time.process_time() - own, "database_cpu": seconds_of(backend[0]) - database,
        "check_own_cpu": checked_own - own, "check_database_cpu": checked_database - database,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


def beside(stop: Path, item: str, seconds: float = 0.0) -> dict[str, Any]:
    """Single filings into the same series until the file `stop` is there (or for so long): their milliseconds, sorted."""
    by, found = actor_named(OPERATOR), filing_guide(item)
    took: list[int] = []
    example = dict(zip(HEADER, next(rows(1, "S")), strict=True))
    labels = {field.label: field for field in found.guide.form.fields()}
    answers: dict[str, object] = {labels[name].code: text for name, text in example.items() if text}
    answers |= {
        "region": "510107000000", "by_agent": "no", "frequency_licensed": "no", "parameters_same": "yes",
        "licence_until": "2028-12-31", "promises": [one.value for one in labels["申请人承诺"].choices],
    }  # fmt: skip
    answers.pop("credit_code", None)
    until = time.monotonic() + seconds if seconds else float("inf")
    while stop.parent.exists() and not stop.exists() and time.monotonic() < until:
        key, begun = client_key(), time.monotonic()
        filing = DirectFiling(item, Channel.ONLINE, None, answers)
        file_directly(filing, key=key, body_hash=canonical.digest(key), by=by, at=real_now())
        took.append(round((time.monotonic() - begun) * 1000))
        time.sleep(0.02)
    took.sort()
    return {"filings": len(took), "p50_ms": took[len(took) // 2], "p99_ms": took[len(took) * 99 // 100]}


def limit(run_id: UUID, folder: Path) -> dict[str, Any]:
    """COPY in binary of exactly the rows that the run wrote, into the same tables, emptied; seconds of the copy.

    Measured twice: as PostgreSQL does it for everybody, and (`best_seconds`) with one plan for the check of all keys, as the
    filing has it. The difference is that check: left to itself PostgreSQL plans it anew for every row.
    """
    with psycopg.connect(os.environ["OWNER_URL"], autocommit=True) as owner:
        # Statistics first: of tables that were filled a moment ago the planner knows nothing, and joins them row by row.
        owner.execute(f"analyze intake_bulkrow, {', '.join(TABLES)}".encode())
        owner.execute(
            f"create temp table written as select k.subject_id from intake_bulkrow r "  # noqa: S608
            f"join journal_client_key k on k.key = r.key where r.run_id = '{run_id}'".encode()
        )
        owner.execute("analyze written")
        for table, column in TABLES.items():
            taken = f"copy (select * from {table} where {column} in (select subject_id from written)) to stdout (format binary)"  # noqa: S608
            with (folder / table).open("wb") as out, owner.cursor().copy(taken.encode()) as copy:
                out.writelines(copy)
        with left_alone(owner):
            best = copied(owner, folder, ONE_PLAN.replace("true", "false"))
            plain = copied(owner, folder, "reset all")
        return plain | {f"best_{name}": value for name, value in best.items()}


@contextmanager
def left_alone(owner: "psycopg.Connection[Any]") -> Iterator[None]:
    """No autovacuum meanwhile. It would look at tables of many pages whose rows are not committed, believe that there are none, and have
    each key of 300,000 looked for through a whole index: a copy of a minute took a quarter of an hour and was not done."""
    owner.execute("alter system set autovacuum = off")
    owner.execute("select pg_reload_conf()")
    try:
        yield
    finally:
        owner.execute("alter system set autovacuum = on")
        owner.execute("select pg_reload_conf()")


def copied(owner: "psycopg.Connection[Any]", folder: Path, setting: str) -> dict[str, Any]:
    """The files copied into the tables, emptied, in one transaction."""
    owner.execute(f"truncate {', '.join(TABLES)}, intake_material, intake_receipt_signature".encode())
    owner.execute(setting.encode())
    backend = owner.info.backend_pid
    cpu, begun = seconds_of(backend), time.monotonic()
    with owner.transaction():
        for table in TABLES:
            with (
                (folder / table).open("rb") as source,
                owner.cursor().copy(f"copy {table} from stdin (format binary)".encode()) as copy,
            ):
                while piece := source.read(1 << 18):
                    copy.write(piece)
    return {"seconds": time.monotonic() - begun, "database_cpu": seconds_of(backend) - cpu}


def called(*arguments: str) -> subprocess.Popen[bytes]:
    """This module in another process."""
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "bench.p2_filed", *arguments], stdout=subprocess.PIPE
    )


def answer(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """What the other process says at its end."""
    out, _ = process.communicate()
    assert process.returncode == 0
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def measured(kind: str, count: int, item: str, folder: Path, *, crowd: bool) -> tuple[UUID, dict[str, Any]]:
    """One file of this kind brought through."""
    run_id = begin(written(folder, kind, count), item)
    connection.close()
    stop = folder / f"stop-{kind}"
    neighbour = called("--beside", str(stop), "--item", item) if crowd else None
    try:
        found = answer(called("--job", str(run_id)))
    finally:
        stop.touch()
    if neighbour is not None:
        found["beside"] = answer(neighbour)
    return run_id, found


def whole(count: int, kinds: list[str], *, crowd: bool = True) -> dict[str, Any]:
    """The scenario: files of each kind, the limit after each, single filings beside the first."""
    item = prepare()
    results: dict[str, Any] = {"rows": count}
    with TemporaryDirectory() as name:
        folder = Path(name)
        for kind in kinds:
            # Beside a crowd of single filings the rate is another: latency is taken in a round of its own.
            run_id, found = measured(kind, count, item, folder, crowd=False)
            if kind != "xlsx":
                found["limit"] = limit(run_id, folder)
                found["ratio"] = round(found["limit"]["seconds"] / found["seconds"], 3)
            results[kind] = found
        if crowd:
            alone = beside(folder / "stop-alone", item, ALONE_SECONDS)
            _, with_crowd = measured("csv-crowd", count, item, folder, crowd=True)
            results["beside"] = with_crowd["beside"] | {
                "seconds": with_crowd["seconds"],
                "alone_p50_ms": alone["p50_ms"],
                "alone_p99_ms": alone["p99_ms"],
            }
    if {"csv", "xlsx"} <= set(kinds):
        results["xlsx_to_csv"] = round(results["xlsx"]["seconds"] / results["csv"]["seconds"], 2)
    return results


def only_file(count: int) -> dict[str, Any]:
    """One CSV brought through in this process, for whoever measures something else beside it."""
    item = prepare()
    with TemporaryDirectory() as name:
        run_id = begin(written(Path(name), "csv", count), item)
        return job(run_id, lambda: print("begun", flush=True))


def main() -> None:
    """Run the scenario, or one of its processes; JSON to standard output."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=30_000)
    parser.add_argument("--kinds", default="csv,csv-gb18030,xlsx")
    parser.add_argument("--job", type=UUID)
    parser.add_argument("--beside", type=Path)
    parser.add_argument("--item", default="")
    parser.add_argument(
        "--only-file",
        action="store_true",
        help="one CSV brought through; says “begun” when the file is judged and its cases are filed",
    )
    given = parser.parse_args()
    if given.job:
        found = job(given.job)
    elif given.beside:
        found = beside(given.beside, given.item)
    elif given.only_file:
        found = only_file(given.rows)
    else:
        found = whole(given.rows, given.kinds.split(","))
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
