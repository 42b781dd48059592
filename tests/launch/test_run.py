"""A whole start with stand-ins for the site: order, run.json, signals, deaths, leftovers, the four sentences."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from urllib.parse import urlsplit

import psycopg
import pytest

from config.launch.processes import alive, children, wait_until

from .conftest import Site


def everything(site: Site) -> list[int]:
    """All processes of a running site except its launcher."""
    run = site.run()
    assert run is not None
    return [pid for kind, pids in run["processes"].items() if kind != "launcher" for pid in pids]


def test_a_start_writes_run_json_in_the_promised_shape(site: Site) -> None:
    launcher = site.launch()
    run = site.ready(launcher)

    assert run["address"] == f"http://127.0.0.1:{site.port}"
    assert run["accounts"] == [{"role": "窗口人员", "username": "window", "password": "w-1"}]
    assert set(run["databases"]) == {"owner", "app", "report", "audit"}
    assert set(run["processes"]) == {"launcher", "web", "worker", "database"}
    assert run["processes"]["launcher"] == [launcher.pid]
    assert len(run["processes"]["web"]) == 2, "the server and the worker process that it forked"
    assert len(run["processes"]["worker"]) == 2, "one drains and does short jobs, one does long jobs"
    assert all(alive(pid) for pid in everything(site))
    assert stat.S_IMODE(site.places.run_file.stat().st_mode) == 0o600
    assert stat.S_IMODE((site.places.var / "files").stat().st_mode) == 0o700
    with urllib.request.urlopen(run["address"] + "/health") as answer:
        assert answer.status == 200


def test_migrates_as_owner_and_serves_as_app(site: Site) -> None:
    run = site.ready(site.launch())
    root = site.places.root

    assert urlsplit((root / "migrated").read_text()).username == "yichuang_owner"
    assert urlsplit((root / "demo-loaded").read_text()).username == "yichuang_app"
    given = eval((root / "web-environment").read_text())
    assert given["DATABASE_URL"] == run["databases"]["app"]
    assert given["YICHUANG_DEMO"] == "1"
    assert len(given["SECRET_KEY"]) > 40
    for url in run["databases"].values():
        with psycopg.connect(url) as connection:
            row = connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
        assert row == (False,)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_and_removes_run_json(site: Site, number: signal.Signals) -> None:
    launcher = site.launch()
    site.ready(launcher)
    running = everything(site)

    launcher.send_signal(number)
    said = site.said(launcher)

    assert launcher.returncode == 0, said
    assert not [pid for pid in running if alive(pid)]
    assert not site.places.run_file.exists()


def test_a_signal_while_starting_stops_what_was_started(site: Site) -> None:
    launcher = site.launch()
    assert wait_until(lambda: (site.places.var / "postgres" / "postmaster.pid").exists(), 30)

    launcher.send_signal(signal.SIGTERM)
    site.said(launcher)

    assert not (site.places.var / "postgres" / "postmaster.pid").exists()
    assert not site.places.run_file.exists()


def test_starts_again_after_kill_nine_of_the_launcher(site: Site) -> None:
    first = site.launch()
    site.ready(first)
    orphans = everything(site)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert all(alive(pid) for pid in orphans), "they outlive their launcher; else this test shows nothing"

    again = site.launch()
    run = site.ready(again)

    assert run["processes"]["launcher"] == [again.pid]
    assert not {*run["processes"]["web"], *run["processes"]["worker"]} & set(orphans)
    left = [pid for pid in orphans if alive(pid)]
    assert left == [pid for pid in left if pid in run["processes"]["database"]], "only the database is reused"


def test_starts_again_after_kill_nine_of_everything(site: Site) -> None:
    first = site.launch()
    site.ready(first)
    for pid in [first.pid, *everything(site)]:
        os.kill(pid, signal.SIGKILL)
    first.wait()

    run = site.ready(site.launch())

    with psycopg.connect(run["databases"]["owner"]) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


@pytest.mark.parametrize("kind", ["web", "worker", "database"])
def test_a_child_that_is_killed_comes_back_and_run_json_knows(site: Site, kind: str) -> None:
    # Of the workers each is a process of its own: the first one, which drains, is killed.
    before = site.ready(site.launch())["processes"][kind][: 1 if kind == "worker" else None]

    os.kill(before[0], signal.SIGKILL)

    def back() -> bool:
        run = site.run()
        return (
            run is not None and bool(run["processes"][kind]) and not set(before) & set(run["processes"][kind])
        )

    assert wait_until(back, 30)
    assert not [pid for pid in before if alive(pid)], "nothing of the old group is left"


def test_a_web_server_that_keeps_dying_ends_the_start_with_its_last_words(site: Site) -> None:
    (site.places.root / "web-breaks").touch()
    launcher = site.launch()

    said = site.said(launcher)

    assert launcher.returncode == 1
    assert "网站启动失败" in said
    assert "broken on purpose" in said
    assert not (site.places.var / "postgres" / "postmaster.pid").exists()


def test_port_taken_is_one_sentence_and_exit_two(site: Site) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        launcher = site.launch(port=taken)
        said = site.said(launcher)

    assert launcher.returncode == 2
    assert f"端口 {taken} 已被其他程序占用" in said
    assert "Traceback" not in said


def test_a_second_start_of_the_same_checkout_is_refused_and_harms_nothing(site: Site) -> None:
    first = site.launch()
    site.ready(first)
    running = everything(site)

    second = site.launch(port=site.port + 1)
    said = site.said(second)

    assert second.returncode == 2
    assert f"一窗已在运行（http://127.0.0.1:{site.port}）" in said
    assert all(alive(pid) for pid in running)
    assert site.run() is not None


def test_a_full_disk_while_preparing_is_one_sentence(site: Site) -> None:
    (site.places.root / "demo-breaks").touch()
    launcher = site.launch()

    said = site.said(launcher)

    assert launcher.returncode == 2
    assert "磁盘空间不足" in said


def test_second_start_is_quick_and_keeps_data_and_passwords(site: Site) -> None:
    first = site.launch()
    before = site.ready(first)["databases"]
    with psycopg.connect(before["owner"]) as connection:
        connection.execute("create table kept (value int)")
    first.send_signal(signal.SIGINT)
    site.said(first)

    # Work of others makes no start quicker: one in three has to be quick on a busy machine, and is alone on another.
    for _ in range(3):
        began = time.monotonic()
        again = site.launch()
        run, took = site.ready(again), time.monotonic() - began
        if took < 10:
            break
        again.send_signal(signal.SIGINT)
        site.said(again)
    assert took < 10
    assert {role: urlsplit(url).password for role, url in run["databases"].items()} == {
        role: urlsplit(url).password for role, url in before.items()
    }
    with psycopg.connect(run["databases"]["owner"]) as connection:
        connection.execute("select value from kept")


def test_database_url_overrides_the_private_cluster(site: Site, cluster_urls: dict[str, str]) -> None:
    run = site.ready(
        site.launch(
            DATABASE_URL=cluster_urls["app"], OWNER_DATABASE_URL=cluster_urls["owner"], YICHUANG_DEMO="0"
        )
    )

    assert run["databases"]["app"] == cluster_urls["app"]
    assert run["databases"]["owner"] == cluster_urls["owner"]
    assert run["processes"]["database"] == []
    assert run["accounts"] == []
    assert not (site.places.var / "postgres").exists()
    assert (site.places.root / "migrated").read_text() == cluster_urls["owner"]
    assert not (site.places.root / "demo-loaded").exists()


def test_database_url_that_leads_nowhere_is_one_sentence_without_the_password(site: Site) -> None:
    launcher = site.launch(DATABASE_URL="postgresql://somebody:secret@127.0.0.1:1/none")

    said = site.said(launcher)

    assert launcher.returncode == 2
    assert "连不上 DATABASE_URL" in said
    assert "secret" not in said
    assert "Traceback" not in said


def test_the_real_command_line_says_the_sentence_too(site: Site) -> None:
    """`python -m config.launch run` of this checkout with a port that is none: exit code and words reach the shell."""
    done = subprocess.run(
        [sys.executable, "-m", "config.launch", "run", "--port", "99999"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "YICHUANG_VAR": str(site.places.var), "PYTHONUTF8": "1"},
    )

    assert done.returncode == 2
    assert "99999 不是端口号" in done.stderr


def test_run_json_is_whole_whenever_it_is_read(site: Site) -> None:
    run = site.ready(site.launch())
    victim = run["processes"]["worker"][0]
    os.kill(victim, signal.SIGKILL)
    for _ in range(300):
        json.loads(site.places.run_file.read_text())
        time.sleep(0.005)
    assert children(run["processes"]["launcher"][0])
