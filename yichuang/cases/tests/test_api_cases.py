"""The steps of a case by machines: every action of the table by the names of the forms, the same rights, no fault."""

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yichuang.cases import commands, flow, queries
from yichuang.cases.api import STEPS, AskedAlong, asked_along, case_id_of
from yichuang.cases.flow import Action, State
from yichuang.cases.models import Case
from yichuang.cases.queries import CaseRow
from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.directory.tests.machines import Machine, machine_of
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _within_the_five_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.LATER)
    # However slow the machine of the tests is, a row that was read ahead is taken.
    monkeypatch.setattr("yichuang.cases.queries.one.FRESH_SECONDS", 60)


def post(machine: Machine, row: CaseRow, action: str, body: Any = None, key: str | None = None) -> Any:
    return machine.post(
        f"/api/v1/cases/{row.number}/{action}", {} if body is None else body, key or make.key()
    )


def read(response: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(response.content)
    return found


def doer(action: str) -> Actor:
    """Somebody who may do a thing in every department."""
    if action == Action.WITHDRAW:
        return people.applicant_actor()
    return people.staff(
        "doer",
        people.post(people.department("示例处", "903", "川示"), "全能岗", list(Capability), everywhere=True),
    )


BODIES: dict[str, dict[str, Any]] = {
    "correct_on_spot": {"what": "法人当场补签"},
    "accept": {},
    "ask_correction": {"lines": make.LINES, "respond_by": (make.LATER.date() + timedelta(days=10)).isoformat()},
    "refuse_acceptance": {"ground": "not_competent", "reason": "属市级权限", "where_instead": "示例市水务局"},
    "propose": {"outcome": "granted", "opinion": "符合条件"},
    "endorse": {"opinion": "同意"},
    "countersign": {"opinion": "同意"},
    "send_back": {"ground": "facts_unclear", "reason": "请补充论证"},
    "expedite": {"reason": "防汛抢险"},
    "pause": {"ground": "expert_review", "expected_days": 10},
    "resume": {"result": "已评审"},
    "extend": {"days": 5, "reason": "情况复杂"},
    "decide": {"outcome": "granted"},
    "deliver": {"method": "window", "receiver": "张示例"},
    "terminate": {"ground": "applicant_gone", "reason": "已注销"},
    "withdraw": {"reason": "另行申请"},
    "claim": {},
    "release": {},
}  # fmt: skip
NOT_OFFERED = {Action.FILE, Action.ANSWER_CORRECTION, Action.NOTE_OVERRUN}


def test_every_action_that_somebody_takes_is_offered() -> None:
    missing = {str(one) for one in Action if one not in NOT_OFFERED and one not in STEPS}
    assert missing <= {"supply"}
    assert {str(row.action) for row in flow.TRANSITIONS if row.automatic} <= {str(one) for one in NOT_OFFERED}


@pytest.mark.parametrize("action", sorted(set(BODIES) - {"claim", "release"}))
def test_a_step_is_taken_once_and_says_where_it_led(action: str) -> None:
    row = make.ready_for(Action(action))
    machine, key = machine_of(doer(action)), make.key()
    first = post(machine, row, action, BODIES[action], key)
    assert first.status_code == 200, first.content.decode()
    said, case = read(first), Case.objects.get(pk=row.id)
    assert (said["case_no"], said["state"], said["seq"]) == (row.number, case.state, case.seq)
    assert said["document_number"] == facts_of(row.id)[-1].number
    again = post(machine, row, action, BODIES[action], key)
    assert read(again) == said | {"replayed": True}
    other = {
        name: value + "另"
        for name, value in BODIES[action].items()
        if isinstance(value, str) and name in ("reason", "opinion", "result", "receiver", "what")
    }
    if other:
        assert post(machine, row, action, BODIES[action] | other, key).status_code == 409
    assert len(facts_of(row.id)) == said["seq"]


def test_accepting_with_materials_to_follow_asks_the_guide() -> None:
    machine = machine_of(people.clerk())
    later = (make.LATER.date() + timedelta(days=3)).isoformat()
    for pending in (
        [{"code": "map"}],
        [{"code": "map", "promised_on": "soon"}],
        [{"promised_on": later}],
        {"code": "map"},
    ):
        assert post(machine, make.filed(), "accept", {"pending": pending}).status_code == 422, pending
    not_named = post(machine, make.filed(), "accept", {"pending": [{"code": "map", "promised_on": later}]})
    assert not_named.status_code == 422
    assert "容缺" in read(not_named)["title"]
    assert post(machine, make.filed(), "accept", {"pending": []}).status_code == 200


def test_handing_over_claiming_and_releasing() -> None:
    row = make.in_review()
    other = people.reviewer(username="second")
    own = machine_of(people.reviewer())
    assert read(post(own, row, "claim"))["state"] == "review"
    lost = post(machine_of(other), row, "claim")
    assert lost.status_code == 409
    assert read(lost)["current"] == {"state": "review", "seq": row.seq, "holder": "reviewer（示例）"}
    assert post(own, row, "release").status_code == 200
    assert post(own, row, "claim").status_code == 200
    handed = post(own, row, "hand_over", {"to": str(other.id), "reason": "出差"})
    assert handed.status_code == 200, handed.content.decode()
    assert make.fresh(row.id).work_holder_name == "second（示例）"


def test_who_saw_an_older_version_is_told_where_the_case_stands() -> None:
    row = make.filed()
    machine = machine_of(people.clerk())
    assert post(machine, row, "accept", {"seen": row.seq}).status_code == 200
    late = post(machine, row, "refuse_acceptance", BODIES["refuse_acceptance"] | {"seen": row.seq})
    assert late.status_code == 409
    assert read(late)["current"] == {"state": "review", "seq": row.seq + 1, "holder": None}
    assert set(read(late)) == {"title", "how", "fields", "current"}


@pytest.mark.parametrize("state", sorted(State))
def test_every_state_with_every_action_is_taken_or_refused_as_the_table_says(state: State) -> None:
    row = make.IN_STATE[state]()
    machine = machine_of(doer("any"))
    for action, body in BODIES.items():
        if action in ("claim", "release", "withdraw"):
            continue
        allowed = state in flow.BY_ACTION[Action(action)].sources
        before = facts_of(row.id)
        try:
            sql.execute("savepoint probe")
            response = post(machine, row, action, body)
        finally:
            after = len(facts_of(row.id))
            sql.execute("rollback to savepoint probe")
        assert response.status_code in ((200, 409, 422) if allowed else (409,)), (state, action)
        assert (after == len(before) + 1) == (response.status_code == 200)


def test_rights_are_those_of_the_account_and_the_scopes() -> None:
    row = make.in_review()
    by = people.head()
    decide = BODIES["decide"]
    assert post(machine_of(people.reviewer()), row, "decide", decide).status_code == 403
    assert post(machine_of(by, Capability.CASE_SEARCH), row, "decide", decide).status_code == 403
    assert post(machine_of(by, Capability.CASE_DECIDE), row, "decide", decide).status_code == 404, (
        "not to be seen"
    )
    elsewhere = people.head(people.department("林业厅", "129", "川林"), "forest")
    hidden = post(machine_of(elsewhere), row, "decide", decide)
    nowhere = machine_of(elsewhere).post("/api/v1/cases/510000119-2022-999999/decide", decide, make.key())
    assert (hidden.status_code, hidden.content) == (404, nowhere.content)
    assert post(Machine("yc_none"), row, "decide", decide).status_code == 401
    assert post(machine_of(by), row, "decide", decide).status_code == 200


def test_what_is_wrong_is_named_and_changes_nothing() -> None:
    row = make.in_review()
    machine = machine_of(doer("any"))
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("propose", {"opinion": "x"}, "outcome"),
        ("propose", {"outcome": "maybe", "opinion": "x"}, "outcome"),
        ("propose", {"outcome": "granted", "opinion": "x", "by": "head"}, "by"),
        ("propose", {"outcome": ["granted"], "opinion": "x"}, "outcome"),
        ("pause", {"ground": "hearing", "expected_days": "20"}, "expected_days"),
        ("pause", {"ground": "hearing", "expected_days": True}, "expected_days"),
        ("pause", {"ground": "hearing", "expected_days": 10**12}, "expected_days"),
        ("pause", {"ground": "weather", "expected_days": 5}, "ground"),
        ("hand_over", {"to": "me", "reason": "x"}, "to"),
        ("hand_over", {"to": str(uuid4()), "reason": "x"}, "to"),
        ("decide", {"outcome": "denied"}, "reason"),
        ("decide", {"outcome": "granted", "seen": "3"}, "seen"),
        ("terminate", {"ground": "applicant_gone", "reason": " \x00 "}, "reason"),
    ]
    for action, body, field in wrong:
        response = post(machine, row, action, body)
        assert (response.status_code, field in read(response)["fields"]) == (422, True), (
            action,
            body,
            response.content,
        )
    assert post(machine, row, "fly").status_code == 404
    assert len(facts_of(row.id)) == row.seq


def test_a_case_is_shown_to_whoever_may_see_it_with_what_can_be_done() -> None:
    row = make.in_review()
    with sql.counting() as statements:
        said = read(machine_of(people.reviewer()).get(f"/api/v1/cases/{row.number}"))
    assert (said["state"], said["seq"], said["due_on"]) == ("review", row.seq, str(row.due_on))
    assert "propose" in said["actions"]
    assert "decide" not in said["actions"]
    assert len([text for text in statements if text.startswith(("select", "/*"))]) <= 6
    own = read(machine_of(people.applicant_actor()).get(f"/api/v1/cases/{row.number.lower()}"))
    assert own["actions"] == ["withdraw"]


def test_a_step_takes_few_statements() -> None:
    """Token with its account and the number; the engine's read and write."""
    machine = machine_of(people.clerk())
    post(machine, make.filed(), "accept")
    row = make.filed()
    with sql.counting() as statements:
        assert post(machine, row, "accept").status_code == 200
    once = ("SAVEPOINT", "workdays_", "journal_ensure_quarter")
    assert len([text for text in statements if not any(word in text for word in once)]) == 3


def named(number: str) -> Any:
    """Something with a number, as a case has one."""
    return SimpleNamespace(number=number)


def test_a_number_that_nobody_may_tell_of_is_answered_as_one_that_is_not_there() -> None:
    theirs = make.filed()
    stranger = machine_of(people.reviewer(people.department("别处（示例）", "904", "川别")))
    seen = set()
    for number in (
        theirs.number,
        theirs.number.lower(),
        f"{theirs.number[:-1]}9",
        "X",
        "a" * 64,
        "a" * 65,
        "%00",
        "%20",
        "窗口",
    ):
        with sql.counting() as statements:
            answered = post(stranger, named(number), "propose", BODIES["propose"])
        seen.add((answered.status_code, answered.content))
        assert not [text for text in statements if text.startswith(BY_NUMBER)], "asked with the token"
    assert len(seen) == 1


