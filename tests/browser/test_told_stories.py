"""How people come to know of things: a group whose robot is down, and what waits for its hour."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Person, Role
from portal.services.events import deadlines
from portal.services.notifications.background import EVENTS
from portal.services.vouchers import vouchers
from referral.rewards.reward_plan import Item, Kind
from tests import factories as make
from tests.browser.people import Someone
from tests.browser.stage import Windows
from tests.clock import MovableClock
from tests.factories.notices import event

MANAGER, PRINCIPAL, HOMEOWNER = "13800001001", "13800001005", "13800001009"
GROUP = "云栖里案场群"
DIGEST = "2 条未读通知"


@pytest.fixture
def work(live: Flask, store: Database, clock: MovableClock) -> Callable[[], None]:
    """Do what worker and threads do by themselves: tell what is near, hand it on, and send what is due."""

    def once() -> None:
        with store.transaction() as session:
            deadlines.tell_due(session, clock())
        for name in (EVENTS, "texts", "mails", "robots"):
            live.extensions["senders"][name].deliver()

    return once


@pytest.mark.night
def test_a_group_whose_robot_is_down_hears_all_of_it_once(
    windows: Windows, store: Database, clock: MovableClock, work: Callable[[], None]
) -> None:
    with store.transaction() as session:
        make.person(session, Role.CHANNEL_MANAGER, phone=MANAGER)
        place = make.development(session, name="云栖里")
        agency = make.broker(session).agency_id

    def a_showing_waits() -> None:
        of = {"subject_id": 1, "agency_id": agency, "development_id": place.id}
        with store.transaction() as session:
            event(session, "showing_waits", at=clock(), **of)
        work()

    manager = Someone(windows.desktop(), "told-manager").signs_in(MANAGER)
    sets_up_the_robot(manager, place.id)
    expect(said(manager)).to_have_count(1)
    manager.presses("Let it be away")
    a_showing_waits()
    clock.move(minutes=6)
    a_showing_waits()
    looks_at_the_robot(manager, place.id)
    manager.reads("WeCom cannot be reached: it is tried again")
    manager.looks("1-down")
    sees_the_group(manager)
    expect(said(manager)).to_have_count(1)
    manager.presses("Let it come back")
    clock.move(minutes=20)
    work()
    work()
    sees_the_group(manager)
    expect(said(manager)).to_have_count(3)
    again = manager.words("WeCom did not answer the first time: this may stand here twice")
    expect(said(manager).filter(has_text=again)).to_have_count(0)
    manager.looks("2-back")
    looks_at_the_robot(manager, place.id)
    expect(manager.page.locator("main").get_by_text(manager.words("In the group"), exact=True)).to_have_count(3)


def sets_up_the_robot(manager: Someone, development_id: int) -> None:
    """Add a robot to a group in the stand-in, paste its address, and see its test arrive."""
    sees_the_group(manager)
    manager.fills("Another group with a robot", GROUP)
    manager.presses("Add a robot")
    address = manager.page.locator(".wecom-chat .text-break").inner_text()
    looks_at_the_robot(manager, development_id)
    manager.fills("What the group is called", GROUP)
    manager.fills("The robot's Webhook address", address)
    manager.presses("Save")
    manager.presses("Send a test")
    manager.reads("The test is on its way. Load this page again to see whether it arrived.")
    sees_the_group(manager)


def looks_at_the_robot(manager: Someone, development_id: int) -> None:
    manager.page.goto(f"/partners/developments/{development_id}/robot")
    manager.is_at("Robot in the group")


def sees_the_group(reader: Someone) -> None:
    reader.page.goto("/dev/wecom")


def said(reader: Someone) -> Any:
    return reader.page.locator(".wecom-bubble")


@pytest.mark.night
def test_an_evenings_mail_and_a_night_without_texts(
    windows: Windows, store: Database, clock: MovableClock, work: Callable[[], None]
) -> None:
    """A principal's day comes in one mail at six. A homeowner's voucher is ready; that it will end falls due at night,
    when the bell rings and the phone does not."""
    with store.transaction() as session:
        principal = make.person(session, Role.PRINCIPAL, phone=PRINCIPAL)
        holder = has_a_voucher(session, clock)
    work()
    homeowner = Someone(windows.phone(), "told-homeowner").signs_in(HOMEOWNER)
    follows_the_notice(homeowner, "Your voucher is ready: %(title)s", "1-ready")
    homeowner.is_at("My vouchers")
    has_the_day_in_one_mail(Someone(windows.phone(), "told-principal"), store, principal, clock, work)

    clock.move(days=16, hours=6)  # a quarter past midnight, fourteen days before its end
    with store.transaction() as session:
        event(session, "new_device", at=clock(), person_id=holder.id, subject_id=holder.id)
    work()
    follows_the_notice(
        homeowner.signs_in(HOMEOWNER), "Your voucher ends soon: %(title)s, last day %(last_on)s", "2-ends"
    )
    expect(homeowner.page.locator("main")).to_contain_text("咖啡")
    clock.move(hours=7, minutes=30)
    work()
    by_night = texts(homeowner)
    assert any("设备" in one for one in by_night), "what is about safety came at once"
    assert not any("到期" in one for one in by_night)
    clock.move(minutes=30)
    work()
    work()
    assert sum("到期" in one for one in texts(homeowner)) == 1
    homeowner.looks("3-in-the-morning")


def has_a_voucher(session: Session, clock: MovableClock) -> Person:
    """A homeowner whose gift can be fetched for thirty days."""
    person = make.person(session, Role.REFERRER, phone=HOMEOWNER)
    referrer = make.referrer(session, person=person)
    coffee = Item(Kind.GIFT, "coffee_coupon", value_fen=30_00)
    wanted = vouchers.Issue("story:1", referrer.development_id, coffee, 30, make.cash_reward(session, referrer))
    vouchers.issue(session, Actor.of(make.person(session, Role.FINANCE)), clock(), wanted)
    return person


def has_the_day_in_one_mail(
    reader: Someone, store: Database, principal: Person, clock: MovableClock, work: Callable[[], None]
) -> None:
    """Enter an address, confirm it by its mail, choose an hour; at that hour two things stand in one mail."""
    reader.signs_in(PRINCIPAL)
    wants_a_digest(reader)
    clock.move(minutes=5)
    with store.transaction() as session:
        of = {"at": clock(), "agency_id": principal.agency_id}
        event(session, "account_opened_again", subject_id=make.broker(session, agency=principal.agency).id, **of)
        event(session, "agreement_changed", subject_id=1, facts={"last_on": "2027-01-01"}, **of)
    work()
    clock.move(hours=7, minutes=50)
    work()
    assert mails(reader) == 0, "what can wait waits for the evening"
    clock.move(minutes=10)
    work()
    work()
    assert mails(reader) == 1
    reader.looks("2-digest")
    mail = reader.page.locator("section.panel").filter(has_text=DIGEST).inner_text()
    links = [word for word in mail.split() if "/inbox/" in word and word[-1].isdigit()]
    assert len(links) == 2
    reader.page.goto(links[1])
    expect(reader.page.get_by_role("heading", level=1)).to_be_visible()


def wants_a_digest(reader: Someone) -> None:
    reader.page.goto("/inbox/settings")
    reader.fills("Mail address", "boss@example.com")
    reader.presses("Send a link to confirm it")
    reader.page.goto("/dev/inbox")
    reader.follows("Open the link of the mail")
    reader.presses("Yes, send them there")
    reader.reads("Confirmed: notices go to this address.")
    reader.follows("To the settings")
    reader.chooses("Digest by mail", reader.words("Every day"))
    reader.chooses("At what time", "18:00")
    reader.looks("1-settings")
    reader.presses("Save")
    reader.reads("Saved.")


def mails(reader: Someone) -> int:
    """The digests among the mails."""
    reader.page.goto("/dev/inbox")
    return reader.page.locator("section.panel h2").filter(has_text=DIGEST).count()


def texts(reader: Someone) -> list[str]:
    """What lies on the homeowner's phone."""
    reader.page.goto("/dev/inbox")
    ending = reader.page.locator("section.panel").filter(has_text=f"{HOMEOWNER[-4:]} ")
    return ending.locator("p.text-break").all_inner_texts()


def follows_the_notice(reader: Someone, subject: str, step: str) -> None:
    """By the bell to the inbox, and by the notice to its thing."""
    reader.page.locator("a.bell").click()
    reader.is_at("Notices")
    reader.looks(step)
    reader.page.locator(".notice-link").filter(has_text=reader.words(subject).partition("%")[0]).first.click()
