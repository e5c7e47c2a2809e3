"""Lists of clients that a carer brings in, from a spreadsheet or out of his notes: read, told row by row, taken.

Between the look at a list and the word to take it, it travels in the page, sealed: nothing is kept of a list that
nobody went on with. Sent again it finds everything there, and adds nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time

from sqlalchemy import Select, func, select

from commissions.calendar import SHANGHAI
from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.scope import visible
from ...adapters.sheets.client_file import read_clients
from ...adapters.sheets.tables import is_formula, read_file
from ...clock import local_day
from ...models import (
    CareContact,
    CareFile,
    CareImport,
    CareNeeds,
    CareTag,
    CareTagging,
    Client,
    Consent,
    ContactOutcome,
    Development,
    Person,
    Role,
    Touch,
    TouchKind,
)
from ...models.care.contacts import stands
from ...rules.care.plan import Channel, Grade
from ...rules.care_files import address_book, importing
from ...rules.care_files import tags as tag_rule
from ...rules.care_files.address_book import Entry, LastContact
from ...rules.care_files.importing import Known, Row, Said, Source
from ...rules.care_files.needs import LONGEST, Needs, read_needs
from ...rules.care_files.tags import TagKind
from ...rules.privacy import consent as consents
from ...rules.privacy.consent import Purpose
from ...session import Session
from .. import audit, contacts
from ..care import assigning, scope
from ..care import files as care_files
from ..care import words as care_words
from ..contacts import Phone
from ..messages.sealed_addresses import open_words, seal_words
from . import known, tags

MOST = 500
_NOON = time(12)
NOTHING_SAID, NEVER_MET = Needs(), LastContact(None, None)
_LONGEST_CONSENT = 300


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a list: what was read of it, and what it does. `colleague`: in whose care the client is; `opted_out`: he
    wants no advertising, and gets none."""

    number: int
    entry: Entry
    row: Row
    name: str = ""
    phone: Phone | None = None
    needs: Needs = NOTHING_SAID
    words: tuple[str, ...] = ()
    grade: Grade | None = None
    met: LastContact = NEVER_MET
    refusal: Refusal | None = None
    colleague: str = ""
    opted_out: bool = False
    file_id: int | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the data of a list comes from, and how its owners agreed, in the words of who brings it."""

    source: Source
    consent: str


def open_sheet(data: bytes) -> list[Entry]:
    """The clients of a spreadsheet. It takes long; an edge calls it before its transaction begins.

    Raises Refusal, each at the field `file`: those of `read_file` and `read_clients`; care_list_formula.
    """
    rows = read_file(data, read_clients)
    if any(is_formula(cell) for row in rows for cell in row.values()):
        raise Refusal("care_list_formula", field="file")
    return [Entry(" ".join(row.values()), **{key: row[key] for key in _PARTS}) for row in rows]


def open_text(text: str) -> list[Entry]:
    """The clients of pasted notes. Raises Refusal at the field `text`: care_list_nobody, care_list_long with `most`."""
    found = list(address_book.read_entries(text))
    if not found:
        raise Refusal("care_list_nobody", field="text")
    if len(found) > MOST:
        raise Refusal("care_list_long", field="text", most=MOST)
    return found


def judge(
    session: Session, actor: Actor, now: datetime, development: Development, carer: Person, entries: Sequence[Entry]
) -> list[Line]:
    """What each row of a list would do, were it taken for a carer. Stores nothing."""
    lines = [_read(number, entry, local_day(now)) for number, entry in enumerate(entries, 1)]
    seen: set[str] = set()
    for place, line in enumerate(lines):
        if line.phone is not None and line.phone.e164 in seen:
            lines[place] = replace(line, row=Row.TWICE)
        elif line.phone is not None:
            seen.add(line.phone.e164)
    readable = [line for line in lines if line.row is Row.NEW]
    decided = {line.number: line for line in _decided(session, actor, now, development, carer, readable)}
    return [decided.get(line.number, line) for line in lines]


def take(
    session: Session,
    actor: Actor,
    now: datetime,
    development: Development,
    carer: Person,
    entries: Sequence[Entry],
    origin: Origin,
) -> CareImport:
    """Take a list in: all of it, or where anything breaks none. Raises Refusal(care_list_consent)."""
    consent = origin.consent.strip()
    if not consent or len(consent) > _LONGEST_CONSENT:
        raise Refusal("care_list_consent", field="consent")
    lines = judge(session, actor, now, development, carer, entries)
    for line in lines:
        if line.row in importing.TAKEN:
            _take_line(session, actor, now, development, carer, line)
    made, added = (sum(1 for line in lines if line.row is row) for row in (Row.NEW, Row.ADDS))
    row = CareImport(
        development_id=development.id,
        by_id=actor.id,
        agency_id=scope.side_of(actor),
        at=now,
        source=origin.source,
        consent=consent,
        made=made,
        added=added,
        left_out=len(lines) - made - added,
    )
    session.add(row)
    audit.record(session, actor, now, "care_list_taken", row, development=development.id, made=made, added=added)
    return row


def taken(actor: Actor) -> Select[CareImport]:
    """The lists of his own side that the actor may know of."""
    return visible(actor, CareImport).where(scope.own_side(actor, CareImport))


def consultants(session: Session) -> list[Person]:
    """Into whose care a list may go that somebody else brings in."""
    active = Person.role == Role.CONSULTANT, Person.deactivated_at.is_(None)
    return list(session.scalars(select(Person).where(*active).order_by(Person.name, Person.id)))


def seal(session: Session, actor: Actor, development_id: int, carer_id: int, entries: Iterable[Entry]) -> str:
    """A list as it travels in the page that shows it."""
    return seal_words(session, _context(actor), [development_id, carer_id, [asdict(entry) for entry in entries]])


def unseal(session: Session, actor: Actor, sealed: str) -> tuple[int, int, list[Entry]]:
    """The development, the carer and the list that was looked at. Raises Refusal `care_list_lost`."""
    place, carer, rows = open_words(session, _context(actor), sealed, lost=Refusal("care_list_lost"))
    return place, carer, [Entry(**row) for row in rows]


_PARTS = ("name", "phone", "needs", "last", "tags", "grade", "note")


def _context(actor: Actor) -> str:
    return f"care list:{actor.id}"


def _read(number: int, entry: Entry, today: date) -> Line:
    """A row by itself: NEW where it can be read."""
    name = " ".join(entry.name.split())
    met = address_book.read_last(entry.last, today)
    rest = [] if met.on else [entry.last]
    needs = read_needs(entry.needs)
    free = " ".join(part for part in (needs.words, entry.note, *rest) if part)[:LONGEST]
    try:
        if not name:
            raise Refusal("care_name_missing", field="name")
        words = tuple(tag_rule.tidy(word) for word in tag_rule.words_in(entry.tags))
        phone = contacts.parse_mobile(entry.phone)
    except Refusal as refusal:
        return Line(number, entry, Row.UNREADABLE, name, refusal=refusal)
    grade = address_book.read_grade(entry.grade)
    return Line(number, entry, Row.NEW, name, phone, replace(needs, words=free), words, grade, met)


def _decided(
    session: Session, actor: Actor, now: datetime, development: Development, carer: Person, lines: Sequence[Line]
) -> list[Line]:
    indexes = {contacts.phone_index(session, line.phone): line for line in lines if line.phone}
    clients = session.scalars(select(Client).where(Client.phone_index.in_(indexes))).all()
    files = _files(session, development, clients)
    carers = care_files.carers_of(session, list(files.values()))
    own = _own(session, actor, development, clients)
    stopped = _stopped(session, now, clients)
    has = _knowledge(session, actor, list(files.values()))
    by_index = {client.phone_index: client for client in clients}
    decided: list[Line] = []
    for index, line in indexes.items():
        client = by_index.get(index)
        file = files.get(client.id) if client is not None else None
        other = carers.get(file.id) if file is not None and actor.staff else None
        foreign = other is not None and other.id != carer.id
        there = has[file.id] if file is not None else Known()
        fact = replace(
            there,
            own=actor.staff or (client is not None and client.id in own),
            filed=file is not None,
            colleagues=foreign,
        )
        decided.append(
            replace(
                line,
                row=importing.decide(_said(line), fact),
                colleague=other.name if other is not None and foreign else "",
                opted_out=client is not None and client.id in stopped,
                file_id=file.id if file is not None else None,
            )
        )
    return decided


def _said(line: Line) -> Said:
    folded = frozenset(tag_rule.fold(word) for word in line.words)
    return Said(bool(line.needs.stored()), folded, line.met.on, line.grade is not None)


def _files(session: Session, development: Development, clients: Sequence[Client]) -> dict[int, CareFile]:
    here = CareFile.development_id == development.id, CareFile.client_id.in_([client.id for client in clients])
    return {file.client_id: file for file in session.scalars(select(CareFile).where(*here))}


def _own(session: Session, actor: Actor, development: Development, clients: Sequence[Client]) -> set[int]:
    """Of these clients those whom a broker registered there, and cares for: others are none of his."""
    if actor.staff:
        return set()
    his = visible(actor, Touch).where(
        Touch.development_id == development.id,
        Touch.kind == TouchKind.REGISTRATION,
        Touch.retired_at.is_(None),
        Touch.client_id.in_([client.id for client in clients]),
    )
    return set(session.scalars(his.with_only_columns(Touch.client_id)))


def _stopped(session: Session, now: datetime, clients: Sequence[Client]) -> set[int]:
    """Of these clients those who want no advertising."""
    given: dict[int, list[consents.Consent]] = {client.id: [] for client in clients}
    for row in session.scalars(select(Consent).where(Consent.client_id.in_(given)).order_by(Consent.id)):
        said = consents.Consent(Purpose(row.purpose), row.version, row.given_at, row.withdrawn_at)
        given[row.client_id or 0].append(said)
    return {key for key, said in given.items() if consents.opted_out(said, Purpose.CONTACT, now)}


def _knowledge(session: Session, actor: Actor, files: Sequence[CareFile]) -> Mapping[int, Known]:
    """What the actor's side knows of each file already."""
    keys = [file.id for file in files]
    needs = select(CareNeeds.file_id).where(CareNeeds.file_id.in_(keys), scope.own_side(actor, CareNeeds))
    knows = set(session.scalars(needs.distinct()))
    judged = care_files.judgements_of(session, actor, files)
    mine = CareContact.file_id.in_(keys), scope.own_side(actor, CareContact), stands()
    last = select(CareContact.file_id, func.max(CareContact.at)).where(*mine).group_by(CareContact.file_id)
    met = {key: local_day(at) for key, at in session.execute(last)}
    borne = (
        select(CareTagging.file_id, CareTag.folded)
        .join(CareTag, CareTag.id == CareTagging.tag_id)
        .where(CareTagging.file_id.in_(keys), scope.own_side(actor, CareTagging))
    )
    words: dict[int, set[str]] = {key: set() for key in keys}
    for key, folded in session.execute(borne):
        words[key].add(folded)  # also those that were taken away: a list does not put them back
    return {
        key: Known(
            needs=key in knows,
            tags=frozenset(words[key]),
            last_on=met.get(key),
            grade=key in judged and judged[key].grade is not None,
        )
        for key in keys
    }


