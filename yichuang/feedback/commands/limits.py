"""The one write of the room's limits: another number from a day on."""

from datetime import date, datetime

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.feedback.flow.limits import BY_LIMIT
from yichuang.feedback.models import Limit
from yichuang.journal.commands import NewFact, keyed, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day

LONGEST_SOURCE = 200


@keyed("feedback_limit")
@transaction.atomic
def set_limit(
    code: str, value: int | None, source: str, since: date | None, *, by: Actor, at: datetime, key: str
) -> Limit:
    """Set a limit from a day on, not before today; days that were already counted stay. Raises Refused, Invalid."""
    by.require(Capability.FEEDBACK_REVIEW)
    known = Limit.objects.filter(key=key).first()
    if known is not None:
        return known
    kind, wrong = BY_LIMIT.get(code), {}
    if kind is None:
        wrong["code"] = "请选择要设定的期限或者阈值"
    elif value is None or not 1 <= value <= kind.most:
        wrong["value"] = f"请填 1 至 {kind.most} 的整数"
    if not 0 < len(source.strip()) <= LONGEST_SOURCE:
        wrong["source"] = "请写明依据，例如：本平台设定"
    if since is None or since < local_day(at):
        wrong["since"] = "请填今天或者以后的日期"
    if wrong:
        raise Invalid("填写有误，请按提示修改。", fields=wrong)
    assert value is not None
    assert since is not None
    made = Limit(
        id=uuid7(at), code=code, value=value, source=source.strip(), since=since, at=at, by_name=by.name, key=key
    )  # fmt: skip
    Limit.objects.bulk_create([made], ignore_conflicts=True)
    kept = Limit.objects.get(key=key)
    if kept.pk != made.pk:
        # A second click that came at the same moment.
        return kept
    data = {"code": code, "value": value, "since": since.isoformat()}
    record(NewFact(made.pk, "feedback_limit", "feedback.limit_set", data), by=by, at=at)
    return made
