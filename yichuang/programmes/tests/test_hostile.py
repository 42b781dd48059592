"""What an enemy types: into every field of every form; nothing breaks, nothing typed is lost, nothing is run."""

from html import unescape
from itertools import product
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from yichuang.kernel import sql
from yichuang.programmes.models import (
    Campaign,
    Event,
    EventFile,
    ExtensionRequest,
    Filer,
    HandNumber,
    Reminder,
    Task,
    TaskFile,
    TaskList,
)
from yichuang.programmes.tests import factories as make
from yichuang.programmes.tests.pictures import PNG, PNG_WITH_PLACE, SECRET

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calendar_of_2022", "_on_the_day")]
WORDS = {
    "nul": "甲\0乙",
    "sql": "'); drop table programmes_event; --",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "bidi": "\u202egnp.exe\u2066甲",
    "template": "{{ 7*7 }}{% raw %}",
    "format": "%s %(x)s {0}",
    "surrogates": "\U0001f600\u200b",
    "lines": "一\r\n二\u2028三",
    "controls": "\x1b[31m\x07甲\x7f",
    "quotes": "\"'`\\",
}
DAYS = (
    "0001-01-01", "1999-12-31", "2100-01-01", "9999-12-31", "2022-02-30", "昨天", "-1", "2022-5-13", "1e9", "+010000-01-01",
)  # fmt: skip
NUMBERS = ("-1", "1.5", "1e9", "٣", "0x10", "NaN", "99999999999999999999", "一百", "1,,2")
FORMS = ("event", "list", "task", "task-edit", "campaign", "filer", "report", "extension", "remind", "act")


@pytest.fixture
def _on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.AT)


def target(form: str) -> tuple[str, dict[str, Any]]:
    """A form's address and what an honest person types into it."""
    tasks, running = "/desk/programmes/tasks", "/desk/programmes/campaigns"
    if form == "event":
        return "/desk/programmes/events/new", {
            "kind": "coaching", "title": "辅导", "on": "2022-05-10", "until": "", "near": "", "words": "内容", "result": "成效",
            "source": "来源", "figure-enterprises": "52", "text-named": "甲公司",
        }  # fmt: skip
    if form == "list":
        return f"{tasks}/lists/new", {"year": "2022", "title": "清单", "source": "文件"}
    if form in ("campaign", "filer", "report"):
        return campaign_target(form, running)
    made = make.task()
    typed = {"text": "任务", "due_on": "2022-06-02", "starts_on": "2022-05-13", "measure": "措施", "office": "处", "milestones": "2022-05-20 初稿"}  # fmt: skip
    return {
        "task": (f"{tasks}/lists/{made.list_id}/new", typed),
        "task-edit": (f"{tasks}/{made.pk}/edit", typed | {"reason": "改正", "seen": "1"}),
        "extension": (f"{tasks}/{made.pk}/extension", {"until": "2022-06-20", "words": "等待"}),
        "remind": (f"{tasks}/{made.pk}/remind", {"reminder": "请加快"}),
        "act": (f"{tasks}/{made.pk}/do/report", {"percent": "40", "words": "推进", "evidence": "台账", "seen": "1"}),
    }[form]  # fmt: skip


def campaign_target(form: str, running: str) -> tuple[str, dict[str, Any]]:
    """The forms about campaigns."""
    if form == "campaign":
        return f"{running}/new", {
            "title": "专项", "source": "会议", "target": "1000", "unit": "个", "starts_on": "2022-05-05", "deadline": "2022-05-31",
            "items": make.item().code, "milestones": "2022-05-20 500", "words": "说明", "department": str(make.water().pk),
        }  # fmt: skip
    found = make.campaign()
    if form == "filer":
        return f"{running}/{found.pk}/filers", {
            "name": "企业", "target": "500", "papers": "", "starts_on": "2022-05-05", "deadline": "2022-05-31",
        }  # fmt: skip
    filer = make.filer(found)
    return f"{running}/{found.pk}/filers/{filer.pk}/report", {
        "as_of": "2022-05-12",
        "count": "5",
        "source": "报送表",
    }


def sender() -> Client:
    """Somebody who may do everything."""
    return make.browser(make.manager())


