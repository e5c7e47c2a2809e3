"""A sheet with every design, in both languages, with usual and extreme words: to look at before it is called done.

`make contact-sheet` writes `bench/posters/*.png`; a folder of an owner's own designs may be named.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageDraw

from referral.design import Design
from referral.design_file import LANGUAGES, shelf
from referral.layout import PosterValues
from referral.poster import sheet

URL = "https://portal.example.com/r/K7M42QX9?p=horizon"
PLAIN = PosterValues(
    development="云栖湖畔",
    headline="好邻居，\n值得做一辈子",
    body=("四面环湖的低密社区，步行八分钟到地铁。", "推荐亲友签约，您与朋友都有心意。"),
    referrer="林静",
    title="3 号楼业主",
    code="K7M42QX9",
    brand="云栖置业",
    colours={"primary": "#0f5e6e"},
)
ENGLISH = replace(
    PLAIN,
    development="Cloudrest Lakeside",
    headline="Live next door to people you like",
    body=("A quiet lakeside neighbourhood, eight minutes on foot from the metro.",),
    referrer="Lin Jing",
    title="Homeowner, building 3",
    brand="Cloudrest Homes",
)
EXTREMES = {
    "zh": {
        "usual": PLAIN,
        "brand colour": replace(PLAIN, colours={"primary": "#ffe94d"}),
        "short": replace(PLAIN, headline="家", body=(), title="", referrer="𠮷", colours={"primary": "#8a1c2b"}),
        "long": replace(
            PLAIN,
            development="𠮷祥如意国际滨江生态花园城市综合体三期御景园东区" * 2,
            headline="把最好的风景留给最亲的人，" * 6,
            body=("超长的说明文字" * 40, "第二行" * 40, "第三行" * 40, "第四行"),
            referrer="阿卜杜热合曼·买买提艾力·吐尔逊江𠮷田",
            title="自 2016 年起住在这里的老业主与社区志愿者代表" * 2,
            brand="中国某某房地产开发集团股份有限公司" * 2,
        ),
    },
    "en": {
        "usual": ENGLISH,
        "long": replace(
            ENGLISH,
            headline="The quiet side of the lake, and neighbours who look after each other all year round",
            referrer="Bartholomew Featherstonehaugh-Cholmondeley the Third of Somewhere",
            brand="Cloudrest International Residential Development Holdings",
            body=ENGLISH.body * 6,
            title="Chair of the residents' association and keeper of the rose garden" * 2,
        ),
        "unbroken": replace(
            ENGLISH, headline="W" * 200, referrer="g" * 90, development="Å" * 90, body=("j" * 400,), title="Q" * 90
        ),
    },
}
_HIGH = 900
_GAP = 24


def contact_sheet(design: Design, picture: bytes | None = None) -> Image.Image:
    """One design, once for each case, side by side."""
    cases = [(lang, name, values) for lang in LANGUAGES for name, values in EXTREMES[lang].items()]
    shown = []
    for lang, name, values in cases:
        image = sheet(design, replace(values, picture=picture), qr_url=URL, lang=lang).image()
        image.thumbnail((_HIGH, _HIGH), Image.Resampling.LANCZOS)
        shown.append((f"{design.name} {lang} {name}", image))
    width = sum(image.width + _GAP for _label, image in shown) + _GAP
    whole = Image.new("RGB", (width, max(image.height for _label, image in shown) + 3 * _GAP), "#7a828a")
    pen, left = ImageDraw.Draw(whole), _GAP
    for label, image in shown:
        pen.text((left, 6), label, fill="#ffffff")
        whole.paste(image, (left, _GAP))
        left += image.width + _GAP
    return whole


def main() -> None:
    """Draw a sheet for every design."""
    parser = argparse.ArgumentParser(prog="python -m scripts.contact_sheet", description=main.__doc__)
    parser.add_argument("--designs", type=Path, help="a folder of own designs besides the given ones")
    parser.add_argument("--picture", type=Path, help="a picture of the development")
    parser.add_argument("--out", type=Path, default=Path("bench/posters"))
    asked = parser.parse_args()
    found = shelf(asked.designs)
    for file, why in found.broken.items():
        print(f"{file}: {why}")
    asked.out.mkdir(parents=True, exist_ok=True)
    for name, design in found.designs.items():
        contact_sheet(design, asked.picture.read_bytes() if asked.picture else None).save(asked.out / f"{name}.png")
        print(asked.out / f"{name}.png")


if __name__ == "__main__":
    main()
