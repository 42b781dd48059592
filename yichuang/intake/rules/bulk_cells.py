"""Cells of a file as answers: what people write in tables, in the form's own spelling.

Nothing is judged here. What cannot be read is handed on as it stands, and the rules of the form say what is wrong with it.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping

from yichuang.catalogue.rules.forms import Field, FieldKind

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00(?:\.0+)?)?)?")
_PLAIN_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_WHOLE = re.compile(r"(-?\d+)\.0+")
_PARTS = re.compile(r"[；;\n]")
YES = frozenset({"是", "有", "√", "✓", "y", "yes", "true", "1"})
NO = frozenset({"否", "无", "没有", "×", "n", "no", "false", "0"})
ALL = YES | {"全部", "已阅读", "已承诺", "承诺"}

Convert = Callable[[str], object]


def converter(field: Field, regions: Mapping[str, str]) -> Convert | None:
    """How a cell of this field is read; None where it is taken as it stands. `regions`: codes of divisions by name."""
    match field.kind:
        case FieldKind.DATE:
            return day_of
        case FieldKind.INTEGER:
            return whole_of
        case FieldKind.DECIMAL:
            return figure_of
        case FieldKind.CHOICE:
            return _choice(field)
        case FieldKind.MULTI:
            return _several(field)
        case FieldKind.REGION:
            return lambda text: regions.get(text, text)
        case _:
            return None


def day_of(text: str) -> object:
    """A day in the spelling of forms: from 2022-05-13, 2022/5/13, 2022.5.13, 2022年5月13日, 20220513."""
    if len(text) == 10 and text[4] == text[7] == "-":
        return text
    narrow = unicodedata.normalize("NFKC", text).strip()
    found = _DAY.fullmatch(narrow) or _PLAIN_DAY.fullmatch(narrow)
    if found is None:
        return text
    year, month, day = found.groups()
    return f"{year}-{int(month):02d}-{int(day):02d}"


def figure_of(text: str) -> str:
    """A figure without the commas of thousands."""
    if text.isdigit() and text.isascii():
        return text
    narrow = unicodedata.normalize("NFKC", text).strip()
    return narrow.replace(",", "") if _THOUSANDS.fullmatch(narrow) else narrow


def whole_of(text: str) -> object:
    """A whole number, also where a spreadsheet wrote nothing behind its point."""
    figure = figure_of(text)
    whole = _WHOLE.fullmatch(figure)
    return whole[1] if whole else figure


def _named(field: Field) -> dict[str, str]:
    """Every spelling of a choice: its value, its label, and yes or no where it is a question of these."""
    known = {_plain(one.label): one.value for one in field.choices}
    known |= {one.value: one.value for one in field.choices}
    if {one.value for one in field.choices} == {"yes", "no"}:
        known = dict.fromkeys(YES, "yes") | dict.fromkeys(NO, "no") | known
    return known


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().rstrip("。.").lower()


def _choice(field: Field) -> Convert:
    known = _named(field)
    known |= {one.label: one.value for one in field.choices}
    return lambda text: known.get(text) or known.get(_plain(text)) or text


def _several(field: Field) -> Convert:
    one = _choice(field)
    every = [choice.value for choice in field.choices]

    # A label that holds the sign between two answers is looked for whole.
    whole = [choice for choice in field.choices if _PARTS.search(choice.label)]

    def read(text: str) -> object:
        if field.every and _plain(text) in ALL:
            return list(every)
        named = []
        for choice in whole:
            if choice.label in text:
                named.append(choice.value)
                text = text.replace(choice.label, "；")
        named += [str(one(part.strip())) for part in _PARTS.split(text) if part.strip()]
        # In the order of the form, as a page posts them; what is none of them stays, to be named.
        return [value for value in every if value in named] + [value for value in named if value not in every]

    return read


def cell_of(field: Field | None, value: object) -> str:
    """An answer as a cell of a file, such that it is read as the same answer again."""
    if value is None:
        return ""
    labels = {choice.value: choice.label for choice in field.choices} if field else {}
    if isinstance(value, list | tuple):
        return "；".join(labels.get(str(one), str(one)) for one in value)
    return labels.get(str(value), str(value))
