"""Messages: the stand-in sends nothing and says so; SMTP hands over and never raises."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from yichuang.gateways.messages import Channel, LocalOutbox, Message, SmtpSender, sender

AT = datetime(2022, 5, 13, 1, 30, tzinfo=UTC)
MAIL = Message(
    "message-1", Channel.MAIL, "zhang@applicant.example", "您的申请已受理", "办件编号 12，应于6月13日前办结。"
)


def test_the_stand_in_sends_nothing_and_knows_a_message_again() -> None:
    outbox = LocalOutbox()
    first, again = outbox.send(MAIL, at=AT), outbox.send(MAIL, at=AT)
    other = outbox.send(Message("message-2", Channel.SMS, "13800000000", "", "短信"), at=AT)
    assert first == again
    assert first.reference != other.reference
    assert (first.delivered, first.failure, first.retry, first.at) == (False, "", False, AT)


@contextmanager
def mail_server(answers: dict[bytes, bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """A server that takes one mail; `answers` overrides what it says to a verb."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        worker = threading.Thread(target=_serve, args=(listening, heard, answers))
        worker.start()
        try:
            yield listening.getsockname()[1], heard
        finally:
            worker.join(5)


def _serve(listening: socket.socket, heard: list[bytes], answers: dict[bytes, bytes]) -> None:
    connection, _ = listening.accept()
    with connection, connection.makefile("rwb") as line:
        line.write(b"220 here\r\n")
        line.flush()
        in_mail = False
        for said in line:
            heard.append(said)
            if in_mail and said != b".\r\n":
                continue
            verb = said.split(b":")[0].split()[0].upper()
            in_mail = verb == b"DATA"
            line.write(answers.get(verb, b"354 go on" if in_mail else b"250 ok") + b"\r\n")
            line.flush()
            if verb == b"QUIT":
                return


def test_smtp_hands_the_mail_over_under_a_lasting_id() -> None:
    with mail_server({}) as (port, heard):
        delivery = SmtpSender("127.0.0.1", port, "hall@centre.example").send(MAIL, at=AT)
    text = b"".join(heard).decode()
    assert (delivery.delivered, delivery.failure) == (True, "")
    assert f"Message-ID: {delivery.reference}" in text
    assert "To: zhang@applicant.example" in text
    assert "Date: Fri, 13 May 2022 01:30:00 +0000" in text


def test_a_rude_goodbye_does_not_undo_a_mail() -> None:
    with mail_server({b"QUIT": b"550 no"}) as (port, _):
        assert SmtpSender("127.0.0.1", port, "hall@centre.example").send(MAIL, at=AT).delivered


def test_a_mail_that_is_refused_is_a_failure_to_be_tried_again() -> None:
    with mail_server({b"RCPT": b"550 no such person"}) as (port, _):
        delivery = SmtpSender("127.0.0.1", port, "hall@centre.example").send(MAIL, at=AT)
    assert not delivery.delivered
    assert delivery.retry
    assert "550" in delivery.failure


def test_a_server_that_is_away_is_a_failure_not_an_exception() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert SmtpSender("127.0.0.1", port, "hall@centre.example").send(MAIL, at=AT).retry


def test_a_line_break_in_the_title_cannot_add_a_header() -> None:
    forged = Message("m", Channel.MAIL, "a@b.example", "题\r\nBcc: all@b.example", "文")
    with socket.create_server(("127.0.0.1", 0)) as unused:
        delivery = SmtpSender("127.0.0.1", unused.getsockname()[1], "hall@centre.example").send(forged, at=AT)
    assert "邮件没有送出" in delivery.failure


def test_short_messages_need_a_gateway_of_their_own() -> None:
    message = Message("m", Channel.SMS, "13800000000", "", "短信")
    assert "短信网关" in SmtpSender("127.0.0.1", 1, "hall@centre.example").send(message, at=AT).failure


def test_the_setting_chooses_the_sender() -> None:
    assert isinstance(sender("local"), LocalOutbox)
    assert isinstance(sender("smtp://mail.example:2525/hall@centre.example"), SmtpSender)


@pytest.mark.parametrize(
    "setting", ["", "none", "smtp://mail.example", "smtp:///a@b.example", "http://x/a@b.example"]
)
def test_an_unknown_setting_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match="不认识"):
        sender(setting)
