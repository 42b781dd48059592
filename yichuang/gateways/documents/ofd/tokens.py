"""The words of a PDF content stream (ISO 32000-1 §7.2–7.8): operands and operators, one instruction at a time."""

import re
from collections.abc import Iterator

Operand = float | str | bytes | list["Operand"]

_TOKEN = re.compile(
    rb"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?![^\s()<>\[\]{}/%]))|(?P<name>/[^\s()<>\[\]{}/%]*)|(?P<hex><[0-9A-Fa-f\s]*>)"
    rb"|(?P<string>\()|(?P<open>\[|<<)|(?P<close>\]|>>)|(?P<comment>%[^\r\n]*)|(?P<word>[^\s()<>\[\]{}/%]+)"
)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def instructions(content: bytes) -> Iterator[tuple[str, list[Operand]]]:
    """Each operator with its operands. Dictionaries of marked content come as flat lists."""
    stack: list[list[Operand]] = [[]]
    place = 0
    while (found := _TOKEN.search(content, place)) is not None:
        place, kind, said = found.end(), found.lastgroup, found.group()
        if kind == "open":
            stack.append([])
        elif kind == "close":
            inner = stack.pop()
            stack[-1].append(inner)
        elif kind == "word":
            yield said.decode("latin-1"), stack[0]
            stack = [[]]
        elif kind == "string":
            text, place = _string(content, place)
            stack[-1].append(text)
        elif kind != "comment":
            stack[-1].append(_plain(str(kind), said))


def _plain(kind: str, said: bytes) -> Operand:
    if kind == "number":
        return float(said)
    if kind == "name":
        return said.decode("latin-1")
    digits = re.sub(rb"\s", b"", said[1:-1])
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())


def _string(content: bytes, place: int) -> tuple[bytes, int]:
    """A string in brackets from behind its first one, and where it ends."""
    made, depth = bytearray(), 1
    while True:
        sign = content[place : place + 1]
        place += 1
        if sign == b"\\":
            piece, place = _escape(content, place)
            made += piece
            continue
        depth += (sign == b"(") - (sign == b")")
        if depth == 0 or not sign:
            return bytes(made), place
        made += sign


def _escape(content: bytes, place: int) -> tuple[bytes, int]:
    octal = re.compile(rb"[0-7]{1,3}").match(content, place)
    if octal is not None:
        return bytes([int(octal.group(), 8) & 255]), octal.end()
    sign = content[place : place + 1]
    if sign in b"\r\n":
        return b"", place + (2 if content[place : place + 2] == b"\r\n" else 1)
    return _ESCAPED.get(sign, sign), place + 1
