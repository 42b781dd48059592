"""Which installed typeface plays which part in an official document.

GB/T 9704-2012 asks for 小标宋, 仿宋, 楷体, 黑体 and 宋体. Those faces are commercial; where a centre has bought them
their files in the fonts folder are used, otherwise free ones stand in (Noto Serif SC, Noto Sans SC).
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

NO_FACE, UNDRAWN = "no typeface", "undrawn"
"""How the process that sets documents says why it could not."""
_FILES = {".ttf", ".otf", ".ttc", ".otc"}
_SERIF = (
    "Noto Serif SC",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "Source Han Serif CN",
    "SimSun",
    "NSimSun",
)
_SANS = ("Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Zen Hei")

PREFERRED: dict[str, tuple[str, ...]] = {
    "title": ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", *_SERIF),
    "body": ("FangSong_GB2312", "FangSong", "STFangsong", "FandolFang R", *_SERIF),
    "kai": ("KaiTi_GB2312", "KaiTi", "STKaiti", "FandolKai", "LXGW WenKai", *_SERIF),
    "hei": ("SimHei", "STHeiti", "FandolHei", *_SANS),
    "song": ("SimSun", "STSong", "FandolSong", *_SERIF),
}


@dataclass(frozen=True, slots=True)
class Typefaces:
    """Families by part, best first; the tail of each list supplies characters that its head lacks."""

    title: tuple[str, ...]
    body: tuple[str, ...]
    kai: tuple[str, ...]
    hei: tuple[str, ...]
    song: tuple[str, ...]
    kai_stands_in: bool

    def as_data(self) -> dict[str, object]:
        """For a template."""
        return asdict(self)


def choose(families: Iterable[str]) -> Typefaces | None:
    """The parts cast from the installed families, or None where no Chinese typeface is known among them.

    `kai_stands_in` says that no 楷体 is there and a second-level heading must differ by weight instead.
    """
    there = set(families)
    if not there & {name for names in PREFERRED.values() for name in names}:
        return None
    anything = tuple(name for name in (*_SERIF, *_SANS, *sorted(there)) if name in there)
    cast = {
        part: tuple(dict.fromkeys((*(name for name in names if name in there), *anything)))
        for part, names in PREFERRED.items()
    }
    return Typefaces(**cast, kai_stands_in=cast["kai"][0] in (*_SERIF, *_SANS))


def contents(fonts: Path) -> tuple[tuple[str, int], ...]:
    """The font files with their sizes: a folder filled later is noticed without a restart."""
    if not fonts.is_dir():
        return ()
    files = (path for path in fonts.iterdir() if path.suffix.lower() in _FILES)
    return tuple(sorted((path.name, path.stat().st_size) for path in files))
