"""The Python client for agencies' systems: against the portal itself, by the document, and as a wheel."""

import base64
import hashlib
import hmac
import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import get_type_hints
from zipfile import ZipFile

import httpx
import pytest
from flask import Flask
from portal_partner import (
    ApiError,
    Client,
    Invalid,
    NotFound,
    SignatureInvalid,
    Unauthorized,
    Unavailable,
    models,
    verify,
)

from portal.api.openapi import document
from portal.crypto import Signer
from portal.rules.webhooks.signing import Message, public_key
from portal.rules.webhooks.signing import headers as signed_headers
from tests.api.conftest import Partner, System

ROOT = Path(__file__).parents[2] / "clients" / "python"
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
BODY = b'{"id":"evt_1","type":"registration_accepted","sequence":7}'


@pytest.fixture
def of_app(app: Flask) -> Iterator[Callable[[str], Client]]:
    """Makes a client that asks the application itself."""
    opened = []

    def made(key: str) -> Client:
        client = Client(key, "http://portal.test", language="en", transport=httpx.WSGITransport(app=app))
        opened.append(client)
        return client

    yield made
    for one in opened:
        one.close()


def test_a_first_day_in_the_sandbox(of_app: Callable[[str], Client], sandbox: System) -> None:
    """The worked example, as its reader runs it, and what comes after it."""
    client = of_app(sandbox.key)
    said = "\n".join(_example().run(client))
    assert "138****4321 is accepted" in said
    assert "13800000001 is refused" in said
    assert "the showing is verified" in said
    statement = next(client.statements())
    line = client.lines(statement["id"])[0]
    dispute = client.dispute(line["id"], "应按第二档")
    assert client.withdraw_dispute(dispute["id"])["state"] == "withdrawn"
    assert client.accept(statement["id"])["accepted_at"]
    bill = (statement["id"], "A-1", statement["payable"]["amount_fen"], statement["issued_at"][:10])
    assert client.send_invoice(*bill, b"%PDF-1.7\n%%EOF\n")["state"] == "current"
    assert client.appeal(next(client.strikes())["id"], "客户在场")["state"] == "open"
    refused = next(client.registrations(state="refused"))
    assert client.object(refused["id"], "我方先到")["state"] == "open"


def test_the_same_record_is_sent_once(of_app: Callable[[str], Client], system: System, partner: Partner) -> None:
    client = of_app(system.key)
    asked = (partner.development_id, partner.client()["phone"], "周先生")
    first = client.register(*asked, again="crm-1")
    assert client.register(*asked, again="crm-1") == first
    assert [one["id"] for one in client.registrations()] == [first["id"]]


def test_what_goes_wrong_is_raised(of_app: Callable[[str], Client], system: System, partner: Partner) -> None:
    client = of_app(system.key)
    with pytest.raises(Invalid) as caught:
        client.register(partner.development_id, "1", "周先生")
    assert (caught.value.code, caught.value.errors[0]["pointer"]) == ("invalid_phone", "/phone")
    assert caught.value.type.endswith("/problems/invalid_phone")
    with pytest.raises(NotFound):
        client.showing("shw_nobody1234")
    with pytest.raises(Unauthorized):
        next(of_app("pk_live_nonsense").deals())


# sent again


