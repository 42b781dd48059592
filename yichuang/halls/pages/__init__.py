"""Pages of the room."""

from django.urls import URLPattern

from yichuang.halls.pages import duty, rounds, windows

urlpatterns: list[URLPattern] = [
    *windows.urlpatterns,
    *rounds.urlpatterns,
    *duty.urlpatterns,
]
