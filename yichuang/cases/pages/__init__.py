"""Pages of the cases beside the case page itself: transfers, opinions, expert reviews, surveys, materials to follow."""

from django.urls import URLPattern, path

from yichuang.cases.pages import bulk_acts, checks, experts, lapses, opinions, pending, surveys, transfers

urlpatterns: list[URLPattern] = [
    path("desk/catalogue/transfers", transfers.transfers, name="transfers"),
    path("desk/catalogue/transfers/new", transfers.new, name="transfer-new"),
    path("desk/catalogue/transfers/<uuid:transfer_id>", transfers.one, name="transfer"),
    path("desk/catalogue/transfers/<uuid:transfer_id>/execute", transfers.execute, name="transfer-execute"),
    path("desk/catalogue/transfers/<uuid:transfer_id>/cancel", transfers.cancel, name="transfer-cancel"),
    *bulk_acts.urlpatterns,
    *lapses.urlpatterns,
    *checks.urlpatterns,
    *opinions.urlpatterns,
    *experts.urlpatterns,
    *surveys.urlpatterns,
    *pending.urlpatterns,
]
