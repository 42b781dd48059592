"""The application form of an item as data, and the JSON Schema (draft 2020-12) of its answers.

Answers are a flat object: field code → text, integer or list of choice values. Numbers with decimals, dates and
coordinates travel as text, so that no float ever comes near them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any


class FieldKind(StrEnum):
    """What is asked for, hence how it is drawn and checked."""

    TEXT = "text"
    TEXTAREA = "textarea"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    CHOICE = "choice"
    MULTI = "multi"
    CREDIT_CODE = "credit_code"
    RESIDENT_ID = "resident_id"
    PHONE = "phone"
    REGION = "region"
    COORDINATES = "coordinates"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a choice: `value` is stored, `label` is read."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Condition:
    """The field is asked only if the earlier choice `field` was answered with `equals` (or holds it)."""

    field: str
    equals: str


@dataclass(frozen=True, slots=True)
class Field:
    """One question.

    `min` and `max` are written as text: whole numbers, decimals, or days (2022-05-13, or today, today+30,
    today-365). `unit` stands behind the box. `scale`: decimals allowed. `example` is plainly fictional and must
    itself pass. `after`: an earlier date field that this date must not precede. `every`: all choices of a multi
    must be ticked (commitments).
    """

    code: str
    label: str
    kind: FieldKind
    required: bool = True
    help: str = ""
    example: str = ""
    unit: str = ""
    min: str = ""
    max: str = ""
    max_length: int = 0
    scale: int = 3
    after: str = ""
    every: bool = False
    choices: tuple[Choice, ...] = ()
    only_if: Condition | None = None

    @property
    def longest(self) -> int:
        """Characters allowed in a text answer."""
        return self.max_length or (1000 if self.kind is FieldKind.TEXTAREA else 100)


@dataclass(frozen=True, slots=True)
class Section:
    """One page of the form."""

    code: str
    title: str
    fields: tuple[Field, ...]
    help: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """The whole form; `number` is the official number of the printed form, where it has one."""

    sections: tuple[Section, ...]
    number: str = ""

    def fields(self) -> Iterator[Field]:
        """Every field in the order of the pages."""
        for section in self.sections:
            yield from section.fields

    def field(self, code: str) -> Field | None:
        """The field of this code, if there is one."""
        return next((item for item in self.fields() if item.code == code), None)


def asked(form: Form, answers: Mapping[str, object]) -> frozenset[str]:
    """Codes of the fields that these answers bring up: those without condition, and those whose condition holds.

    A field that hangs on a field which is itself not asked is not asked.
    """
    shown: set[str] = set()
    for item in form.fields():
        if item.only_if is None or (item.only_if.field in shown and answered(item.only_if, answers)):
            shown.add(item.code)
    return frozenset(shown)


def holds(form: Form, condition: Condition, answers: Mapping[str, object]) -> bool:
    """Whether the answers meet a condition, which an answer to a question that is not asked never does."""
    return condition.field in asked(form, answers) and answered(condition, answers)


def answered(condition: Condition, answers: Mapping[str, object]) -> bool:
    """Whether the answers give what the condition asks for; of tidied answers this is the same as `holds`."""
    answer = answers.get(condition.field)
    return condition.equals in answer if isinstance(answer, list | tuple) else answer == condition.equals


@lru_cache(maxsize=256)
def _schema(form: Form) -> dict[str, Any]:
    by_code = {item.code: item for item in form.fields()}
    conditional = [item for item in form.fields() if item.only_if is not None]
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "properties": {code: _property(item) for code, item in by_code.items()},
        "required": [code for code, item in by_code.items() if item.required and item.only_if is None],
    }
    if conditional:
        schema["allOf"] = [_branch(form, item, item.only_if) for item in conditional if item.only_if]
    return schema


def json_schema(form: Form) -> dict[str, Any]:
    """The schema of the form's answers: shape, lengths, choices and conditions.

    A field whose condition does not hold may not be answered; one whose condition holds is required if it is a
    required field. Check digits, ranges of days and decimals are beyond a schema: see `answers.check_answers`.
    """
    return dict(_schema(form))


def _property(item: Field) -> dict[str, Any]:
    described = {"title": item.label, "description": item.help} if item.help else {"title": item.label}
    if item.kind in _PATTERNS:
        return described | _pattern(_PATTERNS[item.kind])
    return described | _SHAPES[item.kind](item)


def _text(item: Field) -> dict[str, Any]:
    # A required text that consists of blanks says nothing.
    return {"type": "string", "minLength": 1, "maxLength": item.longest, "pattern": r"\S"}


def _integer(item: Field) -> dict[str, Any]:
    bounds = {"minimum": item.min, "maximum": item.max}
    return {"type": "integer"} | {name: int(bound) for name, bound in bounds.items() if bound}


def _choice(item: Field) -> dict[str, Any]:
    return {"type": "string", "enum": [choice.value for choice in item.choices]}


def _multi(item: Field) -> dict[str, Any]:
    return {
        "type": "array",
        "items": {"enum": [choice.value for choice in item.choices]},
        "uniqueItems": True,
        "minItems": len(item.choices) if item.every else 1,
    }


def _decimal(item: Field) -> dict[str, Any]:
    return _pattern(rf"^-?(0|[1-9][0-9]{{0,13}})(\.[0-9]{{1,{item.scale}}})?$")


def _pattern(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern}


_SHAPES: dict[FieldKind, Callable[[Field], dict[str, Any]]] = {
    FieldKind.TEXT: _text,
    FieldKind.TEXTAREA: _text,
    FieldKind.INTEGER: _integer,
    FieldKind.DECIMAL: _decimal,
    FieldKind.CHOICE: _choice,
    FieldKind.MULTI: _multi,
}
_PATTERNS = {
    FieldKind.DATE: r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    FieldKind.CREDIT_CODE: r"^[0-9A-Z]{18}$",
    FieldKind.RESIDENT_ID: r"^[0-9]{17}[0-9X]$",
    FieldKind.PHONE: r"^(1[3-9][0-9]{9}|0[0-9]{2,3}-[0-9]{7,8}(-[0-9]{1,6})?)$",
    FieldKind.REGION: r"^51[0-9]{10}$",
    FieldKind.COORDINATES: r"^[0-9]{2,3}\.[0-9]{4,7},[0-9]{2}\.[0-9]{4,7}$",
}


def _branch(form: Form, item: Field, condition: Condition) -> dict[str, Any]:
    holder = form.field(condition.field)
    is_list = holder is not None and holder.kind is FieldKind.MULTI
    meets = {"contains": {"const": condition.equals}} if is_list else {"const": condition.equals}
    branch: dict[str, Any] = {
        "if": {"properties": {condition.field: meets}, "required": [condition.field]},
        "else": {"properties": {item.code: False}},
    }
    return branch | ({"then": {"required": [item.code]}} if item.required else {})
