"""The pages of vouchers: the desk, the phone that shows a voucher, and lists."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
import qrcode
from flask import Flask
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.access.actor import SYSTEM, Actor
from portal.adapters.images.qr_reader import read_qr
from portal.clock import local_day
from portal.db import Database
from portal.models import Adjustment, CareContact, Development, Person, ReviewOutcome, Reward, Role, Stock, Voucher
from portal.services.programmes import gifts
from portal.services.rewards import goods as reward_goods
from portal.services.rewards import rewards
from portal.services.statements import adjustments
from portal.services.taxes import groups as tax_groups
from portal.services.taxes import tables as tax_tables
from portal.services.vouchers import redeeming, vouchers
from referral.rewards.reward import RewardState
from referral.voucher import VoucherState
from tests import care_world
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]

PDF = b"%PDF-1.4 the agreement to cancel %%EOF"
STAFF = (Role.RECEPTION, Role.CHANNEL_MANAGER, Role.FINANCE, Role.APPROVER)


@pytest.fixture
def people(store: Database, clock: MovableClock) -> dict[Role, Person]:
    """The staff of a desk, and a referrer whose voucher over a year of property fee is issued."""
    with store.transaction() as session:
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        tax_tables.publish_given_table(session, make.BEFORE)
        found = {role: make.person(session, role) for role in STAFF}
        owner = make.referrer(session, development=make.development(session, name="云栖里"))
        at = clock() - timedelta(days=40)
        deal = make.referred_deal(session, owner, at)
        rewards.settle_rewards(session, SYSTEM, at, deal)
        rewards.due_rewards(session, clock())
        return {**found, Role.REFERRER: owner.person}


@pytest.fixture
def voucher(store: Database, clock: MovableClock, people: dict[Role, Person]) -> Voucher:
    with store.transaction() as session:
        due = session.scalars(select(Reward.id)).one()
        manager = Actor.of(people[Role.CHANNEL_MANAGER])
        return reward_goods.approve_goods(session, manager, clock(), [due])[0][0]


@pytest.fixture
def gift(store: Database, clock: MovableClock, people: dict[Role, Person]) -> Voucher:
    with store.transaction() as session:
        place = session.get_one(Development, session.scalars(select(Reward.development_id)).one())
        stand = make.programme(session, development=place)
        return gifts.give_scan_gifts(session, SYSTEM, clock(), stand, key="abc")[0]


def test_what_is_due_is_approved_and_found_on_the_phone(
    store: Database, people: dict[Role, Person], signed_in: SignIn
) -> None:
    page = signed_in(people[Role.CHANNEL_MANAGER]).get("handing_out.index")
    page.submit({}, form='form[action$="handing-out"]')
    with store.reading() as session:
        voucher = session.scalars(select(Voucher)).one()
    own = signed_in(people[Role.REFERRER]).get("my_vouchers.index")
    assert own.all(f'a[href="/my-vouchers/{voucher.id}"]')


def test_what_was_received_is_decided_over(
    store: Database, clock: MovableClock, people: dict[Role, Person], voucher: Voucher, signed_in: SignIn
) -> None:
    with store.transaction() as session:
        reward = session.get_one(Reward, voucher.reward_id)
        reward.state = RewardState.FULFILLED
        make.cancel(session, reward.deal, clock())
        rewards.settle_rewards(session, SYSTEM, clock(), reward.deal)
    finance = signed_in(people[Role.FINANCE])
    assert finance.get("handing_out.reviews").all(f'a[href$="/{voucher.reward_id}"]')
    page = finance.get("handing_out.review", reward_id=voucher.reward_id)
    page.submit({"outcome": "charged", "reason": "已退房"})
    with store.reading() as session:
        assert session.get_one(Reward, voucher.reward_id).state is RewardState.REVOKED
        assert session.get_one(Voucher, voucher.id).state is VoucherState.REVOKED


def test_a_gift_needs_its_signed_link(
    client: PageClient, store: Database, people: dict[Role, Person], gift: Voucher, voucher: Voucher
) -> None:
    with store.reading() as session:
        links = [vouchers.qr_text(session, session.get_one(Voucher, one.id)) for one in (gift, voucher)]
    assert client.get("my_vouchers.gift", token=links[0]).all(".voucher-qr")
    for token in (links[1], gift.code):
        client.get("my_vouchers.gift", token=token, status=404)


def test_the_phone_shows_what_the_desk_reads(
    store: Database, people: dict[Role, Person], voucher: Voucher, signed_in: SignIn
) -> None:
    phone = signed_in(people[Role.REFERRER])
    card = phone.get("my_vouchers.show", voucher_id=voucher.id)
    picture = phone.http.get(str(card.one(".voucher-qr")["src"])).data
    text = read_qr(picture)
    assert text is not None
    assert text.startswith(f"VCH:{voucher.code}:")
    desk = signed_in(people[Role.RECEPTION])
    looked = desk.get("redeeming.index", development=voucher.development_id, text=text)
    assert "12" in looked.main


@pytest.mark.parametrize("side", [500, 1200])
def test_a_photo_of_a_phone_is_read(people: dict[Role, Person], voucher: Voucher, signed_in: SignIn, side: int) -> None:
    phone = signed_in(people[Role.REFERRER])
    address = f"/my-vouchers/{voucher.id}.png"
    code = Image.open(BytesIO(phone.http.get(address).data)).convert("RGB").resize((side, side))
    photo = Image.new("RGB", (1600, 1400), (120, 110, 100))
    photo.paste(code.rotate(7, expand=True, fillcolor=(120, 110, 100)), (60, 20))
    sent = BytesIO()
    photo.save(sent, "JPEG", quality=70)
    assert (read_qr(sent.getvalue()) or "").startswith(f"VCH:{voucher.code}:")


def test_a_scanner_is_told_what_its_stills_show_and_stopped_where_it_hammers(
    people: dict[Role, Person], gift: Voucher, store: Database, signed_in: SignIn
) -> None:
    desk = signed_in(people[Role.RECEPTION])
    token = str(desk.get("redeeming.index").one("#page-facts")["data-csrf-token"])
    with store.reading() as session:
        text = vouchers.qr_text(session, session.get_one(Voucher, gift.id))

    def send(picture: Image.Image | None) -> TestResponse:
        sent = BytesIO()
        if picture is not None:
            picture.convert("RGB").save(sent, "JPEG", quality=80)
        photo = {} if picture is None else {"photo": (BytesIO(sent.getvalue()), "still.jpg")}
        return desk.http.post("/redeem/still", data=photo, headers={"X-CSRFToken": token})

    assert send(qrcode.make(text).get_image().resize((400, 400))).json == {"text": text}
    assert send(Image.new("L", (720, 720), "grey")).status_code == 204
    answers = [send(None) for _ in range(149)]
    assert {one.status_code for one in answers[:-1]} == {400}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) <= 60


def test_looking_says_why_not_before_anybody_presses(
    store: Database, clock: MovableClock, people: dict[Role, Person], gift: Voucher, signed_in: SignIn
) -> None:
    desk, button = signed_in(people[Role.RECEPTION]), 'form[action="/redeem/"][method="post"]'
    here = {"development": gift.development_id, "text": gift.code}
    assert desk.get("redeeming.index", **here).all(button)
    with store.transaction() as session:
        elsewhere = make.development(session).id
        vouchers.revoke_voucher(session, SYSTEM, clock(), session.get_one(Voucher, gift.id), reason="发错")
    for asked, said in ((here, "收回"), ({**here, "development": elsewhere}, "云栖里")):
        page = desk.get("redeeming.index", **asked)
        assert not page.all(button)
        assert said in " ".join(page.texts(".banner-title"))


def test_a_gift_is_redeemed_once_by_page(
    app: Flask, store: Database, people: dict[Role, Person], gift: Voucher, signed_in: SignIn
) -> None:
    with store.transaction() as session:
        row, file = session.get_one(Voucher, gift.id), care_world.care_file(session)
        row.reference = f"lead:{file.development_id}:{file.client_id}:0"
    desk = signed_in(people[Role.RECEPTION])
    looked = desk.get("redeeming.index", development=gift.development_id, text=gift.code)
    done = looked.submit({}, form='form[action="/redeem/"][method="post"]')
    assert done.path == f"/vouchers/{gift.id}"
    again = looked.submit({}, form='form[action="/redeem/"][method="post"]')
    assert again.path == f"/vouchers/{gift.id}"
    with store.reading() as session:
        assert session.get_one(Voucher, gift.id).state is VoucherState.REDEEMED
        assert [row.file_id for row in session.scalars(select(CareContact))] == [file.id], "once in the client's file"


def test_a_bill_is_paid_and_the_balance_falls(
    store: Database, people: dict[Role, Person], voucher: Voucher, signed_in: SignIn
) -> None:
    desk = signed_in(people[Role.RECEPTION])
    looked = desk.get("redeeming.index", development=voucher.development_id, text=voucher.code)
    form = {"bill": "2026-04", "months": "3", "amount": "900"}
    asked = looked.submit(form, form='form[action="/redeem/relief"]')
    assert "300.00" in asked.main, "the sum is shown once more, and what it comes to in a month"
    with store.reading() as session:
        assert session.get_one(Voucher, voucher.id).months_left == 12
    again = asked.submit({}, button="改一改")
    assert str(again.one("#amount")["value"]) == "900"
    paid = asked.submit({}, button="核对无误，用券抵扣")
    assert "2026-04" in paid.main
    with store.reading() as session:
        assert session.get_one(Voucher, voucher.id).months_left == 9
        assert session.get_one(Reward, voucher.reward_id).state is RewardState.FULFILLED


def test_a_wrong_bill_is_taken_back_by_a_second_person(
    store: Database, clock: MovableClock, people: dict[Role, Person], voucher: Voucher, signed_in: SignIn
) -> None:
    with store.transaction() as session:
        bill = {"development_id": voucher.development_id, "number": "2026-04", "months": 1}
        reception = Actor.of(people[Role.RECEPTION])
        redeeming.apply_relief(session, reception, clock(), voucher.code, redeeming.Bill(amount_fen=300_000, **bill))
    finance = signed_in(people[Role.FINANCE])
    page = finance.get("vouchers.show", voucher_id=voucher.id).follow("填错了，撤回这笔账单 2026-04")
    page.submit({"reason": " "}, status=422)
    done = page.submit({"reason": "多打了一个零"})
    assert "多打了一个零" in done.main
    assert "12" in done.main
    gone = page.submit({"reason": "再来"}, status=422)
    assert "已经撤回" in gone.main
    assert "多打了一个零" not in signed_in(people[Role.REFERRER]).get("my_vouchers.show", voucher_id=voucher.id).main


def test_a_voucher_is_taken_back_for_a_reason_that_its_owner_reads(
    people: dict[Role, Person], voucher: Voucher, signed_in: SignIn
) -> None:
    manager = signed_in(people[Role.CHANNEL_MANAGER])
    page = manager.get("vouchers.show", voucher_id=voucher.id).follow("收回这张券")
    page.submit({"reason": ""}, status=422)
    page.submit({"reason": "业主换了手机"})
    phone = signed_in(people[Role.REFERRER])
    assert "业主换了手机" in phone.get("my_vouchers.show", voucher_id=voucher.id).main
    assert manager.get("handing_out.index").all('input[name="reward"]'), "it is due again"


def test_a_voucher_that_ended_is_issued_anew(
    clock: MovableClock, people: dict[Role, Person], voucher: Voucher, signed_in: SignIn
) -> None:
    manager = signed_in(people[Role.CHANNEL_MANAGER])
    assert not manager.get("vouchers.show", voucher_id=voucher.id).all('form[action$="/reissue"]')
    clock.move(days=800)
    phone = signed_in(people[Role.REFERRER])
    mine = phone.get("rewards.index")
    assert "补发" in mine.main
    assert not mine.all('a[href^="/my-vouchers/"]'), "what ended is not to be shown"
    manager = signed_in(people[Role.FINANCE])
    anew = manager.get("vouchers.show", voucher_id=voucher.id).submit({}, form='form[action$="/reissue"]')
    assert anew.path != f"/vouchers/{voucher.id}"
    assert "补发" not in phone.get("rewards.index").main


def test_charged_back_goods_are_asked_for_by_an_adjustment(
    store: Database, clock: MovableClock, people: dict[Role, Person], voucher: Voucher, signed_in: SignIn
) -> None:
    with store.transaction() as session:
        bill = {"development_id": voucher.development_id, "number": "2026-04", "months": 1}
        reception, manager = Actor.of(people[Role.RECEPTION]), Actor.of(people[Role.CHANNEL_MANAGER])
        redeeming.apply_relief(session, reception, clock(), voucher.code, redeeming.Bill(amount_fen=30_000, **bill))
        reward = session.get_one(Reward, voucher.reward_id)
        make.cancel(session, reward.deal, clock())
        rewards.settle_rewards(session, SYSTEM, clock(), reward.deal)
        outcome = {"outcome": ReviewOutcome.CHARGED, "reason": "已退房"}
        reward_goods.decide_review(session, manager, clock(), reward, **outcome)
    assert "由财务提交" in signed_in(people[Role.CHANNEL_MANAGER]).get("handing_out.reviews").main
    finance = signed_in(people[Role.FINANCE])
    page = finance.get("adjustments.new", reward=voucher.reward_id)
    assert str(page.one("#amount")["value"]) == "300.00"
    page.submit({"attachment": (BytesIO(PDF), "退房协议.pdf")})
    finance.get("adjustments.new", reward=voucher.reward_id, status=404)
    with store.transaction() as session:
        row = session.scalars(select(Adjustment)).one()
        assert (row.amount_fen, row.reward_id) == (-30_000, voucher.reward_id)
        adjustments.approve_adjustment(session, Actor.of(people[Role.APPROVER]), clock(), row)
        group = tax_groups.group_of(session, row.person_id, f"{local_day(clock()):%Y-%m}")
        assert (group.cash_fen, group.goods_fen) == (-30_000, 30_000), "it lowers the taxed income once, not twice"


@pytest.mark.parametrize("signature", ["é", "AAAA", "中文"])
def test_a_signature_that_is_none_is_no_servers_fault(
    client: PageClient, people: dict[Role, Person], gift: Voucher, signed_in: SignIn, signature: str
) -> None:
    text = f"VCH:{gift.code}:{signature}"
    client.get("my_vouchers.gift", token=text, status=404)
    desk = signed_in(people[Role.RECEPTION])
    assert desk.get("redeeming.index", text=text).errors


@pytest.mark.parametrize("typed", ["K7M4", "22222222"])
def test_a_code_that_is_none_says_so(people: dict[Role, Person], signed_in: SignIn, typed: str) -> None:
    page = signed_in(people[Role.RECEPTION]).get("redeeming.index", text=typed)
    assert page.errors


def test_lists_and_stock(store: Database, people: dict[Role, Person], gift: Voucher, signed_in: SignIn) -> None:
    manager = signed_in(people[Role.CHANNEL_MANAGER])
    assert gift.code[:4] in manager.get("vouchers.index", state="open").main
    assert gift.code[:4] not in manager.get("vouchers.index", state="redeemed").main
    csv = manager.http.get("/vouchers/vouchers.csv").get_data(as_text=True)
    assert gift.code[:4] in csv
    page = manager.get("vouchers.stock")
    page.submit({"development": str(gift.development_id), "title": "stand_gift", "left": "7"})
    with store.reading() as session:
        assert session.scalar(select(Stock.left_over)) == 7
