"""The desk: queues by due date, search, CSV of any list. No dashboard before work."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET

from yichuang.cases import rules
from yichuang.cases.flow import OUTCOME_LABELS, PROMPTNESS_LABELS, Outcome, Promptness, State
from yichuang.cases.pages.blocks import asking, every_row
from yichuang.cases.pages.bulk_acts_new import kinds_for
from yichuang.cases.queries import Filters, QueueRow, Tab, counts, export, queue, search_page
from yichuang.cases.queries.checks import StepMark, step_marks
from yichuang.cases.queries.queues import NOT_ALL, TAB_LABELS, WORK_OF_TAB, Hits
from yichuang.directory.flow import Capability
from yichuang.directory.queries import department_names
from yichuang.home.pages.private import searched
from yichuang.home.queries import navigation
from yichuang.kernel import paging
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.together import side_by_side
from yichuang.kernel.web import Request, needs, signed_in
from yichuang.workdays.queries import calendar

CSV_HEAD = (
    "编号", "事项", "申请人", "部门", "状态", "待办", "期限", "经办", "收件日", "结果", "时效", "急件", "步骤", "步骤期限",
)  # fmt: skip
# Rows of a file that one statement asks for, and one for their steps.
CSV_BLOCK = 500


@signed_in
@require_GET
def desk(request: Request) -> HttpResponse:
    """The queues, or for those who handle no cases the first page that they may open."""
    if not request.by.can(Capability.CASE_SEARCH):
        return HttpResponseRedirect(_first_page(request))
    tab = _tab(request)
    filters = _filters(request)
    page, numbers = side_by_side(
        lambda: queue(tab, by=request.by, filters=filters, after=request.GET.get("after", "")),
        lambda: counts(by=request.by),
    )
    kept = {k: request.GET[k] for k in request.GET if k not in ("after", "tab")}
    context = {
        "tab": tab,
        "tabs": _tabs(tab, kept, numbers),
        "chips": _chips(request, tab, filters, page.rows),
        "rows": _lines(page.rows, local_day(request.at)),
        "previous": "" if page.is_first else f"?{_asks({'tab': tab, **kept})}",
        "following": f"?{_asks({'tab': tab, **kept, 'after': page.following})}" if page.following else "",
        "csv": f"/desk/export.csv?{_asks({'tab': tab, **kept})}",
        "export": f"/desk/exports/new?{_asks({'list': 'queue', 'tab': tab, **kept})}",
        "empty": EMPTY[tab] if filters == Filters() else NOTHING_FITS,
        "bulk": _bulk(request, tab, kept),
    }
    return render(request, "home/desk.html", context)


def _bulk(request: Request, tab: Tab, kept: dict[str, str]) -> dict[str, Any]:
    """What may be done to many rows of the tab at once: to those ticked, or to all that the address narrows to."""
    kinds = [one for one in kinds_for(request.by) if set(one.work) & set(WORK_OF_TAB.get(tab, ()))]
    return {
        "may": request.by.can(Capability.CASE_ACT_BULK),
        "kinds": kinds,
        "all": f"/desk/bulk-acts/new?{_asks({'all': '1', **kept})}",
    }


@lru_cache(2000)
def _query(*pairs: tuple[str, str]) -> str:
    """What stands behind the question mark: a page has ten of these, and the same ones every time."""
    return urlencode(pairs)


def _asks(wanted: Mapping[str, str]) -> str:
    return _query(*wanted.items())


EMPTY = {
    Tab.TO_ACCEPT: "没有待受理的件。网上提交或窗口收件后会出现在这里。",
    Tab.IN_HAND: "没有在办的件。受理后会按到期日排在这里。",
    Tab.WAITING: "没有等待他人的件。等申请人补正、特别程序中的件会出现在这里。",
    Tab.DONE: "还没有办完的件。",
}
KEEPERS = (
    Capability.HALL_INSPECT,
    Capability.HALL_RECTIFY,
    Capability.PROGRAMME_KEEP,
    Capability.FEEDBACK_HANDLE,
)
NOTHING_FITS = "没有符合筛选条件的件。再点一次上面的筛选，可以回到全部。"


def _first_page(request: Request) -> str:
    """The first entry; the registers, which speak the report's headings, before bare statistics."""
    offered = [href for _, href, _ in navigation(request.by, "/desk") if href != "/desk"]
    first = next(iter(offered), "/")
    keeps = any(map(request.by.can, KEEPERS))
    return "/desk/registers" if first == "/desk/figures" and keeps else first


