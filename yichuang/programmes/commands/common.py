"""What the writes of this room share: whose it is, one row a key, the search document."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import IntegrityError, models, transaction

from yichuang.directory.models import Department
from yichuang.directory.queries import department as department_row
from yichuang.kernel.errors import Conflict, Invalid, Missing

Reach = Callable[[UUID | None], bool]
# Embeddings, overrides and isolates (U+202A to U+202E, U+2066 to U+2069) and the marks U+200E, U+200F, U+061C.
TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)))
# Plans are counted in working days, so their days lie well inside the calendar.
FIRST_YEAR, LAST_YEAR = 2019, 2099


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that the file store already keeps."""

    name: str
    kind: str
    size: int
    sha256: str


def wrong_day(day: date) -> str:
    """What is wrong with a day of a plan; empty where nothing is."""
    if FIRST_YEAR <= day.year <= LAST_YEAR:
        return ""
    return f"年份须在 {FIRST_YEAR} 至 {LAST_YEAR} 之间，请核对"


def one_line(text: str) -> str:
    """A name or title on one line, without signs that turn the direction of reading around."""
    return " ".join("".join(sign for sign in text if sign not in TURNING).split())


def sent_before(model: type[models.Model], key: str, *, department: str, reaches: Reach) -> UUID | None:
    """The id of what the same key has made already; None for a new key.

    `department`: the path to the owning department; `reaches`: what the actor reaches. Raises Conflict where the key belongs to another department.
    """
    found = model._default_manager.filter(key=key).values_list("pk", department).first()
    if found is None:
        return None
    if not reaches(found[1]):
        raise Conflict("这份内容的提交标识已被使用。", how="请刷新页面后重新提交。")
    row_id: UUID = found[0]
    return row_id


def insert(row: models.Model) -> None:
    """Insert a row. Raises Conflict where the same key, or the same name, is being saved at this moment."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("同样的内容已经登记或正在提交。", how="请刷新页面查看，不要重复登记。") from error


def department_of(wanted: UUID | None, *, reaches: Reach) -> Department:
    """The department in whose name something is recorded.

    Raises Invalid where none is stated or it does not exist, Missing where the actor does not reach it.
    """
    found = department_row(wanted) if wanted else None
    if found is None:
        raise Invalid("请选择部门。", fields={"department": "请从列表中选择"})
    if not reaches(found.pk):
        raise Missing
    return found


def check_seen(edit: int, seen: int) -> None:
    """Raise Conflict unless the row is as the writer saw it."""
    if edit != seen:
        raise Conflict("您打开页面之后，已有人修改过。", how="您填写的内容还在页面上，核对后再保存。")


def raise_for(wrong: dict[str, str], message: str = "填写有误，请按提示修改。") -> None:
    """Raise Invalid where any field is wrong."""
    if wrong:
        raise Invalid(message, fields=wrong)


def departments_exist(ids: Iterable[UUID]) -> list[UUID]:
    """The stated departments that exist, once each, in the order given."""
    wanted = list(dict.fromkeys(ids))
    known = set(Department.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    return [one for one in wanted if one in known]
