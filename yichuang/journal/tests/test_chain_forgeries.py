"""What somebody with the owner's password could do to the journal, and what recomputing finds of it, to the row."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from yichuang.journal import commands, queries, rules
from yichuang.journal.commands import NewFact, record
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import SHANGHAI

AT = datetime(2022, 5, 13, 9, 30, tzinfo=SHANGHAI)
FACTS = 5
Owner = psycopg.Connection[tuple[object, ...]]


def lives(count: int = 2, facts: int = FACTS) -> list[UUID]:
    """Subjects with some facts each, sealed in two batches, all committed."""
    subjects = sorted(uuid7(AT) for _ in range(count))
    for subject in subjects:
        for value in range(facts):
            with transaction.atomic():
                at = AT + timedelta(minutes=value)
                record(NewFact(subject, "thing", "thing.changed", {"value": value}), by=SYSTEM, at=at)
    for limit in (count * facts - 3, 3):
        with transaction.atomic():
            commands.seal(commands.take(limit), at=AT)
    return subjects


def found(subjects: list[UUID]) -> dict[UUID, list[int]]:
    """Which facts of which subject do not stand the test."""
    unsound = {
        subject: [fact.seq for fact in queries.checked_facts(subject) if not fact.sound]
        for subject in subjects
    }
    return {subject: seqs for subject, seqs in unsound.items() if seqs}


def seals_unsound() -> list[int]:
    """Which seals do not stand the test, of those that there should be up to the head."""
    checked = [(number, queries.checked_seal(number)) for number in range(1, queries.head().number + 1)]
    return [
        number
        for number, seal in checked
        if seal is None or not (seal.root_sound and seal.chain_sound and seal.facts_sound)
    ]


def edit(owner: Owner, subject: UUID, _: UUID) -> list[int]:
    owner.execute(
        "update journal_fact set data = '{\"value\":99}' where subject_id = %s and seq = 2", [subject]
    )
    return [2]


def give_to_another_department(owner: Owner, subject: UUID, other: UUID) -> list[int]:
    """Where a fact belongs is part of its hash too."""
    owner.execute(
        "update journal_fact set department_id = %s where subject_id = %s and seq = 2", [other, subject]
    )
    return [2]


def edit_and_hash_again(owner: Owner, subject: UUID, _: UUID) -> list[int]:
    """The changed fact fits its own hash again, but no longer what follows it, nor its leaf."""
    owner.execute(
        "update journal_fact set data = '{}', hash = journal_fact_hash(prev_hash, subject_id, seq, "
        "journal_place(subject_kind, department_id, key, key_hash), kind, at, actor, "
        "ground, number, '{}') where subject_id = %s and seq = 2",
        [subject],
    )
    return [2, 3]


def hash_the_whole_tail_again(owner: Owner, subject: UUID, _: UUID) -> list[int]:
    """Everything after the change is made to fit: only the leaves still tell."""
    owner.execute("update journal_fact set data = '{}' where subject_id = %s and seq = 2", [subject])
    for seq in range(2, FACTS + 1):
        owner.execute(
            "update journal_fact f set prev_hash = b.hash, hash = journal_fact_hash(b.hash, f.subject_id, f.seq, "
            "journal_place(f.subject_kind, f.department_id, f.key, f.key_hash), f.kind, "
            "f.at, f.actor, f.ground, f.number, f.data) from journal_fact b "
            "where f.subject_id = %(id)s and f.seq = %(seq)s and b.subject_id = f.subject_id and b.seq = f.seq - 1",
            {"id": subject, "seq": seq},
        )
    return [2, 3, 4, 5]


def delete_in_the_middle(owner: Owner, subject: UUID, _: UUID) -> list[int]:
    owner.execute("delete from journal_fact where subject_id = %s and seq = 3", [subject])
    return [3]


def cut_the_tail(owner: Owner, subject: UUID, _: UUID) -> list[int]:
    owner.execute("delete from journal_fact where subject_id = %s and seq >= 4", [subject])
    return [4, 5]


def delete_everything(owner: Owner, subject: UUID, _: UUID) -> list[int]:
    owner.execute("delete from journal_fact where subject_id = %s", [subject])
    return [1, 2, 3, 4, 5]


def insert_at_the_end(owner: Owner, subject: UUID, _: UUID) -> list[int]:
    """A fact that hangs on nothing; one that is hashed well is found when the head that was published is compared."""
    owner.execute(
        "insert into journal_fact select subject_id, 6, subject_kind, kind, at, day, actor, actor_name, department_id, "
        "ground, number, data, key, key_hash, prev_hash, hash from journal_fact where subject_id = %s and seq = 5",
        [subject],
    )
    return [6]


def swap(owner: Owner, subject: UUID, _: UUID) -> list[int]:
    """Two facts change places with everything that they hold."""
    for old, new in ((2, 99), (3, 2), (99, 3)):
        owner.execute(
            "update journal_fact set seq = %s where subject_id = %s and seq = %s", [new, subject, old]
        )
    return [2, 3, 4]


def move_to_another_subject(owner: Owner, subject: UUID, other: UUID) -> list[int]:
    """A whole life under another name: every hash names its subject."""
    owner.execute("delete from journal_fact where subject_id = %s", [subject])
    owner.execute(
        "insert into journal_fact select %s, seq, subject_kind, kind, at, day, actor, actor_name, department_id, ground, "
        "number, data, key, key_hash, prev_hash, hash from journal_fact where subject_id = %s",
        [subject, other],
    )
    return [1, 2, 3, 4, 5]


def back_date(owner: Owner, subject: UUID, _: UUID) -> list[int]:
    owner.execute(
        "update journal_fact set at = at - interval '30 days' where subject_id = %s and seq = 4", [subject]
    )
    return [4]


def move_the_day_of_the_figures(owner: Owner, subject: UUID, _: UUID) -> list[int]:
    """The day by which figures count is no word of the hash, but it follows from the time, which is."""
    owner.execute("update journal_fact set day = day - 30 where subject_id = %s and seq = 4", [subject])
    return [4]


def blame_another(owner: Owner, subject: UUID, _: UUID) -> list[int]:
    owner.execute("update journal_fact set actor = 'staff:x' where subject_id = %s and seq = 1", [subject])
    return [1]


def change_ground(owner: Owner, subject: UUID, _: UUID) -> list[int]:
    owner.execute("update journal_fact set ground = 'art42' where subject_id = %s and seq = 5", [subject])
    return [5]


def change_kind(owner: Owner, subject: UUID, _: UUID) -> list[int]:
    owner.execute(
        "update journal_fact set kind = 'thing.praised' where subject_id = %s and seq = 5", [subject]
    )
    return [5]


def give_a_number(owner: Owner, subject: UUID, _: UUID) -> list[int]:
    owner.execute("update journal_fact set number = '第1号' where subject_id = %s and seq = 3", [subject])
    return [3]


FORGERIES = [
    give_to_another_department,
    edit, edit_and_hash_again, hash_the_whole_tail_again, delete_in_the_middle, cut_the_tail, delete_everything,
    insert_at_the_end, swap, move_to_another_subject, back_date, move_the_day_of_the_figures, blame_another,
    change_ground, change_kind, give_a_number,
]  # fmt: skip


def test_every_forgery_of_facts_is_found_to_the_row_and_taken_back_it_is_not(
    committed: dict[str, str],
) -> None:
    """Each in a transaction of its own that is undone: one database serves them all."""
    first, second = lives()
    for forge in FORGERIES:
        assert found([first, second]) == {}, f"before {forge.__name__}"
        with psycopg.connect(committed["owner"], autocommit=True) as owner:
            owner.execute("create temporary table kept as select * from journal_fact")
            seqs = forge(owner, first, second)
            assert found([first, second]) == {first: seqs}, forge.__name__
            owner.execute("delete from journal_fact")
            owner.execute("insert into journal_fact select * from kept")


SEALS = [
        ("update journal_seal set root = repeat('0', 64) where number = 1", [1]),
        ("update journal_seal set leaves = leaves + 1 where number = 1", [1]),
        ("update journal_seal set chain = repeat('0', 64) where number = 1", [1, 2]),
        ("delete from journal_seal where number = 1", [1, 2]),
        ("delete from journal_leaf where seal_number = 2 and position = 2", [2]),
        ("update journal_leaf set position = -position - 1 where seal_number = 2", [2]),
        ("update journal_leaf set hash = sha256('x') where seal_number = 1 and position = 0", [1]),
        ("delete from journal_fact where seq = 5", [1, 2]),
        ("update journal_fact set hash = sha256('x') where (subject_id, seq) in (select subject_id, seq from "
         "journal_leaf where seal_number = 2 and position = 1)", [2]),
    ]  # fmt: skip


def test_a_forged_seal_is_named(committed: dict[str, str]) -> None:
    """Each forgery is undone before the next."""
    lives()
    tables = ("journal_seal", "journal_leaf", "journal_fact")
    with psycopg.connect(committed["owner"], autocommit=True) as owner:
        for table in tables:
            owner.execute(f"create temporary table kept_{table} as select * from {table}")
        for statement, unsound in SEALS:
            assert seals_unsound() == [], f"before {statement}"
            owner.execute(statement.encode())
            assert seals_unsound() == unsound, statement
            for table in tables:
                owner.execute(f"delete from {table}")
                owner.execute(f"insert into {table} select * from kept_{table}")


def test_a_removed_fact_keeps_its_place_under_the_seal(committed: dict[str, str]) -> None:
    first, second = lives()
    before = [queries.sealed_facts(number) for number in (1, 2)]
    with psycopg.connect(committed["owner"], autocommit=True) as owner:
        owner.execute("delete from journal_fact where subject_id = %s and seq = 5", [second])
    after = [queries.sealed_facts(number) for number in (1, 2)]
    assert after[0] == before[0]
    assert after[1] == [*before[1][:-1], (second, 5, "", queries.GONE)]
    gone = queries.checked_facts(second)[-1]
    assert (gone.kind, gone.seal, gone.at, gone.sound) == (queries.GONE, 2, None, False)
    assert all(fact.sound for fact in queries.checked_facts(first))


def test_a_check_of_links_alone_would_be_caught(committed: dict[str, str]) -> None:
    """The broken variant: an auditor who only follows the facts, without the leaves, misses the cut tail."""
    (subject,) = lives(1)

    def links_hold() -> bool:
        before = b""
        for fact in queries.checked_facts(subject):
            if fact.kind == queries.GONE:
                continue
            again = rules.fact_hash(
                before,
                subject,
                fact.seq,
                rules.place("thing", None, None, None),
                fact.kind,
                fact.at or AT,
                fact.actor,
                fact.ground,
                fact.number,
                fact.data,
            )
            if again != fact.hash:
                return False
            before = fact.hash
        return True

    with psycopg.connect(committed["owner"], autocommit=True) as owner:
        cut_the_tail(owner, subject, subject)
    assert links_hold()
    assert found([subject]) == {subject: [4, 5]}


def test_who_rewrites_everything_is_found_by_a_head_that_left_the_house(committed: dict[str, str]) -> None:
    """The strongest forgery: facts, leaves and seals all made anew. Inside everything fits; the published head does not."""
    (subject,) = lives(1)
    published = queries.head().chain
    with psycopg.connect(committed["owner"], autocommit=True) as owner:
        hash_the_whole_tail_again(owner, subject, subject)
        owner.execute(
            "update journal_leaf l set hash = f.hash from journal_fact f "
            "where f.subject_id = l.subject_id and f.seq = l.seq"
        )
        chain = rules.GENESIS
        for number in (1, 2):
            leaves = [
                bytes(row[0])
                for row in owner.execute(
                    "select hash from journal_leaf where seal_number = %s order by position", [number]
                )
            ]
            root = rules.merkle_root(leaves)
            chain = rules.chain(chain, number, root, len(leaves), at=AT)
            owner.execute(
                "update journal_seal set root = %s, chain = %s where number = %s", [root, chain, number]
            )
    assert found([subject]) == {}
    assert seals_unsound() == []
    assert queries.head().chain != published


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40), st.data())
def test_a_root_tells_every_change_of_its_leaves(leaves: list[bytes], data: st.DataObject) -> None:
    root = rules.merkle_root(leaves)
    place = data.draw(st.integers(0, len(leaves) - 1))
    other = data.draw(st.binary(min_size=32, max_size=32).filter(lambda leaf: leaf != leaves[place]))
    changed = [*leaves[:place], other, *leaves[place + 1 :]]
    cases = [changed, [*leaves, other], leaves[:place] + leaves[place + 1 :], [*leaves, leaves[-1]]]
    assert all(rules.merkle_root(case) != root for case in cases)


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, written as it is defined: split at the largest power of two below the number."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = by_definition(leaves[:split]), by_definition(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70))
def test_the_root_is_that_of_the_standard(leaves: list[bytes]) -> None:
    assert rules.merkle_root(leaves) == by_definition(leaves).hex()


def fields() -> dict[str, st.SearchStrategy[object]]:
    """Any fact, as far as the hash is concerned."""
    words = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=8)
    return {
        "prev": st.binary(max_size=32),
        "subject_id": st.uuids(),
        "seq": st.integers(1, 10**6),
        "place": words,
        "kind": words,
        "at": st.datetimes(timezones=st.just(SHANGHAI)),
        "actor": words,
        "ground": words.filter(bool),
        "number": words.filter(bool),
        "data": words,
    }


@given(st.fixed_dictionaries(fields()), st.sampled_from(sorted(fields())), st.data())
def test_every_field_is_in_the_hash(fact: dict[str, object], name: str, data: st.DataObject) -> None:
    other = data.draw(fields()[name].filter(lambda value: value != fact[name]))
    hashed: Callable[..., bytes] = rules.fact_hash
    assert hashed(**fact) == hashed(**fact)
    assert hashed(**fact) != hashed(**{**fact, name: other})
