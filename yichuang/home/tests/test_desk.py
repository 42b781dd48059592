"""The desk: queues, chips, pages, search, CSV."""

import csv
import html
import io
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID

import pytest
from django.db import connection

from yichuang.cases import commands
from yichuang.cases.flow import State
from yichuang.cases.queries import CaseRow
from yichuang.cases.queries.checks import StepMark, step_marks
from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.home.pages import desk as pages
from yichuang.home.tests.visitors import browser, holder, other_department, text
from yichuang.kernel import sql
from yichuang.kernel.times import SHANGHAI

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at")]


def numbers(response: Any) -> list[str]:
    """The case numbers of a list, in its order."""
    return re.findall(r'class="row-link" href="/desk/cases/[^"]+">([^<]+)<', response.content.decode())


def tab_links(response: Any) -> dict[str, str]:
    page = response.content.decode()
    bar = page[page.index('<nav class="tabs"') :]
    found = re.findall(r'<a href="(\?[^"]+)"[^>]*>(\S+)', bar[: bar.index("</nav>")])
    return {label.removesuffix("</a></li>"): href.replace("&amp;", "&") for href, label in found}


def csv_rows(response: Any) -> list[list[str]]:
    content = b"".join(response.streaming_content).decode()
    assert content.startswith("\ufeff")
    return list(csv.reader(io.StringIO(content[1:])))


def test_every_case_stands_on_the_tab_of_its_open_work() -> None:
    made = {state: in_state() for state, in_state in make.IN_STATE.items()}
    desk = browser(people.clerk())
    expected = {
        "to_accept": {State.RECEIVED},
        "in_hand": {State.REVIEW, State.DECIDED},
        "waiting": {State.CORRECTING, State.SPECIAL},
        "done": {State.DELIVERED, State.REFUSED, State.TERMINATED},
    }
    for tab, states in expected.items():
        found = desk.get("/desk", {"tab": tab})
        assert set(numbers(found)) == {made[state].number for state in states}


def test_tabs_count_open_work() -> None:
    make.filed()
    make.filed()
    make.in_review()
    said = text(browser(people.clerk()).get("/desk"))
    assert "待受理 2 在办 1 等待他人 0 已办" in said


@pytest.mark.parametrize(
    ("who", "tab"), [(people.clerk, "待受理"), (people.reviewer, "在办"), (people.head, "在办")]
)
def test_the_first_tab_is_where_the_own_work_is(who: Callable[[], Any], tab: str) -> None:
    page = browser(who()).get("/desk").content.decode()
    assert re.search(rf'aria-current="page">{tab}', page)


def test_rows_say_what_is_due_and_when() -> None:
    row = make.in_review()
    said = text(browser(people.reviewer()).get("/desk"))
    assert row.due_on is not None
    assert row.number in said
    assert "取水许可" in said
    assert "示例科技有限公司" in said
    assert row.due_on.isoformat() in said
    assert "还剩" in said


def test_open_work_is_ordered_by_its_due_date() -> None:
    late = make.in_review(make.AT, promised=30)
    soon = make.in_review(make.AT, promised=5)
    assert numbers(browser(people.reviewer()).get("/desk")) == [soon.number, late.number]


def test_a_paused_case_shows_no_days_that_are_not_its_own() -> None:
    make.paused()
    said = text(browser(people.reviewer()).get("/desk?tab=waiting"))
    assert "暂停计时" in said
    assert "余" not in said


def test_other_departments_do_not_see_it() -> None:
    make.in_review()
    assert numbers(browser(other_department()).get("/desk")) == []


@pytest.mark.parametrize("tab", ["to_accept", "in_hand", "waiting", "done"])
def test_an_empty_tab_says_what_would_stand_here(tab: str) -> None:
    said = text(browser(people.clerk()).get("/desk", {"tab": tab}))
    assert "办件列表：0 件" in said
    assert "没有" in said


