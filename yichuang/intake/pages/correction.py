"""Mending in place: every line of the notice with what can be done about it, then one button."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from yichuang.catalogue.rules.answers import tidy
from yichuang.directory.flow import Capability
from yichuang.intake import commands, queries
from yichuang.intake.commands import OTHER
from yichuang.intake.flow import ALL_SECTIONS
from yichuang.intake.pages.drafting import (
    ACCEPT,
    MEGABYTES,
    Links,
    Question,
    draft_context,
    links,
    posted_answers,
    questions,
    received,
    show,
)
from yichuang.intake.pages.follow import file_rows
from yichuang.intake.pages.materials import file_line
from yichuang.intake.queries import DraftRow, Followed, Line, followed, own_draft, region_names
from yichuang.intake.rules import drafting
from yichuang.kernel.errors import Conflict, Invalid, Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key

NOTE_LENGTH = 1000
SEND = "send"
# What a line of a notice points at.
CONTROLS = {"act", "client_key", "draft", "edit", "note", "shown", "tab"}
FIELD, MATERIAL = "field:", "material:"


@needs(Capability.CASE_APPLY)
@require_http_methods(["GET", "POST"])
def correction(request: Request, case_id: UUID) -> HttpResponse:
    """The correction notice line by line; files are kept as they come, `send` gives the case back to the window."""
    if request.method == "POST" and request.POST.get("act") == SEND:
        return _send(request, case_id)
    made = commands.begin_correction(case_id, by=request.by, at=request.at)
    found = own_draft(made.pk, by=request.by)
    if request.method == "GET":
        return _page(request, case_id, found)
    wrong = _take(request, found)
    problem = _mend_fields(request, found, case_id)
    if wrong or problem:
        latest = own_draft(made.pk, by=request.by)
        return _page(
            request, case_id, latest, wrong=wrong, problem=problem, status=problem.status if problem else 422
        )
    return HttpResponseRedirect(reverse("my-correction", args=[case_id]))


def _mend_fields(request: Request, found: DraftRow, case_id: UUID) -> Conflict | None:
    """Keep the fields that were mended on this page, section by section; the conflict where one was saved elsewhere since."""
    raw = request.POST.get("edit", "")
    edit = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else 0
    tab = clean_text(request.POST.get("tab", ""), limit=64)
    wanted = _wanted(followed(case_id, by=request.by, today=local_day(request.at)))
    for section in found.guide.form.sections:
        posted = posted_answers(request, found, section.code)
        typed = {code: value for code, value in posted.items() if code in wanted}
        if typed:
            try:
                commands.save_section(
                    found.id, section.code, typed, edit, by=request.by, at=request.at, tab=tab
                )
            except Conflict as problem:
                return problem
    return None


def _take(request: Request, found: DraftRow) -> dict[str, str]:
    """Keep every file that came with the form; what could not be kept, by its field."""
    key = post_key(request)
    known = {material.code for material in found.guide.materials}
    wrong: dict[str, str] = {}
    for name in dict.fromkeys(request.FILES):
        code = name.partition("@")[0]
        for position, upload in enumerate(request.FILES.getlist(name)):
            try:
                file = received(upload)
                place = code if code in known else OTHER
                commands.add_material(
                    found.id, place, file, by=request.by, at=request.at, key=f"{key}{name}{position}"
                )
            except (Invalid, Conflict) as problem:
                wrong[name] = f"{problem.message}{problem.how}"
    return wrong


def _send(request: Request, case_id: UUID) -> HttpResponse:
    key = post_key(request)
    note = clean_text(request.POST.get("note", ""), limit=NOTE_LENGTH)
    draft_id = _draft_of(request, case_id)
    found = own_draft(draft_id, by=request.by)
    wrong = _take(request, found) if found.case_id is None else {}
    stale = _mend_fields(request, found, case_id) if found.case_id is None else None
    if wrong or stale:
        latest, status = own_draft(draft_id, by=request.by), stale.status if stale else 422
        return _page(request, case_id, latest, wrong=wrong, problem=stale, note=note, status=status)
    try:
        commands.send_correction(draft_id, note=note, key=key, by=request.by, at=request.at)
    except (Invalid, Conflict) as problem:
        latest = own_draft(draft_id, by=request.by)
        if latest.case_id is not None:
            raise
        return _page(request, case_id, latest, problem=problem, note=note, status=problem.status)
    return HttpResponseRedirect(reverse("my-case", args=[case_id]))


def _draft_of(request: Request, case_id: UUID) -> UUID:
    """The draft that the page was drawn with; one's own open correction where the page does not say."""
    try:
        return own_draft(UUID(request.POST.get("draft", "")), by=request.by).id
    except ValueError:
        return commands.begin_correction(case_id, by=request.by, at=request.at).pk


