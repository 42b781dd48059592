"""Files of filings as people handle them: begun, columns chosen, confirmed, paused, resumed, given up, purged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.cases.flow import Channel
from yichuang.catalogue.queries import FilingGuide, filing_guide
from yichuang.directory.models import Applicant
from yichuang.directory.queries import applicant as find_applicant
from yichuang.intake.commands.drafts import check_offer
from yichuang.intake.commands.walk_in import require_window_gate
from yichuang.intake.flow import BULK_AT_WORK, BULK_ENDED, BULK_LABELS, KEPT_DAYS, BulkState
from yichuang.intake.models import BulkMapping, BulkRow, BulkRun
from yichuang.intake.queries.bulk import (
    bulk_columns,
    bulk_right,
    bulk_run,
    owner_of,
    remembered,
    same_file,
)
from yichuang.intake.rules.bulk_columns import guess, header_faults
from yichuang.intake.rules.bulk_rows import unmet
from yichuang.journal.commands import NewFact, is_used, keyed, record
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Refused
from yichuang.kernel.keys import uuid7
from yichuang.notices import commands as notices
from yichuang.notices.flow import OPERATOR, MessageChannel

SUBJECT = "bulk_run"
CONFIRMED, ENDED, CANCELLED, FAILED = "bulk.confirmed", "bulk.ended", "bulk.cancelled", "bulk.failed"


@dataclass(frozen=True, slots=True)
class NewRun:
    """A file as it was uploaded: for which item, where its bytes are kept, its heading, and how many rows it may have.

    `supplements`: the run whose faulty rows it brings again. `papers`: staff have the materials of every row before them.
    """

    item_code: str
    file_name: str
    sha256: str
    size: int
    header: Sequence[str]
    expected: int = 0
    supplements: UUID | None = None
    papers: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """The run of a file. `again`: the same file was uploaded before, and nothing was made now."""

    id: UUID
    again: bool = False


@keyed("bulk-run")
@transaction.atomic
def begin_run(new: NewRun, *, by: Actor, at: datetime, key: str = "") -> Begun:  # noqa: ARG001 - kept by `keyed`
    """Begin a run with an uploaded file; the same file under the same guide is the same run.

    Where every column is known the file waits to be checked, else for its columns to be chosen. Raises Missing (item,
    guide), Invalid (not offered so, materials that a table cannot bring), Refused.
    """
    by.require(bulk_right(by))
    found = filing_guide(new.item_code)
    applicant = check_item(found, papers=new.papers, by=by, at=at)
    owner = owner_of(by)
    assert by.id is not None
    before = same_file(owner, found.version_id, new.sha256)
    if before is not None:
        return Begun(before.pk, again=True)
    columns = bulk_columns(found, applicant, at)
    mapping = guess(new.header, columns, remembered(owner, found.item_id))
    clear = not header_faults(new.header, mapping, columns)
    run = BulkRun(
        id=uuid7(at), owner_key=owner, account_id=by.id, applicant=applicant, department_id=by.department_id,
        item_id=found.item_id, version_id=found.version_id, supplements=_supplemented(new.supplements, by),
        channel=Channel.ONLINE if applicant else Channel.WINDOW, papers=new.papers and applicant is None,
        file_name=new.file_name, file_sha256=new.sha256, file_size=new.size, header=list(new.header), mapping=mapping,
        expected=new.expected, state=BulkState.WAITING_CHECK if clear else BulkState.COLUMNS, created_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError:
        other = same_file(owner, found.version_id, new.sha256)
        if other is None:
            raise
        return Begun(other.pk, again=True)
    return Begun(run.pk)


def _supplemented(run_id: UUID | None, by: Actor) -> BulkRun | None:
    return bulk_run(run_id, by=by) if run_id else None


def check_item(found: FilingGuide, *, papers: bool, by: Actor, at: datetime) -> Applicant | None:
    """Whether the actor may file this item by a table; the actor's own applicant, None for staff. Raises Invalid, Refused."""
    by.require(bulk_right(by))
    if not found.guide.form.sections:
        raise Invalid("这个事项没有申请表，不能批量申报。", how="请按办事指南单独申报。")
    lacking = "”“".join(one.name for one in unmet(found.guide))
    if lacking and not (papers and by.kind == "staff"):
        raise Invalid(
            f"这个事项每件都须交材料“{lacking}”，表格不能带文件。",
            how="请在网上逐件申报，或者由窗口收齐纸质材料后代为批量申报。",
        )
    if by.kind == "staff":
        if by.department_id != found.department_id:
            require_window_gate(found.item_id, at=at)
        return None
    applicant = find_applicant(by.applicant_id) if by.applicant_id else None
    if applicant is None:
        raise Refused("只能为本账号登记的申请人申请。", how="请用申请人自己的账号登录。")
    check_offer(found, applicant, Channel.ONLINE)
    return applicant


