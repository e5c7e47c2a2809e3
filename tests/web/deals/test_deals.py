"""From a development to a commission that explains itself, page by page."""

import csv
import io
from datetime import timedelta

import pytest

from portal.access.actor import Actor
from portal.clock import local_day
from portal.models import Deal, Development, Milestone, Person, Role, TouchKind
from portal.services.deals import deals
from tests import factories as make

PRICE = "2,000,000.00"
PDF = b"%PDF-1.4 the agreement %%EOF"


@pytest.fixture
def world(store, now):
    """An agency with a principal and a broker who holds a client, and the developer's people."""
    with store.transaction() as session:
        broker = make.broker(session)
        phone = make.new_phone()
        pair = make.agreement(session, agency=broker.agency)
        client = make.client(session, phone=phone)
        make.touch(session, person=broker, development=pair.development, client=client, at=now - timedelta(days=9))
        return {
            "broker": broker,
            "principal": make.person(session, Role.PRINCIPAL, agency=broker.agency),
            "stranger": make.broker(session),
            "finance": make.person(session, Role.FINANCE),
            "manager": make.person(session, Role.CHANNEL_MANAGER),
            "reception": make.person(session, Role.RECEPTION),
            "development": pair.development.id,
            "phone": phone,
        }


@pytest.fixture
def deal(world, store, now) -> int:
    with store.transaction() as session:
        row = deals.open_deal(
            session,
            Actor.of(session.get_one(Person, world["finance"].id)),
            now,
            deals.Subscription(
                development_id=world["development"],
                phone=world["phone"],
                name="王小明",
                unit="3-1202",
                price_fen=2_000_000_00,
                at=now - timedelta(days=1),
            ),
        )
        return row.id


def test_from_subscription_to_commission_and_back(world, signed_in, store):
    finance = signed_in(world["finance"])
    page = finance.get("deals.new").submit(
        {
            "development": world["development"],
            "phone": world["phone"],
            "name": "王小明",
            "unit": "3-1202",
            "price": PRICE,
            "at": "2026-03-09T10:00",
        }
    )
    assert world["broker"].name in page.html
    page = page.submit({"at": "2026-03-10T09:00"}, form="form[action$='/milestones']")
    assert "36,000.00" in page.html
    lines = signed_in(world["principal"]).get("earnings.index")
    assert "+¥36,000.00" in lines.main
    why = signed_in(world["broker"]).get("earnings.line", line_id=1)
    assert "¥2,000,000.00 × 1.8% = ¥36,000.00" in " ".join(why.main.split())
    confirm = finance.get("deals.cancel", deal_id=1)
    assert "−\u2060¥36,000.00" in confirm.html
    page = confirm.submit({"note": "贷款未批"}, button="确认退房")
    assert "−¥36,000.00" in page.html
    with store.reading() as session:
        assert session.query(Milestone).count() == 3


def test_what_was_typed_stays_when_it_is_refused(world, deal, signed_in):
    finance = signed_in(world["finance"])
    typed = {
        "development": world["development"],
        "phone": "123",
        "name": "李雷",
        "unit": "3-1202",
        "price": "12 yuan",
        "at": "2026-03-10T10:00",
    }
    page = finance.get("deals.new").submit(typed, status=422)
    assert page.one("#price")["value"] == "12 yuan"
    page = page.submit({"price": PRICE}, status=422)
    assert page.one("#phone")["value"] == "123"
    page = page.submit({"phone": world["phone"]}, status=422)
    assert page.one("#unit-error")


def test_an_unusual_price_is_asked_about_and_a_mad_one_refused(world, deal, signed_in, store):
    typed = {"development": world["development"], "phone": world["phone"], "name": "王小明", "unit": "8-801"}
    page = signed_in(world["finance"]).get("deals.new")
    assert not page.all("#price_is_right")
    page = page.submit(typed | {"price": "999999999999999"}, status=422)
    assert page.all("#price-error")
    page = page.submit(typed | {"price": "６０，０００，０００", "at": "2026-03-09T10:00"}, status=422)
    assert "¥50,000,000.00" in page.one("#price_is_right-error").get_text()
    page.submit({"price_is_right": True})
    with store.reading() as session:
        assert session.query(Deal).order_by(Deal.id.desc()).first().price_fen == 60_000_000_00


