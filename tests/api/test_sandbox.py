"""What a test key does: the same operations in a world of its own, of which nothing is real."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portal.config import Config
from portal.db import Database
from portal.models import (
    Deal,
    Event,
    FaceTemplate,
    Invoice,
    LedgerTransfer,
    Payout,
    Person,
    PostedLine,
    Receipt,
    Registration,
    Showing,
    Statement,
    TextKind,
    TextMessage,
    WebhookDelivery,
)
from portal.rules.partner_api.identifiers import Prefix, identifier
from portal.rules.partner_api.keys import Mode
from portal.services.sandbox import opening, world
from tests.api.conftest import Partner, System, partner_in
from tests.api.test_money import bill
from tests.clock import MovableClock
from tests.factories.notices import endpoint

GARDEN, LAKE = identifier(Prefix.DEVELOPMENT, 1), identifier(Prefix.DEVELOPMENT, 2)


def client(phone: str, development: str = GARDEN, **given: str) -> dict[str, str]:
    return {"development": development, "phone": phone, "name": "周先生", **given}


def test_each_outcome_has_its_number(sandbox: System) -> None:
    found = {}
    for outcome, number in world.NUMBERS.items():
        answer = sandbox.post("/registrations", client(number))
        found[outcome] = answer.get_json()["code"] if answer.status_code == 201 else "already_yours"
    assert {outcome.split()[0]: code for outcome, code in found.items()} == {
        "protected_by_other": "protected_by_other",
        "walked_in_first": "walked_in_first",
        "already_yours": "already_yours",
        "self_dealing": "self_dealing",
    }


def test_what_hangs_on_no_client_has_a_broker_and_a_development(sandbox: System) -> None:
    brokers = {one["name"]: one for one in sandbox.get("/brokers").get_json()["items"]}
    assert sandbox.post("/registrations", client("13811112222")).get_json()["outcome"] == "accepted"
    frozen = brokers["沙箱冻结经纪人"]
    assert frozen["frozen_until"] is not None
    told = sandbox.post("/registrations", client("13811113333", broker=frozen["id"])).get_json()
    assert told["code"] == "account_frozen"
    known = [one["id"] for one in sandbox.get("/developments").get_json()["items"]]
    assert known == [GARDEN]


def test_nothing_of_it_is_real(sandbox: System, store: Database) -> None:
    told = sandbox.post("/registrations", client("13811112222")).get_json()
    with store.reading() as session:
        counts = [session.scalar(select(func.count()).select_from(of)) for of in (Registration, Receipt)]
        texts = set(session.scalars(select(TextMessage.kind)))
        told_of = set(session.scalars(select(Event.kind)))
    assert (counts, told_of, texts) == ([0, 0], {"api_key_made"}, {TextKind.NOTICE})  # of the key itself
    real = sandbox.app.test_client()
    path = told["receipt"]["proof_url"].partition("/v/")[2]
    assert real.get(f"/v/{path}").status_code == 404
    assert told["receipt"]["public_key"] != real.get("/.well-known/receipt-key").get_json()["public_key"]


def test_a_real_key_does_not_see_it(sandbox: System, system: System, partner: Partner) -> None:
    sandbox.post("/registrations", client("13811112222"))
    assert system.get("/registrations").get_json()["items"] == []
    assert [one["id"] for one in system.get("/developments").get_json()["items"]] == [partner.development_id]


def test_agencies_do_not_meet(sandbox: System, system_of: Callable[..., System], store: Database) -> None:
    with store.transaction() as session:
        other = partner_in(session)
    rival = system_of(other.agency, mode=Mode.TEST)
    assert sandbox.post("/registrations", client("13811112222")).get_json()["outcome"] == "accepted"
    assert rival.post("/registrations", client("13811112222")).get_json()["outcome"] == "accepted"


def test_every_day_it_is_new(sandbox: System, clock: MovableClock, config: Config) -> None:
    sandbox.post("/registrations", client("13811112222"))
    clock.move(days=1)
    phones = [one["client"]["phone"] for one in sandbox.get("/registrations?limit=100").get_json()["items"]]
    assert "138****2222" not in phones
    assert _days(config.data_dir) == 1


def test_it_is_prepared_ahead_and_former_versions_go(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(opening, "migrate", lambda url, **_keys: made.append(Path(url.partition("///")[2]).touch()))
    sandboxes = opening.Sandboxes(config.data_dir, config.vault(), config.signer())
    sandboxes.empty_file().with_name("empty-former.db").touch()
    for _time in range(2):
        sandboxes.prepare()
    assert len(made) == 1
    assert list((config.data_dir / opening.FOLDER).glob("*.db")) == [sandboxes.empty_file()]


def test_money_faces_and_photos_stay_in_it(sandbox: System, store: Database) -> None:
    (statement,) = sandbox.get("/statements").get_json()["items"]
    assert sandbox.post(f"/statements/{statement['id']}/accept", None).status_code == 200
    assert sandbox.send(f"/statements/{statement['id']}/invoice", bill(statement)).status_code == 201
    assert sandbox.get("/payouts").get_json()["items"]
    tables = (Deal, Statement, PostedLine, LedgerTransfer, Payout, Invoice, Showing, FaceTemplate, TextMessage)
    with store.reading() as session:
        kept = {of.__tablename__: session.scalar(select(func.count()).select_from(of)) for of in tables}
    assert kept == dict.fromkeys(kept, 0) | {"text_messages": 1}, "the notice of the key itself"


def test_the_same_request_again(sandbox: System) -> None:
    first = sandbox.post("/registrations", client("13811112222"), again="7c0")
    again = sandbox.post("/registrations", client("13811112222"), again="7c0")
    assert again.data == first.data


def _days(folder: Path) -> int:
    return len(list((folder / opening.FOLDER).glob("20*.db")))


def test_a_test_endpoint_hears_of_the_sandbox_and_a_live_one_does_not(
    sandbox: System, store: Database, partner: Partner
) -> None:
    with store.transaction() as session:
        own = session.get_one(Person, partner.principal.id)
        test, _ = endpoint(session, of=own, mode=Mode.TEST, name="a", types=("registration_accepted",))
        endpoint(session, of=own, name="b", types=("registration_accepted",))
    for phone in ("13811112222", "13811112223"):
        sandbox.post("/registrations", client(phone)).close()
    sandbox.get("/events").close()
    with store.reading() as session:
        found = session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.sequence)).all()
    assert [one.endpoint_id for one in found] == [test.id, test.id]
    assert len({one.message for one in found}) == 2
