"""A passkey's answer is taken once: for what this sign-in was asked, at our address, from whom the device verified."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session
from webauthn.helpers import bytes_to_base64url

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.models import Passkey, Person, Role
from portal.services.second_factors import factors, passkeys
from portal.services.second_factors.passkeys import Site
from portal.services.second_factors.proving import Given, Method, prove
from tests import factories as make
from tests.factories.second_factors import Device

HERE = Site("portal.example", "https://portal.example", "Portal")
HOLDER = "half:1"


@pytest.fixture
def person(session: Session) -> Person:
    return make.person(session, Role.CASHIER)


@pytest.fixture
def device(session: Session, person: Person, now: datetime) -> Device:
    """A device whose passkey the person has added."""
    device = Device(HERE.origin, HERE.rp_id)
    added(session, person, now, device)
    return device


def added(session: Session, person: Person, now: datetime, device: Device) -> Passkey:
    asked = passkeys.ask_to_add(session, now, person, "session:1", HERE)
    return factors.add_passkey(
        session, Actor.of(person), now, person, asked=("session:1", HERE), answer=device.makes(asked), name="iPhone"
    )


def answer(session: Session, person: Person, now: datetime, device: Device, holder: str = HOLDER) -> Given:
    return Given(passkey=device.signs(passkeys.ask_to_prove(session, now, person, holder, HERE)), site=HERE)


def test_an_answer_is_taken_once(session: Session, person: Person, device: Device, now: datetime) -> None:
    given = answer(session, person, now, device)
    assert prove(session, now, person, HOLDER, given) is Method.PASSKEY
    assert prove(session, now, person, HOLDER, given) is None, "replayed"
    assert prove(session, now, person, HOLDER, answer(session, person, now, device)) is Method.PASSKEY


def elsewhere(device: Device) -> None:
    device.origin = "https://portal.example.evil.example"


def another_port(device: Device) -> None:
    device.origin = "https://portal.example:8443"


def for_another_host(device: Device) -> None:
    device.rp_id = "evil.example"


def not_verified(device: Device) -> None:
    device.verified = False


def copied(device: Device) -> None:
    device.count -= 2


def another_key(device: Device) -> None:
    device.key = Device("", "").key


def unknown(device: Device) -> None:
    device.credential_id = b"nobody's"


@pytest.mark.parametrize(
    "change", [elsewhere, another_port, for_another_host, not_verified, copied, another_key, unknown]
)
def test_what_a_device_may_not_answer(
    session: Session, person: Person, device: Device, now: datetime, change: Callable[[Device], None]
) -> None:
    assert prove(session, now, person, HOLDER, answer(session, person, now, device)) is Method.PASSKEY
    change(device)
    assert prove(session, now, person, HOLDER, answer(session, person, now, device)) is None


def test_an_answer_is_for_its_sign_in_its_person_and_five_minutes(
    session: Session, person: Person, device: Device, now: datetime
) -> None:
    assert prove(session, now, person, "half:2", answer(session, person, now, device)) is None, "asked of another"
    other = make.person(session, Role.FINANCE)
    assert prove(session, now, other, HOLDER, answer(session, person, now, device)) is None, "another's passkey"
    late = now + timedelta(minutes=5)
    assert prove(session, late, person, HOLDER, answer(session, person, now, device)) is None, "too late"
    assert prove(session, now, person, HOLDER, replace(answer(session, person, now, device), site=None)) is None


def deep(sign: bytes) -> str:
    return bytes_to_base64url(sign * 9_000)


@pytest.mark.parametrize(
    "odd",
    [
        *("{}", "[]", "nonsense", "{" * 30_000, '{"response": {"clientDataJSON": 5}}'),
        json.dumps({"response": {"clientDataJSON": deep(b"[")}}),
    ],
)
def test_what_is_no_answer_proves_nothing(
    session: Session, person: Person, device: Device, now: datetime, odd: str
) -> None:
    assert prove(session, now, person, HOLDER, Given(passkey=odd, site=HERE)) is None


@pytest.mark.parametrize("name", ["\0", "\ud800", "é", 5, None, ["x"]])
def test_an_answer_that_names_no_passkey_proves_nothing(
    session: Session, person: Person, device: Device, now: datetime, name: object
) -> None:
    told = json.loads(answer(session, person, now, device).passkey) | {"id": name}
    assert prove(session, now, person, HOLDER, Given(passkey=json.dumps(told), site=HERE)) is None


def test_a_deep_attestation_is_no_passkey(session: Session, person: Person, now: datetime) -> None:
    asked = passkeys.ask_to_add(session, now, person, HOLDER, HERE)
    told = json.loads(Device(HERE.origin, HERE.rp_id).makes(asked))
    told["response"]["attestationObject"] = deep(b"\x81")
    with pytest.raises(Refusal, match="passkey_odd"):
        passkeys.made(session, now, person, HOLDER, HERE, json.dumps(told))


def test_a_passkey_that_counts_nothing_is_taken_each_time(
    session: Session, person: Person, device: Device, now: datetime
) -> None:
    for _ in range(2):
        device.count = -1  # as those do that a phone shares with its owner's other devices
        assert prove(session, now, person, HOLDER, answer(session, person, now, device)) is Method.PASSKEY


def test_a_removed_passkey_opens_nothing(session: Session, person: Person, device: Device, now: datetime) -> None:
    given = answer(session, person, now, device)
    (kept,) = passkeys.in_use(session, person.id)
    factors.remove(session, Actor.of(person), now, person, kept, required=False)
    assert prove(session, now, person, HOLDER, given) is None


@pytest.mark.parametrize("change", [elsewhere, for_another_host, not_verified])
def test_a_passkey_made_elsewhere_is_not_kept(
    session: Session, person: Person, now: datetime, change: Callable[[Device], None]
) -> None:
    device = Device(HERE.origin, HERE.rp_id)
    change(device)
    with pytest.raises(Refusal, match="passkey_odd"):
        added(session, person, now, device)


def test_one_passkey_is_kept_once(session: Session, person: Person, device: Device, now: datetime) -> None:
    with pytest.raises(Refusal, match="factor_there"):
        added(session, person, now, device)
