"""R14, R15, R18, R19: many at once on the same cases, in this process, each with a connection of its own."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch
from uuid import UUID

import psycopg
from django.db import OperationalError, connection, transaction

from yichuang.cases import commands
from yichuang.cases.flow import Action, Outcome
from yichuang.cases.queries import statement_text
from yichuang.cases.tests import factories as make
from yichuang.cases.tests.crowd import AS_READ, PATIENCE_SECONDS, together
from yichuang.directory.tests import factories as people
from yichuang.intake.commands import save_section
from yichuang.intake.models import Draft
from yichuang.intake.tests import factories as intake
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Problem

Take = Callable[[UUID, Actor], bool]
NEXT_DAY = make.AT + timedelta(days=1)
TOLD_SECONDS = 1.0
GUARDS = (
    "c.state = %(from)s and c.seq = %(seq)s",
    AS_READ,
)


def claims(case: UUID, by: Actor) -> bool:
    """Whether the claim was won. Errors: RuntimeError where the loser is not told who holds the case."""
    try:
        commands.claim(case, by=by, at=make.AT)
    except Conflict as conflict:
        holder = make.fresh(case).work_holder_name
        if not holder or holder not in conflict.message:
            raise RuntimeError(f"told “{conflict.message}”, held by “{holder}”") from conflict
        return False
    return True


def claims_carelessly(case: UUID, by: Actor) -> bool:
    """The broken variant: look whether the work is free, then take it."""
    free = sql.one("select 1 from cases_work where case_id = %(id)s and holder_id is null", {"id": case})
    time.sleep(0.002)
    statement = "update cases_work set holder_id = %(me)s, holder_name = %(name)s where case_id = %(id)s"
    return bool(free) and bool(sql.execute(statement, {"me": by.id, "name": by.name, "id": case}))


def race_for_cases(clerks: int, cases: int, take: Take = claims) -> list[str]:
    """R14: every clerk tries for every case in an order of the own; what went wrong, in words."""
    names = [people.clerk(f"clerk{number}") for number in range(clerks)]
    wanted = [make.filed().id for _ in range(cases)]

    def grab(by: Actor) -> list[tuple[UUID, Actor, float]]:
        won = []
        for case in random.Random(str(by.id)).sample(wanted, len(wanted)):
            began = time.monotonic()
            if take(case, by):
                won.append((case, by, time.monotonic() - began))
        return won

    found = together([lambda by=by: grab(by) for by in names])  # type: ignore[misc]
    wrong = [f"R14: {type(one).__name__}: {one}" for one in found if isinstance(one, Exception)]
    wins = [win for one in found if not isinstance(one, Exception) for win in one]
    for case in wanted:
        winners = [by for won, by, _ in wins if won == case]
        if len(winners) != 1:
            wrong.append(f"R14: case {case} was claimed by {len(winners)} clerks")
        elif make.fresh(case).work_holder_id != winners[0].id:
            wrong.append(f"R14: case {case} is not held by the clerk who won it")
    return wrong


Save = Callable[[UUID, str, int, str, Actor], int]


def saves(draft: UUID, section: str, edit: int, words: str, by: Actor) -> int:
    """One page saves what was typed."""
    return save_section(draft, section, {"reason": words}, edit, by=by, at=intake.AT, tab=words)


def saves_blindly(draft: UUID, section: str, edit: int, words: str, by: Actor) -> int:
    """The broken variant: the last one wins, and nobody is told."""
    return sql.execute(
        "update intake_draft set answers = answers || jsonb_build_object('reason', %(words)s::text), edit = edit + 1 "
        "where id = %(id)s and owner_id = %(by)s and %(edit)s >= 0 and %(section)s <> ''",
        {"words": words, "id": draft, "by": by.id, "edit": edit, "section": section},
    )


def pairs_of_edits(pairs: int, save: Save = saves) -> list[str]:
    """R15: two pages save the same part at once, again and again: one is kept, the other is told."""
    by = intake.applicant()
    draft = intake.draft(by).pk
    found = Draft.objects.select_related("version").get(pk=draft)
    section = next(
        part["code"] for part in found.version.elements["form"]["sections"] if "reason" in str(part["fields"])
    )
    wrong = []
    for number in range(pairs):
        edit = Draft.objects.get(pk=draft).edit
        words = [f"第{number}次 第{page}页" for page in (1, 2)]
        works = [lambda w=w, e=edit: save(draft, section, e, w, by) for w in words]
        answers = together(works)
        kept = [word for word, one in zip(words, answers, strict=True) if isinstance(one, int)]
        told = [one for one in answers if isinstance(one, Conflict)]
        there = Draft.objects.get(pk=draft).answers.get("reason")
        if len(kept) != 1 or len(told) != 1 or there != kept[0]:
            wrong.append(f"R15: pair {number}: {len(kept)} saved, {len(told)} told, kept “{there}”")
    return wrong


@contextmanager
def unguarded(owner_url: str) -> Iterator[None]:
    """The broken variant: a step does not name the version that it read, and the database does not mind.

    The two who race have both read before either writes: left to chance, they may come one after the other.
    """
    here, read = threading.current_thread(), threading.Barrier(2)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        names = owner.execute(
            "select indexname from pg_indexes where indexdef like '%case.decided%' and indexdef like '%UNIQUE%'"
        ).fetchall()
        for (name,) in names:
            owner.execute(f"drop index if exists {name} cascade")

    def bare(name: str) -> str:
        text = statement_text(name)
        for guard in GUARDS:
            assert guard in text
            text = text.replace(guard, "true")
        if threading.current_thread() is not here:
            read.wait(PATIENCE_SECONDS)
        return text

    with patch("yichuang.cases.commands.step.statement_text", bare):
        yield


def two_decisions(cases: int) -> list[str]:
    """R18, as far as there are no licences yet: two heads decide the same case differently at the same moment."""
    heads = [people.head(), people.head(username="deputy")]
    outcomes = (Outcome.GRANTED, Outcome.DENIED)
    wrong = []
    for _ in range(cases):
        case = make.in_review().id
        works = [
            lambda by=by, outcome=outcome, case=case: commands.decide(
                case, outcome=outcome, reason="见审查意见", by=by, at=NEXT_DAY, key=make.key()
            )
            for by, outcome in zip(heads, outcomes, strict=True)
        ]
        answers = together(works)
        lost = [one for one in answers if isinstance(one, Exception)]
        if len(lost) != 1 or not isinstance(lost[0], Conflict):
            wrong.append(f"R18: case {case}: the two were answered {answers}")
    return wrong


LIFE = (
    Action.ACCEPT, Action.PAUSE, Action.RESUME, Action.EXTEND, Action.PROPOSE, Action.DECIDE, Action.DELIVER,
)  # fmt: skip


def mixed_work(threads: int, seconds: float) -> tuple[int, list[str]]:
    """R19: file, claim and every step, on each other's cases, for so long; how many steps, and what ended badly."""
    clerk, head = people.clerk(), people.head()
    cases = [make.filed().id for _ in range(threads)]
    done, lock, end = [0], threading.Lock(), time.monotonic() + seconds

    def work(number: int) -> None:
        chance = random.Random(number)
        while time.monotonic() < end:
            case = chance.choice(cases)
            try:
                _one_deed(case, chance, (clerk, head))
            except Problem:
                continue
            with lock:
                done[0] += 1
                if chance.random() < 0.1:
                    cases.append(make.filed().id)

    found = together([lambda n=n: work(n) for n in range(threads)])  # type: ignore[misc]
    return done[0], [f"R19: {type(one).__name__}: {one}" for one in found if isinstance(one, Exception)]


