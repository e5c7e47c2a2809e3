"""On request all that is stored of a person goes, but for what a law, a contract or a claim keeps (ADR 53)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.adapters.storage.files import FolderFiles, new_name
from portal.crypto import SealBroken
from portal.models import (
    AuditEntry,
    BankChange,
    Base,
    Client,
    ErasureDecision,
    ErasureOrigin,
    ErasureProof,
    ErasureRequest,
    ErasureShown,
    ErasureState,
    Guardian,
    LeadNote,
    Person,
    Registration,
    Relation,
    Role,
    SearchTerm,
    TextKind,
    TextMessage,
    Touch,
)
from portal.rules.erasure.grounds import Ground
from portal.rules.provider_sign_in.claims import Claims, Issuer
from portal.services import audit, contacts
from portal.services.accounts import people
from portal.services.clients import find_client, find_or_create_client
from portal.services.erasure import proofs, requests
from portal.services.keys.sealed_columns import CONTEXTS, sealed_columns
from portal.services.messages import texts
from portal.services.privacy import subject_data
from portal.services.provider_sign_in import ties
from tests import factories as make
from tests.db.money import Staff, exported
from tests.factories import friends

PHONE, NAME = "13912345678", "欧阳静雯"
DAY = timedelta(days=1)


class Desk:
    """A privacy officer, an administrator, and a client of whom something is stored everywhere."""

    def __init__(self, session: Session, now, folder: Path) -> None:
        self.session, self.now = session, now
        self.files = FolderFiles(folder, contacts.vault_of(session))
        self.officer = Actor.of(make.person(session, Role.PRIVACY_OFFICER))
        self.second = Actor.of(make.person(session, Role.ADMINISTRATOR))

    def client(self) -> Client:
        session, now = self.session, self.now
        client = make.client(session, phone=PHONE)
        over = make.touch(session, client=client, name=NAME, at=now - 90 * DAY, protected_until=now - 60 * DAY)
        make.registration(session, touch=over)
        referrer = make.referrer(session)
        lead = friends.accepted_lead(
            session, referrer, now - 80 * DAY, client=client, name_sealed=contacts.seal_name(session, NAME)
        )
        lead.network_mark = "a" * 64
        note = contacts.seal_note(session, f"{NAME}想看三房")
        session.add(LeadNote(lead_id=lead.id, at=now, written_by=self.officer.id, text_sealed=note))
        sealed = contacts.vault_of(session).seal_text(NAME, "guardian.name")
        session.add(Guardian(consent_id=lead.consent_id, name_sealed=sealed, relation=Relation.MOTHER))
        texts.enqueue(session, now, client.id, TextKind.GIFT, {"gift": PHONE}, key="a gift", expires_at=now + DAY)
        self.photo = new_name()
        self.files.put(self.photo, NAME.encode())
        showing = make.showing(session, touch=over, at=now - 80 * DAY, verdict="verified")
        make.photo(session, showing=showing, file_name=self.photo)
        make.template(session, touch=over)
        session.flush()
        return client

    def asked(self, whose: Client | Person) -> ErasureRequest:
        return requests.ask(
            self.session, self.officer, self.now, whose, ErasureOrigin.OFFICER, shown_by=ErasureShown.PAPERS
        )

    def erased(self, whose: Client | Person) -> ErasureRequest:
        request = self.asked(whose)
        decision = requests.propose(self.session, self.officer, self.now, request, erases=True)
        requests.confirm(self.session, self.second, self.now, decision, self.files)
        return request

    def sent(self) -> None:
        """The last text goes out, and with it the number."""
        values = {"params_sealed": None, "number_sealed": None, "sent_at": self.now, "next_try_at": None}
        self.session.execute(update(TextMessage).where(TextMessage.kind == TextKind.ERASURE).values(**values))


@pytest.fixture
def desk(session: Session, now, tmp_path: Path) -> Desk:
    return Desk(session, now, tmp_path / "files")


def everything(session: Session) -> Iterator[str]:
    """All that the tables hold, and what is sealed there, opened."""
    session.flush()
    session.expire_all()
    vault, sealed = contacts.vault_of(session), {one.name: one for one in sealed_columns()}
    for table in Base.metadata.sorted_tables:
        for row in session.execute(select(table)):
            for name, value in row._mapping.items():
                where = f"{table.name}.{name}"
                if isinstance(value, bytes) and where in CONTEXTS:
                    try:
                        yield f"{where} {vault.open(value, sealed[where].context_of(row)).decode(errors='replace')}"
                    except SealBroken:
                        continue
                elif isinstance(value, bytes):
                    yield f"{where} {value.decode(errors='replace')}"
                else:
                    yield f"{where} {json.dumps(value, default=str, ensure_ascii=False)}"


def traces(session: Session, *of: str) -> list[str]:
    return [said for said in everything(session) if any(one in said for one in of)]


def test_no_trace_of_number_and_name_is_left(desk: Desk, session: Session) -> None:
    client = desk.client()
    index = client.phone_index
    assert {said.split()[0] for said in traces(session, PHONE, NAME, index)} >= {
        "clients.phone_sealed", "clients.phone_index", "registrations.name_sealed", "touches.name_sealed",
        "leads.name_sealed", "lead_notes.text_sealed", "guardians.name_sealed", "text_messages.params_sealed",
    }  # fmt: skip
    request = desk.erased(client)
    desk.sent()
    session.commit()
    assert traces(session, PHONE, NAME, index) == []
    assert session.scalars(select(SearchTerm)).all() == []
    with pytest.raises(FileNotFoundError):
        desk.files.get(desk.photo)
    assert request.state is ErasureState.FINISHED
    assert contacts.open_phone(session, client).masked == "—"
    data = subject_data.of_client(session, client)
    assert (data.phone, data.names, data.notes[0][1:]) == ("", [contacts.ERASED], (contacts.ERASED, ""))


def test_what_an_account_leaves_in_logs_and_elsewhere_goes_too(desk: Desk, session: Session) -> None:
    """Names of before, who he is in WeChat, and from where he worked: half a year of that is kept by law."""
    now = desk.now
    person = make.person(session, Role.BROKER, name="林清")
    people.change_name(session, desk.second, now - 300 * DAY, person, NAME, reason="改名")
    ties.tie(session, Actor.of(person), now, Issuer.of_wechat("wx1"), Claims(PHONE, openid=PHONE))
    here = Actor.of(person, "192.0.2.77")
    for days in (400, 100):
        audit.record(session, here, now - days * DAY, "signed_in", person)
    people.deactivate_person(session, desk.second, now, person)
    audit.record(session, Actor.of(make.person(session, Role.FINANCE), "192.0.2.1"), now, "signed_in", person)
    assert subject_data.of_person(session, person).names == [NAME, "林清"]
    desk.erased(person)
    assert traces(session, "林清", NAME, PHONE) == []
    mine = select(AuditEntry.at).where(AuditEntry.actor_id == person.id, AuditEntry.address.is_not(None))
    assert [(now - at).days for at in session.scalars(mine)] == [100]


def test_the_same_number_comes_again_as_another_client(desk: Desk, session: Session) -> None:
    client = desk.client()
    desk.erased(client)
    phone = contacts.parse_phone(PHONE)
    assert find_client(session, phone) is None
    again = find_or_create_client(session, desk.now, phone)
    assert again.id != client.id
    assert desk.asked(again).id


def test_the_preview_says_what_then_goes(desk: Desk, session: Session) -> None:
    client = desk.client()
    request = desk.asked(client)
    seen = requests.preview(session, desk.now, request)
    decision = requests.propose(session, desk.officer, desk.now, request, erases=True)
    requests.confirm(session, desk.second, desk.now, decision, desk.files)
    (proof,) = proofs.of_request(session, request)
    gone = {what.value: count for what, count in seen.gone.items()}
    assert gone == proof.facts["erased"]
    assert gone["names"] == 4
    assert proofs.holds_good(session, request, proof)
    forged = ErasureProof(number=1, facts=proof.facts | {"held": [1]}, at=proof.at, signature=proof.signature)
    forged.signed_by = proof.signed_by
    assert not proofs.holds_good(session, request, forged)
    assert (PHONE in json.dumps(proof.facts), NAME in json.dumps(proof.facts)) == (False, False)


LEFT_IN_THE_EXPORT = {
    "touches": Ground.DECISIONS,
    "registrations": Ground.DECISIONS,
    "leads": Ground.DECISIONS,
    "showings": Ground.DECISIONS,
    "deals": Ground.DECISIONS,
    "consents": Ground.CONSENTS,
    "reads": Ground.AUDIT,
}
"""What a person's own copy still lists, under a number: on which ground of the proof."""


