"""Who asks with another's token, number, cursor or key gets nothing; what is changed meanwhile holds from then on."""

import base64
import json
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections
from django.test import Client

from yichuang.directory.commands.tokens import revoke_token
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account
from yichuang.directory.tests import factories as people
from yichuang.directory.tests.machines import Machine, machine_of, token_of
from yichuang.exchange.commands import resolving
from yichuang.exchange.commands.batches import open_batch, run_batch
from yichuang.exchange.commands.resolving import drop_doubt, take_doubt, try_again
from yichuang.exchange.commands.systems import SystemForm, add_mapping, change_system
from yichuang.exchange.models import Batch, Case, CaseNumber, Quarantine, System
from yichuang.exchange.queries.batches import batch_lines
from yichuang.exchange.queries.cases import Wanted, cases_page
from yichuang.exchange.tests import factories as make
from yichuang.exchange.tests.test_door import BATCHES, CSV, NDJSON, body
from yichuang.exchange.tests.test_enemy_figures import agrees, counted
from yichuang.exchange.tests.test_resolving import WHY, decide
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem, Refused

db = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_monday_in_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.AT)


def water() -> tuple[Actor, Machine]:
    """The water department's system and its client."""
    by = make.reporter()
    make.system(by)
    return by, machine_of(by, at=make.AT)


def trade() -> tuple[Actor, Machine]:
    """The system of another department."""
    where = people.department("商务厅", "125", "川商")
    by = make.reporter(where, "report-trade")
    make.item(make.FOREIGN, where)
    make.system(by, "trade", departments=[where.pk])
    return by, machine_of(by, at=make.AT)


def post(door: Machine, *events: dict[str, Any] | str, key: str = "", kind: str = NDJSON) -> Any:
    """A batch through the door."""
    return door.post(BATCHES, body(*events), key or uuid4().hex, **{"Content-Type": kind})


@db
def test_two_systems_may_use_one_number_and_never_meet() -> None:
    (_, own), (_, other) = water(), trade()
    first = json.loads(post(own, make.event()).content)
    second = json.loads(
        post(
            other,
            make.event(item_code=make.FOREIGN),
            make.event(no=2, kind="withdrawn", item_code=make.FOREIGN),
        ).content
    )
    assert (first["taken"], second["taken"], CaseNumber.objects.count()) == (1, 2, 2)
    states = [json.loads(door.get("/api/v1/reported/cases/S-1").content)["state"] for door in (own, other)]
    assert states == ["accepted", "withdrawn"]
    # A correction takes back what its own system has reported, and nothing else.
    post(other, make.event(no=3, kind="corrected", item_code=make.FOREIGN, takes_back=1))
    assert (counted(), json.loads(own.get("/api/v1/reported/cases/S-1").content)["state"]) == (
        {"accepted": 1, "withdrawn": 1},
        "accepted",
    )
    # Nor may it report for the others' departments and items by naming them.
    told = json.loads(
        post(
            other, make.event("S-9"), make.event("S-8", item_code=make.FOREIGN, department_code="119")
        ).content
    )
    assert (told["taken"], told["quarantined"]) == (0, 2)
    for door, batch in ((own, second), (other, first)):
        assert door.get(f"{BATCHES}/{batch['batch_id']}").status_code == 404
    agrees()


@db
def test_a_key_is_its_systems_own_and_stands_for_one_body() -> None:
    (_, own), (_, other) = water(), trade()
    key = uuid4().hex
    told = post(own, make.event(), key=key)
    assert post(own, make.event(), key=key).content == told.content
    for changed in ((make.event(day="2022-05-09"),), (make.event(), make.event("S-2")), ()):
        assert post(own, *(changed or (" ",)), key=key).status_code == 409
    csv = own.post(BATCHES, body(make.event()), key, **{"Content-Type": CSV})
    assert csv.status_code in (409, 422)
    # The same words from another system under the same key are another batch, or refused; never the first one's receipt.
    answer = post(other, make.event(), key=key)
    assert answer.status_code in (200, 409)
    assert json.loads(told.content)["batch_id"] not in answer.content.decode()
    assert counted() == {"accepted": 1}
    for bad in ("", "short", "x" * 500, "a b c d e f g h", "é" * 10):
        if bad.isascii():
            headers = {"Content-Type": NDJSON} | ({"Idempotency-Key": bad} if bad else {})
            assert own.post(BATCHES, body(make.event("S-5")), None, **headers).status_code in (400, 422)
    assert not CaseNumber.objects.filter(source_number="S-5").exists()