def test_a_step_out_of_time_is_refused_at_its_field(world, deal, signed_in):
    page = signed_in(world["finance"]).get("deals.show", deal_id=deal)
    late = page.submit({"at": "2026-03-11T10:00"}, form="form[action$='/milestones']", status=422)
    assert late.one("#at-error")


def test_a_page_sent_twice_records_one_step(world, deal, signed_in):
    page = signed_in(world["finance"]).get("deals.show", deal_id=deal)
    page.submit({}, form="form[action$='/milestones']")
    page.submit({}, form="form[action$='/milestones']", status=422)


def test_each_reader_sees_the_own_rows_and_no_rival(world, deal, signed_in):
    assert "王小明" in signed_in(world["broker"]).get("deals.show", deal_id=deal).html
    principal = signed_in(world["principal"]).get("deals.show", deal_id=deal).html
    assert "王**" in principal
    assert "王小明" not in principal
    stranger = signed_in(world["stranger"])
    stranger.get("deals.show", deal_id=deal, status=404)
    assert "3-1202" not in stranger.get("deals.index").html
    assert "3-1202" in signed_in(world["reception"]).get("deals.index").html
    signed_in(world["broker"]).get("deals.new", status=403)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, True),
        ({"state": "subscribed"}, True),
        ({"state": "signed"}, False),
        ({"state": "nonsense"}, True),
        ({"q": "1202"}, True),
        ({"q": "9999"}, False),
        ({"development": "999"}, False),
        ({"agency": "999"}, False),
    ],
)
def test_the_list_is_filtered_by_its_address(world, deal, signed_in, filters, found):
    finance = signed_in(world["finance"])
    assert ("3-1202" in finance.get("deals.index", **filters).html) is found
    file = finance.download("deals.download", kind="csv", **filters)
    assert any("3-1202" in row for row in csv.reader(io.StringIO(file.text))) is found


def test_earnings_are_empty_kindly_and_show_the_ladder(world, signed_in):
    page = signed_in(world["principal"]).get("earnings.index")
    assert page.one(".ladder")
    signed_in(world["finance"]).get("earnings.index")
    assert signed_in(world["broker"]).download("earnings.download", kind="xlsx").data[:2] == b"PK"


def test_the_ladder_says_what_the_next_step_is_worth(world, deal, signed_in):
    signed_in(world["finance"]).get("deals.show", deal_id=deal).submit({}, form="form[action$='/milestones']")
    assert "14,000.00" in signed_in(world["broker"]).get("earnings.index").html


# Partners


def test_a_manager_makes_a_development_an_agency_and_their_agreement(world, signed_in, store):
    manager = signed_in(world["manager"])
    entered = {"name": "湖畔", "city": "苏州", "address": "星港街 1 号", "headline": "推窗见湖", "showing_days": "10"}
    page = manager.get("partners.development_new").submit(entered)
    assert "10" in page.html
    with store.reading() as session:
        assert session.query(Development).filter_by(name="湖畔").one().policy == {"showing_days": 10}
    manager.get("partners.development_new").submit(entered, status=422)
    agency = manager.get("partners.agency_new").submit({"name": "新安居"})
    bank = {"holder": "新安居", "bank": "招商银行", "account": "6214 8300 1234 0123"}
    proposed = manager.get(agency.one("a[href$='/bank']")["href"]).submit(bank | {"old": make.PASSWORD})
    assert "**** 0123" in proposed.html
    assert "6214830012340123" not in proposed.html
    page = manager.get(proposed.one("main a[href*='/agencies/']")["href"])
    new = manager.get(page.one("a[href*='agreements/new']")["href"])
    new.submit({"plan": "standard", "last_day": "2020-01-01"}, status=422)
    paper = {"number": "HZ-7", "last_day": "2027-12-31", "contact_name": "钱经理", "contact_phone": "0571-88886666"}
    one = new.submit({"plan": "standard", "scan": (io.BytesIO(PDF), "合同.pdf"), **paper})
    assert "0571" not in one.html
    assert "0571-88886666" in one.submit({}, form="form[action$='/contact']").html
    edited = manager.get(one.one("a[href$='/edit']")["href"]).submit({"number": "HZ-8"})
    assert "****6666" in edited.html
    scan = edited.one("a[href*='/papers/']")["href"]
    assert manager.download(scan).data == PDF
    ended = one.submit({}, form="form[action$='/end']")
    assert not ended.all("form[action$='/end']")


