"""The feed for analysts as a record of itself: what a day's files hold and what days there are, signed; pure.

A day has two files with the same rows and a manifest with their digests, their size and the number of their rows; the index names
every day with the digest of its manifest, so that no day can go, come or be an older one unnoticed.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from yichuang.kernel import canonical

INDEX = "index.json"
KINDS = ("csv", "parquet")
FORM = 1
_DIGEST = re.compile(r"[0-9a-f]{64}")
Signature = Mapping[str, str]
# Signs some words; says whether a signature under some words holds.
Sign = Callable[[bytes], Signature]
Holds = Callable[[bytes, Signature], bool]


class Unreadable(ValueError):
    """A record that is not one of ours, or that nobody known has signed."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds: its SHA-256 in hexadecimal, and its bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """One day: its rows, up to which seal the facts stood when they were read, its columns, and its files by kind."""

    day: date
    rows: int
    seal: int
    made_at: datetime
    columns: tuple[str, ...]
    files: Mapping[str, Content]


@dataclass(frozen=True, slots=True)
class Listed:
    """A day of the index: its rows, and the SHA-256 of its manifest."""

    rows: int
    manifest: str


@dataclass(frozen=True, slots=True)
class Index:
    """Every day of the feed; `complete_on`: the day on which everything that had changed was last written; the columns that every
    day has once it is complete.
    """

    days: Mapping[date, Listed] = field(default_factory=dict)
    complete_on: date | None = None
    columns: tuple[str, ...] = ()

    def of(self, columns: Sequence[str]) -> "Index":
        """The index for files with these columns: where its days have others, none of them counts as complete."""
        wanted = tuple(columns)
        return self if self.columns == wanted else Index(self.days, None, wanted)


def name_of(day: date, kind: str) -> str:
    """The name of a file of a day; kind "json" for its manifest."""
    return f"{day.isoformat()}.{kind}"


def manifest_text(manifest: Manifest, sign: Sign) -> str:
    """A manifest with the signature under it, in the canonical spelling."""
    said = {
        "form": FORM, "what": "day", "day": manifest.day, "rows": manifest.rows, "seal": manifest.seal,
        "made_at": manifest.made_at, "columns": list(manifest.columns),
        "files": {
            kind: {"name": name_of(manifest.day, kind), "sha256": one.sha256, "bytes": one.size}
            for kind, one in manifest.files.items()
        },
    }  # fmt: skip
    return _signed(said, sign)


def index_text(index: Index, sign: Sign) -> str:
    """An index with the signature under it."""
    days = {day: {"rows": one.rows, "manifest": one.manifest} for day, one in sorted(index.days.items())}
    said = {
        "form": FORM, "what": "index", "complete_on": index.complete_on, "columns": list(index.columns), "days": days,
    }  # fmt: skip
    return _signed(said, sign)


def _signed(said: Mapping[str, Any], sign: Sign) -> str:
    words = canonical.text(said)
    return canonical.text({**json.loads(words), "signature": dict(sign(words.encode()))}) + "\n"


def read_manifest(text: str, holds: Holds) -> Manifest:
    """A manifest that somebody known has signed. Raises Unreadable."""
    said = _opened(text, "day", holds)
    try:
        found = Manifest(
            date.fromisoformat(said["day"]), _count(said["rows"]), _count(said["seal"]),
            datetime.fromisoformat(said["made_at"]), tuple(map(str, said["columns"])),
            {kind: _content(said["files"][kind], said["day"], kind) for kind in KINDS},
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable("内容不合格式") from error
    if set(said["files"]) != set(KINDS):
        raise Unreadable("所列文件不合格式")
    return found


def read_index(text: str, holds: Holds) -> Index:
    """An index that somebody known has signed. Raises Unreadable."""
    said = _opened(text, "index", holds)
    try:
        days = {
            date.fromisoformat(day): Listed(_count(one["rows"]), _digest(one["manifest"]))
            for day, one in said["days"].items()
        }
        complete = said["complete_on"]
        # An index of before it named them has none.
        columns = tuple(map(str, said.get("columns", ())))
        return Index(days, None if complete is None else date.fromisoformat(complete), columns)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable("内容不合格式") from error


def _opened(text: str, what: str, holds: Holds) -> dict[str, Any]:
    try:
        said = json.loads(text)
        signature = said.pop("signature")
        known = said["form"] == FORM and said["what"] == what
        words = canonical.text(said).encode()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable("不是清单") from error
    if not known:
        raise Unreadable("不是这一种清单")
    if not _is_signature(signature) or not holds(words, signature):
        raise Unreadable("签名无效")
    opened: dict[str, Any] = said
    return opened


def _is_signature(given: Any) -> bool:
    names = {"key_id", "algorithm", "value"}
    return (
        isinstance(given, dict)
        and set(given) == names
        and all(isinstance(one, str) for one in given.values())
    )


def _content(said: Mapping[str, Any], day: str, kind: str) -> Content:
    if said["name"] != f"{day}.{kind}":
        raise ValueError(said["name"])
    return Content(_digest(said["sha256"]), _count(said["bytes"]))


def _count(given: Any) -> int:
    if type(given) is not int or given < 0:
        raise ValueError(given)
    return given


def _digest(given: Any) -> str:
    if not isinstance(given, str) or not _DIGEST.fullmatch(given):
        raise ValueError(given)
    return given


def stray(names: Sequence[str], index: Index) -> list[str]:
    """Files of a feed's folder that no day of the index accounts for, in order."""
    accounted = {INDEX} | {name_of(day, kind) for day in index.days for kind in (*KINDS, "json")}
    return sorted(name for name in names if name not in accounted)