def _tab(request: Request) -> Tab:
    given = request.GET.get("tab", "")
    if given in {str(tab) for tab in Tab}:
        return Tab(given)
    return Tab.TO_ACCEPT if request.by.can(Capability.CASE_ACCEPT) else Tab.IN_HAND


def _filters(request: Request) -> Filters:
    return Filters(
        item_id=parse_uuid(request.GET.get("item", "")),
        department_id=parse_uuid(request.GET.get("department", "")),
        mine=request.GET.get("mine") == "1",
        overdue_on=local_day(request.at) if request.GET.get("overdue") == "1" else None,
        due_from=_asked_day(request, "due_from"),
        due_to=_asked_day(request, "due_to"),
        green=request.GET.get("green") == "1",
    )


def _asked_day(request: Request, name: str) -> date | None:
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None


def _tabs(tab: Tab, kept: dict[str, str], numbers: Mapping[Tab, int]) -> list[tuple[Any, ...]]:
    return [
        (
            TAB_LABELS[one],
            f"?{_asks({'tab': one, **kept})}",
            one == tab,
            *((paging.counted(numbers[one]),) if one in numbers else ()),
        )
        for one in Tab
    ]


def _chips(
    request: Request, tab: Tab, filters: Filters, rows: Sequence[QueueRow]
) -> list[tuple[str, str, bool]]:
    """Switches for open work, and whatever else the address narrows by, so that it can be taken away again."""
    names = [("急件", "green")]
    if tab != Tab.DONE:
        names = [("只看我的", "mine"), ("已超期", "overdue"), *names]
    chips = [
        (label, f"?{_asks(_toggled(request, tab, name))}", request.GET.get(name) == "1")
        for label, name in names
    ]
    if filters.department_id:
        label = department_names().get(filters.department_id, "所选部门")
        chips.append((label, f"?{_asks(_without(request, tab, 'department'))}", True))
    for name, day, word in (("due_from", filters.due_from, "起"), ("due_to", filters.due_to, "止")):
        if day:
            chips.append((f"期限 {day} {word}", f"?{_asks(_without(request, tab, name))}", True))
    if filters.item_id:
        label = rows[0].item_name if rows else "所选事项"
        chips.append((label, f"?{_asks(_without(request, tab, 'item'))}", True))
    return chips


def _without(request: Request, tab: Tab, name: str) -> dict[str, str]:
    return {k: request.GET[k] for k in request.GET if k not in ("after", name)} | {"tab": str(tab)}


def _toggled(request: Request, tab: Tab, name: str) -> dict[str, str]:
    kept = _without(request, tab, name)
    return kept if request.GET.get(name) == "1" else kept | {name: "1"}


class Line(NamedTuple):
    """One line of a list: the row, and what the page works out beside it."""

    id: UUID
    number: str
    row: QueueRow
    department: str
    href: str
    left: int | None
    ending: str
    step: StepMark | None
    step_overdue: bool


def _lines(rows: Iterable[QueueRow], today: date) -> list[Line]:
    """Rows with the working days left from today, and the nearest limit of a step. One statement at most."""
    rows = list(rows)
    days = calendar()
    marks = _marks(rows)
    return [
        Line(
            row.id, row.number, row, row.department_name, f"/desk/cases/{row.id}", rules.days_left(days, row.due_on, today),
            ending(row.outcome, row.promptness), (mark := marks.get(row.id)), mark is not None and mark.due_on < today,
        )
        for row in rows
    ]  # fmt: skip


def _marks(rows: Iterable[QueueRow]) -> dict[UUID, StepMark]:
    """The nearest limit of a step by case; only a case that is being examined has one."""
    return step_marks([row.id for row in rows if row.state in (State.REVIEW, State.SPECIAL)])


