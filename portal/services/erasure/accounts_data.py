"""What is stored of the owner of a closed account, and goes on request."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import String, case, cast, func, literal, or_, select

from ...models import (
    AccountProposal,
    AccountTie,
    AppMessage,
    AuditEntry,
    BankChange,
    CodeGenerator,
    FaceEnrolment,
    FaceTemplate,
    FormerName,
    Invitation,
    NoticeSettings,
    Passkey,
    PasswordLink,
    Person,
    RecoveryCode,
    Referrer,
    TextMessage,
    VanityCode,
    WebSession,
)
from ...session import Session
from .. import audit, contacts
from .clients_data import EMPTY, invitations, texts
from .holds import OfPerson
from .parts import Part, What

_NOBODY = "erased:"


def parts(session: Session, now: datetime, person: Person, held: OfPerson) -> list[Part]:
    """What goes of an account's owner now. The own face goes beside it, with its own proof."""
    mine = person.id
    refers = select(Referrer.id).where(Referrer.person_id == mine)
    return [
        Part(
            What.SIGN_INS,
            WebSession,
            (WebSession.person_id == mine, WebSession.address != ""),
            {"address": "", "device": ""},
        ),
        Part(What.SIGN_INS, PasswordLink, (PasswordLink.person_id == mine,), None),
        Part(
            What.SIGN_INS,
            AuditEntry,
            (AuditEntry.actor_id == mine, audit.old_addresses(session, now)),  # the younger go by their age
            {"address": None},
        ),
        *(
            Part(What.FACTORS, model, (model.person_id == mine,), None)
            for model in (CodeGenerator, Passkey, RecoveryCode, AccountTie)
        ),
        Part(What.ADDRESSES, NoticeSettings, (NoticeSettings.person_id == mine,), None),
        Part(
            What.ADDRESSES,
            Referrer,
            (Referrer.person_id == mine, or_(Referrer.home.is_not(None), Referrer.shown_name.is_not(None))),
            {"home": None, "shown_name": None},
        ),
        Part(What.ADDRESSES, VanityCode, (VanityCode.referrer_id.in_(refers),), None),
        Part(
            What.INVITATIONS,
            Invitation,
            (
                Invitation.referrer_id.in_(refers),
                or_(Invitation.name_sealed.is_not(None), Invitation.home.is_not(None)),
            ),
            {"name_sealed": None, "phone_sealed": None, "home": None},
        ),
        *texts(TextMessage.person_id == mine, now),
        Part(What.TEXTS, AppMessage, (AppMessage.person_id == mine,), None),
        Part(
            What.ACCOUNT,
            Person,
            (Person.id == mine, Person.password_sealed.is_not(None)),
            {"password_sealed": None, "password_set_at": None},
        ),
        *([] if held.phone else _phone(session, now, person)),
        *([] if held.name else _name(mine)),
    ]


def living_faces(session: Session, person_id: int) -> dict[What, int]:
    """How many templates are still stored of a person, and faces that wait."""
    templates = select(func.count()).where(FaceTemplate.person_id == person_id, FaceTemplate.erased_at.is_(None))
    waiting = select(func.count()).where(FaceEnrolment.person_id == person_id, FaceEnrolment.vector_sealed.is_not(None))
    return {What.TEMPLATES: (session.scalar(templates) or 0) + (session.scalar(waiting) or 0)}


def _phone(session: Session, now: datetime, person: Person) -> Iterator[Part]:
    """Where he is reached, and paid."""
    yield invitations(contacts.indexes_of(session, person), now)
    yield Part(
        What.BANK,
        Person,
        (Person.id == person.id, Person.bank_sealed.is_not(None)),
        {"bank_sealed": None, "bank_digest": None, "account_index": None},
    )
    yield Part(
        What.PHONE,
        Person,
        (Person.id == person.id, Person.erased_at.is_(None)),
        {"phone_sealed": EMPTY, "phone_index": contacts.erased_index(person), "erased_at": now},
    )


def _name(person_id: int) -> Iterator[Part]:
    """His name, those of before, and what others proposed about him: each row whole, as the database lets it go."""
    yield Part(What.NAMES, FormerName, (FormerName.person_id == person_id,), None)
    yield Part(What.NAMES, Person, (Person.id == person_id, Person.name != contacts.ERASED), {"name": contacts.ERASED})
    about = or_(AccountProposal.person_id == person_id, AccountProposal.opened_id == person_id)
    yield Part(
        What.PROPOSALS,
        AccountProposal,
        (about, AccountProposal.note != contacts.ERASED),
        {
            "name": _unless_none(AccountProposal.name, contacts.ERASED),
            "phone_sealed": _unless_none(AccountProposal.phone_sealed, EMPTY),
            "phone_index": _unless_none(AccountProposal.phone_index, _nobodys(AccountProposal)),
            "note": contacts.ERASED,
        },
    )
    yield Part(
        What.BANK,
        BankChange,
        (BankChange.person_id == person_id, func.length(BankChange.details_sealed) > 0),
        {
            "details_sealed": EMPTY,
            "digest": _nobodys(BankChange),
            "call_back": _unless_none(BankChange.call_back, contacts.ERASED),
        },
    )


def _nobodys(model: Any) -> Any:
    return literal(_NOBODY) + cast(model.id, String)


def _unless_none(column: Any, value: Any) -> Any:
    return case((column.is_(None), None), else_=value)
