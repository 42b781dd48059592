"""The view log: one line for a person, a subject and ten minutes; reveals always; nothing is unwritten."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.cases.tests.crowd import together
from yichuang.journal import commands, queries
from yichuang.journal.commands import View, ViewKind
from yichuang.journal.queries import ViewFilter
from yichuang.kernel import sql
from yichuang.kernel.actor import ANONYMOUS, SYSTEM, Actor
from yichuang.kernel.errors import Invalid, Refused
from yichuang.kernel.times import SHANGHAI

AT = datetime(2022, 5, 5, 10, 3, tzinfo=SHANGHAI)
WATER, HEALTH, CASE = UUID(int=1), UUID(int=2), UUID(int=77)
RIGHT = "private.reveal"
CLERK = Actor("staff", "王综窗（示例）", UUID(int=11), WATER, "综窗", frozenset({RIGHT}))
HEAD = Actor("staff", "钱处长（示例）", UUID(int=12), HEALTH, "负责人", frozenset({RIGHT}))
AUDITOR = Actor(
    "staff", "陈审计（示例）", UUID(int=13), WATER, "审计岗", frozenset({"views.read"}), everywhere=True
)
LOOK = View(ViewKind.CASE, CASE, "川1", address="192.0.2.1")


def lines(subject: UUID = CASE) -> list[tuple[str, UUID]]:
    """What is kept of a subject, the newest first."""
    return [(row.kind, row.viewer_id) for row in queries.views_of(subject)]


@pytest.mark.django_db
class TestLog:
    """What is written."""

    def test_a_look_says_who_when_what_and_from_where(self) -> None:
        assert commands.log_view(LOOK, by=CLERK, at=AT)
        (row,) = queries.views_of(CASE)
        assert (row.at, row.kind, row.label, row.viewer_id, row.viewer_name) == (
            AT,
            "case",
            "川1",
            CLERK.id,
            CLERK.name,
        )
        assert (row.post, row.department_id, row.address) == ("综窗", WATER, "192.0.2.1")

    def test_one_line_for_a_person_a_subject_and_ten_minutes(self) -> None:
        kept = [commands.log_view(LOOK, by=CLERK, at=AT + timedelta(minutes=n)) for n in range(20)]
        assert kept.count(True) == 3, "10:03, 10:10, 10:20"
        assert [n for n, new in enumerate(kept) if new] == [0, 7, 17]
        commands.log_view(LOOK, by=HEAD, at=AT)
        commands.log_view(replace(LOOK, subject_id=UUID(int=78)), by=CLERK, at=AT)
        commands.log_view(replace(LOOK, kind=ViewKind.FILE, detail="申请书：a.pdf"), by=CLERK, at=AT)
        commands.log_view(replace(LOOK, kind=ViewKind.FILE, detail="报告：b.pdf"), by=CLERK, at=AT)
        assert len(lines()) == 6
        assert len(lines(UUID(int=78))) == 1

    def test_every_reveal_is_kept(self) -> None:
        look = replace(LOOK, kind=ViewKind.REVEAL, fields="联系电话", reason="电话核实取水口")
        for _ in range(3):
            commands.reveal(look, capability=RIGHT, by=CLERK, at=AT)
        assert lines() == [("reveal", CLERK.id)] * 3

    @pytest.mark.parametrize(
        "by", [ANONYMOUS, SYSTEM, Actor("applicant", "张示例", UUID(int=14), applicant_id=UUID(int=15))]
    )
    def test_what_is_ones_own_is_not_kept(self, by: Actor) -> None:
        assert not commands.log_view(LOOK, by=by, at=AT)
        assert lines() == []

    @pytest.mark.parametrize("reason", ["", "  ", "看看", "核" * 201])
    def test_a_reveal_wants_a_reason(self, reason: str) -> None:
        look = replace(LOOK, kind=ViewKind.REVEAL, fields="联系电话", reason=reason)
        with pytest.raises(Invalid) as caught:
            commands.reveal(look, capability=RIGHT, by=CLERK, at=AT)
        assert set(caught.value.fields) == {"reason"}
        assert lines() == []

    def test_a_reveal_wants_the_right(self) -> None:
        look = replace(LOOK, kind=ViewKind.REVEAL, fields="联系电话", reason="电话核实取水口")
        for by in (replace(CLERK, capabilities=frozenset()), ANONYMOUS, SYSTEM):
            with pytest.raises(Refused):
                commands.reveal(look, capability=RIGHT, by=by, at=AT)
        assert lines() == []

    def test_the_database_wants_reason_and_fields_too(self) -> None:
        for look in (
            replace(LOOK, kind=ViewKind.REVEAL, reason="电话核实"),
            replace(LOOK, kind=ViewKind.REVEAL, fields="电话"),
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                commands.log_view(look, by=CLERK, at=AT)

    def test_a_quarter_that_is_not_there_yet_is_made(self) -> None:
        assert commands.log_view(LOOK, by=CLERK, at=AT.replace(year=2031))
        assert len(lines()) == 1

    def test_the_first_minutes_of_a_quarter_have_room(self) -> None:
        first = datetime(2029, 7, 1, 0, 3, tzinfo=SHANGHAI)
        assert commands.log_view(LOOK, by=CLERK, at=first)


@pytest.mark.django_db
class TestReveal:
    """Until when what is masked is shown."""

    @staticmethod
    def shown(by: Actor = CLERK, *, minutes: float, subject: UUID = CASE) -> bool:
        return queries.revealed_until(subject, by=by, at=AT + timedelta(minutes=minutes)) is not None

    def test_it_holds_for_a_quarter_of_an_hour_for_that_person_and_that_case(self) -> None:
        look = replace(LOOK, kind=ViewKind.REVEAL, fields="联系电话", reason="电话核实取水口")
        assert commands.reveal(look, capability=RIGHT, by=CLERK, at=AT) == AT + timedelta(minutes=15)
        assert queries.revealed_until(CASE, by=CLERK, at=AT) == AT + timedelta(minutes=15)
        assert self.shown(minutes=0)
        assert self.shown(minutes=14.9)
        assert not self.shown(minutes=15)
        assert not self.shown(minutes=-1), "not before it was asked for"
        assert not self.shown(HEAD, minutes=1)
        assert not self.shown(minutes=1, subject=UUID(int=78))
        assert not self.shown(ANONYMOUS, minutes=1)

    def test_a_plain_look_shows_nothing(self) -> None:
        commands.log_view(LOOK, by=CLERK, at=AT)
        assert not self.shown(minutes=1)


@pytest.mark.django_db
class TestFailure:
    """A log that cannot be written."""

    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The log's statement fails."""

        def fail(*_: Any) -> None:
            raise DatabaseError("disk full")

        monkeypatch.setattr("yichuang.journal.commands.views.sql.execute", fail)

    def test_a_plain_look_goes_on_and_the_operators_are_told(
        self, broken: None, caplog: pytest.LogCaptureFixture
    ) -> None:
        commands.note_view(LOOK, by=CLERK, at=AT)
        (told,) = caplog.records
        assert told.levelname == "ERROR"
        assert str(CASE) in told.getMessage()
        assert CLERK.signature in told.getMessage()
        assert CLERK.name not in told.getMessage()

    def test_a_reveal_shows_nothing(self, broken: None) -> None:
        look = replace(LOOK, kind=ViewKind.REVEAL, fields="联系电话", reason="电话核实取水口")
        with pytest.raises(DatabaseError):
            commands.reveal(look, capability=RIGHT, by=CLERK, at=AT)


