"""What a sender with bad intentions can do with a folder that it may write to: nothing outside of it, and nobody waits for ever."""

import gzip
import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from yichuang.gateways import drops
from yichuang.gateways.tests.test_drops import LATER, lay
from yichuang.kernel.times import SHANGHAI


def put(folder: Path, where: str = "refused") -> None:
    """Put every file away that is ready."""
    for one in drops.ready(folder, now=LATER):
        drops.put_away(one, where, {"file": one.path.name})


def test_a_pipe_is_nobodys_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a pipe waits for its writer; the broken variant would open it."""
    for name in ("a.csv", "b.csv.ready"):
        lay(tmp_path, name.removesuffix(".ready"), b"1")
        (tmp_path / "in" / name).unlink()
        os.mkfifo(tmp_path / "in" / name)
    (tmp_path / "in" / "c.csv").mkdir()
    (tmp_path / "in" / "c.csv.ready").write_text("0" * 64)
    (tmp_path / "in" / "d.csv").write_bytes(b"1")
    (tmp_path / "in" / "d.csv.ready").mkdir()
    assert drops.ready(tmp_path, now=LATER) == []
    opened: list[Path] = []

    def noted(path: Path, **_: object) -> None:
        opened.append(path)
        raise OSError

    monkeypatch.setattr(drops, "_is_file", lambda path: not path.is_symlink())
    monkeypatch.setattr(Path, "open", noted)
    drops.ready(tmp_path, now=LATER)
    assert tmp_path / "in" / "b.csv.ready" in opened


def test_a_mark_of_any_length_costs_nothing(tmp_path: Path) -> None:
    lay(tmp_path, "a.csv", b"1", "0" * 64 + " " + "x" * 5_000_000)
    (found,) = drops.ready(tmp_path, now=LATER)
    assert found.promised == "0" * 64
    (tmp_path / "in" / "a.csv.ready").write_bytes(b"\xff\xfe\x00" * 100)
    assert [one.promised for one in drops.ready(tmp_path, now=LATER)] == [""]


def test_a_folder_that_is_a_link_leads_nowhere(tmp_path: Path) -> None:
    """The attack: one sender's `refused` is a link to another's `in`, so that what is put away arrives there."""
    victim, enemy = tmp_path / "victim", tmp_path / "enemy"
    (victim / "in").mkdir(parents=True)
    lay(enemy, "a.csv", b"forged")
    (enemy / "refused").symlink_to(victim / "in")
    put(enemy)
    assert list((victim / "in").iterdir()) == []
    assert (enemy / "refused" / "a.csv").read_bytes() == b"forged"
    assert not (enemy / "refused").is_symlink()
    lay(victim, "b.csv", b"sound")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "in").symlink_to(victim / "in")
    assert drops.ready(tmp_path / "other", now=LATER) == [], "nor is anything read through one"
    assert len(drops.ready(victim, now=LATER)) == 1


def test_a_result_is_written_through_no_link(tmp_path: Path) -> None:
    """The attack: a link stands where the result will be written, and what it leads to is overwritten."""
    precious, missing = tmp_path / "precious", tmp_path / "missing"
    precious.write_text("whole")
    folder = tmp_path / "s"
    (folder / "done").mkdir(parents=True)
    (folder / "done" / "a.csv.result.json").symlink_to(precious)
    (folder / "done" / "2-a.csv.result.json").symlink_to(missing)
    (folder / "done" / "3-a.csv").symlink_to(missing)
    lay(folder, "a.csv", b"1")
    put(folder, "done")
    assert precious.read_text() == "whole"
    assert not missing.exists()
    assert (folder / "done" / "4-a.csv").read_bytes() == b"1"
    assert json.loads((folder / "done" / "4-a.csv.result.json").read_text()) == {"file": "a.csv"}
    (folder / "done" / "a.csv.result.json").write_text("{}")
    assert precious.read_text() == "{}", "the broken variant, an ordinary write, goes through"


@pytest.mark.parametrize(
    "name",
    [
        "长" * 79 + ".csv",
        "长" * 78 + "x.ndjson.gz",
        "x" * 245,
        "示例 名单（一）.csv",
        "-rf.csv",
        "..csv",
        "%2e%2e.csv",
    ],
)
def test_a_name_as_long_as_can_be_is_put_away_all_the_same(tmp_path: Path, name: str) -> None:
    """The name of a result is longer than the file's: it must fit too, or the file would come again for ever."""
    lay(tmp_path, name, b"1")
    ready = drops.ready(tmp_path, now=LATER)
    for number, one in enumerate(ready):
        drops.put_away(one, "refused", {"number": number})
    if len(name) <= 200:
        assert drops.ready(tmp_path, now=LATER) == []
        found = sorted((tmp_path / "refused").iterdir())
        assert len(found) == 2
        assert found[0].suffix == Path(name).suffix, "its end stays"
    else:
        assert ready == []
    longest = f"{name}{drops.RESULT}"
    if len(longest.encode()) > 255:
        with pytest.raises(OSError, match="File name too long"):
            (tmp_path / longest).write_text("the broken variant")


