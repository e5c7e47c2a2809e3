"""All that is stored about one person, for that person: to read, to take along, to have erased (rules 3.5, 9).

A person is found by the full phone alone. What is shown is what the tables hold in plain; templates and photos are
listed, never handed out, since a copy of them would be one more that nobody can erase.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import joinedload

from ...access.actor import Actor
from ...models import (
    AuditEntry,
    Base,
    Client,
    Consent,
    Deal,
    DealDiscount,
    EmployeeCheck,
    FaceEnrolment,
    FaceTemplate,
    Lead,
    LeadNote,
    Person,
    Photo,
    Referrer,
    Registration,
    Showing,
    Touch,
    Why,
)
from ...rules.privacy.consent import Purpose
from ...session import Session
from .. import audit, contacts
from ..accounts import people
from ..care_files import subject_data as care_data
from ..claims import masks
from ..events.telling import Concerned, tell
from ..faces import enrolments, erasure
from . import owners_data, purchase_data

READS = ("contact_revealed", "phone_revealed", "photo_seen", "personal_data_read", "personal_data_exported")
"""The deeds by which somebody saw what belongs to a person alone."""


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a phone belongs to: a client, an account, both, or nobody."""

    client: Client | None
    person: Person | None


@dataclass(frozen=True, slots=True)
class Data:
    """What is stored about one person, oldest first. `names` are the client's, as they were told to us.
    `notes`: what staff wrote down of the client's leads, each with its text and next step."""

    phone: str
    names: list[str]
    touches: list[Touch]
    registrations: list[Registration]
    """also those by parts of a number that nobody completed, and that fit this one"""
    leads: list[Lead]
    consents: list[Consent]
    showings: list[Showing]
    photos: list[Photo]
    templates: list[FaceTemplate]
    deals: list[Deal]
    discounts: list[DealDiscount]
    employee_checks: list[EmployeeCheck]
    reads: list[AuditEntry]
    enrolments: list[FaceEnrolment] = field(default_factory=list)
    referrers: list[Referrer] = field(default_factory=list)
    notes: list[tuple[LeadNote, str, str]] = field(default_factory=list)
    after_the_handover: list[dict[str, Any]] = field(default_factory=list)
    care: list[dict[str, Any]] = field(default_factory=list)
    purchase: list[dict[str, Any]] = field(default_factory=list)


def find(session: Session, phone: str) -> Found:
    """Whom this phone belongs to. Raises Refusal(invalid_phone)."""
    index = contacts.phone_index(session, contacts.parse_phone(phone))
    return Found(
        client=session.scalar(select(Client).where(Client.phone_index == index)),
        person=session.scalar(select(Person).where(Person.phone_index == index)),
    )


def of_client(session: Session, client: Client) -> Data:
    """All about a client."""
    mine = client.id
    touches = _rows(session, select(Touch).where(Touch.client_id == mine).options(joinedload(Touch.development)))
    showings = _rows(
        session,
        select(Showing)
        .join(Touch, Touch.id == Showing.touch_id)
        .where(Touch.client_id == mine)
        .options(joinedload(Showing.development), joinedload(Showing.review), joinedload(Showing.capture_request)),
    )
    registrations = _rows(session, _with_place(Registration, Registration.client_id == mine))
    maybe = masks.of_client(session, client)
    deals = _rows(session, _with_place(Deal, Deal.client_id == mine))
    photos = _rows(session, select(Photo).where(Photo.showing_id.in_([showing.id for showing in showings])))
    consents = _rows(session, select(Consent).where(Consent.client_id == mine))
    leads = _rows(session, _with_place(Lead, Lead.client_id == mine))
    files = care_data.files_of(session, mine)
    return Data(
        phone=contacts.open_phone(session, client).e164,
        names=_names(session, [*touches, *registrations, *leads, *deals]),
        touches=touches,
        registrations=[*registrations, *maybe],
        leads=leads,
        consents=consents,
        showings=showings,
        photos=photos,
        templates=_rows(session, select(FaceTemplate).where(FaceTemplate.client_id == mine)),
        deals=deals,
        discounts=_rows(session, select(DealDiscount).where(DealDiscount.deal_id.in_([deal.id for deal in deals]))),
        employee_checks=_rows(session, select(EmployeeCheck).where(EmployeeCheck.client_id == mine)),
        reads=_reads(session, [client, *touches, *registrations, *leads, *photos, *deals, *files]),
        notes=_notes(session, leads),
        after_the_handover=owners_data.of_client(session, mine),
        care=care_data.of_client(session, mine),
        purchase=purchase_data.of_client(session, mine),
    )


def of_person(session: Session, person: Person) -> Data:
    """What an account's owner left about himself: consents, templates, where he refers, and who looked. Clients' data
    is not his."""
    return Data(
        phone=contacts.open_phone(session, person).e164,
        names=[person.name, *people.former_names(session, person)],
        touches=[],
        registrations=[],
        leads=[],
        consents=_rows(session, select(Consent).where(Consent.person_id == person.id)),
        showings=[],
        photos=[],
        templates=_rows(session, select(FaceTemplate).where(FaceTemplate.person_id == person.id)),
        deals=[],
        discounts=[],
        employee_checks=[],
        reads=_reads(session, [person]),
        enrolments=_rows(session, select(FaceEnrolment).where(FaceEnrolment.person_id == person.id)),
        referrers=_rows(session, _with_place(Referrer, Referrer.person_id == person.id)),
    )


