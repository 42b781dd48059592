"""The shared strings of a workbook: the first in memory, the rest in a file without a name on the disk."""

import mmap
import zipfile
from array import array
from tempfile import TemporaryFile
from typing import Any
from xml.parsers import expat

from yichuang.gateways.sheets_in.model import Limits, too_long
from yichuang.gateways.sheets_in.package import declares_entities
from yichuang.kernel import csv_in
from yichuang.kernel.errors import Invalid

PIECE = 1 << 16
# What repeats stands early: these are kept as they are used, the others are read from the disk.
KEPT = 20_000


class Strings:
    """The shared strings by their number. Close it when the sheet has been read."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._kept: list[str] = []
        # Where each of the others ends; offsets fit into 32 bits because a package beyond 2 GB is refused.
        self._ends = array("I", [0])
        self._file = TemporaryFile()  # noqa: SIM115 - lives as long as the sheet
        self._map: mmap.mmap | None = None

    def read(self, package: zipfile.ZipFile, part: str) -> None:
        """Take in the part. Raises Invalid where it is too long or declares entities, expat's error where it is damaged."""
        reader = _Reader(self.add, self._limits)
        with package.open(part) as stream:
            fed = 0
            while piece := stream.read(PIECE):
                fed += len(piece)
                reader.parser.Parse(piece, False)
                if fed - reader.parser.CurrentByteIndex > self._limits.line:
                    raise too_long(1, self._limits)
            reader.parser.Parse(b"", True)
        self._file.flush()
        if self._ends[-1]:
            self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)

    def add(self, text: str) -> None:
        """One more. Raises Invalid beyond the limit."""
        if len(self._kept) < KEPT:
            self._kept.append(text)
            return
        if len(self._ends) + KEPT > self._limits.strings:
            raise Invalid(
                f"工作簿里不同的文字超过 {self._limits.strings:,} 条。", how="请分成几份文件，分别上传。"
            )
        data = text.encode("utf-8", "replace")
        self._file.write(data)
        self._ends.append(self._ends[-1] + len(data))

    def __getitem__(self, place: int) -> str:
        if 0 <= place < KEPT:
            return self._kept[place]
        if place < 0 or self._map is None:
            raise IndexError(place)
        ends = self._ends
        place -= KEPT
        return str(self._map[ends[place] : ends[place + 1]], "utf-8")

    def close(self) -> None:
        """Let the disk go."""
        if self._map is not None:
            self._map.close()
        self._file.close()


class _Reader:
    """Hands on each string: its runs joined, the reading aids (拼音) of a cell left out."""

    def __init__(self, hand_on: Any, limits: Limits) -> None:
        self._hand_on, self._limits = hand_on, limits
        self._text = ""
        self._taking = self._aid = False
        self.parser = parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._said

    def _start(self, name: str, _: Any) -> None:
        name = name.rpartition(":")[2]
        if name == "t":
            self._taking = not self._aid
        elif name == "si":
            self._text = ""
        elif name == "rPh":
            self._aid = True

    def _said(self, text: str) -> None:
        if self._taking:
            self._text += text
            if len(self._text) > self._limits.line:
                raise too_long(1, self._limits)

    def _end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name == "t":
            self._taking = False
        elif name == "si":
            self._hand_on(csv_in.plain(self._text))
        elif name == "rPh":
            self._aid = False


def parser() -> expat.XMLParserType:
    """An expat reader that refuses declarations of entities and hands text on in large pieces."""
    made = expat.ParserCreate()
    made.buffer_text = True
    made.buffer_size = 1 << 16

    def refuse(*_: Any) -> None:
        raise declares_entities()

    made.StartDoctypeDeclHandler = refuse
    made.EntityDeclHandler = refuse
    return made
