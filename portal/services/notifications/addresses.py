"""A person's mail address for notices, his choices, and the links by which he stops a kind of mail."""

import hmac
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select

from commissions.refusal import Refusal

from ...crypto import Vault
from ...models import ChannelChoice, DigestEvery, NoticeSettings, Person
from ...rules.messages.stop_word import says_stop
from ...rules.notifications.kind import Channel, Topic
from ...rules.notifications.ways import Choices
from ...session import Session
from ..contacts import index_vault_of, parse_phone, phone_index, vault_of

_SEALED = "notices.mail"
_STOP = "notices.stop"
_DIGITS = 32
FIRST_HOUR = 18
"""Of a Shanghai day: when a digest comes unless another hour is chosen."""


def settings_of(session: Session, person_id: int) -> NoticeSettings:
    """A person's settings; those of who never chose are not stored."""
    found = session.get(NoticeSettings, person_id)
    return found or NoticeSettings(
        person_id=person_id,
        mail_sealed=None,
        mail_index=None,
        mail_confirmed_at=None,
        digest=DigestEvery.NEVER,
        digest_hour=FIRST_HOUR,
        digest_due_at=None,
        digest_until=None,
    )


def seal_address(session: Session, person_id: int, address: str) -> bytes:
    """A mail address as it rests: it opens in its person's row alone."""
    return vault_of(session).seal_text(address, f"{_SEALED}:{person_id}")


def address_index(session: Session, address: str) -> str:
    """By what a confirmed address is found again, however it is written: a keyed digest."""
    return address_index_under(index_vault_of(session), address)


def address_index_under(vault: Vault, address: str) -> str:
    """`address_index` under the index key of a vault."""
    return vault.keyed_digest(address.strip().casefold(), _SEALED)


def address_in(session: Session, row: NoticeSettings) -> str | None:
    """The mail address of a person's settings, confirmed or not."""
    if row.mail_sealed is None:
        return None
    return vault_of(session).open_text(row.mail_sealed, f"{_SEALED}:{row.person_id}")


def choices_of(session: Session, people: Collection[int]) -> Mapping[int, Choices]:
    """What these people chose, by person."""
    found: dict[int, dict[tuple[Topic, Channel], bool]] = {key: {} for key in people}
    for row in session.scalars(select(ChannelChoice).where(ChannelChoice.person_id.in_(people))):
        if row.topic in set(Topic) and row.channel in set(Channel):
            found[row.person_id][Topic(row.topic), Channel(row.channel)] = row.wanted
    return found


def choose(session: Session, now: datetime, person_id: int, topic: Topic, channel: Channel, *, wanted: bool) -> None:
    """Let a topic come this way, or no more."""
    session.merge(ChannelChoice(person_id=person_id, topic=topic, channel=channel, wanted=wanted, at=now))


def take_answer(session: Session, now: datetime, *, phone: str, text: str) -> None:
    """Send no more notices by text to the account of this phone, where what it answered says stop."""
    if not says_stop(text):
        return
    try:
        index = phone_index(session, parse_phone(phone))
    except Refusal:
        return
    person_id = session.scalar(select(Person.id).where(Person.phone_index == index))
    if person_id is not None:
        for topic in Topic:
            choose(session, now, person_id, topic, Channel.SMS, wanted=False)


def stop_token(session: Session, person_id: int, topic: Topic) -> str:
    """What stands in a mail's link to get no more of its topic by mail: who and what, and nobody makes it up."""
    return f"{person_id}.{topic}.{_proofs(session, person_id, topic)[0]}"


def read_stop(session: Session, token: str) -> tuple[int, Topic] | None:
    """Whose mails about what a link stops; None where it is not ours."""
    person, _dot, rest = token.partition(".")
    topic, _dot, proof = rest.partition(".")
    if not (person.isascii() and person.isdigit() and len(person) < 19) or topic not in set(Topic):
        return None
    proofs = _proofs(session, int(person), Topic(topic))
    ours = any(hmac.compare_digest(right.encode(), proof.encode()) for right in proofs)
    return (int(person), Topic(topic)) if ours else None


def _proofs(session: Session, person_id: int, topic: Topic) -> list[str]:
    """Under every index key: a mail lies for years."""
    return [one[:_DIGITS] for one in vault_of(session).keyed_digests(f"{person_id}\0{topic}", _STOP)]