@pytest.mark.django_db
class TestReading:
    """What auditors read."""

    @pytest.fixture(autouse=True)
    def _some(self) -> None:
        for day in range(3):
            at = AT + timedelta(days=day)
            commands.log_view(replace(LOOK, subject_id=UUID(int=100 + day)), by=CLERK, at=at)
            commands.log_view(LOOK, by=HEAD, at=at)

    @pytest.mark.parametrize(
        ("asked", "number"),
        [
            (ViewFilter(), 6),
            (ViewFilter(viewer="钱处长"), 3),
            (ViewFilter(viewer="没有这个人"), 0),
            (ViewFilter(subject=CASE), 3),
            (ViewFilter(subject=UUID(int=101)), 1),
            (ViewFilter(kind="reveal"), 0),
            (ViewFilter(kind="case"), 6),
            (ViewFilter(first=AT.date() + timedelta(days=1)), 4),
            (ViewFilter(last=AT.date()), 2),
            (ViewFilter(first=AT.date() + timedelta(days=1), last=AT.date() + timedelta(days=1)), 2),
        ],
    )
    def test_filters(self, asked: ViewFilter, number: int) -> None:
        assert len(queries.views(asked, by=AUDITOR, capability="views.read").rows) == number
        assert len(list(queries.view_export(asked, by=AUDITOR, capability="views.read"))) == number

    def test_a_page_that_is_turned_shows_each_once_in_one_statement(self) -> None:
        seen, after = [], ""
        while True:
            with sql.counting() as statements:
                page = queries.views(ViewFilter(), by=AUDITOR, capability="views.read", after=after, size=2)
            assert len(statements) == 1
            seen += [row.id for row in page.rows]
            after = page.following
            if not after:
                break
        assert len(seen) == len(set(seen)) == 6
        assert seen == sorted(seen, reverse=True)

    def test_who_reads_it(self) -> None:
        for by in (CLERK, ANONYMOUS):
            with pytest.raises(Refused):
                queries.views(ViewFilter(), by=by, capability="views.read")
            with pytest.raises(Refused):
                queries.view_export(ViewFilter(), by=by, capability="views.read")
        own = replace(AUDITOR, everywhere=False)
        assert {
            row.department_id for row in queries.views(ViewFilter(), by=own, capability="views.read").rows
        } == {WATER}


