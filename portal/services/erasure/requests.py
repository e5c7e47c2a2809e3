"""A request to erase the own data: asked for, answered by two people, done, and looked at again when something is over.

The privacy officer proposes, another person confirms, and then what may go is gone in that transaction. What stays is
named with its ground in a signed proof, and goes by the daily sweep when its time is over. The law leaves little to
decide; the two look whether it is the right person, and what it takes along.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, exists, select, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ... import crypto
from ...access import scope
from ...access.actor import SYSTEM, Actor
from ...adapters.storage.files import Files
from ...models import (
    Client,
    ErasureDecision,
    ErasureOrigin,
    ErasureProof,
    ErasureRequest,
    ErasureShown,
    ErasureState,
    Person,
    ProposalState,
    TextKind,
    TextMessage,
    Why,
)
from ...rules.erasure import grounds as rule
from ...rules.erasure.grounds import Ground, Hold
from ...session import Session
from .. import audit, contacts, proposals, timekeeping
from ..clients import lock_client
from ..events.telling import Concerned, tell
from ..faces.faces import lock_person
from ..leads import opt_outs
from ..messages import texts
from ..privacy import subject_data, withdrawals
from ..programmes import work_mails
from . import accounts_data, clients_data, holds, kept, proofs
from .parts import Part, What, counted, erased

_TEXT_WAITS = timedelta(days=3)
MOST = 200
"""Requests that one sweep looks at again, so that no other writer waits for long."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What an erasure would take now, what would stay for a time, and what stays without a name."""

    gone: Counter[What]
    holds: list[Hold]
    kept: Mapping[Ground, int]


# Asking


def ask(
    session: Session,
    actor: Actor,
    now: datetime,
    whose: Client | Person,
    origin: ErasureOrigin,
    *,
    shown_by: ErasureShown,
) -> ErasureRequest:
    """Take a request down, whose asker was shown to be who he is; the one that runs already where there is one.

    Raises Refusal: erasure_account_open, erasure_done_already.
    """
    _lock(session, whose)
    running = _running(session, whose)
    if running is not None:
        return running
    if contacts.is_erased(whose) and (isinstance(whose, Client) or whose.name == contacts.ERASED):
        raise Refusal("erasure_done_already")
    if isinstance(whose, Person):
        rule.check_may_ask(person_left=not whose.active and not contacts.is_programme(session, whose))
    row = ErasureRequest(
        key=crypto.token(),
        client_id=whose.id if isinstance(whose, Client) else None,
        person_id=whose.id if isinstance(whose, Person) else None,
        origin=origin,
        shown_by=shown_by,
        recorded_by=actor.person_id if origin is ErasureOrigin.OFFICER else None,
        asked_at=now,
        due_at=rule.due_at(now),
        state=ErasureState.OPEN,
    )
    session.add(row)
    audit.record(session, actor, now, "erasure_asked", row, origin=origin, shown_by=shown_by)
    tell(session, actor, now, "erasure_asked", row, Concerned(), due_at=row.due_at)
    return row


def whose(session: Session, request: ErasureRequest) -> Client | Person:
    """Whom a request is about."""
    if request.client_id is not None:
        return session.get_one(Client, request.client_id)
    return session.get_one(Person, request.person_id)


def preview(session: Session, now: datetime, request: ErasureRequest) -> Preview:
    """What would go now, and what would stay."""
    subject = whose(session, request)
    if isinstance(subject, Client):
        held: Any = holds.of_client(session, now, subject.id)
        parts, faces = clients_data.parts(session, now, subject, held), clients_data.living_faces(session, subject.id)
        stays = kept.of_client(session, subject)
    else:
        held = holds.of_person(session, now, subject)
        parts, faces = accounts_data.parts(session, now, subject, held), accounts_data.living_faces(session, subject.id)
        stays = kept.of_person(session, subject)
    return Preview(counted(session, parts) + Counter(faces), held.holds, stays)


# Deciding


def propose(
    session: Session, actor: Actor, now: datetime, request: ErasureRequest, *, erases: bool, words: str = ""
) -> ErasureDecision:
    """Propose the answer to a request; one waits at a time.

    Raises Refusal: erasure_answered, erasure_proposed_already, erasure_words_needed.
    """
    if request.state is not ErasureState.OPEN:
        raise Refusal("erasure_answered")
    if waiting(session, request) is not None:
        raise Refusal("erasure_proposed_already")
    if not erases and not words.strip():
        raise Refusal("erasure_words_needed", field="words")
    row = ErasureDecision(
        request_id=request.id,
        erases=erases,
        words=words.strip(),
        state=ProposalState.PROPOSED,
        proposed_by=actor.id,
        proposed_at=now,
    )
    session.add(row)
    audit.record(session, actor, now, "erasure_proposed", request, erases=erases)
    tell(session, actor, now, "erasure_proposed", request, Concerned(), due_at=request.due_at)
    return row


