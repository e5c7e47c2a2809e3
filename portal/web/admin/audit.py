"""The audit log, to be read: nobody can change it, the database sees to that."""

from datetime import timedelta

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext as _p
from sqlalchemy import Select

from ...access.permissions import Permission
from ...clock import day_start
from ...models import AuditEntry
from ...services import audit
from ..edge import actor, db
from ..guard import guard
from ..lists.arguments import day_of, number_of
from ..lists.exports import Column, every, export
from ..lists.paging import page_of
from ..words.audit_actions import deed
from ..words.audit_subjects import subject
from .fact_words import facts_in_words
from .people import bp


@bp.get("/audit", endpoint="audit")
@guard(Permission.READ_AUDIT)
def audit_page() -> ResponseReturnValue:
    """Who did what, when, from where, to which record; the latest first."""
    return render_template(
        "admin/audit.html",
        page=page_of(db(), _wanted(), AuditEntry.id, request.args.get("after")),
        deed=deed,
        subject=subject,
        facts_in_words=facts_in_words,
        actions=audit.known_actions(db()),
        subjects=audit.known_subjects(db()),
    )


@bp.get("/audit.<kind>")
@guard(Permission.READ_AUDIT)
def audit_export(kind: str) -> Response:
    """The same entries as a file, oldest first."""
    columns = (
        Column(_("Number"), lambda entry: entry.id),
        Column(_("When"), lambda entry: entry.at),
        Column(_("Who"), lambda entry: entry.actor.name if entry.actor else _("The system")),
        Column(_("Deed"), lambda entry: deed(entry.action)),
        Column(_p("audit log", "Record"), lambda entry: subject(entry.subject_kind)),
        Column(_("Record number"), lambda entry: entry.subject_id),
        Column(_("From where"), lambda entry: entry.address),
        Column(_("Details"), lambda entry: facts_in_words(entry.facts)),
    )
    return export(every(_wanted().order_by(AuditEntry.id)), columns, "audit", kind)


def _wanted() -> Select[AuditEntry]:
    args = request.args
    since, until = day_of(args.get("since")), day_of(args.get("until"))
    return audit.entries(
        actor(),
        actor_id=number_of(args.get("actor")),
        action=args.get("action", ""),
        subject_kind=args.get("subject", ""),
        subject_id=number_of(args.get("number")),
        since=day_start(since) if since else None,
        until=day_start(until + timedelta(days=1)) if until else None,
    )
