"""Messages between processes of this machine: a length and so many bytes over a socket, and who is at its other end."""

import os
import socket
import struct

MOST_BYTES = 64 * 2**20
HELLO = b"yichuang 1"
"""How an engine greets who connects."""
FAREWELL = b"yichuang gone"
"""What an engine that comes to its end in good order says to who is there, in place of a greeting or an answer."""
_LENGTH = struct.Struct(">I")
_PEER = struct.Struct("3i")


class Gone(OSError):
    """The other side has ended, or says what is no message."""


def send(to: socket.socket, message: bytes) -> None:
    """One message: its length, then itself."""
    to.sendall(_LENGTH.pack(len(message)) + message)


def receive(source: socket.socket) -> bytes:
    """One message. Errors: Gone where the other side ended before its end or announces more than MOST_BYTES."""
    (length,) = _LENGTH.unpack(_exactly(source, _LENGTH.size))
    if length > MOST_BYTES:
        raise Gone("a message of that length is none")
    return _exactly(source, length)


def _exactly(source: socket.socket, length: int) -> bytes:
    found = bytearray()
    while len(found) < length:
        part = source.recv(min(length - len(found), 2**20))
        if not part:
            raise Gone("the other side has ended")
        found += part
    return bytes(found)


def same_user(other: socket.socket) -> bool:
    """Whether the process at the other end belongs to our user: an abstract address has no permissions."""
    _, user, _ = _PEER.unpack(other.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return bool(user == os.geteuid())
