"""Cases for machines: what may be read, and every step of the office."""

from django.urls import URLPattern, path

from yichuang.cases.api.reading import listing, one
from yichuang.cases.api.steps import (
    LINE,
    STEPS,
    AskedAlong,
    Parameter,
    Step,
    act,
    asked_along,
    case_id_of,
    standing,
    stepped,
)

__all__ = [
    "LINE",
    "STEPS",
    "AskedAlong",
    "Parameter",
    "Step",
    "asked_along",
    "case_id_of",
    "listing",
    "standing",
    "stepped",
    "urlpatterns",
]

urlpatterns: list[URLPattern] = [
    path("api/v1/cases/<str:number>", one, name="api-case"),
    path("api/v1/cases/<str:number>/<str:action>", act, name="api-case-act"),
]
