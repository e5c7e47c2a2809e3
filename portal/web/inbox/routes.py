"""What comes back on texts: the answers that a provider pushes, and the inbox of the stand-ins that deliver nothing.

Where a provider sends texts and a server takes mails there is no inbox page.
"""

import hmac

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _

from ...adapters.mail.local import LocalMail
from ...adapters.mail.sender import Letter
from ...adapters.sms.inbound import TAKEN, answers_in
from ...adapters.sms.local import Delivered, LocalSms
from ...models import TextKind
from ...services.contacts import Phone
from ...services.leads import opt_outs
from ..edge import config, db, now, post, senders, sms
from ..guard import public
from ..language import choose
from ..limits import limiter
from ..links import address_of

bp = Blueprint("inbox", __name__)

_ON_ITS_WAY = 2.0
"""Seconds: who asked for a code on the page before finds it here."""


@bp.get("/dev/inbox")
@public
def index():
    """What came, the newest first."""
    sender, delivering = sms(), post()
    mailbox = delivering.sender if delivering is not None else None
    if not isinstance(sender, LocalSms) and not isinstance(mailbox, LocalMail):
        abort(404)
    for one in senders().values():
        one.settle(_ON_ITS_WAY)
    kept = sender.inbox() if isinstance(sender, LocalSms) else []
    texts = [(Phone(text.phone).masked, text.at, *_worded(text), _stopped_by(text)) for text in kept]
    mails = mailbox.inbox() if isinstance(mailbox, LocalMail) else []
    return render_template("inbox/index.html", texts=texts, mails=[(mail, _link_in(mail.letter)) for mail in mails])


@bp.post("/dev/inbox/<key>/stop")
@public
def stop(key: str):
    """Answer "T" to a text, as its reader would."""
    sender = sms()
    text = sender.find(key) if isinstance(sender, LocalSms) else None
    if text is None:
        abort(404)
    opt_outs.take_answer(db(), now(), phone=text.phone, text="T", address=request.remote_addr)
    flash(_("Answered T: this number gets no more texts."), "success")
    return redirect(url_for(".index"))


@bp.post("/hooks/sms/<key>")
@public
@limiter.limit("600/minute")
def inbound(key: str):
    """What people answered to our texts, pushed by who delivers them."""
    wanted = config().sms_inbound_key
    if not wanted or not hmac.compare_digest(key.encode(), wanted.encode()):
        abort(404)
    try:
        answers = answers_in(request.get_data())
    except ValueError:
        abort(400)
    for answer in answers:
        opt_outs.take_answer(db(), now(), phone=answer.phone, text=answer.text, address=request.remote_addr)
    return jsonify(TAKEN)


@bp.record_once
def _without_token(state: BlueprintSetupState) -> None:
    """A provider has no session whose power could be borrowed."""
    state.app.extensions["csrf"].exempt(f"{__name__}.inbound")


def _worded(text: Delivered) -> tuple[str, str | None]:
    """The text as the provider's template has it, and the link in it."""
    if text.template == TextKind.ARRIVAL_CODE:
        return _(
            "[%(brand)s] Code %(code)s, good for 10 minutes. Read it to the broker who is with you at %(development)s. "
            "Not there? Tell it to nobody.",
            brand=_brand(),
            **text.params,
        ), None
    if text.template == TextKind.ACCOUNT_LINK:
        link = address_of(text.params["token"])
        return _(
            "[%(brand)s] Choose the password of your account by this link, once and within 7 days: %(link)s Give it to "
            "nobody. You did not ask for it? Tell us.",
            brand=_brand(),
            link=link,
        ), link
    if text.template == TextKind.BANK_CHANGE:
        link = config().base_url.rstrip("/") + url_for("bank_details.mine")
        return _(
            "[%(brand)s] Since %(day)s you are paid to another account, which ends in %(last_four)s. Not yours? Object "
            "here, and nothing is paid: %(link)s",
            brand=_brand(),
            link=link,
            **text.params,
        ), link
    if text.template == TextKind.PHONE_CHANGE:
        return _(
            "[%(brand)s] Since %(day)s your account is signed in by another phone number. You do not know of it? Tell "
            "an administrator at once.",
            brand=_brand(),
            **text.params,
        ), None
    if text.template == TextKind.PHONE_CODE:
        return _(
            "[%(brand)s] Code %(code)s for %(development)s, good for 10 minutes. Type it on the page where you asked "
            "for it. Nobody of ours asks you for it.",
            brand=_brand(),
            **text.params,
        ), None
    link = config().base_url.rstrip("/") + url_for("withdrawals.show", token=text.params["token"])
    return _(
        "[%(brand)s] You agreed to a face comparison at your visit. "
        "See what is stored, and withdraw at any time: %(link)s",
        brand=_brand(),
        link=link,
    ), link


_TO_OWNERS = {TextKind.ACCOUNT_LINK, TextKind.BANK_CHANGE, TextKind.PHONE_CHANGE, TextKind.PHONE_CODE}


def _stopped_by(text: Delivered) -> str | None:
    """The key by which its reader answers T; None for a text that no client gets."""
    return None if text.template in _TO_OWNERS else text.key


def _link_in(letter: Letter) -> str | None:
    return next((word for word in letter.text.split() if word.startswith(("https://", "http://"))), None)


def _brand() -> str:
    return config().brand_name_zh if choose() == "zh_Hans_CN" else config().brand_name