def _one_deed(case: UUID, chance: random.Random, people_: tuple[Actor, Actor]) -> None:
    deed = chance.randrange(10)
    if deed < 2:
        commands.claim(case, by=chance.choice(people_), at=NEXT_DAY)
    else:
        make.perform(make.fresh(case), chance.choice(LIFE), SYSTEM, at=NEXT_DAY)


def deadlocks(log: Path, database: str, since: int) -> list[str]:
    """What PostgreSQL has written about deadlocks in this database since a place in its log."""
    with log.open("rb") as opened:
        opened.seek(since)
        lines = opened.read().decode("utf-8", "replace").splitlines()
    return [f"R19: {line}" for line in lines if "deadlock detected" in line and f"@{database} " in line]


def lock_crosswise() -> None:
    """The broken variant: two transactions lock the same two cases in opposite order."""
    one, other = make.filed().id, make.filed().id
    both = threading.Barrier(2)

    def lock(order: tuple[UUID, UUID]) -> None:
        try:
            with transaction.atomic():
                for position, case in enumerate(order):
                    sql.rows("select 1 from cases_case where id = %(id)s for update", {"id": case})
                    if position == 0:
                        both.wait(10)
        except OperationalError:
            connection.close()

    together([lambda: lock((one, other)), lambda: lock((other, one))])
