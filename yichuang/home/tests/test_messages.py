"""An officer reads what happened to the cases in hand, and nobody else's messages."""

from datetime import timedelta

import pytest
from django.test import Client

from yichuang.directory.tests import factories as people
from yichuang.home.tests.visitors import browser as visitor
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.keys import uuid7
from yichuang.notices import commands
from yichuang.notices.commands import NewMessage
from yichuang.notices.models import Message

pytestmark = pytest.mark.django_db


def write(to: Actor, count: int = 1) -> None:
    for number in range(count):
        at = people.AT + timedelta(minutes=number)
        new = NewMessage(
            uuid7(at), 1, "mail", "case.withdrawn", f"{to.id}:{number}", "申请人已撤回", f"第 {number} 条", "/desk/cases/x",
            account_id=to.id,
        )  # fmt: skip
        assert commands.queue(new, at=at)


def text(client: Client, address: str = "/desk/messages") -> str:
    return client.get(address).content.decode()


def test_messages_are_shown_newest_first_and_marked_as_read() -> None:
    reviewer = people.reviewer()
    write(reviewer, 2)
    client = visitor(reviewer)
    page = text(client)
    assert page.index("第 1 条") < page.index("第 0 条")
    assert "全部标为已读（2）" in page
    assert client.post("/desk/messages/read").status_code == 302
    assert "未读" not in text(client)
    assert Message.objects.filter(read_at__isnull=True).count() == 0


def test_nobody_reads_or_marks_anothers_messages() -> None:
    write(people.reviewer())
    other = visitor(people.head())
    assert "第 0 条" not in text(other)
    other.post("/desk/messages/read")
    assert Message.objects.filter(read_at__isnull=True).count() == 1
    assert "没有消息" in text(other)


def test_the_list_pages_and_costs_the_same_for_many() -> None:
    reviewer = people.reviewer()
    write(reviewer, 1)
    client = visitor(reviewer)
    text(client)
    with sql.counting() as few:
        text(client)
    write(people.head(), 3)
    Message.objects.update(account_id=people.reviewer().id)
    write(people.clerk(), 60)
    Message.objects.update(account_id=people.reviewer().id)
    with sql.counting() as many:
        page = text(client)
    assert len(few) == len(many)
    address = page.split('href="?before=')[1].split('"')[0]
    assert "回到第一页" in text(client, f"/desk/messages?before={address}")


def test_applicants_do_not_come_here() -> None:
    assert visitor(people.applicant_actor()).get("/desk/messages").status_code == 403
