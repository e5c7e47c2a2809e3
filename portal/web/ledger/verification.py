"""The proof of the ledger: when it was verified last and what was found, and a way to do it now."""

from time import monotonic

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...services.verification import proof
from ...services.verification import runs as verification_runs
from ..edge import actor, database, db, files, now
from ..guard import guard
from ..words.ledger import fault_words
from .accounts import bp


@bp.get("/ledger/verify")
@guard(Permission.READ_LEDGER)
def verify() -> ResponseReturnValue:
    """The last verification, and what was posted since."""
    last = verification_runs.last(db())
    return render_template(
        "ledger/verify.html",
        last=last,
        said=fault_words(last.fault) if last else None,
        asked_at=verification_runs.asked_at(db()),
        under_way=verification_runs.progress_of(db(), now()),
        since=proof.blocks_after(db(), last.batches) if last else 0,
    )


@bp.post("/ledger/verify")
@guard(Permission.READ_LEDGER)
def verify_now() -> ResponseReturnValue:
    """Recompute a small ledger at once; ask the worker for a large one."""
    with database().snapshot() as snapshot:
        started, at_once = monotonic(), verification_runs.small(snapshot)
        found = verification_runs.verify(snapshot, files=files()) if at_once else None
        asked = verification_runs.asked_at(snapshot)
    if found is not None:
        verification_runs.note(db(), actor(), now(), found, seconds=round(monotonic() - started))
    elif asked is None:
        verification_runs.ask(db(), actor(), now())
        flash(_("The ledger is being verified. Come back in some minutes."), "info")
    return redirect(url_for("ledger.verify"), 303)
