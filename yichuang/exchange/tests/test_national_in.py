"""National tables taken in: by the command and from the folder, once, with a report that stays; our own tables give the same figures again."""

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from django.test import Client

from yichuang.cases import commands as cases
from yichuang.cases.flow import Outcome
from yichuang.cases.tests import factories as lives
from yichuang.catalogue.models import Item
from yichuang.directory.tests import factories as people
from yichuang.effects.commands import drain_all
from yichuang.exchange.cli import drops, exchange
from yichuang.exchange.cli.national import NotTaken, read_national, write_national
from yichuang.exchange.commands import national as commands
from yichuang.exchange.commands.national import take_waiting
from yichuang.exchange.flow import Doubt
from yichuang.exchange.models import Batch, Case, Line, Quarantine, System
from yichuang.exchange.rules.national import CASE_TABLES, tables
from yichuang.exchange.rules.national_in import event_lines
from yichuang.exchange.tests import factories as make
from yichuang.exchange.tests.test_door import _drop
from yichuang.kernel import sql
from yichuang.kernel.times import local_day
from yichuang.statistics.queries.recount import compared_day

pytestmark = pytest.mark.django_db
AT = lives.AT
LATER = AT + timedelta(days=30)
SYNC = {
    "cd_operation": "I", "cd_time": "2022-05-10 23:00:00", "cd_batch": "20220510", "data_source": "51",
}  # fmt: skip


def accepted(number: str, **more: str) -> dict[str, str]:
    return {
        "row_guid": f"g-{number}", "project_no": number, "catalog_code": "000115001000", "task_code": make.ITEM, "task_name": "示例许可",
        "task_version": "3", "applyer_name": "示例甲乙", "applyer_type": "2", "applyer_page_type": "001", "applyer_page_code": "示例证号",
        "apply_date": "2022-05-09 10:00:00", "apply_type": "2", "org_name": "水利厅", "org_code": "示例", "accept_date": "2022-05-10 09:30:00",
        "project_type": "2", **SYNC, **more,
    }  # fmt: skip


def result(number: str, at: str = "2022-05-12 09:30:00", **more: str) -> dict[str, str]:
    return {
        "row_guid": f"r-{number}", "project_no": number, "result_date": at, "result_type": "1", "is_delivery_results": "0", **SYNC, **more,
    }  # fmt: skip


def step(number: str, name: str, at: str = "2022-05-13 10:00:00") -> dict[str, str]:
    return {
        "row_guid": f"p-{number}-{name}", "project_no": number, "event_name": "通过", "process_name": name, "handle_user_name": "示例",
        "handle_explain": name, "event_start_time": at, "event_end_time": at, **SYNC,
    }  # fmt: skip


def table(folder: Path, name: str, rows: Sequence[Mapping[str, str]]) -> Path:
    """A file of a table."""
    path = folder / f"{name}.csv"
    known = next(one for one in sorted(tables(), key=len, reverse=True) if one in name)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(tables()[known].columns), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def take(*files: Path, system: System | None = None) -> list[dict[str, Any]]:
    """What becomes of files of the water system."""
    return list(read_national(system or System.objects.get(code="water"), files, at=LATER))


def states() -> dict[str, tuple[str, int]]:
    """Where the cases stand, with their doubts."""
    return {
        number: (state, doubts)
        for number, state, doubts in Case.objects.values_list("source_number", "state", "doubts")
    }


def figures(prefix: str) -> Counter[tuple[object, ...]]:
    """What the daily figures count, by kind, day, item, department and outcome."""
    rows = sql.rows(
        "select substr(kind, %(from)s), day, item_id, department_id, item_type, case when kind like '%%decided' then outcome else '' end, sum(count) "
        "from statistics_daily where kind like %(prefix)s || '.%%' group by 1, 2, 3, 4, 5, 6 having sum(count) <> 0",
        {"prefix": prefix, "from": len(prefix) + 2},
    )
    return Counter({tuple(row[:-1]): int(row[-1]) for row in rows if row[0] in COMPARED})


COMPARED = ("accepted", "decided", "delivered", "withdrawn", "terminated")


