"""The daily feed: what a day holds, in two files and a signed manifest; only what changed is written; whatever is touched is found."""

import csv
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from django.db import DEFAULT_DB_ALIAS, connections
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.cases.tests import factories as make
from yichuang.effects.cli import nightly
from yichuang.gateways import columns
from yichuang.gateways.signing import witness
from yichuang.kernel import canonical, replica, sql
from yichuang.kernel.errors import Conflict
from yichuang.kernel.replica import ALIAS, Lag
from yichuang.statistics import commands, queries
from yichuang.statistics.cli import analysis
from yichuang.statistics.flow.analysis import COLUMNS
from yichuang.statistics.queries.late import days_moved, days_with_rows
from yichuang.statistics.render import analysis as monthly
from yichuang.statistics.render import feed
from yichuang.statistics.rules import feed as rules
from yichuang.statistics.rules.feed import Content, Index, Listed, Manifest, Unreadable
from yichuang.statistics.tests.happenings import moment
from yichuang.statistics.tests.reported import Reported, report
from yichuang.workdays import queries as workdays

DAY, NEXT, TODAY = date(2022, 5, 9), date(2022, 5, 10), date(2022, 5, 13)
AT = moment(TODAY, 2)
SOUND = Content("a" * 64, 10)
MADE = Manifest(
    DAY, 3, 7, datetime(2022, 5, 13, tzinfo=UTC), ("day", "kind"), {"csv": SOUND, "parquet": SOUND}
)


@pytest.fixture(autouse=True)
def _place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> None:
    """A place and keys of their own, and a business day."""
    settings.VAR_DIR = tmp_path
    settings.KEYS_DIR = tmp_path / "keys"
    monkeypatch.setattr(workdays, "now", lambda: AT)


