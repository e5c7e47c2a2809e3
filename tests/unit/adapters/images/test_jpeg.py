"""How much work a JPEG is, told by its markers alone."""

import io

import numpy as np
import pytest
from PIL import Image

from portal.adapters.images.jpeg import MOST_SCANS, MOST_SEGMENTS, is_costly

END = b"\xff\xd9"


def jpeg(size: tuple[int, int] = (96, 64), **options: object) -> bytes:
    noise = np.random.default_rng(3).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "JPEG", **options)
    return file.getvalue()


def last_scan(progressive: bytes) -> bytes:
    """The last scan of a picture, with the table before it."""
    return progressive[progressive.rindex(b"\xff\xc4") : -len(END)]


def scans(many: int) -> bytes:
    whole = jpeg(progressive=True)
    before = whole.count(b"\xff\xda")
    return whole[: -len(END)] + last_scan(whole) * (many - before) + END


def with_exif() -> bytes:
    exif, small = Image.Exif(), io.BytesIO()
    Image.new("RGB", (160, 120)).save(small, "JPEG", progressive=True)
    exif[0x010F] = "a camera's maker"
    exif.get_ifd(0x8769)[0x927C] = small.getvalue() * 6  # a maker's note with pictures in it
    return jpeg(exif=exif)


HONEST = {
    "baseline": jpeg(),
    "progressive": jpeg(progressive=True),
    "grey": jpeg(progressive=True, quality=30),
    "restarts in its data": jpeg(restart_marker_blocks=1),
    "pictures in its metadata": with_exif(),
    "a film behind its end": jpeg() + b"\xff\xda\x00\x02" * 1_000,
    "a second picture behind its end": jpeg() + jpeg(progressive=True) * 20,
    "garbage between its markers": jpeg().replace(b"\xff\xdb", b"\x00\x01\x02\xff\xff\xdb", 1),
    "as many scans as may be": scans(MOST_SCANS),
    "a remark": jpeg(comment=b"\xff\xda\x00\x02" * 500),
    "cut short": jpeg(progressive=True)[:500],
    "a marker at its very end": jpeg()[:200] + b"\xff",
}

COSTLY = {
    "one scan too many": scans(MOST_SCANS + 1),
    "a thousand scans": scans(1_000),
    "scans without an end": scans(1_000)[:-2],
    "scans without data": jpeg()[:-2] + b"\xff\xda\x00\x02" * 100,
    "fill before markers": scans(1_000).replace(b"\xff\xda", b"\xff\xff\xff\xda"),
    "bare markers before scans": scans(1_000).replace(b"\xff\xda", b"\xff\xd0\xff\xda"),
    "remarks": jpeg()[:2] + b"\xff\xfe\x00\x02" * (MOST_SEGMENTS + 1) + jpeg()[2:],
}


@pytest.mark.parametrize("data", HONEST.values(), ids=HONEST)
def test_what_cameras_and_programs_write_is_read(data: bytes) -> None:
    assert not is_costly(data)


@pytest.mark.parametrize("data", COSTLY.values(), ids=COSTLY)
def test_what_no_picture_needs_is_told_from_its_markers(data: bytes) -> None:
    assert is_costly(data)
