"""The JSON door of reporting: receipts, keys, formats, sizes; the drop folders; whose systems and cases one may see."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from yichuang.directory.tests import factories as people
from yichuang.directory.tests.machines import Machine, machine_of
from yichuang.exchange import api
from yichuang.exchange.cli import drops
from yichuang.exchange.models import Batch, Case, Quarantine
from yichuang.exchange.tests import factories as make
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql

pytestmark = pytest.mark.django_db
NDJSON, CSV = "application/x-ndjson", "text/csv"
BATCHES = "/api/v1/reported/batches"


@pytest.fixture(autouse=True)
def _a_monday_in_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.AT)


def machine(**more: Any) -> Machine:
    """The water system at the door."""
    by = make.reporter()
    make.system(by, **more)
    return machine_of(by, at=make.AT)


def body(*events: dict[str, Any] | str) -> bytes:
    """Lines of JSON."""
    return "\n".join(
        one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in events
    ).encode()


def test_a_batch_is_answered_with_what_became_of_every_line() -> None:
    door, key = machine(), uuid4().hex
    sent = body(
        make.event(), "", make.event(no=2, kind="decided", day="2022-05-11"), "{", make.event("S-2", item_code="nope"),
        make.event(), make.event("S-3", kind="decided", outcome="maybe"), make.event("S-4", surprise=1),
        make.event("S-5", day="2022-05-14"), make.event("S-6", day="2018-05-14"), make.event("S-7", item_code=make.FOREIGN),
        make.event("S-8", region="510100000000"), make.event("S-9", department_code="125"), make.event("S-10", department_code="777"),
    )  # fmt: skip
    answer = door.post(BATCHES, sent, key, **{"Content-Type": NDJSON})
    assert answer.status_code == 200, answer.content.decode()
    told = json.loads(answer.content)
    assert [told[name] for name in ("received", "taken", "known", "quarantined", "refused")] == [
        13,
        2,
        1,
        8,
        2,
    ]
    assert {one["line"]: one["reasons"] for one in told["lines"]} == {
        3: ["不是有效的 JSON"], 4: ["事项编码不在事项目录中"], 6: ["办结结果应为 granted（准予）或 denied（不予）"],
        7: ["没有这个字段：surprise"], 8: ["日期在今天之后"], 9: ["日期早于三年前"], 10: ["不是这个系统可以报送的事项"],
        11: ["这个系统不能为这个区划报送"], 12: ["不是这个系统可以报送的部门"], 13: ["部门编码不在部门名录中"],
    }  # fmt: skip
    again = door.post(BATCHES, sent, key, **{"Content-Type": NDJSON})
    assert (again.status_code, again.content) == (200, answer.content)
    assert door.post(BATCHES, sent + b"\n{", key, **{"Content-Type": NDJSON}).status_code == 409
    other = json.loads(door.post(BATCHES, sent, uuid4().hex, **{"Content-Type": NDJSON}).content)
    assert (other["taken"], other["known"], other["quarantined"]) == (0, 11, 0)
    seen = json.loads(door.get(f"{BATCHES}/{told['batch_id']}").content)
    assert seen == told
    case = json.loads(door.get("/api/v1/reported/cases/S-1").content)
    assert (case["state"], case["accepted_on"], case["decided_on"]) == ("decided", "2022-05-10", "2022-05-11")
    assert [one["counts"] for one in case["events"]] == [True, True]
    assert door.get("/api/v1/reported/cases/S-2").status_code == 404


def test_csv_and_gzip_say_the_same_as_lines_of_json() -> None:
    door = machine()
    head = "source_number,event_no,kind,at,item_code,outcome,special_name\n"
    rows = f"S-1,1,accepted,2022-05-10,{make.ITEM},,\nS-1,2,decided,2022-05-11 09:00:00,{make.ITEM},granted,\n\nS-1,x,decided,2022-05-11,{make.ITEM},,\n"
    packed = gzip.compress(("\ufeff" + head + rows).encode())
    headers = {"Content-Type": CSV, "Content-Encoding": "gzip"}
    told = json.loads(door.post(BATCHES, packed, uuid4().hex, **headers).content)
    assert (told["taken"], told["refused"]) == (2, 1)
    assert Case.objects.get().state == "decided"
    same = body(make.event(at="2022-05-09T16:00:00Z"))
    assert json.loads(door.post(BATCHES, same, uuid4().hex, **{"Content-Type": NDJSON}).content)["known"] == 1


@pytest.mark.parametrize(
    ("sent", "headers", "status"),
    [
        (b"{}", {"Content-Type": "application/json"}, 415),
        (b"{}", {"Content-Type": NDJSON, "Content-Encoding": "br"}, 415),
        (b"no gzip", {"Content-Type": NDJSON, "Content-Encoding": "gzip"}, 400),
        (gzip.compress(b"{}\n" * 99, mtime=0)[:-9], {"Content-Type": NDJSON, "Content-Encoding": "gzip"}, 400),
        (gzip.compress(b"\n" * (70 << 20)), {"Content-Type": NDJSON, "Content-Encoding": "gzip"}, 413),
        (b"number,kind\n1,2\n", {"Content-Type": CSV}, 422),
        (b'"a\n', {"Content-Type": CSV}, 400),
        (b"\xff\xfe{", {"Content-Type": NDJSON}, 200),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_and_leaves_nothing(
    sent: bytes, headers: dict[str, str], status: int
) -> None:
    assert machine().post(BATCHES, sent, uuid4().hex, **headers).status_code == status
    assert Batch.objects.count() == (status == 200)
    assert not Case.objects.exists()


def test_a_batch_of_too_many_lines_is_refused_before_any_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MOST_EVENTS", 3)
    sent = body(*(make.event(f"S-{n}") for n in range(6)))
    assert machine().post(BATCHES, sent, uuid4().hex, **{"Content-Type": NDJSON}).status_code == 413
    assert not Batch.objects.exists()


def test_a_system_sees_its_own_alone_and_others_nothing() -> None:
    door = machine()
    told = json.loads(door.post(BATCHES, body(make.event()), uuid4().hex, **{"Content-Type": NDJSON}).content)
    trade = people.department("商务厅", "125", "川商")
    other = make.reporter(trade, "report-trade")
    make.system(other, "trade", departments=[trade.pk])
    stranger = machine_of(other, at=make.AT)
    for path in (f"{BATCHES}/{told['batch_id']}", "/api/v1/reported/cases/S-1", f"{BATCHES}/none"):
        assert stranger.get(path).status_code == 404
    nobody = machine_of(make.reporter(username="report-nobody"), at=make.AT)
    assert (
        nobody.post(BATCHES, body(make.event()), uuid4().hex, **{"Content-Type": NDJSON}).status_code == 404
    )
    manager = machine_of(make.manager(), at=make.AT)
    assert (
        manager.post(BATCHES, body(make.event()), uuid4().hex, **{"Content-Type": NDJSON}).status_code == 403
    )
    assert Client().post(BATCHES, b"{}", content_type=NDJSON).status_code == 401


def test_names_stand_in_the_row_alone_and_facts_commit_to_them() -> None:
    make.send(
        [
            make.event(applicant_name="示例甲乙"),
            make.event(no=2, kind="special_started", special={"reason": "示例丙丁"}),
        ]
    )
    row = Case.objects.get()
    assert row.applicant_name == "示例甲乙"
    facts = facts_of(row.pk)
    assert "name" in facts[0].data
    assert "special" in facts[1].data
    told = str(sql.rows("select * from journal_fact")) + str(sql.rows("select * from journal_fresh"))
    assert "示例甲乙" not in told
    assert "示例丙丁" not in told


def _drop(folder: Path, name: str, data: bytes, promised: str = "") -> None:
    (folder / "in").mkdir(parents=True, exist_ok=True)
    (folder / "in" / name).write_bytes(data)
    if promised != "-":
        (folder / "in" / f"{name}.ready").write_text(promised or hashlib.sha256(data).hexdigest())


def test_files_count_when_they_are_ready_and_once(settings: Any, tmp_path: Path) -> None:
    settings.EXCHANGE_DIR = tmp_path
    system = make.system(make.reporter(), folder="water")
    folder = tmp_path / "water"
    good = body(make.event(), make.event("S-2", item_code="nope"))
    _drop(folder, "a.ndjson", good)
    _drop(folder, "b.ndjson.gz", gzip.compress(body(make.event("S-3"))))
    _drop(folder, "c.csv", b"wrong,header\n1,2\n")
    _drop(folder, "d.ndjson", b"{}", "0" * 64)
    _drop(folder, "e.exe", b"{}")
    _drop(folder, "f.ndjson", b"{}", "-")
    _drop(folder, "g.ndjson.gz", b"no gzip")
    (tmp_path / "secret").write_text("{}")
    (folder / "in" / "h.ndjson").symlink_to(tmp_path / "secret")
    (folder / "in" / "h.ndjson.ready").write_text(hashlib.sha256(b"{}").hexdigest())
    assert drops.find_waiting() == [system.pk]
    told = drops.run(system.pk, at=make.AT)
    assert len(told) == 6
    assert sorted(one.name for one in (folder / "in").iterdir()) == ["f.ndjson", "h.ndjson", "h.ndjson.ready"]
    done = sorted(one.name for one in (folder / "done").iterdir())
    assert done == ["a.ndjson", "a.ndjson.result.json", "b.ndjson.gz", "b.ndjson.gz.result.json"]
    refused = sorted(one.name for one in (folder / "refused").iterdir() if not one.name.endswith(".json"))
    assert refused == ["c.csv", "d.ndjson", "e.exe", "g.ndjson.gz"]
    result = json.loads((folder / "done" / "a.ndjson.result.json").read_text())
    assert (result["taken"], result["quarantined"], len(result["lines"])) == (1, 1, 1)
    assert drops.find_waiting() == []
    # The same content under another name does nothing; a file that was taken and not moved away is moved.
    _drop(folder, "again.ndjson", good)
    counts = (Batch.objects.count(), Case.objects.count(), Quarantine.objects.count())
    drops.run(system.pk, at=make.AT)
    assert (Batch.objects.count(), Case.objects.count(), Quarantine.objects.count()) == counts
    assert (folder / "done" / "again.ndjson").exists()
