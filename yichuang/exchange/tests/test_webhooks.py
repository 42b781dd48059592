"""Webhooks: told in order, once or again under the same identifier, never less; failures wait, end, and can be mended by people."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client

from yichuang.catalogue.tests.factories import departments
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.effects import webhooks as telling
from yichuang.effects.commands import drain_all
from yichuang.exchange.commands.webhooks import (
    Posted,
    WebhookForm,
    add_webhook,
    change_webhook,
    note_posted,
    renew_webhook_secret,
    replay_webhook,
    set_webhook_state,
)
from yichuang.exchange.flow import WebhookState
from yichuang.exchange.models import Webhook, WebhookPost
from yichuang.exchange.queries import webhooks as queries
from yichuang.exchange.rules.webhooks import kinds, pause_after, secret
from yichuang.gateways import outward
from yichuang.gateways.outward import Answered
from yichuang.intake.tests import factories as make
from yichuang.journal.queries import head
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused

AT = make.AT
ADDRESS = "https://hooks.example.com/x"

pytestmark = pytest.mark.django_db


def manager(everywhere: bool = True) -> Actor:
    """Somebody who may enter addresses."""
    office = departments()["centre_office" if everywhere else "water"]
    held = people.post(office, "接口岗", [Capability.EXCHANGE_MANAGE], everywhere=everywhere)
    return people.staff("exchange" if everywhere else "exchange.water", held)


def form(**changes: Any) -> WebhookForm:
    given: dict[str, Any] = {
        "name": "水务平台同步",
        "address": ADDRESS,
        "kinds": ["case.filed", "case.accepted"],
    }
    return WebhookForm(**given | changes)


def added(by: Actor | None = None, **changes: Any) -> Webhook:
    return add_webhook(form(**changes), key=make.key(), by=by or manager(), at=AT)


class Receiver:
    """What is posted, and what is answered to it."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, bytes, dict[str, str]]] = []
        self.answers: list[Answered] = []

    def post(self, address: str, body: bytes, headers: dict[str, str], *, reach: Any) -> Answered:
        self.posts.append((address, body, dict(headers)))
        return self.answers.pop(0) if self.answers else Answered(200)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for _, body, _ in self.posts for event in json.loads(body)["events"]]


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Receiver:
    made = Receiver()
    monkeypatch.setattr(outward, "post", made.post)
    return made


def file_and_seal(count: int = 1) -> list[UUID]:
    """Cases that are filed and sealed."""
    made = [make.filed(at=AT + timedelta(seconds=number)).case_id for number in range(count)]
    drain_all(at=AT)
    return made


def test_an_address_is_told_of_what_is_sealed_after_it_was_entered_and_of_nothing_else(
    receiver: Receiver,
) -> None:
    file_and_seal()
    one = added()
    assert queries.due(AT) == []
    assert telling.deliver(one.pk, at=AT) == 0
    (case,) = file_and_seal()
    assert queries.due(AT) == [one.pk]
    assert telling.deliver(one.pk, at=AT) == 1
    (event,) = receiver.events
    assert (event["type"], event["subject"]["id"], event["day"]) == ("case.filed", str(case), "2022-05-16")
    assert event["subject"]["number"].startswith("510000")
    assert "示例" not in receiver.posts[0][1].decode(), "nobody's name goes out"
    one.refresh_from_db()
    assert (one.told, one.seal, one.failures) == (1, head().number, 0)
    assert telling.deliver(one.pk, at=AT) == 0
    assert queries.due(AT) == []
    assert len(receiver.posts) == 1


def test_the_receiver_can_check_who_it_is_from(receiver: Receiver) -> None:
    one = added()
    file_and_seal()
    telling.deliver(one.pk, at=AT)
    ((_, body, headers),) = receiver.posts
    key = secret(settings.SECRET_KEY, one.pk, 1)
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"
    renew_webhook_secret(one.pk, seen=1, by=manager(), at=AT)
    one.refresh_from_db()
    assert secret(settings.SECRET_KEY, one.pk, one.secret_no) != key
    with pytest.raises(Conflict):
        renew_webhook_secret(one.pk, seen=1, by=manager(), at=AT)


