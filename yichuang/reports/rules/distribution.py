"""Who receives an issue: the words after 报, 送 and 发 as named bodies, one line for each of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from yichuang.reports.rules.form import DISTRIBUTION

DRAWN_UP = "report.distribution_drawn_up"
CHANGED = "report.distribution_changed"
HANDED_OUT = "report.handed_out"
TAKEN_BACK = "report.hand_out_taken_back"
READ = "report.read"


class BodyKind(StrEnum):
    """What a recipient is."""

    DEPARTMENT = "department"
    OFFICE = "office"
    WINDOW = "window"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The kind in Chinese."""
        return {
            BodyKind.DEPARTMENT: "部门",
            BodyKind.OFFICE: "处室",
            BodyKind.WINDOW: "窗口",
            BodyKind.OTHER: "其他",
        }[self]


@dataclass(frozen=True, slots=True)
class Body:
    """Somebody who can receive an issue: a department, an office of the centre or a window of the hall."""

    kind: BodyKind
    name: str
    short_name: str = ""
    department_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """One line of the list: under which word, and to whom."""

    label: str
    body: Body


_SIGNS = re.compile(r"[，,、；;。]")
# Names of groups as reports print them, each with what it means. The first that fits decides.
_GROUPS = (
    (re.compile(r"窗口"), BodyKind.WINDOW),
    (re.compile(r"各?(?:省?中心)?各?(?:内设)?处(?:[（(]?室[)）]?)?"), BodyKind.OFFICE),
    (re.compile(r"(?:省级)?各?(?:有关|相关)?(?:省级)?(?:有关|相关)?(?:部门|单位)(?:[（(]单位[)）])?"), BodyKind.DEPARTMENT),
)  # fmt: skip


def recipients(printed: Mapping[str, str], known: Sequence[Body]) -> list[Recipient]:
    """The list of an issue in the order 报, 送, 发; nobody twice. What names no known body stands as it is printed."""
    found: list[Recipient] = []
    seen: set[tuple[BodyKind, str]] = set()
    for label in DISTRIBUTION:
        for body in _bodies(printed.get(label, ""), known):
            if (body.kind, body.name) not in seen:
                seen.add((body.kind, body.name))
                found.append(Recipient(label, body))
    return found


def _bodies(words: str, known: Sequence[Body]) -> Iterator[Body]:
    for name in (part.strip() for part in _SIGNS.split(words)):
        if name:
            yield from _named(name, known)


def _named(name: str, known: Sequence[Body]) -> Sequence[Body]:
    exact = [
        body
        for body in known
        if body.kind is not BodyKind.WINDOW and name in {body.name, body.short_name, f"省{body.short_name}"}
    ]
    if exact:
        return exact[:1]
    kind = next((kind for pattern, kind in _GROUPS if _means(pattern, name)), None)
    group = [body for body in known if body.kind is kind]
    return group or [Body(BodyKind.OTHER, name)]


def _means(pattern: re.Pattern[str], name: str) -> bool:
    """各部门窗口 means the windows; a group of offices or departments is the whole name."""
    if pattern is _GROUPS[0][0]:
        return name.endswith("窗口")
    return bool(pattern.fullmatch(name))
