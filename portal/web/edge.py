"""What a route needs of its request: the session of its one transaction, who acts, and the instant.

A request has one session. Reading requests get one that the database keeps from writing; the others commit
when the view has returned, whatever the status, and roll back when it raised. Who wants a refusal shown at
the form uses `refusing`, which undoes the attempt alone.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import ParamSpec, cast

from flask import Flask, Response, abort, current_app, g, render_template, request
from flask_login import current_user
from flask_wtf import FlaskForm

from commissions.refusal import Refusal

from ..access.actor import Actor
from ..access.scope import T, find
from ..adapters.apps import AppCarrier
from ..adapters.faces.drawn import DrawnFaces
from ..adapters.faces.engine import Engine
from ..adapters.mail import Post
from ..adapters.provider_sign_in.provider import Provider
from ..adapters.sms.sender import Sms
from ..adapters.storage.files import Files
from ..adapters.wechat.account import WeChat
from ..adapters.wecom.robot import Robots
from ..clock import Clock
from ..config import Config
from ..db import Database
from ..models import App
from ..rules.accounts.sessions import Idle
from ..rules.provider_sign_in.claims import ProviderName
from ..rules.vital_signs import HealthLimits
from ..services.messages.background_sender import BackgroundSender
from ..services.notifications.background import EVENTS
from ..session import Session
from .messages import say

P = ParamSpec("P")

_READING = {"GET", "HEAD", "OPTIONS"}


def database() -> Database:
    """The application's database; for a test key of the partner API its sandbox."""
    opened: Database = g.get("sandbox") or current_app.extensions["database"]
    return opened


def config() -> Config:
    """The application's settings."""
    settings: Config = current_app.extensions["config"]
    return settings


def idle() -> Idle:
    """After how long without use a sign-in ends."""
    return Idle(config().idle_minutes, config().idle_hours)


def health_limits() -> HealthLimits:
    """After how long the portal's signs of life are late."""
    return HealthLimits(**config().health_limits())


def engine() -> Engine:
    """What looks at faces: one a process, loaded when it is first wanted. In a sandbox it knows drawn people alone."""
    looking: Engine = DrawnFaces() if "sandbox" in g else current_app.extensions["faces"]
    return looking


def files() -> Files:
    """Where blobs are kept; those of a test key of the partner API in its sandbox."""
    kept: Files = g.get("sandbox_files") or current_app.extensions["files"]
    return kept


def sms() -> Sms | None:
    """Who delivers texts; None where none go out."""
    sender: Sms | None = current_app.extensions["sms"]
    return sender


def post() -> Post | None:
    """Who delivers mails; None where none go out."""
    delivering: Post | None = current_app.extensions["post"]
    return delivering


def wechat() -> WeChat | None:
    """Who lets shared links show a card; None where they show none."""
    account: WeChat | None = current_app.extensions["wechat"]
    return account


def app_carrier(app: App) -> AppCarrier | None:
    """Who carries messages to people in this app; None where none go out."""
    carrier: AppCarrier | None = current_app.extensions["apps"][app]
    return carrier


def robots() -> Robots | None:
    """Who carries messages to developments' groups; None where none go out."""
    carrier: Robots | None = current_app.extensions["robots"]
    return carrier


def providers() -> dict[ProviderName, Provider]:
    """Who lets people in beside the portal."""
    loaded: dict[ProviderName, Provider] = current_app.extensions["providers"]
    return loaded


def senders() -> dict[str, BackgroundSender]:
    """What sends texts and mails in this process, in threads of its own."""
    sending: dict[str, BackgroundSender] = current_app.extensions["senders"]
    return sending


def send_afterwards(sender: str) -> None:
    """Have what the request enqueues sent as soon as it is committed, by another thread: none waits for a carrier."""
    g.setdefault("woken", set()).add(sender)


def send_texts_afterwards() -> None:
    """`send_afterwards`, for texts."""
    send_afterwards("texts")


def send_mails_afterwards() -> None:
    """`send_afterwards`, for mails."""
    send_afterwards("mails")


