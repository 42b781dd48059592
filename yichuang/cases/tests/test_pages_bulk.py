"""Bulk acts on the desk, as two people use them; what others see; what the lists cost."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponseBase
from django.test import Client

from yichuang.cases.commands.bulk_acts_run import run_bulk_act
from yichuang.cases.flow import State
from yichuang.cases.flow.bulk_acts import ActKind, ActState
from yichuang.cases.models import BulkAct
from yichuang.cases.queries.bulk_acts import act_cases, bulk_acts
from yichuang.cases.tests import factories as make
from yichuang.cases.tests import factories_bulk as bulk
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor

pytestmark = pytest.mark.django_db
NEW = "/desk/bulk-acts/new"


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: bulk.AT)


def browser(by: Actor) -> Client:
    client = Client()
    client.force_login(people.account_of(by), backend="django.contrib.auth.backends.ModelBackend")
    return client


def shown(response: HttpResponseBase) -> str:
    return b"".join(response).decode()


def sent(**more: Any) -> dict[str, Any]:
    return {"client_key": uuid4().hex, **more}


def test_from_ticked_rows_to_the_result_by_two_people() -> None:
    rows = [make.filed() for _ in range(3)]
    first, second = (browser(one) for one in bulk.two(ActKind.ACCEPT))
    desk = shown(first.get("/desk?tab=to_accept"))
    assert f'name="case" value="{rows[0].id}"' in desk
    assert 'name="kind" value="accept"' in desk
    ticked = {"kind": "accept", "case": [str(one.id) for one in rows[:2]]}
    form = shown(first.get(NEW, ticked))
    assert "列表中勾选的 2 件" in form
    assert form.count('name="case"') == 2
    done = first.post(NEW, sent(**ticked, cooling="0"))
    act = BulkAct.objects.get()
    address = f"/desk/bulk-acts/{act.pk}"
    assert (done.status_code, done["Location"]) == (302, address)
    assert "提交另一人放行" in shown(first.get(address))
    assert "提交另一人放行" not in shown(second.get(address))
    first.post(f"{address}/propose")
    assert "等待另一位有权限的同事放行" in shown(first.get(address))
    assert first.post(f"{address}/release", {"able": "2"}).status_code == 409
    page = shown(second.get(address))
    assert "确认放行 2 件" in page
    assert second.post(f"{address}/release", {"able": "x"}).status_code == 409
    assert second.post(f"{address}/release", {"able": "2"}).status_code == 302
    assert "正在开始" in shown(second.get(f"{address}/progress"))
    run_bulk_act(act.pk, at=bulk.AT)
    assert second.get(f"{address}/progress")["HX-Refresh"] == "true"
    assert "已完成" in shown(second.get(address))
    assert make.fresh(rows[0].id).state == State.REVIEW
    assert make.fresh(rows[2].id).state == State.RECEIVED
    listed = shown(first.get(f"{address}/cases?state=done"))
    assert rows[0].number in listed
    lines = shown(first.get(f"{address}/cases?format=csv")).strip().splitlines()
    assert len(lines) == 3
    assert "已办理" in lines[1]
    assert act.chosen in shown(first.get("/desk/bulk-acts?tab=ended"))
    assert act.chosen not in shown(first.get("/desk/bulk-acts?tab=proposed"))


def test_what_is_wrong_is_said_and_nothing_typed_is_lost() -> None:
    row, client = make.in_review(), browser(bulk.two(ActKind.DECIDE)[0])
    wrong = client.post(
        NEW, sent(kind="decide", numbers=f"{row.number}\nX-404", outcome="denied", reason="", cooling="五")
    )
    assert wrong.status_code == 422
    text = shown(wrong)
    assert "请填整数分钟" in text
    assert "X-404" in text
    for changed, words in (
        ({"cooling": "30", "reason": ""}, "不予许可应当说明理由"),
        ({"cooling": "30", "reason": "不符合"}, "没有这些编号：X-404"),
        ({"cooling": "5", "reason": "不符合"}, "10 至 1440"),
    ):
        answer = client.post(
            NEW, sent(kind="decide", numbers=f"{row.number} X-404", outcome="denied", **changed)
        )
        assert words in shown(answer)
    assert client.post(NEW, {"kind": "decide"}).status_code == 422
    assert client.post(NEW, sent(kind="decide", numbers=row.number, outcome="granted")).status_code == 302
    act = BulkAct.objects.get()
    assert act.cooling_minutes == 30
    address = f"/desk/bulk-acts/{act.pk}"
    empty = client.post(f"{address}/cancel", {"why": ""})
    assert "请写明取消的理由" in shown(empty)
    assert client.post(f"{address}/cancel", {"why": "不办了"}).status_code == 302
    assert "不办了" in shown(client.get(address))


def test_a_whole_list_as_its_address_narrows_it() -> None:
    make.filed()
    other = make.filed(people.department("林业厅", "120", "川林"))
    client = browser(bulk.two(ActKind.ACCEPT)[0])
    desk = shown(client.get(f"/desk?tab=to_accept&department={other.department_id}"))
    assert f"{NEW}?all=1&amp;department={other.department_id}" in desk
    form = shown(client.get(NEW, {"kind": "accept", "all": "1", "department": str(other.department_id)}))
    assert "列表中的全部（林业厅）" in form
    client.post(
        NEW,
        sent(kind="accept", all="1", department=str(other.department_id), due_from="2022-01-01", green=""),
    )
    act = BulkAct.objects.get()
    assert [one.id for one in act_cases(act, by=SYSTEM).rows] == [other.id]
    assert "批量受理" in shown(client.get(NEW))
    assert "批量作出决定" not in shown(client.get(NEW))


def test_who_may_not_sees_nothing_of_it() -> None:
    act = bulk.prepared(ActKind.DECIDE, [make.in_review().id])
    address = f"/desk/bulk-acts/{act.pk}"
    elsewhere = browser(bulk.head("elsewhere", people.department("林业厅", "120", "川林")))
    for path in (address, f"{address}/progress", f"{address}/cases"):
        assert elsewhere.get(path).status_code == 404
    for act_on in ("propose", "release", "cancel"):
        assert elsewhere.post(f"{address}/{act_on}", {"able": "1", "why": "x"}).status_code == 404
    plain = browser(people.reviewer())
    assert plain.get("/desk/bulk-acts").status_code == 403
    assert "批量办理" not in shown(plain.get("/desk"))
    assert 'name="case"' not in shown(plain.get("/desk"))
    # A clerk sees the act of a department and cannot cancel what the clerk could not prepare.
    assert browser(bulk.clerk()).post(f"{address}/cancel", {"why": "x"}).status_code == 403
    assert bulk.fresh(act.pk).state == ActState.DRAFTED


def test_lists_are_paged_and_cost_one_statement() -> None:
    rows = [make.filed() for _ in range(5)] + [make.in_review() for _ in range(3)]
    act = bulk.prepared(ActKind.ACCEPT, [one.id for one in rows])
    by = bulk.clerk()
    for state, reason, wanted in (("", 0, 8), ("able", 0, 5), ("unable", 0, 3), ("", 1, 3), ("unable", 1, 3)):
        found: list[UUID] = []
        after = ""
        with sql.counting() as statements:
            while True:
                page = act_cases(act, by=by, state=state, reason=reason, after=after, size=2)
                found += [one.id for one in page.rows]
                after = page.following
                if not after:
                    break
        assert len(found) == len(set(found)) == wanted, (state, reason)
        assert len(statements) == -(-wanted // 2)
    other = bulk.prepared(ActKind.ACCEPT, [rows[0].id])
    with sql.counting() as statements:
        first = bulk_acts(by=by, size=1)
    assert len(statements) == 1
    second = bulk_acts(by=by, size=1, after=first.following)
    assert [one.pk for page in (first, second) for one in page.rows] == sorted(
        [act.pk, other.pk], reverse=True
    )
    page_text = shown(browser(by).get(f"/desk/bulk-acts/{act.pk}"))
    assert "?reason=1" in page_text
    assert "目前为「审查」" in page_text
