"""Photos from strangers: looked at by content only, bounded before they are decoded, turned upright, and
re-encoded, so that what is kept is a picture and nothing else (no metadata, no hidden payload).

Decoding happens in a child process (`sandbox`) with limits of its own, since no bound on a file's outside tells all
that its inside costs.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

from commissions.refusal import Refusal
from portal.adapters.images.jpeg import is_costly
from portal.adapters.sandbox.pool import Limits, OverLimit, Pool, Unreadable
from portal.clock import SHANGHAI

MAX_BYTES = 12_000_000
MAX_PIXELS = 32_000_000
"""A phone's 24 megapixels, and a camera's 30; what a phone calls 50 it sends as 12 unless it is asked not to."""

JPEG_QUALITY = 90

POOL = Pool(Limits(cpu_seconds=5, seconds=20, memory_mb=1024, keep_mb=300, jobs=500), waiting=3, wait_seconds=4)
"""A photo of 24 megapixels takes a third of a second of CPU time and 200 MB."""

_JPEG = b"\xff\xd8\xff"
_FORMATS = ("JPEG", "PNG", "WEBP")
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, struct.error, zlib.error)
"""What Pillow raises, by format, on a picture that is cut short or tampered with."""


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A photo as it may be analysed and kept.

    jpeg: re-encoded, upright, without metadata.
    rgb: the same pixels, height × width × 3.
    sha256: of the bytes as they were sent, in hex: the same file sent twice.
    dhash: 256 bits of the picture's look in hex: the same picture after recompression or resizing.
    camera_time: when the file itself says that it was taken; None where it says nothing, as a page's own camera does.
    """

    jpeg: bytes
    rgb: NDArray[np.uint8]
    width: int
    height: int
    sha256: str
    dhash: str
    camera_time: datetime | None = None


