"""Checking an applicant's answers: shape by JSON Schema, then what no schema can say. Every message is in Chinese:
what is wrong, what is right, an example.
"""

import re
import unicodedata
from collections.abc import Callable, Container, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

import jsonschema_rs

from yichuang.catalogue.rules.forms import Field, FieldKind, Form, asked, json_schema
from yichuang.kernel import identifiers

# The box in which the province lies, in degrees (a little generous): typing errors fall outside it.
_LONGITUDES = (Decimal("97.0"), Decimal("109.0"))
_LATITUDES = (Decimal("26.0"), Decimal("34.5"))

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_RELATIVE_DAY = re.compile(r"today(?:([+-])(\d{1,5}))?")
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
    cleaned = {item.code: _clean(item, posted.get(item.code)) for item in form.fields()}
    present = {code: value for code, value in cleaned.items() if value not in ("", [], None)}
    shown = asked(form, present)
    return {code: value for code, value in present.items() if code in shown}


def check_answers(
    form: Form, answers: Mapping[str, object], *, today: date, regions: Container[str] | None = None
) -> dict[str, str]:
    """What is wrong with the answers: field code → one Chinese sentence; empty when they may be filed.

    The conditions of the form are evaluated again here: what a hidden field holds is refused, what a shown one
    lacks is asked for. Unknown names and floats are refused; NUL and control characters are ignored. `regions`,
    where given, is the list of area codes in force.
    """
    stripped = {code: _strip(value) for code, value in answers.items()}
    problems = dict(_foreign(form, stripped))
    known = {code: value for code, value in stripped.items() if code not in problems}
    for code, message in _misshapen(form, known):
        problems.setdefault(code, message)
    for item in form.fields():
        if item.code in known and item.code not in problems:
            sound = {code: value for code, value in known.items() if code not in problems}
            wrong = _content(item, sound, today) or _elsewhere(item, sound, regions)
            message = _sentence(item, wrong, today) if wrong else _early(form, item, sound)
            if message:
                problems[item.code] = message
    return problems


def expected(item: Field, today: date) -> str:
    """What a right answer looks like, in one clause, for help texts and messages."""
    return _EXPECTED[item.kind](item, today)


def day(text: str, today: date) -> date:
    """A day written as 2022-05-13, today, today+30 or today-365.

    Raises ValueError where it is none of these.
    """
    relative = _RELATIVE_DAY.fullmatch(text)
    if relative is None:
        return date.fromisoformat(text)
    sign, days = relative.groups()
    return today + timedelta(days=int(days or 0) * (-1 if sign == "-" else 1))


def _strip(value: object) -> object:
    if isinstance(value, str):
        return _CONTROLS.sub("", value).replace("\r\n", "\n").strip()
    return [_strip(entry) for entry in value] if isinstance(value, list | tuple) else value


def _clean(item: Field, value: object) -> object:
    stripped = _strip(value)
    if item.kind is FieldKind.MULTI and isinstance(stripped, str):
        return [stripped] if stripped else []
    if item.kind is not FieldKind.MULTI and isinstance(stripped, list):
        # A name posted twice: the last one counts, as everywhere in forms.
        stripped = stripped[-1] if stripped else ""
    if isinstance(stripped, str) and item.kind in _HALF_WIDTH:
        return _half_width(item, stripped)
    return stripped


def _half_width(item: Field, text: str) -> object:
    # Once more after the spaces are gone: a lone accent is decomposed into a space and an accent that then joins a letter.
    narrow = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).replace(" ", ""))
    if item.kind in _UPPER_CASE:
        return unicodedata.normalize("NFKC", narrow.upper())
    if item.kind is FieldKind.INTEGER and re.fullmatch(r"-?[0-9]{1,18}", narrow):
        return int(narrow)
    return narrow


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


@lru_cache(maxsize=256)
def _validator(form: Form) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json_schema(form))


