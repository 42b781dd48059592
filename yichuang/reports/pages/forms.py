"""Forms of the report: the list, a form with its preview, and the page on which a new form is made without code."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yichuang.directory.flow import Capability
from yichuang.kernel.errors import Invalid, Missing, Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs
from yichuang.reports.commands import forms as commands
from yichuang.reports.commands.opening import have_forms
from yichuang.reports.flow import SECTION_LABELS
from yichuang.reports.pages.common import html_of, seen, show, text
from yichuang.reports.queries import forms as queries
from yichuang.reports.queries.charts import charts_for
from yichuang.reports.queries.drafts import cited_figures
from yichuang.reports.rules import form_draft
from yichuang.reports.rules.composition import Appended, Frame, compose
from yichuang.reports.rules.document import Cited
from yichuang.reports.rules.form import CHARTS, DAYS, DISTRIBUTION, VISIT_FIELDS, FormSpec, parse_form
from yichuang.reports.rules.sample import sample_content
from yichuang.reports.rules.wording import day_zh, number_line
from yichuang.statistics import queries as statistics
from yichuang.statistics.flow import LABELS_OF_GROUPS, SCOPE_LABELS, Scope, measure_of
from yichuang.statistics.pages.period import last_full_week

SPARE_ROWS = 3
SECTION_FIELDS = ("key", "heading", "level", "kind", "pattern")
INSPECTION_FIELDS = ("key", "heading", "from", "until")


@needs(Capability.REPORT_FORMS)
@require_safe
def forms(request: Request) -> HttpResponse:
    """Every form, whether new reports may be opened in it, and how many have it."""
    have_forms()
    return show(request, "forms", {"rows": queries.forms(), "key": client_key()})


@needs(Capability.REPORT_FORMS)
@require_POST
def copy(request: Request, form_code: str) -> HttpResponse:
    """Begin a new form from another."""
    fresh = commands.copy_form(form_code, text(request, "name", 60), by=request.by, at=request.at)
    messages.success(request, "已复制为新表式，修改并预览之后再启用。")
    return HttpResponseRedirect(reverse("desk-report-form", args=[fresh]))


@needs(Capability.REPORT_FORMS)
@require_POST
def switch(request: Request, form_code: str) -> HttpResponse:
    """Put a form in force, or close it for new reports."""
    opens = request.POST.get("opens") == "1"
    commands.switch_form(form_code, opens=opens, by=request.by, at=request.at)
    messages.success(request, "表式已启用，可以用它新建周报。" if opens else "表式已停用，已有周报不受影响。")
    return HttpResponseRedirect(reverse("desk-report-form", args=[form_code]))


@needs(Capability.REPORT_FORMS)
@require_http_methods(["GET", "POST"])
def form(request: Request, form_code: str) -> HttpResponse:
    """One form: its rows and its preview. A packaged form is only looked at; typed changes are previewed or saved."""
    have_forms()
    code, row = form_code, queries.form_row(form_code)
    figures = _figures(request)
    if request.method != "POST":
        return _page(request, code, row.data, figures)
    if queries.is_packaged(code):
        raise Missing("随程序附带的表式不能修改。", how="请复制为新表式，再修改新表式。")
    typed = _typed(request)
    data, wrong = form_draft.read(typed, code, figures)
    given = _given(typed)
    problem: Problem | None = None
    try:
        if wrong:
            raise Invalid("表式有误，没有保存，请按提示修改。", fields=wrong)
        if "preview" not in request.POST:
            commands.save_form(code, data, seen=seen(request), by=request.by, at=request.at)
            messages.success(request, "表式已保存。")
            return HttpResponseRedirect(reverse("desk-report-form", args=[code]))
    except Problem as found:
        problem = found
    whole = {**row.data, **data} if not wrong else row.data
    return _page(request, code, whole, figures, given=given, problem=problem)


def _figures(request: Request) -> dict[str, Cited]:
    first, last = last_full_week(local_day(request.at))
    return cited_figures(statistics.report_figures(first_day=first, last_day=last))


def _page(
    request: Request, code: str, data: dict[str, Any], figures: dict[str, Cited], *,
    given: dict[str, Any] | None = None, problem: Problem | None = None,
) -> HttpResponse:  # fmt: skip
    row = next(each for each in queries.forms() if each.code == code)
    context = {
        "row": row,
        "given": given or _rows(data),
        "kinds": [(str(kind), label) for kind, label in SECTION_LABELS.items()],
        "html": _preview(request, data, figures),
        "figures": [(f"{{{code}}}", _words(figure), figure.printed) for code, figure in figures.items()],
        "charts": list(CHARTS.items()),
        "days": [f"{{{name}}}" for name in sorted(DAYS)],
        "visit_fields": [f"{{{name}}}" for name in sorted(VISIT_FIELDS)],
        "heads": "、".join(form_draft.HEAD_LABELS.values()),
        "seen": row.versions if given is None else seen(request),
    }
    return show(request, "form", context, problem)


def _words(figure: Cited) -> str:
    """本期 · 行政许可 · 受理."""
    scope = SCOPE_LABELS[Scope(figure.code.partition(".")[0])]
    return f"{scope} · {LABELS_OF_GROUPS[figure.group]} · {measure_of(figure.group, figure.measure).label}"


def _preview(request: Request, data: dict[str, Any], figures: dict[str, Cited]) -> str:
    """The form filled with sample words and with last week's figures."""
    spec: FormSpec = parse_form(data | {"opens": False})
    first, last = last_full_week(local_day(request.at))
    dated: date = local_day(request.at)
    frame = Frame(
        first_day=first, last_day=last, number_line=number_line(dated.year, 1, 1), issuer=spec.issuer,
        issued_on_text=day_zh(dated), dated=dated, small_print="预览：文字为样例，数字为上一周的实时数。",
    )  # fmt: skip
    more = Appended(charts=charts_for(spec, first, last))
    return html_of(compose(spec, sample_content(spec, last), frame, figures, more=more), by=request.by)


