"""Where an element of a guide stands in the editor: its page, its control, its name in words."""

import re
from collections.abc import Mapping
from typing import Any

from yichuang.catalogue.pages.guide_fields import FIELD_GROUP, FORM, SECTIONS, Entry, Group, Section


def sections_of(elements: Mapping[str, Any]) -> list[Section]:
    """The pages of the editor for a guide: the fixed ones, and one for every part of its form."""
    parts = elements.get("form", {}).get("sections", [])
    return [
        *SECTIONS,
        *(
            Section(f"form-{index}", f"申请表：{part.get('title') or part.get('code')}", (_fields_of(index),))
            for index, part in enumerate(parts)
        ),
    ]


def control_of(path: str) -> str:
    """The control of a place in the guide: `materials[3].name` → `materials.3.name`."""
    return path.replace("[", ".").replace("]", "")


def place_of(path: str, elements: Mapping[str, Any]) -> tuple[str, str, str]:
    """(section key, control, words) of a place in the guide, for links from a finding to its field."""
    if path.startswith("form（"):
        return _place_of_field(path[5:-1], elements)
    control = control_of(path)
    heads: list[tuple[str, str, str]] = []
    for section in sections_of(elements):
        for group in section.groups if _fits(section, control) else ():
            label = next(
                (entry.label for entry in group.entries if _generic(group, entry) == _any(control)), ""
            )
            if label:
                return section.key, control, f"{section.title} · {_numbered(group, control)}{label}"
            if _heads(group, control):
                heads.append((section.key, control, f"{section.title} · {group.title}"))
    return heads[-1] if heads else (SECTIONS[0].key, control, path)


def _generic(group: Group, entry: Entry) -> str:
    return _any(f"{control_of(group.path)}.0.{entry.path}" if group.path else entry.path)


def _any(control: str) -> str:
    return re.sub(r"\.\d+", ".N", control)


def _place_of_field(code: str, elements: Mapping[str, Any]) -> tuple[str, str, str]:
    for index, part in enumerate(elements["form"]["sections"]):
        for place, item in enumerate(part["fields"]):
            if item["code"] == code:
                return (
                    f"form-{index}",
                    f"form.sections.{index}.fields.{place}.example",
                    f"申请表 · {item['label']}",
                )
    return FORM.key, "", "申请表"


def _fits(section: Section, control: str) -> bool:
    parts = re.match(r"form\.sections\.(\d+)\.fields", control)
    return parts is None or section.key == f"form-{parts[1]}"


def _heads(group: Group, control: str) -> bool:
    heads = [control_of(group.path)] if group.path else [entry.path.split(".")[0] for entry in group.entries]
    return any(control == head or control.startswith(f"{head}.") for head in heads)


def _numbered(group: Group, control: str) -> str:
    number = re.findall(r"\.(\d+)\.", control)
    return f"第{int(number[-1]) + 1}项 · " if group.path and number else ""


def _fields_of(index: int) -> Group:
    path = FIELD_GROUP.path.replace("[]", f"[{index}]")
    return Group(FIELD_GROUP.title, FIELD_GROUP.entries, path, FIELD_GROUP.named_by)
