"""A sheet with every design, in both languages, with usual and extreme words: to look at before it is called done.

`make contact-sheet` writes `bench/posters/*.png`; a folder of an owner's own designs may be named.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageDraw

from referral.posters.design import Design
from referral.posters.design_file import LANGUAGES, catalogue
from referral.posters.poster import sheet
from referral.posters.trial import PLAIN, SAMPLES

URL = "https://portal.example.com/r/K7M42QX9?p=horizon"
CASES = {"brand colour": replace(PLAIN, colours={"primary": "#ffe94d"}), **SAMPLES}
_HIGH = 900
_GAP = 24


def contact_sheet(design: Design, picture: bytes | None = None) -> Image.Image:
    """One design, once for each case, side by side; a row for each language."""
    rows = [[_case(design, lang, name, picture) for name in CASES] for lang in LANGUAGES]
    wide = max(sum(image.width + _GAP for _label, image in row) for row in rows) + _GAP
    heights = [max(image.height for _label, image in row) + 2 * _GAP for row in rows]
    whole = Image.new("RGB", (wide, sum(heights)), "#7a828a")
    pen, top = ImageDraw.Draw(whole), 0
    for row, height in zip(rows, heights, strict=True):
        left = _GAP
        for label, image in row:
            pen.text((left, top + 6), label, fill="#ffffff")
            whole.paste(image, (left, top + _GAP))
            left += image.width + _GAP
        top += height
    return whole


def _case(design: Design, lang: str, name: str, picture: bytes | None) -> tuple[str, Image.Image]:
    image = sheet(design, replace(CASES[name], picture=picture), qr_url=URL, lang=lang).image()
    image.thumbnail((_HIGH, _HIGH), Image.Resampling.LANCZOS)
    return f"{design.name} {lang} {name}", image


def main() -> None:
    """Draw a sheet for every design."""
    parser = argparse.ArgumentParser(prog="python -m scripts.contact_sheet", description=main.__doc__)
    parser.add_argument("--designs", type=Path, help="a folder of own designs besides the given ones")
    parser.add_argument("--picture", type=Path, help="a picture of the development")
    parser.add_argument("--out", type=Path, default=Path("bench/posters"))
    asked = parser.parse_args()
    found = catalogue(asked.designs)
    for file, why in found.broken.items():
        print(f"{file}: {why}")
    asked.out.mkdir(parents=True, exist_ok=True)
    for name, design in found.designs.items():
        contact_sheet(design, asked.picture.read_bytes() if asked.picture else None).save(asked.out / f"{name}.png")
        print(asked.out / f"{name}.png")


if __name__ == "__main__":
    main()