def test_what_the_export_still_shows_stands_on_the_proof(desk: Desk, session: Session) -> None:
    client = desk.client()
    subject_data.record_read(session, desk.officer, desk.now, client, exported=True)
    before = subject_data.as_json(subject_data.of_client(session, client), desk.now)
    request = desk.erased(client)
    after = subject_data.as_json(subject_data.of_client(session, client), desk.now)
    kept = proofs.of_request(session, request)[0].facts["kept"]
    listed = {name for name, rows in after.items() if isinstance(rows, list) and rows}
    gone = {"names", "notes", "photos", "face_templates"}
    assert listed <= gone | set(LEFT_IN_THE_EXPORT)
    assert all(kept[LEFT_IN_THE_EXPORT[name]] for name in listed - gone), "named in the proof, with its ground"
    assert (after["phone"], after["names"], before["names"][0]) == ("", [contacts.ERASED], NAME)
    assert [(row["text"], row["next_step"]) for row in after["notes"]] == [(contacts.ERASED, "")]
    assert all(row["erased_at"] for row in (*after["photos"], *after["face_templates"]))
    assert all(row["withdrawn_at"] for row in after["consents"])


def test_what_waits_for_long_is_told_once_a_day(desk: Desk, session: Session) -> None:
    desk.asked(desk.client())
    assert requests.tell_late(session, desk.now + 9 * DAY) == {"late_erasures_told": 0}
    assert requests.tell_late(session, desk.now + 10 * DAY) == {"late_erasures_told": 1}
    assert requests.tell_late(session, desk.now + 10 * DAY) == {"late_erasures_told": 0}
    assert requests.tell_late(session, desk.now + 11 * DAY) == {"late_erasures_told": 1}


