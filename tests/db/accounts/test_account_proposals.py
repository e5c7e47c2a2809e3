"""Accounts that move money take two administrators, and never the account's owner."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from alembic import command
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.db import Database, alembic_config, migrate
from portal.models import (
    AccountProposal,
    AuditEntry,
    FormerName,
    PasswordLink,
    Person,
    ProposalState,
    Role,
    TextMessage,
)
from portal.rules.accounts.accounts import ACCOUNT_REST, MONEY_ROLES
from portal.services import contacts
from portal.services.accounts import account_proposals, people, sign_in
from portal.services.home.figure import counted
from tests import factories as make

GOOD = "sunny rivers run deep"


@pytest.fixture
def admins(session: Session) -> list[Actor]:
    return [Actor.of(make.person(session, Role.ADMINISTRATOR)) for _ in range(3)]


def code_of(deed: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refused:
        deed()
    return refused.value.code


def opening(session: Session, now: datetime, actor: Actor, **given: object) -> AccountProposal:
    values = {"role": Role.APPROVER, "name": "严复核", "phone": make.new_phone()} | given
    return account_proposals.propose_opening(session, actor, now, **values)


def confirm(session: Session, actor: Actor, now: datetime, proposal: AccountProposal, *, by_text: bool = True) -> None:
    account_proposals.confirm(session, actor, now, proposal, by_text=by_text)


@pytest.mark.parametrize("role", sorted(MONEY_ROLES))
def test_one_administrator_alone_opens_links_and_reopens_none_of_them(
    session: Session, now: datetime, admins: list[Actor], role: str
) -> None:
    one = admins[0]
    person = make.person(session, Role(role))
    facts = {"role": Role(role), "name": "某某", "phone": make.new_phone()}
    alone = "second_administrator_needed"
    assert code_of(lambda: people.create_person(session, one, now, **facts)) == alone
    assert code_of(lambda: people.issue_link(session, one, now, person)) == alone
    people.deactivate_person(session, one, now, person)  # to stop is safe
    assert code_of(lambda: people.reactivate_person(session, one, now, person)) == alone
    assert session.scalar(select(func.count()).select_from(PasswordLink)) == 0


def test_a_new_approver_takes_two_and_rests_after_choosing_a_password(
    session: Session, now: datetime, admins: list[Actor]
) -> None:
    proposal = opening(session, now, admins[0], note="十二月一日入职")
    assert session.scalar(select(Person.id).where(Person.role == Role.APPROVER)) is None
    assert code_of(lambda: confirm(session, admins[0], now, proposal)) == "own_proposal"
    confirm(session, admins[1], now, proposal)
    person = proposal.opened
    assert person is not None
    assert (person.role, person.created_by, proposal.state) == (Role.APPROVER, admins[1].id, ProposalState.CONFIRMED)
    told = session.scalars(select(TextMessage)).one()
    assert told.person_id == person.id
    link = session.scalars(select(PasswordLink)).one()
    assert (link.person_id, link.issued_by) == (person.id, admins[1].id)
    person.rests_since = now  # as `use_link` does, see below
    assert Actor.of(person).rests_until == now + ACCOUNT_REST


@pytest.mark.parametrize(("by", "rests"), [("two administrators", True), ("the shell", False)])
def test_a_password_that_was_chosen_by_a_link_of_others_rests(
    session: Session, now: datetime, admins: list[Actor], by: str, rests: bool
) -> None:
    person = make.person(session, Role.APPROVER)
    if by == "the shell":
        link = people.issue_link(session, SYSTEM, now, person)
    else:
        confirm(session, admins[1], now, account_proposals.propose_link(session, admins[0], now, person))
        session.execute(text("UPDATE password_links SET ended_at = issued_at, ended_because = 'newer'"))
        account_proposals.propose_link(session, admins[0], now, person)
        link = people.make_link(session, admins[1], now, person)  # what went out by text only its owner can read
    chosen = people.choose_password(session, person, GOOD)
    people.use_link(session, now + timedelta(hours=1), link.token, chosen, address="192.0.2.1")
    assert person.rests_since == (now + timedelta(hours=1) if rests else None)


def test_a_reopened_cashier_rests_and_one_of_the_shell_does_not(
    session: Session, now: datetime, admins: list[Actor]
) -> None:
    person = make.person(session, Role.CASHIER)
    people.deactivate_person(session, admins[0], now, person)
    confirm(session, admins[1], now, account_proposals.propose_reopening(session, admins[0], now, person))
    assert (person.active, person.rests_since) == (True, now)
    other = make.person(session, Role.CASHIER, deactivated_at=now)
    people.reactivate_person(session, SYSTEM, now, other)
    assert (other.active, other.rests_since) == (True, None)


def test_nobody_confirms_what_is_about_himself_but_may_stop_it(
    session: Session, now: datetime, admins: list[Actor]
) -> None:
    one, two, three = admins
    owner = session.get_one(Person, two.id)
    proposal = account_proposals.propose_link(session, one, now, owner)
    assert code_of(lambda: confirm(session, two, now, proposal)) == "own_account"
    assert counted(session, account_proposals.to_confirm(two)) == 0
    assert counted(session, account_proposals.to_confirm(three)) == 1
    account_proposals.refuse(session, two, now, proposal, "我没有忘记密码")
    assert proposal.state is ProposalState.REFUSED
    mine = account_proposals.propose_link(session, two, now, owner)  # who forgot it asks himself
    confirm(session, three, now, mine)


def test_another_phone_takes_two_ends_what_was_open_and_rests(
    session: Session, now: datetime, admins: list[Actor]
) -> None:
    person = make.person(session, Role.APPROVER, phone="13900004444")
    make.web_session(session, person=person, at=now)
    proposal = account_proposals.propose_phone(session, admins[0], now, person, "139 0000 5555", "换号")
    assert contacts.open_phone(session, person).e164 == "+8613900004444"
    confirm(session, admins[1], now, proposal)
    assert contacts.open_phone(session, person).e164 == "+8613900005555"
    assert (person.rests_since, sign_in.running_sessions(session, now, person)) == (now, [])


def test_a_number_that_was_taken_while_it_waited_is_refused(
    session: Session, now: datetime, admins: list[Actor]
) -> None:
    person = make.person(session, Role.APPROVER)
    proposal = account_proposals.propose_phone(session, admins[0], now, person, "13900005555")
    make.broker(session, phone="13900005555")
    assert code_of(lambda: confirm(session, admins[1], now, proposal)) == "phone_taken"


def test_another_role_takes_two_and_rests_where_it_moves_money(
    session: Session, now: datetime, admins: list[Actor]
) -> None:
    person = make.person(session, Role.RECEPTION)
    confirm(session, admins[1], now, account_proposals.propose_role(session, admins[0], now, person, Role.CASHIER))
    assert (person.role, person.rests_until) == (Role.CASHIER, now + ACCOUNT_REST)
    back = account_proposals.propose_role(session, admins[0], now, person, Role.RECEPTION)
    confirm(session, admins[1], now, back)
    assert (person.role, person.rests_until) == (Role.RECEPTION, None)
    deeds = select(AuditEntry.facts).where(AuditEntry.action == "person_role_changed").order_by(AuditEntry.id)
    assert session.scalars(deeds).first() == {"before": "reception", "role": "cashier"}


def test_another_name_takes_two_and_lets_nobody_in_or_out(session: Session, now: datetime, admins: list[Actor]) -> None:
    person = make.person(session, Role.APPROVER, name="严复核")
    make.web_session(session, person=person, at=now)
    proposal = account_proposals.propose_name(session, admins[0], now, person, " 严清 ", "身份证上的姓名")
    assert (proposal.name, person.name) == ("严清", "严复核")
    confirm(session, admins[1], now, proposal)
    assert (person.name, person.rests_until) == ("严清", None)
    assert len(sign_in.running_sessions(session, now, person)) == 1
    told = session.scalars(select(AuditEntry).where(AuditEntry.action == "person_renamed")).one()
    assert (told.actor_id, told.facts) == (admins[1].id, {"reason": "身份证上的姓名"}), "the log names nobody"
    assert session.scalars(select(FormerName.name)).all() == ["严复核"]


def test_a_name_that_waits_is_not_given_to_who_moves_no_money_any_more(
    session: Session, now: datetime, admins: list[Actor]
) -> None:
    person = make.person(session, Role.CASHIER, name="付出纳")
    proposal = account_proposals.propose_name(session, admins[0], now, person, "付清")
    confirm(session, admins[1], now, account_proposals.propose_role(session, admins[0], now, person, Role.RECEPTION))
    assert code_of(lambda: confirm(session, admins[1], now, proposal)) == "name_alone"


def test_partners_stay_what_they_are(session: Session, now: datetime, admins: list[Actor]) -> None:
    broker, cashier = make.broker(session), make.person(session, Role.CASHIER)
    one = admins[0]
    for deed, code in (
        (lambda: account_proposals.propose_role(session, one, now, broker, Role.APPROVER), "not_staff"),
        (lambda: account_proposals.propose_phone(session, one, now, broker, make.new_phone()), "phone_alone"),
        (lambda: account_proposals.propose_role(session, one, now, cashier, Role.BROKER), "role_not_yours_to_give"),
        (lambda: account_proposals.propose_role(session, one, now, cashier, Role.CASHIER), "role_unchanged"),
        (lambda: account_proposals.propose_name(session, one, now, broker, "某某"), "name_alone"),
        (lambda: account_proposals.propose_name(session, one, now, cashier, " "), "person_name"),
        (lambda: account_proposals.propose_name(session, one, now, cashier, cashier.name), "nothing_to_change"),
        (lambda: opening(session, now, one, role=Role.PRINCIPAL), "role_not_yours_to_give"),
    ):
        assert code_of(deed) == code


def test_who_rests_confirms_nothing(session: Session, now: datetime, admins: list[Actor]) -> None:
    newcomer = Actor.of(make.person(session, Role.ADMINISTRATOR, rests_since=now))
    proposal = opening(session, now, admins[0])
    assert code_of(lambda: confirm(session, newcomer, now + timedelta(hours=23), proposal)) == "account_rests"
    session.expire_all()
    confirm(session, newcomer, now + timedelta(hours=24), opening(session, now, admins[0]))


def test_alone_nobody_proposes_what_nobody_could_confirm(session: Session, now: datetime) -> None:
    one = Actor.of(make.person(session, Role.ADMINISTRATOR))
    make.person(session, Role.ADMINISTRATOR, has_password=False)
    two = make.person(session, Role.ADMINISTRATOR, deactivated_at=now)
    assert code_of(lambda: opening(session, now, one)) == "no_second_administrator"
    two.deactivated_at = None
    assert opening(session, now, one).open
    alone = "no_second_administrator"
    about_the_other = code_of(lambda: account_proposals.propose_link(session, one, now, two))
    assert about_the_other == alone


def test_where_no_texts_go_out_the_shell_makes_the_link(session: Session, now: datetime, admins: list[Actor]) -> None:
    proposal = opening(session, now, admins[0])
    confirm(session, admins[1], now, proposal, by_text=False)
    assert proposal.opened is not None
    assert session.scalar(select(PasswordLink.id)) is None
    again = account_proposals.propose_link(session, admins[0], now, proposal.opened)
    assert code_of(lambda: confirm(session, admins[1], now, again, by_text=False)) == "link_by_shell"


def test_the_same_is_proposed_once(session: Session, now: datetime, admins: list[Actor]) -> None:
    person, phone = make.person(session, Role.FINANCE), make.new_phone()
    opening(session, now, admins[0], phone=phone)
    first = account_proposals.propose_link(session, admins[0], now, person)
    assert code_of(lambda: opening(session, now, admins[1], phone=phone)) == "proposal_waits"
    assert code_of(lambda: account_proposals.propose_link(session, admins[1], now, person)) == "proposal_waits"
    account_proposals.withdraw(session, admins[0], now, first)
    assert account_proposals.propose_link(session, admins[1], now, person).open


def test_a_number_that_has_an_account_is_said_before_it_is_proposed(
    session: Session, now: datetime, admins: list[Actor]
) -> None:
    make.broker(session, phone="13900004444")
    assert code_of(lambda: opening(session, now, admins[0], phone="139 0000 4444")) == "phone_taken"
    assert code_of(lambda: opening(session, now, admins[0], role=Role.BROKER)) == "role_not_yours_to_give"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"state": "confirmed", "decided_by": 0}, "second_person"),
        ({"state": "confirmed", "decided_by": 2}, "not_own_account"),
        ({"state": "refused", "decided_by": 0, "reason": "x"}, "second_person"),
        ({"note": "something else"}, "append-only"),
        ({"person_id": None}, "append-only"),
    ],
)
def test_the_database_holds_two_people_and_what_was_proposed(
    session: Session, now: datetime, admins: list[Actor], change: dict[str, object], constraint: str
) -> None:
    proposal = account_proposals.propose_link(session, admins[0], now, session.get_one(Person, admins[2].id))
    values = dict(change)
    if "decided_by" in values:
        values |= {"decided_by": admins[int(str(values["decided_by"]))].id, "decided_at": now}
    with pytest.raises(DBAPIError, match=constraint):
        session.execute(AccountProposal.__table__.update().where(AccountProposal.id == proposal.id).values(**values))


def test_a_decision_is_final(session: Session, now: datetime, admins: list[Actor]) -> None:
    proposal = opening(session, now, admins[0])
    account_proposals.refuse(session, admins[1], now, proposal, "不认识此人")
    table = AccountProposal.__table__
    for statement in (table.update().values(state="proposed", decided_by=None, decided_at=None), table.delete()):
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.execute(statement.where(table.c.id == proposal.id))


@pytest.mark.parametrize("alone", ["an account", "a link", "an account that another was proposed for"])
def test_the_database_itself_refuses_one_hand(session: Session, now: datetime, admins: list[Actor], alone: str) -> None:
    by = admins[0].id
    if alone == "a link":
        make.person(session, Role.APPROVER)
        person_id = session.scalar(select(func.max(Person.id)))
        row: object = PasswordLink(
            digest="x", purpose="first", person_id=person_id, issued_at=now, issued_by=by, until=now
        )
    else:
        if alone != "an account":
            opening(session, now, admins[1])
        row = Person(role=Role.APPROVER, name="x", phone_sealed=b"x", phone_index="x", created_at=now, created_by=by)
    session.add(row)
    with pytest.raises((IntegrityError, DBAPIError), match="two people"):
        session.flush()


def test_of_two_who_confirm_at_once_one_does(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        one, *others = (Actor.of(make.person(session, Role.ADMINISTRATOR)) for _ in range(4))
        proposal_id = opening(session, now, one).id
    together, ends = Barrier(len(others)), []

    def decide(actor: Actor) -> None:
        together.wait()
        try:
            with database.transaction() as session:
                confirm(session, actor, now, session.get_one(AccountProposal, proposal_id))
            ends.append("done")
        except Refusal as refusal:
            ends.append(refusal.code)

    threads = [Thread(target=decide, args=(actor,)) for actor in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["done", "proposal_decided", "proposal_decided"]
    with database.reading() as session:
        assert len(session.scalars(select(Person).where(Person.role == Role.APPROVER)).all()) == 1
        assert len(session.scalars(select(TextMessage)).all()) == 1


def test_every_step_is_written_down(session: Session, now: datetime, admins: list[Actor]) -> None:
    confirm(session, admins[1], now, opening(session, now, admins[0]))
    deeds = [(one.action, one.actor_id) for one in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    one, two = admins[0].id, admins[1].id
    assert deeds == [
        ("account_change_proposed", one),
        ("person_created", two),
        ("password_link_issued", two),
        ("account_change_confirmed", two),
    ]


def test_names_by_two_come_to_what_was_there_and_can_go_again(database: Database, now: datetime) -> None:
    """0064, both ways, with proposals in the table: what stood stands, and each trigger works as before."""
    with database.transaction() as session:
        one, two = (Actor.of(make.person(session, Role.ADMINISTRATOR)) for _ in range(2))
        approver = make.person(session, Role.APPROVER)
        confirm(session, two, now, opening(session, now, one, phone="13900005555"))
        link = account_proposals.propose_link(session, one, now, approver).id
        account_proposals.propose_name(session, one, now, approver, "严清")
    command.downgrade(alembic_config(database.url), "0063")
    _guards_still_stand(database, now, link)
    with database.engine.connect() as connection:
        kinds = connection.execute(text("SELECT kind, state FROM account_proposals ORDER BY id")).all()
    assert [tuple(row) for row in kinds] == [("open", "confirmed"), ("link", "proposed")]
    migrate(database.url, vault=database.vault)
    _guards_still_stand(database, now, link)
    with database.transaction() as session:
        account_proposals.propose_name(session, one, now, session.get_one(Person, approver.id), "严清")


def _guards_still_stand(database: Database, now: datetime, link: int) -> None:
    refused = (
        "UPDATE account_proposals SET note = 'x'",
        "UPDATE account_proposals SET state = 'proposed', decided_by = NULL, decided_at = NULL WHERE kind = 'open'",
        "DELETE FROM account_proposals",
        "UPDATE account_proposals SET state = 'confirmed', decided_by = proposed_by, decided_at = proposed_at"
        f" WHERE id = {link}",
        "UPDATE account_proposals SET kind = 'other'",
        "INSERT INTO account_proposals (kind, person_id, note, state, proposed_by, proposed_at)"
        f" SELECT kind, person_id, note, state, proposed_by, proposed_at FROM account_proposals WHERE id = {link}",
        "INSERT INTO people (role, name, phone_sealed, phone_index, created_at, created_by)"
        " SELECT 'approver', 'x', phone_sealed, 'x', created_at, id FROM people WHERE role = 'administrator'",
    )
    for statement in refused:
        with pytest.raises(DBAPIError), database.engine.begin() as connection:
            connection.execute(text(statement))
