"""Chinese full-text search by character bigrams, for PostgreSQL's `tsvector` without any dictionary.

Every character of a Chinese run starts a two-character lexeme at its own position, and the run's last
character stands alone: 水利厅 becomes 水利:1 利厅:2 厅:3. A longer word is then a phrase of consecutive
bigrams and a single character is a prefix, so any part of a run is found and nothing else. Latin words and
numbers stay whole words. Text is folded first (NFKC, case): full-width and half-width, upper and lower case
are one.

Write `document(text)` or `weighted(fields)` as `%s::tsvector` and `query(text)` as `%s::tsquery`; no text
search configuration is used.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from typing import Literal

Weight = Literal["A", "B", "C", "D"]

# Bounds of PostgreSQL: positions end at 16383, a lexeme keeps 256 of them, a tsvector holds 1 MB (less a
# margin here).
MAX_POSITION = 16383
MAX_OCCURRENCES = 256
MAX_BYTES = 1_000_000
MAX_WORD = 255
MAX_QUERY = 1000
# Longer texts are laid in windows of MAX_POSITION that overlap by this much, so that a phrase up to this
# length is whole in one of them.
MAX_PHRASE = 128
_STEP = MAX_POSITION - MAX_PHRASE

_HAN = "han"
_WORD = "word"
_FIRST_EAST_ASIAN = "\u2e80"
_OVERHEAD = 4


def document(text: str, weight: Weight | None = None) -> str:
    """The literal of a `tsvector` with positions for any text, "" where nothing is searchable.

    `weight` marks every lexeme. For limits and for several fields see `weighted`.
    """
    return weighted([(text, weight)])


def weighted(fields: Iterable[tuple[str, Weight | None]]) -> str:
    """The literal of one `tsvector` for several fields, each with its weight (a title A, a body D).

    No phrase reaches from one field into the next. Limits: what goes beyond 1 MB of lexemes cannot be found;
    a bigram that occurs more than 256 times keeps 256 positions for phrases (by itself it is still found);
    past 16,383 characters positions start anew, so a phrase may, rarely, match where its parts are apart.
    """
    places: dict[str, dict[int, str]] = {}
    room = MAX_BYTES
    marked = ((lexeme, weight or "") for text, weight in fields for lexeme in _lexemes(text))
    for number, (lexeme, mark) in enumerate(marked):
        if lexeme not in places:
            room -= len(lexeme.encode()) + _OVERHEAD
            places[lexeme] = {}
        known = places[lexeme]
        before = len(known)
        if before < MAX_OCCURRENCES:
            known |= dict.fromkeys(_positions(number), mark)
        room -= 2 * (len(known) - before)
        if room < 0:
            break
    return " ".join(f"'{lexeme}':{_written(places[lexeme])}" for lexeme in sorted(places))


def query(text: str) -> str:
    """The literal of a `tsquery` that asks for every word of the text, "" where nothing in it is searchable.

    A Chinese run is a phrase of bigrams, a single character (also a Latin one) a prefix, a word is itself.
    Only the first 1,000 characters of a question are asked for; an over-long run is asked for in pieces.
    """
    terms = [term for kind, run in _runs(text[:MAX_QUERY]) for term in _terms(kind, run)]
    return " & ".join(dict.fromkeys(terms))


def fold(text: str) -> str:
    """The text as it is compared: compatibility forms, case and invisible format characters folded away."""
    compatible = unicodedata.normalize("NFKC", text).casefold()
    visible = "".join(char for char in compatible if not _is_invisible(char))
    return unicodedata.normalize("NFKC", visible)


def _is_invisible(char: str) -> bool:
    if char.isascii():
        return False
    is_variation_selector = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    return is_variation_selector or unicodedata.category(char) == "Cf"


def _class(char: str) -> str:
    """Which kind of run a character belongs to; "" separates.

    The private use area counts as Chinese: rare characters of names are still stored there.
    """
    if char >= _FIRST_EAST_ASIAN:
        return _HAN if char.isalnum() or "\ue000" <= char <= "\uf8ff" else ""
    if char.isalnum() or (not char.isascii() and unicodedata.category(char)[0] == "M"):
        return _WORD
    return ""


def _runs(text: str) -> Iterator[tuple[str, str]]:
    for kind, run in groupby(fold(text), key=_class):
        if kind == _HAN:
            yield kind, "".join(run)
        elif kind == _WORD:
            yield kind, "".join(run)[:MAX_WORD]


def _lexemes(text: str) -> Iterator[str]:
    """One lexeme for each position; letters and digits only, so nothing in them needs escaping."""
    for kind, run in _runs(text):
        if kind == _WORD:
            yield run
        else:
            yield from (first + second for first, second in pairwise(run))
            yield run[-1]


def _written(known: dict[int, str]) -> str:
    return ",".join(f"{place}{known[place]}" for place in sorted(known)[:MAX_OCCURRENCES])


def _positions(number: int) -> Iterator[int]:
    """The positions of the n-th lexeme (from 0): its place in its window, and in an overlapped one before."""
    window, place = divmod(number, _STEP)
    yield place + 1
    if window and place < MAX_PHRASE:
        yield place + _STEP + 1


def _terms(kind: str, run: str) -> Iterator[str]:
    if len(run) == 1:
        yield f"'{run}':*"
    elif kind == _WORD:
        yield f"'{run}'"
    else:
        bigrams = [f"'{first}{second}'" for first, second in pairwise(run)]
        for start in range(0, len(bigrams), MAX_PHRASE):
            phrase = bigrams[start : start + MAX_PHRASE]
            yield phrase[0] if len(phrase) == 1 else f"({'<->'.join(phrase)})"
