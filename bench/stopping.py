"""Being told to stop: a bench that is ended by a signal stops what it started, as one that is interrupted does.

The signals that mean "stop" raise `Told`, so that every `finally` on the way out runs; while it does, no second signal breaks it off.
"""

import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from config.launch.running import Told, stopping_signals

# What a shell tells of a program that SIGTERM has ended.
CODE = 128 + signal.SIGTERM


def heed() -> None:
    """From now on the first signal that means "stop" raises `Told`, and the ones after it are ignored."""
    numbers = stopping_signals()

    def tell(_number: int, _frame: FrameType | None) -> NoReturn:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise Told

    for number in numbers:
        signal.signal(number, tell)


def program(main: Callable[[], int]) -> int:
    """Run a bench's own program until it ends or is told to stop; its exit code."""
    heed()
    try:
        return main()
    except Told:
        return CODE


@contextmanager
def talking(
    command: Sequence[str], folder: Path, stderr: int | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """A process that is given something and answers, waited for; ended at once where the block fails or is told to stop."""
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True
    ) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise
