"""Licence lists (行政许可事项清单): written as a draft, registered once, and then never edited."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.catalogue.commands.holding import departments_held, hold_lists
from yichuang.catalogue.flow.lists import ListState
from yichuang.catalogue.models import LicenceList, ListEntry, ReviewTask
from yichuang.catalogue.queries.lists import concerned_by
from yichuang.catalogue.rules.authorisations import faults, out_of_order
from yichuang.catalogue.rules.lists import name_key, read_lines
from yichuang.directory.flow import Capability
from yichuang.directory.models import Region
from yichuang.journal.commands import NewFact, is_used, keyed, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day

MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class ListForm:
    """What is typed of a list."""

    title: str
    document_number: str
    issued_on: date | None
    effective_on: date | None
    expires_on: date | None
    region: str


@keyed("licence_list")
def save_list(
    form: ListForm, *, by: Actor, at: datetime, key: str = "", list_id: UUID | None = None, edit: int = 0
) -> LicenceList:
    """Begin a list, or change the head of one that is being written; the same key again gives the same list.

    Raises Invalid (fields), Conflict where it is registered, was saved in between, or its number is taken.
    """
    by.require(Capability.CATALOGUE_LISTS)
    _checked(form)
    try:
        with transaction.atomic():
            if list_id is not None:
                found = _held(list_id, by)
                if found.edit != edit and is_used("licence_list", key):
                    return found
                _check_draft(found, edit)
            else:
                earlier = LicenceList.objects.filter(key=key).first() if key else None
                if earlier is not None:
                    return earlier
                _reaches(by)
                found = LicenceList(id=uuid7(at), at=at, by_name=by.name, key=key or None, edit=0)
            found.title, found.document_number = form.title.strip(), form.document_number.strip()
            assert form.issued_on is not None
            assert form.effective_on is not None
            found.issued_on, found.effective_on = form.issued_on, form.effective_on
            found.expires_on, found.region_id = form.expires_on, form.region
            found.edit += 1
            found.save()
            return found
    except IntegrityError as error:
        raise Conflict(
            f"文号“{form.document_number.strip()}”的清单已经登记过。", how="请核对文号，或者打开已有的清单。"
        ) from error


def save_entries(list_id: UUID, text: str, *, edit: int, by: Actor, at: datetime) -> int:  # noqa: ARG001 - every command is told the time
    """Replace the entries of a list that is being written by these lines (许可名称｜实施机关｜设定依据); how many.

    Raises Invalid, naming the lines, and Conflict as `save_list` does.
    """
    by.require(Capability.CATALOGUE_LISTS)
    read = read_lines(text)
    if read.problems or not read.entries:
        told = "；".join(f"第{line}行{words}" for line, words in read.problems[:MOST_TOLD])
        raise Invalid(
            f"有{len(read.problems)}行须先改正。" if read.problems else "清单还没有条目。",
            how="您填写的内容还在页面上。",
            fields={"entries": told or "请一行写一项：许可名称｜实施机关｜设定依据"},
        )
    with transaction.atomic():
        found = _draft(list_id, edit, by)
        found.entries.all().delete()
        ListEntry.objects.bulk_create(
            ListEntry(
                listed_in=found, position=position, name=entry.name, name_key=name_key(entry.name),
                department_name=entry.department, legal_basis=entry.basis,
            )
            for position, entry in enumerate(read.entries, start=1)
        )  # fmt: skip
        found.edit += 1
        found.save(update_fields=["edit"])
    return len(read.entries)


def register_list(
    list_id: UUID, *, due_on: date | None, edit: int, by: Actor, at: datetime
) -> tuple[LicenceList, int]:
    """Register a list: it holds from its day on, and every published guide that it concerns becomes a task.

    Gives the list and how many tasks. Raises Invalid for an empty list or a due day in the past, Conflict as above.
    """
    by.require(Capability.CATALOGUE_LISTS)
    with transaction.atomic():
        found = _draft(list_id, edit, by)
        if not found.entries.exists():
            raise Invalid("清单还没有条目，不能登记。", fields={"entries": "请先录入或者导入条目"})
        if due_on is None or due_on < local_day(at):
            raise Invalid("请填写完成复核的日期。", fields={"due_on": "请填写今天或者以后的日期"})
        hold_lists(found.region_id, changing=True)
        concerned = concerned_by(found)
        owners = departments_held(row.item for row in concerned)
        found.state, found.registered_at, found.registered_by_name = ListState.REGISTERED, at, by.name
        found.edit += 1
        found.save()
        tasks = [
            ReviewTask(
                id=uuid7(at), item=row.item, listed_in=found, why=row.why, at=at, due_on=due_on,
                department_id=owners[row.item.pk],
            )
            for row in concerned
        ]  # fmt: skip
        ReviewTask.objects.bulk_create(tasks)
        data = {
            "document_number": found.document_number, "effective_on": found.effective_on,
            "entries": found.entries.count(), "tasks": len(tasks), "due_on": due_on,
        }  # fmt: skip
        fact = NewFact(found.pk, "licence_list", "licence_list.registered", data, region=found.region_id)
        record(fact, by=by, at=at)
    return found, len(tasks)


def default_due(at: datetime) -> date:
    """What a page offers as the due day of reviews: thirty days ahead."""
    return local_day(at) + timedelta(days=30)


def _checked(form: ListForm) -> None:
    wrong = faults(
        (not form.title.strip(), "title", "请填写清单名称，例如：四川省行政许可事项清单（2022年版）"),
        (not form.document_number.strip(), "document_number", "请填写文号，例如：川府发〔2022〕18号"),
        (form.issued_on is None, "issued_on", "请填写印发日期"),
        (form.effective_on is None, "effective_on", "请填写施行日期"),
        (out_of_order(form.issued_on, form.effective_on), "effective_on", "施行日期不能早于印发日期"),
        (out_of_order(form.effective_on, form.expires_on), "expires_on", "失效日期不能早于施行日期"),
        (not Region.objects.filter(pk=form.region).exists(), "region", "请选择清单适用的区划"),
    )
    if wrong:
        raise Invalid("清单的内容不完整。", how="请按提示修改后再保存。", fields=wrong)


def _draft(list_id: UUID, edit: int, by: Actor) -> LicenceList:
    found = _held(list_id, by)
    _check_draft(found, edit)
    return found


def _held(list_id: UUID, by: Actor) -> LicenceList:
    _reaches(by)
    found = LicenceList.objects.select_for_update(of=("self",)).filter(pk=list_id).first()
    if found is None:
        raise Missing
    return found


def _check_draft(found: LicenceList, edit: int) -> None:
    if found.state != ListState.DRAFT:
        raise Conflict("这份清单已经登记，不能再修改。", how="清单有变动的，请登记新的清单。")
    if found.edit != edit:
        raise Conflict("您打开页面之后，已有人保存过这份清单。", how="您填写的内容还在页面上，核对后再保存。")


def _reaches(by: Actor) -> None:
    """A list binds every department: only staff who reach all of them keep it."""
    if not by.everywhere:
        raise Refused("清单适用于所有部门，由政务服务中心登记。", how="请联系中心的事项编辑岗。")
