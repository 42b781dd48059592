"""P1b: P1 on a slow disk (every commit waits 2 ms more) at 32 connections, beside P1 as it is in the same run."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench import beside
from bench.asked import Asked
from bench.results import Scenario
from bench.site import Site
from config.launch.say import Stop

SOURCE = Path(__file__).with_name("slow_disk.c")
CONNECTIONS = 32
MUST, AIM = 0.8, 0.95


class SlowDisk:
    """The library that makes commits slow, and the switch that it looks at."""

    def __init__(self, folder: Path) -> None:
        self._library, self._switch = folder / "slow_disk.so", folder / "slow"

    def build(self) -> None:
        """Compile it. Errors: Stop where there is no C compiler."""
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise Stop(
                "本机没有 C 编译器，量不了慢盘（P1b）。",
                "P1b needs a C compiler (cc) for its slow disk.",
                code=1,
            )
        command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(self._library), str(SOURCE), "-ldl"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Stop(f"慢盘没有编译成功：{done.stderr[-500:]}", "The slow disk did not compile.", code=1)

    @property
    def environment(self) -> dict[str, str]:
        """What the database server is started with."""
        return {"LD_PRELOAD": str(self._library), "SLOW_DISK_WHILE": str(self._switch)}

    @contextmanager
    def slow(self) -> Iterator[None]:
        """Commits are slow while the block runs."""
        self._switch.touch()
        try:
            yield
        finally:
            self._switch.unlink()


def run(asked: Asked) -> Scenario:
    """Take turns of the fast and the slow disk. Errors: Stop."""
    with tempfile.TemporaryDirectory(prefix="slow-disk-") as folder:
        # The server's own user must be able to read it.
        Path(folder).chmod(0o755)
        disk = SlowDisk(Path(folder))
        disk.build()
        site = Site(asked.cases)
        site.cluster.environment.update(disk.environment)
        slow = beside.Variant("P1b", replace(asked, connections=CONNECTIONS), disk.slow, MUST, AIM)
        return beside.beside_itself(site, asked, slow)
