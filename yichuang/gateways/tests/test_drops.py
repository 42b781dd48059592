"""Folders of senders: what is ready, what it holds, where it goes."""

import gzip
import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from yichuang.gateways import drops
from yichuang.gateways.drops import Dropped, TooLong
from yichuang.kernel.times import SHANGHAI

# The disk's clock, long after what these tests lay down.
LATER = datetime.now(SHANGHAI) + timedelta(days=1)


def lay(folder: Path, name: str, data: bytes, words: str | None = None) -> Path:
    """A file with its mark; `words` stand in the mark (None: the right digest)."""
    (folder / "in").mkdir(parents=True, exist_ok=True)
    path = folder / "in" / name
    path.write_bytes(data)
    mark = hashlib.sha256(data).hexdigest() if words is None else words
    path.with_name(f"{name}.ready").write_text(mark)
    return path


def test_a_mark_that_is_still_being_written_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever opens a file has made it before its first byte stands there: a sound file would be refused."""
    lay(tmp_path, "a.csv", b"1", "")
    lay(tmp_path, "b.csv", b"1", "0" * 63)
    lay(tmp_path, "c.csv", b"1", "0" * 64)
    soon = datetime.now(SHANGHAI)
    assert [one.path.name for one in drops.ready(tmp_path, now=soon)] == ["c.csv"]
    promised = {one.path.name: one.promised for one in drops.ready(tmp_path, now=LATER)}
    assert promised == {"a.csv": "", "b.csv": "", "c.csv": "0" * 64}
    monkeypatch.setattr(drops, "MARK_SECONDS", -60)
    assert len(drops.ready(tmp_path, now=soon)) == 3, "the broken variant"


def test_a_folder_that_is_not_there_has_nothing_ready(tmp_path: Path) -> None:
    assert drops.ready(tmp_path / "nothing", now=LATER) == []


def test_only_marked_files_are_ready_and_in_order(tmp_path: Path) -> None:
    lay(tmp_path, "b.ndjson", b"2")
    lay(tmp_path, "a.csv", b"1")
    (tmp_path / "in" / "c.csv").write_bytes(b"3")
    (tmp_path / "in" / "gone.csv.ready").write_text("0" * 64)
    found = drops.ready(tmp_path, now=LATER)
    assert [one.path.name for one in found] == ["a.csv", "b.ndjson"]
    assert all(one.promised == drops.digest_of(one.path) for one in found)


@pytest.mark.parametrize("words", ["", "not a digest", "0" * 63, "g" * 64])
def test_a_mark_without_a_digest_promises_nothing(tmp_path: Path, words: str) -> None:
    lay(tmp_path, "a.csv", b"1", words)
    assert [one.promised for one in drops.ready(tmp_path, now=LATER)] == [""]


def test_a_digest_may_be_written_as_tools_write_it(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"1").hexdigest()
    lay(tmp_path, "a.csv", b"1", f"{digest.upper()}  a.csv\n")
    assert drops.ready(tmp_path, now=LATER)[0].promised == digest


@pytest.mark.parametrize("linked", ["a.csv", "a.csv.ready"])
def test_links_are_passed_over(tmp_path: Path, linked: str) -> None:
    """What lies elsewhere was not sent by this sender: neither read nor moved."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    path = lay(tmp_path / "s", "a.csv", b"1")
    target = path.with_name(linked)
    target.unlink()
    target.symlink_to(secret)
    assert drops.ready(tmp_path / "s", now=LATER) == []
    assert secret.read_text() == "x"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.csv", "csv"), ("a.CSV.gz", "csv"), ("a.ndjson", "ndjson"), ("a.b.jsonl.gz", "ndjson"), ("a.xlsx", ""), ("a", ""), ("a.gz", "")],
)  # fmt: skip
def test_the_kind_stands_in_the_name(name: str, kind: str) -> None:
    assert Dropped(Path(name), "").kind == kind


def test_lines_are_the_same_packed_or_not(tmp_path: Path) -> None:
    data = b"one\ntwo\r\n\nlast"
    plain, packed = tmp_path / "a.csv", tmp_path / "a.csv.gz"
    plain.write_bytes(data)
    packed.write_bytes(gzip.compress(data))
    assert list(drops.lines_of(plain)) == list(drops.lines_of(packed)) == data.splitlines(keepends=True)


def test_a_bomb_is_not_unpacked_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drops, "MOST_BYTES", 1 << 20)
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(gzip.compress(b"x" * (40 << 20)))
    lines, size = drops.lines_of(path), 0
    with pytest.raises(TooLong):
        size += sum(map(len, lines))
    assert size == 0


def test_what_is_no_archive_or_ends_early_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.gz"
    for data, wrong in ((b"plain", OSError), (gzip.compress(b"x" * 9000)[:-12], EOFError)):
        path.write_bytes(data)
        with pytest.raises(wrong):
            list(drops.lines_of(path))


def test_a_file_is_put_away_with_its_result_and_overwrites_nothing(tmp_path: Path) -> None:
    for number in (1, 2):
        lay(tmp_path, "a.csv", b"%d" % number)
        drops.put_away(drops.ready(tmp_path, now=LATER)[0], "done", {"taken": number})
    assert drops.ready(tmp_path, now=LATER) == []
    done = tmp_path / "done"
    assert sorted(one.name for one in done.iterdir()) == [
        "2-a.csv", "2-a.csv.result.json", "a.csv", "a.csv.result.json",
    ]  # fmt: skip
    assert (done / "a.csv").read_bytes() == b"1"
    assert json.loads((done / "2-a.csv.result.json").read_text()) == {"taken": 2}


def test_whom_somebody_else_was_faster_than_does_no_harm(tmp_path: Path) -> None:
    path = lay(tmp_path, "a.csv", b"1")
    found = drops.ready(tmp_path, now=LATER)[0]
    path.unlink()
    drops.put_away(found, "done", {})
    assert drops.ready(tmp_path, now=LATER) == []
