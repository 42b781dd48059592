"""A bench that is told to stop stops what it has started, and starts its servers as a real start does."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench import site, stopping
from bench.peers import running
from bench.site import SERVER, serving
from bench.stopping import CODE, talking
from config.launch import running as launching
from config.launch.places import checkout
from config.launch.processes import alive, wait_until
from config.launch.running import Told

ROOT = Path(__file__).resolve().parent.parent
# A bench with a scenario that starts a server of its own and waits; `heeds`: whether it heeds what it is told.
BENCH = """
import subprocess, sys, time
from bench import __main__ as house, stopping
from bench.site import end

def run(asked):
    server = subprocess.Popen(["sleep", "300"], start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        print(server.pid, flush=True)
        time.sleep(300)
    finally:
        print("stopping", flush=True)
        time.sleep(0.5)
        end(server)

house.SCENARIOS = {"A": run, "B": run}
heeds = sys.argv.pop() == "heeds"
sys.exit(stopping.program(house.main) if heeds else house.main())
"""


def told(number: signal.Signals, how: str, *, twice: bool = False) -> tuple[int, bool]:
    """A bench with a server is told to stop; its exit code, and whether the server still lives."""
    with subprocess.Popen(
        [sys.executable, "-c", BENCH, "A", "B", how], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as bench:  # fmt: skip
        assert bench.stdout is not None
        server = int(bench.stdout.readline())
        bench.send_signal(number)
        if twice:
            assert bench.stdout.readline() == "stopping\n"
            bench.send_signal(number)
        code = bench.wait(20)
        assert bench.stdout.read() in ("", "stopping\n"), "the next scenario does not begin"
    wait_until(lambda: not alive(server), 0.5 if how == "heeds" else 0.0)
    left = alive(server)
    if left:
        os.kill(server, signal.SIGKILL)
    return code, left


def test_a_bench_that_is_told_to_stop_leaves_no_server_behind() -> None:
    """A real process with a real child; a second signal does not break the stopping off."""
    assert told(signal.SIGTERM, "heeds", twice=True) == (CODE, False)
    assert CODE == 143


def test_without_heeding_the_server_would_live_on() -> None:
    """The broken variant: what the bench did before."""
    assert told(signal.SIGTERM, "does not heed") == (-signal.SIGTERM, True)


def test_every_program_that_brings_a_site_up_heeds_what_it_is_told() -> None:
    for name in ("__main__", "exchange", "replay/__main__", "bytes"):
        text = (ROOT / "bench" / f"{name}.py").read_text(encoding="utf-8")
        assert "program(main)" in text, name


@pytest.mark.parametrize(
    "error", [Told(), RuntimeError("load"), KeyboardInterrupt()], ids=["told", "error", "key"]
)
def test_a_load_is_ended_at_once_where_its_reader_fails(error: BaseException) -> None:
    with pytest.raises(type(error)), talking([sys.executable, "-c", "input(); input()"], ROOT) as process:
        raise error
    assert process.returncode == -signal.SIGKILL
    with talking([sys.executable, "-c", "print(input())"], ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("said")
        process.stdin.close()
        assert process.stdout.read() == "said\n"
    assert process.returncode == 0


def test_after_the_first_signal_the_others_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers: dict[int, object] = {}
    monkeypatch.setattr(signal, "signal", handlers.__setitem__)
    stopping.heed()
    assert {signal.SIGINT, signal.SIGTERM} <= set(handlers)
    tell = handlers[signal.SIGTERM]
    assert callable(tell)
    with pytest.raises(Told):
        tell(signal.SIGTERM, None)
    assert set(handlers.values()) == {signal.SIG_IGN}


# How servers are started.


def real_start(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command by which `make run` starts its web server."""
    commands: list[list[str]] = []

    class Child:
        def __init__(self, _kind: str, _chinese: str, command: list[str], *_: object, **__: object) -> None:
            commands.append(command)

        def start(self, _mark: str) -> None:
            """Nothing is started."""

    monkeypatch.setattr(launching, "Child", Child)
    launching.Launch(checkout(), 8123)._start_children({})
    return commands[0]


def test_site_and_peers_are_served_as_a_real_start_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """What gives one side more threads or a longer queue would measure the server and not what it serves."""
    command = real_start(monkeypatch)
    assert command[command.index("--interface") : -1] == serving(8123)
    assert command[-1] == "config.wsgi:application"
    for flag, value in (("--workers", "2"), ("--blocking-threads", "16"), ("--backlog", "1024")):
        assert SERVER[SERVER.index(flag) + 1] == value


def test_nobody_in_the_bench_names_arguments_of_the_server_but_once() -> None:
    named = [
        path.name
        for path in (ROOT / "bench").rglob("*.py")
        if "--blocking-threads" in path.read_text(encoding="utf-8")
    ]
    assert named == ["site.py"]
    for module in (site, running):
        assert "serving(" in Path(str(module.__file__)).read_text(encoding="utf-8")
    assert "*serving(port), PEER]" in (ROOT / "bench" / "p6.py").read_text(encoding="utf-8")
