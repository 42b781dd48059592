"""The columns of a file of many filings: which there are for an item, and which column of a file is which."""

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from yichuang.catalogue.rules.forms import Field, FieldKind, Form

APPLICANT = "applicant:"
NAME, PAPER_TYPE, PAPER_NUMBER, PHONE = (
    f"{APPLICANT}{one}" for one in ("name", "paper_type", "paper_number", "phone")
)
"""Columns of a file in which staff name the applicant of each row."""

PARTY = (
    (NAME, "申请人名称", True, "证件上的全称", "示例科技有限公司"),
    (PAPER_TYPE, "证件类型", True, "统一社会信用代码或者居民身份证", "统一社会信用代码"),
    (PAPER_NUMBER, "证件号码", True, "与证件一致，整列设为文本格式", "91510000MA00000072"),
    (PHONE, "联系电话", False, "办理结果通知到这个号码", "13800000000"),
)
# What a form takes from whoever applies, in the codes that all guides share.
IDENTITY = frozenset({"applicant_kind", "applicant_name", "credit_code", "resident_id"})
ERRORS, ORIGIN = "错误说明", "原行号"
# Columns that help people and say nothing: our own in the workbook of errors, and a running number.
UNREAD = frozenset({ERRORS, ORIGIN, "序号"})
IGNORED = ""
ALIKE = 0.6
MOST_COLUMNS = 200
# Words in the label of a text that make it a number of something: never a figure.
NUMBERS = ("号", "代码", "编码")


@dataclass(frozen=True, slots=True)
class Column:
    """One column that a file may have: `code` of the form's field, or of the applicant."""

    code: str
    label: str
    required: bool
    help: str
    example: str
    field: Field | None = None

    @property
    def is_identifier(self) -> bool:
        """Whether its cells must be text: numbers of papers, licences, telephones, not figures."""
        if self.field is None:
            return self.code in (PAPER_NUMBER, PHONE)
        kinds = (FieldKind.CREDIT_CODE, FieldKind.RESIDENT_ID, FieldKind.PHONE, FieldKind.REGION)
        return self.field.kind in kinds or (
            self.field.kind is FieldKind.TEXT and any(word in self.field.label for word in NUMBERS)
        )


def columns_of(form: Form, *, for_others: bool, known: Container[str] = ()) -> tuple[Column, ...]:
    """The columns for an item. `for_others`: each row names its applicant; `known`: answers that need not be given."""
    party = tuple(Column(*one) for one in PARTY) if for_others else ()
    held = IDENTITY | {"contact_phone"} if for_others else frozenset()
    titled = [
        (section.title, item) for section in form.sections for item in section.fields if item.code not in held
    ]
    labels = Counter([*(one.label for one in party), *(item.label for _, item in titled)])
    return party + tuple(
        Column(
            item.code,
            item.label if labels[item.label] == 1 else f"{item.label}（{title}）",
            item.required and item.only_if is None and item.code not in known and item.code not in IDENTITY,
            item.help,
            item.example,
            item,
        )
        for title, item in titled
    )


def same_name(text: str) -> str:
    """A heading without what people add to it: blanks, stars, brackets, width."""
    narrow = unicodedata.normalize("NFKC", text).replace("*", "")
    return re.sub(r"[\s:()]|必填|选填|示例", "", narrow).lower()


def guess(
    header: Sequence[str], columns: Iterable[Column], remembered: Mapping[str, str] | None = None
) -> list[str]:
    """Which column each heading is, as somebody chose before or as its name says; "" where nothing fits."""
    known = {same_name(one.label): one.code for one in columns}
    known |= {one.code: one.code for one in columns}
    codes = {one.code for one in columns}
    chosen = {name: code for name, code in (remembered or {}).items() if code in codes}
    found: list[str] = []
    for heading in header:
        code = chosen.get(heading) or known.get(same_name(heading)) or known.get(heading) or IGNORED
        found.append(IGNORED if code in found or heading in UNREAD else code)
    return found


def suggestions(heading: str, columns: Iterable[Column]) -> list[str]:
    """Labels that a heading might have meant, the likeliest first."""
    labels = {same_name(one.label): one.label for one in columns}
    near = difflib.get_close_matches(same_name(heading), labels, n=3, cutoff=ALIKE)
    return [labels[one] for one in near]


@dataclass(frozen=True, slots=True)
class HeaderFault:
    """Something wrong with the heading of a file. `stops`: nothing can be checked until it is mended."""

    message: str
    stops: bool = True


def header_faults(
    header: Sequence[str], mapping: Sequence[str], columns: Sequence[Column]
) -> list[HeaderFault]:
    """Headings that stand twice, columns that are missing, headings that nothing reads."""
    labels = {one.code: one.label for one in columns}
    names = Counter(one for one in header if one)
    found = [
        HeaderFault(f"列名“{name}”出现了 {count} 次，不能确定以哪一列为准。请删除或者改名。")
        for name, count in names.items()
        if count > 1
    ]
    taken = Counter(code for code in mapping if code)
    found += [
        HeaderFault(f"有 {count} 列都对应“{labels.get(code, code)}”，请只保留一列。")
        for code, count in taken.items()
        if count > 1
    ]
    found += [
        HeaderFault(f"缺少必填的列“{one.label}”。请从模板复制列名，或者在下面选择对应的列。")
        for one in columns
        if one.required and one.code not in taken
    ]
    for heading, code in zip(header, mapping, strict=False):
        if not code and heading and heading not in UNREAD:
            near = "”“".join(suggestions(heading, columns))
            hint = f"是不是“{near}”？" if near else "不导入也可以提交。"
            found.append(HeaderFault(f"列“{heading}”不属于这个事项：{hint}", stops=False))
    return found
