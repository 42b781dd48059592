"""Mending in place: every line of the notice with what can be done about it, then one button."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from yichuang.catalogue.rules.answers import tidy
from yichuang.directory.flow import Capability
from yichuang.intake import commands, queries
from yichuang.intake.commands import OTHER
from yichuang.intake.pages.drafting import ACCEPT, MEGABYTES, Links, draft_context, links, received, show
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
    if wrong:
        return _page(request, case_id, own_draft(made.pk, by=request.by), wrong=wrong, status=422)
    return HttpResponseRedirect(reverse("my-correction", args=[case_id]))


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
            except Invalid as problem:
                wrong[name] = f"{problem.message}{problem.how}"
    return wrong


def _send(request: Request, case_id: UUID) -> HttpResponse:
    key = post_key(request)
    note = clean_text(request.POST.get("note", ""), limit=NOTE_LENGTH)
    draft_id = _draft_of(request, case_id)
    found = own_draft(draft_id, by=request.by)
    wrong = _take(request, found) if found.case_id is None else {}
    if wrong:
        latest = own_draft(draft_id, by=request.by)
        return _page(request, case_id, latest, wrong=wrong, note=note, status=422)
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
    context = draft_context(request, found) | {
        "case": case,
        "lines": [_line(line, position, case, found, to) for position, line in enumerate(case.correction)],
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
        "to_section": {
            field.code: to("section", part.code) for part in form.sections for field in part.fields
        },
    }
    return show(request, "correction", context, status=status)


def _line(line: Line, position: int, case: Followed, found: DraftRow, to: Links) -> dict[str, object]:
    code = next(
        (material.code for material in found.guide.materials if material.name == line.material), OTHER
    )
    earlier = [one.material for one in case.correction[:position]]
    # Two lines about one material share its files; the second shows none.
    own = [] if line.material in earlier or code == OTHER else _files(found, code, to)
    return {"line": line, "field": f"{code}@{position}", "files": own, "is_material": code != OTHER}


def _files(found: DraftRow, code: str, to: Links) -> list[dict[str, object]]:
    return [
        file_line(one.name, one.size, to("file-of", one.id), to("remove", one.id))
        for one in found.files_of(code)
    ]
