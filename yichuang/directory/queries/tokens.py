"""Tokens: who asks with one, and the list of them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, ApiToken
from yichuang.directory.queries.actors import actor_from
from yichuang.kernel import paging, sql
from yichuang.kernel.actor import ANONYMOUS, Actor
from yichuang.kernel.paging import Page
from yichuang.kernel.sql import Along
from yichuang.kernel.times import local_day

PREFIX = "yc_"
LONGEST_SECRET = 100
NOTHING = Along("null", {})


@dataclass(frozen=True, slots=True)
class TokenUse:
    """Who asks with a token, by which one, the day on which it was last used before, and what was read along with it."""

    actor: Actor
    token_id: UUID
    last_used_on: date | None
    along: Any = None
    then: tuple[Any, ...] | None = None


def digest_of(secret: str) -> str:
    """What is kept of a secret: enough to know it again, of no use to whoever reads it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_use(secret: str, at: datetime, along: Along | None = None) -> TokenUse | None:
    """Who asks with this secret at this moment; None for a token that is unknown, revoked or past its day.

    The capabilities are those that the account holds now and the token's scopes name: who is demoted is demoted here
    at the next request, too. `along`: what else is read in the same question.
    """
    if not secret.startswith(PREFIX) or len(secret) > LONGEST_SECRET:
        return None
    asked = {"digest": digest_of(secret), "at": at, "day": local_day(at)}
    also = along or NOTHING
    question = _short(also.expression), asked | dict(also.parameters)
    found, then = sql.both(question, also.then) if also.then else (sql.rows(*question), [])
    if not found:
        return None
    *row, beside = found[0]
    token_id, account_id, scopes, last_used_on, more, *who = row
    if more:
        # As the token stands by now: who was switched off since the first question is nobody.
        whole = sql.one(_statement(), asked)
        if whole is None:
            return None
        token_id, account_id, scopes, last_used_on, *who = whole
    else:
        # Nobody is reached beyond, nobody stood in for; a password is not asked for here.
        who += [None, None, ""]
    actor = actor_from(account_id, tuple(who))
    narrowed = replace(actor, capabilities=actor.capabilities & set(scopes))
    return TokenUse(narrowed, token_id, last_used_on, beside, then[0] if then else None)


@cache
def _short(expression: str) -> str:
    return sql.statement(__file__, "token", (("along", f", ({expression}) as along"),))


@cache
def _statement() -> str:
    """The token with the actor behind it, in one statement: the actor's own, about the token's account."""
    actor = sql.statement(__file__, "actor").replace("%(id)s", "(select account_id from token)")
    found = (
        "/*one plan*/ with token as (select id, account_id, scopes, last_used_on from directory_apitoken "
        "where digest = %(digest)s and revoked_at is null and expires_at > %(at)s)"
    )
    return f"{found} select token.*, who.* from token, ({actor}) who"  # noqa: S608 - statements of this room


def actor_of_token(secret: str, at: datetime) -> Actor:
    """The actor behind a secret; anonymous where there is none."""
    found = token_use(secret, at)
    return found.actor if found else ANONYMOUS


def tokens(*, by: Actor) -> QuerySet[ApiToken]:
    """The tokens within the actor's reach, newest first: of staff accounts of departments reached."""
    by.require(Capability.TOKEN_MANAGE)
    found = ApiToken.objects.select_related("account__post__department").order_by("-made_at", "-id")
    scope = by.scope_departments
    return found if scope is None else found.filter(account__post__department_id__in=scope)


def tokens_export(*, by: Actor, text: str = "") -> Iterator[ApiToken]:
    """Every token of the list, one at a time, for CSV. Raises Refused."""
    return _matching(by, text).iterator(chunk_size=500)


def _matching(by: Actor, text: str) -> QuerySet[ApiToken]:
    found = tokens(by=by)
    return found.filter(Q(name__icontains=text) | Q(account__username__icontains=text)) if text else found


def tokens_page(*, by: Actor, text: str = "", after: str = "", size: int = 50) -> Page[ApiToken]:
    """One page of tokens, those whose name or account holds the text. One statement. Raises Refused."""
    found = _matching(by, text)
    cursor = paging.decode(after, parts=2)
    if cursor is not None:
        found = found.extra(
            where=["(directory_apitoken.made_at, directory_apitoken.id) < (%s::timestamptz, %s::uuid)"],
            params=[paging.moment_part(cursor[0]), paging.id_part(cursor[1])],
        )
    return paging.cut(
        list(found[: size + 1]), size=size, key=lambda t: (t.made_at.isoformat(), str(t.pk)), after=after
    )


def service_accounts(*, by: Actor) -> list[Account]:
    """Active staff accounts within reach that nobody signs in with: those that tokens are made for, by user name."""
    by.require(Capability.TOKEN_MANAGE)
    found = Account.objects.filter(is_staff=True, is_active=True, password__startswith="!")  # noqa: S106 - the mark of an account without one
    scope = by.scope_departments
    if scope is not None:
        found = found.filter(post__department_id__in=scope)
    if not by.everywhere:
        found = found.filter(post__everywhere=False)
    return list(found.select_related("post__department").order_by("username")[:500])
