"""Photographs without what a camera writes beside the picture: place, time, device, thumbnails. Pure, bytes to bytes.

Only the picture itself and what is needed to show it remain. A phone's picture is often stored lying on its side and
turned by its EXIF, so the turn alone is written back as a minimal EXIF of our own.
"""

import struct
import zlib

SOI, EOI, SOS = 0xD8, 0xD9, 0xDA
APP0, APP1, APP14, COMMENT = 0xE0, 0xE1, 0xEE, 0xFE
STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
ORIENTATION = 0x0112
PNG_HEAD = b"\x89PNG\r\n\x1a\n"
# Chunks without which a picture is not shown as it is; words, times, EXIF and everything private fall away.
PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD", b"pHYs"}
)


class BrokenPhotoError(ValueError):
    """The bytes end or contradict themselves before the picture does."""


def stripped(data: bytes) -> bytes:
    """The JPEG or PNG without metadata. Raises BrokenPhotoError where its structure cannot be followed."""
    try:
        return _png(data) if data.startswith(PNG_HEAD) else _jpeg(data)
    except (struct.error, IndexError) as error:
        raise BrokenPhotoError from error


def _jpeg(data: bytes) -> bytes:
    if data[:2] != bytes((0xFF, SOI)):
        raise BrokenPhotoError
    kept, place, turn = [], 2, 1
    while True:
        marker, place = _marker(data, place)
        if marker == EOI:
            break
        end = place if marker in STANDALONE else _segment_end(data, place)
        if marker == APP1 and data[place + 2 : end].startswith(b"Exif\0\0"):
            turn = _orientation(data[place + 8 : end])
        if marker == SOS:
            end = _scan_end(data, end)
        if _is_picture(marker):
            kept.append(bytes((0xFF, marker)) + data[place:end])
        place = end
    # Whatever a camera hangs behind the end of the picture (a second picture, a film) is not copied.
    return bytes((0xFF, SOI)) + _turned(turn) + b"".join(kept) + bytes((0xFF, EOI))


def _segment_end(data: bytes, place: int) -> int:
    (length,) = struct.unpack_from(">H", data, place)
    if length < 2 or place + length > len(data):
        raise BrokenPhotoError
    return place + int(length)


def _is_picture(marker: int) -> bool:
    """Neither an application's segment (but JFIF and Adobe's, which tell the colours) nor a comment."""
    return marker in (APP0, APP14) or not (APP0 <= marker <= 0xEF or marker == COMMENT)


def _marker(data: bytes, place: int) -> tuple[int, int]:
    """The next marker and the place behind it; fill bytes are passed over."""
    if data[place] != 0xFF:
        raise BrokenPhotoError
    while data[place] == 0xFF:
        place += 1
    return data[place], place + 1


def _scan_end(data: bytes, place: int) -> int:
    """Where the entropy-coded data end: at a marker that is neither stuffing nor a restart."""
    while True:
        place = data.find(b"\xff", place)
        if place < 0 or place + 1 >= len(data):
            raise BrokenPhotoError
        if data[place + 1] not in (0x00, 0xFF) and data[place + 1] not in STANDALONE:
            return place
        place += 1


def _orientation(tiff: bytes) -> int:
    """The turn (1–8) that the first directory of an EXIF names; 1 where it names none or is broken."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 10:
        return 1
    (start,) = struct.unpack_from(f"{order}I", tiff, 4)
    if start + 2 > len(tiff):
        return 1
    (count,) = struct.unpack_from(f"{order}H", tiff, start)
    for position in range(min(count, (len(tiff) - start - 2) // 12)):
        tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * position)
        if tag == ORIENTATION:
            return value if 1 <= value <= 8 else 1
    return 1


def _turned(turn: int) -> bytes:
    """An EXIF segment that holds the turn and nothing else; nothing for an upright picture."""
    if turn == 1:
        return b""
    tiff = b"MM\x00*" + struct.pack(">IHHHIHHI", 8, 1, ORIENTATION, 3, 1, turn, 0, 0)
    content = b"Exif\0\0" + tiff
    return bytes((0xFF, APP1)) + struct.pack(">H", len(content) + 2) + content


def _png(data: bytes) -> bytes:
    kept, place = [PNG_HEAD], len(PNG_HEAD)
    while True:
        (length,) = struct.unpack_from(">I", data, place)
        name, end = data[place + 4 : place + 8], place + 12 + length
        if (
            end > len(data)
            or zlib.crc32(data[place + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]
        ):
            raise BrokenPhotoError
        if name in PNG_KEPT:
            kept.append(data[place:end])
        if name == b"IEND":
            return b"".join(kept)
        place = end
