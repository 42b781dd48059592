"""What is wrong with how a guide says its item is handled."""

from collections.abc import Iterator, Sequence

from yichuang.catalogue.rules.findings import Finding, fault
from yichuang.catalogue.rules.forms import FieldKind
from yichuang.catalogue.rules.guide import WORKING_DAY, Guide
from yichuang.catalogue.rules.handling import (
    CONFIDENTIALITY_LABELS,
    EXAMINATION,
    LEVEL_LABELS,
    LIMIT_LABELS,
    STEP_LABELS,
)


def handling_faults(guide: Guide) -> Iterator[Finding]:
    """Every fault of the handling: unknown levels and codes, limits that do not fit, materials and fields that are not there."""
    handling = guide.handling
    yield from _known("handling.levels", handling.levels, tuple(LEVEL_LABELS))
    if handling.limit_rule not in LIMIT_LABELS:
        yield fault("handling.limit_rule", f"没有“{handling.limit_rule}”这一条款，请从列表中选择")
    if handling.confidentiality not in CONFIDENTIALITY_LABELS:
        yield fault("handling.confidentiality", "密级应从列表中选择")
    yield from _step_limits(guide)
    yield from _known("handling.may_follow", handling.may_follow, tuple(one.code for one in guide.materials))
    yield from _renewal(guide)


def _known(path: str, codes: Sequence[str], known: Sequence[str]) -> Iterator[Finding]:
    for index, code in enumerate(codes):
        if code not in known:
            yield fault(f"{path}[{index}]", f"没有“{code}”，请核对代码")
        elif code in codes[:index]:
            yield fault(f"{path}[{index}]", f"“{code}”重复")


def _step_limits(guide: Guide) -> Iterator[Finding]:
    limits = guide.handling.step_limits
    steps = [one.step for one in limits]
    for index, limit in enumerate(limits):
        path = f"handling.step_limits[{index}]"
        if limit.step not in STEP_LABELS:
            yield fault(f"{path}.step", "环节应从列表中选择")
        elif limit.step in steps[:index]:
            yield fault(f"{path}.step", f"“{STEP_LABELS[limit.step]}”重复")
        elif limit.step in LEVEL_LABELS and limit.step not in guide.handling.levels:
            yield fault(f"{path}.step", f"这个事项没有“{STEP_LABELS[limit.step]}”环节")
        if limit.days < 1:
            yield fault(f"{path}.days", "环节的天数至少为 1")
    total = sum(one.days for one in limits if one.step in EXAMINATION)
    promised = guide.limits.promised
    if promised.unit == WORKING_DAY and total > promised.days:
        yield fault("handling.step_limits", f"各级审查环节合计{total}，超过承诺时限{promised.days}")


def _renewal(guide: Guide) -> Iterator[Finding]:
    code = guide.handling.renews_field
    if not code:
        return
    field = next((one for one in guide.form.fields() if one.code == code), None)
    if field is None or field.kind is not FieldKind.DATE:
        yield fault("handling.renews_field", f"申请表中没有日期填写项“{code}”")
