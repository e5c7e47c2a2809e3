"""The stand-in of 企业微信 in development: groups and members as chats, a robot let in or taken out, and being away."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...adapters.wecom.local import LocalWecom, StandInRobots
from ...rules.robots.webhook import ADDRESS
from ..edge import robots, senders
from ..guard import public
from ..limits import limiter

bp = Blueprint("wecom_stand_in", __name__, url_prefix="/dev/wecom")

_ON_ITS_WAY = 2.0
"""Seconds: what was told on the page before is found here."""
_LONGEST_NAME = 40
_BITS = re.compile(r"\*\*(?P<bold>[^*]+)\*\*|\[(?P<word>[^\]]+)\]\((?P<link>https?://[^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Bit:
    """A piece of a line: plain, bold, or a link."""

    text: str
    bold: bool = False
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a message, quoted or not."""

    bits: list[Bit]
    quoted: bool


@bp.get("")
@public
def index() -> ResponseReturnValue:
    """Every group with what its robot said, the latest last."""
    wecom = _stand_in()
    for one in senders().values():
        one.settle(_ON_ITS_WAY)
    chats = [
        (group, f"{ADDRESS}?key={group.key}", [(said.at, list(lines_of(said.text))) for said in wecom.said(group.key)])
        for group in wecom.groups()
    ]
    members = [(member, wecom.app.is_hidden(member), wecom.app.cards(member)) for member in wecom.app.members()]
    return render_template("robots/stand_in.html", chats=chats, members=members, away=wecom.away)


@bp.post("/groups")
@public
@limiter.limit("60/minute")
def let_in() -> ResponseReturnValue:
    """Add a robot to a new group."""
    name = request.form.get("name", "").strip()[:_LONGEST_NAME]
    if name:
        _stand_in().let_in(name)
        flash(_("The group has a robot. Enter its Webhook address on the development's page."), "success")
    return redirect(url_for(".index"))


@bp.post("/groups/<key>/out")
@public
@limiter.limit("60/minute")
def take_out(key: str) -> ResponseReturnValue:
    """Take a robot out of its group."""
    wecom = _stand_in()
    if key not in {group.key for group in wecom.groups()}:
        abort(404)
    wecom.take_out(key)
    return redirect(url_for(".index"))


@bp.post("/members/<who>/sight")
@public
@limiter.limit("60/minute")
def sight(who: str) -> ResponseReturnValue:
    """Let a member see the app no longer, or again."""
    app = _stand_in().app
    if who not in app.members():
        abort(404)
    app.hide(who, hidden=not app.is_hidden(who))
    return redirect(url_for(".index"))


@bp.post("/away")
@public
@limiter.limit("60/minute")
def away() -> ResponseReturnValue:
    """Be out of reach, or come back."""
    wecom = _stand_in()
    wecom.go_away(away=not wecom.away)
    return redirect(url_for(".index"))


def _stand_in() -> LocalWecom:
    found = robots()
    if not isinstance(found, StandInRobots):
        abort(404)
    return found.wecom


def lines_of(text: str) -> Iterator[Line]:
    """A message's markdown, as far as robots of ours write it."""
    for line in text.splitlines():
        quoted = line.startswith("> ")
        yield Line(list(_bits(line.removeprefix("> "))), quoted)


def _bits(line: str) -> Iterator[Bit]:
    done = 0
    for found in _BITS.finditer(line):
        if found.start() > done:
            yield Bit(line[done : found.start()])
        yield Bit(found["bold"], bold=True) if found["bold"] else Bit(found["word"], link=found["link"])
        done = found.end()
    if done < len(line):
        yield Bit(line[done:])
