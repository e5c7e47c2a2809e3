"""The referral pages: a landing for anyone, the referrer's own pages, and the channel manager's lists."""

import gzip
import re
from collections.abc import Callable
from io import BytesIO
from urllib.parse import urlsplit

import pytest
import zxingcpp
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from portal.access.actor import SYSTEM
from portal.db import Database
from portal.models import AuditEntry, Development, Lead, LeadOutcome, Person, Referrer, Role, ScanCount
from portal.services import contacts
from portal.services.leads import leads
from portal.services.rewards import rewards
from referral.rewards.reward_plan import Audience
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]
FRIEND = {"name": "王小明", "phone": "139 1234 5678", "contact": True}


@pytest.fixture
def referrer(store: Database) -> Referrer:
    with store.transaction() as session:
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        person = make.person(session, Role.REFERRER, name="陈静怡")
        return make.referrer(session, person=person, development=make.development(session, name="云栖里"))


@pytest.fixture
def manager(store: Database, signed_in: SignIn) -> PageClient:
    with store.transaction() as session:
        person = make.person(session, Role.CHANNEL_MANAGER)
    return signed_in(person)


def lead_of(store: Database) -> Lead:
    with store.reading() as session:
        return session.scalars(select(Lead)).one()


class TestLanding:
    def test_names_the_development_and_masks_the_inviter(self, client: PageClient, referrer: Referrer) -> None:
        page = client.get("landing.show", code=referrer.code)
        assert page.h1 == "云栖里"
        assert "陈**" in page.main
        assert "陈静怡" not in page.html
        assert page.one('meta[property="og:title"]')["content"]

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_a_friend_leaves_a_number_without_a_cookie(
        self, app: Flask, store: Database, referrer: Referrer, language: str
    ) -> None:
        visitor = PageClient(app, language)
        page = visitor.get("landing.show", code=referrer.code).submit(FRIEND)
        assert page.path.startswith("/r/thanks/")
        assert lead_of(store).outcome is LeadOutcome.ACCEPTED
        assert not visitor.http._cookies, "a scan says nothing about who scanned"

    def test_the_way_out_is_one_tap(self, client: PageClient, store: Database, referrer: Referrer) -> None:
        thanks = client.get("landing.show", code=referrer.code).submit(FRIEND)
        thanks.submit().one("main")
        with store.reading() as session:
            assert session.scalars(select(Lead)).one().consent.withdrawn_at is not None

    def test_the_receipt_can_be_verified(self, client: PageClient, referrer: Referrer) -> None:
        thanks = client.get("landing.show", code=referrer.code).submit(FRIEND)
        receipt = client.get(str(thanks.one('main a[href^="/v/"]')["href"]))
        assert "13912345678" not in receipt.html

    @pytest.mark.parametrize(
        ("given", "field"), [({"name": ""}, "name"), ({"phone": "123"}, "phone"), ({"contact": False}, "contact")]
    )
    def test_what_is_missing_is_said_at_its_place_and_nothing_is_lost(
        self, client: PageClient, store: Database, referrer: Referrer, given: dict[str, object], field: str
    ) -> None:
        page = client.get("landing.show", code=referrer.code).submit({**FRIEND, **given}, status=422)
        assert page.all(f"#{field}-error")
        assert page.one("#name" if field != "name" else "#phone")["value"]
        with store.reading() as session:
            assert session.scalar(select(func.count()).select_from(Lead)) == 0

    def test_a_machine_that_fills_every_field_is_thanked_and_forgotten(
        self, client: PageClient, store: Database, referrer: Referrer
    ) -> None:
        page = client.get("landing.show", code=referrer.code).submit({**FRIEND, "website": "http://spam.test"})
        assert page.path == "/r/thanks"
        with store.reading() as session:
            assert session.scalar(select(func.count()).select_from(Lead)) == 0

    def test_every_answer_reads_the_same(self, client: PageClient, store: Database, referrer: Referrer) -> None:
        """A stranger who tries numbers does not learn whose they are, nor that one was left before: neither by the page
        nor by the receipt, nor by what the way out says."""
        with store.transaction() as session:
            own = contacts.open_phone(session, session.get_one(Person, referrer.person_id)).e164
            staff = contacts.open_phone(session, make.person(session, Role.RECEPTION)).e164
            development = session.get_one(Development, referrer.development_id)
            touch = make.touch(session, development=development)
            owned = contacts.open_phone(session, touch.client).e164
        seen = set()
        for phone in (own, staff, owned, own, FRIEND["phone"], FRIEND["phone"]):
            client.app.extensions["clock"].move(minutes=5)
            page = client.get("landing.show", code=referrer.code).submit({**FRIEND, "phone": phone})
            receipt = client.get(str(page.one('main a[href^="/v/"]')["href"]))
            told = re.sub(r"\d", "", re.sub(r"\d+\*+\d+", "", receipt.main))
            left = page.submit()
            seen.add((page.path.count("/"), page.main, told, left.main))
        assert len(seen) == 1
        with store.reading() as session:
            codes = session.scalars(select(Lead.code).order_by(Lead.id)).all()
        assert codes == ["self_referral", "lead_is_partner", "already_known", None]

    def test_coming_again_has_a_receipt_of_its_own(self, client: PageClient, referrer: Referrer) -> None:
        """Who types somebody else's number must not be handed that person's receipt."""
        pages = [client.get("landing.show", code=referrer.code).submit(FRIEND) for _ in range(2)]
        assert len({str(page.one('main a[href^="/v/"]')["href"]) for page in pages}) == 2

    def test_the_referrer_reads_that_a_friend_does_not_count_and_not_why(
        self, client: PageClient, store: Database, signed_in: SignIn, referrer: Referrer
    ) -> None:
        phones = []
        with store.transaction() as session:
            phones.append(contacts.open_phone(session, make.person(session, Role.RECEPTION)).e164)
            touch = make.touch(session, development=session.get_one(Development, referrer.development_id))
            phones.append(contacts.open_phone(session, touch.client).e164)
        for phone in phones:
            client.get("landing.show", code=referrer.code).submit({**FRIEND, "phone": phone})
        page = signed_in(referrer.person).get("friends.index")
        assert len(set(page.texts("tbody tr"))) == 1
        receipts = [client.get(str(link["href"])) for link in page.all('tbody a[href^="/v/"]')]
        assert len({re.sub(r"\d", "", receipt.main) for receipt in receipts}) == 1
        assert len(receipts) == 2
        told = " ".join(receipt.main for receipt in receipts)
        assert "王" not in told
        assert "****" not in told

    def test_a_forged_form_is_not_taken(self, client: PageClient, store: Database, referrer: Referrer) -> None:
        page = client.get("landing.show", code=referrer.code)
        page.one("input[name=csrf_token]")["value"] = "forged"
        page.submit(FRIEND, status=422)

    def test_an_old_form_can_be_sent_once_more(
        self, client: PageClient, referrer: Referrer, clock: MovableClock
    ) -> None:
        page = client.get("landing.show", code=referrer.code)
        clock.move(days=8)
        assert page.submit(FRIEND, status=422).submit().path.startswith("/r/thanks/")

    def test_is_limited(self, client: PageClient, referrer: Referrer) -> None:
        address = client.address("landing.leave", code=referrer.code)
        answers = [client.http.post(address).status_code for _ in range(31)]
        assert answers == [422] * 30 + [429]

    def test_is_light(self, client: PageClient, referrer: Referrer) -> None:
        """Nothing has to arrive before it is painted, and all of it comes to under 16 kB over the network."""
        page = client.get("landing.show", code=referrer.code)
        assert not page.all("link[rel=stylesheet], script[src]:not([defer], [async])")
        assert all(image["loading"] == "lazy" for image in page.all("img"))
        packed = {"Accept-Encoding": "gzip"}
        answers = [client.http.get(page.address, headers=packed, buffered=True)]
        answers += [client.http.get(str(tag["src"]), headers=packed, buffered=True) for tag in page.all("script[src]")]
        assert all(answer.headers["Content-Encoding"] == "gzip" for answer in answers if len(answer.data) > 700)
        assert sum(len(answer.data) for answer in answers) < 16_000
        assert gzip.decompress(answers[0].data).startswith(b"<!doctype html>")

    def test_works_for_who_types_the_code(self, client: PageClient, referrer: Referrer) -> None:
        page = client.get("landing.type_code").submit({"code": referrer.code.lower()}, form="main form")
        assert page.h1 == "云栖里"


