"""Corrections of what was printed: entered, withdrawn before they are printed, printed in the next issue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.directory.flow import Capability
from yichuang.journal.commands import NewFact, keyed, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.reports.flow import PUBLISHED
from yichuang.reports.models import Erratum, PrintedFigure, Report
from yichuang.reports.queries.errata import waiting_for

LONGEST = 500


@dataclass(frozen=True, slots=True)
class NewErratum:
    """A correction: of a printed figure, or of words that stand in the issue."""

    old: str
    new: str
    reason: str
    passage: str = ""
    figure_id: UUID | None = None


@keyed("erratum")
@transaction.atomic
def add_erratum(report_id: UUID, new: NewErratum, *, by: Actor, at: datetime, key: str) -> UUID:
    """Enter a correction of a published issue; it waits for the next issue. The same key never enters two.

    Raises Refused, Missing, Invalid where the issue does not print what is to be corrected, or nothing changes.
    """
    by.require(Capability.REPORT_EDIT)
    report = Report.objects.filter(pk=report_id, state__in=[str(s) for s in PUBLISHED]).first()
    if report is None:
        raise Missing("没有找到这期已签发的周报。")
    known = Erratum.objects.filter(key=key).values_list("id", "by_id").first()
    if known is not None:
        if known[1] != by.id:
            raise Conflict("这份更正的提交标识已被使用。", how="请刷新页面后重新提交。")
        return known[0]
    passage, figure = _passage(report, new)
    _check(new, passage)
    made = Erratum(
        id=uuid7(at), report=report, figure=figure, passage=passage, old=new.old.strip(), new=new.new.strip(),
        reason=new.reason.strip(), at=at, by_id=by.id, by_name=by.name, key=key,
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("这份更正正在提交。", how="请稍候刷新页面查看。") from error
    data = {"erratum": made.id, "old": made.old, "new": made.new, "reason": made.reason}
    record(NewFact(report.id, "report", "report.erratum_entered", data), by=by, at=at)
    return made.id


def _passage(report: Report, new: NewErratum) -> tuple[str, PrintedFigure | None]:
    """The sentence that is corrected, as the issue printed it."""
    if new.figure_id is not None:
        figure = PrintedFigure.objects.filter(pk=new.figure_id, report=report).first()
        if figure is None:
            raise Missing("本期没有印出这个数字。", how="请从本期的数字列表中选择。")
        return figure.sentence, figure
    passage = new.passage.strip() or new.old.strip()
    if passage not in report.text:
        raise Invalid("更正有误。", fields={"passage": "本期没有这段文字，请从原文中复制，一字不差"})
    return passage, None


def _check(new: NewErratum, passage: str) -> None:
    wrong: dict[str, str] = {}
    for name, value in (("old", new.old), ("new", new.new), ("reason", new.reason)):
        if not value.strip():
            wrong[name] = "不能为空"
        elif len(value) > LONGEST:
            wrong[name] = f"最多 {LONGEST} 字"
    if "old" not in wrong and new.old.strip() not in passage:
        wrong["old"] = "所选句子中没有这几个字，请照原样填写"
    if not wrong and new.old.strip() == new.new.strip():
        wrong["new"] = "更正后与原文相同"
    if wrong:
        raise Invalid("更正有误，请按提示修改。", fields=wrong)


@transaction.atomic
def withdraw_erratum(erratum_id: UUID, *, reason: str, by: Actor, at: datetime) -> Erratum:
    """Take back a correction that no issue has printed. Raises Conflict once one has, Invalid without a reason."""
    by.require(Capability.REPORT_EDIT)
    if not reason.strip():
        raise Invalid("请写明撤回理由。", fields={"reason": "不能为空"})
    done = Erratum.objects.filter(pk=erratum_id, printed_in__isnull=True, withdrawn_at__isnull=True).update(
        withdrawn_at=at, withdrawn_by_name=by.name, withdrawn_reason=reason.strip()
    )
    found = Erratum.objects.filter(pk=erratum_id).first()
    if found is None:
        raise Missing("没有找到这条更正。")
    if not done:
        raise Conflict("这条更正已经印出或者已经撤回。", how="印出的更正不能撤回，可以再登记一条新的更正。")
    data = {"erratum": found.id, "reason": reason.strip()}
    record(NewFact(found.report_id, "report", "report.erratum_withdrawn", data), by=by, at=at)
    return found


def held_errata(report: Report) -> list[Erratum]:
    """The corrections that an issue prints, held until it is issued; runs inside 签发."""
    return list(waiting_for(report).select_for_update(of=("self",)).prefetch_related("report"))


def print_errata(report: Report, errata: Sequence[Erratum]) -> list[UUID]:
    """Mark the corrections that an issue prints as printed in it; runs inside 签发. Which."""
    printed = [each.pk for each in errata]
    Erratum.objects.filter(pk__in=printed, printed_in__isnull=True).update(printed_in=report)
    return printed
