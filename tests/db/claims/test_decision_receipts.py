"""Every decision has its receipt, which says the rule and the evidence, names its party, and no other."""

from datetime import timedelta

import pytest

from portal.access.actor import Actor
from portal.models import (
    AppealOutcome,
    Base,
    Deal,
    Decision,
    Person,
    Receipt,
    Role,
    Showing,
    ShowingReview,
    Strike,
    Touch,
    Verdict,
)
from portal.services.claims import decision_receipts, receipts
from portal.services.deals import deals
from portal.services.penalties import appeals
from portal.services.registrations import walk_ins
from portal.services.showings import check_ins
from tests import factories as make
from tests.site import Site, review

PHONE = "13912345678"


def told(site: Site, subject: Base, party: Person) -> Receipt:
    """The receipt of a decision; it holds, and is its party's."""
    receipt = decision_receipts.find(site.session, subject)
    assert receipt is not None
    checked = receipts.verify(site.session, receipt.key)
    assert checked is not None
    assert checked.valid
    assert (receipt.party_id, receipt.facts["party_name"]) == (party.id, party.name)
    return receipt


def test_a_verified_visit_proves_until_when_the_client_is_protected(site: Site) -> None:
    touch = site.registration.touch
    showing = make.showing(site.session, touch=touch, verdict=Verdict.VERIFIED, reasons=[], at=site.now)
    check_ins.protect(site.session, showing.at, showing)
    decision_receipts.of_visit(site.session, site.now, showing)
    facts = told(site, showing, site.broker).facts
    assert (facts["rule"], facts["outcome"]) == ("visit_counts", "verified")
    assert facts["protected_until"] == (site.now + timedelta(days=30)).isoformat(timespec="microseconds")
    evidence = {"showing": showing.id, "way": "reception", "verdict": "verified", "reasons": []}
    assert facts["evidence"] == evidence
    assert facts["party_agency"] == site.broker.agency.name


@pytest.mark.parametrize(
    ("decision", "kind", "rule"),
    [
        (Decision.GENUINE, ShowingReview, "visit_counts"),
        (Decision.INCONCLUSIVE, ShowingReview, "inconclusive"),
        (Decision.FAKE, Strike, "confirmed_fake"),
    ],
)
def test_a_persons_decision_has_one(site: Site, decision: Decision, kind: type[Base], rule: str) -> None:
    showing = make.showing(site.session, touch=site.registration.touch, at=site.now)
    review(site, showing, decision)
    site.session.refresh(showing)
    subject = showing.review if kind is ShowingReview else showing.strike
    facts = told(site, subject, site.broker).facts
    assert (facts["rule"], facts["evidence"]["reasons"]) == (rule, ["client_absent"])
    assert showing.review.reviewer.name not in str(facts)


@pytest.mark.parametrize(
    ("outcome", "rule"), [(AppealOutcome.ACCEPTED, "appeal_upheld"), (AppealOutcome.REJECTED, "appeal_dismissed")]
)
def test_an_appeals_decision_has_one(site: Site, outcome: AppealOutcome, rule: str) -> None:
    showing = make.showing(site.session, touch=site.registration.touch, at=site.now)
    appeal = make.appeal(site.session, strike=make.strike(site.session, showing=showing, confirmed_at=site.now))
    manager = Actor.of(make.person(site.session, Role.CHANNEL_MANAGER))
    appeals.decide_appeal(site.session, manager, site.now, appeal, outcome=outcome, reason="监控里有客户")
    facts = told(site, appeal.decision, site.broker).facts
    assert (facts["rule"], facts["outcome"]) == (rule, outcome.value)


def test_a_walk_in_and_the_deal_that_comes_of_it_have_one_each(site: Site) -> None:
    reception = make.person(site.session, Role.RECEPTION)
    place = site.registration.development_id
    signed_in = walk_ins.sign_in_walk_in(
        site.session, Actor.of(reception), site.now, development_id=place, phone=PHONE, name="钱八"
    )
    facts = told(site, signed_in.touch, reception).facts
    assert (facts["rule"], facts["client_name"], facts["client_phone"]) == ("walked_in", "钱*", "139****5678")
    assert walk_ins.walk_ins_since(site.session, Actor.of(reception), site.now)[0].receipt_key


def test_whose_a_deal_is_stands_in_one(site: Site) -> None:
    touch = site.registration.touch
    manager = make.person(site.session, Role.CHANNEL_MANAGER)
    phone = decision_receipts.contacts.open_phone(site.session, touch.client).e164
    at, price = site.now + timedelta(minutes=1), 2_000_000_00
    deal: Deal = deals.open_deal(
        site.session,
        Actor.of(manager),
        at,
        deals.Subscription(
            development_id=touch.development_id, phone=phone, name="王小明", unit="1-101", price_fen=price, at=at
        ),
    )
    facts = told(site, deal.attributions[-1], site.broker).facts
    assert facts["rule"] == "oldest_contact"
    assert facts["evidence"]["contact"] == touch.id
    assert facts["protected_until"] is None


def test_a_row_of_before_has_none(site: Site) -> None:
    row: Showing = make.showing(site.session, touch=site.registration.touch)
    assert decision_receipts.find(site.session, row) is None
    assert decision_receipts.find(site.session, None) is None
    assert decision_receipts.keys_of(site.session, Touch, [row.touch_id]) == {}
