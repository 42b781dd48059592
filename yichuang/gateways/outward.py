"""Posting to an address that somebody else has chosen: signed, to public hosts only, and with an end to everything.

Whoever enters an address must not be able to make this server speak to its own network. So the name is resolved once, every
address it has is judged, and the connection goes to the address that was judged: a name that points elsewhere a moment later (DNS
rebinding) changes nothing. Redirections are not followed.

The signature is that of the Standard Webhooks: HMAC-SHA256 over `id.time.body`, so receivers find a library for it.
"""

import base64
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, urlsplit

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 10.0
# Whoever answers drop by drop is cut off: a receiver holds up nobody else for longer.
WHOLE_SECONDS = 20.0
LONGEST_ADDRESS = 500
ANSWER_BYTES = 64 * 1024
SUCCESS = range(200, 300)
GONE = 410
HTTPS_PORT = 443
# What stands in an address as it is; anything else, Chinese among it, goes in per cent signs.
_KEPT = "%/?:@!$&'()*+,;=~[]"
_AGENT = "yichuang-webhook/1"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]


class Forbidden(ValueError):
    """The address leads where nothing may be posted. The words say why."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a post. `status` 0: nobody answered; `trouble` says why in words."""

    status: int
    trouble: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has taken it."""
        return self.status in SUCCESS


@dataclass(frozen=True, slots=True)
class Reach:
    """Where posts may go. `inside`: networks of the installation's own that are allowed all the same; plain http goes there only."""

    inside: tuple[Network, ...] = ()
    resolve: Resolve = field(default=lambda host, port: _resolved(host, port))

    def allows(self, address: Address) -> bool:
        """Whether an address is public, or inside and allowed. What is dressed up as another kind of address is undressed first."""
        real = _undressed(address)
        return any(real in network for network in self.inside) or (
            real.is_global and not real.is_multicast and not real.is_reserved
        )

    def is_inside(self, address: Address) -> bool:
        """Whether an address is one of the installation's own networks."""
        return any(_undressed(address) in network for network in self.inside)


def reach_of(networks: Iterable[str]) -> Reach:
    """The reach of an installation whose own networks are these ("10.1.2.0/24"). Raises ValueError for what is none."""
    return Reach(tuple(ipaddress.ip_network(one) for one in networks))


def check(address: str, reach: Reach) -> str:
    """The one IP address to which a post to `address` goes. Raises Forbidden, with the reason, in Chinese.

    Every address of the name must be allowed: one public address does not excuse a private one beside it.
    """
    parts, port = _parsed(address)
    host = str(parts.hostname)
    found = [ipaddress.ip_address(one.partition("%")[0]) for one in reach.resolve(host, port)]
    if not found:
        raise Forbidden(f"找不到主机 {host}。")
    if not all(reach.allows(one) for one in found):
        raise Forbidden("只能推送到公网地址，或者本系统登记允许的内部网段。")
    if parts.scheme == "http" and not all(reach.is_inside(one) for one in found):
        raise Forbidden("公网地址必须使用 https。")
    return str(found[0])


def _parsed(address: str) -> tuple[SplitResult, int]:
    if len(address) > LONGEST_ADDRESS or any(ord(sign) <= ord(" ") or ord(sign) == 127 for sign in address):
        raise Forbidden(f"地址不得含空格和控制符，最长 {LONGEST_ADDRESS} 字。")
    try:
        parts = urlsplit(address)
        port = parts.port or (HTTPS_PORT if parts.scheme == "https" else http.client.HTTP_PORT)
    except ValueError as error:
        raise Forbidden("地址写法有误，例如：https://example.gov.cn/hooks。") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Forbidden("地址应以 https:// 开头，例如：https://example.gov.cn/hooks。")
    if parts.username or parts.password or "#" in address:
        raise Forbidden("地址中不得含用户名、口令或 #。")
    return parts, port


def _resolved(host: str, port: int) -> list[str]:
    with suppress(OSError, UnicodeError):
        return [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    return []


def _undressed(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one that stands for it (mapped, 6to4, Teredo, NAT64)."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in ipaddress.IPv6Network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def signature(secret: bytes, *, message_id: str, seconds: int, body: bytes) -> str:
    """The value of `webhook-signature`; `seconds` since 1970."""
    mac = hmac.new(secret, f"{message_id}.{seconds}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()


def post(address: str, body: bytes, headers: Mapping[str, str], *, reach: Reach) -> Answered:
    """Post once. Never raises for what the network or the receiver does; follows no redirection, reads a bounded answer."""
    try:
        target = check(address, reach)
    except Forbidden as refused:
        return Answered(0, str(refused))
    parts, port = _parsed(address)
    connection = _connection(parts.scheme, str(parts.hostname), port, target)
    path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_KEPT)
    watch = threading.Timer(WHOLE_SECONDS, _cut, [connection])
    watch.start()
    try:
        connection.request("POST", path, body=body, headers={"User-Agent": _AGENT, **headers})
        answer = connection.getresponse()
        answer.read(ANSWER_BYTES)
    except ssl.SSLError as error:
        return Answered(0, f"对方的 https 证书无效：{error.reason or '握手失败'}")
    except TimeoutError:
        return Answered(0, "对方没有在时限内应答")
    except (OSError, http.client.HTTPException) as error:
        return Answered(0, f"连接不上对方：{type(error).__name__}")
    finally:
        watch.cancel()
        connection.close()
    return Answered(answer.status, "" if answer.status in SUCCESS else f"对方回答 {answer.status}")


def _cut(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _connection(scheme: str, host: str, port: int, target: str) -> http.client.HTTPConnection:
    """A connection to the judged address that calls itself by the name (Host, certificate)."""
    made: http.client.HTTPConnection
    if scheme == "https":
        made = http.client.HTTPSConnection(
            host, port, timeout=ANSWER_SECONDS, context=ssl.create_default_context()
        )
    else:
        made = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)

    def connect(_address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        wire = socket.create_connection((target, port), timeout=CONNECT_SECONDS)
        wire.settimeout(ANSWER_SECONDS)
        return wire

    # The standard library's own seam: everything else, the certificate's name among it, stays as it is.
    made._create_connection = connect  # type: ignore[attr-defined]
    return made
