"""What a case waits for, brought by machines: a correction line by line, a material that follows; and the list of cases."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from yichuang.cases.models import Pending
from yichuang.cases.queries import load
from yichuang.cases.tests import factories as cases
from yichuang.cases.tests import factories_reviewers as some
from yichuang.directory.tests import factories as people
from yichuang.directory.tests.machines import Machine, machine_of
from yichuang.intake import commands, queries
from yichuang.intake.models import Draft, Material
from yichuang.intake.queries import Receipt
from yichuang.intake.tests import factories as make
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.errors import Conflict

pytestmark = pytest.mark.django_db
CASES = "/api/v1/cases"
LATER = make.AT + timedelta(days=2)
PDF = base64.b64encode(make.PDF).decode()
FILE = {"name": "盖章后.pdf", "content_base64": PDF}


@pytest.fixture(autouse=True)
def _two_days_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: LATER)


def read(response: Any) -> Any:
    return json.loads(response.content)


@pytest.fixture
def asked() -> tuple[Machine, Receipt]:
    """An applicant's machine, and the case that waits for its correction."""
    by = make.applicant()
    return machine_of(by, at=make.AT), make.asked_to_correct(by)


def answer(**changes: Any) -> dict[str, Any]:
    """A complete answer to the notice of the factories."""
    return {
        "note": "已按要求改正",
        "lines": [{"line": 2, "note": "取水量已改"}, {"line": 1, "note": "已盖章"}],
        "answers": {"annual_volume": "400.000"},
        "materials": [{"line": 1, **FILE}, {"code": make.REQUIRED[1], **FILE}],
    } | changes


def test_the_notice_is_read_line_by_line_and_answered_so(asked: tuple[Machine, Receipt]) -> None:
    own, made = asked
    prepared = commands.begin_correction(made.case_id, by=make.applicant(), at=LATER)
    said = read(own.get(f"{CASES}/{made.number}/waiting"))
    assert [one["material"] for one in said["correction"]] == [one["material"] for one in make.LINES]
    assert (said["respond_by"], said["pending"], said["state"]) == ("2022-06-10", [], "correcting")
    done = own.post(f"{CASES}/{made.number}/answer_correction", answer(seen=said["seq"]), make.key())
    assert (done.status_code, read(done)["state"]) == (201, "received"), done.content.decode()
    after = queries.read_application(made.case_id)
    assert after is not None
    assert (after.answers["annual_volume"], after.edit) == ("400.000", 2)
    assert sorted(one.code for one in after.materials if one.round == 1) == sorted(
        ["other", make.REQUIRED[1]]
    )
    row = load(made.case_id)
    assert row is not None
    event = queries.followed(made.case_id, by=make.window_clerk(), today=LATER.date()).events[-1]
    assert event.words["note"].splitlines() == [
        "已按要求改正",
        f"第 1 项（{make.LINES[0]['material']}）：已盖章",
        f"第 2 项（{make.LINES[1]['material']}）：取水量已改",
    ]
    assert Draft.objects.get(pk=prepared.pk).case_id == made.case_id, "what was prepared on the page ends"
    waits = read(own.get(f"{CASES}/{made.number}/waiting"))
    assert (waits["correction"], waits["respond_by"]) == ([], None)


OTHERS: list[tuple[str, Any]] = [
    ("note", "另一个说明"),
    ("lines", [{"line": 1, "note": "x"}]),
    ("answers", {"annual_volume": "401.000"}),
    ("materials", [{"code": make.REQUIRED[1], **FILE}]),
]


def test_one_key_answers_once_and_stands_for_all_that_was_sent(asked: tuple[Machine, Receipt]) -> None:
    own, made = asked
    key, address = make.key(), f"{CASES}/{made.number}/answer_correction"
    first = read(own.post(address, answer(), key))
    # A second notice with other lines does not change what the key stands for.
    make.ask(made.case_id, LATER, newly_shown="补正材料新反映出的问题")
    again = own.post(address, answer(), key)
    assert again.status_code == 200
    assert (read(again)["seq"], read(again)["replayed"]) == (first["seq"], True)
    for name, value in OTHERS:
        refused = own.post(address, answer(**{name: value}), key)
        assert (refused.status_code, set(read(refused))) == (409, {"title", "how", "fields", "current"}), name
    stranger = machine_of(make.stranger(), at=make.AT)
    hidden = stranger.post(address, answer(), key)
    missing = stranger.post(f"{CASES}/510000119-2022-999999/answer_correction", answer(), key)
    assert (hidden.status_code, hidden.content) == (404, missing.content)
    assert Material.objects.filter(case_id=made.case_id, round=1).count() == 2


