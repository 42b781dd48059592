"""Figures are a recount by SQL, whatever was rated and appealed; the board and the offer say the same."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yichuang.directory.tests import factories as people
from yichuang.feedback.commands.follow_ups import AppealForm, appeal_rating, decide_appeal
from yichuang.feedback.models import Appeal, FollowUp, Rating
from yichuang.feedback.queries import ratings as queries
from yichuang.feedback.tests import factories as make
from yichuang.kernel import sql
from yichuang.kernel.errors import Missing, Refused

pytestmark = pytest.mark.django_db
AT = make.AT
DAY = AT.date()
ROWS = st.lists(
    st.tuples(st.integers(1, 5), st.sampled_from("12345"), st.booleans(), st.booleans(), st.integers(0, 3)),
    max_size=25,
)


@given(ROWS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_figures_are_a_recount(rows: list[tuple[int, str, bool, bool, int]]) -> None:
    first = DAY + timedelta(days=400 + sql.one("select count(*) from feedback_rating")[0])  # type: ignore[index]
    water, industry = people.department(), people.department("经济和信息化厅", "120", "川经信")
    for level, channel, own, taken, days in rows:
        day = first + timedelta(days=days)
        made = Rating.objects.create(
            id=uuid4(), served="case", case_id=uuid4(), department=water if own else industry, level=level,
            channel=channel, at=AT + (day - DAY), day=day, key=make.key(),
        )  # fmt: skip
        if taken and level > 3:
            Appeal.objects.create(
                rating=made, state="upheld", reasons="x", appealed_at=AT, appealed_by_id=uuid4(), decided_at=AT,
                decided_by_id=uuid4(), decision="x", key=make.key(),
            )  # fmt: skip
    last = first + timedelta(days=2)
    for by in (make.reviewer(), make.handler()):
        found = queries.rating_figures(first, last, by=by)
        counted = dict(
            sql.rows(
                "select r.level, count(*)::int from feedback_rating r left join feedback_appeal a on a.rating_id = r.id "
                "where r.day between %(first)s and %(last)s and a.state is distinct from 'upheld' "
                "and (%(all)s or r.department_id = %(own)s::uuid) group by 1",
                {"first": first, "last": last, "all": by.everywhere, "own": by.department_id},
            )
        )
        assert found.whole.levels == tuple(counted.get(level, 0) for level in range(1, 6))
        for lines in (found.by_department, found.by_window, found.by_channel):
            assert sum(line.count.total for line in lines) == found.whole.total
    # The next example counts days of its own.
    for _ in range(4 - len(rows)):
        Rating.objects.create(
            id=uuid4(), served="case", case_id=uuid4(), level=1, channel="1", at=AT, day=DAY, key=make.key()
        )


def test_board_and_offer() -> None:
    make.rating(1)
    make.rating(3)
    low = make.rating(5)
    wrong = make.rating(4)
    appeal_rating(wrong.pk, AppealForm("不实"), by=make.handler(), at=AT, key=make.key())
    decide_appeal(wrong.pk, uphold=True, words="属实", by=make.reviewer(), at=AT)
    found = queries.board(make.reviewer(), DAY, DAY, DAY + timedelta(days=3))
    assert (found.count, found.good_share, found.low, found.low_open, found.low_overdue) == (
        3,
        Decimal("66.7"),
        1,
        1,
        1,
    )
    assert queries.board(make.other(), DAY, DAY).count == 0
    [offer] = queries.offers(DAY, DAY)
    assert offer.text == "本周收到群众评价3次，好评率66.7%；差评1件，已办结回访0件。"
    assert all(figure.printed in offer.text for figure in offer.figures)
    assert queries.offers(DAY - timedelta(days=9), DAY - timedelta(days=1)) == []
    assert FollowUp.objects.get(pk=low.pk).state == "pending"
    assert {row.pk for row in Rating.objects.all()} >= {wrong.pk}
    public = queries.public_figures(DAY, DAY)
    assert (public.whole.total, public.by_department, public.excluded) == (3, [], 1)


def test_the_list_is_scoped_and_says_what_is_late() -> None:
    low = make.rating(5)
    make.rating(1)
    asked = queries.RatingFilter(DAY, DAY, DAY + timedelta(days=4), follow="overdue")
    assert [row.pk for row in queries.ratings_page(asked, by=make.handler()).rows] == [low.pk]
    assert queries.ratings_page(asked, by=make.other()).rows == []
    early = queries.RatingFilter(DAY, DAY, DAY + timedelta(days=1), follow="overdue")
    assert queries.ratings_page(early, by=make.handler()).rows == []
    with pytest.raises(Missing):
        queries.rating_for(low.pk, by=make.other())
    with pytest.raises(Refused):
        queries.visible_ratings(people.reviewer())


def test_pages_of_a_list_hold_every_rating_once() -> None:
    made = {make.rating(level, at=AT + timedelta(minutes=level)).pk for level in (1, 2, 3, 4, 5)}
    asked, seen, after = queries.RatingFilter(DAY, DAY, DAY), [], ""
    while True:
        page = queries.ratings_page(asked, by=make.handler(), after=after, size=2)
        seen += [row.pk for row in page.rows]
        after = page.following
        if not after:
            break
    assert len(seen) == 5
    assert set(seen) == made
