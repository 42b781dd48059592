"""Who may open and do what: every page, every file and every form, by capability and by department."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.test import Client

from yichuang.directory.tests import factories as people
from yichuang.kernel.actor import Actor
from yichuang.programmes.models import Campaign, Event, Filer, Task, TaskList
from yichuang.programmes.tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calendar_of_2022", "_on_the_day")]
BASE = "/desk/programmes"


@pytest.fixture
def _on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.AT)


def nobody() -> Actor:
    """Staff of the water department without any right here."""
    return people.staff("idle", people.post(make.water(), "无关岗位", []))


WHO: Mapping[str, Callable[[], Actor]] = {
    "keeper": make.keeper,
    "stranger": make.stranger,
    "reader": make.reader,
    "manager": make.manager,
    "nobody": nobody,
}
# What keeper, stranger, reader, manager and nobody get.
PAGES: Mapping[str, tuple[int, int, int, int, int]] = {
    "events": (200, 200, 200, 200, 403),
    "events.csv": (200, 200, 200, 200, 403),
    "events/new": (200, 200, 403, 200, 403),
    "events/{event}": (200, 404, 200, 200, 403),
    "events/{event}/edit": (200, 404, 403, 200, 403),
    "tasks": (200, 200, 200, 200, 403),
    "tasks.csv": (200, 200, 200, 200, 403),
    "tasks/lists/new": (200, 200, 403, 200, 403),
    "tasks/lists/{list}/new": (200, 404, 403, 200, 403),
    "tasks/{task}": (200, 404, 200, 200, 403),
    "tasks/{task}/edit": (200, 404, 403, 200, 403),
    "campaigns": (200, 200, 200, 200, 403),
    "campaigns/new": (403, 403, 403, 200, 403),
    "campaigns/{campaign}": (200, 404, 200, 200, 403),
    "campaigns/{campaign}.csv": (200, 404, 200, 200, 403),
    "campaigns/{campaign}/edit": (403, 403, 403, 200, 403),
    "campaigns/{campaign}/filers": (403, 403, 403, 200, 403),
    "campaigns/{campaign}/cases": (403, 403, 403, 200, 403),
}
# Forms that only change something: sent empty, the right person is told what is missing.
FORMS: Mapping[str, tuple[int, int, int, int, int]] = {
    "events/{event}/cancel": (422, 404, 403, 422, 403),
    "events/{event}/files": (422, 404, 403, 422, 403),
    "tasks/{task}/do/report": (409, 404, 403, 409, 403),
    "tasks/{task}/do/cancel": (403, 404, 403, 409, 403),
    "tasks/{task}/remind": (403, 403, 403, 422, 403),
    "tasks/{task}/extension": (422, 404, 403, 422, 403),
    "tasks/{task}/files": (422, 404, 403, 422, 403),
    "campaigns/{campaign}/filers/{filer}/report": (422, 404, 403, 422, 403),
    "campaigns/{campaign}/filers/{filer}/remind": (403, 403, 403, 422, 403),
    "campaigns/{campaign}/filers/{filer}/remove": (403, 403, 403, 422, 403),
}


def world() -> dict[str, Any]:
    """One of everything, of the water department."""
    event, task, campaign = make.event(), make.task(), make.campaign()
    filer = make.filer(campaign)
    return {
        "event": event.pk,
        "task": task.pk,
        "list": task.list_id,
        "campaign": campaign.pk,
        "filer": filer.pk,
    }


def counts() -> tuple[int, ...]:
    """How many rows there are, and how they stand."""
    return tuple(model._default_manager.count() for model in (Event, Task, TaskList, Campaign, Filer))


@pytest.mark.parametrize("place", range(len(WHO)), ids=list(WHO))
def test_every_page_for_everybody(place: int) -> None:
    names = world()
    client = make.browser(list(WHO.values())[place]())
    for page, expected in PAGES.items():
        answer = client.get(f"{BASE}/{page.format(**names)}")
        assert answer.status_code == expected[place], page


@pytest.mark.parametrize("place", range(len(WHO)), ids=list(WHO))
def test_every_form_for_everybody(place: int) -> None:
    names = world()
    before = counts()
    client = make.browser(list(WHO.values())[place]())
    for page, expected in FORMS.items():
        answer = client.post(f"{BASE}/{page.format(**names)}", {"client_key": make.key()})
        assert answer.status_code == expected[place], page
        assert client.get(f"{BASE}/{page.format(**names)}").status_code in (403, 405), page
    assert counts() == before


def test_a_stranger_is_led_to_the_door() -> None:
    names = world()
    for page in [*PAGES, *FORMS]:
        answer = Client().get(f"{BASE}/{page.format(**names)}")
        assert answer.status_code in (302, 405), page
        if answer.status_code == 302:
            assert "/sign-in" in answer.headers["Location"]


def test_files_and_lists_hold_the_own_rows_only() -> None:
    by = make.stranger()
    world()
    make.event(by, title="商务厅的活动")
    make.task(make.task_list(by, "商务清单"), by=by, text="商务厅的任务")
    client = make.browser(by)
    for page in ("events", "events.csv", "tasks", "tasks.csv", "campaigns"):
        answer: Any = client.get(f"{BASE}/{page}")
        text = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
        assert "取水许可" not in text, page
        assert "电台补申报" not in text, page
    assert "商务厅的活动" in client.get(f"{BASE}/events").content.decode()


@pytest.mark.parametrize("page", ["events.csv", "tasks.csv", "campaigns/{campaign}.csv"])
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "＝", "|"])
def test_no_cell_of_a_file_is_run(page: str, start: str) -> None:
    hostile = f"{start}cmd|' /C calc'!A0"
    make.event(title=hostile, result=hostile, source=hostile)
    make.task(text=hostile, measure=hostile, office=hostile)
    campaign = make.campaign(title=hostile, unit="个")
    make.filer(campaign, 0, name=hostile)
    answer: Any = make.browser(make.manager()).get(f"{BASE}/{page.format(campaign=campaign.pk)}")
    text = b"".join(answer.streaming_content).decode()
    for cell in text.replace("\r\n", ",").replace('"', "").split(","):
        assert not cell.startswith(("=", "+", "@", "＝", "|", "\t")), cell
    assert "'" in text
