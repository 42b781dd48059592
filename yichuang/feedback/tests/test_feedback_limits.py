"""Limits in working days over 国庆 2022 (1 to 7 October off, 8 and 9 worked), and what the desk shows of them."""

from datetime import date, timedelta

import pytest

from yichuang.cases.tests import factories as cases
from yichuang.feedback.models import FollowUp
from yichuang.feedback.pages.common import Owed, owed
from yichuang.feedback.queries import complaints, ratings
from yichuang.feedback.tests import factories as make
from yichuang.workdays.queries import calendar

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("given", "contact", "finish"),
    [("2022-09-29", "2022-09-30", "2022-10-11"), ("2022-09-30", "2022-10-08", "2022-10-12"),
     ("2022-10-01", "2022-10-08", "2022-10-12"), ("2022-10-07", "2022-10-08", "2022-10-12"),
     ("2022-10-08", "2022-10-09", "2022-10-13")],
)  # fmt: skip
def test_follow_ups(given: str, contact: str, finish: str) -> None:
    follow = FollowUp.objects.get(pk=make.rated(5, at=cases.day(given)).pk)
    assert (follow.contact_due_on.isoformat(), follow.finish_due_on.isoformat()) == (contact, finish)
    # The same, counted by hand from day to day.
    day, left = date.fromisoformat(given), 5
    while left:
        day += timedelta(days=1)
        left -= calendar().is_workday(day)
    assert day == follow.finish_due_on
    assert ratings.appeal_until(follow.rating) == day


@pytest.mark.parametrize(
    ("kind", "days"), [("question", 2), ("complaint", 5), ("stuck", 5), ("report", 15), ("proposal", 15)]
)
@pytest.mark.parametrize("given", ["2022-09-30", "2022-10-03", "2022-10-08"])
def test_complaints(given: str, kind: str, days: int) -> None:
    made = make.complaint(kind=kind, at=cases.day(given))
    between = [made.received_on + timedelta(days=n + 1) for n in range((made.due_on - made.received_on).days)]
    assert sum(calendar().is_workday(each) for each in between) == days
    assert calendar().is_workday(made.due_on)


@pytest.mark.parametrize(
    ("today", "left", "late"),
    [("2022-09-29", 1, False), ("2022-09-30", 0, False), ("2022-10-01", 0, True), ("2022-10-07", 0, True),
     ("2022-10-08", -1, True), ("2022-10-10", -3, True)],
)  # fmt: skip
def test_the_holiday_after_the_last_day_is_late_and_not_today(today: str, left: int, late: bool) -> None:
    assert owed(date(2022, 9, 30), date.fromisoformat(today)) == Owed(left, late)


def test_the_lists_show_what_is_due_today_and_what_is_late() -> None:
    at = cases.day("2022-09-29")
    low, brought = make.rated(5, at=at), make.complaint(kind="question", at=cases.day("2022-09-28"))
    by = make.reviewer()
    found = {}
    for day in ("2022-09-29", "2022-09-30", "2022-10-01"):
        today = date.fromisoformat(day)
        for word in ("today", "overdue"):
            asked = ratings.RatingFilter(date(2022, 9, 1), today, today, follow=word)
            other = complaints.ComplaintFilter(
                date(2022, 9, 1), today, today, overdue=word == "overdue", due_today=word == "today"
            )
            found[day, word] = (
                [row.pk for row in ratings.ratings_page(asked, by=by).rows] == [low.pk],
                [row.pk for row in complaints.complaints_page(other, by=by).rows] == [brought.pk],
            )
    assert found == {
        ("2022-09-29", "today"): (False, False), ("2022-09-29", "overdue"): (False, False),
        ("2022-09-30", "today"): (True, True), ("2022-09-30", "overdue"): (False, False),
        ("2022-10-01", "today"): (False, False), ("2022-10-01", "overdue"): (True, True),
    }  # fmt: skip
