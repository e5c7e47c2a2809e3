"""Asked again over the same facts, the portal says the same and writes nothing; on both databases."""

from collections.abc import Callable

import pytest
from sqlalchemy import event, select

from portal.access.actor import SYSTEM
from portal.adapters.storage.files import FolderFiles
from portal.models import ConflictCase, Deal, Milestone, MilestoneKind
from portal.rules.conflicts.conflict import Outcome
from portal.rules.judgements.what_if import World
from portal.services.claims import rule_profiles
from portal.services.commission import accruals
from portal.services.conflicts import evidence, finding
from portal.services.registrations import judgement_facts
from portal.services.registrations.registrations import register_client
from tests.db.conflicts.test_parts import signed
from tests.rivals import NAME, Rivals, decided, objected

Asked = Callable[[Rivals], object]


def the_judgement(two: Rivals) -> object:
    """Of the client's whole history: how each was answered, until when it protects, who owns the client."""
    facts = judgement_facts.load_client(two.session, two.first.development_id, two.first.client_id or 0)
    profile = rule_profiles.in_force(two.session, two.first.development, two.now)
    return [
        (facts.parties[one.touch.touch_id], one.outcome, one.code, one.protected_until, one.owner)
        for client in facts.clients
        for one in World(client, profile, two.now).judged.values()
    ]


def the_case(two: Rivals) -> object:
    """Its time line, and the rule's own answers."""
    case = two.session.scalars(select(ConflictCase)).one()
    said = [
        (one.party, one.judged.outcome, one.judged.code) for one in evidence.rule_answers(two.session, two.now, case)
    ]
    return said, evidence.time_line(two.session, case)


def the_rules_that_open_cases(two: Rivals) -> object:
    """What they find when they look once more."""
    return finding.open_found(two.session, two.now)


def the_owners_form(two: Rivals) -> object:
    """Sent once more: it finds the registration that stands."""
    given = {"development_id": two.first.development_id, "phone": two.phone, "name": NAME}
    return register_client(two.session, two.holder, two.now, **given).id


def the_milestone_that_earned(two: Rivals) -> object:
    """Told of once more: target and posted are the same."""
    deal = two.session.scalars(select(Deal)).one()
    signing = two.session.scalars(select(Milestone).where(Milestone.kind == MilestoneKind.SIGNED)).one()
    return list(accruals.post_accruals(two.session, SYSTEM, two.now, deal=deal, milestone=signing))


ASKED = (the_judgement, the_case, the_rules_that_open_cases, the_owners_form, the_milestone_that_earned)


@pytest.mark.parametrize("asked", ASKED, ids=lambda one: one.__name__)
def test_replay_adds_nothing(two: Rivals, files: FolderFiles, asked: Asked) -> None:
    """Two brokers, an objection, a signed deal that is split: whatever is asked, twice is once."""
    signed(two)
    decided(two, objected(two, files), Outcome.SPLIT, two.second, 4_000)
    two.session.flush()
    written: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_given: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "SAVEPOINT", "RELEASE", "WITH")):
            written.append(statement)

    connection = two.session.connection()
    event.listen(connection, "before_cursor_execute", note)
    first = asked(two)
    assert asked(two) == first
    two.session.flush()
    assert written == []
