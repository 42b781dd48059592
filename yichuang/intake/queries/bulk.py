"""Reads of files of filings: runs that an actor may see, what is wrong with rows, what the worker has to do."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from yichuang.catalogue.queries import FilingGuide, filed_guide
from yichuang.directory.flow import Capability
from yichuang.directory.models import Applicant, Region
from yichuang.directory.queries import applicant as find_applicant
from yichuang.intake.flow import BULK_ENDED, BulkState
from yichuang.intake.models import BulkMapping, BulkRun
from yichuang.intake.queries.drafts import party_of
from yichuang.intake.rules.bulk_columns import Column, columns_of
from yichuang.intake.rules.bulk_rows import Terms, seal_of
from yichuang.intake.rules.drafting import Party, prefill
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.times import local_day

HEAD = """
/*one plan*/ select '{"at":"' || to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","chain":"' || %(chain)s::text
       || '","hash":"' || chain || '","number":' || number || '}'
from journal_seal order by number desc limit 1
"""


def owner_of(by: Actor) -> str:
    """Who files, for runs and the keys of their rows: an applicant, a department, one member of staff without any."""
    if by.kind == "staff" and by.department_id is not None:
        return f"department:{by.department_id}"
    return by.signature


def bulk_right(by: Actor) -> Capability:
    """What an actor needs to file by a table: applicants what filing needs, staff a right of its own."""
    return Capability.CASE_APPLY if by.kind == "applicant" else Capability.CASE_FILE_BULK


def runs_visible_to(by: Actor) -> QuerySet[BulkRun]:
    """Runs of one's own applicant; of departments within reach for staff who may file by a table."""
    found = BulkRun.objects.select_related("item", "version", "account", "department")
    if by.kind == "applicant":
        return found.filter(applicant_id=by.applicant_id) if by.applicant_id else found.none()
    if not by.can(Capability.CASE_FILE_BULK):
        return found.none()
    scope = by.scope_departments
    inside = Q(applicant_id=None)
    return found.filter(
        inside if scope is None else inside & (Q(department_id__in=scope) | Q(account_id=by.id))
    )


def filed_runs(by: Actor) -> QuerySet[BulkRun]:
    """Runs that have filed cases of items within the actor's reach, whoever uploaded them, while their rows are kept."""
    by.require(Capability.CASE_ACT_BULK)
    found = BulkRun.objects.select_related("item", "applicant", "department").filter(
        filed__gt=0, purged_at=None
    )
    scope = by.scope_departments
    return found if scope is None else found.filter(item__department_id__in=scope)


def filed_run(run_id: UUID, *, by: Actor) -> BulkRun:
    """One of them. Raises Missing."""
    found = filed_runs(by).filter(pk=run_id).first()
    if found is None:
        raise Missing("没有找到这次批量申报的件。", how="逐行内容已按保存期限清除的，请从办件列表选取。")
    return found


def cases_of_run(run: BulkRun) -> list[UUID]:
    """The cases that a run has filed, in the order in which it did."""
    # The keys as one list and no join: of rows that came a moment ago the planner knows nothing, and would go through all keys
    # for each of them.
    rows = sql.rows(
        "select subject_id from journal_client_key where key = any(array("
        "select key from intake_bulkrow where run_id = %(run)s and state = 'good' and number <= %(through)s)) "
        "order by subject_id",
        {"run": run.pk, "through": run.filed_through},
    )
    return [case_id for (case_id,) in rows]


def bulk_run(run_id: UUID, *, by: Actor) -> BulkRun:
    """A run that the actor may see. Raises Missing."""
    found = runs_visible_to(by).filter(pk=run_id).first()
    if found is None:
        raise Missing("没有找到这次批量申报，或者它不属于您。", how="请从「批量申报」重新打开。")
    return found


def same_file(owner: str, version_id: UUID, digest: str) -> BulkRun | None:
    """The run that was begun with this very file under this version of the guide, and was not given up."""
    given_up = (BulkState.CANCELLED, BulkState.FAILED)
    return (
        BulkRun.objects.filter(owner_key=owner, version_id=version_id, file_sha256=digest)
        .exclude(state__in=given_up)
        .first()
    )


def remembered(owner: str, item_id: UUID) -> Mapping[str, str]:
    """Which heading an operator chose for which answer the last time."""
    found = BulkMapping.objects.filter(owner_key=owner, item_id=item_id).first()
    return found.chosen if found else {}


def guide_of_run(run: BulkRun) -> FilingGuide:
    """The guide that the rows are judged by."""
    return filed_guide(run.version_id)


class ItemNow(NamedTuple):
    """Of an item, at this moment: the version in force (None: not offered any more), whose it is."""

    version_id: UUID | None
    department_id: UUID | None


def item_now(item_id: UUID) -> ItemNow:
    """What may have changed of an item since a run was checked."""
    row = sql.one(
        "/*one plan*/ select case when is_active then current_id end, department_id from catalogue_item where id = %(id)s",
        {"id": item_id},
    )
    return ItemNow(*row) if row else ItemNow(None, None)


