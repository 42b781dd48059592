"""A private PostgreSQL: made, started, found again after a `kill -9`, stopped.

The server is a child of ours in a session of its own, so that Ctrl-C at the terminal reaches the launcher
alone.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from config.launch import roles
from config.launch.apart import apart
from config.launch.binaries import NEEDED_MAJOR, Binaries, find
from config.launch.ending import outlast
from config.launch.ground import DATA, Ground, as_user, choose, ids
from config.launch.lockfile import clear_stale, server_pid, server_port, stopping_pid
from config.launch.machine import answers, disk_full, free_port, open_log, says_full, tail, write_whole
from config.launch.passwords import Secrets
from config.launch.places import Places, make_folder
from config.launch.processes import alive, send, wait_until
from config.launch.say import Stop, warn
from yichuang.gateways.late import Late

if TYPE_CHECKING:
    import psycopg
else:
    psycopg = Late("psycopg")

ADMIN = "postgres"
IDENTITY = "yichuang.id"
CONF = "postgres.conf"
SOCKETS = "socket"
# A socket's whole path, with its name, has 107 bytes; who stands deeper connects by the loopback as before.
LONGEST_SOCKETS = 90
START_SECONDS = 120.0
# For so long a server that was told to stop may be seen doing nothing.
STOP_SECONDS = 30.0
RECOVERING = ("the database system is starting up", "not yet accepting connections", "in recovery mode")

# Autovacuum looks often, for what was drained lies about dead until then and figures read past it; few workers and little memory each,
# for what they hold counts with the rest of the product.
DURABLE = """\
# Written at every start by the launcher; what you change here is lost.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{sockets}'
max_connections = 120
shared_buffers = {buffers}MB
effective_cache_size = {cache}MB
work_mem = 8MB
maintenance_work_mem = 128MB
autovacuum_work_mem = 8MB
autovacuum_max_workers = 2
autovacuum_naptime = 10s
wal_compression = on
max_wal_size = 2GB
random_page_cost = 1.1
jit = off
log_line_prefix = '%m [%p] %u@%d '
log_timezone = 'Asia/Shanghai'
"""
# Only for tests: what a power cut would lose is made again in a second. A database cannot be copied while autovacuum is in it, and
# tests copy theirs by the hundred: it looks once a minute, as by custom.
FLEETING = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum_naptime = 60s\n"


class Cluster:
    """One private PostgreSQL. `home` holds its passwords and, where the server can reach it, its data."""

    def __init__(
        self,
        places: Places,
        home: Path,
        spare: Path,
        *,
        fleeting: bool = False,
        binaries: Binaries | None = None,
    ) -> None:
        self.places = places
        self.home = home
        self.spare = spare
        self.fleeting = fleeting
        self.secrets_file = home / "secrets.json"
        self.log = home / "log" / "postgres.log"
        # What the server is given beside its usual environment.
        self.environment: dict[str, str] = {}
        self._binaries = binaries
        self._ground: Ground | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._found: int | None = None

    @property
    def secrets(self) -> Secrets:
        """The passwords, made on first use."""
        make_folder(self.home)
        return Secrets.load(self.secrets_file)

    def urls(self) -> dict[str, str]:
        """Addresses by role: owner, app, report, audit, and admin (a superuser in database `postgres`)."""
        kept = self.secrets
        logins = {**roles.LOGINS, "admin": ADMIN}
        return {
            role: f"postgresql://{login}:{quote(kept.passwords[role], safe='')}@127.0.0.1:{kept.port}/"
            + ("postgres" if role == "admin" else roles.DATABASE)
            for role, login in logins.items()
        }

    def near(self, url: str) -> str:
        """An address of ours by the server's socket where there is one: a step of a case costs both sides less than by TCP."""
        for data in (self.home / DATA, self.spare / DATA):
            folder = data.parent / SOCKETS
            if server_pid(data) is not None and (folder / f".s.PGSQL.{self.secrets.port}").is_socket():
                return url.replace("@127.0.0.1:", f"@{quote(str(folder), safe='')}:", 1)
        return url

    def pid(self) -> int | None:
        """The live server of our data folder, whoever started it; None where there is none."""
        if self._process is not None:
            self._process.poll()
        for data in (self.home / DATA, self.spare / DATA):
            found = server_pid(data)
            if found is not None:
                return found
        return None

    def stopping(self) -> int | None:
        """The live server if it was told to stop and has not ended yet."""
        return next(
            (found for data in (self.home / DATA, self.spare / DATA) if (found := stopping_pid(data))), None
        )

    def running(self) -> bool:
        """Whether the server that we started or found still lives; cheap enough to ask all the time."""
        if self._process is not None:
            return self._process.poll() is None
        return self._found is not None and alive(self._found)

    def start(self) -> None:
        """Make the cluster where it is missing, start it where it does not run, make roles and database.

        Errors: Stop with one sentence (no PostgreSQL, other version, no room, passwords lost).
        """
        ground = self._choose()
        self._set_aside_strangers(ground)
        if not (ground.data / "PG_VERSION").exists():
            self._initialise(ground)
        self._process, self._found = None, server_pid(ground.data)
        if self._found is None:
            self._launch(ground)
        self._wait_ready(ground)
        admin, passwords = self.urls()["admin"], self.secrets.passwords
        apart(lambda: roles.create(admin, passwords))

    def stop(self) -> None:
        """Stop the server: running statements are broken off, committed work is kept.

        While it is seen to write its last checkpoint it has all the time that it needs; only a server that does nothing is ended
        by force, and recovers at its next start.
        """
        pid = self.pid()
        if pid is None:
            return

        def gone() -> bool:
            # A server takes its pid file away a moment before it is gone itself.
            return self.pid() != pid and not alive(pid)

        send(pid, signal.SIGINT)
        if not outlast(gone, lambda: pid, STOP_SECONDS):
            for number, seconds in ((signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0)):
                send(pid, number)
                if wait_until(gone, seconds):
                    break
        if self._process is not None:
            self._process.wait(timeout=5)
            self._process = None

    def remove(self) -> None:
        """Stop and delete the data and the passwords."""
        self.stop()
        for data in (self.home / DATA, self.spare / DATA):
            shutil.rmtree(data, ignore_errors=True)
            (data.parent / CONF).unlink(missing_ok=True)
            shutil.rmtree(data.parent / SOCKETS, ignore_errors=True)
        shutil.rmtree(self.spare, ignore_errors=True)
        self.secrets_file.unlink(missing_ok=True)

    def _choose(self) -> Ground:
        if self._ground is None:
            binaries = self._binaries or self._fitting()
            self._ground = choose(self.home, self.spare, binaries)
        return self._ground

    def _fitting(self) -> Binaries:
        made_by = next(
            (int(text) for data in (self.home / DATA, self.spare / DATA) if (text := _version(data))), None
        )
        found = find(self.places.venv, major=made_by)
        if found is None and made_by is not None:
            raise Stop(
                f"数据由 PostgreSQL {made_by} 建立，本机找不到这个版本；请安装它，或执行 make reset。",
                f"The data needs PostgreSQL {made_by}, which is not found here; install it or `make reset`.",
            )
        if found is None:
            raise Stop(
                f"PostgreSQL 未安装或版本过低：需要 {NEEDED_MAJOR} 以上；请安装它或设置 DATABASE_URL。",
                f"PostgreSQL {NEEDED_MAJOR} or newer is missing; install it or set DATABASE_URL.",
            )
        return found

    def _set_aside_strangers(self, ground: Ground) -> None:
        """Data in the spare folder may be of an earlier checkout at the same path: keep it, not as ours."""
        if not (ground.data / "PG_VERSION").exists() or _identity(ground.data) == self.secrets.cluster:
            return
        if ground.data.parent == self.home:
            raise Stop(
                f"{ground.data} 的口令文件 {self.secrets_file} 已丢失；请恢复它，或执行 make reset。",
                f"The passwords of {ground.data} are lost; restore {self.secrets_file} or `make reset`.",
            )
        self.stop()
        aside = ground.data.with_name(f"{DATA}.{time.strftime('%Y%m%d-%H%M%S')}")
        ground.data.rename(aside)
        warn(
            f"{ground.data} 属于此处以前的一份检出，已改名为 {aside.name}", f"Older data set aside as {aside}"
        )

    def _initialise(self, ground: Ground) -> None:
        """initdb beside the final place and rename, so that a broken-off start leaves nothing half made."""
        shutil.rmtree(ground.data, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=".initdb-", dir=ground.data.parent) as made:
            room = Path(made)
            room.chmod(0o755)
            data, password = room / "data", room / "password"
            data.mkdir(mode=0o700)
            password.write_text(self.secrets.passwords["admin"])
            password.chmod(0o600)
            _give(ground, data, password)
            said = as_user(
                ground.user,
                [
                    str(ground.binaries.program("initdb")),
                    f"--pgdata={data}",
                    f"--username={ADMIN}",
                    f"--pwfile={password}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--lc-collate=C",
                    "--lc-ctype=C.UTF-8",
                    "--data-checksums",
                    *(["--no-sync"] if self.fleeting else []),
                ],
            )
            if said.returncode != 0:
                raise self._failed(ground, said.stdout + said.stderr)
            (data / IDENTITY).write_text(self.secrets.cluster)
            with (data / "postgresql.conf").open("a") as conf:
                conf.write(f"\ninclude = '../{CONF}'\n")
            data.rename(ground.data)

    def _launch(self, ground: Ground) -> None:
        clear_stale(ground.data)
        kept = self.secrets
        kept.port = free_port(kept.port)
        kept.save(self.secrets_file)
        # Beside the data folder, which is the server user's: root writes only into folders of its own.
        conf = _conf(kept.port, _sockets(ground), fleeting=self.fleeting)
        write_whole(ground.data.parent / CONF, conf, mode=0o644)
        make_folder(self.log.parent)
        log = open_log(self.log)
        uid, gid, groups = ids(ground.user)
        try:
            self._process = subprocess.Popen(
                [ground.binaries.program("postgres"), "-D", ground.data],
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=uid,
                group=gid,
                extra_groups=groups,
            )
        finally:
            os.close(log)

    def _wait_ready(self, ground: Ground) -> None:
        """Wait until the server lets us in; after a crash it first replays its log, which may take long."""
        kept = self.secrets
        if self._process is None:
            kept.port = server_port(ground.data) or kept.port
            kept.save(self.secrets_file)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            problem = apart(self._refused) if kept.port and answers(kept.port) else "nobody listens"
            if problem is None:
                return
            if "password authentication failed" in problem:
                raise Stop(
                    f"数据库不接受 {self.secrets_file} 中的口令；请恢复该文件，或执行 make reset。",
                    f"The database refuses the password in {self.secrets_file}; restore that file.",
                )
            if any(words in problem for words in RECOVERING):
                # It reads its log and says so: to end it now would only begin that anew.
                end = time.monotonic() + START_SECONDS
            if self._process is not None and self._process.poll() is not None:
                raise self._failed(ground, tail(self.log))
            time.sleep(0.05)
        raise self._failed(ground, tail(self.log))

    def _refused(self) -> str | None:
        """Why the server does not let us in; None where it does."""
        try:
            psycopg.connect(self.urls()["admin"], connect_timeout=3).close()
        except psycopg.OperationalError as problem:
            return str(problem)
        return None

    def _failed(self, ground: Ground, said: str) -> Stop:
        if says_full(said):
            return disk_full(ground.data.parent)
        last = (said.strip().splitlines() or [""])[-1]
        return Stop(
            f"数据库启动失败：{last}（日志 {self.log}）", f"The database did not start; see {self.log}."
        )


def _sockets(ground: Ground) -> str:
    """The folder of the server's socket, closed to everybody else; empty where its path is too long or cannot be quoted.

    Called while no server of ours lives: what lies there is of one that was killed, whose number may be another's by now.
    """
    folder = ground.data.parent / SOCKETS
    text = str(folder)
    if len(os.fsencode(folder)) > LONGEST_SOCKETS or any(sign in text for sign in "'\\,\n\""):
        return ""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    folder.chmod(0o700)
    _give(ground, folder)
    return text


def _conf(port: int, sockets: str, *, fleeting: bool) -> str:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // (1024 * 1024)
    text = DURABLE.format(
        port=port, sockets=sockets, buffers=max(32, min(256, memory // 8)), cache=max(128, memory // 4)
    )
    return text + (FLEETING if fleeting else "")


def _give(ground: Ground, *paths: Path) -> None:
    if ground.user is not None:
        for path in paths:
            os.chown(path, ground.user.uid, ground.user.gid)


def _version(data: Path) -> str:
    with suppress(OSError):
        return (data / "PG_VERSION").read_text().strip()
    return ""


def _identity(data: Path) -> str:
    with suppress(OSError):
        return (data / IDENTITY).read_text().strip()
    return ""
