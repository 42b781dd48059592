"""The outbox in use: filters that cut cleanly, reading that touches only the own, words of templates that can be filled."""

import string
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from yichuang.cases.tests.crowd import together
from yichuang.directory.flow import Capability
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Refused
from yichuang.kernel.times import SHANGHAI
from yichuang.notices import commands, queries
from yichuang.notices.commands import NewMessage
from yichuang.notices.flow import APPLICANT, DEEMED, STAFF, MessageChannel
from yichuang.notices.models import Message
from yichuang.notices.queries import Sending

AT = datetime(2022, 5, 5, 9, 0, tzinfo=SHANGHAI)
READER = Actor("staff", "审计员", id=uuid4(), capabilities=frozenset({str(Capability.OUTBOX_READ)}))
PEOPLE = [Actor("applicant", f"示例{n}", id=UUID(int=n), applicant_id=UUID(int=100 + n)) for n in range(3)]
STAFF_BY = [Actor("staff", f"职员{n}", id=UUID(int=200 + n)) for n in range(2)]


def put(
    seq: int, by: Actor, *, channel: str = MessageChannel.SMS, body: str = "正文", to: str = ""
) -> Message:
    """A message to somebody about one fact."""
    new = NewMessage(
        UUID(int=7), seq, channel, "case.filed", to or f"to-{by.name}", "题", body, applicant_id=by.applicant_id,
        account_id=by.id if by.kind == "staff" else None,
    )  # fmt: skip
    made = commands.queue(new, at=AT + timedelta(minutes=seq))
    assert made is not None
    return made


@pytest.fixture
def filled(db: None) -> dict[str, set[UUID]]:
    """Messages in every state of sending, by state."""
    found: dict[str, set[UUID]] = {"sent": set(), "waiting": set(), "failed": set()}
    for seq in range(1, 13):
        made = put(
            seq, PEOPLE[seq % 3], channel=list(MessageChannel)[seq % 2], body=f"第{seq}号，办理进度100%_完"
        )
        state = list(found)[seq % 3]
        if state != "waiting":
            commands.sent([commands.Tried(made.pk, AT, "网关超时" if state == "failed" else "")])
        found[state].add(made.pk)
    return found


def read(**asked: str) -> set[UUID]:
    """What somebody who may finds by a filter."""
    return {message.pk for message in queries.outbox(by=READER, **asked)}  # type: ignore[arg-type]


def test_states_cut_the_outbox_without_rest(filled: dict[str, set[UUID]]) -> None:
    assert {str(state): read(sending=state) for state in Sending} == filled
    assert set.union(*filled.values()) == read()
    ways = [read(channel=way) for way in MessageChannel]
    assert set.union(*ways) == read()
    assert not set.intersection(*ways)
    assert read(channel=MessageChannel.SMS, sending=Sending.SENT) == ways[0] & filled["sent"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("100%", 12),
        ("%", 12),
        ("_", 12),
        ("1_", 0),
        ("第1号", 1),
        ("TO-示例0", 4),
        ("题", 12),
        ("'; --", 0),
        ("\\", 0),
    ],
)
def test_words_are_looked_for_as_they_are(filled: dict[str, set[UUID]], text: str, count: int) -> None:
    assert len(read(text=text)) == count


@pytest.mark.parametrize("size", [1, 3, 5, 12, 50])
def test_pages_lose_nothing_and_show_nothing_twice(filled: dict[str, set[UUID]], size: int) -> None:
    def pages() -> Iterator[Message]:
        before = None
        while page := queries.outbox(by=READER, before=before, limit=size):
            yield from page
            before = page[-1].pk

    found = list(pages())
    assert [message.seq for message in found] == list(range(12, 0, -1))


@pytest.mark.parametrize("capability", [one for one in Capability if one != Capability.OUTBOX_READ])
def test_no_other_capability_opens_the_outbox(db: None, capability: Capability) -> None:
    with pytest.raises(Refused):
        queries.outbox(
            by=Actor("staff", "甲", id=uuid4(), capabilities=frozenset({str(capability)}), everywhere=True)
        )


@pytest.mark.parametrize("by", [*PEOPLE, *STAFF_BY], ids=lambda by: by.name)
def test_reading_all_touches_the_own_messages_alone(db: None, by: Actor) -> None:
    for seq, who in enumerate([*PEOPLE, *STAFF_BY], start=1):
        put(seq, who)
        put(seq + 100, who)
    others = [who for who in (*PEOPLE, *STAFF_BY) if who != by]
    later = AT + timedelta(days=1)
    assert commands.read_all(by=by, at=later) == 2
    assert {message.read_at for message in queries.messages_for(by)} == {later}
    assert [queries.unread(who) for who in others] == [2] * len(others)
    assert commands.read_all(by=by, at=later + timedelta(days=1)) == 0
    assert {message.read_at for message in queries.messages_for(by)} == {later}, "the first reading stands"