@pytest.mark.parametrize(("typed", "status"), [("K7M42QX1", 404), ("22222222", 404), ("closed", 410)])
def test_a_code_that_leads_nowhere_has_a_kind_page(
    app: Flask, store: Database, referrer: Referrer, typed: str, status: int
) -> None:
    with store.transaction() as session:
        session.get_one(Development, referrer.development_id).closed_at = make.BEFORE
    code = referrer.code if typed == "closed" else typed
    for language in ("zh", "en"):
        visitor = PageClient(app, language)
        visitor.get("landing.show", code=code, status=status)
        assert visitor.http.post(visitor.address("landing.leave", code=code)).status_code == status


def test_an_invitation_that_has_ended_keeps_the_friend(
    client: PageClient, store: Database, signed_in: SignIn, referrer: Referrer
) -> None:
    with store.transaction() as session:
        session.get_one(Referrer, referrer.id).revoked_at = make.BEFORE
        manager = make.person(session, Role.CHANNEL_MANAGER)
    page = client.get("landing.show", code=referrer.code)
    assert "此邀请已结束" in page.main
    assert "陈" not in page.main, "nobody invites any more"
    assert page.all(".map-links a")
    assert page.submit({"name": "王小明", "phone": "139 1234 5678"}, status=422).errors, "it takes consent"
    thanks = page.submit({"name": "王小明", "phone": "139 1234 5678", "contact": True})
    assert "置业顾问会与您电话联系" in thanks.main
    with store.reading() as session:
        lead = session.scalars(select(Lead)).one()
        assert (lead.outcome, lead.code, lead.touch_id) == ("refused", "invitation_ended", None)
        assert not session.scalars(select(ScanCount)).all()
    row = signed_in(manager).get("referrers.all_leads")
    assert "通过已结束的邀请而来" in row.main
    thanks.submit({}, button="不要联系我（退订）")


