"""Who sees what: one rule for the case, its timeline, every list and every export."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from yichuang.cases import commands, queries
from yichuang.cases.flow import Action, Outcome
from yichuang.cases.queries import CaseRow, Filters, Tab
from yichuang.cases.tests import factories as make
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.kernel import paging, sql
from yichuang.kernel.actor import ANONYMOUS, SYSTEM, Actor
from yichuang.kernel.errors import Invalid, Missing, Refused

pytestmark = pytest.mark.django_db
ALL = Filters()


@dataclass
class Town:
    """Two departments with a case each, of two applicants."""

    water: Department
    health: Department
    mine: CaseRow
    theirs: CaseRow
    first: Actor
    second: Actor


@pytest.fixture
def town() -> Town:
    water, health = people.department(), people.department("卫生健康委员会", "123", "川卫")
    other = people.company("示例商贸有限公司", people.COMPANY_CODES[1])
    first, second = people.applicant_actor(), people.applicant_actor(other, "trade")
    mine = make.in_review()
    theirs = make.filed(health)
    sql.execute(
        "update cases_case set applicant_id = %(a)s, applicant_name = %(n)s where id = %(id)s",
        {"a": other.pk, "n": other.name, "id": theirs.id},
    )
    commands.accept(theirs.id, by=people.clerk(), at=make.AT, key=make.key())
    return Town(water, health, make.fresh(mine.id), make.fresh(theirs.id), first, second)


def seen(by: Actor, town: Town) -> set[UUID]:
    """The cases that open for somebody."""
    found = set()
    for row in (town.mine, town.theirs):
        try:
            found.add(queries.visible(row.id, by=by).id)
        except Missing:
            continue
    return found


Reader = Callable[[Actor], set[UUID]]
READERS: dict[str, Reader] = {
    "queue": lambda by: {row.id for row in queries.queue(Tab.IN_HAND, by=by, filters=ALL).rows},
    "export": lambda by: {row.id for row in queries.export(Tab.IN_HAND, by=by, filters=ALL)},
    "search by name": lambda by: {row.id for row in queries.search_page("示例", by=by).rows},
}


@pytest.mark.parametrize("name", READERS)
def test_a_list_shows_exactly_what_would_open(town: Town, name: str) -> None:
    everybody = (
        people.reviewer(town.water), people.reviewer(town.health, "doctor"), people.clerk(), people.head(town.water),
        SYSTEM,
    )  # fmt: skip
    sizes = set()
    for by in everybody:
        found = READERS[name](by)
        assert found == seen(by, town)
        sizes.add(len(found))
    assert sizes == {1, 2}


@pytest.mark.parametrize("name", READERS)
def test_lists_of_the_office_are_not_for_applicants_or_strangers(town: Town, name: str) -> None:
    for by in (town.first, ANONYMOUS, Actor("staff", "无岗位")):
        with pytest.raises(Refused):
            READERS[name](by)


def test_an_export_is_refused_before_the_first_line_is_sent(town: Town) -> None:
    with pytest.raises(Refused):
        queries.export(Tab.IN_HAND, by=town.first, filters=ALL)


def test_an_applicant_sees_the_own_cases_alone(town: Town) -> None:
    assert seen(town.first, town) == {town.mine.id}
    assert seen(town.second, town) == {town.theirs.id}
    assert {row.id for row in queries.mine(by=town.first).rows} == {town.mine.id}
    assert {row.id for row in queries.mine(by=town.second).rows} == {town.theirs.id}
    for nobody in (people.clerk(), people.reviewer(), ANONYMOUS, SYSTEM, Actor("applicant", "无")):
        assert queries.mine(by=nobody).rows == []


def test_strangers_see_nothing(town: Town) -> None:
    for by in (
        ANONYMOUS,
        Actor("staff", "无部门", capabilities=frozenset({"case.search"})),
        Actor("applicant", "无"),
    ):
        assert seen(by, town) == set()
    lost = Actor("staff", "无部门", capabilities=frozenset({"case.search"}))
    assert READERS["queue"](lost) == READERS["search by name"](lost) == set()


def test_what_is_absent_and_what_is_hidden_look_the_same(town: Town) -> None:
    said = []
    for case_id in (town.theirs.id, uuid4()):
        with pytest.raises(Missing) as caught:
            queries.visible(case_id, by=town.first)
        said.append((caught.value.message, caught.value.how, caught.value.fields, caught.value.status))
        with pytest.raises(Missing) as acted:
            commands.withdraw(case_id, by=town.first, at=make.LATER, key=make.key())
        said.append((acted.value.message, acted.value.how, acted.value.fields, acted.value.status))
    assert len(set(map(str, said))) == 1


def test_a_scope_that_forgot_the_department_would_be_caught(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: lists that show everything."""
    by = people.reviewer(town.water)
    expected = seen(by, town)
    monkeypatch.setattr(Actor, "scope_departments", None)
    assert READERS["queue"](by) != expected


@pytest.mark.parametrize("text", ["number", "示例科技", "科技", "91510000MA6EXAMP2K", " 91510000ma6examp2k "])
def test_search_finds_by_number_name_and_credit_code(town: Town, text: str) -> None:
    people.company()
    by = people.reviewer(town.water)
    found = queries.search_page(town.mine.number.lower() if text == "number" else text, by=by)
    assert [row.id for row in found.rows] == [town.mine.id]


def test_search_by_number_tells_nothing_of_other_departments(town: Town) -> None:
    assert queries.search_page(town.theirs.number, by=people.reviewer(town.water)).rows == []


@pytest.mark.parametrize("text", ["", " ", "\0", "示\0例", "%", "' or 1=1 --", "没有这个人", "☃" * 500])
def test_search_answers_anything(town: Town, text: str) -> None:
    assert queries.search_page(text, by=people.clerk()).is_first