BY_NUMBER = "/*one plan*/ select case_id from cases_number"


def test_the_case_of_the_address_is_read_with_the_token_and_is_the_one_meant() -> None:
    machine, one, other = machine_of(people.clerk()), make.filed(), make.filed()
    with sql.counting() as statements:
        assert read(post(machine, one, "accept"))["case_no"] == one.number
        assert read(machine.get(f"/api/v1/cases/{other.number}"))["case_id"] == str(other.id)
    assert not [text for text in statements if text.startswith(BY_NUMBER)]
    along: Any = SimpleNamespace(along=(one.number, one.id))
    assert case_id_of(along, other.number) == other.id, "what was read for another number is not taken"
    assert case_id_of(along, one.number) == one.id
    along.along = (one.number, None)
    with pytest.raises(Missing):
        case_id_of(along, one.number)
    assert case_id_of(cast("Any", object()), one.number) == one.id, (
        "a view without the front door asks by itself"
    )
    strange = ("", "/", "/a/b/c", "/" + "a" * 65, "/\x00", "/a\n/b/c")
    assert [along_of(f"/api/v1/cases{path}") for path in strange] == [None] * len(strange)
    assert along_of("/desk/cases/a") is None
    spelled = along_of(f"/api/v1/cases/ {one.number.lower()} /accept")
    assert spelled is not None
    assert spelled.along.parameters == {"number": one.number}


def along_of(path: str, key: str = "k" * 8, method: str = "POST") -> AskedAlong | None:
    """What is read along for a request to an address."""
    request = RequestFactory().generic(method, "/", headers={"Idempotency-Key": key})
    request.path_info = path
    return asked_along(request)


def test_only_a_step_with_a_key_that_begins_with_the_engines_read_is_read_ahead() -> None:
    def ahead(action: str, **given: str) -> bool:
        found = along_of(f"/api/v1/cases/A1{action}", **given)
        assert found is not None
        return found.along.then is not None

    assert {action for action in STEPS if ahead(f"/{action}")} == {"accept", "propose", "decide", "deliver"}
    assert not ahead("")
    assert not ahead("/accept", method="GET")
    assert not any(ahead("/accept", key=key) for key in ("", "short", "x" * 65, "windows 98"))


