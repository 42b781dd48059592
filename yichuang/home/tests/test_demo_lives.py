"""The lives of cases that the demo shows: each of them once, by real commands, on working days, and quickly."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from yichuang.cases.commands.surveys import NewPhoto
from yichuang.cases.models import Opinion, Pending, Survey
from yichuang.catalogue.commands import load_departments, load_guides
from yichuang.directory.models import StandIn
from yichuang.directory.queries import actor_named
from yichuang.gateways.photos import stripped
from yichuang.gateways.uploads import Kind, sniff
from yichuang.home.commands import load_lives, load_people, picture
from yichuang.home.commands.demo_lives import LIVES
from yichuang.intake.commands import NewFile
from yichuang.intake.models import Draft
from yichuang.journal.queries import checked_facts
from yichuang.kernel import sql
from yichuang.kernel.times import SHANGHAI
from yichuang.workdays.queries import calendar

# A Sunday after a holiday: what is a working day is not what the week says.
NOW = datetime(2022, 10, 16, 10, 0, tzinfo=SHANGHAI)
FILE = NewFile("示例材料.pdf", "pdf", 9, "0" * 64)
PHOTOS = [NewPhoto("1" * 64, "png", 9), NewPhoto("2" * 64, "png", 9)]


@pytest.fixture(scope="module")
def lives(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[str, str, int]]:
    """The lives loaded twice: what each loading said, and how many statements the first one took."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_departments(NOW)
        load_guides(NOW)
        load_people(secret="an-example-of-a-secret", at=NOW)
        # Any day of loading will do: this one follows the longest holiday of a year. Nothing of it stays.
        kept = transaction.savepoint()
        assert load_lives(file=FILE, photos=PHOTOS, at=datetime(2023, 1, 28, 9, 0, tzinfo=SHANGHAI))
        transaction.savepoint_rollback(kept)
        with sql.counting() as statements:
            first = load_lives(file=FILE, photos=PHOTOS, at=NOW)
        yield first, load_lives(file=FILE, photos=PHOTOS, at=NOW), len(statements)
        transaction.set_rollback(True)


def facts(kind: str) -> list[tuple[str, str | None]]:
    found = sql.rows(
        "select actor, ground from journal_fact where kind = %(kind)s order by at", {"kind": kind}
    )
    return [(row[0], row[1]) for row in found]


def test_a_second_loading_changes_nothing(lives: tuple[str, str, int]) -> None:
    first, again, _ = lives
    assert all(words in first for words in LIVES)
    assert again == ""
    assert sql.one("select count(*) from cases_case") == (len(LIVES),)


def test_what_the_law_does_by_itself_was_done_by_the_platform(lives: tuple[str, str, int]) -> None:
    assert ("system", "art32_silence") in facts("case.accepted")
    assert facts("case.decided") == [("system", "art50_silence")]
    assert facts("case.pause_overrun") == [("system", None)]
    on = sql.one("select c.accepted_on = c.filed_on from cases_case c join journal_fact f on f.subject_id = c.id "
                 "where f.ground = 'art32_silence'")  # fmt: skip
    assert on == (True,), "accepted from the day of receipt"


def test_what_people_did_names_them(lives: tuple[str, str, int]) -> None:
    head, second = actor_named("head.water"), actor_named("second.water")
    assert facts("case.extended") == [(head.signature, "art42")]
    assert facts("case.sent_back") == [(second.signature, "material_doubtful")]
    ((agreed, _),) = facts("case.endorsed")
    made = StandIn.objects.get()
    assert (agreed, made.absent_id) == (f"staff:{made.stand_in_id}", second.id)
    named = sql.one("select f.data like %(who)s from journal_fact f where f.kind = 'case.endorsed'",
                    {"who": f"%{second.id}%"})  # fmt: skip
    assert named == (True,), "both names stand on the act"
    assert made.first_day <= NOW.date() <= made.last_day


def test_materials_opinions_and_the_survey_stand_as_told(lives: tuple[str, str, int]) -> None:
    late = [
        one.promised_on < NOW.date()
        for one in Pending.objects.filter(received_on=None).order_by("promised_on")
    ]
    assert late == [True, False]
    assert sorted(Opinion.objects.values_list("state", flat=True)) == ["answered", "silent"]
    survey = Survey.objects.get()
    assert (survey.state, len(survey.signed), survey.photos.count(), survey.points.count()) == (
        "closed",
        2,
        2,
        3,
    )
    assert survey.points.filter(conform=False).exclude(found="").count() == 1


def test_the_correction_is_mended_line_by_line(lives: tuple[str, str, int]) -> None:
    ((answers,),) = sql.rows(
        "select a.answers from intake_application a join journal_fact f on f.subject_id = a.case_id "
        "where f.kind = 'case.correction_answered'"
    )
    assert '"area":"34.20"' in answers
    assert sql.one("select code, round from intake_material where round > 0") == ("plan_report", 1)
    assert not Draft.objects.filter(mends__isnull=False, case_id=None).exists()


def test_work_is_done_on_working_days_before_now_and_every_chain_holds(lives: tuple[str, str, int]) -> None:
    days = sql.rows(
        "select distinct day, max(at) over (partition by day) from journal_fact where kind like 'case.%%'"
    )
    assert all(calendar().is_workday(day) and at <= NOW for day, at in days)
    for (case_id,) in sql.rows("select id from cases_case"):
        assert all(fact.sound for fact in checked_facts(case_id))


def test_loading_stays_quick(lives: tuple[str, str, int]) -> None:
    """Statements, not seconds: the machine may be busy."""
    assert lives[2] < 600


def test_the_pictures_are_pictures() -> None:
    first, second = picture(1), picture(2)
    assert first != second
    assert picture(1) == first
    for data in (first, second):
        assert sniff(data, "a.png") is Kind.PNG
        assert stripped(data) == data, "nothing beside the picture"
        assert len(data) < 20_000
