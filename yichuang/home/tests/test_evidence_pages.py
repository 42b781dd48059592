"""The auditor's pages of evidence: what left the house and when, a proof, and lawful deletion."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from yichuang.cases.commands import GONE
from yichuang.cases.tests import factories as cases
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.effects.cli.publishing import publish
from yichuang.effects.commands import drain_all
from yichuang.home.tests.test_tools import words
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.keys import client_key
from yichuang.workdays.queries import now

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folders(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR, settings.WITNESS_DIR = tmp_path / "var", tmp_path / "witness"
    settings.WITNESS_WEBHOOK = ""


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(people.account_of(actor), backend="django.contrib.auth.backends.ModelBackend")
    return client


def auditor() -> Client:
    office = people.department("审计处", "9801", "川政务")
    held = [Capability.JOURNAL_AUDIT, Capability.PRIVATE_DESTROY]
    return signed_in(people.staff("auditor", people.post(office, "审计岗", held, everywhere=True)))


def test_the_journal_says_what_left_the_house_and_raises_an_alarm_when_it_does_not() -> None:
    cases.filed()
    at = now()
    client = auditor()
    drain_all(at=at - timedelta(seconds=5))
    assert "正在写出" in words(client.get("/desk/journal"))
    publish(at=at)
    shown = words(client.get("/desk/journal"))
    assert "全部写出" in shown
    assert "见证目录" in shown
    cases.filed()
    drain_all(at=at - timedelta(seconds=90))
    assert "1 个超过 60 秒没有写出" in words(client.get("/desk/journal"))
    assert client.get("/health").json()["witnessed"] is False
    publish(at=now())
    assert client.get("/health").json()["witnessed"] is True


def test_the_journal_asks_the_database_a_fixed_number_of_times() -> None:
    client = auditor()
    for _ in range(3):
        cases.filed()
        drain_all(at=now())
    client.get("/desk/journal")
    with sql.counting() as few:
        client.get("/desk/journal")
    for _ in range(4):
        cases.filed()
        drain_all(at=now())
    with sql.counting() as many:
        client.get("/desk/journal")
    assert len(many) == len(few)


def test_a_proof_is_shown_step_by_step_and_a_forged_leaf_is_told() -> None:
    row = cases.proposed()
    client = auditor()
    address = f"/desk/journal/subjects/{row.id}"
    assert client.get(f"{address}/1").status_code == 404
    drain_all(at=now())
    publish(at=now())
    assert "证明" in words(client.get(address))
    shown = words(client.get(f"{address}/2"))
    assert "它确实封在其中" in shown
    assert facts_of(row.id)[1].hash.hex() in shown
    assert client.get(f"{address}/9").status_code == 404
    assert client.get(f"{address}/{2**40}").status_code == 404


def test_deletion_is_found_confirmed_and_refused_with_what_was_typed() -> None:
    row = cases.refused()
    client = auditor()
    page = words(client.get("/desk/destruction", {"q": row.number}))
    assert "保存期限到" in page
    given = {"client_key": client_key(), "ground": "retention_over", "reason": "川政务函〔2026〕12号"}
    if now().year < row.filed_on.year + 10:
        refused = client.post(f"/desk/destruction/{row.id}", given)
        assert refused.status_code == 422
        assert "川政务函〔2026〕12号" in refused.content.decode()
        assert "还没有届满" in words(refused)
    given["ground"] = "ordered"
    for _ in range(2):
        done = client.post(f"/desk/destruction/{row.id}", given, follow=True)
        assert "已经依法删除" in words(done)
    assert sql.one("select applicant_name from cases_case where id = %(id)s", {"id": row.id}) == (GONE,)
    assert [fact.kind for fact in facts_of(row.id)][-1] == "case.content_destroyed"
    assert client.get("/desk/destruction", {"q": "没有"}).status_code == 404
    assert client.post(f"/desk/destruction/{row.item_id}", given).status_code == 404
    assert "不能删除" in words(client.get("/desk/destruction", {"q": cases.filed().number}))


def test_the_pages_of_a_case_whose_content_is_gone_still_open() -> None:
    row = cases.delivered()
    given = {"client_key": client_key(), "ground": "ordered", "reason": "川政务函〔2026〕12号"}
    assert auditor().post(f"/desk/destruction/{row.id}", given).status_code == 302
    clerk = signed_in(people.clerk())
    shown = clerk.get(f"/desk/cases/{row.id}")
    assert shown.status_code == 200
    assert "内容和附件已依法删除" in words(shown)
    for fact in facts_of(row.id):
        assert clerk.get(f"/documents/{row.id}/{fact.seq}").status_code < 500, fact.kind
