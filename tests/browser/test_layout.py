"""Figures stand whole on the page: a cut amount is worse than none."""

import pytest
from flask import Flask, render_template_string
from playwright.sync_api import Page

from portal.web.components import money
from tests.browser.stage import Windows

AMOUNTS = (0, 1_00, 229_312_120, 1_000_000_00, -12_345_678_90, 9_999_999_999_99)
WIDTHS = (360, 820, 1280)

CELLS = """
{% from "components/money.html" import summary_strip, amount %}{% from "components/blocks.html" import figures %}
{{ summary_strip(cells) }}{{ figures(cells) }}"""

CUT = """() => [...document.querySelectorAll("main dd")].flatMap((cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    const words = range.getBoundingClientRect();
    const within = [cell.parentElement, cell.closest("dl"), document.documentElement];
    const cut = within.some((box) => {
        const edge = box.getBoundingClientRect();
        return words.left < edge.left - 0.5 || words.right > edge.right + 0.5;
    });
    return cut ? [cell.textContent] : [];
})"""
"""The figures whose letters reach over the edge of their cell, of their row, or of the page."""


@pytest.fixture
def page(windows: Windows) -> Page:
    page = windows.desktop()
    page.goto("/sign-in")
    return page


@pytest.mark.parametrize("amount", AMOUNTS)
def test_no_figure_is_cut(page: Page, live: Flask, amount: int) -> None:
    for count in (1, 3, 4, 6):
        with live.test_request_context("/", headers={"Accept-Language": "zh-CN"}):
            cells = [{"label": "待复核的付款", "fen": amount, "value": money(amount), "note": "12 笔"}] * count
            html = render_template_string(CELLS, cells=cells)
        page.evaluate("(html) => { document.querySelector('main').innerHTML = html; }", html)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(CUT) == [], f"{count} cells at {width}"


def test_a_cut_figure_is_found(page: Page) -> None:
    page.evaluate("""() => { document.querySelector("main").innerHTML =
        '<dl class="figures"><div><dd class="figure">¥1,234,567.89</dd></div></dl>';
        document.querySelector("main dl").style.width = "60px"; }""")
    assert page.evaluate(CUT) == ["¥1,234,567.89"]
