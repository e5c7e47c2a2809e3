"""`portal judge`: say whose clients the touches of a file are, with the very code that decides real ones.

A bad file gets one line on standard error that says where and what, exit status 2, and nothing on
standard output: half a result looks like a whole one.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import click

from commissions.refusal import Refusal

from ..adapters.sheets.spreadsheets import csv_text
from ..clock import SHANGHAI
from ..rules.judgements.judging import MASK_CONFLICT, Basis, Judged, Missed, Outcome, Touch, judge
from ..rules.judgements.profile import Profile, WhoWins
from ..rules.judgements.protection import Kind
from . import fact_files

COLUMNS = ("touch_id", "development", "client", "party", "kind", "at", "visited_at", "subscribed_at", "mask")
OUTPUT = ("touch_id", "outcome", "code", "protected_until", "owner", "why")

KINDS = {str(kind): kind for kind in Kind}
MASKS = {"0": False, "1": True}


@click.command("judge")
@click.option("--profile", "profile_path", required=True, metavar="PROFILE.toml", type=Path, help="The rules to go by.")
@click.argument("touches_path", metavar="TOUCHES.csv", type=Path)
def judge_file(profile_path: Path, touches_path: Path) -> None:
    """Judge a file of touches under a rule profile and print what became of each, as CSV.

    TOUCHES.csv is UTF-8 with the columns touch_id, development, client, party, kind, at, visited_at,
    subscribed_at and mask, in any order. touch_id is the commit order, whatever the order of the rows; kind
    is registration, walk_in, lead or programme. Instants are ISO 8601 with offset; visited_at and
    subscribed_at are empty if never. One line a touch comes out, in the order they came in; owner is 1 for
    the touch that owns the client at the last instant of the file. docs/judgement.md tells the rules.
    """
    try:
        profile = load_profile(profile_path)
        touches = load_touches(touches_path)
    except fact_files.BadFile as fault:
        click.echo(f"Error: {fault}", err=True)
        sys.exit(2)
    click.echo(report(judge(touches, profile), profile), nl=False)


def report(judged: Sequence[Judged], profile: Profile) -> str:
    """The CSV of what became of touches, with its heading, lines ending in a bare newline."""
    return csv_text(_rows(judged, profile), newline="\n")


def _rows(judged: Sequence[Judged], profile: Profile) -> Iterator[Sequence[object]]:
    yield OUTPUT
    for one in judged:
        until = None if one.outcome is Outcome.REFUSED or one.protected_until is None else _told(one.protected_until)
        yield one.touch.touch_id, one.outcome, one.code, until, int(one.owner), why(one, profile)


# The files


PROFILE_FAULTS = {
    "profile_syntax": "{reason}",
    "profile_unknown_key": "no such key; known here: {known}",
    "profile_value": "is {value!r}, not {expected}",
    "profile_until_alone": "needs showing_days beside it, to say which day's clock is meant",
}


def load_profile(path: Path) -> Profile:
    """The rule profile in a TOML file. Raises BadFile with the line where it can be told."""
    text = fact_files.text_of(path)
    try:
        return Profile.from_toml(text)
    except Refusal as refusal:
        raise fact_files.bad_rules(path, text, refusal, PROFILE_FAULTS) from refusal


def load_touches(path: Path) -> list[Touch]:
    """The touches in a CSV file, in its order. Raises BadFile at the first fault."""
    touches: list[Touch] = []
    first_row: dict[int, int] = {}
    for row, touch in fact_files.rows_of(path, COLUMNS, _touch):
        before = first_row.setdefault(touch.touch_id, row)
        if before != row:
            fact_files.bad_row(path, row, "touch_id", f"{touch.touch_id} is already in row {before}")
        touches.append(touch)
    return touches


def _touch(cells: Mapping[str, str]) -> Touch:
    touch = Touch(
        touch_id=fact_files.whole(cells, "touch_id"),
        development=sys.intern(fact_files.name(cells, "development")),
        client=sys.intern(fact_files.name(cells, "client")),
        party=sys.intern(cells["party"]),
        kind=fact_files.one_of(cells, "kind", KINDS),
        at=fact_files.known_instant(cells, "at"),
        visited_at=fact_files.known_instant(cells, "visited_at") if cells["visited_at"] else None,
        subscribed_at=fact_files.known_instant(cells, "subscribed_at") if cells["subscribed_at"] else None,
        masked=fact_files.one_of(cells, "mask", MASKS),
    )
    if not touch.party and touch.kind is not Kind.WALK_IN:  # who walked in came by nobody
        fact_files.wrong("party", "is empty")
    if touch.visited_at is not None and touch.visited_at < touch.at:
        fact_files.wrong("visited_at", "is before at")
    return touch


# The words


def why(judged: Judged, profile: Profile) -> str:
    """Why a touch was answered so, what its protection counts from, and how it stands at the end; no party is named."""
    parts = [_answer(judged)]
    if judged.missed is not None:
        parts.append(_MISSED[judged.missed])
    if judged.outcome is not Outcome.REFUSED:
        parts.append(_protection(judged, profile))
        parts.append(_end(judged, profile))
    return "; ".join(parts)


_MISSED = {
    Missed.TOO_LATE: "its showing came when it had ended and changes nothing",
    Missed.SECOND: "its showing came after another's first one and takes nothing",
}


def _answer(judged: Judged) -> str:
    if judged.outcome is Outcome.PROVISIONAL:
        if judged.code == MASK_CONFLICT:
            return f"masked; completed at its showing, but {_stood(judged)}: a person decides"
        return "masked: keeps its place until the full number is given, and nobody out"
    if judged.outcome is Outcome.REFUSED:
        return _stood(judged)
    if judged.completed_at is not None:
        return f"masked; completed at {_told(judged.completed_at)} with its own time"
    return "nobody was protected"


def _stood(judged: Judged) -> str:
    until = "for good" if judged.against_until is None else f"until {_told(judged.against_until)}"
    if judged.against is None:
        return f"the client had subscribed, protected {until}"
    whose = "of its own party stands already" if judged.standing is not None else "was there before"
    return f"touch {judged.against} {whose}, protected {until}"


def _protection(judged: Judged, profile: Profile) -> str:
    since = _told(judged.basis_at)
    if judged.basis is Basis.SUBSCRIPTION:
        days = profile.after_subscription_days
        return f"protected {'for good' if days is None else f'{days} days'} from the subscription of {since}"
    if judged.basis is Basis.SHOWING:
        return f"protected {profile.deal_days} days from the showing of {since}"
    if judged.touch.kind is not Kind.REGISTRATION:
        return f"the developer's own, protected {profile.developer_days} days"
    if profile.showing_until is not None:
        return f"until {profile.showing_until:%H:%M} of day {profile.showing_days} after, before a showing"
    return f"{profile.showing_days} days to a first showing"


def _end(judged: Judged, profile: Profile) -> str:
    if judged.owner:
        return "owns the client at the end"
    if judged.ended:
        return "ended"
    if judged.owned_by is not None:
        return f"touch {judged.owned_by} owns the client at the end"
    if judged.outcome is Outcome.ACCEPTED and profile.who_wins is WhoWins.FIRST_VISITED:
        return "owns nobody before a showing"
    return "owns nobody"


def _told(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat()
