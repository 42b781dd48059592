"""What the words before a number name: its measure, and the type of matter that is counted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .lexicon import (
    ACTS,
    AREA,
    AVERAGE,
    CHANGE,
    COUNT_NOUN,
    FILLER,
    GROWTH,
    ITEM_TYPE,
    MONEY,
    OTHER_RATIO,
    RATIO,
    RECEIVED,
    TAIL,
    THINGS,
    TIME,
)

_TIME_IN_TYPE = re.compile(
    r"^.*(?:本周|上周|今年以来|今年|截至目前|目前|本月|累计(?=.)|年初以来|去年同期|季度|上半年|\d月|\d日|以来|期间)(?:累计)?"
)
_DELIMITER = re.compile(r"[，,；;。！？、（）()\n]")
_QUOTES = re.compile("[“”‘’《》「」]")
_LONGEST_TYPE = 16
# No measure and its type are longer; a bound keeps junk cheap.
_LONGEST_PHRASE = 48
_FILLED = re.compile(rf"(?:{FILLER})*+")
_RATIO_AT_END = re.compile(rf"(?P<subject>.*?)(?P<measure>{RATIO})的?(?:{FILLER})*+")
# 占全市办件量的23.4%: a share of something that the report may not print, so its words stay in the measure.
_SHARE_AT_END = re.compile(r"(?P<subject>.*?)(?P<measure>占[^占]{1,14}?)(?:的|约|近|达到|达|为|超过)*+")
_GROWTH_AT_END = re.compile(rf"(?P<subject>.*?)(?P<measure>{GROWTH})(?:{FILLER})*+")
_OTHER_RATIO_AT_END = re.compile(
    rf"(?P<subject>.*(?:周|年|月|累计|全[省市县区州]|以来|目前)|.*?)(?P<measure>{OTHER_RATIO})的?(?:{FILLER})*+"
)
_NOUN_AT_END = re.compile(rf"(?P<subject>.*?)(?P<measure>{COUNT_NOUN})(?:{FILLER})*+")
_GROWTH = re.compile(GROWTH)
_WORDS_OF_ACTS = tuple(re.compile(words) for words in (ACTS, THINGS, RECEIVED))
_MEASURE = f"(?:{ACTS}|{THINGS})"
_RESPECTIVELY = re.compile(rf"(?P<list>[^，,；;。]{{2,30}})分别(?P<measure>{_MEASURE})?(?:{FILLER})*+$")
_LISTED = re.compile(rf"(?:{_MEASURE})(?:总?量|数)?")


@dataclass(frozen=True)
class Measured:
    """The measure before a number, with the words before (subject) and after it (object).

    `listed`: taken over from the figure before, as in 行政许可1200件、公共服务3400件.
    """

    measure: str
    subject: str = ""
    object: str = ""
    listed: bool = False

    @property
    def type(self) -> str | None:
        """The type that the phrase names, if any."""
        return clean_type(self.object) or clean_type(self.subject)

    @property
    def is_growth(self) -> bool:
        """Whether the number says by how much something grew or fell."""
        return bool(_GROWTH.match(self.measure))


def phrase_before(words: str) -> str:
    """The words right before a number, back to the last comma or bracket."""
    return _QUOTES.sub("", CHANGE.sub("", _DELIMITER.split(words)[-1]))[-_LONGEST_PHRASE:]


def measure_of(phrase: str, unit: str | None) -> Measured | None:
    """The measure that the words right before a number name; None where they name none."""
    if unit in {"%", "个百分点", "百分点"}:
        return _at_end(phrase, (_RATIO_AT_END, _GROWTH_AT_END, _OTHER_RATIO_AT_END, _SHARE_AT_END)) or _act(
            phrase, unit
        )
    growth = _at_end(phrase, (_GROWTH_AT_END,))
    if growth or unit in MONEY | TIME:
        noun = growth or _at_end(phrase, (_NOUN_AT_END,))
        return noun or (_act(phrase, unit) if unit in MONEY else None)
    return _act(phrase, unit) or _at_end(phrase, (_NOUN_AT_END, _RATIO_AT_END, _OTHER_RATIO_AT_END))


def respectively(words: str) -> list[Measured]:
    """受理、办结分别为 and 窗口、网上分别受理: one measure for each of the numbers that follow."""
    found = _RESPECTIVELY.search(words[-_LONGEST_PHRASE:])
    if found is None:
        return []
    names = [name for name in re.split("[、和与及]", _QUOTES.sub("", found["list"])) if name]
    if found["measure"]:
        return [Measured(found["measure"], subject=name) for name in names]
    listed = [measure_of(name, None) if _LISTED.search(name) else None for name in names]
    measured = [each for each in listed if each is not None]
    return measured if len(measured) == len(names) > 1 else []


def _at_end(phrase: str, patterns: Sequence[re.Pattern[str]]) -> Measured | None:
    for pattern in patterns:
        found = pattern.fullmatch(phrase)
        if found:
            return Measured(found["measure"], subject=found["subject"])
    return None


def _act(phrase: str, unit: str | None) -> Measured | None:
    """The last act of the phrase, else the last thing, else what was received.

    Without a unit nothing but fillers may stand between the measure and the number. 日均接待 is not 接待.
    """
    average = AVERAGE.search(phrase)
    for pattern in _WORDS_OF_ACTS:
        found = list(pattern.finditer(phrase))
        if not found:
            continue
        after = phrase[found[-1].end() :]
        filled = _FILLED.match(after)
        rest = after[filled.end() if filled else 0 :]
        if rest and unit is None:
            return None
        measured = Measured(found[-1][0], subject=phrase[: found[-1].start()], object=rest)
        if average is None:
            return measured
        subject = AVERAGE.sub("", measured.subject)
        return replace(measured, measure=average[0] + measured.measure, subject=subject)
    return None


def clean_type(words: str) -> str | None:
    """The type that words name, without area, time and filler; None where nothing short remains."""
    words = words.rpartition("：")[2].rpartition(":")[2]
    words = TAIL.sub("", AREA.sub("", _TIME_IN_TYPE.sub("", words)))
    words = ITEM_TYPE.sub(r"\1", words.strip())
    if not 1 < len(words) <= _LONGEST_TYPE or re.search(r"\d", words):
        return None
    return words
