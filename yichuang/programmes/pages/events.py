"""Pages of the room: events."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
