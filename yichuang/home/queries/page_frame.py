"""What every page's frame shows: navigation by capability, the business day, the hall."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from django.conf import settings
from django.db import Error
from django.http import HttpRequest

from yichuang.directory.flow import Capability
from yichuang.kernel import replica
from yichuang.kernel.actor import ANONYMOUS, Actor
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request
from yichuang.workdays.queries import now, real_now

PUBLIC_NAV = (
    ("找事项", "/items"),
    ("我的办件", "/my"),
    ("查办件", "/follow"),
    ("周报", "/reports"),
    ("数据", "/figures"),
)
REPORT_ROLES = (
    Capability.REPORT_CONTRIBUTE,
    Capability.REPORT_EDIT,
    Capability.REPORT_REVIEW,
    Capability.REPORT_ISSUE,
    Capability.REPORT_IMPORT,
)
REGISTER_ROLES = (
    Capability.FIGURES_READ,
    Capability.CATALOGUE_READ,
    Capability.WINDOW_ACT,
    Capability.HALL_INSPECT,
    Capability.HALL_RECTIFY,
    Capability.DUTY_RECORD,
    Capability.FEEDBACK_HANDLE,
    Capability.PROGRAMME_KEEP,
    Capability.REPORT_CONTRIBUTE,
)
DESK_NAV: tuple[tuple[str, str, tuple[Capability, ...]], ...] = (
    ("看板", "/desk/leaders", (Capability.DASHBOARD_READ,)),
    ("办件", "/desk", (Capability.CASE_SEARCH,)),
    ("消息", "/desk/messages", (Capability.CASE_SEARCH,)),
    ("征求意见", "/desk/opinions", (Capability.CASE_OPINE,)),
    ("综窗收件", "/desk/window", (Capability.CASE_FILE_FOR,)),
    ("事项", "/desk/catalogue", (Capability.CATALOGUE_READ,)),
    ("统计", "/desk/figures", (Capability.FIGURES_READ,)),
    ("周报", "/desk/reports", REPORT_ROLES),
    ("登记册", "/desk/registers", REGISTER_ROLES),
    ("部门人员", "/desk/directory", (Capability.DIRECTORY_MANAGE,)),
    ("接口令牌", "/desk/tokens", (Capability.TOKEN_MANAGE,)),
    ("请假代理", "/desk/stand-ins", (Capability.STAND_IN_ARRANGE,)),
    ("节假日", "/desk/calendar", (Capability.CALENDAR_IMPORT,)),
    ("事实账", "/desk/journal", (Capability.JOURNAL_AUDIT,)),
    ("依法删除", "/desk/destruction", (Capability.PRIVATE_DESTROY,)),
    ("查阅记录", "/desk/views", (Capability.VIEWS_READ,)),
    ("我的导出", "/desk/exports", (Capability.LIST_EXPORT,)),
    ("发件箱", "/desk/outbox", (Capability.OUTBOX_READ,)),
    ("演示时钟", "/desk/clock", (Capability.CLOCK_MOVE,)),
    ("界面部件", "/desk/parts", (Capability.PARTS_READ,)),
)
# Rooms without an entry of their own are reached from the registers, so that entry is the current one there.
REGISTER_ROOMS = ("/desk/hall/", "/desk/feedback/", "/desk/programmes/", "/desk/exchange")
FIGURE_ROOMS = ("/desk/durations", "/desk/analysis")
A_MINUTE = timedelta(minutes=1)
HALL = {
    "name": "示例省政务服务大厅",
    "address": "示例市示例路 1 号（演示地址）",
    "hours": "工作日 9:00—12:00，13:00—17:00",
    "phone": "028-00000000",
}


def frame(request: HttpRequest) -> dict[str, Any]:
    """The names that `public.html` and `desk.html` read."""
    asked = cast("Request", request)
    by = getattr(asked, "by", ANONYMOUS)
    at = getattr(asked, "at", None) or _now()
    return {
        "nav": navigation(by, request.path),
        "elder": request.COOKIES.get("elder") == "1",
        "theme": "",
        "today": local_day(at),
        "clock_moved": settings.DEMO_CLOCK and abs(at - real_now()) > A_MINUTE,
        "hall": HALL,
        "read_as_of": replica.as_of(),
    }


def _now() -> datetime:
    """The business clock, or real time where the database that keeps its offset does not answer."""
    try:
        return now()
    except Error:
        return real_now()


@lru_cache(1000)
def _desk_entries(capabilities: frozenset[str], everything: bool) -> tuple[tuple[str, str], ...]:
    """The entries of those who hold these capabilities: as many lists as there are kinds of posts."""
    return tuple(
        (label, href) for label, href, wanted in DESK_NAV if everything or not capabilities.isdisjoint(wanted)
    )


def navigation(by: Actor, path: str) -> list[tuple[str, str, bool]]:
    """(label, address, whether it is where we are) for the public site or, below /desk, by capability."""
    entries = _desk_entries(by.capabilities, by.kind == "system") if path.startswith("/desk") else PUBLIC_NAV
    path = "/desk/registers" if path.startswith(REGISTER_ROOMS) else path
    path = "/desk/figures" if path.startswith(FIGURE_ROOMS) else path
    best = max(
        (href for _, href in entries if path == href or path.startswith(f"{href}/")), key=len, default=""
    )
    return [(label, href, href == best) for label, href in entries]
