"""What silence is about to decide: applications unanswered, renewals undecided; two working days before it is too late."""

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from yichuang.cases.queries.lapses import LAPSE_LABELS, LAPSE_REASONS, MOST, WARNING_DAYS, about_to_lapse
from yichuang.directory.flow import Capability
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs

HEAD = ("办件编号", "事项", "申请人", "后果", "最后一天", "余（工作日）", "环节", "经办")
FURTHER_DAYS = 10


@needs(Capability.CASE_SEARCH)
@require_safe
def lapses(request: Request) -> HttpResponseBase:
    """The list, the nearest first; two working days ahead, or ten; the same as CSV."""
    wide = request.GET.get("days") == str(FURTHER_DAYS)
    within = FURTHER_DAYS if wide else WARNING_DAYS
    today = local_day(request.at)
    found = about_to_lapse(by=request.by, today=today, within=within)
    if request.GET.get("format") == "csv":
        rows = (
            (one.number, one.item_name, one.applicant_name, one.label, one.last_day, one.days_left, one.work, one.holder_name)
            for one in found
        )  # fmt: skip
        return csv_response(f"将视为受理和准予-{today}.csv", HEAD, rows)
    context = {
        "rows": found,
        "most": MOST,
        "within": within,
        "chips": [
            ("两个工作日内", "?", not wide),
            ("十个工作日内", f"?days={FURTHER_DAYS}", wide),
        ],
        "rules": [(LAPSE_LABELS[kind], LAPSE_REASONS[kind]) for kind in LAPSE_LABELS],
        "csv": f"?days={within}&format=csv",
    }
    return render(request, "cases/lapses.html", context)


urlpatterns: list[URLPattern] = [path("desk/lapses", lapses, name="desk-lapses")]
