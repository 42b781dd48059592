"""The numbers of headings in an official document (GB/T 9704-2012 §7.3.3): 一、（一） 1. （1）."""

from collections.abc import Sequence
from dataclasses import replace

from yichuang.gateways.documents.model import Section, text_of

_DIGITS = "零一二三四五六七八九"


def chinese(number: int) -> str:
    """1–99 in Chinese: 一, 十, 十二, 二十, 三十四. Raises ValueError outside."""
    if not 1 <= number <= 99:
        raise ValueError(f"headings are numbered 1 to 99, not {number}")
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")


def section_number(level: int, number: int) -> str:
    """The number as printed at a level 1–4."""
    return {
        1: f"{chinese(number)}、",
        2: f"（{chinese(number)}）",
        3: f"{number}.",
        4: f"（{number}）",
    }[level]


def closed_up(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Sections renumbered from one on each level, those without a word in them or below them dropped.

    An empty subsection therefore leaves no gap in the numbering.
    """
    counts = [0, 0, 0, 0]
    kept: list[Section] = []
    for index, section in enumerate(sections):
        if not (_speaks(section) or _speaks_below(sections, index)):
            continue
        counts[section.level - 1] += 1
        counts[section.level :] = [0] * (4 - section.level)
        kept.append(replace(section, number_text=section_number(section.level, counts[section.level - 1])))
    return tuple(kept)


def _speaks(section: Section) -> bool:
    return any(text_of(paragraph).strip() for paragraph in section.paragraphs)


def _speaks_below(sections: Sequence[Section], index: int) -> bool:
    for section in sections[index + 1 :]:
        if section.level <= sections[index].level:
            return False
        if _speaks(section):
            return True
    return False
