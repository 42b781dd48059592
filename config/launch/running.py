"""`make run`: database, migrations, catalogue and demo, web server and worker; then watch over them until
told to stop."""

import itertools
import json
import os
import signal
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from config.launch import runfile
from config.launch.apart import apart
from config.launch.database import Databases, need_good_settings, opened, private_cluster, role_names
from config.launch.machine import answers, need_port, need_room, only_one, tail
from config.launch.places import Places, make_folder
from config.launch.postgres import Cluster
from config.launch.processes import MEMORY, end, marked
from config.launch.runfile import Account
from config.launch.say import Stop, say, step, table, warn
from config.launch.supervise import Child
from config.launch.tool import run_tool
from yichuang.gateways.late import Late

if TYPE_CHECKING:
    from http import client
else:
    client = Late("http.client")

ROOM_MEGABYTES = 300
ANSWER_SECONDS = 90.0
WATCH_SECONDS = 0.2
WRITE_BEATS = 5


class Told(BaseException):
    """Somebody told us to stop: Ctrl-C, SIGTERM, or the terminal went away."""


def run(places: Places, port: int) -> int:
    """Start everything, watch, stop everything when told. Gives the exit code. Errors: Stop with one
    sentence."""
    make_folder(places.var)
    with only_one(places.var / "launch.lock", None) as first:
        if not first:
            raise already_running(places)
        launch = Launch(places, port)
        heed_signals()
        try:
            launch.start()
            launch.watch()
        except Told:
            return 0
        finally:
            # A second Ctrl-C must not break off the orderly stop.
            for number in stopping_signals():
                signal.signal(number, signal.SIG_IGN)
            launch.stop()


def already_running(places: Places) -> Stop:
    """The sentence for a second start of the same checkout."""
    running = runfile.read(places)
    where = running["address"] if running else "正在启动"
    return Stop(
        f"一窗已在运行（{where}），同一份检出只能运行一个；先停止它：make stop。",
        "Yichuang is running already from this checkout; stop it first with make stop.",
    )


def stopping_signals() -> list[signal.Signals]:
    """The signals that mean "stop"; under nohup the end of the terminal does not."""
    hangup = [] if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else [signal.SIGHUP]
    return [signal.SIGINT, signal.SIGTERM, *hangup]


def heed_signals() -> None:
    """From now on the signals that mean "stop" raise `Told`."""

    def tell(_number: int, _frame: FrameType | None) -> NoReturn:
        raise Told

    for number in stopping_signals():
        signal.signal(number, tell)


def clear_orphans(places: Places) -> None:
    """End what a launcher that was killed left behind: its children carry our mark, whatever their pids."""
    found = marked(str(places.var))
    if found:
        warn(
            "发现上次未正常停止留下的进程，正在结束",
            f"Ending {len(found)} processes of a start that was killed",
        )
        end(found, patience=10)
    places.run_file.unlink(missing_ok=True)


