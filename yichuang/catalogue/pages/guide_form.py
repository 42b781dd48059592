"""Between the elements of a guide and the controls of the editor, both ways.

A control is named by its path: `limits.promised.days`, `materials.3.name`. Nothing here judges the content: that is
the linter's and the command's. What cannot be read as a number is said here, at its control.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from yichuang.catalogue.pages.guide_fields import Entry, Group, Section
from yichuang.catalogue.pages.places import control_of
from yichuang.catalogue.rules.guide import (
    CALENDAR_DAY,
    CALENDAR_DAYS_FROM_NEXT_DAY,
    WORKING_DAYS_FROM_NEXT_DAY,
)
from yichuang.kernel.web import clean_text

Elements = dict[str, Any]
SPARE = 1
MAX_ENTRIES = 80
_INTEGER = re.compile(r"-?[0-9]{1,9}")
_OPTIONAL = ("limits.statutory", "commitment")


@dataclass(slots=True)
class Parsed:
    """What was posted for one section, merged into the elements; `problems` by control."""

    elements: Elements
    problems: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Control:
    """One control as the page draws it."""

    name: str
    entry: Entry
    value: object

    @property
    def kind(self) -> str:
        return {"lines": "textarea", "options": "textarea", "condition": "text"}.get(
            self.entry.kind, self.entry.kind
        )


@dataclass(frozen=True, slots=True)
class Block:
    """Controls that stand together: a group, or one member of a repeated group."""

    title: str
    controls: tuple[Control, ...]
    prefix: str = ""
    origin: str = ""
    spare: bool = False


def blocks(section: Section, elements: Mapping[str, Any], posted: QueryDict | None = None) -> Iterator[Block]:
    """What the page of a section shows: as stored, or as just posted."""
    for group in section.groups:
        if not group.path:
            yield Block(group.title, tuple(_controls(group, "", elements, posted)))
            continue
        members = _members(group, elements)
        count = _count(group, posted) if posted is not None else len(members) + SPARE
        for index in range(count):
            prefix = f"{control_of(group.path)}.{index}"
            member = members[index] if index < len(members) else {}
            spare = posted is None and index >= len(members)
            name = str(
                posted.get(f"{prefix}.{group.named_by}", "") if posted else member.get(group.named_by, "")
            )
            origin = posted.get(f"{prefix}.origin", "") if posted else str(member.get("code", ""))
            title = f"新增{group.title}" if spare else f"{group.title} {index + 1}：{name or '（未命名）'}"
            yield Block(title, tuple(_controls(group, prefix, member, posted)), prefix, str(origin), spare)


def parse(section: Section, elements: Mapping[str, Any], posted: QueryDict) -> Parsed:
    """The elements with what was posted for one section in place of what it had."""
    parsed = Parsed(_copy(elements))
    for group in section.groups:
        if group.path:
            _put(parsed.elements, group.path, _parse_members(group, elements, posted, parsed.problems))
        else:
            for entry in group.entries:
                answer = _parse(entry, entry.path, posted, parsed.problems)
                before = _get(elements, entry.path)
                _put(
                    parsed.elements,
                    entry.path,
                    _in_order(answer, before) if entry.kind == "multi" else answer,
                )
    _settle(parsed, section)
    return parsed


def _controls(
    group: Group, prefix: str, source: Mapping[str, Any], posted: QueryDict | None
) -> Iterator[Control]:
    for entry in group.entries:
        name = f"{prefix}.{entry.path}" if prefix else entry.path
        yield Control(
            name, entry, _typed(entry, name, posted) if posted is not None else _shown(entry, source)
        )


def _typed(entry: Entry, name: str, posted: QueryDict) -> object:
    if entry.kind == "multi":
        return posted.getlist(name)
    return posted.get(name) == "yes" if entry.kind == "yesno" else posted.get(name, "")


def _shown(entry: Entry, source: Mapping[str, Any]) -> object:
    value = _get(source, entry.path)
    if entry.kind == "lines":
        return "\n".join(value or ())
    if entry.kind == "options":
        return "\n".join(f"{one['value']}={one['label']}" for one in value or ())
    if entry.kind == "condition":
        return f"{value['field']}={value['equals']}" if value else ""
    return bool(value) if entry.kind == "yesno" else value


def _parse(entry: Entry, name: str, posted: QueryDict, problems: dict[str, str]) -> object:
    if entry.kind == "multi":
        return posted.getlist(name)
    text = clean_text(posted.get(name, ""), limit=20_000)
    return _PARSERS.get(entry.kind, _as_text)(entry, name, text, problems)


def _in_order(chosen: Any, before: Any) -> list[str]:
    """Choices as they stood before, new ones after them: ticking nothing new changes nothing."""
    known = [value for value in before or () if value in chosen]
    return [*known, *(value for value in chosen if value not in known)]


def _as_text(entry: Entry, _name: str, text: str, _problems: dict[str, str]) -> object:
    return text if entry.kind == "textarea" else " ".join(text.split("\n"))


def _as_integer(entry: Entry, name: str, text: str, problems: dict[str, str]) -> object:
    if _INTEGER.fullmatch(text):
        return int(text)
    if text or entry.required:
        problems[name] = f"“{entry.label}”应为整数，例如：20"
    return None


def _as_lines(_entry: Entry, _name: str, text: str, _problems: dict[str, str]) -> object:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _as_options(entry: Entry, name: str, text: str, problems: dict[str, str]) -> object:
    pairs = [line.replace("＝", "=").partition("=") for line in text.split("\n") if line.strip()]
    if any(not value.strip() or not label.strip() for value, _, label in pairs):
        problems[name] = f"“{entry.label}”应一行一个，写作：值=名称，例如 yes=是"
    return [{"value": value.strip(), "label": label.strip()} for value, _, label in pairs]


def _as_condition(entry: Entry, name: str, text: str, problems: dict[str, str]) -> object:
    if not text:
        return None
    holder, sign, equals = (part.strip() for part in text.replace("＝", "=").partition("="))
    if not holder or not sign or not equals:
        problems[name] = f"“{entry.label}”应写作：填写项代码=选项值，例如 for_project=yes"
    return {"field": holder, "equals": equals}


def _as_yesno(_entry: Entry, _name: str, text: str, _problems: dict[str, str]) -> object:
    return text == "yes"


_PARSERS = {
    "integer": _as_integer,
    "lines": _as_lines,
    "options": _as_options,
    "condition": _as_condition,
    "yesno": _as_yesno,
}


def _parse_members(
    group: Group, elements: Mapping[str, Any], posted: QueryDict, problems: dict[str, str]
) -> list[Elements]:
    """The members in the order asked for; empty and removed ones are left out, what the page does not ask stays."""
    kept: list[tuple[int, Elements]] = []
    members = _members(group, elements)
    for index in range(_count(group, posted)):
        prefix = f"{control_of(group.path)}.{index}"
        if posted.get(f"{prefix}.remove") == "yes" or _is_blank(group, prefix, posted):
            continue
        origin = posted.get(f"{prefix}.origin", "")
        base = next((member for member in members if origin and member.get("code") == origin), _bare(group))
        member = _copy(base)
        for entry in group.entries:
            _put(member, entry.path, _parse(entry, f"{prefix}.{entry.path}", posted, problems))
        place = posted.get(f"{prefix}.place", "")
        kept.append((int(place) if _INTEGER.fullmatch(place) else index + 1, member))
    return [member for _, member in sorted(kept, key=lambda pair: pair[0])]


def _bare(group: Group) -> Elements:
    return {"fields": []} if group.path == "form.sections" else {}


def _is_blank(group: Group, prefix: str, posted: QueryDict) -> bool:
    texts = [entry for entry in group.entries if entry.kind in ("text", "textarea", "lines", "options")]
    written = texts or group.entries
    return not any(posted.get(f"{prefix}.{entry.path}", "").strip() for entry in written)


def _count(group: Group, posted: QueryDict) -> int:
    count = posted.get(f"{control_of(group.path)}.count", "0")
    return min(int(count), MAX_ENTRIES) if _INTEGER.fullmatch(count) and int(count) > 0 else 0


def _members(group: Group, elements: Mapping[str, Any]) -> list[Elements]:
    found = _get(elements, group.path)
    return found if isinstance(found, list) else []


def _settle(parsed: Parsed, section: Section) -> None:
    """What follows from the answers of a page by itself."""
    settle = {"handling": _settle_handling, "limits": _settle_limits, "promise": _settle_promise}.get(
        section.key
    )
    if settle is not None:
        settle(parsed)


def _settle_handling(parsed: Parsed) -> None:
    """A level of confidentiality is chosen from a list and kept as a number."""
    chosen = str(parsed.elements["handling"].get("confidentiality", ""))
    parsed.elements["handling"]["confidentiality"] = int(chosen) if chosen.isdigit() else 0


def _settle_limits(parsed: Parsed) -> None:
    """A statutory limit that was left empty is absent; the rule of counting follows from the unit."""
    limits = parsed.elements.get("limits", {})
    statutory = limits.get("statutory")
    absent = statutory is not None and statutory.get("days") is None
    if absent and "limits.statutory.days" not in parsed.problems:
        limits["statutory"] = None
    for limit in (limits["promised"], limits["statutory"]):
        if limit is not None:
            in_days = limit.get("unit") == CALENDAR_DAY
            limit["rule"] = CALENDAR_DAYS_FROM_NEXT_DAY if in_days else WORKING_DAYS_FROM_NEXT_DAY


def _settle_promise(parsed: Parsed) -> None:
    """A commitment that was left empty is absent."""
    promise = parsed.elements.get("commitment")
    if promise is None:
        return
    if not any(promise.values()):
        parsed.elements["commitment"] = None
    elif promise.get("sample_percent") is None:
        parsed.problems.setdefault("commitment.sample_percent", "“抽查比例”应为整数，例如：10")


def _steps(path: str) -> list[str]:
    return control_of(path).split(".")


def _get(source: object, path: str) -> Any:
    for step in _steps(path):
        if isinstance(source, list):
            source = source[int(step)] if int(step) < len(source) else None
        else:
            source = source.get(step) if isinstance(source, Mapping) else None
    return source


def _put(target: Elements, path: str, value: object) -> None:
    *way, last = _steps(path)
    holder: Any = target
    for step in way:
        below = holder[int(step)] if isinstance(holder, list) else holder.get(step)
        if below is None:
            below = holder[step] = {}
        holder = below
    holder[last] = value


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _copy(below) for name, below in value.items()}
    return [_copy(below) for below in value] if isinstance(value, list) else value