def applicant_of(run: BulkRun) -> Applicant | None:
    """The operator's own applicant; None where each row names one."""
    return find_applicant(run.applicant_id) if run.applicant_id else None


def bulk_columns(found: FilingGuide, applicant: Applicant | None, at: datetime) -> tuple[Column, ...]:
    """The columns that a file for this item may have, for whoever uploads it."""
    if applicant is None:
        return columns_of(found.guide.form, for_others=True, known=("signed_on",))
    known = prefill(found.guide.form, party_of(applicant), local_day(at))
    return columns_of(found.guide.form, for_others=False, known=known)


def terms_of(run: BulkRun, at: datetime) -> Terms:
    """What the rows of a run are judged by on this day."""
    applicant = applicant_of(run)
    return Terms(
        guide=guide_of_run(run).guide,
        mapping=run.mapping,
        party=party_of(applicant) if applicant else None,
        today=local_day(at),
        regions=regions_in_force(),
        seal=seal_of(run.owner_key, run.item_id),
        papers=run.papers,
    )


def regions_in_force() -> dict[str, str]:
    """Names of divisions by code, a county with its prefecture."""
    found = Region.objects.values_list("code", "name", "level", "parent__name", "parent__level")
    return {
        code: f"{above}{name}" if above_level == "prefecture" else name
        for code, name, _, above, above_level in found
    }


def parties_by_paper(numbers: list[str]) -> dict[str, Party]:
    """Applicants of the register by number of paper."""
    wanted = sorted({one for one in numbers if one})
    if not wanted:
        return {}
    return {one.paper_number: party_of(one) for one in Applicant.objects.filter(paper_number__in=wanted)}


def used_keys(keys: list[str]) -> set[str]:
    """Those of these keys that stand for a case already."""
    found = sql.rows("select key from journal_client_key where key = any(%(keys)s)", {"keys": keys})
    return {key for (key,) in found}


def head_text(chain: str) -> str | None:
    """The newest seal as receipts spell it; None before the first."""
    row = sql.one(HEAD, {"chain": chain})
    return None if row is None else str(row[0])


def staged(run_id: UUID, after: int, limit: int) -> list[tuple[int, str, str, str | None]]:
    """The next sound rows to be filed: number, key, answers, applicant as the row names them."""
    return [
        (number, key, answers, applicant)
        for number, key, answers, applicant in sql.rows(
            "select number, key, answers, applicant from intake_bulkrow "
            "where run_id = %(run)s and number > %(after)s and state = 'good' order by number limit %(limit)s",
            {"run": run_id, "after": after, "limit": limit},
        )
    ]


def find_waiting() -> list[UUID]:
    """Runs that have work for the worker, the oldest first; those that a killed worker left among them."""
    at_work = ("waiting_check", "checking", "waiting_file", "filing")
    return list(
        BulkRun.objects.filter(state__in=at_work).order_by("created_at", "pk").values_list("pk", flat=True)
    )


@dataclass(frozen=True, slots=True)
class RowFault:
    """One cell that is wrong, in words: row of the file, heading, what stands there, what is wrong."""

    row: int
    column: str
    cell: str
    message: str


def faults_of(run: BulkRun, *, limit: int, after: int = 0) -> list[RowFault]:
    """What is wrong, row by row; `limit` rows at most."""
    rows = sql.rows(
        "select number, state, cells, faults, same_as from intake_bulkrow where run_id = %(run)s "
        "and state in ('bad', 'double') and number > %(after)s order by number limit %(limit)s",
        {"run": run.pk, "after": after, "limit": limit},
    )
    return [fault for row in rows for fault in _in_words(run.header, row)]


def _in_words(header: list[str], row: tuple[Any, ...]) -> list[RowFault]:
    number, state, cells, faults, same_as = row
    if state == "double":
        return [RowFault(number, "整行", "", f"与第 {same_as} 行重复，只申报前面的一行。")]
    own: list[str] = json.loads(cells)
    return [
        RowFault(number, *_place(header, own, place), message)
        for place, message in json.loads(faults).items()
    ]


def _place(header: list[str], cells: list[str], place: str) -> tuple[str, str]:
    if not place:
        return "整行", ""
    index = int(place)
    heading = header[index] if index < len(header) else f"第 {index + 1} 列"
    return heading, cells[index] if index < len(cells) else ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work is: done of all rows (0: nobody knows yet), rows a second, seconds left (None: not to be said yet)."""

    done: int
    total: int
    rate: int
    seconds_left: int | None

    @property
    def percent(self) -> int:
        """Whole per cent."""
        return min(100, self.done * 100 // self.total) if self.total else 0


def progress_of(run: BulkRun) -> Progress:
    """The progress of the present phase; whole numbers only."""
    if run.confirmed_at is not None:
        done, total = run.filed, run.good
    else:
        done = run.good + run.bad + run.double + run.known
        # A workbook does not say how many rows it has, and a text's lines are a guess: what is not known is not said.
        total = run.expected if run.expected >= done else 0
    rate = done * 1000 // run.worked_ms if run.worked_ms else 0
    left = total - done
    known = bool(rate and total and run.state not in BULK_ENDED)
    return Progress(done, total, rate, -(-left // rate) if known else None)