def test_chips_narrow_and_live_in_the_address() -> None:
    mine, other = make.in_review(), make.in_review()
    reviewer = people.reviewer()
    commands.claim(mine.id, by=reviewer, at=make.AT)
    desk = browser(reviewer)
    everything = desk.get("/desk?tab=in_hand")
    assert set(numbers(everything)) == {mine.number, other.number}
    assert 'href="?tab=in_hand&amp;mine=1"' in everything.content.decode()
    narrowed = desk.get("/desk?tab=in_hand&mine=1")
    assert numbers(narrowed) == [mine.number]
    page = narrowed.content.decode()
    assert 'href="?tab=in_hand" aria-current="true"' in page
    assert "mine=1" in tab_links(narrowed)["等待他人"]


def test_a_filter_that_finds_nothing_does_not_say_that_there_is_nothing() -> None:
    make.in_review()
    said = text(browser(people.reviewer()).get("/desk?tab=in_hand&mine=1"))
    assert "没有符合筛选条件的件" in said
    assert "没有在办的件" not in said


def test_the_overdue_chip_finds_what_is_late(at: Callable[[datetime], None]) -> None:
    late = make.in_review(promised=5)
    make.in_review(promised=40)
    at(datetime(2022, 5, 25, 9, 0, tzinfo=SHANGHAI))
    found = browser(people.reviewer()).get("/desk?overdue=1")
    assert numbers(found) == [late.number]
    assert "已超期" in text(found)


def test_a_filter_that_has_no_switch_of_its_own_can_be_taken_away() -> None:
    row = make.in_review()
    address = f"/desk?tab=in_hand&item={row.item_id}&department={row.department_id}"
    page = browser(people.clerk()).get(address).content.decode()
    assert f'href="?tab=in_hand&amp;department={row.department_id}" aria-current="true"' in page or (
        f'href="?department={row.department_id}&amp;tab=in_hand" aria-current="true"' in page
    )
    nothing = browser(people.clerk()).get(f"/desk?tab=in_hand&item={UUID(int=9)}")
    assert "所选事项" in text(nothing)
    assert numbers(nothing) == []


def test_pages_follow_each_other_without_gap_or_repetition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yichuang.cases.queries.queues.queue.__kwdefaults__", {"after": "", "size": 2})
    made = {make.filed().number for _ in range(5)}
    desk = browser(people.clerk())
    address, seen, pages = "/desk?tab=to_accept&overdue=0", [], 0
    while address:
        response = desk.get(address)
        seen += numbers(response)
        pages += 1
        following = re.search(r'href="(\?[^"]+)" rel="next"', response.content.decode())
        address = f"/desk{following.group(1).replace('&amp;', '&')}" if following else ""
    assert (pages, len(seen), set(seen)) == (3, 5, made)
    assert 'rel="prev"' in response.content.decode()
    assert "回到第一页" in text(response)


def test_a_forged_page_is_told_in_words() -> None:
    response = browser(people.clerk()).get("/desk?after=xxxx")
    assert response.status_code == 422
    assert "翻页链接已失效" in text(response)


@pytest.mark.parametrize("tab", ["to_accept", "in_hand", "done"])
def test_statements_do_not_grow_with_the_rows(tab: str) -> None:
    states = {"to_accept": State.RECEIVED, "in_hand": State.REVIEW, "done": State.REFUSED}
    bring = make.IN_STATE[states[tab]]
    desk = browser(people.clerk())
    bring()
    desk.get("/desk", {"tab": tab})
    with sql.counting() as few:
        desk.get("/desk", {"tab": tab})
    for _ in range(4):
        bring()
    with sql.counting() as many:
        assert len(numbers(desk.get("/desk", {"tab": tab}))) == 5
    assert len(many) == len(few) <= 8, many


