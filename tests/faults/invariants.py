"""What must hold after any fault, asked of the database by SQL of our own: nothing of the product's code is used."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import psycopg

from tests.faults.ledger import Ledger

Rows = list[tuple[Any, ...]]
# A job that somebody has taken may stay so this long after healing (I13).
STUCK_SECONDS = 60


class Auditor:
    """Reads the database as its owner; gives what is wrong in words, nothing where all is well."""

    def __init__(self, url: str) -> None:
        self._url = url

    def ask(self, statement: str, parameters: dict[str, Any] | None = None) -> Rows:
        """The rows of a statement, on a connection of its own."""
        with psycopg.connect(self._url, connect_timeout=10) as connection:
            return connection.execute(statement.encode(), parameters).fetchall()

    def all(self, ledger: Ledger | None = None) -> list[str]:
        """Every invariant that needs no waiting; with a ledger, also what it has in its book."""
        found = [
            *self.transitions(), *self.chain(), *self.case_numbers(), *self.document_numbers(), *self.holders(),
            *self.one_decision(), *self.messages_once(),
        ]  # fmt: skip
        if ledger is not None:
            found += [*self.nothing_lost(ledger), *self.nothing_doubled(ledger), *ledger.trouble]
        return found

    def keys(self) -> dict[str, tuple[str, str]]:
        """Case number and identity by client key, of everything filed under a key."""
        rows = self.ask(
            "select k.key, c.number, c.id from journal_client_key k join cases_case c on c.id = k.subject_id"
        )
        return {client(key): (number, str(identity)) for key, number, identity in rows}

    def lost(self, ledger: Ledger) -> list[str]:
        """I1, the hard half: acknowledged keys of which the database knows nothing."""
        there = self.keys()
        return [
            f"I1: {ack.case_no} was acknowledged under key {ack.key} and is lost"
            for ack in ledger.acks.values()
            if ack.key not in there
        ]

    def nothing_lost(self, ledger: Ledger) -> list[str]:
        """I1: every acknowledged filing is there, under its key and its number, with its attachments."""
        there = self.keys()
        wrong = [
            f"I1: key {ack.key} was told {ack.case_no} and stands for {there[ack.key][0]}"
            for ack in ledger.acks.values()
            if ack.key in there and there[ack.key][0] != ack.case_no
        ]
        return self.lost(ledger) + wrong + self._attachments(ledger)

    def _attachments(self, ledger: Ledger) -> list[str]:
        rows = self.ask(
            "select c.number, array_agg(m.sha256 order by m.sha256) from intake_material m "
            "join cases_case c on c.id = m.case_id where m.kind <> 'paper' group by c.number"
        )
        kept = {number: list(hashes) for number, hashes in rows}
        return [
            f"I6: {ack.case_no} was acknowledged with files that its case does not have"
            for ack in ledger.acks.values()
            if ack.attachments and sorted(ack.attachments) != kept.get(ack.case_no)
        ]

    def nothing_doubled(self, ledger: Ledger) -> list[str]:
        """I2: no case that nobody asked for, and never two for one request.

        A key cannot stand twice (it is the primary key); a house that files without it shows as a stranger's case.
        """
        # What the demo has filed carries keys that this ledger never sent; it counts only what came after.
        since = self.ask("select count(*) from faults_before")[0][0] if self._marked() else None
        if since is None:
            return []
        strangers = self.ask(
            "select c.number, k.key from cases_case c left join journal_client_key k on k.subject_id = c.id "
            "where c.id not in (select id from faults_before)"
        )
        return [
            f"I2: case {number} was filed under key {key}, which nobody sent"
            for number, key in strangers
            if key is None or client(key) not in ledger.sent
        ]

    def _marked(self) -> bool:
        return bool(self.ask("select to_regclass('faults_before')")[0][0])

    def mark(self) -> None:
        """Remember the cases that are there now: what comes later must be in somebody's ledger."""
        with psycopg.connect(self._url) as connection:
            connection.execute("drop table if exists faults_before")
            connection.execute("create table faults_before as select id from cases_case")

    def transitions(self) -> list[str]:
        """I4: as many facts as steps, counted without a gap, the newest hash on the case; no case without a fact."""
        rows = self.ask(
            "select c.number, c.seq, count(f.*), min(f.seq), max(f.seq), "
            "(array_agg(f.hash order by f.seq desc))[1] = c.last_hash, count(*) filter (where f.kind = 'case.filed') "
            "from cases_case c left join journal_fact f on f.subject_id = c.id "
            "group by c.id, c.number, c.seq, c.last_hash "
            "having count(f.*) <> c.seq or min(f.seq) <> 1 or max(f.seq) <> c.seq or "
            "(array_agg(f.hash order by f.seq desc))[1] is distinct from c.last_hash "
            "or count(*) filter (where f.kind = 'case.filed') <> 1"
        )
        found = [f"I4: case {row[0]} at step {row[1]} has {row[2]} facts ({row[3]}–{row[4]})" for row in rows]
        orphans = self.ask(
            "select distinct f.subject_id from journal_fact f "
            "where f.subject_kind = 'case' and not exists (select 1 from cases_case c where c.id = f.subject_id)"
        )
        halves = self.ask(
            "select a.case_id from intake_application a "
            "where not exists (select 1 from cases_case c where c.id = a.case_id) "
            "union all select d.case_id from intake_draft d where d.case_id is not null "
            "and not exists (select 1 from cases_case c where c.id = d.case_id)"
        )
        return [
            *found,
            *(f"I4: facts of {row[0]}, but no such case" for row in orphans),
            *(f"I4: an application or draft names case {row[0]}, which there is not" for row in halves),
        ]

    def chain(self) -> list[str]:
        """I5: each fact names the hash of the one before it, and its own hash is that of its content."""
        found = []
        before: tuple[str, int, bytes] = ("", 0, b"")
        with psycopg.connect(self._url) as connection, connection.cursor(name="chain") as cursor:
            cursor.execute(
                "select subject_id::text, seq, subject_kind, department_id::text, key, key_hash, kind, at, actor, "
                "ground, number, data, prev_hash, hash from journal_fact order by subject_id, seq"
            )
            for row in cursor:
                prev = before[2] if row[0] == before[0] else b""
                if bytes(row[12]) != prev or bytes(row[13]) != recomputed(row):
                    found.append(f"I5: fact {row[0]}/{row[1]} does not fit its chain")
                before = (row[0], row[1], bytes(row[13]))
        return found

    def case_numbers(self) -> list[str]:
        """I7: the numbers of each series of cases are 1, 2, 3 …, and the counter stands at the last."""
        gaps = self.ask(
            "select left(number, -6), count(*), min(right(number, 6)::int), max(right(number, 6)::int), "
            "count(distinct number) from cases_case group by 1 "
            "having count(*) <> max(right(number, 6)::int) or min(right(number, 6)::int) <> 1 "
            "or count(distinct number) <> count(*)"
        )
        total = self.ask(
            "select coalesce((select sum(last) from journal_series where series like 'case:%'), 0), "
            "(select count(*) from cases_case)"
        )[0]
        found = [f"I7: series {row[0]}: {row[1]} numbers from {row[2]} to {row[3]}" for row in gaps]
        if total[0] != total[1]:
            found.append(f"I7: the counters say {total[0]} cases, there are {total[1]}")
        return found

    def document_numbers(self) -> list[str]:
        """I7 for documents: 川水许受〔2026〕12号 has eleven before it."""
        gaps = self.ask(
            "select word, count(*), max(n) from (select regexp_replace(number, '[0-9]+号$', '') as word, "
            "substring(number from '([0-9]+)号$')::int as n from journal_fact "
            "where subject_kind = 'case' and number ~ '〕[0-9]+号$') given "
            "group by word having count(*) <> max(n) or min(n) <> 1 or count(distinct n) <> count(*)"
        )
        return [f"I7: documents {row[0]}: {row[1]} numbers up to {row[2]}" for row in gaps]

    def holders(self) -> list[str]:
        """I11: an open case has one piece of work with one holder at most; a closed one has none."""
        rows = self.ask(
            "select c.number, count(w.*), count(distinct w.holder_id) from cases_case c "
            "left join cases_work w on w.case_id = c.id group by c.id, c.number, c.state "
            "having count(w.*) > 1 or count(distinct w.holder_id) > 1 "
            "or (c.state in ('delivered', 'refused', 'terminated') and count(w.*) > 0)"
        )
        return [f"I11: case {row[0]} has {row[1]} pieces of work, {row[2]} holders" for row in rows]

    def one_decision(self) -> list[str]:
        """R18: one decision a case, one number a decision."""
        rows = self.ask(
            "select subject_id, count(*) from journal_fact where kind = 'case.decided' group by 1 having count(*) > 1"
        )
        return [f"R18: case {row[0]} was decided {row[1]} times" for row in rows]

    def messages_once(self) -> list[str]:
        """I13: no fact is told twice to the same receiver, and none was sent twice."""
        rows = self.ask(
            'select subject_id, seq, channel, count(*) from notices_message group by 1, 2, 3, "to" having count(*) > 1'
        )
        return [f"I13: fact {row[0]}/{row[1]} was told {row[3]} times to one receiver" for row in rows]

    def untold(self) -> list[str]:
        """I13: what was filed and sealed, and of which the applicant has not been told."""
        rows = self.ask(
            "select c.number from cases_case c join directory_applicant a on a.id = c.applicant_id and a.phone <> '' "
            "where c.id not in (select id from faults_before) and not exists (select 1 from notices_message m "
            "where m.subject_id = c.id and m.seq = 1 and m.sent_at is not null)"
        )
        return [f"I13: nobody was told that {row[0]} was received" for row in rows]

    def stuck_jobs(self) -> list[str]:
        """I13: jobs taken by somebody who does not live any more, or waiting though their time has come."""
        rows = self.ask(
            "select id, task_name, status::text from procrastinate_jobs "
            "where status in ('doing', 'todo') and coalesce(scheduled_at, now()) <= now()"
        )
        return [f"I13: job {row[0]} ({row[1]}) is still “{row[2]}”" for row in rows]

    def undrained(self) -> int:
        """How many facts wait for the worker."""
        return int(self.ask("select count(*) from journal_fresh")[0][0])


def client(key: str) -> str:
    """The key as the client sent it; the house may have put before it whose it is."""
    return key.rpartition(":")[2]


def recomputed(row: tuple[Any, ...]) -> bytes:
    """The hash of a fact by the written format: lines of text under SHA-256."""
    subject, seq, subject_kind, department, key, key_hash, kind, at, actor, ground, number, data, prev, _ = (
        row
    )
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if isinstance(at, datetime) else str(at)
    place = f"{subject_kind} {department or ''} {key or ''} {key_hash or ''}"
    lines = [
        bytes(prev).hex(), subject, str(seq), place, kind, stamp, actor, ground or "", number or "", data,
    ]  # fmt: skip
    return hashlib.sha256("\n".join(lines).encode()).digest()


def first(found: Iterable[str], most: int = 5) -> list[str]:
    """The first few of many, and how many there were."""
    every = list(found)
    return every if len(every) <= most else [*every[:most], f"… and {len(every) - most} more"]
