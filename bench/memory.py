"""Memory of processes, from /proc: proportional set size, with what PostgreSQL shares between its processes left out.

Pages that several processes share count for each with its part (PSS), so that the sum over a product counts every page once.
"""

import threading
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType, TracebackType

from bench.machine import PROC
from config.launch.processes import children

KB = 1024


@dataclass(frozen=True, slots=True)
class Held:
    """What one process holds, in bytes: its proportional share of all pages, and the part of it in shared memory."""

    pss: int
    shared: int

    @property
    def own(self) -> int:
        """Without shared memory: for a process of PostgreSQL, without the buffers."""
        return self.pss - self.shared


def parsed(text: str) -> Held:
    """The lines of a `smaps_rollup`. Errors: ValueError where the two that are needed are missing."""
    found: dict[str, int] = {}
    for line in text.splitlines():
        name, colon, rest = line.partition(":")
        words = rest.split()
        if colon and len(words) == 2 and words[1] == "kB":
            found[name] = int(words[0]) * KB
    missing = [name for name in ("Pss", "Pss_Shmem") if name not in found]
    if missing:
        raise ValueError(f"smaps_rollup without {', '.join(missing)}")
    return Held(found["Pss"], found["Pss_Shmem"])


def held(pid: int, proc: Path = PROC) -> Held | None:
    """What a process holds; None where it is gone, or belongs to nobody whose memory we may read."""
    with suppress(OSError, ValueError):
        return parsed((proc / str(pid) / "smaps_rollup").read_text())
    return None


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment: seconds since the first, and bytes by kind of process; of the kinds that have several processes the largest, too."""

    at: float
    bytes: Mapping[str, int]
    largest: Mapping[str, int]

    @property
    def whole(self) -> int:
        """All kinds together."""
        return sum(self.bytes.values())

    def only(self, kinds: Container[str]) -> "Sample":
        """These kinds."""
        return replace(self, bytes={kind: size for kind, size in self.bytes.items() if kind in kinds})

    def without(self, kinds: Container[str]) -> "Sample":
        """All but these kinds."""
        return replace(self, bytes={kind: size for kind, size in self.bytes.items() if kind not in kinds})


def sampled(
    kinds: Mapping[str, Iterable[int]], at: float, look: Callable[[int], Held | None] = held
) -> Sample:
    """What the processes of each kind hold now. What PostgreSQL shares is left out (kind `database`)."""
    sums: dict[str, int] = {}
    largest: dict[str, int] = {}
    for kind, pids in kinds.items():
        sizes = [one.own if kind == "database" else one.pss for pid in pids if (one := look(pid)) is not None]
        sums[kind], largest[kind] = sum(sizes), max(sizes, default=0)
    return Sample(at, sums, largest)


def trees(
    roots: Mapping[str, int | None], apart: Mapping[str, str] = MappingProxyType({}), proc: Path = PROC
) -> dict[str, list[int]]:
    """The processes of each kind: a root and everything below it.

    `apart`: kinds of their own, by an argument of their command, wherever below a root they were started.
    """
    found = {kind: [] if pid is None else children(pid) for kind, pid in roots.items()}
    for kind, argument in apart.items():
        own = {pid for pids in found.values() for pid in pids if argument in arguments(pid, proc)}
        found = {name: [pid for pid in pids if pid not in own] for name, pids in found.items()}
        found[kind] = sorted(own)
    return found


def arguments(pid: int, proc: Path = PROC) -> list[str]:
    """The command of a process, word by word; empty where it is gone."""
    with suppress(OSError):
        return (proc / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    return []


@dataclass
class Watch:
    """Samples of process trees while a block runs, one at its beginning and one at its end, by a thread of its own."""

    roots: Mapping[str, int | None]
    every: float
    apart: Mapping[str, str] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)

    def __enter__(self) -> "Watch":
        self._begun, self._over = time.monotonic(), threading.Event()
        self._look()
        self._thread = threading.Thread(target=self._run, name="memory", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._look()

    def _look(self) -> None:
        self.samples.append(sampled(trees(self.roots, self.apart), time.monotonic() - self._begun))

    def _run(self) -> None:
        while not self._over.wait(self.every):
            self._look()


def growth(samples: Sequence[Sample]) -> float:
    """By how much of itself the whole grew: the middle of the last quarter over that of the first, less one.

    Medians, so that one sample in the midst of a collection decides nothing. Errors: ValueError of fewer than eight samples.
    """
    if len(samples) < 8:
        raise ValueError("growth needs at least eight samples")
    part = len(samples) // 4
    first, last = _middle(samples[:part]), _middle(samples[-part:])
    return last / first - 1 if first else 0.0


def _middle(samples: Sequence[Sample]) -> float:
    ordered = sorted(one.whole for one in samples)
    half = len(ordered) // 2
    return float(ordered[half]) if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def slope(samples: Sequence[Sample]) -> float:
    """Bytes an hour by least squares through all samples; 0 where they are of one moment."""
    if not samples:
        return 0.0
    mean_at = sum(one.at for one in samples) / len(samples)
    mean = sum(one.whole for one in samples) / len(samples)
    spread = sum((one.at - mean_at) ** 2 for one in samples)
    if not spread:
        return 0.0
    return sum((one.at - mean_at) * (one.whole - mean) for one in samples) / spread * 3600
