"""What strangers may send, and what is kept of it."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from commissions.refusal import Refusal
from portal.adapters.images.photos import Photo, hamming, take_in
from tests.nightly import examples

LIMITS = {"max_bytes": 1_000_000, "max_pixels": 2_000_000, "max_side": 800}


def picture(size: tuple[int, int] = (640, 480), seed: int = 1) -> Image.Image:
    """Soft coloured blobs: a picture with a look of its own."""
    noise = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def accept(data: bytes) -> Photo:
    return take_in(data, **LIMITS)


def refused(data: bytes) -> str:
    with pytest.raises(Refusal) as caught:
        accept(data)
    return caught.value.code


def reopened(photo: Photo) -> Image.Image:
    return Image.open(BytesIO(photo.jpeg))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_kept_as_jpeg(kind: str) -> None:
    photo = accept(encoded(picture(), kind))
    assert (photo.width, photo.height) == (640, 480)
    assert photo.rgb.shape == (480, 640, 3)
    assert photo.rgb.dtype == np.uint8
    kept = reopened(photo)
    assert (kept.format, kept.size) == ("JPEG", (640, 480))


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1", "CMYK"])
def test_any_mode_becomes_colour(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert accept(encoded(picture().convert(mode), kind)).rgb.shape == (480, 640, 3)


@pytest.mark.parametrize(("size", "kept"), [((1600, 1200), (800, 600)), ((900, 1800), (400, 800)), ((8, 9), (8, 9))])
def test_a_large_picture_is_scaled_down(size: tuple[int, int], kept: tuple[int, int]) -> None:
    photo = accept(encoded(picture(size)))
    assert (photo.width, photo.height) == kept


def test_orientation_is_applied_and_metadata_dropped() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera's maker"
    exif.get_ifd(0x8825)[1] = "N"  # where the photo was taken
    photo = accept(encoded(picture((640, 480)), exif=exif, comment=b"a comment", icc_profile=b"a profile"))
    assert (photo.width, photo.height) == (480, 640)
    kept = reopened(photo)
    assert dict(kept.getexif()) == {}
    assert not {"exif", "comment", "icc_profile", "xmp"} & set(kept.info)
    assert b"a comment" not in photo.jpeg


def test_too_many_bytes_are_refused() -> None:
    assert refused(b"\xff\xd8\xff" + bytes(1_000_000)) == "photo_too_large"


@pytest.mark.parametrize("side", [1_500, 12_000, 16_000])
def test_a_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    """A few kilobytes that would fill gigabytes; above some sizes Pillow itself warns or raises."""
    assert refused(encoded(Image.new("1", (side, side)), "PNG")) == "photo_too_large"


@pytest.mark.parametrize(
    "data",
    [b"", b"just text", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", encoded(picture(), "GIF"),
     encoded(picture(), "BMP"), encoded(picture(), "TIFF"), b"RIFF\0\0\0\0WAVEfmt "],
    ids=["nothing", "text", "svg", "pdf", "gif", "bmp", "tiff", "wave"],
)  # fmt: skip
def test_another_kind_is_refused_by_content(data: bytes) -> None:
    assert refused(data) == "photo_kind"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_truncated_picture_is_refused(kind: str, share: float) -> None:
    data = encoded(picture(), kind)
    assert refused(data[: max(16, int(len(data) * share))]) == "photo_unreadable"


@settings(max_examples=examples(30, 1000))
@given(st.sampled_from(["JPEG", "PNG", "WEBP"]), st.data())
def test_damage_never_does_more_than_refuse(kind: str, data: st.DataObject) -> None:
    content = bytearray(encoded(picture((64, 48)), kind))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Refusal):  # any other exception fails
        assert accept(bytes(content)).width > 0


def test_the_digest_is_of_the_file_as_it_was_sent() -> None:
    data = encoded(picture())
    assert accept(data).sha256 == accept(bytes(data)).sha256
    assert accept(data).sha256 != accept(data + b"\0").sha256


@pytest.mark.parametrize(
    "copy",
    [
        lambda image: encoded(image, quality=30),
        lambda image: encoded(image.resize((320, 240))),
        lambda image: encoded(image, "PNG"),
        lambda image: encoded(image.filter(ImageFilter.GaussianBlur(1)), "WEBP"),
    ],
    ids=["recompressed", "half the size", "another format", "blurred"],
)
def test_a_copy_looks_like_its_original_and_another_picture_does_not(copy) -> None:
    original = accept(encoded(picture()))
    assert hamming(original.dhash, accept(copy(picture())).dhash) <= 6
    assert hamming(original.dhash, accept(encoded(picture(seed=2))).dhash) > 60
