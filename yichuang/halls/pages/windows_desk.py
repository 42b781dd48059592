"""综窗: the paper's number first; who it is, what is open and what is ready appear; four acts; the matter; the receipt."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_POST, require_safe

from yichuang.cases.flow import State
from yichuang.cases.queries import open_cases_of
from yichuang.catalogue.queries import search
from yichuang.directory.commands import ApplicantForm
from yichuang.directory.flow import ApplicantKind, Capability
from yichuang.directory.models import Applicant
from yichuang.directory.queries import MOST_FOUND, applicant_by_paper, applicants_matching
from yichuang.halls.commands.windows import choose_seat
from yichuang.halls.commands.windows_filing import file_at_window
from yichuang.halls.models import Window, WindowAct
from yichuang.halls.pages.windows_forms import seat_context
from yichuang.halls.queries.acts import consultation, unsigned
from yichuang.halls.queries.windows import Gated, gates, windows_of
from yichuang.intake import commands
from yichuang.intake.commands.walk_in import NotForWindow
from yichuang.intake.flow import ALL_SECTIONS
from yichuang.intake.pages.drafting import case_link
from yichuang.intake.pages.filing import file_by
from yichuang.intake.queries import own_drafts
from yichuang.kernel import identifiers
from yichuang.kernel.errors import Conflict, Invalid, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key, posted_uuid

SHOWN_ITEMS = 12
NOT_ALL = f"名称相近的申请人超过 {MOST_FOUND} 名，只列出其中 {MOST_FOUND} 名。请补充名称，或者输入证件号码。"
FIELDS = ("kind", "name", "paper_number", "phone", "address", "legal_representative")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address holds: the paper's number (or a name), words for the matter, the matter, a consultation."""

    paper: str
    words: str
    item: str
    consultation: str = ""

    def address(self, **changes: str) -> str:
        """The page with these answers, some of them changed."""
        kept = {"paper": self.paper, "item": self.item, "consultation": self.consultation} | changes
        return f"{reverse('window')}?{urlencode({name: value for name, value in kept.items() if value})}"


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An open case of the person at the window; `issue` leads to 颁发 where the result is ready."""

    href: str
    number: str
    item: str
    state: str
    due: Any
    issue: str


@dataclass(frozen=True, slots=True)
class Shut:
    """An item that the window may not accept: why, where to, and the department's own windows."""

    reason: str
    hand_over_to: str
    windows: list[Window]
    hand_over: str


@needs(Capability.CASE_FILE_FOR)
@require_safe
def window(request: Request) -> HttpResponse:
    """The one field first; then the known applicant with open cases, and the choice of a matter."""
    given = {
        name: clean_text(request.GET.get(name, ""), limit=100)
        for name in ("paper", "q", "item", "consultation")
    }
    asked = Asked(given["paper"], given["q"], given["item"], given["consultation"])
    return _page(request, asked, _known(asked.paper), {})


def _known(paper: str) -> Applicant | None:
    return applicant_by_paper(paper) if paper else None


