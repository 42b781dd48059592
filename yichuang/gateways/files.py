"""Content-addressed file store: a file's name is the hash of its bytes, so nothing is overwritten or mistaken.

A path is made from the hash alone, never from anything a user typed. Writing is safe against a power cut: the bytes
are on the disk before the name appears. Reading checks the hash: a file that changed on the disk is not served.
"""

import errno
import fcntl
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from yichuang.kernel.errors import Invalid, Missing, Unavailable

if TYPE_CHECKING:
    from tempfile import _TemporaryFileWrapper

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Stored:
    """A kept file: SHA-256 in hexadecimal and size in bytes."""

    digest: str
    size: int


class FileStore:
    """Files under one folder, two levels of folders below it by the first four digits of the hash."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, data: bytes) -> Stored:
        """Keep the bytes; the same bytes twice are one file. Raises Unavailable where the disk is full or away."""
        return self.put_pieces((data,), limit=len(data))

    def put_pieces(self, pieces: Iterable[bytes], *, limit: int) -> Stored:
        """Keep a stream without holding it in memory. Raises Invalid beyond `limit` bytes, else as `put`."""
        digest, size = hashlib.sha256(), 0
        with _as_problem(), self._draft() as draft:
            for piece in pieces:
                size += len(piece)
                if size > limit:
                    raise Invalid(
                        f"文件超过 {_megabytes(limit)} MB 的上限。", how="请压缩或者分成几个文件后再上传。"
                    )
                digest.update(piece)
                draft.write(piece)
            draft.flush()
            os.fsync(draft.fileno())
            self._name(Path(draft.name), digest.hexdigest())
        return Stored(digest.hexdigest(), size)

    def read(self, digest: str) -> bytes:
        """The bytes. Raises Missing where there is no such file and Unavailable where its content has changed."""
        with _as_problem():
            try:
                data = self._path(digest).read_bytes()
            except FileNotFoundError:
                raise Missing("没有找到这个文件。", how="请从所属的办件或文书重新打开。") from None
        if hashlib.sha256(data).hexdigest() != digest:
            raise Unavailable(
                "文件内容与登记的校验值不一致，已停止读取。", how=f"请管理员从备份恢复文件 {digest[:12]}。"
            )
        return data

    def path_of(self, digest: str) -> Path:
        """Where a file lies, for what reads it as a stream (its content is not checked). Raises Missing."""
        path = self._path(digest)
        if not path.is_file():
            raise Missing("没有找到这个文件。", how="请重新上传。")
        return path

    def has(self, digest: str) -> bool:
        """Whether a file of this hash is kept (its content is not checked)."""
        return self._path(digest).is_file()

    def forget(self, digest: str, *, settled: datetime | None = None) -> bool:
        """Remove the file for good (lawful deletion); removing what is not there is no fault. Whether it is gone.

        With `settled`, a file that was put there since stays: whoever brought the same bytes a moment ago may not have
        committed the row that names it.
        """
        with _as_problem(), self._name_held(fcntl.LOCK_EX):
            path = self._path(digest)
            if settled is not None and path.is_file() and path.stat().st_mtime >= settled.timestamp():
                return False
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                _sync_folder(path.parent)
        return True

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise Missing("没有找到这个文件。", how="请从所属的办件或文书重新打开。")
        return self._root / digest[:2] / digest[2:4] / digest

    def sweep(self, before: datetime) -> int:
        """Remove drafts left by a process that was killed before `before`; returns how many."""
        drafts = self._root / "drafts"
        left = [path for path in drafts.glob("*") if path.stat().st_mtime < before.timestamp()]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    @contextmanager
    def _draft(self) -> Iterator["_TemporaryFileWrapper[bytes]"]:
        drafts = self._root / "drafts"
        drafts.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=drafts, delete=False) as draft:
            try:
                yield draft
            finally:
                Path(draft.name).unlink(missing_ok=True)

    @contextmanager
    def _name_held(self, how: int) -> Iterator[None]:
        """Names are given together, and taken away alone; a process that dies lets go."""
        self._root.mkdir(parents=True, exist_ok=True)
        with (self._root / ".names").open("ab") as lock:
            fcntl.flock(lock, how)
            yield

    def _name(self, draft: Path, digest: str) -> None:
        path = self._path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Never between the look at a file's age and its removal: either it is young by then, or it is there again.
        with self._name_held(fcntl.LOCK_SH):
            os.utime(draft)
            draft.replace(path)
        for folder in (path.parent, path.parent.parent, self._root):
            _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    # A new name is safe only when the folder that holds it is on the disk too.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _as_problem() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise Unavailable("磁盘空间不足，文件没有保存。", how="请管理员清理磁盘后重试。") from error
        raise Unavailable("文件库暂时不能读写。", how="请稍后重试；仍不行时请管理员检查文件目录。") from error


def _megabytes(size: int) -> str:
    return f"{size / (1 << 20):g}"
