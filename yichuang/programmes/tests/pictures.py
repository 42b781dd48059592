"""Small real pictures: a PNG of one point, and the same with words and a place that a phone would leave in it."""

import struct
import zlib

SECRET = b"30.66,104.06"


def chunk(name: bytes, data: bytes) -> bytes:
    """One chunk of a PNG with its checksum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


HEAD = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
POINT = chunk(b"IDAT", zlib.compress(b"\0\x80"))
END = chunk(b"IEND", b"")
PNG = HEAD + POINT + END
PNG_WITH_PLACE = HEAD + chunk(b"tEXt", b"Location\0" + SECRET) + POINT + END
