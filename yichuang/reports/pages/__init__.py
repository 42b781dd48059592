"""Pages of the weekly report: for everybody what was issued, at the desk how it is made."""

from django.urls import URLPattern, path

from yichuang.reports.pages import contribute, desk, editor, past, public, sections, versions, visits

_ONE = "desk/reports/<uuid:report_id>"

urlpatterns: list[URLPattern] = [
    path("reports", public.reports, name="reports"),
    path("reports/<slug:slug>", public.report, name="report"),
    path("reports/<slug:slug>/download.<str:form>", public.download, name="report-file"),
    path("desk/reports", desk.reports, name="desk-reports"),
    path("desk/reports/new", desk.open_new, name="desk-report-new"),
    path("desk/reports/contribute", contribute.contribute, name="desk-report-contribute"),
    path(
        "desk/reports/contribute/<uuid:contribution_id>/withdraw",
        contribute.withdraw,
        name="desk-report-withdraw",
    ),
    path("desk/reports/import", past.import_text, name="desk-report-import"),
    path(_ONE, editor.editor, name="desk-report"),
    path(f"{_ONE}/download.<str:form>", editor.download, name="desk-report-file"),
    path(f"{_ONE}/act/<str:action>", editor.act, name="desk-report-act"),
    path(f"{_ONE}/take", editor.take, name="desk-report-take"),
    path(f"{_ONE}/decline", editor.decline, name="desk-report-decline"),
    path(f"{_ONE}/bring-forward", past.bring_forward, name="desk-report-bring-forward"),
    path(f"{_ONE}/sections/<slug:section>", sections.news, name="desk-report-section"),
    path(f"{_ONE}/inspection", sections.inspection, name="desk-report-inspection"),
    path(f"{_ONE}/imprint", sections.imprint, name="desk-report-imprint"),
    path(f"{_ONE}/visits", visits.visits, name="desk-report-visits"),
    path(f"{_ONE}/visits/<uuid:visit_id>", visits.visit, name="desk-report-visit"),
    path(f"{_ONE}/visits/<uuid:visit_id>/remove", visits.remove, name="desk-report-visit-remove"),
    path(f"{_ONE}/versions", versions.versions, name="desk-report-versions"),
    path(f"{_ONE}/versions/<int:number>", versions.version, name="desk-report-version"),
]
