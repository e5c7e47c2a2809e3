"""Partners' figures in plain words: what each counts, from when a person looks, and what a flag rests on."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from ...models import RiskFlag
from ...rules.risk.figures import Figure, Reading
from ...rules.risk.flag import Deed
from ...rules.risk.limits import Limits
from ...services.risk import facts
from ...services.risk.limits import Tried
from ...services.risk.lists import Piece
from ..components import dotted, instant, percent

FIGURES: Mapping[Figure, Any] = {
    Figure.SAME_ACCOUNT: _l("Same bank account as another partner"),
    Figure.SAME_PHONE: _l("Same phone as another partner"),
    Figure.JUST_BEFORE: _l("Registered shortly before the visit"),
    Figure.DOUBTED: _l("Visits that did not count at once"),
    Figure.FAKE: _l("Fake visits"),
    Figure.ONE_FACE: _l("One face under several clients"),
    Figure.NEVER_CAME: _l("Registered, never came"),
    Figure.WALKED_IN: _l("Walk-ins turned into registrations"),
    Figure.VELOCITY: _l("Registrations of the last 7 days"),
}

SETTINGS: Mapping[str, Any] = {
    "minutes": _l("Shortly before means less than"),
    "hours": _l("Afterwards means within"),
    "weeks": _l("Measured against the last"),
    "least": _l("Looked at from so many"),
    "share": _l("… and so much of all"),
    "times": _l("… and so many times the median week"),
}

UNITS: Mapping[str, Any] = {
    "minutes": _l("minutes"),
    "hours": _l("hours"),
    "weeks": _l("weeks"),
    "least": "",
    "share": "%",
    "times": _l("times"),
}

_NAMED = 5

DEEDS: Mapping[Deed, Any] = {
    Deed.ASKED: _l("Question asked"),
    Deed.HELD: _l("Asked, and held what is affected"),
    Deed.ANSWERED: _l("The partner answered"),
    Deed.LET_GO: _l("Let go: nothing wrong"),
    Deed.STRUCK: _l("Went on to a strike"),
    Deed.EXPIRED: _l("Ended by itself, after 30 days without our word"),
}

TONES: Mapping[Deed, str] = {Deed.HELD: "warning", Deed.STRUCK: "danger", Deed.LET_GO: "success"}

_ROWS: Mapping[str, Any] = {
    facts.REGISTRATION: _l("Registration %(number)s"),
    facts.SHOWING: _l("Showing %(number)s"),
    facts.LEAD: _l("Friend %(number)s"),
    facts.FRIEND_VISIT: _l("A friend's visit"),
    facts.AGENCY: _l("Agency"),
    facts.PERSON: _l("Person"),
    facts.AGREEMENT: _l("Contact of an agreement"),
}


def partner(flag: RiskFlag) -> str:
    """Whom a flag is about."""
    names = [flag.agency.name] if flag.agency else []
    return " · ".join([*names, *([flag.person.name] if flag.person else [])])


def said(figure: Figure, count: int, whole: int) -> str:
    """A figure as it is read: of how many, and which share."""
    if figure in (Figure.SAME_ACCOUNT, Figure.SAME_PHONE):
        return ngettext("%(num)d other partner", "%(num)d other partners", count)
    if figure is Figure.VELOCITY:
        return _("%(count)s, usually %(usual)s a week", count=count, usual=whole)
    if not whole:
        return str(count)
    share = percent(count * 10_000 // whole)
    return _("%(count)s of %(whole)s (%(share)s)", count=count, whole=whole, share=share)


def told(reading: Reading) -> str:
    """A figure of a page."""
    return said(reading.figure, reading.count, reading.whole)


def limits_of(limits: Limits) -> list[tuple[str, str]]:
    """The limits in plain words, figure by figure."""
    return [(str(FIGURES[one]), limit(one, limits)) for one in Figure]


def some(names: Sequence[str]) -> str:
    """Whom a trial names: the first few, and how many more."""
    shown = _(", ").join(names[:_NAMED])
    more = len(names) - _NAMED
    return _("%(names)s, and %(count)s more", names=shown, count=more) if more > 0 else shown


def tried_sum(tried: Sequence[Tried]) -> str:
    """What limits would raise altogether, against those before."""
    before, after = sum(one.before for one in tried), sum(one.after for one in tried)
    return _("They would raise %(after)s flags instead of %(before)s", after=after, before=before)


def limit(figure: Figure, limits: Limits) -> str:
    """From when a person looks."""
    if figure in (Figure.SAME_ACCOUNT, Figure.SAME_PHONE):
        return _("A person looks at each.")
    one = limits[figure]
    if figure is Figure.VELOCITY:
        return _(
            "Looked at from %(least)s, and %(times)s times the median week of the last %(weeks)s.",
            least=one.least,
            times=one.times,
            weeks=one.weeks,
        )
    words = (
        _("Looked at from %(least)s, and %(share)s of all.", least=one.least, share=percent(one.share))
        if one.share
        else _("Looked at from %(least)s.", least=one.least)
    )
    if one.minutes:
        return " ".join([_("Less than %(minutes)s minutes before.", minutes=one.minutes), words])
    return " ".join([_("Within %(hours)s hours.", hours=one.hours), words]) if one.hours else words


def row_title(piece: Piece) -> str:
    """A row that a flag rests on."""
    title = str(_ROWS[piece.row.table]) % {"number": piece.row.id}
    parts = [title, piece.name, piece.client, instant(piece.at) if piece.at else ""]
    return dotted(*parts)


def row_page(piece: Piece) -> str | None:
    """Where the row itself is read."""
    pages = {
        facts.REGISTRATION: ("registrations.show", "registration_id"),
        facts.SHOWING: ("showings.show", "showing_id"),
        facts.AGENCY: ("partners.agency", "agency_id"),
        facts.AGREEMENT: ("partners.agreement", "agreement_id"),
    }
    if piece.row.table not in pages:
        return None
    endpoint, name = pages[piece.row.table]
    numbered: dict[str, Any] = {name: piece.row.id}
    return url_for(endpoint, **numbered)
