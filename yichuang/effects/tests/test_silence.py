"""What the law's silence leaves behind outside the case: messages and documents that say so, and the worker's minute."""

import threading
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction

from yichuang.cases import commands as cases
from yichuang.cases.commands import Lapsed
from yichuang.cases.commands.procedures import Basis
from yichuang.cases.queries import CaseRow, timeline
from yichuang.cases.tests import factories as make
from yichuang.directory.tests import factories as people
from yichuang.effects import jobs
from yichuang.effects.cli import worker
from yichuang.effects.commands import drain_all
from yichuang.effects.tests.test_effects import run_all
from yichuang.gateways.documents.notice import notice_text
from yichuang.home.render import document, document_kind
from yichuang.kernel.actor import SYSTEM
from yichuang.notices.flow import DEEMED
from yichuang.notices.models import Message

LATE = make.day("2022-05-12", 0)
EXPIRED = make.day("2022-07-01")


def renewal(**more: str) -> CaseRow:
    """A filing that renews a licence, of a kind of item."""
    made = replace(make.opening(), renews_expires_on=date(2022, 6, 30), **more)  # type: ignore[arg-type]
    with transaction.atomic():
        assert cases.file(made, by=people.applicant_actor(), at=make.AT, key=make.key(), key_hash="0" * 64)
    return make.fresh(made.id)


def said_to(row: CaseRow, at: datetime) -> dict[str, str]:
    """What the applicant was told about a case, once everything has run, by the kind of the fact."""
    drain_all(at=at)
    run_all()
    return dict(Message.objects.filter(subject_id=row.id, account_id=None).values_list("template", "body"))


def printed(row: CaseRow, kind: str) -> str:
    """The newest document of a kind, in words."""
    events = timeline(row, by=SYSTEM)
    event = next(one for one in reversed(events) if document_kind(one) == kind)
    assert event.number
    return notice_text(document(row, event, events, address="http://testserver/follow"))


@pytest.mark.django_db
def test_a_deemed_acceptance_is_told_with_its_day_and_its_reason() -> None:
    row = make.filed()
    cases.lapse(at=LATE)
    said = said_to(row, LATE)["case.accepted"]
    assert "自 2022年5月5日 收到材料之日起即为受理" in said
    assert "2022年6月1日 前办结" in said
    paper = printed(make.fresh(row.id), "acceptance")
    for words in ("未在五日内一次告知", "自2022年5月5日即为受理", "第三十二条第一款第（四）项"):
        assert words in paper
    answered = make.in_review()
    assert "予以受理" in printed(answered, "acceptance")


@pytest.mark.django_db
def test_what_is_no_licence_does_not_cite_the_law_of_licences() -> None:
    row = renewal(item_type="07")
    cases.lapse(at=LATE)
    paper = printed(make.fresh(row.id), "acceptance")
    assert "自2022年5月5日视为受理" in paper
    assert "行政许可法" not in paper


@pytest.mark.django_db
def test_a_deemed_renewal_is_told_and_stands_in_the_decision() -> None:
    row = renewal()
    cases.lapse(at=EXPIRED)
    said = said_to(row, EXPIRED)
    assert "视为准予延续" in said["case.decided"]
    assert "即为受理" in said["case.accepted"]
    assert "视为准予延续（行政许可法第五十条）" in printed(make.fresh(row.id), "decision_granted")


@pytest.mark.django_db
def test_an_overrun_is_told_to_the_applicant() -> None:
    row = make.paused()
    until = row.work_due_on
    assert until is not None
    at = make.day(str(until + timedelta(days=3)))
    cases.lapse(at=at)
    assert f"未能在 {jobs.spoken(until)} 前结束" in said_to(row, at)["case.pause_overrun"]


@pytest.mark.django_db
def test_a_pause_on_another_basis_and_a_joint_extension_are_printed_with_theirs() -> None:
    row = make.in_review(version=make.handled(joint=True))
    joint = {"ground": "art42_joint", "approver": "示例市人民政府张示例", "approval": "示府办函〔2022〕8号"}
    cases.extend(row.id, days=15, reason="并联审批", by=people.head(), at=make.LATER, key=make.key(), **joint)  # type: ignore[arg-type]
    paper = printed(make.fresh(row.id), "extension")
    assert "经示例市人民政府张示例（示府办函〔2022〕8号）批准" in paper
    assert "第四十二条第二款" in paper
    basis = Basis("取水许可和水资源费征收管理条例", "第十九条")
    cases.pause(
        row.id,
        ground="other",
        expected_days=10,
        basis=basis,
        by=people.reviewer(),
        at=make.LATER,
        key=make.key(),
    )
    paper = printed(make.fresh(row.id), "special")
    assert "依照《取水许可和水资源费征收管理条例》第十九条的规定" in paper
    assert "第四十五条" not in paper


@pytest.mark.django_db
def test_a_late_message_would_name_the_wrong_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: the ordinary words for a deemed acceptance."""
    monkeypatch.setattr(jobs, "DEEMED", {})
    row = make.filed()
    cases.lapse(at=LATE)
    assert "即为受理" not in said_to(row, LATE)["case.accepted"]
    assert ("case.accepted", "art32") in DEEMED


def test_the_worker_does_it_every_minute_and_trouble_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, calls = threading.Event(), []

    def silence(*, at: datetime) -> Lapsed:
        calls.append(at)
        if len(calls) == 1:
            raise OSError
        stop.set()
        return Lapsed(accepted=1)

    monkeypatch.setattr(worker, "lapse", silence)
    monkeypatch.setattr(worker, "now", lambda: make.AT)
    monkeypatch.setattr(worker, "IDLE_SECONDS", 0)
    monkeypatch.setattr(worker, "PAUSE_AFTER_TROUBLE", 0.01)
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    monkeypatch.setattr(worker, "connection", replace_connection())
    duty = next(one for one in worker.DUTIES if one.name == "lapse")
    assert (duty.every, duty.from_hour) == (worker.LAPSE_SECONDS, None)
    # A real roster would write outside any test's transaction, and keep the duty from the tests that follow.
    roster = SimpleNamespace(mine=lambda _name: True)
    worker.keep_for_ever(replace(duty, every=0.01), roster, stop)  # type: ignore[arg-type]
    assert calls == [make.AT, make.AT]


def replace_connection() -> object:
    """A connection that can only be closed."""

    class Closed:
        def close(self) -> None:
            """Nothing to close."""

    return Closed()