def ending(outcome: str | None, promptness: str | None) -> str:
    """How a case ended: 准予 · 提前. Empty for one that has not."""
    words = [OUTCOME_LABELS[Outcome(outcome)]] if outcome else []
    return " · ".join([*words, *([PROMPTNESS_LABELS[Promptness(promptness)]] if promptness else [])])


@needs(Capability.CASE_SEARCH)
@require_GET
def find(request: Request) -> HttpResponse:
    """Search by number, applicant's name, identity number or credit code."""
    text = request.GET.get("q", "").strip()[:200]
    searched(request, text)
    after = request.GET.get("after", "")[:1500]
    page = search_page(text, by=request.by, after=after) if text else None
    found = page.rows if page else []
    if not after and len(found) == 1 and found[0].number == text.upper():
        return HttpResponseRedirect(f"/desk/cases/{found[0].id}")
    asked = {"q": text}
    context = {
        "q": text,
        "rows": _lines(found, local_day(request.at)),
        "not_all": NOT_ALL if page and page.not_all else "",
        "previous": f"?{urlencode(asked)}" if page and not page.is_first else "",
        "following": f"?{urlencode(asked | {'after': page.following})}" if page and page.following else "",
        "csv": f"/desk/search.csv?{urlencode({'q': text})}" if found else "",
        "export": f"/desk/exports/new?{urlencode({'list': 'search', 'q': text})}" if found else "",
    }
    return render(request, "home/search.html", context)


@needs(Capability.CASE_SEARCH)
@require_GET
def find_csv(request: Request) -> HttpResponseBase:
    """Everything that a search finds, as CSV; under its head it says where more fit than those whose cases it holds."""
    text = request.GET.get("q", "").strip()[:200]
    searched(request, text)
    said: list[str] = []

    def block(after: str) -> Hits:
        page = search_page(text, by=request.by, after=after, size=CSV_BLOCK)
        said[:] = [NOT_ALL] if page.not_all else []
        return page

    rows = _csv_rows(request, every_row(request, block) if text else ())
    return csv_response(f"查办件-{local_day(request.at)}.csv", CSV_HEAD, _under(said, rows))


def _under(said: Sequence[str], rows: Iterator[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    """The rows beneath what is to be said of them, which is known when the first is read."""
    first = next(rows, None)
    yield from ((words,) for words in said)
    if first is not None:
        yield first
        yield from rows


@needs(Capability.CASE_SEARCH)
@require_GET
def export_csv(request: Request) -> HttpResponseBase:
    """Every row of the list on the screen, as CSV that spreadsheets open safely."""
    tab, filters = _tab(request), _filters(request)
    rows = export(tab, by=request.by, filters=filters, ask=asking(request))
    name = f"办件-{TAB_LABELS[tab]}-{local_day(request.at)}.csv"
    return csv_response(name, CSV_HEAD, _csv_rows(request, rows))


def _csv_rows(request: Request, rows: Iterable[QueueRow]) -> Iterator[tuple[object, ...]]:
    """The rows as a file has them, with the nearest limit of a step as the list on the screen shows it."""
    ask, names, waiting = asking(request), department_names(), iter(rows)
    while block := list(islice(waiting, CSV_BLOCK)):
        marks: dict[UUID, StepMark] = ask(partial(_marks, block))
        for row in block:
            mark = marks.get(row.id)
            yield (*_csv(row, names), mark.label if mark else "", mark.due_on if mark else "")


def _csv(row: QueueRow, names: dict[UUID, str]) -> tuple[object, ...]:
    return (
        row.number, row.item_name, row.masked_name, names.get(row.department_id, ""), row.state_label,
        row.work_label, row.due_on or "", row.holder_name, row.filed_on,
        OUTCOME_LABELS[Outcome(row.outcome)] if row.outcome else "",
        PROMPTNESS_LABELS[Promptness(row.promptness)] if row.promptness else "", "是" if row.green else "",
    )  # fmt: skip