def live() -> None:
    """Cases of our own in every way that the tables can tell."""
    Item.objects.create(
        id=UUID(int=7), code=make.ITEM, name="取水许可", item_type="01", department=people.department(), region=people.province(),
    )  # fmt: skip
    people.clerk()
    lives.in_review(AT)
    lives.decided(AT)
    lives.delivered(AT + timedelta(days=1))
    denied = lives.in_review(AT)
    cases.decide(
        denied.id, outcome=Outcome.DENIED, reason="不符合法定条件", by=people.head(), at=AT + timedelta(days=5), key=lives.key()
    )  # fmt: skip
    held = lives.paused(AT)
    cases.resume(held.id, by=people.reviewer(), at=AT + timedelta(days=4), key=lives.key())
    back = lives.in_review(AT)
    cases.withdraw(back.id, by=people.applicant_actor(), at=AT + timedelta(days=1), key=lives.key())


def test_our_own_tables_taken_in_by_another_system_give_the_same_figures(tmp_path: Path) -> None:
    live()
    by = make.manager()
    for day in range(9):
        write_national(local_day(AT) + timedelta(days=day), tmp_path / str(day), by=by, at=LATER)
    water = make.system(departments=[people.department().pk])
    files = sorted(tmp_path.glob("*/*.csv"))
    told = take(*files, system=water)
    drain_all(at=LATER)
    own = figures("case")
    assert own == figures("reported")
    assert sum(own.values()) == 6 + 3 + 1 + 1
    assert {one[0] for one in own} == set(COMPARED) - {"terminated"}
    assert sum(one["quarantined"] + one["refused"] for one in told) == 0
    assert Counter(state for state, _ in states().values()) == Counter(
        {"accepted": 2, "decided": 2, "delivered": 1, "withdrawn": 1}
    )
    assert [compared_day(local_day(AT) + timedelta(days=day)).differing for day in range(9)] == [0] * 9

    # Once more, and once more as another batch of the same rows: nothing moves.
    before = (Batch.objects.count(), states())
    assert [one["batch_id"] for one in take(*files)] == [one["batch_id"] for one in told]
    assert (Batch.objects.count(), states()) == before
    for path in files:
        path.write_text(path.read_text(encoding="utf-8").replace(",I,", ",U,"), encoding="utf-8")
    again = [one for one in take(*files) if one["received"]]
    assert sum(one["taken"] + one["quarantined"] for one in again) == 0
    assert sum(one["known"] for one in again) == sum(one["received"] for one in told)
    drain_all(at=LATER)
    assert figures("reported") == own


def test_a_row_that_loses_its_day_on_the_way_is_noticed(tmp_path: Path) -> None:
    """The broken variant of the round trip: a result that is dated a day later gives other figures."""
    live()
    make.system(departments=[people.department().pk])
    for day in range(9):
        write_national(local_day(AT) + timedelta(days=day), tmp_path / str(day), by=make.manager(), at=LATER)
    take(*tmp_path.glob("*/up_pro_accept.csv"))
    for path in tmp_path.glob("*/up_pro_result.csv"):
        path.write_text(
            path.read_text(encoding="utf-8").replace("2022-05-10 1", "2022-05-11 1"), encoding="utf-8"
        )
        take(path)
    drain_all(at=LATER)
    assert figures("case") != figures("reported")


def test_the_report_of_a_batch_is_kept_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make.system()
    rows = [
        accepted("a"),
        accepted("b", project_type="7", catalog_code=""),
        accepted("c", accept_date="昨天"),
        accepted("d", task_version="x" * 3),
    ]
    (told,) = take(table(tmp_path, "up_pro_accept", rows))
    assert (told["taken"], told["refused"]) == (3, 1)
    assert (told["conformance"]["rows"], told["conformance"]["sound"]) == (4, 1)
    batch = Batch.objects.get()
    assert batch.conformance == told["conformance"]
    assert {(one["column"], one["kind"], one["rows"]) for one in told["conformance"]["faults"]} == {
        ("accept_date", "moment", 1), ("catalog_code", "missing", 1), ("project_type", "code", 1), ("task_version", "whole", 1),
    }  # fmt: skip
    assert (batch.received, Line.objects.get().reasons) == (
        4,
        ["accept_date：第 4 行：应为时间，例如 2022-05-13 09:30:00"],
    )
    assert "示例甲乙" not in Line.objects.get().raw
    monkeypatch.setattr("config.front_door.now", lambda: LATER)
    client = Client()
    client.force_login(people.account_of(make.manager()), backend="django.contrib.auth.backends.ModelBackend")
    shown = client.get(f"/desk/exchange/batches/{batch.pk}").content.decode()
    assert "与国家交换表的符合情况" in shown
    assert "代码不在表内" in shown
    assert "办件受理信息（up_pro_accept）" in shown
    assert "示例甲乙" not in shown
    make.send([make.event("plain")])
    plain = Batch.objects.exclude(pk=batch.pk).get()
    assert "国家交换表" not in client.get(f"/desk/exchange/batches/{plain.pk}").content.decode()


