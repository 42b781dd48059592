"""The commands that prepare a start (migrate, load the demo): run to their end, their words kept in a log."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress

from config.launch.machine import disk_full, open_log, says_full, tail
from config.launch.places import Places
from config.launch.processes import MARK
from config.launch.say import Stop


def run_tool(
    places: Places,
    mark: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    aloud: bool = False,
) -> str:
    """Run a command and give its standard output; what it says on standard error is logged, and shown if `aloud`.

    It has a session of its own, and when we are told to stop meanwhile nothing of it is left. Errors: Stop where it
    fails.
    """
    log = places.logs / "prepare.log"
    with open(open_log(log), "w") as book, tempfile.TemporaryFile("w+") as answer:
        process = subprocess.Popen(
            command,
            cwd=places.root,
            env={**os.environ, **environment, MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        assert process.stderr is not None
        try:
            for line in process.stderr:
                book.write(line)
                book.flush()
                if aloud:
                    print(f"  {line.rstrip()}", flush=True)
            process.wait()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.stderr.close()
            process.wait()
        answer.seek(0)
        said = answer.read()
    if process.returncode != 0:
        raise _failed(places, command, tail(log), shown=aloud)
    return said


def _failed(places: Places, command: Sequence[str], last: str, *, shown: bool) -> Stop:
    if says_full(last):
        return disk_full(places.var)
    name = " ".join(command[-2:])
    words = f"，详见 {places.logs / 'prepare.log'}" if shown else f"：\n{last}"
    return Stop(f"准备步骤失败（{name}）{words}", f"A preparing step failed: {name}.", code=1)
