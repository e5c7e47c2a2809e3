"""Gatherings on pages: planned, invited to, answered by the card, received at the door."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.clock import SHANGHAI
from portal.db import Database
from portal.models import CareFile, GatheringGuest, Person, Role
from portal.services.rewards import rewards
from tests import factories as make
from tests import owners as of_owners
from tests.clock import MovableClock
from tests.web.client import PageClient

SignedIn = Callable[[Person], PageClient]


@pytest.fixture
def file(store: Database) -> CareFile:
    with store.transaction() as session:
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        return of_owners.care_file(session, make.development(session))


@pytest.fixture
def manager(store: Database, signed_in: SignedIn) -> PageClient:
    with store.transaction() as session:
        person = make.person(session, Role.CHANNEL_MANAGER)
    return signed_in(person)


def test_from_the_plan_to_the_door(
    manager: PageClient, app: Flask, file: CareFile, store: Database, now: datetime, clock: MovableClock
) -> None:
    begins = (now + timedelta(days=2)).astimezone(SHANGHAI).replace(second=0, microsecond=0)
    typed = {
        "development": str(file.development_id),
        "title": "样板间开放日",
        "place": "营销中心",
        "begins": f"{begins:%Y-%m-%dT%H:%M}",
        "ends": f"{begins + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        "places": "3",
        "with_gift": True,
    }
    form = manager.get("gatherings.new")
    assert form.submit({**typed, "ends": typed["begins"]}, button="安排", status=422).errors
    invite = form.submit(typed, button="安排")
    assert "王" in invite.main
    invite.submit(button="邀请")
    with store.reading() as session:
        guest = session.scalars(select(GatheringGuest)).one()
    visitor = PageClient(app)
    card = visitor.get("guest_cards.show", key=guest.link_key)
    assert "王" not in card.main
    assert card.submit({"party": "4"}, button="我会来", status=422).errors
    coming = card.submit({"party": "3"}, button="我会来")
    assert coming.all("figure.qr")
    visitor.download("guest_cards.picture", key=guest.link_key)
    gathering = guest.gathering_id
    assert "3 / 3" in manager.get("gatherings.show", gathering_id=gathering, guests="coming").main
    manager.get("gatherings.index")
    later = f"{begins + timedelta(hours=1):%Y-%m-%dT%H:%M}"
    manager.get("gatherings.edit", gathering_id=gathering).submit({"begins": later}, button="保存")
    assert "改期" in visitor.get("guest_cards.show", key=guest.link_key).main
    clock.move(hours=49)
    base = app.extensions["config"].base_url.rstrip("/")
    found = manager.get("receiving.look_up", q=f"{base}/card/{guest.link_key}")
    assert "礼品" in found.submit(button="客人到了").main
    manager.download("gatherings.download", gathering_id=gathering, kind="csv")
    manager.get("receiving.look_up", q="something else")
    manager.get("gatherings.index", state="past")


def test_called_off(manager: PageClient, app: Flask, file: CareFile, store: Database, now: datetime) -> None:
    with store.transaction() as session:
        gathering = of_owners.gathering(session, session.merge(file).development, now + timedelta(days=3))
        guest = of_owners.guest(session, gathering, session.merge(file))
    visitor = PageClient(app)
    card = visitor.get("guest_cards.show", key=guest.link_key)
    card.submit(button="来不了")
    page = manager.get("gatherings.show", gathering_id=gathering.id)
    page.submit({"reason": ""}, button="取消活动", status=422)
    assert "台风" in page.submit({"reason": "台风"}, button="取消活动").main
    assert "活动已取消" in visitor.get("guest_cards.show", key=guest.link_key).main
    visitor.get("guest_cards.show", key="no-such-key", status=404)