def test_the_thousand_and_first_of_a_name_overwrites_none(tmp_path: Path) -> None:
    (tmp_path / "done").mkdir(parents=True)
    (tmp_path / "done" / "a.csv").write_text("1")
    for number in range(2, 1_002):
        (tmp_path / "done" / f"{number}-a.csv").write_text("old")
    lay(tmp_path, "a.csv", b"new")
    put(tmp_path, "done")
    assert (tmp_path / "done" / "999-a.csv").read_text() == "old"
    assert (tmp_path / "done" / "1002-a.csv").read_text() == "new"


@pytest.mark.parametrize("place", [12, 40, 200, -4, -8])
def test_a_broken_archive_is_told_as_such_wherever_it_breaks(tmp_path: Path, place: int) -> None:
    """What the packing says is no OSError by itself: whoever asks for lines must not have to know it."""
    data = bytearray(gzip.compress(os.urandom(3_000) + b"line\n" * 2_000))
    data[place] ^= 0xFF
    data[place + 1] ^= 0xFF
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(data)
    broken = False
    try:
        list(drops.lines_of(path))
    except (OSError, EOFError):
        broken = True
    assert broken or place > 0, "a changed byte of stored data is seen by the check sum at least"


def test_archives_in_a_row_and_bombs_in_the_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(gzip.compress(b"1\n") + gzip.compress(b"2\n") + b"\0" * 100)
    assert list(drops.lines_of(path)) == [b"1\n", b"2\n"]
    monkeypatch.setattr(drops, "MOST_BYTES", 1_000)
    path.write_bytes(gzip.compress(b"1\n") + gzip.compress(b"\n" * 2_000))
    with pytest.raises(drops.TooLong):
        list(drops.lines_of(path))


def test_what_was_half_put_away_is_put_away_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after the result was written, before the file was moved: it is ready again, and nothing is overwritten."""
    lay(tmp_path, "a.csv", b"1")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            put(tmp_path, "done")
    assert [one.path.name for one in drops.ready(tmp_path, now=LATER)] == ["a.csv"]
    put(tmp_path, "done")
    assert drops.ready(tmp_path, now=LATER) == []
    assert (tmp_path / "done" / "2-a.csv").read_bytes() == b"1"


def test_what_is_old_is_removed_here_and_behind_no_link(tmp_path: Path) -> None:
    """The broken variant is the folder itself in place of the link: there the same files go."""
    sender, victim = tmp_path / "sender", tmp_path / "victim"
    later = datetime.now(SHANGHAI) + timedelta(days=1)
    for place in (sender / "refused", victim):
        place.mkdir(parents=True)
        (place / "a.csv").write_text("1")
        (place / f"a.csv{drops.RESULT}").write_text("{}")
    (sender / "done").symlink_to(victim)
    assert drops.forget_old(sender, before=later) == 1
    assert list((sender / "refused").iterdir()) == []
    assert len(list(victim.iterdir())) == 2
    (sender / "done").unlink()
    victim.rename(sender / "done")
    assert drops.forget_old(sender, before=later) == 1
