"""The worker at a file of filings: reads and judges its rows, files what was confirmed, in committed blocks.

What can be computed without the database is computed ahead in a thread, while the database writes the block before.
"""

import json
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import TypeVar
from uuid import UUID

from django.conf import settings

from yichuang.cases.commands.filing_many import SharedOpening, series_of
from yichuang.catalogue.queries import FilingGuide
from yichuang.catalogue.rules.answers import checker_of
from yichuang.directory.commands.applicants_many import NewApplicant, register_many
from yichuang.directory.queries.actors import actor_of
from yichuang.gateways.files import FileStore
from yichuang.gateways.sheets_in import FaultKind, Limits, Row, Sheet, open_sheet
from yichuang.intake.commands.bulk import end_run, fail_run
from yichuang.intake.commands.bulk_blocks import (
    Block,
    NoLonger,
    Stopped,
    file_block,
    finish_check,
    guessed,
    shared_of,
    stage_rows,
    start_phase,
)
from yichuang.intake.commands.bulk_press import Press, Staged, whom
from yichuang.intake.flow import MOST_FILE_BYTES, MOST_ROWS, BulkState
from yichuang.intake.models import BulkRun
from yichuang.intake.queries.bulk import (
    applicant_of,
    guide_of_run,
    item_now,
    parties_by_paper,
    staged,
    terms_of,
)
from yichuang.intake.rules.bulk_cells import cell_of
from yichuang.intake.rules.bulk_rows import WHOLE_ROW, Faults, Faulty, Reader, Sound, Terms
from yichuang.journal.commands.blocks import next_number
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Invalid, Problem, Refused
from yichuang.kernel.making_way import MakingWay
from yichuang.kernel.times import local_day

ROWS_AT_ONCE = 1000
# How long a block may hold the number series of its department (single filings in it wait so long at most), and the fewest
# rows that it has all the same; both for when nobody else was seen to take numbers of the series, and for when somebody was.
FEWEST_AT_ONCE, HELD_MS = 200, 45
FEWEST_BESIDE, HELD_BESIDE_MS = 40, 15
# How long a thread may keep the others of this process waiting.
TURN_SECONDS = 0.0005
LIMITS = Limits(size=MOST_FILE_BYTES, rows=MOST_ROWS)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Clock:
    """The business time as the work goes on, from the moment it was begun."""

    at: datetime
    since: float

    def now(self) -> datetime:
        return self.at + timedelta(microseconds=int((monotonic() - self.since) * 1_000_000))


def run(run_id: UUID, *, at: datetime) -> None:
    """Go on with a run from where its row says it stands, until it is checked, done, paused or given up.

    Safe to run twice. What stops it for good (a damaged file, a right that was lost, a guide that was replaced) is put
    down in the run, in words for its operator.
    """
    found = BulkRun.objects.filter(pk=run_id).first()
    if found is None:
        return
    by = actor_of(found.account_id, on=local_day(at))
    clock = _Clock(at, monotonic())
    try:
        if start_phase(found, by=by):
            _PHASES[BulkState(found.state)](found, by, clock)
    except Stopped:
        return
    except Refused:
        fail_run(run_id, "上传人已经没有批量申报的权限。", by=SYSTEM, at=clock.now())
    except Problem as problem:
        fail_run(run_id, f"{problem.message}{problem.how}", by=SYSTEM, at=clock.now())


def lay_aside(run_id: UUID, *, why: str, at: datetime) -> None:  # noqa: ARG001 - the trouble is the administrator's to read
    """Give up a run at which the worker failed again and again."""
    fail_run(
        run_id, "平台处理时多次出错，已中止，已申报的保留。请联系平台管理员后重新上传。", by=SYSTEM, at=at
    )


def opened(run: BulkRun) -> AbstractContextManager[Sheet]:
    """The run's file, opened as a table. Raises Invalid, Missing."""
    return open_sheet(file_of(run.file_sha256), name=run.file_name, limits=LIMITS)


def file_of(digest: str) -> Path:
    """Where an uploaded file lies. Raises Missing."""
    return FileStore(settings.FILES_DIR).path_of(digest)


