"""The file store and the end of a process: killed at any call of the system, what has a name is whole."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from yichuang.gateways.files import FileStore
from yichuang.kernel.errors import Missing, Problem, Unavailable

DATA = b"page of an application\n" * 5000
DIGEST = hashlib.sha256(DATA).hexdigest()


class Killed(BaseException):
    """The process ends here: nothing after it runs, and no handler of ordinary errors sees it."""


def named_and_whole(root: Path) -> list[str]:
    """The files that have a name in the store, each compared with its name."""
    found = [
        path
        for path in root.rglob("*")
        if path.is_file() and path.parent.name != "drafts" and path.name != ".names"
    ]
    for path in found:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name, "a name without its content"
    return [path.name for path in found]


def killed_at(step: int, monkeypatch: pytest.MonkeyPatch, root: Path) -> bool:
    """Keep a file, ending at the n-th call that touches the disk; whether it ended."""
    calls = 0

    def dying(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **named: object) -> object:
            nonlocal calls
            calls += 1
            if calls == step:
                raise Killed
            return real(*args, **named)

        return call

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", dying(os.fsync))
        patched.setattr(Path, "replace", dying(Path.replace))
        patched.setattr(Path, "mkdir", dying(Path.mkdir))
        # A killed process tidies nothing up.
        patched.setattr(Path, "unlink", lambda *_, **__: None)
        try:
            FileStore(root).put_pieces((DATA[:1000], DATA[1000:]), limit=len(DATA))
        except Killed:
            return True
    return False


def test_killed_at_any_step_a_named_file_is_whole_and_can_be_kept_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = 0
    for step in range(1, 30):
        root = tmp_path / str(step)
        if not killed_at(step, monkeypatch, root):
            break
        ended += 1
        assert named_and_whole(root) in ([], [DIGEST])
        assert FileStore(root).put(DATA).digest == DIGEST
        assert FileStore(root).read(DIGEST) == DATA
    assert ended >= 6, "the loop went through every step until one attempt succeeded"


def test_a_store_that_writes_in_place_would_be_caught(tmp_path: Path) -> None:
    """The broken variant: the name first, then the bytes."""
    path = tmp_path / DIGEST[:2] / DIGEST[2:4] / DIGEST
    path.parent.mkdir(parents=True)
    path.write_bytes(DATA[:1000])
    with pytest.raises(AssertionError, match="without its content"):
        named_and_whole(tmp_path)
    with pytest.raises(Unavailable):
        FileStore(tmp_path).read(DIGEST)


WRITER = """
import hashlib, sys
from pathlib import Path
from yichuang.gateways.files import FileStore
store = FileStore(Path(sys.argv[1]))
number = 0
while True:
    data = b"%d\\n" % number * 20000
    kept = store.put(data)
    print(kept.digest, flush=True)
    number += 1
"""


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        acknowledged.append(writer.stdout.readline().strip())
        time.sleep(0.1)
        writer.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in writer.stdout if line.endswith("\n")]
        writer.stdout.close()
        assert writer.wait(10) == -signal.SIGKILL
    store = FileStore(tmp_path)
    assert len(acknowledged) >= 3
    for digest in acknowledged:
        assert store.read(digest)
    assert set(acknowledged) <= set(named_and_whole(tmp_path))


def test_many_who_keep_the_same_bytes_at_once_keep_one_file(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        digests = set(pool.map(lambda _: store.put(DATA).digest, range(40)))
    assert digests == {DIGEST}
    assert named_and_whole(tmp_path) == [DIGEST]
    assert list((tmp_path / "drafts").iterdir()) == []


def test_a_file_is_read_whole_while_it_is_kept_again_and_again(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.put(DATA)
    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(lambda: [store.put(DATA) for _ in range(20)]) for _ in range(2)]
        reads = [pool.submit(lambda: {store.read(DIGEST) for _ in range(40)}) for _ in range(2)]
        assert all(len(writer.result()) == 20 for writer in writers)
        assert all(read.result() == {DATA} for read in reads)


@pytest.mark.parametrize(
    "name",
    [
        "..", "../" * 12 + "etc/passwd", "/etc/passwd", "drafts", DIGEST.upper(), DIGEST + "0", DIGEST[:-1],
        f"{DIGEST}/", f"./{DIGEST}", f"{DIGEST}\0", "０" * 64, "ａ" * 64, "a" * 63 + "ｂ", "%2e%2e%2f" + "a" * 55,
    ],
)  # fmt: skip
def test_no_name_leads_out_of_the_store(tmp_path: Path, name: str) -> None:
    outside = tmp_path / "passwd"
    outside.write_bytes(b"outside")
    store = FileStore(tmp_path / "store")
    store.put(DATA)
    for touch in (store.read, store.has, store.forget):
        with pytest.raises(Missing):
            touch(name)
    assert outside.read_bytes() == b"outside"
    assert store.read(DIGEST) == DATA


def test_a_link_in_place_of_a_file_is_not_believed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    store = FileStore(tmp_path / "store")
    store.put(DATA)
    (path,) = (tmp_path / "store").rglob(DIGEST)
    path.unlink()
    path.symlink_to(secret)
    with pytest.raises(Unavailable, match="校验值"):
        store.read(DIGEST)


def test_a_store_that_cannot_be_reached_says_so(tmp_path: Path) -> None:
    (tmp_path / "store").write_bytes(b"a file where the folder should be")
    with pytest.raises(Problem) as refused:
        FileStore(tmp_path / "store").put(DATA)
    assert isinstance(refused.value, Unavailable)
    assert str(tmp_path) not in refused.value.message + refused.value.how
