"""The forms of the report, as the table holds them."""

from yichuang.kernel.errors import Missing
from yichuang.reports.models import Report, ReportForm
from yichuang.reports.rules.form import FormSpec, parse_form


def form_named(code: str) -> FormSpec:
    """One form. Raises Missing."""
    row = ReportForm.objects.filter(pk=code).first()
    if row is None:
        raise Missing("没有这种周报表式。", how="请从列表中选择。")
    return parse_form(row.data)


def form_of(report: Report) -> FormSpec:
    """The form of a report; no statement where the report was read with it."""
    return parse_form(report.form.data)


def forms_that_open() -> list[tuple[str, str]]:
    """(code, name) of the forms in which new reports may be opened."""
    return list(ReportForm.objects.filter(opens=True).values_list("code", "name"))
