"""Second factors of people, as tests have them at hand."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import cbor2
import pyotp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn.helpers import bytes_to_base64url

from portal.access.actor import Actor
from portal.models import FactorReset, LostFactorNote, Person, Role
from portal.rules.second_factors.codes import step_of
from portal.services.account_safety import factor_resets
from portal.services.second_factors import factors

from . import person as person_row

PRESENT, VERIFIED, KEY_INCLUDED = 0x01, 0x04, 0x40


@dataclass(frozen=True, slots=True)
class App:
    """An app on a phone that shows codes."""

    secret: str

    def shows(self, now: datetime, *, steps: int = 0) -> str:
        """The digits at an instant, or so many half minutes after it."""
        return pyotp.TOTP(self.secret).generate_otp(step_of(now) + steps)


def app_with_codes(session: Session, person: Person, now: datetime, *, name: str = "手机") -> App:
    """Give a person an app; the code of two half minutes before `now` added it, so that those of now are not used."""
    app = App(factors.new_secret())
    row = factors.add_generator(
        session, Actor.of(person), now, person, secret=app.secret, digits=app.shows(now), name=name
    )
    row.last_step = step_of(now) - 2
    session.flush()
    return app


def factor_reset(session: Session, person: Person, now: datetime, *, by: Person | None = None) -> FactorReset:
    """A reset of a person who lost the app, which waits for a second person."""
    app_with_codes(session, person, now)
    proposer, _second = (by or person_row(session, Role.ADMINISTRATOR)), person_row(session, Role.ADMINISTRATOR)
    return factor_resets.propose(session, Actor.of(proposer), now, person, "当面核对过身份证")


def lost_factor_note(session: Session, person: Person, now: datetime) -> LostFactorNote:
    """That somebody said, half signed in, that every factor is lost."""
    factor_resets.ask(session, Actor.of(person), now, person)
    return session.scalars(select(LostFactorNote).where(LostFactorNote.person_id == person.id)).one()


@dataclass
class Device:
    """One passkey on one device, which makes it and signs with it.

    Its browser stands at `origin`, and whoever holds it was `verified` by it.
    """

    origin: str
    rp_id: str
    verified: bool = True
    count: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def makes(self, options: dict[str, Any]) -> str:
        """The answer to what was asked to make a passkey."""
        kept = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id + self._public_key()
        told = {"fmt": "none", "attStmt": {}, "authData": self._facts(KEY_INCLUDED) + kept}
        return self._answer(self._said("webauthn.create", options), attestationObject=cbor2.dumps(told))

    def signs(self, options: dict[str, Any]) -> str:
        """The answer to what was asked to prove it; the device counts."""
        self.count += 1
        facts, said = self._facts(), self._said("webauthn.get", options)
        signature = self.key.sign(facts + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._answer(said, authenticatorData=facts, signature=signature)

    def _said(self, kind: str, options: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin}).encode()

    def _facts(self, more: int = 0) -> bytes:
        flags = PRESENT | more | (VERIFIED if self.verified else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _public_key(self) -> bytes:
        point = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)})

    def _answer(self, said: bytes, **parts: bytes) -> str:
        response = {name: bytes_to_base64url(part) for name, part in ({"clientDataJSON": said} | parts).items()}
        name = bytes_to_base64url(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
