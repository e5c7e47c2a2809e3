"""The inbox: what one is told, newest first; the bell that says how much of it waits; and the way to each thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from ...access.permissions import Permission
from ...models import Base, Event, Notice
from ...rules.notifications.concerned import may_follow
from ...rules.notifications.kind import NAMED, Topic, Whom
from ...rules.notifications.kinds import KINDS
from ...services.notifications import inbox, told
from ...services.notifications.wording import Said
from ..edge import actor, database, db, now, only_reads
from ..guard import guard, public
from ..language import choose
from ..lists.paging import page_of
from .apps import way_why
from .links import address_for, address_of
from .words import ICONS, REACHED, SPANS, TOPICS, WAYS

bp = Blueprint("notifications", __name__)


@dataclass(frozen=True, slots=True)
class Row:
    """A notice as a list shows it."""

    notice: Notice
    said: Said
    icon: str


@bp.get("/inbox")
@guard(Permission.OWN_PROFILE)
def index() -> ResponseReturnValue:
    """What I am told, the newest first."""
    topic, span = request.args.get("topic", ""), request.args.get("since", "")
    if (topic and topic not in set(Topic)) or span not in SPANS:
        abort(404)
    days = SPANS[span][0]
    since = now() - timedelta(days=days) if days else None
    wanted = inbox.listing(actor(), unread=request.args.get("state") == "unread", topic=topic, since=since)
    page = page_of(db(), wanted, Notice.id, request.args.get("after"))
    return render_template(
        "notifications/index.html",
        rows=rows_of(page.rows),
        here=_here(),
        next_cursor=page.next_cursor,
        topics=[("", _("All topics")), *((topic, str(word)) for topic, word in TOPICS.items())],
        spans=[(name, str(word)) for name, (_days, word) in SPANS.items()],
    )


def _here() -> dict[str, Any]:
    """The filters and the page that one is on, to come back to."""
    return {name: request.args[name] for name in ("state", "topic", "since", "after") if name in request.args}


@bp.get("/inbox/<int:notice_id>")
@guard(Permission.OWN_PROFILE)
def follow(notice_id: int) -> ResponseReturnValue:
    """Go to the thing that a notice is about; with that it is read. It can be reached from a mail, so it is a GET."""
    notice = inbox.find(db(), actor(), notice_id)
    if notice is None or notice.event.kind not in KINDS:
        abort(404)
    if notice.read_at is None:
        with database().transaction() as own:
            inbox.mark_read(own, actor(), now(), [notice.id])
    kind, whom = KINDS[notice.event.kind], Whom(notice.whom)
    if whom in NAMED and not may_follow(kind, notice.event.agency_id, actor().agency_id):
        flash(_("That stands with your former agency. Its page does not open for you any more."), "info")
        return redirect(url_for(".index"))
    return redirect(address_of(notice))


@bp.get("/inbox/events/<int:event_id>")
@guard(Permission.OWN_PROFILE)
def of_event(event_id: int) -> ResponseReturnValue:
    """Go to the thing that a group was told of: by one's own notice, or, of the staff, where such notices lead."""
    own = inbox.of_event(db(), actor(), event_id)
    if own is not None:
        return redirect(url_for(".follow", notice_id=own.id))
    event = db().get(Event, event_id) if actor().staff else None
    if event is None or event.kind not in KINDS:
        abort(404)
    return redirect(address_for(event, Whom(str(actor().role))))


@bp.post("/inbox/<int:notice_id>/read")
@guard(Permission.OWN_PROFILE)
def read(notice_id: int) -> ResponseReturnValue:
    """I have read this one."""
    if inbox.find(db(), actor(), notice_id) is None:
        abort(404)
    inbox.mark_read(db(), actor(), now(), [notice_id])
    return redirect(url_for(".index", **_here()))


@bp.post("/inbox/read")
@guard(Permission.OWN_PROFILE)
def read_all() -> ResponseReturnValue:
    """I have read all of it."""
    inbox.mark_read(db(), actor(), now())
    flash(_("All notices are marked as read."), "success")
    return redirect(url_for(".index"))


@bp.get("/inbox/bell")
@public
def bell() -> ResponseReturnValue:
    """The bell alone, as a page asks for it again and again; nothing for whose sign-in has ended meanwhile."""
    return render_template("notifications/_bell.html") if current_user.is_authenticated else ("", 204)


def rows_of(notices: Sequence[Notice]) -> list[Row]:
    """Notices in the reader's words."""
    names, locale = inbox.Names.of(db(), [notice.event for notice in notices]), choose()
    return [
        Row(notice, inbox.said(notice.event, notice.whom, names, locale), ICONS[KINDS[notice.event.kind].importance])
        for notice in notices
    ]


def unread_notices() -> int:
    """How many notices of the reader wait unread: asked with the session, and anew where a request may change it."""
    if "unread_notices" not in g:
        known: int | None = current_user.row.unread if only_reads() else None
        g.unread_notices = inbox.unread_count(db(), current_user.person.id) if known is None else known
    count: int = g.unread_notices
    return count


def told_on(subject: Base) -> list[tuple[Row, Sequence[told.ByWay]]]:
    """Who was told of a thing and by which ways, as far as the reader may know."""
    found = told.told_on(db(), actor(), subject)
    return list(zip(rows_of([one.notice for one in found]), [one.ways for one in found], strict=True))


def told_in_groups(subject: Base) -> Sequence[told.ToldInGroup]:
    """What developments' groups were told of a thing, as far as the reader may know."""
    return told.told_in_groups(db(), actor(), subject)


bp.record_once(
    lambda state: state.app.jinja_env.globals.update(
        unread_notices=unread_notices,
        told_on=told_on,
        told_in_groups=told_in_groups,
        topic_words=TOPICS,
        way_words=WAYS,
        reached_words=REACHED,
        way_why=way_why,
    )
)
