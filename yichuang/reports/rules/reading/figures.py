"""Every number with a measure, sentence by sentence: scope, type, measure, value, unit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .lexicon import (
    APPROXIMATE,
    AVERAGE,
    EARLIER,
    FROM_WORD,
    KNOWN_KIND,
    LEAD_NOISE,
    ONLY_SUM,
    SUM_WORD,
    TO_WORD,
)
from .measures import Measured, clean_type, measure_of, phrase_before, respectively
from .numerals import NUMBER, Amount, amount
from .report import Figure, Period
from .scopes import Spans
from .text import sentences

_BRACKETS = re.compile(r"[（(][^（）()]{0,40}[)）]")
_EARLIER_IN_BRACKETS = re.compile(r"[（(][^（）()]{0,12}(?:上周|上月|上年|去年|同期)[^（）()]{0,20}[)）]")
_CLAUSE_END = re.compile(r"[；;。]|^[）)]")
_PARTS_BEGIN = re.compile("其中|包括|包含")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LIST_SIGN = re.compile(r"[、，,和与及]*")
# How far back the words of a measure may begin.
_REACH = 80


@dataclass(frozen=True)
class Found:
    """A figure with what the checks need: its precision, and its part in a sum.

    `plain_count`: a number of things, neither a percentage nor a growth; only such a figure has parts.
    `lead`: what the sentence says before its first figure, without fillers; empty for further figures.
    """

    figure: Figure
    amount: Amount
    part: bool = False
    sums_up: bool = False
    open_list: bool = False
    sentence_number: int = 0
    own_type: bool = False
    group: str = ""
    plain_count: bool = True
    lead: str = ""


def read_figures(text: str, period: Period, year: int | None, named: str | None = None) -> list[Found]:
    """The figures of one paragraph; `named` is the type that its heading gives to all of them."""
    spans = Spans(period, year)
    found: list[Found] = []
    for number, sentence in enumerate(sentences(text)):
        found.extend(_Sentence(sentence, number, spans, named, found).read())
    return found


def has_figure(text: str) -> bool:
    """Whether a number with a measure stands in the text."""
    return bool(read_figures(text, Period(), None))


class _Sentence:
    """Reads one sentence from number to number."""

    def __init__(
        self, text: str, number: int, spans: Spans, named: str | None, before: Sequence[Found]
    ) -> None:
        self._text = text
        self._number = number
        self._spans = spans
        self._named = named
        self._last = before[-1] if before else None
        self._last_count = next((each for each in reversed(before) if each.plain_count), None)
        self._subject: str | None = None
        self._in_parts = False
        self._new_clause = False
        self._waiting: list[Measured] = []

    def read(self) -> list[Found]:
        found: list[Found] = []
        end = 0
        for match in NUMBER.finditer(self._text):
            near = self._text[max(end, match.start() - _REACH) : match.start()]
            measured = self._measured(match, near) if self._counts(match, near) else None
            value = amount(match) if measured else None
            if measured is None or value is None:
                continue
            self._spans.read(_without_change(self._text[end : match.start()]))
            lead = "" if found else LEAD_NOISE.sub("", self._text[: match.start()])
            found.append(replace(self._found(match, value, near, measured), lead=lead))
            self._last = found[-1]
            self._last_count = found[-1] if found[-1].plain_count else self._last_count
            end = match.end()
        self._spans.read(self._text[end:])
        return found

    def _counts(self, match: re.Match[str], near: str) -> bool:
        """Not a day, an ordinal, the old value of a change, or a number with a word instead of a unit."""
        after = self._text[match.end() : match.end() + 8]
        if FROM_WORD.search(near) and TO_WORD.match(after):
            return False
        if match["unit"] in {"日", "天", "期", "个月"} and re.search(r"月$|第$", near):
            return False
        if match["unit"] is None:
            return not re.match(r"[\u4e00-\u9fffA-Za-z+×—-]", after)
        return not after.startswith("+")

    def _measured(self, match: re.Match[str], near: str) -> Measured | None:
        words = _BRACKETS.sub("", near)
        self._new_clause = bool(_CLAUSE_END.search(words))
        self._in_parts = self._in_parts and not self._new_clause
        if self._waiting and _LIST_SIGN.fullmatch(words):
            return self._waiting.pop(0)
        if not _HAN.search(words):
            return None
        self._waiting = respectively(words)
        if self._waiting:
            return self._waiting.pop(0)
        parts_begin = bool(_PARTS_BEGIN.search(words))
        phrase = phrase_before(words)
        measured = None if phrase.endswith("类") else measure_of(phrase, match["unit"])
        measured = (
            measured or self._inherited(phrase, words, match["unit"]) or measure_of(phrase, match["unit"])
        )
        if measured is None:
            return None
        other_list = measured.listed and not (parts_begin or self._in_parts)
        if other_list or (self._new_clause and measured.subject):
            self._subject = None
        self._in_parts = parts_begin or (self._in_parts and self._stays_part(measured, match["unit"]))
        return measured

    def _stays_part(self, measured: Measured, unit: str | None) -> bool:
        """A figure with another measure and no type of its own speaks of the whole again."""
        same = self._last is not None and measured.measure == self._last.figure.measure
        return unit == "%" or same or measured.type is not None

    def _inherited(self, phrase: str, words: str, unit: str | None) -> Measured | None:
        """行政许可1200件、公共服务3400件: the measure of the figure before, for a type of its own."""
        last = self._last_count
        if last is None or unit is None or unit != last.figure.unit:
            return None
        parts = self._in_parts or bool(_PARTS_BEGIN.search(words))
        if not parts and last.sentence_number != self._number:
            return None
        if EARLIER.fullmatch(phrase.removesuffix("为")):
            return Measured(last.figure.measure, subject=last.figure.type or "", listed=True)
        if ONLY_SUM.fullmatch(phrase):
            return Measured(last.figure.measure, listed=True)
        average = AVERAGE.fullmatch(phrase)
        if average:
            return Measured(average[0] + last.figure.measure, listed=True)
        kind = clean_type(phrase)
        in_list = parts or words.startswith(("、", "；")) or bool(KNOWN_KIND.search(phrase))
        return Measured(last.figure.measure, subject=kind, listed=True) if kind and in_list else None

    def _found(self, match: re.Match[str], value: Amount, near: str, measured: Measured) -> Found:
        own = measured.type
        if own and not self._in_parts and match["unit"] != "%" and not measured.listed:
            self._subject = own
        sums_up = bool(SUM_WORD.search(phrase_before(near)))
        span = self._spans.use(compared=measured.is_growth)
        figure = Figure(
            scope=span.scope,
            type=self._named or own or self._earlier_type(match["unit"], measured, sums_up),
            measure=measured.measure,
            as_of=span.as_of,
            value=value.value,
            unit=match["unit"],
            sentence=self._text.strip(),
            scope_text=span.text,
            approximate=value.approximate or bool(APPROXIMATE.search(near)),
        )
        return Found(
            figure,
            replace(value, approximate=figure.approximate),
            part=self._in_parts,
            sums_up=sums_up,
            open_list=self._text.startswith("等", match.end()),
            sentence_number=self._number,
            own_type=bool(own),
            group=figure.sentence,
            plain_count=match["unit"] != "%" and not measured.is_growth,
        )

    def _earlier_type(self, unit: str | None, measured: Measured, sums_up: bool) -> str | None:
        """The type of the sentence; a share keeps that of its part, a sum over types has none."""
        last = self._last
        if unit == "%" and last is not None:
            apart = self._new_clause and not EARLIER.fullmatch(last.figure.scope_text or "")
            return None if apart and last.sentence_number == self._number else last.figure.type
        if sums_up and last is not None and last.own_type and last.figure.measure == measured.measure:
            return None
        return self._subject


def _without_change(words: str) -> str:
    """The words without 由上周的97%上升到 and （含上周结转）: the week of the old value is not the figure's."""
    words = _EARLIER_IN_BRACKETS.sub("", words)
    return re.sub(r"(?:由|从)[^，,；;。]{0,24}$", "", words) if TO_WORD.search(words[-12:]) else words
