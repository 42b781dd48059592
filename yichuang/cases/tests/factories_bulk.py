"""Bulk acts for tests: two people with the rights of an act, and acts brought to any state by the real commands."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from yichuang.cases.commands.bulk_acts import BulkForm, prepare_bulk_act, propose_bulk_act, release_bulk_act
from yichuang.cases.commands.bulk_acts_run import run_bulk_act
from yichuang.cases.flow.bulk_acts import ActKind
from yichuang.cases.models import BulkAct
from yichuang.cases.queries.bulk_choice import Choice
from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.kernel.actor import Actor

AT = make.LATER
MINUTE = timedelta(minutes=1)


def clerk(username: str = "bulk_clerk") -> Actor:
    """A clerk of the window who acts on many cases."""
    office = people.department("政务一窗受理协调处", "901", "川政务")
    held = people.post(office, "综窗批量岗", [*people.CLERK, Capability.CASE_ACT_BULK], everywhere=True)
    return people.staff(username, held)


def head(username: str = "bulk_head", where: Department | None = None) -> Actor:
    """A head who decides many cases."""
    held = people.post(
        where or people.department(), "负责人批量岗", [*people.HEAD, Capability.CASE_REVIEW, Capability.CASE_ACT_BULK]
    )  # fmt: skip
    return people.staff(username, held)


FORMS: dict[ActKind, BulkForm] = {
    ActKind.ACCEPT: BulkForm(ActKind.ACCEPT),
    ActKind.PROPOSE: BulkForm(ActKind.PROPOSE, "granted", "材料齐全，符合条件"),
    ActKind.DECIDE: BulkForm(ActKind.DECIDE, "granted"),
    ActKind.DELIVER: BulkForm(ActKind.DELIVER, method="window"),
}


def two(kind: ActKind) -> tuple[Actor, Actor]:
    """Who prepares and who releases."""
    maker = clerk if kind in (ActKind.ACCEPT, ActKind.DELIVER) else head
    return maker(f"{maker.__name__}_first"), maker(f"{maker.__name__}_second")


def prepared(
    kind: ActKind, cases: Sequence[UUID], *, at: datetime = AT, by: Actor | None = None, **changed: Any
) -> BulkAct:
    """An act that was looked at to its end."""
    form = BulkForm(**{name: getattr(FORMS[kind], name) for name in BulkForm.__slots__} | changed)
    choice = Choice("勾选", case_ids=tuple(cases))
    act = prepare_bulk_act(form, choice, by=by or two(kind)[0], at=at, key=make.key())
    run_bulk_act(act.pk, at=at)
    return fresh(act.pk)


def released(kind: ActKind, cases: Sequence[UUID], *, at: datetime = AT, **changed: Any) -> BulkAct:
    """An act that a second person has released."""
    act = prepared(kind, cases, at=at, **changed)
    propose_bulk_act(act.pk, by=two(kind)[0], at=at)
    release_bulk_act(act.pk, able=act.able, by=two(kind)[1], at=at)
    return fresh(act.pk)


def done(kind: ActKind, cases: Sequence[UUID], *, at: datetime = AT, **changed: Any) -> BulkAct:
    """An act that was carried out after its cooling time."""
    act = released(kind, cases, at=at, **changed)
    assert act.starts_at is not None
    run_bulk_act(act.pk, at=act.starts_at)
    return fresh(act.pk)


def fresh(act_id: UUID) -> BulkAct:
    """The act as it stands now."""
    return BulkAct.objects.get(pk=act_id)
