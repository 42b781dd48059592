"""R36: what a superuser could do to the database, each found by the verification outside and named to the row."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from click.testing import CliRunner

from tests.verifier import second
from tests.verifier.conftest import Site
from yichuang.effects.cli.evidence import verify, verify_journal
from yichuang.effects.cli.reading import Export, read_heads
from yichuang.effects.queries import export_journal
from yichuang.journal import rules
from yichuang.journal.rules.verify import Finding
from yichuang.kernel import canonical

Admin = psycopg.Connection[tuple[object, ...]]
TABLES = (
    "journal_fact",
    "journal_leaf",
    "journal_seal",
    "journal_fresh",
    "cases_case",
    "cases_number",
    "intake_material",
    "intake_application",
    "cases_particulars",
)
REHASH = """update journal_fact f set prev_hash = coalesce(b.hash, ''), hash = journal_fact_hash(coalesce(b.hash, ''), f.subject_id, f.seq,
    journal_place(f.subject_kind, f.department_id, f.key, f.key_hash), f.kind, f.at, f.actor, f.ground, f.number, f.data)
    from (select 1) x left join journal_fact b on b.subject_id = %(id)s and b.seq = %(seq)s - 1
    where f.subject_id = %(id)s and f.seq = %(seq)s"""


@contextmanager
def superuser(site: Site) -> Iterator[Admin]:
    """A connection that no trigger, key or right stops; what it did is taken back at the end."""
    with psycopg.connect(site.addresses["admin"], autocommit=True) as admin:
        admin.execute("set session_replication_role = replica")
        for table in TABLES:
            admin.execute(f"create temporary table if not exists kept_{table} as select * from {table}")
        yield admin
        for table in TABLES:
            admin.execute(f"delete from {table}")
            admin.execute(f"insert into {table} select * from kept_{table}")


def look(site: Site, into: Path) -> list[Finding]:
    """Export and verify, as an auditor would."""
    export_journal(into)
    return verify(Export(into), (site.heads,), site.keys, site.files).findings


def delivered(admin: Admin) -> UUID:
    """The case that was delivered: five facts."""
    row = admin.execute("select id from cases_case where state = 'delivered'").fetchone()
    assert row is not None
    return UUID(str(row[0]))


def filed(admin: Admin) -> UUID:
    """The case that came with files."""
    row = admin.execute("select distinct case_id from intake_material").fetchone()
    assert row is not None
    return UUID(str(row[0]))


Named = list[tuple[str, str]]


def fact(subject: UUID, seq: int) -> str:
    return f"事实 {subject} 第 {seq} 条"


def edit(admin: Admin) -> Named:
    subject = delivered(admin)
    admin.execute(
        "update journal_fact set data = replace(data, 'granted', 'denied') where subject_id = %s and seq = 4",
        [subject],
    )
    return [("fact_edited", fact(subject, 4))]


def back_date(admin: Admin) -> Named:
    subject = delivered(admin)
    admin.execute(
        "update journal_fact set at = at - interval '9 days', day = day - 9 where subject_id = %s and seq = 4",
        [subject],
    )
    return [("fact_edited", fact(subject, 4))]


def move_day(admin: Admin) -> Named:
    subject = delivered(admin)
    admin.execute("update journal_fact set day = day - 9 where subject_id = %s and seq = 2", [subject])
    return [("day_moved", fact(subject, 2))]


def delete(admin: Admin) -> Named:
    subject = delivered(admin)
    admin.execute("delete from journal_fact where subject_id = %s and seq = 3", [subject])
    return [("fact_deleted", fact(subject, 3))]


def insert(admin: Admin) -> Named:
    """A fact that is hashed well and hangs on the last one; the case is brought into line with it."""
    subject = delivered(admin)
    admin.execute(
        "insert into journal_fact select subject_id, seq + 1, subject_kind, 'case.expedited_quietly', at, day, actor, actor_name, department_id, ground, "
        "null, data, null, null, hash, hash from journal_fact where subject_id = %s order by seq desc limit 1",
        [subject],
    )
    row = admin.execute("select max(seq) from journal_fact where subject_id = %s", [subject]).fetchone()
    assert row is not None
    last = int(str(row[0]))
    admin.execute(REHASH, {"id": subject, "seq": last})
    admin.execute(
        "update cases_case c set seq = f.seq, last_hash = f.hash from journal_fact f "
        "where c.id = %s and f.subject_id = c.id and f.seq = %s",
        [subject, last],
    )
    return [("fact_inserted", fact(subject, last))]


def swap(admin: Admin) -> Named:
    subject = delivered(admin)
    for old, new in ((2, 99), (3, 2), (99, 3)):
        admin.execute(
            "update journal_fact set seq = %s where subject_id = %s and seq = %s", [new, subject, old]
        )
    named = [("facts_swapped", fact(subject, seq)) for seq in (2, 3)]
    return [
        *named,
        ("step_not_allowed", "第 2 条 case.proposed"),
        ("step_not_allowed", "第 3 条 case.accepted"),
    ]


def cut_tail(admin: Admin) -> Named:
    """The last fact is cut off and the case brought back into line: only the seal still knows it."""
    subject = delivered(admin)
    admin.execute("delete from journal_fact where subject_id = %s and seq = 5", [subject])
    admin.execute(
        "update cases_case c set seq = 4, last_hash = f.hash, state = 'decided', closed_on = null from journal_fact f "
        "where c.id = %s and f.subject_id = c.id and f.seq = 4",
        [subject],
    )
    return [("tail_cut", fact(subject, 5))]


def recompute_tail(admin: Admin) -> Named:
    """Edited, and everything behind it hashed again, the case too: the leaves tell."""
    subject = delivered(admin)
    admin.execute(
        "update journal_fact set actor = 'staff:another' where subject_id = %s and seq = 4", [subject]
    )
    for seq in (4, 5):
        admin.execute(REHASH, {"id": subject, "seq": seq})
    admin.execute(
        "update cases_case c set last_hash = f.hash from journal_fact f where c.id = %s and f.subject_id = c.id and f.seq = 5",
        [subject],
    )
    return [("fact_recomputed", fact(subject, 4)), ("fact_recomputed", fact(subject, 5))]


def rewrite_everything(admin: Admin) -> Named:
    """Facts, leaves, roots and chain made anew: inside everything fits, only the heads that left do not."""
    recompute_tail(admin)
    admin.execute(
        "update journal_leaf l set hash = f.hash from journal_fact f where f.subject_id = l.subject_id and f.seq = l.seq"
    )
    reseal(admin)
    row = admin.execute(
        "select min(seal_number) from journal_leaf where subject_id = %s and seq >= 4", [delivered(admin)]
    ).fetchone()
    assert row is not None
    return [("history_rewritten", f"封账 {row[0]}")]


def reseal(admin: Admin) -> None:
    """Every root and head computed again, as the program would."""

    previous = rules.GENESIS
    for number, at in admin.execute("select number, at from journal_seal order by number").fetchall():
        rows = admin.execute(
            "select hash from journal_leaf where seal_number = %s order by position", [number]
        )
        leaves = [bytes(row[0]) for row in rows]  # type: ignore[call-overload]
        root = rules.merkle_root(leaves)
        previous = rules.chain(previous, int(str(number)), root, len(leaves), at=at)  # type: ignore[arg-type]
        admin.execute(
            "update journal_seal set root = %s, chain = %s, leaves = %s where number = %s",
            [root, previous, len(leaves), number],
        )


def case_without_fact(admin: Admin) -> Named:
    subject = delivered(admin)
    admin.execute("update cases_case set state = 'decided', closed_on = null where id = %s", [subject])
    return [("case_changed", f"{subject}")]


def case_to_another(admin: Admin) -> Named:
    subject = filed(admin)
    admin.execute("update cases_case set department_id = %s where id = %s", [subject, subject])
    return [("case_changed", f"{subject}")]


def delete_case(admin: Admin) -> Named:
    subject = filed(admin)
    admin.execute("delete from cases_case where id = %s", [subject])
    # The name that was committed to stood on the row.
    return [("case_missing", f"{subject}"), ("content_missing", f"{subject} applicant 第 1 项")]


def clone(admin: Admin) -> Named:
    """A whole life copied to another id, its hashes as they were."""
    subject, other = delivered(admin), UUID("01900000-0000-7000-8000-000000000001")
    admin.execute("select journal_ensure_quarter('journal_fact', date '2024-06-10')")
    admin.execute(
        "insert into journal_fact select %s, seq, subject_kind, kind, at, day, actor, actor_name, department_id, ground, number, data, key, "
        "key_hash, prev_hash, hash from journal_fact where subject_id = %s",
        [other, subject],
    )
    return [*(("fact_edited", fact(other, seq)) for seq in range(1, 6)), ("case_missing", f"{other}")]


def swap_attachment(admin: Admin) -> Named:
    subject = filed(admin)
    row = admin.execute("select id from intake_material where case_id = %s limit 1", [subject]).fetchone()
    assert row is not None
    admin.execute("update intake_material set sha256 = repeat('ab', 32) where id = %s", [row[0]])
    return [
        ("attachment_changed", f"{subject}"),
        ("attachment_missing", f"{subject}"),
        ("file_missing", "ab" * 32),
    ]


def lose_attachments(admin: Admin) -> Named:
    subject = filed(admin)
    admin.execute("delete from intake_material where case_id = %s", [subject])
    return [("attachment_missing", f"{subject}")] * 2


def edit_answer(admin: Admin) -> Named:
    """What the applicant wrote is changed where it is kept; the case and every fact stay as they are."""
    subject = filed(admin)
    admin.execute(
        "update intake_application set answers = replace(answers, '生活', '工业') where case_id = %s",
        [subject],
    )
    return [("case_changed", f"{subject} answers 第 1 项")]


def hide_answers(admin: Admin) -> Named:
    """Forged answers stand, and what was really sent lies among what a correction is said to have replaced."""
    subject = filed(admin)
    edit, salt, answers, _ = application(admin, subject)
    keep_as_replaced(admin, subject, [{"edit": edit, "salt": salt, "answers": json.loads(answers)}])
    admin.execute(
        "update intake_application set answers = '{}', salt = 'another' where case_id = %s", [subject]
    )
    # The applicant's commitment is proved with the first salt, which was taken along.
    return [("case_changed", f"{subject} answers 第 1 项")]


def roll_back(admin: Admin) -> Named:
    """A correction is undone: the first answers stand again, the mended ones lie among the replaced."""
    row = admin.execute("select case_id from intake_application where edit = 2").fetchone()
    assert row is not None
    subject = UUID(str(row[0]))
    edit, salt, answers, (first,) = application(admin, subject)
    mended = {"edit": edit, "salt": salt, "answers": json.loads(answers)}
    keep_as_replaced(admin, subject, [first, mended])
    admin.execute(
        "update intake_application set answers = %s, salt = %s, edit = 1 where case_id = %s",
        [canonical.text(first["answers"]), first["salt"], subject],
    )
    return [("case_changed", f"{subject} answers 第 {n} 项") for n in (1, 2)]


def application(admin: Admin, subject: UUID) -> tuple[int, str, str, list[dict[str, Any]]]:
    """What stands: the edit, the salt and the answers; and what was replaced."""
    row = admin.execute(
        "select edit, salt, answers, earlier from intake_application where case_id = %s", [subject]
    ).fetchone()
    assert row is not None
    return int(str(row[0])), str(row[1]), str(row[2]), json.loads(str(row[3]))


def keep_as_replaced(admin: Admin, subject: UUID, earlier: list[dict[str, Any]]) -> None:
    admin.execute(
        "update intake_application set earlier = %s where case_id = %s", [canonical.text(earlier), subject]
    )


def another_salt(admin: Admin) -> Named:
    """The salt is that of both commitments."""
    subject = filed(admin)
    admin.execute("update intake_application set salt = 'another' where case_id = %s", [subject])
    return [("case_changed", f"{subject} {name} 第 1 项") for name in ("answers", "applicant")]


def rename_applicant(admin: Admin) -> Named:
    subject = filed(admin)
    admin.execute("update cases_case set applicant_name = '另一公司' where id = %s", [subject])
    return [("case_changed", f"{subject} applicant 第 1 项")]


def lose_application(admin: Admin) -> Named:
    subject = filed(admin)
    admin.execute("delete from intake_application where case_id = %s", [subject])
    return [("content_missing", f"{subject} {name} 第 1 项") for name in ("answers", "applicant")]


def edit_words(admin: Admin) -> Named:
    """The reasons of a step, typed by an officer, are put differently afterwards."""
    subject, seq = worded(admin)
    admin.execute("update cases_particulars set body = '{}' where case_id = %s and seq = %s", [subject, seq])
    return [("case_changed", f"{subject} words 第 {seq} 项")]


def lose_words(admin: Admin) -> Named:
    subject, seq = worded(admin)
    admin.execute("delete from cases_particulars where case_id = %s and seq = %s", [subject, seq])
    return [("content_missing", f"{subject} words 第 {seq} 项")]


def add_words(admin: Admin) -> Named:
    """Words for a step that was taken without any."""
    subject = filed(admin)
    admin.execute(
        "insert into cases_particulars (case_id, seq, internal, body, salt) values (%s, 1, true, '{}', 's')",
        [subject],
    )
    return [("case_changed", f"{subject} words 第 1 项")]


def worded(admin: Admin) -> tuple[UUID, int]:
    """A step with words."""
    row = admin.execute("select case_id, seq from cases_particulars order by case_id, seq limit 1").fetchone()
    assert row is not None
    return UUID(str(row[0])), int(str(row[1]))


def forge_seal(admin: Admin) -> Named:
    admin.execute("update journal_seal set at = at - interval '1 day' where number = 2")
    return [("seal_changed", "封账 2")]


def drop_seal(admin: Admin) -> Named:
    admin.execute("delete from journal_seal where number = 2")
    return [("seal_missing", "封账 2")]


def forge_leaf(admin: Admin) -> Named:
    subject = delivered(admin)
    row = admin.execute(
        "select seal_number from journal_leaf where subject_id = %s and seq = 2", [subject]
    ).fetchone()
    assert row is not None
    admin.execute("update journal_leaf set hash = sha256('x') where subject_id = %s and seq = 2", [subject])
    return [("seal_changed", f"封账 {row[0]}"), ("leaf_changed", fact(subject, 2))]


def older_backup(admin: Admin) -> Named:
    """The state before the last seal: its facts, leaves and seal are not there, the cases stand as they stood."""
    admin.execute(
        "delete from journal_fact f using journal_leaf l where l.seal_number = 3 and f.subject_id = l.subject_id and f.seq = l.seq"
    )
    admin.execute(
        "delete from journal_fact f using journal_fresh q where f.subject_id = q.subject_id and f.seq = q.seq"
    )
    admin.execute("delete from journal_fresh")
    admin.execute("delete from journal_leaf where seal_number = 3")
    admin.execute("delete from journal_seal where number = 3")
    admin.execute(
        "delete from cases_case c where not exists (select 1 from journal_fact f where f.subject_id = c.id)"
    )
    admin.execute(
        "delete from intake_material m where not exists (select 1 from cases_case c where c.id = m.case_id)"
    )
    for table in ("intake_application", "cases_particulars"):
        admin.execute(
            f"delete from {table} m where not exists (select 1 from cases_case c where c.id = m.case_id)"
        )
    admin.execute(
        "delete from cases_particulars p where not exists "
        "(select 1 from journal_fact f where f.subject_id = p.case_id and f.seq = p.seq)"
    )
    admin.execute(
        "update cases_case c set seq = f.seq, last_hash = f.hash, state = case when f.kind = 'case.filed' then 'received' "
        "when f.kind in ('case.accepted', 'case.proposed') then 'review' else c.state end, closed_on = case when f.kind = 'case.delivered' then c.closed_on end "
        "from (select distinct on (subject_id) * from journal_fact order by subject_id, seq desc) f where f.subject_id = c.id and f.seq < c.seq"
    )
    return [("older_state", "封账 3")]


FORGERIES: list[Callable[[Admin], Named]] = [
    edit, back_date, move_day, delete, insert, swap, cut_tail, recompute_tail, rewrite_everything, case_without_fact,
    case_to_another, delete_case, clone, swap_attachment, lose_attachments, edit_answer, hide_answers, roll_back,
    another_salt, rename_applicant, lose_application, edit_words, lose_words, add_words, forge_seal, drop_seal,
    forge_leaf, older_backup,
]  # fmt: skip


def test_every_forgery_is_found_by_its_name_and_at_its_row(site: Site, tmp_path: Path) -> None:
    """An honest export is clean before, between and after: one site serves them all."""
    assert look(site, tmp_path / "honest") == []
    for forge in FORGERIES:
        with superuser(site) as admin:
            expected = forge(admin)
            found = look(site, tmp_path / forge.__name__)
            other = second.verify(
                tmp_path / forge.__name__, [dict(head) for head in read_heads((site.heads,))], site.keys
            )
        said = [(one.kind, f"{one.where} {one.words}") for one in found]
        # The second verifier looks at no files.
        assert Counter(str(one[0]) for one in other) == Counter(
            kind for kind, _ in said if not kind.startswith("file_")
        ), (forge.__name__, said, other)
        assert len(said) == len(expected), (forge.__name__, said)
        for kind, where in expected:
            assert any(kind == got and where in place for got, place in said), (forge.__name__, kind, said)
    assert look(site, tmp_path / "honest-again") == []


def test_without_heads_from_outside_the_strongest_forgeries_pass(site: Site, tmp_path: Path) -> None:
    """The broken variant: an auditor who has no heads misses what only they tell."""
    for forge in (rewrite_everything, older_backup):
        with superuser(site) as admin:
            forge(admin)
            export_journal(tmp_path / forge.__name__)
        assert verify(Export(tmp_path / forge.__name__), (), None, None).findings == []


def test_a_file_that_changed_on_the_disk_or_went_is_named(site: Site, tmp_path: Path) -> None:
    kept = next(path for path in sorted(site.files.rglob("*")) if path.is_file() and path.name != ".names")
    kept.write_bytes(b"another")
    assert [one.kind for one in look(site, tmp_path / "changed")] == ["file_changed"]
    kept.unlink()
    assert [one.kind for one in look(site, tmp_path / "gone")] == ["file_missing"]


def test_the_command_says_it_by_its_exit_code(site: Site, tmp_path: Path) -> None:
    export_journal(tmp_path / "plain")
    export_journal(tmp_path / "packed", compress=True)
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [{"key_id": one, "public": two} for one, two in site.keys.items()]}))
    for folder in ("plain", "packed"):
        asked = [
            str(tmp_path / folder),
            "--heads",
            str(site.heads),
            "--keys",
            str(keys),
            "--files",
            str(site.files),
        ]
        done = CliRunner().invoke(verify_journal, [*asked, "--json"])
        said = json.loads(done.output)
        assert (done.exit_code, said["forged"], said["seals"], said["waiting"]) == (0, False, 3, 1), (
            done.output
        )
        assert "没有发现伪造" in CliRunner().invoke(verify_journal, asked).output
    with superuser(site) as admin:
        edit(admin)
        export_journal(tmp_path / "forged")
    done = CliRunner().invoke(verify_journal, [str(tmp_path / "forged")])
    assert done.exit_code == 1
    assert "事实被改动" in done.output
    assert "没有给出写出的账链末端" in done.output


@pytest.mark.parametrize("damage", ["manifest", "line", "format", "order", "heads", "field"])
def test_what_cannot_be_read_is_no_verdict(site: Site, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "export"
    export_journal(folder)
    facts = next(path for path in sorted(folder.glob("facts-*")) if path.stat().st_size)
    heads = tmp_path / "heads.jsonl"
    heads.write_text("")
    if damage == "manifest":
        (folder / "manifest.json").unlink()
    elif damage == "line":
        facts.write_text(facts.read_text()[:-40])
    elif damage == "format":
        (folder / "manifest.json").write_text('{"format": "another", "files": {}}')
    elif damage == "order":
        facts.write_text("".join(reversed(facts.read_text().splitlines(keepends=True))))
    elif damage == "heads":
        heads.write_text('{"nothing": 1}\n')
    else:
        facts.write_text(facts.read_text().replace('"actor"', '"nobody"'))
    done = CliRunner().invoke(verify_journal, [str(folder), "--heads", str(heads)])
    assert done.exit_code == 2, done.output
    assert "无法核验" in done.output
