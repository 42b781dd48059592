"""Many at once, with real commits: two editors, two reports, two reminders, two confirmations, an end in between."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from yichuang.cases.tests.crowd import PATIENCE_SECONDS, together
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Problem
from yichuang.kernel.keys import uuid7
from yichuang.notices.models import Message
from yichuang.programmes.commands import campaigns, events, extensions, filers, task_editing, tasks
from yichuang.programmes.commands.common import NewFile
from yichuang.programmes.flow.events import MOST_PHOTOS
from yichuang.programmes.flow.tasks import TaskAction, TaskState, Verdict
from yichuang.programmes.models import (
    Campaign,
    CampaignVersion,
    Event,
    EventFile,
    EventVersion,
    ExtensionRequest,
    Filer,
    FilerReminder,
    HandNumber,
    Reminder,
    Task,
    TaskList,
    TaskStep,
    TaskVersion,
)
from yichuang.programmes.queries import campaigns as queries
from yichuang.programmes.tests import factories as make
from yichuang.workdays.commands import load_packaged

AT = make.AT
LATER = date(2022, 6, 20)
Work = Callable[[], Any]


@pytest.fixture(autouse=True)
def _calendar(committed: dict[str, str]) -> None:
    """Every test of this file really commits, and reminders count working days."""
    load_packaged(AT, SYSTEM)


def split(found: list[Any]) -> tuple[list[Any], list[Conflict]]:
    """What went through and what was refused as a conflict; anything else fails the test with its own words."""
    odd = [one for one in found if isinstance(one, Exception) and not isinstance(one, Conflict)]
    assert not odd, odd
    return [one for one in found if not isinstance(one, Conflict)], [
        one for one in found if isinstance(one, Conflict)
    ]


def unbroken(subject: UUID) -> list[str]:
    """The kinds of the facts of a subject, whose numbers have neither gap nor double."""
    facts = facts_of(subject)
    assert [fact.seq for fact in facts] == list(range(1, len(facts) + 1))
    return [fact.kind for fact in facts]


# Events


def test_the_same_event_sent_eight_times_at_once_is_one() -> None:
    by, key = make.keeper(), make.key()
    form = make.event_form()
    won, _ = split(together([lambda: events.record_event(form, by=by, at=AT, key=key)] * 8))
    assert len(set(won)) == 1
    assert (Event.objects.count(), EventVersion.objects.count()) == (1, 1)
    assert unbroken(won[0]) == ["event.recorded"]


def test_of_two_editors_of_an_event_one_is_told() -> None:
    event, by = make.event(), make.keeper()
    forms = [make.event_form(title=f"第{number}位的写法") for number in range(4)]
    works: list[Work] = [
        lambda form=form: events.change_event(event.pk, form, seen=1, by=by, at=AT)  # type: ignore[misc]
        for form in forms
    ]
    won, refused = split(together(works))
    assert (len(won), len(refused)) == (1, 3)
    now = Event.objects.get(pk=event.pk)
    assert now.edit == 2
    assert [one.number for one in now.versions.order_by("number")] == [1, 2]
    assert EventVersion.objects.get(event=now, number=2).stated["标题"] == now.title
    assert unbroken(event.pk) == ["event.recorded", "event.changed"]


def test_two_editors_without_the_look_at_the_edit_would_be_caught() -> None:
    """The broken variant: whoever looks without a lock writes over the other."""
    event = make.event()
    looked = threading.Barrier(2)

    def naive(title: str) -> bool:
        seen = Event.objects.get(pk=event.pk)
        looked.wait(PATIENCE_SECONDS)
        return seen.edit == 1 and bool(Event.objects.filter(pk=event.pk).update(title=title, edit=2))

    assert together([lambda: naive("甲"), lambda: naive("乙")]) == [True, True]


def test_an_event_is_cancelled_or_changed_but_not_both() -> None:
    event, by = make.event(), make.keeper()
    works: list[Work] = [
        lambda: events.cancel_event(event.pk, "重复登记", by=by, at=AT),
        lambda: events.cancel_event(event.pk, "重复登记", by=by, at=AT),
        lambda: events.change_event(event.pk, make.event_form(title="改"), seen=1, by=by, at=AT),
    ]
    split(together(works))
    kinds = unbroken(event.pk)
    assert kinds.count("event.cancelled") == 1
    assert kinds[-1] == "event.cancelled"


def test_no_more_files_stand_at_an_event_than_are_allowed() -> None:
    event, by = make.event(), make.keeper()

    def put(number: int) -> UUID:
        file = NewFile(f"{number}.png", "png", 10, f"{number:064d}")
        return events.attach_event_file(event.pk, file, by=by, at=AT, key=make.key())

    works: list[Work] = [lambda number=number: put(number) for number in range(MOST_PHOTOS + 3)]  # type: ignore[misc]
    won, refused = split(together(works))
    assert (len(won), len(refused)) == (MOST_PHOTOS, 3)
    assert EventFile.objects.count() == MOST_PHOTOS


# Tasks


def test_of_two_progress_reports_on_one_screen_one_is_told() -> None:
    task, by = make.task(), make.keeper()

    def report(percent: int) -> TaskState:
        form = tasks.StepForm("推进", percent=percent)
        return tasks.act_on_task(task.pk, TaskAction.REPORT, form, seen=1, by=by, at=AT, key=make.key())

    works: list[Work] = [lambda percent=percent: report(percent) for percent in (10, 20, 30, 40)]  # type: ignore[misc]
    won, refused = split(together(works))
    assert (len(won), len(refused)) == (1, 3)
    step = TaskStep.objects.get()
    assert Task.objects.get(pk=task.pk).percent == step.percent
    assert unbroken(task.pk) == ["task.added", "task.report"]


def test_the_same_report_sent_six_times_at_once_is_one_step() -> None:
    task, by, key = make.task(), make.keeper(), make.key()
    form = tasks.StepForm("推进", percent=50)
    work: Work = lambda: tasks.act_on_task(  # noqa: E731
        task.pk, TaskAction.REPORT, form, seen=1, by=by, at=AT, key=key
    )
    won, refused = split(together([work] * 6))
    assert (won, refused) == ([TaskState.RUNNING] * 6, [])
    assert TaskStep.objects.count() == 1


def test_of_two_who_confirm_and_one_who_sends_back_one_decides() -> None:
    task = make.task_in(TaskState.CLAIMED)
    first, second, third = (make.manager(f"manager-{number}") for number in range(3))

    def decide(action: TaskAction, by: Actor) -> TaskState:
        form = tasks.StepForm("已核对")
        return tasks.act_on_task(task.pk, action, form, seen=task.edit, by=by, at=AT, key=make.key())

    works: list[Work] = [
        lambda: decide(TaskAction.CONFIRM, first),
        lambda: decide(TaskAction.CONFIRM, second),
        lambda: decide(TaskAction.SEND_BACK, third),
    ]
    won, refused = split(together(works))
    assert (len(won), len(refused)) == (1, 2)
    now = Task.objects.get(pk=task.pk)
    assert now.state == won[0]
    assert (now.closed_on is not None) is (now.state == TaskState.CLOSED)
    assert len(unbroken(task.pk)) == 4


def test_a_task_is_reminded_of_once_however_many_press_the_button() -> None:
    task = make.task()
    people = [make.manager(f"manager-{number}") for number in range(4)]
    works: list[Work] = [
        lambda by=by: tasks.remind_task(task.pk, "请加快", by=by, at=AT, key=make.key())  # type: ignore[misc]
        for by in people
    ]
    won, refused = split(together(works))
    assert (len(won), len(refused)) == (1, 3)
    assert Reminder.objects.get().level == 1
    assert Message.objects.filter(subject_id=task.pk).count() == won[0].receivers
    assert unbroken(task.pk) == ["task.added", "task.reminded"]


def test_the_same_reminder_sent_six_times_is_one() -> None:
    task, by, key = make.task(), make.manager(), make.key()
    work: Work = lambda: tasks.remind_task(task.pk, "请加快", by=by, at=AT, key=key)  # noqa: E731
    won, _ = split(together([work] * 6))
    assert len({one.pk for one in won}) == 1
    assert Reminder.objects.count() == 1


def test_tasks_added_at_once_get_numbers_of_their_own() -> None:
    listed, by = make.task_list(), make.keeper()
    form = tasks.TaskForm("任务", date(2022, 6, 1))
    works: list[Work] = [lambda: tasks.add_task(listed, form, by=by, at=AT, key=make.key())] * 6
    won, _ = split(together(works))
    assert len(set(won)) == 6
    assert sorted(Task.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_one_list_of_a_name_is_made_in_a_year() -> None:
    by = make.keeper()
    form = tasks.TaskListForm(2022, "示例清单", "示例文件")
    won, refused = split(together([lambda: tasks.make_task_list(form, by=by, at=AT, key=make.key())] * 5))
    assert (len(won), len(refused)) == (1, 4)
    assert TaskList.objects.count() == 1


def test_a_milestone_is_reached_once() -> None:
    by = make.keeper()
    task = make.task(milestones=[("初稿", date(2022, 5, 20))])
    stone = task.milestones.get()
    split(together([lambda: tasks.reach_milestone(task.pk, stone.pk, by=by, at=AT)] * 5))
    assert unbroken(task.pk) == ["task.added", "task.milestone"]


def test_of_two_editors_of_a_task_one_is_told() -> None:
    task, by = make.task(), make.keeper()

    def change(text: str) -> None:
        form = tasks.TaskForm(text, task.due_on)
        task_editing.change_task(task.pk, form, "改正", seen=1, by=by, at=AT)

    works: list[Work] = [lambda text=text: change(text) for text in ("甲", "乙", "丙")]  # type: ignore[misc]
    won, refused = split(together(works))
    assert (len(won), len(refused)) == (1, 2)
    assert list(TaskVersion.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_an_extension_is_asked_for_once() -> None:
    task, by = make.task(), make.keeper()
    work: Work = lambda: extensions.ask_extension(  # noqa: E731
        task.pk, LATER, "等待上级文件", by=by, at=AT, key=make.key()
    )
    won, refused = split(together([work] * 4))
    assert (len(won), len(refused)) == (1, 3)
    assert ExtensionRequest.objects.count() == 1


def test_of_two_verdicts_on_an_extension_one_stands() -> None:
    task = make.task()
    asked = extensions.ask_extension(task.pk, LATER, "等待上级文件", by=make.keeper(), at=AT, key=make.key())
    people = [make.manager(f"manager-{number}") for number in range(4)]

    def decide(place: int) -> TaskState:
        return extensions.decide_extension(task.pk, asked, place % 2 == 0, "意见", by=people[place], at=AT)

    works: list[Work] = [lambda place=place: decide(place) for place in range(4)]  # type: ignore[misc]
    won, refused = split(together(works))
    assert (len(won), len(refused)) == (1, 3)
    row, now = ExtensionRequest.objects.get(), Task.objects.get(pk=task.pk)
    approved = row.verdict == Verdict.APPROVED
    assert (now.due_on == LATER, now.state == TaskState.EXTENDED) == (approved, approved)
    assert TaskStep.objects.count() == int(approved)
    assert unbroken(task.pk)[-1] == "task.extension_decided"


def test_a_request_does_not_outlive_the_completion() -> None:
    """Approved while the department claims: whatever comes first, nothing stays open and no day moves afterwards."""
    task = make.task_in(TaskState.RUNNING)
    by, centre = make.keeper(), make.manager("second-manager")
    asked = extensions.ask_extension(task.pk, LATER, "等待上级文件", by=by, at=AT, key=make.key())
    claim = tasks.StepForm("完成", evidence="文号")
    works: list[Work] = [
        lambda: tasks.act_on_task(
            task.pk, TaskAction.CLAIM, claim, seen=task.edit, by=by, at=AT, key=make.key()
        ),
        lambda: extensions.decide_extension(task.pk, asked, True, "", by=centre, at=AT),
    ]
    won, _ = split(together(works))
    assert len(won) == 1
    row, now = ExtensionRequest.objects.get(), Task.objects.get(pk=task.pk)
    assert row.verdict in (Verdict.SETTLED, Verdict.APPROVED)
    assert (now.state == TaskState.CLAIMED) == (row.verdict == Verdict.SETTLED)


# Campaigns


def test_after_the_end_of_a_campaign_no_number_slips_in() -> None:
    campaign = make.campaign()
    one, two = make.filer(campaign, 0), make.filer(campaign, 1)
    centre = make.manager()

    def report(found: Filer) -> UUID:
        return filers.report_by_hand(
            campaign.pk, found.pk, as_of=make.TODAY, count=5, source="表", by=centre, at=AT, key=make.key()
        )

    works: list[Work] = [
        lambda: report(one),
        lambda: report(two),
        lambda: campaigns.close_campaign(campaign.pk, by=centre, at=AT),
        lambda: filers.remind_filer(campaign.pk, one.pk, "请加快", by=centre, at=AT, key=make.key()),
        lambda: filers.remove_filer(campaign.pk, two.pk, "合并", by=centre, at=AT),
    ]
    split(together(works))
    kinds = unbroken(campaign.pk)
    assert kinds[-1] == "campaign.closed"
    assert kinds.count("campaign.reported") == HandNumber.objects.count()
    assert kinds.count("campaign.reminded") == FilerReminder.objects.count()


def test_a_report_that_does_not_lock_the_campaign_would_be_caught() -> None:
    """The broken variant: it looks whether the campaign runs, and writes after its end."""
    campaign = make.campaign()
    filer, looked, ended = make.filer(campaign, 0), threading.Event(), threading.Event()

    def naive() -> bool:
        runs = Campaign.objects.get(pk=campaign.pk).state == "running"
        looked.set()
        ended.wait(PATIENCE_SECONDS)
        HandNumber.objects.create(
            id=uuid7(AT), filer=filer, as_of=make.TODAY, count=1, source="表", by_name="某人", at=AT, seq=9,
            key=make.key(),
        )  # fmt: skip
        return runs

    def end() -> bool:
        looked.wait(PATIENCE_SECONDS)
        campaigns.close_campaign(campaign.pk, by=make.manager(), at=AT)
        ended.set()
        return Campaign.objects.get(pk=campaign.pk).state == "closed"

    assert together([naive, end]) == [True, True]


def test_of_two_numbers_for_one_day_the_one_written_last_counts() -> None:
    campaign = make.campaign()
    filer, centre = make.filer(campaign, 0), make.manager()

    def report(count: int) -> UUID:
        return filers.report_by_hand(
            campaign.pk,
            filer.pk,
            as_of=make.TODAY,
            count=count,
            source="表",
            by=centre,
            at=AT,
            key=make.key(),
        )

    works: list[Work] = [lambda count=count: report(count) for count in range(1, 7)]  # type: ignore[misc]
    won, refused = split(together(works))
    assert (len(won), refused) == (6, [])
    last = HandNumber.objects.order_by("-seq")[0]
    found = queries.standings([campaign], make.TODAY)[0]
    assert found.by_hand == last.count
    assert sorted(HandNumber.objects.values_list("seq", flat=True)) == list(range(3, 9))


def test_the_same_number_sent_six_times_is_one() -> None:
    campaign = make.campaign()
    filer, centre, key = make.filer(campaign, 0), make.manager(), make.key()
    work: Work = lambda: filers.report_by_hand(  # noqa: E731
        campaign.pk, filer.pk, as_of=make.TODAY, count=5, source="表", by=centre, at=AT, key=key
    )
    won, refused = split(together([work] * 6))
    assert (len(set(won)), refused) == (1, [])
    assert HandNumber.objects.count() == 1


def test_a_filer_is_reminded_once_and_added_once() -> None:
    campaign, centre = make.campaign(), make.manager()
    form = filers.FilerForm("示例运营企业", "500")
    won, refused = split(together([lambda: filers.add_filer(campaign.pk, form, by=centre, at=AT)] * 4))
    assert (len(set(won)), refused) == (1, [])
    filer = Filer.objects.get()
    work: Work = lambda: filers.remind_filer(  # noqa: E731
        campaign.pk, filer.pk, "请加快", by=centre, at=AT, key=make.key()
    )
    won, refused = split(together([work] * 4))
    assert (len(won), len(refused)) == (1, 3)
    assert FilerReminder.objects.count() == 1


def test_two_filers_never_share_an_applicant() -> None:
    campaign, centre = make.campaign(), make.manager()
    papers = [make.company(0).paper_number]
    works: list[Work] = [
        lambda name=name: filers.add_filer(campaign.pk, filers.FilerForm(name, "5", papers), by=centre, at=AT)  # type: ignore[misc]
        for name in ("甲", "乙", "丙")
    ]
    found = together(works)
    assert len([one for one in found if isinstance(one, UUID)]) == 1
    assert all(isinstance(one, UUID | Problem) for one in found), found
    assert Filer.objects.count() == 1


def test_a_filer_is_removed_once() -> None:
    campaign, centre = make.campaign(), make.manager()
    filer = make.filer(campaign, 0)
    work: Work = lambda: filers.remove_filer(campaign.pk, filer.pk, "合并", by=centre, at=AT)  # noqa: E731
    won, refused = split(together([work] * 4))
    assert (len(won), refused) == (4, [])
    assert unbroken(campaign.pk).count("campaign.filer_removed") == 1
    assert CampaignVersion.objects.filter(act__startswith="移除").count() == 1


def test_of_two_editors_of_a_campaign_one_is_told() -> None:
    campaign, centre = make.campaign(), make.manager()
    form = campaigns.CampaignForm(
        "电台补申报", "专题会议（示例）", "900", date(2022, 5, 5), date(2022, 5, 31), [make.item().code]
    )
    work: Work = lambda: campaigns.change_campaign(campaign.pk, form, seen=1, by=centre, at=AT)  # noqa: E731
    won, refused = split(together([work] * 4))
    assert (len(won), len(refused)) == (1, 3)
    assert list(CampaignVersion.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
