"""A referrer's own word for a code: once, unlike everybody else's, and beside the code that was drawn."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import Referrer
from portal.services.leads import leads
from portal.services.referral import vanity_codes
from tests import factories as make


def choose(session: Session, now: datetime, referrer: Referrer, text: str) -> str | None:
    try:
        with session.begin_nested():
            vanity_codes.choose(session, Actor.of(referrer.person), now, referrer, text)
    except Refusal as refusal:
        return refusal.code
    return None


def test_both_codes_lead_to_who_chose(session: Session, now: datetime) -> None:
    referrer = make.referrer(session)
    assert choose(session, now, referrer, "lily8") is None
    for typed in ("LILY8", "li-ly8", "1i1y8", referrer.code):
        assert leads.land(session, now, typed) is referrer
    assert vanity_codes.of(session, referrer.id).code == "LILY8"


def test_it_is_chosen_once(session: Session, now: datetime) -> None:
    referrer = make.referrer(session)
    assert [choose(session, now, referrer, word) for word in ("CHENJY", "LIUFF")] == [None, "vanity_chosen"]


@pytest.mark.parametrize("word", ["CHENJY", "chenjv", "CHENYJ", "CHENJ", "HENJY", "CHEMJY"])
def test_a_slip_away_from_somebodys_is_refused(session: Session, now: datetime, word: str) -> None:
    choose(session, now, make.referrer(session), "CHENJY")
    assert choose(session, now, make.referrer(session), word) == "vanity_similar"
    assert choose(session, now, make.referrer(session), "WANGXM") is None


def test_a_slip_of_the_finger_leads_to_nobody(session: Session, now: datetime) -> None:
    choose(session, now, make.referrer(session), "CHENJY")
    with pytest.raises(Refusal) as refusal:
        leads.land(session, now, "CHENJX")
    assert refusal.value.code == "code_mistyped"


def test_a_revoked_code_takes_its_word_with_it(session: Session, now: datetime) -> None:
    referrer = make.referrer(session)
    choose(session, now, referrer, "CHENJY")
    referrer.revoked_at = now
    with pytest.raises(Refusal) as refusal:
        leads.land(session, now, "CHENJY")
    assert refusal.value.code == "code_revoked"
    assert choose(session, now, make.referrer(session, revoked_at=now), "WANGXM") == "code_revoked"


def test_of_two_who_choose_alike_at_once_one_has_it(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        both = [make.referrer(session) for _ in range(2)]
    start = Barrier(2)

    def at_once(referrer: Referrer, word: str) -> str | None:
        start.wait()
        with database.transaction() as session:
            return choose(session, now, session.get_one(Referrer, referrer.id), word)

    with ThreadPoolExecutor(2) as threads:
        told = set(threads.map(at_once, both, ("CHENJY", "CHENYJ")))
    assert told == {None, "vanity_similar"}
