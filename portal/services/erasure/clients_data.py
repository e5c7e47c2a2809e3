"""What is stored of a client, and goes on request: everywhere at once, but for what a contact or a deal holds."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, exists, func, literal, or_, select

from ...models import (
    CareDay,
    CareFile,
    CareGround,
    CareJudgement,
    CareNeeds,
    CareWords,
    Client,
    Consent,
    Deal,
    EmployeeCheck,
    FaceTemplate,
    Guardian,
    ImportRow,
    Invitation,
    Lead,
    LeadNote,
    LoanNote,
    NotBought,
    Photo,
    ProgrammeEmployee,
    Promise,
    Registration,
    RegistrationMask,
    RegistrationReminder,
    SearchTerm,
    Showing,
    TextKind,
    TextMessage,
    Touch,
)
from ...session import Session
from .. import contacts
from ..claims import masks
from ..programmes import employee_checks
from . import owners_data
from .holds import OfClient
from .parts import Part, What

EMPTY = b""
"""What is left of a sealed value."""


def parts(session: Session, now: datetime, client: Client, held: OfClient) -> list[Part]:
    """What goes of a client now. Faces and photos go beside it, each with its own proof."""
    mine = client.id
    return [
        *_search_words(mine, held),
        *_names(mine, held),
        *_masks(session, client, held),
        *_notes(mine),
        *owners_data.parts(mine),
        *_care(mine, held),
        *_marks(session, client),
        *texts(TextMessage.client_id == mine, now),
        Part(
            What.IMPORTED,
            ImportRow,
            (
                ImportRow.cells_sealed.is_not(None),
                ImportRow.deal_id.in_(select(Deal.id).where(Deal.client_id == mine)),
            ),
            {"cells_sealed": None},
        ),
        Part(
            What.REMINDERS,
            RegistrationReminder,
            (
                RegistrationReminder.cancelled_at.is_(None),
                RegistrationReminder.registration_id.in_(select(Registration.id).where(Registration.client_id == mine)),
            ),
            {"cancelled_at": now},
        ),
        Part(
            What.CONSENTS,
            Consent,
            (Consent.client_id == mine, Consent.withdrawn_at.is_(None)),
            {"withdrawn_at": now},
        ),
        *([] if held.holds else _phone(session, now, client)),
    ]


def living_faces(session: Session, client_id: int) -> dict[What, int]:
    """How many photos and templates are still stored of a client."""
    shown = select(Showing.id).join(Touch, Touch.id == Showing.touch_id).where(Touch.client_id == client_id)
    photos = select(func.count()).where(Photo.showing_id.in_(shown), Photo.erased_at.is_(None))
    templates = select(func.count()).where(FaceTemplate.client_id == client_id, FaceTemplate.erased_at.is_(None))
    return {What.PHOTOS: session.scalar(photos) or 0, What.TEMPLATES: session.scalar(templates) or 0}


def texts(whose: ColumnElement[bool], now: datetime) -> Iterator[Part]:
    """What waits to be texted is given up, and the carrier's numbers go; the answer to the request goes out."""
    others = (whose, TextMessage.kind != TextKind.ERASURE)
    yield Part(
        What.TEXTS,
        TextMessage,
        (*others, TextMessage.params_sealed.is_not(None)),
        {"params_sealed": None, "number_sealed": None, "given_up_at": now, "next_try_at": None, "failure": "erased"},
    )
    yield Part(What.TEXTS, TextMessage, (*others, TextMessage.provider_id.is_not(None)), {"provider_id": None})


def invitations(indexes: Collection[str], now: datetime) -> Part:
    """Invitations to a number; one that is open is good no longer."""
    return Part(
        What.INVITATIONS,
        Invitation,
        (Invitation.phone_index.in_(indexes),),
        {
            "name_sealed": None,
            "phone_sealed": None,
            "phone_index": literal("erased:") + cast(Invitation.id, String),
            "home": None,
            "until": now,
        },
    )


def _names(client_id: int, held: OfClient) -> Iterator[Part]:
    touches, deals = list(held.touches), list(held.deals)
    for model, kept in (
        (Registration, Registration.touch_id.in_(touches)),
        (Touch, Touch.id.in_(touches)),
        (Lead, Lead.touch_id.in_(touches)),
        (Deal, Deal.id.in_(deals)),
    ):
        row: Any = model
        free = or_(kept.is_(None), ~kept)
        yield Part(
            What.NAMES,
            row,
            (row.client_id == client_id, func.length(row.name_sealed) > 0, free),
            {"name_sealed": EMPTY},
        )


def _search_words(client_id: int, held: OfClient) -> Iterator[Part]:
    """By which the rows were found; before their names, as those say which rows are over."""
    touches = list(held.touches)
    for column, model in (
        (SearchTerm.registration_id, Registration),
        (SearchTerm.touch_id, Touch),
        (SearchTerm.lead_id, Lead),
    ):
        row: Any = model
        kept = row.id.in_(touches) if model is Touch else row.touch_id.in_(touches)
        over = select(row.id).where(row.client_id == client_id, or_(kept.is_(None), ~kept))
        yield Part(What.SEARCH_WORDS, SearchTerm, (column.in_(over),), None)


