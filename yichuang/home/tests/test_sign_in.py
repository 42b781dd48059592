"""Signing in and out: whoever may, nobody else, and never to a stranger's address."""

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from yichuang.directory.commands import save_staff
from yichuang.directory.models import Account, Post
from yichuang.directory.tests import factories as people
from yichuang.home.tests.visitors import browser, fault_links, ids, text
from yichuang.kernel.actor import SYSTEM

pytestmark = pytest.mark.django_db
PASSWORD = "an-example-of-a-password"


@pytest.fixture
def clerk() -> Account:
    """A clerk who has a password."""
    people.clerk()
    post = Post.objects.get(name="综窗工作人员")
    return save_staff(
        username="clerk.2", display_name="王示例", post_id=post.pk, password=PASSWORD, by=SYSTEM, at=people.AT
    )


@pytest.fixture
def company() -> Account:
    """An applicant's account with a password."""
    account = people.account_of(people.applicant_actor())
    account.set_password(PASSWORD)
    account.save()
    return account


def sign_in(client: Client, username: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/sign-in", {"username": username, "password": password} | more)


def test_staff_come_to_the_desk_and_applicants_to_their_cases(clerk: Account, company: Account) -> None:
    assert sign_in(Client(), clerk.username)["Location"] == "/desk"
    assert sign_in(Client(), company.username)["Location"] == "/my"


def test_the_session_begins_anew_and_ends_at_sign_out(clerk: Account) -> None:
    client = Client()
    client.get("/sign-in")
    sign_in(client, clerk.username)
    assert client.get("/desk").status_code == 200
    key = client.cookies["sessionid"].value
    assert client.post("/sign-out")["Location"] == "/"
    assert client.get("/desk").status_code == 302
    client.cookies["sessionid"] = key
    assert client.get("/desk").status_code == 302


def test_signing_out_is_posted() -> None:
    assert browser(people.clerk()).get("/sign-out").status_code == 405


@pytest.mark.parametrize(("username", "password"), [("clerk.2", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_pair_says_the_same_whatever_was_wrong(clerk: Account, username: str, password: str) -> None:
    response = sign_in(Client(), username, password)
    assert response.status_code == 422
    assert "账号或密码不正确。" in text(response)
    assert f'value="{username}"' in response.content.decode()
    assert PASSWORD not in response.content.decode()
    assert set(fault_links(response)) <= ids(response)


def test_who_was_sent_to_sign_in_comes_back_to_the_page(clerk: Account) -> None:
    client = Client()
    sent = client.get("/desk/search", {"q": "示例"})
    assert sent["Location"] == f"/sign-in?next={quote('/desk/search?q=' + quote('示例'), safe='')}"
    page = client.get(sent["Location"]).content.decode()
    assert 'name="next" value="/desk/search?q=%E7%A4%BA%E4%BE%8B"' in page
    back = sign_in(client, clerk.username, next="/desk/search?q=%E7%A4%BA%E4%BE%8B")
    assert back["Location"] == "/desk/search?q=%E7%A4%BA%E4%BE%8B"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://example.com/desk", "//example.com", "///example.com", "/\\example.com", "http:example.com",
        "javascript:alert(1)", "\thttps://example.com", "https://testserver@example.com/",
    ],
)  # fmt: skip
def test_nobody_is_led_to_another_site(clerk: Account, elsewhere: str) -> None:
    assert sign_in(Client(), clerk.username, next=elsewhere)["Location"] == "/desk"


def test_the_next_page_survives_a_wrong_password(clerk: Account) -> None:
    page = sign_in(Client(), clerk.username, "wrong", next="/desk/reports").content.decode()
    assert 'name="next" value="/desk/reports"' in page


def test_an_account_that_was_switched_off_looks_like_a_wrong_password(clerk: Account) -> None:
    Account.objects.filter(pk=clerk.pk).update(is_active=False)
    response = sign_in(Client(), clerk.username)
    assert response.status_code == 422
    assert "账号或密码不正确。" in text(response)


def test_rights_end_at_the_next_request(clerk: Account) -> None:
    client = Client()
    sign_in(client, clerk.username)
    Account.objects.filter(pk=clerk.pk).update(is_active=False)
    assert client.get("/desk").status_code == 302


def test_a_post_that_was_switched_off_is_said_instead_of_a_circle(clerk: Account) -> None:
    Post.objects.update(is_active=False)
    client = Client()
    response = sign_in(client, clerk.username)
    assert response.status_code == 422
    assert "岗位已停用" in text(response)
    assert "sessionid" not in client.cookies
    assert "岗位已停用" not in text(sign_in(client, clerk.username, "wrong"))


def test_an_account_of_demonstration_without_password_cannot_be_entered() -> None:
    people.clerk()
    for guess in ("", "!", "None"):
        assert sign_in(Client(), "clerk", guess).status_code == 422


@pytest.fixture
def _guarded(settings: Any) -> None:
    settings.AXES_ENABLED = True


@pytest.mark.usefixtures("_guarded")
def test_five_failures_close_the_door_for_a_while(clerk: Account) -> None:
    client = Client()
    answers = [sign_in(client, clerk.username, "wrong").status_code for _ in range(5)]
    assert answers[:4] == [422] * 4
    locked = sign_in(client, clerk.username)
    assert locked.status_code == 429
    assert "连续多次输入错误，请 15 分钟后再试。" in text(locked)
    assert client.get("/desk").status_code == 302
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert sign_in(elsewhere, clerk.username)["Location"] == "/desk"


@pytest.mark.usefixtures("_guarded")
def test_who_gets_it_right_in_time_is_not_locked(clerk: Account) -> None:
    client = Client()
    for _ in range(4):
        sign_in(client, clerk.username, "wrong")
    assert sign_in(client, clerk.username)["Location"] == "/desk"


def test_a_very_long_or_strange_name_is_only_wrong(clerk: Account) -> None:
    for name in ("长" * 5000, "a\x00b", "<script>"):
        response = sign_in(Client(), name)
        assert response.status_code == 422
        assert "<script>" not in response.content.decode().partition("<main")[2]
