"""The administrator's pages: departments, posts, staff, and their history."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from yichuang.directory import queries
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, Department, Post
from yichuang.directory.pages.posts import grouped
from yichuang.directory.tests import factories as people
from yichuang.directory.tests.factories import AT, PROVINCE
from yichuang.kernel import sql
from yichuang.kernel.keys import uuid7

pytestmark = pytest.mark.django_db
MANAGE = [Capability.DIRECTORY_MANAGE]
BACKEND = "django.contrib.auth.backends.ModelBackend"
PASSWORD = "fern-harbour-42"
DEPARTMENT = {
    "name": "示例商务厅",
    "code": "commerce",
    "kind": "provincial",
    "region": PROVINCE,
    "is_active": "yes",
}


def browser(username: str = "admin", *, everywhere: bool = True) -> Client:
    where = people.department("示例办公室", "901", "") if everywhere else people.department()
    client = Client()
    held = people.post(where, f"管理员{everywhere}", MANAGE, everywhere=everywhere)
    client.force_login(people.account_of(people.staff(username, held)), backend=BACKEND)
    return client


def words(response: Any) -> str:
    return " ".join(strip_tags(response.content.decode().replace("<", " <")).split())


def addresses() -> list[str]:
    actor = people.reviewer()
    account = people.account_of(actor)
    return [
        "/desk/directory", "/desk/directory.csv", "/desk/directory/new", "/desk/directory/staff",
        "/desk/directory/staff.csv", f"/desk/directory/departments/{actor.department_id}",
        f"/desk/directory/departments/{actor.department_id}/edit",
        f"/desk/directory/departments/{actor.department_id}/posts/new",
        f"/desk/directory/departments/{actor.department_id}/staff/new", f"/desk/directory/posts/{account.post_id}",
        f"/desk/directory/staff/{account.pk}",
    ]  # fmt: skip


def test_every_page_opens_for_the_administrator_and_for_nobody_else() -> None:
    client, other = browser(), Client()
    other.force_login(people.account_of(people.clerk()), backend=BACKEND)
    for address in addresses():
        assert client.get(address).status_code == 200, address
        assert other.get(address).status_code == 403, address
        assert Client().get(address).status_code == 302, address


def test_what_is_not_within_reach_looks_like_what_is_not_there() -> None:
    client = browser("local", everywhere=False)
    elsewhere = people.department("示例商务厅", "125", "")
    foreign = people.post(elsewhere, "审查岗", [Capability.CASE_REVIEW])
    somebody = people.staff("somebody", foreign)
    for address in (
        f"departments/{elsewhere.pk}", f"departments/{elsewhere.pk}/edit", f"departments/{elsewhere.pk}/posts/new",
        f"departments/{elsewhere.pk}/staff/new", f"posts/{foreign.pk}", f"staff/{somebody.id}", f"posts/{uuid7(AT)}",
        f"staff/{uuid7(AT)}", f"departments/{uuid7(AT)}",
    ):  # fmt: skip
        assert client.get(f"/desk/directory/{address}").status_code == 404, address
    listed = client.get("/desk/directory")
    assert "示例商务厅" in words(listed)
    assert f"/desk/directory/departments/{elsewhere.pk}" not in listed.content.decode()
    assert "新增部门" not in words(listed)
    assert client.post("/desk/directory/new", DEPARTMENT).status_code == 403


def test_a_department_is_added_and_its_history_says_what_changed() -> None:
    client = browser()
    people.province()
    assert client.post("/desk/directory/new", DEPARTMENT).status_code == 302
    made = Department.objects.get(code="commerce")
    address = f"/desk/directory/departments/{made.pk}"
    changed = {
        **DEPARTMENT,
        "name": "示例商务局",
        "short_name": "商务局",
        "number_code": "777",
        "is_active": "",
    }
    assert client.post(f"{address}/edit", changed).status_code == 302
    text = words(client.get(address))
    assert "名称由「示例商务厅」改为「示例商务局」" in text
    assert "启用由「是」改为「否」" in text
    made.refresh_from_db()
    assert (made.number_code, made.is_active) == ("500", False)
    assert "示例商务局" not in words(client.get("/desk/directory"))
    assert "示例商务局" in words(client.get("/desk/directory?all=1"))


def test_a_faulty_department_comes_back_as_it_was_typed() -> None:
    response = browser().post(
        "/desk/directory/new", {**DEPARTMENT, "region": "51", "code": "", "document_word": "川示"}
    )
    html = response.content.decode()
    assert response.status_code == 422
    assert 'href="#f-region"' in html
    assert 'href="#f-code"' in html
    assert 'value="川示"' in html


def test_the_lists_search_page_and_export() -> None:
    client = browser()
    for number in range(51):
        people.department(f"示例{number:02d}局", f"{number + 200}", "")
    first = client.get("/desk/directory").content.decode()
    following = first.partition("after=")[2].partition('"')[0]
    assert "示例49局" in first
    assert "示例50局" not in first
    assert "示例50局" in words(client.get(f"/desk/directory?after={following}"))
    assert "示例07局" in words(client.get("/desk/directory?q=07局"))
    assert "没有找到「没有的局」" in words(client.get("/desk/directory?q=没有的局"))
    rows = b"".join(client.get("/desk/directory.csv").streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(rows) == 1 + 51 + 1
    people.reviewer()
    staff = b"".join(client.get("/desk/directory/staff.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "reviewer,reviewer（示例）,水利厅,审查岗,在用" in staff
    assert "没有找到「无」" in words(client.get("/desk/directory/staff?q=无"))


def test_lists_need_as_many_statements_for_many_as_for_one() -> None:
    client = browser()
    where = people.department()

    def count(address: str) -> int:
        with sql.counting() as statements:
            client.get(address)
        return len(statements)

    addresses = ("/desk/directory", "/desk/directory/staff", f"/desk/directory/departments/{where.pk}")
    people.reviewer()
    before = [count(address) for address in addresses]
    for number in range(9):
        people.department(f"示例{number}局", f"{number + 100}", "")
        people.staff(f"staff{number}", people.post(where, f"岗{number}", [Capability.CASE_REVIEW]))
    assert [count(address) for address in addresses] == before
    assert max(before) <= 8


def test_every_capability_of_staff_can_be_ticked_once() -> None:
    offered = [value for _, _, options in grouped() for value, _ in options]
    assert sorted(offered) == sorted(set(Capability) - {Capability.CASE_APPLY})


def ticked(html: str) -> list[str]:
    return re.findall(r'name="capabilities" value="([a-z._]+)" id="[a-z-]+[0-9]*" checked', html)


def test_a_post_is_added_and_changed_and_its_history_says_what_was_given_and_taken() -> None:
    client = browser()
    where = people.department()
    given = {"name": "审查岗", "capabilities": ["case.review", "case.claim"], "is_active": "yes"}
    assert client.post(f"/desk/directory/departments/{where.pk}/posts/new", given).status_code == 302
    post = Post.objects.get(name="审查岗")
    address = f"/desk/directory/posts/{post.pk}"
    assert ticked(client.get(address).content.decode()) == ["case.claim", "case.review"]
    changed = {**given, "capabilities": ["case.review", "case.pause"]}
    assert client.post(address, changed).status_code == 302
    text = words(client.get(address))
    assert "授予：启动、结束特别程序" in text
    assert "收回：领取待办" in text


def test_a_faulty_post_keeps_its_ticks() -> None:
    where = people.department()
    response = browser().post(
        f"/desk/directory/departments/{where.pk}/posts/new",
        {"name": " ", "capabilities": ["case.review", "root"]},
    )
    html = response.content.decode()
    assert response.status_code == 422
    assert 'href="#f-name"' in html
    assert 'href="#f-capabilities"' in html
    assert ticked(html) == ["case.review"]


def test_the_own_post_and_the_own_account_are_shown_but_not_changed() -> None:
    client = browser()
    account = Account.objects.get(username="admin")
    post = client.get(f"/desk/directory/posts/{account.post_id}")
    assert "要由另一位管理员修改" in words(post)
    assert "确认保存岗位" not in words(post)
    more = {"name": "管理员True", "capabilities": ["directory.manage", "journal.audit"], "is_active": "yes"}
    assert client.post(f"/desk/directory/posts/{account.post_id}", more).status_code == 403
    mine = client.get(f"/desk/directory/staff/{account.pk}")
    assert "重设密码" not in words(mine)
    assert (
        client.post(f"/desk/directory/staff/{account.pk}/password", {"password": PASSWORD}).status_code == 403
    )
    given = {"display_name": "x", "post": str(account.post_id)}
    assert client.post(f"/desk/directory/staff/{account.pk}", given).status_code == 403
    assert not queries.actor_of(account.pk).can(Capability.JOURNAL_AUDIT)


def test_staff_are_added_moved_and_switched_off() -> None:
    client = browser()
    where = people.department()
    review, decide = (people.post(where, name, []) for name in ("审查岗", "负责人"))
    new = {"username": "zhang.shili", "display_name": "张示例", "post": str(review.pk), "password": PASSWORD}
    assert client.post(f"/desk/directory/departments/{where.pk}/staff/new", new).status_code == 302
    account = Account.objects.get(username="zhang.shili")
    assert Client().post("/sign-in", {"username": "zhang.shili", "password": PASSWORD}).status_code == 302
    address = f"/desk/directory/staff/{account.pk}"
    assert client.post(address, {"display_name": "张示例", "post": str(decide.pk)}).status_code == 302
    text = words(client.get(address))
    assert "岗位由「水利厅 审查岗」改为「水利厅 负责人」；启用由「是」改为「否」" in text
    assert "已停用" in text
    account.refresh_from_db()
    assert (account.post_id, account.is_active) == (decide.pk, False)


def test_a_new_password_ends_every_session() -> None:
    account = people.account_of(people.clerk())
    theirs = Client()
    theirs.force_login(account, backend=BACKEND)
    assert theirs.get("/desk").status_code == 200
    client = browser()
    address = f"/desk/directory/staff/{account.pk}/password"
    for weak in ("", "short", "12345678901"):
        refused = client.post(address, {"password": weak})
        assert refused.status_code == 422
        assert 'href="#f-password"' in refused.content.decode()
    assert client.post(address, {"password": PASSWORD}).status_code == 302
    assert theirs.get("/desk").status_code == 302
    assert "重设了密码" in words(client.get(f"/desk/directory/staff/{account.pk}"))
    assert PASSWORD not in client.get(f"/desk/directory/staff/{account.pk}").content.decode()


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("username", "张", 422),
        ("display_name", "", 422),
        ("post", "", 422),
        ("post", "x", 404),
        ("password", "abc", 422),
    ],
)
def test_a_faulty_member_of_staff_comes_back_as_typed(field: str, value: str, status: int) -> None:
    where = people.department()
    post = people.post(where, "审查岗", [])
    new = {
        "username": "zhang.shili",
        "display_name": "张示例",
        "post": str(post.pk),
        "password": PASSWORD,
        field: value,
    }
    response = browser().post(f"/desk/directory/departments/{where.pk}/staff/new", new)
    assert response.status_code == status
    assert PASSWORD not in response.content.decode()
    assert not Account.objects.filter(username="zhang.shili").exists()
    if status == 422:
        assert f'href="#f-{field}"' in response.content.decode()


def test_a_department_without_anything_says_how_to_begin() -> None:
    where = people.department()
    text = words(browser().get(f"/desk/directory/departments/{where.pk}"))
    assert "还没有岗位。先设岗位" in text
    assert "先设一个岗位" in text
    assert "新增人员" not in text