class Launch:
    """One run: what was started, in the order in which it was started."""

    def __init__(self, places: Places, port: int) -> None:
        self.places = places
        self.port = port
        self.address = f"http://127.0.0.1:{port}"
        self.databases: Databases | None = None
        self.children: list[Child] = []
        self.accounts: list[Account] = []
        self.mark = str(places.var)
        self.written: dict[str, list[int]] = {}

    def start(self) -> None:
        """Bring everything up and say so."""
        began = time.monotonic()
        need_good_settings()
        clear_orphans(self.places)
        need_port(self.port)
        need_room(self.places.var, ROOM_MEGABYTES)
        if not os.environ.get("YICHUANG_FILES"):
            # Applicants' materials: nobody else on the machine may read them.
            make_folder(self.places.var / "files", 0o700)
        self.databases = opened(self.places)
        urls = self.databases.urls
        environment = self._environment(self.databases)
        with step("正在建立数据表", "Migrating as the owner"):
            migrate = [str(self.places.python), "-m", "django", "migrate", "--no-input"]
            self._tool(migrate, {**environment, "DATABASE_URL": urls["owner"]})
        if self.databases.demo:
            with step(
                "正在装入事项目录和演示数据（首次需几分钟）", "Loading catalogue and demo (minutes, once)"
            ):
                self._tool([str(self.places.command), "demo", "load"], environment, aloud=True)
            said = self._tool([str(self.places.command), "demo", "accounts", "--json"], environment)
            self.accounts = json.loads(said)
        with step("正在启动网站和后台任务", "Starting web server and worker"):
            self._start_children(environment)
            self._await_answer()
        self._write()
        self._announce(time.monotonic() - began)

    def watch(self) -> NoReturn:
        """Start again what dies, until `Told`. Errors: Stop where a child keeps dying."""
        assert self.databases is not None
        cluster = self.databases.cluster
        for beat in itertools.count(1):
            time.sleep(WATCH_SECONDS)
            if cluster is not None and not cluster.running():
                warn("数据库意外退出，正在重新启动", "The database ended; starting it again")
                cluster.start()
            for child in self.children:
                if child.dead():
                    child.revive(self.mark)
            if beat % WRITE_BEATS == 0:
                self._write()
        raise AssertionError("the count never ends")

    def stop(self) -> None:
        """Stop web, worker and database in this order; nothing is left behind."""
        if self.children or self.databases is not None:
            say("正在停止", "Stopping")
        for child in self.children:
            child.stop()
        end(marked(self.mark), patience=2)
        cluster = self.databases.cluster if self.databases else leftover(self.places)
        if cluster is not None:
            cluster.stop()
        self.places.run_file.unlink(missing_ok=True)
        if self.children:
            say("已全部停止", "All stopped")

    def _environment(self, databases: Databases) -> dict[str, str]:
        made = runfile.environment(self.places, databases.urls, demo=databases.demo)
        names = {name: os.environ.get(name) or value for name, value in role_names(databases.urls).items()}
        # Of glibc's many heaps, one for every few threads, most memory would lie fallow.
        return {**made, **names, **MEMORY, "PYTHONUTF8": "1", "YICHUANG_ADDRESS": self.address}

    def _tool(self, command: Sequence[str], environment: Mapping[str, str], *, aloud: bool = False) -> str:
        return run_tool(self.places, self.mark, command, environment, aloud=aloud)

    def _start_children(self, environment: dict[str, str]) -> None:
        web = [
            str(self.places.python),
            "-m",
            "config.web",
            "--interface",
            "wsgi",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
        ]
        web += ["--workers", "2", "--blocking-threads", "16", "--backlog", "1024", "--no-ws"]
        web += ["--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "8"]
        web += ["config.wsgi:application"]
        worker = [str(self.places.command), "work"]
        short, long = [*worker, "--queues", "short"], [*worker, "--queues", "long", "--no-drain", "--sleep"]
        root, logs = self.places.root, self.places.logs
        self.children = [
            Child("web server", "网站", web, environment, root, logs / "web.log"),
            Child("worker", "后台任务", short, environment, root, logs / "worker.log", patience=20),
            Child("worker for long jobs", "长任务", long, environment, root, logs / "long.log", patience=20),
        ]
        for child in self.children:
            child.start(self.mark)

    def _await_answer(self) -> None:
        """Wait until /health says ready; a child that dies meanwhile ends the wait with its last words."""
        end_at = time.monotonic() + ANSWER_SECONDS
        last = ""
        while time.monotonic() < end_at:
            for child in self.children:
                if child.dead():
                    raise Stop(
                        f"{child.chinese}启动失败，详见 {child.log}：\n{tail(child.log)}",
                        f"The {child.kind} did not start; see {child.log}.",
                        code=1,
                    )
            status, last = apart(lambda: health(self.port)) if answers(self.port) else (0, "")
            if status == HTTPStatus.OK:
                return
            time.sleep(0.1)
        raise Stop(
            f"网站 {ANSWER_SECONDS:.0f} 秒内没有就绪：{last or '没有应答'}；详见 {self.places.logs}。",
            f"The site was not ready in {ANSWER_SECONDS:.0f} s; see {self.places.logs}.",
            code=1,
        )

    def processes(self) -> dict[str, list[int]]:
        """The live processes by kind, as run.json names them."""
        web, *workers = [child.pids() for child in self.children] or [[]]
        cluster = self.databases.cluster if self.databases else None
        server = cluster.pid() if cluster is not None else None
        return {
            "launcher": [os.getpid()],
            "web": web,
            "worker": [pid for found in workers for pid in found],
            "database": [] if server is None else [server],
        }

    def _write(self) -> None:
        """Write run.json, again only when a process came or went."""
        assert self.databases is not None
        found = self.processes()
        if found != self.written:
            runfile.write(self.places, self.address, self.databases.urls, found, self.accounts)
            self.written = found

    def _announce(self, seconds: float) -> None:
        print(f"\n一窗已就绪（{seconds:.1f} 秒）/ Yichuang is ready: {self.address}\n", flush=True)
        if self.accounts:
            rows = [[one["role"], one["username"], one["password"]] for one in self.accounts]
            print("演示账号 / Demo accounts", flush=True)
            print(table(["角色 role", "用户名 user", "口令 password"], rows) + "\n", flush=True)
        say(f"日志在 {self.places.logs}，按 Ctrl-C 停止", "Logs there; Ctrl-C stops everything")


def leftover(places: Places) -> Cluster | None:
    """The private cluster, for a start that failed on the way to it and may have left it running."""
    return None if os.environ.get("DATABASE_URL") else private_cluster(places)


def health(port: int) -> tuple[int, str]:
    """Status and body of /health; status 0 where nobody answers."""
    connection = client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        return answer.status, answer.read(500).decode(errors="replace")
    except (OSError, client.HTTPException):
        return 0, ""
    finally:
        connection.close()
