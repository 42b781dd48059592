"""A material that follows, from the applicant's page and over the counter; what a consulted department may read."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from yichuang.cases.commands import opinions, pending
from yichuang.cases.commands.opinions import Question
from yichuang.cases.commands.pending import Promise
from yichuang.cases.flow import Action
from yichuang.cases.models import Opinion, Pending
from yichuang.cases.queries import load
from yichuang.cases.queries.pending import guide_materials
from yichuang.cases.tests import factories as make
from yichuang.cases.tests import factories_reviewers as some
from yichuang.cases.tests.test_pages_reviewers import pdf, post, refused
from yichuang.cases.tests.test_pages_transfers import shown, signed_in
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.intake.commands import NewFile
from yichuang.intake.commands.supply import supply_material
from yichuang.intake.models import Material
from yichuang.intake.queries import materials as filed_materials
from yichuang.intake.tests import factories as intake
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import now

pytestmark = pytest.mark.django_db
FILE = NewFile("论证报告.pdf", "pdf", 10, "c" * 64)


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path


def pending_now() -> Pending:
    """A case of today that was accepted with the report to follow."""
    row = make.filed(at=now(), version=some.guide())
    day = local_day(now()) + timedelta(days=6)
    pending.accept_pending(row.id, [Promise("report", day)], by=some.window(), at=now(), key=make.key())
    return Pending.objects.get(case_id=row.id)


def test_the_applicant_uploads_what_was_promised() -> None:
    one, browser = pending_now(), signed_in(people.applicant_actor())
    address = f"/supply/{one.pk}"
    page = shown(browser.get(f"/my/cases/{one.case_id}"))
    assert "还需要您补交" in page
    assert address in page
    assert "提交这项材料" in shown(browser.get(address))
    refused(post(browser, address), "请选择要补交的文件")
    refused(post(browser, address, file=pdf("报告.exe")), "文件没有收下")
    key = make.key()
    for _ in range(2):
        answer = browser.post(address, {"client_key": key, "file": pdf("报告.pdf")})
        assert answer.status_code == 302, "the second click gets the same answer"
    kept = Material.objects.get(case_id=one.case_id)
    assert (kept.code, kept.name, kept.kind) == ("report", "报告.pdf", "pdf")
    row = load(one.case_id)
    assert row is not None
    assert row.pending_open == 0
    assert "还需要您补交" not in shown(browser.get(f"/my/cases/{one.case_id}"))
    assert "不用再交" in shown(browser.get(address))
    assert post(browser, address, file=pdf("报告.pdf")).status_code == 409


def test_the_window_takes_paper() -> None:
    one, browser = pending_now(), signed_in(some.window())
    refused(post(browser, f"/supply/{one.pk}"), "已收到纸质材料")
    assert post(browser, f"/supply/{one.pk}", paper="yes").status_code == 302
    assert Material.objects.get(case_id=one.case_id).kind == "paper"
    assert Pending.objects.get(pk=one.pk).received_how == "window"


def test_nobody_else_supplies_and_nothing_is_left_behind() -> None:
    one = pending_now()
    stranger = people.applicant_actor(people.company("样板水务有限公司", "91510000MA6EXAMT50"), "other")
    assert signed_in(stranger).get(f"/supply/{one.pk}").status_code == 404
    assert signed_in(people.reviewer()).get(f"/supply/{one.pk}").status_code == 403
    assert Client().get(f"/supply/{one.pk}").status_code == 302
    with pytest.raises(Missing):
        supply_material(one.pk, FILE, by=stranger, at=now(), key=make.key())
    with pytest.raises(Invalid):
        supply_material(one.pk, None, by=people.applicant_actor(), at=now(), key=make.key())
    with pytest.raises(Missing):
        supply_material(UUID(int=1), FILE, by=some.window(), at=now(), key=make.key())
    supply_material(one.pk, FILE, by=some.window(), at=now(), key=make.key())
    with pytest.raises(Conflict):
        supply_material(one.pk, FILE, by=some.window(), at=now(), key=make.key())
    assert Material.objects.filter(case_id=one.case_id).count() == 1


def consulted(*shares: str) -> tuple[UUID, UUID]:
    """A filed, accepted case about which commerce is asked; (opinion, case)."""
    receipt = intake.filed()
    make.perform(make.fresh(receipt.case_id), Action.ACCEPT, intake.window_clerk(), at=intake.AT)
    row = make.fresh(receipt.case_id)
    lead = some.lead(where=Department.objects.get(pk=row.department_id))
    question = Question(some.commerce().pk, "是否影响园区？", 5, shares)
    made = opinions.ask_opinions(row.id, [question], by=lead, at=intake.AT, key=make.key())[0]
    return made.pk, row.id


def test_the_asked_department_reads_what_it_needs_and_no_more() -> None:
    opinion_id, case_id = consulted()
    other = signed_in(some.opiner())
    page = shown(other.get(f"/desk/opinions/{opinion_id}/content"))
    answers = intake.answers()
    personal = [str(value) for name, value in answers.items() if "phone" in name and value]
    assert personal
    assert [value for value in personal if value in page] == [], "what is personal is masked"
    assert "没有列出可以查看的材料" in page
    filed = [one for one in filed_materials(case_id, by=intake.window_clerk()) if not one.is_paper]
    assert {one.code for one in filed} <= {code for code, _, _ in guide_materials(make.fresh(case_id))}
    assert other.get(f"/desk/opinions/{opinion_id}/materials/{filed[0].id}").status_code == 404
    assert other.get(f"/desk/cases/{case_id}").status_code == 403, "the case itself stays shut"
    Opinion.objects.filter(pk=opinion_id).update(shares=[filed[0].code])
    assert filed[0].name in shown(other.get(f"/desk/opinions/{opinion_id}/content"))
    for by in (some.opiner("stranger", some.ecology()), intake.applicant()):
        assert signed_in(by).get(f"/desk/opinions/{opinion_id}/content").status_code == 404
        assert signed_in(by).get(f"/desk/opinions/{opinion_id}/materials/{filed[0].id}").status_code == 404
