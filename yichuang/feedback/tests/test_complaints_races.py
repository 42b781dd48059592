"""Many at once: one key makes one complaint, one of two steps wins."""

from functools import partial

from yichuang.cases.tests.crowd import together
from yichuang.feedback.commands.complaints import ComplaintStep, step_complaint, take_complaint
from yichuang.feedback.flow.complaints import ComplaintAction, ComplaintWay
from yichuang.feedback.models import Complaint
from yichuang.feedback.tests import factories as make
from yichuang.kernel.actor import ANONYMOUS, Actor
from yichuang.kernel.errors import Conflict

AT = make.AT


def test_many_clicks_make_one(committed: dict[str, str]) -> None:
    key = make.key()
    found = together(
        [lambda: take_complaint(make.brought(), ComplaintWay.ONLINE, by=ANONYMOUS, at=AT, key=key) for _ in range(4)]
    )  # fmt: skip
    assert Complaint.objects.count() == 1
    assert all(isinstance(each, Complaint | Conflict) for each in found)


def test_of_two_who_step_at_once_one_wins(committed: dict[str, str]) -> None:
    made, step = make.complaint(), ComplaintStep("不属于政务服务")

    def reject(by: Actor) -> Complaint:
        return step_complaint(made.pk, ComplaintAction.REJECT, step, seen=1, by=by, at=AT)

    both = [make.reviewer("one"), make.reviewer("two")]
    found = together([partial(reject, by) for by in both])
    assert sorted(type(each).__name__ for each in found) == ["Complaint", "Conflict"]
