"""Sums and percentages recomputed from the figures beside them; rounding is no contradiction.

办结 above 受理 is no contradiction: cases carry over from earlier periods.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby

from .figures import Found
from .lexicon import FALLS, KINDS_OF_CASE, OVERLAPPING, RATIO_OF, RISES, SHARE
from .numerals import rounded_to
from .report import Disagreement, Scope

_HUNDRED = Decimal(100)
_HALF = Decimal("0.5")
# A figure is compared with those shortly before it; a bound keeps junk cheap.
_REACH = 100


def check_figures(found: Sequence[Found]) -> list[Disagreement]:
    """The contradictions inside one section; `found` holds its figures in printed order."""
    return [*_ratios(found), *_shares(found), *_growth(found), *_sums(found), *_parts(found)]


def _before(found: Sequence[Found], position: int) -> Sequence[Found]:
    return found[max(0, position - _REACH) : position]


def _ratios(found: Sequence[Found]) -> Iterator[Disagreement]:
    for position, each in enumerate(found):
        pair = RATIO_OF.get(each.figure.measure)
        if pair is None or each.figure.unit != "%":
            continue
        above, below = (_only(_before(found, position), each, measure) for measure in pair)
        if above and below and above.figure.value <= below.figure.value:
            yield from _compare(each, above, below, f"{pair[0]}÷{pair[1]}")


def _only(before: Sequence[Found], ratio: Found, measure: str) -> Found | None:
    """The one figure that the ratio can mean: in its own sentence, else in the section; two are ambiguous."""
    same = [
        each
        for each in before
        if each.figure.measure == measure
        and each.figure.unit != "%"
        and each.figure.scope is ratio.figure.scope
        and each.figure.scope_text == ratio.figure.scope_text
        and not each.amount.approximate
    ]
    near = [each for each in same if each.figure.sentence == ratio.figure.sentence]
    typed = [each for each in near if each.figure.type == ratio.figure.type]
    for candidates in (typed, near, same):
        if candidates:
            return candidates[-1] if len(candidates) == 1 else None
    return None


def _compare(stated: Found, above: Found, below: Found, how: str) -> Iterator[Disagreement]:
    if below.figure.value == 0:
        return
    computed = above.figure.value * _HUNDRED / below.figure.value
    low = (above.amount.value - _slack(above)) * _HUNDRED / (below.amount.value + _slack(below))
    high = (
        (above.amount.value + _slack(above)) * _HUNDRED / max(below.amount.value - _slack(below), Decimal(1))
    )
    place = stated.amount.place
    if low - place < stated.figure.value < high + place:
        return
    yield _disagreement(stated, rounded_to(computed, place), f"按{how}重新计算，与所印数字不一致")


def _slack(found: Found) -> Decimal:
    """How far the true value may lie from a value printed in 万 or with decimals."""
    return found.amount.place * _HALF if found.amount.rounded else Decimal(0)


def _shares(found: Sequence[Found]) -> Iterator[Disagreement]:
    """其中网上受理60件，占比60%: the part before it, of the total before that."""
    for position, each in enumerate(found):
        if not SHARE.fullmatch(each.figure.measure) or each.figure.unit != "%" or position == 0:
            continue
        part = found[position - 1]
        total = _total_of(_before(found, position - 1), part) if part.part else None
        if total and not (part.amount.approximate or total.amount.approximate):
            yield from _compare(each, part, total, "分项÷总数")


def _total_of(before: Sequence[Found], part: Found) -> Found | None:
    """The latest figure that the part is a part of."""
    for each in reversed(before):
        whole = (
            not each.part
            and each.figure.measure == part.figure.measure
            and each.figure.unit == part.figure.unit
        )
        if whole and each.figure.scope is part.figure.scope:
            return each
    return None


def _growth(found: Sequence[Found]) -> Iterator[Disagreement]:
    """环比增长10% against the figure before it and the one of 上周 with the same measure and type."""
    for position, each in enumerate(found):
        rises, falls = (bool(words.search(each.figure.measure)) for words in (RISES, FALLS))
        if each.figure.unit != "%" or rises == falls or "同比" in each.figure.measure:
            continue
        pair = _two_weeks(_before(found, position))
        if pair is not None and pair[1].figure.value:
            now, before = (one.figure.value for one in pair)
            computed = (now - before if rises else before - now) * _HUNDRED / before
            if abs(computed - each.figure.value) >= each.amount.place:
                shown = rounded_to(computed, each.amount.place)
                yield _disagreement(each, shown, "按前后两期数字重新计算，与所印增幅不一致")


def _two_weeks(found: Sequence[Found]) -> tuple[Found, Found] | None:
    """The latest figure of this week and the only one of the last week that it can be compared with."""
    counts = [each for each in found if each.figure.unit != "%" and not each.amount.rounded]
    earlier = [each for each in counts if _is_of_last_week(each)]
    now = next((each for each in reversed(counts) if not _is_of_last_week(each)), None)
    if now is None or now.figure.scope is not Scope.WEEK or now.amount.approximate:
        return None
    same = [
        one
        for one in earlier
        if one.figure.measure == now.figure.measure and one.figure.type == now.figure.type
    ]
    return (now, same[0]) if len(same) == 1 and not same[0].amount.approximate else None


def _is_of_last_week(found: Found) -> bool:
    return found.figure.scope_text in {"上周", "前一周", "上月", "上季度"}


def _sums(found: Sequence[Found]) -> Iterator[Disagreement]:
    """A300件、B200件，共计510件: all figures of that measure before it in the sentence."""
    for position, each in enumerate(found):
        if not each.sums_up or each.part or each.figure.unit == "%":
            continue
        before = [
            one
            for one in _before(found, position)
            if one.group == each.group and _adds_up(one, each) and one.own_type and not one.part
        ]
        if len(before) >= 2 and not before[0].sums_up:
            yield from _compare_sum(each, before, "各项之和与所印合计不一致")


def _adds_up(one: Found, total: Found) -> bool:
    same_unit = one.figure.unit == total.figure.unit and one.figure.scope is total.figure.scope
    return same_unit and one.figure.measure == total.figure.measure


def _parts(found: Sequence[Found]) -> Iterator[Disagreement]:
    """受理1000件，其中窗口300件、网上600件: two or more parts that the report sets out as the whole."""
    for _, group in groupby(enumerate(found), key=lambda pair: (pair[1].part, pair[1].sentence_number)):
        members = list(group)
        parts = [each for _, each in members if each.part and each.figure.unit != "%"]
        if len(parts) < 2 or any(each.open_list for each in parts) or _overlap(parts):
            continue
        total = _total_of(_before(found, members[0][0]), parts[0])
        alike = total is not None and all(_adds_up(each, total) for each in parts)
        if total is not None and alike and len({each.figure.type for each in parts}) == len(parts):
            yield from _compare_sum(total, parts, "“其中”各项之和与总数不一致")


def _overlap(parts: Sequence[Found]) -> bool:
    if {each.figure.type for each in parts} == KINDS_OF_CASE:
        return False
    return any(OVERLAPPING.search(f"{each.figure.type}{each.figure.measure}") for each in parts)


def _compare_sum(total: Found, parts: Sequence[Found], why: str) -> Iterator[Disagreement]:
    if total.amount.approximate or any(each.amount.approximate for each in parts):
        return
    computed = sum((each.figure.value for each in parts), Decimal(0))
    slack = _slack(total) + sum((_slack(each) for each in parts), Decimal(0))
    if abs(computed - total.figure.value) > slack:
        yield _disagreement(total, computed, why)


def _disagreement(stated: Found, computed: Decimal, why: str) -> Disagreement:
    return Disagreement(stated.figure.sentence, stated.figure.value, computed, why)
