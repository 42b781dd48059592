"""PDF by typst: templates from the package, data as inert JSON, the same bytes for the same data.

The files are PDF/A-2b, the profile for archives; it also refuses any character that no typeface can draw, so a
document never shows boxes in place of a name.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yichuang.gateways.documents.typefaces import Typefaces, choose
from yichuang.gateways.late import Late
from yichuang.kernel.errors import Unavailable

if TYPE_CHECKING:
    import typst
else:
    typst = Late("typst")


TEMPLATES = Path(__file__).parent / "templates"
_FONT_FILES = {".ttf", ".otf", ".ttc", ".otc"}
_UNDRAWN = re.compile(r"the text `\"(.+?)\"` could not be displayed")


class _Press:
    """A compiler with its typefaces loaded. Typst's compiler serves one thread at a time, hence the lock."""

    def __init__(self, fonts: typst.Fonts, typefaces: Typefaces) -> None:
        self.typefaces = typefaces
        self._compiler = typst.Compiler(root=TEMPLATES, font_paths=fonts)
        self._lock = threading.Lock()

    def pdf(self, template: str, data: Mapping[str, Any], dated: date) -> bytes:
        inputs = {"data": json.dumps({**data, "faces": self.typefaces.as_data()}, ensure_ascii=False)}
        with self._lock:
            made = self._compiler.compile(
                TEMPLATES / template,
                format="pdf",
                sys_inputs=inputs,
                pdf_standards=["a-2b"],
                timestamp=int(datetime(dated.year, dated.month, dated.day, tzinfo=UTC).timestamp()),
            )
        if not isinstance(made, bytes):
            raise TypeError("typst gave no PDF")
        return made


def pdf(template: str, data: Mapping[str, Any], fonts: Path, dated: date) -> bytes:
    """Set `template` (a file of the package) with `data` and the typefaces of the folder `fonts`.

    `data` reaches the template as JSON: no part of it is ever read as markup. `dated` becomes the document's date.
    Where the folder has no Chinese typeface, or lacks a character, the machine's own typefaces are tried.
    Raises Unavailable where there is no Chinese typeface or a character cannot be drawn.
    """
    content = {**data, "dated": [dated.year, dated.month, dated.day]}
    press = _press(fonts, _contents(fonts), with_system=False)
    try:
        if press is not None:
            return press.pdf(template, content, dated)
    except typst.TypstError as error:
        if not _UNDRAWN.search(str(error.diagnostic)):
            raise
    return _with_system(template, content, fonts, dated)


def has_chinese(fonts: Path) -> bool:
    """Whether the folder or the machine has a typeface for Chinese text."""
    contents = _contents(fonts)
    return any(_press(fonts, contents, with_system=system) is not None for system in (False, True))


def _with_system(template: str, data: Mapping[str, Any], fonts: Path, dated: date) -> bytes:
    press = _press(fonts, _contents(fonts), with_system=True)
    if press is None:
        raise Unavailable(
            "没有可用的中文字体，不能生成 PDF 文书。",
            how=f"请在项目目录运行 make setup，或把中文字体文件（.ttf、.otf）放进 {fonts}。",
        )
    try:
        return press.pdf(template, data, dated)
    except typst.TypstError as error:
        undrawn = "".join(dict.fromkeys("".join(_UNDRAWN.findall(str(error.diagnostic)))))
        if not undrawn:
            raise
        raise Unavailable(
            f"字体中没有这些字，不能生成 PDF 文书：{undrawn}",
            how=f"请把含有这些字的字体文件（.ttf、.otf）放进 {fonts}，再重新生成；在此之前可以使用网页或 DOCX。",
        ) from error


def _contents(fonts: Path) -> tuple[tuple[str, int], ...]:
    """The font files with their sizes: a folder filled later is noticed without a restart."""
    if not fonts.is_dir():
        return ()
    files = (path for path in fonts.iterdir() if path.suffix.lower() in _FONT_FILES)
    return tuple(sorted((path.name, path.stat().st_size) for path in files))


@lru_cache(maxsize=4)
def _press(fonts: Path, contents: tuple[tuple[str, int], ...], *, with_system: bool) -> _Press | None:
    found = typst.Fonts(
        include_system_fonts=with_system,
        include_embedded_fonts=False,
        font_paths=[fonts] if contents else [],
    )
    typefaces = choose(found.families())
    return None if typefaces is None else _Press(found, typefaces)
