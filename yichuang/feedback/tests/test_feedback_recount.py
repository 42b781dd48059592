"""Figures of follow-ups and complaints, the public page and the offers are a recount by SQL of its own."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yichuang.directory.tests import factories as people
from yichuang.feedback.models import Appeal, Complaint, FollowUp, Rating
from yichuang.feedback.queries import complaints, ratings
from yichuang.feedback.tests import factories as make
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM

pytestmark = pytest.mark.django_db
AT, DAY = make.AT, make.AT.date()
SOME = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
OFFSET = st.integers(0, 4)
LOW = st.tuples(
    st.integers(4, 5), st.sampled_from(["open", "contacted", "closed", "void"]), OFFSET, OFFSET, st.booleans()
)
KINDS = st.sampled_from(["question", "complaint", "report", "proposal", "stuck"])
BROUGHT = st.tuples(KINDS, st.sampled_from(["received", "replied", "rejected"]), OFFSET, OFFSET)


def share(part: int, whole: int) -> Decimal | None:
    """A share in percent, worked out apart from the product."""
    return (Decimal(100 * part) / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP) if whole else None


def fresh_day() -> date:
    """A day on which no example before has left anything."""
    [row] = sql.rows("select count(*) + (select count(*) from feedback_complaint) from feedback_rating")
    return DAY + timedelta(days=40 * (1 + row[0]))


@given(st.lists(LOW, min_size=1, max_size=12))
@SOME
def test_follow_ups(rows: list[tuple[int, str, int, int, bool]]) -> None:
    first = fresh_day()
    for level, state, contacted, finished, taken in rows:
        made = Rating.objects.create(
            id=uuid4(),
            served="case",
            case_id=uuid4(),
            level=level,
            channel="1",
            at=AT,
            day=first,
            key=make.key(),
        )
        ended = state in ("closed", "void")
        FollowUp.objects.create(
            rating=made, state="pending" if state == "open" else state, contact_due_on=first + timedelta(days=1),
            finish_due_on=first + timedelta(days=3), limit_source="x", told="x", void_reason="x",
            contacted_on=first + timedelta(days=contacted) if state in ("contacted", "closed") else None,
            finished_on=first + timedelta(days=finished) if ended else None,
        )  # fmt: skip
        if taken:
            Appeal.objects.create(
                rating=made, state="upheld", reasons="x", appealed_at=AT, appealed_by_id=uuid4(), decided_at=AT,
                decided_by_id=uuid4(), decision="x", key=make.key(),
            )  # fmt: skip
    for today in (first, first + timedelta(days=2), first + timedelta(days=9)):
        found = ratings.follow_figures(first, first, today, by=SYSTEM)
        [row] = sql.rows(
            "select count(*) filter (where finished_on is null), "
            "count(*) filter (where finished_on is null and (finish_due_on < %(today)s "
            " or contacted_on is null and contact_due_on < %(today)s)), "
            "count(*) filter (where finished_on is not null), "
            "count(*) filter (where finished_on <= finish_due_on and coalesce(contacted_on, "
            " case when f.state = 'void' then finished_on end) <= contact_due_on) "
            "from feedback_followup f join feedback_rating r on r.id = f.rating_id "
            "where r.day = %(day)s and not exists (select 1 from feedback_appeal a where a.rating_id = r.id and a.state = 'upheld')",
            {"today": today, "day": first},
        )
        open_, late, ended_, kept = row
        assert (found.open, found.overdue, found.due, found.kept) == (open_, late, ended_ + late, kept)
        assert found.share == share(kept, ended_ + late)
    whole = ratings.rating_figures(first, first, by=SYSTEM)
    assert (whole.whole.low, whole.excluded) == (sum(not r[4] for r in rows), sum(r[4] for r in rows))
    for offer in ratings.offers(first, first):
        assert all(figure.printed in offer.text for figure in offer.figures)
        assert {f.code: f.value for f in offer.figures}["ratings.count"] == whole.whole.total


@given(st.lists(BROUGHT, min_size=1, max_size=12))
@SOME
def test_complaints(rows: list[tuple[str, str, int, int]]) -> None:
    first, where = fresh_day(), people.department()
    for kind, state, due, done in rows:
        answered = state == "replied"
        Complaint.objects.create(
            id=uuid4(), number=f"T{uuid4().hex}", kind=kind, way="online", words="x", state=state, at=AT, received_on=first,
            due_on=first + timedelta(days=due), limit_source="x", key=make.key(), department=where if answered else None,
            reply="x" if answered else "", replied_on=first + timedelta(days=done) if answered else None,
            ended_on=first + timedelta(days=done) if state == "rejected" else None,
        )  # fmt: skip
    today = first + timedelta(days=2)
    found = complaints.complaint_figures(first, first, today, by=SYSTEM)
    counted: list[tuple[Any, ...]] = sql.rows(
        "select kind, count(*), count(*) filter (where state <> 'received'), "
        "count(*) filter (where coalesce(replied_on, ended_on) <= due_on), "
        "count(*) filter (where state = 'received' and due_on < %(today)s) "
        "from feedback_complaint where received_on = %(day)s group by 1",
        {"today": today, "day": first},
    )
    said = {name: (e.received, e.answered, e.in_time, e.overdue) for name, e in found.by_kind.items()}
    assert said == {row[0]: tuple(row[1:]) for row in counted}
    whole = tuple(sum(row[place] for row in counted) for place in range(1, 5))
    assert (found.whole.received, found.whole.answered, found.whole.in_time, found.whole.overdue) == whole
    assert found.whole.share == share(whole[2], whole[1] + whole[3])
    assert sum(each.received for each in found.by_department.values()) == whole[0]
    [offer] = complaints.offers(first, first)
    assert offer.figures[0].value == whole[0]
    assert all(figure.printed in offer.text for figure in offer.figures)


def test_a_recount_that_forgets_what_was_taken_out_would_differ() -> None:
    """The broken variant: counting without looking at appeals."""
    made = make.rated(5)
    make.rated(1)
    Appeal.objects.create(
        rating=made, state="upheld", reasons="x", appealed_at=AT, appealed_by_id=uuid4(), decided_at=AT,
        decided_by_id=uuid4(), decision="x", key=make.key(),
    )  # fmt: skip
    naive = sql.rows("select count(*) from feedback_rating")[0][0]
    found = ratings.rating_figures(DAY, DAY, by=SYSTEM)
    assert (naive, found.whole.total, found.excluded) == (2, 1, 1)
    assert ratings.public_figures(DAY, DAY).whole.total == 1


@pytest.mark.parametrize("number", [4, 5])
def test_a_department_with_few_ratings_shows_no_share(number: int) -> None:
    for _ in range(number):
        make.rated(1)
    assert len(ratings.public_figures(DAY, DAY).by_department) == (number >= 5)
