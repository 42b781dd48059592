"""The typed guide of a version is made once a process, and never outlives the elements it was made of."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from yichuang.catalogue.models import GuideVersion
from yichuang.catalogue.queries import guides
from yichuang.catalogue.rules.guide import read_guide

PACKAGED = Path(__file__).resolve().parents[1] / "fixtures" / "guides" / "water-taking.json"


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    guides._read.clear()
    yield
    guides._read.clear()


def elements() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(PACKAGED.read_text(encoding="utf-8"))
    return found


def version(number: int, data: dict[str, Any]) -> GuideVersion:
    return GuideVersion(pk=UUID(int=number), elements=data)


def test_a_version_is_read_once_and_another_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    monkeypatch.setattr(guides, "read_guide", lambda data: (read.append(data), read_guide(data))[1])  # type: ignore[func-returns-value]
    first = guides._read_once(version(1, elements()))
    assert guides._read_once(version(1, elements())) is first
    assert guides._read_once(version(2, elements())) == first
    assert len(read) == 2


def test_elements_that_changed_under_the_same_id_are_read_again() -> None:
    """A version in force is never edited; were it, the words of before would be caught here."""
    data = elements()
    before = guides._read_once(version(1, data))
    data["limits"]["promised"]["days"] = 1
    after = guides._read_once(version(1, data | {}))
    kept_without_comparing = before
    assert after != kept_without_comparing
    assert after.limits.promised.days == 1


def test_what_is_kept_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guides, "MOST_READ", 2)
    for number in range(5):
        guides._read_once(version(number, elements()))
    assert len(guides._read) <= 2
