"""Whether somebody has the second factor at hand: a passkey, six digits of the app, or a recovery code. Each once."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import pyotp
from sqlalchemy import select, update

from ...models import CodeGenerator, Passkey, Person, RecoveryCode
from ...rules.second_factors.codes import digits_of, recovery_code_of, steps_near
from ...session import Session
from ..contacts import vault_of
from . import passkeys


class Method(StrEnum):
    """By what somebody proved who he is."""

    PASSKEY = "passkey"
    CODE = "code"
    RECOVERY = "recovery"
    PASSWORD = "password"  # noqa: S105 - a word for it


@dataclass(frozen=True, slots=True)
class Given:
    """What was handed in: what was typed, or a passkey's answer with the site that it is for."""

    typed: str = ""
    passkey: str = ""
    site: passkeys.Site | None = None


def enrolled(session: Session, person_id: int) -> bool:
    """Whether the person has a second factor; recovery codes alone are none."""
    for model in (Passkey, CodeGenerator):
        mine = select(model.id).where(model.person_id == person_id, model.removed_at.is_(None))
        if session.scalar(mine.limit(1)) is not None:
            return True
    return False


def prove(session: Session, now: datetime, person: Person, holder: str, given: Given) -> Method | None:
    """By what the person proved it, or None. Whatever was taken is taken from then on by nobody."""
    if given.passkey:
        site = given.site
        signed = site is not None and passkeys.signs(session, now, person, holder, site, given.passkey)
        return Method.PASSKEY if signed else None
    digits = digits_of(given.typed)
    if digits is not None:
        return Method.CODE if _shows(session, now, person, digits) else None
    code = recovery_code_of(given.typed)
    return Method.RECOVERY if code and _spends(session, now, person, code) else None


def step_shown(secret: str, now: datetime, digits: str) -> int | None:
    """The half minute in which an app with this secret shows these digits, or None."""
    shown = pyotp.TOTP(secret)
    return next((step for step in steps_near(now) if hmac.compare_digest(shown.generate_otp(step), digits)), None)


def secret_context(person_id: int) -> str:
    """For whom the secret of a code generator is sealed."""
    return f"code_generator.secret:{person_id}"


def code_digest(session: Session, person_id: int, code: str) -> str:
    """How a recovery code is kept: bound to its person."""
    return _code_digests(session, person_id, code)[0]


def _code_digests(session: Session, person_id: int, code: str) -> list[str]:
    """Under every index key: recovery codes are kept for years, and rest nowhere."""
    return vault_of(session).keyed_digests(f"{person_id}\0{code}", "recovery code")


def _shows(session: Session, now: datetime, person: Person, digits: str) -> bool:
    """Digits of a half minute are taken once: whoever comes second with the same finds the step taken."""
    of = CodeGenerator
    for one in session.scalars(select(of).where(of.person_id == person.id, of.removed_at.is_(None)).order_by(of.id)):
        secret = vault_of(session).open_text(one.secret_sealed, secret_context(person.id))
        step = step_shown(secret, now, digits)
        if step is None:
            continue
        later = update(of).where(of.id == one.id, of.last_step < step).values(last_step=step, used_at=now)
        if session.scalar(later.returning(of.id).execution_options(synchronize_session=False)) is not None:
            return True
    return False


def _spends(session: Session, now: datetime, person: Person, code: str) -> bool:
    of = RecoveryCode
    mine = update(of).where(of.person_id == person.id, of.digest.in_(_code_digests(session, person.id, code)))
    usable = mine.where(of.used_at.is_(None), of.ended_at.is_(None)).values(used_at=now).returning(of.id)
    return session.scalar(usable.execution_options(synchronize_session=False)) is not None
