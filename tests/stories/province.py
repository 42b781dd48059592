"""What every story shares: who is who, what day it is, and the worker that runs what facts have set off."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast
from unittest.mock import patch

from django.db import connections
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from tests.stories.visitor import Page, Visitor
from yichuang.effects import jobs
from yichuang.effects.cli import signing
from yichuang.effects.commands import drain_all
from yichuang.home.commands import demo_password
from yichuang.home.commands.demo_authorisations import open_to_window
from yichuang.kernel import sql
from yichuang.workdays.queries import now

WATER = "510000-demo-water-taking"
# 国务院办公厅 on the holidays of 2022 (国办发明电〔2021〕16号): days off on working days and weekends, and weekends worked.
HOLIDAYS = {date(2022, 4, 30) + timedelta(days=n) for n in range(5)} | {
    date(2022, 6, 3) + timedelta(days=n) for n in range(3)
}
# What a case goes through in the stories of the whole way.
STEPS = [
    "filed", "correction_asked", "correction_answered", "accepted", "paused", "resumed", "proposed", "endorsed", "decided",
    "delivered",
]  # fmt: skip
WORKED = {date(2022, 4, 24), date(2022, 5, 7)}


def works(day: date) -> bool:
    """Whether a day between April and August 2022 is worked."""
    return day in WORKED or (day.weekday() < 5 and day not in HOLIDAYS)


def nth_workday(day: date, number: int) -> date:
    """The n-th working day after a day, counted day by day on the fingers."""
    while number:
        day += timedelta(days=1)
        number -= works(day)
    return day


def short(day: date) -> str:
    """6月10日."""
    return f"{day.month}月{day.day}日"


@dataclass
class Province:
    """The demo's people with their browsers; one clock for all of them."""

    secret: str
    addresses: dict[str, str]
    _visitors: dict[str, Visitor] = field(default_factory=dict)

    def visitor(self, username: str) -> Visitor:
        """Somebody of the demo, signed in through the page once."""
        if username not in self._visitors:
            made = Visitor()
            made.sign_in(username, demo_password(self.secret, username))
            self._visitors[username] = made
        return self._visitors[username]

    def clock(self, day: str, time: str = "10:00") -> datetime:
        """Let it be this moment: the administrator moves the demo's clock on its page."""
        admin = self.visitor("admin")
        page = admin.press(admin.open("/desk/clock"), "确认拨动", day=day, time=time)
        page.says("业务时钟现在是")
        assert now().date() == date.fromisoformat(day)
        return now()

    def work(self) -> int:
        """Drain the queue of fresh facts and run the jobs that follow; how many facts were sealed."""
        sealed = drain_all(at=now())
        # The worker signs in a process of its own; one that is started here would find another database.
        with patch.object(jobs, "sign_apart", signing.sign):
            asyncio.run(_run_jobs())
        left = sql.rows("select task_name, status, args from procrastinate_jobs where status <> 'succeeded'")
        assert left == []
        return sealed


async def _run_jobs() -> None:
    worker = cast("DjangoConnector", app.connector).get_worker_connector()
    loop = asyncio.get_running_loop()
    # One thread runs every job, so that its connection can be closed from within it at the end.
    loop.set_default_executor(ThreadPoolExecutor(1))
    with app.replace_connector(worker) as running:
        async with running.open_async():
            await running.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)
    await loop.run_in_executor(None, connections.close_all)


def authorise_window(at: datetime) -> None:
    """Let the one-stop window accept 取水许可: authorised by its department, its acceptance manual published."""
    open_to_window(at=at, codes=(WATER,))


def follow(number: str, code: str) -> Page:
    """What a stranger sees who has nothing but the number and the code of the receipt."""
    stranger = Visitor()
    return stranger.press(stranger.open("/follow"), "查看进度", number=number, code=code)


def facts(subject: Any) -> list[str]:
    """The kinds of a subject's facts in order, read without the house's own queries."""
    found = sql.rows("select kind from journal_fact where subject_id = %(id)s order by seq", {"id": subject})
    return [row[0] for row in found]