@db
def test_tokens_that_ended_were_narrowed_or_never_were_report_nothing() -> None:
    by, own = water()
    assert post(own, make.event()).status_code == 200
    narrow = Machine(token_of(by, Capability.CASE_SEARCH.value, at=make.AT)[1])
    assert post(narrow, make.event("S-2")).status_code == 403
    expired = Machine(token_of(by, at=make.AT - timedelta(days=2), expires_at=make.AT)[1])
    assert post(expired, make.event("S-2")).status_code == 401
    made, secret = token_of(by, at=make.AT)
    door = Machine(secret)
    assert post(door, make.event()).status_code == 200
    revoke_token(made.pk, by=make.manager(), at=make.AT)
    assert post(door, make.event("S-2")).status_code == 401
    assert door.get("/api/v1/reported/cases/S-1").status_code == 401
    for wrong in (secret[:-1], secret.upper(), "", "'"):
        assert post(Machine(wrong), make.event("S-2")).status_code == 401
    # A person's own token without a system, and the account of a system that was stopped.
    System.objects.update(is_active=False)
    assert post(own, make.event("S-2")).status_code == 404
    assert own.get("/api/v1/reported/cases/S-1").status_code == 404
    System.objects.update(is_active=True)
    Account.objects.filter(pk=by.id or UUID(int=0)).update(is_active=False)
    assert post(own, make.event("S-2")).status_code == 401
    assert Case.objects.count() == 1


def form_of(system: System, **changes: Any) -> SystemForm:
    """A system's form as it stands, changed."""
    given: dict[str, Any] = {
        "code": system.code, "name": system.name, "departments": system.departments, "contact": system.contact,
        "account_id": system.account_id, "items": system.items, "folder": system.folder,
    }  # fmt: skip
    return SystemForm(**given | changes)


@db
def test_what_a_system_may_report_changes_and_holds_from_then_on() -> None:
    by, own = water()
    post(own, make.event(), make.event("S-2", item_code=make.OTHER))
    system, admin = System.objects.get(), make.manager()
    trade()
    change_system(system.pk, form_of(system, items=[make.OTHER]), seen=system.edit, by=admin, at=make.AT)
    with pytest.raises(Problem):
        change_system(system.pk, form_of(system, items=[]), seen=system.edit, by=admin, at=make.AT)
    told = json.loads(
        post(own, make.event(no=2, kind="decided", day="2022-05-11"), make.event("S-3")).content
    )
    assert (told["taken"], told["quarantined"]) == (0, 2)
    # What counted stays, and may still be taken back by its own system.
    assert counted() == {"accepted": 2}
    post(own, make.event("S-2", 2, "corrected", item_code=make.OTHER, takes_back=1))
    assert counted() == {"accepted": 1}
    system.refresh_from_db()
    foreign = people.department("商务厅", "125", "川商")
    change_system(
        system.pk, form_of(system, departments=[foreign.pk], items=[]), seen=system.edit, by=admin, at=make.AT
    )
    told = json.loads(post(own, make.event("S-4"), make.event("S-5", item_code=make.OTHER)).content)
    assert (told["taken"], told["quarantined"]) == (0, 2)
    agrees()
    # A supervisor of the old department alone sees the old cases, not the new doubts of another.
    assert Case.objects.count() == 2
    narrow = people.staff(
        "water-only",
        people.post(people.department(), "督查岗", [Capability.EXCHANGE_RESOLVE, Capability.CASE_SEARCH]),
    )
    assert len(cases_page(by=narrow, wanted=Wanted()).rows) == 2
    assert by.id == System.objects.get(code="water").account_id


@db
def test_cursors_that_were_made_up_say_what_is_wrong_and_show_nothing_else() -> None:
    _, own = water()
    (_, other) = trade()
    sent = post(own, *(make.event(f"S-{n}", item_code="nope") for n in range(105)))
    told = json.loads(sent.content)
    assert (len(told["lines"]), bool(told["after"])) == (100, True)
    path = f"{BATCHES}/{told['batch_id']}"
    rest = json.loads(own.get(f"{path}?after={told['after']}").content)
    assert ([one["line"] for one in rest["lines"]], rest["after"]) == (list(range(101, 106)), None)
    assert other.get(f"{path}?after={told['after']}").status_code == 404
    batch = Batch.objects.get()
    made_up = [
        "x", "0", "' or 1=1", "99999999999999999999", "-1", "%00", "[]", "a" * 199, told["after"][:-2], told["after"] * 2,
        *(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in ([], [-1], ["-1"], ["1", "2"], {"a": 1}, ["１"], None, ["9" * 50])),
    ]  # fmt: skip
    client = Client()
    client.force_login(
        people.account_of(make.resolver()), backend="django.contrib.auth.backends.ModelBackend"
    )
    for cursor in made_up:
        assert own.get(f"{path}?after={cursor}").status_code in (200, 400, 404, 422), cursor
        for page in (f"batches/{batch.pk}", "cases", "quarantine", "batches"):
            assert client.get(f"/desk/exchange/{page}", {"after": cursor}).status_code < 500, (page, cursor)
        with_lines = None
        try:
            with_lines = batch_lines(batch, after=cursor)
        except Problem:
            continue
        assert with_lines.rows == [] or with_lines.rows[0].place >= 1
    for query in ("limit=5", "after=x&after=y", "x=1"):
        assert own.get(f"{path}?{query}").status_code in (400, 422)


