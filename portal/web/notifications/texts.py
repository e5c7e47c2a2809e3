"""All texts of notices, for who answers for them: each kind with example facts, in both languages, by every way."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...adapters.mail.sender import Letter
from ...adapters.mail.words import Words as MailWords
from ...models import MailKind
from ...rules.notifications.kind import Channel, Importance, Kind, Topic, Whom
from ...rules.notifications.kinds import KINDS
from ...rules.notifications.ways import wanted
from ...services.notifications.background import out_of
from ...services.notifications.examples import said_for_example, send_to_oneself, way_by
from ...services.notifications.ways import Way
from ...services.notifications.wording import Said, words_of
from ...services.notifications.words import WORDS
from ..edge import actor, config, db, now
from ..guard import guard
from ..inbox.words import notice_text
from ..language import LOCALES, choose
from ..limits import limiter, network
from ..lists.arguments import chosen
from ..messages import say
from ..responses.security import show_a_letter
from .words import IMPORTANCE, WAYS, WHOM

bp = Blueprint("notice_texts", __name__)


@dataclass(frozen=True, slots=True)
class Row:
    """A kind as the list shows it."""

    name: str
    kind: Kind
    subject: str
    readers: str
    ways: str


@dataclass(frozen=True, slots=True)
class Version:
    """What one circle of readers is told, in one language: in the inbox and by each way."""

    locale: str
    said: Said
    text: str
    mail: str


@bp.get("/notices/texts")
@guard(Permission.READ_NOTICE_TEXTS)
def index() -> ResponseReturnValue:
    """Every kind of notice, by topic, by who is told, by how much it matters, or by a word in its texts."""
    args = request.args
    topic, importance = chosen(Topic, args.get("topic")), chosen(Importance, args.get("importance"))
    whom, word = chosen(Whom, args.get("whom")), args.get("q", "").strip().casefold()
    locale, there, gap = choose(), _there(), _(", ")
    readers, ways = ({code: str(said) for code, said in words.items()} for words in (WHOM, WAYS))
    rows = [
        Row(
            name,
            kind,
            _said(name, kind.whom[0], locale).subject,
            gap.join(map(readers.__getitem__, kind.whom)),
            gap.join(map(ways.__getitem__, _channels(kind, there))),
        )
        for name, kind in KINDS.items()
        if topic in (None, kind.topic)
        and importance in (None, kind.importance)
        and (whom is None or whom in kind.whom)
        and (not word or word in _all_of(name))
    ]
    return render_template("notifications/texts.html", rows=rows, **_choices())


@bp.get("/notices/texts/<key>")
@guard(Permission.READ_NOTICE_TEXTS)
def show(key: str) -> ResponseReturnValue:
    """One kind: what each circle of readers is told, in both languages, by every way."""
    kind = _known(key)
    heard = list(dict.fromkeys(whom if whom in WORDS[key] else None for whom in kind.whom))
    circles = [
        (
            [whom for whom in kind.whom if (whom if whom in WORDS[key] else None) == one],
            [_version(key, one or kind.whom[0], locale) for locale in LOCALES],
        )
        for one in heard
    ]
    return render_template(
        "notifications/text.html",
        name=key,
        kind=kind,
        subject=_said(key, kind.whom[0], choose()).subject,
        channels=_channels(kind, _there()),
        circles=circles,
        ways=[way.channel for way in _ways()],
        form=FlaskForm(),
        **_choices(),
    )


@bp.get("/notices/texts/<key>/mail/<locale>")
@guard(Permission.READ_NOTICE_TEXTS)
def mail(key: str, locale: str) -> ResponseReturnValue:
    """The mail of a kind as a mail program shows it."""
    kind = _known(key)
    whom = request.args.get("whom", kind.whom[0])
    if whom not in kind.whom or locale not in LOCALES:
        abort(404)
    show_a_letter()
    return _letter(kind, _said(key, Whom(whom), locale), locale).html


def _sender() -> str:
    """Whose test texts are counted together."""
    return f"test texts {current_user.person.id}" if current_user.is_authenticated else network()


@bp.post("/notices/texts/<key>/send")
@guard(Permission.READ_NOTICE_TEXTS)
@limiter.limit("10 per hour", key_func=_sender)
def send(key: str) -> ResponseReturnValue:
    """Send a text to myself, with its example facts."""
    kind = _known(key)
    way, whom = way_by(request.form.get("way", ""), _ways()), request.form.get("whom", kind.whom[0])
    if way is None or whom not in kind.whom:
        abort(404)
    try:
        with db().begin_nested():
            send_to_oneself(db(), actor(), now(), key, Whom(whom), way, choose())
    except Refusal as refusal:
        flash(say(refusal), "danger")
    else:
        g.setdefault("woken", set()).add(way.sender)
        flash(_("It is on its way to you."), "success")
    return redirect(url_for(".show", key=key))


def _choices() -> dict[str, Any]:
    return {"importances": IMPORTANCE, "whom_words": WHOM}


def _known(name: str) -> Kind:
    if name not in KINDS:
        abort(404)
    return KINDS[name]


def _ways() -> Sequence[Way]:
    return out_of(config()).ways


def _there() -> list[Channel]:
    """The ways that are set up here."""
    there = {Channel.INBOX, *(way.channel for way in _ways())}
    return [channel for channel in Channel if channel in there]


def _channels(kind: Kind, there: Sequence[Channel]) -> list[Channel]:
    """By which of these ways it goes."""
    return [channel for channel in there if wanted(kind, channel, {})]


@lru_cache(maxsize=4_000)
def _said(name: str, whom: Whom, locale: str) -> Said:
    """A text with its example facts: the same whenever it is asked for."""
    return said_for_example(KINDS[name], words_of(WORDS[name], whom), locale)


def _all_of(name: str) -> str:
    """Every word of a kind, in both languages, to look for one."""
    said = [_said(name, whom, locale) for whom in KINDS[name].whom for locale in LOCALES]
    return "\n".join((name, *(part for one in said for part in (one.subject, one.why, one.do)))).casefold()


def _version(name: str, whom: Whom, locale: str) -> Version:
    said = _said(name, whom, locale)
    brand = config().brand_name_zh if locale == "zh_Hans_CN" else config().brand_name
    with force_locale(locale):
        text, _link = notice_text({"what": said.subject, "count": "1"}, brand)
    return Version(locale, said, text, _letter(KINDS[name], said, locale).text)


def _letter(kind: Kind, said: Said, locale: str) -> Letter:
    base = config().base_url.rstrip("/")
    item = {"subject": said.subject, "why": said.why, "do": said.do, "link": f"{base}/inbox/128"}
    params: dict[str, Any] = {"items": [item], "inbox": f"{base}/inbox"}
    if kind.optional:
        params["unsubscribe"] = f"{base}/inbox/stop/…"
    words = MailWords({"zh_Hans_CN": config().brand_name_zh, "en": config().brand_name})
    return words.letter("", MailKind.NOTICE, params, locale)
