"""What is done beside the money where faults are injected: what speaks to neighbours, and what goes by time."""

from datetime import timedelta
from time import monotonic

from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.crypto import token
from portal.db import Database
from portal.models import Outcome, Person, Role, TextKind
from portal.services import timekeeping
from portal.services.messages import texts
from portal.services.messages import worker as message_worker
from portal.services.messages.texts import Texts
from portal.services.registrations.registrations import register_client
from portal.services.sweeps import sweep
from tests.hammer.operations import Operation, Told, in_one_transaction
from tests.hammer.world import Hand

_AT_ONCE = 3
"""How many texts one hand sends before it does something else."""
_PATIENCE = 5.0
"""Nobody waits for longer for a count: 0.3 s, and what a busy machine adds."""
_CLIENTS_A_SECOND, _CLIENTS_AT_ONCE = 2, 4
_LIVES = timedelta(days=7)
"""So long a text is worth sending."""

COUNT = "count"


def _phone(_session: Session, hand: Hand) -> str:
    """Everybody comes with the same few clients, and then with the next ones, whatever a clock says."""
    newest = int(monotonic() * _CLIENTS_A_SECOND)
    return f"137{(newest - hand.random.randrange(_CLIENTS_AT_ONCE)) % 10**8:08d}"


def _register(session: Session, hand: Hand, phone: str) -> Told:
    place = hand.random.choice(hand.places)
    broker = Actor.of(session.get_one(Person, place.broker_id))
    facts = {"development_id": place.development_id, "phone": phone, "name": "王小明"}
    row = register_client(session, broker, hand.now(), **facts)
    if row.outcome is Outcome.REFUSED:
        raise Refusal(row.code or "refused")
    return [f"held {row.touch_id} {broker.id}"]


def _somebody(_session: Session, hand: Hand) -> int:
    return hand.one(Role.FINANCE).id


def _text(session: Session, hand: Hand, key: int) -> Told:
    now, name = hand.now(), token()[:12]
    owner, until = session.get_one(Person, key), now + _LIVES
    texts.enqueue_to_owner(session, now, owner, TextKind.BANK_CHANGE, {}, key=name, expires_at=until)
    return [f"texted {name}"]


def _deliver(database: Database, hand: Hand, _target: object) -> Told:
    left = iter(range(_AT_ONCE))
    message_worker.run_due(database, Texts(hand.carrier), hand.now, lambda: next(left, None) is not None)
    return []


def _sweep(database: Database, hand: Hand, _target: object) -> Told:
    """As the worker does each minute: by a believed clock alone."""
    with database.transaction() as session:
        now = hand.now()
        doubt = timekeeping.look(session, now, hand.own_clock()).doubt
    if doubt is not None:
        raise Refusal(f"clock_{doubt}")
    sweep(database.transaction, now, hand.files)
    return []


def _count(_database: Database, hand: Hand, _target: object) -> Told:
    began = monotonic()
    hand.count(f"sign-in:{hand.random.randrange(3)}")
    waited = monotonic() - began
    if waited > _PATIENCE:
        raise OSError(f"a count took {waited:.1f} s")
    return []


def _anybody(_session: Session, _hand: Hand) -> object:
    return True


DEEDS = (
    Operation("register", 8, _phone, in_one_transaction(_register)),
    Operation("text", 6, _somebody, in_one_transaction(_text)),
    Operation("deliver", 4, _anybody, _deliver),
    Operation("sweep", 2, _anybody, _sweep),
    Operation(COUNT, 3, _anybody, _count),
)
"""Hammered besides, and how often."""