@pytest.fixture
def _plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Column files that the engine did not make: what these tests ask has nothing to do with it, and a process costs a second."""

    def written(source: Path, made: Path, _types: Any) -> int:
        text = source.read_bytes()
        made.write_bytes(b"PAR1" + hashlib.sha256(text).digest())
        return len(list(csv.reader(text.decode().splitlines()))) - 1

    monkeypatch.setattr(columns, "write_parquet", written)


def sign(words: bytes) -> dict[str, str]:
    """A signature for tests of what is pure: a digest under a name."""
    return {"key_id": "k", "algorithm": "a", "value": hashlib.sha256(b"secret" + words).hexdigest()}


def holds(words: bytes, signature: rules.Signature) -> bool:
    return signature == sign(words)


def happened() -> None:
    """Two reported cases on one day, one of them taken back on the next, and a case of our own."""
    for day in (DAY, DAY, NEXT):
        report(Reported(day, "accepted", NEXT))
    make.decided(make.day("2022-05-03"))
    drain()


def drain(day: date = NEXT) -> None:
    while commands.close_batch(at=moment(day)):
        pass


def write(at: datetime = AT, days: list[date] | None = None) -> dict[date, int]:
    """What a writing wrote: rows by day."""
    told: dict[date, int] = {}
    feed.write(at=at, days=days, each=told.__setitem__)
    return told


def problems() -> list[str]:
    return list(feed.verify(feed.place()).problems)


# What is pure.


def test_what_was_signed_is_read_again() -> None:
    assert rules.read_manifest(rules.manifest_text(MADE, sign), holds) == MADE
    index = Index({DAY: Listed(3, "b" * 64), NEXT: Listed(0, "c" * 64)}, TODAY, ("day", "kind"))
    assert rules.read_index(rules.index_text(index, sign), holds) == index
    assert rules.read_index(rules.index_text(Index(), sign), holds) == Index()
    # Canonical: the same words whoever wrote them, and one line.
    text = rules.manifest_text(MADE, sign)
    assert text == canonical.text(json.loads(text)) + "\n"
    assert [rules.name_of(DAY, kind) for kind in ("csv", "json")] == ["2022-05-09.csv", "2022-05-09.json"]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("rows",), 4), (("rows",), -1), (("rows",), "3"), (("rows",), True), (("rows",), 3.0), (("seal",), None),
        (("day",), "2022-05-10"), (("day",), "yesterday"), (("made_at",), "soon"), (("columns",), 7),
        (("files",), {}), (("files", "csv"), None), (("files", "csv", "sha256"), "A" * 64),
        (("files", "csv", "sha256"), "a" * 63), (("files", "csv", "sha256"), "a" * 64 + "\n"),
        (("files", "csv", "name"), "../../etc/passwd"), (("files", "csv", "name"), "2022-05-09.parquet"),
        (("files", "csv", "bytes"), -5), (("files", "xlsx"), {"name": "x", "sha256": "a" * 64, "bytes": 1}),
        (("form",), 2), (("what",), "index"), (("more",), 1),
    ],
)  # fmt: skip
def test_a_changed_word_is_no_manifest(place: tuple[str, ...], value: Any) -> None:
    """By its signature; and where a key signs nonsense, by its form, but for one more word, which says nothing."""
    said = json.loads(rules.manifest_text(MADE, sign))
    inner = said
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    with pytest.raises(Unreadable):
        rules.read_manifest(json.dumps(said), holds)
    del said["signature"]
    signed = {**said, "signature": sign(canonical.text(said).encode())} if value != 3.0 else said
    if place in (("more",), ("rows",)) and value in (4, 1) and value is not True:
        assert rules.read_manifest(json.dumps(signed), holds).day == DAY
    else:
        with pytest.raises(Unreadable):
            rules.read_manifest(json.dumps(signed), holds)


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "x",
        [],
        {},
        {"key_id": "k"},
        {"key_id": "k", "algorithm": "a", "value": 7},
        {**sign(b""), "more": "x"},
        sign(b"other"),
    ],
)
def test_no_signature_is_no_manifest(signature: Any) -> None:
    said = {**json.loads(rules.manifest_text(MADE, sign)), "signature": signature}
    with pytest.raises(Unreadable, match="签名无效"):
        rules.read_manifest(json.dumps(said), holds)


@settings(max_examples=25, deadline=None)
@given(st.one_of(st.text(), st.binary().map(lambda raw: raw.decode("latin-1")), st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["form", "what", "days", "signature", "x"]), inner),
    max_leaves=8,
).map(json.dumps)))  # fmt: skip
def test_nonsense_is_told_and_never_breaks_the_reader(text: str) -> None:
    for read in (rules.read_manifest, rules.read_index):
        with pytest.raises(Unreadable):
            read(text, holds)


@pytest.mark.parametrize(
    "days",
    [{"2022-13-01": {"rows": 1, "manifest": "a" * 64}}, {"2022-05-09": {"rows": 1}}, {"2022-05-09": 7}, [], None,
     {"2022-05-09": {"rows": 1, "manifest": "short"}}, {"2022-05-09": {"rows": True, "manifest": "a" * 64}}],
)  # fmt: skip
def test_an_index_of_something_else_is_none(days: Any) -> None:
    said = {"form": rules.FORM, "what": "index", "complete_on": None, "days": days}
    with pytest.raises(Unreadable, match="内容不合格式"):
        rules.read_index(json.dumps({**said, "signature": sign(canonical.text(said).encode())}), holds)


def test_files_that_no_day_accounts_for_are_named() -> None:
    index = Index({DAY: Listed(1, "a" * 64)})
    names = ["index.json", "2022-05-09.csv", "2022-05-09.parquet", "2022-05-09.json"]
    assert rules.stray(names, index) == []
    assert rules.stray([*names, "x", "2022-05-10.csv", "2022-05-09.xlsx"], index) == [
        "2022-05-09.xlsx",
        "2022-05-10.csv",
        "x",
    ]


# What is written.


@pytest.mark.django_db
def test_a_day_has_the_same_rows_in_both_files_and_nothing_personal() -> None:
    happened()
    assert write() == {date(2022, 5, 3): 2, date(2022, 5, 8): 1, DAY: 2, NEXT: 1}
    lines = list(csv.DictReader((feed.place() / "2022-05-09.csv").read_text(encoding="utf-8").splitlines()))
    assert [tuple(one) for one in lines] == [tuple(COLUMNS)] * 2
    assert {(one["day"], one["source"], one["kind"], one["quantity"]) for one in lines} == {
        ("2022-05-09", "reported", "accepted", "1")
    }
    program = f"import duckdb, json; print(json.dumps(duckdb.read_parquet({str(feed.place() / '*.parquet')!r}).fetchall(), default=str))"
    read = json.loads(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout)
    texts = [
        list(csv.reader(path.read_text(encoding="utf-8").splitlines()))[1:]
        for path in sorted(feed.place().glob("*.csv"))
    ]
    in_text = sorted([one or "None" for one in row] for rows in texts for row in rows)
    assert sorted([str(one) for one in row] for row in read) == in_text
    personal = sql.rows("select applicant_name from cases_case union select number from cases_case")
    whole = "".join(path.read_text(encoding="utf-8") for path in feed.place().glob("*.csv"))
    assert personal
    assert not [one for (one,) in personal if one in whole]
    manifest = rules.read_manifest((feed.place() / "2022-05-09.json").read_text(), feed.holds)
    assert (manifest.rows, manifest.columns, manifest.seal >= 1) == (2, tuple(COLUMNS), True)
    found = feed.verify(feed.place())
    assert (found.days, found.rows, found.problems) == (4, 6, ())


@pytest.mark.django_db
@pytest.mark.usefixtures("_plainly")
def test_only_days_that_changed_are_written_again() -> None:
    happened()
    assert len(write()) == 4
    stamps = {path.name: path.stat().st_mtime_ns for path in feed.place().iterdir()}
    assert write() == {}
    assert {path.name: path.stat().st_mtime_ns for path in feed.place().iterdir()} == stamps
    # What comes late changes its day and no other; today is not over and never written.
    report(Reported(DAY, "decided", TODAY))
    report(Reported(TODAY, "accepted", TODAY))
    drain(TODAY)
    assert write() == {DAY: 3}
    moved = {path.name for path in feed.place().iterdir() if path.stat().st_mtime_ns != stamps[path.name]}
    assert moved == {"2022-05-09.csv", "2022-05-09.parquet", "2022-05-09.json", "index.json"}
    later = moment(TODAY + timedelta(days=1), 2)
    # A day that moved on the very day of the last writing may have moved after it.
    assert write(later) == {DAY: 3, TODAY: 1}
    assert write(moment(TODAY + timedelta(days=2), 2)) == {}
    assert write(later, [NEXT, TODAY + timedelta(days=1)]) == {NEXT: 1}
    assert problems() == []
    assert days_with_rows(DAY) == [date(2022, 5, 3), date(2022, 5, 8), DAY]
    assert (days_moved(TODAY, TODAY), days_moved(date(2022, 6, 1), date(2022, 6, 2))) == ([DAY], [])


@pytest.mark.django_db
@pytest.mark.usefixtures("_plainly")
def test_two_never_write_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """By hand while the night's writing runs, on whatever host: the second is refused and nothing is touched.

    Side by side the day's text would be of one and its manifest of the other, and no later writing would mend it.
    """
    happened()
    write()
    with psycopg.connect(**connections[DEFAULT_DB_ALIAS].get_connection_params(), autocommit=True) as other:
        assert other.execute(f"select pg_try_advisory_lock({feed.LOCK})").fetchone() == (True,)
        with pytest.raises(Conflict, match="另一个进程"):
            write(days=[DAY])
        told = CliRunner().invoke(analysis, ["feed", "--from", "2022-05-09", "--to", "2022-05-09"])
        assert (told.exit_code, "等它写完再运行" in told.output) == (1, True)
        assert problems() == []
        with monkeypatch.context() as broken:
            broken.setattr(feed, "_alone", nullcontext)
            assert write(days=[DAY]) == {DAY: 2}, "the broken variant writes beside the other"
        # A session that is closed gives its lock back a moment later.
        assert other.execute(f"select pg_advisory_unlock({feed.LOCK})").fetchone() == (True,)
    assert write(days=[DAY]) == {DAY: 2}
    assert problems() == []


@pytest.mark.django_db
@pytest.mark.usefixtures("_plainly")
def test_a_day_without_rows_any_more_stands_there_empty() -> None:
    happened()
    assert write(days=[date(2022, 5, 1)]) == {date(2022, 5, 1): 0}
    assert (feed.place() / "2022-05-01.csv").read_text().strip() == ",".join(COLUMNS)
    assert problems() == []


@pytest.mark.django_db
@pytest.mark.usefixtures("_plainly")
@pytest.mark.parametrize("number", range(1, 6))
def test_cut_off_at_any_moment_it_is_mended_by_the_next_writing(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Killed at the n-th file that takes its place: nothing says that the feed is whole, and the next writing makes it so."""
    happened()
    write()
    report(Reported(DAY, "decided", TODAY))
    drain(TODAY)
    move, moved = Path.replace, [0]

    def killed(self: Path, target: Path) -> Path:
        moved[0] += 1
        if moved[0] == number:
            raise KeyboardInterrupt
        return move(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            write()
    # Before the first file moved all is as it was; after that the index no longer answers for the day.
    assert bool(problems()) == (number > 1)
    assert DAY in write()
    assert problems() == []
    assert not [
        path.name for path in feed.place().iterdir() if path.name.startswith(feed.PART) and path.is_dir()
    ]


@pytest.mark.django_db
@pytest.mark.usefixtures("_plainly")
def test_another_column_makes_every_day_be_written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """A feed that an earlier version wrote, whose index names no columns: sound as it is, and made anew once, cut off or not.

    The broken variant looks at the days alone: those of before stay without the column for ever.
    """
    happened()
    write()
    index, where = feed.known_index(feed.place()), feed.place()
    assert (index.columns, write()) == (tuple(COLUMNS), {})
    said = json.loads(rules.index_text(index, feed.sign))
    del said["columns"], said["signature"]
    old = {**said, "signature": dict(feed.sign(canonical.text(said).encode()))}
    (where / "index.json").write_text(json.dumps(old))
    assert (feed.known_index(where).columns, problems()) == ((), [])
    with monkeypatch.context() as broken:
        broken.setattr(Index, "of", lambda self, _: self)
        assert write() == {}, "the broken variant"
    # A stretch by hand makes it no whole feed of the new columns.
    assert set(write(days=[DAY])) == {DAY}
    assert (feed.known_index(where).complete_on, len(write()), write(), problems()) == (None, 4, {}, [])


def touch_a_byte(where: Path) -> None:
    path = where / "2022-05-09.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def drop_a_row(where: Path) -> None:
    path = where / "2022-05-09.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def drop_a_row_and_say_so(where: Path) -> None:
    """As somebody would who knows the form, and has not the key."""
    drop_a_row(where)
    text = (where / "2022-05-09.csv").read_bytes()
    path = where / "2022-05-09.json"
    said = json.loads(path.read_text())
    said["rows"] -= 1
    said["files"]["csv"] |= {"sha256": hashlib.sha256(text).hexdigest(), "bytes": len(text)}
    path.write_text(canonical.text(said) + "\n")
    index = json.loads((where / "index.json").read_text())
    index["days"]["2022-05-09"] = {
        "rows": said["rows"],
        "manifest": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    (where / "index.json").write_text(canonical.text(index) + "\n")


def drop_a_day(where: Path) -> None:
    for path in where.glob("2022-05-09.*"):
        path.unlink()


def drop_a_day_from_the_index(where: Path) -> None:
    drop_a_day(where)
    said = json.loads((where / "index.json").read_text())
    del said["days"]["2022-05-09"]
    (where / "index.json").write_text(canonical.text(said) + "\n")


def show_one_day_as_another(where: Path) -> None:
    for kind in ("csv", "parquet", "json"):
        (where / f"2022-05-09.{kind}").write_bytes((where / f"2022-05-10.{kind}").read_bytes())


def add_a_file(where: Path) -> None:
    (where / "2022-05-11.parquet").write_bytes(b"PAR1")


def break_the_manifest(where: Path) -> None:
    (where / "2022-05-09.json").write_bytes(b"\xff\xfe")


def break_the_index(where: Path) -> None:
    (where / "index.json").write_bytes(b"\xff\xfe")


def lose_the_index(where: Path) -> None:
    (where / "index.json").unlink()


TAMPERINGS = (
    touch_a_byte, drop_a_row, drop_a_row_and_say_so, drop_a_day, drop_a_day_from_the_index, show_one_day_as_another,
    add_a_file, break_the_manifest, break_the_index, lose_the_index,
)  # fmt: skip


@pytest.mark.django_db
@pytest.mark.usefixtures("_plainly")
def test_whatever_is_touched_is_found_and_a_verification_that_asks_for_no_signature_is_not_enough() -> None:
    happened()
    write()
    where = feed.place()
    sound = {path.name: path.read_bytes() for path in where.iterdir()}
    for tamper in TAMPERINGS:
        tamper(where)
        assert problems(), tamper.__name__
        run = CliRunner().invoke(analysis, ["verify", str(where)])
        assert (run.exit_code, "✗" in run.output) == (1, True), tamper.__name__
        for path in where.iterdir():
            path.unlink()
        for name, content in sound.items():
            (where / name).write_bytes(content)
    assert problems() == []
    # The broken variant: without the signature who rewrote the manifests goes unseen.
    drop_a_row_and_say_so(where)
    said = rules.read_index((where / "index.json").read_text(), lambda *_: True)
    assert said.days[DAY].rows == 1
    assert rules.read_manifest((where / "2022-05-09.json").read_text(), lambda *_: True).rows == 1
    assert problems()


@pytest.mark.django_db
@pytest.mark.usefixtures("_plainly")
def test_an_older_day_under_its_own_good_signature_is_found() -> None:
    """Rolled back: every word of it was signed, but not that it is the newest."""
    happened()
    write()
    older = {path.name: path.read_bytes() for path in feed.place().glob("2022-05-09.*")}
    report(Reported(DAY, "decided", TODAY))
    drain(TODAY)
    assert write() == {DAY: 3}
    for name, content in older.items():
        (feed.place() / name).write_bytes(content)
    assert problems() == ["2022-05-09.json：不是索引所列的那一份"]


@pytest.mark.django_db
@pytest.mark.usefixtures("_plainly")
def test_whoever_has_a_copy_verifies_it_by_the_public_key() -> None:
    happened()
    run = CliRunner().invoke(analysis, ["feed"])
    assert run.exit_code == 0, run.output
    assert "2022-05-09：2 条" in run.output
    assert "写出 4 天" in run.output
    (own,) = witness.public_keys()
    where = str(feed.place())
    for key in ([], ["--key", own.public_hex]):
        run = CliRunner().invoke(analysis, ["verify", where, *key])
        assert (run.exit_code, run.output) == (0, "✓ 4 天，6 条，签名有效，文件与清单相符。\n")
    for wrong in ("0" * 64, "x", own.public_hex[:-2]):
        assert CliRunner().invoke(analysis, ["verify", where, "--key", wrong]).exit_code == 1
    assert CliRunner().invoke(analysis, ["verify", "/nowhere"]).exit_code == 2
    assert CliRunner().invoke(analysis, ["feed", "--from", "2022-05-09"]).exit_code == 2
    again = CliRunner().invoke(analysis, ["feed", "--from", "2022-05-09", "--to", "2022-05-10"])
    assert again.output.startswith("2022-05-09：2 条\n2022-05-10：1 条\n写出 2 天")


@pytest.mark.django_db
@pytest.mark.usefixtures("_plainly")
def test_another_key_signs_everything_anew() -> None:
    """An index that this installation has not signed is not trusted: every day is read again."""
    happened()
    write()
    for path in (feed.place().parent.parent / "keys").iterdir():
        path.unlink()
    assert len(write()) == 4
    assert problems() == []


@pytest.mark.django_db
def test_a_column_file_of_other_rows_is_no_day(monkeypatch: pytest.MonkeyPatch) -> None:
    happened()
    monkeypatch.setattr(columns, "write_parquet", lambda *_: 1)
    with pytest.raises(columns.EngineFault, match="1 rows in the column file of 2022-05-09, 2 in the text"):
        write(days=[DAY])
    assert not (feed.place() / "2022-05-09.csv").exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("_plainly")
def test_every_night_the_days_and_the_months(monkeypatch: pytest.MonkeyPatch) -> None:
    happened()
    months: list[str] = []
    monkeypatch.setattr(nightly, "export_months", lambda names, **_: months.extend(names))
    assert nightly.feed(AT) == "4 days with 6 rows and 1 months written for analysts"
    assert months == ["2022-05"]
    assert nightly.feed(AT).startswith("0 days")


@pytest.fixture
def _second(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A replica that follows closely: the same database under another name, for reading only."""
    replica.forget()
    monkeypatch.setitem(connections.databases, ALIAS, {**connections[DEFAULT_DB_ALIAS].settings_dict})
    monkeypatch.setattr(replica, "_probe", lambda: Lag(AT, 1.0, usable=True))
    connections[ALIAS] = connections[DEFAULT_DB_ALIAS]
    yield
    replica.forget()
    with suppress(AttributeError):
        del connections[ALIAS]


@pytest.mark.django_db
@pytest.mark.usefixtures("_plainly", "_second")
def test_days_and_months_are_read_from_the_replica(monkeypatch: pytest.MonkeyPatch) -> None:
    happened()
    asked: list[str] = []
    read = monthly.facts_between

    def noted(first: date, last: date) -> Iterator[bytes | bytearray | memoryview]:
        asked.append(replica.alias())
        return read(first, last)

    monkeypatch.setattr(feed, "facts_between", noted)
    monkeypatch.setattr(monthly, "facts_between", noted)
    assert write(days=[DAY]) == {DAY: 2}
    monthly.export_months(["2022-05"], at=AT, each=lambda *_: None)
    assert asked == [ALIAS, ALIAS]
    assert replica.alias() == DEFAULT_DB_ALIAS


def test_a_file_that_was_to_be_kept_is_whole_or_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed._keep(tmp_path / "index.json", "before")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        feed._keep(tmp_path / "index.json", "after")
    assert (tmp_path / "index.json").read_text() == "before"


@pytest.mark.django_db
def test_what_figures_say_of_a_day_the_feed_says_too() -> None:
    """The sum of the pieces in the file is the figure of the day, corrections included."""
    happened()
    taken = report(Reported(DAY, "accepted", NEXT))
    report(Reported(DAY, "accepted", NEXT, quantity=-1), taken)
    drain()
    text = b"".join(bytes(line) for line in monthly.facts_between(DAY, DAY)).decode()
    rows = list(csv.DictReader(text.splitlines()))
    accepted = sum(int(one["quantity"]) for one in rows if one["kind"] == "accepted")
    assert accepted == queries.cells(first_day=DAY, last_day=DAY).values()["accepted"] == 2
    assert len(rows) == 4
