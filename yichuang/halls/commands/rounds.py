"""Writes of rounds of inspection: the lists that are data, beginning a round, keeping its draft, finishing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.directory.flow import Capability
from yichuang.halls.flow.findings import FindingState
from yichuang.halls.flow.rounds import ROUND_FINISHED, ROUND_STARTED, TERM_SAVED, Outcome, Register
from yichuang.halls.models import HallRound, InspectionTerm, RoundResult
from yichuang.journal.commands import NewFact, keyed, record
from yichuang.kernel import canonical
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day

MOST_WINDOWS = 200
LONGEST_NOTE = 1000
LONGEST_DRAFT = 20_000
DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class TermForm:
    """An entry of a list of inspection as it is entered; `code` counts only where it is new."""

    register: Register
    code: str
    name: str
    valid_from: date | None = None
    valid_until: date | None = None
    every_minutes: int | None = None
    position: int = 0


@transaction.atomic
def save_term(
    form: TermForm, *, by: Actor, at: datetime, term_id: UUID | None = None, seen: int = 0
) -> InspectionTerm:
    """Add an entry of a list, or change one over the edit that was seen. What it was stays in its facts.

    Raises Refused for inspectors of one department only, Invalid, Missing, and Conflict where somebody was faster.
    """
    by.require(Capability.HALL_INSPECT)
    if not by.everywhere:
        raise Refused("巡查种类、项目和类别由中心统一管理。", how="需要增减时，请告知负责大厅巡查的处室。")
    _check_term(form)
    if term_id is None:
        if InspectionTerm.objects.filter(register=form.register, code=form.code).exists():
            raise _code_taken(form.code)
        term = InspectionTerm(id=uuid7(at), register=form.register, code=form.code, edit=0)
    else:
        term = _held_term(term_id, seen)
    term.name, term.position = form.name.strip(), form.position
    term.valid_from, term.valid_until = form.valid_from, form.valid_until
    term.every_minutes = form.every_minutes if term.register == Register.KIND else None
    term.edit += 1
    try:
        with transaction.atomic():
            term.save()
    except IntegrityError as error:
        raise _code_taken(form.code) from error
    record(NewFact(term.id, "inspection_term", TERM_SAVED, _term_data(term)), by=by, at=at)
    return term


def _code_taken(code: str) -> Invalid:
    return Invalid("代码已被使用。", fields={"code": f"代码「{code}」已有，请换一个"})


def _check_term(form: TermForm) -> None:
    wrong: dict[str, str] = {}
    if not (form.code.isascii() and form.code.replace("_", "").isalnum() and len(form.code) <= 40):
        wrong["code"] = "请用英文字母、数字和下划线，不超过 40 个字符，例如：attendance"
    if not 0 < len(form.name.strip()) <= 40:
        wrong["name"] = "请填写名称，不超过 40 字"
    if form.valid_from and form.valid_until and form.valid_until < form.valid_from:
        wrong["valid_until"] = "最后一天不能早于第一天"
    if form.every_minutes is not None and not 1 <= form.every_minutes <= DAY_MINUTES:
        wrong["every_minutes"] = "请填 1 至 1440 之间的分钟数；不定时的种类留空"
    if wrong:
        raise Invalid("填写有误，请按提示修改。", fields=wrong)


def _held_term(term_id: UUID, seen: int) -> InspectionTerm:
    term = InspectionTerm.objects.select_for_update().filter(pk=term_id).first()
    if term is None:
        raise Missing
    if term.edit != seen:
        raise Conflict("您打开之后，已有人修改过这一条。", how="您填写的内容还在页面上，请核对后再保存。")
    return term


def _term_data(term: InspectionTerm) -> dict[str, Any]:
    return {
        "register": term.register,
        "code": term.code,
        "name": term.name,
        "valid_from": term.valid_from.isoformat() if term.valid_from else None,
        "valid_until": term.valid_until.isoformat() if term.valid_until else None,
        "every_minutes": term.every_minutes,
        "position": term.position,
    }


def valid_term(register: Register, term_id: UUID | None, day: date, field: str) -> InspectionTerm:
    """An entry of a list that holds on a day. Raises Invalid naming the form's field."""
    found = InspectionTerm.objects.filter(pk=term_id, register=register).first() if term_id else None
    if found is None:
        raise Invalid(f"请选择{register.label}。", fields={field: f"请选择{register.label}"})
    if (found.valid_from and day < found.valid_from) or (found.valid_until and found.valid_until < day):
        raise Invalid(
            f"「{found.name}」在这一天没有启用。", fields={field: f"请选择当日有效的{register.label}"}
        )
    return found