def _ahead(produce: Callable[[], T | None]) -> Generator[T, None, None]:
    """What `produce` makes until it makes nothing more; the next is made while this one is worked on."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(produce)
        while (made := coming.result()) is not None:
            coming = pool.submit(produce)
            yield made


def _check(found: BulkRun, by: Actor, clock: _Clock) -> None:
    """Judge every row of the file that was not judged before."""
    reader = Reader(terms_of(found, clock.now()))
    with opened(found) as sheet:
        if sheet.header != found.header:
            raise Invalid("文件的表头与上传时不一致。", how="请重新上传。")
        # Closed in this order, also when the work breaks off: the thread rests before the rows, the rows before the file.
        with (
            closing(_unread(sheet, reader, found.read_through)) as coming,
            closing(_ahead(lambda: _next_rows(coming, reader))) as blocks,
        ):
            begun, way = monotonic(), MakingWay()
            for rows, judged in blocks:
                outcomes = judged if judged is not None else _judged(reader, rows, known=True)
                begun, since = monotonic(), begun
                stage_rows(found, outcomes, through=rows[-1].number, worked_ms=_ms(since), by=by)
                way.rest()
    finish_check(found, by=by, at=clock.now())


def _unread(sheet: Sheet, reader: Reader, after: int) -> Generator[Row, None, None]:
    for row in sheet.rows(identifiers=reader.identifiers):
        if row.number > after:
            yield row


def _ms(since: float) -> int:
    return int((monotonic() - since) * 1000)


def _next_rows(coming: Iterator[Row], reader: Reader) -> tuple[list[Row], list[Sound | Faulty] | None] | None:
    """The next rows; judged at once where the register need not be asked."""
    rows = list(islice(coming, ROWS_AT_ONCE))
    if not rows:
        return None
    return rows, None if reader.is_for_others else _judged(reader, rows)


def _judged(reader: Reader, rows: Sequence[Row], *, known: bool = False) -> list[Sound | Faulty]:
    parties = parties_by_paper([reader.paper_of(row.cells) for row in rows]) if known else {}
    return [
        reader.read(row.number, row.cells, _faults(row, reader) if row.faults else {}, parties)
        for row in rows
    ]


def _faults(row: Row, reader: Reader) -> Faults:
    """What the reader of the file saw, at the cells that are read at all."""
    return {
        WHOLE_ROW if fault.column is None else str(fault.column): fault.message
        for fault in row.faults
        if fault.column is None or fault.kind is FaultKind.EXTRA or reader.reads(fault.column)
    }


def _file(found: BulkRun, by: Actor, clock: _Clock) -> None:
    """File every sound row that was not filed before."""
    guide = guide_of_run(found)
    work = _Filing(found, guide, by, clock)
    with ThreadPoolExecutor(1) as pool, _quick_turns():
        at = clock.now()
        block = work.prepared(work.rows(at), at, work.next_number())
        while block.through > found.filed_through:
            at = clock.now()
            rows = work.rows(at, block.through)
            coming = pool.submit(work.prepared, rows, at, work.number_after(block))
            work.write(block)
            block = coming.result()
    end_run(found.pk, by=by, at=clock.now())


@contextmanager
def _quick_turns() -> Iterator[None]:
    """Let the thread that writes have its turn at once: the other would keep it waiting 5 ms after every statement, and
    everybody who files in the same series with it.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


