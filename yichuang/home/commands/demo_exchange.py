"""Two fictional systems of the demo, what they reported in a month, and five lines that are in doubt: by the real commands."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from yichuang.catalogue.models import Item
from yichuang.directory.commands import save_post, save_staff
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, Department
from yichuang.directory.queries import actor_named
from yichuang.exchange.commands.batches import open_batch, run_batch
from yichuang.exchange.commands.systems import SystemForm, register_system
from yichuang.exchange.commands.webhooks import WebhookForm, add_webhook, set_webhook_state
from yichuang.exchange.models import System
from yichuang.kernel import canonical
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.times import local_day

# Department, user name of the service account, name of the system, how many cases, whether it reports limits.
SYSTEMS = (
    ("water", "report.water", "水务业务系统（示例）", 180, True),
    ("industry", "report.industry", "工业企业服务系统（示例）", 120, False),
)
DAYS = 30


@transaction.atomic
def load_exchange(*, at: datetime) -> str:
    """Load once: systems, their service accounts, a month of reports in two batches each, five lines in doubt."""
    if System.objects.exists():
        return ""
    taken = doubtful = 0
    for department_code, username, name, count, limits in SYSTEMS:
        department = Department.objects.get(code=department_code, region_id="510000000000")
        account = _account(department, username, name, at)
        items = list(_items(department))
        form = SystemForm(
            username.replace(".", "-"), name, [department.pk], "示例联系人 028-00000000", account, folder=department_code,
            reports_limits=limits,
        )  # fmt: skip
        register_system(form, by=actor_named("admin"), at=at, key=f"demo-exchange-{department_code}")
        told = list(_events(department_code, items, count, local_day(at), limits=limits))
        half = len(told) // 2
        for part in (told[:half], [*told[half:], *_doubts(department_code, items, local_day(at))]):
            lines = [(canonical.text(one), one) for one in part]
            digest = canonical.digest("\n".join(raw for raw, _ in lines))
            by = actor_named(username)
            batch = open_batch(digest, name="", by=by, at=at, key=f"demo-{digest[:40]}")
            done = run_batch(batch, lines, by=by, at=at)
            taken, doubtful = taken + done.taken, doubtful + done.quarantined
    _webhook(at)
    return f"部门系统报送：2 个系统，采用 {taken} 条，存疑 {doubtful} 条 / reported cases"


def _webhook(at: datetime) -> None:
    """An address that nobody answers, entered and paused: nothing leaves a demonstration."""
    form = WebhookForm(
        "省大数据平台同步进展（示例）",
        "https://hooks.example.com/yichuang",
        ["case.accepted", "case.decided"],
    )
    by = actor_named("admin")
    made = add_webhook(form, key="demo-webhook", by=by, at=at)
    set_webhook_state(made.pk, active=False, by=by, at=at)


def _account(department: Department, username: str, name: str, at: datetime) -> UUID:
    post = save_post(
        department_id=department.pk, name="报送接口", capabilities=[Capability.EXCHANGE_REPORT.value], everywhere=False,
        by=SYSTEM, at=at,
    )  # fmt: skip
    save_staff(username=username, display_name=name, post_id=post.pk, password=None, by=SYSTEM, at=at)
    return Account.objects.values_list("pk", flat=True).get(username=username)


def _items(department: Department) -> list[str]:
    """Three items of a department."""
    found = Item.objects.filter(department=department, is_active=True).order_by("code")
    return list(found.values_list("code", flat=True)[:3])


def _event(number: str, no: int, kind: str, day: date, item: str, **more: Any) -> dict[str, Any]:
    return {
        "source_number": number, "event_no": no, "kind": kind, "at": f"{day.isoformat()}T10:{no:02d}:00+08:00",
        "item_code": item, **more,
    }  # fmt: skip


def _events(
    code: str, items: list[str], count: int, today: date, *, limits: bool
) -> Iterator[dict[str, Any]]:
    """Acceptances over a month; of ten cases six are decided, one is in a special procedure, one withdrawn, two stay open."""
    first = today - timedelta(days=DAYS)
    for position in range(count):
        number, item = f"{code.upper()}-{today.year}-{position + 1:05d}", items[position % len(items)]
        day = first + timedelta(days=position * DAYS // count)
        told: dict[str, Any] = {"applicant_name": f"示例申请单位{position % 40 + 1}"}
        if limits:
            told["limit_days"] = 5
        yield _event(number, 1, "accepted", day, item, **told)
        later = min(day + timedelta(days=position % 7), today)
        if position % 10 < 6:
            used = {"days_used": position % 7} if limits else {}
            yield _event(
                number,
                2,
                "decided",
                later,
                item,
                outcome="denied" if position % 30 == 4 else "granted",
                **used,
            )
        elif position % 10 == 6:
            yield _event(number, 2, "special_started", later, item, special={"name": "专家评审"})
        elif position % 10 == 7:
            yield _event(number, 2, "withdrawn", later, item)


def _doubts(code: str, items: list[str], today: date) -> list[dict[str, Any]]:
    """Three lines of the one system and two of the other that cannot simply be taken."""
    number = f"{code.upper()}-{today.year}-"
    unknown = _event(f"{number}90001", 1, "accepted", today, "OLD-0001")
    twice = _event(f"{number}00001", 9, "decided", today, items[0], outcome="granted")
    waits = _event(f"{number}90002", 3, "special_ended", today, items[0])
    return [unknown, twice, waits] if code == "water" else [unknown, twice]
