"""What a case waits for from its applicant, and how a machine brings it: a correction line by line, a material that follows."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_POST

from yichuang.cases.api import case_id_of, standing, stepped
from yichuang.cases.commands import Stepped
from yichuang.cases.models import Pending
from yichuang.cases.queries import visible
from yichuang.cases.queries.pending import pending_of
from yichuang.intake import commands
from yichuang.intake.api.filing import file_content, kept_files, read_answers
from yichuang.intake.commands import OTHER, Mended, NewFile
from yichuang.intake.commands.supply import supply_material
from yichuang.intake.flow import MOST_MATERIALS
from yichuang.intake.queries import Line, followed, notice_answered
from yichuang.intake.rules.mending import told
from yichuang.journal.commands import View, ViewKind, note_view
from yichuang.kernel.api import Reader, answer, idempotency_key, machine, problem_answer, read_body
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, signed_in

MOST_LINES = 60
LONGEST_NOTE = 1000
LONGEST_LINE = 500
MATERIAL = "material:"
Sent = tuple[str, str, str, str]


@machine
@signed_in
@require_GET
def waiting(request: Request, number: str) -> HttpResponse:
    """What a case waits for from its applicant: the correction notice line by line, and the materials to follow."""
    found = followed(case_id_of(request, number), by=request.by, today=local_day(request.at))
    row = found.case
    note_view(View(ViewKind.CASE, row.id, row.number), by=request.by, at=request.at)
    lines = [_line(line, place) for place, line in enumerate(found.correction, start=1)]
    pending = [_pending(one) for one in pending_of(row.id)]
    return answer(
        {
            "case_no": row.number,
            "state": row.state,
            "seq": row.seq,
            "respond_by": found.respond_by,
            "correction": lines,
            "pending": pending,
        }
    )


def _line(line: Line, place: int) -> dict[str, Any]:
    names = ("material", "problem", "requirement", "sample", "target")
    return {"line": place} | {name: getattr(line, name) for name in names}


def _pending(one: Pending) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "promised_on": one.promised_on,
        "received_on": one.received_on,
    }


@machine
@signed_in
@require_POST
def answer_correction(request: Request, number: str) -> HttpResponse:
    """Answer a correction notice, line by line: 201, or 200 where the key stands for this answer already."""
    key, body = idempotency_key(request), Reader(read_body(request))
    note, seen = body.text("note", limit=LONGEST_NOTE), body.whole("seen")
    answers, said, sent = read_answers(body), _said(body), _sent(body)
    body.done()
    case_id = case_id_of(request, number)
    notice = notice_answered(case_id, key, by=request.by)
    materials = _materials(sent, notice)
    words = told(note, said, [line.material for line in notice])
    return _stepped(
        request, number, case_id,
        lambda: commands.answer_directly(
            case_id, answers=answers, materials=materials, note=words, key=key, by=request.by, at=request.at, seen=seen
        ),
    )  # fmt: skip


def _said(body: Reader) -> list[tuple[int, str]]:
    """What is said to single lines of the notice: (which, counted from 1, and the words)."""
    found = []
    for one in body.lines("lines", limit=MOST_LINES):
        place = one.whole("line")
        found.append((place or 0, one.text("note", required=True, limit=LONGEST_LINE)))
        one.close()
    return found


def _sent(body: Reader) -> list[tuple[Sent, int | None]]:
    """Every file as it was sent, with the line that it answers; its code is needed where no line says what it is."""
    found = []
    for one in body.lines("materials", limit=MOST_MATERIALS):
        place = one.whole("line")
        code = one.text("code", required=place is None, limit=64)
        name = one.text("name", required=True, limit=300)
        found.append(((code, name, file_content(one), one.where), place))
        one.close()
    return found


def _materials(sent: list[tuple[Sent, int | None]], notice: tuple[Line, ...]) -> list[Mended]:
    """The files kept in the store, each under the material that its line is about. Raises Invalid."""
    wrong: dict[str, str] = {}
    named: list[Sent] = []
    for (code, name, content, where), place in sent:
        if place is not None and not 1 <= place <= len(notice):
            wrong[f"{where}line"] = "补正通知中没有这一项"
        elif place is not None and not code:
            target = notice[place - 1].target
            code = target.removeprefix(MATERIAL) if target.startswith(MATERIAL) else OTHER
        named.append((code, name, content, where))
    if wrong:
        raise Invalid("补正的内容有误。", how="各项的序号见 waiting。", fields=wrong)
    return [Mended(code, file) for code, file in kept_files(named)[0]]


@machine
@signed_in
@require_POST
def supply(request: Request, number: str) -> HttpResponse:
    """Bring a material that was promised: 201, or 200 where the key stands for it already."""
    key, body = idempotency_key(request), Reader(read_body(request))
    code, seen = body.text("code", required=True, limit=64), body.whole("seen")
    paper = body.flag("paper")
    sent = None if paper else (code, body.text("name", required=True, limit=300), file_content(body), "")
    body.done()
    case_id = case_id_of(request, number)
    promised = _promised(case_id, code, request)
    file: NewFile | None = kept_files([sent])[0][0][1] if sent else None
    return _stepped(
        request, number, case_id,
        lambda: supply_material(promised, file, by=request.by, at=request.at, key=key, seen=seen),
    )  # fmt: skip


def _promised(case_id: UUID, code: str, request: Request) -> UUID:
    visible(case_id, by=request.by)
    found = next((one.pk for one in pending_of(case_id) if one.code == code), None)
    if found is None:
        raise Missing("这个办件没有承诺补交这份材料。", how="等待补交的材料见 waiting。")
    return UUID(str(found))


def _stepped(request: Request, number: str, case_id: UUID, take: Callable[[], Stepped]) -> HttpResponse:
    """Take the step; where it has led, or where the case stands instead."""
    try:
        done = take()
    except Conflict as problem:
        return problem_answer(problem, current=standing(visible(case_id, by=request.by)))
    row = visible(case_id, by=request.by)
    return answer(stepped(number.strip().upper(), row.state, done.seq, done), 200 if done.replayed else 201)
