"""The tools of the house: health, outbox, clock, and the auditor's journal."""

import json
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, OperationalError
from django.test import Client
from django.utils.html import strip_tags
from pytest_django import Settings

from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.effects.commands import drain_all
from yichuang.home.pages import health
from yichuang.journal.queries import facts_of, head
from yichuang.kernel import sql
from yichuang.kernel.keys import uuid7
from yichuang.notices.commands import NewMessage, Tried, queue, sent
from yichuang.notices.models import Message
from yichuang.workdays import queries as workdays


def browser(*capabilities: Capability) -> Client:
    """Somebody of the centre's office who holds exactly these."""
    name = "-".join(str(c) for c in capabilities)
    post = people.post(people.department("示例处", "903", ""), name, list(capabilities), everywhere=True)
    client = Client()
    client.force_login(
        people.account_of(people.staff(name[:60], post)), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def words(response: Any) -> str:
    return " ".join(strip_tags(response.content.decode().replace("<", " <")).split())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/desk/outbox",
        "/desk/outbox.csv",
        "/desk/clock",
        "/desk/calendar",
        "/desk/journal",
        "/desk/journal/seals/1",
    ],
)
def test_every_tool_is_closed_without_its_capability(address: str) -> None:
    assert Client().get(address).status_code == 302
    assert browser(Capability.CASE_SEARCH).get(address).status_code == 403


@pytest.mark.django_db
def test_ready_says_how_far_the_journal_is_closed_and_nothing_secret() -> None:
    make.filed()
    said = Client().get("/health")
    found = json.loads(said.content)
    assert said.status_code == 200
    assert found["ready"] is True
    assert (found["seal"], found["undrained"]) == (0, 1)
    assert found["business_day"] == workdays.today().isoformat()
    assert set(found) == {
        "ready",
        "version",
        "seal",
        "undrained",
        "witnessed",
        "figures_agree",
        "business_day",
    }
    assert "no-store" in said["Cache-Control"]


@pytest.mark.django_db
def test_health_writes_and_leaves_nothing() -> None:
    with sql.counting() as statements:
        assert Client().get("/health").status_code == 200
    assert any(statement.startswith("insert into") for statement in statements)
    assert sql.one("select count(*) from journal_series where series like 'proof:%%'") == (0,)


def test_a_database_that_only_reads_is_not_ready(committed: dict[str, str]) -> None:
    name = committed["app"].rpartition("/")[2]
    with psycopg.connect(committed["admin"], autocommit=True) as admin:
        admin.execute(f"alter database {name} set default_transaction_read_only = on")
    sql.execute("set default_transaction_read_only = on")
    said = Client().get("/health")
    assert said.status_code == 503
    assert json.loads(said.content) == {"ready": False, "version": health.version()}


@pytest.mark.django_db
def test_without_a_database_every_address_answers_503(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise OperationalError("connection to server failed: password is hunter2")

    monkeypatch.setattr("config.front_door.now", gone)
    said = Client().get("/health")
    assert said.status_code == 503
    assert json.loads(said.content)["ready"] is False
    page = Client().get("/figures")
    assert page.status_code == 503
    assert "暂时不能保存" in words(page)
    assert "hunter2" not in said.content.decode() + page.content.decode()


@pytest.mark.django_db
def test_a_database_that_stumbles_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble() -> None:
        raise DatabaseError("no space left on device")

    monkeypatch.setattr(health, "prove_writable", stumble)
    said = Client().get("/health")
    assert said.status_code == 503
    assert b"device" not in said.content


def message(number: int, *, channel: str = "sms", to: str = "13800000000", body: str = "请补正") -> Message:
    at = make.AT + timedelta(minutes=number)
    new = NewMessage(uuid7(at), 1, channel, "case.filed", to, f"标题{number}", body)
    made = queue(new, at=at)
    assert made is not None
    return made


@pytest.mark.django_db
def test_the_outbox_lists_filters_and_pages() -> None:
    client = browser(Capability.OUTBOX_READ)
    assert "还没有消息" in words(client.get("/desk/outbox"))
    for number in range(51):
        message(number)
    sent(
        [
            Tried(message(60, channel="mail", body="<b>已受理</b>").pk, make.AT),
            Tried(message(61).pk, make.AT, "没有应答"),
        ]
    )
    first = client.get("/desk/outbox")
    assert "标题61" in words(first)
    assert "标题2 " not in words(first)
    assert "&lt;b&gt;已受理" in first.content.decode()
    following = first.content.decode().partition("after=")[2].partition('"')[0]
    assert "标题2 " in words(client.get(f"/desk/outbox?after={following}"))
    for query, shown, hidden in (
        ("sending=sent", "标题60", "标题61"), ("sending=failed", "标题61", "标题60"), ("channel=mail", "标题60", "标题61"),
        ("sending=waiting", "标题50", "标题61"), ("q=已受理", "标题60", "标题50"),
    ):  # fmt: skip
        text = words(client.get(f"/desk/outbox?{query}"))
        assert shown in text, query
        assert hidden not in text, query
    assert "没有符合条件的消息" in words(client.get("/desk/outbox?q=没有这句"))
    assert client.get("/desk/outbox?after=broken").status_code == 422
    rows = b"".join(client.get("/desk/outbox.csv?sending=failed").streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(rows) == 2
    assert "没有应答" in rows[1]


@pytest.mark.django_db
def test_the_outbox_needs_as_many_statements_for_many_as_for_one() -> None:
    client = browser(Capability.OUTBOX_READ)
    message(0)

    def count() -> int:
        with sql.counting() as statements:
            client.get("/desk/outbox")
        return len(statements)

    before = count()
    for number in range(1, 20):
        message(number)
    assert count() == before <= 5


@pytest.mark.django_db
def test_the_demo_clock_moves_and_comes_back(settings: Settings) -> None:
    settings.DEMO_CLOCK = True
    client = browser(Capability.CLOCK_MOVE)
    moved = client.post("/desk/clock/move", {"day": "2026-12-24", "time": "09:00"}, follow=True)
    assert "业务时钟现在是 2026年12月24日 09:00" in words(moved)
    assert workdays.today().isoformat() == "2026-12-24"
    assert client.post("/desk/clock/move", {"back": "1"}).status_code == 302
    assert abs(workdays.now() - workdays.real_now()) < timedelta(seconds=5)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "time", "field"),
    [("24.12.2026", "09:00", "day"), ("2026-12-24", "25:00", "time"), ("", "", "day")],
)
def test_an_unreadable_time_is_told_at_its_field(settings: Settings, day: str, time: str, field: str) -> None:
    settings.DEMO_CLOCK = True
    said = browser(Capability.CLOCK_MOVE).post("/desk/clock/move", {"day": day, "time": time})
    assert said.status_code == 422
    assert f'href="#f-{field}"' in said.content.decode()


