"""Pages of the room: windows."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
