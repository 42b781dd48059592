"""Pages of the cases that stand on no case of their own: the register of transfers."""

from django.urls import URLPattern, path

from yichuang.cases.pages import transfers

urlpatterns: list[URLPattern] = [
    path("desk/catalogue/transfers", transfers.transfers, name="transfers"),
    path("desk/catalogue/transfers/new", transfers.new, name="transfer-new"),
    path("desk/catalogue/transfers/<uuid:transfer_id>", transfers.one, name="transfer"),
    path("desk/catalogue/transfers/<uuid:transfer_id>/execute", transfers.execute, name="transfer-execute"),
    path("desk/catalogue/transfers/<uuid:transfer_id>/cancel", transfers.cancel, name="transfer-cancel"),
]