@pytest.mark.django_db
@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 45)), max_size=20))
def test_what_is_kept_is_what_a_count_by_hand_keeps(looks: list[tuple[int, int, int]]) -> None:
    """Any number of looks by any number of people: one line for each person, subject and ten minutes of the clock."""
    subjects = [uuid4() for _ in range(3)]
    start = datetime(2022, 5, 5, 10, 0, tzinfo=SHANGHAI)
    for subject, who, minute in looks:
        look = replace(LOOK, subject_id=subjects[subject])
        commands.log_view(look, by=(CLERK, HEAD)[who], at=start + timedelta(minutes=minute))
    expected = {(subject, who, minute // 10) for subject, who, minute in looks}
    assert sum(len(lines(subject)) for subject in subjects) == len(expected)


UNWRITTEN = (
    "update journal_view set viewer_name = 'x'", "delete from journal_view", "truncate journal_view",
    "update journal_view_2022q2 set viewer_name = 'x'", "delete from journal_view_2022q2",
    "truncate journal_view_2022q2", "drop table journal_view_2022q2", "alter table journal_view disable trigger all",
    "insert into journal_partitioned values ('x', false)",
)  # fmt: skip


def test_the_application_cannot_unwrite_a_look_and_the_owner_could(committed: dict[str, str]) -> None:
    """With the owner's rights the line is gone: the test sees what it says."""
    commands.log_view(LOOK, by=CLERK, at=AT)
    for unwrite in UNWRITTEN:
        with psycopg.connect(committed["app"]) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(unwrite.encode())
    assert lines() == [("case", CLERK.id)]
    with psycopg.connect(committed["owner"]) as owner:
        owner.execute("delete from journal_view")
    assert lines() == []


def test_two_who_open_at_once_leave_one_line_each(committed: dict[str, str]) -> None:
    """The id of a plain look is the same for the same ten minutes: the second meets the first."""

    def look(by: Actor) -> Callable[[], bool]:
        return lambda: commands.log_view(LOOK, by=by, at=AT)

    answered = together([look(by) for by in (CLERK, HEAD) for _ in range(4)])
    assert answered.count(True) == 2
    assert len(lines()) == 2
