"""A person's own second factors: added, renamed, removed; and the ten recovery codes."""

import secrets
from datetime import datetime
from typing import TypeVar

import pyotp
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...crypto import SealBroken, Vault
from ...models import CodeGenerator, Passkey, Person, RecoveryCode
from ...rules.second_factors.codes import RECOVERY_CODES, RECOVERY_LENGTH, RECOVERY_LETTERS, as_shown, digits_of
from ...session import Session
from .. import audit
from ..contacts import index_vault_of, vault_of
from ..events.telling import Concerned, tell
from . import passkeys
from .proving import code_digest, secret_context, step_shown

Factor = CodeGenerator | Passkey
Kept = TypeVar("Kept", CodeGenerator, Passkey)

MOST = 10
"""Of each kind a person may have so many."""

_MOST_LETTERS = 40


# A secret on its way into an app


def new_secret() -> str:
    """A fresh secret for an app that shows codes."""
    return pyotp.random_base32()


def sealed_for(session: Session, person: Person, secret: str) -> str:
    """The secret as it travels in the page that shows it, for this person alone."""
    return vault_of(session).seal_text(secret, f"code_generator.new:{person.id}").hex()


def unsealed(session: Session, person: Person, sealed: str) -> str | None:
    """The secret of a page, or None where it is another's or was changed."""
    try:
        return vault_of(session).open_text(bytes.fromhex(sealed), f"code_generator.new:{person.id}")
    except (SealBroken, ValueError):
        return None


def address_of(secret: str, person: Person, issuer: str) -> str:
    """What the QR code says to the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=person.name, issuer_name=issuer)


def secret_digest_under(vault: Vault, secret: str) -> str:
    """By what a secret is known that somebody has in an app already, under the index key of a vault."""
    return vault.keyed_digest(secret, "code generator")


# Adding


def add_generator(
    session: Session, actor: Actor, now: datetime, person: Person, *, secret: str, digits: str, name: str
) -> CodeGenerator:
    """Keep an app that shows codes; its first code proves that it has the secret. Raises Refusal: factor_code_wrong,
    factor_there, factor_name, too_many_factors."""
    _check_room(session, person, CodeGenerator)
    typed = digits_of(digits)
    step = step_shown(secret, now, typed) if typed else None
    if step is None:
        raise Refusal("factor_code_wrong", field="code")
    row = CodeGenerator(
        person_id=person.id,
        name=_name(name),
        secret_sealed=vault_of(session).seal_text(secret, secret_context(person.id)),
        secret_digest=secret_digest_under(index_vault_of(session), secret),
        last_step=step,
        added_at=now,
    )
    return _kept(session, actor, now, person, row, "code")


def add_passkey(
    session: Session,
    actor: Actor,
    now: datetime,
    person: Person,
    *,
    asked: tuple[str, passkeys.Site],
    answer: str,
    name: str,
) -> Passkey:
    """Keep a passkey that a device has made for what this sign-in was `asked` (holder, site). Raises Refusal:
    passkey_odd, factor_there, factor_name, too_many_factors."""
    _check_room(session, person, Passkey)
    row = passkeys.made(session, now, person, *asked, answer)
    row.name = _name(name)
    return _kept(session, actor, now, person, row, "passkey")


def _kept(session: Session, actor: Actor, now: datetime, person: Person, row: Kept, way: str) -> Kept:
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:  # the same secret, or the same key, was kept before
        raise Refusal("factor_there") from error
    audit.record(session, actor, now, "factor_added", row, way=way)
    tell(session, actor, now, "factor_added", person, Concerned(person.id))
    return row


def _check_room(session: Session, person: Person, model: type[Factor]) -> None:
    _hold(session, person)
    mine = select(func.count(model.id)).where(model.person_id == person.id, model.removed_at.is_(None))
    if (session.scalar(mine) or 0) >= MOST:
        raise Refusal("too_many_factors", most=MOST)


def _hold(session: Session, person: Person) -> None:
    """Of two who change one person's factors, one after another."""
    session.scalar(select(Person.id).where(Person.id == person.id).with_for_update(of=Person))


