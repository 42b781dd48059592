"""Posting outward: nothing inside is reached by any spelling, the answer is bounded, the signature is the standard's."""

import base64
import hashlib
import hmac
import ipaddress
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from yichuang.gateways import outward
from yichuang.gateways.outward import Answered, Forbidden, Reach, check, post, signature

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
INSIDE = Reach(LOOPBACK)
# Each of them is this machine, its neighbours or nobody, however it is written.
INWARD = (
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
    "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2001:0:0:0:0:0:80ff:fffe",
)  # fmt: skip


def named(*addresses: str, inside: Any = ()) -> Reach:
    """A reach in which every name has these addresses."""
    return Reach(inside, lambda host, port: list(addresses))


def refused(address: str, reach: Reach) -> str:
    """Why nothing may be posted there; empty where it may."""
    try:
        check(address, reach)
    except Forbidden as problem:
        return str(problem)
    return ""


@pytest.mark.parametrize("address", INWARD)
def test_no_spelling_of_an_inner_address_is_reached(address: str) -> None:
    assert refused("https://hooks.example.com/x", named(address))
    assert refused("https://hooks.example.com/x", named("93.184.216.34", address)), (
        "one public address excuses nothing"
    )
    assert not post("https://hooks.example.com/x", b"", {}, reach=named(address)).is_taken


def test_the_trial_finds_a_reach_that_looks_at_the_outside_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outward, "_undressed", lambda address: address)
    assert any(not refused("https://hooks.example.com/x", named(one)) for one in INWARD)


def test_public_hosts_are_reached_by_https_only() -> None:
    assert check("https://hooks.example.com/x", named("93.184.216.34")) == "93.184.216.34"
    assert check("https://hooks.example.com:8443/x", named("2606:2800:220:1::1")) == "2606:2800:220:1::1"
    assert "https" in refused("http://hooks.example.com/x", named("93.184.216.34"))
    assert check("http://hooks.example.com/x", named("127.0.0.1", inside=LOOPBACK)) == "127.0.0.1"


@pytest.mark.parametrize(
    "address",
    [
        "", "ftp://example.com/", "file:///etc/passwd", "//example.com", "https://", "https://user@example.com/",
        "https://user:word@example.com/", "https://example.com/#part", "https://example.com:99999/", "https://exa mple.com/",
        "https://example.com/\r\nHost: other", "https://example.com/" + "x" * 500, "https://[::1", "gopher://example.com",
    ],
)  # fmt: skip
def test_an_address_of_another_shape_is_refused_in_words(address: str) -> None:
    assert refused(address, named("93.184.216.34")).endswith("。")


def test_a_name_nobody_knows_is_told() -> None:
    assert "找不到" in refused("https://nowhere.example.com/", named())
    assert outward._resolved("no-such-host.invalid", 443) == []


class Receiver(BaseHTTPRequestHandler):
    """Takes what is posted and answers as the path says."""

    seen: list[tuple[str, dict[str, str], bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, dict(self.headers), body))
        status = int(self.path.strip("/").partition("?")[0] or "200")
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/200")
        self.end_headers()
        self.wfile.write(b"x" * 200_000)

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def receiver() -> Iterator[str]:
    Receiver.seen = []
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_is_posted_arrives_under_the_name_and_success_is_told(receiver: str) -> None:
    port = receiver.rpartition(":")[2]
    asked = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    answered = post(
        f"http://hooks.example.com:{port}/200?a=1", b"{}", {"X-A": "b"}, reach=Reach(LOOPBACK, resolve)
    )
    assert answered == Answered(200)
    assert answered.is_taken
    (path, headers, body), *more = Receiver.seen
    assert (path, body, more) == ("/200?a=1", b"{}", [])
    assert headers["Host"] == f"hooks.example.com:{port}"
    assert headers["X-A"] == "b"
    assert asked == ["hooks.example.com"], "the name is resolved once: what was judged is what is spoken to"


@pytest.mark.parametrize("status", [302, 404, 410, 500])
def test_anything_but_success_is_no_success_and_no_redirection_is_followed(
    receiver: str, status: int
) -> None:
    answered = post(f"{receiver}/{status}", b"", {}, reach=INSIDE)
    assert (answered.status, answered.is_taken) == (status, False)
    assert str(status) in answered.trouble
    assert len(Receiver.seen) == 1


def test_nobody_there_is_told_in_words() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    answered = post(f"http://127.0.0.1:{port}/", b"", {}, reach=INSIDE)
    assert answered.status == 0
    assert "连接不上" in answered.trouble


def test_whoever_answers_drop_by_drop_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outward, "WHOLE_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answered = post(f"http://127.0.0.1:{port}/", b"", {}, reach=INSIDE)
    assert answered.status == 0


def test_the_signature_is_that_of_the_standard() -> None:
    made = signature(b"secret", message_id="msg_1", seconds=1_700_000_000, body=b'{"a":1}')
    mac = hmac.new(b"secret", b'msg_1.1700000000.{"a":1}', hashlib.sha256).digest()
    assert made == "v1," + base64.b64encode(mac).decode()
    assert made != signature(b"secret", message_id="msg_1", seconds=1_700_000_001, body=b'{"a":1}')
