"""Pages of the room."""

from django.urls import URLPattern

from yichuang.feedback.pages import complaints, ratings

urlpatterns: list[URLPattern] = [
    *ratings.urlpatterns,
    *complaints.urlpatterns,
]
