"""Small pictures are the same pictures."""

import struct
import zlib

import numpy as np
import pytest

from adapters.chart import png, specification
from adapters.painter import Painter
from adapters.picture import packed
from tests.adapters import samples


def drawn() -> bytes:
    return png(specification(samples.CHART), scale=1)


def chunks(picture: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    at = 8
    while at < len(picture):
        (length,) = struct.unpack(">I", picture[at : at + 4])
        kind, data = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + length]
        assert picture[at + 8 + length : at + 12 + length] == struct.pack(">I", zlib.crc32(kind + data))
        found[kind] = found.get(kind, b"") + data
        at += 12 + length
    return found


def colors(picture: bytes) -> np.ndarray:
    """Height × width × red, green, blue, by the definition of the format's filters 0 to 2."""
    parts = chunks(picture)
    width, height, depth, kind = struct.unpack(">IIBB", parts[b"IHDR"][:10])
    per = {2: 3, 3: 1, 6: 4}[kind]
    assert depth == 8
    raw, rows = zlib.decompress(parts[b"IDAT"]), []
    above = np.zeros((width, per), np.uint8)
    for at in range(0, len(raw), 1 + per * width):
        row = np.frombuffer(raw[at + 1 : at + 1 + per * width], np.uint8).reshape(width, per).copy()
        if raw[at] == 1:
            for x in range(1, width):
                row[x] += row[x - 1]
        elif raw[at] == 2:
            row += above
        else:
            assert raw[at] == 0
        rows.append(row)
        above = row
    pixels = np.stack(rows)
    assert len(rows) == height
    if kind == 3:
        palette = np.frombuffer(parts[b"PLTE"], np.uint8).reshape(-1, 3)
        return palette[pixels[:, :, 0]]
    return pixels[:, :, :3]


def test_a_packed_chart_is_the_same_picture_in_a_fraction_of_the_bytes() -> None:
    picture = drawn()
    small = packed(picture)
    assert np.array_equal(colors(small), colors(picture))
    assert len(small) < len(picture) / 3
    assert chunks(small)[b"IHDR"][9] == 3, "its colours fit a palette"


def test_more_colours_than_a_palette_holds_are_kept() -> None:
    side = 32
    points = [bytes((x * 8, y * 8, (x + y) % 256, 255)) for y in range(side) for x in range(side)]
    rows = b"".join(b"\0" + b"".join(points[y * side : (y + 1) * side]) for y in range(side))
    picture = _png(side, rows)
    small = packed(picture)
    assert chunks(small)[b"IHDR"][9] == 2
    assert np.array_equal(colors(small), colors(picture))


@pytest.mark.parametrize("how", ["transparent", "another filter"])
def test_a_picture_of_another_kind_is_left_as_it_is(how: str) -> None:
    side = 4
    row = (b"\0" if how == "transparent" else b"\4") + bytes((1, 2, 3, 9 if how == "transparent" else 255)) * side
    picture = _png(side, row * side)
    assert packed(picture) == picture


async def test_a_painter_of_small_pictures_draws_at_half_the_side() -> None:
    painter = Painter(small=True)
    try:
        small = await painter.png(samples.CHART)
    finally:
        await painter.close()
    assert small is not None and len(small) < 20_000
    assert np.array_equal(colors(small), colors(drawn()))


def _png(side: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