def test_what_a_running_protection_holds_goes_when_it_is_over(desk: Desk, session: Session) -> None:
    client = desk.client()
    until = desk.now + 10 * DAY
    running = make.touch(session, client=client, name=NAME, at=desk.now, protected_until=until)
    held = make.registration(session, touch=running)
    request = desk.erased(client)
    names = {row.id: row.name_sealed for row in session.scalars(select(Registration))}
    assert [key for key, name in names.items() if name] == [held.id], "the other registration's name is gone"
    assert contacts.open_phone(session, client).e164 == f"+86{PHONE}"
    assert request.state is ErasureState.GRANTED
    assert request.look_again_at == until
    assert texts.has_opted_out(session, desk.now, client.id), "meanwhile nobody calls or texts"
    (first,) = proofs.of_request(session, request)
    assert [one["ground"] for one in first.facts["held"]] == ["protection"]
    assert requests.go_on(session, until - DAY, desk.files) == {"erasures_gone_on": 0}
    desk.sent()
    assert requests.go_on(session, until, desk.files) == {"erasures_gone_on": 1}
    assert traces(session, PHONE, NAME) == []
    assert request.state is ErasureState.FINISHED
    assert [one.number for one in proofs.of_request(session, request)] == [1, 2]
    assert requests.go_on(session, until + 99 * DAY, desk.files) == {"erasures_gone_on": 0}


def test_a_deal_holds_its_name_for_three_years(desk: Desk, session: Session) -> None:
    client = desk.client()
    deal = make.deal(session, touch=session.scalars(select(Touch).where(Touch.client_id == client.id)).first())
    request = desk.erased(client)
    assert [one["ground"] for one in proofs.of_request(session, request)[0].facts["held"]] == ["deal"]
    make.cancel(session, deal, desk.now)
    requests.go_on(session, desk.now + DAY, desk.files)
    (hold,) = requests.preview(session, desk.now + DAY, request).holds
    assert (hold.ground, hold.until) == (Ground.DEAL_RECORD, request.look_again_at)
    assert deal.name_sealed
    requests.go_on(session, desk.now + 3 * 366 * DAY, desk.files)
    session.refresh(deal)
    assert (deal.name_sealed, request.state) == (b"", ErasureState.FINISHED)


