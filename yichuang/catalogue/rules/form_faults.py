"""The part of the linter that looks at the application form: its fields, their conditions, bounds and examples."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from yichuang.catalogue.flow import Channel
from yichuang.catalogue.rules.answers import check_answers, day
from yichuang.catalogue.rules.findings import ERROR, Finding, blemish, fault
from yichuang.catalogue.rules.forms import Condition, Field, FieldKind, Form, asked
from yichuang.catalogue.rules.guide import Guide

NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")

# Any day will do: examples with days relative to it are tried against the same day.
_A_DAY = date(2022, 5, 13)

_BOUNDS: dict[FieldKind, Callable[[str], object]] = {
    FieldKind.INTEGER: int,
    FieldKind.DECIMAL: Decimal,
    FieldKind.DATE: lambda text: day(text, _A_DAY),
}


def form_faults(guide: Guide) -> Iterator[Finding]:
    """What does not hold together in the application form, or would better be otherwise."""
    form = guide.form
    if not form.sections:
        yield fault("form.sections", "没有申请表，不能网上申办")
    elif not guide.plain and not 3 <= len(form.sections) <= 6:
        yield blemish("form.sections", "申请表宜分为3至6个部分")
    if not {Channel.ONLINE, Channel.WINDOW} & set(guide.channels):
        yield fault("channels", "至少应能在窗口或者网上办理")
    seen: dict[str, Field] = {}
    for place, section in enumerate(form.sections):
        if not section.fields:
            yield fault(f"form.sections[{place}]", "这一部分没有填写项")
        for index, item in enumerate(section.fields):
            yield from _field(f"form.sections[{place}].fields[{index}]", item, seen)
            seen[item.code] = item


def _field(path: str, item: Field, seen: Mapping[str, Field]) -> Iterator[Finding]:
    if not NAME.fullmatch(item.code):
        yield fault(f"{path}.code", "填写项代码应为小写字母、数字和下划线")
    if item.code in seen:
        yield fault(f"{path}.code", f"填写项代码“{item.code}”重复")
    if not item.label.strip():
        yield fault(f"{path}.label", "填写项没有名称")
    chosen = item.kind in (FieldKind.CHOICE, FieldKind.MULTI)
    if chosen != bool(item.choices):
        yield fault(f"{path}.choices", "选择题应有选项，其他填写项不应有选项")
    if item.only_if is not None and not stands_on(item.only_if, seen):
        yield fault(f"{path}.only_if", "显示条件应指向前面的一道选择题及其选项")
    if item.after and (item.after not in seen or seen[item.after].kind is not FieldKind.DATE):
        yield fault(f"{path}.after", "应指向前面的一个日期")
    yield from _measures(path, item)
    if item.required and not chosen and not item.example.strip():
        yield blemish(f"{path}.example", f"“{item.label}”没有填写示例")


def stands_on(condition: Condition, seen: Mapping[str, Field]) -> bool:
    """Whether a condition points to one of these fields and to a choice that it has."""
    holder = seen.get(condition.field)
    return holder is not None and condition.equals in {choice.value for choice in holder.choices}


def _measures(path: str, item: Field) -> Iterator[Finding]:
    if item.max_length < 0 or not 1 <= item.scale <= 12:
        yield fault(path, "字数不能为负数，小数位数应在1至12之间")
    read = _BOUNDS.get(item.kind)
    for name, bound in (("min", item.min), ("max", item.max)):
        if bound and not (read and _readable(read, bound)):
            yield fault(f"{path}.{name}", f"“{bound}”不能作为这一项的上下限")


def _readable(read: Callable[[str], object], bound: str) -> bool:
    try:
        read(bound)
    except (ValueError, ArithmeticError):
        return False
    return True


def example_faults(guide: Guide) -> Iterator[Finding]:
    """Examples of the form that its own check would refuse."""
    # A form that does not hold together cannot be tried out; its faults are named already.
    if any(finding.level == ERROR for finding in form_faults(guide)):
        return
    sample = example_answers(guide.form)
    for code, message in check_answers(guide.form, sample, today=_A_DAY).items():
        yield fault(f"form（{code}）", f"填写示例不能通过检查：{message}")


def example_answers(form: Form) -> dict[str, object]:
    """A whole set of answers made of the examples; a choice without example takes its first option."""
    answers: dict[str, object] = {}
    for item in form.fields():
        if item.code in asked(form, answers):
            value = _example(item)
            if value not in ("", []):
                answers[item.code] = value
    return answers


def _example(item: Field) -> object:
    first = item.choices[0].value if item.choices else ""
    if item.kind is FieldKind.MULTI:
        return [choice.value for choice in item.choices] if item.every else [item.example or first]
    if item.kind is FieldKind.INTEGER and re.fullmatch(r"-?\d+", item.example):
        return int(item.example)
    return item.example or first
