"""Files made for one person: whole or not there, under names of ours alone, and gone when their days are over."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from yichuang.gateways.handouts import Handouts
from yichuang.kernel.errors import Missing, Unavailable

NAME = f"{UUID(int=7)}.csv"
NOW = datetime(2022, 5, 13, 10, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Handouts:
    return Handouts(tmp_path / "exports")


def put(folder: Handouts, name: str = NAME, content: bytes = b"a,b\n") -> None:
    with folder.drafted(name) as draft:
        draft.write_bytes(content)


def half_written(folder: Handouts, error: BaseException) -> None:
    """Half of another file, and then trouble."""
    with folder.drafted(NAME) as draft:
        draft.write_bytes(b"half of another")
        raise error


def left(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "exports").glob("*"))


def aged(path: Path, days: float) -> None:
    moment = (NOW - timedelta(days=days)).timestamp()
    os.utime(path, (moment, moment), follow_symlinks=False)


def test_what_was_written_can_be_read_and_taken_away(folder: Handouts, tmp_path: Path) -> None:
    put(folder)
    with folder.open(NAME) as file:
        assert file.read() == b"a,b\n"
    assert (folder.size(NAME), left(tmp_path)) == (4, [NAME])
    put(folder, content=b"another")
    assert folder.size(NAME) == 7
    for _ in range(2):
        folder.remove(NAME)
    with pytest.raises(Missing, match="已经删除"):
        folder.open(NAME)


def test_nobody_sees_a_file_that_is_being_made(folder: Handouts) -> None:
    with folder.drafted(NAME) as draft:
        draft.write_bytes(b"half")
        with pytest.raises(Missing):
            folder.open(NAME)
    assert folder.size(NAME) == 4


@pytest.mark.parametrize("error", [KeyError("x"), KeyboardInterrupt(), ValueError("x")])
def test_what_fails_leaves_the_former_file_and_no_draft(
    folder: Handouts, tmp_path: Path, error: BaseException
) -> None:
    put(folder)
    with pytest.raises(type(error)):
        half_written(folder, error)
    assert left(tmp_path) == [NAME]
    assert folder.size(NAME) == 4


def test_a_full_disk_is_said_in_words_and_leaves_nothing(folder: Handouts, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="磁盘可能已满"):
        half_written(folder, OSError(28, "No space left on device"))
    # A writer that wrote nothing at all is the same trouble.
    with pytest.raises(Unavailable), folder.drafted(NAME):
        pass
    assert left(tmp_path) == []


def test_a_draft_of_a_killed_process_is_begun_anew(folder: Handouts, tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / f"{NAME}.draft").write_bytes(b"left behind, and longer than what follows")
    with folder.drafted(NAME) as draft:
        assert not draft.exists()
        draft.write_bytes(b"new")
    assert folder.size(NAME) == 3


@pytest.mark.parametrize(
    "name",
    [
        "", "x.csv", "../secret.csv", f"../{NAME}", f"/{NAME}", f"{NAME}/..", f"{UUID(int=7)}", f"{UUID(int=7)}.CSV",
        f"{UUID(int=7)}.c", f"{UUID(int=7)}.csv.draft", f"{UUID(int=7)}.csv\n", f"{UUID(int=7)}.csv\0", f" {NAME}",
    ],
)  # fmt: skip
def test_a_name_that_is_not_ours_is_no_file(folder: Handouts, tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.csv").write_bytes(b"secret")
    for use in (folder.open, folder.size, folder.remove):
        with pytest.raises(Missing):
            use(name)
    with pytest.raises(Missing), folder.drafted(name):
        pass
    assert (tmp_path / "secret.csv").exists()


def test_what_is_old_goes_and_what_is_new_stays(folder: Handouts, tmp_path: Path) -> None:
    """A whole file by its own age, all else by that of drafts; links go themselves, not what they lead to."""
    where = tmp_path / "exports"
    where.mkdir()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_bytes(b"")
    made = {
        f"{UUID(int=1)}.csv": 9.0, f"{UUID(int=2)}.csv": 6.0, f"{UUID(int=3)}.xlsx.draft": 2.0, f"{UUID(int=4)}.csv.draft": 0.5,
        "engine": 2.0, "young": 0.1, "link": 2.0,
    }  # fmt: skip
    for name in made:
        if name in ("engine", "young"):
            (where / name).mkdir()
            (where / name / "spill").write_bytes(b"x")
        elif name == "link":
            (where / name).symlink_to(outside)
        else:
            (where / name).write_bytes(b"x")
    for name, days in made.items():
        aged(where / name, days)
    count = folder.sweep(drafts=NOW - timedelta(days=1), files=NOW - timedelta(days=8))
    assert left(tmp_path) == sorted([f"{UUID(int=2)}.csv", f"{UUID(int=4)}.csv.draft", "young"])
    assert count == 4
    assert (outside / "kept").exists()
    assert folder.sweep(drafts=NOW - timedelta(days=1), files=NOW - timedelta(days=8)) == 0
    assert Handouts(tmp_path / "nowhere").sweep(drafts=NOW, files=NOW) == 0
