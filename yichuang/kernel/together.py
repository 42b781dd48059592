"""Several reads of a page in one statement, without any of them knowing of it.

Each read is begun and says by `sql.rows` or `sql.one` what it asks; there it is left. What all of them ask is sent as one
statement, and each is begun again and finds its rows. What asks again in turn is gathered once more. A read that asks nothing the
database does not know by values alone is so begun a few times, which costs microseconds; it must only read, and by the runner.

What stands between `/*once*/` and `/*end once*/` in several of them, a table in brackets without values of its own, is worked out
once for all.

The rows come as records with the types they have, a little slower than rows by themselves: for the few rows of one subject or of a
sum, not for long lists.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import count
from typing import Any, TypeVar, overload

from yichuang.kernel import sql
from yichuang.kernel.sql import ONE_PLAN, PLACE, Parameters

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")
Rows = list[tuple[Any, ...]]
Asked = tuple[str, str]
ONCE = re.compile(r"/\*once\*/(\(.*?\))/\*end once\*/", re.DOTALL)
# No page asks in more turns than this: a read that never asks the same twice would be begun for ever.
MOST_TURNS = 8


class _LaterError(BaseException):
    """The rows are not there yet. No `except Exception` of a read may take it for a fault."""


class _Book:
    """What is known and what is wanted, by statement and values."""

    def __init__(self) -> None:
        self.known: dict[Asked, Rows] = {}
        self.wanted: dict[Asked, tuple[str, Parameters]] = {}

    def answer(self, text: str, params: Parameters) -> Rows:
        """The rows where they are known; else they are noted as wanted."""
        key = (text, repr(params))
        if key in self.known:
            return list(self.known[key])
        self.wanted[key] = (text, params)
        raise _LaterError

    def ask(self) -> None:
        """One statement for all that is wanted."""
        keys, asked = list(self.wanted), list(self.wanted.values())
        self.wanted = {}
        if len(asked) == 1:
            found: Sequence[Any] = [sql.rows(*asked[0])]
        else:
            text = _joined(tuple(one for one, _ in asked))
            values = {name: value for at, (_, given) in enumerate(asked) for name, value in _named(at, given)}
            row = sql.run(text, values, binary=True).fetchone()
            assert row is not None
            found = row
        self.known |= {key: list(rows) for key, rows in zip(keys, found, strict=True)}


@lru_cache(200)
def _joined(texts: tuple[str, ...]) -> str:
    """Statements side by side, the values of each under names of its own; planned once only where each of them is."""
    shared = _shared(texts)
    parts = []
    for at, text in enumerate(texts):
        alone = ONCE.sub(lambda found: shared.get(found[1], found[0]), text)
        parts.append(f"array(select t from ({_renamed(alone, at)}\n) t)")  # noqa: S608
    prefix = ONE_PLAN if all(text.startswith(ONE_PLAN) for text in texts) else ""
    tables = ", ".join(f"{name} as materialized {table}" for table, name in shared.items())
    return f"{prefix} {f'with {tables} ' if tables else ''}select {', '.join(parts)}"


def _shared(texts: Sequence[str]) -> dict[str, str]:
    """The tables that are worked out once for several of the statements, each with its name. Raises ValueError for one with values."""
    asked = [table for text in texts for table in ONCE.findall(text)]
    found = [table for table in dict.fromkeys(asked) if asked.count(table) > 1]
    for table in found:
        if any(place["name"] or place[0] == "%s" for place in PLACE.finditer(table)):
            raise ValueError(f"What is worked out once for several takes no values: {table}")
    return {table: f"once_{at}" for at, table in enumerate(found)}


def _renamed(text: str, at: int) -> str:
    """A statement whose places end in its number."""
    unnamed = count()

    def place(found: re.Match[str]) -> str:
        return "%%" if found[0] == "%%" else f"%({found['name'] or next(unnamed)}_{at})s"

    return PLACE.sub(place, text)


def _named(at: int, given: Parameters) -> list[tuple[str, Any]]:
    named = given.items() if isinstance(given, Mapping) else enumerate(given)
    return [(f"{name}_{at}", value) for name, value in named]


@overload
def together(a: Callable[[], A], b: Callable[[], B], /) -> tuple[A, B]: ...
@overload
def together(a: Callable[[], A], b: Callable[[], B], c: Callable[[], C], /) -> tuple[A, B, C]: ...
@overload
def together(
    a: Callable[[], A], b: Callable[[], B], c: Callable[[], C], d: Callable[[], D], /
) -> tuple[A, B, C, D]: ...
@overload
def together(
    a: Callable[[], A], b: Callable[[], B], c: Callable[[], C], d: Callable[[], D], e: Callable[[], E], /
) -> tuple[A, B, C, D, E]: ...
@overload
def together(
    a: Callable[[], A],
    b: Callable[[], B],
    c: Callable[[], C],
    d: Callable[[], D],
    e: Callable[[], E],
    f: Callable[[], F],
    /,
    *more: Callable[[], Any],
) -> tuple[A, B, C, D, E, F, *tuple[Any, ...]]: ...
def together(*reads: Callable[[], Any]) -> tuple[Any, ...]:
    """What each read gives, in order; their statements of one turn are sent as one.

    A problem that a read raises is raised at once. Raises RuntimeError for one that writes, or asks on and on.
    """
    return _asked(_Book(), reads)


def abreast(a: Callable[[], A], b: Callable[[], B], /) -> tuple[A, B]:
    """What each of two gives that do not wait for each other: where reads are gathered both ask in one turn, elsewhere in order.

    Raises what they raise, `a` before `b` unless `a` has yet to ask.
    """
    later: _LaterError | None = None
    try:
        found = a()
    except _LaterError as error:
        later = error
    beside = b()
    if later is not None:
        raise later
    return found, beside


def side_by_side(a: Callable[[], A], b: Callable[[], B], /) -> tuple[A, B]:
    """As `together`, for reads that are hot: the first that `a` asks and what `b` asks stay two statements, in one message.

    Both must be planned once, else they are asked one after the other. `a` is begun once alone, so it is the one that has more to
    do before it asks. A problem of `a` is raised before one of `b`.
    """
    book = _Book()
    with suppress(Exception, _LaterError), _answering(book.answer):
        b()
    with _answering(_Along(book).answer):
        return a(), b()


class _Along:
    """What is asked goes to the database at once, the first of it together with what a book holds as wanted."""

    def __init__(self, book: _Book) -> None:
        self._book = book

    def answer(self, text: str, params: Parameters) -> Rows:
        """The rows, read now or known already."""
        book, key = self._book, (text, repr(params))
        if key in book.known:
            return book.known.pop(key)
        with _answering(None):
            book.wanted.pop(key, None)
            beside = next(iter(book.wanted), None)
            if beside is None or not (text.startswith(ONE_PLAN) and beside[0].startswith(ONE_PLAN)):
                return sql.rows(text, params)
            found, book.known[beside] = sql.both((text, params), book.wanted.pop(beside))
            return found


@contextmanager
def _answering(answer: Callable[[str, Parameters], Rows] | None) -> Iterator[None]:
    token = sql.gathered.set(answer)
    try:
        yield
    finally:
        sql.gathered.reset(token)


def _asked(book: _Book, reads: Sequence[Callable[[], Any]]) -> tuple[Any, ...]:
    done: list[Any] = [None] * len(reads)
    left = list(range(len(reads)))
    for _ in range(MOST_TURNS):
        waiting, left = left, []
        with _answering(book.answer):
            for at in waiting:
                try:
                    done[at] = reads[at]()
                except _LaterError:
                    left.append(at)
        if not left:
            return tuple(done)
        book.ask()
    raise RuntimeError(f"Asked for more than {MOST_TURNS} times in turn")
