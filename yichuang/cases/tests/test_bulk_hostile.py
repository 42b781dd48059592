"""Bulk acts against an enemy and an impatient hand: addresses, forms, rights in every state, double clicks."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponseBase
from django.test import Client

from yichuang.cases.commands.bulk_acts import prepare_bulk_act, release_bulk_act
from yichuang.cases.commands.bulk_acts_run import run_bulk_act
from yichuang.cases.flow.bulk_acts import CAN_BE_CANCELLED, ActKind, ActState
from yichuang.cases.models import BulkAct
from yichuang.cases.queries.bulk_choice import Choice, chosen_cases
from yichuang.cases.tests import factories as make
from yichuang.cases.tests import factories_bulk as bulk
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor

pytestmark = pytest.mark.django_db
BASE = "/desk/bulk-acts"
HOSTILE = (
    "x", "%00", "' or 1=1 --", "../..", "-1", "²", "٣", "9" * 400, "00000000-0000-0000-0000-000000000000", "<script>alert(1)</script>",
    "WyIxIl0", "W10", "bnVsbA",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: bulk.AT)


def browser(by: Actor) -> Client:
    client = Client()
    client.force_login(people.account_of(by), backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(response: HttpResponseBase) -> str:
    return b"".join(response).decode()


def post(client: Client, address: str, **fields: Any) -> Any:
    return client.post(address, {"client_key": uuid4().hex, **fields})


def act_in(state: ActState, rows: list[UUID]) -> BulkAct:
    """An act brought to a state by the real commands."""
    if state == ActState.CHECKING:
        form, choice = bulk.FORMS[ActKind.ACCEPT], Choice("勾选", case_ids=tuple(rows))
        made = prepare_bulk_act(form, choice, by=bulk.two(ActKind.ACCEPT)[0], at=bulk.AT, key=make.key())
        BulkAct.objects.filter(pk=made.pk).update(state=ActState.CHECKING)
        return bulk.fresh(made.pk)
    if state == ActState.DRAFTED:
        return bulk.prepared(ActKind.ACCEPT, rows)
    if state == ActState.DONE:
        return bulk.done(ActKind.ACCEPT, rows)
    made = bulk.released(ActKind.ACCEPT, rows, cooling_minutes=5)
    if state == ActState.PROPOSED:
        BulkAct.objects.filter(pk=made.pk).update(
            state=state, released_by_id=None, released_at=None, starts_at=None
        )
    elif state in (ActState.RUNNING, ActState.CANCELLED):
        more = {"cancelled_why": "停止"} if state == ActState.CANCELLED else {"began_at": bulk.AT}
        BulkAct.objects.filter(pk=made.pk).update(state=state, **more)
    return bulk.fresh(made.pk)


def test_no_address_breaks_a_page() -> None:
    rows = [make.filed(), make.in_review()]
    act = bulk.prepared(ActKind.ACCEPT, [one.id for one in rows])
    client = browser(bulk.two(ActKind.ACCEPT)[0])
    here = f"{BASE}/{act.pk}/cases"
    for value in HOSTILE:
        for address in (
            f"{BASE}?tab={value}", f"{BASE}?after={value}", f"{here}?state={value}", f"{here}?reason={value}", f"{here}?after={value}",
            f"{here}?state=unable&after={value}", f"{here}?state={value}&reason={value}&format=csv", f"{BASE}/new?kind={value}",
            f"{BASE}/new?kind=accept&case={value}", f"{BASE}/new?kind=accept&all=1&item={value}&department={value}&due_from={value}",
        ):  # fmt: skip
            answer = client.get(address)
            assert answer.status_code in (200, 422), (address, answer.status_code)
            assert "<script>alert" not in text(answer)
    for path in ("", "/progress", "/cases"):
        assert client.get(f"{BASE}/{uuid4()}{path}").status_code == 404
    for path in ("propose", "release", "cancel"):
        assert post(client, f"{BASE}/{uuid4()}/{path}", able="1", why="x").status_code == 404
        assert client.get(f"{BASE}/{act.pk}/{path}").status_code == 405


def test_pasted_numbers_are_taken_as_people_paste_them_and_nothing_else() -> None:
    rows = [make.filed() for _ in range(3)]
    client = browser(bulk.two(ActKind.ACCEPT)[0])
    numbers = [one.number for one in rows]
    pasted = f"\ufeff {numbers[0].lower()}，\u202a{numbers[1]}\u200b;\r\n\t{numbers[2]}、{numbers[0]}\u3000"
    answer = post(client, f"{BASE}/new", kind="accept", cooling="0", numbers=pasted)
    assert answer.status_code == 302, text(answer)
    assert BulkAct.objects.get().total == 3
    for wrong in ("'); drop table cases_case; --", "%s %(x)s", "X" * 5000, "\0", " ,，；、 ", "一二三"):
        refused = post(client, f"{BASE}/new", kind="accept", cooling="0", numbers=wrong)
        assert refused.status_code == 422, wrong
    many = " ".join(f"N{number}" for number in range(50_001))
    assert "一次最多" in text(post(client, f"{BASE}/new", kind="accept", cooling="0", numbers=many))
    # An empty field named every case that waits, once: a tick or a number that is lost must not become the whole list.
    for nothing in ({"numbers": ""}, {}, {"case": "x"}, {"numbers": "\u200b"}):
        assert "没有选到" in text(post(client, f"{BASE}/new", kind="accept", cooling="0", **nothing)), nothing
    everything = sql.rows(*chosen_cases(ActKind.ACCEPT, Choice("按编号选取", case_ids=()), by=SYSTEM))
    assert len(everything) == 3, "the broken variant: an empty tuple of cases narrows nothing"
    assert BulkAct.objects.count() == 1
    assert sql.one("select count(*)::int from cases_case") == (3,)


def test_hostile_words_stay_words_on_every_page_and_in_the_file() -> None:
    row, by = make.in_review(), bulk.two(ActKind.DECIDE)[0]
    client = browser(by)
    words = "=cmd|'/c calc'!A1 <img src=x onerror=alert(1)> {{ 7*7 }} \u202e%s"
    sent = {"kind": "decide", "numbers": row.number, "outcome": "denied", "reason": words, "cooling": "30"}
    assert post(client, f"{BASE}/new", **sent).status_code == 302
    act = BulkAct.objects.get()
    page = text(client.get(f"{BASE}/{act.pk}"))
    assert "<img src=x" not in page
    assert "{{ 7*7 }}" in page
    assert post(client, f"{BASE}/{act.pk}/cancel", why=words).status_code == 302
    page = text(client.get(f"{BASE}/{act.pk}"))
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
    # A reason that begins as a formula does not begin a cell.
    BulkAct.objects.filter(pk=act.pk).update(reasons=[["=1+1", 1]])
    sql.execute(
        "update cases_bulkactcase set reason = 1, state = 'unable' where act_id = %(id)s", {"id": act.pk}
    )
    lines = list(
        csv.reader(io.StringIO(text(client.get(f"{BASE}/{act.pk}/cases?format=csv")).lstrip("\ufeff")))
    )
    cells = [cell for line in lines for cell in line]
    assert any("1+1" in cell for cell in cells)
    assert not any(cell.startswith(("=", "+", "@")) for cell in cells)


@pytest.mark.parametrize("state", ActState)
def test_in_every_state_an_act_is_proposed_released_and_cancelled_or_not(state: ActState) -> None:
    rows = [make.filed().id]
    first, second = (browser(one) for one in bulk.two(ActKind.ACCEPT))
    act = act_in(state, rows)
    address, before = f"{BASE}/{act.pk}", len(facts_of(act.pk))
    assert first.get(address).status_code == second.get(address).status_code == 200
    assert first.get(f"{address}/progress").status_code == 200
    # What may be done is what the table says; what may not is refused in words, and leaves nothing.
    proposed = post(first, f"{address}/propose").status_code
    assert proposed == (302 if state in (ActState.DRAFTED, ActState.PROPOSED) else 409)
    assert len(facts_of(act.pk)) == before + (state == ActState.DRAFTED)
    if state == ActState.DRAFTED:
        return
    released = post(second, f"{address}/release", able=str(act.able)).status_code
    again = (ActState.PROPOSED, ActState.RELEASED, ActState.RUNNING)
    assert released == (302 if state in again else 409)
    assert len(facts_of(act.pk)) == before + (state == ActState.PROPOSED)
    cancelled = post(second, f"{address}/cancel", why="停止").status_code
    assert cancelled == (302 if state in CAN_BE_CANCELLED or state == ActState.CANCELLED else 409)
    assert bulk.fresh(act.pk).state == (ActState.DONE if state == ActState.DONE else ActState.CANCELLED)
    assert run_bulk_act(act.pk, at=bulk.AT + timedelta(days=1)) == 0


def test_a_form_sent_twice_makes_one_act_and_every_button_works_once() -> None:
    row = make.filed()
    first, second = (browser(one) for one in bulk.two(ActKind.ACCEPT))
    form = {"client_key": uuid4().hex, "kind": "accept", "cooling": "0", "case": str(row.id)}
    places = {first.post(f"{BASE}/new", form)["Location"] for _ in range(3)}
    assert len(places) == 1
    act = BulkAct.objects.get()
    for client, path, fields in (
        (first, "propose", {}), (second, "release", {"able": "1"}), (second, "cancel", {"why": "停"}),
    ):  # fmt: skip
        for _ in range(3):
            assert post(client, f"{BASE}/{act.pk}/{path}", **fields).status_code == 302
    kinds = [one.kind.partition(".")[2] for one in facts_of(act.pk)]
    assert kinds == ["prepared", "proposed", "released", "cancelled"]
    # The same key with another content is no repeat.
    other = first.post(f"{BASE}/new", form | {"case": str(make.filed().id)})
    assert other.status_code == 409
    # A stranger's key is not one's own.
    assert second.post(f"{BASE}/new", form).status_code in (302, 409)
    assert all(
        one.prepared_by_id != bulk.two(ActKind.ACCEPT)[1].id for one in BulkAct.objects.filter(pk=act.pk)
    )


def test_nobody_releases_more_than_the_screen_named() -> None:
    """A number that was not on the screen is refused, however it is written."""
    act = act_in(ActState.PROPOSED, [make.filed().id])
    second = browser(bulk.two(ActKind.ACCEPT)[1])
    for able in ("", "0", "2", "-1", "1.0", "１", "1e0", "x", "9" * 30):
        assert post(second, f"{BASE}/{act.pk}/release", able=able).status_code == 409, able
    assert bulk.fresh(act.pk).state == ActState.PROPOSED
    assert post(second, f"{BASE}/{act.pk}/release", able="1").status_code == 302
    # Released by a third meanwhile: told, and the first release stands.
    third = bulk.clerk("third")
    with pytest.raises(Exception, match="已放行"):
        release_bulk_act(act.pk, able=1, by=third, at=bulk.AT)
    assert bulk.fresh(act.pk).released_by_id == bulk.two(ActKind.ACCEPT)[1].id


def test_days_of_each_applicant_narrow_and_none_at_all_are_nobodys() -> None:
    rows = [make.filed(), make.filed()]
    who, day = rows[0].applicant_id, rows[0].filed_on
    assert who is not None

    def taken(**narrow: Any) -> set[UUID]:
        choice = Choice("全部", **narrow)
        return {row[0] for row in sql.rows(*chosen_cases(ActKind.ACCEPT, choice, by=SYSTEM))}

    whole, step = {one.id for one in rows}, timedelta(days=1)
    assert taken() == taken(spans=((who, day, None),)) == taken(spans=((who, day, day),)) == whole
    for spans in (
        (), ((who, day + step, None),), ((who, day - step, day - step),), ((uuid4(), day, None),), ((who, day, day - step),),
    ):  # fmt: skip
        assert taken(spans=spans) == set(), spans
    # Two spans that overlap take a case once.
    assert len(sql.rows(*chosen_cases(ActKind.ACCEPT, Choice("全", spans=((who, day, None), (who, day - step, day))), by=SYSTEM))) == 2  # fmt: skip
