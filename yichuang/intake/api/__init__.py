"""What machines send for an applicant: a filing, the answer to a correction, a material that follows; and what proves it."""

from django.urls import URLPattern, path

from yichuang.intake.api.filing import cases, content, key_state, receipt
from yichuang.intake.api.mending import answer_correction, supply, waiting

urlpatterns: list[URLPattern] = [
    path("api/v1/cases", cases, name="api-cases"),
    path("api/v1/keys/<str:key>", key_state, name="api-key"),
    path("api/v1/cases/<str:number>/content", content, name="api-case-content"),
    path("api/v1/cases/<str:number>/receipt", receipt, name="api-case-receipt"),
    path("api/v1/cases/<str:number>/waiting", waiting, name="api-case-waiting"),
    path("api/v1/cases/<str:number>/answer_correction", answer_correction, name="api-case-correction"),
    path("api/v1/cases/<str:number>/supply", supply, name="api-case-supply"),
]