class TestAReferrersPages:
    def test_the_downloaded_poster_scans_to_the_landing_page(
        self, client: PageClient, signed_in: SignIn, referrer: Referrer
    ) -> None:
        page = signed_in(referrer.person).get("poster.show", lang="en")
        link = page.one(".link-line code").text
        file = page.client.download(str(page.one("a[download]")["href"]))
        assert "attachment" in file.headers["Content-Disposition"]
        with Image.open(BytesIO(file.data)) as picture:
            assert picture.size == (1080, 1920)
            assert [found.text for found in zxingcpp.read_barcodes(picture)] == [f"{link}?d=arch"]
        assert client.get(urlsplit(link).path).h1 == "云栖里"

    def test_a_poster_that_has_not_changed_is_not_sent_again(self, signed_in: SignIn, referrer: Referrer) -> None:
        own = signed_in(referrer.person)
        address = own.address("poster.picture", lang="zh", kind="png")
        etag = own.download(address).headers["ETag"]
        assert own.http.get(address, headers={"If-None-Match": etag}).status_code == 304

    def test_a_revoked_code_has_no_poster(self, store: Database, signed_in: SignIn, referrer: Referrer) -> None:
        with store.transaction() as session:
            session.get_one(Referrer, referrer.id).revoked_at = make.BEFORE
        own = signed_in(referrer.person)
        assert own.get("poster.show").notices
        own.download("poster.picture", lang="zh", kind="png", status=404)

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_friends_and_rewards_tell_what_comes_when(
        self, app: Flask, store: Database, clock: MovableClock, referrer: Referrer, language: str
    ) -> None:
        with store.transaction() as session:
            lead = leads.leave_lead(
                session,
                clock(),
                leads.LeftLead(
                    code=referrer.code,
                    name="王小明",
                    phone="13912345678",
                    consent_version="1",
                    locale="en",
                    address=None,
                ),
            )
            session.flush()
            deal = make.deal(session, touch=lead.touch, signed_at=clock())
            rewards.settle_rewards(session, SYSTEM, clock(), deal)
        own = PageClient(app, language).sign_in(referrer.person)
        friends = own.get("friends.index")
        assert "王**" in friends.main
        assert "王小明" not in friends.html
        page = own.get("rewards.index")
        assert page.one("time")["datetime"] == "2026-04-09"
        assert len(page.all(".coming > li:not(.coming-month)")) == 1

    @pytest.mark.parametrize("audience", [Audience.HOMEOWNER, Audience.CITIZEN])
    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_empty_pages_say_what_to_do(
        self, app: Flask, store: Database, referrer: Referrer, audience: Audience, language: str
    ) -> None:
        with store.transaction() as session:
            other = make.referrer(session, audience=audience)
        own = PageClient(app, language).sign_in(other.person)
        for where in ("friends.index", "rewards.index"):
            assert own.get(where).one(".empty a")["href"] == "/poster/"


