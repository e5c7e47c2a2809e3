"""The pages of registrations: what a broker does, what a rival learns, and who sees whose rows."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from openpyxl import load_workbook
from sqlalchemy import event, select

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Agency, Agreement, AuditEntry, Development, Freeze, Person, Receipt, Registration, Role
from portal.services.partners.agreements import end_agreement
from portal.services.registrations.registrations import register_client
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import Page, PageClient, filled_in

PHONE, MASKED = "13912345678", "139****5678"
SignedIn = Callable[[Person], PageClient]


@dataclass(frozen=True, slots=True)
class Town:
    """A development, a broker with his principal, a rival of another agency, and reception."""

    development: Development
    broker: Person
    principal: Person
    rival: Person
    reception: Person


@pytest.fixture
def town(store: Database) -> Town:
    with store.transaction() as session:
        development = make.development(session)
        agency: Agency = make.agency(session)
        broker, rival = make.broker(session, agency=agency), make.broker(session)
        make.agreement(session, development=development, agency=agency)
        make.agreement(session, development=development, agency=rival.agency)
        return Town(
            development,
            broker,
            make.person(session, Role.PRINCIPAL, agency=agency),
            rival,
            make.person(session, Role.RECEPTION),
        )


def register(client: PageClient, phone: str = PHONE, name: str = "王小明", status: int = 200) -> Page:
    return client.get("registrations.new").submit({"phone": phone, "name": name}, status=status)


def test_a_broker_registers_and_reads_the_receipt(signed_in: SignedIn, town: Town) -> None:
    page = register(signed_in(town.broker).get("registrations.index").client)
    assert page.path == "/registrations/1"
    assert page.h1 == "王小明"
    assert MASKED in page.main
    assert PHONE not in page.html
    assert page.client.download("registrations.receipt_picture", registration_id=1).mimetype == "image/png"


def test_what_was_typed_wrong_is_said_at_its_field(signed_in: SignedIn, town: Town) -> None:
    client = signed_in(town.broker)
    assert len(register(client, phone="12345", status=422).errors) == 1
    assert len(register(client, phone="", name=" ", status=422).errors) == 2
    assert client.get("registrations.index").all(".empty")


def test_sending_twice_leads_to_the_same_registration(
    signed_in: SignedIn, town: Town, clock: MovableClock, store: Database
) -> None:
    client = signed_in(town.broker)
    first = register(client)
    clock.move(minutes=1)
    assert register(client).path == first.path
    with store.reading() as session:
        assert len(session.scalars(select(Registration)).all()) == 1


def test_a_rival_learns_the_rule_and_when_to_try_again_and_no_more(signed_in: SignedIn, town: Town) -> None:
    register(signed_in(town.broker), name="李雷")
    page = register(signed_in(town.rival))
    assert "2026年3月17日 10:00" in page.main
    for secret in (town.broker.name, town.broker.agency.name, "李雷", "李*"):
        assert secret not in page.html
    assert page.client.get(f"/registrations/{int(page.path.split('/')[-1]) - 1}", status=404)


def test_a_rival_is_reminded_when_to_try_again(signed_in: SignedIn, town: Town, clock: MovableClock) -> None:
    register(signed_in(town.broker))
    page = register(signed_in(town.rival)).submit(button="到期提醒我")
    assert "到时会提醒您" in page.main
    page = page.submit(button="不用提醒")
    clock.move(days=8)
    page = page.submit(button="到期提醒我", status=409)
    assert page.client.get(page.path.removesuffix("/reminder")).main.count("到期提醒我") == 0


def test_a_line_that_was_pasted_is_name_and_number(signed_in: SignedIn, town: Town) -> None:
    page = register(signed_in(town.broker), phone="王女士 139 1234 5678", name="")
    assert (page.h1, MASKED in page.main) == ("王女士", True)


def test_a_slip_is_taken_back_and_the_next_one_registered(
    signed_in: SignedIn, town: Town, clock: MovableClock, store: Database
) -> None:
    page = register(signed_in(town.broker))
    assert "10:05 前可以撤回" in page.main
    assert page.texts("main a.btn-primary") == ["继续报备"]
    clock.move(minutes=1)
    page = page.submit(button="撤回报备")
    assert page.texts(".status") == ["已撤回"]
    assert "已撤回此报备" in page.main
    receipt = page.client.get(str(page.one("a[href*='/v/']:not(.btn)")["href"]).split("8000")[-1])
    assert receipt.texts(".status") == ["已撤回"]
    assert register(signed_in(town.rival)).texts(".status") == ["报备有效"]
    old = register(page.client.get("registrations.index", state="withdrawn").client, phone="13912345679")
    clock.move(minutes=5)
    old = old.client.get(old.path)
    assert "撤回报备" not in old.main
    old.client.http.post(f"{old.path}/undo")
    clock.move(minutes=30)
    assert old.client.get(old.path).texts("main a.btn-primary") == ["到场签到"]


def test_others_rows_are_not_there(signed_in: SignedIn, town: Town) -> None:
    register(signed_in(town.broker))
    rival = signed_in(town.rival)
    assert rival.get("registrations.index").all(".empty")
    rival.get("/registrations/1", status=404)
    rival.send("GET", "/registrations/1/receipt.png", status=404)
    assert not rival.get(f"/registrations?q={PHONE}").all("tbody tr")


def test_the_principal_reads_masked_and_staff_reads_names(signed_in: SignedIn, town: Town) -> None:
    register(signed_in(town.broker))
    principal = signed_in(town.principal).get("registrations.show", registration_id=1)
    assert principal.h1 == "王**"
    assert not principal.all("form[action$='/contact']")
    assert signed_in(town.reception).get("registrations.index").texts("tbody .cell-title") == ["王小明"]


def test_a_number_is_shown_once_and_the_look_is_written_down(signed_in: SignedIn, town: Town, store: Database) -> None:
    page = register(signed_in(town.broker))
    assert "+8613912345678" in page.submit(form="form[action$='/contact']").html
    assert "+8613912345678" not in page.client.get(page.path).html
    with store.reading() as session:
        looked = session.scalars(select(AuditEntry).where(AuditEntry.action == "phone_revealed")).one()
        assert looked.actor_id == town.broker.id


def test_the_list_is_searched_filtered_and_paged(
    signed_in: SignedIn, town: Town, store: Database, clock: MovableClock
) -> None:
    with store.transaction() as session:
        for _ in range(31):
            register_client(
                session,
                Actor.of(town.broker),
                clock(),
                development_id=town.development.id,
                phone=make.new_phone(),
                name="李",
            )
    client = signed_in(town.broker)
    register(client)
    first = client.get("registrations.index")
    assert len(first.all("tbody tr")) == 30
    assert len(first.follow("下一页").all("tbody tr")) == 2
    assert client.get("/registrations?q=139 1234 5678").texts("tbody .cell-title") == ["王小明"]
    assert client.get("/registrations?q=32").texts("tbody .cell-title") == ["王小明"]
    assert client.get("/registrations?state=refused").all(".empty")
    clock.move(days=7)
    assert len(client.get("/registrations?state=expired&after=5").all("tbody tr")) == 4
    client.get("/registrations?after=x", status=404)


def test_a_long_list_asks_no_more_than_a_short_one(
    signed_in: SignedIn, town: Town, store: Database, clock: MovableClock
) -> None:
    asked: list[str] = []
    event.listen(store.reader, "before_cursor_execute", lambda *given: asked.append(given[2]))
    counts = []
    for _ in range(2):
        with store.transaction() as session:
            for broker in (town.broker, town.rival):
                for _ in range(5):
                    given = {"development_id": town.development.id, "phone": make.new_phone(), "name": "李"}
                    register_client(session, Actor.of(broker), clock(), **given)
        asked.clear()
        signed_in(town.reception).get("registrations.index")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_files_say_who_took_them_and_hold_no_formula_and_no_phone(signed_in: SignedIn, town: Town) -> None:
    client = signed_in(town.broker)
    register(client, name="=1+1")
    text = client.download("registrations.download", kind="csv").get_data().decode("utf-8-sig")
    taken, _labels, row = csv.reader(io.StringIO(text))
    assert town.broker.name in taken[0]
    assert "2026年3月10日 10:00" in taken[0]
    assert row[2:4] == ["'=1+1", MASKED]
    book = load_workbook(io.BytesIO(client.download("registrations.download", kind="xlsx").get_data()))
    cell = book.active["C3"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)
    client.send("GET", "/registrations.exe", status=404)


def test_without_an_agreement_there_is_nothing_to_register_for(signed_in: SignedIn, store: Database) -> None:
    with store.transaction() as session:
        broker = make.broker(session)
    assert signed_in(broker).get("registrations.new").all(".empty")


def test_a_frozen_broker_is_told_until_when(
    signed_in: SignedIn, town: Town, store: Database, clock: MovableClock
) -> None:
    """The page says so before anything is typed; a form that was open already is refused."""
    client = signed_in(town.broker)
    form = client.get("registrations.new")
    with store.transaction() as session:
        session.add(Freeze(broker_id=town.broker.id, starts_at=clock(), ends_at=clock().replace(month=4)))
    assert "2026年4月10日 10:00" in form.submit({"phone": PHONE, "name": "王小明"}).main
    banner = client.get("registrations.new")
    assert "2026年4月10日 10:00" in banner.one(".banner").get_text()
    assert not banner.all("main form[method=post]")


def test_an_agreement_that_ended_meanwhile_refuses_with_a_receipt_and_chooses_no_other_place(
    signed_in: SignedIn, town: Town, store: Database, clock: MovableClock
) -> None:
    with store.transaction() as session:
        other = make.development(session, name="金陵序")
        ended = make.agreement(session, development=other, agency=session.get_one(Agency, town.broker.agency_id))
    form = signed_in(town.broker).get("registrations.new")
    assert len(form.all("[name=development] option")) == 2
    with store.transaction() as session:
        end_agreement(session, Actor.of(town.reception), clock(), session.get_one(Agreement, ended.id))
    page = form.submit({"phone": PHONE, "name": "王小明", "development": other.id})
    assert "金陵序" in page.main
    with store.reading() as session:
        assert session.scalars(select(Registration.code)).all() == ["no_agreement"]
        assert session.scalars(select(Receipt.facts)).one()["rule"] == "no_agreement"


def test_a_place_that_nobody_offered_is_no_answer_and_none_takes_its_place(
    signed_in: SignedIn, town: Town, store: Database
) -> None:
    client = signed_in(town.broker)
    form = filled_in(client.get("registrations.new").one("form[data-resilient]"), {"phone": PHONE, "name": "王小明"})
    form["development"] = "999"
    page = client.send("POST", "/registrations/new", form, status=422)
    assert page.errors == ["请选择楼盘。"]
    assert [option["value"] for option in page.all("[name=development] option[selected]")] == [""]
    assert page.one("[name=phone]")["value"] == PHONE


def test_a_form_sent_in_the_background_lets_the_browser_go_on_by_itself(signed_in: SignedIn, town: Town) -> None:
    client = signed_in(town.broker)
    form = filled_in(client.get("registrations.new").one("form[data-resilient]"), {"phone": PHONE, "name": "王小明"})
    answer = client.http.post("/registrations/new", data=form, headers={"HX-Boosted": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/registrations/1")
    assert "Location" not in answer.headers
    form["phone"] = ""
    assert client.http.post("/registrations/new", data=form, headers={"HX-Boosted": "true"}).status_code == 422
