"""Posters: nothing overlaps whatever is written, and the code scans after what messengers and hands do."""

import io
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageFilter

from referral.drawing.colours import contrast, readable
from referral.posters.design import PAGES, DesignError
from referral.posters.design_file import catalogue, given, load, read_design, source_of
from referral.posters.layout import fitted, texts_of
from referral.posters.poster import Brand, ground, render, sheet
from referral.posters.trial import PLAIN
from referral.posters.trial import SAMPLES as EXTREMES
from tests.nightly import NIGHTLY

URL = "https://portal.example.com/r/K7M42QX9?d=share-card&c=wechat"
ARCH = load("arch")
DESIGNS = given()


def opened(poster) -> Image.Image:
    return Image.open(io.BytesIO(poster.png))


@pytest.fixture(scope="module")
def finished() -> Image.Image:
    return opened(render(ARCH, PLAIN, qr_url=URL, lang="zh")).convert("RGB")


@pytest.mark.parametrize("name", DESIGNS)
def test_every_design_has_room_for_the_three_lines_that_staff_may_write(name):
    (body,) = (style for stack in DESIGNS[name].stacks for style in stack.texts if style.name == "body")
    assert body.max_lines >= 3


@pytest.mark.parametrize("name", DESIGNS)
def test_full_words_do_not_lie_on_what_comes_below_them(name):
    design = DESIGNS[name]
    full = replace(PLAIN, headline="住进森林里，\n离地铁只有三百米", body=("地铁站步行 6 分钟",) * 3)
    body = sheet(design, full, qr_url=URL, lang="zh").boxes["body"]
    things = [*(panel.box for panel in design.panels), *(band.box for band in design.bands), design.picture.box]
    below = [box.top for box in things if box.top >= body.bottom and box.left < body.right and box.right > body.left]
    assert all(top - body.bottom >= 24 for top in below)


@pytest.mark.no_cover  # reaches no line that the other tests do not, and draws for minutes where each is watched
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("values", EXTREMES.values(), ids=EXTREMES)
@pytest.mark.parametrize("name", DESIGNS)
def test_nothing_overlaps_and_all_stays_inside(name, values, lang):
    design = DESIGNS[name]
    laid_out = sheet(design, values, qr_url=URL, lang=lang)
    boxes = {name: box for name, box in laid_out.boxes.items() if name != "picture"}
    assert not [(a, b) for a, b in combinations(boxes, 2) if boxes[a].overlaps(boxes[b])]
    assert not [name for name, box in boxes.items() if not design.inside.holds(box)]
    solid = [panel.box for panel in design.panels if not panel.line]
    on_picture = [name for name, box in boxes.items() if box.overlaps(design.picture.box)]
    assert all(any(panel.holds(boxes[name]) for panel in solid) for name in on_picture)
    for stack in design.stacks:
        room = stack.box.grown(8)  # a letter may lean out of its own width
        assert all(room.holds(boxes[style.name]) for style in stack.texts if style.name in boxes)
    assert zxingcpp.read_barcode(laid_out.image()).text == URL


@pytest.mark.parametrize("name", DESIGNS)
def test_the_file_holds_the_very_pixels(name):
    """Put together out of kept strips and new ones, it is still a PNG that says what was drawn."""
    laid_out = sheet(DESIGNS[name], EXTREMES["long"], qr_url=URL, lang="zh")
    image = Image.open(io.BytesIO(laid_out.png()))
    image.load()
    assert image.size == DESIGNS[name].size
    assert image.tobytes() == laid_out.image().tobytes()


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file)


def turned(image: Image.Image, degrees: float) -> Image.Image:
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="#888888")


def scaled(image: Image.Image, percent: int) -> Image.Image:
    size = (image.width * percent // 100, image.height * percent // 100)
    return image.resize(size, Image.Resampling.BILINEAR)


def blurred(image: Image.Image, radius: float) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(radius))


