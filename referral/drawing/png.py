"""PNG files of which most is the same: strips of rows that never change are compressed once.

A thousand posters of a development differ in some hundred rows. A PNG's rows are one stream, but a stream may be
flushed so that what follows needs nothing of what was before; so each strip is compressed on its own, and a file is put
together out of kept strips and new ones. Every row but a strip's first is stored as its difference to the row above,
which makes flat paper and a QR code's modules almost nothing.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_STREAM_HEAD = b"\x78\x01"
_STREAM_END = b"\x03\x00"  # an empty last block
_RAW, _UP = b"\x00", b"\x02"
_LEVEL = 1  # a tenth larger than the default, and several times as fast
_ADLER = 65521


@dataclass(frozen=True, slots=True)
class Strip:
    """Rows of a picture, ready to stand in a file: the chunk, and what the stream's checksum needs."""

    chunk: bytes
    adler: int
    length: int


def strip(rows: Image.Image) -> Strip:
    """Compress some rows of an RGB picture."""
    step = rows.width * 3
    above = ImageChops.subtract_modulo(rows, ImageChops.offset(rows, 0, 1)).tobytes()
    first = rows.crop((0, 0, rows.width, 1)).tobytes()
    lines = [_RAW, first]
    for start in range(step, len(above), step):
        lines += (_UP, above[start : start + step])
    data = b"".join(lines)
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)
    return Strip(_chunk(b"IDAT", packed), zlib.adler32(data), len(data))


def join(size: tuple[int, int], strips: Sequence[Strip]) -> bytes:
    """The file whose rows are those of the strips, from above."""
    adler = 1
    for one in strips:
        adler = _combined(adler, one)
    end = _chunk(b"IDAT", _STREAM_END + adler.to_bytes(4, "big"))
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    body = [one.chunk for one in strips]
    return b"".join([_SIGNATURE, head, _chunk(b"IDAT", _STREAM_HEAD), *body, end, _chunk(b"IEND", b"")])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return b"".join([struct.pack(">I", len(data)), kind, data, struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))])


def _combined(before: int, strip_: Strip) -> int:
    """The Adler-32 of two stretches of a stream out of their own (zlib's `adler32_combine`)."""
    rest = strip_.length % _ADLER
    low, high = before & 0xFFFF, before >> 16
    new_low, new_high = strip_.adler & 0xFFFF, strip_.adler >> 16
    total = (low + new_low - 1) % _ADLER
    weighted = (high + new_high + rest * (low - 1)) % _ADLER
    return weighted << 16 | total
