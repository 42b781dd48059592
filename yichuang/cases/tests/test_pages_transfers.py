"""The register of transfers on the desk, and the tool that executes what is due."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from click.testing import CliRunner
from django.http import HttpResponseBase
from django.test import Client

from yichuang.cases import cli
from yichuang.cases.commands.transfer import execute_transfer
from yichuang.cases.models import Transfer
from yichuang.cases.tests import factories as make
from yichuang.cases.tests.test_transfer import keeper, of_item, planned, world
from yichuang.catalogue.models import Item
from yichuang.catalogue.queries.lists import offers
from yichuang.catalogue.tests import factories as catalogue
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account
from yichuang.kernel.actor import SYSTEM, Actor

pytestmark = pytest.mark.django_db


def signed_in(by: Actor) -> Client:
    browser = Client()
    assert by.id is not None
    browser.force_login(Account.objects.get(pk=by.id))
    return browser


def shown(response: HttpResponseBase) -> str:
    return b"".join(response).decode()


def test_from_finding_the_item_to_the_executed_transfer() -> None:
    item, to = world()
    of_item(item, make.in_review())
    browser = signed_in(keeper())
    assert item.name in shown(browser.get(f"/desk/catalogue/transfers/new?q={item.name}"))
    assert "移交的在办件" in shown(browser.get(f"/desk/catalogue/transfers/new?item={item.pk}"))
    data = {
        "item": str(item.pk), "to_department": str(to.pk), "effective_on": "2200-01-01", "legal_basis": "",
        "document_number": "川示编发〔2022〕3号", "client_key": uuid4().hex,
    }  # fmt: skip
    wrong = browser.post("/desk/catalogue/transfers/new", data)
    assert wrong.status_code == 422
    assert "川示编发〔2022〕3号" in shown(wrong)
    assert (
        browser.post("/desk/catalogue/transfers/new", data | {"legal_basis": "机构改革方案"}).status_code
        == 302
    )
    plan = Transfer.objects.get()
    address = f"/desk/catalogue/transfers/{plan.pk}"
    assert "到时移交" in shown(browser.get(address))
    assert browser.post(f"{address}/execute", {"client_key": uuid4().hex}).status_code == 422
    Transfer.objects.update(effective_on=make.AT.date())
    assert "确认执行转隶" in shown(browser.get(address))
    assert browser.post(f"{address}/execute", {"client_key": uuid4().hex}).status_code == 302
    assert "已移交" in shown(browser.get(address))
    assert Item.objects.get(pk=item.pk).department_id == to.pk
    assert browser.post(f"{address}/cancel", {"reason": "太晚了"}).status_code == 409
    assert "已转隶" in shown(browser.get("/desk/catalogue/transfers"))


def test_a_planned_transfer_is_cancelled_with_a_reason() -> None:
    item, to = world()
    plan = planned(item, to)
    browser = signed_in(keeper())
    address = f"/desk/catalogue/transfers/{plan.pk}"
    assert browser.post(f"{address}/cancel", {"reason": ""}).status_code == 422
    assert browser.post(f"{address}/cancel", {"reason": "文件未印发"}).status_code == 302
    assert "文件未印发" in shown(browser.get(address))
    stranger = catalogue.somebody("com", [Capability.CATALOGUE_READ], of="commerce")
    assert signed_in(stranger).get(address).status_code == 404


def test_the_tool_executes_what_is_due_once() -> None:
    item, to = world()
    planned(item, to)
    Transfer.objects.update(effective_on=make.AT.date())
    first = CliRunner().invoke(cli.transfers, ["--json"])
    assert (first.exit_code, json.loads(first.output)) == (
        0,
        [{"item": item.name, "cases": {}, "problem": ""}],
    )
    again = CliRunner().invoke(cli.transfers)
    assert (again.exit_code, again.output.strip()) == (0, "到日的转隶 0 项。")


def test_the_tool_says_what_could_not_be_done() -> None:
    item, to = world()
    planned(item, to)
    Transfer.objects.update(effective_on=make.AT.date())
    Item.objects.filter(pk=item.pk).update(department=to)
    done = CliRunner().invoke(cli.transfers)
    assert done.exit_code == 1
    assert "已不属于原部门" in done.output


def test_the_newsroom_is_offered_the_transfer() -> None:
    item, to = world()
    of_item(item, make.in_review())
    when = make.AT + timedelta(days=30)
    execute_transfer(planned(item, to).pk, by=SYSTEM, at=when)
    (offer,) = offers(when.date(), when.date())
    assert offer.text == f"“{item.name}”由水利厅转隶至{to.short_name}，1件在办件随同移交，编号和期限不变。"
    assert offer.department_id == to.pk
