"""Webhooks over a real wire: a receiver on this machine that answers well, badly, slowly, elsewhere or not at all."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import settings as site

from yichuang.effects.webhooks import deliver
from yichuang.exchange.flow import WebhookState
from yichuang.exchange.models import Webhook, WebhookPost
from yichuang.exchange.queries import webhooks as queries
from yichuang.exchange.rules.webhooks import pause_after, secret
from yichuang.exchange.tests.test_webhooks import AT, added, file_and_seal
from yichuang.gateways import outward
from yichuang.gateways.outward import Answered, Reach, reach_of

HOME = ["127.0.0.0/8"]
Answer = Callable[[BaseHTTPRequestHandler], None]


def says(status: int, **headers: str) -> Answer:
    """An answer of this status."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()

    return answer


def raw(data: bytes) -> Answer:
    """These bytes as the answer, whatever they are."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(data)

    return answer


@dataclass
class Wire:
    """The receiver: what arrived, and what it will answer (200 when nothing is left)."""

    port: int = 0
    posts: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def address(self, path: str = "/hooks?from=示例") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for _, _, body in self.posts for event in json.loads(body)["events"]]


@pytest.fixture
def wire(settings: Any) -> Iterator[Wire]:
    settings.WEBHOOK_NETWORKS = HOME
    made = Wire()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.posts.append(
                (self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            )
            (made.answers.pop(0) if made.answers else says(200))(self)

        def do_GET(self) -> None:
            made.asked.append(self.path)
            says(200)(self)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.django_db
def test_what_arrives_is_signed_whole_and_can_be_repeated(wire: Wire) -> None:
    one = added(address=wire.address())
    cases = file_and_seal(3)
    wire.answers = [says(503), says(200)]
    assert deliver(one.pk, at=AT) == 0
    later = AT + pause_after(1)
    assert deliver(one.pk, at=later) == 3
    (path, first, body), (_, again, same) = wire.posts
    assert path == "/hooks?from=%E7%A4%BA%E4%BE%8B"
    assert first["webhook-id"] == again["webhook-id"]
    assert json.loads(body)["events"] == json.loads(same)["events"]
    assert {event["subject"]["id"] for event in json.loads(body)["events"]} == {str(case) for case in cases}

    def signed(headers: dict[str, str], content: bytes) -> bool:
        key = secret(site.SECRET_KEY, one.pk, 1)
        text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + content
        mac = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
        return hmac.compare_digest(headers["webhook-signature"], f"v1,{mac}")

    assert signed(first, body)
    assert signed(again, same)
    assert not signed(first, body + b" "), "a changed body"
    assert not signed(first | {"webhook-timestamp": "1"}, body), "another moment"
    assert not signed(first | {"webhook-id": "other"}, body), "another identifier"
    assert first["host"] == f"127.0.0.1:{wire.port}"
    assert "示例" not in body.decode(), "nobody's name"
    assert not {"cookie", "authorization"} & set(first)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (says(302, Location="http://127.0.0.1/secret"), 302, "302"), (says(307, Location="/hooks"), 307, "307"), (says(404), 404, "404"),
        (says(500), 500, "500"), (raw(b""), 0, "连接不上"), (raw(b"garbage\r\n\r\n"), 0, "连接不上"), (raw(b"HTTP/1.1 2x0 OK\r\n\r\n"), 0, "连接不上"),
        (raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"), 0, "连接不上"), (raw(b"HTTP/1.1 200 " + b"x" * 70_000), 0, "连接不上"),
        (raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000), 0, "连接不上"),
    ],
)  # fmt: skip
def test_what_is_not_taken_is_noted_and_tried_later(
    wire: Wire, answer: Answer, status: int, words: str
) -> None:
    one = added(address=wire.address("/hooks"))
    file_and_seal()
    wire.answers = [answer]
    assert deliver(one.pk, at=AT) == 0
    one.refresh_from_db()
    assert (one.failures, one.told, one.state, one.next_try_at) == (
        1,
        0,
        WebhookState.ACTIVE,
        AT + pause_after(1),
    )
    assert words in one.trouble
    assert [(post.status, post.facts) for post in queries.posts(one)] == [(status, 1)]
    assert (len(wire.posts), wire.asked) == (1, []), "no redirection is followed"


@pytest.mark.django_db
def test_a_receiver_that_is_gone_is_left_alone_and_one_that_is_away_waits(wire: Wire) -> None:
    gone, away = added(address=wire.address()), added(name="离线平台", address="http://127.0.0.1:1/x")
    file_and_seal()
    wire.answers = [says(410)]
    assert [deliver(one.pk, at=AT) for one in (gone, away)] == [0, 0]
    states = dict(Webhook.objects.values_list("pk", "state"))
    assert states == {gone.pk: WebhookState.SUSPENDED, away.pk: WebhookState.ACTIVE}
    assert deliver(gone.pk, at=AT + timedelta(days=1)) == 0
    assert len(wire.posts) == 1
    assert queries.due(AT + timedelta(days=1)) == [away.pk]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1", "0.0.0.0", "[::]"]
)  # fmt: skip
def test_nothing_is_posted_inside_unless_the_installation_says_so(
    wire: Wire, settings: Any, host: str
) -> None:
    """The broken variant: with the network allowed the same address is reached."""
    address = f"http://{host}:{wire.port}/x"
    one = added(address=address)
    file_and_seal()
    settings.WEBHOOK_NETWORKS = []
    assert deliver(one.pk, at=AT) == 0
    assert wire.posts == []
    assert "公网" in Webhook.objects.get(pk=one.pk).trouble
    answered = outward.post(address, b"{}", {}, reach=reach_of(["0.0.0.0/8", *HOME]))
    if host not in ("[::]", "localhost"):
        assert (answered.status, len(wire.posts)) == (200, 1)


def test_a_name_that_turns_inside_after_it_was_judged_changes_nothing(wire: Wire) -> None:
    """DNS rebinding: the second answer would lead here; there is no second question."""
    answers = [["93.184.216.34"], ["127.0.0.1"]]
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers.pop(0)

    name = f"https://rebind.example.com:{wire.port}/x"
    assert outward.check(name, Reach((), resolve)) == "93.184.216.34"
    assert asked == ["rebind.example.com"]
    with pytest.raises(outward.Forbidden):
        outward.check(name, Reach((), resolve))
    mixed = Reach((), lambda host, port: ["93.184.216.34", "127.0.0.1"])
    assert outward.post(name, b"{}", {}, reach=mixed).status == 0
    assert wire.posts == []


@pytest.mark.parametrize(
    "path", ["/推送", "/a b".replace(" ", "%20"), "/x?名=值&y=%2F", "/\u200b", "/\U0001f600", "/[x]", "/é", "/x?a=\ud800"]
)  # fmt: skip
def test_no_address_that_can_be_typed_makes_it_raise(wire: Wire, path: str) -> None:
    """Signs beyond ASCII go in per cent signs; what is already so stays. The broken variant raised instead of answering."""
    try:
        answered = outward.post(wire.address(path), b"{}", {}, reach=reach_of(HOME))
    except UnicodeEncodeError:
        assert "\ud800" in path, "half a character comes from no form and no database"
        return
    assert answered == Answered(200)
    (sent, _, _) = wire.posts[0]
    assert sent.isascii()
    assert sent.startswith("/")


@pytest.mark.parametrize("path", ["/x\r\nX-Evil: 1", "/x\nGET /y", "/x y", "/\x00", "/x\x7f", "/x#y"])
def test_no_line_is_smuggled_into_a_request(wire: Wire, path: str) -> None:
    assert outward.post(wire.address(path), b"{}", {}, reach=reach_of(HOME)).status == 0
    assert wire.posts == []


def test_drop_by_drop_is_cut_off_and_an_endless_answer_is_not_read(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()

    def dripping(handler: BaseHTTPRequestHandler) -> None:
        for _ in range(100):
            if stop.wait(0.05):
                return
            handler.wfile.write(b"H")

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not stop.is_set():
            handler.wfile.write(b"x" * 65_536)

    monkeypatch.setattr(outward, "WHOLE_SECONDS", 0.3)
    begun = time.monotonic()
    wire.answers = [dripping, endless]
    assert outward.post(wire.address("/x"), b"{}", {}, reach=reach_of(HOME)).status == 0
    assert time.monotonic() - begun < 3
    # What is answered at once is heard also where a busy machine keeps the other side waiting for its turn.
    monkeypatch.setattr(outward, "WHOLE_SECONDS", 30)
    assert outward.post(wire.address("/x"), b"{}", {}, reach=reach_of(HOME)).is_taken
    stop.set()
    monkeypatch.setattr(outward, "WHOLE_SECONDS", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        begun = time.monotonic()
        answered = outward.post(
            f"http://127.0.0.1:{silent.getsockname()[1]}/", b"{}", {}, reach=reach_of(HOME)
        )
        assert (answered.status, time.monotonic() - begun < 3) == (0, True)


@pytest.mark.django_db
def test_one_that_answers_while_it_is_paused_or_set_back_moves_nothing(wire: Wire) -> None:
    """Somebody pauses the address while the post is under way: taken or not, its place is the one that was set."""
    one = added(address=wire.address())
    file_and_seal(2)
    place = (one.seal, one.position)
    posts = WebhookPost.objects.count()
    real = outward.post

    def paused_meanwhile(*given: Any, **named: Any) -> Answered:
        Webhook.objects.filter(pk=one.pk).update(state=WebhookState.PAUSED, edit=2)
        return real(*given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outward, "post", paused_meanwhile)
        assert deliver(one.pk, at=AT) == 0
    one.refresh_from_db()
    assert (one.seal, one.position, one.told, WebhookPost.objects.count()) == (*place, 0, posts)
    Webhook.objects.filter(pk=one.pk).update(state=WebhookState.ACTIVE)
    assert deliver(one.pk, at=AT) == 2
    assert len(wire.posts) == 2, "told twice, under the same identifier, rather than never"
    assert wire.posts[0][1]["webhook-id"] == wire.posts[1][1]["webhook-id"]