def test_what_names_no_item_waits_for_its_acceptance_and_is_taken_when_it_comes(tmp_path: Path) -> None:
    make.system()
    rows = [result("a"), result("b", result_type="9"), result("never")]
    (told,) = take(table(tmp_path, "up_pro_result-1", rows))
    assert (told["taken"], told["quarantined"]) == (0, 3)
    assert dict(Quarantine.objects.values_list("source_number", "state")) == {
        "a": "waiting",
        "b": "open",
        "never": "waiting",
    }
    take(table(tmp_path, "up_pro_accept-1", [accepted("a"), accepted("b")]))
    assert states() == {"a": ("decided", 0), "b": ("accepted", 0)}
    left = sorted(
        Quarantine.objects.filter(state__in=["open", "waiting"]).values_list(
            "source_number", "state", "reasons"
        )
    )
    assert left == [("b", "open", ["unknown_outcome"]), ("never", "waiting", ["no_case_yet"])]
    assert Quarantine.objects.filter(source_number="a").get().state == Doubt.SETTLED
    drain_all(at=LATER)
    assert {(one[0], count) for one, count in figures("reported").items()} == {
        ("accepted", 2),
        ("decided", 1),
    }


def test_many_that_wait_are_taken_in_pieces_and_one_without_words_harms_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    water = make.system()
    take(table(tmp_path, "up_pro_result", [result(f"n-{number}") for number in range(7)]))
    Quarantine.objects.filter(source_number="n-3").update(raw="")
    monkeypatch.setattr(commands, "take_waiting", lambda *_, **__: 0)
    take(table(tmp_path, "up_pro_accept", [accepted(f"n-{number}") for number in range(7)]))
    monkeypatch.setattr(commands, "MOST_AGAIN", 2)
    by = make.reporter()
    assert take_waiting(water, by=by, at=LATER) == 6
    assert take_waiting(water, by=by, at=LATER) == 0
    assert Counter(state for state, _ in states().values()) == {"decided": 6, "accepted": 1}
    assert sorted(
        Quarantine.objects.exclude(state=Doubt.SETTLED).values_list("source_number", flat=True)
    ) == ["n-3"]


def test_what_contradicts_is_asked_about_and_a_deletion_takes_back(tmp_path: Path) -> None:
    make.system()
    take(
        table(
            tmp_path,
            "up_pro_accept-1",
            [accepted("a"), accepted("b"), accepted("c", accept_date="2022-05-14")],
        )
    )
    take(
        table(
            tmp_path,
            "up_pro_result-1",
            [result("a"), result("b"), result("b", "2022-05-16 09:00:00"), result("c")],
        ),
        table(tmp_path, "up_pro_process", [step("a", "送达"), step("a", "审查"), step("b", "撤回")]),
    )
    assert states() == {"a": ("delivered", 0), "b": ("decided", 2), "c": ("accepted", 1)}
    doubts = sorted(Quarantine.objects.filter(state="open").values_list("source_number", "reasons"))
    assert doubts == [("b", ["decided_twice"]), ("b", ["ended_otherwise"]), ("c", ["before_acceptance"])]
    take(table(tmp_path, "up_pro_result-2", [result("b", cd_operation="D"), result("c", cd_operation="D")]))
    assert states() == {"a": ("delivered", 0), "b": ("withdrawn", 1), "c": ("accepted", 0)}, (
        "what was second counts now"
    )
    # The same moment with another outcome is the same event with another body.
    take(table(tmp_path, "up_pro_result-3", [result("a", result_type="2", cd_operation="U")]))
    assert Quarantine.objects.filter(reasons__contains=["other_body"]).count() == 1
    assert Case.objects.get(source_number="a").outcome == "granted"


