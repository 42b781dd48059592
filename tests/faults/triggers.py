"""R4: a trigger that fails the k-th write to a table, for every table that a filing over HTTP touches and every k."""

import http.client
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import psycopg

from tests.faults.filing import Answer, Post, encoded, new_key, settle
from tests.faults.invariants import Auditor
from tests.faults.ledger import Ledger

MOST_WRITES = 6
FAULT = """
drop table if exists fault; drop sequence if exists fault_writes;
create sequence fault_writes;
create table fault (at_write bigint, how text, seconds double precision);
grant select on fault to public; grant usage, select on sequence fault_writes to public;
create or replace function fault() returns trigger language plpgsql as $$
declare planned fault;
begin
    select * into planned from fault;
    if found and nextval('fault_writes') = planned.at_write then
        if planned.how = 'terminate' then perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); end if;
        if planned.how = 'sleep' then perform pg_sleep(planned.seconds); return coalesce(new, old); end if;
        raise exception 'a planned fault';
    end if;
    return coalesce(new, old);
end $$
"""
SEEN = """
drop table if exists fault_seen; create table fault_seen (name text); grant select, insert on fault_seen to public;
create or replace function fault_note() returns trigger language plpgsql as $$
begin insert into fault_seen values (tg_table_name); return coalesce(new, old); end $$;
"""
WATCH = """
do $$ declare name text; begin
    for name in select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace
        and c.relkind in ('r', 'p') and not c.relispartition and c.relname !~ '^(procrastinate|fault)' loop
        execute format('create trigger fault_note before insert or update or delete on %I for each row execute function fault_note()', name);
    end loop;
end $$
"""
FORGET = "drop function if exists fault_note cascade; drop table if exists fault_seen"


class Faulty:
    """The owner's hand on the tables: plans a fault and takes it away."""

    def __init__(self, owner: psycopg.Connection[tuple[object, ...]], seconds: float = 7.0) -> None:
        self._owner, self._seconds = owner, seconds
        owner.execute(FAULT.encode())

    @contextmanager
    def table(self, name: str) -> Iterator[Callable[[int, str], None]]:
        """A trigger on the table; give it the number of the write (0: never) and how it fails."""
        self._owner.execute(
            f'create trigger fault before insert or update or delete on "{name}" for each row execute function fault()'.encode()
        )
        try:
            yield self.plan
        finally:
            self._owner.execute(f'drop trigger fault on "{name}"'.encode())

    def plan(self, at_write: int, how: str = "raise") -> None:
        """Fail at this write, counted from now."""
        self._owner.execute("delete from fault")
        self._owner.execute("select setval('fault_writes', 1, false)")
        if at_write:
            self._owner.execute("insert into fault values (%s, %s, %s)", [at_write, how, self._seconds])


def touched(owner: psycopg.Connection[tuple[object, ...]], deed: Callable[[], object]) -> list[str]:
    """The tables to which a deed writes, found by watching all of them."""
    owner.execute(SEEN.encode())
    owner.execute(WATCH.encode())
    try:
        deed()
        found = owner.execute("select distinct name from fault_seen").fetchall()
    finally:
        owner.execute(FORGET.encode())
    # A partition is told by its own name: the fault goes to its table.
    return sorted({re.sub(r"_\d{4}q\d$", "", str(name)) for (name,) in found})


def fail_everywhere(
    post: Post,
    owner_url: str,
    ledger: Ledger,
    *,
    how: str = "raise",
    only: Sequence[str] = (),
    seconds: float = 7.0,
) -> tuple[int, list[str]]:
    """Fail each write of a filing in turn: the client is told that it failed, nothing of it is there, the same key then
    goes through. `only` these tables, or all that it touches; `sleep` sleeps for `seconds` and then goes on. How many faults; what went wrong."""
    auditor, wrong, faults = Auditor(owner_url), [], 0
    sender, serial = post.sender(), 900_000
    with psycopg.connect(owner_url, autocommit=True) as owner:
        tables = only or touched(
            owner, lambda: settle(sender, ledger, encoded(post.bodies(900_000)), new_key())
        )
        faulty = Faulty(owner, seconds)
        for table in tables:
            with faulty.table(table) as plan:
                for at_write in range(1, MOST_WRITES):
                    serial += 1
                    body, key = encoded(post.bodies(serial)), new_key()
                    plan(at_write, how)
                    ledger.sending(key, body)
                    answer = sender.post(body, key)
                    plan(0, how)
                    if answer is not None and answer.status == http.client.CREATED:
                        ledger.acknowledged(key, post.account.user, answer.json["receipt"])
                        break
                    faults += 1
                    wrong += _nothing_left(auditor, table, at_write, key, answer)
                    settle(sender, ledger, body, key)
        owner.execute("drop function if exists fault cascade; drop table fault; drop sequence fault_writes")
    sender.close()
    if not faults:
        wrong.append("R4: no write was ever failed")
    return faults, wrong


def _nothing_left(auditor: Auditor, table: str, at_write: int, key: str, answer: Answer | None) -> list[str]:
    place = f"R4: write {at_write} to {table} failed"
    wrong = []
    if answer is not None and answer.status < http.client.INTERNAL_SERVER_ERROR:
        wrong.append(f"{place}, and the client was answered {answer.status}: {answer.text[:120]}")
    filed = auditor.keys()
    if key in filed:
        wrong.append(f"{place}, and the case is there")
    return wrong + [f"{place}: {one}" for one in (*auditor.transitions(), *auditor.case_numbers())]
