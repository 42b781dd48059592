"""The comments of marked cells: kept on the disk until the sheet is written, for they stand in parts of their own."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO
from xml.sax.saxutils import escape

from yichuang.gateways.sheets_in.model import column_name

# A spreadsheet draws each comment as a shape: beyond this it opens slowly, and the colour alone must do.
MOST = 20_000
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LONGEST = 32_767
_NOT_SHOWN = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_FIRST = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHAPES = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/>'
    '</o:shapelayout><v:shapetype id="note" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)


class Comments(AbstractContextManager["Comments"]):
    """The comments of one sheet."""

    def __init__(self) -> None:
        # Closed with the sheet, by __exit__.
        self._words: IO[str] = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self._shapes: IO[str] = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self._count = 0

    def __bool__(self) -> bool:
        return self._count > 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._words.close()
        self._shapes.close()

    def add(self, line: int, column: int, words: str) -> None:
        """A comment on a cell: line from 1, column from 0. Beyond MOST nothing is added."""
        if self._count >= MOST:
            return
        self._count += 1
        shown = escape(_NOT_SHOWN.sub("", words[:LONGEST]))
        self._words.write(
            f'<comment ref="{column_name(column)}{line}" authorId="0"><text><t xml:space="preserve">{shown}</t></text></comment>'
        )
        self._shapes.write(
            f'<v:shape id="n{self._count}" type="#note" style="position:absolute;visibility:hidden" fillcolor="#ffffe1" '
            f'o:insetmode="auto"><v:fill color2="#ffffe1"/><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
            f"<x:Anchor>{column + 1},15,{max(line - 2, 0)},2,{column + 4},15,{line + 3},4</x:Anchor>"
            f"<x:AutoFill>False</x:AutoFill><x:Row>{line - 1}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
        )

    def parts(self, number: int) -> Iterator[tuple[str, Iterator[str]]]:
        """The two parts of sheet `number`: path, text in pieces."""
        head = f'{_FIRST}<comments xmlns="{_MAIN}"><authors><author>一窗</author></authors><commentList>'
        yield f"xl/comments{number}.xml", _around(head, self._words, "</commentList></comments>")
        yield f"xl/drawings/vmlDrawing{number}.vml", _around(_SHAPES, self._shapes, "</xml>")


def _around(head: str, kept: IO[str], end: str) -> Iterator[str]:
    kept.seek(0)
    yield head
    while piece := kept.read(1 << 16):
        yield piece
    yield end
