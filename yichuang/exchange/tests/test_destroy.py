"""Lawful destruction of what was reported, lines that grow old, files that were put away: who may, when, what stays."""

import hashlib
import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.test import Client

from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.effects.cli import purging
from yichuang.exchange.cli import drops
from yichuang.exchange.commands import destroy, taking
from yichuang.exchange.commands.destroy import destroy_reported, purge_raw
from yichuang.exchange.commands.resolving import drop_doubt, take_doubt
from yichuang.exchange.models import Batch, Case, Destroyed, Line, Quarantine, System
from yichuang.exchange.rules.lines import NAMING, nameless, read_line
from yichuang.exchange.tests import factories as make
from yichuang.exchange.tests.test_door import body
from yichuang.exchange.tests.test_resolving import counted, decide, only
from yichuang.journal.queries import checked_facts, facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import client_key
from yichuang.kernel.tests import plans

pytestmark = pytest.mark.django_db
LATER = make.AT + timedelta(days=365 * 11)
NAME = "示例王五"


def officer(everywhere: bool = True) -> Actor:
    held = [Capability.PRIVATE_DESTROY, Capability.CASE_SEARCH]
    where = people.department("政务中心办公室", "9891", "川政务")
    return people.staff(
        f"archivist-{everywhere}", people.post(where, f"档案岗{everywhere}", held, everywhere=everywhere)
    )


def told(case_id: UUID, **changes: Any) -> UUID:
    given: dict[str, Any] = {
        "ground": "ordered",
        "reason": "示例1号",
        "by": officer(),
        "at": LATER,
        "key": uuid4().hex,
    } | changes
    ground, reason = given.pop("ground"), given.pop("reason")
    return destroy_reported(case_id, ground, reason, **given)


def decided() -> Case:
    make.send([make.event(applicant_name=NAME), make.event(no=2, kind="decided", day="2022-05-11")])
    return Case.objects.get()