class _Filing:
    """A run that is being filed."""

    def __init__(self, found: BulkRun, guide: FilingGuide, by: Actor, clock: _Clock) -> None:
        self._run, self._guide, self._by, self._clock = found, guide, by, clock
        self._size = ROWS_AT_ONCE // 4
        self._since, self._way = monotonic(), MakingWay()
        # Whether nobody else took a number of the series between our last two blocks, and which we thought to be next.
        self._alone, self._next = True, 0
        own = applicant_of(found)
        self._own = whom(own.pk, own.name, own.paper_type, own.paper_number) if own else None
        assert by.id is not None
        self._press = Press(guide.guide, found.version_id, by.id, settings.FOLLOW_SECRET, found.papers)
        # The day by whose terms the rows were judged, and the terms where it is not the day of the check.
        self._day = local_day(found.checked_at or clock.at)
        self._terms: Terms | None = None

    def rows(self, at: datetime, after: int | None = None) -> list[Staged]:
        """The next rows to be filed at that moment, their applicants registered. Midnight may have passed on the way."""
        if local_day(at) != self._day:
            self._day, self._terms = local_day(at), terms_of(self._run, at)
        found = staged(self._run.pk, self._run.filed_through if after is None else after, self._size)
        if self._own is not None:
            return [Staged(number, key, answers, self._own) for number, key, answers, _ in found]
        named = [NewApplicant(**json.loads(applicant or "{}")) for *_, applicant in found]
        ids = register_many(named, at=at)
        return [
            Staged(
                number, key, answers,
                whom(ids[who.paper_type, who.paper_number], who.name, who.paper_type, who.paper_number),
            )
            for (number, key, answers, _), who in zip(found, named, strict=True)
        ]  # fmt: skip

    def next_number(self) -> int:
        """The number that the first block will probably begin with."""
        self._next = next_number(series_of(self._shared, self._clock.now()))
        return self._next

    def number_after(self, block: Block) -> int | None:
        """The number that the block behind this one will probably begin with; None where others take them, too."""
        return self._next + len(block.ready) if self._alone else None

    @property
    def _shared(self) -> SharedOpening:
        return shared_of(self._run, self._guide)

    def prepared(self, rows: Sequence[Staged], at: datetime, first: int | None) -> Block:
        """The block made ready, under numbers from `first` on where it is known; rows that the day has overtaken are taken
        out. Asks no database: it runs in a thread.
        """
        refused = [one for row in rows if (one := self._overtaken(row)) is not None]
        gone = {one.number for one in refused}
        sound = [row for row in rows if row.number not in gone] if gone else rows
        ready = self._press.ready(sound, at)
        openings = [one.opening for one in ready]
        guess = None
        if first is not None and ready:
            guess = guessed(self._shared, ready, openings, first=first, by=self._by, at=at)
        return Block(ready, refused, rows[-1].number if rows else 0, at, openings, guess)

    def _overtaken(self, row: Staged) -> NoLonger | None:
        """A row that was checked on another day is judged again: limits that hang on the day have moved."""
        if self._terms is None:
            return None
        return judged_again(self._terms, row)

    def write(self, block: Block) -> None:
        """File the block, and let the next be as large as single filings beside it can bear."""
        current = item_now(self._guide.item_id)
        if current.version_id != self._run.version_id:
            raise Invalid("办事指南已经更新，尚未申报的行没有提交。", how="请按新的模板改正后重新上传。")
        if current.department_id != self._guide.department_id:
            self._guide = guide_of_run(self._run)
        filed = file_block(self._run, block, self._guide, worked_ms=_ms(self._since), by=self._by)
        self._since = monotonic()
        if filed.taken:
            self._alone = filed.first == self._next
            self._next = filed.first + filed.taken
        self._size = next_size(self._size, filed.taken, _ms(filed.held), alone=self._alone)
        self._way.rest()


def next_size(size: int, count: int, held_ms: int, *, alone: bool) -> int:
    """How many rows the next block may have, from the last that held the series so long; halfway to what would fit."""
    fewest, most_ms = (FEWEST_AT_ONCE, HELD_MS) if alone else (FEWEST_BESIDE, HELD_BESIDE_MS)
    fit = count * most_ms // max(1, held_ms)
    return max(fewest, min(ROWS_AT_ONCE, (size + fit) // 2))


def judged_again(terms: Terms, row: Staged) -> NoLonger | None:
    """What is wrong with a sound row on another day than that on which it was checked; None where nothing is."""
    form = terms.guide.form
    answers = json.loads(row.answers)
    problems = checker_of(form).check(answers, today=terms.today, regions=terms.regions)
    if not problems:
        return None
    places = {code: str(index) for index, code in enumerate(terms.mapping) if code}
    faults = {places.get(code, WHOLE_ROW): words for code, words in problems.items()}
    cells = [cell_of(form.field(code), answers.get(code)) if code else "" for code in terms.mapping]
    return NoLonger(row.number, cells, faults)


_PHASES: dict[BulkState, Callable[[BulkRun, Actor, _Clock], None]] = {
    BulkState.CHECKING: _check,
    BulkState.FILING: _file,
}
