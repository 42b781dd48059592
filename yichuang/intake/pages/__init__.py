"""Pages of intake: filing and following for applicants, the window for clerks."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.urls import URLPattern, path

from yichuang.directory.flow import Capability
from yichuang.intake.pages import (
    bulk,
    bulk_filed,
    consulted,
    correction,
    filing,
    follow,
    materials,
    mine,
    receipts,
    register,
    sections,
    start,
    supply,
)
from yichuang.kernel.web import needs

DRAFT_PAGES: tuple[tuple[str, Callable[..., Any], str], ...] = (
    ("", sections.draft, ""),
    ("/sections/<str:code>", sections.section, "-section"),
    ("/sections/<str:code>/save", sections.save, "-save"),
    ("/sections/<str:code>/questions", sections.asked, "-questions"),
    ("/materials", materials.materials, "-materials"),
    ("/materials/<uuid:material_id>", materials.file_of, "-file-of"),
    ("/materials/<uuid:material_id>/remove", materials.remove, "-remove"),
    ("/check", filing.check, "-check"),
    ("/file", filing.file, "-file"),
    ("/discard", sections.discard, "-discard"),
)


def _draft_pages(prefix: str, name: str, capability: Capability) -> list[URLPattern]:
    """The pages of a draft stand twice: for applicants, and within the desk for the window.

    The window files by the halls' own address: its acceptance is recorded with the filing.
    """
    return [
        path(f"{prefix}/<uuid:draft_id>{route}", needs(capability)(partial(view)), name=f"{name}{suffix}")
        for route, view, suffix in DRAFT_PAGES
        if (name, suffix) != ("window-draft", "-file")
    ]


BULK_PAGES: tuple[tuple[str, Callable[..., Any], str], ...] = (
    ("", bulk.index, ""),
    ("/new/<str:bulk_item>", bulk.new, "-new"),
    ("/new/<str:bulk_item>/template", bulk.template, "-template"),
    ("/<uuid:bulk_id>", bulk.run, "-run"),
    ("/<uuid:bulk_id>/columns", bulk.columns, "-columns"),
    ("/<uuid:bulk_id>/confirm", bulk.confirm, "-confirm"),
    ("/<uuid:bulk_id>/act", bulk.act, "-act"),
    ("/<uuid:bulk_id>/errors", bulk.errors_file, "-errors-file"),
)


def _bulk_pages(prefix: str, name: str, capability: Capability) -> list[URLPattern]:
    """The pages of bulk filing stand twice: for applicants, and within the desk for staff who file for others."""
    return [
        path(f"{prefix}{route}", needs(capability)(partial(view)), name=f"{name}{suffix}")
        for route, view, suffix in BULK_PAGES
    ]


urlpatterns: list[URLPattern] = [
    *_bulk_pages("my/bulk", "my-bulk", Capability.CASE_APPLY),
    *_bulk_pages("desk/bulk", "desk-bulk", Capability.CASE_FILE_BULK),
    path("desk/bulk-filed", bulk_filed.runs, name="desk-bulk-filed"),
    path("desk/bulk-filed/<uuid:bulk_id>", bulk_filed.act_on, name="desk-bulk-filed-act"),
    path("file/<str:item_code>/start", start.start, name="file-start"),
    *_draft_pages("drafts", "draft", Capability.CASE_APPLY),
    *_draft_pages("desk/window/drafts", "window-draft", Capability.CASE_FILE_FOR),
    path("receipts/<uuid:case_id>", filing.receipt, name="receipt"),
    path("receipts/<uuid:case_id>/calendar.ics", filing.receipt_calendar, name="receipt-calendar"),
    path("receipts/<str:number>/<str:code>", receipts.check, name="receipt-check"),
    path("receipts/<str:number>/<str:code>/receipt.json", receipts.as_json, name="receipt-json"),
    path("files/<uuid:case_id>/<uuid:material_id>", filing.material_file, name="material-file"),
    path("follow", follow.ask, name="follow"),
    path("follow/<str:number>", follow.case, name="follow-case"),
    path("my", mine.home, name="my"),
    path("my/messages", mine.messages, name="my-messages"),
    path("my/cases/<uuid:case_id>", follow.own_case, name="my-case"),
    path("my/cases/<uuid:case_id>/correction", correction.correction, name="my-correction"),
    path("my/cases/<uuid:case_id>/withdraw", mine.withdraw, name="my-withdraw"),
    path("supply/<uuid:pending_id>", supply.supply, name="supply"),
    path("desk/opinions/<uuid:opinion_id>/content", consulted.content, name="desk-opinion-content"),
    path(
        "desk/opinions/<uuid:opinion_id>/materials/<uuid:shared_id>",
        consulted.material,
        name="desk-opinion-material",
    ),
    path("register", register.register, name="register"),
    path("desk/window/receipts/<uuid:case_id>", filing.window_receipt, name="window-receipt"),
]
