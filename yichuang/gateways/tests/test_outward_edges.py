"""Posting outward at its edges: networks of one's own, addresses dressed up as others, paths in Chinese, answers without an end."""

import ipaddress
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.gateways import outward
from yichuang.gateways.outward import (
    ANSWER_BYTES,
    LONGEST_ADDRESS,
    Answered,
    Forbidden,
    Reach,
    check,
    post,
    reach_of,
    signature,
)

PUBLIC = "93.184.216.34"
LOCAL = Reach((ipaddress.ip_network("127.0.0.0/8"),), lambda host, port: ["127.0.0.1"])
V4 = st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address)


def dressed(address: ipaddress.IPv4Address) -> list[ipaddress.IPv6Address]:
    """The IPv6 addresses that stand for an IPv4 one: mapped, 6to4, Teredo, NAT64."""
    whole = int(address)
    return [
        ipaddress.IPv6Address(0xFFFF << 32 | whole), ipaddress.IPv6Address(0x2002 << 112 | whole << 80 | 1),
        ipaddress.IPv6Address(0x20010000 << 96 | ~whole & 0xFFFFFFFF), ipaddress.IPv6Address((0x64FF9B << 96) | whole),
    ]  # fmt: skip


@given(V4)
def test_an_address_is_judged_alike_in_every_dress(address: ipaddress.IPv4Address) -> None:
    plain, own = Reach(), reach_of([f"{address}/32"])
    for one in dressed(address):
        assert plain.allows(one) == plain.allows(address), one
        assert own.allows(one)
        assert own.is_inside(one)
        assert not plain.is_inside(one)


@given(V4, st.integers(8, 32))
def test_a_network_of_ones_own_reaches_itself_and_nothing_more_inside(
    address: ipaddress.IPv4Address, length: int
) -> None:
    network = ipaddress.ip_network((int(address) >> (32 - length) << (32 - length), length))
    reach = reach_of([str(network)])
    assert reach.allows(network[0])
    assert reach.allows(network[-1])
    for beyond in (int(network[0]) - 1, int(network[-1]) + 1):
        if 0 <= beyond < 2**32:
            outside = ipaddress.IPv4Address(beyond)
            assert reach.allows(outside) == Reach().allows(outside)
            assert not reach.is_inside(outside)


