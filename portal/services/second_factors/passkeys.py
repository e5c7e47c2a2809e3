"""Passkeys (WebAuthn): what a device is asked, and whether it answered that, here, once."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import webauthn
from sqlalchemy import delete, select, update
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, generate_challenge, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from commissions.refusal import Refusal

from ...models import ChallengePurpose, Passkey, PasskeyChallenge, Person
from ...session import Session

_LASTS = timedelta(minutes=5)
_KEPT = timedelta(days=1)
_MOST_LETTERS = 20_000
"""Of what a browser sends: an answer has some two thousand."""
_ODD = (WebAuthnException, ValueError, LookupError, TypeError, RecursionError)
"""What reading a made-up answer ends in."""


@dataclass(frozen=True, slots=True)
class Site:
    """For whom passkeys are made: the host (`rp_id`), the address in the browser's line, and our name."""

    rp_id: str
    origin: str
    name: str


def in_use(session: Session, person_id: int) -> list[Passkey]:
    """A person's passkeys, the oldest first."""
    mine = select(Passkey).where(Passkey.person_id == person_id, Passkey.removed_at.is_(None))
    return list(session.scalars(mine.order_by(Passkey.id)))


def ask_to_add(session: Session, now: datetime, person: Person, holder: str, site: Site) -> dict[str, Any]:
    """What a browser needs to make a passkey: no second one on a device that has one."""
    options = webauthn.generate_registration_options(
        rp_id=site.rp_id,
        rp_name=site.name,
        user_id=str(person.id).encode(),
        user_name=person.name,
        challenge=_challenge(session, now, holder, ChallengePurpose.ADD),
        exclude_credentials=_descriptors(session, person),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return dict(options_to_json_dict(options))


def ask_to_prove(session: Session, now: datetime, person: Person, holder: str, site: Site) -> dict[str, Any]:
    """What a browser needs to let one of the person's passkeys sign."""
    options = webauthn.generate_authentication_options(
        rp_id=site.rp_id,
        challenge=_challenge(session, now, holder, ChallengePurpose.PROVE),
        allow_credentials=_descriptors(session, person),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(options_to_json_dict(options))


def made(session: Session, now: datetime, person: Person, holder: str, site: Site, answer: str) -> Passkey:
    """The passkey that a device has made, not yet kept. Raises Refusal `passkey_odd`."""
    told = _read(answer)
    challenge = _spend(session, now, holder, ChallengePurpose.ADD, told)
    try:
        verified = webauthn.verify_registration_response(
            credential=told,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _ODD as error:
        raise Refusal("passkey_odd") from error
    return Passkey(
        person_id=person.id,
        credential_id=bytes_to_base64url(verified.credential_id),
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        added_at=now,
    )


def signs(session: Session, now: datetime, person: Person, holder: str, site: Site, answer: str) -> bool:
    """Whether one of the person's passkeys signed what this sign-in was asked, for this site.

    A device that counts and counted no further was copied: its passkey is taken no more.
    """
    try:
        told = _read(answer)
        challenge = _spend(session, now, holder, ChallengePurpose.PROVE, told)
    except Refusal:
        return False
    key = session.scalar(
        select(Passkey).where(
            Passkey.person_id == person.id, Passkey.credential_id == _key_named(told), Passkey.removed_at.is_(None)
        )
    )
    if key is None:
        return False
    try:
        verified = webauthn.verify_authentication_response(
            credential=told,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except _ODD:
        return False
    used = update(Passkey).where(Passkey.id == key.id, Passkey.sign_count == key.sign_count)
    counted = used.values(sign_count=verified.new_sign_count, used_at=now).returning(Passkey.id)
    return session.scalar(counted) is not None


def _key_named(told: dict[str, Any]) -> str:
    """Which passkey signed, written as it is kept; an empty word where the answer names none."""
    try:
        return bytes_to_base64url(base64url_to_bytes(told["id"]))
    except _ODD:
        return ""


def _challenge(session: Session, now: datetime, holder: str, purpose: ChallengePurpose) -> bytes:
    challenge = generate_challenge()
    session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.asked_at < now - _KEPT))
    row = PasskeyChallenge(
        holder=holder, purpose=purpose, challenge=challenge, asked_at=now, until=now + _LASTS, used_at=None
    )
    session.add(row)
    return challenge


def _spend(session: Session, now: datetime, holder: str, purpose: ChallengePurpose, told: dict[str, Any]) -> bytes:
    """The challenge that was answered, which nobody can answer again. Raises Refusal `passkey_odd`."""
    of = PasskeyChallenge
    try:
        said = json.loads(base64url_to_bytes(told["response"]["clientDataJSON"]))
        answered = base64url_to_bytes(said["challenge"])
    except _ODD as error:
        raise Refusal("passkey_odd") from error
    asked = update(of).where(of.holder == holder, of.purpose == purpose, of.challenge == answered)
    open_ones = asked.where(of.used_at.is_(None), of.until > now).values(used_at=now).returning(of.challenge)
    challenge = session.scalar(open_ones.execution_options(synchronize_session=False))
    if challenge is None:
        raise Refusal("passkey_odd")
    return challenge


def _read(answer: str) -> dict[str, Any]:
    """What the browser sent. Raises Refusal `passkey_odd`."""
    try:
        told = json.loads(answer) if len(answer) <= _MOST_LETTERS else None
    except (ValueError, RecursionError) as error:
        raise Refusal("passkey_odd") from error
    if not isinstance(told, dict):
        raise Refusal("passkey_odd")
    return told


def _descriptors(session: Session, person: Person) -> list[PublicKeyCredentialDescriptor]:
    keys = in_use(session, person.id)
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id)) for one in keys]