def _rows(data: dict[str, Any]) -> dict[str, Any]:
    """The form's data as fields of the page, with spare rows."""
    blank = {"key": "", "heading": "", "level": "1", "kind": "news", "pattern": ""}
    none = {"key": "", "heading": "", "from": "", "until": ""}
    return {
        **{name: data[name] for name in ("name", "title", "heading", "issuer", "item_level", "copies")},
        "head": "、".join(form_draft.HEAD_LABELS[name] for name in data["head"]),
        "offsets": "\n".join(f"{year}={offset}" for year, offset in sorted(data["offsets"].items())),
        "charts": list(data.get("charts", ())),
        "distribution": {label: data["distribution"].get(label) or "" for label in DISTRIBUTION},
        "sections": [{**row, "pattern": row.get("pattern", "")} for row in data["sections"]] + [blank] * SPARE_ROWS,
        "inspection": [{**row, "from": row["from"] or "", "until": row["until"] or ""} for row in data["inspection"]]
        + [none] * SPARE_ROWS,
    }  # fmt: skip


def _typed(request: HttpRequest) -> form_draft.Typed:
    post = request.POST
    return form_draft.Typed(
        **{name: post.get(name, "") for name in ("name", "title", "heading", "issuer", "head", "item_level", "copies", "offsets")},
        distribution={label: post.get(f"to-{place}", "") for place, label in enumerate(DISTRIBUTION)},
        sections=_lines(request, "", SECTION_FIELDS, form_draft.MOST_SECTIONS),
        inspection=_lines(request, "inspection-", INSPECTION_FIELDS, form_draft.MOST_HEADINGS),
        charts=post.getlist("charts"),
    )  # fmt: skip


def _lines(request: HttpRequest, prefix: str, fields: tuple[str, ...], most: int) -> list[dict[str, str]]:
    return [
        {field: request.POST.get(f"{prefix}{field}-{place}", "") for field in fields}
        for place in range(most)
        if f"{prefix}heading-{place}" in request.POST
    ]


def _given(typed: form_draft.Typed) -> dict[str, Any]:
    """What was typed, back into the fields: nothing is lost by a preview or a fault."""
    names = ("name", "title", "heading", "issuer", "head", "item_level", "copies", "offsets", "distribution")
    return {name: getattr(typed, name) for name in names} | {
        "sections": list(typed.sections),
        "inspection": list(typed.inspection),
        "charts": list(typed.charts),
    }


urlpatterns: list[URLPattern] = [
    path("desk/reports/forms", forms, name="desk-report-forms"),
    path("desk/reports/forms/<slug:form_code>", form, name="desk-report-form"),
    path("desk/reports/forms/<slug:form_code>/copy", copy, name="desk-report-form-copy"),
    path("desk/reports/forms/<slug:form_code>/switch", switch, name="desk-report-form-switch"),
]
