"""The forms of the report, as the table holds them."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.db.models import Count

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


PACKAGED = Path(__file__).resolve().parent.parent / "fixtures" / "forms.json"


@lru_cache(maxsize=1)
def _packaged_codes() -> frozenset[str]:
    return frozenset(form["code"] for form in json.loads(PACKAGED.read_text(encoding="utf-8")))


def is_packaged(code: str) -> bool:
    """Whether a form comes with the program: it is copied, not edited."""
    return code in _packaged_codes()


@dataclass(frozen=True, slots=True)
class FormRow:
    """One form in the list: how many reports have it, and whether new ones may."""

    code: str
    name: str
    opens: bool
    packaged: bool
    reports: int
    versions: int


def forms() -> list[FormRow]:
    """Every form with its use. One statement."""
    found = ReportForm.objects.annotate(
        used=Count("report", distinct=True), kept=Count("versions", distinct=True)
    )
    return [
        FormRow(row.code, row.name, row.opens, is_packaged(row.code), row.used, row.kept) for row in found
    ]


def form_row(code: str) -> ReportForm:
    """One form with its data as kept. Raises Missing."""
    row = ReportForm.objects.filter(pk=code).first()
    if row is None:
        raise Missing("没有这种周报表式。", how="请从列表中选择。")
    return row
