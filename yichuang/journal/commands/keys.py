"""Client keys: a write is done once, and its key is kept for ever with a hash of what was sent."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast
from uuid import UUID

from django.db import transaction

from yichuang.journal.queries import client_key
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import ANONYMOUS
from yichuang.kernel.errors import Conflict

P = ParamSpec("P")
R = TypeVar("R")


def hash_of(*parts: Any) -> str:
    """What a key stands for: everything that was sent, in canonical text. Dataclasses count by their fields."""
    return canonical.digest(canonical.text(_plain(parts)))


def _plain(part: Any) -> Any:
    if is_dataclass(part) and not isinstance(part, type):
        return {one.name: _plain(getattr(part, one.name)) for one in fields(part)}
    if isinstance(part, Mapping):
        return {str(name): _plain(value) for name, value in part.items()}
    if isinstance(part, set | frozenset):
        return sorted(str(one) for one in part)
    if isinstance(part, list | tuple):
        return [_plain(one) for one in part]
    return canonical.digest(bytes(part)) if isinstance(part, bytes | bytearray | memoryview) else part


def once(kind: str, key: str, *, subject_id: UUID, body_hash: str, owner: str, at: datetime) -> UUID | None:
    """Claim a key for a subject, inside the caller's transaction; None where it was fresh.

    `kind` names what is made: one form may make several things under one key, each once. A key that was used already
    yields the subject that it stands for; the caller then answers with that and writes nothing. Of two at the same
    moment the second waits here until the first has committed or failed. Raises Conflict as `standing`.
    """
    fresh = sql.execute(
        "insert into journal_client_key (key, subject_id, body_hash, owner, at) "
        "values (%(key)s, %(subject)s, %(hash)s, %(owner)s, %(at)s) on conflict (key) do nothing",
        {"key": _named(kind, key), "subject": subject_id, "hash": body_hash, "owner": owner, "at": at},
    )
    return None if fresh else standing(kind, key, body_hash=body_hash, owner=owner)


def standing(kind: str, key: str, *, body_hash: str, owner: str) -> UUID | None:
    """What a key stands for already; None for a fresh one.

    Raises Conflict for the same key with another body, and for somebody else's key: the words are the same and name
    nothing of what was sent under it.
    """
    used = client_key(_named(kind, key))
    if used is None:
        return None
    if used[1:] != (body_hash, owner):
        raise Conflict("这份内容的提交标识已被使用。", how="请先复制留存刚才填的内容，刷新页面后重新提交。")
    return used[0]


def is_used(kind: str, key: str | None) -> bool:
    """Whether a key stands for something already, asked by a `keyed` command once it holds the row that it changes.

    The row was changed since it was seen, but by this very key: the command answers with the row. Whose key it is, and
    with which body, `keyed` judges before and after.
    """
    return bool(key) and client_key(_named(kind, str(key))) is not None


def _named(kind: str, key: str) -> str:
    """Keys of clients hold no colon: what is made under a kind never meets the key of a filing."""
    return f"{kind}:{key}"


def keyed(kind: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a command keep its key for ever with the hash of everything that it was given besides actor and time.

    The command takes `at` and `key` (and `by`, unless nobody in particular asks) by name, answers a repeated key with
    what it made before, and returns what was made. Of the same key with another body, or from somebody else, nothing
    is written: Conflict.
    """

    def wrap(command: Callable[P, R]) -> Callable[P, R]:
        @wraps(command)
        def once_only(*args: P.args, **given: P.kwargs) -> R:
            sent = cast("dict[str, Any]", given)
            key, owner = sent.get("key"), sent.get("by", ANONYMOUS).signature
            if not key:
                return command(*args, **given)
            rest = {name: value for name, value in sent.items() if name not in ("by", "at", "key")}
            hashed = hash_of(args, rest)
            known = standing(kind, key, body_hash=hashed, owner=owner)
            with transaction.atomic():
                made = command(*args, **given)
                if known is None:
                    once(
                        kind, key, subject_id=_id_of(made, args), body_hash=hashed, owner=owner, at=sent["at"]
                    )
            return made

        return once_only

    return wrap


def _id_of(made: Any, args: tuple[Any, ...]) -> UUID:
    """The id of what a command has made (the id itself, a row, the first of several), else of what it was done to."""
    one = made[0] if isinstance(made, list | tuple) and made else made
    found = one if isinstance(one, UUID) else getattr(one, "pk", None) or getattr(one, "id", None)
    if isinstance(found, UUID):
        return found
    if args and isinstance(args[0], UUID):
        return args[0]
    raise TypeError("a keyed command returns what it has made, or is told first what it is done to")