def test_the_applicants_timeline_has_no_inner_notes_and_no_names() -> None:
    row = make.proposed()
    make.perform(row, Action.SEND_BACK, people.head())
    make.perform(row, Action.HAND_OVER, people.reviewer())
    make.perform(row, Action.PAUSE, people.reviewer())
    row = make.fresh(row.id)
    theirs = queries.timeline(row, by=people.applicant_actor())
    assert [event.kind for event in theirs] == ["case.filed", "case.accepted", "case.paused"]
    assert {event.actor_name for event in theirs} == {"申请人", "水利厅"}
    assert "示例）" not in str([(event.words, event.data, event.actor_name) for event in theirs])
    ours = queries.timeline(row, by=people.reviewer())
    assert [event.seq for event in ours] == [1, 2, 3, 4, 5, 6]
    assert ours[2].words == {"opinion": "符合条件"}
    assert ours[5].ground == "听证"
    assert {"clerk（示例）", "reviewer（示例）", "head（示例）"} <= {event.actor_name for event in ours}


def test_a_timeline_asked_by_anybody_else_is_the_applicants() -> None:
    row = make.proposed()
    far = people.reviewer(people.department("卫生健康委员会", "123", "川卫"), "far")
    for by in (ANONYMOUS, far, Actor("staff", "无部门")):
        assert "case.proposed" not in [event.kind for event in queries.timeline(row, by=by)]


def test_queues_are_ordered_by_due_date_and_paged_without_loss() -> None:
    for days in (9, 3, 7, 1, 5, 3, 9):
        make.filed(at=make.AT + timedelta(days=days))
    by, after, pages = people.clerk(), "", []
    while True:
        page = queries.queue(Tab.TO_ACCEPT, by=by, filters=ALL, after=after, size=3)
        pages.append([(row.due_on, str(row.id)) for row in page.rows])
        if not page.following:
            break
        after = page.following
    assert [len(page) for page in pages] == [3, 3, 1]
    found = [row for page in pages for row in page]
    assert found == sorted(found)
    assert len(set(found)) == 7
    exported = [(row.due_on, str(row.id)) for row in queries.export(Tab.TO_ACCEPT, by=by, filters=ALL)]
    assert exported == found


def test_done_cases_are_newest_first_and_paged() -> None:
    rows = [make.delivered(at=make.AT + timedelta(days=n)) for n in range(3)]
    by = people.clerk()
    first = queries.queue(Tab.DONE, by=by, filters=ALL, size=2)
    second = queries.queue(Tab.DONE, by=by, filters=ALL, size=2, after=first.following)
    assert [row.id for row in (*first.rows, *second.rows)] == [row.id for row in reversed(rows)]
    assert (first.is_first, second.is_first, second.following) == (True, False, "")
    assert first.rows[0].outcome == Outcome.GRANTED
    assert first.rows[0].work_label == "送达"


@pytest.mark.parametrize(
    "parts", [["x", "y"], ["2022-05-05", "nobody"], ["2022-13-45", str(UUID(int=1))], ["2022-05-05"], []]
)
@pytest.mark.parametrize("tab", list(Tab))
def test_a_tampered_page_link_is_told_and_not_run(tab: Tab, parts: list[str]) -> None:
    with pytest.raises(Invalid, match="翻页链接"):
        queries.queue(tab, by=people.clerk(), filters=ALL, after=paging.encode(parts) or "!")
    with pytest.raises(Invalid, match="翻页链接"):
        queries.mine(by=people.applicant_actor(), after=paging.encode(parts))


def test_filters_narrow() -> None:
    mine, other = make.in_review(), make.in_review()
    reviewer = people.reviewer()
    commands.claim(mine.id, by=reviewer, at=make.AT)

    def ids(filters: Filters) -> set[UUID]:
        return {row.id for row in queries.queue(Tab.IN_HAND, by=reviewer, filters=filters).rows}

    assert mine.due_on is not None
    assert ids(Filters(mine=True)) == {mine.id}
    assert ids(Filters(item_id=mine.item_id)) == {mine.id, other.id}
    assert ids(Filters(item_id=uuid4())) == ids(Filters(department_id=uuid4())) == set()
    assert ids(Filters(overdue_on=mine.due_on)) == set()
    assert ids(Filters(overdue_on=mine.due_on + timedelta(days=1))) == {mine.id, other.id}


def test_counts_equal_the_queues(town: Town) -> None:
    make.correcting()
    make.filed()
    make.decided()
    for by in (people.clerk(), people.reviewer(town.water), people.reviewer(town.health, "doctor")):
        tabs = [tab for tab in Tab if tab != Tab.DONE]
        expected = {tab: len(queries.queue(tab, by=by, filters=ALL).rows) for tab in tabs}
        assert queries.counts(by=by) == expected
    assert queries.counts(by=town.first) == {}


def test_a_known_applicants_open_cases_are_found_at_the_window(town: Town) -> None:
    make.terminated()
    assert town.first.applicant_id is not None
    found = queries.open_cases_of(town.first.applicant_id)
    assert [(row[0], row[1], row[3]) for row in found] == [(town.mine.id, town.mine.number, "审查")]


def test_why_tells_both_limits_and_ends_with_the_case() -> None:
    row = make.filed()
    assert queries.why(row, today=make.LATER.date()) is None
    row = make.in_review()
    told = queries.why(row, today=make.LATER.date())
    assert told is not None
    assert told.promised[-1] == "第20个工作日为2022年6月1日（周三），期限于当日届满。"
    assert "第45个工作日" in told.statutory[-1]
    ended = make.decided()
    years_later = make.AT + timedelta(days=900)
    late = queries.why(ended, today=years_later.date())
    assert late is not None
    assert late.used == ended.days_used
