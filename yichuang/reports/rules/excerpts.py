"""The place in a text where the words of a question stand, for a list of hits."""

from dataclasses import dataclass

from yichuang.kernel import bigrams

AROUND = 34


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Some text with the hit in its middle; `hit` is empty where the words stand apart."""

    before: str
    hit: str
    after: str


def excerpt(text: str, question: str) -> Excerpt:
    """The first line that holds the question, cut to some characters around it; else the text's beginning.

    Folded as the search folds (width and case); where folding changes the length of a line, the line is shown
    without a mark.
    """
    for wanted in (question.strip(), *question.split()):
        folded = bigrams.fold(wanted)
        if not folded:
            continue
        for line in text.splitlines():
            place = bigrams.fold(line).find(folded)
            if place >= 0:
                return _around(line, place, len(folded))
    return Excerpt(text.replace("\n", " ")[: AROUND * 2], "", "")


def _folds_in_place(line: str) -> bool:
    """Whether every character folds to one of its own, so that places in the folded line are places in the line."""
    alone = {char: bigrams.fold(char) for char in set(line)}
    if any(len(folded) != 1 for folded in alone.values()):
        return False
    return "".join(alone[char] for char in line) == bigrams.fold(line)


def _around(line: str, place: int, length: int) -> Excerpt:
    if not _folds_in_place(line):
        return Excerpt(line[: AROUND * 3], "", "")
    start, end = max(0, place - AROUND), place + length
    before = ("…" if start else "") + line[start:place]
    after = line[end : end + AROUND] + ("…" if len(line) > end + AROUND else "")
    return Excerpt(before, line[place:end], after)
