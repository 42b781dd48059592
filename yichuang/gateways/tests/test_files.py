"""The file store: what is kept is what was given, and nothing else can be reached."""

import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yichuang.gateways.files import FileStore
from yichuang.kernel.errors import Invalid, Missing, Unavailable


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def kept(store_root: Path) -> list[Path]:
    return [path for path in store_root.rglob("*") if path.is_file() and path.name != ".names"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(st.binary(max_size=4000))
def test_what_goes_in_comes_out(store: FileStore, data: bytes) -> None:
    stored = store.put(data)
    assert stored.digest == hashlib.sha256(data).hexdigest()
    assert stored.size == len(data)
    assert store.read(stored.digest) == data


def test_the_same_content_is_kept_once(store: FileStore, tmp_path: Path) -> None:
    first, second = store.put(b"one"), store.put(b"one")
    assert first == second
    assert len(kept(tmp_path)) == 1


def test_pieces_are_joined_and_limited(store: FileStore, tmp_path: Path) -> None:
    assert store.put_pieces([b"ab", b"", b"c"], limit=3) == store.put(b"abc")
    with pytest.raises(Invalid, match="上限"):
        store.put_pieces([b"abc", b"d"], limit=3)
    assert len(kept(tmp_path)) == 1


def test_a_failure_in_the_stream_leaves_nothing(store: FileStore, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ValueError("the line broke")

    with pytest.raises(ValueError, match="broke"):
        store.put_pieces(broken(), limit=100)
    assert kept(tmp_path) == []


def test_a_changed_file_is_not_served(store: FileStore, tmp_path: Path) -> None:
    digest = store.put(b"genuine").digest
    kept(tmp_path)[0].write_bytes(b"forged!")
    with pytest.raises(Unavailable, match="校验值"):
        store.read(digest)
    store.put(b"genuine")
    assert store.read(digest) == b"genuine"


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n", "/" + "a" * 63]
)
def test_only_a_hash_is_a_name(store: FileStore, name: str) -> None:
    for touch in (store.read, store.has, store.forget):
        with pytest.raises(Missing):
            touch(name)


def test_an_unknown_hash_is_missing(store: FileStore) -> None:
    assert not store.has("a" * 64)
    with pytest.raises(Missing):
        store.read("a" * 64)


def test_forgetting_is_final_and_repeatable(store: FileStore, tmp_path: Path) -> None:
    digest = store.put(b"private").digest
    store.forget(digest)
    store.forget(digest)
    assert not store.has(digest)
    assert kept(tmp_path) == []


def test_bytes_that_somebody_brought_again_just_now_stay(store: FileStore) -> None:
    """Their row may not be committed yet. Without the look at the age they would be gone."""
    digest, hour = store.put(b"the same form twice").digest, timedelta(hours=1)
    began = datetime.now(UTC)
    path = next(path for path in kept(store._root))
    os.utime(path, (0, 0))
    assert store.put(b"the same form twice").digest == digest
    assert not store.forget(digest, settled=began - hour)
    assert store.has(digest)
    assert store.forget(digest, settled=began + hour)
    assert not store.has(digest)


def test_a_name_is_not_given_while_one_is_taken_away(store: FileStore) -> None:
    """Who brings the bytes waits for who looks at their age, and finds his own there afterwards."""
    digest = store.put(b"twice").digest
    with ThreadPoolExecutor(1) as other, store._name_held(fcntl.LOCK_EX):
        again = other.submit(store.put, b"twice")
        with pytest.raises(TimeoutError):
            again.result(0.2)
        store._path(digest).unlink()
    assert again.result(5).digest == digest
    assert store.has(digest)


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "磁盘空间不足"), (errno.EIO, "暂时不能读写")])
def test_a_disk_that_fails_is_said_plainly(
    store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def fail(handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Unavailable, match=words):
        store.put(b"data")
    assert kept(tmp_path) == []


def test_the_bytes_are_on_the_disk_before_the_name(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    really_sync, really_replace = os.fsync, Path.replace

    def sync(handle: int) -> None:
        order.append("sync")
        really_sync(handle)

    def rename(path: Path, target: Path) -> Path:
        order.append("name")
        return really_replace(path, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", rename)
    store.put(b"data")
    assert order[:2] == ["sync", "name"]
    assert "sync" in order[2:]


def test_drafts_of_a_killed_process_are_swept(store: FileStore, tmp_path: Path) -> None:
    drafts = tmp_path / "files" / "drafts"
    drafts.mkdir(parents=True)
    (drafts / "old").write_bytes(b"half")
    now = datetime.now(UTC)
    assert store.sweep(now - timedelta(hours=1)) == 0
    assert store.sweep(now + timedelta(seconds=5)) == 1
    assert kept(tmp_path) == []
