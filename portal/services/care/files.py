"""Clients' files: opened by what brings a client (a walk-in, a registration, a lead) or by hand, and found."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import CareAssignment, CareFile, CareJudgement, Person, Touch
from ...models.care.files import carer_of, latest_assignments
from ...session import Session
from .. import audit, contacts
from ..claims import search_terms
from ..clients import find_or_create_client
from ..inserts import insert_unless_there
from . import scope
from .stages import Standing, stage_of


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file as a list shows it: the client's name and phone, masked; the stage; who cares; what the reader's own side
    thinks of the client."""

    file: CareFile
    name: str
    phone: str
    standing: Standing
    carer: Person | None
    judgement: CareJudgement | None


def open_for_touch(session: Session, actor: Actor, now: datetime, touch: Touch) -> CareFile:
    """The file of the client whom a walk-in, a registration or a lead brought; opened if there is none."""
    name = contacts.open_name(session, touch.name_sealed)
    return open_file(session, actor, now, touch.development_id, touch.whose, name=name)


def open_by_hand(
    session: Session, actor: Actor, now: datetime, development_id: int, *, name: str, phone: str
) -> CareFile:
    """The file of a client whom somebody knows by name and number; opened if there is none.

    Raises Refusal: invalid_phone, phone_not_mobile; care_name_missing.
    """
    if not name.strip():
        raise Refusal("care_name_missing", field="name")
    client = find_or_create_client(session, now, contacts.parse_mobile(phone))
    return open_file(session, actor, now, development_id, client.id, name=name.strip())


def open_file(
    session: Session, actor: Actor, now: datetime, development_id: int, client_id: int, *, name: str
) -> CareFile:
    """The file of a client at a development; opened if there is none. Two who open it at once get the same one."""
    added = insert_unless_there(
        session,
        CareFile,
        ("development_id", "client_id"),
        development_id=development_id,
        client_id=client_id,
        name_sealed=seal_name(session, development_id, client_id, name),
        opened_at=now,
        opened_by=actor.person_id,
    )
    same = CareFile.development_id == development_id, CareFile.client_id == client_id
    file = session.scalars(select(CareFile).where(*same)).one()
    if added is not None:
        search_terms.keep(session, file, name, contacts.open_phone(session, file.client))
        audit.record(session, actor, now, "care_file_opened", file, development=development_id)
    return file


def seal_name(session: Session, development_id: int, client_id: int, name: str) -> bytes:
    """A client's name as it rests in the file."""
    return contacts.vault_of(session).seal_text(name, name_context(development_id, client_id))


def name_of(session: Session, file: CareFile) -> str:
    """The client's name in plain; `contacts.ERASED` of one that is gone."""
    if not file.name_sealed:
        return contacts.ERASED
    return contacts.vault_of(session).open_text(file.name_sealed, name_context(file.development_id, file.client_id))


def name_context(development_id: int, client_id: int) -> str:
    """What the name in a file is sealed for."""
    return f"care file.name:{development_id}:{client_id}"


# Finding them


def of_client(session: Session, development_id: int, client_id: int) -> CareFile | None:
    """The file of a client at a development."""
    same = CareFile.development_id == development_id, CareFile.client_id == client_id
    return session.scalar(select(CareFile).where(*same))


def newest(session: Session, actor: Actor, *, most: int, before: int | None = None) -> list[FileRow]:
    """The newest files that the actor may see, below an id: a page of a list."""
    stmt = scope.care_files(session, actor).options(joinedload(CareFile.client), joinedload(CareFile.development))
    if before is not None:
        stmt = stmt.where(CareFile.id < before)
    return shown(session, actor, session.scalars(stmt.order_by(CareFile.id.desc()).limit(most)).all())


def shown(
    session: Session, actor: Actor, rows: Collection[CareFile], known: Mapping[int, Standing] | None = None
) -> list[FileRow]:
    """Files as a list shows them, in a bounded number of queries. `known`: how far they are, where that was read."""
    standings = known or stage_of(session, rows, scope.side_of(actor))
    carers = carers_of(session, rows)
    judged = judgements_of(session, actor, rows)
    return [
        FileRow(
            row,
            contacts.mask_name(name_of(session, row)),
            contacts.open_phone(session, row.client).masked,
            standings[row.id],
            carers.get(row.id),
            judged.get(row.id),
        )
        for row in rows
    ]


def carers_of(session: Session, rows: Collection[CareFile]) -> dict[int, Person]:
    """In whose care each file is; those that nobody was given are left out."""
    stmt = latest_assignments().where(CareAssignment.file_id.in_([row.id for row in rows]))
    found = session.execute(stmt.join(CareAssignment.carer).with_only_columns(CareAssignment.file_id, Person))
    return dict(found.all())


def carer(session: Session, file: CareFile) -> Person | None:
    """In whose care a file is."""
    person_id = session.scalar(select(carer_of(file.id)))
    return session.get(Person, person_id) if person_id is not None else None


def judgements_of(session: Session, actor: Actor, rows: Collection[CareFile]) -> dict[int, CareJudgement]:
    """What the actor's own side thinks of each client, where it said so."""
    mine = scope.own_side(actor, CareJudgement), CareJudgement.file_id.in_([row.id for row in rows])
    latest = select(func.max(CareJudgement.id)).where(*mine).group_by(CareJudgement.file_id)
    found = session.scalars(select(CareJudgement).where(CareJudgement.id.in_(latest)))
    return {one.file_id: one for one in found}


def assignments(session: Session, file: CareFile) -> list[CareAssignment]:
    """In whose care a client was, the latest first."""
    stmt = select(CareAssignment).where(CareAssignment.file_id == file.id)
    people = joinedload(CareAssignment.carer), joinedload(CareAssignment.by)
    return list(session.scalars(stmt.options(*people).order_by(CareAssignment.number.desc())))
