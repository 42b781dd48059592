"""Who acts: the actor behind an account, with what the post held at this moment allows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare

from yichuang.directory.flow import Capability
from yichuang.directory.models import Account
from yichuang.kernel import sql
from yichuang.kernel.actor import ANONYMOUS, Actor, StandsFor

APPLICANT_CAPABILITIES = frozenset({str(Capability.CASE_APPLY), str(Capability.CASE_SUPPLY)})


def actor_of(account_id: UUID | None, *, on: date | None = None) -> Actor:
    """The actor behind a signed-in account, with the capabilities of the post held now. One statement.

    An account or a post that was switched off yields the anonymous actor: rights end at the next request. `on` is the
    day for which absent colleagues' capabilities are held in their place; without a day there are none.
    """
    if account_id is None:
        return ANONYMOUS
    row = sql.one(sql.statement(__file__, "actor"), {"id": account_id, "day": on})
    return ANONYMOUS if row is None else actor_from(account_id, row)


@dataclass(frozen=True, slots=True)
class Beside:
    """The row of an account as it was read beside a session, for a day; None where no such account is in office."""

    account_id: UUID
    on: date
    row: tuple[Any, ...] | None


def session_row(
    key: str, account_id: UUID | None, *, at: datetime, on: date | None
) -> tuple[str, Beside | None] | None:
    """What Django keeps under the key of a session, and the account that it may stand for; None for one that has ended. One statement."""
    found = sql.one(_session_statement(), {"key": key, "now": at, "id": account_id, "day": on})
    if found is None:
        return None
    text, is_there, *row = found
    if account_id is None or on is None:
        return text, None
    return text, Beside(account_id, on, tuple(row) if is_there else None)


@cache
def _session_statement() -> str:
    return sql.statement(__file__, "session", (("actor", sql.statement(__file__, "actor")),))


def session_actor(
    account_id: UUID, *, session_hash: str, on: date, beside: Beside | None = None
) -> Actor | None:
    """The actor behind a session; None where the session was begun under another password. One statement, or none.

    The session's hash is that of Django's own sign-in: whoever changes the password ends every other session. `beside`: what
    was read with the session; it counts only for the account and the day that are asked for.
    """
    if beside is not None and (beside.account_id, beside.on) == (account_id, on):
        row = beside.row
    else:
        row = sql.one(sql.statement(__file__, "actor"), {"id": account_id, "day": on})
    if row is None or not constant_time_compare(session_hash, _mark_of(row[-1], settings.SECRET_KEY)):
        return None
    return actor_from(account_id, row)


@lru_cache(5000)
def _mark_of(password: str, _secret: str) -> str:
    """What a session that was begun under a password (its hash) carries: Django's own, which the same password gives for ever."""
    return str(Account(password=password).get_session_auth_hash())


def actor_from(account_id: UUID, row: tuple[Any, ...]) -> Actor:
    """The actor that a row of `actor.sql` describes."""
    (
        name,
        is_staff,
        applicant_id,
        post,
        capabilities,
        everywhere,
        department_id,
        clearance,
        within,
        held,
        _,
    ) = row
    if not is_staff:
        return Actor(
            kind="applicant",
            name=name,
            id=account_id,
            capabilities=APPLICANT_CAPABILITIES,
            applicant_id=applicant_id,
        )
    own = frozenset(capabilities)
    stands_for = _in_place_of(held or (), own)
    return Actor(
        kind="staff",
        name=name,
        id=account_id,
        post=post,
        capabilities=own | frozenset(stands_for),
        everywhere=everywhere,
        department_id=department_id,
        departments=frozenset(within or ()),
        clearance=clearance,
        stands_for=stands_for,
    )


def _in_place_of(held: Iterable[Mapping[str, Any]], own: frozenset[str]) -> Mapping[str, StandsFor]:
    """Whom the capability is held for: the earliest arrangement counts where two absent colleagues share one."""
    found: dict[str, StandsFor] = {}
    for each in held:
        whom = StandsFor(UUID(each["id"]), each["name"])
        for capability in each["capabilities"]:
            if capability not in own:
                found.setdefault(capability, whom)
    return MappingProxyType(found)


def actor_named(username: str) -> Actor:
    """The actor of a user name; anonymous when there is none."""
    found = Account.objects.filter(username=username).values_list("id", flat=True).first()
    return actor_of(found)
