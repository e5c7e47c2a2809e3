"""The pictures of a shared link: the card, and a development's picture in the size that is wanted."""

import io

import pytest
from PIL import Image

from referral.posters.card import SIZE, CardValues, draw, drawn, fitted, scaled

RED = (254, 0, 0)


def jpeg(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    assert image.format == "JPEG"
    return image.convert("RGB")


@pytest.fixture(scope="module")
def red() -> bytes:
    """A picture that is wide and low."""
    file = io.BytesIO()
    Image.new("RGB", (90, 30), RED).save(file, "PNG")
    return file.getvalue()


def values(picture: bytes | None = None, permit: str = "") -> CardValues:
    return CardValues("云栖湖畔", "好邻居，值得做一辈子", "杭州", "云栖置业", "#0f5e6e", "#b8862f", picture, permit)


def is_red(pixel: object) -> bool:
    assert isinstance(pixel, tuple)
    return pixel[0] > 240 and max(pixel[1:]) < 20


def is_white(pixel: object) -> bool:
    assert isinstance(pixel, tuple)
    return min(pixel) > 240


def test_a_card_has_the_developments_picture_beside_its_words(red: bytes) -> None:
    card = jpeg(draw(values(red), "zh"))
    assert card.size == SIZE
    assert all(is_red(card.getpixel((x, y))) for x in (610, 900, 1190) for y in (10, 620))
    assert not is_red(card.getpixel((590, 300)))
    assert not is_red(jpeg(draw(values(), "zh")).getpixel((900, 620))), "without one it has the skyline"


def test_a_permit_stands_on_the_card_below_the_brand(red: bytes) -> None:
    """Without one the card names the development and no more."""
    below = (0, 545, 590, 600)
    with_one, without = (jpeg(draw(values(red, permit), "en")).crop(below) for permit in ("杭售许字 000123", ""))
    assert without.getextrema() != with_one.getextrema()


def test_no_card_speaks_another_language(red: bytes) -> None:
    with pytest.raises(KeyError):
        draw(values(red), "fr")


@pytest.mark.parametrize("size", [(30, 30), (60, 10), (10, 60)])
def test_a_picture_is_cut_to_its_place_or_shown_whole(red: bytes, size: tuple[int, int]) -> None:
    cut, whole = jpeg(scaled(red, size)), jpeg(fitted(red, size))
    assert cut.size == whole.size == size
    corners = [(0, 0), (size[0] - 1, size[1] - 1)]
    assert all(is_red(cut.getpixel(at)) for at in corners), "what is too wide or too high is cut off"
    middle = (size[0] // 2, size[1] // 2)
    assert not is_white(whole.getpixel(middle))
    assert all(is_white(whole.getpixel(at)) for at in corners), "where it leaves room the paper is white"


def test_a_development_without_a_picture_has_its_skyline() -> None:
    assert jpeg(drawn((60, 40), "#0f5e6e", "#b8862f")).size == (60, 40)
