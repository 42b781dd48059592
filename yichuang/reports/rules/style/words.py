"""Phrases and characters by table, words written twice, items and sentences that are too long."""

import re
from collections.abc import Iterator
from datetime import date

from yichuang.reports.rules.style.findings import Finding
from yichuang.reports.rules.style.sheet import Phrase, Sheet

_TWICE = re.compile(r"(?P<word>[\u4e00-\u9fff]{2,6})(?P=word)")
# Few particles can be told: 目的的, 参与与, 为了了解, 以及及时 are right.
_PARTICLES = re.compile(r"(?<!目)的的|(?<![于但就还可总都若要或])是是(?!非)")
# 一个一个, 逐项逐项 and verbs said twice (研究研究) are Chinese; so are names like 一码一码通.
_MAY_REPEAT = re.compile(r"^(?:[一逐每各两]|研究|讨论|商量|考虑|了解|体验|宣传|家家|户户)")
_SENTENCE = re.compile(r"[^。！？；\n]+[。！？；]?")


def phrases(text: str, sheet: Sheet, day: date | None = None) -> Iterator[Finding]:
    """Every row of the table that holds on the day."""
    for row in sheet.phrases:
        if not row.in_force(day):
            continue
        for found in row.pattern.finditer(text):
            if found[0]:
                yield _finding(row, found)


def _finding(row: Phrase, found: re.Match[str]) -> Finding:
    better = found.expand(row.better) if row.better is not None else None
    how = "改写" if better is None else f"改为「{better}」" if better else "删去"
    return Finding(row.rule, *found.span(), found[0], how, better, row.why, row.severity)


def doubled(text: str) -> Iterator[Finding]:
    """服务服务 → 服务, 的的 → 的."""
    for found in _TWICE.finditer(text):
        size = len(found["word"])
        start = found.start()
        # 政务服务服务: of the places where the same signs repeat, the last one shows the word.
        while text[start + 2 * size : start + 2 * size + 1] == text[start]:
            start += 1
        word = text[start : start + size]
        if not (_MAY_REPEAT.match(found["word"]) or _MAY_REPEAT.match(word)):
            yield Finding("doubled", start, start + 2 * size, word * 2, f"留一个「{word}」", word)
    for found in _PARTICLES.finditer(text):
        yield Finding("doubled", *found.span(), found[0], f"留一个「{found[0][0]}」", found[0][0])


def lengths(text: str, sheet: Sheet) -> Iterator[Finding]:
    """An item, a sentence that is too long for its reader."""
    if len(text) > sheet.longest_item:
        how = f"本条{len(text)}字，宜在{sheet.longest_item}字以内，请删减或分条"
        yield Finding("long-item", 0, min(12, len(text)), text[:12], how)
    for found in _SENTENCE.finditer(text):
        if len(found[0]) > sheet.longest_sentence:
            how = f"这句{len(found[0])}字，宜在{sheet.longest_sentence}字以内，请断句"
            yield Finding("long-sentence", found.start(), found.start() + 12, found[0][:12], how)
