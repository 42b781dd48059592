"""The journal: chains, numbers, roles, partitions, seals."""

import threading
import time
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from yichuang.journal import commands, queries, rules
from yichuang.journal.commands import NewFact, facts, record
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Conflict
from yichuang.kernel.keys import lowest, uuid7
from yichuang.kernel.times import SHANGHAI

AT = datetime(2022, 5, 13, 9, 30, tzinfo=SHANGHAI)


def remember(
    subject: UUID, *, series: str | None = None, at: datetime = AT, **data: object
) -> commands.Recorded:
    """A plain fact about a thing."""
    new = NewFact(
        subject, "thing", "thing.changed", dict(data), series=series, number_prefix="第", number_suffix="号"
    )
    return record(new, by=SYSTEM, at=at)


@pytest.mark.django_db
def test_facts_of_a_subject_form_a_chain_that_python_recomputes() -> None:
    subject = uuid7(AT)
    for value in range(3):
        remember(subject, value=value)
    previous = b""
    rows = sql.rows(
        "select seq, kind, at, actor, ground, number, data, prev_hash, hash from journal_fact where subject_id = %(id)s order by seq",
        {"id": subject},
    )
    assert [row[0] for row in rows] == [1, 2, 3]
    for seq, kind, at, actor, ground, number, data, prev_hash, stored in rows:
        assert bytes(prev_hash) == previous
        assert rules.fact_hash(
            previous,
            subject,
            seq,
            rules.place("thing", None, None, None),
            kind,
            at,
            actor,
            ground,
            number,
            data,
        ) == bytes(stored)
        previous = bytes(stored)


@pytest.mark.django_db
def test_a_changed_word_changes_the_hash() -> None:
    subject = uuid7(AT)
    recorded = remember(subject, value=1)
    args = (
        b"",
        subject,
        1,
        rules.place("thing", None, None, None),
        "thing.changed",
        AT,
        "system",
        None,
        None,
    )
    assert rules.fact_hash(*args, '{"value":1}') == recorded.hash
    assert rules.fact_hash(*args, '{"value":2}') != recorded.hash


@pytest.mark.django_db
def test_numbers_of_a_series_have_no_gaps_though_a_transaction_fails() -> None:
    def fail() -> None:
        with transaction.atomic():
            remember(uuid7(AT), series="test:2022")
            raise RuntimeError

    first = remember(uuid7(AT), series="test:2022")
    with pytest.raises(RuntimeError):
        fail()
    second = remember(uuid7(AT), series="test:2022")
    assert (first.number, second.number) == ("第1号", "第2号")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "table", ["journal_fact", "journal_fact_2022q2", "journal_seal", "journal_leaf", "journal_client_key"]
)
@pytest.mark.parametrize("verb", ["update {} set at = now()", "delete from {}", "truncate {}"])
def test_the_application_cannot_rewrite_evidence(table: str, verb: str) -> None:
    remember(uuid7(AT))
    text = verb.format(table)
    if "update" in text and table == "journal_leaf":
        text = "update journal_leaf set position = 0"
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        sql.execute(text)


@pytest.mark.django_db
def test_the_application_can_still_take_rows_from_the_queue() -> None:
    remember(uuid7(AT))
    assert sql.execute("delete from journal_fresh") == 1


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["2019-03-31", "2031-12-31"])
def test_a_quarter_is_made_on_first_use_and_holds_its_ids(day: str) -> None:
    at = datetime.fromisoformat(f"{day}T23:59:59+08:00")
    subject = uuid7(at)
    remember(subject, at=at)
    name = f"journal_fact_{day[:4]}q{(int(day[5:7]) - 1) // 3 + 1}"
    assert sql.one(
        "select tableoid::regclass::text from journal_fact where subject_id = %(id)s", {"id": subject}
    ) == (name,)


@pytest.mark.django_db
def test_a_partition_cannot_be_made_of_a_foreign_table() -> None:
    with pytest.raises(Exception, match="not a partitioned table"), transaction.atomic():
        sql.one("select journal_ensure_quarter('directory_account', date '2022-01-01')")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "last"),
    [
        ("2028-02-10", "2029q1"),
        ("2028-01-01", "2029q1"),
        ("2028-04-01", "2029q2"),
        ("2028-12-31", "2029q4"),
        ("2028-11-30", "2029q4"),
    ],
)
def test_there_is_always_room_for_a_year(day: str, last: str) -> None:
    """This quarter and the four that follow, also on the first day of a quarter and on the last of the year."""
    commands.make_partitions_ahead(datetime.fromisoformat(f"{day}T08:00:00+08:00"))
    quarters = [f"{year}q{quarter}" for year in (2028, 2029) for quarter in (1, 2, 3, 4)]
    first = f"2028q{(int(day[5:7]) - 1) // 3 + 1}"
    wanted = quarters[quarters.index(first) : quarters.index(last) + 1]
    found = sql.rows(
        "select q from unnest(%(quarters)s::text[]) q where to_regclass('journal_fact_' || q) is not null order by q",
        {"quarters": quarters},
    )
    assert [name for (name,) in found] == wanted
    assert len(wanted) == 5