def test_what_is_not_taken_is_sent_again_under_the_same_identifier_and_nothing_is_left_out(
    receiver: Receiver,
) -> None:
    one = added()
    cases = file_and_seal(3)
    receiver.answers = [Answered(503, "对方回答 503")]
    assert telling.deliver(one.pk, at=AT) == 0
    one.refresh_from_db()
    assert (one.failures, one.next_try_at, one.trouble) == (1, AT + pause_after(1), "对方回答 503")
    assert queries.due(AT) == []
    later = AT + pause_after(1)
    assert queries.due(later) == [one.pk]
    assert telling.deliver(one.pk, at=later) == 3
    assert receiver.posts[0][2]["webhook-id"] == receiver.posts[1][2]["webhook-id"]
    assert [event["subject"]["id"] for event in receiver.events[-3:]] == [
        str(case) for case in sorted(cases, key=str)
    ]
    one.refresh_from_db()
    assert (one.failures, one.failing_since, one.next_try_at, one.trouble, one.told) == (0, None, None, "", 3)
    assert [(post.status, post.facts) for post in queries.posts(one)] == [(200, 3), (503, 3)]


def test_many_facts_go_in_posts_of_a_hundred_and_rare_ones_are_looked_for_in_pieces(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, rare = added(), added(kinds=["case.terminated"])
    file_and_seal(5)
    monkeypatch.setattr(queries, "LOOKED_THROUGH", 2)
    monkeypatch.setattr(queries.next_facts, "__kwdefaults__", {"most": 2})
    assert telling.deliver(one.pk, at=AT) == 5
    assert len(receiver.posts) >= 3
    assert telling.deliver(rare.pk, at=AT) == 0
    rare.refresh_from_db()
    assert (rare.seal, rare.told) == (head().number, 0)
    assert queries.due(AT) == []


def test_after_three_days_or_when_it_is_gone_nothing_more_is_sent_until_somebody_starts_it_again(
    receiver: Receiver,
) -> None:
    one, gone = added(), added(name="撤销的平台")
    file_and_seal()
    at, tries = AT, 0
    while Webhook.objects.get(pk=one.pk).state == WebhookState.ACTIVE:
        receiver.answers = [Answered(0, "连接不上对方")]
        telling.deliver(one.pk, at=at)
        at += pause_after(tries + 1)
        tries += 1
    assert AT + timedelta(days=3) <= at <= AT + timedelta(days=3, hours=12)
    assert tries < 30
    receiver.answers = [Answered(410, "对方回答 410")]
    telling.deliver(gone.pk, at=AT)
    assert Webhook.objects.get(pk=gone.pk).state == WebhookState.SUSPENDED
    assert queries.due(at) == []
    by = manager()
    assert set_webhook_state(one.pk, active=False, by=by, at=at).state == WebhookState.SUSPENDED
    set_webhook_state(one.pk, active=True, by=by, at=at)
    assert telling.deliver(one.pk, at=at) == 1


def test_a_pause_keeps_everything_and_a_replay_tells_it_again(receiver: Receiver) -> None:
    by = manager()
    one = added(by)
    set_webhook_state(one.pk, active=False, by=by, at=AT)
    file_and_seal()
    assert queries.due(AT) == []
    assert telling.deliver(one.pk, at=AT) == 0
    set_webhook_state(one.pk, active=True, by=by, at=AT)
    assert telling.deliver(one.pk, at=AT) == 1
    for wrong in (0, head().number + 1):
        with pytest.raises(Invalid):
            replay_webhook(one.pk, seal=wrong, by=by, at=AT)
    replay_webhook(one.pk, seal=1, by=by, at=AT)
    assert telling.deliver(one.pk, at=AT) == 1
    first, again = receiver.events
    assert first == again, "the same event has the same identifier"


def test_whoever_was_overtaken_moves_nothing() -> None:
    """Two workers, or a worker and a person who sets it back: only the place that was read is moved on."""
    by = manager()
    one = added(by)
    file_and_seal()
    posted = Posted("1-0", 1, 200)
    assert note_posted(one, posted, place=(1, 0), at=AT)
    assert not note_posted(one, posted, place=(1, 0), at=AT)
    read = Webhook.objects.get(pk=one.pk)
    replay_webhook(one.pk, seal=1, by=by, at=AT)
    assert not note_posted(read, posted, place=(9, 9), at=AT)
    assert (Webhook.objects.get(pk=one.pk).seal, WebhookPost.objects.count()) == (1, 1)


def test_only_the_newest_posts_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yichuang.exchange.commands.webhooks.KEPT_POSTS", 3)
    one = added()
    for number in range(5):
        one = Webhook.objects.get(pk=one.pk)
        note_posted(one, Posted(f"1-{number}", 1, 200), place=(1, number), at=AT + timedelta(seconds=number))
    assert [post.first_place for post in queries.posts(one)] == ["1-4", "1-3", "1-2"]


def test_departments_bound_what_is_told_and_who_may_decide_about_it(receiver: Receiver) -> None:
    water, industry = departments()["water"].pk, departments()["industry"].pk
    local = manager(everywhere=False)
    elsewhere = added(departments=[industry])
    for wrong in ([], [industry], [water, industry]):
        with pytest.raises(Invalid) as problem:
            add_webhook(form(departments=wrong), key=make.key(), by=local, at=AT)
        assert set(problem.value.fields) == {"departments"}
    own = added(local, departments=[water])
    assert [one.pk for one in queries.webhooks(by=local)] == [own.pk]
    with pytest.raises(Missing):
        change_webhook(elsewhere.pk, form(departments=[water]), seen=1, by=local, at=AT)
    file_and_seal()
    case_department = make.offer().item.department_id
    told = {one.pk: telling.deliver(one.pk, at=AT) for one in (elsewhere, own)}
    assert told == {elsewhere.pk: int(case_department == industry), own.pk: int(case_department == water)}
    with pytest.raises(Refused):
        add_webhook(form(), key=make.key(), by=make.window_clerk(), at=AT)


def test_what_is_missing_is_asked_for_by_field_and_a_double_click_makes_one() -> None:
    by, key = manager(), make.key()
    with pytest.raises(Invalid) as problem:
        add_webhook(
            form(name=" ", kinds=["case.surprise"], trouble="找不到主机。"), key=make.key(), by=by, at=AT
        )
    assert set(problem.value.fields) == {"name", "address", "kinds"}
    one = add_webhook(form(), key=key, by=by, at=AT)
    assert add_webhook(form(), key=key, by=by, at=AT).pk == one.pk
    with pytest.raises(Conflict):
        add_webhook(form(name="别的"), key=key, by=by, at=AT)
    changed = change_webhook(one.pk, form(name="别的"), seen=1, by=by, at=AT)
    assert change_webhook(one.pk, form(name="别的"), seen=1, by=by, at=AT).edit == changed.edit == 2
    with pytest.raises(Conflict):
        change_webhook(one.pk, form(name="又改"), seen=1, by=by, at=AT)


def test_the_database_refuses_nonsense() -> None:
    one = added()
    nonsense: list[dict[str, Any]] = [{"state": "asleep"}, {"failures": 1}, {"position": -2}, {"kinds": []}]
    for wrong in nonsense:
        with pytest.raises(IntegrityError), transaction.atomic():
            Webhook.objects.filter(pk=one.pk).update(**wrong)


def test_every_kind_that_may_be_asked_for_has_a_name() -> None:
    assert {"case.filed", "case.decided", "reported.accepted", "reported.decided"} <= set(kinds())
    assert all(kinds().values())
    assert "case.proposed" not in kinds()


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr("config.front_door.now", lambda: AT)
    monkeypatch.setattr(outward, "_resolved", lambda host, port: ["93.184.216.34"])
    client = Client()
    client.force_login(people.account_of(manager()), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_from_entering_to_a_trial_through_the_pages(browser: Client, receiver: Receiver) -> None:
    entered = {"name": "水务平台", "address": ADDRESS, "kinds": ["case.filed"], "client_key": make.key()}
    wrong = browser.post("/desk/exchange/webhooks/new", {**entered, "address": "http://hooks.example.com/"})
    assert wrong.status_code == 422
    assert "必须使用 https" in wrong.content.decode()
    assert "水务平台" in wrong.content.decode()
    made = browser.post("/desk/exchange/webhooks/new", entered)
    assert made.status_code == 302
    shown = browser.get(made["Location"])
    assert "whsec_" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    for answer, words in (
        (Answered(200), "试推成功"),
        (Answered(0, "对方没有在时限内应答"), "没有在时限内应答"),
    ):
        receiver.answers = [answer]
        assert words in browser.post(f"{made['Location']}/ping", follow=True).content.decode()
    assert json.loads(receiver.posts[0][1])["events"] == []
    assert (
        "已暂停" in browser.post(f"{made['Location']}/switch", {"active": "0"}, follow=True).content.decode()
    )
    refused = browser.post(f"{made['Location']}/replay", {"seal": "99"})
    assert refused.status_code == 422
    assert "水务平台" in browser.get("/desk/exchange/webhooks").content.decode()


def test_the_clock_of_tries() -> None:
    pauses = [pause_after(number) for number in range(1, 40)]
    assert pauses[:4] == [
        timedelta(seconds=30),
        timedelta(minutes=1),
        timedelta(minutes=2),
        timedelta(minutes=4),
    ]
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(hours=6)
    assert isinstance(AT, datetime)
