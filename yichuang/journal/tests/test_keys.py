"""Keys of writes: once, for ever, with a hash of what was sent; two at once; and the way that forgets is caught."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from threading import Barrier, Lock
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import ProgrammingError, connection, transaction

from yichuang.directory.tests import factories as people
from yichuang.journal.commands import hash_of, is_used, keyed, once, standing
from yichuang.journal.models import ClientKey
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict
from yichuang.kernel.keys import uuid7

AT = people.AT


def claim(key: str, *, body: str = "a" * 64, owner: str = "staff:1", kind: str = "thing") -> UUID | None:
    return once(kind, key, subject_id=uuid7(AT), body_hash=body, owner=owner, at=AT)


@pytest.mark.django_db
def test_the_same_key_stands_for_the_same_subject_for_ever() -> None:
    assert claim("k1") is None
    first = standing("thing", "k1", body_hash="a" * 64, owner="staff:1")
    assert first is not None
    assert claim("k1") == first
    assert claim("k1", kind="other thing") is None
    assert standing("thing", "never", body_hash="", owner="") is None
    assert ClientKey.objects.count() == 2


@pytest.mark.django_db
def test_another_body_and_somebody_else_are_told_the_same_and_nothing() -> None:
    claim("k1")
    said = set()
    for change in ({"body": "b" * 64}, {"owner": "staff:2"}, {"body": "b" * 64, "owner": "staff:2"}):
        with pytest.raises(Conflict) as raised:
            claim("k1", **change)
        said.add((raised.value.message, raised.value.how))
    assert len(said) == 1


@pytest.mark.django_db
def test_whether_a_key_is_used_is_asked_by_kind() -> None:
    claim("k1")
    asked = [("thing", "k1"), ("other thing", "k1"), ("thing", "k2"), ("thing", ""), ("thing", None)]
    assert [is_used(kind, key) for kind, key in asked] == [True, False, False, False, False]


def test_of_many_clicks_on_one_change_all_get_what_the_first_made(committed: dict[str, str]) -> None:
    """Each waits for the row, finds it changed since it was seen, and learns that its own key did it."""
    subject, edit, held = uuid7(AT), [1], Lock()

    @keyed("race")
    def change(subject_id: UUID, *, by: Actor, at: datetime, key: str, seen: int) -> UUID:
        sql.rows("select pg_advisory_xact_lock(77)")
        with held:
            if edit[0] != seen:
                if is_used("race", key):
                    return subject_id
                raise Conflict("changed", how="look")
            edit[0] += 1
        return subject_id

    by, together = people.clerk(), Barrier(4)

    def click(_: int) -> UUID:
        try:
            together.wait()
            return change(subject, by=by, at=AT, key="samesame", seen=1)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(click, range(4))) == {subject}
    assert edit == [2]


@pytest.mark.django_db
def test_a_key_is_never_changed_or_taken_back() -> None:
    claim("k1")
    for statement in ("update journal_client_key set body_hash = ''", "delete from journal_client_key"):
        with pytest.raises(ProgrammingError), transaction.atomic():
            sql.execute(statement)


@dataclass(frozen=True, slots=True)
class Form:
    words: str
    on: date
    amounts: Any = ()


def test_everything_that_was_sent_counts() -> None:
    day = date(2022, 5, 5)
    same = hash_of(Form("x", day, MappingProxyType({"b": Decimal("1.0"), "a": {1, 2}})), [uuid4, b"1"][1:])
    assert same == hash_of(Form("x", day, {"a": {2, 1}, "b": Decimal("1.0")}), [b"1"])
    others = [
        hash_of(Form("y", day)), hash_of(Form("x", date(2022, 5, 6))), hash_of(Form("x", day, (1,))),
        hash_of(Form("x", day, ("1",))), hash_of(Form("x", day), b"1"), hash_of(Form("x", day), b"2"), hash_of(Form("x", day), None),
    ]  # fmt: skip
    assert len({same, *others}) == len(others) + 1


@keyed("note")
@transaction.atomic
def keep_note(words: str, *, by: Actor, at: datetime, key: str) -> UUID:
    """A command as the rooms have them: its own table knows the key, too."""
    by.require("case.search")
    known = sql.one("select subject_id from journal_client_key where key = %(key)s", {"key": f"own:{key}"})
    if known is not None:
        return UUID(str(known[0]))
    made = uuid7(at)
    sql.execute(
        "insert into journal_client_key (key, subject_id, body_hash, owner, at) values (%(key)s, %(id)s, '', '', %(at)s)",
        {"key": f"own:{key}", "id": made, "at": at},
    )
    return made


@pytest.mark.django_db
def test_a_keyed_command_answers_a_repeated_key_and_refuses_another_body() -> None:
    by, other = people.head(), people.reviewer()
    first = keep_note("x", by=by, at=AT, key="k")
    assert keep_note("x", by=by, at=AT, key="k") == first
    for words, who in (("y", by), ("x", other), ("y", other)):
        with pytest.raises(Conflict):
            keep_note(words, by=who, at=AT, key="k")
    assert keep_note("x", by=by, at=AT, key="k2") != first
    assert sql.one("select count(*) from journal_client_key") == (4,)


@pytest.mark.django_db
def test_what_fails_keeps_no_key() -> None:
    @keyed("failing")
    def fails(*, by: Actor, at: datetime, key: str) -> UUID:
        raise Conflict("nothing was done")

    with pytest.raises(Conflict, match="nothing"):
        fails(by=people.head(), at=AT, key="k")
    assert not ClientKey.objects.exists()

    @keyed("nothing")
    def gives_nothing(*, by: Actor, at: datetime, key: str) -> None:
        return None

    with pytest.raises(TypeError):
        gives_nothing(by=people.head(), at=AT, key="k")


def race(clients: int, command: Any) -> list[Any]:
    start = Barrier(clients)

    def one(number: int) -> Any:
        try:
            start.wait(30)
            return command(number)
        except Conflict as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(one, range(clients)))


def test_of_many_at_once_one_is_done_and_another_body_never_hides_behind_it(
    committed: dict[str, str],
) -> None:
    by = people.head()

    def put(number: int) -> UUID:
        with transaction.atomic():
            made = uuid7(AT)
            there = once(
                "race", "k", subject_id=made, body_hash=f"{number % 2:064}", owner=by.signature, at=AT
            )
            return there or made

    found = race(8, put)
    done = {one for one in found if isinstance(one, UUID)}
    assert len(done) == 1
    assert len([one for one in found if isinstance(one, Conflict)]) == 4
    assert ClientKey.objects.count() == 1


def test_looking_first_and_writing_then_is_caught(committed: dict[str, str]) -> None:
    """The broken variant: asks whether the key is known, and writes under it without the database's word."""
    by = people.head()
    gate = Barrier(6)

    def put(number: int) -> UUID:
        made = uuid7(AT)
        if standing("race", "k", body_hash="", owner=by.signature) is None:
            gate.wait(30)
            once("race", f"k{uuid4()}", subject_id=made, body_hash="", owner=by.signature, at=AT)
        return made

    assert len(set(race(6, put))) == 6