def _misshapen(form: Form, answers: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for error in _validator(form).iter_errors(dict(answers)):
        kind = error.kind
        if isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
            code, wrong = str(kind.property), ""
        elif error.instance_path:
            code, wrong = str(error.instance_path[0]), "格式不符"
        else:
            continue
        item = form.field(code)
        if item is not None:
            blank = answers.get(code) in (None, "", [])
            yield code, missing(item) if blank else _sentence(item, wrong, None)


def missing(item: Field) -> str:
    """The message for a required field that was left empty."""
    act = "选择" if item.kind in (FieldKind.CHOICE, FieldKind.MULTI, FieldKind.REGION) else "填写"
    return f"请{act}“{_label(item)}”。{_example(item)}"


def _sentence(item: Field, wrong: str, today: date | None) -> str:
    right = _EXPECTED[item.kind](item, today)
    return f"“{_label(item)}”{wrong}：{right.removesuffix('。')}。{_example(item)}"


def _label(item: Field) -> str:
    # A commitment's label is a whole sentence with its own full stop.
    return item.label.rstrip("。")


def _example(item: Field) -> str:
    labels = {choice.value: choice.label for choice in item.choices}
    shown = "、".join(labels.get(word.strip(), word.strip()) for word in item.example.split(","))
    words = shown if labels else item.example
    return f"例如：{words.rstrip('。')}。" if item.example else ""


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
    return f"“{_label(item)}”早于“{_label(earlier)}”：应不早于{first.year}年{first.month}月{first.day}日。"


def _code(item: Field, answers: Mapping[str, object], today: date) -> str:
    kind = "uscc" if item.kind is FieldKind.CREDIT_CODE else "resident_id"
    verdict = identifiers.check(str(answers[item.code]), kind, today=today)
    return "" if verdict.verdict == "ok" else f"不正确（{'；'.join(verdict.reasons)}）"


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


def _bounds(item: Field) -> str:
    if item.min and item.max:
        return f"，范围{item.min}至{item.max}{item.unit}"
    if item.min:
        return f"，不小于{item.min}{item.unit}"
    return f"，不大于{item.max}{item.unit}" if item.max else ""


def _days(item: Field, today: date | None) -> str:
    # Without a business day the relative bounds cannot be named; the shape was wrong already.
    if today is None:
        return ""
    first = f"，不早于{day(item.min, today).isoformat()}" if item.min else ""
    return first + (f"，不晚于{day(item.max, today).isoformat()}" if item.max else "")


def _one_of(item: Field, _: date | None) -> str:
    return "请从所列选项中选择一项（" + "、".join(choice.label for choice in item.choices) + "）"


def _some_of(item: Field, _: date | None) -> str:
    if item.every:
        return f"请逐条阅读，并勾选全部{len(item.choices)}条"
    return "请从所列选项中选择一项或者多项（" + "、".join(choice.label for choice in item.choices) + "）"


_EXPECTED: dict[FieldKind, Callable[[Field, date | None], str]] = {
    FieldKind.TEXT: lambda item, _: f"应为不超过{item.longest}个字的文字",
    FieldKind.TEXTAREA: lambda item, _: f"应为不超过{item.longest}个字的文字",
    FieldKind.INTEGER: lambda item, _: f"应为整数{_bounds(item)}",
    FieldKind.DECIMAL: lambda item, _: f"应为数字，最多{item.scale}位小数{_bounds(item)}",
    FieldKind.DATE: lambda item, today: f"应为公历日期，按“年-月-日”填写{_days(item, today)}",
    FieldKind.CHOICE: _one_of,
    FieldKind.MULTI: _some_of,
    FieldKind.CREDIT_CODE: lambda _, __: "应为证照上的18位统一社会信用代码，由数字和大写字母组成",
    FieldKind.RESIDENT_ID: lambda _, __: "应为18位公民身份号码，末位为数字或者大写字母X",
    FieldKind.PHONE: lambda _, __: "应为11位手机号码，或者带区号的固定电话（区号与号码之间用“-”连接）",
    FieldKind.REGION: lambda _, __: "应为四川省内的12位行政区划代码，请从列表中选择",
    FieldKind.COORDINATES: lambda _, __: "应为以度为单位的经度、纬度，中间用半角逗号隔开，各保留4至7位小数",
}
