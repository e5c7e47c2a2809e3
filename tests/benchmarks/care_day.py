"""The page of a consultant's day who has 2,000 clients, on both databases: it should be there in 150 ms.

It is held against the same page of a consultant who has a tenth of them.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from random import Random

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import Client as Browser

from portal.app import create_app
from portal.config import Config, new_secrets
from portal.models import CareAssignment, CareContact, CareFile, CareJudgement, Client, ContactOutcome, Person
from portal.rules.care.plan import Channel, Grade
from portal.services.accounts.sign_in import open_session
from portal.services.bulk import insert_rows, take_ids
from portal.services.care import files
from tests import care_world
from tests import factories as make
from tests.benchmarks.databases import databases, settle
from tests.benchmarks.measure import Effort, Row, in_turn, row, seconds
from tests.benchmarks.pages import cookie_of
from tests.databases import DIALECTS

AT = datetime(2026, 11, 30, 2, tzinfo=UTC)
MET = 8
"""Contacts of each client."""
ASKED = 5
"""So often a page is asked for in a round."""


def measure(effort: Effort) -> Iterator[Row]:
    """The day with all clients against the day with a tenth of them."""
    many, few = effort.day_clients, max(1, effort.day_clients // 10)
    for dialect in DIALECTS:
        with ExitStack() as opened:
            secrets = new_secrets()
            database = opened.enter_context(databases(dialect, secrets))("portal")
            with database.transaction() as session:
                people = {count: _carer(session, count) for count in (many, few)}
            settle(database)
            app = create_app(Config(database_url=database.url, log_level="WARNING", **secrets), lambda: AT)
            opened.callback(app.extensions["database"].dispose)
            asking = {count: _asking(app, person) for count, person in people.items()}
            given = in_turn(effort, {"many": asking[many], "few": asking[few]})
        name = f"the day of who has {many:,} clients, {dialect}"
        yield row(name, "ms", given["many"], f"of who has {few:,}", given["few"])


def _asking(app: Flask, person: Person) -> Callable[[], float]:
    with app.extensions["database"].transaction() as session:
        secret = open_session(session, AT, person, address="127.0.0.1", device="benchmark", days=1)
    http, headers = Browser(app, use_cookies=False), {"Cookie": cookie_of(app, secret)}

    def ask() -> None:
        for _ in range(ASKED):
            response = http.get("/care", headers=headers)
            assert response.status_code == 200, response.status_code

    return lambda: seconds(ask) * 1000 / ASKED


def _carer(session: Session, count: int) -> Person:
    """A consultant with so many clients who have not bought, each met now and then in the last months."""
    random, place, carer = Random(count), make.development(session), care_world.consultant(session)
    clients = [make.client(session) for _ in range(count)]
    keys = take_ids(session, CareFile, count)
    since = [AT - timedelta(days=random.randint(1, 300)) for _ in keys]
    pairs = list(zip(keys, clients, since, strict=True))
    insert_rows(
        session,
        CareFile,
        ("id", "development_id", "client_id", "name_sealed", "opened_at"),
        ((key, place.id, client.id, _name(session, place.id, client), at) for key, client, at in pairs),
    )
    insert_rows(
        session,
        CareAssignment,
        ("file_id", "number", "person_id", "by_id", "at", "reason", "in_turn", "passed_over"),
        ((key, 1, carer.id, carer.id, at, "轮接", True, []) for key, _client, at in pairs),
    )
    insert_rows(
        session,
        CareJudgement,
        ("file_id", "by_id", "at", "grade", "money", "authority", "desire"),
        ((key, carer.id, at, random.choice(list(Grade)), *_marks(random)) for key, _client, at in pairs),
    )
    channels = (Channel.CALL, Channel.WECHAT, Channel.TEXT, Channel.VISIT)
    met = (
        (key, carer.id, random.choice(channels), at, at, ContactOutcome.REACHED)
        for key, _client, _since in pairs
        for at in (AT - timedelta(days=random.randint(1, 120)) for _ in range(MET))
    )
    insert_rows(session, CareContact, ("file_id", "by_id", "channel", "at", "logged_at", "outcome"), met)
    return carer


def _name(session: Session, place_id: int, client: Client) -> bytes:
    return files.seal_name(session, place_id, client.id, "王小明")


def _marks(random: Random) -> tuple[bool, ...]:
    return tuple(random.random() < 0.3 for _ in range(3))
