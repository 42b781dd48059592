"""Two who import experts at the same moment: one file goes in, whoever comes second is told; a double click goes in once."""

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from yichuang.cases.tests.crowd import PATIENCE_SECONDS, together
from yichuang.directory.commands import Imported, import_experts, save_expert
from yichuang.directory.commands import experts_import as commands
from yichuang.directory.models import Expert
from yichuang.directory.queries.experts import import_plan
from yichuang.directory.rules.experts import ExpertForm
from yichuang.directory.rules.experts_plan import Table
from yichuang.directory.tests.factories import AT
from yichuang.directory.tests.test_experts import manager
from yichuang.directory.tests.test_experts_import import ONE, TWO, key, table
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.errors import Conflict

pytestmark = pytest.mark.usefixtures("committed")
OTHER = [*ONE[:4], "讲师", *ONE[5:]]


def importing(*files: Table, keys: tuple[str, ...] = ()) -> list[Callable[[], Imported]]:
    """Each file looked at on the same pool, and then confirmed."""
    by = manager()
    seen = [import_plan(one, by=by).digest for one in files]
    return [
        lambda place=place: import_experts(  # type: ignore[misc]
            files[place], seen=seen[place], by=by, at=AT, key=keys[place] if keys else key()
        )
        for place in range(len(files))
    ]


def runs() -> int:
    """How many imports there were."""
    ((found,),) = sql.rows("select count(*) from journal_fact where kind = 'experts.imported'")
    return int(found)


def pool() -> dict[str, str]:
    """Everybody in the pool, with their title."""
    return dict(Expert.objects.values_list("name", "title"))


@pytest.mark.parametrize(
    "pair",
    [(table(ONE, TWO), table(OTHER)), (table(ONE), table(ONE, TWO))],
    ids=["another title", "one more"],
)
def test_of_two_files_with_the_same_expert_one_goes_in_whole(pair: tuple[Table, Table]) -> None:
    """Whatever the second file says of the expert: it was looked at before the first was there."""
    found = together(importing(*pair))
    assert sorted(type(one).__name__ for one in found) == ["Conflict", "Imported"], found
    (lost,) = [one for one in found if isinstance(one, Conflict)]
    assert "有了变化" in lost.message
    won = pair[[isinstance(one, Imported) for one in found].index(True)]
    assert pool() == {row[0]: row[4] for _, row in won[1:]}
    assert runs() == 1


def test_the_same_click_four_times_at_once_is_one_import() -> None:
    same = key()
    found = together(importing(*[table(ONE, TWO)] * 4, keys=(same,) * 4))
    (first, *others) = [one for one in found if isinstance(one, Imported)]
    assert len(others) == 3, found
    assert {one.run_id for one in others} == {first.run_id}
    assert (first.new, runs(), Expert.objects.count()) == (2, 1, 2)
    assert [fact.kind for fact in facts_of(first.run_id)] == ["experts.imported"]


def test_an_import_and_a_change_on_a_page_never_lose_each_other() -> None:
    """The page is waited for and then seen: either it comes first, and the import is refused, or it finds a newer edit."""
    by = manager()
    old = save_expert(ExpertForm("李示例", ("法律",), "示例大学", "讲师"), by=by, at=AT, key=key())
    change = ExpertForm("李示例", ("法律",), "示例大学", "教授")
    works: list[Callable[[], object]] = [
        *importing(table(TWO)),
        lambda: save_expert(change, by=by, at=AT, key=key(), expert_id=old.pk, seen=old.edit),
    ]
    found = together(works)
    assert sum(isinstance(one, Conflict) for one in found) == 1, found
    after = Expert.objects.get()
    assert (after.title, after.edit) == ("副教授" if isinstance(found[0], Imported) else "教授", 2)
    assert len(facts_of(old.pk)) == 2


def test_without_the_lock_both_would_go_by_the_pool_that_they_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: neither waits for the other, and what keeps the pool whole is the constraint alone."""
    planned, both = import_plan, threading.Barrier(2)

    def at_once(*given: Any, **named: Any) -> Any:
        found = planned(*given, **named)
        both.wait(PATIENCE_SECONDS)
        return found

    works = importing(table(ONE), table(OTHER))
    monkeypatch.setattr(commands, "import_plan", at_once)
    monkeypatch.setattr(commands, "sql", SimpleNamespace(rows=lambda *_: []))
    found = together(works)
    assert not any("有了变化" in str(one) for one in found), "both believed that nothing had changed"
    assert any("已经在库中" in str(one) for one in found)