def confirm(session: Session, actor: Actor, now: datetime, decision: ErasureDecision, files: Files) -> None:
    """Answer as another person proposed: erase what may go, or tell why not.

    Raises Refusal: own_proposal, proposal_decided, erasure_answered.
    """
    request = decision.request
    _lock(session, whose(session, request))
    proposals.confirm(session, actor, now, decision)
    if decision.erases:
        _answer(session, now, request, ErasureState.GRANTED)
        audit.record(session, actor, now, "erasure_granted", request)
        _tell_asker(session, now, request)
        _erase(session, actor, now, request, files)
    else:
        _answer(session, now, request, ErasureState.REFUSED)
        audit.record(session, actor, now, "erasure_refused", request)
        _tell_asker(session, now, request)
    tell(session, actor, now, "erasure_answered", request, Concerned())


def refuse(session: Session, actor: Actor, now: datetime, decision: ErasureDecision, reason: str) -> None:
    """Send the proposed answer back, with a reason; another may be proposed.

    Raises Refusal: those of `proposals.refuse`.
    """
    proposals.refuse(session, actor, now, decision, reason)
    audit.record(session, actor, now, "erasure_answer_refused", decision.request)
    tell(session, actor, now, "erasure_answer_refused", decision.request, Concerned(decision.proposed_by))


def withdraw(session: Session, actor: Actor, now: datetime, decision: ErasureDecision) -> None:
    """Take one's own proposed answer back. Raises Refusal: those of `proposals.withdraw`."""
    proposals.withdraw(session, actor, now, decision)
    audit.record(session, actor, now, "erasure_answer_withdrawn", decision.request)


# Again, when something is over


def go_on(session: Session, now: datetime, files: Files) -> dict[str, int]:
    """Erase what stayed of a granted request and is over now; how many requests went on by that."""
    sure = timekeeping.trusted(session, now)
    due = select(ErasureRequest).where(
        ErasureRequest.state == ErasureState.GRANTED, ErasureRequest.look_again_at <= sure
    )
    done = 0
    for request in session.scalars(due.order_by(ErasureRequest.id).limit(MOST)).all():
        _lock(session, whose(session, request))
        done += _erase(session, SYSTEM, sure, request, files)
    return {"erasures_gone_on": done}


def tell_late(session: Session, now: datetime) -> dict[str, int]:
    """Tell once a day of requests that wait for long: the law gives a date."""
    late = _open().where(ErasureRequest.asked_at <= now - rule.LATE_AFTER)
    told = 0
    for request in session.scalars(late).all():
        once = f"erasure_late:{request.id}:{now:%Y%m%d}"
        told += tell(session, SYSTEM, now, "erasure_late", request, Concerned(once=once), due_at=request.due_at)
    return {"late_erasures_told": told}


# Lists


def listing(actor: Actor, now: datetime, state: str = "") -> Select[ErasureRequest]:
    """The requests, with who recorded them: of a state, where `open` has no answer proposed; `proposed`, by others
    (`to_confirm`); `late`, which are past their date. An unknown state is none."""
    stmt = scope.visible(actor, ErasureRequest).options(joinedload(ErasureRequest.officer))
    still_open = {
        "open": ~_is_proposed(),
        "proposed": _is_proposed(),
        "to_confirm": _is_proposed(ErasureDecision.proposed_by != actor.id),
        "late": ErasureRequest.due_at <= now,
    }
    if state in still_open:
        return stmt.where(ErasureRequest.state == ErasureState.OPEN, still_open[state])
    return stmt.where(ErasureRequest.state == ErasureState(state)) if state in set(ErasureState) else stmt


def running(session: Session) -> list[ErasureRequest]:
    """The requests that wait for an answer, or have something that stays for a time."""
    runs = ErasureRequest.state.in_([ErasureState.OPEN, ErasureState.GRANTED])
    return list(session.scalars(select(ErasureRequest).where(runs).order_by(ErasureRequest.id)))


def waiting(session: Session, request: ErasureRequest) -> ErasureDecision | None:
    """The answer that is proposed and nobody has decided on."""
    return session.scalar(
        select(ErasureDecision).where(
            ErasureDecision.request_id == request.id, ErasureDecision.state == ProposalState.PROPOSED
        )
    )


def proposed(session: Session, rows: Sequence[ErasureRequest]) -> set[int]:
    """Those of some requests to which an answer is proposed."""
    ids = [row.id for row in rows]
    waits = ErasureDecision.request_id.in_(ids), ErasureDecision.state == ProposalState.PROPOSED
    return set(session.scalars(select(ErasureDecision.request_id).where(*waits)))


def decisions(session: Session, request: ErasureRequest) -> list[ErasureDecision]:
    """What was proposed of a request, and how it ended."""
    mine = select(ErasureDecision).where(ErasureDecision.request_id == request.id)
    people = joinedload(ErasureDecision.proposer), joinedload(ErasureDecision.decider)
    return list(session.scalars(mine.order_by(ErasureDecision.id).options(*people)))


