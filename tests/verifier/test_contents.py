"""What people sent and wrote, against the commitments of their facts: corrected answers and reviewers' words too."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from tests.verifier import second
from tests.verifier.test_destroyed import LATER, officer, order, refused_case
from yichuang.cases.commands.happenings import Happening, leave
from yichuang.cases.models import Pending
from yichuang.cases.tests import factories as cases
from yichuang.cases.tests import factories_reviewers as reviewers
from yichuang.effects.cli.evidence import verify
from yichuang.effects.cli.reading import Export
from yichuang.effects.commands import drain_all
from yichuang.effects.queries import export_journal
from yichuang.feedback.commands.destroy import destroy_case
from yichuang.intake import commands as intake
from yichuang.intake.commands import NewFile
from yichuang.intake.commands.supply import supply_material
from yichuang.intake.tests import factories as filings
from yichuang.kernel import canonical, sql
from yichuang.kernel.keys import uuid7

AT = filings.AT
Said = list[tuple[str, str]]


@contextmanager
def forged(address: str, statement: str) -> Iterator[None]:
    """A superuser's change, taken back at the end."""
    tables = ("intake_application", "cases_reviewer_note")
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute("set session_replication_role = replica")
        for table in tables:
            admin.execute(f"create temporary table kept_{table} as select * from {table}")
        assert admin.execute(statement.encode()).rowcount == 1
        yield
        for table in tables:
            admin.execute(f"delete from {table}")
            admin.execute(f"insert into {table} select * from kept_{table}")


def look(folder: Path, *, content: bool) -> Said:
    """What both verifiers find; they agree."""
    export_journal(folder, content=content)
    found = [
        (one.kind, one.where.split()[-1] + " " + one.words)
        for one in verify(Export(folder), (), None, None).findings
    ]
    other = [
        (str(kind), f"{subject} {name} 第 {n} 项") for kind, subject, name, n in second.verify(folder, [], {})
    ]
    assert sorted(found) == sorted(other)
    return found


def test_corrected_answers_and_reviewers_words_are_checked_with_and_without_their_salts(
    committed: dict[str, str], tmp_path: Path
) -> None:
    case_id = filings.asked_to_correct().case_id
    intake.answer_correction(
        case_id, answers={"contact_name": "李示例"}, materials=[], note="已改正", key=filings.key(), by=filings.applicant(),
        at=AT,
    )  # fmt: skip
    opinion, by = uuid7(AT), filings.window_clerk()
    asked = Happening(
        opinion, "opinion", "opinion.asked", case_id, UUID(int=1), words={"question": "是否同意"}
    )
    leave(asked, by=by, at=AT)
    drain_all(at=AT)
    assert look(tmp_path / "plain", content=False) == look(tmp_path / "whole", content=True) == []

    plain = (tmp_path / "plain" / "contents.jsonl").read_text() + (
        tmp_path / "plain" / "replaced.jsonl"
    ).read_text()
    assert {tuple(sorted(json.loads(line))) for line in plain.splitlines()} == {
        ("commitment", "n", "name", "subject")
    }
    lines = (tmp_path / "whole" / "replaced.jsonl").read_text().splitlines()
    (before,) = (json.loads(line) for line in lines)
    assert (before["n"], json.loads(before["content"])["contact_name"]) == (1, "张示例")

    for number, (statement, expected) in enumerate(
        (
            ("update intake_application set answers = replace(answers, '李示例', '王示例')", ("case_changed", f"{case_id} answers 第 2 项")),
            ("update intake_application set earlier = replace(earlier, '张示例', '王示例')", ("case_changed", f"{case_id} answers 第 1 项")),
            ("update cases_reviewer_note set body = replace(body, '是否', '不必')", ("case_changed", f"{opinion} words 第 1 项")),
            ("delete from cases_reviewer_note", ("content_missing", f"{opinion} words 第 1 项")),
        )
    ):  # fmt: skip
        with forged(committed["admin"], statement):
            for content in (False, True):
                assert look(tmp_path / f"{number}{content}", content=content) == [expected]
    assert look(tmp_path / "again", content=False) == []


