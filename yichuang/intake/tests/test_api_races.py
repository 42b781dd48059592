"""One case for one key (R13), however many ask at once; and the way that does not keep it is caught."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from yichuang.cases.models import Case
from yichuang.directory.tests import factories as people
from yichuang.directory.tests.machines import Machine, token_of
from yichuang.intake.commands import direct
from yichuang.intake.commands.filing import enter
from yichuang.intake.models import FixedReceipt
from yichuang.intake.queries import receipt_of
from yichuang.intake.tests import factories as make
from yichuang.intake.tests.test_api_filing import CASES, body
from yichuang.kernel import sql

KEYS, CLIENTS = 10, 8


@pytest.fixture(autouse=True)
def _a_monday_in_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.AT)


def prepared() -> tuple[str, str]:
    """Secrets of a portal and of another one."""
    make.offer()
    by = make.window_clerk()
    held = people.account_of(by).post
    assert held is not None
    return token_of(by, at=make.AT)[1], token_of(people.staff("another", held), at=make.AT)[1]


def race(secret: str, keys: int, clients: int) -> dict[str, list[tuple[int, bytes]]]:
    """Every client posts under every key, all at the same moment key by key; the answers by key."""
    names = [uuid4().hex for _ in range(keys)]
    start = Barrier(clients)

    def one(client: int) -> list[tuple[str, int, bytes]]:
        machine, said = Machine(secret), []
        try:
            for name in names:
                start.wait(60)
                response = machine.post(CASES, body(), name)
                said.append((name, response.status_code, response.content))
        finally:
            connection.close()
        return said

    found: dict[str, list[tuple[int, bytes]]] = {name: [] for name in names}
    with ThreadPoolExecutor(clients) as pool:
        for said in pool.map(one, range(clients)):
            for name, status, content in said:
                found[name].append((status, content))
    return found


def test_each_key_makes_one_case_and_everybody_gets_its_receipt(committed: dict[str, str]) -> None:
    secret, other = prepared()
    found = race(secret, KEYS, CLIENTS)
    assert Case.objects.count() == FixedReceipt.objects.count() == KEYS
    numbers = set()
    for key, answers in found.items():
        assert Counter(status for status, _ in answers) == {201: 1, 200: CLIENTS - 1}
        receipts = {content.replace(b'"replayed":true', b'"replayed":false') for _, content in answers}
        assert len(receipts) == 1, "replays are equal byte for byte"
        numbers.add(json.loads(receipts.pop())["receipt"]["case_no"])
        assert Machine(secret).post(CASES, body(channel="3"), key).status_code == 409
        assert Machine(other).post(CASES, body(), key).status_code == 404
    assert sorted(int(number[-6:]) for number in numbers) == list(range(1, KEYS + 1))
    assert sql.one("select last from journal_series where series like 'case:%'") == (KEYS,)


def test_checking_first_and_writing_then_makes_too_many_and_is_caught(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: a key is looked up, and remembered only after the case was written."""
    secret, _ = prepared()
    seen: dict[str, UUID] = {}
    real = enter

    def looked_up(key: str, _hash: str, _by: Any) -> Any:
        return receipt_of(seen[key]) if key in seen else None

    def written(entry: Any, **who: Any) -> Any:
        entered = real(replace(entry, key=uuid4().hex), **who)
        seen[entry.key] = entered.receipt.case_id
        return entered

    monkeypatch.setattr(direct, "known_receipt", looked_up)
    monkeypatch.setattr(direct, "enter", written)
    race(secret, 3, CLIENTS)
    assert Case.objects.count() > 3
