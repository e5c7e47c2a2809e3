"""The channel manager looks at who brought whom: a group is opened in the picture, then a person; back leads back."""

import re

import pytest
from playwright.sync_api import Locator, expect

from portal.db import Database
from portal.models import Role
from tests import factories as make
from tests.browser.people import CHINESE, Someone
from tests.browser.stage import Windows
from tests.clock import MovableClock
from tests.factories import friends

MANAGER = "13800003001"
PLACE = """([place, mark]) => {
    const chart = echarts.getInstanceByDom(place);
    const node = JSON.parse(place.dataset.picture).nodes.find(node => node.mark === mark);
    const [x, y] = chart.getOption().series[0].data.find(drawn => drawn.id === node.key).value;
    return {x, y, label: node.label};
}"""


@pytest.fixture
def many(store: Database, clock: MovableClock) -> None:
    """Twelve hundred people: more than any picture shows, in every group."""
    with store.transaction() as session:
        make.person(session, Role.CHANNEL_MANAGER, phone=MANAGER)
        friends.load(session, people=1_200, at=clock(), developments=1)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("window", ["desktop", "phone"])
def test_from_the_whole_to_one_person_and_back(windows: Windows, window: str) -> None:
    manager = Someone(getattr(windows, window)(), f"graph-{window}", CHINESE).signs_in(MANAGER)
    manager.goes_to("Who brought whom")
    manager.looks("1-whole")
    group = clicks(manager, "group")
    expect(manager.page).to_have_url(re.compile("within="))
    expect(manager.page.locator(".trail [aria-current]")).to_have_text(group)
    for link in manager.page.locator(".trail a").all():
        assert (link.bounding_box() or {})["height"] >= 44, "a thumb's width"
    manager.looks("2-group")
    name = clicks(manager, "referrer")
    manager.is_at(name)
    manager.looks("3-person")
    manager.page.go_back()
    expect(manager.page.locator(".trail [aria-current]")).to_have_text(group)
    opens_the_others_by_keyboard(manager)


def clicks(manager: Someone, mark: str) -> str:
    """The first node of this kind in the picture; what is written at it."""
    picture = drawn(manager)
    node = picture.evaluate("(place, mark) => (" + PLACE + ")([place, mark])", mark)
    picture.click(position={"x": node["x"], "y": node["y"]})
    label: str = node["label"]
    return label


def drawn(manager: Someone) -> Locator:
    picture = manager.page.locator("[data-picture]")
    expect(picture.locator("canvas").first).to_be_visible()
    return picture


def opens_the_others_by_keyboard(manager: Someone) -> None:
    others = manager.page.locator(".graph-openings a").filter(has_text=re.compile(r"^\s*" + manager.words("Others")))
    others.focus()
    others.press("Enter")
    expect(manager.page).to_have_url(re.compile("rest="))
    expect(manager.page.locator(".graph-openings")).to_contain_text(manager.words("Shown before"))
