"""Pages of the room: ratings."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