def post(client: Client, address: str, fields: dict[str, Any]) -> Any:
    return client.post(address, {"client_key": make.key(), **fields})


def rows() -> int:
    """How many rows the forms of this room have made."""
    models = (Event, Task, TaskList, Campaign, Filer, HandNumber, Reminder, ExtensionRequest)
    return sum(model._default_manager.count() for model in models)


def look(client: Client, address: str, fields: dict[str, Any]) -> None:
    """Post; whatever the answer is, it is one of ours, and no word of it runs."""
    answer = post(client, address, fields)
    assert answer.status_code in (302, 404, 409, 422), answer.status_code
    pages = [answer.content.decode()]
    if answer.status_code == 302:
        pages.append(client.get(answer.headers["Location"]).content.decode())
    for page in pages:
        assert "<script>alert" not in page
        assert "onerror=alert(1)>" not in page
        assert "\0" not in page


@pytest.mark.parametrize("form", FORMS)
def test_hostile_words_are_kept_as_words_or_refused(form: str) -> None:
    address, honest = target(form)
    client = sender()
    words = [name for name, value in honest.items() if value and not value[:1].isdigit() and name != "kind"]
    for hostile in WORDS.values():
        look(client, address, honest | dict.fromkeys(words, hostile))
    for name in honest:
        look(client, address, honest | {name: "".join(WORDS.values())[:60]})
    found = sql.one("select count(*) from pg_tables where tablename = 'programmes_event'", {})
    assert found == (1,)


@pytest.mark.parametrize("form", FORMS)
def test_no_day_breaks_a_form(form: str) -> None:
    address, honest = target(form)
    client, before = sender(), rows()
    days = [name for name in ("on", "until", "due_on", "starts_on", "deadline", "as_of") if name in honest]
    for name, raw in product(days, DAYS):
        answer = post(client, address, honest | {name: raw})
        assert answer.status_code == 422, (name, raw, answer.status_code)
        assert "2000 至 2099" in answer.content.decode() or "2019 至 2099" in answer.content.decode()
    assert rows() == before


@pytest.mark.parametrize(
    ("form", "name"),
    [("event", "figure-enterprises"), ("list", "year"), ("campaign", "target"), ("filer", "target"), ("report", "count"), ("act", "percent")],
)  # fmt: skip
def test_no_number_breaks_a_form(form: str, name: str) -> None:
    address, honest = target(form)
    client, before = sender(), rows()
    for raw in NUMBERS:
        answer = post(client, address, honest | {name: raw})
        assert answer.status_code == 422, raw
        assert raw in unescape(answer.content.decode())
    assert rows() == before


@pytest.mark.parametrize("form", FORMS)
def test_a_mistake_loses_nothing_that_was_typed(form: str) -> None:
    """Every other field comes back as it was typed when one is wrong."""
    address, honest = target(form)
    typed = {name: value for name, value in honest.items() if name not in ("seen", "kind", "department")}
    words = [
        name
        for name, value in typed.items()
        if not value[:1].isdigit() and name not in ("items", "papers", "until", "near")
    ]
    wrong = next(iter(words))
    marked = typed | {name: f"{typed[name]}‹{name}›" for name in words[1:] if name != "unit"}
    answer = post(sender(), address, honest | marked | {wrong: ""})
    assert answer.status_code == 422, answer.status_code
    page = unescape(answer.content.decode())
    for name, value in marked.items():
        if name != wrong:
            assert value in page, name


@pytest.mark.parametrize("form", FORMS)
def test_ten_megabytes_are_refused_by_the_door(form: str) -> None:
    address, honest = target(form)
    client, before = sender(), rows()
    name = next(iter(honest))
    answer = post(client, address, honest | {name: "长" * 3_500_000})
    assert 400 <= answer.status_code < 500
    assert rows() == before


@pytest.mark.parametrize("form", FORMS)
def test_long_words_are_refused_at_their_field(form: str) -> None:
    address, honest = target(form)
    client, before = sender(), rows()
    name = next(
        name
        for name, value in honest.items()
        if value and not value[:1].isdigit() and name not in ("kind", "near")
    )
    answer = post(client, address, honest | {name: "长" * 15_000})
    assert answer.status_code == 422
    assert "长" * 10_000 in answer.content.decode()
    assert rows() == before