def test_what_came_after_the_page_was_shown_stays_new(db: None) -> None:
    shown = [put(1, PEOPLE[0]).pk, put(2, PEOPLE[0]).pk]
    put(3, PEOPLE[0])
    foreign = put(4, PEOPLE[1]).pk
    assert commands.read_all(by=PEOPLE[0], at=AT, only=[*shown, foreign]) == 2
    assert [message.seq for message in queries.messages_for(PEOPLE[0]) if message.read_at is None] == [3]
    assert queries.unread(PEOPLE[1]) == 1, "an id of somebody else's in the form does nothing"
    assert commands.read_all(by=PEOPLE[0], at=AT, only=[]) == 0


def test_a_reading_without_its_owner_would_be_caught(db: None) -> None:
    """The broken variant: the ids of the form alone say what is read."""
    foreign = put(1, PEOPLE[1]).pk
    assert Message.objects.filter(pk__in=[foreign], read_at__isnull=True).update(read_at=AT) == 1
    assert queries.unread(PEOPLE[1]) == 0


def test_messages_of_many_facts_at_once_are_each_there_once(committed: dict[str, str]) -> None:
    """Four workers run the same twenty effects in orders of their own."""

    def work(turn: int) -> int:
        made = 0
        for step in range(20):
            seq = (step * (2 * turn + 1)) % 20 + 1
            with transaction.atomic():
                new = NewMessage(
                    UUID(int=7), seq, "sms", "case.filed", "13800000000", "题", "文", applicant_id=UUID(int=1)
                )
                made += commands.queue(new, at=AT) is not None
        return made

    # Steps of 1, 3, 7 and 9 go round twenty without repeating.
    found = together([partial(work, turn) for turn in (0, 1, 3, 4)])
    assert not [one for one in found if isinstance(one, Exception)]
    assert sum(one for one in found if isinstance(one, int)) == 20
    assert sorted(Message.objects.values_list("seq", flat=True)) == list(range(1, 21))


def test_a_message_that_went_is_not_offered_again_and_tries_are_counted(db: None) -> None:
    made = put(1, PEOPLE[0])
    for attempt in range(3):
        assert commands.pending([made.pk]) == [made]
        commands.sent([commands.Tried(made.pk, AT, f"第{attempt}次超时")])
    commands.sent([commands.Tried(made.pk, AT)])
    gone = Message.objects.get()
    assert (gone.attempts, gone.failure, commands.pending([made.pk])) == (4, "", [])
    assert read(sending=Sending.SENT) == {made.pk}


# What the effect of a fact knows to fill in.
PLACES = {
    "item", "number", "department", "ground", "accept_by", "deliver_by", "respond_by", "expected_until", "due_on",
    "before", "lines", "days", "outcome", "provisional", "accepted_on", "date_label",
}  # fmt: skip


@pytest.mark.parametrize("kind", [*APPLICANT, *(f"staff:{kind}" for kind in STAFF), *DEEMED])
def test_every_place_of_a_template_is_known_and_filled(kind: str | tuple[str, str]) -> None:
    if isinstance(kind, tuple):
        template = DEEMED[kind]
    else:
        template = STAFF[kind[6:]] if kind.startswith("staff:") else APPLICANT[kind]
    places = {name for _, name, *_ in string.Formatter().parse(template.body) if name}
    assert places <= PLACES
    assert {"item", "number"} <= places
    said = template.body.format_map(dict.fromkeys(PLACES, "某"))
    assert not set("{}") & set(said)
    assert not set(",;:?!()") & set(said), "punctuation is full-width"
    assert "{" not in template.title
    # A value is never read as a template again.
    hostile = template.body.format_map(dict.fromkeys(PLACES, "{number.__class__}"))
    assert "{number.__class__}" in hostile


def test_words_of_messages_name_nobody_and_ask_for_nothing_secret() -> None:
    for template in (*APPLICANT.values(), *STAFF.values()):
        for word in ("身份证", "密码", "验证码", "银行卡", "http", "姓名", "电话"):
            assert word not in template.body


def test_the_platform_reads_the_outbox_and_has_no_messages_itself(filled: dict[str, set[UUID]]) -> None:
    assert len(queries.outbox(by=SYSTEM)) == 12
    assert list(queries.messages_for(SYSTEM)) == []
    assert commands.read_all(by=SYSTEM, at=AT) == 0
