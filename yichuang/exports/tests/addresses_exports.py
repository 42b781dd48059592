"""What the addresses of exports are tried with."""

from typing import Any

from tests.stories.samples import Samples
from tests.stories.tables import Tables
from yichuang.directory.queries import actor_named
from yichuang.exports.commands import ask_export
from yichuang.exports.models import Export
from yichuang.kernel.actor import Actor
from yichuang.kernel.keys import client_key
from yichuang.workdays.queries import now

QUESTION = "?list=queue&tab=in_hand"


def _export(_: Samples) -> Any:
    """One that the clerk has asked for and that nobody has made yet: there is no file for anybody."""
    known = Export.objects.filter(account__username="clerk").first()
    if known is not None:
        return known.pk
    return ask_export(
        "queue", "csv", {"tab": "in_hand"}, "核对一季度办件（示例）", address="", by=actor_named("clerk"), at=now(),
        key=client_key(),
    )  # fmt: skip


def _nothing_yet(by: Actor, _: Samples) -> int:
    return 404 if by.can("list.export") else 403


def _form(by: Actor, _: Samples) -> int:
    return 200 if by.can("list.export") and by.can("case.search") else 403


def _clerk(_: Samples) -> dict[str, str]:
    return {"我的导出": "/desk/exports", "导出清单": f"/desk/exports/new{QUESTION}"}


TABLES = Tables(
    parameters={"export_id": _export},
    queries={"desk-export-new": QUESTION},
    post_only=frozenset({"desk-export-cancel"}),
    answers={"desk-export-file": _nothing_yet, "desk-export-new": _form},
    axe={"clerk": _clerk},
)