@pytest.mark.parametrize(
    ("capability", "address"),
    [
        (Capability.CATALOGUE_READ, "/desk/catalogue"),
        (Capability.REPORT_CONTRIBUTE, "/desk/reports"),
        (Capability.DIRECTORY_MANAGE, "/desk/directory"),
        (Capability.OUTBOX_READ, "/desk/outbox"),
    ],
)
def test_who_handles_no_cases_is_led_to_the_first_own_page(capability: Capability, address: str) -> None:
    response = browser(holder(capability)).get("/desk", follow=True)
    assert response.redirect_chain == [(address, 302)]
    assert response.status_code == 200


def test_who_keeps_a_register_is_led_to_the_registers_before_bare_statistics() -> None:
    keeper = holder(Capability.FIGURES_READ, Capability.HALL_INSPECT)
    assert browser(keeper).get("/desk")["Location"] == "/desk/registers"
    assert browser(holder(Capability.FIGURES_READ)).get("/desk")["Location"] == "/desk/figures"


def test_an_applicant_is_led_away_and_a_stranger_to_the_sign_in() -> None:
    assert browser(people.applicant_actor()).get("/desk")["Location"] == "/"
    assert browser().get("/desk")["Location"] == "/sign-in?next=%2Fdesk"
    assert browser(people.applicant_actor()).get("/desk/search?q=示例").status_code == 403


def renamed(name: str) -> CaseRow:
    row = make.filed()
    with connection.cursor() as cursor:
        cursor.execute("update cases_case set applicant_name = %s where id = %s", [name, row.id])
    return row


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x","点我")', "+86示例", "@SUM(A1)", "－示例", "\t=1+1"])
def test_names_are_no_formulas_in_csv(name: str) -> None:
    row = renamed(name)
    response = browser(people.clerk()).get("/desk/export.csv?tab=to_accept")
    head, first = csv_rows(response)
    assert head[:3] == ["编号", "事项", "申请人"]
    assert first[0] == row.number
    assert first[2] == f"'{name}"


def test_csv_has_every_row_of_the_tab_and_only_what_may_be_seen() -> None:
    made = {make.refused().number for _ in range(3)}
    desk = browser(people.clerk())
    link = re.search(r'href="(/desk/export.csv[^"]+)"', desk.get("/desk?tab=done").content.decode())
    assert link is not None
    response = desk.get(link.group(1).replace("&amp;", "&"))
    assert "办件-已办-2022-05-11.csv" in unquote(response["Content-Disposition"])
    rows = csv_rows(response)
    assert {row[0] for row in rows[1:]} == made
    assert {row[9] for row in rows[1:]} == {"不予受理"}
    assert len(csv_rows(browser(other_department()).get("/desk/export.csv?tab=done"))) == 1


def test_csv_shows_the_nearest_limit_of_a_step_as_the_list_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """One statement for the steps of a block of rows, however many it has."""
    version = make.handled(step_limits=[{"step": "review", "days": 4}])
    rows = [make.in_review(version=version) for _ in range(3)]
    plain = make.in_review()
    due = step_marks([rows[0].id])[rows[0].id].due_on
    lead = browser(people.head())
    for address in ("/desk/export.csv?tab=in_hand", f"/desk/search.csv?q={quote(plain.applicant_name)}"):
        head, *found = csv_rows(lead.get(address))
        assert head[-2:] == ["步骤", "步骤期限"]
        wanted = {row.number: ["初审", due.isoformat()] for row in rows} | {plain.number: ["", ""]}
        assert {row[0]: row[-2:] for row in found} == wanted
    asked: list[int] = []

    def counted(ids: Sequence[UUID]) -> dict[UUID, StepMark]:
        asked.append(len(ids))
        return {}

    monkeypatch.setattr(pages, "step_marks", counted)
    monkeypatch.setattr(pages, "CSV_BLOCK", 3)
    assert len(csv_rows(lead.get("/desk/export.csv?tab=in_hand"))) == 5
    assert asked == [3, 1]


