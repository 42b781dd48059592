"""The package around a Word file: parts that are the same for every document, kept packed; the zip around all of them.

Packed once in a process: styles, settings, footers, relations. Of a document only what differs is packed anew.
"""

import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from xml.sax.saxutils import escape

_TEMPLATES = Path(__file__).parent / "templates"
MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
FIRST = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
ODD_FOOTER, EVEN_FOOTER = "rId3", "rId4"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_PARTS = {
    "rId1": ("styles", "styles.xml"),
    "rId2": ("settings", "settings.xml"),
    ODD_FOOTER: ("footer", "footer1.xml"),
    EVEN_FOOTER: ("footer", "footer2.xml"),
}
_TYPES = (
    f'{FIRST}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_WORD}.document.main+xml"/>'
    + "".join(
        f'<Override PartName="/word/{target}" ContentType="{_WORD}.{kind}+xml"/>'
        for kind, target in _PARTS.values()
    )
    + '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
    "</Types>"
)
_ROOT = (
    f'{FIRST}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
    "</Relationships>"
)
# 1 January 1980, midnight, as a zip writes it: no clock in the file, so that its bytes depend on its content only.
_TIME, _DAY = 0, 1 << 5 | 1
_LOCAL, _CENTRAL, _END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
_VERSION, _UNIX, _MODE = 20, 3 << 8, 0o600 << 16
_STORED, _DEFLATED = 0, 8
_DESCRIBED_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Entry:
    """One part as it lies in the zip: its name (ASCII), its packed bytes, how they are packed, checksum and size unpacked."""

    name: str
    packed: bytes
    method: int
    checksum: int
    size: int


def deflated(name: str, content: bytes) -> Entry:
    """A part, packed."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = packer.compress(content) + packer.flush()
    return Entry(name, packed, _DEFLATED, zlib.crc32(content), len(content))


def stored(name: str, content: bytes) -> Entry:
    """A part as it is: a picture is packed already."""
    return Entry(name, content, _STORED, zlib.crc32(content), len(content))


def archive(entries: Sequence[Entry]) -> bytes:
    """The zip of these parts, in this order."""
    pieces: list[bytes] = []
    listed: list[bytes] = []
    place = 0
    for entry in entries:
        name = entry.name.encode("ascii")
        about = (entry.method, _TIME, _DAY, entry.checksum, len(entry.packed), entry.size, len(name))
        head = _LOCAL.pack(b"PK\3\4", _VERSION, 0, *about, 0)
        pieces += (head, name, entry.packed)
        listed += (
            _CENTRAL.pack(b"PK\1\2", _UNIX | _VERSION, _VERSION, 0, *about, 0, 0, 0, 0, _MODE, place),
            name,
        )
        place += len(head) + len(name) + len(entry.packed)
    directory = b"".join(listed)
    count = len(entries)
    end = _END.pack(b"PK\5\6", 0, 0, count, count, len(directory), place, 0)
    return b"".join((*pieces, directory, end))


def packed(document: str, pictures: Mapping[str, bytes], *, name: str, author: str, dated: date) -> bytes:
    """The file: this `word/document.xml`, and PNG pictures by the id of the relation by which it names them."""
    media = [(key, f"media/image{at}.png", png) for at, (key, png) in enumerate(pictures.items(), start=1)]
    related = {**_PARTS, **{key: ("image", target) for key, target, _ in media}}
    return archive([
        *_fixed()[:2],
        deflated("docProps/core.xml", _described(name, author, dated).encode()),
        deflated("word/document.xml", document.encode()),
        _plain_relations() if not media else deflated("word/_rels/document.xml.rels", _relations(related).encode()),
        *_fixed()[2:],
        *(stored(f"word/{target}", png) for _, target, png in media),
    ])  # fmt: skip


@lru_cache(maxsize=1)
def _fixed() -> tuple[Entry, ...]:
    """What is the same in every file; the first two stand at its beginning."""
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _ROOT,
        "word/styles.xml": _template("styles.xml"),
        "word/settings.xml": _template("settings.xml"),
        "word/footer1.xml": _footer("FooterOdd"),
        "word/footer2.xml": _footer("FooterEven"),
    }
    return tuple(deflated(name, text.encode()) for name, text in parts.items())


@lru_cache(maxsize=1)
def _plain_relations() -> Entry:
    """Of a document without pictures."""
    return deflated("word/_rels/document.xml.rels", _relations(_PARTS).encode())


def _template(name: str) -> str:
    """A file of the package without what is written for its readers: comments, line breaks."""
    text = (_TEMPLATES / name).read_text(encoding="utf-8")
    bare = re.sub(r"<!--.*?-->|<\?xml.*?\?>", "", text, flags=re.DOTALL)
    return FIRST + re.sub(r">\s+<", "><", bare.strip())


def _relations(targets: Mapping[str, tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="{key}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for key, (kind, target) in targets.items()
    )
    return f'{FIRST}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _footer(style: str) -> str:
    """— 4 — with a PAGE field: its style says on which side it stands."""
    pieces = (
        '<w:t xml:space="preserve">— </w:t>',
        '<w:fldChar w:fldCharType="begin"/>',
        '<w:instrText xml:space="preserve"> PAGE </w:instrText>',
        '<w:fldChar w:fldCharType="separate"/>',
        "<w:t>1</w:t>",
        '<w:fldChar w:fldCharType="end"/>',
        '<w:t xml:space="preserve"> —</w:t>',
    )
    runs = "".join(f"<w:r>{piece}</w:r>" for piece in pieces)
    return (
        f'{FIRST}<w:ftr xmlns:w="{MAIN}"><w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{runs}</w:p></w:ftr>'
    )


def _described(name: str, author: str, dated: date) -> str:
    title, by = escape(name[:_DESCRIBED_LENGTH]), escape(author[:_DESCRIBED_LENGTH])
    day = f'xsi:type="dcterms:W3CDTF">{dated.isoformat()}T00:00:00Z<'
    return (
        f'{FIRST}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{title}</dc:title><dc:creator>{by}</dc:creator><cp:lastModifiedBy>{by}</cp:lastModifiedBy>"
        f"<cp:revision>1</cp:revision><dcterms:created {day}/dcterms:created><dcterms:modified {day}/dcterms:modified>"
        "<dc:language>zh-CN</dc:language></cp:coreProperties>"
    )
