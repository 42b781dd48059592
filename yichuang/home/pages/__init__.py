"""Pages that stand above the rooms: sign-in, start pages, the desk, the case page, tools of the house."""

from django.urls import URLPattern, path

from yichuang.home.pages import sign_in

urlpatterns: list[URLPattern] = [
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("elder", sign_in.elder, name="elder"),
]
