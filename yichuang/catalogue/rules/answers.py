"""Checking an applicant's answers: shape by JSON Schema, then what no schema can say. Every message is in Chinese:
what is wrong, what is right, an example.

The web form, machines and files of many rows are judged by the same `Checker` of the form: what is sound is found sound
in one look of the schema, and only what is not is asked field by field what is wrong with it.
"""

import re
import unicodedata
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

import jsonschema_rs

from yichuang.catalogue.rules.answers_words import day, expected, label, missing, sentence
from yichuang.catalogue.rules.forms import Field, FieldKind, Form, asked, json_schema
from yichuang.kernel import identifiers

__all__ = ["Checker", "check_answers", "checker_of", "day", "expected", "missing", "tidy"]

# The box in which the province lies, in degrees (a little generous): typing errors fall outside it.
_LONGITUDES = (Decimal("97.0"), Decimal("109.0"))
_LATITUDES = (Decimal("26.0"), Decimal("34.5"))

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
_HALF_WIDTH = {
    FieldKind.INTEGER,
    FieldKind.DECIMAL,
    FieldKind.DATE,
    FieldKind.CREDIT_CODE,
    FieldKind.RESIDENT_ID,
    FieldKind.PHONE,
    FieldKind.COORDINATES,
}
_UPPER_CASE = {FieldKind.CREDIT_CODE, FieldKind.RESIDENT_ID}


def tidy(form: Form, posted: Mapping[str, object]) -> dict[str, object]:
    """Answers as they are kept, from what a page posted.

    Takes the form's own fields only; strips blanks, NUL and other control characters; full-width digits and letters of
    codes and numbers become half-width; whole numbers become integers; empty answers, and answers to questions
    that these answers no longer bring up, are left out. What cannot be read is kept for `check_answers` to name.
    """
    return checker_of(form).tidy(posted)


def check_answers(
    form: Form, answers: Mapping[str, object], *, today: date, regions: Container[str] | None = None
) -> dict[str, str]:
    """What is wrong with the answers: field code → one Chinese sentence; empty when they may be filed.

    The conditions of the form are evaluated again here: what a hidden field holds is refused, what a shown one
    lacks is asked for. Unknown names and floats are refused; NUL and control characters are ignored. `regions`,
    where given, is the list of area codes in force.
    """
    return checker_of(form).check(answers, today=today, regions=regions)


@dataclass(frozen=True, slots=True)
class Checker:
    """A form made ready to judge many answers: whoever judges rows of a file holds on to it."""

    form: Form
    cleaners: tuple[tuple[str, Callable[[object], object]], ...]
    always: frozenset[str]
    beyond_schema: tuple[Field, ...]
    validator: jsonschema_rs.Draft202012Validator

    def tidy(self, posted: Mapping[str, object]) -> dict[str, object]:
        """As `tidy` of this module."""
        present: dict[str, object] = {}
        for code, clean in self.cleaners:
            if code in posted:
                cleaned = clean(posted[code])
                if cleaned is not None and cleaned not in ("", []):
                    present[code] = cleaned
        return self.asked(present)

    def asked(self, present: dict[str, object]) -> dict[str, object]:
        """Those of these clean answers whose questions they bring up."""
        # Nothing to leave out where no answer was given to a question that is not always asked.
        if self.always.issuperset(present):
            return present
        shown = asked(self.form, present)
        return {code: value for code, value in present.items() if code in shown}

    def check(
        self, answers: Mapping[str, object], *, today: date, regions: Container[str] | None = None,
        tidied: bool = False,
    ) -> dict[str, str]:  # fmt: skip
        """As `check_answers` of this module; `tidied` where the answers come from `tidy`, and need not be stripped again."""
        known = dict(answers) if tidied else {code: _strip(value) for code, value in answers.items()}
        problems: dict[str, str] = {}
        if float in map(type, known.values()) or not self.validator.is_valid(known):
            problems = dict(_foreign(self.form, known))
            known = {code: value for code, value in known.items() if code not in problems}
            for code, message in self._misshapen(known):
                problems.setdefault(code, message)
        for item in self.beyond_schema:
            if item.code in known and item.code not in problems:
                self._look_closer(item, known, problems, today, regions)
        return problems

    def _look_closer(
        self, item: Field, known: Mapping[str, object], problems: dict[str, str], today: date,
        regions: Container[str] | None,
    ) -> None:  # fmt: skip
        """Put down what the schema could not see, judged by the answers that are sound so far."""
        sound = {code: value for code, value in known.items() if code not in problems} if problems else known
        wrong = _content(item, sound, today) or _elsewhere(item, sound, regions)
        message = sentence(item, wrong, today) if wrong else _early(self.form, item, sound)
        if message:
            problems[item.code] = message

    def _misshapen(self, answers: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        for error in self.validator.iter_errors(dict(answers)):
            kind = error.kind
            if isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
                code, wrong = str(kind.property), ""
            elif error.instance_path:
                code, wrong = str(error.instance_path[0]), "格式不符"
            else:
                continue
            item = self.form.field(code)
            if item is not None:
                blank = answers.get(code) in (None, "", [])
                yield code, missing(item) if blank else sentence(item, wrong, None)


@lru_cache(maxsize=256)
def checker_of(form: Form) -> Checker:
    """The form made ready, once per process."""
    fields = tuple(form.fields())
    return Checker(
        form=form,
        cleaners=tuple((item.code, _cleaner(item.kind)) for item in fields),
        always=frozenset(item.code for item in fields if item.only_if is None),
        beyond_schema=tuple(
            item for item in fields if item.kind in _CONTENT or item.kind is FieldKind.REGION or item.after
        ),
        validator=jsonschema_rs.Draft202012Validator(json_schema(form)),
    )


def _strip(value: object) -> object:
    if isinstance(value, str):
        # What can be printed holds no control sign: only its ends are looked at.
        return value.strip() if value.isprintable() else _bare(value)
    return [_strip(entry) for entry in value] if isinstance(value, list | tuple) else value


def _bare(text: str) -> str:
    return _CONTROLS.sub("", text).replace("\r\n", "\n").strip()


def _cleaner(kind: FieldKind) -> Callable[[object], object]:
    """How an answer of this kind is tidied."""
    if kind is FieldKind.MULTI:
        return _several
    if kind not in _HALF_WIDTH:
        return _single
    finish = _upper if kind in _UPPER_CASE else _whole if kind is FieldKind.INTEGER else str
    return lambda value: _narrow(value, finish)


def _several(value: object) -> object:
    stripped = _strip(value)
    if isinstance(stripped, str):
        return [stripped] if stripped else []
    return stripped


def _single(value: object) -> object:
    stripped = _strip(value)
    # A name posted twice: the last one counts, as everywhere in forms.
    return (stripped[-1] if stripped else "") if isinstance(stripped, list) else stripped


def _narrow(value: object, finish: Callable[[str], object]) -> object:
    text = _single(value)
    if not isinstance(text, str):
        return text
    if not text.isascii() or " " in text:
        # Once more after the spaces are gone: a lone accent is decomposed into a space and an accent that then joins a letter.
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).replace(" ", ""))
    return finish(text)


