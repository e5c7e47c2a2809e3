"""A receipt is verified by anyone, here and without us; a changed one is not."""

import base64
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select, text

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Receipt
from portal.services.registrations.registrations import register_client
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient

PHONE = "13912345678"


def registered(store: Database, clock: MovableClock) -> Receipt:
    """A receipt of an accepted registration."""
    with store.transaction() as session:
        agreement = make.agreement(session)
        broker = make.broker(session, agency=agreement.agency)
        register_client(
            session, Actor.of(broker), clock(), development_id=agreement.development.id, phone=PHONE, name="王小明"
        )
        session.flush()
        return session.scalars(select(Receipt)).one()


def test_whoever_scans_it_sees_what_was_decided(client: PageClient, store: Database, clock: MovableClock) -> None:
    receipt = registered(store, clock)
    page = client.get("receipts.verify", key=receipt.key)
    assert page.all(".tone-success")
    told = receipt.facts["development"], receipt.facts["party_name"], receipt.facts["party_agency"]
    for fact in (*told, "139****5678", "王**", "2026年3月17日 10:00"):
        assert fact in page.main
    assert PHONE not in page.html
    assert "王小明" not in page.html


def test_anyone_can_verify_it_without_us(client: PageClient, store: Database, clock: MovableClock) -> None:
    receipt = registered(store, clock)
    proof = client.download("receipts.verify_json", key=receipt.key).get_json()
    published = client.download("receipts.public_key").get_json()
    assert published == {
        "algorithm": "Ed25519",
        "public_key": proof["public_key"],
        "key_id": proof["key_id"],
        "former": [],
    }
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(proof["public_key"]))
    key.verify(base64.b64decode(proof["signature"]), proof["signed"].encode())
    signed = json.loads(proof["signed"])
    assert signed["subject"] == {"kind": "registrations", "number": receipt.subject_id}
    assert (signed["at"], signed["facts"]) == ("2026-03-10T02:00:00.000000+00:00", receipt.facts)


def test_a_changed_receipt_is_not_genuine(client: PageClient, store: Database, clock: MovableClock) -> None:
    """As somebody with the database in hand could change it: the trigger gone, the signing key not there."""
    receipt = registered(store, clock)
    with store.transaction() as session:
        session.execute(text("DROP TRIGGER receipts_no_update"))
        session.execute(text("UPDATE receipts SET at = '2026-03-01 00:00:00.000000'"))
    page = client.get("receipts.verify", key=receipt.key)
    assert page.all(".tone-danger")
    assert not page.all(".tone-success")


def test_there_is_no_receipt_under_another_key(client: PageClient) -> None:
    client.get("/v/AAAAAAAAAAAAAAAAAAAAAA", status=404)
    client.send("GET", "/v/AAAAAAAAAAAAAAAAAAAAAA.json", status=404)
