"""Pages of the room: duty."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