@db
def test_a_batch_is_run_by_its_own_system_alone() -> None:
    by, _ = water()
    stranger, _ = trade()
    batch = open_batch("0" * 64, name="", by=by, at=make.AT, key=uuid4().hex)
    lines = make.parsed([make.event()])
    for who in (make.manager(), make.resolver()):
        with pytest.raises(Refused):
            run_batch(batch, lines, by=who, at=make.AT)
    with pytest.raises((Missing, Refused)):
        run_batch(batch, lines, by=stranger, at=make.AT)
    assert (Case.objects.count(), Batch.objects.get().received) == (0, 0)
    assert run_batch(batch, lines, by=by, at=make.AT).taken == 1


@db
def test_a_doubt_is_decided_once_with_its_own_key_and_ground() -> None:
    make.send(
        [
            make.event(),
            make.event(no=2, kind="decided"),
            make.event(no=3, kind="withdrawn"),
            make.event("S-2", item_code="nope"),
        ]
    )
    doubt, other = Quarantine.objects.get(event_no=3), Quarantine.objects.get(source_number="S-2")
    key = uuid4().hex
    decide(take_doubt, doubt, key=key)
    decide(take_doubt, doubt, key=key)
    before = counted()
    for command, ground, again in (
        (take_doubt, "另一理由", key),
        (drop_doubt, WHY, uuid4().hex),
        (take_doubt, WHY, uuid4().hex),
    ):
        with pytest.raises(Conflict):
            decide(command, doubt, ground=ground, key=again)
    with pytest.raises(Conflict):
        decide(take_doubt, other, key=key)
    for ground in ("", " \n", "长" * 501):
        with pytest.raises(Invalid):
            decide(drop_doubt, other, ground=ground)
    with pytest.raises(Missing):
        take_doubt(uuid4(), WHY, by=make.resolver(), at=make.AT, key=uuid4().hex)
    assert (counted(), len(facts_of(doubt.pk))) == (before, 1)
    agrees()


@db
def test_a_supervisor_of_one_department_decides_nothing_of_another() -> None:
    make.send(
        [
            make.event(),
            make.event(no=2, kind="accepted", day="2022-05-11"),
            make.event("S-2", item_code="nope"),
        ]
    )
    where = people.department("商务厅", "125", "川商")
    stranger = people.staff(
        "stranger", people.post(where, "督查岗", [Capability.EXCHANGE_RESOLVE, Capability.CASE_SEARCH])
    )
    client = Client()
    client.force_login(people.account_of(stranger), backend="django.contrib.auth.backends.ModelBackend")
    for doubt in Quarantine.objects.all():
        for act in ("take", "drop"):
            path = f"/desk/exchange/quarantine/{doubt.pk}"
            assert client.get(path).status_code == 404
            assert client.post(f"{path}/{act}", {"ground": WHY, "client_key": uuid4().hex}).status_code == 404
    with pytest.raises(Problem):
        try_again(System.objects.get().pk, WHY, by=stranger, at=make.AT, key=uuid4().hex)
    assert cases_page(by=stranger, wanted=Wanted()).rows == []
    assert client.get(f"/desk/exchange/cases/{Case.objects.get().pk}").status_code == 404
    assert set(Quarantine.objects.values_list("state", flat=True)) == {"open"}


@db
def test_a_mapping_means_what_its_system_may_report() -> None:
    _, own = water()
    trade()
    system = System.objects.get(code="water")
    post(own, make.event("S-1", item_code="OLD"))
    for target in (make.FOREIGN, "nope", ""):
        with pytest.raises(Problem):
            add_mapping(system.pk, "item", "OLD", target, by=make.manager(), at=make.AT, key=uuid4().hex)
    for code in ("", "a b", "x" * 65, "\0", "'"):
        with pytest.raises(Problem):
            add_mapping(system.pk, "item", code, make.ITEM, by=make.manager(), at=make.AT, key=uuid4().hex)
    with pytest.raises(Refused):
        add_mapping(system.pk, "item", "OLD", make.ITEM, by=make.resolver(), at=make.AT, key=uuid4().hex)
    assert counted() == {}


def test_a_doubt_taken_by_two_at_once_counts_once(committed: dict[str, str]) -> None:
    make.send([make.event(), make.event(no=2, kind="decided"), make.event(no=3, kind="withdrawn")])
    doubt, by = Quarantine.objects.get(), make.resolver()
    barrier, told = threading.Barrier(4), []

    def act(command: Any) -> None:
        barrier.wait()
        try:
            decide(command, doubt, by=by)
            told.append("done")
        except Conflict:
            told.append("late")
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=act, args=(one,)) for one in (take_doubt, drop_doubt, take_doubt, drop_doubt)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["done", "late", "late", "late"]
    assert (len(facts_of(doubt.pk)), sum(counted().values())) == (1, 2)
    agrees()


@db
def test_a_decision_that_looks_at_an_old_state_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: whoever does not look again decides twice."""
    make.send([make.event(), make.event(no=2, kind="decided"), make.event(no=3, kind="withdrawn")])
    doubt = Quarantine.objects.get()
    monkeypatch.setattr(resolving, "UNDONE", ("open", "waiting", "taken", "dropped"))
    decide(drop_doubt, doubt)
    decide(drop_doubt, doubt)
    assert len(facts_of(doubt.pk)) == 2
