"""Pictures for the demo's surveys: plainly drawn, nothing that a camera has seen."""

import struct
import zlib

WIDTH, HEIGHT = 480, 320
SKY, HILL, SOIL, WATER, BOARD = (
    (206, 224, 238),
    (122, 152, 112),
    (176, 146, 104),
    (96, 142, 178),
    (250, 250, 246),
)
_BLACK = (40, 44, 48)


def picture(number: int) -> bytes:
    """A PNG of a landscape with a ditch and a board with as many strokes as its number: sky, hills, soil, water."""
    rows = b"".join(b"\0" + bytes(v for x in range(WIDTH) for v in _dot(x, y, number)) for y in range(HEIGHT))
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    )


def _dot(x: int, y: int, number: int) -> tuple[int, int, int]:
    if 40 <= x < 150 and 170 <= y < 240:
        return _board(x - 40, y - 170, number)
    if y < 110 + abs((x * (2 + number)) % 240 - 120) // 3:
        return SKY
    ditch = 300 + (y - 200) // (1 + number)
    if y > 200 and ditch <= x < ditch + 30 + (y - 200) // 2:
        return WATER
    return SOIL if y > 200 else HILL


def _board(x: int, y: int, number: int) -> tuple[int, int, int]:
    if min(x, y, 109 - x, 69 - y) < 3:
        return _BLACK
    stroke = (x - 12) // 14
    return _BLACK if 0 <= stroke < number and (x - 12) % 14 < 5 and 16 <= y < 54 else BOARD


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