def _page(
    request: Request, case_id: UUID, found: DraftRow, *, wrong: dict[str, str] | None = None,
    problem: Problem | None = None, note: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    case = followed(case_id, by=request.by, today=local_day(request.at))
    filed = queries.application(case_id, by=request.by)
    form = found.guide.form
    tidied = tidy(form, found.answers)
    names = region_names(
        [*drafting.region_answers(form, filed.answers), *drafting.region_answers(form, tidied)]
    )
    to = links(request, found)
    asked = _questions(request, found, case, problem)
    lines = [_line(line, position, case, found, to, asked) for position, line in enumerate(case.correction)]
    before = {
        field.code: drafting.shown_answer(field, filed.answers.get(field.code), names)
        for field in form.fields()
    }
    context = draft_context(request, found) | {
        "case": case,
        "lines": [one | {"before": before.get(str(one["code"]), "")} for one in lines],
        "in_place": [question.code for question in asked.values()],
        "others": _files(found, OTHER, to),
        "sections": [(part.title, to("section", part.code)) for part in form.sections],
        "mended_rows": [
            [one.label, one.before, one.after]
            for one in drafting.changed_fields(form, filed.answers, tidied, names)
        ],
        "filed": file_rows(case_id, filed.materials),
        "wrong": wrong or {},
        "problem": problem,
        "note": note,
        "accept": ACCEPT,
        "megabytes": MEGABYTES,
        "key": client_key(),
        "tab": request.POST.get("tab") or client_key(),
        "to_section": {
            field.code: to("section", part.code) for part in form.sections for field in part.fields
        },
    }
    return show(request, "correction", context, status=status)


def _wanted(case: Followed) -> frozenset[str]:
    """The fields that the notice points at and that can stand on this page beside its own controls."""
    codes = {line.target.removeprefix(FIELD) for line in case.correction if line.target.startswith(FIELD)}
    return frozenset(codes - CONTROLS)


def _questions(
    request: Request, found: DraftRow, case: Followed, problem: Problem | None
) -> dict[str, Question]:
    """The questions that the notice points at, as they are asked now, with what was just typed, by their code."""
    wanted = _wanted(case)
    if not wanted:
        return {}
    posted = posted_answers(request, found, ALL_SECTIONS) if problem else {}
    typed = {code: value for code, value in posted.items() if code in wanted}
    messages = problem.fields if problem else {}
    asked = questions(found, ALL_SECTIONS, found.answers | typed, messages)
    return {one.code: one for part in asked for one in part.questions if one.code in wanted}


def _line(
    line: Line, position: int, case: Followed, found: DraftRow, to: Links, asked: dict[str, Question]
) -> dict[str, object]:
    earlier = [(one.material, one.target) for one in case.correction[:position]]
    repeated = (line.material, line.target) in earlier
    if line.target.startswith(FIELD):
        code = line.target.removeprefix(FIELD)
        section = next((p.code for p in found.guide.form.sections if code in [f.code for f in p.fields]), "")
        link = f"{to('section', section)}#f-{code}" if section else ""
        return {
            "line": line, "code": code, "field": f"{OTHER}@{position}", "files": [], "is_material": False,
            "material": None, "question": None if repeated else asked.get(code), "section": link,
        }  # fmt: skip
    wanted = line.target.removeprefix(MATERIAL)
    material = next((m for m in found.guide.materials if m.code == wanted or m.name == line.material), None)
    code = material.code if material else OTHER
    # Two lines about one material share its files; the second shows none.
    own = _files(found, code, to) if material and not repeated else []
    return {
        "line": line, "code": code, "field": f"{code}@{position}", "files": own, "is_material": material is not None,
        "material": material, "question": None, "section": "",
    }  # fmt: skip


def _files(found: DraftRow, code: str, to: Links) -> list[dict[str, object]]:
    return [
        file_line(one.name, one.size, to("file-of", one.id), to("remove", one.id))
        for one in found.files_of(code)
    ]
