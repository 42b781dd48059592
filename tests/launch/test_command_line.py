"""What a person types: make, the module, the console script's two commands, CI's script."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config.launch import __main__ as entry
from config.launch import cli, runfile
from config.launch.places import Places, checkout, make_folder
from config.launch.say import Stop
from config.launch.setup import explain

from .conftest import ROOT, Site

MAKEFILE = (ROOT / "Makefile").read_text()


def make(*arguments: str, folder: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make without letting it install anything."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=folder,
        env={**given, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_plain_make_explains_every_target_in_two_languages() -> None:
    said = make().stdout
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE)) - {"help"}
    assert set(re.findall(r"^make ([a-z]+)", said, re.MULTILINE)) == targets
    assert all(" / " in line for line in said.splitlines())


@pytest.mark.parametrize("target", ["run", "stop", "reset", "test", "lint"])
def test_every_target_installs_what_is_missing_first(target: str) -> None:
    assert re.search(rf"^{target}: setup$", MAKEFILE, re.MULTILINE)


def test_an_old_python_is_one_sentence(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = make("setup", f"PYTHON={old}")
    assert done.returncode == 2
    assert "需要 Python 3.11" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_make_starts_may_keep_what_it_compiled(tmp_path: Path) -> None:
    """Hundreds of processes that each compile every module anew are a third of what a test run costs."""
    around = tmp_path / "Makefile"
    around.write_text(f"include {ROOT}/Makefile\nshown:\n\t@env\n")
    said = make(
        "-f", str(around), "shown", PYTHONDONTWRITEBYTECODE="1", YICHUANG_SHOWN="1"
    ).stdout.splitlines()
    assert "YICHUANG_SHOWN=1" in said
    assert not [line for line in said if line.startswith("PYTHONDONTWRITEBYTECODE=")]


def test_the_tests_of_a_file_stay_with_one_worker_unless_told() -> None:
    assert "--dist loadfile --no-loadscope-reorder -x" in make("-n", "test", "PYTEST_ARGS=-x").stdout
    assert "--dist" not in make("-n", "test", "PYTEST_SPREAD=").stdout


def test_port_and_confirmation_reach_the_launcher() -> None:
    assert '--port "8123"' in make("-n", "run", "PORT=8123").stdout
    assert '--port "8000"' in make("-n", "run", "PORT=8000").stdout
    assert "reset --yes" in make("-n", "reset", "CONFIRM=1").stdout
    assert "--yes" not in make("-n", "reset").stdout
    assert "--yes" not in make("-n", "reset", "CONFIRM=0").stdout


def test_reset_away_from_a_terminal_wants_confirmation(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "config.launch", "reset"],
        cwd=ROOT,
        env={**os.environ, "YICHUANG_VAR": str(tmp_path), "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "CONFIRM=1" in done.stderr
    assert (tmp_path / "files").is_dir()


def test_stop_where_nothing_runs_is_no_error(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "config.launch", "stop"],
        cwd=ROOT,
        env={**os.environ, "YICHUANG_VAR": str(tmp_path / "var"), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "没有在运行" in done.stdout


def test_the_launcher_speaks_chinese_on_a_terminal_that_knows_none(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "config.launch", "run", "--port", str(taken)],
            cwd=ROOT,
            env={
                **{name: value for name, value in os.environ.items() if name != "PYTHONUTF8"},
                "YICHUANG_VAR": str(tmp_path / "var"),
                "PYTHONIOENCODING": "latin-1",
                "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
            },
            capture_output=True,
            check=False,
        )
    said = done.stderr.decode("utf-8")
    assert done.returncode == 2
    assert "Traceback" not in said
    assert "已被其他程序占用" in said or "网络不通" in said


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (OSError(28, "No space left on device"), "磁盘空间不足"),
        (OSError(122, "Disk quota exceeded"), "磁盘空间不足"),
        (PermissionError(13, "Permission denied", "/somewhere"), "操作系统报错"),
    ],
)
def test_errors_of_the_system_are_sentences(problem: OSError, sentence: str) -> None:
    assert sentence in explain(problem, ROOT).chinese


def test_every_deed_ends_in_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_places: object, _asked: object) -> int:
        raise OSError(28, "No space left on device")

    def interrupted(_places: object, _asked: object) -> int:
        raise KeyboardInterrupt

    def refuses(_places: object, _asked: object) -> int:
        raise Stop("不行。", "No.", code=1)

    for deed, code in ((fails, 2), (interrupted, 130), (refuses, 1)):
        monkeypatch.setitem(entry.DEEDS, "stop", deed)
        assert entry.main(["stop"]) == code
    assert "磁盘空间不足" in capsys.readouterr().err


def test_the_port_comes_from_option_then_environment_then_8000(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT", raising=False)
    assert entry.parsed(["run"]).port == 8000
    monkeypatch.setenv("PORT", "8055")
    assert entry.parsed(["run"]).port == 8055
    assert entry.parsed(["run", "--port", "9000"]).port == 9000


def test_the_checkout_is_this_one_and_var_can_be_moved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("YICHUANG_VAR", raising=False)
    assert checkout().root == ROOT
    assert checkout().var == ROOT / "var"
    monkeypatch.setenv("YICHUANG_VAR", str(tmp_path))
    assert checkout().var == tmp_path
    assert checkout().assets == ROOT / "var" / "assets", "assets belong to the checkout, not to its data"


def test_two_checkouts_never_share_a_spare_folder(tmp_path: Path) -> None:
    one, two = (Places(tmp_path / name, tmp_path / name / "var") for name in ("one", "two"))
    assert one.spare != two.spare
    assert one.spare.parent == Path("/var/lib/yichuang")


def test_backup_finds_the_database_by_environment_then_running_site(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "OWNER_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    make_folder(places.var)
    urls = {role: f"postgresql://{role}" for role in runfile.DATABASES}
    runfile.write(places, "http://127.0.0.1:8000", urls, {"launcher": [os.getpid()]}, [])
    with cli.owner_url(places) as url:
        assert url == "postgresql://owner"
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@given")
    with cli.owner_url(places) as url:
        assert url == "postgresql://app@given"
    monkeypatch.setenv("OWNER_DATABASE_URL", "postgresql://owner@given")
    with cli.owner_url(places) as url:
        assert url == "postgresql://owner@given"


def test_backup_starts_the_private_database_where_no_site_runs_and_stops_it_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("OWNER_DATABASE_URL", raising=False)
    places = Places(site.places.root, site.places.var, site.places.spare_root)
    lock = places.var / "postgres" / "postmaster.pid"
    with cli.owner_url(places) as url:
        assert "yichuang_owner" in url
        assert lock.exists()
        with pytest.raises(Stop, match="正在启动"), cli.owner_url(places):
            pass
    assert not lock.exists()


CI_CASES = [
    # lint, test, what CI must answer
    (0, 0, 0),
    (1, 0, 1),
    (0, 1, 1),
    (2, 1, 2),
]


@pytest.mark.parametrize(("lint", "test", "answer"), CI_CASES)
def test_ci_runs_both_whatever_the_first_says_and_ends_with_pytests_line(
    tmp_path: Path, lint: int, test: int, answer: int
) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    fake = tmp_path / "bin" / "make"
    fake.parent.mkdir()
    fake.write_text(
        f'#!/bin/sh\n[ "$1" = lint ] && {{ echo linted; exit {lint}; }}\n'
        f'[ "$1" = test ] && {{ echo "12 passed, 1 skipped in 3.0s"; exit {test}; }}\nexit 9\n'
    )
    fake.chmod(0o755)
    done = subprocess.run(
        ["bash", ".ci/run"],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{fake.parent}:{os.environ['PATH']}", "CI": "true"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == answer
    assert done.stdout.splitlines() == ["linted", "12 passed, 1 skipped in 3.0s"]
