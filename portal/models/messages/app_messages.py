"""Messages to people in an app that they tied to their account, and the tokens by which the apps take them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, Code, one_of

_GIVEN_UP = text("given_up_at IS NOT NULL")


class App(StrEnum):
    """An app that carries messages to one person; its word is that of the channel."""

    WECOM = "wecom"
    WECHAT = "wechat"


class AppMessage(Base):
    """A message to a person in an app, written in the transaction that makes it necessary and sent after it.

    `key` makes it one message whatever is repeated. `params_sealed` goes when the message is settled: sent, or given
    up. To which account it goes is looked up when it goes out. `unsure_since`: since when it has been tried without
    anybody knowing for sure that it was not taken; an app recognises a repetition for so long only.
    """

    __tablename__ = "app_messages"
    __mapper_args__ = {"polymorphic_on": "app", "polymorphic_abstract": True}  # noqa: RUF012 - SQLAlchemy reads it from the class
    __table_args__ = (
        one_of("app", App),
        CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name="settled_once"),
        CheckConstraint(
            "(params_sealed IS NULL) = (sent_at IS NOT NULL OR given_up_at IS NOT NULL)", name="settled_is_forgotten"
        ),
        Index("ix_app_messages_person", "person_id", "id"),
        Index("ix_app_messages_due", "app", "next_try_at"),
        Index("ix_app_messages_given_up", "given_up_at", sqlite_where=_GIVEN_UP, postgresql_where=_GIVEN_UP),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    app: Mapped[App]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    locale: Mapped[str] = mapped_column(Code)
    params_sealed: Mapped[bytes | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    attempts: Mapped[int]
    unsure_since: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    provider_id: Mapped[str | None]
    given_up_at: Mapped[datetime | None]
    failure: Mapped[str | None]

    person: Mapped[Person] = relationship()


class WeComMessage(AppMessage):
    """A message to a member in 企业微信."""

    __mapper_args__ = {"polymorphic_identity": App.WECOM}  # noqa: RUF012 - SQLAlchemy reads it from the class


class WeChatMessage(AppMessage):
    """A notice to a follower of the official account in WeChat."""

    __mapper_args__ = {"polymorphic_identity": App.WECHAT}  # noqa: RUF012 - SQLAlchemy reads it from the class


class AppToken(Base):
    """What an app shows its carrier instead of its secret, for two hours; one for all processes, fetched by one of
    them at a time.

    `name`: the app, and which one. `taken_until`: so long one process fetches another token, or nobody after a failure.
    """

    __tablename__ = "app_tokens"
    __table_args__ = (
        CheckConstraint("(token_sealed IS NULL) = (ends_at IS NULL)", name="token_has_an_end"),
        CheckConstraint("(failure IS NULL) = (failed_at IS NULL)", name="failure_has_an_instant"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    token_sealed: Mapped[bytes | None]
    ends_at: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
    taken_until: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(Code)
    failed_at: Mapped[datetime | None]
