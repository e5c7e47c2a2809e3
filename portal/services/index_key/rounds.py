"""A round in which another index key takes the place of the one in force: begun, proven, and ended with its proof."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, exists, func, select

from ...access.actor import Actor
from ...crypto import signed_with
from ...db import Database
from ...models import DigestPair, IndexRotation, KeyMark
from ...rules.keys.starting import NAME_LENGTH, KeyKind
from ...session import Session
from .. import audit, contacts
from ..claims import signing_keys
from . import words
from .moving import following, moving
from .pairs import fits
from .staying import staying

VERSION = 1
_AT_ONCE = 1000
_PAIRS_AT_ONCE = 5000


class Unready(Exception):
    """Why no round can begin or go on; for the operator, in a sentence."""


class Proof(NamedTuple):
    """How many digests of each column are those of the key in force, and how many are not: all made anew."""

    good: Mapping[str, int]
    wrong: Mapping[str, int]


def current(session: Session) -> IndexRotation | None:
    """The round that is open."""
    return session.scalar(select(IndexRotation).where(IndexRotation.ended_at.is_(None)))


def latest(session: Session) -> IndexRotation | None:
    """The last round, open or not."""
    return session.scalar(select(IndexRotation).order_by(IndexRotation.id.desc()).limit(1))


def begin(session: Session, actor: Actor, now: datetime) -> IndexRotation | None:
    """The open round, or a new one to the other key of the settings; None where nothing is to be done: that one is a
    former key. Raises Unready."""
    marks, in_force = contacts.vault_of(session).index_marks, _in_force(session)
    row = current(session)
    if row is not None:
        if not {row.former, row.anew} <= set(marks):
            raise Unready("a round is open between two other keys: PORTAL_INDEX_KEY must hold both of them")
        return row
    others = [mark for mark in marks if mark != in_force]
    if in_force not in marks or len(others) != 1:
        raise Unready("PORTAL_INDEX_KEY must hold the key in force and the new one, separated by a comma")
    if _was_in_use(session, others[0]):
        return None
    row = IndexRotation(former=in_force, anew=others[0], began_at=now, rows=0)
    session.add(row)
    session.flush()
    audit.record(session, actor, now, "index_rotation_begun", "keys", name=row.anew[:NAME_LENGTH])
    return row


def check_processes(database: Database, rotation: IndexRotation) -> None:
    """Raises Unready while a process works here that does not hold the new key: after the turn it could go on with
    nothing."""
    others = database.processes_without(rotation.anew)
    if others:
        raise Unready(
            f"{len(others)} processes or connections do not hold the new key ({', '.join(others[:5])}): put both keys "
            "into PORTAL_INDEX_KEY on every host, restart server and worker, run it again"
        )


def prove(database: Database) -> Proof:
    """Make every digest that could move anew, and hold it against what stands there. Reads all of them."""
    good, wrong = dict[str, int](), dict[str, int]()
    for one in moving():
        good[one.name] = wrong[one.name] = 0
        after: int | None = 0
        while after is not None:
            with database.reading() as session:
                vault = contacts.index_vault_of(session)
                rows = session.execute(one.rows(after, _AT_ONCE)).all()
                fit = sum(fits(vault, one, row) for row in rows)
            good[one.name] += fit
            wrong[one.name] += len(rows) - fit
            after = rows[-1].row if len(rows) == _AT_ONCE else None
    with database.reading() as session:
        for column in following():
            former = exists().where(DigestPair.former == column)
            count = session.scalar(select(func.count()).select_from(column.table).where(former)) or 0
            wrong[f"{column.table.name}.{column.name}"] = count
    good[words.NAME], wrong[words.NAME] = words.proven(database)
    return Proof(good, {name: count for name, count in wrong.items() if count})


def forget_pairs(session: Session) -> int:
    """Forget some pairs of a round that turned; how many. With them goes what ties a digest of before to a row."""
    some = select(DigestPair.former).limit(_PAIRS_AT_ONCE)
    gone = session.execute(delete(DigestPair).where(DigestPair.former.in_(some)))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # a DELETE counts its rows


def finish(session: Session, actor: Actor, now: datetime, rotation: IndexRotation, proof: Proof) -> None:
    """Everything that could move has moved: the round is over, and its proof is signed."""
    rotation.facts = {
        "proven": dict(proof.good),
        "stays": dict(staying(session, now, rotation.turned_at or now)),
        "rows": rotation.rows,
    }
    rotation.ended_at = now
    signer = contacts.signer_of(session)
    rotation.signature = signer.sign(signed_text(rotation).encode())
    rotation.signed_by = signing_keys.name_of(signer.public_key)
    name, total = rotation.anew[:NAME_LENGTH], sum(proof.good.values())
    audit.record(session, actor, now, "index_rotation_ended", "keys", name=name, rows=total)
    session.flush()


def holds_good(session: Session, rotation: IndexRotation) -> bool:
    """Whether the signature under a round's proof holds, under the present signing key or a former one that is
    believed."""
    if rotation.signature is None:
        return False
    text, signature = signed_text(rotation).encode(), rotation.signature
    keys = (one for one in signing_keys.believed(session) if one.name == rotation.signed_by)
    return any(signed_with(one.public_key, text, signature) for one in keys)


def signed_text(rotation: IndexRotation) -> str:
    """The canonical JSON that the signature covers: sorted keys, no spaces, instants in UTC."""
    body: dict[str, Any] = {
        "version": VERSION,
        "kind": "index key",
        "former": rotation.former,
        "anew": rotation.anew,
        "began_at": _iso(rotation.began_at),
        "turned_at": _iso(rotation.turned_at),
        "ended_at": _iso(rotation.ended_at),
        "facts": rotation.facts,
    }
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def as_json(rotation: IndexRotation) -> dict[str, str]:
    """All that is needed to verify the proof with the public signing key."""
    signature = base64.b64encode(rotation.signature or b"").decode()
    return {"signed": signed_text(rotation), "signature": signature, "key_id": rotation.signed_by or ""}


def _in_force(session: Session) -> str:
    of_kind = select(KeyMark.mark).where(KeyMark.kind == KeyKind.INDEX, KeyMark.ended_at.is_(None))
    return session.scalars(of_kind).one()


def _was_in_use(session: Session, mark: str) -> bool:
    """A key that was left is not taken up again: who knows it would find everybody anew."""
    of_it = exists().where(KeyMark.kind == KeyKind.INDEX, KeyMark.mark == mark)
    return bool(session.scalar(select(of_it)))


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at is not None else None
