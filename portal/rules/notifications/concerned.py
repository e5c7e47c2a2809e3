"""Who is concerned by an event: the streams that it stands in, and whether it rings for somebody."""

from .kind import NAMED, Importance, Kind, Whom


def person_stream(person_id: int) -> str:
    """The stream of what concerns one person."""
    return f"person:{person_id}"


def agency_stream(agency_id: int) -> str:
    """The stream of what concerns an agency: its principals and its systems read it."""
    return f"agency:{agency_id}"


def role_stream(whom: Whom) -> str:
    """The stream of what concerns a role of the staff."""
    return f"role:{whom}"


def streams(kind: Kind, person_id: int | None, agency_id: int | None) -> list[str]:
    """The streams that an event of this kind stands in. Each has a sequence of its own, without gaps."""
    found = [role_stream(whom) for whom in kind.whom if whom not in NAMED]
    if Whom.PERSON in kind.whom and person_id is not None:
        found.append(person_stream(person_id))
    if agency_id is not None and in_agency_stream(kind):
        found.append(agency_stream(agency_id))
    return found


def in_agency_stream(kind: Kind) -> bool:
    """Whether an agency that is concerned has events of this kind in its stream."""
    return kind.outside or Whom.PRINCIPALS in kind.whom


def is_told(whom: Whom, *, did_it: bool) -> bool:
    """Whether somebody who is concerned so is told: not who did it, where a whole role is concerned."""
    return not did_it or whom is Whom.PERSON


def rings(kind: Kind, *, did_it: bool) -> bool:
    """Whether a notice counts as unread: what one did oneself stands there to be found again, unless it is about
    safety, when somebody else may have done it in one's name."""
    return not did_it or kind.importance is Importance.SECURITY


def may_follow(kind: Kind, agency_id: int | None, own_agency_id: int | None) -> bool:
    """Whether the page of an event of this kind still opens for the person whom it names: one of an agency's opens for
    nobody who has left that agency."""
    return not kind.while_there or agency_id is None or agency_id == own_agency_id
