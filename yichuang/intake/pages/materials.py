"""The materials of a draft: what is needed and why, files up and off again, papers at the window."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yichuang.catalogue.flow import MaterialSource, Necessity
from yichuang.catalogue.rules.guide import Material, materials_for
from yichuang.intake import commands
from yichuang.intake.flow import PAPER
from yichuang.intake.pages.drafting import (
    ACCEPT,
    MEGABYTES,
    Links,
    download,
    draft_context,
    links,
    received,
    show,
)
from yichuang.intake.queries import DraftRow, open_draft, review_of
from yichuang.intake.rules.drafting import is_required
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, post_key

NO_FILE = "请先选择要上传的文件"


@require_http_methods(["GET", "POST"])
def materials(request: Request, draft_id: UUID) -> HttpResponse:
    """The list of materials. A post takes files for any of them, and at the window the papers that were handed over."""
    found = open_draft(draft_id, by=request.by)
    if request.method == "GET" and found.is_withdrawn:
        return HttpResponseRedirect(links(request, found)())
    if request.method == "GET":
        wrong = _missing(request, found) if request.GET.get("check") else {}
        return _page(request, found, wrong)
    wrong, problem = _take(request, found)
    found = open_draft(draft_id, by=request.by)
    if wrong or problem:
        return _page(request, found, wrong, problem=problem, status=422)
    if request.POST.get("act") != "onward":
        return HttpResponseRedirect(links(request, found)("materials"))
    missing = _missing(request, found)
    if missing:
        return _page(request, found, missing, status=422)
    return HttpResponseRedirect(_onward(request, found))


def _onward(request: Request, found: DraftRow) -> str:
    return reverse("my-correction", args=[found.mends]) if found.mends else links(request, found)("check")


def _missing(request: Request, found: DraftRow) -> dict[str, str]:
    if found.mends:
        return {}
    return review_of(found, today=local_day(request.at)).missing_materials


def _take(request: Request, found: DraftRow) -> tuple[dict[str, str], Problem | None]:
    """Keep every file that can be kept; what could not, by material."""
    key = post_key(request)
    wrong: dict[str, str] = {}
    if request.POST.get("papers_shown"):
        commands.receive_papers(found.id, request.POST.getlist("paper"), by=request.by, at=request.at)
    for code in dict.fromkeys(request.FILES):
        for position, upload in enumerate(request.FILES.getlist(code)):
            try:
                file = received(upload)
                commands.add_material(
                    found.id, code, file, by=request.by, at=request.at, key=f"{key}{position}"
                )
            except (Invalid, Conflict) as problem:
                wrong[code] = f"{problem.message}{problem.how}"
    chosen = request.POST.get("only", "")
    if chosen and not request.FILES:
        wrong[chosen] = NO_FILE
    return wrong, None


def _page(
    request: Request,
    found: DraftRow,
    wrong: dict[str, str],
    *,
    problem: Problem | None = None,
    status: int = 200,
) -> HttpResponse:
    to = links(request, found)
    tidied = review_of(found, today=local_day(request.at)).answers
    wanted = [line(material, found, to, wrong) for material in materials_for(found.guide, tidied)]
    context = draft_context(request, found) | {
        "wanted": [one for one in wanted if not one["free"]],
        "free": [one for one in wanted if one["free"]],
        "wrong": wrong,
        "problem": problem,
        "accept": ACCEPT,
        "megabytes": MEGABYTES,
        "key": client_key(),
    }
    return show(request, "materials", context, status=status)


def line(material: Material, found: DraftRow, to: Links, wrong: dict[str, str]) -> dict[str, object]:
    """One material as the list shows it: what, in which form, from where, the files so far."""
    files = [file for file in found.files_of(material.code) if file.kind != PAPER]
    return {
        "code": material.code,
        "material": material,
        "required": is_required(material),
        "later": material.required is Necessity.DEFERRABLE,
        "free": material.source is MaterialSource.NOT_NEEDED,
        "paper": any(file.kind == PAPER for file in found.files_of(material.code)),
        "error": wrong.get(material.code, ""),
        "files": [
            file_line(file.name, file.size, to("file-of", file.id), to("remove", file.id)) for file in files
        ],
    }


def file_line(name: str, size: int, href: str, remove: str = "") -> dict[str, object]:
    """A file as the macro `file_list` draws it."""
    return {"name": name, "size": size, "href": href, "remove": remove}


@require_POST
def remove(request: Request, draft_id: UUID, material_id: UUID) -> HttpResponse:
    """Take a file off the draft."""
    commands.remove_material(draft_id, material_id, by=request.by, at=request.at)
    found = open_draft(draft_id, by=request.by)
    if found.mends:
        return HttpResponseRedirect(reverse("my-correction", args=[found.mends]))
    return HttpResponseRedirect(links(request, found)("materials"))


@require_safe
def file_of(request: Request, draft_id: UUID, material_id: UUID) -> HttpResponse:
    """A file of one's own draft, as it was uploaded."""
    found = open_draft(draft_id, by=request.by)
    for file in found.materials:
        if file.id == material_id and file.kind != PAPER:
            return download(file.name, file.kind, file.sha256)
    raise Missing("没有找到这个文件。", how="请从草稿的材料页重新打开。")
