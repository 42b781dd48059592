"""Pages of the room."""

from django.urls import URLPattern

from yichuang.exchange.pages import cases, doubts, lists, national, systems, webhooks

urlpatterns: list[URLPattern] = [
    *lists.urlpatterns,
    *cases.urlpatterns,
    *systems.urlpatterns,
    *doubts.urlpatterns,
    *webhooks.urlpatterns,
    *national.urlpatterns,
]
