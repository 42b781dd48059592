"""An issue is signed by a process of its own: the worker hears its words, and never carries what it needs."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings

from yichuang.effects import jobs
from yichuang.effects.cli import signing
from yichuang.effects.tests import lingering
from yichuang.kernel.errors import Unavailable

AT = datetime(2022, 5, 13, 8, tzinfo=UTC)
HEAVY = ("typst", "pyhanko", "yichuang.reports.render", "yichuang.gateways.documents")


def ended(code: int, words: str = "") -> Any:
    """A process that ends at once."""

    def run(asked: list[str], **given: Any) -> subprocess.CompletedProcess[bytes]:
        given["stderr"].write(words.encode())
        return subprocess.CompletedProcess(asked, code)

    return run


def test_the_worker_names_the_issue_and_the_moment_and_hears_what_went_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[list[str]] = []
    given = uuid4()

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    jobs.sign_apart(given, AT)
    assert asked == [[sys.executable, "-m", "yichuang.effects.cli.signing", str(given), AT.isoformat()]]
    monkeypatch.setattr(subprocess, "run", ended(1, "签名密钥无法读写：磁盘已满。"))
    with pytest.raises(OSError, match="磁盘已满"):
        jobs.sign_apart(given, AT)
    # A crash without a word is a failure too, and so is a process that does not end.
    monkeypatch.setattr(subprocess, "run", ended(-9))
    with pytest.raises(OSError, match=r"^$"):
        jobs.sign_apart(given, AT)

    def hangs(command: list[str], timeout: float, **_: Any) -> None:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", hangs)
    with pytest.raises(OSError, match="not signed within"):
        jobs.sign_apart(given, AT)


def test_what_the_process_leaves_running_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As the chart engine: started for an issue, it draws on for others and has its parent's outputs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(jobs, "SIGNER", lingering.__name__)
    begun = monotonic()
    with pytest.raises(OSError, match="left behind: ") as refused:
        jobs.sign_apart(uuid4(), AT)
    assert monotonic() - begun < lingering.SECONDS, "the one that was left behind was not waited for"
    where, _, pid = str(refused.value).partition(" left behind: ")
    assert where == str(settings.ROOT), "where the house stands, wherever the worker was started"
    os.kill(int(pid), signal.SIGKILL)
    # The broken variant: a pipe ends when the last that holds it has ended.
    command = [sys.executable, "-m", lingering.__name__]
    with subprocess.Popen(command, stderr=subprocess.PIPE, cwd=settings.ROOT) as broken:
        assert broken.wait() == 1
        assert broken.stderr is not None
        os.set_blocking(broken.stderr.fileno(), False)
        pid = os.read(broken.stderr.fileno(), 1000).split()[-1].decode()
        with pytest.raises(BlockingIOError):
            os.read(broken.stderr.fileno(), 1)
        os.kill(int(pid), signal.SIGKILL)


def test_the_process_says_what_became_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[tuple[UUID, datetime]] = []
    monkeypatch.setattr(signing, "sign", lambda report_id, at: seen.append((report_id, at)))
    given = uuid4()
    assert signing.main([str(given), AT.isoformat()]) == 0
    assert seen == [(given, AT)]
    for wrong in ([], [str(given)], ["7", AT.isoformat()], [str(given), "yesterday"]):
        assert signing.main(wrong) == 2, wrong
        assert "usage" in capsys.readouterr().err
    assert len(seen) == 1

    def fails(_report_id: UUID, _at: datetime) -> int:
        raise Unavailable("签名密钥无法读写。", how="请管理员检查。")

    monkeypatch.setattr(signing, "sign", fails)
    assert signing.main([str(given), AT.isoformat()]) == 1
    assert capsys.readouterr().err == "签名密钥无法读写。请管理员检查。\n"


def test_what_the_workers_load_has_nothing_that_typesets() -> None:
    """In a process of its own: this one has loaded every room. The broken variant, loading the signer, is noticed."""
    loading = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'; django.setup(); "
        "import yichuang.effects.cli.worker{more}; print(*sorted(sys.modules))"
    )

    def loaded(more: str = "") -> set[str]:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", loading.format(more=more)],
            capture_output=True,
            text=True,
            check=True,
        )
        return set(done.stdout.split())

    assert not loaded() & set(HEAVY)
    assert loaded(", yichuang.effects.cli.signing") & set(HEAVY)