def test_signs_that_turn_the_direction_do_not_reach_a_title() -> None:
    event = make.event(title="\u202e辅导\u2066 甲\n乙\u200f")
    assert event.title == "辅导 甲 乙"
    assert make.task(text="任\u202e务\n一").text == "任务 一"
    assert make.campaign(title="专\u2067项").title == "专项"
    assert make.filer(make.campaign(title="另一"), 0, name="甲\u202e企业").name == "甲企业"


@pytest.mark.parametrize(
    "asked", ["first=0001-01-01&last=0001-01-01", "last=9999-12-31", "first=9999-12-31", "last=2000-01-01"]
)
@pytest.mark.parametrize("page", ["events", "events.csv"])
def test_no_period_breaks_the_list(page: str, asked: str) -> None:
    make.event()
    assert sender().get(f"/desk/programmes/{page}?{asked}").status_code == 200


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "x", "%00"])
def test_no_day_breaks_the_cases_of_a_campaign(day: str) -> None:
    campaign = make.campaign()
    address = f"/desk/programmes/campaigns/{campaign.pk}/cases?day={day}"
    assert sender().get(address).status_code == 200


BAD_FILES = (
    ("照片.png", b"<svg onload=alert(1)>"), ("照片.jpg", PNG), ("页面.html", b"<html>"), ("程序.exe", b"MZ\x90\0"), ("空.pdf", b""),
    ("宏.docx", b"PK\x03\x04broken"), ("半张.png", PNG[:30]), ("..\\..\\a.png", b"\xff\xd8\xff\xe0"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "data"), BAD_FILES, ids=[str(place) for place in range(len(BAD_FILES))])
@pytest.mark.parametrize("kind", ["events", "tasks"])
def test_files_are_judged_by_their_content(kind: str, name: str, data: bytes) -> None:
    pk = make.event().pk if kind == "events" else make.task().pk
    field = "photos" if kind == "events" else "evidence_files"
    fields = {field: SimpleUploadedFile(name, data)}
    assert post(sender(), f"/desk/programmes/{kind}/{pk}/files", fields).status_code == 422
    assert not EventFile.objects.exists()
    assert not TaskFile.objects.exists()


@pytest.mark.parametrize("kind", ["events", "tasks"])
def test_a_picture_loses_its_place_and_is_shown_small(kind: str) -> None:
    pk = make.event().pk if kind == "events" else make.task().pk
    field = "photos" if kind == "events" else "evidence_files"
    here, client = f"/desk/programmes/{kind}/{pk}", sender()
    assert SECRET in PNG_WITH_PLACE
    fields = {field: [SimpleUploadedFile("现场.png", PNG_WITH_PLACE), SimpleUploadedFile("坏.png", b"x")]}
    answer = post(client, f"{here}/files", fields)
    assert answer.status_code == 422
    assert "其余 1 个已保存" in answer.content.decode()
    kept = (EventFile.objects.get() if kind == "events" else TaskFile.objects.get()).pk
    picture = client.get(f"{here}/files/{kept}")
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/png")
    assert SECRET not in picture.content
    assert f'<img class="img-fluid mb-1" src="{here}/files/{kept}"' in client.get(here).content.decode()
    assert make.browser(make.stranger()).get(f"{here}/files/{kept}").status_code == 404
    assert post(client, f"{here}/files/{kept}/remove", {}).status_code == 302
    assert client.get(f"{here}/files/{kept}").status_code == 404


def test_a_conflict_is_told_and_can_be_overcome() -> None:
    """The second editor's words stay, the note leads to the changes, and saving again is possible."""
    event, client = make.event(), sender()
    address = f"/desk/programmes/events/{event.pk}/edit"
    honest = {"kind": "coaching", "title": "第一位", "on": "2022-05-10"}
    assert post(client, address, honest | {"seen": "1"}).status_code == 302
    late = post(client, address, honest | {"title": "第二位", "seen": "1"})
    page = late.content.decode()
    assert late.status_code == 409
    assert f"/desk/programmes/events/{event.pk}#history" in page
    assert 'name="seen" value="2"' in page
    assert post(client, address, honest | {"title": "第二位", "seen": "2"}).status_code == 302
    assert Event.objects.get().title == "第二位"
