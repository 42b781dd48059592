"""What a bulk act does to one case: the very plan of the single step."""

from dataclasses import replace
from datetime import datetime

from yichuang.cases.commands.acceptance import acceptance_plan
from yichuang.cases.commands.decision import decision_plan, delivery_plan
from yichuang.cases.commands.levels import proposal_plan
from yichuang.cases.commands.step import Asking, Change, Plan, Ready, Stepped, admit
from yichuang.cases.flow import Outcome
from yichuang.cases.flow.bulk_acts import KEY, ActKind
from yichuang.cases.models import BulkAct
from yichuang.cases.queries import CaseRow
from yichuang.directory.flow import Capability
from yichuang.kernel.actor import NOBODY, Actor


def key_prefix(act: BulkAct) -> str:
    """What the client key of every step of an act begins with; the id of the case follows."""
    return f"{KEY}{act.pk}:"


def plan_for(act: BulkAct, row: CaseRow | None, *, by: Actor, at: datetime, seen: int | None = None) -> Plan:
    """The step that an act takes on a case. Raises Invalid for what no case could be done with."""
    by.require(Capability.CASE_ACT_BULK)
    key = key_prefix(act) + (str(row.id) if row else "")
    kind, who = ActKind(act.kind), Asking(by, at, key, seen)
    if kind == ActKind.ACCEPT:
        return acceptance_plan(who)
    if kind == ActKind.DELIVER:
        receiver = act.receiver or (row.applicant_name if row else "申请人")
        return delivery_plan(who, method=act.method, receiver=receiver)
    outcome = Outcome(str(act.outcome))
    if kind == ActKind.PROPOSE:
        return proposal_plan(who, outcome=outcome, opinion=act.reason)
    return decision_plan(who, outcome=outcome, reason=act.reason)


def judged(row: CaseRow | None, plan: Plan) -> tuple[Ready, Change] | Stepped:
    """What the step would make of a case as it was read; a receipt where it was taken already. Raises as the step does."""
    ready = admit(row, plan.ask)
    return ready if isinstance(ready, Stepped) else (ready, plan.judge(ready))


def somebody_able(preparer: Actor, capability: str) -> Actor:
    """A person of the same reach with the right of the act and no part in any case: by whom a preview is judged.

    Whoever prepares does not release, so what the preparer has signed before is no obstacle; what the releaser has
    signed is found when the act runs.
    """
    held = preparer.capabilities | {str(capability)}
    return replace(preparer, id=None, stands_for=NOBODY, capabilities=held)