def _held(run_id: UUID, by: Actor, states: Sequence[str], seen: int | None = None) -> BulkRun:
    """The run, locked, in one of these states. Raises Missing, Conflict."""
    bulk_run(run_id, by=by)
    run = BulkRun.objects.select_for_update(of=("self",)).get(pk=run_id)
    if run.state not in states or seen not in (None, run.edit):
        raise Conflict(
            f"这次批量申报已经变化，目前{BULK_LABELS[BulkState(run.state)]}。",
            how="请刷新页面后按最新情况办理。",
        )
    return run


@transaction.atomic
def choose_columns(run_id: UUID, mapping: Sequence[str], *, seen: int, by: Actor, at: datetime) -> None:
    """Say which column is which, and have the file checked; remembered for the next file. Raises Invalid with what is
    still wrong with the heading, Conflict.
    """
    by.require(bulk_right(by))
    run = _held(run_id, by, (BulkState.COLUMNS, BulkState.CHECKED), seen)
    found = filing_guide(run.item_id)
    columns = bulk_columns(found, run.applicant, at)
    codes = {one.code for one in columns}
    if len(mapping) != len(run.header) or any(code and code not in codes for code in mapping):
        raise Invalid("列的对应关系有误。", how="请刷新页面后重新选择。")
    wrong = [one.message for one in header_faults(run.header, mapping, columns) if one.stops]
    if wrong:
        raise Invalid("还不能检查。", how="请按提示修改。", fields={"mapping": "".join(wrong)})
    chosen = dict(zip(run.header, mapping, strict=True))
    BulkMapping.objects.update_or_create(
        owner_key=run.owner_key, item_id=run.item_id, defaults={"chosen": chosen, "changed_at": at}
    )
    if run.state == BulkState.CHECKED and list(mapping) == run.mapping:
        return
    BulkRow.objects.filter(run_id=run.pk).delete()
    _move(
        run,
        BulkState.WAITING_CHECK,
        mapping=list(mapping),
        read_through=0,
        good=0,
        bad=0,
        double=0,
        known=0,
        worked_ms=0,
    )


def _move(run: BulkRun, state: BulkState, **changes: Any) -> None:
    values = {"state": str(state), "edit": run.edit + 1, **changes}
    for name, value in values.items():
        setattr(run, name, value)
    run.save(update_fields=list(values))


@keyed("bulk-confirm")
@transaction.atomic
def confirm_run(run_id: UUID, *, cases: int, by: Actor, at: datetime, key: str = "") -> UUID:
    """Have the sound rows filed. `cases` is the number that was on the screen. Raises Conflict, Invalid (none is sound)."""
    by.require(bulk_right(by))
    if bulk_run(run_id, by=by).confirmed_at and is_used("bulk-confirm", key):
        return run_id
    run = _held(run_id, by, (BulkState.CHECKED,))
    if not run.good:
        raise Invalid("没有可以申报的行。", how="请按错误清单改正后重新上传。")
    if cases != run.good:
        raise Conflict("可以申报的行数已经变化。", how="请刷新页面核对后再确认。")
    _move(run, BulkState.WAITING_FILE, confirmed_at=at, worked_ms=0)
    _note(run, CONFIRMED, {"rows": run.good, "file": run.file_sha256}, by, at)
    return run.pk


@transaction.atomic
def pause_run(run_id: UUID, *, by: Actor, at: datetime) -> None:  # noqa: ARG001 - every command is told the time
    """Stop after the block at hand. Raises Conflict where nothing is at work."""
    by.require(bulk_right(by))
    _move(_held(run_id, by, BULK_AT_WORK), BulkState.PAUSED)


@transaction.atomic
def resume_run(run_id: UUID, *, by: Actor, at: datetime) -> None:  # noqa: ARG001 - every command is told the time
    """Go on where the work was left. Raises Conflict where nothing was paused."""
    by.require(bulk_right(by))
    run = _held(run_id, by, (BulkState.PAUSED,))
    _move(run, BulkState.WAITING_FILE if run.confirmed_at else BulkState.WAITING_CHECK)


