"""Rows of a file become ordinary cases: filed singly and as a file they leave equal rows in every table."""

import json
import re
from collections import Counter
from typing import Any

import pytest

from yichuang.cases.flow import Channel
from yichuang.intake.commands import DirectFiling, file_directly
from yichuang.intake.tests import factories as make
from yichuang.intake.tests import factories_bulk as bulk
from yichuang.journal.queries import checked_facts
from yichuang.journal.rules import fact_hash, first_hash
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import Actor

pytestmark = pytest.mark.django_db
COUNT = 60
TABLES = {
    "cases_case": "id", "cases_number": "case_id", "cases_work": "case_id", "journal_fact": "subject_id",
    "journal_fresh": "subject_id", "journal_client_key": "subject_id", "intake_application": "case_id",
    "intake_receipt": "case_id", "intake_material": "case_id",
}  # fmt: skip
# Ids, hashes, salts, keys; a moment and the digits of a number are told apart beforehand.
LOOSE = re.compile(
    r"bulk:[0-9a-f]{64}|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{64}|[0-9a-f]{32}"
    r"|(?<=/)[A-Z2-7]{16}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?"
)


def loosened(text: str, known: dict[str, str]) -> str:
    """The text with everything that differs from case to case taken out, and what stays the same left in."""
    number = re.sub(r"(?<=-2022-)\d{6}", "……", text)
    return LOOSE.sub(lambda found: known.get(found[0], "…"), number)


def written(case_ids: list[str], known: dict[str, str]) -> dict[str, Counter[str]]:
    """Every row about these cases in every table, loosened."""
    found: dict[str, Counter[str]] = {}
    for table, column in TABLES.items():
        rows: list[dict[str, Any]] = sql.named(
            f"select * from {table} where {column} = any(%(ids)s::uuid[])", {"ids": case_ids}
        )
        found[table] = Counter(loosened(spelled(row), known) for row in rows)
    return found


def spelled(row: dict[str, Any]) -> str:
    return json.dumps(
        {name: value.hex() if isinstance(value, bytes) else str(value) for name, value in row.items()},
        ensure_ascii=False, sort_keys=True,
    )  # fmt: skip


def singly(table: list[dict[str, str]], item: str, by: Actor) -> list[str]:
    """Each row filed alone, as a machine files it."""
    made = []
    for row in table:
        filing = DirectFiling(item, Channel.ONLINE, None, bulk.answers_of(row))
        made.append(
            file_directly(
                filing, key=make.key(), body_hash=canonical.digest(spelled(dict(row))), by=by, at=bulk.AT
            )
        )
    return [str(one.case_id) for one in made]


def test_filed_singly_and_as_a_file_the_rows_are_equal_in_every_table() -> None:
    version = bulk.offer()
    item, by = version.item.code, make.applicant()
    known = {str(version.pk): "version", str(version.item_id): "item", str(by.applicant_id): "applicant"}
    known[str(version.item.department_id)], known[str(by.id)] = "department", "account"
    table = bulk.rows(COUNT)
    alone = written(singly(table, item, by), known)
    run = bulk.filed(table, by, item)
    assert (run.state, run.good, run.filed, run.bad) == ("done", COUNT, COUNT, 0)
    ids = [
        str(id_) for (id_,) in sql.rows("select subject_id from journal_client_key where key like 'bulk:%%'")
    ]
    assert len(ids) == COUNT
    together = written(ids, known)
    assert together == alone
    assert alone["intake_material"] == Counter()
    assert all(sum(alone[name].values()) == COUNT for name in TABLES if name != "intake_material")
    numbers = sql.rows("select number from cases_number order by 1")
    assert [int(number[-6:]) for (number,) in numbers] == list(range(1, 2 * COUNT + 1)), (
        "no number is missing"
    )
    assert sql.one("select last from journal_series where series like 'case:%%'") == (2 * COUNT,)


def test_every_hash_of_a_block_is_the_journals_own() -> None:
    version = bulk.offer()
    bulk.filed(bulk.rows(7), make.applicant(), version.item.code)
    wrong = sql.rows(
        "select number from journal_fact where subject_kind = 'case' and hash <> journal_fact_hash(prev_hash, subject_id, seq, "
        "journal_place(subject_kind, department_id, key, key_hash), kind, at, actor, ground, number, data)"
    )
    assert wrong == []
    cases = sql.rows(
        "select c.id, c.last_hash = f.hash from cases_case c join journal_fact f on f.subject_id = c.id"
    )
    assert len(cases) == 7
    assert all(same for _, same in cases)
    for case_id, _ in cases:
        assert all(fact.sound for fact in checked_facts(case_id))


def test_the_shared_spelling_of_a_hash_is_the_plain_one() -> None:
    by, at = make.applicant(), bulk.AT
    found = first_hash("case", None, "case.filed", at, by.signature)("id", "k", "h", "n", "{}")
    plain = fact_hash(b"", "id", 1, "case  k h", "case.filed", at, by.signature, None, "n", "{}")  # type: ignore[arg-type]
    assert found == plain.hex()
    other = first_hash("case", None, "case.filed", at, by.signature)("id", "k", "h", "n", "{ }")
    assert other != found


def test_a_file_that_forgets_something_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken variants: a column left out, a due date counted otherwise, a receipt with another head."""
    version = bulk.offer()
    item, by = version.item.code, make.applicant()
    known = {str(version.pk): "version", str(version.item_id): "item", str(by.applicant_id): "applicant"}
    known[str(version.item.department_id)], known[str(by.id)] = "department", "account"
    alone = written(singly(bulk.rows(1), item, by), known)
    broken = (
        ("yichuang.intake.commands.bulk_press.expiry", lambda _: None, "cases_case"),
        ("yichuang.cases.rules.ACCEPTANCE_DAYS", 6, "cases_work"),
        ("yichuang.intake.commands.bulk_blocks.head_text", lambda _: '{"number":9}', "intake_receipt"),
    )
    for number, (name, instead, table) in enumerate(broken, start=1):
        with monkeypatch.context() as patched:
            patched.setattr(name, instead)
            run = bulk.filed(bulk.rows(1, 承诺人=f"示例{number}"), by, item)
        (found,) = sql.rows(
            "select k.subject_id from intake_bulkrow r join journal_client_key k on k.key = r.key where r.run_id = %(run)s",
            {"run": run.pk},
        )
        together = written([str(found[0])], known)
        assert together[table] != alone[table], name
        assert together["cases_number"] == alone["cases_number"]
