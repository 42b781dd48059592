"""Pages of the catalogue: finding items and reading guides; on the desk lists, imports, versions and manuals."""

from django.urls import URLPattern, path

from yichuang.catalogue.pages import (
    authorisations,
    authorisations_delegations,
    desk,
    editor,
    laws,
    lists,
    lists_tasks,
    manuals,
    public,
    versions,
)

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
    path("desk/catalogue/authorisations", authorisations.authorisations, name="authorisations"),
    path("desk/catalogue/authorisations/new", authorisations.authorise_items, name="authorise"),
    path("desk/catalogue/authorisations/<uuid:item_id>", authorisations.authorisation, name="authorisation"),
    path(
        "desk/catalogue/authorisations/<uuid:item_id>/<uuid:authorisation_id>/withdraw",
        authorisations.withdraw,
        name="authorisation-withdraw",
    ),
    path("desk/catalogue/delegations", authorisations_delegations.register, name="delegations"),
    path(
        "desk/catalogue/authorisations/<uuid:item_id>/delegate",
        authorisations_delegations.new,
        name="delegation-new",
    ),
    path(
        "desk/catalogue/delegations/<uuid:delegation_id>", authorisations_delegations.one, name="delegation"
    ),
    path(
        "desk/catalogue/delegations/<uuid:delegation_id>/end",
        authorisations_delegations.end,
        name="delegation-end",
    ),
    path("desk/catalogue/lists", lists.lists, name="licence-lists"),
    path("desk/catalogue/lists/new", lists.new, name="licence-list-new"),
    path("desk/catalogue/lists/<uuid:licence_list_id>", lists.one, name="licence-list"),
    path("desk/catalogue/lists/<uuid:licence_list_id>/head", lists.head, name="licence-list-head"),
    path("desk/catalogue/lists/<uuid:licence_list_id>/entries", lists.entries, name="licence-list-entries"),
    path(
        "desk/catalogue/lists/<uuid:licence_list_id>/register", lists.register, name="licence-list-register"
    ),
    path("desk/catalogue/laws", laws.laws, name="laws"),
    path("desk/catalogue/laws/new", laws.new, name="law-new"),
    path("desk/catalogue/laws/<uuid:legal_text_id>", laws.one, name="law"),
    path("desk/catalogue/tasks", lists_tasks.listed, name="guide-tasks"),
    path("desk/catalogue/tasks/<uuid:guide_task_id>", lists_tasks.one, name="guide-task"),
    path("desk/catalogue/tasks/<uuid:guide_task_id>/<slug:name>", lists_tasks.move, name="guide-task-move"),
]