def _answering(*answers: httpx.Response | Exception) -> tuple[Client, list[httpx.Request], list[float]]:
    """A client whose portal answers so, one after another; what was asked, and how long was waited."""
    asked: list[httpx.Request] = []
    waited: list[float] = []
    left = iter(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        given = next(left)
        if isinstance(given, Exception):
            raise given
        return given

    client = Client("pk", "http://portal.test", transport=httpx.MockTransport(answer), sleep=waited.append)
    return client, asked, waited


def test_a_lost_answer_is_asked_for_again_under_the_same_key() -> None:
    busy = httpx.Response(429, json={"code": "api_too_often"}, headers={"Retry-After": "7"})
    running = httpx.Response(409, json={"code": "idempotency_key_running"})
    done = httpx.Response(201, json={"id": "reg"})
    client, asked, waited = _answering(httpx.ConnectError("away"), busy, running, done)
    assert client.register("dev", "138", "周")["id"] == "reg"
    assert len({one.headers["Idempotency-Key"] for one in asked}) == 1
    assert waited[1] == 7
    assert waited[0] < 1 < waited[2] * 2 <= 4


@pytest.mark.parametrize(("status", "code", "tries"), [(409, "already_objected", 1), (503, "api_away", 4)])
def test_what_waiting_does_not_cure(status: int, code: str, tries: int) -> None:
    client, asked, _waited = _answering(*[httpx.Response(status, json={"code": code})] * 4)
    with pytest.raises(ApiError) as caught:
        client.call_off("reg_1")
    assert (caught.value.code, len(asked), isinstance(caught.value, Unavailable)) == (code, tries, status == 503)


# webhooks


def _signed(secret: str, at: int, body: bytes = BODY) -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mark = base64.b64encode(hmac.new(key, f"evt_1.{at}.".encode() + body, hashlib.sha256).digest()).decode()
    return {"Webhook-Id": "evt_1", "Webhook-Timestamp": str(at), "Webhook-Signature": f"v1,{mark}"}


def test_a_true_call_is_told_from_a_forged_one() -> None:
    headers = _signed(SECRET, 1000)
    assert verify(SECRET, headers, BODY, now=1000)["sequence"] == 7
    former = {**headers, "Webhook-Signature": "v1,AAAA " + headers["Webhook-Signature"]}
    assert verify(SECRET, former, BODY, now=1300)["type"] == "registration_accepted"
    forged = [(headers, BODY + b" ", 1000), (headers, BODY, 1301), (headers, BODY, 699), ({}, BODY, 1000)]
    forged += [({**headers, "Webhook-Timestamp": "soon"}, BODY, 1000), ({**headers, "Webhook-Id": "evt_2"}, BODY, 1000)]
    for given, body, now in forged:
        with pytest.raises(SignatureInvalid):
            verify(SECRET, given, body, now=now)


def test_a_call_is_verified_by_the_public_key_alone() -> None:
    signer = Signer(b"7" * 32)
    headers = signed_headers(Message("evt_1", datetime.fromtimestamp(1000, UTC), BODY.decode()), [SECRET], signer.sign)
    public = public_key(signer.public_key)
    assert verify(public, headers, BODY, now=1000)["sequence"] == 7
    assert verify(SECRET, headers, BODY, now=1000)["sequence"] == 7
    forged = [
        ({**headers, "webhook-signature": _signed(SECRET, 1000)["Webhook-Signature"]}, BODY),
        (headers, BODY + b" "),
    ]
    forged.append(({**headers, "webhook-signature": "v1a,no v1a,AAAA"}, BODY))
    for given, body in forged:
        with pytest.raises(SignatureInvalid):
            verify(public, given, body, now=1000)


# by the document


def test_it_knows_every_operation_and_every_field(app: Flask) -> None:
    with app.app_context(), app.test_request_context():
        told = document("http://portal.test")
    schemas = told["components"]["schemas"]
    for name, model in _models():
        fields = schemas[_SCHEMAS.get(name, f"{name}Shown")]["properties"]
        assert set(get_type_hints(model)) == set(fields), name
    source = (ROOT / "portal_partner" / "client.py").read_text()
    parts = {path.strip("/").split("/")[-1].strip("{}") for path in told["paths"] if not path.endswith("}")}
    assert sorted(part for part in parts if part not in source) == []


_SCHEMAS = {"Masked": "ClientShown", "Rules": "RulesShown", "DevelopmentAgreement": "AgreementShown"}
_SCHEMAS |= {one: one for one in ("Money", "SandboxCodes", "BatchItem", "CodeSent")}


def _models() -> list[tuple[str, type]]:
    found = vars(models).items()
    return [(name, one) for name, one in found if isinstance(one, type) and hasattr(one, "__required_keys__")]


# as a package


def test_the_wheel_is_whole_and_typed(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("portal_partner-*.whl")
    with ZipFile(wheel) as file:
        names = set(file.namelist())
    assert {f"portal_partner/{one}" for one in ("__init__.py", "client.py", "py.typed", "webhooks.py")} <= names
    asked = "import portal_partner; print(portal_partner.__file__)"
    told = subprocess.run(
        [sys.executable, "-c", asked], env={"PYTHONPATH": str(wheel)}, cwd=tmp_path, check=True, capture_output=True
    )
    assert str(wheel) in told.stdout.decode()


def _example() -> ModuleType:
    path = ROOT / "examples" / "first_day.py"
    spec = importlib.util.spec_from_file_location("first_day", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