def take_in(data: bytes, *, max_side: int, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> Photo:
    """Make a photo of the bytes that someone sent, at most `max_side` pixels a side.

    Raises Refusal: `photo_too_large` (bytes or pixels, before anything is decoded, or more work than a photo may be),
    `photo_kind` (not a JPEG, PNG or WebP), `photo_unreadable` (damaged) or busy_try_again.
    """
    said, (jpeg, pixels) = in_child("photo", data, max_bytes=max_bytes, max_pixels=max_pixels, max_side=max_side)
    rgb = np.frombuffer(pixels, np.uint8).reshape(said["height"], said["width"], 3)
    taken = datetime.fromisoformat(said["camera_time"]) if said["camera_time"] else None
    digest = hashlib.sha256(data).hexdigest()
    return Photo(bytes(jpeg), rgb, said["width"], said["height"], digest, said["dhash"], taken)


def in_child(job: str, data: bytes, *, max_bytes: int, **given: int) -> tuple[Any, list[bytearray]]:
    """What a child makes of a photo whose outside is in order. Raises Refusal, as `take_in`."""
    if len(data) > max_bytes:
        raise Refusal("photo_too_large", max_bytes=max_bytes)
    if not _is_supported(data):
        raise Refusal("photo_kind")
    if data.startswith(_JPEG) and is_costly(data):
        raise Refusal("photo_too_large")
    try:
        return POOL.run(job, data, **given)
    except OverLimit as error:
        raise Refusal("photo_too_large") from error
    except Unreadable as error:
        raise Refusal("photo_unreadable") from error


def remake(data: bytes, *, max_pixels: int, max_side: int) -> tuple[Mapping[str, Any], Sequence[memoryview]]:
    """The child's part of `take_in`: the facts, and the picture as JPEG and as pixels."""
    image, camera_time = decode(data, max_pixels, max_side)
    jpeg = BytesIO()
    image.save(jpeg, "JPEG", quality=JPEG_QUALITY)
    facts = {
        "width": image.width,
        "height": image.height,
        "dhash": difference_hash(image),
        "camera_time": camera_time.isoformat() if camera_time else None,
    }
    return facts, (jpeg.getbuffer(), np.ascontiguousarray(image).data)


def difference_hash(image: Image.Image) -> str:
    """256 bits in hex: is each of 16 × 16 places brighter than its right neighbour?

    The usual 64 bits are too few here: at one reception desk the room is always the same, and two honest
    visits with the same broker were as near to each other as a photo to its recompressed copy.
    """
    grey = np.asarray(image.convert("L").resize((17, 16), Image.Resampling.BOX))
    return np.packbits(grey[:, :-1] > grey[:, 1:]).tobytes().hex()


def hamming(a: str, b: str) -> int:
    """How many of their 256 bits differ: 0 looks the same, about 125 has nothing in common."""
    return (int(a, 16) ^ int(b, 16)).bit_count()


class Looks:
    """The looks of many photos (`Photo.dhash`), each under a number of its own. Not for two threads at once."""

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._bits = np.empty((4, 0), np.uint64)  # a column each

    def add(self, dhashes: Mapping[int, str]) -> None:
        """Take in more of them; a number that is known already has not changed."""
        new = {number: dhash for number, dhash in dhashes.items() if number not in self._known}
        self._known.update(new)
        if new:
            more = (self._bits, _as_bits("".join(new.values())))
            self._bits = np.ascontiguousarray(np.concatenate(more, axis=1))

    def nearest(self, dhash: str) -> int | None:
        """The `hamming` distance to the one that looks most like it; None where there is none."""
        if not self._known:
            return None
        return int(np.bitwise_count(self._bits ^ _as_bits(dhash)).sum(axis=0, dtype=np.uint16).min())


def _as_bits(dhashes: str) -> NDArray[np.uint64]:
    return np.frombuffer(bytes.fromhex(dhashes), np.uint64).reshape(-1, 4).T


def _is_supported(data: bytes) -> bool:
    """By the first bytes; a file's name and declared type are the sender's word and are not asked for."""
    return data.startswith((_JPEG, b"\x89PNG\r\n\x1a\n")) or (data.startswith(b"RIFF") and data[8:12] == b"WEBP")


def decode(data: bytes, max_pixels: int, max_side: int) -> tuple[Image.Image, datetime | None]:
    """The picture, upright and scaled, and when its camera says that it took it. For children only."""
    try:
        image = Image.open(BytesIO(data), formats=_FORMATS)
        if image.width * image.height > max_pixels:
            raise Refusal("photo_too_large", max_pixels=max_pixels)
        scale = max_side / max(image.size)
        if scale < 1:  # a JPEG decodes at a half or a quarter of its size for a fraction of the cost
            image.draft("RGB", (round(image.width * scale), round(image.height * scale)))
        camera_time = _camera_time(image.getexif())
        ImageOps.exif_transpose(image, in_place=True)
        image.load()  # what is damaged shows itself here, and nowhere later
        upright = image if image.mode == "RGB" else image.convert("RGB")  # each copy that is spared is 8 MB
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refusal("photo_too_large", max_pixels=max_pixels) from error
    except _DAMAGED as error:
        raise Refusal("photo_unreadable") from error
    upright.thumbnail((max_side, max_side))
    upright.info.clear()  # Pillow would carry a comment or a colour profile over into the new file
    return upright, camera_time


def _camera_time(exif: Image.Exif) -> datetime | None:
    """When the camera says that it took the picture; without an offset of its own, in Shanghai's time."""
    shot = exif.get_ifd(ExifTags.IFD.Exif)
    said = shot.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    offset = shot.get(ExifTags.Base.OffsetTimeOriginal)
    try:
        taken = datetime.strptime(str(said).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - the zone follows
        zone = datetime.strptime(str(offset).strip("\0 "), "%z").tzinfo if offset else SHANGHAI
    except ValueError:
        return None
    return taken.replace(tzinfo=zone)