@transaction.atomic
def cancel_run(run_id: UUID, *, by: Actor, at: datetime) -> None:
    """Give the run up: what was filed stays filed, nothing more is. Raises Conflict where it has ended."""
    by.require(bulk_right(by))
    run = _held(run_id, by, [str(one) for one in BulkState if one not in BULK_ENDED])
    _move(run, BulkState.CANCELLED, ended_at=at)
    if run.confirmed_at:
        _note(run, CANCELLED, {"filed": run.filed, "left": run.good - run.filed}, by, at)


@transaction.atomic
def fail_run(run_id: UUID, reason: str, *, by: Actor, at: datetime) -> None:
    """Stop for good, with the reason in words for the operator: what was filed stays filed. Nothing where it has ended."""
    by.require(bulk_right(by) if by.kind != "system" else "")
    run = BulkRun.objects.select_for_update(of=("self",)).filter(pk=run_id).first()
    if run is None or run.state in BULK_ENDED:
        return
    _move(run, BulkState.FAILED, reason=reason, ended_at=at)
    _tell(run, FAILED, _note(run, ENDED, {"filed": run.filed, "failed": True}, by, at), at)


@transaction.atomic
def end_run(run_id: UUID, *, by: Actor, at: datetime) -> bool:
    """Close a run whose sound rows are all filed, and have the operator told. Whether it was closed now."""
    by.require(bulk_right(by) if by.kind != "system" else "")
    run = BulkRun.objects.select_for_update(of=("self",)).get(pk=run_id)
    if run.state != BulkState.FILING:
        return False
    _move(run, BulkState.DONE, ended_at=at)
    counts = {"filed": run.filed, "bad": run.bad, "double": run.double, "known": run.known}
    _tell(run, ENDED, _note(run, ENDED, counts, by, at), at)
    return True


def _note(run: BulkRun, kind: str, data: Mapping[str, Any], by: Actor, at: datetime) -> int:
    return record(NewFact(run.pk, SUBJECT, kind, {"item": run.item_id, **data}), by=by, at=at).seq


def _tell(run: BulkRun, kind: str, seq: int, at: datetime) -> None:
    """One message to whoever uploaded the file, in the transaction that ends it; the cases themselves tell nobody."""
    template = OPERATOR[kind]
    words = template.body.format(
        item=run.item.name, file=run.file_name, filed=run.filed, bad=run.bad + run.double, reason=run.reason
    )
    where = "/my/bulk" if run.applicant_id else "/desk/bulk"
    notices.queue(
        notices.NewMessage(
            run.pk, seq, MessageChannel.MAIL, kind, str(run.account_id), template.title, words, f"{where}/{run.pk}",
            applicant_id=run.applicant_id, account_id=None if run.applicant_id else run.account_id,
        ),
        at=at,
    )  # fmt: skip


@transaction.atomic
def purge_runs(*, by: Actor, at: datetime, limit: int = 20) -> list[str]:
    """Take rows and the names of files out of runs that ended long ago; the digests of their files, to be removed where
    nothing else uses them. A run that nobody confirmed for as long is ended first. What was filed is in the cases.
    """
    by.require("")
    forgotten = BulkRun.objects.filter(
        state__in=(BulkState.COLUMNS, BulkState.CHECKED, BulkState.PAUSED),
        created_at__lt=at - timedelta(days=KEPT_DAYS),
    )
    for run_id in forgotten.values_list("pk", flat=True)[:limit]:
        fail_run(run_id, f"超过 {KEPT_DAYS} 天没有处理，已自动中止。", by=by, at=at)
    old = list(
        BulkRun.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(purged_at=None, ended_at__lt=at - timedelta(days=KEPT_DAYS))
        .order_by("ended_at")[:limit]
    )
    digests = sorted({run.file_sha256 for run in old})
    for run in old:
        sql.execute("delete from intake_bulkrow where run_id = %(run)s", {"run": run.pk})
        # The file is nobody's any more: in the place of its digest stands the run's own id.
        run.purged_at, run.file_name, run.file_sha256 = at, "（已清除）", run.pk.hex
        run.save(update_fields=["purged_at", "file_name", "file_sha256"])
    return digests
