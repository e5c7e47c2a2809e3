"""What people live through: a voucher that ends soon, and an evening's mail of what the day brought."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask

from portal.access.actor import Actor
from portal.adapters.mail.local import LocalMail
from portal.db import Database
from portal.models import DigestEvery, NoticeSettings, Person, Role
from portal.services.events import deadlines
from portal.services.notifications import addresses, digests
from portal.services.notifications.background import EVENTS
from portal.services.vouchers import vouchers
from referral.rewards.reward_plan import Item, Kind
from tests import factories as make
from tests.clock import MovableClock
from tests.factories.notices import event
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]


def hand_on(app: Flask) -> None:
    app.extensions["senders"][EVENTS].deliver()
    app.extensions["senders"]["mails"].deliver()


def subjects(page: PageClient | object) -> list[str]:
    return [one.text.removeprefix("未读：").strip() for one in page.all(".notice-subject")]  # type: ignore[attr-defined]


def test_a_homeowners_voucher_is_ready_and_ends_soon(
    app: Flask, store: Database, signed_in: SignIn, clock: MovableClock
) -> None:
    with store.transaction() as session:
        referrer = make.referrer(session)
        person, place = referrer.person, referrer.development_id
        reward = make.cash_reward(session, referrer)
        issue = vouchers.Issue("story:1", place, Item(Kind.GIFT, "coffee_coupon", value_fen=30_00), days=30)
        row = vouchers.issue(session, Actor.of(make.person(session, Role.FINANCE)), clock(), issue)
        row.holder_id, row.reward_id = person.id, reward.id
    clock.move(days=17)
    with store.transaction() as session:
        assert deadlines.tell_due(session, clock())["vouchers_told"] == 1
    hand_on(app)
    homeowner = signed_in(person)
    page = homeowner.get("notifications.index")
    said = subjects(page)
    assert any("到期" in one for one in said), said
    link = next(str(one["href"]) for one in page.all(".notice-link") if "到期" in one.text)
    assert homeowner.http.get(link, follow_redirects=True).status_code == 200


def test_a_principal_has_the_day_in_one_mail_in_the_evening(
    app: Flask, store: Database, signed_in: SignIn, clock: MovableClock, now: datetime
) -> None:
    with store.transaction() as session:
        principal = make.person(session, Role.PRINCIPAL)
        sealed = addresses.seal_address(session, principal.id, "boss@example.com")
        row = NoticeSettings(person_id=principal.id, mail_sealed=sealed, mail_confirmed_at=now, digest_hour=18)
        row.digest = DigestEvery.NEVER
        session.add(row)
        session.flush()
        digests.choose(session, now, principal.id, DigestEvery.DAY, 18)
    clock.move(hours=1)
    with store.transaction() as session:
        of = {"at": clock(), "agency_id": principal.agency_id, "subject_id": 1}
        event(session, "agreement_changed", facts={"last_on": "2027-01-01"}, **of)
        event(session, "account_opened_again", **of)
    hand_on(app)
    mailbox = app.extensions["post"].sender
    assert isinstance(mailbox, LocalMail)
    assert mailbox.inbox() == [], "what can wait waits for the evening"
    clock.move(hours=7)
    hand_on(app)
    hand_on(app)
    (mail,) = mailbox.inbox()
    links = [word for word in mail.letter.text.split() if "/inbox/" in word and word.rpartition("/")[2].isdigit()]
    assert len(links) == 2
    page = signed_in(principal).http.get(f"/{links[0].partition('//')[2].partition('/')[2]}")
    assert page.status_code == 302