HARM = {
    **{f"JPEG {quality}": lambda image, quality=quality: jpeg(image, quality) for quality in (20, 40, 60, 85)},
    **{f"turned {by}°": lambda image, by=by: turned(image, by) for by in (-15, -7, 7, 15)},
    "blurred": lambda image: blurred(image, 2.5),
    "30 % as large": lambda image: scaled(image, 30),
    "30 % as large, turned, JPEG 60": lambda image: jpeg(turned(scaled(image, 30), 3), 60),
    **{
        f"JPEG {quality}, 30 % as large, turned": lambda image, quality=quality: turned(
            scaled(jpeg(image, quality), 30), 15
        )
        for quality in (20, 85)
    },
    "30 % as large, JPEG 20": lambda image: jpeg(scaled(image, 30), 20),
    "half as large, JPEG 40, blurred, turned": lambda image: jpeg(turned(blurred(scaled(image, 50), 0.8), 5), 40),
    "JPEG 20 twice, blurred, turned": lambda image: jpeg(turned(blurred(jpeg(image, 20), 1.5), -15), 20),
}


@cache
def crowded(name: str) -> Image.Image:
    return sheet(DESIGNS[name], EXTREMES["long"], qr_url=URL, lang="zh").image()


WORST = ("JPEG 20 twice, blurred, turned", "JPEG 20, 30 % as large, turned")
PAIRS = [(name, harm) for name in DESIGNS for harm in HARM]
TRIED = [
    (name, harm)
    for number, (name, harm) in enumerate(PAIRS)
    if NIGHTLY or harm in WORST or (number + number // len(HARM)) % len(DESIGNS) == 0
]
"""The worst on every design, each of the others on one of them; at night all on all."""


def test_every_harm_is_tried_and_every_design():
    assert {harm for _, harm in TRIED} == set(HARM)
    assert {name for name, _ in TRIED} == set(DESIGNS)


@pytest.mark.no_cover
@pytest.mark.parametrize(("name", "harm"), TRIED)
def test_the_code_scans_after(harm, name):
    found = zxingcpp.read_barcode(HARM[harm](crowded(name)))
    assert found is not None
    assert found.text == URL


def test_the_code_stays_dark_on_white_whatever_the_brand():
    values = replace(PLAIN, colours={"primary": "#ffe94d", "accent": "#ffffff", "paper": "#101418"})
    for design in DESIGNS.values():
        assert zxingcpp.read_barcode(sheet(design, values, qr_url=URL, lang="zh").image()).text == URL


def test_a_picture_of_the_development_fills_the_window():
    file = io.BytesIO()
    Image.new("RGB", (300, 900), "#ff0000").save(file, "PNG")
    image = opened(render(ARCH, replace(PLAIN, picture=file.getvalue()), qr_url=URL, lang="zh"))
    place = ARCH.picture.box
    assert image.getpixel((place.left + place.width // 2, place.top + 9)) == (255, 0, 0)
    assert image.getpixel((place.left + 5, place.top + 5)) != (255, 0, 0)


def test_rendering_is_repeatable_and_leaves_the_kept_canvas_clean():
    first = render(ARCH, PLAIN, qr_url=URL, lang="zh")
    render(ARCH, EXTREMES["long"], qr_url=URL, lang="en")
    render(ARCH, replace(PLAIN, referrer="某某某"), qr_url=URL, lang="zh")
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
page = "phone"
titles = { zh = "小", en = "Small" }
margin = 40
mark = [60, 1100, 60, 60]
qr = [60, 1400, 400, 400]
colours = { paper = "#ffffff", ink = "#000000", primary = "#0f5e6e", accent = "#b8862f", tint = "primary 12% paper" }
words = { zh = { hello = "您好" }, en = { hello = "Hello" } }
picture = { box = [0, 0, 1080, 1000], shape = "rect" }
panels = [{ box = [40, 1380, 440, 440], colour = "tint" }]
[[stacks]]
box = [160, 1100, 400, 180]
[[stacks.texts]]
name = "a"
text = "{hello} {referrer} {permit}"
size = 40
min_size = 20
colour = "ink"
[[stacks.texts]]
name = "b"
text = "{code}"
size = 40
min_size = 20
colour = "ink"
"""


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("qr = [60, 1400", "qr = [60, 1390", None),
        ("mark = [60", "mark = [120", "mark: it overlaps stack 1"),
        ("mark = [60", "mark = [5", "mark: it leaves the margins"),
        ("mark = [60, 1100", "mark = [60, 980", "mark: it stands on the picture"),
        ("qr = [60, 1400", "qr = [60, 1370", "qr: it crosses the edge of panel 1"),
        ("400, 400]", "300, 300]", "qr: it must be a square of at least 340 px"),
        ("400, 180]", "400, 100]", "needs? 120 px"),
        ("1080, 1000]", "1090, 1000]", "picture: it leaves the poster"),
        ("min_size = 20", "min_size = 9", "min_size must be from 16 px"),
        ('page = "phone"', 'page = "tablet"', "page: it must be one of phone, a4, card"),
        ('page = "phone"', 'page = "phone"\npoem = 1', "poem: nobody knows this word"),
        ('colour = "ink"', 'colour = "pink"', "stack 1, text 1, colour: it must be one of"),
        ('colour = "ink"', 'color = "ink"', "stack 1, text 1, colour: it is missing"),
        ("#0f5e6e", "teal", "colours, primary: it must be #rrggbb"),
        ('"primary 12% paper"', '"nothing 12% paper"', "colours, tint: it must be"),
        ("{hello} ", "{goodbye} ", "words, zh: goodbye is missing"),
        ("{hello} ", "{hello.real} ", "text: braces hold one name each"),
        ("{hello} ", "{hello!r} ", "text: braces hold one name each"),
        ("{hello} ", "{hello:99} ", "text: braces hold one name each"),
        ("{hello} ", "{hello ", "text: its braces do not match"),
        ("{code}", "code", "no text says {code}"),
        (" {permit}", "", "no text says {permit}"),
        ("{hello} ", "升值 {hello} ", "a: no advertisement may say 升值"),
        ('en = "Small"', 'fr = "Petit"', "titles, en: it is missing"),
        ("size = 40", 'size = "40"', "size: it must be a whole number"),
        ("margin = 40", "margin = 40.5", "margin: it must be a whole number"),
        ("margin = 40", "margin = ", "the file: "),
        ('name = "b"', 'name = "a"', "stacks: a text's name stands once, and these stand twice: a"),
        ('hello = "您好"', 'hello = "升值"', "words, zh, hello: no advertisement may say 升值"),
        ('shape = "rect"', "frame = [0, 0, 1080, 999]", "picture, frame: it does not hold the picture"),
        (
            "mark = [60, 1100, 60, 60]",
            "mark = [60, 1100, 60]",
            "mark: it must be .left, top, width, height. in whole pixels",
        ),
        ("mark = [60, 1100, 60, 60]", "mark = [60, 1100, 0, 60]", "mark: its width and height must be at least 1"),
        ('name = "small"', 'name = "Small"', "name: it must be up to 30 small letters, digits and hyphens"),
        ('name = "small"', "name = 3", "name: it must be up to 30 small letters, digits and hyphens"),
        ('text = "{code}"', "text = 3", "stack 1, text 2, text: it must be a text"),
        ('text = "{code}"', 'text = " "', "stack 1, text 2, text: it must be a text"),
        ('colour = "tint" }', 'colour = "tint", shadow = 1 }', "panel 1, shadow: it must be true or false"),
        ('ink = "#000000", ', "", "colours: ink is missing"),
    ],
)
def test_a_broken_design_is_refused_at_its_place(old, new, complaint):
    assert read_design(TOML).name == "small"
    if complaint is None:
        assert read_design(TOML.replace(old, new))
        return
    with pytest.raises(DesignError, match=complaint.replace("{", r"\{").replace("}", r"\}")):
        read_design(TOML.replace(old, new, 1))


def test_an_owner_adds_designs_by_putting_files_in_a_folder(tmp_path):
    (tmp_path / "small.toml").write_text(TOML, "utf-8")
    (tmp_path / "broken.toml").write_text(TOML.replace("400, 400]", "40, 40]"), "utf-8")
    (tmp_path / "twin.toml").write_text(TOML.replace('"small"', '"arch"'), "utf-8")
    found = catalogue(tmp_path)
    assert set(found.designs) == {*DESIGNS, "small"}
    assert set(found.broken) == {"broken.toml", "twin.toml"}
    assert found.broken["broken.toml"].startswith("qr: ")
    laid_out = sheet(found.designs["small"], PLAIN, qr_url=URL, lang="en")
    assert zxingcpp.read_barcode(laid_out.image()).text == URL


def test_paint_that_reaches_the_edge_of_paper_goes_on_into_the_bleed():
    assert all(design.bleed for design in DESIGNS.values() if design.page == "a4")
    place = TOML.replace('page = "phone"', 'page = "a4"').replace("1080, 1000]", "1680, 1000]").replace("= 20", "= 24")
    with pytest.raises(DesignError, match="picture: it reaches the edge, so it must reach 24 px beyond it"):
        read_design(place)
    assert read_design(place.replace("[0, 0, 1680, 1000]", "[-24, -24, 1728, 1000]"))


@pytest.mark.parametrize("paper", ["#ffe94d", "#ffffff", "#f7f3ec", "#0f5e6e", "#111111"])
@pytest.mark.parametrize("colour", ["#ffe94d", "#ffffff", "#7ad0ff", "#0f5e6e"])
def test_a_bright_colour_becomes_an_ink_of_its_hue_and_no_mud(colour: str, paper: str) -> None:
    ink = readable(colour, paper)
    assert ink == colour or contrast(ink, paper) >= 7


def test_every_design_has_an_illustration_of_its_own() -> None:
    scenes = [design.picture.scene for design in given().values()]
    assert len(set(scenes)) == len(scenes)


def test_codes_for_paper_are_sixty_millimetres() -> None:
    papers = [design for design in given().values() if design.page == "a4"]
    assert papers
    assert all(design.qr.width >= 60 * PAGES["a4"].per_mm for design in papers)


@pytest.mark.parametrize("name", ["horizon", "gallery"])
def test_the_brands_label_is_as_wide_as_its_words(name: str) -> None:
    design = given()[name]
    panel = next(one for one in design.panels if one.fits)
    short, long = (fitted(design, panel, {"brand": brand}).width for brand in ("云栖", "云栖置业" * 9))
    assert short < panel.box.width * 2 // 3 < long <= panel.box.width


def test_a_design_is_found_by_its_name_and_so_is_its_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(TOML, "utf-8")
    (tmp_path / "a-broken-one.toml").write_text("", "utf-8")
    (tmp_path / "no-text.toml").write_bytes(b"\xff")
    found = catalogue(tmp_path, {"uploaded": TOML.replace('"small"', '"large"')})
    assert {name: found.find(name) is not None for name in ("small", "large", "arch", "none")} == {
        "small": True,
        "large": True,
        "arch": True,
        "none": False,
    }
    assert source_of("small", tmp_path) == TOML
    assert (source_of("none", tmp_path), source_of("small", None)) == (None, None)
    assert read_design(source_of("arch", tmp_path) or "").words == ARCH.words


def test_a_small_picture_to_look_at_has_the_posters_shape() -> None:
    seen = Image.open(io.BytesIO(sheet(DESIGNS["share-card"], PLAIN, qr_url=URL, lang="zh").jpeg(120)))
    width, height = DESIGNS["share-card"].size
    assert (seen.format, seen.size) == ("JPEG", (120, height * 120 // width))


def test_a_ground_for_paper_has_the_bleed_around_it() -> None:
    design = next(one for one in DESIGNS.values() if one.page == "a4")
    brand = Brand(tuple(design.palette({}).items()), None, "云", ())
    width, height = ground(design, brand, PAGES["a4"].per_mm // 2).size
    assert (width, height) == tuple((side + 2 * design.bleed) // 2 for side in design.size)


def test_where_a_label_stands_before_a_name_it_is_the_offers() -> None:
    """A programme recommends nobody: it is met somewhere, or stands together with the development."""
    assert "Recommended by" in texts_of(ARCH, PLAIN, "en").values()
    named = texts_of(ARCH, replace(PLAIN, label="Together with"), "en").values()
    assert "Together with" in named
    assert "Recommended by" not in named


def test_the_lines_for_print_are_all_that_is_written() -> None:
    laid_out = sheet(ARCH, PLAIN, qr_url=URL, lang="zh")
    written = "".join(text for line in laid_out.lines for text, _left in line.parts())
    assert all(text in written for text in (PLAIN.referrer, PLAIN.development, "K7M4-2QX9", "000123"))