def record_read(session: Session, actor: Actor, now: datetime, whose: Client | Person, *, exported: bool) -> None:
    """Write down that one person's data is read or taken along."""
    audit.record(session, actor, now, "personal_data_exported" if exported else "personal_data_read", whose)


def erase_own_face(session: Session, actor: Actor, now: datetime, person: Person) -> int:
    """Erase an account owner's templates on his request, and end his consent; how many templates."""
    session.execute(
        update(Consent)
        .where(
            Consent.person_id == person.id,
            Consent.purpose.in_([Purpose.FACE_BROKER, Purpose.FACE_STAFF]),
            Consent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
    )
    mine = session.scalars(select(FaceTemplate).where(FaceTemplate.person_id == person.id))
    erased = erasure.erase_templates(session, now, mine, why=Why.ON_REQUEST, by=actor)
    erased += enrolments.end_open(session, Actor.of(person), now)
    audit.record(session, actor, now, "face_erased_on_request", person, templates_erased=erased)
    tell(session, actor, now, "face_erased", person, Concerned(person.id))
    return erased


def as_json(data: Data, now: datetime) -> dict[str, Any]:
    """The data as one file that a person can take along; instants are UTC in ISO 8601, money is fen."""
    return {
        "as_of": now.isoformat(),
        "phone": data.phone,
        "names": data.names,
        "touches": [
            _facts(row, "id kind at protected_until retired_at", development=row.development.name)
            for row in data.touches
        ],
        "registrations": [
            _facts(row, "id outcome code at", development=row.development.name) for row in data.registrations
        ],
        "leads": [_facts(row, "id outcome code at", development=row.development.name) for row in data.leads],
        "notes": [_facts(row, "id lead_id at due_on", text=text, next_step=step) for row, text, step in data.notes],
        "consents": [_facts(row, "id purpose version locale given_at withdrawn_at") for row in data.consents],
        "showings": [_showing(row) for row in data.showings],
        "photos": [_facts(row, "id showing_id width height taken_at keep_until erased_at") for row in data.photos],
        "face_templates": [
            _facts(row, "id engine engine_version showing_id created_at erased_at") for row in data.templates
        ],
        "face_enrolments": [
            _facts(row, "id engine engine_version doubts found state proposed_at decided_at reason")
            for row in data.enrolments
        ],
        "referrers": [
            _facts(row, "id audience code home joined_at revoked_at", development=row.development.name)
            for row in data.referrers
        ],
        "deals": [
            _facts(row, "id unit price_fen created_at signed_at cancelled_at", development=row.development.name)
            for row in data.deals
        ],
        "after_the_handover": data.after_the_handover,
        "care": data.care,
        "loans_and_promises": data.purchase,
        "discounts": [_facts(row, "deal_id list_price_fen rate_bps amount_fen at") for row in data.discounts],
        "employee_checks": [
            _facts(row, "id way at reason revoked_at revoked_reason", company=row.programme.referrer.person.name)
            for row in data.employee_checks
        ],
        "reads": [_facts(row, "at action", by=row.actor.name if row.actor else None) for row in data.reads],
    }


def _showing(row: Showing) -> dict[str, Any]:
    review = row.review
    return _facts(
        row,
        "id at way verdict latitude longitude",
        development=row.development.name,
        reasons=[reason["code"] for reason in row.reasons],
        decision=str(review.decision) if review else None,
        decided_at=review.at.isoformat() if review else None,
    )


def _facts(row: Base, columns: str, **more: Any) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in columns.split()}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in (values | more).items()}


def _with_place(model: Any, which: Any) -> Any:
    return select(model).where(which).options(joinedload(model.development))


def _rows(session: Session, stmt: Any) -> list[Any]:
    model = stmt.column_descriptions[0]["entity"]
    return list(session.scalars(stmt.order_by(model.id)))


def _notes(session: Session, leads: list[Lead]) -> list[tuple[LeadNote, str, str]]:
    def plain(sealed: bytes | None) -> str:
        return "" if sealed is None else contacts.open_note(session, sealed)

    rows = _rows(session, select(LeadNote).where(LeadNote.lead_id.in_([lead.id for lead in leads])))
    return [(row, plain(row.text_sealed), plain(row.step_sealed)) for row in rows]


def _names(session: Session, rows: Iterable[Any]) -> list[str]:
    """Every name that was told, once."""
    return list(dict.fromkeys(contacts.open_name(session, row.name_sealed) for row in rows))


def _reads(session: Session, rows: Iterable[Base]) -> list[AuditEntry]:
    """Who looked at any of these rows."""
    ids: dict[str, list[int]] = {}
    for row in rows:
        ids.setdefault(row.__tablename__, []).append(row.id)  # type: ignore[attr-defined]  # each of them has one
    whose = or_(*(((AuditEntry.subject_kind == kind) & AuditEntry.subject_id.in_(keys)) for kind, keys in ids.items()))
    looked = select(AuditEntry).where(AuditEntry.action.in_(READS), whose).options(joinedload(AuditEntry.actor))
    return list(session.scalars(looked.order_by(AuditEntry.id)))
