"""Whether somebody may take over what another has in hand."""

from dataclasses import dataclass

from commissions.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Successor:
    """Who is to take over: whether the account is open, its role, and its agency."""

    person_id: int
    active: bool
    role: str
    agency_id: int | None


def check(reason: str, from_id: int, to: Successor | None, roles: frozenset[str], agency_id: int | None) -> None:
    """Refuse who cannot do this work: nobody, the same person, a closed account, another role, another agency.

    `agency_id` is that of the clients; None for work of the staff. Raises Refusal: hand_over_reason_needed,
    successor_needed, successor_is_the_same, each with its `field`.
    """
    if not reason.strip():
        raise Refusal("hand_over_reason_needed", field="reason")
    if to is None or not to.active or to.role not in roles or (agency_id is not None and to.agency_id != agency_id):
        raise Refusal("successor_needed", field="to")
    if to.person_id == from_id:
        raise Refusal("successor_is_the_same", field="to")
