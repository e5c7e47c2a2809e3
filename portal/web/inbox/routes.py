"""What comes back on texts: the answers that a provider pushes, and the inbox of the stand-ins that deliver nothing.

Where a provider sends texts and a server takes mails there is no inbox page.
"""

import hmac

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...adapters.mail.local import LocalMail
from ...adapters.mail.sender import Letter
from ...adapters.sms.inbound import TAKEN, answers_in, reports_in
from ...adapters.sms.local import Delivered, LocalSms
from ...models import TextKind
from ...services.contacts import Phone
from ...services.joining import invitations
from ...services.leads import opt_outs
from ...services.messages import texts
from ...services.notifications import addresses
from ..edge import config, db, now, post, senders, sms
from ..guard import public
from ..limits import limiter
from .words import worded

bp = Blueprint("inbox", __name__)

_ON_ITS_WAY = 2.0
"""Seconds: who asked for a code on the page before finds it here."""


@bp.get("/dev/inbox")
@public
def index() -> ResponseReturnValue:
    """What came, the newest first."""
    sender, delivering = sms(), post()
    mailbox = delivering.sender if delivering is not None else None
    if not isinstance(sender, LocalSms) and not isinstance(mailbox, LocalMail):
        abort(404)
    for one in senders().values():
        one.settle(_ON_ITS_WAY)
    kept = sender.inbox() if isinstance(sender, LocalSms) else []
    shown = [(Phone(text.phone).masked, text.at, *worded(text), text.key, _stopped_by(text)) for text in kept]
    mails = mailbox.inbox() if isinstance(mailbox, LocalMail) else []
    return render_template("inbox/index.html", texts=shown, mails=[(mail, _link_in(mail.letter)) for mail in mails])


@bp.post("/dev/inbox/<key>/stop")
@public
def stop(key: str) -> ResponseReturnValue:
    """Answer "T" to a text, as its reader would."""
    sender = sms()
    text = sender.find(key) if isinstance(sender, LocalSms) else None
    if text is None:
        abort(404)
    _take_answer(text.phone, "T")
    flash(_("Answered T: this number gets no more texts."), "success")
    return redirect(url_for(".index"))


@bp.post("/hooks/sms/<key>")
@public
@limiter.limit("600/minute")
def inbound(key: str) -> ResponseReturnValue:
    """What people answered to our texts, pushed by who delivers them."""
    wanted = config().sms_inbound_key
    if not wanted or not hmac.compare_digest(key.encode(), wanted.encode()):
        abort(404)
    try:
        answers = answers_in(request.get_data())
    except ValueError:
        abort(400)
    for answer in answers:
        _take_answer(answer.phone, answer.text)
    return jsonify(TAKEN)


@bp.post("/hooks/sms/<key>/reports")
@public
@limiter.limit("600/minute")
def reports(key: str) -> ResponseReturnValue:
    """Which texts reached their phones, pushed by who delivers them."""
    wanted = config().sms_inbound_key
    if not wanted or not hmac.compare_digest(key.encode(), wanted.encode()):
        abort(404)
    try:
        found = reports_in(request.get_data())
    except ValueError:
        abort(400)
    for report in found:
        texts.take_report(db(), now(), report.key, report.why)
    return jsonify(TAKEN)


@bp.post("/dev/inbox/<key>/report")
@public
def report(key: str) -> ResponseReturnValue:
    """Say whether a text reached its phone, as its provider would."""
    sender = sms()
    text = sender.find(key) if isinstance(sender, LocalSms) else None
    if text is None:
        abort(404)
    arrived = request.form.get("arrived") == "1"
    texts.take_report(db(), now(), text.key, None if arrived else "MOBILE_NOT_ON_SERVICE")
    flash(_("Reported. The page of the thing says so under “Told on”."), "success")
    return redirect(url_for(".index"))


@bp.record_once
def _without_token(state: BlueprintSetupState) -> None:
    """A provider has no session whose power could be borrowed."""
    for hook in ("inbound", "reports"):
        state.app.extensions["csrf"].exempt(f"{__name__}.{hook}")


def _take_answer(phone: str, text: str) -> None:
    """What somebody answered to a text of ours, as a client and as who was invited."""
    opt_outs.take_answer(db(), now(), phone=phone, text=text, address=request.remote_addr)
    addresses.take_answer(db(), now(), phone=phone, text=text)
    invitations.take_answer(db(), now(), phone=phone, text=text, address=request.remote_addr)


_TO_OWNERS = {TextKind.ACCOUNT_LINK, TextKind.BANK_CHANGE, TextKind.PHONE_CHANGE, TextKind.PHONE_CODE, TextKind.ERASURE}


def _stopped_by(text: Delivered) -> str | None:
    """The key by which its reader answers T; None for a text that no client gets."""
    return None if text.template in _TO_OWNERS else text.key


def _link_in(letter: Letter) -> str | None:
    return next((word for word in letter.text.split() if word.startswith(("https://", "http://"))), None)
