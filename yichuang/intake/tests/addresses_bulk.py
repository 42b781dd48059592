"""What the addresses of bulk filing are tried with: the demo's own file of the company."""

from uuid import UUID

from tests.stories.samples import Samples
from tests.stories.tables import Tables
from yichuang.directory.flow import Capability
from yichuang.intake.models import BulkRun
from yichuang.intake.queries.bulk import filed_runs
from yichuang.kernel.actor import Actor

POSTS = ("columns", "confirm", "act")


def _run() -> UUID:
    return BulkRun.objects.order_by("id")[0].pk


def _item() -> str:
    return str(BulkRun.objects.order_by("id").values_list("item__code", flat=True)[0])


def _seen(by: Actor, _: Samples) -> int:
    """Somebody else's run is not there."""
    mine = by.applicant_id is not None and BulkRun.objects.filter(applicant_id=by.applicant_id).exists()
    return 200 if mine else 404


def _reached(by: Actor, _: Samples) -> int:
    """The cases of a file are there for whoever acts in bulk and reaches the item's department."""
    if by.kind == "anonymous":
        return 302
    if not by.can(Capability.CASE_ACT_BULK):
        return 403
    return 200 if filed_runs(by).filter(pk=_run()).exists() else 404


def _pages(_: Samples) -> dict[str, str]:
    return {
        "批量申报": "/my/bulk", "批量申报的事项": f"/my/bulk/new/{_item()}", "一次批量申报": f"/my/bulk/{_run()}"
    }  # fmt: skip


TABLES = Tables(
    parameters={"bulk_id": lambda s: _run(), "bulk_item": lambda s: _item()},
    queries={"my-bulk-template": "?format=csv"},
    post_only=frozenset(f"{where}-{name}" for where in ("my-bulk", "desk-bulk") for name in POSTS),
    answers={
        "my-bulk-run": _seen, "my-bulk-errors-file": _seen,
        "desk-bulk-filed-act": _reached,
        "desk-bulk-run": lambda by, s: 404, "desk-bulk-errors-file": lambda by, s: 404,
    },
    axe={"company": _pages, "clerk": lambda s: {"批量申报的件": "/desk/bulk-filed"}},
)  # fmt: skip