def test_what_ends_is_told_to_whom_it_concerns(world, signed_in, store, now):
    manager, principal = signed_in(world["manager"]), signed_in(world["principal"])
    agency = world["principal"].agency_id
    page = manager.get("partners.agency_licence", agency_id=agency)
    assert "2026" in page.submit({"last_day": "2026-01-31"}, status=422).one("[name=last_day]")["value"]
    last_day = (local_day(now) + timedelta(days=3)).isoformat()
    page.submit({"number": "浙杭备 17", "last_day": last_day, "scan": (io.BytesIO(PDF), "备案.pdf")})
    assert "还剩 3 天" in manager.get("home.index").html
    home = principal.get("home.index")
    ours = principal.get(home.one(".tasks a[href='/agency/agreements']")["href"])
    assert "浙杭备 17" in ours.html
    scan = ours.one("a[href*='/papers/']")["href"]
    assert principal.download(scan).data == PDF
    with store.transaction() as session:
        other = make.person(session, Role.PRINCIPAL)
    signed_in(other).download(scan, status=404)


def test_a_site_that_was_pasted_off_a_map_is_kept_as_phones_say_it(world, signed_in, store):
    manager = signed_in(world["manager"])
    page = manager.get("partners.development_edit", development_id=world["development"])
    page.submit({"pasted": "杭州"}, status=422)
    page.submit({"pasted": "121.531541859215,31.17530398364597", "system": "gcj02"})
    with store.reading() as session:
        kept = session.get_one(Development, world["development"])
        assert (kept.latitude, kept.longitude) == (31.177428, 121.527211)
    page.client.get(page.path).submit({"system": "gcj02", "city": "上海"})  # and is not shifted once more
    with store.reading() as session:
        kept = session.get_one(Development, world["development"])
        assert (kept.latitude, kept.longitude, kept.city) == (31.177428, 121.527211, "上海")
    page.client.get(page.path).submit({"latitude": "31.175303", "longitude": "121.531541", "system": "gcj02"})
    with store.reading() as session:
        kept = session.get_one(Development, world["development"])
        assert (kept.latitude, kept.longitude) == (31.177427, 121.52721)


def test_a_development_is_edited(world, signed_in):
    manager = signed_in(world["manager"])
    page = manager.get("partners.development_edit", development_id=world["development"])
    assert "苏州" in page.submit({"city": "苏州"}).html
    page.submit({"latitude": "31.3", "longitude": ""}, status=422)
    assert page.submit({"latitude": "abc"}, status=422).errors == ["不是有效的小数。"]
    assert len(page.submit({"showing_days": 0}, status=422).errors) == 1
    assert len(page.submit({"opens_hour": 9, "closes_hour": 9}, status=422).errors) == 1
    page.submit({"showing_days": "-1"}, status=422)
    page.submit({"employee_discount_bps": "11"}, status=422)
    assert "2.5%" in page.submit({"employee_discount_bps": "2.5%"}).html
    assert "默认：7 天" in page.html


