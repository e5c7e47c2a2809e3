"""Posters: nothing overlaps whatever is written, and the code scans after what messengers and hands do."""

import io
from dataclasses import replace
from itertools import combinations

import pytest
import zxingcpp
from PIL import Image, ImageFilter

from referral.design import Design, contrast, load, readable
from referral.poster import PosterValues, render

URL = "https://portal.example.com/r/K7M42QX9?c=spring"
ARCH = load("arch")
PLAIN = PosterValues(
    development="云栖湖畔",
    headline="好邻居，\n值得做一辈子",
    body=("四面环湖的低密社区，步行八分钟到地铁。", "推荐亲友签约，您与朋友都有心意。"),
    referrer="林静",
    code="K7M42QX9",
    brand="云栖置业",
)
EXTREMES = {
    "plain": PLAIN,
    "english": replace(
        PLAIN,
        development="Cloudrest Lakeside",
        headline="Live next door to people you like",
        body=("A quiet lakeside neighbourhood, eight minutes on foot from the metro.",),
        referrer="Bartholomew Featherstonehaugh-Cholmondeley the Third of Somewhere",
        brand="Cloudrest International Residential Development Holdings",
    ),
    "long": replace(
        PLAIN,
        development="𠮷祥如意国际滨江生态花园城市综合体三期御景园东区" * 2,
        headline="把最好的风景留给最亲的人，" * 6,
        body=("超长的说明文字" * 40, "第二行" * 40, "第三行" * 40, "第四行"),
        referrer="阿卜杜热合曼·买买提艾力·吐尔逊江𠮷田",
        brand="中国某某房地产开发集团股份有限公司" * 2,
    ),
    "unbroken": replace(PLAIN, headline="W" * 200, referrer="g" * 90, development="Å" * 90, body=("j" * 400,)),
    "tall": replace(PLAIN, headline="gÅ\n" * 9, body=("y",) * 9, referrer="Åg\nÅg\nÅg"),
    "braces": replace(PLAIN, headline="{code}{0}%s", referrer="{referrer.__class__}", body=("{",)),
    "empty": replace(PLAIN, development="", headline=" ", body=(), referrer="\u200b", brand=""),
}


def opened(poster) -> Image.Image:
    return Image.open(io.BytesIO(poster.png))


@pytest.fixture(scope="module")
def finished() -> Image.Image:
    return opened(render(ARCH, PLAIN, qr_url=URL, lang="zh")).convert("RGB")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("values", EXTREMES.values(), ids=EXTREMES)
def test_nothing_overlaps_and_all_stays_inside(values, lang):
    poster = render(ARCH, values, qr_url=URL, lang=lang)
    boxes = poster.boxes
    assert not [(a, b) for a, b in combinations(boxes, 2) if boxes[a].overlaps(boxes[b])]
    assert not [name for name, box in boxes.items() if not ARCH.inside.holds(box)]
    on_card = {"qr", "from", "referrer", "invite", "code"} & boxes.keys()
    assert all(ARCH.card.holds(boxes[name]) for name in on_card)
    assert opened(poster).size == (1080, 1920)
    assert zxingcpp.read_barcode(opened(poster)).text == URL


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file)


def turned(image: Image.Image, degrees: float) -> Image.Image:
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="#888888")


def scaled(image: Image.Image, percent: int) -> Image.Image:
    size = (image.width * percent // 100, image.height * percent // 100)
    return image.resize(size, Image.Resampling.BILINEAR)


HARM = {
    "JPEG 40, turned 5°": lambda image: jpeg(turned(image, 5), 40),
    "JPEG 20": lambda image: jpeg(image, 20),
    "turned -15°": lambda image: turned(image, -15),
    "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(2.5)),
    "a third as large": lambda image: scaled(image, 30),
    "half as large, JPEG 40, blurred, turned": lambda image: jpeg(
        turned(scaled(image, 50).filter(ImageFilter.GaussianBlur(0.8)), 5), 40
    ),
}


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM)
def test_the_code_scans_after(harm, finished):
    found = zxingcpp.read_barcode(harm(finished))
    assert found is not None
    assert found.text == URL


def test_the_code_stays_dark_on_white_whatever_the_brand():
    values = replace(PLAIN, colours={"primary": "#ffe94d", "accent": "#ffffff", "paper": "#101418"})
    poster = render(ARCH, values, qr_url=URL, lang="zh")
    assert zxingcpp.read_barcode(opened(poster)).text == URL


def test_a_picture_of_the_development_fills_the_window():
    file = io.BytesIO()
    Image.new("RGB", (300, 900), "#ff0000").save(file, "PNG")
    image = opened(render(ARCH, replace(PLAIN, picture=file.getvalue()), qr_url=URL, lang="zh"))
    place = ARCH.picture
    assert image.getpixel((place.left + place.width // 2, place.top + 9)) == (255, 0, 0)
    assert image.getpixel((place.left + 5, place.top + 5)) != (255, 0, 0)


def test_rendering_is_repeatable_and_leaves_the_kept_background_clean():
    first = render(ARCH, PLAIN, qr_url=URL, lang="zh")
    render(ARCH, EXTREMES["long"], qr_url=URL, lang="en")
    assert render(ARCH, PLAIN, qr_url=URL, lang="zh") == first


def test_a_link_too_long_to_scan_is_refused():
    with pytest.raises(ValueError, match="too long to scan"):
        render(ARCH, PLAIN, qr_url="https://example.com/" + "x" * 600, lang="zh")


@pytest.mark.parametrize("paper", ["#ffffff", "#f7f3ec", "#101418", "#777777"])
@pytest.mark.parametrize("colour", ["#ffe94d", "#0f5e6e", "#000000", "#ffffff", "#808080"])
def test_any_brand_colour_becomes_readable(colour, paper):
    assert contrast(readable(colour, paper), paper) >= 4.5


TOML = """
name = "small"
size = [300, 400]
margin = 10
frame = [10, 10, 280, 100]
picture = [20, 20, 260, 80]
card = [10, 120, 280, 270]
mark = [20, 130, 20, 20]
qr = [20, 160, 200, 200]
colours = { ink = "#000000" }
words = { zh = {} }
[[stacks]]
box = [50, 130, 200, 20]
texts = [{ name = "a", text = "a", size = 10, min_size = 8, colour = "ink" }]
"""


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("qr = [20, 160", "qr = [20, 140", "overlap"),
        ("mark = [20", "mark = [5", "margins"),
        ("picture = [20", "picture = [5", "frame"),
        ("200, 20]", "200, 9]", "needs 15 px"),
    ],
)
def test_a_design_that_could_overlap_is_refused(old, new, complaint):
    assert Design.from_toml(TOML).name == "small"
    with pytest.raises(ValueError, match=complaint):
        Design.from_toml(TOML.replace(old, new))
