"""Pages of the catalogue: finding items and reading guides; on the desk lists, imports, versions and manuals."""

from django.urls import URLPattern, path

from yichuang.catalogue.pages import desk, editor, manuals, public, versions

urlpatterns: list[URLPattern] = [
    path("items", public.items, name="items"),
    path("items/<path:code>", public.item, name="item"),
    path("desk/catalogue", desk.items, name="catalogue"),
    path("desk/catalogue/import", desk.imports, name="catalogue-imports"),
    path("desk/catalogue/import/file", desk.import_file, name="catalogue-import-file"),
    path("desk/catalogue/import/packaged", desk.import_packaged, name="catalogue-import-packaged"),
    path("desk/catalogue/imports/<uuid:run_id>", desk.import_run, name="catalogue-import"),
    path("desk/catalogue/items/<uuid:item_id>", desk.item, name="catalogue-item"),
    path("desk/catalogue/items/<uuid:item_id>/draft", versions.begin, name="guide-begin"),
    path("desk/catalogue/items/<uuid:item_id>/compare", versions.compare, name="guide-compare"),
    path("desk/catalogue/versions/<uuid:version_id>", versions.version, name="guide-version"),
    path(
        "desk/catalogue/versions/<uuid:version_id>/edit",
        editor.edit,
        {"key": "basic"},
        name="guide-edit-first",
    ),
    path("desk/catalogue/versions/<uuid:version_id>/edit/<slug:key>", editor.edit, name="guide-edit"),
    path("desk/catalogue/versions/<uuid:version_id>/<slug:name>", versions.move, name="guide-move"),
    path("desk/catalogue/manuals", manuals.manuals, name="manuals"),
    path("desk/catalogue/manuals/<uuid:item_id>", manuals.manual, name="manual"),
    path("desk/catalogue/manuals/<uuid:item_id>/save", manuals.save, name="manual-save"),
    path("desk/catalogue/manuals/<uuid:item_id>/<slug:name>", manuals.move, name="manual-move"),
]
