"""综窗: the paper's number first; who it is and what is open appear; choose the matter; one page; the receipt."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from yichuang.cases.queries import open_cases_of
from yichuang.catalogue.queries import ItemLine, search
from yichuang.directory.commands import ApplicantForm
from yichuang.directory.flow import ApplicantKind, Capability
from yichuang.directory.models import Applicant
from yichuang.directory.queries import applicant_by_paper, applicants_matching
from yichuang.intake import commands, queries
from yichuang.intake.flow import ALL_SECTIONS
from yichuang.intake.pages.drafting import case_link, show
from yichuang.kernel import identifiers
from yichuang.kernel.errors import Invalid
from yichuang.kernel.keys import client_key
from yichuang.kernel.web import Request, clean_text, needs, post_key

SHOWN_ITEMS = 12
FIELDS = ("kind", "name", "paper_number", "phone", "address", "legal_representative")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of the page holds: the paper's number (or a name), words for the matter, the chosen matter."""

    paper: str
    words: str
    item: str


@needs(Capability.CASE_FILE_FOR)
@require_safe
def window(request: Request) -> HttpResponse:
    """The one field first; then the known applicant with open cases, and the choice of a matter."""
    asked = Asked(
        clean_text(request.GET.get("paper", ""), limit=100),
        clean_text(request.GET.get("q", ""), limit=100),
        clean_text(request.GET.get("item", ""), limit=100),
    )
    return _page(request, asked, _known(asked.paper), {})


def _known(paper: str) -> Applicant | None:
    return applicant_by_paper(paper) if paper else None


def _page(
    request: Request, asked: Asked, known: Applicant | None, wrong: dict[str, str], *,
    given: dict[str, str] | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    kind = _kind_of(asked.paper)
    matches = applicants_matching(asked.paper, by=request.by) if asked.paper and not (known or kind) else []
    items = _items(asked) if (known or kind) else []
    context: dict[str, Any] = {
        "asked": asked,
        "known": known,
        "kind": kind,
        "matches": matches,
        "cases": [(case_link(case[0]), *case[1:]) for case in open_cases_of(known.pk)] if known else [],
        "drafts": queries.own_drafts(by=request.by, applicant_id=known.pk if known else None),
        "items": items,
        "paper_wrong": "" if known or kind or matches or not asked.paper else _why_not(asked.paper),
        "given": given or _given(known, asked.paper, kind),
        "wrong": wrong,
        "key": client_key(),
    }
    return show(request, "window", context, status=status)


def _items(asked: Asked) -> list[ItemLine]:
    found = search(asked.words or asked.item, size=SHOWN_ITEMS).rows
    return [line for line in found if line.has_guide]


def _kind_of(paper: str) -> str:
    """person or company where the text is a sound number, else nothing."""
    number = paper.strip().upper()
    if identifiers.check(number, "resident_id").verdict == "ok":
        return ApplicantKind.PERSON
    return ApplicantKind.COMPANY if identifiers.check(number, "uscc").verdict == "ok" else ""


def _why_not(paper: str) -> str:
    number = paper.strip().upper()
    if len(number) == 18 and number.isalnum() and number.isascii():
        kind = "resident_id" if number[:17].isdigit() and number[6:8] in ("19", "20") else "uscc"
        what = "身份证号" if kind == "resident_id" else "统一社会信用代码"
        return f"{what}不正确：{'；'.join(identifiers.check(number, kind).reasons)}。请重新读取证件或者核对后再输入"
    return "没有登记过的申请人。请输入 18 位身份证号或者统一社会信用代码，核对无误后就地登记"


def _given(known: Applicant | None, paper: str, kind: str) -> dict[str, str]:
    if known is None:
        return {**dict.fromkeys(FIELDS, ""), "paper_number": paper.strip().upper(), "kind": kind}
    return {name: str(getattr(known, name)) for name in FIELDS}


@needs(Capability.CASE_FILE_FOR)
@require_POST
def start(request: Request) -> HttpResponse:
    """Register or confirm the walk-in and begin the draft of the chosen matter; the whole form follows on one page."""
    given = {name: clean_text(request.POST.get(name, ""), limit=200) for name in FIELDS}
    asked = Asked(
        given["paper_number"],
        clean_text(request.POST.get("q", ""), limit=100),
        clean_text(request.POST.get("item", ""), limit=100),
    )
    known = _known(given["paper_number"])
    try:
        if not asked.item:
            raise Invalid("请选择事项。", fields={"item": "请先查找并选择要办的事项"})
        draft = commands.begin_walk_in(
            asked.item, _form(given), by=request.by, at=request.at, key=post_key(request)
        )
    except Invalid as problem:
        wrong = dict(problem.fields) or {"item": f"{problem.message}{problem.how}"}
        return _page(request, asked, known, wrong, given=given, status=422)
    return HttpResponseRedirect(reverse("window-draft-section", args=[draft.pk, ALL_SECTIONS]))


def _form(given: dict[str, str]) -> ApplicantForm:
    if given["kind"] not in set(ApplicantKind):
        raise Invalid("请选择申请人是单位还是个人。", fields={"kind": "请选择单位还是个人"})
    return ApplicantForm(**{**given, "kind": ApplicantKind(given["kind"])})  # type: ignore[arg-type]
