"""What lines brought back into cases whose content had been destroyed, before each line was taken without its names: forgotten, once.

A digest that nobody can read stands for a name all the same: whoever has it can try names. Of a line that was emptied long ago nobody
can tell any more what its digest was made of, so all go but those whose kept words show that they name nobody.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.db import transaction

from yichuang.cases.commands import GONE
from yichuang.exchange.commands.writing import locked
from yichuang.exchange.models import Case, Destroyed
from yichuang.exchange.rules.changes import Row
from yichuang.exchange.rules.keeping import DIGEST, FORGOTTEN_DIGEST, pack, unpack
from yichuang.exchange.rules.lines import NAMING, Unreadable, parse_json, read_line
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor

AT_ONCE = 500
START = UUID(int=0)
INSIDE = """
select id, event_no, digest from exchange_quarantine
where system_id = %(system)s and source_number = %(number)s and digest <> '' and event_no = any(%(nos)s) order by id for update
"""
OUTSIDE = """
select id, raw, digest from exchange_quarantine
where system_id = %(system)s and source_number = %(number)s and id > %(after)s and digest <> '' and not starts_with(digest, %(mark)s)
order by id limit %(most)s for update
"""
# One that has the empty digest already stands for the same event of the case.
FORGET = """
update exchange_quarantine q
set raw = '', salt = '', ground = case when q.ground = '' then '' else %(gone)s end,
    digest = case when %(inside)s and not exists (
        select from exchange_quarantine o where o.system_id = q.system_id and o.source_number = q.source_number
        and o.event_no = q.event_no and o.digest = '') then '' else %(mark)s || md5(gen_random_uuid()::text) end
where q.id = any(%(ids)s)
"""
LINES = """
update exchange_line l set raw = '' where l.ctid = any (array(
    select o.ctid from exchange_line o where o.source_number = %(number)s and o.raw <> ''
    and (select b.system_id from exchange_batch b where b.id = o.batch_id) = %(system)s limit %(most)s for update))
"""
EVENTS = "update exchange_case set events = %(events)s where id = %(case)s"


def forget_destroyed(*, by: Actor, most: int = AT_ONCE) -> int:
    """Forget in every destroyed case the digests of its events, and of its lines digests, words and salts; how many rows had some.

    In short transactions of at most `most` lines (or the events of one case) each. Safe to break off and to run while systems report;
    whoever runs it again finds only what is left.
    """
    by.require("")
    done, after = 0, START
    while found := _destroyed(after, most):
        for case_id, system_id, number in found:
            done += _forget_case(case_id, {"system": system_id, "number": number, "most": most})
        after = found[-1][0]
    return done


def _destroyed(after: UUID, most: int) -> list[tuple[UUID, UUID, str]]:
    ids = list(Destroyed.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:most])
    return list(
        Case.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "system_id", "source_number")
    )


def _forget_case(case_id: UUID, given: dict[str, object]) -> int:
    done, after = _inside(case_id, given), START
    while found := _outside(case_id, after, given):
        forgotten, after = found
        done += forgotten
    while emptied := sql.execute(LINES, given):
        done += emptied
    return done


@transaction.atomic
def _inside(case_id: UUID, given: dict[str, object]) -> int:
    """The events of the case, and what is in doubt of them: both lose their digests together, for by these they are found."""
    row = _held(case_id)
    entries = unpack(row.events, row.item_code)
    kept = {one.no: one.digest for one in entries if one.digest}
    if not kept:
        return 0
    doubts = sql.rows(INSIDE, {**given, "nos": list(kept)})
    same = [found for found, no, digest in doubts if digest == kept[no]]
    _forget(same, inside=True)
    blanked = pack([replace(one, digest="", special="") for one in entries], row.item_code)
    sql.execute(EVENTS, {"case": case_id, "events": blanked})
    return 1 + len(same)


@transaction.atomic
def _outside(case_id: UUID, after: UUID, given: dict[str, object]) -> tuple[int, UUID] | None:
    """The next lines of the case; how many had something to forget, and where to go on. None where there are no more."""
    _held(case_id)
    found = sql.rows(OUTSIDE, {**given, "after": after, "mark": FORGOTTEN_DIGEST})
    if not found:
        return None
    names = [one for one, raw, digest in found if not _nameless(raw, digest)]
    _forget(names, inside=False)
    return len(names), found[-1][0]


def _held(case_id: UUID) -> Row:
    """The case first, then its lines: as whoever takes lines and whoever decides about them does."""
    return locked([case_id])[case_id]


def _nameless(raw: str, digest: str) -> bool:
    """Whether a line is kept as it came without names, and its digest is that of what is kept."""
    try:
        said = parse_json(raw)
        return not said.keys() & set(NAMING) and read_line(said, 0, raw).entry.digest[:DIGEST] == digest
    except Unreadable:
        return False


def _forget(ids: Sequence[UUID], *, inside: bool) -> None:
    if ids:
        sql.execute(FORGET, {"ids": list(ids), "inside": inside, "gone": GONE, "mark": FORGOTTEN_DIGEST})
