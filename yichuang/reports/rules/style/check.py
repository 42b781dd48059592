"""All rules over all texts of an issue, in reading order; a mark by which an ignored finding is known again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from yichuang.reports.rules.comparison import COPY, RESULT, Piece
from yichuang.reports.rules.style import consistency, names, numerals, posts, punctuation, words
from yichuang.reports.rules.style.findings import RULES, Finding
from yichuang.reports.rules.style.sheet import Sheet

_ALONE: tuple[Callable[[str], Iterator[Finding]], ...] = (
    punctuation.half_width,
    punctuation.full_width,
    punctuation.document_numbers,
    punctuation.pairs,
    punctuation.straight_quotes,
    punctuation.repeated,
    punctuation.listed,
    punctuation.comma_and,
    punctuation.ranges,
    punctuation.spaces,
    numerals.leading_zeros,
    numerals.han_dates,
    numerals.short_years,
    numerals.dotted_dates,
    numerals.thousands,
    numerals.great_numbers,
    numerals.percents,
    numerals.vague,
    numerals.fewer,
    numerals.ordinals,
    posts.comrades,
    consistency.lists,
    consistency.parts,
    consistency.shares,
    words.doubled,
)
_AROUND = 40
# Printed after a heading or a colon, which closes the sentence itself.
_OPEN_ENDED = (RESULT, COPY)


@dataclass(frozen=True, slots=True)
class Found:
    """A finding with the text that it stands in. `mark` stays the same while the words around it do."""

    piece: Piece
    finding: Finding

    @property
    def mark(self) -> str:
        """Names the finding by its rule, its words, what is to be done and its neighbourhood, wherever the item is moved."""
        each, text = self.finding, self.piece.text
        around = text[max(each.start - _AROUND, 0) : each.end + _AROUND]
        return sha256(f"{each.rule}\0{each.found}\0{each.how}\0{around}".encode()).hexdigest()

    @property
    def before(self) -> str:
        """The words before it, for the eye."""
        return self.piece.text[max(self.finding.start - 16, 0) : self.finding.start]

    @property
    def after(self) -> str:
        """The words after it."""
        return self.piece.text[self.finding.end : self.finding.end + 16]


def check_text(text: str, sheet: Sheet, *, day: date | None = None, ends: bool = True) -> tuple[Finding, ...]:
    """The findings of one text, by place; `day` is the report's, `ends` whether paragraphs end with a full stop."""
    found = [finding for rule in _ALONE for finding in rule(text)]
    found += numerals.real_days(text, day.year if day else None)
    found += names.departments(text, sheet)
    found += posts.posts(text, sheet)
    found += words.phrases(text, sheet, day)
    found += words.lengths(text, sheet)
    if ends:
        found += punctuation.missing_end(text)
    return tuple(_plain(found))


def _plain(found: Sequence[Finding]) -> Iterator[Finding]:
    """By place, each once; of two rules that would write the same words at the same place, the graver one."""
    order = list(RULES)
    seen: set[tuple[int, int, str | None]] = set()
    for each in sorted(found, key=lambda one: (one.start, one.end, order.index(one.rule))):
        key = (each.start, each.end, each.replacement if each.replacement is not None else each.rule)
        if key not in seen:
            seen.add(key)
            yield each


def check(pieces: Sequence[Piece], sheet: Sheet, *, day: date | None = None) -> tuple[Found, ...]:
    """Every finding of an issue, in reading order."""
    texts = [piece.text for piece in pieces]
    across = [*names.mixed_names(texts, sheet), *consistency.two_values(texts)]
    found: list[Found] = []
    for place, piece in enumerate(pieces):
        ends = not piece.key.startswith(_OPEN_ENDED)
        own = [*check_text(piece.text, sheet, day=day, ends=ends)]
        own += [finding for number, finding in across if number == place]
        found += [Found(piece, finding) for finding in sorted(own, key=lambda each: (each.start, each.end))]
    return tuple(found)


def apply_fix(text: str, finding: Finding) -> str | None:
    """The text with the finding's words replaced; None where there is no safe wording or the words have changed."""
    if finding.replacement is None or text[finding.start : finding.end] != finding.found:
        return None
    return text[: finding.start] + finding.replacement + text[finding.end :]
