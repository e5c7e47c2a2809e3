"""What is answered, as the document (OpenAPI) has it: dictionaries with known keys."""

from typing import Any, TypedDict


class Money(TypedDict):
    """An amount in fen."""

    amount_fen: int
    currency: str


class Masked(TypedDict):
    """A client, masked."""

    name: str
    phone: str


class Reason(TypedDict):
    """A reason by its code and in words."""

    code: str
    detail: str


class Receipt(TypedDict):
    """What was decided, signed; anybody verifies it at `proof_url`."""

    proof_url: str
    algorithm: str
    signed: str
    signature: str
    key_id: str
    public_key: str


class Rules(TypedDict):
    """By which rules clients are judged at a development."""

    who_wins: str
    showing_days: int
    deal_days: int
    daily_limit: int


class DevelopmentAgreement(TypedDict):
    """An agreement as its development tells it."""

    id: str
    starts_on: str
    last_on: str | None
    state: str
    plan: str


class Development(TypedDict):
    """A development that the agency sells or has sold."""

    id: str
    name: str
    city: str
    address: str
    open: bool
    rules: Rules
    agreements: list[DevelopmentAgreement]


class Broker(TypedDict):
    """A broker of the agency, or its principal."""

    id: str
    name: str
    role: str
    active: bool
    frozen_until: str | None


class Registration(TypedDict):
    """A registration: how it was decided, and how it stands. `development` and `broker` in full where expanded."""

    id: str
    development: Any
    broker: Any
    registered_at: str
    client: Masked
    outcome: str
    code: str | None
    detail: str | None
    try_again_at: str | None
    protected_until: str | None
    state: str
    receipt: Receipt


class BatchItem(TypedDict):
    """What became of one of several registrations."""

    registration: Registration | None
    problem: dict[str, str | None] | None


class Slot(TypedDict):
    """A time that may be booked."""

    begins_at: str
    ends_at: str
    left: int


class Slots(TypedDict):
    """The times of a day, and the days that are offered."""

    days: list[str]
    day: str | None
    slots: list[Slot]


class Visit(TypedDict):
    """A booked visit."""

    id: str
    registration: str
    begins_at: str
    ends_at: str
    visitors: int
    state: str
    pass_url: str


class SandboxCodes(TypedDict):
    """With a test key: what nobody could read in a sandbox."""

    code: str
    site_code: str


class CodeSent(TypedDict):
    """A code went to the client's phone."""

    expires_at: str
    sandbox: SandboxCodes | None


class Capture(TypedDict):
    """What a live capture answers, and what the client reads before he agrees."""

    nonce: str
    expires_in: int
    consent_version: str
    consent: list[str]


class Showing(TypedDict):
    """A visit that was claimed, and what became of it."""

    id: str
    registration: Any
    development: str
    broker: str
    way: str
    at: str
    state: str
    verdict: str
    reasons: list[Reason]
    review: dict[str, str] | None
    capture_request: dict[str, str] | None
    protected_until: str | None
    receipt: Receipt | None


class Conflict(TypedDict):
    """A case over whose client somebody is, the own side of it."""

    id: str
    development: str
    client_phone: str
    cause: str
    state: str
    opened_at: str
    decide_by: str
    objections: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    second_look_until: str | None


class Appeal(TypedDict):
    """How an appeal stands."""

    id: str
    strike: str
    state: str
    filed_at: str
    decided_at: str | None
    receipt: Receipt | None


class Strike(TypedDict):
    """A showing that a person confirmed as fake."""

    id: str
    showing: str
    broker: str
    state: str
    confirmed_at: str
    counts_until: str
    reason: str | None
    frozen_until: str | None
    appeal_until: str | None
    appeal: Appeal | None


class Deal(TypedDict):
    """A deal of the agency, or one that it has a part of."""

    id: str
    development: Any
    broker: Any
    unit: str
    buyer: str
    price: Money
    state: str
    reached: dict[str, str]


class Statement(TypedDict):
    """A statement of a month, as it was issued."""

    id: str
    number: str
    month: str
    version: int
    issued_at: str
    opening: Money
    lines_total: Money
    payable: Money
    carried: Money
    payout: str | None
    accepted_at: str | None


class Line(TypedDict):
    """A line of a statement."""

    id: str
    reference: str
    cause: str
    amount: Money
    deal: str | None
    rank: int | None
    rate_bps: int | None
    posted_at: str
    dispute: str | None


class Invoice(TypedDict):
    """An invoice that was sent."""

    id: str
    statement: str
    number: str
    amount: Money
    invoiced_on: str
    sent_at: str
    state: str
    checked_at: str | None
    reason: str | None


class Dispute(TypedDict):
    """A line that the agency contests."""

    id: str
    statement: str
    line: str
    state: str
    filed_at: str
    steps: list[dict[str, str]]
    files: int


class Payout(TypedDict):
    """A statement's payable sum on its way."""

    id: str
    reference: str
    statement: str
    amount: Money
    state: str
    reached: dict[str, str]
    held_by: list[str]


class Event(TypedDict):
    """What happened; its `url` leads to what counts."""

    id: str
    type: str
    sequence: int
    occurred_at: str
    subject: str | None
    url: str | None
