"""What one chooses: by which ways a topic comes, a digest, the mail address; and the links in mails that change it."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import SelectChoice

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...models import DigestEvery
from ...rules.notifications.kind import Channel, Topic
from ...rules.notifications.kinds import KINDS
from ...rules.notifications.ways import URGENT_ALONE, by_default, may_choose
from ...services.notifications import addresses, digests, mail_addresses
from ...services.notifications.background import out_of
from ...services.notifications.examples import try_way, way_by
from ...services.notifications.ways import AppWay
from ..edge import actor, config, db, now, refusing, send_afterwards, send_mails_afterwards
from ..guard import guard, public
from ..language import choose
from ..limits import limiter, network
from ..messages import say
from . import apps
from .forms import AddressForm, ChoicesForm
from .words import TOPICS

bp = Blueprint("notice_settings", __name__)
doors = Blueprint("notice_links", __name__)

_CHANNELS = {Channel.INBOX: _l("Rings in the inbox"), Channel.SMS: _l("Text"), Channel.MAIL: _l("Mail")}


@bp.route("/inbox/settings", methods=["GET", "POST"])
@guard(Permission.OWN_PROFILE)
def show() -> ResponseReturnValue:
    """By which ways I am told."""
    form, address = ChoicesForm(), AddressForm()
    settings, boxes = addresses.settings_of(db(), actor().id), _boxes(_channels())
    form.wanted.choices = [SelectChoice(f"{topic}.{channel}", "") for topic, channel in boxes]
    if form.validate_on_submit():
        chosen = set(form.wanted.data or ())
        for topic, channel in boxes:
            if may_choose(topic, channel, KINDS):
                wanted = f"{topic}.{channel}" in chosen
                addresses.choose(db(), now(), actor().id, topic, channel, wanted=wanted)
        digests.choose(db(), now(), actor().id, DigestEvery(form.digest.data), form.digest_hour.data)
        flash(_("Saved."), "success")
        return redirect(url_for(".show"))
    if not form.is_submitted():
        form.digest.data, form.digest_hour.data = settings.digest.value, settings.digest_hour
    return _page(form, address)


@bp.post("/inbox/settings/mail")
@guard(Permission.OWN_PROFILE)
def mail() -> ResponseReturnValue:
    """Send mails there, once it is confirmed."""
    address = AddressForm()
    if address.validate_on_submit():
        with refusing(address):
            where = {"base_url": config().base_url, "locale": choose()}
            mail_addresses.ask(db(), actor(), now(), address.address.data, **where)
            send_mails_afterwards()
            flash(_("A mail with a link is on its way. Open the link, and notices go there."), "success")
            return redirect(url_for(".show"))
    form = ChoicesForm(formdata=None)
    form.wanted.choices = []
    settings = addresses.settings_of(db(), actor().id)
    form.digest.data, form.digest_hour.data = settings.digest.value, settings.digest_hour
    return _page(form, address), 422


def _sender() -> str:
    """Whose tests are counted together."""
    return f"own tests {current_user.person.id}" if current_user.is_authenticated else network()


@bp.post("/inbox/settings/test/<which>")
@guard(Permission.OWN_PROFILE)
@limiter.limit("10 per hour", key_func=_sender)
def test(which: str) -> ResponseReturnValue:
    """Send a message to myself in an app, to see whether it comes."""
    way = way_by(which, [one for one in out_of(config()).ways if isinstance(one, AppWay)])
    if way is None:
        abort(404)
    try:
        try_way(db(), actor(), now(), way, choose())
    except Refusal as refusal:
        flash(say(refusal), "danger")
    else:
        send_afterwards(way.sender)
        flash(_("It is on its way. Load this page again where it does not come: it says why."), "success")
    return redirect(url_for(".show", _anchor="apps"))


@bp.post("/inbox/settings/mail/remove")
@guard(Permission.OWN_PROFILE)
def forget() -> ResponseReturnValue:
    """Send no mails any more."""
    mail_addresses.forget(db(), actor(), now())
    flash(_("No more notices go out by mail."), "success")
    return redirect(url_for(".show"))


@doors.route("/inbox/address/<token>", methods=["GET", "POST"])
@public
@limiter.limit("30/hour", methods=["POST"])
def confirm(token: str) -> ResponseReturnValue:
    """Confirm the address that this link was sent to. Mail servers open links: only the button does it."""
    form = FlaskForm()
    try:
        row = mail_addresses.of_link(db(), now(), token)
    except Refusal:
        abort(404)
    if form.is_submitted():
        mail_addresses.confirm(db(), now(), token)
        return redirect(url_for(".confirm", token=token))
    return render_template("notifications/confirm.html", form=form, done=row.mail_confirmed_at is not None)


@doors.route("/inbox/stop/<token>", methods=["GET", "POST"])
@public
@limiter.limit("60/hour", methods=["POST"])
def stop(token: str) -> ResponseReturnValue:
    """No more mails about this: by the button, or by one request of a mail program (RFC 8058)."""
    found, form = addresses.read_stop(db(), token), FlaskForm()
    if found is None:
        abort(404)
    person_id, topic = found
    if form.is_submitted():
        addresses.choose(db(), now(), person_id, topic, Channel.MAIL, wanted=False)
        return redirect(url_for(".stop", token=token))
    stopped = addresses.choices_of(db(), [person_id])[person_id].get((topic, Channel.MAIL)) is False
    return render_template("notifications/stop.html", form=form, topic=TOPICS[topic], done=stopped)


@doors.record_once
def _without_token(state: BlueprintSetupState) -> None:
    """A mail program has no session; the link itself says who and what."""
    state.app.extensions["csrf"].exempt(doors)


def _page(form: ChoicesForm, address: AddressForm) -> str:
    settings = addresses.settings_of(db(), actor().id)
    chosen = addresses.choices_of(db(), [actor().id])[actor().id]
    channels = _channels()
    boxes = _boxes(channels)
    ticked = {
        (topic, channel)
        for topic, channel in boxes
        if chosen.get((topic, channel), by_default(topic, channel, KINDS)) or not may_choose(topic, channel, KINDS)
    }
    return render_template(
        "notifications/settings.html",
        form=form,
        address=address,
        settings=settings,
        kept=addresses.address_in(db(), settings),
        topics=_topics(),
        channels=channels,
        apps=apps.of_reader(),
        ticked=ticked,
        boxes=boxes,
        fixed=lambda topic, channel: not may_choose(topic, channel, KINDS),
    )


def _topics() -> list[Topic]:
    """The topics that there is anything about for the reader."""
    whom = {"person", "principals"} if not actor().staff else {"person", str(actor().role)}
    return [topic for topic in Topic if any(k.topic is topic and whom & set(k.whom) for k in KINDS.values())]


def _boxes(channels: Iterable[Channel]) -> list[tuple[Topic, Channel]]:
    """What there is to tick, of these ways."""
    return [(topic, channel) for topic in _topics() for channel in channels if _says_anything(topic, channel)]


def _channels() -> dict[Channel, Any]:
    """What there is to choose, for this reader."""
    return {**_CHANNELS, **apps.channels()}


def _says_anything(topic: Topic, channel: Channel) -> bool:
    """A text, or WeChat, only says what cannot wait."""
    return channel not in URGENT_ALONE or by_default(topic, channel, KINDS)
