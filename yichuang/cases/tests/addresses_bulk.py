"""What the addresses of bulk acts are tried with."""

from uuid import UUID

from tests.stories.samples import Samples
from tests.stories.tables import Tables
from yichuang.cases.commands.bulk_acts import BulkForm, prepare_bulk_act, propose_bulk_act
from yichuang.cases.commands.bulk_acts_run import run_bulk_act
from yichuang.cases.flow.bulk_acts import ActKind
from yichuang.cases.models import BulkAct
from yichuang.cases.queries.bulk_acts import within
from yichuang.cases.queries.bulk_choice import Choice
from yichuang.directory.flow import Capability
from yichuang.directory.queries import actor_named
from yichuang.kernel.actor import Actor
from yichuang.workdays.queries import now


def _act(samples: Samples) -> UUID:
    """An act of the clerk on what waits for acceptance, made once; what cannot be accepted is among it."""
    found = BulkAct.objects.order_by("id").first()
    if found is not None:
        return found.pk
    by, at = actor_named("clerk"), now()
    choice = Choice("示例", case_ids=(samples.correcting, samples.own_case, *samples.water.values()))
    act = prepare_bulk_act(BulkForm(ActKind.ACCEPT), choice, by=by, at=at, key="addressesofbulk")
    run_bulk_act(act.pk, at=at)
    if BulkAct.objects.get(pk=act.pk).able:
        propose_bulk_act(act.pk, by=by, at=at)
    return act.pk


def _answer(by: Actor, samples: Samples) -> int:
    """An act is seen by whoever acts in bulk and reaches every one of its cases."""
    if by.kind == "anonymous":
        return 302
    if not by.can(Capability.CASE_ACT_BULK):
        return 403
    return 200 if within(BulkAct.objects.get(pk=_act(samples)), by) else 404


def _clerk(samples: Samples) -> dict[str, str]:
    act = _act(samples)
    return {
        "批量办理": "/desk/bulk-acts",
        "拟定批量办理": "/desk/bulk-acts/new",
        "按编号批量受理": "/desk/bulk-acts/new?kind=accept",
        "全部批量颁发": "/desk/bulk-acts/new?kind=deliver&all=1",
        "一次批量办理": f"/desk/bulk-acts/{act}",
        "批量办理的件": f"/desk/bulk-acts/{act}/cases",
    }


TABLES = Tables(
    parameters={"bulk_act_id": _act},
    post_only=frozenset({"bulk-act-propose", "bulk-act-release", "bulk-act-cancel"}),
    answers={"bulk-act": _answer, "bulk-act-progress": _answer, "bulk-act-cases": _answer},
    axe={"clerk": _clerk},
)
