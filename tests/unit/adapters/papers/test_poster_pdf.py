"""The printed poster: one page with bleed and crop marks, type that can be read out, and a code that scans."""

from datetime import UTC, datetime

import pypdfium2
import pytest
import zxingcpp

from portal.adapters.papers.poster_pdf import UnprintableError, write
from referral.posters.design_file import given
from referral.posters.poster import PosterValues, Sheet, sheet

URL = "https://portal.example.com/r/K7M42QX9?d=gallery&c=print"
VALUES = PosterValues(
    development="云栖湖畔",
    headline="好邻居，\n值得做一辈子",
    body=("四面环湖的低密社区，步行八分钟到地铁。",),
    referrer="𠮷田林静",
    title="3 号楼业主",
    code="K7M42QX9",
    permit="杭售许字（2026）第 000123 号",
    brand="云栖置业",
    colours={"primary": "#0f5e6e"},
)
AT = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
MM = 72 / 25.4
PRINTED = [name for name, design in given().items() if design.page == "a4"]


def laid_out(name: str) -> Sheet:
    return sheet(given()[name], VALUES, qr_url=URL, lang="zh")


def printed(name: str) -> pypdfium2.PdfPage:
    content = write(laid_out(name), title="海报", author="云栖置业", lang="zh", made_at=AT)
    document = pypdfium2.PdfDocument(content)
    assert len(document) == 1
    return document[0]


@pytest.mark.parametrize("name", PRINTED)
def test_the_page_is_a4_with_three_millimetres_of_bleed(name):
    page = printed(name)
    left, bottom, right, top = page.get_trimbox()
    assert (right - left) / MM == pytest.approx(210, abs=0.05)
    assert (top - bottom) / MM == pytest.approx(297, abs=0.05)
    bleed = page.get_bleedbox()
    assert [(own - its) / MM for own, its in zip((left, bottom), bleed, strict=False)] == pytest.approx(
        [3, 3], abs=0.05
    )


@pytest.mark.parametrize("name", PRINTED)
def test_its_words_are_type_and_its_code_scans(name):
    page = printed(name)
    words = page.get_textpage().get_text_bounded()
    assert "𠮷田林静" in words
    assert "值得做一辈子" in words
    assert "K7M4-2QX9" in words
    pictures = [one for one in page.get_objects() if one.type == 3]  # the ground alone: the code is outlines
    assert len(pictures) == 1
    wide, high = pictures[0].get_px_size()
    assert wide / ((210 + 6) / 25.4) >= 300, "print shops ask for 300 pixels an inch"
    assert high / ((297 + 6) / 25.4) >= 300
    assert zxingcpp.read_barcode(page.render(scale=1).to_pil()).text == URL
    assert zxingcpp.read_barcode(page.render(scale=4).to_pil()).text == URL


def test_a_design_for_screens_is_not_printed():
    with pytest.raises(UnprintableError):
        write(laid_out("arch"), title="", author="", lang="zh", made_at=AT)
