"""Reads of webhooks: those within reach, what each is to be told next."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from yichuang.directory.queries import department_names
from yichuang.exchange.flow import WebhookState
from yichuang.exchange.models import Webhook, WebhookPost
from yichuang.exchange.rules.webhooks import AT_ONCE, Told
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing

LOOKED_THROUGH = 5000
SHOWN_POSTS = 50


def webhooks(*, by: Actor) -> list[Webhook]:
    """The webhooks of whom the actor reaches every department, the newest first."""
    return [one for one in Webhook.objects.order_by("-id") if reaches(one.departments, by=by)]


def webhook(webhook_id: UUID, *, by: Actor) -> Webhook:
    """One of them. Raises Missing."""
    found = Webhook.objects.filter(pk=webhook_id).first()
    if found is None or not reaches(found.departments, by=by):
        raise Missing("没有这个推送地址。", how="请从列表中选择。")
    return found


def reaches(departments: Sequence[UUID], *, by: Actor) -> bool:
    """Whether the actor may decide about what these departments tell; all of them (none named) only with the widest reach."""
    return all(by.reaches(one) for one in departments) if departments else by.everywhere


def department_words(one: Webhook) -> str:
    """Whose facts it is told."""
    names = department_names()
    return "、".join(names.get(each, "已撤销的部门") for each in one.departments) or "全部部门"


def posts(one: Webhook) -> list[WebhookPost]:
    """The newest tries."""
    return list(WebhookPost.objects.filter(webhook=one).order_by("-id")[:SHOWN_POSTS])


def due(at: datetime) -> list[UUID]:
    """Active webhooks whose time has come and for whom there may be something, those that waited longest first."""
    newest = sql.one("select max(number) from journal_seal")
    if newest is None or newest[0] is None:
        return []
    ready = Q(next_try_at__isnull=True) | Q(next_try_at__lte=at)
    waiting = Webhook.objects.filter(ready, state=WebhookState.ACTIVE, seal__lte=newest[0])
    leaves = sql.one("select leaves from journal_seal where number = %(number)s", {"number": newest[0]})
    last = int(leaves[0]) - 1 if leaves else -1
    return [
        one.pk
        for one in waiting.order_by("next_try_at", "id")
        if (one.seal, one.position) < (newest[0], last)
    ]


def next_facts(one: Webhook, *, most: int = AT_ONCE) -> tuple[list[Told], tuple[int, int]]:
    """The next facts that a webhook asked for, at most `most`, and the place up to which the journal was looked through.

    At most LOOKED_THROUGH leaves are read: who asks for rare facts is not searched for in one go.
    """
    rows = sql.rows(
        "select l.seal_number, l.position, f.kind, f.subject_kind, f.subject_id, f.seq, coalesce(c.number, x.source_number), d.code, f.day, f.at, "
        "encode(f.hash, 'hex'), (f.kind = any(%(kinds)s) and (%(every)s or f.department_id = any(%(departments)s))) as wanted "
        "from (select seal_number, position, subject_id, seq from journal_leaf "
        "where (seal_number, position) > (%(seal)s, %(position)s) order by seal_number, position limit %(through)s) l "
        "left join journal_fact f on f.subject_id = l.subject_id and f.seq = l.seq "
        "left join directory_department d on d.id = f.department_id "
        "left join cases_case c on c.id = f.subject_id and f.subject_kind = 'case' "
        "left join exchange_case x on x.id = f.subject_id and f.subject_kind = 'reported' "
        "order by l.seal_number, l.position",
        {
            "kinds": one.kinds, "every": not one.departments, "departments": one.departments, "seal": one.seal,
            "position": one.position, "through": LOOKED_THROUGH,
        },
    )  # fmt: skip
    found: list[Told] = []
    place = (one.seal, one.position)
    for row in rows:
        if row[11] and len(found) == most:
            break
        if row[11]:
            found.append(Told(*row[:11]))
        place = (row[0], row[1])
    return found, place
