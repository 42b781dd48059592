"""Tokens are made, revoked, and noted as used."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, ApiToken
from yichuang.directory.queries import actor_of, beyond
from yichuang.directory.queries.tokens import PREFIX, digest_of
from yichuang.journal.commands import NewFact, hash_of, once, record
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day

LONGEST_DAYS = 365
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A token that was just made, with its secret: shown once, kept nowhere."""

    id: UUID
    secret: str


@transaction.atomic
def make_token(
    account_id: UUID, *, name: str, scopes: Iterable[str], days: int, by: Actor, at: datetime, key: str = ""
) -> MadeToken:
    """Make a token for an account: 256 random bits, of which only the SHA-256 is kept.

    It is made for a service account (staff without a password, so that nobody's name stands under what a machine did)
    within reach, or for one's own account. The scopes are capabilities that the account holds now. Raises Refused,
    Missing, Invalid, and Conflict for a key that has made a token: its secret cannot be shown again.
    """
    account = _account(account_id, by)
    held = actor_of(account_id, on=local_day(at)).capabilities
    chosen = sorted(set(scopes))
    wrong: dict[str, str] = {}
    if not name.strip() or len(name) > 100:
        wrong["name"] = "请写明用途，不超过 100 个字，例如：水务平台申报接口"
    if not chosen or not set(chosen) <= held:
        wrong["scopes"] = "请从该账号现有的权限中选择，至少一项"
    if not 1 <= days <= LONGEST_DAYS:
        wrong["days"] = f"有效期为 1 至 {LONGEST_DAYS} 天"
    if wrong:
        raise Invalid("令牌信息有误，请按提示修改。", fields=wrong)
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token_id = uuid7(at)
    sent = hash_of(account_id, name.strip(), chosen, days)
    if key and once("token", key, subject_id=token_id, body_hash=sent, owner=by.signature, at=at):
        raise Conflict("这个令牌已经签发。", how="令牌只显示一次；没有记下的，请在列表中吊销后重新签发。")
    made = ApiToken.objects.create(
        id=token_id, account=account, name=name.strip(), digest=digest_of(secret), scopes=chosen, made_at=at,
        made_by=by.signature, expires_at=at + timedelta(days=days),
    )  # fmt: skip
    data = {"account": account_id, "scopes": chosen, "expires_at": made.expires_at, "name": made.name}
    _fact(made, "token.made", data, by, at)
    return MadeToken(made.pk, secret)


def _account(account_id: UUID, by: Actor) -> Account:
    by.require(Capability.TOKEN_MANAGE)
    found = Account.objects.filter(pk=account_id, is_active=True).select_related("post").first()
    if found is not None and found.pk == by.id:
        return found
    if found is None or found.post is None or not by.reaches(found.post.department_id):
        raise Missing("没有这个账号，或者您无权为它发令牌。", how="请从列表中选择一个服务账号。")
    if found.has_usable_password():
        raise Refused(
            "不能为可以登录的账号发令牌。",
            how="请先在人员管理中新建一个不设密码的服务账号，授予岗位后再发令牌。",
        )
    if beyond(found.post, by=by):
        raise Refused("您无权为办理范围或者密级超过自己的账号发令牌。", how="请由中心的管理员办理。")
    return found


@transaction.atomic
def revoke_token(token_id: UUID, *, by: Actor, at: datetime) -> None:
    """Revoke a token at once and for good; revoking it again changes nothing. Raises Refused, Missing."""
    by.require(Capability.TOKEN_MANAGE)
    found = ApiToken.objects.filter(pk=token_id).select_related("account__post").first()
    if found is None or not _within(found.account, by):
        raise Missing
    if ApiToken.objects.filter(pk=token_id, revoked_at=None).update(revoked_at=at):
        _fact(found, "token.revoked", {}, by, at)


def _within(account: Account, by: Actor) -> bool:
    return account.pk == by.id or (account.post is not None and by.reaches(account.post.department_id))


def _fact(token: ApiToken, kind: str, data: dict[str, object], by: Actor, at: datetime) -> None:
    department = token.account.post.department_id if token.account.post else None
    record(NewFact(token.pk, "token", kind, data, department_id=department), by=by, at=at)


def note_use(token_id: UUID, day: date) -> None:
    """Remember that a token was used on a day; one write a day, no fact."""
    sql.execute(
        "update directory_apitoken set last_used_on = %(day)s "
        "where id = %(id)s and (last_used_on is null or last_used_on < %(day)s)",
        {"id": token_id, "day": day},
    )