@pytest.mark.parametrize("words", ["10.0.0.0/33", "10.0.0.1/8", "all", "", "10.0.0.0/8 ", "::/129", "10.0.0"])
def test_what_is_no_network_is_refused_when_the_installation_starts(words: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        reach_of([words])


def test_plain_http_needs_every_address_inside() -> None:
    inside = (ipaddress.ip_network("10.0.0.0/8"),)
    assert (
        check("http://a.example.com/", Reach(inside, lambda host, port: ["10.0.0.1", "10.0.0.2"]))
        == "10.0.0.1"
    )
    with pytest.raises(Forbidden, match="https"):
        check("http://a.example.com/", Reach(inside, lambda host, port: ["10.0.0.1", PUBLIC]))
    assert check("https://a.example.com/", Reach(inside, lambda host, port: [PUBLIC, "10.0.0.1"])) == PUBLIC


def test_a_zone_behind_an_address_changes_nothing() -> None:
    with pytest.raises(Forbidden, match="公网"):
        check("https://a.example.com/", Reach((), lambda host, port: ["fe80::1%eth0"]))


@pytest.mark.parametrize("port", [0, 1, 443, 65535])
def test_the_port_is_that_of_the_address(port: int) -> None:
    asked: list[tuple[str, int]] = []

    def resolve(host: str, number: int) -> list[str]:
        asked.append((host, number))
        return [PUBLIC]

    check(f"https://A.Example.com:{port}/", Reach((), resolve))
    assert asked == [("a.example.com", port or 443)]


def test_an_address_may_be_as_long_as_it_may_and_no_longer() -> None:
    reach = Reach((), lambda host, port: [PUBLIC])
    start = "https://a.example.com/"
    assert check(start + "x" * (LONGEST_ADDRESS - len(start)), reach) == PUBLIC
    with pytest.raises(Forbidden, match=str(LONGEST_ADDRESS)):
        check(start + "x" * (LONGEST_ADDRESS - len(start) + 1), reach)


@given(st.characters(max_codepoint=127))
def test_no_sign_that_could_end_a_line_stands_in_an_address(sign: str) -> None:
    try:
        check(f"https://a.example.com/{sign}x", Reach((), lambda host, port: [PUBLIC]))
    except Forbidden:
        assert ord(sign) <= 32 or ord(sign) == 127 or sign == "#"
    else:
        assert 32 < ord(sign) < 127


def asked(caller: socket.socket) -> bytes:
    """A whole request, head and body: they come apart, and who closes on what he has not read cuts his own answer off.

    Of what is no request, a TLS hello, the first that comes.
    """
    head = caller.recv(65_536)
    while head.startswith(b"POST") and b"\r\n\r\n" not in head and (more := caller.recv(65_536)):
        head += more
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    body = head.partition(b"\r\n\r\n")[2]
    while length and len(body) < int(length[1]) and (more := caller.recv(65_536)):
        head, body = head + more, body + more
    return head


@contextmanager
def answering(said: bytes, heard: list[bytes]) -> Iterator[int]:
    """A receiver that says these bytes to one caller, whatever is asked; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            caller, _ = server.accept()
            with caller:
                heard.append(asked(caller))
                try:
                    caller.sendall(said)
                except OSError:
                    heard.append(b"cut")

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204), (b"HTTP/1.1 299 Fine\r\nContent-Length: 0\r\n\r\n", 299), (b"HTTP/1.1 300 Many\r\nContent-Length: 0\r\n\r\n", 300),
        (b"nonsense\r\n\r\n", 0), (b"", 0), (b"HTTP/1.1 abc\r\n\r\n", 0), (b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nshort", 200),
    ],
)  # fmt: skip
def test_every_answer_becomes_words_and_never_an_error(said: bytes, status: int) -> None:
    heard: list[bytes] = []
    with answering(said, heard) as port:
        answered = post(f"http://hooks.example.com:{port}/", b"{}", {}, reach=LOCAL)
    assert (answered.status, answered.is_taken) == (status, 200 <= status < 300)
    assert bool(answered.trouble) == (not answered.is_taken)


def test_an_answer_without_an_end_is_read_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outward, "WHOLE_SECONDS", 5.0)
    heard: list[bytes] = []
    with answering(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (ANSWER_BYTES * 40), heard) as port:
        assert post(f"http://hooks.example.com:{port}/", b"", {}, reach=LOCAL) == Answered(200)


def test_a_path_in_chinese_goes_in_per_cent_signs_and_a_quoted_one_as_it_is() -> None:
    heard: list[bytes] = []
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", heard) as port:
        post(f"http://hooks.example.com:{port}/办件/%E5%8A%9E?号=1&b=[2]", b"", {}, reach=LOCAL)
    first = heard[0].split(b"\r\n")[0].decode("ascii")
    assert first == "POST /%E5%8A%9E%E4%BB%B6/%E5%8A%9E?%E5%8F%B7=1&b=[2] HTTP/1.1"
    assert f"Host: hooks.example.com:{port}".encode() in heard[0]
    assert b"User-Agent: yichuang-webhook/1" in heard[0]


def test_a_receiver_without_a_sound_certificate_is_told_nothing() -> None:
    heard: list[bytes] = []
    with answering(b"HTTP/1.1 200 OK\r\n\r\n", heard) as port:
        answered = post(
            f"https://hooks.example.com:{port}/", b"secret body", {"X": "secret head"}, reach=LOCAL
        )
    assert answered.status == 0
    assert "证书无效" in answered.trouble or "连接不上" in answered.trouble
    assert b"secret" not in b"".join(heard)


@given(st.binary(max_size=40), st.text(max_size=20), st.integers(0, 2**40), st.binary(max_size=60))
def test_a_signature_is_of_all_its_parts(key: bytes, message_id: str, seconds: int, body: bytes) -> None:
    made = signature(key, message_id=message_id, seconds=seconds, body=body)
    assert made.startswith("v1,")
    assert made != signature(key + b"x", message_id=message_id, seconds=seconds, body=body)
    assert made != signature(key, message_id=message_id + "x", seconds=seconds, body=body)
    assert made != signature(key, message_id=message_id, seconds=seconds + 1, body=body)
    assert made != signature(key, message_id=message_id, seconds=seconds, body=body + b"x")