def find(words: str, by: Any = None) -> Any:
    return browser(by or people.clerk()).get("/desk/search", {"q": words})


def test_a_whole_number_leads_straight_to_the_case() -> None:
    row = make.filed()
    assert find(row.number)["Location"] == f"/desk/cases/{row.id}"
    assert find(f" {row.number.lower()} ")["Location"] == f"/desk/cases/{row.id}"


@pytest.mark.parametrize("words", ["科技", "示", "示例科技有限公司", "91510000MA6EXAMP2K"])
def test_search_by_name_of_one_or_two_signs_and_by_credit_code(words: str) -> None:
    row = make.filed()
    found = find(words)
    assert numbers(found) == [row.number]
    rows = csv_rows(browser(people.clerk()).get("/desk/search.csv", {"q": words}))
    assert [line[0] for line in rows[1:]] == [row.number]


def test_search_says_how_a_finished_case_ended() -> None:
    make.refused()
    assert "不予受理" in text(find("科技"))
    assert "无期限" not in text(find("科技"))


def test_nothing_found_says_so_with_the_words_asked_for() -> None:
    make.filed()
    response = find("<b>没有</b>")
    assert numbers(response) == []
    assert "没有找到「<b>没有</b>」" not in response.content.decode()
    assert "没有找到「&lt;b&gt;没有&lt;/b&gt;」" in response.content.decode()
    assert "/desk/search.csv" not in response.content.decode()


def test_an_empty_search_asks_without_complaining() -> None:
    said = text(find("   "))
    assert "没有找到" not in said
    assert "办件编号、申请人名称" in said


def test_search_keeps_to_the_own_department() -> None:
    row = make.filed()
    stranger = other_department()
    assert numbers(find("科技", stranger)) == []
    assert "没有找到" in text(find(row.number, stranger))


def test_a_search_goes_on_behind_its_first_page_and_its_file_holds_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before, a name with more than fifty cases ended there without a word, on the page and in its file."""
    made = [make.filed().number for _ in range(5)]
    monkeypatch.setattr("yichuang.cases.queries.queues.search_page.__kwdefaults__", {"after": "", "size": 2})
    monkeypatch.setattr("yichuang.home.pages.desk.CSV_BLOCK", 2)
    desk, address, seen = browser(people.clerk()), "/desk/search?q=科技", list[str]()
    pages = 0
    while address:
        response = desk.get(address)
        seen += numbers(response)
        pages += 1
        following = re.search(r'href="(\?[^"]+)" rel="next"', response.content.decode())
        assert ("回到第一页" in text(response)) == (pages > 1)
        address = f"/desk/search{html.unescape(following[1])}" if following else ""
    assert (sorted(seen), pages) == (sorted(made), 3), "each once"
    assert [line[0] for line in csv_rows(desk.get("/desk/search.csv?q=科技"))[1:]] == seen
    assert csv_rows(desk.get("/desk/search.csv?q="))[1:] == []
    assert desk.get("/desk/search?q=科技&after=nonsense").status_code == 422
    stranger = browser(other_department())
    assert numbers(stranger.get("/desk/search?q=科技")) == []


def test_search_takes_as_many_statements_for_many_as_for_one() -> None:
    make.filed()
    desk = browser(people.clerk())
    desk.get("/desk/search?q=科技")
    with sql.counting() as few:
        desk.get("/desk/search?q=科技")
    for _ in range(3):
        make.filed()
    with sql.counting() as many:
        assert len(numbers(desk.get("/desk/search?q=科技"))) == 4
    assert len(many) == len(few) <= 9


def test_a_queue_at_the_turn_of_the_day_counts_from_shanghai(at: Callable[[datetime], None]) -> None:
    row = make.in_review(promised=5)
    assert row.due_on is not None
    at(datetime.combine(row.due_on, datetime.min.time(), SHANGHAI) + timedelta(minutes=1))
    assert "今天到期" in text(browser(people.reviewer()).get("/desk"))
