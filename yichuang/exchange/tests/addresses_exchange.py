"""Samples for the addresses of this room, from the demo: what the water department's system has reported."""

from collections.abc import Callable
from uuid import UUID

from tests.stories.samples import Samples
from tests.stories.tables import Tables
from yichuang.directory.flow import Capability
from yichuang.exchange.models import Batch, Case, Quarantine, System
from yichuang.kernel.actor import Actor

Answer = Callable[[Actor, Samples], int]
WATER = "report-water"


def _system() -> System:
    return System.objects.get(code=WATER)


def _case() -> Case:
    return Case.objects.filter(system_id=_system().pk).order_by("id")[0]


def _batch() -> UUID:
    return Batch.objects.filter(system=_system()).order_by("id").values_list("pk", flat=True)[0]


def _doubt() -> Quarantine:
    return Quarantine.objects.filter(system=_system()).order_by("source_number", "event_no")[0]


def _reads(by: Actor, _: Samples) -> int:
    """Whoever resolves or manages; all others are refused."""
    if by.kind == "anonymous":
        return 302
    may = by.can(Capability.EXCHANGE_RESOLVE) or by.can(Capability.EXCHANGE_MANAGE)
    return 200 if may else 403


def _case_answer(by: Actor, _: Samples) -> int:
    if by.kind == "anonymous":
        return 302
    if not by.can(Capability.CASE_SEARCH):
        return 403
    return 200 if by.reaches(_case().department_id) else 404


def _cases_csv(by: Actor, _: Samples) -> int:
    if by.kind == "anonymous":
        return 302
    return 200 if by.can(Capability.LIST_EXPORT) and by.can(Capability.CASE_SEARCH) else 403


TABLES = Tables(
    parameters={
        "reporting_system_id": lambda _: _system().pk,
        "exchange_batch_id": lambda _: _batch(),
        "reported_case_id": lambda _: _case().pk,
        "doubt_id": lambda _: _doubt().pk,
        "doubt_act": lambda _: "drop",
        "reported_batch_id": lambda _: str(_batch()),
        "source_number": lambda _: _case().source_number,
    },
    post_only=frozenset(
        {
            "exchange-mapping",
            "exchange-doubts-again",
            "exchange-doubt-act",
            "api-reported-batches",
            "exchange-case-destroy",
        }
    ),
    answers={
        "exchange": _reads,
        "exchange-csv": _reads,
        "exchange-batches": _reads,
        "exchange-batch": _reads,
        "exchange-batch-csv": _reads,
        "exchange-case": _case_answer,
        "exchange-cases-csv": _cases_csv,
    },
    axe={
        "supervisor": lambda _: {
            "exchange": "/desk/exchange",
            "batches": "/desk/exchange/batches",
            "batch": f"/desk/exchange/batches/{_batch()}",
            "doubts": "/desk/exchange/quarantine",
            "doubt": f"/desk/exchange/quarantine/{_doubt().pk}",
        },
        "head.water": lambda _: {
            "cases": "/desk/exchange/cases",
            "case": f"/desk/exchange/cases/{_case().pk}",
        },
        "admin": lambda _: {
            "systems": "/desk/exchange/systems",
            "system": f"/desk/exchange/systems/{_system().pk}",
            "new system": "/desk/exchange/systems/new",
        },
    },
)
