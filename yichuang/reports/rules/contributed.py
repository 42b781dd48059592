"""What a department sends in: title and paragraphs out of a file or a paste."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_TITLE = 80
_CLAUSE = 40
_MARKS = re.compile(r"^(?:#{1,6}\s+|[-*+•·]\s+|>\s*|\[[ xX]\]\s+)+")
_EMPHASIS = re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\((?:[^()\s]*)\)")
_RULE = re.compile(r"^\s*(?:[-*_=]\s*){3,}$")
_LABEL = re.compile(r"^(?:标题|题目)\s*[：:]\s*")
_ENDS = "。！？；：，,.;:"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was read: a proposed title and all paragraphs. `title_is_own`: the title stood on a line of its own."""

    title: str
    body: str
    title_is_own: bool

    @property
    def paragraphs(self) -> int:
        """How many paragraphs there are."""
        return len(self.body.splitlines())


def parsed(lines: Sequence[str]) -> Parsed:
    """Title and paragraphs of a text; not a word is dropped, only the signs of Markdown.

    The first line is the title where it is short and no sentence, or is marked as one. Otherwise the first clause is
    proposed, and all of the text stays in the body.
    """
    marked = next((line for line in lines if line.strip() and not _RULE.match(line)), "")
    found = [words for line in lines if not _RULE.match(line) for words in [_plain(line)] if words]
    if not found:
        return Parsed("", "", title_is_own=False)
    first = _LABEL.sub("", found[0])
    is_title = marked.lstrip().startswith("#") or first != found[0] or _reads_as_title(first)
    if is_title and len(first) <= LONGEST_TITLE:
        return Parsed(first, "\n".join(found[1:]), title_is_own=True)
    clause = re.split("[，。；！？：]", first, maxsplit=1)[0]
    return Parsed(clause if len(clause) <= _CLAUSE else "", "\n".join(found), title_is_own=False)


def _reads_as_title(line: str) -> bool:
    return len(line) <= _CLAUSE and line[-1] not in _ENDS


def _plain(line: str) -> str:
    """A line without the signs of Markdown and needless blanks; words stay as they are."""
    kept = _MARKS.sub("", line.replace("\u3000", " ").strip())
    kept = _LINK.sub(r"\1", kept)
    return re.sub(r"[ \t]{2,}", " ", _EMPHASIS.sub(r"\2", kept)).strip()
