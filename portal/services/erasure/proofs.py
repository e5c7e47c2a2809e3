"""The proof of an erasure: what went, what stays, why and until when, signed like a receipt (rules 2.7).

It holds no personal data and names nobody, so it may be shown to anyone. It is verified without an account by its
request's key, and without this server by the signing key.
"""

import base64
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from ...crypto import signed_with
from ...models import ErasureProof, ErasureRequest
from ...rules.erasure.grounds import Ground, Hold
from ...session import Session
from ..claims import signing_keys
from ..contacts import signer_of
from .parts import What

VERSION = 1


def issue(
    session: Session,
    now: datetime,
    request: ErasureRequest,
    *,
    gone: Counter[What],
    holds: Sequence[Hold],
    kept: Mapping[Ground, int],
) -> ErasureProof:
    """Sign what was done; `kept` are the records that stay without a name, by their ground."""
    row = ErasureProof(
        request_id=request.id,
        number=len(of_request(session, request)) + 1,
        facts={
            "request": request.id,
            "asked_at": _iso(request.asked_at),
            "whose": "client" if request.client_id is not None else "account",
            "erased": {what.value: gone[what] for what in What if gone[what]},
            "held": [{"ground": one.ground.value, "until": _iso(one.until) if one.until else None} for one in holds],
            "kept": {ground.value: count for ground, count in kept.items() if count},
        },
        at=now,
    )
    signer = signer_of(session)
    row.signature = signer.sign(signed_text(request, row).encode())
    row.signed_by = signing_keys.name_of(signer.public_key)
    session.add(row)
    session.flush()
    return row


def of_request(session: Session, request: ErasureRequest) -> Sequence[ErasureProof]:
    """The proofs of a request, in their order."""
    mine = select(ErasureProof).where(ErasureProof.request_id == request.id)
    return session.scalars(mine.order_by(ErasureProof.number)).all()


def holds_good(session: Session, request: ErasureRequest, proof: ErasureProof) -> bool:
    """Whether the signature holds, under the present key or a former one that is believed."""
    text = signed_text(request, proof).encode()
    keys = (one for one in signing_keys.believed(session) if one.name == proof.signed_by)
    return any(signed_with(one.public_key, text, proof.signature) for one in keys)


def as_json(request: ErasureRequest, proof: ErasureProof) -> dict[str, Any]:
    """All that is needed to verify without this server, but for the public key, which is published by its id."""
    return {
        "algorithm": "Ed25519",
        "signed": signed_text(request, proof),
        "signature": base64.b64encode(proof.signature).decode(),
        "key_id": proof.signed_by,
    }


def signed_text(request: ErasureRequest, proof: ErasureProof) -> str:
    """The canonical JSON that the signature covers: sorted keys, no spaces, instants in UTC."""
    body = {
        "version": VERSION,
        "kind": "erasure",
        "key": request.key,
        "number": proof.number,
        "at": _iso(proof.at),
        "facts": proof.facts,
    }
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
