"""Statements that name one subject are planned once a connection; everything else as PostgreSQL thinks best."""

from typing import Any

import pytest
from django.db import connection, transaction

from yichuang.kernel import sql


def modes() -> tuple[str, bool]:
    """How the session plans, and what the runner believes of it."""
    raw = connection.connection
    return raw.execute("show plan_cache_mode").fetchone()[0], raw in sql._with_one_plan


def test_a_session_plans_as_its_statements_want_and_is_told_only_when_that_changes(
    committed: dict[str, str],
) -> None:
    one, usual = f"{sql.ONE_PLAN} select %(x)s::int", "select %(x)s::int"
    told: list[str] = []
    assert sql.one(usual, {"x": 1}) == (1,)
    assert modes() == ("auto", False)
    raw = connection.connection
    before = raw.execute

    def telling(text: str) -> Any:
        told.append(text)
        return before(text)

    raw.execute = telling
    try:
        for text in (one, one, usual, usual, one):
            assert sql.one(text, {"x": 2}) == (2,)
    finally:
        del raw.execute
    assert told == [
        sql.HAS_ENGINE,
        *(f"set plan_cache_mode = {mode}" for mode in ("force_generic_plan", "auto", "force_generic_plan")),
    ]
    assert modes() == ("force_generic_plan", True)
    with transaction.atomic():
        # What a transaction's end may undo is never relied on: the careful way holds until then, and only until then.
        assert sql.one(usual, {"x": 3}) == (3,)
        assert modes() == ("auto", True)
    assert modes() == ("force_generic_plan", True)
    connection.close()
    assert sql.one(one, {"x": 4}) == (4,)
    with transaction.atomic():
        sql.one(one, {"x": 5})
        transaction.set_rollback(True)
    assert modes() == ("force_generic_plan", True)


def test_in_a_transaction_a_marked_statement_leaves_the_session_as_it_was(committed: dict[str, str]) -> None:
    with transaction.atomic():
        assert sql.one(f"{sql.ONE_PLAN} select 1") == (1,)
        transaction.set_rollback(True)
    assert modes() == ("auto", False)


def test_before_an_engine_that_distributes_each_value_has_its_plan(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every database has this extension: it stands for the engine.
    monkeypatch.setattr(sql, "HAS_ENGINE", sql.HAS_ENGINE.replace("'citus'", "'plpgsql'"))
    for number in range(3):
        assert sql.one(f"{sql.ONE_PLAN} select %(x)s::int", {"x": number}) == (number,)
        assert modes() == ("auto", False)
    connection.close()
    monkeypatch.undo()
    assert sql.one(f"{sql.ONE_PLAN} select %(x)s::int", {"x": 9}) == (9,)
    assert modes() == ("force_generic_plan", True), "another connection is asked anew"
