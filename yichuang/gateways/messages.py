"""Mail and short messages leave the house here; without a real gateway the local stand-in only says what would go.

Nothing is stored here: what went, or would have gone, stands in the outbox of the room `notices`.
"""

import contextlib
import smtplib
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit

from yichuang.kernel.canonical import digest, text


class Channel(StrEnum):
    """By which way a message goes."""

    MAIL = "mail"
    SMS = "sms"

    @property
    def label(self) -> str:
        """Its name for people."""
        return {Channel.MAIL: "电子邮件", Channel.SMS: "短信"}[self]


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one address. `key` names it for good: sent twice, it is recognised as the same."""

    key: str
    channel: Channel
    to: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message. `delivered` is false where it only would have gone, or where `failure` says why not."""

    reference: str
    at: datetime
    delivered: bool
    failure: str = ""

    @property
    def retry(self) -> bool:
        """Whether another attempt makes sense."""
        return bool(self.failure)


class Sender(Protocol):
    """A way out for messages."""

    def send(self, message: Message, *, at: datetime) -> Delivery:
        """Hand the message over. Never raises for a fault of the other side: the fault is in the delivery."""


class LocalOutbox:
    """The stand-in: accepts every message and sends none."""

    def send(self, message: Message, *, at: datetime) -> Delivery:
        """The same message gets the same reference."""
        parts = [message.key, message.channel, message.to, message.title, message.body]
        return Delivery(f"local-{digest(text(parts))[:16]}", at, delivered=False)


class SmtpSender:
    """Mail by SMTP; short messages need a gateway of their own and fail with that reason."""

    def __init__(self, host: str, port: int, from_address: str, *, timeout_s: float = 10) -> None:
        self._host, self._port, self._from, self._timeout_s = host, port, from_address, timeout_s

    def send(self, message: Message, *, at: datetime) -> Delivery:
        """The message's key becomes its Message-ID, so a repetition is recognised at the other end."""
        reference = f"<{digest(message.key)[:32]}@{self._from.rpartition('@')[2]}>"
        if message.channel is not Channel.MAIL:
            return Delivery(reference, at, delivered=False, failure="没有配置短信网关。")
        try:
            mail = self._mail(message, reference, at)
            server = smtplib.SMTP(self._host, self._port, timeout=self._timeout_s)
            try:
                server.send_message(mail)
            finally:
                # What goes wrong while taking leave does not undo a mail that was accepted.
                with contextlib.suppress(OSError, smtplib.SMTPException):
                    server.quit()
                server.close()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return Delivery(reference, at, delivered=False, failure=f"邮件没有送出：{error}")
        return Delivery(reference, at, delivered=True)

    def _mail(self, message: Message, reference: str, at: datetime) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = message.title, self._from, message.to
        mail["Date"], mail["Message-ID"] = format_datetime(at), reference
        mail.set_content(message.body)
        return mail


def sender(setting: str) -> Sender:
    """The sender that a setting names: `local`, or `smtp://host:port/address`. Raises ValueError for anything else."""
    if setting == "local":
        return LocalOutbox()
    parts = urlsplit(setting)
    address = parts.path.lstrip("/")
    if parts.scheme == "smtp" and parts.hostname and "@" in address:
        return SmtpSender(parts.hostname, parts.port or 25, address)
    raise ValueError(f"消息发送方式“{setting}”不认识：应为 local 或 smtp://主机:端口/发件地址")