def _take_line(
    session: Session, actor: Actor, now: datetime, development: Development, carer: Person, line: Line
) -> None:
    """Open the file, or fill in what it lacks."""
    assert line.phone is not None  # a row that is taken was read
    file = care_files.open_by_hand(session, actor, now, development.id, name=line.name, phone=line.phone.e164)
    has = _knowledge(session, actor, [file])[file.id]
    if actor.staff and care_files.carer(session, file) is None:
        assigning.assign(session, actor, now, file, carer.id, assigning.Why(assigning.OPENED, first=True))
    if line.needs.stored() and not has.needs:
        known.say_needs(session, actor, now, file, line.needs)
    if line.grade is not None and not has.grade:
        known.judge(session, actor, now, file, known.Judged(line.grade))
    for word in line.words:
        tag = tags.make(session, actor, now, TagKind.BASIC, word)
        if tag.fact is None and tag_rule.fold(word) not in has.tags:
            tags.put(session, actor, now, file, tag)
    if line.met.on is not None and (has.last_on is None or line.met.on > has.last_on):
        _met(session, actor, now, file, line)


def _met(session: Session, actor: Actor, now: datetime, file: CareFile, line: Line) -> None:
    """The last contact that the list tells of: at noon, for it says no hour, and by call where it says no way."""
    assert line.met.on is not None
    at = min(datetime.combine(line.met.on, _NOON, SHANGHAI), now)
    contact = CareContact(
        file_id=file.id,
        by_id=actor.id,
        agency_id=scope.side_of(actor),
        channel=line.met.channel or Channel.CALL,
        at=at,
        logged_at=now,
        outcome=ContactOutcome.REACHED,
    )
    session.add(contact)
    session.flush()
    care_words.write(session, contact, note=line.entry.last)