def test_a_file_that_followed_is_missed_like_one_that_was_filed(
    committed: dict[str, str], tmp_path: Path
) -> None:
    row, digest = reviewers.pending_case("consent", "report"), "c" * 64
    by = reviewers.window()
    for number, one in enumerate(Pending.objects.filter(case_id=row.id).order_by("code")):
        file = NewFile("承诺书.pdf", "pdf", 10, digest) if number == 0 else None
        supply_material(one.pk, file, by=by, at=reviewers.AT, key=cases.key())
    drain_all(at=reviewers.AT)
    for name, statement, expected in (
        ("honest", "select 1", []),
        ("lost", f"delete from intake_material where sha256 = '{digest}'", ["attachment_missing"]),
    ):
        with psycopg.connect(committed["admin"], autocommit=True) as admin:
            admin.execute("set session_replication_role = replica")
            assert admin.execute(statement.encode()).rowcount == 1
        folder = tmp_path / name
        export_journal(folder)
        found = verify(Export(folder), (), None, None).findings
        assert [one.kind for one in found] == expected
        assert [one.words for one in found] == [f"校验值 {digest}"] * len(expected)
        assert second.verify(folder, [], {}) == [(kind, str(row.id), digest) for kind in expected]


def test_a_broken_chain_of_a_destroyed_case_is_one_finding_though_reviewers_words_are_gone(
    committed: dict[str, str], tmp_path: Path, settings: Any
) -> None:
    """Their words went lawfully with the case's: an edited fact of the case does not make them missing."""
    settings.FILES_DIR = tmp_path / "files"
    case_id, by = refused_case(), filings.window_clerk()
    for kind, fact in (
        ("opinion", "opinion.asked"),
        ("survey", "survey.planned"),
        ("expert_review", "review.drawn"),
    ):
        words = {"question": "是否同意"}
        leave(Happening(uuid7(AT), kind, fact, case_id, UUID(int=1), words=words), by=by, at=AT)
    drain_all(at=AT)
    assert destroy_case(order(case_id), by=officer(), at=LATER)
    drain_all(at=LATER)
    whole = tmp_path / "whole"
    export_journal(whole)
    assert (verify(Export(whole), (), None, None).findings, second.verify(whole, [], {})) == ([], [])
    with psycopg.connect(committed["admin"], autocommit=True) as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute("update journal_fact set actor = 'x' where subject_id = %s and seq = 1", [case_id])
    folder = tmp_path / "edited"
    export_journal(folder)
    found = [(one.kind, one.where) for one in verify(Export(folder), (), None, None).findings]
    assert found == [("fact_edited", f"事实 {case_id} 第 1 条")]
    assert second.verify(folder, [], {}) == [("fact_edited", str(case_id), 1)]


def test_an_exporter_that_says_what_is_wanted_is_caught_by_the_content(
    committed: dict[str, str], tmp_path: Path
) -> None:
    """The broken variant: who gets commitments alone must believe whoever computed them."""
    filings.filed()
    drain_all(at=AT)
    sql.execute("update intake_application set answers = %(other)s", {"other": canonical.text({"a": "b"})})
    for content, caught in ((False, False), (True, True)):
        folder = tmp_path / str(content)
        export_journal(folder, content=content)
        facts = [
            fact for one in folder.glob("facts-*") for fact in map(json.loads, one.read_text().splitlines())
        ]
        told = next(json.loads(fact["data"])["answers"] for fact in facts if fact["kind"] == "case.filed")
        path = folder / "contents.jsonl"
        rows: list[dict[str, Any]] = [json.loads(line) for line in path.read_text().splitlines()]
        honest = [row | ({"commitment": told} if row["name"] == "answers" else {}) for row in rows]
        path.write_text("".join(json.dumps(row) + "\n" for row in honest))
        found = verify(Export(folder), (), None, None).findings
        assert bool(found) is bool(second.verify(folder, [], {})) is caught
