"""The process that sets PDF documents, for every process of an installation: with its typefaces the compiler keeps 70 MB and more.

Run by `typesetting` alone: `python -m yichuang.gateways.documents.typesetting_engine FD`, FD a listening socket. Compilers stay, one
for each folder of typefaces, so that only the first document waits for them.
"""

import json
import re
import socket
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from yichuang.gateways.documents.typefaces import NO_FACE, UNDRAWN, Typefaces, choose, contents
from yichuang.gateways.engine_serving import serve

TEMPLATES = Path(__file__).parent / "templates"
IDLE_SECONDS = 20.0
SETTING_SECONDS = 60
FAULT = "fault"
_UNDRAWN = re.compile(r"the text `\"(.+?)\"` could not be displayed")


class Refused(Exception):
    """A document that cannot be set: of which kind, and the words."""

    def __init__(self, kind: str, words: str = "") -> None:
        super().__init__(words)
        self.kind, self.words = kind, words


class _Press:
    """A compiler with its typefaces loaded."""

    def __init__(self, fonts: typst.Fonts, typefaces: Typefaces) -> None:
        self._faces = json.dumps(typefaces.as_data(), ensure_ascii=False)
        self._compiler = typst.Compiler(root=TEMPLATES, font_paths=fonts)

    def pdf(self, template: str, data: str, dated: date) -> bytes:
        """The document; `data` is a JSON object, to which the typefaces are added. Errors: typst.TypstError."""
        made = self._compiler.compile(
            TEMPLATES / template,
            format="pdf",
            sys_inputs={"data": f'{data[:-1]}, "faces": {self._faces}}}'},
            pdf_standards=["a-2b"],
            timestamp=int(datetime(dated.year, dated.month, dated.day, tzinfo=UTC).timestamp()),
        )
        if not isinstance(made, bytes):
            raise TypeError("typst gave no PDF")
        return made


def pdf(template: str, data: str, fonts: Path, dated: date) -> bytes:
    """The document in the typefaces of the folder; where it lacks a character or a Chinese typeface, in those of the machine as well.

    Errors: Refused.
    """
    press = _press(fonts, contents(fonts), with_system=False)
    try:
        if press is not None:
            return press.pdf(template, data, dated)
    except typst.TypstError as error:
        if not _undrawn(error):
            raise Refused(FAULT, str(error.diagnostic)) from error
    return _with_system(template, data, fonts, dated)


def _with_system(template: str, data: str, fonts: Path, dated: date) -> bytes:
    press = _press(fonts, contents(fonts), with_system=True)
    if press is None:
        raise Refused(NO_FACE)
    try:
        return press.pdf(template, data, dated)
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
    """The answer to one request: `{"template": …, "data": …, "fonts": …, "dated": …}` for a PDF, `{"fonts": …}` for "yes" or "no"."""
    asked: Mapping[str, Any] = json.loads(request)
    fonts = Path(asked["fonts"])
    try:
        if "template" not in asked:
            return b"+yes" if has_chinese(fonts) else b"+no"
        return b"+" + pdf(asked["template"], asked["data"], fonts, date.fromisoformat(asked["dated"]))
    except Refused as refused:
        return b"-" + json.dumps([refused.kind, refused.words]).encode()


def main(arguments: list[str]) -> None:
    """Serve on the inherited socket."""
    with socket.socket(fileno=int(arguments[0])) as listening:
        serve(listening, answered, idle=IDLE_SECONDS, limit=SETTING_SECONDS)


if __name__ == "__main__":
    main(sys.argv[1:])
