"""Where an element of a guide stands in the editor: its page, its control, its name in words."""

import re
from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from yichuang.catalogue.pages.guide_fields import FIELD_GROUP, FORM, Entry, Group, Section
from yichuang.catalogue.pages.guide_fields import SECTIONS as OF_THE_GUIDE
from yichuang.catalogue.pages.handling_fields import HANDLING

# The form stands last: its parts follow it.
SECTIONS = (*OF_THE_GUIDE[:-1], HANDLING, OF_THE_GUIDE[-1])
# What the item gives its guide: told on the first page, asked nowhere.
_GIVEN = {"item_code": "事项编码", "item_type": "事项类型", "department": "实施机关"}


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
    """(section key, control, words) of a place in the guide, for links from a finding to its field.

    A place that is no field of its own leads to the first field of the group that comes nearest.
    """
    if path.startswith("form（"):
        return _place_of_field(path[5:-1], elements)
    control = control_of(path)
    if control in _GIVEN:
        return (
            SECTIONS[0].key,
            SECTIONS[0].groups[0].entries[0].path,
            f"{SECTIONS[0].title} · {_GIVEN[control]}",
        )
    nearest = (0, SECTIONS[0].key, control, path)
    for section in sections_of(elements):
        for group in section.groups if _fits(section, control) else ():
            for entry in group.entries:
                if _generic(group, entry) == _any(control):
                    return section.key, control, _words(section, group, control, entry)
                depth = _shared(_generic(group, entry), _any(control))
                if depth > nearest[0]:
                    first = _generic(group, entry).replace(".N", ".0")
                    nearest = (depth, section.key, first, _words(section, group, control))
    return nearest[1:]


def _words(section: Section, group: Group, control: str, entry: Entry | None = None) -> str:
    number = re.findall(r"\.(\d+)(?:\.|$)", control) if group.path else []
    is_said = entry is not None and group.title in entry.label
    parts = [section.title, "" if is_said else group.title]
    parts += [f"第{int(number[-1]) + 1}项" if number else "", entry.label if entry else ""]
    return " · ".join(dict.fromkeys(part for part in parts if part))


def _shared(one: str, other: str) -> int:
    """How many steps two places have in common from the top."""
    pairs = zip(one.split("."), other.split("."), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


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


def _fields_of(index: int) -> Group:
    path = FIELD_GROUP.path.replace("[]", f"[{index}]")
    return Group(FIELD_GROUP.title, FIELD_GROUP.entries, path, FIELD_GROUP.named_by)
