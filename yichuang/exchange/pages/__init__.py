"""Pages of the room."""

from django.urls import URLPattern

from yichuang.exchange.pages import doubts, lists, national, systems, webhooks

urlpatterns: list[URLPattern] = [
    *lists.urlpatterns,
    *systems.urlpatterns,
    *doubts.urlpatterns,
    *webhooks.urlpatterns,
    *national.urlpatterns,
]
