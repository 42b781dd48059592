"""The demo's authorisations, delegations, licence list, legal text and transfer: plainly fictional, by the real commands."""

from datetime import date, datetime, timedelta

from yichuang.cases.commands.transfer import TransferForm, plan_transfer
from yichuang.catalogue.commands import publish_manual
from yichuang.catalogue.commands.authorisations import AuthorisationForm, authorise
from yichuang.catalogue.commands.authorisations_delegations import DelegationForm, delegate
from yichuang.catalogue.commands.departments import PROVINCE
from yichuang.catalogue.commands.laws import TextForm, register_text
from yichuang.catalogue.commands.lists import ListForm, register_list, save_entries, save_list
from yichuang.catalogue.commands.lists_tasks import dismiss_task
from yichuang.catalogue.flow import ItemType, ManualState
from yichuang.catalogue.flow.lists import TextChange
from yichuang.catalogue.models import Authorisation, Item, Manual, ReviewTask
from yichuang.catalogue.rules.lists import Entry
from yichuang.directory.models import Department
from yichuang.directory.queries import actor_named
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.times import local_day

DOCUMENT = "川示函〔2022〕1号（演示）"
WATER = "510000-demo-water-taking"
LIST_NAME = "示例省行政许可事项清单（演示）"


def open_to_window(
    *, at: datetime, codes: tuple[str, ...] | None = None, from_day: date | None = None
) -> int:
    """Authorise the window for items with a guide, and publish the manuals of those named by code.

    Without codes: the items whose manual is in force already. What is so already stays; how many were authorised.
    """
    with_guide = Item.objects.filter(current__isnull=False, is_active=True)
    if codes is not None:
        with_guide = with_guide.filter(code__in=codes)
        compiling = Manual.objects.filter(item__in=with_guide, state=ManualState.COMPILING).exclude(points=[])
        for item_id in list(compiling.order_by("item__code").values_list("item_id", flat=True)):
            publish_manual(item_id, by=SYSTEM, at=at)
    else:
        with_guide = with_guide.filter(manual__state=ManualState.PUBLISHED)
    open_ones = Authorisation.objects.filter(withdrawn_from__isnull=True).values("item_id")
    wanted = list(with_guide.exclude(pk__in=open_ones).values_list("pk", flat=True))
    if wanted:
        form = AuthorisationForm(from_day or local_day(at), DOCUMENT)
        authorise(wanted, form, by=SYSTEM, at=at, key=f"demoauthorise{at:%Y%m%d%H%M%S}{len(wanted)}")
    return len(wanted)


def load_authorisations(*, at: datetime) -> str:
    """Load once; what was loaded, in words (empty: it is there already)."""
    if Authorisation.objects.filter(document_number=DOCUMENT).exists():
        return ""
    today = local_day(at)
    from_day = today - timedelta(days=60)
    # Its manual is not among those that the demo put in force; the window of the demo accepts it all the same.
    count = open_to_window(at=at, codes=(WATER,), from_day=from_day) + open_to_window(
        at=at, from_day=from_day
    )
    water = Item.objects.filter(code=WATER).first()
    if water is None:
        return f"事项授权 {count} 项 / authorisations"
    _delegate(water, today, at)
    tasks = _list(today, at) + _law(today, at)
    _transfer(today, at)
    return f"事项授权 {count} 项，授权下放 2 项，许可清单 1 份，指南复核 {tasks} 项 / authorisations, lists"


def _delegate(water: Item, today: date, at: datetime) -> None:
    head = actor_named("head.water")
    park = DelegationForm(
        "integrated", "park", "", "示例高新技术产业开发区管理委员会", "本园区内企业新办、变更、延续", today - timedelta(days=5),
        today + timedelta(days=360), "川示函〔2022〕2号（演示）", "示例市示例大道 1 号政务大厅 3 号窗口",
    )  # fmt: skip
    delegate(water.pk, park, by=head, at=at, key="demodelegatepark")
    city = DelegationForm(
        "devolved", "prefecture", "", "示例市水务局", "年取水量 100 万立方米以下的取水许可", today - timedelta(days=200), None,
        "川示函〔2022〕3号（演示）",
    )  # fmt: skip
    delegate(water.pk, city, by=head, at=at, key="demodelegatecity")


def _list(today: date, at: datetime) -> int:
    """A list that holds every licence of the demo; how many reviews it yields."""
    editor = actor_named("catalogue.editor")
    first = today - timedelta(days=20)
    form = ListForm(LIST_NAME, "川示发〔2022〕18号（演示）", first, first, None, PROVINCE)
    made = save_list(form, by=editor, at=at, key="demolicencelist")
    licences = Item.objects.filter(item_type=ItemType.LICENCE, region_id=PROVINCE).select_related(
        "department", "current"
    )
    entries = {item.name: _entry(item) for item in licences.order_by("code")}
    text = "\n".join(entry.line for entry in entries.values())
    save_entries(made.pk, text, edit=made.edit, by=editor, at=at)
    made.refresh_from_db()
    _, tasks = register_list(made.pk, due_on=today + timedelta(days=20), edit=made.edit, by=editor, at=at)
    done = ReviewTask.objects.filter(listed_in=made).order_by("id").first()
    if done is not None:
        reason = "名称、实施机关和设定依据与清单一致"
        dismiss_task(done.pk, reason=reason, edit=done.edit, by=editor, at=at)
    return tasks


def _entry(item: Item) -> Entry:
    basis = item.current.elements["legal_basis"] if item.current else []
    said = "；".join(f"《{one['law']}》{one['article']}" for one in basis[:2])
    return Entry(item.name, item.department.name, said)


def _law(today: date, at: datetime) -> int:
    """A fictional amendment of a regulation that a guide of the demo cites; how many reviews it yields."""
    form = TextForm(
        "取水许可和水资源费征收管理条例", TextChange.AMENDED, "演示修订〔2022〕1号", today - timedelta(days=3), today, None,
        "第二条、第四条", "演示用的修订，并无其事。", today + timedelta(days=10),
    )  # fmt: skip
    return register_text(form, by=actor_named("catalogue.editor"), at=at, key="demolegaltext")[1]


def _transfer(today: date, at: datetime) -> None:
    """A transfer that waits for its day, of an item that no case of the demo needs."""
    departments = {row.code: row.pk for row in Department.objects.filter(region_id=PROVINCE)}
    item = Item.objects.filter(name="入河排污口设置审核", region_id=PROVINCE).first()
    if item is None or departments.get("water") in (None, item.department_id):
        return
    form = TransferForm(
        item.pk,
        departments["water"],
        today + timedelta(days=45),
        "演示：职责划转方案第一条",
        "川示编发〔2022〕3号（演示）",
    )
    plan_transfer(form, by=actor_named("catalogue.editor"), at=at, key="demotransfer")
