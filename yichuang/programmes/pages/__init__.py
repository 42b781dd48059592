"""Pages of the room."""

from django.urls import URLPattern

from yichuang.programmes.pages import campaigns, events, tasks

urlpatterns: list[URLPattern] = [
    *events.urlpatterns,
    *tasks.urlpatterns,
    *campaigns.urlpatterns,
]
