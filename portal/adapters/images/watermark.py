"""Who looks at a photo stands in it: a copy that leaves the page tells whose eyes it came from."""

from io import BytesIO

from PIL import Image, ImageDraw

from referral.drawing.typefaces import typeface

JPEG_QUALITY = 88

_TILT = 24
_FAINT = 48
"""Of 255: seen on a copy, and no hindrance to telling faces apart."""


def watermark(jpeg: bytes, words: str) -> bytes:
    """The picture with the words across all of it, faintly, and once more clearly at its foot."""
    with Image.open(BytesIO(jpeg)) as opened:
        image = opened.convert("RGB")
    size = max(12, max(image.size) // 40)
    _scatter(image, _written(words, size, _FAINT).rotate(_TILT, Image.Resampling.BICUBIC, expand=True))
    foot = _written(words, size, 230)
    image.paste(foot, (size // 2, image.height - foot.height - size // 2), foot)
    marked = BytesIO()
    image.save(marked, "JPEG", quality=JPEG_QUALITY)
    return marked.getvalue()


def _written(words: str, size: int, opacity: int) -> Image.Image:
    """White words with a dark edge, so that they show on any ground."""
    font, edge = typeface(size, 600), max(1, size // 12)
    left, top, right, bottom = font.getbbox(words, stroke_width=edge)
    label = Image.new("RGBA", (round(right - left), round(bottom - top)))
    pen = ImageDraw.Draw(label)
    pen.text((-left, -top), words, font=font, fill="#ffffff", stroke_width=edge, stroke_fill="#000000")
    label.putalpha(label.getchannel("A").point(lambda value: value * opacity // 255))
    return label


def _scatter(image: Image.Image, label: Image.Image) -> None:
    """Lay the label over all of the picture, every second row moved by half a label."""
    for row, top in enumerate(range(-label.height // 2, image.height, label.height)):
        for left in range(-(row % 2) * label.width // 2, image.width, label.width):
            image.paste(label, (left, top), label)