@pytest.mark.django_db
def test_outside_the_calendar_and_outside_a_demonstration_the_clock_stands(settings: Settings) -> None:
    settings.DEMO_CLOCK = True
    client = browser(Capability.CLOCK_MOVE)
    assert client.post("/desk/clock/move", {"day": "1999-01-01", "time": "09:00"}).status_code == 422
    settings.DEMO_CLOCK = False
    assert "不是演示环境" in words(client.get("/desk/clock"))
    assert client.post("/desk/clock/move", {"day": "2026-12-24", "time": "09:00"}).status_code == 403


@pytest.mark.django_db
def test_the_auditor_walks_from_a_number_to_its_facts_and_their_seal() -> None:
    row = make.decided()
    drain_all(at=make.AT)
    client = browser(Capability.JOURNAL_AUDIT)
    top = words(client.get("/desk/journal"))
    assert head().chain in top
    found = client.get("/desk/journal", {"q": row.number.lower()})
    assert found.status_code == 302
    subject = client.get(found["Location"])
    assert "全部 3 条重算一致" in words(subject)
    assert words(subject).count("✓ 一致") == 3
    sealed = words(client.get("/desk/journal/seals/1"))
    assert sealed.count("✓ 重算一致") == 2
    assert "作出决定" in sealed
    assert client.get("/desk/journal", {"q": str(row.id)}).status_code == 302


@pytest.mark.django_db
def test_what_is_not_there_is_said(client: Client) -> None:
    auditor = browser(Capability.JOURNAL_AUDIT)
    assert "还没有封账" in words(auditor.get("/desk/journal"))
    missing = auditor.get("/desk/journal", {"q": "没有的编号"})
    assert missing.status_code == 404
    assert "没有找到「没有的编号」" in words(missing)
    assert auditor.get("/desk/journal/seals/7").status_code == 404
    assert auditor.get(f"/desk/journal/seals/{2**70}").status_code == 404
    assert auditor.get(f"/desk/journal/subjects/{uuid7(make.AT)}").status_code == 404


def test_a_forged_fact_is_shown_as_such(committed: dict[str, str]) -> None:
    row = make.in_review()
    drain_all(at=make.AT)
    with psycopg.connect(committed["owner"], autocommit=True) as owner:
        owner.execute("update journal_fact set actor = 'staff:somebody-else' where seq = 2")
    text = words(browser(Capability.JOURNAL_AUDIT).get(f"/desk/journal/subjects/{row.id}"))
    assert "第 2 条重算不一致" in text
    assert (text.count("✓ 一致"), text.count("✗ 不符")) == (1, 1)
    assert len(facts_of(row.id)) == 2


@pytest.mark.django_db
def test_seals_page_backwards() -> None:
    client = browser(Capability.JOURNAL_AUDIT)
    for _ in range(27):
        make.filed()
        drain_all(at=make.AT)
    first = client.get("/desk/journal").content.decode()
    assert 'href="?before=3"' in first
    second = client.get("/desk/journal?before=3").content.decode()
    assert "/desk/journal/seals/2" in second
    assert "/desk/journal/seals/3" not in second
    assert "回到最新" in second
