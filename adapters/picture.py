"""A drawn chart in few bytes, for chats that take pictures inside a message: the drawing library packs in haste."""

import struct
import zlib
from typing import Any

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLORS = 256  # that a palette holds
Pixels = np.ndarray[Any, np.dtype[np.uint8]]


def packed(png: bytes) -> bytes:
    """The same opaque picture, with a palette where its colours fit one; unchanged if it is of another kind."""
    pixels = _pixels(png)
    if pixels is None:
        return png
    height, width = pixels.shape[:2]
    flat = np.ascontiguousarray(pixels).view(np.uint32)[:, :, 0]
    colors, places = np.unique(flat, return_inverse=True)
    if len(colors) <= COLORS:
        palette = colors.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
        rows, kind, extra = places.astype(np.uint8).reshape(height, width), 3, _chunk(b"PLTE", palette)
    else:
        rows, kind, extra = pixels[:, :, :3].reshape(height, -1), 2, b""
    data = np.pad(rows, ((0, 0), (1, 0))).tobytes()  # a row begins with its filter, none
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    return SIGNATURE + _chunk(b"IHDR", head) + extra + _chunk(b"IDAT", zlib.compress(data, 9)) + _chunk(b"IEND", b"")


def _pixels(png: bytes) -> Pixels | None:
    """Height × width × red, green, blue, alpha; None for anything but opaque 8-bit colour in the filters that are used."""
    chunks = _chunks(png)
    if png[24:29] != bytes([8, 6, 0, 0, 0]):
        return None
    width, height = struct.unpack(">II", png[16:24])
    rows = np.frombuffer(zlib.decompress(chunks.get(b"IDAT", b"")), np.uint8).reshape(height, 1 + 4 * width)
    pixels = rows[:, 1:].reshape(height, width, 4).copy()
    for at, how in enumerate(rows[:, 0]):
        if how == 1:
            pixels[at] = np.cumsum(pixels[at], axis=0, dtype=np.uint8)
        elif how == 2 and at:
            pixels[at] += pixels[at - 1]
        elif how:
            return None
    return pixels if pixels[:, :, 3].min() == 255 else None


def _chunks(png: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    at = len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind = png[at + 4 : at + 8]
        found[kind] = found.get(kind, b"") + png[at + 8 : at + 8 + length]
        at += 12 + length
    return found


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
