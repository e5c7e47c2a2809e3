"""A document as a PDF: every word is found again, nothing leaves the page, and its size grows with what it says."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

import pypdfium2
import pytest

from portal.adapters.papers import pdf
from portal.adapters.papers.typefaces import REGULAR, typeface

Box = tuple[float, float, float, float]

AT = datetime(2026, 4, 2, tzinfo=UTC)
MARGIN = 40
"""In points: no ink is nearer to the paper's edge."""

PAPER = pdf.Paper(
    language="zh-Hans-CN",
    brand="桥园置业",
    title="对账单 2026-03-0001",
    lead="安居房地产经纪有限公司 · 2026年3月",
    facts=(("编号", "2026-03-0001"), ("收款方", "安居房地产经纪有限公司")),
    sums=(("上期结转", "−¥60,000.00"), ("应付", "¥123,672.80")),
    bars_title="金额构成",
    bars=(
        pdf.Bar("上期结转", "−¥60,000.00", 0, -60_000_00, "whole"),
        pdf.Bar("计提", "+¥183,672.80", -60_000_00, 123_672_80, "plus"),
        pdf.Bar("应付", "¥123,672.80", 0, 123_672_80, "whole"),
    ),
    table_title="明细及说明",
    columns=("入账时间", "明细", "类型", "成交节点", "金额"),
    rows=(
        pdf.Row(("2026年3月10日", "云栖一号院 3-1202", "计提", "已签约", "+¥18,000.00"), "阶梯：第 1–5 套：1.8%。" * 9),
    ),
    remarks=("−¥60,000.00 由对账单 2026-02-0001 结转而来。",),
    foot="桥园置业 · 对账单 2026-03-0001",
    page_label="第 {page} 页，共 {pages} 页",
)


def pages_of(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    try:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]
    finally:
        document.close()


def signs_of(content: bytes) -> list[Box]:
    """Where each sign of the first page stands, in points: left, bottom, right, top."""
    document = pypdfium2.PdfDocument(content)
    try:
        text = document[0].get_textpage()
        return [text.get_charbox(place) for place in range(text.count_chars())]
    finally:
        document.close()


def shared(one: Box, other: Box) -> float:
    """The area in which two signs stand over each other, in square points."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return max(wide, 0) * max(high, 0)


@pytest.mark.parametrize("count", [0, 1, 60])
def test_every_page_has_its_rows_its_number_and_what_it_is(count: int) -> None:
    content = pdf.write(replace(PAPER, rows=PAPER.rows * count), AT)
    pages = pages_of(content)
    assert sum(page.count("云栖一号院3-1202") for page in pages) == count
    assert sum(page.count("阶梯") for page in pages) == 9 * count
    assert all(f"第{place}页，共{len(pages)}页" in page for place, page in enumerate(pages, 1))
    assert all("桥园置业·对账单2026-03-0001" in page for page in pages)
    assert len(content) < 40_000 + 400 * count


def test_nothing_is_drawn_outside_the_margins() -> None:
    wide = pdf.Row(("2026年3月10日", "很长的楼盘名字" * 12, "W" * 60, "已签约", "−¥1,234,567,890.12"), "x" * 900)
    content = pdf.write(replace(PAPER, rows=(wide,) * 3, remarks=("字" * 300, "word " * 90)), AT)
    document = pypdfium2.PdfDocument(content)
    try:
        for page in document:
            picture = page.render(grayscale=True).to_pil()
            left, _top, right, _bottom = picture.point(lambda ink: 255 - ink).getbbox()
            assert left >= MARGIN
            assert right <= picture.width - MARGIN
    finally:
        document.close()


def test_a_sign_that_the_font_lacks_is_an_empty_box() -> None:
    assert "🏠" not in typeface(REGULAR, "房🏠").widths
    [page] = pages_of(pdf.write(replace(PAPER, lead="安居🏠经纪\x00\n𠮷"), AT))
    assert "安居" in page
    assert "𠮷" in page


def test_chinese_breaks_between_signs_and_words_stay_whole() -> None:
    face = typeface(REGULAR, "甲乙丙丁，abc ¥1,000.00")
    lines = list(pdf._lines("甲乙丙丁，甲乙 abc ¥1,000.00", 55, 10, face))
    assert "".join(lines).replace(" ", "") == "甲乙丙丁，甲乙abc¥1,000.00"
    assert not any(line.startswith("，") for line in lines)
    assert "¥1,000.00" in lines


FIGURES = (
    "2026年11月29日",
    "2026年12月31日",
    "30 November 2026",
    "+¥18,000.00",
    "−¥1,234,567,890.12",
    "¥90,071,992,547,409.91",
)


@pytest.mark.parametrize("figure", FIGURES)
def test_no_day_and_no_amount_is_cut_or_written_over(figure: str) -> None:
    """Half a date, or half an amount, is worse than none; words beside it give way."""
    long = "云栖一号院很长的楼盘名字" * 4
    row = pdf.Row((figure, long, "追回", "贷款已发放", figure), "说明")
    bars = (pdf.Bar("应付", figure, 0, 1, "whole"),)
    content = pdf.write(replace(PAPER, rows=(row,), bars=bars, sums=(("应付", figure),) * 5, remarks=()), AT)
    written = "".join(figure.split())
    assert pages_of(content)[0].count(written) == 8
    assert not [pair for pair in combinations(signs_of(content), 2) if shared(*pair) > 0.5]
