"""Endpoints of agencies' own systems, the deliveries that wait for them or went out, and every attempt."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...rules.partner_api.keys import Mode
from ...rules.webhooks.retries import Disabled
from ..accounts.people import Person
from ..base import Base, Code, one_of
from ..partners.agreements import Agency

_THERE = text("deleted_at IS NULL")
_WAITS = text("next_try_at IS NOT NULL")


class WebhookEndpoint(Base):
    """An address of an agency's own system (回调地址) that is told what happened.

    `types`: which kinds of events; none: all. The secret that signs is sealed, and forgotten with the endpoint; the
    `former` one signs beside it until `former_until`. `failures`: attempts in a row that failed; after one it rests
    until `rests_until`. Who sends to it has it alone until `leased_until`, under the number `lease`; `asked_at` is when
    it was last taken up, so that all come in turn.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        one_of("mode", Mode),
        one_of("disabled_why", Disabled),
        CheckConstraint("(secret_sealed IS NULL) = (deleted_at IS NOT NULL)", name="deleted_is_forgotten"),
        CheckConstraint("(former_sealed IS NULL) = (former_until IS NULL)", name="former_ends"),
        CheckConstraint("(disabled_at IS NULL) = (disabled_why IS NULL)", name="disabled_says_why"),
        CheckConstraint("failures >= 0", name="failures_counted"),
        Index(
            "uq_webhook_endpoints_name",
            "agency_id",
            "name",
            unique=True,
            sqlite_where=_THERE,
            postgresql_where=_THERE,
        ),
        Index("ix_webhook_endpoints_agency", "agency_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"))
    name: Mapped[str] = mapped_column(String(40))
    mode: Mapped[Mode]
    url: Mapped[str]
    types: Mapped[list[str]]
    secret_sealed: Mapped[bytes | None]
    former_sealed: Mapped[bytes | None]
    former_until: Mapped[datetime | None]
    made_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    disabled_why: Mapped[Disabled | None]
    deleted_at: Mapped[datetime | None]
    failures: Mapped[int]
    rests_until: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    asked_at: Mapped[datetime]
    lease: Mapped[int]
    leased_until: Mapped[datetime | None]

    agency: Mapped[Agency] = relationship()
    maker: Mapped[Person] = relationship(foreign_keys=made_by)


class WebhookDelivery(Base):
    """One event for one endpoint, as it is sent. `message`: its identifier, the same at every attempt.

    `sequence`: its number in the agency's stream; None for a test, which is made once. `tries`: attempts of this round;
    who sends it again begins another one. `why`: why it was given up.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "message", name="uq_webhook_deliveries_message"),
        CheckConstraint("delivered_at IS NULL OR given_up_at IS NULL", name="settled_once"),
        CheckConstraint(
            "(next_try_at IS NULL) = (delivered_at IS NOT NULL OR given_up_at IS NOT NULL)", name="waits_until_settled"
        ),
        CheckConstraint("(given_up_at IS NULL) = (why IS NULL)", name="given_up_says_why"),
        Index("ix_webhook_deliveries_endpoint", "endpoint_id", "id"),
        Index("ix_webhook_deliveries_created_at", "created_at"),
        Index("ix_webhook_deliveries_due", "endpoint_id", "next_try_at", sqlite_where=_WAITS, postgresql_where=_WAITS),
        Index("ix_webhook_deliveries_next", "next_try_at", sqlite_where=_WAITS, postgresql_where=_WAITS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoints.id"))
    message: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(Code)
    sequence: Mapped[int | None]
    body: Mapped[str]
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None]
    tries: Mapped[int]
    delivered_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    why: Mapped[str | None] = mapped_column(Code)

    endpoint: Mapped[WebhookEndpoint] = relationship()


class WebhookAttempt(Base):
    """One request to an endpoint. `address`: which server was asked. `status`: what it answered; None: nothing, for the
    reason `failure`. `answer_sealed`: the first 64 KiB of what it said, which may be anything."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        CheckConstraint("(status IS NULL) = (failure IS NOT NULL)", name="answered_or_not"),
        Index("ix_webhook_attempts_delivery", "delivery_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("webhook_deliveries.id"))
    at: Mapped[datetime]
    milliseconds: Mapped[int]
    address: Mapped[str | None] = mapped_column(String(45))
    status: Mapped[int | None]
    failure: Mapped[str | None] = mapped_column(Code)
    answer_sealed: Mapped[bytes | None]
    cut: Mapped[bool]

    delivery: Mapped[WebhookDelivery] = relationship()