def _masks(session: Session, client: Client, held: OfClient) -> Iterator[Part]:
    """The parts of a number by which the client was registered: with the number, and those that nobody completed and
    that fit it, once they have ended. What is left of these, a surname, means nobody any more."""
    over = [row.id for row in masks.of_client(session, client) if row.touch is None or row.touch.retired_at is not None]
    known = select(Registration.id).where(
        Registration.client_id == client.id,
        or_(Registration.touch_id.is_(None), Registration.touch_id.not_in(list(held.touches))),
    )
    for those in (RegistrationMask.registration_id.in_(known), RegistrationMask.registration_id.in_(over)):
        yield Part(
            What.NAMES, RegistrationMask, (those, func.length(RegistrationMask.mask_sealed) > 0), {"mask_sealed": EMPTY}
        )
    yield Part(What.SEARCH_WORDS, SearchTerm, (SearchTerm.registration_id.in_(over),), None)


def _notes(client_id: int) -> Iterator[Part]:
    leads = select(Lead.id).where(Lead.client_id == client_id)
    for name in ("text_sealed", "step_sealed"):
        column = getattr(LeadNote, name)
        yield Part(What.NOTES, LeadNote, (LeadNote.lead_id.in_(leads), func.length(column) > 0), {name: EMPTY})
    bought = select(Deal.id).where(Deal.client_id == client_id)
    for model, whose in ((LoanNote, LoanNote.deal_id.in_(bought)), (Promise, Promise.client_id == client_id)):
        row: Any = model
        yield Part(What.NOTES, row, (whose, func.length(row.text_sealed) > 0), {"text_sealed": EMPTY})
    given = select(Consent.id).where(Consent.client_id == client_id)
    yield Part(
        What.GUARDIANS,
        Guardian,
        (Guardian.consent_id.in_(given), func.length(Guardian.name_sealed) > 0),
        {"name_sealed": EMPTY},
    )


def _care(client_id: int, held: OfClient) -> Iterator[Part]:
    """What carers wrote; and the name in the files, unless something holds it."""
    files = select(CareFile.id).where(CareFile.client_id == client_id)
    yield Part(What.NOTES, CareWords, (CareWords.file_id.in_(files),), None)
    judged = select(CareJudgement.id).where(CareJudgement.file_id.in_(files))
    for model, whose, name in (
        (CareNeeds, CareNeeds.file_id.in_(files), "needs_sealed"),
        (CareDay, CareDay.file_id.in_(files), "day_sealed"),
        (CareGround, CareGround.judgement_id.in_(judged), "words_sealed"),
    ):
        yield Part(What.NOTES, model, (whose, func.length(getattr(model, name)) > 0), {name: EMPTY})
    noted = (NotBought.file_id.in_(files), NotBought.note_sealed.is_not(None))
    yield Part(What.NOTES, NotBought, noted, {"note_sealed": None})
    if not held.holds:
        yield Part(What.SEARCH_WORDS, SearchTerm, (SearchTerm.care_file_id.in_(files),), None)
        named = (CareFile.client_id == client_id, func.length(CareFile.name_sealed) > 0)
        yield Part(What.NAMES, CareFile, named, {"name_sealed": EMPTY})


def _marks(session: Session, client: Client) -> Iterator[Part]:
    """By which it was known whose network a lead came from, and that somebody stands on a company's list."""
    yield Part(What.MARKS, Lead, (Lead.client_id == client.id, Lead.network_mark != ""), {"network_mark": ""})
    if not contacts.is_erased(client):
        phone = contacts.open_phone(session, client)
        programmes = session.scalars(select(Lead.referrer_id).where(Lead.client_id == client.id).distinct()).all()
        listed = [mark for one in programmes for mark in employee_checks.phone_marks(session, one, phone)]
        yield Part(What.MARKS, ProgrammeEmployee, (ProgrammeEmployee.mark.in_(listed),), None)
    of_check = exists().where(EmployeeCheck.client_id == client.id, EmployeeCheck.mark == ProgrammeEmployee.mark)
    yield Part(What.MARKS, ProgrammeEmployee, (of_check,), None)
    nobody = literal("erased:") + cast(EmployeeCheck.id, String)
    yield Part(
        What.MARKS,
        EmployeeCheck,
        (EmployeeCheck.client_id == client.id, EmployeeCheck.mark.is_not(None), EmployeeCheck.mark != nobody),
        {"mark": nobody},
    )
    yield Part(
        What.MARKS,
        EmployeeCheck,
        (EmployeeCheck.client_id == client.id, EmployeeCheck.reason != contacts.ERASED),
        {"reason": contacts.ERASED},
    )


def _phone(session: Session, now: datetime, client: Client) -> Iterator[Part]:
    yield invitations(contacts.indexes_of(session, client), now)
    yield Part(
        What.PHONE,
        Client,
        (Client.id == client.id, Client.erased_at.is_(None)),
        {"phone_sealed": EMPTY, "phone_index": contacts.erased_index(client), "erased_at": now},
    )