def test_a_key_that_forgot_the_body_would_be_caught(
    asked: tuple[Machine, Receipt], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: the key stands for the note alone, as it once did."""
    monkeypatch.setattr("yichuang.intake.commands.correction._sent", lambda answers, materials: "")
    with pytest.raises(AssertionError, match="answers"):
        test_one_key_answers_once_and_stands_for_all_that_was_sent(asked)


def test_a_key_of_the_page_stands_for_the_answers_too() -> None:
    by = make.applicant()
    made, key = make.asked_to_correct(by), make.key()
    sent: dict[str, Any] = {"materials": [], "note": "", "key": key, "by": by, "at": LATER}
    commands.answer_correction(made.case_id, answers={"annual_volume": "400"}, **sent)
    assert commands.answer_correction(made.case_id, answers={"annual_volume": "400"}, **sent).replayed
    with pytest.raises(Conflict):
        commands.answer_correction(made.case_id, answers={"annual_volume": "401"}, **sent)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"lines": [{"line": 3, "note": "x"}]}, "lines.0.line"),
    ({"lines": [{"line": 1, "note": "x"}, {"line": 1, "note": "y"}]}, "lines.1.line"),
    ({"lines": [{"line": 1}]}, "lines.0.note"),
    ({"lines": {}}, "lines"),
    ({"materials": [{"line": 9, **FILE}]}, "materials.0.line"),
    ({"materials": [FILE]}, "materials.0.code"),
    ({"materials": [{"code": "gift", **FILE}]}, "materials.gift"),
    ({"materials": [{"line": 1, "name": "a.exe", "content_base64": "TVqQAA=="}]}, "materials.0.content_base64"),
    ({"materials": [{"line": 1, "name": "a.pdf"}]}, "materials.0.content_base64"),
    ({"answers": {"nickname": "x"}}, "answers.nickname"),
    ({"answers": {"annual_volume": "很多"}}, "annual_volume"),
    ({"answers": {"annual_volume": {}}}, "answers.annual_volume"),
    ({"surprise": 1}, "surprise"),
    ({"note": "长" * 1001}, "note"),
    ({"note": "", "lines": [], "answers": {}, "materials": []}, "note"),
]  # fmt: skip


def test_what_is_wrong_is_named_and_nothing_is_kept(asked: tuple[Machine, Receipt]) -> None:
    own, made = asked
    for change, place in WRONG:
        refused = own.post(f"{CASES}/{made.number}/answer_correction", answer(**change), make.key())
        assert refused.status_code == 422, (change, refused.content.decode())
        assert place in read(refused)["fields"], (change, read(refused))
    assert own.post(f"{CASES}/{made.number}/answer_correction", answer()).status_code == 422, "no key"
    stale = own.post(f"{CASES}/{made.number}/answer_correction", answer(seen=1), make.key())
    assert (stale.status_code, read(stale)["current"]["state"]) == (409, "correcting")
    assert not Material.objects.filter(case_id=made.case_id, round=1).exists()


def test_who_applies_is_not_mended(asked: tuple[Machine, Receipt]) -> None:
    own, made = asked
    sent = answer(answers={"applicant_name": "另一示例有限公司", "annual_volume": "400.000"})
    assert own.post(f"{CASES}/{made.number}/answer_correction", sent, make.key()).status_code == 201
    after = queries.read_application(made.case_id)
    assert after is not None
    assert after.answers["applicant_name"] == "示例科技有限公司"


def test_what_does_not_wait_and_who_may_not(asked: tuple[Machine, Receipt]) -> None:
    own, made = asked
    fresh = make.filed(make.applicant())
    moved = own.post(f"{CASES}/{fresh.number}/answer_correction", answer(lines=[], materials=[]), make.key())
    assert (moved.status_code, read(moved)["current"]["state"]) == (409, "received")
    reader = machine_of(make.window_clerk(), "case.search", at=make.AT)
    refused = reader.post(f"{CASES}/{made.number}/answer_correction", answer(), make.key())
    assert refused.status_code == 403


@pytest.fixture
def promised() -> Pending:
    """A case of the factories that was accepted with its report to follow."""
    return some.first_pending(some.pending_case())


def test_a_promised_material_is_brought_once(promised: Pending) -> None:
    own, key = machine_of(people.applicant_actor(), at=make.AT), make.key()
    address, sent = f"{CASES}/{promised.case_number}/supply", {"code": "report", **FILE}
    waits = read(own.get(f"{CASES}/{promised.case_number}/waiting"))
    assert [(one["code"], one["received_on"]) for one in waits["pending"]] == [("report", None)]
    first = own.post(address, sent, key)
    assert (first.status_code, read(first)["state"]) == (201, "review"), first.content.decode()
    again = own.post(address, sent, key)
    assert (again.status_code, read(again)["seq"]) == (200, read(first)["seq"])
    other = base64.b64encode(make.PDF + b"\n").decode()
    assert own.post(address, sent | {"content_base64": other}, key).status_code == 409
    assert own.post(address, sent, make.key()).status_code == 409, "it came before"
    assert Material.objects.filter(case_id=promised.case_id).count() == 1
    waits = read(own.get(f"{CASES}/{promised.case_number}/waiting"))
    assert waits["pending"][0]["received_on"] == "2022-05-18"


def test_what_was_not_promised_is_not_taken(promised: Pending) -> None:
    own, address = machine_of(people.applicant_actor(), at=make.AT), f"{CASES}/{promised.case_number}/supply"
    for sent, status in (
        ({"code": "consent", **FILE}, 404), ({"code": "report"}, 422), ({"code": "report", "paper": True}, 422),
        ({"code": "report", "paper": True, **FILE}, 422), ({"code": "report", "name": "a.pdf", "content_base64": "ä"}, 422),
        ({**FILE}, 422),
    ):  # fmt: skip
        assert own.post(address, sent, make.key()).status_code == status, sent
    assert own.post(address, {"code": "report", **FILE}).status_code == 422, "no key"
    stranger = machine_of(
        people.applicant_actor(people.company("另一公司", people.COMPANY_CODES[1]), "other"), at=make.AT
    )
    hidden = stranger.post(address, {"code": "report", **FILE}, make.key())
    missing = stranger.post(f"{CASES}/510000119-2022-999999/supply", {"code": "report", **FILE}, make.key())
    assert (hidden.status_code, hidden.content) == (404, missing.content)
    assert not Material.objects.filter(case_id=promised.case_id).exists()


def test_the_window_takes_paper(promised: Pending) -> None:
    desk = machine_of(some.window(), at=make.AT)
    done = desk.post(f"{CASES}/{promised.case_number}/supply", {"code": "report", "paper": True}, make.key())
    assert done.status_code == 201, done.content.decode()
    assert Material.objects.get(case_id=promised.case_id).kind == "paper"
    assert facts_of(promised.case_id)[-1].data["how"] == "window"


def looks() -> list[tuple[Any, ...]]:
    """The view log: which case, how, by whom."""
    return sql.rows("select subject_id, kind, viewer_id from journal_view")


def numbers(machine: Machine, query: str = "") -> list[str]:
    """The numbers on a page of the list."""
    return [one["case_no"] for one in read(machine.get(f"{CASES}{query}"))["cases"]]


def test_an_applicant_lists_the_own_cases_page_by_page() -> None:
    by, other = make.applicant(), make.stranger()
    own = [make.filed(by, at=make.AT + timedelta(minutes=n)).number for n in range(5)]
    foreign = make.filed(other).number
    machine = machine_of(by, at=make.AT)
    assert numbers(machine) == own[::-1]
    found: list[str] = []
    after: str | None = ""
    for _ in range(3):
        page = read(machine.get(f"{CASES}?size=2{f'&after={after}' if after else ''}"))
        found += [one["case_no"] for one in page["cases"]]
        after = page["after"]
    assert (found, after) == (own[::-1], None)
    assert numbers(machine_of(other, at=make.AT)) == [foreign]
    assert read(machine.get(CASES))["cases"][0]["applicant"] == "示例科技有限公司"
    assert not looks(), "reading what is one's own is no look"


def test_the_list_is_narrowed_and_names_what_it_cannot_read() -> None:
    by = make.applicant()
    first, second = make.filed(by), make.filed(by, at=make.AT + timedelta(days=1))
    cases_of = machine_of(by, at=make.AT)
    make.ask(second.case_id, make.AT + timedelta(days=1))
    for query, expected in (
        ("?state=correcting", [second.number]), ("?state=received,correcting", [second.number, first.number]),
        ("?state=delivered", []), (f"?item={make.WATER}", [second.number, first.number]), ("?item=nothing", []),
        ("?from=2022-05-17", [second.number]), ("?to=2022-05-16", [first.number]),
        ("?from=2022-05-16&to=2022-05-16&state=received&size=200", [first.number]), ("?from=&state=", [second.number, first.number]),
    ):  # fmt: skip
        assert numbers(cases_of, query) == expected, query
    for query, field in (
        ("?state=open", "state"), ("?from=16.5.2022", "from"), ("?to=x", "to"), ("?size=0", "size"), ("?size=201", "size"),
        ("?size=²", "size"), ("?page=2", "page"), ("?state=review&state=special", "state"), ("?item=" + "x" * 65, "item"),
        ("?after=WyJ4Il0", "after"),
    ):  # fmt: skip
        refused = cases_of.get(f"{CASES}{query}")
        assert (refused.status_code, list(read(refused)["fields"])) == (422, [field]), query


def test_staff_list_what_they_reach_masked_and_every_case_is_a_look() -> None:
    row, hidden = cases.filed(), cases.filed()
    sql.execute("update directory_applicant set kind = 'person'", {})
    sql.execute("update cases_case set confidentiality = 2 where id = %(id)s", {"id": hidden.id})
    by = people.reviewer()
    machine = machine_of(by, at=make.AT)
    (line,) = read(machine.get(CASES))["cases"]
    assert line["case_no"] == row.number
    assert line["applicant"] != row.applicant_name
    assert "*" in line["applicant"] or "＊" in line["applicant"] or "某" in line["applicant"]
    assert looks() == [(row.id, "case", by.id)]
    machine.get(f"{CASES}/{row.number}")
    machine.get(CASES)
    assert len(looks()) == 1, "one look at one case in ten minutes"
    elsewhere = people.reviewer(people.department("林业厅", "129", "川林"), "forest")
    assert numbers(machine_of(elsewhere, at=make.AT)) == []
    assert machine_of(by, "case.accept", at=make.AT).get(CASES).status_code == 403


def test_a_list_that_forgets_the_reach_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: a list of its own scope."""
    monkeypatch.setattr("yichuang.cases.queries.listing.scope", lambda by, table: ("true", {}))
    with pytest.raises((AssertionError, ValueError)):
        test_staff_list_what_they_reach_masked_and_every_case_is_a_look()


@pytest.mark.parametrize("who", ["applicant", "staff"])
def test_a_page_of_the_list_costs_the_same_for_one_case_and_for_many(who: str) -> None:
    """The token with its account, the list; for staff the view log."""
    cases.filed()
    actor: Callable[[], Any] = people.applicant_actor if who == "applicant" else people.reviewer
    machine = machine_of(actor(), at=make.AT)

    def cost() -> int:
        with sql.counting() as statements:
            assert machine.get(CASES).status_code == 200
        return len([text for text in statements if "journal_ensure_quarter" not in text])

    machine.get(CASES)
    few = cost()
    for _ in range(8):
        cases.filed()
    assert (cost(), few) == ((2, 2) if who == "applicant" else (3, 3))
