"""The addresses of the house, so that the same load asks for the same pages."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from bench.peers.plain_django.views import Desk, Figures, OneCase


def ready(_request: HttpRequest) -> HttpResponse:
    """For whoever waits until the server is up."""
    return HttpResponse("ok")


urlpatterns = [
    path("health", ready),
    path("desk", Desk.as_view()),
    path("desk/cases/<uuid:pk>", OneCase.as_view()),
    path("desk/figures", Figures.as_view()),
]