def test_a_quarter_known_in_one_database_is_still_made_in_another(committed: dict[str, str]) -> None:
    """What the process remembers belongs to the database that it was learnt from."""
    at = datetime(2033, 1, 10, tzinfo=SHANGHAI)
    facts._ready.add(("another_database", 2033, 0))
    commands.ensure_partitions(at)
    assert sql.one("select to_regclass('journal_fact_2033q1') is not null") == (True,)


@pytest.mark.django_db
def test_a_seal_covers_its_facts_and_chains_to_the_one_before() -> None:
    first, second = sorted([uuid7(AT), uuid7(AT)])
    hashes = [remember(subject, value=1).hash for subject in (first, second)]
    numbers = [commands.seal(commands.take(1), at=AT) for _ in range(2)]
    head = queries.head()
    assert numbers == [1, 2]
    assert head.number == 2
    start = rules.chain(rules.GENESIS, 1, rules.merkle_root(hashes[:1]), 1, at=AT)
    assert head.chain == rules.chain(start, 2, rules.merkle_root(hashes[1:]), 1, at=AT)
    assert queries.sealed_facts(2) == [(second, 1, "thing", "thing.changed")]
    assert commands.take(10) == []


def test_merkle_roots_differ_with_order_and_number() -> None:
    leaves = [bytes([n]) * 32 for n in range(5)]
    roots = {rules.merkle_root(leaves[:n]) for n in range(6)} | {rules.merkle_root(leaves[::-1])}
    assert len(roots) == 7


def test_ids_sort_by_time_and_carry_it() -> None:
    later = AT + timedelta(milliseconds=1)
    assert uuid7(AT) < uuid7(later)
    assert lowest(AT) <= uuid7(AT) < lowest(later)
    assert uuid7(AT).version == 7


def wait_until_somebody_waits() -> None:
    """Until a session of this database stands before a lock."""
    asked = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    for _ in range(200):
        if sql.one(asked) != (0,):
            return
        # Within a transaction the view of other sessions stands still until it is told to look again.
        sql.one("select pg_stat_clear_snapshot()")
        time.sleep(0.05)
    pytest.fail("nobody waits")


def test_two_writers_of_one_subject_do_not_both_win(committed: dict[str, str]) -> None:
    """The second waits for the first to commit, then finds its place taken: a Conflict, and no fork in the chain."""
    subject = uuid7(AT)
    with transaction.atomic():
        remember(uuid7(AT), value=0)
    outcomes: list[str] = []
    first_is_in = threading.Event()

    def second() -> None:
        first_is_in.wait(5)
        try:
            with transaction.atomic():
                remember(subject, value=2)
            outcomes.append("won")
        except Conflict:
            outcomes.append("lost")
        finally:
            connection.close()

    rival = threading.Thread(target=second)
    rival.start()
    with transaction.atomic():
        remember(subject, value=1)
        first_is_in.set()
        wait_until_somebody_waits()
    rival.join(10)
    assert outcomes == ["lost"]
    assert [fact.data for fact in queries.facts_of(subject)] == [{"value": 1}]


@pytest.mark.django_db
def test_an_auditor_sees_each_fact_checked_and_the_seal_that_covers_it() -> None:
    subject = uuid7(AT)
    for value in range(3):
        remember(subject, value=value)
    commands.seal(commands.take(2), at=AT)
    found = queries.checked_facts(subject)
    assert [(fact.seq, fact.seal, fact.sound) for fact in found] == [
        (1, 1, True),
        (2, 1, True),
        (3, None, True),
    ]
    seal = queries.checked_seal(1)
    assert seal is not None
    assert (seal.root_sound, seal.chain_sound, seal.leaves) == (True, True, 2)
    assert queries.checked_seal(2) is None
    assert queries.waiting() == 1


def forge(addresses: dict[str, str], statement: str) -> None:
    """What only somebody with the owner's password could do."""
    with psycopg.connect(addresses["owner"], autocommit=True) as owner:
        owner.execute(statement)


@pytest.mark.parametrize(
    ("statement", "unsound"),
    [
        ("update journal_fact set data = '{\"value\":9}' where seq = 2", [2]),
        ("update journal_fact set actor = 'staff:x' where seq = 1", [1]),
        ("delete from journal_fact where seq = 1", [1]),
        ("update journal_leaf set hash = sha256('x') where seq = 2", [2]),
    ],
)
def test_a_forged_journal_is_noticed(committed: dict[str, str], statement: str, unsound: list[int]) -> None:
    subject = uuid7(AT)
    for value in range(3):
        with transaction.atomic():
            remember(subject, value=value)
    with transaction.atomic():
        commands.seal(commands.take(3), at=AT)
    forge(committed, statement)
    assert [fact.seq for fact in queries.checked_facts(subject) if not fact.sound] == unsound
    forge(committed, "update journal_seal set leaves = 4")
    seal = queries.checked_seal(1)
    assert seal is not None
    assert not seal.root_sound
    assert not seal.chain_sound


@pytest.mark.django_db
def test_the_proof_of_writing_leaves_nothing_behind() -> None:
    before = sql.one("select count(*) from journal_series")
    commands.prove_writable()
    assert sql.one("select count(*) from journal_series") == before


@pytest.mark.django_db
def test_where_nothing_can_be_written_the_proof_fails() -> None:
    with transaction.atomic():
        sql.execute("set local transaction read only")
        with pytest.raises(DatabaseError):
            commands.prove_writable()
        transaction.set_rollback(True)
