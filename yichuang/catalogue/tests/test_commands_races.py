"""Two people at once: one draft, one published version, one import after the other."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from yichuang.catalogue import commands
from yichuang.catalogue.models import GuideVersion, ImportRun, Item, ItemRevision
from yichuang.catalogue.tests.factories import (
    AT,
    DISTRICT,
    WATER,
    both,
    editor,
    item,
    item_list,
    published,
    publisher,
    regions,
)
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Conflict, Problem

LATER = AT + timedelta(days=3)
SOUND = "511Z07001006-511602000000-000-11511301008778183N-1-00"


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Run calls in threads of their own, each with its own connection; results, or the problem told."""
    results: list[object] = [None] * len(calls)
    gate = threading.Barrier(len(calls))

    def run(place: int, call: Callable[[], object]) -> None:
        try:
            gate.wait()
            results[place] = call()
        except Problem as problem:
            results[place] = problem
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_who_press_at_once_work_on_one_draft(committed: dict[str, str]) -> None:
    published()
    water, one, other = item(WATER), editor(), both()
    results = at_once(
        lambda: commands.start_draft(water, by=one, at=LATER),
        lambda: commands.start_draft(water, by=other, at=LATER),
    )
    assert GuideVersion.objects.filter(state="draft").count() == 1
    assert all(isinstance(result, GuideVersion | Conflict) for result in results)


def test_of_two_saves_over_the_same_edit_one_wins(committed: dict[str, str]) -> None:
    published()
    version = commands.start_draft(item(WATER), by=editor(), at=LATER)
    one, other = editor(), both()
    first, second = version.elements | {"summary": "甲"}, version.elements | {"summary": "乙"}
    results = at_once(
        lambda: commands.save_draft(version.pk, first, edit=1, by=one, at=LATER),
        lambda: commands.save_draft(version.pk, second, edit=1, by=other, at=LATER),
    )
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "GuideVersion"]
    saved = GuideVersion.objects.get(pk=version.pk)
    assert saved.edit == 2
    winner = next(result for result in results if isinstance(result, GuideVersion))
    assert saved.elements["summary"] == winner.elements["summary"]


def test_of_two_publications_one_counts(committed: dict[str, str]) -> None:
    published()
    version = commands.start_draft(item(WATER), by=editor(), at=LATER)
    commands.submit(version.pk, by=editor(), at=LATER)
    one, other = publisher(), publisher("second")
    results = at_once(
        lambda: commands.publish(version.pk, by=one, at=LATER),
        lambda: commands.publish(version.pk, by=other, at=LATER),
    )
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "GuideVersion"]
    kinds = [fact.kind for fact in facts_of(version.item_id)]
    assert kinds == ["guide.published", "guide.submitted", "guide.published"]
    assert GuideVersion.objects.filter(state="published").count() == 1


@pytest.mark.parametrize("names", [("甲", "甲"), ("甲", "乙")])
def test_two_imports_of_one_item_come_one_after_the_other(
    committed: dict[str, str], names: tuple[str, str]
) -> None:
    regions()
    commands.load_departments(AT)
    contents = [item_list(f"{SOUND},{name},10,区经信局,{DISTRICT}") for name in names]
    results = at_once(*(lambda c=c: commands.import_items(c, "x", by=SYSTEM, at=AT) for c in contents))
    outcomes = [result for result in results if isinstance(result, commands.ImportOutcome)]
    assert sum(outcome.new for outcome in outcomes) == 1
    assert sum(outcome.changed for outcome in outcomes) == len(set(names)) - 1
    assert (Item.objects.count(), ImportRun.objects.count()) == (1, 2)
    assert ItemRevision.objects.count() == len(set(names))


def test_an_import_that_fails_leaves_nothing(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    regions()
    commands.load_departments(AT)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr("yichuang.catalogue.commands.imports.record", broken)
    with pytest.raises(RuntimeError):
        commands.import_items(item_list(f"{SOUND},备案,10,区经信局,{DISTRICT}"), "x", by=SYSTEM, at=AT)
    assert not Item.objects.exists()
    assert not ImportRun.objects.exists()
