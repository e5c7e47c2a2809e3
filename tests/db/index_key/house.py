"""A database full of digests under a first index key, and the processes that work on it with both."""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import OperationalError

from portal.access.actor import SYSTEM, Actor
from portal.config import Config, new_secrets
from portal.db import Database
from portal.models import IndexRotation, Invitation, KeyMark, Role
from portal.outages import Outage, of_database
from portal.rules.keys.starting import NAME_LENGTH, KeyKind
from portal.rules.provider_sign_in.claims import Claims, Issuer, ProviderName
from portal.services import contacts
from portal.services.accounts import account_proposals, password_links, sign_in
from portal.services.index_key import pairs, rounds, words
from portal.services.index_key.turning import turn
from portal.services.notifications import mail_addresses
from portal.services.partners import papers
from portal.services.provider_sign_in import ties
from portal.services.second_factors import factors
from portal.session import Session
from tests import factories as make
from tests.db.money import Staff, exported
from tests.factories import joining, second_factors

_TRIES = 60
PHONE, NAME = "13900004444", "王小明"
DECLINED = "13900006666"
MAIL = "zhou@example.com"
ISSUER = Issuer(ProviderName.COMPANY, "https://login.example.com")


class House:
    """`old` holds the former key alone; `both` is the portal after its restart with the new key, too."""

    def __init__(self, database: Database, config: Config, now: datetime) -> None:
        self.old, self.now, self.config = database, now, replace(config, database_url=database.url)
        self.new_key, self.processes = new_secrets()["index_key"], list[Database]()
        with database.transaction() as session:
            _know(session, database.vault.index_mark, now)
            self.fill(session)
        self.both = self.opened(f"{config.index_key},{self.new_key}")

    def opened(self, index_key: str) -> Database:
        """The same database, as a process with these keys sees it; it ends with the house."""
        given = replace(self.config, index_key=index_key)
        self.processes.append(Database(self.old.url, given.vault(), self.old.signer, given.money_limits()))
        return self.processes[-1]

    def fill(self, session: Session) -> None:
        now, staff = self.now, Staff.hired(session)
        self.payout = exported(session, staff, now).id
        self.touch = make.touch(session, name=NAME, client=make.client(session, phone=PHONE))
        self.registration = make.registration(session, touch=self.touch).id
        self.person = make.person(session, Role.REFERRER, phone=PHONE)
        make.bank_details(session, self.person)
        called = papers.Contact("王芳", "0571-88886600")
        papers.write_terms(session, make.agreement(session), papers.Terms(contact=called))
        administrators = [make.person(session, Role.ADMINISTRATOR) for _ in range(2)]
        account_proposals.propose_opening(
            session, Actor.of(administrators[0]), now, role=Role.FINANCE, name="林一", phone="13900005555"
        )
        self.manager = make.person(session, Role.CHANNEL_MANAGER)
        self.place = make.development(session)
        self.invited = joining.invitation(session, self.place, self.manager, now).id
        self.declined = joining.invitation(session, self.place, self.manager, now).id
        _decline(session, self.declined, now)
        mail_addresses.ask(session, Actor.of(self.manager), now, MAIL, base_url="http://x", locale="en")
        self.app = second_factors.app_with_codes(session, self.manager, now)
        self.codes = factors.issue_recovery_codes(session, Actor.of(self.manager), now, self.manager)
        ties.tie(session, Actor.of(self.manager), now, ISSUER, Claims("e-99"))
        former = ties.tie(session, Actor.of(staff.finance), now, ISSUER, Claims("e-1"))
        former.issuer = former.subject_sealed = None  # as ties of before stand until they are used again
        self.secret = sign_in.open_session(session, now, self.manager, address="", device="", days=14)
        self.link = password_links.issue(session, now, self.person, by_id=None).token

    def begun(self) -> int:
        with self.both.transaction() as session:
            rotation = rounds.begin(session, SYSTEM, self.now)
            assert rotation is not None
            return rotation.id

    def prepared(self) -> int:
        key = self.begun()
        assert [step for step in pairs.fill(self.both, key) if step.broken] == []
        return key

    def turned(self) -> Counter[str]:
        key = self.prepared()
        with self.both.transaction() as session:
            return turn(session, SYSTEM, self.now, session.get_one(IndexRotation, key))

    def rotated(self) -> IndexRotation:
        self.turned()
        assert [step for step in words.move(self.both) if step.broken] == []
        proof = rounds.prove(self.both)
        assert proof.wrong == {}
        with self.both.transaction() as session:
            rotation = rounds.current(session)
            assert rotation is not None
            rounds.finish(session, SYSTEM, self.now, rotation, proof)
            while rounds.forget_pairs(session):
                pass
        return rotation

    def dispose(self) -> None:
        for one in self.processes:
            one.dispose()


def turn_at_last(database: Database, now: datetime, rotation_id: int) -> Counter[str]:
    """The turn, tried again as the command does it while somebody is under way for longer than it waits."""
    for _ in range(_TRIES):
        try:
            with database.transaction() as session:
                return turn(session, SYSTEM, now, session.get_one(IndexRotation, rotation_id))
        except OperationalError as error:
            if of_database(error.orig) is not Outage.BUSY:
                raise
    raise AssertionError("somebody was always under way")


def _know(session: Session, mark: str, now: datetime) -> None:
    session.add(KeyMark(kind=KeyKind.INDEX, name=mark[:NAME_LENGTH], mark=mark, since=now))
    session.flush()


def _decline(session: Session, key: int, now: datetime) -> None:
    """Somebody declined, and the number is kept no more: nothing is left to make its digest of."""
    row = session.get_one(Invitation, key)
    row.declined_at, row.name_sealed, row.phone_sealed = now, None, None
    row.phone_index = contacts.phone_index(session, contacts.parse_phone(DECLINED))
    session.flush()
