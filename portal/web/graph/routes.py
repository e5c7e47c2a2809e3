"""Who brought whom: the whole in groups, a group page by page, and the neighbourhood of one person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, groupby, islice
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from referral import graph as rule
from referral.code import grouped
from referral.graph import Group, Link, Mark, Member, Picture, Step, Tally
from referral.neighbourhood import Bond, Neighbourhood, around, who_may_go_on
from referral.ranked import Cursor, cut

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Audience, Development, Lead, Referrer
from ...services.leads import graph as service
from ...services.leads.graph import GraphFilter, Worth
from ...services.leads.leads import Friend
from ...services.partners.partners import open_developments
from ..components import url_filtered
from ..edge import actor, db, load, now
from ..guard import guard
from ..lists.arguments import chosen, day_of, number_of
from ..lists.exports import Column, export, yuan
from ..lists.paging import SIZE
from ..words import rewards as words
from .picture import Names, drawn, in_words, openings

bp = Blueprint("graph", __name__, url_prefix="/graph")

MOST = 60
"""Nodes of a picture: as many as a desktop shows with their names."""

NEAR = 30
"""Nodes around one person, each with a name and how far it has come."""

_OF_EACH = 20
"""Friends of one friend in the table below the picture; that one's own page has them all."""

_EXPORT_ROWS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What the shown part of the graph comes to."""

    tally: Tally
    referrers: int
    came_as_friends: int
    worth: Worth


@bp.get("/")
@guard(Permission.READ_FUNNEL)
def index() -> ResponseReturnValue:
    """The whole, or one group of it."""
    part = _part()
    after, page = _cursor("rest"), cut(part.members, SIZE, _cursor("after"))
    picture = (
        rule.inside(part.members, part.links, part.group, MOST, after)
        if part.group
        else rule.overview(part.members, part.links, MOST, after)
    )
    names = Names(part.names, service.names(db(), _shown(picture)))
    brought = {link.whom for link in part.links}
    return render_template(
        "graph/index.html",
        group=part.names[part.group.key] if part.group else None,
        facts=drawn(picture, names, _("Who brought whom"), "groups"),
        openings=openings(picture, names),
        rows=service.rows(db(), page.shown, part.links, part.values),
        next_cursor=page.next_cursor,
        sums=Sums(
            tally=rule.total(member.tally for member in part.members),
            referrers=len(part.members),
            came_as_friends=sum(member.id in brought for member in part.members),
            worth=sum((part.values.get(member.id, Worth()) for member in part.members), Worth()),
        ),
        audiences=words.AUDIENCES,
        developments=[(one.id, one.name) for one in open_developments(db())],
        may_open=may(actor(), Permission.MANAGE_REFERRERS),
    )


@bp.get("/graph.<kind>")
@guard(Permission.READ_FUNNEL)
def download(kind: str) -> Response:
    """The table as a file."""
    part = _part()
    columns = (
        Column(_("Referrer"), lambda row: row.name),
        Column(_("Referral code"), lambda row: grouped(row.code)),
        Column(_("Kind of referrer"), lambda row: _audience(row.member.group.kind)),
        Column(_("Development"), lambda row: row.development),
        Column(_("Brought by"), lambda row: _(", ").join(name for _id, name in row.brought_by)),
        Column(_("Friends"), lambda row: row.member.tally.friends),
        Column(_("Visited"), lambda row: row.member.tally.visited),
        Column(_("Signed"), lambda row: row.member.tally.signed),
        Column(_("Cancelled"), lambda row: row.member.tally.cancelled),
        Column(_("Rewards' value"), lambda row: yuan(row.worth.fen)),
        Column(_("Rewards without a sum"), lambda row: row.worth.unpriced),
    )
    shown = cut(part.members, _EXPORT_ROWS).shown
    return export(service.rows(db(), shown, part.links, part.values), columns, "graph", kind)


@bp.get("/referrers/<int:referrer_id>")
@guard(Permission.READ_FUNNEL)
def referrer(referrer_id: int) -> ResponseReturnValue:
    """Around a referrer: who brought this person, whom he brought, and whom those brought."""
    one = load(Referrer, referrer_id)
    near = service.around_referrer(db(), actor(), now(), one)
    return _around(near, one.person.name, referrer=one)


@bp.get("/friends/<int:lead_id>")
@guard(Permission.READ_FUNNEL)
def friend(lead_id: int) -> ResponseReturnValue:
    """Around a friend, masked: who brought this person. Who became a referrer is shown as one."""
    lead = load(Lead, lead_id)
    near = service.around_friend(db(), actor(), now(), lead)
    if near.who.refers:
        return redirect(url_filtered("graph.referrer", referrer_id=near.who.id))
    one = service.friends(db(), actor(), now(), [lead_id])[lead_id]
    return _around(near, one.name, lead=lead, standing=one.step)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedView:
    """Who brought this person, whom he brought, and whom those brought, as far as it is listed."""

    brought_by: list[Any]
    bonds: Sequence[Bond]
    beyond: list[Bond]
    left_out: int
    brought_on: dict[int, str]
    friends: dict[int, Friend]
    next_cursor: Cursor | None
    names: dict[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MayOpen:
    """What the reader may open from here."""

    referrer: bool
    lead: bool


def _around(
    near: Neighbourhood,
    name: str,
    *,
    referrer: Referrer | None = None,
    lead: Lead | None = None,
    standing: str | None = None,
) -> str:
    rest, page = _cursor("rest"), cut(near.brought, SIZE, _cursor("after"))
    going_on = {*who_may_go_on(near, NEAR, rest), *(bond.whom.id for bond in page.shown if bond.whom.refers)}
    further = service.brought_by(db(), actor(), now(), going_on)
    picture = around(near, NEAR, rest, further)
    beyond = _listed(further)
    bringers = [bond.by.id for bond in near.brought_by][:NEAR]
    leads = {bond.lead for bond in [*page.shown, *beyond]}
    leads |= {node.lead for node in picture.nodes if node.lead is not None}
    friends = service.friends(db(), actor(), now(), leads)
    told = [bond.whom.id for bond in [*page.shown, *beyond] if bond.whom.refers]
    referrers = service.names(db(), [*_shown(picture), *bringers, *told, *(bond.by.id for bond in beyond)])
    names = Names({}, referrers, {key: one.name for key, one in friends.items()}, name)
    return render_template(
        "graph/around.html",
        name=name,
        near=near,
        referrer=referrer,
        lead=lead,
        standing=standing,
        group=_group_of(referrer) if referrer else None,
        facts=drawn(picture, names, _("Who brought %(name)s, and whom %(name)s brought", name=name), "around"),
        openings=openings(picture, names),
        listed=ListedView(
            brought_by=[(key, referrers[key]) for key in bringers],
            bonds=page.shown,
            beyond=beyond,
            left_out=len(further) - len(beyond),
            brought_on=_tallies(further),
            friends=friends,
            next_cursor=page.next_cursor,
            names=referrers,
        ),
        may=MayOpen(
            referrer=may(actor(), Permission.MANAGE_REFERRERS),
            lead=may(actor(), Permission.READ_LEADS),
        ),
    )


def _listed(further: Sequence[Bond]) -> list[Bond]:
    """Whom the friends brought, as a table lists them: so many of each friend, the furthest first."""
    ranked = sorted(further, key=lambda bond: (bond.by.id, bond.cursor.rank))
    parts = (islice(own, _OF_EACH) for _by, own in groupby(ranked, key=lambda bond: bond.by.id))
    return list(islice(chain.from_iterable(parts), SIZE))


def _tallies(further: Sequence[Bond]) -> dict[int, str]:
    """In words how far those are whom each of the friends brought."""
    own: dict[int, list[Step]] = {}
    for bond in further:
        own.setdefault(bond.by.id, []).append(bond.step)
    return {referrer_id: in_words(Tally.of(steps)) for referrer_id, steps in own.items()}


@dataclass(frozen=True, slots=True)
class _Part:
    """What the address asks for; `group` is opened, because it was chosen or is the only one."""

    members: Sequence[Member]
    links: Sequence[Link]
    values: dict[int, Worth]
    names: dict[str, str]
    group: Group | None


def _part() -> _Part:
    wanted = _wanted()
    members = service.members(db(), actor(), now(), wanted)
    groups = {member.group.key: member.group for member in members}
    group = next(iter(groups.values())) if len(groups) == 1 else groups.get(request.args.get("within", ""))
    return _Part(
        [member for member in members if group in (None, member.group)],
        service.links(db(), actor()),
        service.values(db(), actor(), wanted),
        _group_names(groups.values()),
        group,
    )


def _wanted() -> GraphFilter:
    args = request.args
    until = day_of(args.get("until"))
    return GraphFilter(
        since=day_of(args.get("since")),
        until=until + timedelta(days=1) if until else None,
        development_id=number_of(args.get("development")),
        audience=chosen(Audience, args.get("audience")),
        reached=chosen(Step, args.get("reached")),
        q=args.get("q", "").strip(),
    )


def _cursor(name: str) -> Cursor | None:
    """The place in a list that the address names; 404 for one that was never offered."""
    text = request.args.get(name)
    try:
        return Cursor.read(text) if text else None
    except ValueError:
        abort(404)


def _shown(picture: Picture) -> list[int]:
    return [node.person for node in picture.nodes if node.mark is Mark.REFERRER and node.person is not None]


def _group_names(groups: Any) -> dict[str, str]:
    told = service.developments(db(), {group.place for group in groups})
    return {group.key: _group_name(told[group.place], group.kind) for group in groups}


def _group_of(referrer: Referrer) -> tuple[str, str]:
    """Address and name of a referrer's group."""
    group = Group(referrer.development_id, referrer.audience)
    return group.key, _group_name(referrer.development, group.kind)


def _group_name(development: Development, kind: str) -> str:
    return f"{development.name} · {_audience(kind)}"


def _audience(kind: str) -> str:
    """The kind of referrer in the reader's words."""
    return str(words.AUDIENCES[Audience(kind)])
