"""Files made for one person for some days: written beside and renamed when whole, so that nobody gets half of one."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from yichuang.kernel.errors import Missing, Unavailable

_NAME = re.compile(r"[0-9a-f-]{36}\.[a-z]{3,7}")


class Handouts:
    """A folder of such files, each named by an id of ours and its kind: nothing that anybody typed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def drafted(self, name: str) -> Iterator[Path]:
        """A place to write to; what stands there when all went well gets the name, else nothing stays behind.

        Raises Unavailable where the disk is full or away.
        """
        path = self._path(name)
        draft = path.with_suffix(f"{path.suffix}.draft")
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            draft.unlink(missing_ok=True)
            yield draft
            with draft.open("rb") as written:
                os.fsync(written.fileno())
            draft.replace(path)
        except OSError as error:
            raise Unavailable(
                "文件没有写成，磁盘可能已满。", how="请管理员清理磁盘，任务会重新导出。"
            ) from error
        finally:
            draft.unlink(missing_ok=True)

    def open(self, name: str) -> BinaryIO:
        """The file to read from. Raises Missing."""
        try:
            return self._path(name).open("rb")
        except FileNotFoundError:
            raise Missing("文件已经删除。", how="请重新导出。") from None

    def size(self, name: str) -> int:
        """Bytes of a file."""
        return self._path(name).stat().st_size

    def remove(self, name: str) -> None:
        """Take a file away; one that is not there is no fault."""
        self._path(name).unlink(missing_ok=True)

    def sweep(self, *, drafts: datetime, files: datetime) -> int:
        """Remove what nobody has written to since `drafts`, be it a draft or a folder of some engine's; how many.

        A whole file goes when it is older than `files`, whatever is known of it: a job that was killed just before it
        could note the file has left one that nobody would ever take away.
        """
        count = 0
        for one in self._root.glob("*"):
            before = files if _NAME.fullmatch(one.name) else drafts
            with suppress(FileNotFoundError):
                if one.lstat().st_mtime >= before.timestamp():
                    continue
                _gone(one)
                count += 1
        return count

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise Missing("没有这个文件。", how="请从自己的导出清单下载。")
        return self._root / name


def _gone(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