def tell_afterwards() -> None:
    """Have what a transaction of its own told handed on, as what the request's own told is."""
    g.setdefault("woken", set()).add(EVENTS)


def afterwards(work: Callable[[], object]) -> None:
    """Do something when the request is committed and answered: for what a reader must not wait for, nor miss by its
    failure. The work opens a transaction of its own."""
    g.setdefault("afterwards", []).append(work)


def only_reads() -> bool:
    """Whether the request's session cannot write."""
    return request.method in _READING


def db() -> Session:
    """The request's session."""
    if "session" not in g:
        g.session = database().session(read_only=only_reads())
    session: Session = g.session
    return session


def now() -> datetime:
    """The request's instant: asked once, so that all of a request happens at the same time."""
    if "now" not in g:
        clock: Clock = current_app.extensions["clock"]
        g.now = clock()
    instant: datetime = g.now
    return instant


def actor() -> Actor:
    """Who acts. Only for guarded routes. A request that only reads changes nobody, and is asked once."""
    known: Actor | None = g.get("actor")
    if known is None:
        known = Actor.of(current_user.person, request.remote_addr, g.get("step_up"))
        if only_reads():
            g.actor = known
    return known


def load(model: type[T], key: int) -> T:
    """The row with this id, or 404 where the actor may not see it (as if it were not there)."""
    row = find(db(), actor(), model, key)
    if row is None:
        abort(404)
    return row


def _may_end_early(block: Callable[P, AbstractContextManager[None]]) -> Callable[P, AbstractContextManager[None, bool]]:
    """For the type checker: a refusal ends the block, and what stands behind it is reached."""
    return cast(Callable[P, AbstractContextManager[None, bool]], block)


@_may_end_early
@contextmanager
def refusing(form: FlaskForm) -> Iterator[None]:
    """Turn a refusal into an error of the form: at the field that its facts name, or above the form.

    What the service did is undone; what was typed stays. After the block, show the form again.
    """
    try:
        with db().begin_nested():
            yield
    except Refusal as refusal:
        show_refusal(form, refusal)


def show_refusal(form: FlaskForm, refusal: Refusal) -> None:
    """Word a refusal at the field that its facts name, or above the form."""
    field = refusal.facts.get("field")
    g.refusal = refusal
    if field in form:
        form[field].errors = [*form[field].errors, say(refusal)]
    else:
        form.form_errors.append(say(refusal))


def form_page(template: str, form: FlaskForm, **facts: object) -> tuple[str, int]:
    """The page of a form and its status: 200 as it is opened, 422 where something is wrong with what was sent, be it
    to another form of the page.

    A view that saves does so before, and leaves: `if form.validate_on_submit(): with refusing(form): …; return`. What
    comes here was opened, or stands there as it was typed, each fault beside its field.
    """
    wrong = any(one.errors for one in (form, *facts.values()) if isinstance(one, FlaskForm))
    return render_template(template, form=form, **facts), 422 if wrong else 200


@_may_end_early
@contextmanager
def without_transaction(form: FlaskForm) -> Iterator[None]:
    """Work that takes long and needs no database: nobody who writes waits for it. A refusal becomes an error of the
    form. Load rows again after it."""
    abandon()
    try:
        yield
    except Refusal as refusal:
        show_refusal(form, refusal)


def abandon() -> None:
    """Roll the request's transaction back; what was loaded stays readable for the page that says so."""
    session: Session | None = g.pop("session", None)
    if session is not None:
        session.expunge_all()
        session.close()


def init_edge(app: Flask) -> None:
    """Commit after each view that returned, and never leave a session open."""

    @app.after_request
    def commit(response: Response) -> Response:
        session: Session | None = g.pop("session", None)
        if session is not None:
            g.committing = True
            with session:
                session.commit()
            g.committing = False
            if session.told:
                g.setdefault("woken", set()).add(EVENTS)
        for name in g.pop("woken", ()):
            senders()[name].wake()
        for work in g.pop("afterwards", ()):
            response.call_on_close(work)
        return response

    @app.teardown_appcontext
    def close(_error: BaseException | None) -> None:
        abandon()