def test_a_killed_file_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make.system()
    rows = [
        accepted(f"k-{number}", **({"accept_date": ""} if number % 4 == 3 else {})) for number in range(20)
    ]
    path = table(tmp_path, "up_pro_accept", rows)
    monkeypatch.setattr("yichuang.exchange.commands.batches.BLOCK", 6)
    whole = event_lines

    def torn(*given: Any) -> Any:
        for number, line in enumerate(whole(*given)):
            if number == 14:
                raise KeyError("killed")
            yield line

    monkeypatch.setattr(commands, "event_lines", torn)
    with pytest.raises(KeyError):
        take(path)
    assert Batch.objects.get().lines_done == 12
    monkeypatch.setattr(commands, "event_lines", whole)
    (told,) = take(path)
    assert (told["received"], told["taken"], told["refused"]) == (20, 15, 5)
    assert Case.objects.count() == 15


def test_the_folder_takes_tables_by_their_names(settings: Any, tmp_path: Path) -> None:
    settings.EXCHANGE_DIR = tmp_path
    water = make.system(make.reporter(), folder="water")
    folder = tmp_path / "water"
    # The result comes first by its name: tables are taken in their own order.
    for name, known, rows in (
        ("01-up_pro_result", "up_pro_result", [result("a")]), ("02-up_pro_accept", "up_pro_accept", [accepted("a")]), ("03-up_pro_material", "up_pro_material", [{"project_no": "a"}]),
    ):  # fmt: skip
        _drop(folder, f"{name}.csv", table(tmp_path, known, rows).read_bytes())
    _drop(folder, "up_pro_accept.ndjson", json.dumps(make.event("plain")).encode())
    _drop(folder, "up_pro_result-bad.csv", b"project_no\n1\n")
    assert len(drops.run(water.pk, at=LATER)) == 5
    assert list((folder / "in").iterdir()) == []
    assert Quarantine.objects.count() == 0
    assert states() == {"a": ("decided", 0), "plain": ("accepted", 0)}
    told = json.loads((folder / "done" / "03-up_pro_material.csv.result.json").read_text(encoding="utf-8"))
    assert (told["received"], told["conformance"]["rows"]) == (0, 1)
    assert "表头有误：没有必需的列" in (folder / "refused" / "up_pro_result-bad.csv.result.json").read_text(
        encoding="utf-8"
    )


def test_the_command_says_what_became_of_each_file(tmp_path: Path) -> None:
    today = local_day(LATER).replace(year=2026)
    make.system()
    moment = f"{today} 09:00:00"
    good = table(tmp_path, "up_pro_accept", [accepted("a", accept_date=moment, apply_date=moment)])
    done = CliRunner().invoke(exchange, ["national-in", str(good), "--system", "water", "--json"])
    assert done.exit_code == 0, done.output
    (told,) = json.loads(done.stdout)
    assert (told["taken"], told["conformance"]["sound"]) == (1, 1)
    assert CliRunner().invoke(exchange, ["national-in", str(good), "--system", "none"]).exit_code == 1
    other = tmp_path / "rows.csv"
    other.write_text("a\n1\n", encoding="utf-8")
    wrong = CliRunner().invoke(exchange, ["national-in", str(other), "--system", "water"])
    assert wrong.exit_code == 1
    assert "文件名里没有国家交换表的表名" in wrong.output
    empty = tmp_path / "up_pro_result.csv"
    empty.write_text("", encoding="utf-8")
    with pytest.raises(NotTaken, match="文件是空的"):
        take(empty)


def test_nobody_takes_rows_in_for_another_system(tmp_path: Path) -> None:
    water = make.system()
    path = table(tmp_path, "up_pro_accept", [accepted("a")])
    System.objects.filter(pk=water.pk).update(is_active=False)
    with pytest.raises(NotTaken, match="不能报送"):
        take(path)
    assert not Batch.objects.exists()
    assert set(CASE_TABLES) <= set(tables())
