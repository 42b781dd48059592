"""A table of experts into typed rows, each with what is wrong with it, and what importing them would do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID

from yichuang.directory.rules.experts import (
    LONGEST_NAME,
    MOST_FIELDS,
    ExpertForm,
    expert_faults,
    fields_in,
    plain_name,
    tidy,
)
from yichuang.kernel import canonical

MOST_ROWS = 500
HEAD_WITHIN = 5
ACTIVE = {"": True, "在用": True, "是": True, "已停用": False, "停用": False, "否": False}

Table = Sequence[tuple[int, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: how it is headed, by which other names it is known, whether it may be left out."""

    field: str
    label: str
    example: str
    hint: str
    also: tuple[str, ...] = ()
    required: bool = True


COLUMNS = (
    Column("name", "姓名", "张示例", f"不超过 {LONGEST_NAME} 字", ("专家姓名",)),
    Column("fields", "专业领域", "水文水资源、环境影响评价", f"1 至 {MOST_FIELDS} 个，用顿号隔开", ("领域", "专业")),
    Column("unit", "单位", "示例研究院", "写全称；同一单位的同名专家视为一位", ("工作单位", "所在单位")),
    Column("unit_code", "单位信用代码", "91510000DEM0000149", "18 位，用于自动回避", ("统一社会信用代码", "单位统一社会信用代码"), required=False),
    Column("title", "职称", "正高级工程师", f"不超过 {LONGEST_NAME} 字", ("职称或者职务", "职务")),
    Column("phone", "电话", "028-00000000", "固定电话或者手机", ("联系电话", "手机"), required=False),
    Column("status", "状态", "在用", "在用、已停用；不写为在用", required=False),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExpertRow:
    """One row of a file. `line`: its row in the file; `said`: the elements that the file has a column for."""

    line: int
    form: ExpertForm
    said: frozenset[str]
    faults: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """By what somebody is known again."""
        return plain_name(self.form.name), plain_name(self.form.unit)


class Fate(StrEnum):
    """What an import does with a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True)
class Known:
    """An expert of the pool as the plan sees it; `edit` counts the changes."""

    id: UUID
    edit: int
    form: ExpertForm


@dataclass(frozen=True, slots=True)
class Planned:
    """A row with its fate: `form` is what the pool will hold, `changes` (what, old, new) what that alters."""

    row: ExpertRow
    fate: Fate
    form: ExpertForm
    known: Known | None = None
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do. `digest` names exactly this: another pool or another file gives another."""

    lines: tuple[Planned, ...]
    digest: str = field(default="")

    def of(self, *fates: Fate) -> tuple[Planned, ...]:
        """The rows of some fates, in the order of the file."""
        return tuple(one for one in self.lines if one.fate in fates)


def read_experts(rows: Sequence[tuple[int, Sequence[str]]]) -> list[ExpertRow]:
    """Every expert of a table, each with what is wrong with the row.

    The head may stand under a line or two of words. Raises ValueError, in words for people, for a table without the
    needed columns, with one of them twice, without a row, or with too many.
    """
    at, places = _head(rows)
    found = [_row(line, cells, places) for line, cells in rows[at + 1 :]]
    if not found:
        raise ValueError("表头下面没有专家，请每行填写一位")
    if len(found) > MOST_ROWS:
        raise ValueError(f"一次最多导入 {MOST_ROWS} 位，文件中有 {len(found)} 位，请分成几份")
    return list(_twins(found))


def known_columns(rows: Table) -> Table:
    """A table without what an import does not read: words above the head, and columns that no element stands in.

    Raises ValueError as `read_experts`.
    """
    at, places = _head(rows)
    kept = sorted(places.values())
    return [
        (line, [cells[place] if place < len(cells) else "" for place in kept]) for line, cells in rows[at:]
    ]


def _head(rows: Sequence[tuple[int, Sequence[str]]]) -> tuple[int, dict[str, int]]:
    names = {plain_name(label): one.field for one in COLUMNS for label in (one.label, *one.also)}
    for at, (_, cells) in enumerate(rows[:HEAD_WITHIN]):
        known = [
            (names[plain_name(cell)], place) for place, cell in enumerate(cells) if plain_name(cell) in names
        ]
        if len(known) < 2:
            continue
        places = dict(known)
        twice = sorted({_label(name) for name, _ in known if [each for each, _ in known].count(name) > 1})
        if twice:
            raise ValueError(f"表头中“{'、'.join(twice)}”出现了两次，请只留一列")
        lacking = [one.label for one in COLUMNS if one.required and one.field not in places]
        if lacking:
            raise ValueError(f"表头缺少：{'、'.join(lacking)}。请按模板的表头填写")
        return at, places
    raise ValueError("没有找到表头。第一行应有：" + "、".join(one.label for one in COLUMNS if one.required))


def _label(name: str) -> str:
    return next(one.label for one in COLUMNS if one.field == name)


def _row(line: int, cells: Sequence[str], places: Mapping[str, int]) -> ExpertRow:
    said = {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()}
    status = said.get("status", "")
    form = tidy(
        ExpertForm(
            said["name"], fields_in(said["fields"]), said["unit"], said["title"], said.get("unit_code", ""),
            said.get("phone", ""), ACTIVE.get(status, True),
        )
    )  # fmt: skip
    faults = expert_faults(form)
    if status not in ACTIVE:
        faults["status"] = f"“{status[:20]}”不能识别，请写“在用”或者“已停用”"
    told = tuple((_label(name), words) for name, words in faults.items())
    return ExpertRow(line, form, frozenset(said), told)


def _twins(rows: list[ExpertRow]) -> Iterator[ExpertRow]:
    first: dict[tuple[str, str], int] = {}
    for row in rows:
        earlier = first.setdefault(row.key, row.line)
        twin = earlier != row.line and all(row.key)
        words = f"与第 {earlier} 行是同一单位的同名专家，请只留一行"
        yield replace(row, faults=(*row.faults, (_label("name"), words))) if twin else row


def plan(rows: Iterable[ExpertRow], pool: Iterable[Known]) -> Plan:
    """Decide for every row whether it is new, changes somebody, says nothing new, or must be mended first.

    Somebody is known again by name and unit, whatever the width of the signs. A column that the file lacks changes nothing.
    """
    known = {(plain_name(one.form.name), plain_name(one.form.unit)): one for one in pool}
    lines = tuple(_planned(row, known.get(row.key)) for row in rows)
    told = [
        (one.row.line, one.fate, _told(one.form), one.known and (one.known.id, one.known.edit))
        for one in lines
    ]
    return Plan(lines, canonical.digest(canonical.text(told)))


def _planned(row: ExpertRow, known: Known | None) -> Planned:
    if row.faults:
        return Planned(row, Fate.FAULTY, row.form, known)
    if known is None:
        return Planned(row, Fate.NEW, row.form)
    form = replace(
        known.form,
        fields=row.form.fields,
        title=row.form.title,
        unit_code=row.form.unit_code if "unit_code" in row.said else known.form.unit_code,
        phone=row.form.phone if "phone" in row.said else known.form.phone,
        is_active=row.form.is_active if "status" in row.said else known.form.is_active,
    )
    old, new = _told(known.form), _told(form)
    changes = tuple((_label(name), old[name], new[name]) for name in old if old[name] != new[name])
    return Planned(row, Fate.CHANGED if changes else Fate.SAME, form, known, changes)


def _told(form: ExpertForm) -> dict[str, str]:
    """An expert as the columns of the file tell it."""
    return {
        "name": form.name, "fields": "、".join(form.fields), "unit": form.unit, "unit_code": form.unit_code,
        "title": form.title, "phone": form.phone, "status": "在用" if form.is_active else "已停用",
    }  # fmt: skip
