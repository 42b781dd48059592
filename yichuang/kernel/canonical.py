"""Canonical text: the one spelling of a value that is hashed, compared and kept as evidence."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID


def text(value: Any) -> str:
    """JSON with sorted keys, no spaces, no floats, times in UTC.

    Raises TypeError on a float or an unknown type: evidence must not depend on a rounding.
    """
    return _ENCODER.encode(_plain(value))


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def plain_text(value: Any) -> str:
    """The same text, quicker, for what is known to be made of text, whole numbers, lists and names in text only."""
    return _ENCODER.encode(value)


# What is its own canonical value; a kind by itself, so that no enumeration is among them.
_AS_IT_IS = frozenset({str, int, bool, type(None)})


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind is dict and {*map(type, value)} <= {str}:
        # Names of plain text cannot fall together.
        return {name: item if type(item) in _AS_IT_IS else _plain(item) for name, item in value.items()}
    return _converted(value)


def _converted(value: Any) -> Any:
    if isinstance(value, bool | int | str):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, Mapping):
        named = {_key(key): _plain(item) for key, item in value.items()}
        if len(named) != len(value):
            raise TypeError("two keys of a mapping have the same canonical text")
        return named
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _scalar(value)


def _key(value: Any) -> str:
    if isinstance(value, str):
        return str(value.value) if isinstance(value, Enum) else value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value.value if isinstance(value, Enum) else value)
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a time without zone has no canonical text")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, Enum):
        return str(value.value)
    raise TypeError(f"{type(value).__name__} has no canonical text")


def digest(data: bytes | str) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def commitment(salt: str, value: Any) -> str:
    """A salted commitment: proves what was said, reveals nothing, and dies with the salt."""
    return digest(f"{salt}\n{text(value)}")