def test_a_closed_agency_is_out_with_the_next_request(world, signed_in):
    broker, manager = signed_in(world["broker"]), signed_in(world["manager"])
    broker.get("deals.index")
    page = manager.get("partners.agency", agency_id=world["broker"].agency_id)
    page = page.submit({}, form="form[action$='/deactivate']")
    assert broker.get("deals.index").path == "/sign-in"
    page.submit({}, form="form[action$='/reactivate']")


@pytest.mark.parametrize("where", ["developments", "agencies", "agreements"])
def test_finance_reads_partners_and_changes_none(world, signed_in, where):
    finance = signed_in(world["finance"])
    page = finance.get(f"partners.{where}", q="nobody", state="ended")
    assert not page.all(".primary-action")
    finance.download(f"partners.{where}_download", kind="csv")
    finance.get("partners.agency", agency_id=world["broker"].agency_id)
    finance.get("partners.development", development_id=world["development"])


def test_a_deal_in_the_minute_of_its_registration_comes_after_it(world, signed_in, store, clock):
    """The form holds minutes: what is typed is the minute's end, or the deal would belong to nobody."""
    clock.move(seconds=30)
    phone = make.new_phone()
    with store.transaction() as session:
        client = make.client(session, phone=phone)
        broker = session.get_one(Person, world["broker"].id)
        development = session.get_one(Development, world["development"])
        make.touch(session, person=broker, development=development, client=client, at=clock())
    clock.move(seconds=10)
    form = {"development": world["development"], "phone": phone, "name": "李一", "unit": "9-901", "price": PRICE}
    page = signed_in(world["manager"]).get("deals.new").submit(form)
    assert world["broker"].name in page.main


def test_who_signed_a_walk_in_in_owns_no_deal(world, signed_in, store):
    with store.transaction() as session:
        reception = session.get_one(Person, world["reception"].id)
        touch = make.touch(session, person=reception, kind=TouchKind.WALK_IN)
        key = make.deal(session, touch=touch).id
    finance = signed_in(world["finance"])
    assert world["reception"].name not in finance.get("deals.show", deal_id=key).main
    page = signed_in(world["manager"]).get("deals.show", deal_id=key)
    assert "自然到访，不属于任何渠道" in page.main
    assert "应计佣金" not in page.main, "it earns nobody a commission"
    assert "自然到访，不属于任何渠道" in finance.get("deals.index").main
    rows = list(csv.reader(io.StringIO(finance.download("/deals.csv").get_data(as_text=True))))
    assert rows[2][rows[1].index("归属人")] == "自然到访，不属于任何渠道"


def test_an_empty_list_speaks_of_filters_only_where_there_are_some(world, signed_in):
    finance = signed_in(world["finance"])
    assert "筛选条件" not in finance.get("deals.index").one(".empty").get_text()
    assert "筛选条件" in finance.get("/deals?state=signed").one(".empty").get_text()


def test_what_came_of_a_brokers_work(world, deal, signed_in, store):
    manager, principal = signed_in(world["manager"]), signed_in(world["principal"])
    listed = manager.get("broker_records.index", q=world["broker"].name)
    page = manager.get(listed.one("tbody .cell-title a")["href"])
    assert [one.get_text() for one in page.all("dl.figures dd")] == ["0", "0", "0", "0"]  # a touch, and no registration
    assert principal.get("agency.broker", person_id=world["broker"].id).all("dl.figures")
    manager.get("broker_records.show", person_id=world["principal"].id, status=404)
    manager.get("broker_records.show", person_id=world["finance"].id, status=404)
    with store.transaction() as session:
        make.registration(session, touch=session.get_one(Deal, deal).touch)
    page = manager.get("broker_records.show", person_id=world["broker"].id)
    assert [one.get_text() for one in page.all("dl.figures dd")] == ["1", "0", "1", "0"]
    clients = manager.get(page.one("a[href*='broker=']")["href"])
    assert len(clients.all("tbody tr")) == 1
