"""Several reads in one statement: same rows, same types, as if each had asked by itself."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from yichuang.kernel import sql
from yichuang.kernel.errors import Missing
from yichuang.kernel.sql import ONE_PLAN
from yichuang.kernel.together import MOST_TURNS, _joined, abreast, side_by_side, together

pytestmark = pytest.mark.django_db

MANY = "select n, n * 2 as twice from generate_series(1, %(upto)s::int) as g (n) order by n desc"
SORTS = """
select 7::smallint as a, 8::bigint as b, 1.50::numeric as c, 'x'::text as d, null::date as e, '2022-09-02'::date as f,
       timestamptz '2022-09-02 01:02:03+00' as g, '00000000-0000-7000-8000-000000000001'::uuid as h, true as i, '\\x00ff'::bytea as j,
       '{"a": [1]}'::jsonb as k, '{"b": 2}'::json as l, array['x', 'y'] as m, array[]::int[] as n, 'a'::varchar(3) as o,
       interval '1 day' as p, 2.5::float8 as q, 'written'
"""


def upto(number: int) -> Callable[[], list[tuple[Any, ...]]]:
    """A read of a few rows."""
    return lambda: sql.rows(MANY, {"upto": number})


def test_each_gets_its_own_rows_in_their_order_by_one_statement() -> None:
    with sql.counting() as statements:
        found = together(upto(3), upto(0), upto(2), lambda: 5, upto(3))
    assert found == ([(3, 6), (2, 4), (1, 2)], [], [(2, 4), (1, 2)], 5, [(3, 6), (2, 4), (1, 2)])
    assert len(statements) == 1


def test_every_type_comes_as_it_comes_alone() -> None:
    alone = sql.rows(SORTS)
    other, found = together(upto(1), lambda: sql.rows(SORTS))
    assert found == alone
    assert [type(value) for value in found[0]] == [type(value) for value in alone[0]]
    assert found[0][:4] == (7, 8, Decimal("1.50"), "x")
    assert found[0][5:8] == (
        date(2022, 9, 2), datetime(2022, 9, 2, 1, 2, 3, tzinfo=UTC), UUID("00000000-0000-7000-8000-000000000001"),
    )  # fmt: skip
    assert other == [(1, 2)]


def test_values_of_one_name_are_kept_apart_and_percent_signs_stay() -> None:
    text = "select %(x)s::text, '%%' || %(x)s::text, 5 %% 3"
    assert together(lambda: sql.one(text, {"x": "a"}), lambda: sql.one(text, {"x": "b"})) == (
        ("a", "%a", 2), ("b", "%b", 2),
    )  # fmt: skip
    positions = "select %s::int - %s::int"
    assert together(lambda: sql.one(positions, [5, 3]), lambda: sql.one(positions, (3, 5))) == ((2,), (-2,))


def test_the_same_question_is_asked_once_and_its_rows_are_not_shared() -> None:
    first, second = together(upto(2), upto(2))
    first.clear()
    assert second == [(2, 4), (1, 2)]


def test_what_asks_in_turn_is_gathered_again() -> None:
    def chained() -> list[int]:
        seen = []
        number = 1
        for _ in range(3):
            row = sql.one("select %(n)s::int + 1", {"n": number})
            assert row is not None
            number = row[0]
            seen.append(number)
        return seen

    with sql.counting() as statements:
        found = together(chained, chained, upto(1))
    assert found == ([2, 3, 4], [2, 3, 4], [(1, 2)])
    assert len(statements) == 3


def test_what_never_stops_asking_is_stopped() -> None:
    turns = iter(range(1000))
    with pytest.raises(RuntimeError, match=str(MOST_TURNS)):
        together(lambda: sql.rows("select %(n)s::int", {"n": next(turns)}), upto(1))


@pytest.mark.parametrize(
    "write",
    [
        lambda: sql.execute("create temp table never (n int)"),
        lambda: sql.named("select 1 as a"),
    ],
)
def test_only_reads_can_be_begun_twice(write: Callable[[], Any]) -> None:
    with pytest.raises(RuntimeError, match="read together"):
        together(write, upto(1))
    # And whatever happened, the next statement is sent again.
    assert sql.rows("select 1") == [(1,)]
    assert sql.one("select to_regclass('never')::text") == (None,)


def test_a_problem_of_one_is_raised_and_nothing_is_left_behind() -> None:
    def missing() -> None:
        sql.rows("select 1")
        raise Missing

    with pytest.raises(Missing):
        together(upto(1), missing)
    assert upto(1)() == [(1, 2)]


def test_a_read_that_catches_everything_does_not_swallow_the_turn() -> None:
    def careful() -> Any:
        try:
            return sql.rows("select 9")
        except Exception:
            return "swallowed"

    assert together(careful, upto(1))[0] == [(9,)]


def test_planned_once_only_where_each_is() -> None:
    one, other = f"{ONE_PLAN} select 1", "select 2"
    assert _joined((one, one)).startswith(ONE_PLAN)
    assert not _joined((one, other)).startswith(ONE_PLAN)
    assert not _joined((other, one)).startswith(ONE_PLAN)


def test_a_comment_at_the_end_hides_nothing() -> None:
    assert together(lambda: sql.one("select 1 -- the end"), lambda: sql.one("select 2 -- %%")) == ((1,), (2,))


def test_two_hot_reads_stay_two_statements_and_what_either_raises_comes_in_their_order() -> None:
    hot = f"{ONE_PLAN} select %(x)s::int, %(y)s::text"

    def one(x: int, fault: type[Exception] | None = None) -> Callable[[], tuple[Any, ...] | None]:
        def read() -> tuple[Any, ...] | None:
            row = sql.one(hot, {"x": x, "y": "窗"})
            if fault is not None:
                raise fault
            return row

        return read

    for _ in range(3):
        with sql.counting() as statements:
            assert side_by_side(one(1), one(2)) == ((1, "窗"), (2, "窗"))
        assert statements == [hot, hot]
    with sql.counting() as statements:
        assert together(one(1), one(2)) == ((1, "窗"), (2, "窗"))
    assert len(statements) == 1, "a page's reads are one statement as before"
    for faults, raised in (
        ((KeyError, Missing), KeyError),
        ((None, Missing), Missing),
        ((KeyError, None), KeyError),
    ):
        with pytest.raises(raised):
            side_by_side(one(1, faults[0]), one(2, faults[1]))
    assert side_by_side(one(3), lambda: 5) == ((3, "窗"), 5)
    assert side_by_side(upto(1), one(4)) == ([(1, 2)], (4, "窗")), (
        "what is planned for its values is asked as before"
    )


def test_of_hot_reads_the_first_is_begun_once_and_its_first_statement_takes_the_other_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hot, other = f"{ONE_PLAN} select %(x)s::int", f"{ONE_PLAN} select %(x)s::int + 1"
    begun: list[str] = []
    sent: list[tuple[str, str]] = []
    honest = sql.both

    def noted(first: Any, second: Any) -> Any:
        sent.append((first[0], second[0]))
        return honest(first, second)

    monkeypatch.setattr(sql, "both", noted)

    def several() -> list[Any]:
        begun.append("several")
        return [sql.one(hot, {"x": x}) for x in (1, 2)]

    def single() -> list[Any]:
        begun.append("single")
        return [sql.one(other, {"x": x}) for x in (5, 6)]

    with sql.counting() as statements:
        assert side_by_side(several, single) == ([(1,), (2,)], [(6,), (7,)])
    assert begun == ["single", "several", "single"]
    assert (sent, statements) == ([(hot, other)], [hot, other, hot, other])
    # Where the first asks nothing, or the very same, the other is asked by itself.
    assert side_by_side(lambda: 5, single) == (5, [(6,), (7,)])
    assert side_by_side(several, several) == ([(1,), (2,)], [(1,), (2,)])
    assert len(sent) == 1


TIMES = "/*once*/(select random() as r, 'a)%%' as sign)/*end once*/ t"


def drawn(more: str = "") -> Callable[[], tuple[Any, ...] | None]:
    """A read of one row that is another each time it is worked out."""
    return lambda: sql.one(f"select r, sign from {TIMES} {more}")


def test_what_one_read_asks_abreast_is_asked_in_one_turn_and_elsewhere_in_order() -> None:
    def read() -> Any:
        return abreast(upto(2), lambda: abreast(upto(1), lambda: 5))

    def one_by_one() -> Any:
        return upto(2)(), (upto(1)(), 5)

    expected = ([(2, 4), (1, 2)], ([(1, 2)], 5))
    for asked, turns in ((read, 1), (one_by_one, 2)):
        with sql.counting() as statements:
            assert together(asked, upto(3))[0] == expected
        assert len(statements) == turns
    with sql.counting() as statements:
        assert read() == expected
    assert statements == [MANY, MANY]

    def missing() -> Any:
        raise Missing("没有")

    with pytest.raises(Missing):
        together(lambda: abreast(upto(1), missing), upto(1))


def test_what_several_ask_of_one_table_is_worked_out_once() -> None:
    with sql.counting() as statements:
        a, b, other = together(drawn(), drawn("where r >= 0"), upto(1))
    assert a == b
    assert a is not None
    assert a[1] == "a)%"
    assert other == [(1, 2)]
    assert len(statements) == 1
    assert statements[0].count("random()") == 1
    # Asked alone, or by one of several only, it stays where it stands.
    alone = drawn()()
    assert alone is not None
    assert alone != a
    once, other = together(drawn(), upto(1))
    assert once is not None
    assert other == [(1, 2)]


def test_without_the_marks_it_is_worked_out_for_each() -> None:
    """The broken variant of the test above."""
    text = f"select r from {TIMES}".replace("/*once*/", "").replace("/*end once*/", "")
    a, b = together(lambda: sql.one(text), lambda: sql.one(f"{text} where r >= 0"))
    assert a != b


def test_two_tables_are_kept_apart_and_one_with_values_is_refused() -> None:
    one, two = (
        "select n from /*once*/(select 1 as n)/*end once*/ q",
        "select n from /*once*/(select 2 as n)/*end once*/ q",
    )
    asked = [f"{text} where n > %(least)s" for text in (one, two, one, two)]
    found = together(
        *[lambda text=text, at=at: sql.one(text, {"least": at // 4}) for at, text in enumerate(asked)]
    )
    assert found == ((1,), (2,), (1,), (2,))
    text = _joined((one, two, one, f"{two}, generate_series(1, 2)"))
    assert text.count("as materialized") == 2
    wrong = "select n from /*once*/(select %(x)s::int as n)/*end once*/ q"
    with pytest.raises(ValueError, match="takes no values"):
        together(lambda: sql.one(wrong, {"x": 1}), lambda: sql.one(wrong, {"x": 2}))
