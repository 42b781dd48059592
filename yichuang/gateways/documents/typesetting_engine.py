"""The process that sets PDF documents, for every process of an installation: with its typefaces the compiler keeps 70 MB and more.

Run by `typesetting` alone: `python -m yichuang.gateways.documents.typesetting_engine FD`, FD a listening socket. Compilers stay, one
for each folder of typefaces, so that only the first document waits for them.
"""

import json
import re
import socket
import sys
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from yichuang.gateways.documents.typefaces import NO_FACE, UNDRAWN, Typefaces, choose, contents
from yichuang.gateways.engine_serving import MB, serve

TEMPLATES = Path(__file__).parent / "templates"
IDLE_SECONDS = 20.0
SETTING_SECONDS = 60
# Together with the engine that draws charts less than what a long job may hold (256 MB).
MOST_BYTES = 144 * MB
FAULT = "fault"
_PICTURE = re.compile(r"[0-9a-f]{64}\.png")
_UNDRAWN = re.compile(r"the text `\"(.+?)\"` could not be displayed")


class Refused(Exception):
    """A document that cannot be set: of which kind, and the words."""

    def __init__(self, kind: str, words: str = "") -> None:
        super().__init__(words)
        self.kind, self.words = kind, words


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is set: a template, its data (JSON), the document's day, and pictures by name.

    Pictures lie beside the template as files. As numbers within the data each stayed in the compiler's memory, in thirty times
    its size: a report's two charts were 6 MB a document.
    """

    template: str
    data: str
    dated: date
    pictures: Mapping[str, bytes]


class _Press:
    """A compiler with its typefaces loaded."""

    def __init__(self, fonts: typst.Fonts, typefaces: Typefaces) -> None:
        self._faces = json.dumps(typefaces.as_data(), ensure_ascii=False)
        self._compiler = typst.Compiler(root=TEMPLATES, font_paths=fonts)

    def pdf(self, sheet: Sheet) -> bytes:
        """The document; its data is a JSON object, to which the typefaces are added. Errors: typst.TypstError."""
        if not sheet.pictures:
            return self._set(TEMPLATES, sheet)
        with TemporaryDirectory(prefix="yichuang-typesetting-") as folder:
            _lay_out(Path(folder), sheet.pictures)
            return self._set(Path(folder).resolve(), sheet)

    def _set(self, root: Path, sheet: Sheet) -> bytes:
        made = self._compiler.compile(
            root / sheet.template,
            root=root,
            format="pdf",
            sys_inputs={"data": f'{sheet.data[:-1]}, "faces": {self._faces}}}'},
            pdf_standards=["a-2b"],
            timestamp=int(datetime.combine(sheet.dated, time(), tzinfo=UTC).timestamp()),
        )
        if not isinstance(made, bytes):
            raise TypeError("typst gave no PDF")
        return made


def _lay_out(folder: Path, pictures: Mapping[str, bytes]) -> None:
    """Templates and pictures where the compiler may read: beside each other, and nothing else."""
    for path in TEMPLATES.glob("*.typ"):
        (folder / path.name).write_bytes(path.read_bytes())
    for name, picture in pictures.items():
        if not _PICTURE.fullmatch(name):
            raise Refused(FAULT, f"no name of a picture: {name}")
        (folder / name).write_bytes(picture)


def pdf(sheet: Sheet, fonts: Path) -> bytes:
    """The document in the typefaces of the folder; where it lacks a character or a Chinese typeface, in those of the machine as well.

    Errors: Refused.
    """
    press = _press(fonts, contents(fonts), with_system=False)
    try:
        if press is not None:
            return press.pdf(sheet)
    except typst.TypstError as error:
        if not _undrawn(error):
            raise Refused(FAULT, str(error.diagnostic)) from error
    return _with_system(sheet, fonts)


def _with_system(sheet: Sheet, fonts: Path) -> bytes:
    press = _press(fonts, contents(fonts), with_system=True)
    if press is None:
        raise Refused(NO_FACE)
    try:
        return press.pdf(sheet)
    except typst.TypstError as error:
        undrawn = _undrawn(error)
        raise Refused(UNDRAWN if undrawn else FAULT, undrawn or str(error.diagnostic)) from error


def _undrawn(error: typst.TypstError) -> str:
    """The characters that no typeface could draw, each once; none where something else is wrong."""
    return "".join(dict.fromkeys("".join(_UNDRAWN.findall(str(error.diagnostic)))))


def has_chinese(fonts: Path) -> bool:
    """Whether the folder or the machine has a typeface for Chinese text."""
    return any(_press(fonts, contents(fonts), with_system=system) is not None for system in (False, True))


@lru_cache(maxsize=4)
def _press(fonts: Path, files: tuple[tuple[str, int], ...], *, with_system: bool) -> _Press | None:
    found = typst.Fonts(
        include_system_fonts=with_system,
        include_embedded_fonts=False,
        font_paths=[fonts] if files else [],
    )
    typefaces = choose(found.families())
    return None if typefaces is None else _Press(found, typefaces)


def answered(request: bytes) -> bytes:
    """The answer to one request: `{"template": …, "data": …, "fonts": …, "dated": …, "pictures": …}` for a PDF, `{"fonts": …}` for "yes" or "no"."""
    asked: Mapping[str, Any] = json.loads(request)
    fonts = Path(asked["fonts"])
    try:
        if "template" not in asked:
            return b"+yes" if has_chinese(fonts) else b"+no"
        pictures = {name: b64decode(picture) for name, picture in asked["pictures"].items()}
        sheet = Sheet(asked["template"], asked["data"], date.fromisoformat(asked["dated"]), pictures)
        return b"+" + pdf(sheet, fonts)
    except Refused as refused:
        return b"-" + json.dumps([refused.kind, refused.words]).encode()


def main(arguments: list[str]) -> None:
    """Serve on the inherited socket."""
    with socket.socket(fileno=int(arguments[0])) as listening:
        serve(listening, answered, idle=IDLE_SECONDS, limit=SETTING_SECONDS, most=MOST_BYTES)


if __name__ == "__main__":
    main(sys.argv[1:])
