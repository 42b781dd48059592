"""Of a bulk act every applicant hears once, whatever is run twice."""

import pytest

from yichuang.cases.flow.bulk_acts import ActKind
from yichuang.cases.tests import factories as make
from yichuang.cases.tests import factories_bulk as bulk
from yichuang.effects.bulk_told import tell_bulk_act
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.notices.models import Message

pytestmark = pytest.mark.django_db


def told(kind: ActKind, count: int) -> list[tuple[str, str]]:
    before = make.filed if kind == ActKind.ACCEPT else make.in_review
    act = bulk.done(kind, [before().id for _ in range(count)])
    last = facts_of(act.pk)[-1]
    assert last.kind == "bulk_act.ended"
    for _ in range(2):
        tell_bulk_act([[str(act.pk), last.seq]])
    jobs = sql.one(
        "select count(*) from procrastinate_jobs where task_name like '%%deliver_messages'", {"x": 1}
    )
    messages = Message.objects.filter(channel="sms")
    about = {one.subject_id for one in messages}
    # What is told of one case alone is the case's, and goes with its content.
    assert about <= ({act.pk} if count > 1 else set(sql.rows("select case_id from cases_bulkactcase")[0]))
    assert jobs == (min(1, messages.count()),)
    return [(one.body, one.link) for one in messages]


def test_an_applicant_hears_once_of_all_cases_together() -> None:
    assert told(ActKind.ACCEPT, 3) == [("“取水许可”等 3 件申请已受理，办理期限见“我的办件”。", "/my")]


def test_of_one_case_its_number_is_named_and_the_outcome_is_told() -> None:
    ((body, link),) = told(ActKind.DECIDE, 1)
    assert "（编号 510000119-2022-" in body
    assert "已作出决定：准予" in body
    assert link.startswith("/my/cases/")


def test_inner_work_is_told_to_nobody() -> None:
    assert told(ActKind.PROPOSE, 2) == []


def test_what_is_gone_is_passed_over() -> None:
    act = bulk.done(ActKind.ACCEPT, [make.filed().id])
    tell_bulk_act([[str(act.pk), 99], [str(make.filed().id), 1]])
    assert not Message.objects.filter(subject_id=act.pk, channel="sms").exists()
