"""Where the private PostgreSQL keeps its data and as whom it runs.

PostgreSQL refuses to run as root, so root needs an unprivileged user for it, and that user must be able to
reach the data folder. Permissions of folders that we did not make are never touched: where `var/` lies
beyond the user's reach (a checkout under a 0700 home), the data goes to a spare folder.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.launch.binaries import WHEEL, Binaries
from config.launch.places import make_folder
from config.launch.say import Stop, say

USERS = ("postgres", "nobody")
DATA = "postgres"


@dataclass(frozen=True)
class User:
    """An account of the machine that the server runs as; `None` of it means: as ourselves."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Ground:
    """The chosen data folder, user and programs."""

    data: Path
    user: User | None
    binaries: Binaries


def server_user(names: tuple[str, ...] = USERS) -> User | None:
    """The account to run PostgreSQL as; None, meaning ourselves, unless we are root. Errors: Stop for
    none."""
    if os.geteuid() != 0:
        return None
    for name in names:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return User(name, entry.pw_uid, entry.pw_gid)
    raise Stop(
        "以 root 运行时需要一个普通系统用户（postgres 或 nobody）来运行数据库，本机没有。",
        "As root the database needs an unprivileged account (postgres or nobody); this machine has none.",
    )


def ids(user: User | None) -> tuple[int | None, int | None, list[int] | None]:
    """User, group and further groups for `subprocess`; all None to stay who we are."""
    return (None, None, None) if user is None else (user.uid, user.gid, [])


def as_user(user: User | None, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a short command as the server's user, from the root folder, and give what it said."""
    uid, gid, groups = ids(user)
    return subprocess.run(
        command,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        user=uid,
        group=gid,
        extra_groups=groups,
        check=False,
    )


def reaches(user: User | None, folder: Path) -> bool:
    """Whether the user can enter the folder: tried as that user, not guessed from permission bits."""
    return as_user(user, ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]).returncode == 0


def choose(home: Path, spare: Path, binaries: Binaries) -> Ground:
    """Choose the data folder below `home`, or below `spare` where the server's user cannot reach `home`.

    Data that exists stays where it is and with the user that owns it.
    """
    user = server_user()
    make_folder(home)
    data = home / DATA
    if user is None and (data / "PG_VERSION").exists() and data.stat().st_uid != os.geteuid():
        raise Stop(
            f"{data} 属于另一个用户，请以该用户运行，或先执行 make reset。",
            f"{data} belongs to another user; run as that user or `make reset` first.",
        )
    if user is None or reaches(user, home):
        return Ground(data, _owner(data, user), _within_reach(binaries, user, home))
    make_folder(spare)
    data = spare / DATA
    say(
        f"数据库用户 {user.name} 进不了 {home}，数据存放在 {data}（不改动任何已有目录的权限）",
        f"User {user.name} cannot reach {home}; the data stands in {data}",
    )
    return Ground(data, _owner(data, user), _within_reach(binaries, user, spare))


def _owner(data: Path, user: User | None) -> User | None:
    """The user that owns existing data (made by an ordinary user, now started by root), else the usual."""
    if user is None or not (data / "PG_VERSION").exists():
        return user
    owner = data.stat()
    if owner.st_uid == 0:
        return user
    try:
        name = pwd.getpwuid(owner.st_uid).pw_name
    except KeyError:
        name = str(owner.st_uid)
    return User(name, owner.st_uid, owner.st_gid)


def _within_reach(binaries: Binaries, user: User | None, beside: Path) -> Binaries:
    """The same programs, copied beside the data where the user cannot reach `.venv/`."""
    if user is None or _may_run(user, binaries):
        return binaries
    install = binaries.folder.parent
    if install.parent.name != WHEEL:
        raise Stop(
            f"数据库用户 {user.name} 无法执行 {binaries.folder} 中的 PostgreSQL，请安装系统的 postgresql。",
            f"User {user.name} may not run PostgreSQL in {binaries.folder}; install the system's postgresql.",
        )
    copy = beside / f"postgresql-{binaries.major}"
    if not copy.is_dir():
        part = beside / f".{copy.name}.part"
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(install, part / WHEEL / install.name, symlinks=True)
        # The wheel's programs look for their libraries at this place relative to themselves.
        libraries = install.parents[1] / f"{WHEEL}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, part / libraries.name)
        for folder in (part, part / WHEEL):
            folder.chmod(0o755)
        part.rename(copy)
    return Binaries(copy / WHEEL / install.name / "bin", binaries.major)


def _may_run(user: User, binaries: Binaries) -> bool:
    program = str(binaries.program("postgres"))
    return as_user(user, ["/bin/sh", "-c", 'test -x "$1"', "sh", program]).returncode == 0