def _page(
    request: Request, asked: Asked, known: Applicant | None, wrong: dict[str, str], *,
    given: dict[str, str] | None = None, shut: NotForWindow | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    kind = _kind_of(asked.paper)
    unsure = bool(asked.paper) and not (known or kind)
    matches = applicants_matching(asked.paper, by=request.by, limit=MOST_FOUND + 1) if unsure else []
    rows = (
        [line for line in search(asked.words or asked.item, size=SHOWN_ITEMS).rows if line.has_guide]
        if known or kind
        else []
    )
    doors = gates([line.id for line in rows], local_day(request.at)) if rows else {}
    context: dict[str, Any] = {
        "asked": asked,
        "known": known,
        "kind": kind,
        "matches": matches[:MOST_FOUND],
        "not_all": NOT_ALL if len(matches) > MOST_FOUND else "",
        "cases": _cases(known) if known else [],
        "drafts": own_drafts(by=request.by, applicant_id=known.pk if known else None),
        "items": [(line, doors[line.id].gate) for line in rows],
        "paper_wrong": "" if known or kind or matches or not asked.paper else _why_not(asked.paper),
        "given": given or _given(known, asked.paper, kind),
        "wrong": wrong,
        "shut": _shut(asked, {line.code: doors[line.id] for line in rows}, shut),
        "acts": _acts(request, asked),
        "consulted": _consulted(request, asked),
        "key": client_key(),
    }
    if request.by.can(Capability.WINDOW_ACT):
        waiting, overdue = unsigned(by=request.by, today=local_day(request.at))
        context |= seat_context(request) | {"waiting": waiting, "overdue": overdue}
    return render(request, "halls/window.html", context, status=status)


def _cases(known: Applicant) -> list[OpenCase]:
    ready = State.DECIDED.label
    return [
        OpenCase(
            case_link(case_id), number, item, state, due,
            f"{reverse('window-issue')}?{urlencode({'case': str(case_id)})}" if state == ready else "",
        )
        for case_id, number, item, state, due in open_cases_of(known.pk)
    ]  # fmt: skip


def _acts(request: Request, asked: Asked) -> list[tuple[str, str, str]]:
    """The four acts as doors, for those whose post acts at windows."""
    if not request.by.can(Capability.WINDOW_ACT):
        return []
    about = urlencode(
        {name: value for name, value in (("paper", asked.paper), ("item", asked.item)) if value}
    )
    tail = f"?{about}" if about else ""
    accept = "#choose" if asked.paper else "#f-paper"
    return [
        ("咨询", reverse("window-consult") + tail, "记下问题和答复，可以接着收件"),
        ("受理", accept, "就地收件；部门系统的件也可登记"),
        ("流转", reverse("window-hand-over") + tail, "开交接单，移交部门"),
        ("颁发", reverse("window-issue") + tail, "发证照，申请人签名"),
    ]


def _consulted(request: Request, asked: Asked) -> WindowAct | None:
    found = parse_uuid(asked.consultation) if asked.consultation else None
    return consultation(found, by=request.by) if found else None


def _shut(asked: Asked, doors: dict[str, Gated], refused: NotForWindow | None) -> Shut | None:
    """Why the chosen matter cannot be accepted here; nothing where it can, or none was chosen."""
    found = doors.get(asked.item)
    gate = refused.gate if refused else found.gate if found else None
    if gate is None or gate.allowed:
        return None
    about = urlencode({"item": asked.item, "paper": asked.paper})
    windows = windows_of(found.department_id) if found else []
    return Shut(gate.reason, gate.hand_over_to, windows, f"{reverse('window-hand-over')}?{about}")


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
    more = {name: clean_text(request.POST.get(name, ""), limit=100) for name in ("q", "item", "consultation")}
    asked = Asked(given["paper_number"], more["q"], more["item"], more["consultation"])
    known = _known(given["paper_number"])
    try:
        if not asked.item:
            raise Invalid("请选择事项。", fields={"item": "请先查找并选择要办的事项"})
        consulted = _consulted(request, asked)
        draft = commands.begin_walk_in(
            asked.item, _form(given), by=request.by, at=request.at, key=post_key(request),
            consultation=consulted.pk if consulted else None,
        )  # fmt: skip
    except NotForWindow as refused:
        return _page(request, asked, known, {}, given=given, shut=refused, status=refused.status)
    except (Invalid, Conflict) as problem:
        wrong = dict(problem.fields) or {"item": f"{problem.message}{problem.how}"}
        return _page(request, asked, known, wrong, given=given, status=problem.status)
    return HttpResponseRedirect(reverse("window-draft-section", args=[draft.pk, ALL_SECTIONS]))


def _form(given: dict[str, str]) -> ApplicantForm:
    if given["kind"] not in set(ApplicantKind):
        raise Invalid("请选择申请人是单位还是个人。", fields={"kind": "请选择单位还是个人"})
    return ApplicantForm(**{**given, "kind": ApplicantKind(given["kind"])})  # type: ignore[arg-type]


@needs(Capability.CASE_FILE_FOR)
@require_POST
def file(request: Request, draft_id: UUID) -> HttpResponse:
    """File a walk-in's draft: the same page as online, by the command that also records the window's acceptance."""
    return file_by(request, draft_id, file_at_window)


@needs(Capability.WINDOW_ACT)
@require_POST
def seat(request: Request) -> HttpResponse:
    """Choose the window of the day, and go back to where one was."""
    wanted = request.POST.get("next", "")
    back = (
        wanted
        if url_has_allowed_host_and_scheme(wanted, None) and wanted.startswith("/desk")
        else reverse("desk-acts")
    )
    chosen = posted_uuid(request, "window")
    if chosen is None:
        messages.warning(request, "请先选择窗口。")
        return HttpResponseRedirect(back)
    try:
        found = choose_seat(chosen, by=request.by, at=request.at)
    except Problem as problem:
        messages.error(request, f"{problem.message}{problem.how}")
        return HttpResponseRedirect(back)
    messages.success(request, f"今天在 {found.window.code} {found.window.name}。")
    return HttpResponseRedirect(back)
