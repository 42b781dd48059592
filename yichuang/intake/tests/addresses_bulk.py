"""What the addresses of bulk filing are tried with: the demo's own file of the company."""

from uuid import UUID

from tests.stories.samples import Samples
from tests.stories.tables import Tables
from yichuang.intake.models import BulkRun
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
        "desk-bulk-run": lambda by, s: 404, "desk-bulk-errors-file": lambda by, s: 404,
    },
    axe={"company": _pages},
)  # fmt: skip