class TestReadAhead:
    """A step decides by what was read with its number: by that once, for that case and that key alone."""

    @pytest.fixture
    def looks(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """What the engine read by itself."""
        seen: list[str] = []
        before = queries.load_visible

        def reading(case_id: UUID, **given: Any) -> CaseRow | None:
            seen.append(str(case_id))
            return before(case_id, **given)

        monkeypatch.setattr("yichuang.cases.commands.step.load_visible", reading)
        return seen

    def test_a_whole_life_is_never_read_twice_and_leaves_what_it_left_before(self, looks: list[str]) -> None:
        row, clerk = make.filed(), machine_of(people.clerk())
        reviewer, head = machine_of(people.reviewer()), machine_of(people.head())
        for who, action in ((clerk, "accept"), (reviewer, "propose"), (head, "decide"), (clerk, "deliver")):
            key = make.key()
            done = read(post(who, row, action, BODIES[action], key))
            assert done["seq"] == len(facts_of(row.id))
            again = post(who, row, action, BODIES[action], key)
            assert (again.status_code, read(again)) == (200, done | {"replayed": True})
        assert done["state"] == "delivered"
        assert looks == []

    def test_what_was_read_is_good_for_one_look_of_this_case_under_this_key(self) -> None:
        row, other, by, key = make.filed(), make.filed(), people.clerk(), "k" * 8
        values = sql.rows(queries.statement_text("read"), {"id": row.id, "key": key})[0]
        with queries.ahead(row.id, key, values):
            assert queries.taken_ahead(other.id, key) is None
            assert queries.taken_ahead(row.id, "l" * 8) is None
            taken = queries.taken_ahead(row.id, key)
            assert queries.visible_row(taken, by) == row
            assert queries.taken_ahead(row.id, key) is None, "the next look reads anew"
            stranger = people.reviewer(people.department("别处（示例）", "904", "川别"))
            assert queries.visible_row(taken, stranger) is None
        with queries.ahead(other.id, key, values):
            assert queries.taken_ahead(other.id, key) is None, "a row of another case than the number's own"
            assert queries.taken_ahead(row.id, key) is None
        with queries.ahead(row.id, key, values):
            pass
        assert queries.taken_ahead(row.id, key) is None, "nothing is left for whoever comes next"

    def test_whoever_moved_the_case_after_it_was_read_wins(self, monkeypatch: pytest.MonkeyPatch) -> None:
        row, machine, first = make.filed(), machine_of(people.clerk()), make.key()
        before = queries.taken_ahead

        def overtaken(case_id: UUID, key: str) -> tuple[Any, ...] | None:
            found = before(case_id, key)
            monkeypatch.setattr("yichuang.cases.commands.step.taken_ahead", before)
            assert found is not None
            commands.accept(row.id, by=people.clerk("faster"), at=make.LATER, key=first)
            return found

        monkeypatch.setattr("yichuang.cases.commands.step.taken_ahead", overtaken)
        answered = post(machine, row, "accept")
        assert (answered.status_code, read(answered)["current"]["state"]) == (409, "review")
        assert [fact.kind for fact in facts_of(row.id)].count("case.accepted") == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["granted", "hearing", "\x00", "\ud800", "‮", "2022-05-13"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10) | st.sampled_from(sorted({p.name for s in STEPS.values() for p in s.parameters})), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    action=st.sampled_from(sorted(STEPS)),
    body=st.dictionaries(st.sampled_from(sorted({p.name for s in STEPS.values() for p in s.parameters} | {"seen", "x"})), JSON, max_size=6) | JSON,
    number=st.text(max_size=12) | st.just(""),
)  # fmt: skip
def test_no_json_whatever_makes_the_platform_stumble(action: str, body: Any, number: str) -> None:
    known = Case.objects.first() or Case.objects.get(pk=make.in_review().id)
    machine = machine_of(doer("any"))
    where = number.replace("/", "").replace("?", "").replace("#", "").strip(".") or known.number
    sent = json.dumps(body).encode()
    for place in (known.number, where):
        response = machine.post(f"/api/v1/cases/{place}/{action}", sent, uuid4().hex)
        assert response.status_code < 500, (action, body, response.content)
        if response.status_code >= 400 and response["Content-Type"] == "application/json":
            assert {"title", "how", "fields"} <= set(read(response))
