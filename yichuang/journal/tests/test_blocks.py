"""Blocks of new subjects: keys claimed once, numbers without a gap, facts whose hashes are the journal's own."""

from datetime import datetime
from uuid import UUID

import pytest
from django.db import transaction

from yichuang.journal.commands import ensure_partitions
from yichuang.journal.commands.blocks import (
    FirstFact,
    NewKey,
    SharedFact,
    claim_keys,
    copy_first_facts,
    take_numbers,
)
from yichuang.journal.queries import checked_facts, client_key
from yichuang.journal.rules import first_hash
from yichuang.kernel import sql
from yichuang.kernel.copy_in import cell, copy_lines
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import SHANGHAI, local_day

pytestmark = pytest.mark.django_db
AT = datetime(2022, 5, 16, 10, 0, tzinfo=SHANGHAI)
DEPARTMENT, ITEM = UUID(int=7), UUID(int=8)
OWNER = "staff:1"


def keys(*names: str) -> list[NewKey]:
    """Keys with a fresh subject each."""
    return [NewKey(name, str(uuid7(AT)), f"hash of {name}") for name in names]


def test_only_fresh_keys_are_claimed_and_each_stands_for_the_first() -> None:
    first = keys("bulk:b", "bulk:a")
    assert claim_keys(first, owner=OWNER, at=AT) == {"bulk:a", "bulk:b"}
    assert claim_keys(keys("bulk:a", "bulk:c"), owner="staff:2", at=AT) == {"bulk:c"}
    assert client_key("bulk:a") == (UUID(first[1].subject_id), "hash of bulk:a", OWNER)
    assert claim_keys([], owner=OWNER, at=AT) == set()


class Withdrawn(Exception):
    """The transaction is taken back."""


@transaction.atomic
def take_and_fail() -> None:
    take_numbers("块:2022", 50)
    raise Withdrawn


def test_a_block_of_numbers_follows_the_last_and_comes_back_when_it_is_not_used() -> None:
    assert [take_numbers("块:2022", count) for count in (3, 1, 1000)] == [1, 4, 5]
    with pytest.raises(Withdrawn):
        take_and_fail()
    assert take_numbers("块:2022", 2) == 1005
    assert sql.one("select last from journal_series where series = '块:2022'") == (1006,)
    assert take_numbers("别的:2022", 1) == 1


def facts(count: int, data: str = '{"a":"反斜\\\\杠\\n"}') -> list[FirstFact]:
    """First facts as a block makes them."""
    hashed = first_hash("thing", DEPARTMENT, "thing.made", AT, OWNER)
    made = []
    for number in range(1, count + 1):
        subject, key = str(uuid7(AT)), f"bulk:{number}"
        made.append(
            FirstFact(
                subject, f"第{number}号", data, key, "h", hashed(subject, key, "h", f"第{number}号", data)
            )
        )
    return made


def shared(actor_name: str = "张\t示例") -> SharedFact:
    """What they share; a name may hold any sign."""
    return SharedFact(
        "thing",
        "thing.made",
        AT,
        local_day(AT),
        OWNER,
        actor_name,
        DEPARTMENT,
        ITEM,
        "01",
        "510000000000",
        "2",
    )


def test_copied_facts_are_chained_and_queued_like_any_other() -> None:
    ensure_partitions(AT)
    made = facts(3)
    copy_first_facts(shared(), made)
    for one in made:
        (found,) = checked_facts(UUID(one.subject_id))
        assert found.sound
        assert found.seq == 1
    names = sql.rows("select distinct actor_name, data, ground, prev_hash = ''::bytea from journal_fact")
    assert names == [("张\t示例", made[0].data, None, True)]
    fresh = sql.rows(
        "select f.hash = j.hash, f.day, f.department_id, f.item_id, f.item_type, f.region, f.channel, f.outcome, f.quantity "
        "from journal_fresh f join journal_fact j using (subject_id, seq)"
    )
    assert fresh == [(True, local_day(AT), DEPARTMENT, ITEM, "01", "510000000000", "2", None, 1)] * 3


def test_a_hash_of_something_else_is_noticed() -> None:
    """The broken variant: the number is put in after the hash was made."""
    ensure_partitions(AT)
    (one,) = facts(1)
    copy_first_facts(shared(), [one._replace(number="第2号")])
    (found,) = checked_facts(UUID(one.subject_id))
    assert not found.sound


def test_what_is_copied_arrives_as_it_was() -> None:
    sql.execute("create temporary table odd (place int, said text, flag boolean) on commit drop")
    words = ["", "\\N", "a\tb", "c\r\nd", "\\", "'\"", "示例〔2022〕", None]
    lines = "".join(f"{place}\t{cell(word)}\t{cell(place % 2 == 0)}\n" for place, word in enumerate(words))
    with sql.counting() as statements:
        copy_lines("copy odd (place, said, flag) from stdin", lines)
    assert statements == ["copy odd (place, said, flag) from stdin"]
    found = sql.rows("select said, flag from odd order by place")
    assert found == [(word, place % 2 == 0) for place, word in enumerate(words)]