def test_who_may_and_when() -> None:
    make.send([make.event(applicant_name=NAME)])
    row = Case.objects.get()
    with pytest.raises(Conflict, match="还没有报办结"):
        told(row.pk)
    make.send([make.event(no=2, kind="decided", day="2022-05-11"), make.event(no=3, kind="withdrawn")])
    with pytest.raises(Conflict, match="存疑"):
        told(row.pk)
    decide(drop_doubt, only(state="open"))
    with pytest.raises(Refused):
        told(row.pk, by=make.manager())
    with pytest.raises(Missing):
        told(row.pk, by=officer(everywhere=False))
    with pytest.raises(Missing):
        told(uuid4())
    for wrong, field in (
        ({"ground": "bored"}, "ground"), ({"reason": " "}, "reason"), ({"reason": "长" * 501}, "reason"),
        ({"ground": "retention_over", "at": make.AT + timedelta(days=3649)}, "ground"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            told(row.pk, **wrong)
        assert set(refused.value.fields) == {field}
    assert Case.objects.get().applicant_name == NAME
    key = uuid4().hex
    assert told(row.pk, ground="retention_over", key=key) == told(row.pk, ground="retention_over", key=key)
    with pytest.raises(Conflict, match="已经依法删除"):
        told(row.pk)
    with pytest.raises(Conflict):
        told(row.pk, key=key)
    assert (Destroyed.objects.get().reason, len(facts_of(row.pk))) == ("示例1号", 3)
    # What proves the reason is no help to whoever tries names against the facts of the case.
    ((case_salt,),) = sql.rows("select salt from exchange_case where id = %(id)s", {"id": row.pk})
    assert len({case_salt, Destroyed.objects.get().salt}) == 2


def test_figures_stay_the_chain_goes_on_and_no_name_comes_back() -> None:
    row = decided()
    before = counted()
    told(row.pk)
    assert counted() == before
    again = make.send([make.event(applicant_name=NAME), make.event(no=2, kind="decided", day="2022-05-11")])
    other = make.send([make.event(applicant_name="示例赵六"), make.event(no=2, kind="withdrawn")])
    assert [(one.known, one.taken, one.quarantined) for one in (again, other)] == [(2, 0, 0)] * 2
    more = [
        make.event(no=3, kind="delivered", day="2022-05-12", applicant_name=NAME),
        make.event(no=4, kind="special_started", day="2022-05-11", special={"reason": NAME}),
        make.event(no=5, kind="withdrawn", day="2022-05-12", applicant_name=NAME),
    ]
    assert (make.send(more).taken, counted()["delivered"]) == (2, 1)
    now = Case.objects.get()
    assert (now.applicant_name, now.state, NAME in now.events) == ("（已依法删除）", "delivered", False)
    assert not Quarantine.objects.filter(raw__contains=NAME).exists()
    assert not Line.objects.filter(raw__contains=NAME).exists()
    assert all(one.sound for one in checked_facts(row.pk))
    assert [one.seq for one in facts_of(row.pk)] == list(range(1, now.seq + 1))
    make.send([make.event(no=6, kind="corrected", day="2022-05-12", takes_back=2)])
    assert counted() == {"accepted": 1, "special_started": 1, "withdrawn": 1}
    assert all(one.sound for one in checked_facts(row.pk))


OLD = [make.event(no=7, kind="delivered", day="2022-05-12", applicant_name=NAME, special={"reason": NAME})]
HELD_BACK = [
    *OLD, make.event(no=8, item_code="nope", applicant_name=NAME), make.event(no=9, kind="decided", outcome="maybe", applicant_name=NAME),
]  # fmt: skip


def remembered(name: str = NAME) -> list[str]:
    """Where a name stands in anything that is kept about cases and lines."""
    return [
        f"{found}.{column}"
        for found, column in (("exchange_quarantine", "raw"), ("exchange_line", "raw"), ("exchange_case", "events"), ("exchange_case", "applicant_name"))
        for _ in sql.rows(f"select 1 from {found} where strpos({column}, %(name)s) > 0", {"name": name})
    ]  # fmt: skip


def test_a_line_that_stays_outside_brings_no_name_back() -> None:
    row = decided()
    told(row.pk)
    # Sent again when it is older than three years, and with what nobody understands: it stays outside its case.
    sent = make.send(HELD_BACK, at=LATER)
    assert (sent.quarantined, sent.taken) == (3, 0)
    assert remembered() == []
    assert all(one.case_id == row.pk for one in Quarantine.objects.all())
    reasons = {one.event_no: one.reasons for one in Quarantine.objects.all()}
    assert (reasons[7], "unknown_item" in reasons[8], "unknown_outcome" in reasons[9]) == (
        ["too_old"],
        True,
        True,
    )
    # Whatever name it comes with, it is the same line: neither the name nor its digest is kept.
    other = [one | {"applicant_name": "示例赵六"} for one in HELD_BACK]
    assert (make.send(other, at=LATER).known, remembered("示例赵六")) == (3, [])
    # What is left of it can be read, and a person can let it count.
    held = only(event_no=7)
    decide(take_doubt, held)
    now = Case.objects.get()
    assert (now.state, now.applicant_name, remembered()) == ("delivered", "（已依法删除）", [])
    assert make.send(OLD, at=make.AT).known == 1
    assert all(one.sound for one in checked_facts(row.pk))


def test_a_name_in_a_line_that_stays_outside_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: only what goes into its case is looked at."""
    told(decided().pk)
    monkeypatch.setattr(taking, "_forget_names", lambda *_: None)
    make.send(HELD_BACK, at=LATER)
    assert set(remembered()) == {"exchange_quarantine.raw", "exchange_line.raw"}


def test_a_line_without_names_is_read_as_if_it_had_come_so() -> None:
    said = make.event(
        no=3, kind="special_started", applicant_name=NAME, special={"reason": NAME}, region="510000000000"
    )
    bare = {name: value for name, value in said.items() if name not in NAMING}
    line, kept = (read_line(one, 4, json.dumps(one, ensure_ascii=False)) for one in (said, bare))
    found = nameless(line)
    assert (found, nameless(found)) == (kept, kept)
    assert found.entry.digest != line.entry.digest
    # Of a line whose words are gone there is nothing to read: what is known of it stays.
    gone = nameless(replace(line, raw=""))
    assert (gone.raw, gone.applicant_name, gone.entry.special, gone.entry.digest) == (
        "",
        "",
        "",
        line.entry.digest,
    )


def test_a_row_that_keeps_its_digests_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: while a digest of the name stands there, another name can be told from the first."""
    row = decided()
    monkeypatch.setattr(destroy, "replace", lambda entry, **_: entry)
    told(row.pk)
    assert make.send([make.event(applicant_name="示例赵六")]).known == 0


def test_lines_grow_old_when_they_are_done_and_not_before() -> None:
    make.send(
        [
            make.event(applicant_name=NAME),
            "{",
            make.event("S-2", item_code="nope"),
            make.event("S-3", 2, "delivered"),
        ]
    )
    make.send([make.event(no=2, kind="decided", day="2022-05-11"), make.event(no=3, kind="withdrawn")])
    decide(take_doubt, only(event_no=3))
    kept = make.AT + timedelta(days=30)
    assert purge_raw(by=SYSTEM, at=kept) == 0
    # Four lines and the one doubt that was decided; what nobody decided stays readable.
    assert purge_raw(by=SYSTEM, at=kept + timedelta(seconds=1), most=1) == 5
    assert purge_raw(by=SYSTEM, at=LATER) == 0
    assert set(Line.objects.values_list("raw", flat=True)) == {""}
    assert Line.objects.count() == sum(one.refused + one.quarantined for one in Batch.objects.all()) == 4
    assert not Quarantine.objects.filter(state__in=["open", "waiting"], raw="").exists()
    # What was settled and is in doubt again can be read again.
    make.send([make.event(no=4, kind="corrected", day="2022-05-12", takes_back=2)])
    make.send([make.event("S-3", 1, "decided")])
    assert only(source_number="S-3").state == "settled"
    purge_raw(by=SYSTEM, at=LATER)
    make.send([make.event("S-3", 3, "corrected", takes_back=1)])
    assert (only(source_number="S-3").state, "delivered" in only(source_number="S-3").raw) == (
        "waiting",
        True,
    )


# What was emptied long ago, and what came last.
MANY, KEPT = 6_000, 30
AGED = """
insert into exchange_line (batch_id, place, source_number, reasons, raw)
select %(batch)s::uuid, n, 'old-' || n %% 7, '{}', case when n >= 100 + %(many)s - %(kept)s then 'x' else '' end
from generate_series(100, 99 + %(many)s) n
"""
AGED_DOUBTS = """
insert into exchange_quarantine (id, system_id, source_number, event_no, digest, kind, day, item_code, reasons, state, raw, place, at,
                                 done_at, done_by_name, ground, opened)
select gen_random_uuid(), %(system)s::uuid, 'old', n, 'd', 'accepted', '2022-05-10', '-', '{}', 'settled',
       case when n >= 100 + %(many)s - %(kept)s then 'x' else '' end, 1, %(at)s, %(at)s, '', '', 0
from generate_series(100, 99 + %(many)s) n
"""
OF_ONE_CASE = destroy.WORDS[1]
BY_BATCHES = """
update exchange_line l set raw = '' where l.ctid = any (array(
    select o.ctid from exchange_batch b cross join lateral (
        select ctid from exchange_line o where o.batch_id = b.id and o.raw || '' <> '' offset 0) o
    where coalesce(b.done_at, b.at) < %(before)s limit %(most)s))
"""
BY_WHOLE_ROWS = """
update exchange_line l set raw = '' where (l.batch_id, l.place) = any (array(
    select (o.batch_id, o.place) from exchange_line o join exchange_batch b on b.id = o.batch_id
    where coalesce(b.done_at, b.at) < %(before)s and o.raw <> '' limit %(most)s))
"""


def read_by(statement: str) -> int:
    """How many rows of tables a statement reads; what it writes is taken back."""
    given = {"before": LATER, "most": 5_000, "system": System.objects.get().pk, "number": "old-3"}
    with transaction.atomic():
        ((explained,),) = sql.rows(plans.EXPLAIN + statement, given)
        transaction.set_rollback(True)
    return plans._rows(explained[0]["Plan"])


def test_emptying_reads_what_still_has_words_and_not_all_that_ever_came() -> None:
    batch = make.send([make.event()])
    given = {"batch": batch.pk, "system": batch.system_id, "at": make.AT, "many": MANY, "kept": KEPT}
    sql.execute(AGED, given)
    sql.execute(AGED_DOUBTS, given)
    # What the planner takes where it knows how few these are.
    sql.execute("set local enable_seqscan = off")
    for statement in (destroy.OLD_LINES, destroy.OLD_DOUBTS, OF_ONE_CASE):
        # Each row that keeps its words is looked at, its batch, and the row again to be emptied.
        assert read_by(statement) <= 4 * (KEPT + 5), statement
        # The broken variant: a condition by which no index was made.
        assert read_by(statement.replace("raw <> ''", "raw is distinct from ''")) >= MANY, statement
    # And others: rows compared as a whole, and lines looked for by their batches.
    assert read_by(BY_WHOLE_ROWS) >= MANY
    assert read_by(BY_BATCHES) >= MANY
    assert purge_raw(by=SYSTEM, at=LATER, most=20) == 2 * KEPT
    assert not Line.objects.exclude(raw="").exists()
    assert not Quarantine.objects.exclude(raw="").exists()


def test_files_that_were_put_away_go_with_their_lines(settings: Any, tmp_path: Path) -> None:
    settings.EXCHANGE_DIR = tmp_path
    system = make.system(make.reporter(), folder="water")
    inside = tmp_path / "water" / "in"
    inside.mkdir(parents=True)
    for name, data in (
        ("a.ndjson", body(make.event(applicant_name=NAME))),
        ("b.exe", NAME.encode()),
        ("c.csv", b"x"),
    ):
        (inside / name).write_bytes(data)
        (inside / f"{name}.ready").write_text(hashlib.sha256(data).hexdigest())
        # What the sender's clock says counts nothing.
        os.utime(inside / name, (0, 0))
    assert len(drops.run(system.pk, at=make.AT)) == 3
    (inside / "waits.ndjson").write_text(NAME)
    assert purging.purge_reported(at=make.AT) == 0
    left = [one for one in (tmp_path / "water").rglob("*") if one.is_file()]
    assert len(left) == 7
    for one in left:
        os.utime(one, (0, 0))
    assert purging.purge_reported(at=make.AT) == 3
    assert [one.name for one in (tmp_path / "water").rglob("*") if one.is_file()] == ["waits.ndjson"]


def test_the_page_of_the_case_says_what_is_missing_and_destroys_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.AT)
    row, client = decided(), Client()
    client.force_login(people.account_of(officer()), backend="django.contrib.auth.backends.ModelBackend")
    path = f"/desk/exchange/cases/{row.pk}"
    assert "确认永久删除" in client.get(path).content.decode()
    form = {"ground": "ordered", "reason": " ", "client_key": client_key()}
    refused = client.post(f"{path}/destroy", form)
    assert (refused.status_code, "文号" in refused.content.decode()) == (422, True)
    assert client.post(f"{path}/destroy", form | {"reason": "示例1号"}).status_code == 302
    page = client.get(path).content.decode()
    assert "内容已依法删除" in page
    assert "（已依法删除）" in page
    assert "确认永久删除" not in page
    other = Client()
    other.force_login(people.account_of(make.resolver()), backend="django.contrib.auth.backends.ModelBackend")
    assert "确认永久删除" not in other.get(path).content.decode()
    assert other.post(f"{path}/destroy", form).status_code == 403
