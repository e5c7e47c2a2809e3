"""A statement through the partner API: read, disputed, agreed to, billed; and how its payment goes."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from portal.db import Database
from portal.models import AuditEntry, Invoice
from tests.api.conftest import Partner, System, partner_in
from tests.api.test_reading import sold
from tests.clock import MovableClock

PDF = b"%PDF-1.7\n1 0 obj << >> endobj\n%%EOF\n"


@pytest.fixture
def statement(system: System, store: Database, partner: Partner, clock: MovableClock) -> dict[str, Any]:
    """The agency's statement of last month."""
    sold(store, partner, clock)
    (found,) = system.get("/statements").get_json()["items"]
    told: dict[str, Any] = found
    return told


def bill(statement: dict[str, Any], **given: object) -> dict[str, Any]:
    """The invoice of a statement, as it is sent."""
    day = statement["issued_at"][:10]
    payable = str(statement["payable"]["amount_fen"])
    return {"number": "A-1", "amount_fen": payable, "invoiced_on": day, "file": (PDF, "1.pdf"), **given}


def test_a_statement_is_agreed_to_once_no_line_is_disputed(system: System, statement: dict[str, Any]) -> None:
    number = statement["id"]
    (line, *_more) = system.get(f"/statements/{number}/lines").get_json()["items"]
    assert (line["dispute"], statement["accepted_at"]) == (None, None)
    opened = system.send(f"/lines/{line['id']}/dispute", {"words": "应按第二档", "files": (PDF, "合同.pdf")})
    told = opened.get_json()
    assert (opened.status_code, told["state"], told["files"], told["line"]) == (201, "open", 1, line["id"])
    assert system.post(f"/lines/{line['id']}/dispute", {"words": "再"}).get_json()["code"] == "line_disputed"
    assert system.get("/disputes?state=open").get_json()["items"] == [told]
    (full,) = system.get(f"/statements/{number}/lines?expand=deal,dispute").get_json()["items"]
    assert (full["dispute"], full["deal"]["id"], full["deal"]["state"]) == (told, line["deal"], "signed")
    refused = system.post(f"/statements/{number}/accept", None)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "statement_disputed")
    taken_back = system.post(f"/disputes/{told['id']}/withdraw", None).get_json()
    assert taken_back["state"] == "withdrawn"
    assert system.get(f"/disputes/{told['id']}").get_json() == taken_back
    agreed = system.post(f"/statements/{number}/accept", None).get_json()
    assert agreed["accepted_at"] is not None
    assert system.post(f"/statements/{number}/accept", None).get_json() == agreed
    assert system.get(f"/statements/{number}").get_json() == agreed


def test_an_invoice_is_sent_and_replaced(system: System, statement: dict[str, Any]) -> None:
    number = statement["id"]
    assert system.get(f"/statements/{number}/invoices").get_json() == {"standing": "missing", "items": []}
    first = system.send(f"/statements/{number}/invoice", bill(statement, amount_fen="100"))
    assert (first.status_code, first.get_json()["amount"]["amount_fen"]) == (201, 100)
    assert system.get(f"/statements/{number}/invoices").get_json()["standing"] == "unequal"
    second = system.send(f"/statements/{number}/invoice", bill(statement, number="A-2"))
    told = system.get(f"/statements/{number}/invoices").get_json()
    assert (told["standing"], [one["state"] for one in told["items"]]) == ("unchecked", ["current", "superseded"])
    assert told["items"][0] == second.get_json()
    (payout,) = system.get("/payouts").get_json()["items"]
    assert (payout["statement"], payout["state"], set(payout["reached"])) == (number, "requested", {"requested"})
    assert payout["held_by"]
    assert system.get(f"/payouts/{payout['id']}").get_json() == payout


@pytest.mark.parametrize(
    ("given", "status", "code", "pointer"),
    [
        ({"file": (b"no pdf", "1.pdf")}, 422, "invoice_kind", "/file"),
        ({"amount_fen": "-1"}, 422, "api_field_odd", "/amount_fen"),
        ({"invoiced_on": "2020-01-01"}, 422, "invoice_day", "/invoiced_on"),
        ({"number": "A 1"}, 422, "api_field_odd", "/number"),
    ],
)
def test_what_is_wrong_with_an_invoice_says_where(
    system: System, statement: dict[str, Any], given: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    answer = system.send(f"/statements/{statement['id']}/invoice", bill(statement, **given))
    told = answer.get_json()
    assert (answer.status_code, told["code"], [one["pointer"] for one in told["errors"]]) == (status, code, [pointer])


def test_an_invoice_needs_a_form(system: System, statement: dict[str, Any]) -> None:
    answer = system.post(f"/statements/{statement['id']}/invoice", {"number": "A-1"})
    assert (answer.status_code, answer.get_json()["code"]) == (415, "api_no_form")


def test_another_agencys_file_is_refused_and_written_down(
    system: System, system_of: Callable[..., System], statement: dict[str, Any], store: Database, clock: MovableClock
) -> None:
    system.send(f"/statements/{statement['id']}/invoice", bill(statement))
    with store.transaction() as session:
        rival = partner_in(session)
    sold(store, rival, clock)
    other = system_of(rival.agency)
    (theirs,) = other.get("/statements").get_json()["items"]
    answer = other.send(f"/statements/{theirs['id']}/invoice", bill(theirs, number="B-1"))
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invoice_file_known")
    assert "digest" not in answer.get_json()["facts"]
    with store.reading() as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.action == "invoice_copy_refused")).one()
        assert len(session.scalars(select(Invoice)).all()) == 1
    for path in (f"/statements/{statement['id']}/invoices", f"/statements/{statement['id']}/accept"):
        assert other.get(path).status_code in {404, 405}