def test_the_asker_is_told_before_the_number_is_gone(desk: Desk, session: Session) -> None:
    client = desk.client()
    request = desk.erased(client)
    message = session.scalars(select(TextMessage).where(TextMessage.kind == TextKind.ERASURE)).one()
    assert texts.params_of(session, message) == {"token": request.key}
    assert contacts.open_number(session, message.number_sealed).e164 == f"+86{PHONE}"
    assert texts.Texts(None).unwanted(session, desk.now, message) is None  # type: ignore[arg-type]


def test_a_refusal_takes_two_and_says_why(desk: Desk, session: Session) -> None:
    client = desk.client()
    request = desk.asked(client)
    assert desk.asked(client) is request
    with pytest.raises(Exception, match="erasure_words_needed"):
        requests.propose(session, desk.officer, desk.now, request, erases=False)
    decision = requests.propose(session, desk.officer, desk.now, request, erases=False, words="不是本人")
    with pytest.raises(Exception, match="erasure_proposed_already"):
        requests.propose(session, desk.officer, desk.now, request, erases=True)
    with pytest.raises(Exception, match="own_proposal"):
        requests.confirm(session, desk.officer, desk.now, decision, desk.files)
    requests.confirm(session, desk.second, desk.now, decision, desk.files)
    assert (request.state, requests.refused_because(session, request)) == (ErasureState.REFUSED, "不是本人")
    assert traces(session, NAME)
    with pytest.raises(Exception, match="erasure_answered"):
        requests.propose(session, desk.officer, desk.now, request, erases=True)


def test_the_database_erases_no_registration_without_two(desk: Desk, session: Session) -> None:
    client = desk.client()
    request = desk.asked(client)
    decision = requests.propose(session, desk.officer, desk.now, request, erases=True)

    def refused(change: str) -> bool:
        try:
            with session.begin_nested():
                session.execute(text(f"UPDATE registrations SET {change} WHERE client_id = {client.id}"))
        except DBAPIError:
            return True
        return False

    empty = "x''" if session.get_bind().dialect.name == "sqlite" else "'\\x'::bytea"
    assert refused(f"name_sealed = {empty}")
    session.execute(
        update(ErasureDecision)
        .where(ErasureDecision.id == decision.id)
        .values(state="confirmed", decided_by=desk.second.id, decided_at=desk.now)
    )
    assert refused(f"name_sealed = {empty}, code = 'x'")
    assert refused("code = 'x'")
    assert not refused(f"name_sealed = {empty}")


class TestAccounts:
    """Who had an account, and left."""

    def test_an_open_account_is_not_erased(self, desk: Desk, session: Session) -> None:
        with pytest.raises(Exception, match="erasure_account_open"):
            desk.asked(make.broker(session))

    def test_of_who_was_never_paid_nothing_is_left(self, desk: Desk, session: Session) -> None:
        person = make.person(session, Role.REFERRER, phone=PHONE, name=NAME)
        referrer = make.referrer(session, person=person)
        referrer.home, referrer.shown_name = f"{NAME}家", NAME
        make.bank_details(session, person)
        make.web_session(session, person=person)
        administrators = [Actor.of(make.person(session, Role.ADMINISTRATOR)) for _ in range(2)]
        people.deactivate_person(session, administrators[0], desk.now, person)
        index = person.phone_index
        request = desk.erased(person)
        desk.sent()
        assert traces(session, PHONE, NAME, index) == []
        assert request.state is ErasureState.FINISHED
        assert [len(row.details_sealed) for row in session.scalars(select(BankChange))] == [0]

    def test_a_name_in_the_books_stays_and_the_rest_goes(self, desk: Desk, session: Session) -> None:
        staff = Staff.hired(session)
        exported(session, staff, desk.now)
        cashier = session.scalars(select(Person).where(Person.role == Role.CASHIER)).first()
        assert cashier is not None
        phone = contacts.open_phone(session, cashier).e164
        people.deactivate_person(session, desk.second, desk.now, cashier)
        request = desk.erased(cashier)
        held = proofs.of_request(session, request)[0].facts["held"]
        assert [one["ground"] for one in held] == [Ground.BOOKS.value]
        assert held[0]["until"].startswith(str(desk.now.year + 30))
        desk.sent()
        assert (cashier.name != contacts.ERASED, traces(session, phone)) == (True, [])
