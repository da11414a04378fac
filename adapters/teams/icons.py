"""The app's two icons, drawn point by point: a heartbeat in white on blue, and the same in white on nothing."""

import struct
import zlib
from collections.abc import Callable
from itertools import pairwise

BLUE = (31, 78, 121)
COLOR_SIDE, OUTLINE_SIDE = 192, 32
# From left to right, in parts of the icon's side; Teams wants the outline within the middle.
HEARTBEAT = ((0.14, 0.55), (0.34, 0.55), (0.44, 0.25), (0.56, 0.78), (0.66, 0.55), (0.86, 0.55))
HALF_STROKE = 0.042


def color() -> bytes:
    """A PNG without any transparency."""
    return _png(COLOR_SIDE, lambda inked: bytes([*(round(255 * inked + part * (1 - inked)) for part in BLUE), 255]))


def outline() -> bytes:
    """A PNG of white alone, more or less transparent."""
    return _png(OUTLINE_SIDE, lambda inked: bytes([255, 255, 255, round(255 * inked)]))


def _png(side: int, pixel: Callable[[float], bytes]) -> bytes:
    rows = b"".join(b"\0" + b"".join(pixel(_inked(x, y, side)) for x in range(side)) for y in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _inked(column: int, row: int, side: int) -> float:
    """How much of a pixel the stroke covers, so that its edge is smooth."""
    x, y = (column + 0.5) / side, (row + 0.5) / side
    nearest = min(_distance(x, y, *start, *end) for start, end in pairwise(HEARTBEAT))
    return max(0.0, min(1.0, (HALF_STROKE - nearest) * side + 0.5))


def _distance(x: float, y: float, x0: float, y0: float, x1: float, y1: float) -> float:
    dx, dy = x1 - x0, y1 - y0
    along = max(0.0, min(1.0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)))
    return float(((x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2) ** 0.5)
