"""What can be drawn: rare characters and composed letters stay, and nothing ever becomes a crossed box."""

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from referral.drawing.typefaces import drawable, lacking, typeface
from referral.posters.card import CardValues, draw
from referral.posters.design_file import given as designs
from referral.posters.layout import texts_of
from referral.posters.poster import sheet
from referral.posters.trial import PLAIN

FAMILY = "👨‍👩‍👧"


@pytest.mark.parametrize(
    ("text", "drawn", "missing"),
    [
        ("𠮷田 林静", "𠮷田 林静", ""),
        ("Nguyễn Thị Ánh", "Nguyễn Thị Ánh", ""),
        ("Nguye\u0302\u0303n Thi\u0323", "Nguyễn Thị", ""),
        ("François Ωμεγα Анна 김민수 あや", "François Ωμεγα Анна 김민수 あや", ""),
        ("Łukasz Žižka", "Lukasz Zizka", "ŁŽž"),
        ("𝓛𝓲𝓷 ⓁⒾⓃ", "Lin ⓁⒾⓃ", "𝓛𝓲𝓷"),
        ("林静🌸", "林静", "🌸"),
        ("🌸 小林 🌸 妈妈", "小林 妈妈", "🌸"),
        (f"幸福一家{FAMILY}", "幸福一家", "👨👩👧"),
        ("👍🏽❤️好", "好", "👍❤"),
        ("葛\U000e0100", "葛", ""),
        ("No 1️⃣", "No 1", "◌\u20e3"),
        ("n\u0302a", "na", "◌\u0302"),
        ("محمد", "", "محد"),
        ("שרה Sara", "Sara", "שרה"),
        ("\u200b\u3164\u2800 \u115f", "", ""),
        ("一\n🌸\n二", "一\n二", "🌸"),
    ],
)
def test_what_the_typeface_lacks_is_left_out_or_plain_and_named(text: str, drawn: str, missing: str) -> None:
    assert drawable(text) == drawn
    assert lacking(text) == missing


@given(st.text(max_size=30))
def test_what_is_left_can_all_be_drawn_and_stays_as_it_is(text: str) -> None:
    assert not lacking(drawable(text))
    assert drawable(drawable(text)) == drawable(text)
    boxes = bytes(typeface(40, 400).getmask("\U0001f338"))
    assert all(bytes(typeface(40, 400).getmask(sign)) != boxes for sign in drawable(text) if sign != "\n")


@pytest.mark.parametrize("name", designs())
def test_no_text_of_a_poster_holds_a_sign_without_a_picture(name: str) -> None:

    values = replace(
        PLAIN, referrer="林静🌸", title="🏠业主", headline="好邻居🎉", brand="🏡云栖", development="云栖👍"
    )
    texts = texts_of(designs()[name], values, "zh")
    assert not any(map(lacking, texts.values()))
    assert texts["referrer"] == "林静"
    laid_out = sheet(designs()[name], values, qr_url="https://portal.example.com/r/K7M42QX9", lang="zh")
    assert laid_out.initial == "云"


def test_a_card_of_emoji_is_the_card_without_them() -> None:

    given_words = [
        CardValues(f"云栖{sign}", f"好邻居{sign}", "杭州", "云栖置业", "#0f5e6e", "#b8862f") for sign in ("", "🌸")
    ]
    plain, spoiled = (Image.open(io.BytesIO(draw(values, "zh"))) for values in given_words)
    assert ImageChops.difference(plain, spoiled).getbbox() is None
