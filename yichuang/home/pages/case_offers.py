"""What the case page offers to whom: the table's rows that make sense here and now, and who may take the work."""

from collections.abc import Callable

from yichuang.cases import flow, rules
from yichuang.cases.commands.work import WORK_CAPABILITY, may_hand_on
from yichuang.cases.flow import Action, State, Transition
from yichuang.cases.queries import CaseRow
from yichuang.directory.flow import Capability
from yichuang.directory.queries import able_staff
from yichuang.home.pages.case_actions import HANDLERS
from yichuang.kernel.actor import Actor

# The one thing that the open work asks for; every other button stands back.
MAIN = {
    "accept": Action.ACCEPT,
    "review": Action.PROPOSE,
    "second": Action.ENDORSE,
    "countersign": Action.COUNTERSIGN,
    "decide": Action.DECIDE,
    "resume": Action.RESUME,
    "deliver": Action.DELIVER,
}
DANGERS = (Action.REFUSE_ACCEPTANCE, Action.TERMINATE)


def offered(row: CaseRow, by: Actor, colleagues: list[tuple[str, str]]) -> list[Transition]:
    """The table's rows that lead out of this state, that this page knows, this actor may, and that make sense now.

    What the open work asks for comes first, the others in the table's order.
    """
    main = MAIN.get(row.work_kind or "")
    found = [
        transition
        for transition in flow.allowed(State(row.state))
        if transition.action in HANDLERS
        and not transition.automatic
        and by.can(flow.capability_of(transition, row.work_kind))
        and (transition.action != Action.HAND_OVER or colleagues)
        and SENSIBLE.get(transition.action, _always)(row)
    ]
    return sorted(found, key=lambda transition: transition.action != main)


def _always(_: CaseRow) -> bool:
    return True


SENSIBLE: dict[Action, Callable[[CaseRow], bool]] = {
    Action.PROPOSE: lambda row: row.work_kind == "review",
    Action.ENDORSE: lambda row: row.work_kind == "second",
    Action.COUNTERSIGN: lambda row: row.work_kind == "countersign",
    Action.DECIDE: lambda row: (
        not row.pending_open and (not row.handling.levels or row.work_kind == "decide")
    ),
    Action.SEND_BACK: lambda row: bool(rules.lower_levels(row.handling.levels, row.work_kind)),
    Action.EXTEND: lambda row: row.extended_days == 0,
    Action.EXPEDITE: lambda row: not row.green,
    Action.SUPPLY: lambda row: row.pending_open > 0,
}


def can_claim(row: CaseRow, by: Actor) -> bool:
    """Whether the open work lies free and this actor may do it."""
    wanted = WORK_CAPABILITY.get(row.work_kind or "")
    free = wanted is not None and row.work_holder_id is None
    return free and wanted is not None and by.can(Capability.CASE_CLAIM) and by.can(wanted)


def receivers(row: CaseRow, by: Actor) -> list[tuple[str, str]]:
    """To whom this actor may give the open work: colleagues who may do it; nobody where another holds it."""
    wanted = WORK_CAPABILITY.get(row.work_kind or "")
    if wanted is None or not by.can(Capability.CASE_HAND_OVER) or not may_hand_on(row, by):
        return []
    found = able_staff(row.department_id, wanted)
    return [(str(c.id), f"{c.name}（{c.post}）") for c in found if c.id not in (row.work_holder_id, by.id)]
