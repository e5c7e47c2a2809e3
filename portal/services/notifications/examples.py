"""Texts as examples: one table of facts, which a test holds against all kinds, and an example sent to oneself."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import NoticeSettings, Person
from ...rules.notifications.kind import Channel, Kind, Topic, Whom
from ...rules.notifications.kinds import KINDS
from ...rules.notifications.ways import LIVES
from ...session import Session
from .. import audit
from ..app_messages import reach
from .marks import N_
from .ways import Item, Message, Reader, Way
from .wording import LIVE, Said, Words, say, translated, words_of
from .words import WORDS

FACTS: Mapping[str, Any] = {
    "amount_fen": 2_300_000,
    "answer_by_at": "2026-12-01T10:00:00+00:00",
    "appeal_until_at": "2026-12-07T10:00:00+00:00",
    "code": "client_protected",
    "count": 3,
    "deal": 1,
    "deals": 12,
    "due_on": "2026-12-15",
    "due_at": "2026-12-15T02:00:00+00:00",
    "development_id": 1,
    "effective_at": "2026-12-31T16:00:00+00:00",
    "ends_at": "2026-12-02T10:00:00+00:00",
    "gathering": 1,
    "from_on": "2026-12-01",
    "last_four": "6688",
    "last_on": "2026-12-14",
    "made_at": "2026-11-29T02:10:00+00:00",
    "mark": 2,
    "month": "2026-11",
    "most": 100_000,
    "moved_fen": -150_000,
    "name": "Standard 2027",
    "number": "128",
    "payable_fen": 18_600_000,
    "people": 2,
    "points": 72,
    "protected_until_at": "2026-12-30T10:00:00+00:00",
    "rank": 11,
    "reached_on": "2026-11-29",
    "reached_at": "2026-11-29T08:30:00+00:00",
    "reference": "PO-2026-000128",
    "registration": 1,
    "rows": 46,
    "since_at": "2026-11-28T06:00:00+00:00",
    "starts_on": "2027-01-01",
    "statement": "ST-2026-11-0007",
    "statement_id": 7,
    "statements": 38,
    "stored": 90_412,
    "strike": 2,
    "target_on": "2026-11-26",
    "total_fen": 42_000_000,
    "unit": "3-1602",
    "until_at": "2026-12-07T10:00:00+00:00",
    "until_on": "2026-12-30",
    "version": 4,
    "visit_at": "2026-12-02T06:00:00+00:00",
    "window": "2026-11",
    "worth_fen": 360_000,
}
"""By the fact's name. What `terms` word is not here: their first stands for them."""

NAMES: Mapping[str, Mapping[str, str]] = {
    "zh_Hans_CN": {"person": "张晓雯", "agency": "安居房产", "development": "云栖里"},
    "en": {"person": "Zhang Xiaowen", "agency": "Anju Realty", "development": "Yunqi Lane"},
}
AT = "2026-11-30T10:00:00+00:00"


def example_facts(kind: Kind, words: Words, locale: str = "en") -> dict[str, Any]:
    """Facts as an event of this kind might have."""
    facts: dict[str, Any] = {**NAMES[locale], "at": AT}
    assert facts.keys() == set(LIVE)
    for name in kind.facts:
        terms = words.terms.get(name)
        facts[name] = next(iter(terms)) if terms else FACTS[name]
    return facts


def said_for_example(kind: Kind, words: Words, locale: str) -> Said:
    """What the words of a kind come to in this language."""
    return say(words, example_facts(kind, words, locale), locale)


_MARKED = N_("Test: %(subject)s")
_WORKS = N_("Notices reach you here")
_WORKS_WHY = N_("You sent this yourself, on the page “How I am told”.")


def send_to_oneself(
    session: Session, actor: Actor, now: datetime, name: str, whom: Whom, way: Way, locale: str
) -> None:
    """Write down the text of a kind, as who is concerned so reads it, for the actor alone; it goes out at once.

    Raises Refusal `way_does_not_reach_you`.
    """
    person = session.get_one(Person, actor.id)
    apps = dict.fromkeys(reach.reachable(session, now, [person.id]).get(person.id, {}))  # who tries knows why
    reader = Reader(person, locale, session.get(NoticeSettings, person.id), apps)
    if way.refusal(reader) is not None:
        raise Refusal("way_does_not_reach_you")
    said = said_for_example(KINDS[name], words_of(WORDS[name], whom), locale)
    subject = translated(_MARKED, locale) % {"subject": said.subject}
    item = Item(Said(subject, said.why, said.do), "/inbox")
    key = f"try-{way.channel}-{person.id}-{secrets.token_hex(8)}"
    way.enqueue(session, now, Message(reader, key, now, now + LIVES, KINDS[name].topic, None, [item]))
    audit.record(session, actor, now, "notice_text_tried", "notice_texts", name=name, way=way.channel)


def try_way(session: Session, actor: Actor, now: datetime, way: Way, locale: str) -> None:
    """Have the actor told by this way, and at once, that it works. Raises Refusal `way_does_not_reach_you`."""
    person = session.get_one(Person, actor.id)
    apps = dict.fromkeys(reach.reachable(session, now, [person.id]).get(person.id, {}))  # who tries it knows why
    reader = Reader(person, locale, session.get(NoticeSettings, person.id), apps)
    if way.refusal(reader) is not None:
        raise Refusal("way_does_not_reach_you")
    said = Said(translated(_WORKS, locale), translated(_WORKS_WHY, locale), "")
    key = f"try-{way.channel}-{person.id}-{secrets.token_hex(8)}"
    item = Item(said, "/inbox/settings")
    way.enqueue(session, now, Message(reader, key, now, now + LIVES, Topic.SECURITY, None, [item]))


def way_by(channel: str, ways: Sequence[Way]) -> Way | None:
    """The way of this channel, where it is set up."""
    return next((way for way in ways if way.channel == channel), None) if channel in set(Channel) else None
