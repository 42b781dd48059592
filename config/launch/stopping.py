"""`make stop` and `make reset`: end a running site from another terminal; throw its data away."""

import os
import shutil
import signal
import sys
from pathlib import Path

from config.launch import runfile
from config.launch.database import private_cluster
from config.launch.ending import outlast
from config.launch.ground import DATA
from config.launch.machine import only_one
from config.launch.places import Places
from config.launch.processes import send
from config.launch.running import clear_orphans
from config.launch.say import Stop, say
from config.launch.testing import test_cluster

STOP_SECONDS = 90.0
# What a site makes while it runs; assets and logs of installing stay.
MADE = (
    "files",
    "keys",
    "witness",
    "static",
    "test-template.lock",
    "run.json",
    "secrets.json",
    "launch.lock",
    "postgres.conf",
    DATA,
    "test",
    "log",
)


def stop(places: Places) -> int:
    """Stop the running site of this checkout, or what is left of one that was killed. Gives the exit code."""
    running = runfile.read(places)
    if running is not None:
        for pid in running["processes"]["launcher"]:
            send(pid, signal.SIGTERM)
    lock = places.var / "launch.lock"
    if not outlast(lambda: _free(lock), private_cluster(places).stopping, STOP_SECONDS if running else 1.0):
        raise Stop(
            "启动程序还没有停下；请稍候再试，或在运行 make run 的终端按 Ctrl-C。",
            "The launcher has not stopped yet; try again, or press Ctrl-C where make run runs.",
            code=1,
        )
    clear_orphans(places)
    private_cluster(places).stop()
    if running is not None:
        say("已停止", "Stopped")
    else:
        say("没有在运行的一窗", "Nothing runs from this checkout")
    return 0


def _free(lock: Path) -> bool:
    if not lock.parent.is_dir():
        return True
    with only_one(lock, None) as held:
        return held


def reset(places: Places, *, confirmed: bool) -> int:
    """Throw away data, files and passwords, after asking. Gives the exit code (2 when the person says no)."""
    if not confirmed and not _asked(places):
        raise Stop("已取消，没有删除任何数据。", "Cancelled; nothing was deleted.")
    stop(places)
    private_cluster(places).remove()
    test_cluster(places).remove()
    for path in [*(places.var / name for name in MADE), *places.var.glob("postgresql-*")]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    say("已删除全部数据；下次 make run 重新建立", "All data deleted; the next make run starts afresh")
    return 0


def _asked(places: Places) -> bool:
    if not sys.stdin.isatty() or os.environ.get("CI"):
        raise Stop(
            "make reset 会删除全部数据；不在终端上运行时请用 make reset CONFIRM=1 确认。",
            "make reset deletes all data; away from a terminal confirm with make reset CONFIRM=1.",
        )
    print(f"将删除 {places.var} 中的数据库、文件和口令，不能恢复。")
    print("输入 yes 继续 / type yes to delete all data: ", end="")
    sys.stdout.flush()
    return sys.stdin.readline().strip() == "yes"