def to_answer() -> Select[ErasureRequest]:
    """The requests that wait for a proposal."""
    return _open().where(~_is_proposed())


def to_confirm(actor: Actor) -> Select[ErasureRequest]:
    """Those that wait for somebody else's confirmation."""
    return _open().where(_is_proposed(ErasureDecision.proposed_by != actor.id))


def by_key(session: Session, key: str) -> ErasureRequest | None:
    """The request under this key."""
    return session.scalar(select(ErasureRequest).where(ErasureRequest.key == key))


def refused_because(session: Session, request: ErasureRequest) -> str:
    """Why a request was refused, as its asker reads it."""
    return next((one.words for one in decisions(session, request) if one.state is ProposalState.CONFIRMED), "")


def _open() -> Select[ErasureRequest]:
    return select(ErasureRequest).where(ErasureRequest.state == ErasureState.OPEN)


def _is_proposed(*which: Any) -> Any:
    return exists().where(
        ErasureDecision.request_id == ErasureRequest.id, ErasureDecision.state == ProposalState.PROPOSED, *which
    )


def _running(session: Session, subject: Client | Person) -> ErasureRequest | None:
    column = ErasureRequest.client_id if isinstance(subject, Client) else ErasureRequest.person_id
    runs = ErasureRequest.state.in_([ErasureState.OPEN, ErasureState.GRANTED])
    return session.scalar(select(ErasureRequest).where(column == subject.id, runs))


def _lock(session: Session, subject: Client | Person) -> None:
    """Two who ask or decide about one person do so in turn."""
    if isinstance(subject, Client):
        lock_client(session, subject.id)
    else:
        lock_person(session, subject.id)


def _answer(session: Session, now: datetime, request: ErasureRequest, state: ErasureState) -> None:
    answered = session.scalar(
        update(ErasureRequest)
        .where(ErasureRequest.id == request.id, ErasureRequest.state == ErasureState.OPEN)
        .values(state=state, answered_at=now)
        .returning(ErasureRequest.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(request)
    if answered is None:
        raise Refusal("erasure_answered")


def _tell_asker(session: Session, now: datetime, request: ErasureRequest) -> None:
    """A text to the number, before it is gone: the address of the request's page, which says all."""
    subject = whose(session, request)
    number = contacts.open_phone(session, subject)
    if not number.e164:
        return
    row = TextMessage(
        client_id=request.client_id,
        person_id=request.person_id,
        kind=TextKind.ERASURE,
        key=f"erasure-{request.id}",
        expires_at=now + _TEXT_WAITS,
    )
    texts.enqueue_last(session, now, number, row, {"token": request.key})


def _erase(session: Session, actor: Actor, now: datetime, request: ErasureRequest, files: Files) -> bool:
    """Erase what nothing holds, prove it, and note when to look again; whether something went."""
    subject = whose(session, request)
    if isinstance(subject, Client):
        gone = _erase_client(session, actor, now, subject, files)
        held: list[Hold] = holds.of_client(session, now, subject.id).holds
        stays = kept.of_client(session, subject)
    else:
        gone = _erase_person(session, actor, now, subject)
        held = holds.of_person(session, now, subject).holds
        stays = kept.of_person(session, subject)
    request.look_again_at = rule.look_again(now, held)
    if not held:
        request.state = ErasureState.FINISHED
    if not gone and held and _proven(session, request):
        return False
    proofs.issue(session, now, request, gone=gone, holds=held, kept=stays)
    audit.record(session, actor, now, "erased_on_request", request, records=gone.total(), finished=not held)
    return True


def _proven(session: Session, request: ErasureRequest) -> bool:
    return session.scalar(select(exists().where(ErasureProof.request_id == request.id))) or False


def _erase_client(session: Session, actor: Actor, now: datetime, client: Client, files: Files) -> Counter[What]:
    gone: Counter[What] = Counter()
    if any(clients_data.living_faces(session, client.id).values()):
        faces = withdrawals.withdraw_face_consent(session, now, client.id, None, files, why=Why.ON_REQUEST, by=actor)
        gone += Counter({What.PHOTOS: faces.photos, What.TEMPLATES: faces.templates})
    parts: list[Part] = clients_data.parts(session, now, client, holds.of_client(session, now, client.id))
    gone += erased(session, parts)
    opt_outs.stop_contact(session, now, client, address=actor.address)  # as long as something stays, nobody calls
    work_mails.stop(session, now, client.id)
    return gone


def _erase_person(session: Session, actor: Actor, now: datetime, person: Person) -> Counter[What]:
    gone: Counter[What] = Counter()
    if any(accounts_data.living_faces(session, person.id).values()):
        gone[What.TEMPLATES] += subject_data.erase_own_face(session, actor, now, person)
    return gone + erased(session, accounts_data.parts(session, now, person, holds.of_person(session, now, person)))
