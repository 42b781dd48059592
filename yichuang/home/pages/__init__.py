"""Pages that stand above the rooms: sign-in, start pages, the desk, the case page, tools of the house."""

from django.urls import URLPattern, path

from yichuang.home.pages import (
    calendar,
    case,
    clock,
    desk,
    documents,
    health,
    journal,
    leaders,
    messages,
    outbox,
    parts,
    registers,
    sign_in,
    start,
)

urlpatterns: list[URLPattern] = [
    path("", start.start, name="start"),
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("elder", sign_in.elder, name="elder"),
    path("desk", desk.desk, name="desk"),
    path("desk/search", desk.find, name="desk-search"),
    path("desk/search.csv", desk.find_csv, name="desk-search-csv"),
    path("desk/export.csv", desk.export_csv, name="desk-export"),
    path("desk/cases/<uuid:case_id>", case.case, name="desk-case"),
    path("desk/cases/<uuid:case_id>/claim", case.take, name="desk-claim"),
    path("desk/cases/<uuid:case_id>/release", case.put_back, name="desk-release"),
    path("desk/cases/<uuid:case_id>/<str:action>", case.act, name="desk-act"),
    path("documents/<uuid:case_id>/<int:seq>", documents.document, name="document"),
    *parts.urlpatterns,
    *health.urlpatterns,
    *outbox.urlpatterns,
    *calendar.urlpatterns,
    *clock.urlpatterns,
    *journal.urlpatterns,
    *messages.urlpatterns,
    *registers.urlpatterns,
    *leaders.urlpatterns,
]
