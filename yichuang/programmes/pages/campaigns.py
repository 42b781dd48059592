"""Pages of the room: campaigns."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
