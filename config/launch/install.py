"""Running an installer (pip, npm): its words go to a log, its failure becomes one sentence."""

import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from config.launch.machine import disk_full, open_log, says_full
from config.launch.places import Places
from config.launch.say import Stop

OFFLINE = re.compile(
    r"NewConnectionError|NameResolutionError|Temporary failure in name resolution|Network is unreachable"
    r"|ConnectTimeout|ProxyError|Read timed out|Connection refused|No matching distribution found"
    r"|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT"
)
WRONG_CONTENT = re.compile(r"DO NOT MATCH THE HASHES|EINTEGRITY")


def run_logged(
    places: Places,
    command: Sequence[str],
    each_line: Callable[[str], None] | None = None,
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run an installer to its end with its output in `var/log/setup.log`. Errors: Stop with one sentence."""
    log = places.root / "var" / "log" / "setup.log"
    descriptor = open_log(log)
    said: list[str] = []
    with open(descriptor, "a") as book:
        book.write("$ " + " ".join(command) + "\n")
        with subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                book.write(line)
                said.append(line)
                if each_line is not None:
                    each_line(line)
    if process.returncode != 0:
        raise sentence("".join(said), places, log)


def sentence(said: str, places: Places, log: Path) -> Stop:
    """What an installer's output means for the person who waits for it."""
    if says_full(said):
        return disk_full(places.root)
    if WRONG_CONTENT.search(said):
        return Stop(
            f"下载的文件与锁定的校验值不符，已拒绝安装；详见 {log}。",
            f"A downloaded file does not match its locked hash and was refused; see {log}.",
        )
    if OFFLINE.search(said):
        return Stop(
            f"网络不通：无法下载依赖，请检查网络或软件源设置后重试；详见 {log}。",
            f"No network: packages cannot be fetched; check the network or the package mirror; see {log}.",
        )
    return Stop(f"安装依赖失败，详见 {log}。", f"Installing failed; see {log}.")
