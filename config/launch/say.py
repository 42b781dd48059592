"""What the launcher tells the person in front of it: Chinese first, English after it."""

import sys
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class Stop(Exception):
    """The launcher cannot go on; carries one sentence in two languages and the exit code (2 unless told)."""

    def __init__(self, chinese: str, english: str, *, code: int = 2) -> None:
        super().__init__(f"{chinese} / {english}")
        self.chinese = chinese
        self.english = english
        self.code = code

    def tell(self) -> int:
        """Print the sentence on standard error and give the exit code."""
        print(f"✗ {self.chinese}\n  {self.english}", file=sys.stderr, flush=True)
        return self.code


def say(chinese: str, english: str) -> None:
    """Print one line of progress."""
    print(f"· {chinese} / {english}", flush=True)


def warn(chinese: str, english: str) -> None:
    """Print one line that should be read although the work goes on."""
    print(f"! {chinese} / {english}", file=sys.stderr, flush=True)


@contextmanager
def step(chinese: str, english: str) -> Iterator[None]:
    """Say what begins, and how many seconds it took when it took at least one."""
    say(f"{chinese}……", english)
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    if took >= 1:
        print(f"  完成，用时 {took:.1f} 秒 / done in {took:.1f} s", flush=True)


def width(text: str) -> int:
    """Columns that the text takes on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows in columns that line up on a terminal, Chinese or not."""
    lines = [head, *rows]
    widths = [max(width(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  "
        + "  ".join(
            cell + " " * (wide - width(cell)) for cell, wide in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )
