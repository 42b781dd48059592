"""The pictures of a PDF as files: JPEG as it lies there, pixels packed anew as PNG."""

import struct
import zlib
from typing import Any

_CHANNELS = {1: 0, 2: 4, 3: 2, 4: 6}  # How PNG names grey, grey + alpha, RGB, RGBA.


def picture_file(thing: Any) -> tuple[bytes, str]:
    """Bytes and format (PNG, JPEG) of an image of the PDF. Raises ValueError for pixels that are not 8 bit grey or RGB."""
    if thing.get("/Filter") == "/DCTDecode":
        return bytes(thing.encoded_data), "JPEG"
    width, height = int(thing["/Width"]), int(thing["/Height"])
    pixels = bytes(thing.data)
    channels, odd = divmod(len(pixels), width * height)
    if odd or channels not in (1, 3) or int(thing["/BitsPerComponent"]) != 8:
        raise ValueError("a picture has 8 bits a channel, grey or RGB")
    if "/SMask" in thing:
        mask = thing["/SMask"]
        if (int(mask["/Width"]), int(mask["/Height"])) != (width, height):
            raise ValueError("a picture and its mask have one size")
        pixels, channels = _with_alpha(pixels, bytes(mask.data), channels), channels + 1
    return _png(width, height, channels, pixels), "PNG"


def _with_alpha(pixels: bytes, alpha: bytes, channels: int) -> bytes:
    merged = bytearray(len(alpha) * (channels + 1))
    for channel in range(channels):
        merged[channel :: channels + 1] = pixels[channel::channels]
    merged[channels :: channels + 1] = alpha
    return bytes(merged)


def _png(width: int, height: int, channels: int, pixels: bytes) -> bytes:
    step = width * channels
    rows = b"".join(b"\0" + pixels[at : at + step] for at in range(0, step * height, step))
    head = struct.pack(">IIBBBBB", width, height, 8, _CHANNELS[channels], 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
