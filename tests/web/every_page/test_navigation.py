"""The navigation as it is read aloud: every list of places is named by the heading above it."""

import pytest

from portal.models import Role
from tests import factories as make


@pytest.mark.parametrize("nav", [".rail", ".more-sheet"])
def test_each_group_of_places_is_named_by_its_heading(store, signed_in, nav) -> None:
    with store.transaction() as session:
        manager = make.person(session, Role.CHANNEL_MANAGER)
    page = signed_in(manager).get("/")
    headings = {str(tag["id"]): tag.text for tag in page.all(f"{nav} .places-heading")}
    lists = page.all(f"{nav} ul")
    assert len(headings) >= 3
    assert set(headings) == {str(tag["aria-labelledby"]) for tag in lists if tag.get("aria-labelledby")}
    assert len(page.all(f"{nav} li > a")) == len(page.all(f"{nav} a"))
