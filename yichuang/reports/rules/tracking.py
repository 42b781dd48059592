"""What changed in a text, sign by sign for Chinese: runs, changes with their authors, reverting one, merging two sides."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise

# Chinese is compared sign by sign; a number or a Latin word is one piece, or 7.8 → 12.2 would be torn to bits.
_PIECE = re.compile(r"\d+(?:[.,]\d+)*%?|[A-Za-z]+|.", re.DOTALL)


class Kind(StrEnum):
    """What became of a run."""

    EQUAL = "equal"
    INSERT = "insert"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class TextRun:
    """A stretch of text that was kept, taken out or put in."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: at `start` of the old text `before` stood, at `place` of the new one `after` stands."""

    start: int
    before: str
    place: int
    after: str


def edits(before: str, after: str) -> tuple[Edit, ...]:
    """The changes from one text to the other, in order; tiny islands between two changes are part of them."""
    old, new = _PIECE.findall(before), _PIECE.findall(after)
    spans = [row[1:] for row in _matcher(old, new) if row[0] != "equal"]
    old_at, new_at = _starts(old), _starts(new)
    return tuple(
        Edit(old_at[a], "".join(old[a:b]), new_at[c], "".join(new[c:d]))
        for a, b, c, d in _without_islands(spans, old)
    )


def _matcher(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """Opcodes; what both texts begin and end with is set aside first, so a long text costs what its change costs."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    middle = SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False)
    return [(tag, a + head, b + head, c + head, d + head) for tag, a, b, c, d in middle.get_opcodes()]


def _starts(pieces: Sequence[str]) -> list[int]:
    found = [0]
    for piece in pieces:
        found.append(found[-1] + len(piece))
    return found


def _without_islands(
    spans: Iterable[tuple[int, int, int, int]], old: Sequence[str]
) -> list[tuple[int, int, int, int]]:
    """Join two changes where what is kept between them is no longer than either of them."""
    joined: list[tuple[int, int, int, int]] = []
    for span in spans:
        joined.append(span)
        while len(joined) > 1 and _island(joined[-2], joined[-1], old):
            (a, _, c, _), (_, b, _, d) = joined[-2:]
            joined[-2:] = [(a, b, c, d)]
    return joined


def _island(left: tuple[int, int, int, int], right: tuple[int, int, int, int], old: Sequence[str]) -> bool:
    kept = old[left[1] : right[0]]
    if "\n" in kept:
        return False
    return len(kept) <= min(max(b - a, d - c) for a, b, c, d in (left, right))


def runs(before: str, after: str) -> tuple[TextRun, ...]:
    """The text with its changes: equal and delete give the old text, equal and insert the new one."""
    return tuple(_runs(before, edits(before, after)))


def _runs(before: str, found: Iterable[Edit]) -> Iterator[TextRun]:
    done = 0
    for edit in found:
        if edit.start > done:
            yield TextRun(Kind.EQUAL, before[done : edit.start])
        if edit.before:
            yield TextRun(Kind.DELETE, edit.before)
        if edit.after:
            yield TextRun(Kind.INSERT, edit.after)
        done = edit.start + len(edit.before)
    if done < len(before):
        yield TextRun(Kind.EQUAL, before[done:])


@dataclass(frozen=True, slots=True)
class Wording:
    """What an item said from one version on; None where it did not stand in the report."""

    version: int
    text: str | None


@dataclass(frozen=True, slots=True)
class TrackedChange:
    """A change between two states of an item, and the versions that made it. `mark` names it for ever."""

    item: str
    edit: Edit
    versions: tuple[int, ...]

    @property
    def mark(self) -> str:
        """The same place with the same two wordings has the same mark, whatever happens elsewhere."""
        edit = self.edit
        return sha256(f"{self.item}\0{edit.start}\0{edit.before}\0{edit.after}".encode()).hexdigest()


def tracked(item: str, history: Sequence[Wording]) -> tuple[TrackedChange, ...]:
    """The changes from the first wording to the last, each with the versions that wrote or deleted its signs."""
    first, last = history[0].text or "", history[-1].text or ""
    died, born = _lives(history)
    found = []
    for edit in edits(first, last):
        took = {died[n] for n in range(edit.start, edit.start + len(edit.before))}
        gave = {born[n] for n in range(edit.place, edit.place + len(edit.after))}
        # What was retyped letter for letter has lived on: then the last saving answers for it.
        versions = tuple(sorted((took | gave) - {0})) or (history[-1].version,)
        found.append(TrackedChange(item, edit, versions))
    return tuple(found)


def _lives(history: Sequence[Wording]) -> tuple[list[int], list[int]]:
    """Which version deleted each sign of the first text, and which wrote each sign of the last; 0 for none."""
    first = history[0].text or ""
    died = [0] * len(first)
    living: list[tuple[int, int]] = [(place, 0) for place in range(len(first))]
    for before, after in pairwise(history):
        grown: list[tuple[int, int]] = []
        done = 0
        for edit in edits(before.text or "", after.text or ""):
            end = edit.start + len(edit.before)
            for place, wrote in living[edit.start : end]:
                if not wrote:
                    died[place] = after.version
            grown += living[done : edit.start]
            grown += [(-1, after.version)] * len(edit.after)
            done = end
        living = grown + living[done:]
    return died, [wrote for _, wrote in living]


def without(before: str, after: str, edit: Edit) -> str | None:
    """The new text with one change taken back, None where the change no longer stands there."""
    if edit not in edits(before, after):
        return None
    return after[: edit.place] + edit.before + after[edit.place + len(edit.after) :]


@dataclass(frozen=True, slots=True)
class Merged:
    """Two sides in one text. `clashes`: how often both had changed the same place; then both wordings stand."""

    text: str
    clashes: int


def merge(base: str, theirs: str, yours: str) -> Merged:
    """What both sides made of a text, in one: each side's changes; where they meet, 〔theirs｜yours〕."""
    left, right = edits(base, theirs), edits(base, yours)
    pieces: list[str] = []
    clashes = done = 0
    for ours in _meeting(left, right):
        start = min(edit.start for _, edit in ours)
        end = max(edit.start + len(edit.before) for _, edit in ours)
        pieces.append(base[done:start])
        sides = [_applied(base, start, end, [e for side, e in ours if side == which]) for which in (0, 1)]
        touched = {side for side, _ in ours}
        if len(touched) == 1 or sides[0] == sides[1]:
            pieces.append(sides[min(touched)])
        else:
            pieces.append(f"〔{sides[0]}｜{sides[1]}〕")
            clashes += 1
        done = end
    return Merged("".join([*pieces, base[done:]]), clashes)


def _meeting(left: Sequence[Edit], right: Sequence[Edit]) -> list[list[tuple[int, Edit]]]:
    """The changes of both sides by place; those that overlap or touch stand together."""
    both = sorted(
        [(0, edit) for edit in left] + [(1, edit) for edit in right], key=lambda row: (row[1].start, row[0])
    )
    groups: list[list[tuple[int, Edit]]] = []
    for row in both:
        ends = [edit.start + len(edit.before) for _, edit in groups[-1]] if groups else []
        if ends and row[1].start <= max(ends):
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _applied(base: str, start: int, end: int, found: Iterable[Edit]) -> str:
    pieces, done = [], start
    for edit in found:
        pieces += [base[done : edit.start], edit.after]
        done = edit.start + len(edit.before)
    return "".join([*pieces, base[done:end]])
