"""Pages of the catalogue: finding items and reading guides; on the desk lists, imports, versions and manuals."""

from django.urls import URLPattern, path

from yichuang.catalogue.pages import public

urlpatterns: list[URLPattern] = [
    path("items", public.items, name="items"),
    path("items/<path:code>", public.guide, name="item"),
]