def _upper(text: str) -> str:
    upper = text.upper()
    return upper if upper.isascii() else unicodedata.normalize("NFKC", upper)


def _whole(text: str) -> object:
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text


def _foreign(form: Form, answers: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    codes = {item.code for item in form.fields()}
    shown = asked(form, answers)
    for code, value in answers.items():
        if code not in codes:
            yield code, "表单中没有这一项，不能提交。请刷新页面后重新填写。"
        elif code not in shown:
            yield code, "按您所选的情形无需填写这一项，请清空后再提交。"
        elif isinstance(value, float):
            yield code, "数值必须以整数或者十进制文字提交，不接受浮点数。请按页面提示重新填写。"


def _content(item: Field, answers: Mapping[str, object], today: date) -> str:
    checker = _CONTENT.get(item.kind)
    return checker(item, answers, today) if checker else ""


def _elsewhere(item: Field, answers: Mapping[str, object], regions: Container[str] | None) -> str:
    outside = item.kind is FieldKind.REGION and regions is not None and answers[item.code] not in regions
    return "不在现行区划名录中" if outside else ""


def _early(form: Form, item: Field, answers: Mapping[str, object]) -> str:
    earlier = form.field(item.after) if item.after in answers else None
    # Days in this form sort as text; an earlier date that is none has a message of its own.
    if earlier is None or str(answers[item.code]) >= str(answers[earlier.code]):
        return ""
    try:
        first = date.fromisoformat(str(answers[earlier.code]))
    except ValueError:
        return ""
    return f"“{label(item)}”早于“{label(earlier)}”：应不早于{first.year}年{first.month}月{first.day}日。"


def _code(item: Field, answers: Mapping[str, object], today: date) -> str:
    kind = "uscc" if item.kind is FieldKind.CREDIT_CODE else "resident_id"
    verdict = _verdict(str(answers[item.code]), kind, today)
    return "" if verdict.verdict == "ok" else f"不正确（{'；'.join(verdict.reasons)}）"


@lru_cache(maxsize=64)
def _verdict(code: str, kind: str, today: date) -> identifiers.Verdict:
    """Kept for a moment: the rows of one applicant's file all bear the same code."""
    return identifiers.check(code, kind, today=today)


def _amount(item: Field, answers: Mapping[str, object], _: date) -> str:
    amount = Decimal(str(answers[item.code]))
    if item.min and amount < Decimal(item.min):
        return "过小"
    return "过大" if item.max and amount > Decimal(item.max) else ""


def _date(item: Field, answers: Mapping[str, object], today: date) -> str:
    try:
        chosen = date.fromisoformat(str(answers[item.code]))
    except ValueError:
        return "不是有效的日期"
    if item.min and chosen < day(item.min, today):
        return "过早"
    return "过晚" if item.max and chosen > day(item.max, today) else ""


def _position(item: Field, answers: Mapping[str, object], _: date) -> str:
    longitude, latitude = (Decimal(part) for part in str(answers[item.code]).split(","))
    inside = _LONGITUDES[0] <= longitude <= _LONGITUDES[1] and _LATITUDES[0] <= latitude <= _LATITUDES[1]
    return "" if inside else "不在四川省范围内（请核对经度、纬度的先后）"


_CONTENT: dict[FieldKind, Callable[[Field, Mapping[str, object], date], str]] = {
    FieldKind.CREDIT_CODE: _code,
    FieldKind.RESIDENT_ID: _code,
    FieldKind.DECIMAL: _amount,
    FieldKind.DATE: _date,
    FieldKind.COORDINATES: _position,
}