@keyed("round")
def start_round(kind_id: UUID | None, *, by: Actor, at: datetime, key: str) -> HallRound:
    """Begin a round; the same key again gives the same round.

    Raises Invalid for a kind that does not hold today, Conflict where the inspector has one that is not finished.
    """
    by.require(Capability.HALL_INSPECT)
    known = HallRound.objects.filter(key=key).first()
    if known is not None:
        return known
    kind = valid_term(Register.KIND, kind_id, local_day(at), "kind")
    assert by.id is not None
    try:
        with transaction.atomic():
            made = HallRound.objects.create(
                id=uuid7(at), kind=kind, day=local_day(at), started_at=at, inspector_id=by.id,
                inspector_name=by.name, key=key,
            )  # fmt: skip
            record(NewFact(made.id, "hall_round", ROUND_STARTED, {"kind": kind.code}), by=by, at=at)
    except IntegrityError as error:
        # The same key a moment earlier is no second round.
        twice = HallRound.objects.filter(key=key).first()
        if twice is not None:
            return twice
        raise Conflict("您还有一次巡查没有结束。", how="请先打开并结束那次巡查，再开始新的。") from error
    return made


@transaction.atomic
def keep_draft(round_id: UUID, words: Mapping[str, str], *, by: Actor) -> None:
    """Keep what was typed on the pages of an open round, so that it is there again. Leaves no fact."""
    by.require(Capability.HALL_INSPECT)
    held = own_round(round_id, by=by)
    kept = {name[:64]: value[:LONGEST_NOTE] for name, value in list(words.items())[:60]}
    drafted = held.draft | kept
    if len(canonical.text(drafted)) > LONGEST_DRAFT:
        raise Invalid("暂存的内容过多，没有再保存。", how="请先记下问题或者结束巡查，再继续填写。")
    held.draft = drafted
    held.save(update_fields=["draft"])


def own_round(round_id: UUID, *, by: Actor) -> HallRound:
    """The actor's own round, held, while it is open. Raises Missing, and Conflict once it is finished."""
    by.require(Capability.HALL_INSPECT)
    held = HallRound.objects.select_for_update().filter(pk=round_id).first()
    if held is None or held.inspector_id != by.id:
        raise Missing("没有找到这次巡查，或者它是别人的。", how="请从巡查记录重新打开。")
    if held.ended_at is not None:
        raise Conflict("这次巡查已经结束，不能再修改。", how="需要补充时，请开始一次新的巡查。")
    return held


@transaction.atomic
def finish_round(
    round_id: UUID, good: Sequence[str], windows: Sequence[str], note: str, *, by: Actor, at: datetime
) -> HallRound:
    """End a round: `good` are the codes of the headings without a problem; those with findings follow from these.

    Raises Invalid where nothing at all was looked at or a heading is called good against its findings.
    """
    by.require(Capability.HALL_INSPECT)
    held = own_round(round_id, by=by)
    headings = {term.code: term for term in InspectionTerm.objects.filter(register=Register.HEADING)}
    standing = held.findings.exclude(state=FindingState.WITHDRAWN).values_list("heading__code", flat=True)
    found = set(standing)
    _check_finish(set(good), found, headings)
    outcomes = [(code, Outcome.GOOD) for code in sorted(set(good))]
    outcomes += [(code, Outcome.FOUND) for code in sorted(found)]
    RoundResult.objects.bulk_create(
        RoundResult(round=held, heading=headings[code], outcome=outcome) for code, outcome in outcomes
    )
    held.windows = [window.strip()[:40] for window in windows if window.strip()][:MOST_WINDOWS]
    held.note, held.ended_at, held.draft = note.strip()[:LONGEST_NOTE], at, {}
    held.save()
    data = {"results": {code: str(outcome) for code, outcome in outcomes}, "windows": len(held.windows)}
    record(NewFact(held.id, "hall_round", ROUND_FINISHED, data), by=by, at=at)
    return held


def _check_finish(good: set[str], found: set[str], headings: Mapping[str, InspectionTerm]) -> None:
    if not good <= set(headings):
        raise Invalid("没有这个巡查项目。", how="请刷新页面后重试。")
    both = [headings[code].name for code in sorted(good & found)]
    if both:
        raise Invalid(
            f"{'、'.join(both)}：已登记问题，不能又选「无问题」。",
            fields={f"result-{code}": "已登记问题" for code in sorted(good & found)},
        )
    if not good and not found:
        raise Invalid(
            "还没有填写任何项目的结果。", how="看过且没有问题的项目请选「无问题」；没有看的项目不选。",
            fields={"": "请至少填写一个项目"},
        )  # fmt: skip
