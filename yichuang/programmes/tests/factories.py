"""People, events, tasks and campaigns for tests, plainly fictional."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.test import Client

from yichuang.cases import commands as cases
from yichuang.cases.flow import Channel
from yichuang.catalogue.models import Item
from yichuang.directory.flow import Capability
from yichuang.directory.models import Applicant, Department, Region
from yichuang.directory.tests import factories as people
from yichuang.kernel.actor import Actor
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import SHANGHAI
from yichuang.programmes.commands import campaigns, events, filers, tasks
from yichuang.programmes.flow.tasks import TaskAction, TaskState
from yichuang.programmes.models import Campaign, Event, Filer, Task

AT = datetime(2022, 5, 13, 9, 30, tzinfo=SHANGHAI)
TODAY = date(2022, 5, 13)
KEEPER = [Capability.PROGRAMME_KEEP, Capability.FIGURES_READ]
MANAGER = [*KEEPER, Capability.PROGRAMME_MANAGE, Capability.CASE_SEARCH]
CITIES = {"510100000000": "示例市", "510300000000": "样板市"}


def key() -> str:
    """A fresh client key."""
    return uuid4().hex


def water() -> Department:
    """The department of most tests."""
    return people.department()


def commerce() -> Department:
    """Another department."""
    return people.department("商务厅", "125", "川商")


def keeper(where: Department | None = None, username: str = "keeper") -> Actor:
    """Keeps the programmes of one department."""
    return people.staff(username, people.post(where or water(), "信息员", KEEPER))


def stranger() -> Actor:
    """Keeps the programmes of another department."""
    return keeper(commerce(), "keeper-of-commerce")


def manager(username: str = "manager") -> Actor:
    """Of the centre: everywhere."""
    office = people.department("督办处", "904", "")
    return people.staff(username, people.post(office, "督办岗", MANAGER, everywhere=True))


def reader() -> Actor:
    """Reads the figures of the own department and may do nothing."""
    return people.staff("reader", people.post(water(), "读者", [Capability.FIGURES_READ]))


def browser(by: Actor) -> Client:
    """A browser signed in for somebody."""
    client = Client()
    client.force_login(people.account_of(by), backend="django.contrib.auth.backends.ModelBackend")
    return client


def cities() -> None:
    """Two prefectures of the province."""
    people.province()
    for code, name in CITIES.items():
        Region.objects.get_or_create(
            code=code, defaults={"name": name, "level": "prefecture", "parent_id": people.PROVINCE}
        )


def event_form(**changes: Any) -> events.EventForm:
    """A coaching that served 52 enterprises."""
    values: dict[str, Any] = {"kind": "coaching", "title": "组织取水许可申报辅导", "on": date(2022, 5, 10)}
    return events.EventForm(**(values | {"figures": {"enterprises": "52"}} | changes))


def event(by: Actor | None = None, *, at: datetime = AT, **changes: Any) -> Event:
    """An event in the register."""
    made = events.record_event(event_form(**changes), by=by or keeper(), at=at, key=key())
    return Event.objects.get(pk=made)


def task_list(by: Actor | None = None, title: str = "示例重点任务清单", at: datetime = AT) -> UUID:
    """A list of key tasks."""
    form = tasks.TaskListForm(2022, title, "示例办发〔2022〕5号")
    return tasks.make_task_list(form, by=by or keeper(), at=at, key=key())


def task(listed: UUID | None = None, *, by: Actor | None = None, at: datetime = AT, **changes: Any) -> Task:
    """A task due in three weeks."""
    values: dict[str, Any] = {"text": "取水许可审批时限再压减", "due_on": date(2022, 6, 2)}
    form = tasks.TaskForm(**(values | changes))
    made = tasks.add_task(listed or task_list(by), form, by=by or keeper(), at=at, key=key())
    return Task.objects.get(pk=made)


def step(found: Task, action: TaskAction, *, by: Actor, at: datetime = AT, **changes: Any) -> TaskState:
    """One action, filled in as it must be."""
    values: dict[str, Any] = {"words": "已按要求推进", "evidence": "台账（示例）", "percent": 40}
    if action == TaskAction.EXTEND:
        values["until"] = Task.objects.get(pk=found.pk).due_on + timedelta(days=10)
    form = tasks.StepForm(**(values | changes))
    seen = Task.objects.get(pk=found.pk).edit
    return tasks.act_on_task(found.pk, action, form, seen=seen, by=by, at=at, key=key())


WAYS: Mapping[TaskState, tuple[TaskAction, ...]] = {
    TaskState.NOT_STARTED: (),
    TaskState.RUNNING: (TaskAction.REPORT,),
    TaskState.EXTENDED: (TaskAction.EXTEND,),
    TaskState.CLAIMED: (TaskAction.REPORT, TaskAction.CLAIM),
    TaskState.CLOSED: (TaskAction.REPORT, TaskAction.CLAIM, TaskAction.CONFIRM),
    TaskState.CANCELLED: (TaskAction.CANCEL,),
}


def actor_for(action: TaskAction) -> Actor:
    """Who takes an action: the department reports, the centre decides."""
    return keeper() if action in (TaskAction.REPORT, TaskAction.CLAIM) else manager()


def task_in(state: TaskState) -> Task:
    """A task in a state."""
    made = task()
    for action in WAYS[state]:
        step(made, action, by=actor_for(action))
    return Task.objects.get(pk=made.pk)


def item(code: str = "510000-demo-radio") -> Item:
    """An item of the catalogue."""
    made, _ = Item.objects.get_or_create(
        code=code,
        defaults={
            "id": uuid7(AT), "name": "电台设置许可", "item_type": "01", "department": water(), "region": people.province(),
        },
    )  # fmt: skip
    return made


def company(number: int) -> Applicant:
    """One of two fictional companies."""
    return people.company(("示例科技有限公司", "样板水务有限公司")[number], people.COMPANY_CODES[number])


def campaign(by: Actor | None = None, *, at: datetime = AT, **changes: Any) -> Campaign:
    """A campaign for about 1,000 filings from the fifth of May until the last of the month."""
    values: dict[str, Any] = {
        "title": "电台补申报", "source": "专题会议（示例）", "target": "约1000", "starts_on": date(2022, 5, 5),
        "deadline": date(2022, 5, 31), "unit": "个", "item_codes": [item().code], "department_id": water().pk,
    }  # fmt: skip
    form = campaigns.CampaignForm(**(values | changes))
    made = campaigns.open_campaign(form, by=by or manager(), at=at, key=key())
    return Campaign.objects.get(pk=made)


def filer(found: Campaign, number: int = 0, **changes: Any) -> Filer:
    """Somebody who has to file 500."""
    values: dict[str, Any] = {
        "name": f"示例运营企业{number}",
        "target": "500",
        "papers": [company(number).paper_number],
    }
    made = filers.add_filer(found.pk, filers.FilerForm(**(values | changes)), by=manager(), at=AT)
    return Filer.objects.get(pk=made)


def remove_filer(found: Filer) -> None:
    """Take a filer out of its campaign."""
    filers.remove_filer(found.campaign_id, found.pk, "与另一家合并", by=manager(), at=AT)


def by_hand(found: Filer, as_of: date, count: int, at: datetime = AT) -> UUID:
    """A number that was reported by hand."""
    return filers.report_by_hand(
        found.campaign_id,
        found.pk,
        as_of=as_of,
        count=count,
        source="报送表（示例）",
        by=manager(),
        at=at,
        key=key(),
    )


def filed(who: Applicant, what: Item, on: date, *, bulk: bool = False) -> UUID:
    """A case that a company filed on a day, by itself or as a row of a file."""
    at = datetime(on.year, on.month, on.day, 10, 0, tzinfo=SHANGHAI)
    where = Department.objects.get(pk=what.department_id)
    opening = cases.Opening(
        id=uuid7(at), item_id=what.pk, item_version_id=UUID(int=8), item_name=what.name, item_type="01",
        handling_kind="承诺件", department_id=where.pk, department_code=where.number_code, region=people.PROVINCE,
        channel=Channel.ONLINE, applicant_id=who.pk, applicant_name=who.name, statutory_days=20, promised_days=10,
        content={},
    )  # fmt: skip
    account = people.applicant_actor(who, f"account-{who.paper_number}")
    with transaction.atomic():
        receipt = cases.file(opening, by=account, at=at, key="bulk:" * bulk + key(), key_hash="0" * 64)
    assert receipt is not None
    return opening.id
