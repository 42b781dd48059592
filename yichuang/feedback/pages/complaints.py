"""Pages of the room: complaints."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
