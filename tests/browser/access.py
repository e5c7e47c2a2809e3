"""What a page asks of people who use it without a mouse, with a reader, with large type or with little motion.

axe-core looks for what a machine can find; the rest is asked of the page itself.
"""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_AXE = Path(__file__).parents[1] / "static" / "node_modules" / "axe-core" / "axe.min.js"
_KEPT_TO = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_FAULTS = """async (tags) => {
  const found = await axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}`));
}"""

_LOST = """() => {
  const lost = [], wide = document.documentElement.scrollWidth - innerWidth;
  const scrolls = (one) => {
    for (let at = one; at; at = at.parentElement)
      if (/auto|scroll/.test(getComputedStyle(at).overflowX)) return true;
    return false;
  };
  for (const one of document.querySelectorAll("body *")) {
    if (!one.checkVisibility({ visibilityProperty: true }) || !one.textContent.trim()) continue;
    const style = getComputedStyle(one), box = one.getBoundingClientRect();
    if (box.width < 3 || box.height < 3 || box.right < 0) continue; // for readers alone, or a trap for robots
    const words = one.textContent.trim().replace(/\\s+/g, " ").slice(0, 40);
    const cut = one.scrollWidth > one.clientWidth + 2 || one.scrollHeight > one.clientHeight + 3;
    if (/hidden|clip/.test(style.overflow) && !/auto|scroll/.test(style.overflow) && cut) lost.push(`cut: ${words}`);
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (own && box.right > innerWidth + 1 && !scrolls(one)) lost.push(`outside: ${words}`);
  }
  return wide > 0 ? [...lost, `scrolls sideways by ${wide}`] : lost;
}"""

NAME = """() => {
  const one = document.activeElement, labels = [...(one.labels || [])].map((label) => label.textContent);
  return labels.join(" ") || one.getAttribute("aria-label") || one.textContent;
}"""
"""How a reader calls what has the focus."""

_STOP = """async () => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const ringed = (at) => {
    const style = at && getComputedStyle(at);
    return style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  const labels = [...(one.labels || [])], bare = one.getBoundingClientRect();
  const box = bare.width < 3 && labels.length ? labels[0].getBoundingClientRect() : bare;
  const above = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 20));
  const clear = above && [one, ...labels].some((at) => at.contains(above) || above.contains(at));
  return {
    name: `${one.tagName} ${(one.getAttribute("aria-label") || one.textContent || one.name).trim().slice(0, 30)}`,
    ringed: [one, one.nextElementSibling, one.parentElement, ...labels].some(ringed),
    clear: Boolean(clear),
  };
}"""

_MOVING = """() => [...document.querySelectorAll("body *")].flatMap((one) => {
  const style = getComputedStyle(one);
  const longest = Math.max(...`${style.transitionDuration}, ${style.animationDuration}`.split(", ").map(parseFloat));
  return longest > 0 && style.transitionProperty !== "none" ? [`${one.tagName}.${one.className}: ${longest} s`] : [];
})"""


def faults(page: Page) -> list[str]:
    """What axe-core finds wrong with a page, by its rules for WCAG 2.2 AA and its advice."""
    page.evaluate(_axe())
    found: list[str] = page.evaluate(_FAULTS, list(_KEPT_TO))
    return found


def lost(page: Page) -> list[str]:
    """The words of a page that are cut off, or stand where nobody can scroll to."""
    found: list[str] = page.evaluate(_LOST)
    return found


def moving(page: Page) -> list[str]:
    """What changes over time on a page, and how long it takes."""
    found: list[str] = page.evaluate(_MOVING)
    return found


def stops(page: Page, most: int = 120) -> list[dict[str, Any]]:
    """Where the tabulator leads, from the page's beginning until it leaves the page."""
    found: list[dict[str, Any]] = []
    while len(found) < most:
        page.keyboard.press("Tab")
        stop = page.evaluate(_STOP)
        if stop is None:
            return found
        found.append(stop)
    raise AssertionError(f"the tabulator is caught: {found[-3:]}")


@cache
def _axe() -> str:
    return _AXE.read_text("utf-8")
