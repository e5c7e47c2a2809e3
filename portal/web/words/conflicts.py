"""Conflicts over whose client somebody is, in plain words: what opened a case, what happened, what was decided."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...access.actor import Actor
from ...access.permissions import Permission
from ...access.policy import may
from ...models import Decision, FurtherPart, MilestoneKind, Verdict
from ...rules.conflicts.conflict import Cause, Kin, Outcome
from ...rules.judgements.judging import Outcome as Answered
from ...services.conflicts.evidence import Entry, RuleAnswer, What
from ...services.registrations.judgement_facts import Party
from ..components import dotted, instant, percent
from ..messages import sentence
from . import judgements
from .statuses import status

CAUSES: Mapping[Cause, Any] = {
    Cause.OBJECTION: _l("A broker objects"),
    Cause.DOUBT: _l("A channel manager doubts it"),
    Cause.WALK_IN: _l("The client had walked in alone within 24 hours before the registration"),
    Cause.SAME_FACE: _l("One face, with consent, under two phones"),
    Cause.SAME_HOME: _l("The same name takes the same home again under another phone"),
    Cause.KIN: _l("The buyer is the spouse, a parent or a child of a client of another broker"),
    Cause.MASK: _l("A registration by parts of a number, which may mean another client"),
}

KIN: Mapping[Kin, Any] = {
    Kin.SPOUSE: _l("The buyer is the spouse"),
    Kin.PARENT: _l("The buyer is a parent"),
    Kin.CHILD: _l("The buyer is a child"),
}

OUTCOMES: Mapping[Outcome, Any] = {
    Outcome.KEEP: _l("It stays as it is"),
    Outcome.MOVE: _l("The client goes to another broker, and the deal too"),
    Outcome.SPLIT: _l("The deal is split: each has a part of its commission, and the client stays where he is"),
    Outcome.REJECT: _l("It stays as it is: the objection is without ground"),
}

DECIDED: Mapping[Outcome, Any] = {
    Outcome.KEEP: _l("Decided: it stays as it is"),
    Outcome.MOVE: _l("Decided: the client goes to another broker"),
    Outcome.SPLIT: _l("Decided: the deal is split between agencies"),
    Outcome.REJECT: _l("Decided: the objection is without ground"),
}

_HAPPENED: Mapping[What, Any] = {
    What.REGISTERED: _l("Registered"),
    What.REFUSED: _l("Registration refused"),
    What.BY_PARTS: _l("Registered by parts of the number"),
    What.MAY_MEAN: _l("Registered by parts that fit this client; the number was not given"),
    What.NUMBER_GIVEN: _l("The full number was given"),
    What.TAKEN_BACK: _l("Registration taken back by the broker"),
    What.WALK_IN_BACK: _l("Walk-in taken back by reception: it was a slip"),
    What.WALKED_IN: _l("Walk-in, signed in by staff"),
    What.LEAD: _l("Left the number as a friend"),
    What.KNOWN: _l("Written down by a consultant"),
    What.CALLED: _l("Told reception that they are there"),
    What.SCANNED: _l("Scanned the code at reception"),
    What.SHOWN: _l("Check-in at the site"),
    What.GIVEN: _l("The deal was given to its owner"),
    What.OPENED: _l("Case opened"),
    What.OBJECTED: _l("Objection"),
    What.LOOKED_AGAIN: _l("A second look was asked for"),
}

_TONES: Mapping[What, str] = {
    What.REFUSED: "danger",
    What.MAY_MEAN: "warning",
    What.OBJECTED: "warning",
    What.LOOKED_AGAIN: "warning",
    What.OPENED: "info",
    What.DECIDED: "success",
    What.REGISTERED: "success",
}


def title(entry: Entry) -> str:
    """What happened, in a few words."""
    if entry.what is What.MILESTONE:
        step = status("deal", MilestoneKind(entry.code)).word
        return _("Deal %(unit)s: %(step)s", unit=entry.words, step=step)
    if entry.what is What.DECIDED:
        return str(DECIDED[Outcome(entry.code)])
    said = str(_HAPPENED[entry.what])
    if entry.what is What.REFUSED:
        return _("%(what)s: %(more)s", what=said, more=sentence(entry.code))
    if entry.what is What.OPENED:
        return _("%(what)s: %(more)s", what=said, more=CAUSES[Cause(entry.code)])
    if entry.what is What.GIVEN:
        return _("%(what)s: %(more)s", what=said, more=entry.words)
    if entry.what in (What.SHOWN, What.CALLED):
        return _("%(what)s: %(more)s", what=said, more=_visit(entry.code))
    return said


def _visit(code: str) -> str:
    """How a visit was judged, or what a person decided of it."""
    if code in set(Decision):
        return str(_DECISIONS[Decision(code)])
    return str(_VERDICTS[Verdict(code)])


_VERDICTS: Mapping[Verdict, Any] = {
    Verdict.VERIFIED: _l("verified"),
    Verdict.NEEDS_REVIEW: _l("to be looked at"),
    Verdict.REJECTED: _l("rejected"),
}
_DECISIONS: Mapping[Decision, Any] = {
    Decision.GENUINE: _l("confirmed genuine"),
    Decision.FAKE: _l("confirmed fake"),
    Decision.INCONCLUSIVE: _l("cannot be told"),
}


def tone(entry: Entry) -> str:
    """How it is shown."""
    return _TONES.get(entry.what, "neutral")


def text(entry: Entry, cause: Cause) -> str:
    """Whose it was, and what was said."""
    said = entry.words if entry.what in (What.OPENED, What.DECIDED, What.LOOKED_AGAIN) else ""
    other = _("under the relative's phone") if cause is Cause.KIN else _("under the other phone")
    former = other if entry.former else ""
    return dotted(entry.agency, entry.who, former, said)


def party(one: Party | None, people: Mapping[int, str], agencies: Mapping[int, str]) -> str:
    """Whose a contact is, on a page."""
    return dotted(*judgements.party(one, people, agencies).split(" · "))


def answered(one: RuleAnswer, people: Mapping[int, str], agencies: Mapping[int, str]) -> str:
    """What the rule says of one contact."""
    judged = one.judged
    if judged.outcome is Answered.REFUSED:
        against = party(one.against, people, agencies) if one.against is not None else ""
        said = sentence(judged.code or "protected_by_other")
        return _("%(rule)s Against it stood: %(who)s.", rule=said, who=against) if against else said
    if judged.outcome is Answered.PROVISIONAL:
        if judged.code is None:
            return _("By parts of a number that was not given: it keeps its place, and nobody out.")
        against = party(one.against, people, agencies) if one.against is not None else ""
        said = _("Its number was given, but somebody was there before it: a person decides.")
        return _("%(rule)s Against it stood: %(who)s.", rule=said, who=against) if against else said
    if judged.owner:
        return _("Owns the client.")
    if judged.protected_until is None:
        return _("Protects for good.")
    return _("Accepted; protected until %(until)s.", until=instant(judged.protected_until))


def address(entry: Entry, reader: Actor) -> str | None:
    """The page of what happened, where there is one and the reader may open it."""
    if entry.page is None:
        return None
    endpoint, key = entry.page
    number, permission = _PAGES[endpoint]
    values: dict[str, Any] = {number: key}
    return url_for(endpoint, **values) if may(reader, permission) else None


_PAGES: Mapping[str, tuple[str, Permission]] = {
    "registrations.show": ("registration_id", Permission.READ_REGISTRATIONS),
    "showings.show": ("showing_id", Permission.READ_SHOWINGS),
    "deals.show": ("deal_id", Permission.READ_DEALS),
}


def further(portions: Sequence[FurtherPart]) -> list[tuple[str, str]]:
    """Who else has a part of a split deal, and how much, as rows of details."""
    rows = [(one.registration, percent(one.share_bps)) for one in portions]
    return [
        (_("Part %(number)s", number=number), dotted(row.agency.name, row.broker.name, share))
        for number, (row, share) in enumerate(rows, 3)
    ]


def sides(names: Sequence[str]) -> str:
    """Who has part, in a list."""
    return _(", ").join(names)
