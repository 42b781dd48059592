"""The pages: statements of each list, filters, forms that come back with what was typed, masked names, whose rows."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.exchange.commands.systems import SystemForm, change_system, register_system
from yichuang.exchange.models import Case, Quarantine, System
from yichuang.exchange.tests import factories as make
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused

pytestmark = pytest.mark.django_db
BASE = "/desk/exchange"


@pytest.fixture(autouse=True)
def _a_monday_in_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.AT)


def browser(by: Actor) -> Client:
    """Signed in."""
    client = Client()
    client.force_login(people.account_of(by), backend="django.contrib.auth.backends.ModelBackend")
    return client


def told(number: int = 60) -> list[dict[str, Any]]:
    """Cases enough for three pages, some decided."""
    found = [make.event(f"S-{n:03d}", 1, applicant_name="示例张三") for n in range(number)]
    return found + [make.event(f"S-{n:03d}", 2, "decided", "2022-05-11") for n in range(0, number, 2)]


def statements(client: Client, path: str) -> int:
    """How many statements a page takes, those of the session and the frame included."""
    client.get(path)
    with sql.counting() as found:
        answer = client.get(path)
    assert answer.status_code == 200, answer.content.decode()[:500]
    return len(found)


def test_lists_take_the_same_few_statements_however_long_they_are() -> None:
    make.send([*told(6), make.event("X-1", item_code="nope")])
    client = browser(make.resolver())
    paths = [f"{BASE}", f"{BASE}/batches", f"{BASE}/cases", f"{BASE}/quarantine"]
    few = [statements(client, path) for path in paths]
    make.send([*told(40), *(make.event(f"X-{n}", item_code="nope") for n in range(2, 40))])
    assert [statements(client, path) for path in paths] == few
    assert max(few) <= 10


def test_cases_are_found_by_number_name_item_state_and_paged() -> None:
    make.send(told())
    client = browser(make.resolver())
    first = client.get(f"{BASE}/cases").content.decode()
    assert "示*三" in first or "示**三" in first
    assert "示例张三" not in first
    assert first.count('class="row-link"') == 25
    for query, count in (
        ("?number=S-007", 1), ("?applicant=示例", 25), ("?applicant=%25", 0), (f"?item={make.ITEM}&state=decided", 25), ("?state=withdrawn", 0),
        (f"?department={people.department().pk}&system={System.objects.get().pk}", 25), ("?item=nothing", 0), ("?state=what", 25),
    ):  # fmt: skip
        assert client.get(f"{BASE}/cases{query}").content.decode().count('class="row-link"') == count, query
    assert client.get(f"{BASE}/cases.csv").status_code == 403
    exporter = people.staff(
        "exporter",
        people.post(people.department(), "导出岗", [Capability.CASE_SEARCH, Capability.LIST_EXPORT]),
    )
    answer: Any = browser(exporter).get(f"{BASE}/cases.csv")
    assert b"".join(answer.streaming_content).count(b"\n") == 61
    trade = people.department("商务厅", "125", "川商")
    stranger = browser(people.staff("stranger", people.post(trade, "查询岗", [Capability.CASE_SEARCH])))
    assert stranger.get(f"{BASE}/cases").content.decode().count('class="row-link"') == 0
    assert stranger.get(f"{BASE}/cases/{Case.objects.all()[0].pk}").status_code == 404
    page = client.get(f"{BASE}/cases/{Case.objects.get(source_number='S-000').pk}").content.decode()
    assert "办结：准予" in page


def test_a_doubt_is_decided_on_its_page_and_what_was_typed_comes_back() -> None:
    make.send([make.event(), make.event(no=2, kind="accepted", day="2022-05-11")])
    client, doubt = browser(make.resolver()), Quarantine.objects.get()
    path = f"{BASE}/quarantine/{doubt.pk}"
    assert "此件已报过受理" in client.get(path).content.decode()
    answer = client.post(f"{path}/drop", {"ground": "", "client_key": uuid4().hex})
    assert answer.status_code == 422
    form = {"ground": "重复报送（示例）", "client_key": uuid4().hex}
    assert client.post(f"{path}/drop", form).status_code == 302
    assert client.post(f"{path}/drop", form).status_code == 302
    conflict = client.post(f"{path}/take", {"ground": "又想采用", "client_key": uuid4().hex})
    assert (conflict.status_code, "已剔除" in conflict.content.decode()) == (409, True)
    assert client.post(f"{path}/eat", form).status_code == 404
    again = client.post(
        f"{BASE}/quarantine/again",
        {"system": System.objects.get().pk, "ground": "", "client_key": uuid4().hex},
    )
    assert again.status_code == 422
    assert client.get(f"{BASE}/quarantine?state=dropped").content.decode().count('class="row-link"') == 1
    told: Any = client.get(f"{BASE}/quarantine.csv?state=dropped")
    assert b"".join(told.streaming_content).count(b"\n") == 2


def form(**changes: Any) -> SystemForm:
    """A system of the water department."""
    values: dict[str, Any] = {
        "code": "water", "name": "示例水务平台", "departments": [people.department().pk], "contact": "示例联系人",
        "account_id": make.reporter().id,
    }  # fmt: skip
    return SystemForm(**(values | changes))


def test_a_system_is_entered_once_and_changed_with_open_eyes() -> None:
    make.item(), make.item(make.FOREIGN, people.department("商务厅", "125", "川商"))
    by, key = make.manager(), uuid4().hex
    made = register_system(form(), by=by, at=make.AT, key=key)
    assert register_system(form(), by=by, at=make.AT, key=key) == made
    with pytest.raises(Conflict):
        register_system(form(code="other"), by=by, at=make.AT, key=uuid4().hex)
    for wrong, field in (
        (form(code="Wasser"), "code"), (form(name=""), "name"), (form(contact=""), "contact"), (form(departments=[]), "departments"),
        (form(items=[make.FOREIGN]), "items"), (form(account_id=by.id), "account"), (form(folder="../x"), "folder"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as told_wrong:
            register_system(wrong, by=by, at=make.AT, key=uuid4().hex)
        assert field in told_wrong.value.fields
    with pytest.raises(Refused):
        register_system(form(), by=make.resolver(), at=make.AT, key=uuid4().hex)
    change_system(made, form(name="新名称"), seen=1, by=by, at=make.AT)
    change_system(made, form(name="新名称"), seen=1, by=by, at=make.AT)
    with pytest.raises(Conflict):
        change_system(made, form(name="别的名称"), seen=1, by=by, at=make.AT)
    with pytest.raises(Missing):
        change_system(uuid4(), form(), seen=1, by=by, at=make.AT)
    found = System.objects.get()
    assert (found.name, found.edit) == ("新名称", 2)


def test_the_form_of_a_system_comes_back_with_what_was_typed() -> None:
    make.item()
    client, by = browser(make.manager()), make.reporter()
    given = {
        "code": "water", "name": "示例平台", "contact": "示例", "departments": [people.department().pk], "account": by.id,
        "items": make.ITEM, "reports_limits": "yes", "is_active": "yes", "client_key": uuid4().hex,
    }  # fmt: skip
    assert "登记报送系统" in client.get(f"{BASE}/systems/new").content.decode()
    bad = client.post(f"{BASE}/systems/new", {**given, "code": "X"})
    assert (bad.status_code, "示例平台" in bad.content.decode()) == (422, True)
    assert client.post(f"{BASE}/systems/new", given).status_code == 302
    system = System.objects.get()
    path = f"{BASE}/systems/{system.pk}"
    assert "built-in method" not in client.get(path).content.decode()
    assert client.post(path, {**given, "seen": 1, "name": "改名"}).status_code == 302
    mapping = {"sort": "item", "own": "OLD", "target": make.ITEM, "client_key": uuid4().hex}
    for _ in range(2):
        assert client.post(f"{path}/mappings", mapping).status_code == 302
    wrong = client.post(f"{path}/mappings", {**mapping, "target": "no", "client_key": uuid4().hex})
    assert (wrong.status_code, "不是这个系统可以报送的" in wrong.content.decode()) == (422, True)
    assert "OLD" in client.get(path).content.decode()
    assert client.get(f"{BASE}/systems").content.decode().count('class="row-link"') == 1
