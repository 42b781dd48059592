"""Sums and percentages recomputed from the figures beside them; rounding is no contradiction.

办结 above 受理 is no contradiction: cases carry over from earlier periods.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby, pairwise

from .figures import Found
from .lexicon import (
    FALLS,
    KINDS_OF_CASE,
    LAST_SPAN,
    LAST_YEAR,
    OVERLAPPING,
    QUARTERS,
    RATIO_OF,
    RISES,
    SHARE,
)
from .numerals import rounded_to
from .report import Disagreement, Scope

_HUNDRED = Decimal(100)
_HALF = Decimal("0.5")
# A figure is compared with those shortly before it; a bound keeps junk cheap.
_REACH = 100


def check_figures(found: Sequence[Found]) -> list[Disagreement]:
    """The contradictions inside one section; `found` holds its figures in printed order."""
    return [*_ratios(found), *_shares(found), *_growth(found), *_sums(found), *_parts(found)]


def check_across(sections: Sequence[Sequence[Found]]) -> list[Disagreement]:
    """The contradictions between sections: shares of the section before, quarters and year, a figure told twice."""
    found = [each for section in sections for each in section]
    return [*_shares_of_earlier(sections), *_quarters(found), *_told_twice(found)]


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
        head = _head_of_parts(found, position - 1)
        total = None if head is None else _total_of(_before(found, head), found[position - 1])
        if total:
            yield from _share(each, found[position - 1], total)


def _head_of_parts(found: Sequence[Found], position: int) -> int | None:
    """Where the list of parts begins that a figure stands in: 其中A件，占比…；B件，占比….

    None where it is no part.
    """
    part = found[position]
    while not found[position].part:
        position -= 2
        if position < 0 or found[position].group != part.group:
            return None
        same = found[position].figure.measure == part.figure.measure
        if not same or not SHARE.fullmatch(found[position + 1].figure.measure):
            return None
    return position


def _share(share: Found, part: Found, total: Found) -> Iterator[Disagreement]:
    if not (part.amount.approximate or total.amount.approximate):
        yield from _compare(share, part, total, "分项÷总数")


def _shares_of_earlier(sections: Sequence[Sequence[Found]]) -> Iterator[Disagreement]:
    """其中 at the head of a section speaks of the total of the section before."""
    for earlier, found in pairwise(sections):
        if not found or not found[0].part:
            continue
        for position, (part, each) in enumerate(pairwise(found)):
            if not SHARE.fullmatch(each.figure.measure) or each.figure.unit != "%":
                continue
            head = _head_of_parts(found, position)
            own = head is None or _total_of(_before(found, head), part)
            total = None if own else _total_of(earlier[-_REACH:], part)
            if total:
                yield from _share(each, part, total)


def _quarters(found: Sequence[Found]) -> Iterator[Disagreement]:
    """The four quarters of a measure against the figure of the whole year."""
    for each in found:
        whole = each.figure.scope is Scope.YEAR_TO_DATE and "年" in (each.figure.scope_text or "")
        if not whole or not each.plain_count or each.figure.unit == "%":
            continue
        parts = [_quarter(found, each, name) for name in QUARTERS]
        known = [one for one in parts if one is not None]
        if len(known) == len(QUARTERS):
            yield from _compare_sum(each, known, "四个季度之和与全年数不一致")


def _quarter(found: Sequence[Found], year: Found, name: str) -> Found | None:
    same = [
        one
        for one in found
        if (one.figure.scope_text or "").endswith(name)
        and not (one.figure.scope_text or "").endswith("前三季度")
        and (one.figure.type, one.figure.measure, one.figure.unit)
        == (year.figure.type, year.figure.measure, year.figure.unit)
        and one.plain_count
    ]
    return same[0] if len(same) == 1 else None


def _told_twice(found: Sequence[Found]) -> Iterator[Disagreement]:
    """Two sentences that say the same up to their first number, and then another number."""
    told: dict[object, Found] = {}
    for each in found:
        figure = each.figure
        if len(each.lead) < 3 or figure.scope_text is None or not each.plain_count or each.amount.approximate:
            continue
        key = (each.lead, figure.scope, figure.as_of, figure.type, figure.measure, figure.unit)
        first = told.setdefault(key, each)
        apart = abs(first.figure.value - figure.value)
        if apart > _slack(first) + _slack(each):
            yield _disagreement(each, first.figure.value, "同一事项前后两处数字不一致")


def _total_of(before: Sequence[Found], part: Found) -> Found | None:
    """The latest figure that the part is a part of."""
    for each in reversed(before):
        whole = (
            not each.part
            and not _is_earlier(each)
            and each.figure.measure == part.figure.measure
            and each.figure.unit == part.figure.unit
        )
        if whole and each.figure.scope is part.figure.scope:
            return each
    return None


def _growth(found: Sequence[Found]) -> Iterator[Disagreement]:
    """环比增长10% against the figure before it and the one of 上周 (同比: of 去年同期), same measure and type."""
    for position, each in enumerate(found):
        rises, falls = (bool(words.search(each.figure.measure)) for words in (RISES, FALLS))
        if each.figure.unit != "%" or rises == falls:
            continue
        spans = LAST_YEAR if "同比" in each.figure.measure else LAST_SPAN
        after = [one for one in found[position + 1 : position + 3] if one.group == each.group]
        pair = _two_spans(_before(found, position), after, spans)
        if pair is not None and pair[1].figure.value:
            now, before = (one.figure.value for one in pair)
            computed = (now - before if rises else before - now) * _HUNDRED / before
            if abs(computed - each.figure.value) >= each.amount.place:
                shown = rounded_to(computed, each.amount.place)
                yield _disagreement(each, shown, "按前后两期数字重新计算，与所印增幅不一致")


def _two_spans(
    before: Sequence[Found], after: Sequence[Found], spans: frozenset[str]
) -> tuple[Found, Found] | None:
    """The latest figure of this span and the only one of the earlier span that it can be compared with."""
    counts, later = (
        [each for each in some if each.figure.unit != "%" and not each.amount.rounded]
        for some in (before, after)
    )
    earlier = [each for each in (*counts, *later) if each.figure.scope_text in spans]
    now = next((each for each in reversed(counts) if not _is_earlier(each) and each.plain_count), None)
    if now is None or now.figure.scope is not Scope.WEEK or now.amount.approximate:
        return None
    same = [
        one
        for one in earlier
        if one.figure.measure == now.figure.measure and one.figure.type == now.figure.type
    ]
    return (now, same[0]) if len(same) == 1 and not same[0].amount.approximate else None


def _is_earlier(found: Found) -> bool:
    return found.figure.scope_text in LAST_SPAN | LAST_YEAR


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
