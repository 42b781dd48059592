"""The life of a contribution: sent, taken, declined, withdrawn; whose it is, who sees it, what becomes of the rest."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem, Refused
from yichuang.reports import commands, queries
from yichuang.reports.commands import ItemDraft, NewContribution
from yichuang.reports.flow import Action, ContributionState, State
from yichuang.reports.models import Contribution, Report
from yichuang.reports.tests import factories as make

pytestmark = pytest.mark.django_db
Act = Callable[[Report, UUID], object]


def of_other_department(*held: Capability) -> Actor:
    other = people.department("商务厅", "125", "川商")
    return people.staff(
        "of-commerce", people.post(other, "联络员", [*held] or [Capability.REPORT_CONTRIBUTE])
    )


def take(report: Report, sent: UUID) -> Report:
    seen = make.fresh(report).edit_version
    return commands.take_contribution(report.pk, sent, "efficiency", seen=seen, by=make.editor(), at=make.AT)


def decline(report: Report, sent: UUID) -> None:
    commands.decline_contribution(report.pk, sent, "与上期重复", by=make.editor(), at=make.AT)


def withdraw(_: Report, sent: UUID) -> None:
    commands.withdraw_contribution(sent, by=make.contributor(), at=make.AT)


def leave(_: Report, __: UUID) -> None:
    """Nothing is done."""


ACTS: dict[ContributionState, Act] = {
    ContributionState.SENT: leave,
    ContributionState.TAKEN: take,
    ContributionState.DECLINED: decline,
    ContributionState.WITHDRAWN: withdraw,
}


def state(sent: UUID) -> ContributionState:
    return ContributionState(Contribution.objects.get(pk=sent).state)


@pytest.mark.parametrize(
    "after", [ContributionState.TAKEN, ContributionState.DECLINED, ContributionState.WITHDRAWN]
)
@pytest.mark.parametrize("before", ContributionState)
def test_every_state_with_every_act(before: ContributionState, after: ContributionState) -> None:
    report = make.opened()
    sent = make.contribution(report)
    ACTS[before](report, sent)
    version = make.fresh(report).edit_version
    if before == ContributionState.SENT:
        ACTS[after](report, sent)
        assert state(sent) == after
    else:
        with pytest.raises(Conflict):
            ACTS[after](report, sent)
        assert state(sent) == before
        assert make.fresh(report).edit_version == version


@pytest.mark.parametrize("found", ContributionState)
def test_only_what_was_sent_and_not_dealt_with_waits(found: ContributionState) -> None:
    report = make.opened()
    sent = make.contribution(report)
    ACTS[found](report, sent)
    waiting = [row.id for row in queries.waiting(report)]
    assert waiting == ([sent] if found == ContributionState.SENT else [])
    counted = queries.desk_reports(by=make.editor()).rows[0].waiting
    assert counted == len(waiting)
    assert [row.state for row in queries.contributions_of(report)] == [found]


def test_a_conflict_names_what_became_of_it() -> None:
    report = make.opened()
    for found, label in [
        (ContributionState.TAKEN, "已采用"), (ContributionState.DECLINED, "未采用"),
        (ContributionState.WITHDRAWN, "已撤回"),
    ]:  # fmt: skip
        sent = make.contribution(report)
        ACTS[found](report, sent)
        with pytest.raises(Conflict, match=label):
            decline(report, sent)


def test_another_department_neither_sees_nor_withdraws() -> None:
    report = make.opened()
    sent, stranger = make.contribution(report), of_other_department()
    assert queries.department_contributions(by=stranger) == []
    with pytest.raises(Missing):
        commands.withdraw_contribution(sent, by=stranger, at=make.AT)
    assert state(sent) == ContributionState.SENT


def test_a_colleague_of_the_same_department_sees_and_withdraws() -> None:
    sent = make.contribution()
    colleague = make.contributor("colleague")
    assert [row.id for row in queries.department_contributions(by=colleague)] == [sent]
    commands.withdraw_contribution(sent, by=colleague, at=make.AT)
    assert state(sent) == ContributionState.WITHDRAWN


def test_the_centre_sees_the_contributions_of_all_departments() -> None:
    make.contribution()
    new = NewContribution("商务厅题", "文。")
    commands.contribute(new, by=of_other_department(), at=make.AT + timedelta(hours=1), key=uuid4().hex)
    assert [row.department for row in queries.department_contributions(by=make.editor())] == [
        "商务厅",
        "水利厅",
    ]


def test_who_belongs_to_no_department_sends_and_sees_nothing() -> None:
    nobody = Actor(
        kind="staff", name="无", id=uuid4(), capabilities=frozenset([Capability.REPORT_CONTRIBUTE])
    )
    make.contribution()
    assert queries.department_contributions(by=nobody) == []
    with pytest.raises(Refused, match="没有所属部门"):
        commands.contribute(NewContribution("题", "文。"), by=nobody, at=make.AT, key=uuid4().hex)


@pytest.mark.parametrize("missing", ["contribute", "withdraw", "take", "decline"])
def test_every_act_needs_its_capability(missing: str) -> None:
    report = make.opened()
    sent = make.contribution(report)
    by = {
        "contribute": make.reviewer, "withdraw": make.reviewer, "take": make.contributor, "decline": make.contributor,
    }[missing]()  # fmt: skip
    attempts: dict[str, Callable[[], object]] = {
        "contribute": lambda: commands.contribute(
            NewContribution("题", "文。"), by=by, at=make.AT, key="k" * 9
        ),
        "withdraw": lambda: commands.withdraw_contribution(sent, by=by, at=make.AT),
        "take": lambda: commands.take_contribution(report.pk, sent, "efficiency", seen=1, by=by, at=make.AT),
        "decline": lambda: commands.decline_contribution(report.pk, sent, "重复", by=by, at=make.AT),
    }
    with pytest.raises(Refused):
        attempts[missing]()
    assert state(sent) == ContributionState.SENT


def test_what_is_not_there_is_not_found() -> None:
    report = make.opened()
    sent = make.contribution(report)
    attempts: list[Callable[[], object]] = [
        lambda: take(report, uuid4()),
        lambda: decline(report, uuid4()),
        lambda: withdraw(report, uuid4()),
        lambda: commands.decline_contribution(uuid4(), sent, "重复", by=make.editor(), at=make.AT),
        lambda: make.contribution(report_id=uuid4()),
    ]
    for attempt in attempts:
        with pytest.raises(Missing):
            attempt()


@pytest.mark.parametrize("section", ["figures", "news", "inspection", "visits", "", "no-such"])
def test_a_contribution_is_taken_only_under_a_heading_of_news(section: str) -> None:
    report = make.opened()
    sent = make.contribution(report)
    with pytest.raises(Missing):
        commands.take_contribution(report.pk, sent, section, seen=1, by=make.editor(), at=make.AT)
    assert state(sent) == ContributionState.SENT


def test_it_is_taken_under_another_heading_than_was_proposed() -> None:
    report = make.opened()
    sent = make.contribution(report)
    commands.take_contribution(report.pk, sent, "environment", seen=1, by=make.editor(), at=make.AT)
    assert Contribution.objects.get(pk=sent).section == "environment"
    assert [item.contribution for item in queries.content_of(make.fresh(report)).of("environment")] == [
        str(sent)
    ]


def test_its_words_are_edited_in_the_report_and_kept_as_they_were_sent() -> None:
    report = make.opened()
    sent = make.contribution(report)
    report = take(report, sent)
    drafts = [ItemDraft("编辑改写过。", str(sent))]
    commands.save_section(report.pk, "efficiency", drafts, seen=2, by=make.editor(), at=make.AT)
    (item,) = queries.content_of(make.fresh(report)).of("efficiency")
    assert (item.text, item.contribution) == ("编辑改写过。", str(sent))
    assert Contribution.objects.get(pk=sent).body == "近日，水利厅把取水许可的现场核查改为预约办理。"


def test_moving_its_item_to_another_heading_keeps_it_taken() -> None:
    report = make.opened()
    sent = make.contribution(report)
    report = take(report, sent)
    drafts = [ItemDraft("换了栏目。", str(sent), "environment")]
    commands.save_section(report.pk, "efficiency", drafts, seen=2, by=make.editor(), at=make.AT)
    assert state(sent) == ContributionState.TAKEN
    commands.save_section(report.pk, "environment", [], seen=3, by=make.editor(), at=make.AT)
    assert state(sent) == ContributionState.SENT


def test_what_was_put_back_can_be_withdrawn_declined_or_taken_again() -> None:
    report = make.opened()
    for number, act in enumerate((withdraw, decline, take)):
        sent = make.contribution(report)
        take(report, sent)
        seen = make.fresh(report).edit_version
        commands.save_section(report.pk, "efficiency", [], seen=seen, by=make.editor(), at=make.AT)
        assert state(sent) == ContributionState.SENT, number
        act(report, sent)
        assert state(sent) != ContributionState.SENT


def test_the_version_says_which_contribution_was_taken() -> None:
    report = make.opened()
    take(report, make.contribution(report))
    newest = queries.versions(report)[0]
    assert newest.reason == "采用素材「水利厅优化取水许可流程」到「窗口服务效能提升工作情况」"


def test_a_reason_is_told_to_the_department_and_not_endless() -> None:
    report = make.opened()
    sent = make.contribution(report)
    for reason in ("", " \n"):
        with pytest.raises(Invalid):
            commands.decline_contribution(report.pk, sent, reason, by=make.editor(), at=make.AT)
    commands.decline_contribution(report.pk, sent, f" {'长' * 5000}", by=make.editor(), at=make.AT)
    assert Contribution.objects.get(pk=sent).note == "长" * 4000


@pytest.mark.parametrize("found", [s for s in State if s != State.COLLECTING])
def test_a_report_that_does_not_collect_takes_nothing_new(found: State) -> None:
    report = make.in_state(found)
    with pytest.raises(Conflict, match="征集已经截止"):
        make.contribution(report)
    assert queries.open_for_contributions() == []


def test_reports_that_collect_are_offered_nearest_first() -> None:
    later = make.opened(date(2022, 5, 16), date(2022, 5, 20))
    sooner = make.opened()
    assert queries.open_for_contributions() == [
        (str(sooner.pk), "5月5日—5月13日"), (str(later.pk), "5月16日—5月20日"),
    ]  # fmt: skip
    make.moved(sooner, Action.START_EDITING)
    assert [row[0] for row in queries.open_for_contributions()] == [str(later.pk)]


def test_what_nobody_dealt_with_before_the_issue_waits_for_the_next() -> None:
    report = make.opened()
    left, used, refused = (make.contribution(report) for _ in range(3))
    take(report, used)
    decline(report, refused)
    issued = make.moved(report, *make.TO_ISSUE)
    following = make.opened(date(2022, 5, 16), date(2022, 5, 20))
    assert [row.id for row in queries.waiting(following)] == [left]
    take(following, left)
    assert {row.id for row in queries.contributions_of(issued)} == {used, refused}
    assert {row.id for row in queries.contributions_of(following)} == {left}


def test_a_failed_issue_leaves_the_contributions_where_they_were() -> None:
    report = make.opened()
    sent = make.contribution(report)
    report = make.moved(report, *make.TO_REVIEW, Action.APPROVE)
    with pytest.raises(Problem):
        commands.issue(report.pk, by=make.leader(), at=make.AT - timedelta(days=9))
    assert Contribution.objects.get(pk=sent).report_id == report.pk


def test_what_is_taken_is_printed_and_what_is_not_is_not() -> None:
    report = make.opened()
    used = make.contribution(report)
    make.contribution(report, body="没有采用的一条。")
    take(report, used)
    text = "\n".join(queries.issued_document(make.moved(report, *make.TO_ISSUE)).lines)
    assert "取水许可的现场核查改为预约办理" in text
    assert "没有采用" not in text


@pytest.mark.parametrize("given", ["k" * 8, "another-key", pytest.param(uuid4().hex, id="fresh")])
def test_a_key_sends_once_and_another_sends_again(given: str) -> None:
    new, by = NewContribution("题", "文。"), make.contributor()
    first = commands.contribute(new, by=by, at=make.AT, key=given)
    assert commands.contribute(new, by=by, at=make.AT, key=given) == first
    with pytest.raises(Conflict):
        commands.contribute(NewContribution("另一题", "文。"), by=by, at=make.AT, key=given)
    assert commands.contribute(new, by=by, at=make.AT, key=f"{given}x") != first


def test_the_lists_are_one_statement_whatever_their_length() -> None:
    report, by = make.opened(), make.contributor()
    for _ in range(3):
        make.contribution(report)
    lists: list[Callable[[], list[object]]] = [
        lambda: [*queries.waiting(report)],
        lambda: [*queries.contributions_of(report)],
        lambda: [*queries.department_contributions(by=by)],
    ]
    for ask in lists:
        with sql.counting() as statements:
            assert len(ask()) == 3
        assert len(statements) == 1


def test_the_newest_stands_first_and_the_list_ends() -> None:
    by = make.contributor()
    for hour in range(4):
        at = make.AT + timedelta(hours=hour)
        commands.contribute(NewContribution(f"第{hour}条", "文。"), by=by, at=at, key=uuid4().hex)
    titles = [row.title for row in queries.department_contributions(by=by, limit=3)]
    assert titles == ["第3条", "第2条", "第1条"]
