"""The page of one referrer as staff read it: each reward with the voucher that it became, and the posters to send."""

from collections.abc import Callable

import pytest

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Development, Person, Referrer, Role
from portal.services.referral import vanity_codes
from tests import factories as make
from tests.clock import MovableClock
from tests.web import reward_rows
from tests.web.client import PageClient


@pytest.fixture
def manager(store: Database, signed_in: Callable[[Person], PageClient]) -> PageClient:
    with store.transaction() as session:
        person = make.person(session, Role.CHANNEL_MANAGER)
    return signed_in(person)


def test_each_reward_leads_to_its_voucher(store: Database, manager: PageClient) -> None:
    with store.transaction() as session:
        people = {role: make.person(session, role) for role in (Role.REFERRER, Role.FINANCE)}
        referrer = make.referrer(session, person=people[Role.REFERRER])
        key = reward_rows.voucher(session, people)
    page = manager.get("referrers.show", referrer_id=referrer.id)
    (link,) = page.all(f"main a[href='/vouchers/{key}']")
    assert manager.get(str(link["href"])).h1
    assert "可核销" in page.main
    deal = manager.get(str(page.all("main a[href^='/deals/']")[0]["href"]))
    assert deal.all(f"main a[href='/vouchers/{key}']"), "the deal says what it brings, too"


class TestThePosters:
    @pytest.fixture
    def referrer(self, store: Database) -> Referrer:
        with store.transaction() as session:
            return make.referrer(session)

    def test_are_taken_by_staff_as_the_referrer_would(
        self, store: Database, clock: MovableClock, manager: PageClient, referrer: Referrer
    ) -> None:
        links = [
            str(link["href"]) for link in manager.get("referrers.show", referrer_id=referrer.id).all("a[download]")
        ]
        assert [manager.download(link).mimetype for link in links] == ["image/png", "application/pdf"]
        before = manager.download(links[0]).data
        with store.transaction() as session:
            own = session.get_one(Referrer, referrer.id)
            vanity_codes.choose(session, Actor.of(own.person), clock(), own, "SUNNY")
        assert manager.download(links[0]).data != before, "the code that was chosen since is printed"

    def test_are_not_there_without_a_permit_or_a_code(
        self, store: Database, clock: MovableClock, manager: PageClient, referrer: Referrer
    ) -> None:
        address = f"/referrers/{referrer.id}/poster-arch.png"
        assert manager.http.get(address).status_code == 200
        assert manager.http.get(f"/referrers/{referrer.id}/poster-nowhere.png").status_code == 404
        assert manager.http.get(f"/referrers/{referrer.id}/poster-arch.pdf").status_code == 404, "it is for screens"
        with store.transaction() as session:
            session.get_one(Development, referrer.development_id).presale_permit = None
        assert manager.http.get(address).status_code == 404
        page = manager.get("referrers.show", referrer_id=referrer.id)
        assert "预售许可证号" in page.main
        assert not page.all("a[download]")
        with store.transaction() as session:
            session.get_one(Development, referrer.development_id).presale_permit = "1"
            session.get_one(Referrer, referrer.id).revoked_at = clock()
        assert manager.http.get(address).status_code == 404