class TestTheChannelManager:
    def test_adds_a_referrer_who_gets_a_link_by_text(
        self, store: Database, manager: PageClient, referrer: Referrer
    ) -> None:
        given = {
            "name": "刘芳",
            "phone": "13700001111",
            "audience": "homeowner",
            "development_id": referrer.development_id,
            "home": "3-1202",
        }
        page = manager.get("referrers.new").submit(given)
        assert page.h1 == "刘芳"
        assert "/welcome/" not in page.html
        assert "137****1111" in page.texts(".notice")[0]
        assert "/welcome/" in manager.get("inbox.index").one("main .panel a")["href"]
        assert manager.get("referrers.new").submit(given, status=422).errors

    def test_finds_exports_and_revokes(self, client: PageClient, manager: PageClient, referrer: Referrer) -> None:
        for q in ("静怡", referrer.code, f"{referrer.code[:4]}-{referrer.code[4:]}".lower()):
            found = manager.get("referrers.index", q=q)
            assert found.texts("tbody .cell-title") == ["陈静怡"]
        assert not manager.get("referrers.index", state="revoked").all("tbody tr")
        for kind in ("csv", "xlsx"):
            assert manager.download("referrers.download", kind=kind).data
        page = manager.get("referrers.show", referrer_id=referrer.id)
        page = page.follow("停用推荐码").submit({"reason": "搬家了"})
        assert page.notices or page.all(".notice")
        assert "此邀请已结束" in client.get("landing.show", code=referrer.code).main

    def test_calls_a_lead_and_not_one_who_opted_out(
        self, store: Database, client: PageClient, manager: PageClient, referrer: Referrer
    ) -> None:
        thanks = client.get("landing.show", code=referrer.code).submit(FRIEND)
        page = manager.get("referrers.all_leads").follow("王**")
        assert "+8613912345678" not in page.html
        assert "+8613912345678" in page.submit(form="form[action$='/phone']").html
        with store.reading() as session:
            assert session.scalar(select(func.count()).where(AuditEntry.action == "contact_revealed")) == 1
        thanks.submit()
        page.submit(form="form[action$='/phone']", status=409)
        assert not manager.get("referrers.lead", lead_id=lead_of(store).id).all("form[action$='/phone']")

    def test_exports_leads_with_masked_names(self, client: PageClient, manager: PageClient, referrer: Referrer) -> None:
        client.get("landing.show", code=referrer.code).submit(FRIEND)
        text = manager.download("referrers.download_leads", kind="csv").get_data(as_text=True)
        assert "王**" in text
        assert "139****5678" in text
        assert "王小明" not in text
