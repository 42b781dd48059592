"""What the form says of an answer: what a right one looks like, what is wrong with this one, an example."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from yichuang.catalogue.rules.forms import Field, FieldKind

_RELATIVE_DAY = re.compile(r"today(?:([+-])(\d{1,5}))?")


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


def missing(item: Field) -> str:
    """The message for a required field that was left empty."""
    act = "选择" if item.kind in (FieldKind.CHOICE, FieldKind.MULTI, FieldKind.REGION) else "填写"
    return f"请{act}“{label(item)}”。{_example(item)}"


def sentence(item: Field, wrong: str, today: date | None) -> str:
    """One sentence: what is wrong, what is right, an example."""
    right = _EXPECTED[item.kind](item, today)
    return f"“{label(item)}”{wrong}：{right.removesuffix('。')}。{_example(item)}"


def label(item: Field) -> str:
    """The label as it stands within a sentence."""
    # A commitment's label is a whole sentence with its own full stop.
    return item.label.rstrip("。")


def _example(item: Field) -> str:
    labels = {choice.value: choice.label for choice in item.choices}
    shown = "、".join(labels.get(word.strip(), word.strip()) for word in item.example.split(","))
    words = shown if labels else item.example
    return f"例如：{words.rstrip('。')}。" if item.example else ""


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