def _name(name: str) -> str:
    bare = " ".join(name.split())
    if not bare.isprintable() or not 1 <= len(bare) <= _MOST_LETTERS:
        raise Refusal("factor_name", most=_MOST_LETTERS, field="name")
    return bare


# Keeping and removing


def all_of(session: Session, person_id: int) -> list[Factor]:
    """A person's second factors: passkeys, then apps."""
    of = CodeGenerator
    apps = session.scalars(select(of).where(of.person_id == person_id, of.removed_at.is_(None)).order_by(of.id))
    return [*passkeys.in_use(session, person_id), *apps]


def own(session: Session, person_id: int, kind: str, key: int) -> Factor | None:
    """One of a person's factors by what its address says, or None."""
    found = session.get(Passkey, key) if kind == "passkey" else session.get(CodeGenerator, key)
    return found if found is not None and found.person_id == person_id and found.removed_at is None else None


def rename(session: Session, actor: Actor, now: datetime, factor: Factor, name: str) -> None:
    """Call a factor something else. Raises Refusal `factor_name`."""
    factor.name = _name(name)
    audit.record(session, actor, now, "factor_renamed", factor)


def remove(session: Session, actor: Actor, now: datetime, person: Person, factor: Factor, *, required: bool) -> None:
    """Take a factor away; the last one ends the recovery codes too. Raises Refusal `last_factor` where one is
    `required`."""
    _hold(session, person)
    others = [one for one in all_of(session, person.id) if one is not factor]
    if required and not others:
        raise Refusal("last_factor")
    factor.removed_at = now
    if not others:
        end_recovery_codes(session, now, person.id)
    audit.record(session, actor, now, "factor_removed", factor)
    tell(session, actor, now, "factor_removed", person, Concerned(person.id))


def reset(session: Session, actor: Actor, now: datetime, person: Person) -> int:
    """Take every factor and recovery code away, by who has the server; how many factors those were.

    Who calls this has made sure who asks: from here on the password alone opens the account.
    """
    count = take_all(session, actor, now, person)
    tell(session, actor, now, "factors_reset", person, Concerned(person.id))
    return count


def take_all(session: Session, actor: Actor, now: datetime, person: Person, **facts: int) -> int:
    """Take every factor and recovery code away, and say so in the audit log alone; how many factors those were."""
    _hold(session, person)
    factors = all_of(session, person.id)
    for one in factors:
        one.removed_at = now
    end_recovery_codes(session, now, person.id)
    audit.record(session, actor, now, "factors_reset", person, count=len(factors), **facts)
    return len(factors)


# Recovery codes


def issue_recovery_codes(session: Session, actor: Actor, now: datetime, person: Person) -> list[str]:
    """Ten new codes, as they are shown this once; those of before are good no longer."""
    end_recovery_codes(session, now, person.id)
    codes = ["".join(secrets.choice(RECOVERY_LETTERS) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    for one in codes:
        session.add(RecoveryCode(person_id=person.id, digest=code_digest(session, person.id, one), issued_at=now))
    audit.record(session, actor, now, "recovery_codes_made", person)
    return [as_shown(one) for one in codes]


def end_recovery_codes(session: Session, now: datetime, person_id: int) -> None:
    """Whatever codes there were are good no longer."""
    of = RecoveryCode
    usable = update(of).where(of.person_id == person_id, of.used_at.is_(None), of.ended_at.is_(None))
    session.execute(usable.values(ended_at=now).execution_options(synchronize_session=False))


def recovery_codes_left(session: Session, person_id: int) -> int:
    """How many recovery codes are still good."""
    of = RecoveryCode
    usable = select(func.count(of.id)).where(of.person_id == person_id, of.used_at.is_(None), of.ended_at.is_(None))
    return session.scalar(usable) or 0
